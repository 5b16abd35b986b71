"""The facts of a dataset folder, as `manifest.json` holds them.

Knows nothing of arrays or tokenizers. Reading one never runs anything that it says.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    NonNegativeInt,
    PositiveInt,
    SerializerFunctionWrapHandler,
    StringConstraints,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import is_whole, read_bounded, sealed
from seq2seq_cli.text.visible import visible

FILE_NAME = "manifest.json"
FORMAT: Literal["s2s-dataset"] = "s2s-dataset"
FORMAT_VERSION: Literal[1] = 1
SHARDED_VERSION: Literal[2] = 2
"""The format of datasets whose training split is in shards; all others stay readable by before."""
SPLIT_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_MOST_BYTES = 16 * 2**20
_EARLIEST = datetime.min.replace(tzinfo=UTC)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class InputRecord(_Record):
    """A file that was read: its name as it was given, its SHA-256 and its size in bytes."""

    name: str
    sha256: str
    size: NonNegativeInt


class SideRecord(_Record):
    """One side of the dataset: its tokenizer, why that one, and its vocabulary with specials.

    Attributes:
        form: the Unicode normal form that its lines are brought into; None: as they are.
        feature_columns: columns of features that follow its text.
    """

    tokenizer: str
    reason: str
    vocabulary_size: PositiveInt
    form: str | None = None
    feature_columns: NonNegativeInt = 0


class Lengths(_Record):
    """One side of one split, in tokens; `unknown` counts tokens outside the vocabulary."""

    tokens: NonNegativeInt
    mean: float
    longest: NonNegativeInt
    unknown: NonNegativeInt

    @property
    def unknown_rate(self) -> float:
        """Share of tokens outside the vocabulary, 0 to 1."""
        return self.unknown / self.tokens if self.tokens else 0.0


class ShardRecord(_Record):
    """One shard of a large split: its pairs, and the tokens of each side."""

    pairs: NonNegativeInt
    source_tokens: NonNegativeInt
    target_tokens: NonNegativeInt


class SplitRecord(_Record):
    """One split.

    Attributes:
        sources_in_train, pairs_in_train: pairs whose source, or which as a whole, train has too;
            None for train itself.
        shards: its shards, in order; None for a split that is not in shards.
    """

    pairs: PositiveInt
    source: Lengths
    target: Lengths
    links: bool
    labels: bool
    sources_in_train: NonNegativeInt | None
    pairs_in_train: NonNegativeInt | None
    shards: tuple[ShardRecord, ...] | None = None

    @model_validator(mode="after")
    def _shards_add_up(self) -> Self:
        sums = (self.pairs, self.source.tokens, self.target.tokens)
        if self.shards is not None and sums != (
            sum(shard.pairs for shard in self.shards),
            sum(shard.source_tokens for shard in self.shards),
            sum(shard.target_tokens for shard in self.shards),
        ):
            raise ValueError("the shards do not add up to the split")
        return self

    @model_serializer(mode="wrap")
    def _without_absent_shards(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Split records of before had no shards: what is made of them stays the same."""
        fields: dict[str, Any] = handler(self)
        if self.shards is None:
            del fields["shards"]
        return fields


class Cleaning(_Record):
    """What happened to the training pairs.

    Attributes:
        read: training pairs read, after pairs for validation or test were set apart.
        kept: those that the dataset has.
        dropped: the others, by reason; every reason is named.
    """

    read: NonNegativeInt
    kept: NonNegativeInt
    dropped: dict[str, int]
    max_length: PositiveInt
    max_ratio: float | None
    keep_duplicates: bool


class Manifest(_Record):
    """Everything that `manifest.json` says.

    Attributes:
        created: when, in UTC, ISO 8601; the one thing that differs between two equal preparations.
        joint: whether both sides share one subword tokenizer.
        valid_share, test_share: shares of the training source set apart by hash; 0 for none.
        suggested_preset: the training preset that fits, and `preset_reason`: why.
        splits: by name, `train` and `valid` first.
        files: the SHA-256 of each 4 MiB of every file, by name; None in datasets of before.
        sha256: that of all else in the manifest.
    """

    format: Literal["s2s-dataset"]
    format_version: Literal[1, 2]
    made_by: str
    created: str
    name: str
    seed: int
    inputs: tuple[InputRecord, ...]
    source: SideRecord
    target: SideRecord
    joint: bool
    vocabulary_limit: PositiveInt | None
    minimum_frequency: PositiveInt
    sample: PositiveInt
    valid_share: float
    test_share: float
    suggested_preset: str
    preset_reason: str = ""
    cleaning: Cleaning
    splits: dict[Annotated[str, StringConstraints(pattern=SPLIT_NAME)], SplitRecord]
    files: dict[str, tuple[str, ...]] | None = None
    sha256: str | None = None

    @field_validator("splits")
    @classmethod
    def _has_train_and_valid(cls, splits: dict[str, SplitRecord]) -> dict[str, SplitRecord]:
        if not {"train", "valid"} <= splits.keys():
            raise ValueError("train and valid are both needed")
        if any(split.shards is not None for name, split in splits.items() if name != "train"):
            raise ValueError("train alone may be in shards")
        return splits

    @model_validator(mode="after")
    def _version_fits(self) -> Self:
        sharded = self.splits["train"].shards is not None
        if self.format_version != (SHARDED_VERSION if sharded else FORMAT_VERSION):
            raise ValueError("the format version does not fit the training split")
        return self

    def to_bytes(self) -> bytes:
        """Its JSON, for people to read too, sealed by a checksum."""
        content = sealed(json.loads(self.model_dump_json()))
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()

    @property
    def created_at(self) -> datetime:
        """`created` as a moment; the earliest one where it is not a date."""
        try:
            moment = datetime.fromisoformat(self.created)
        except ValueError:
            return _EARLIEST
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_manifest(folder: Path) -> Manifest:
    """Read and check `manifest.json` of a dataset folder.

    Raises:
        InputError: if the folder is not a dataset, is newer than this s2s, or is damaged.
    """
    path = folder / FILE_NAME
    shown = visible(str(folder))
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "does not exist"
        raise InputError(
            f"{shown} {what}; a dataset folder is expected here. Make one with: s2s prepare"
        )
    if not path.is_file():
        raise InputError(
            f"{shown} is not a dataset: it has no {FILE_NAME}. Make one with: s2s prepare"
        )
    return _parse(_read_bounded(path), shown)


def _read_bounded(path: Path) -> bytes:
    try:
        return read_bounded(path, _MOST_BYTES)
    except OSError as error:
        raise InputError(f"{visible(str(path))} cannot be read: {error.strerror}.") from error


def _parse(data: bytes, shown: str) -> Manifest:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(
            f"{shown} is not a dataset: its {FILE_NAME} is not JSON. Prepare it again."
        ) from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise InputError(
            f"{shown} is not a dataset: its {FILE_NAME} does not say `{FORMAT}`. "
            "Make one with: s2s prepare"
        )
    version = content.get("format_version")
    if isinstance(version, int) and version > SHARDED_VERSION:
        raise InputError(
            f"{shown} was made by a newer s2s (dataset format {version}; this one reads up to "
            f"{SHARDED_VERSION}). Upgrade s2s, or prepare the data again with this one."
        )
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"{shown}: its {FILE_NAME} is damaged at `{visible(place)}` "
            f"({visible(first['msg'])}). Prepare the data again."
        ) from None
    if not is_whole(content):
        raise InputError(
            f"{shown}: its {FILE_NAME} is damaged: it does not fit its own checksum. "
            "Prepare the data again."
        )
    return manifest
