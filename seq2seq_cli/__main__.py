"""`python -m seq2seq_cli` and the command `s2s`."""

import os
import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; Ctrl-C ends it quietly, also while it is still being loaded."""
    # Looking for plugins of pydantic reads the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        from seq2seq_cli.cli.app import app
        from seq2seq_cli.cli.job import first_heard

        with first_heard():
            app(prog_name="s2s")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
