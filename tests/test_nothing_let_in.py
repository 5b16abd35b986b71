"""What comes from files and sentences: readers of anything, hostile text, damaged copies."""

import json
import os
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.damage import BAD, read_dataset, read_run, try_folder
from benchmarks.fuzz_readers import READERS, memory_folder, read, seeds
from benchmarks.hostile import a_good_run, inputs
from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import append_text, is_whole, read_bounded, sealed

FOUND = {
    "config": [b"a = " + b"1" * 5_000, b"format = 1\n[training]\nseed = " + b"9" * 5_000],
    "manifest": [b'{"format": "s2s-dataset", "format_version": ' + b"1" * 5_000 + b"}"],
    "history": [b"[" * 100_000 + b"\n", b'{"sha256": NaN}\n'],
    "tsv": [b"\x1f\x8b", b"BZh9", b"\xfd7zXZ\x00", b"\xff\xfe", b"\r", b"\0"],
    "weights": [b"", b"\xff" * 8, (2).to_bytes(8, "little") + b"[]"],
}
"""What broke a reader once, or looks as if it might."""


@pytest.mark.parametrize("reader", READERS)
def test_readers_answer_anything_with_a_message(reader: str) -> None:
    folder, chance = memory_folder(), random.Random(4)
    for data in FOUND.get(reader, []):
        read(reader, folder, data)
    for seed in seeds(reader):
        read(reader, folder, seed)
        for _ in range(60):
            damaged = bytearray(seed)
            for place in chance.sample(range(len(seed)), min(3, len(seed))):
                damaged[place] = chance.randrange(256)
            read(reader, folder, bytes(damaged[: chance.randint(1, len(seed))]))
            read(reader, folder, bytes(damaged))


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4))
@settings(max_examples=20, deadline=None)
def test_a_seal_fits_what_it_was_made_for_alone(content: dict[str, object]) -> None:
    whole = json.loads(json.dumps(sealed(content)))
    assert is_whole(whole)
    assert not is_whole(whole | {"and": "more"}) or content.get("and") == "more"


def test_links_are_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "train.log").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic links"):
        append_text(tmp_path / "train.log", "x")
    assert not (tmp_path / "victim").exists()


def test_sparse_files_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        os.truncate(file.fileno(), 1 << 40)
    with pytest.raises(InputError, match="expected at most 1,000 bytes, found more"):
        read_bounded(tmp_path / "huge", 1_000)


def test_hostile_text_and_damaged_files(tmp_path: Path) -> None:
    wanted = {"clear screen", "NUL"}
    with a_good_run(tmp_path) as hostile:
        for number, (name, data, sentence) in enumerate(inputs()):
            if name in wanted:
                hostile.try_input(number, name, data, sentence)
        assert hostile.findings.inputs == len(wanted)
        assert not hostile.findings.bad, hostile.findings
        for folder, reading in (("data", read_dataset), ("good", read_run)):
            found = try_folder(Path(folder), reading, 1, small=0)
            outcomes = {kind.split(": ")[-1] for count in found.values() for kind in count}
            assert "message" in outcomes
            assert not outcomes & set(BAD), found
