"""Greedy and beam search, forced decoding, alignments."""
