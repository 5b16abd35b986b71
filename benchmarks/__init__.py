"""Side-by-side measurements of s2s and its peers, on the machine they run on."""
