"""Foreseeable failures as people see them: one message on standard error, and an exit code.

Imports nothing heavy before something failed. Knows nothing of commands.
"""

from seq2seq_cli.errors import S2SError

_NO_MEMORY = (
    "out of memory. Try shorter lines (--max-length), in training smaller batches "
    "(--batch-tokens), in a search a smaller --beam."
)


def verdict(error: Exception) -> tuple[str, int] | None:
    """What is said of a foreseeable failure, and its exit code; None for other exceptions."""
    if isinstance(error, S2SError):
        return str(error), error.exit_code
    if isinstance(error, OSError):
        place = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{place}.", 1
    if _is_about_memory(error):
        return _NO_MEMORY, 1
    return None


def _is_about_memory(error: Exception) -> bool:
    """Whether it is torch that had no memory: it says so by words alone."""
    words = str(error).lower()
    told = isinstance(error, RuntimeError) and (
        "allocate memory" in words or "out of memory" in words or "_alloc_failed" in words
    )
    return told or isinstance(error, MemoryError)


def complain(message: str) -> None:
    """Say what is wrong, as text."""
    from seq2seq_cli.views.console import human_console, print_message

    print_message(human_console(stderr=True), f"error: {message}")
