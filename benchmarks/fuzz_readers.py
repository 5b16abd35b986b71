"""The readers of files as functions of bytes: each takes anything, and raises `S2SError` alone.

Each writes the bytes where its file would be and reads them as commands do. Where a file carries a
checksum, the bytes are also read with a checksum that fits them, so that what is behind it is
reached too. Knows nothing of fuzzers: `benchmarks.fuzz` and the tests call these.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seq2seq_cli.batching.manifest import read_manifest
from seq2seq_cli.config import read_config_file, read_run_config, resolve, to_toml
from seq2seq_cli.corpus.files import TextFile
from seq2seq_cli.corpus.sources import Columns, TsvPairs
from seq2seq_cli.errors import S2SError
from seq2seq_cli.scoring.alignment import parse_links
from seq2seq_cli.sealed import sealed
from seq2seq_cli.text import checks
from seq2seq_cli.text.tokenizer import Tokenizer, tokenizer_from_json, train_tokenizer
from seq2seq_cli.text.vocabulary import Vocabulary

Reader = Callable[[Path, bytes], None]
LINES = ["the black cat sleeps", "le chat noir dort", "％▁ é\u0301 日本"]
_SHARED_MEMORY = Path("/dev/shm")


def memory_folder() -> Path:
    """A new folder, in memory where there is such a place."""
    place = _SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None
    return Path(tempfile.mkdtemp(prefix="s2s-fuzz-", dir=place))


def read(reader: str, folder: Path, data: bytes) -> None:
    """Give bytes to a reader; its own errors are answers, all others are findings."""
    for version in _versions(data):
        with contextlib.suppress(S2SError):
            READERS[reader](folder, version)


def _versions(data: bytes) -> list[bytes]:
    """The bytes, and the same JSON with the checksum that fits, where it has one."""
    with contextlib.suppress(ValueError, RecursionError):
        content = json.loads(data)
        if isinstance(content, dict) and "sha256" in content:
            return [data, json.dumps(sealed(content)).encode()]
    return [data]


def _manifest(folder: Path, data: bytes) -> None:
    (folder / "manifest.json").write_bytes(data)
    found = read_manifest(folder)
    assert found.created_at
    (folder / "manifest.json").write_bytes(found.to_bytes())
    assert read_manifest(folder).splits == found.splits


def _config(folder: Path, data: bytes) -> None:
    path = folder / "config.toml"
    path.write_bytes(data)
    with contextlib.suppress(S2SError):
        resolve([("file", read_config_file(path))])
    found = read_run_config(path)
    path.write_bytes(to_toml(found))
    assert read_run_config(path) == found


def _tokenizer(folder: Path, data: bytes) -> None:
    path = folder / "source.tokenizer.json"
    path.write_bytes(data)
    found = tokenizer_from_json(checks.read_json(path), origin=str(path))
    for line in LINES:
        _check_tokens(found, line)
    assert tokenizer_from_json(found.to_json(), origin="again").to_json() == found.to_json()


def _check_tokens(tokenizer: Tokenizer, line: str) -> None:
    encoding = tokenizer.encode(line)
    assert list(encoding.tokens) == tokenizer.tokens_batch([line])[0]
    assert all(0 <= start <= end <= len(line) for start, end in encoding.offsets)
    tokenizer.decode(encoding.tokens)


def _vocabulary(folder: Path, data: bytes) -> None:
    path = folder / "source.vocabulary.json"
    path.write_bytes(data)
    found = Vocabulary.from_json(checks.read_json(path), str(path))
    assert all(found.ids([token]) == [id_] for id_, token in enumerate(found.tokens) if id_ > 3)
    assert found.closest("cat") is not None


def _checkpoint(folder: Path, data: bytes) -> None:
    from seq2seq_cli.training.checkpoint import STATE, TENSORS, read_checkpoint

    (folder / TENSORS).write_bytes(_tensors())
    for version in (data, _fitting(data)):
        (folder / STATE).write_bytes(version)
        with contextlib.suppress(S2SError):
            read_checkpoint(folder)


def _fitting(data: bytes) -> bytes:
    """A checkpoint's state with the checksum that fits it."""
    from seq2seq_cli.training.checkpoint import _digest

    with contextlib.suppress(ValueError, RecursionError):
        state = json.loads(data)
        if isinstance(state, dict):
            rest = {key: value for key, value in state.items() if key not in ("format", "sha256")}
            return json.dumps(state | {"sha256": _digest(_tensors(), rest)}).encode()
    return data


def _tensors() -> bytes:
    import torch
    from safetensors.torch import save

    return save({"weight": torch.arange(6.0).reshape(2, 3)})


def _weights(folder: Path, data: bytes) -> None:
    from seq2seq_cli.model.build import read_tensors

    path = folder / "model.safetensors"
    path.write_bytes(data)
    for tensor in read_tensors(path).values():
        assert tensor.numel() <= 8 * len(data)


