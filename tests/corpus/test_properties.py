"""Readers of text and links, on whatever text there is."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.sources import Columns, tsv_rows
from seq2seq_cli.errors import InputError
from seq2seq_cli.scoring.alignment import format_links, parse_links

CELLS = st.text(st.characters(exclude_characters="\t\n\r", exclude_categories=["Cs"]))


@given(st.lists(CELLS.filter(lambda cell: not cell.startswith("\ufeff"))))
def test_lines_come_back_as_they_were_written(tmp_path_factory: object, lines: list[str]) -> None:
    path = _place(tmp_path_factory) / "lines.txt"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    assert list(TextFile(str(path)).lines()) == lines


@given(st.binary(max_size=200))
def test_any_bytes_are_lines_or_a_message(tmp_path_factory: object, data: bytes) -> None:
    path = _place(tmp_path_factory) / "bytes.txt"
    path.write_bytes(data)
    try:
        assert all("\n" not in line for line in TextFile(str(path)).lines())
    except InputError as error:
        assert "bytes.txt" in str(error)


@given(st.lists(st.tuples(CELLS, CELLS)))
def test_cells_come_back_as_they_were_written(pairs: list[tuple[str, str]]) -> None:
    lines = ("\t".join(pair) for pair in pairs)
    assert [row[:2] for row in tsv_rows(lines, Columns(), name="x")] == pairs


LINKS = st.frozensets(st.tuples(st.integers(0, 99), st.integers(0, 99)))


@given(LINKS, LINKS, st.booleans())
@settings(max_examples=50)
def test_links_come_back_as_they_were_written(
    sure: frozenset[tuple[int, int]], possible: frozenset[tuple[int, int]], one_based: bool
) -> None:
    line = format_links(sure, sure | possible, one_based=one_based)
    found = parse_links(line, origin="x", line_number=1, one_based=one_based)
    assert found == (sure, sure | possible)


@given(st.text(max_size=60))
def test_any_line_is_links_or_a_message(line: str) -> None:
    try:
        sure, possible = parse_links(line, origin="links.txt", line_number=3)
        assert sure <= possible
    except InputError as error:
        assert "links.txt, line 3" in str(error)


def _place(factory: object) -> Path:
    return factory.getbasetemp()  # type: ignore[attr-defined,no-any-return]
