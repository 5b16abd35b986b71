"""Encoder, attention and decoder."""
