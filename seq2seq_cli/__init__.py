"""Attentional sequence-to-sequence models that show what they attend to.

`load` opens a trained run for use in notebooks and programs; importing the package imports no
torch, loading a run does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seq2seq_cli.api import LoadedModel, load

__version__ = "0.1.0"
__all__ = ["LoadedModel", "__version__", "load"]


def __getattr__(name: str) -> Any:
    if name in ("LoadedModel", "load"):
        from seq2seq_cli import api

        return getattr(api, name)
    raise AttributeError(f"module 'seq2seq_cli' has no attribute {name!r}")
