"""What `s2s prepare --list` does: show the data sets that are known by name."""

from seq2seq_cli.corpus.catalogue import Entry, read_catalogue
from seq2seq_cli.corpus.fetching import cache_folder


def show_data_sets(*, json: bool) -> None:
    """Print a table for people, or the same facts as JSON."""
    from seq2seq_cli.cli.output import print_json
    from seq2seq_cli.views.catalogue import catalogue_view
    from seq2seq_cli.views.console import human_console

    entries = read_catalogue()
    if json:
        print_json([_facts(key, entry) for key, entry in entries.items()], indent=2)
    else:
        human_console().print(catalogue_view(entries, cache_folder()))


def _facts(key: str, entry: Entry) -> dict[str, object]:
    return {
        "names": list(entry.names(key)),
        "bytes": entry.size,
        "verified": entry.is_verified,
        **entry.model_dump(exclude={"sides", "splits", "codes"}),
        "languages": sorted(entry.codes),
    }
