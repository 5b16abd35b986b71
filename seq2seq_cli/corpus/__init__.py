"""Where pairs of lines come from."""