def _tsv(folder: Path, data: bytes) -> None:
    path = folder / "pairs.tsv"
    path.write_bytes(data)
    for columns in (Columns(), Columns(source="2", target="1", links="3"), Columns(source="en")):
        with contextlib.suppress(S2SError):
            for row in TsvPairs(TextFile(str(path)), columns).rows():
                assert "\n" not in row.source + row.target
                if row.links is not None:
                    with contextlib.suppress(S2SError):
                        parse_links(row.links, origin="pairs.tsv", line_number=1)


def _history(folder: Path, data: bytes) -> None:
    from seq2seq_cli.training.history import WATCHED, read_history, watched_line

    lines = []
    for line in data.split(b"\n"):
        lines += _versions(line)[-1:]
    for version in (data, b"\n".join(lines)):
        (folder / WATCHED).write_bytes(version)
        with contextlib.suppress(S2SError):
            for event in read_history(folder):
                watched_line(event)


READERS: dict[str, Reader] = {
    "manifest": _manifest,
    "config": _config,
    "tokenizer": _tokenizer,
    "vocabulary": _vocabulary,
    "checkpoint": _checkpoint,
    "weights": _weights,
    "tsv": _tsv,
    "history": _history,
}


def seeds(reader: str) -> list[bytes]:
    """Real files of a reader's kind, as small as they come."""
    return _SEEDS[reader]()


def _manifest_seeds() -> list[bytes]:
    from seq2seq_cli.batching.prepare import prepare
    from seq2seq_cli.batching.settings import PrepareSettings
    from seq2seq_cli.corpus.selection import Corpus
    from seq2seq_cli.corpus.sources import ListPairs, Row

    pairs = ListPairs("list", [Row(line, line) for line in LINES])
    with tempfile.TemporaryDirectory() as folder:
        made = prepare(
            Corpus(name="tiny", train=pairs, valid=pairs, tests={}),
            PrepareSettings(source_tokenizer="word", target_tokenizer="char"),
            out=Path(folder) / "tiny",
        )
        return [(made.folder / "manifest.json").read_bytes()]


def _config_seeds() -> list[bytes]:
    edited = b'format = 1\n[model]\nattention = "none"\ndropout = 0.1\n[training]\nseed = 3\n'
    nested = b"a.b.c = [1, {x = 1}]"
    return [to_toml(resolve([])), edited, nested, b"[origins]\n'a.b' = \"option\"\n"]


def _tokenizer_seeds() -> list[bytes]:
    kinds = ("word", "char", "space", "bpe", "unigram")
    made = (train_tokenizer(kind, LINES[:2], vocabulary_size=24) for kind in kinds)
    return [json.dumps(tokenizer.to_json(), ensure_ascii=False).encode() for tokenizer in made]


def _vocabulary_seeds() -> list[bytes]:
    return [json.dumps(Vocabulary(["cat", "日", "▁a"]).to_json(), ensure_ascii=False).encode()]


def _checkpoint_seeds() -> list[bytes]:
    from dataclasses import asdict

    from seq2seq_cli.training.checkpoint import FORMAT, Progress

    states = (Progress(step=3), Progress(step=9, best_score=31.5, best_step=6, stale=1))
    return [json.dumps({"format": FORMAT, "sha256": "", **asdict(one)}).encode() for one in states]


def _weights_seeds() -> list[bytes]:
    import torch

    from seq2seq_cli.model.build import save_weights

    path = memory_folder() / "model.safetensors"
    save_weights(path, {"a": torch.ones(2), "b": torch.zeros(1, dtype=torch.bfloat16)})
    return [path.read_bytes(), _tensors()]


def _tsv_seeds() -> list[bytes]:
    import bz2
    import gzip
    import lzma

    plain = b"en\tfr\ta cat\tun chat\t0-0 1p1\nde\tx\r\n\n"
    packed = [module.compress(plain) for module in (gzip, bz2, lzma)]
    return [plain, *packed, b"\xef\xbb\xbfa\tb"]


def _history_seeds() -> list[bytes]:
    alignment: dict[str, Any] = {
        "source": ["a", "</s>"],
        "target": ["b"],
        "weights": [[0.25, 0.75]],
        "log_probs": [-0.5],
        "source_known": [True, True],
        "source_end": True,
        "target_end": False,
    }
    line = {"step": 1, "epoch": 1, "sentence": "a", "target": None, "text": "b", "score": -0.5}
    line |= {"unknown": {"x": ["a"]}, "alignment": alignment, "by_piece": None}
    return [json.dumps(sealed(line)).encode() + b"\n", json.dumps(line).encode() + b"\n"]


_SEEDS: dict[str, Callable[[], list[bytes]]] = {
    "manifest": _manifest_seeds,
    "config": _config_seeds,
    "tokenizer": _tokenizer_seeds,
    "vocabulary": _vocabulary_seeds,
    "checkpoint": _checkpoint_seeds,
    "weights": _weights_seeds,
    "tsv": _tsv_seeds,
    "history": _history_seeds,
}
