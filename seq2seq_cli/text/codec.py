"""One side of a dataset or run: its tokenizer and its vocabulary, lines to ids and back.

Knows nothing of batches, begin and end marks, or which side it is until it is saved.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seq2seq_cli.sealed import Checksums
from seq2seq_cli.storage import write_atomic
from seq2seq_cli.text import checks
from seq2seq_cli.text.encoding import Decoding, Encoding, Tokenizer, blocks
from seq2seq_cli.text.tokenizer import tokenizer_from_json
from seq2seq_cli.text.vocabulary import BOS, EOS, PAD, UNK, Vocabulary

SIDES = ("source", "target")
MOST_CHARACTERS = 1_000
"""Of a line that is clipped, for each token that it may have: more are not even looked at."""


@dataclass(frozen=True)
class Codec:
    """Lines to ids and back.

    Attributes:
        tokenizer: lines to tokens.
        vocabulary: tokens to ids.
    """

    tokenizer: Tokenizer
    vocabulary: Vocabulary

    def encode(self, line: str) -> list[int]:
        """The ids of `line`, without begin and end marks."""
        return self.vocabulary.ids(self.tokenizer.encode(line).tokens)

    def encode_with_offsets(self, line: str) -> tuple[list[int], Encoding]:
        """The ids of `line`, and its tokens with their places in it, one per id."""
        encoding = self.tokenizer.encode(line)
        return self.vocabulary.ids(encoding.tokens), encoding

    def encode_batch_with_offsets(self, lines: Iterable[str]) -> list[tuple[list[int], Encoding]]:
        """The same for each line."""
        encodings = self.tokenizer.encode_batch(lines)
        return [(self.vocabulary.ids(encoding.tokens), encoding) for encoding in encodings]

    def encode_batch(self, lines: Iterable[str]) -> list[list[int]]:
        """The ids of each line: the fast way."""
        find = self.vocabulary.ids
        result: list[list[int]] = []
        for block in blocks(lines):
            result += map(find, self.tokenizer.tokens_batch(block))
        return result

    def clip(self, line: str, most: int) -> str:
        """`line` up to the end of the token number `most` of its text; features are kept."""
        if self.tokenizer.most_tokens(line) <= most:
            return line
        text = self.tokenizer.text_of(line)
        start = text[: most * MOST_CHARACTERS]
        offsets = self.tokenizer.encode(start).offsets
        kept = start[: offsets[most - 1][1]] if len(offsets) > most else start
        return kept + line[len(text) :]

    def decode(self, ids: Sequence[int], replacements: Mapping[int, str] | None = None) -> Decoding:
        """The raw text of ids up to the first end mark; padding and begin marks are dropped.

        Args:
            ids: ids of this vocabulary.
            replacements: tokens to put in the place of unknown ones, by place in `ids`
                (`Tokenizer.literal` makes one of a text); unknown tokens without one are shown as
                `<unk>`.

        Returns:
            The text, with one span for each id that was neither dropped nor after the end mark.

        Raises:
            IndexError: if an id is not in the vocabulary.
        """
        tokens: list[str] = []
        for place, id_ in enumerate(ids):
            if id_ == EOS:
                break
            if id_ == UNK and replacements and place in replacements:
                tokens.append(replacements[place])
            elif id_ not in (PAD, BOS):
                tokens.append(self.vocabulary.token(id_))
        return self.tokenizer.decode(tokens)

    def closest(self, word: str, n: int = 3) -> list[str]:
        """Up to `n` known tokens, as people are shown them, spelled most like `word`."""
        return self.vocabulary.closest(word, n, display=self.tokenizer.display)

    def save(self, folder: Path, side: str) -> None:
        """Write `SIDE.tokenizer.json` and `SIDE.vocabulary.json`, side "source" or "target".

        Raises:
            WorkError: if the folder is read-only or full.
        """
        tokenizer, vocabulary = _paths(folder, side)
        write_atomic(tokenizer, _dump(self.tokenizer.to_json()))
        write_atomic(vocabulary, _dump(self.vocabulary.to_json()))

    @classmethod
    def load(cls, folder: Path, side: str, checksums: Checksums | None = None) -> "Codec":
        """Read what `save` has written.

        Args:
            folder: where.
            side: "source" or "target".
            checksums: what the folder says of its files; None: nothing.

        Raises:
            InputError: if a file is missing, damaged or newer than this version.
        """
        tokenizer, vocabulary = _paths(folder, side)
        return cls(
            tokenizer_from_json(checks.read_json(tokenizer, checksums), origin=str(tokenizer)),
            Vocabulary.from_json(checks.read_json(vocabulary, checksums), str(vocabulary)),
        )


def _paths(folder: Path, side: str) -> tuple[Path, Path]:
    if side not in SIDES:
        raise ValueError(f"a side is one of {SIDES}, not {side!r}")
    return folder / f"{side}.tokenizer.json", folder / f"{side}.vocabulary.json"


def _dump(data: dict[str, object]) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=0) + "\n").encode()
