"""Loading heavy packages, undisturbed.

Knows nothing of which ones.
"""

import gc
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Hold Ctrl-C and the garbage collector back while the block imports."""
    with _without_interrupts(), _without_collections():
        yield


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let Ctrl-C take effect when the block ends.

    Packages that are interrupted while they load may swallow that and stay half-loaded.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed and before is not signal.SIG_IGN:
        raise KeyboardInterrupt


@contextmanager
def _without_collections() -> Iterator[None]:
    """Spare the collector what packages make as they load: it stays, and looking takes time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if not gc.get_freeze_count():  # once: what is garbage by then is never freed
            gc.freeze()
        if was_enabled:
            gc.enable()
