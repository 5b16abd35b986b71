"""`python -m seq2seq_cli` and the command `s2s`."""

from seq2seq_cli.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="s2s")


if __name__ == "__main__":
    main()
