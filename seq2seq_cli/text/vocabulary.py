"""Which tokens a model knows, and their ids.

Knows nothing of how lines become tokens.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice

from seq2seq_cli.errors import InputError
from seq2seq_cli.text import checks
from seq2seq_cli.text.encoding import UNKNOWN

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<pad>", "<s>", "</s>", UNKNOWN)

_FORMAT = 1
_SIMILARITY = 60.0


class Vocabulary:
    """Tokens and their ids: the four specials first, then tokens of text.

    A token of text that is spelled like a special is never the special: it is unknown.

    Attributes:
        tokens: every token; its place is its id.
    """

    def __init__(self, text_tokens: Iterable[str]) -> None:
        self.tokens = (*SPECIALS, *text_tokens)
        self._ids = {token: id_ for id_, token in enumerate(self.tokens) if id_ >= len(SPECIALS)}
        if len(self._ids) != len(self.tokens) - len(SPECIALS) or set(SPECIALS) & self._ids.keys():
            raise ValueError("tokens of text must differ from each other and from the specials")

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.tokens == other.tokens

    def __hash__(self) -> int:
        return hash(self.tokens)

    def ids(self, tokens: Iterable[str]) -> list[int]:
        """The id of each token; `UNK` for tokens that are not known."""
        find = self._ids.get
        return [find(token, UNK) for token in tokens]

    def token(self, id_: int) -> str:
        """The token with this id.

        Raises:
            IndexError: if no token has it.
        """
        if id_ < 0:
            raise IndexError(f"ids are 0 to {len(self) - 1}, not {id_}")
        return self.tokens[id_]

    def closest(self, token: str, n: int = 3, *, display: Callable[[str], str] = str) -> list[str]:
        """Up to `n` known tokens that are spelled most like `token`, the closest first.

        Args:
            token: as people write it; upper and lower case count as alike.
            n: how many at most; fewer if nothing else is reasonably close.
            display: how known tokens are shown; what is compared and returned.
        """
        from rapidfuzz import fuzz, process

        shown = dict.fromkeys(map(display, self._ids))
        found = process.extract(
            token,
            shown.keys(),
            scorer=fuzz.ratio,
            processor=str.casefold,
            score_cutoff=_SIMILARITY,
            limit=n,
        )
        return [match[0] for match in found]

    @classmethod
    def from_counts(
        cls,
        counts: Counter[str],
        *,
        maximum_size: int | None = None,
        minimum_frequency: int = 1,
    ) -> "Vocabulary":
        """The most frequent tokens, by falling count, then by spelling.

        Tokens that no file could hold (of more than 1,000 characters, say) stay unknown.

        Args:
            counts: how often each token occurs.
            maximum_size: ids at most, the four specials included; no limit if None.
            minimum_frequency: how often a token must occur to be known.

        Raises:
            InputError: if a limit leaves no room for a single token.
        """
        if maximum_size is not None and maximum_size <= len(SPECIALS):
            raise InputError(
                f"a vocabulary has {len(SPECIALS)} special tokens: its size must be at least "
                f"{len(SPECIALS) + 1}, found {maximum_size}."
            )
        frequent = (
            token
            for token, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
            if count >= max(minimum_frequency, 1)
            and token not in SPECIALS
            and checks.is_storable(token)
        )
        room = None if maximum_size is None else maximum_size - len(SPECIALS)
        return cls(islice(frequent, room))

    def to_json(self) -> dict[str, object]:
        """What `from_json` makes the same vocabulary of."""
        return {"format": _FORMAT, "tokens": list(self.tokens)}

    @classmethod
    def from_json(cls, data: object, origin: str) -> "Vocabulary":
        """The vocabulary that `to_json` described.

        Args:
            data: a parsed JSON value, not trusted.
            origin: what to call it in messages, usually its file.

        Raises:
            InputError: if it is not a vocabulary.
        """
        if isinstance(data, dict) and "format" in data:
            checks.format_number(data["format"], _FORMAT, origin)
        fields = checks.mapping(data, ("format", "tokens"), origin)
        tokens = checks.texts(fields["tokens"], "tokens", origin)
        if tokens[: len(SPECIALS)] != SPECIALS:
            raise checks.damaged(origin, f"expected the first tokens to be {' '.join(SPECIALS)}")
        return cls(tokens[len(SPECIALS) :])
