"""Errors as people see them, on standard error.

Knows nothing of what went wrong; imports nothing heavy before something did.
"""


def complain(message: str) -> None:
    """Say what is wrong, as text."""
    from seq2seq_cli.views.console import human_console, print_message

    print_message(human_console(stderr=True), f"error: {message}")
