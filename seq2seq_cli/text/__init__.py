"""Lines to symbols and back."""
