"""Attentional sequence-to-sequence models that show what they attend to."""

__version__ = "0.1.0"
