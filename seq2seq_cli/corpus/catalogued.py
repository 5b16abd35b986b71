"""From a named data set to the sources of every split: its files brought, its columns known.

Knows nothing of servers and archives; `fetching` does.
"""

from contextlib import suppress
from importlib import metadata, util
from pathlib import Path

from seq2seq_cli.corpus.archives import open_member
from seq2seq_cli.corpus.catalogue import DataSet, SplitFiles, StoredFile
from seq2seq_cli.corpus.fetching import CachedFile, Fetcher
from seq2seq_cli.corpus.files import TextFile, sha256_of
from seq2seq_cli.corpus.pronunciations import PronunciationPairs
from seq2seq_cli.corpus.sources import Columns, PairSource, ParallelPairs, TsvPairs
from seq2seq_cli.corpus.suggest import Suggestion
from seq2seq_cli.errors import WorkError

_WHY = "the catalogue of data sets says so"


class _CachedText(TextFile):
    """The lines of a cached file, or of a member of it; what is recorded is the cached file."""

    def __init__(self, cached: CachedFile, member: str | None) -> None:
        self.name = f"{cached.place}: {member}" if member else cached.place
        self.carriage_returns = 0
        self.verified = cached.verified
        self._cached, self._spool = cached, None
        if member is None:
            self.path = cached.path
        else:
            with open_member(cached.path, member) as stream:
                self.path = self._copy(stream)

    def sha256(self) -> str:
        """The SHA-256 of the cached file."""
        return self._cached.sha256

    def size(self) -> int:
        """Bytes of the cached file."""
        return self._cached.path.stat().st_size


def open_splits(fetcher: Fetcher) -> dict[str, PairSource]:
    """The pairs of every split of a data set, by the split's name.

    Raises:
        InputError: if a file is not what it should be.
        WorkError: if a file cannot be had.
    """
    splits = fetcher.data_set.entry.splits
    return {name: _pairs(split, fetcher) for name, split in splits.items()}


def _pairs(split: SplitFiles, fetcher: Fetcher) -> PairSource:
    data_set = fetcher.data_set
    if split.table is None:
        source, target = (
            _open(split.files[side], fetcher) for side in (data_set.source, data_set.target)
        )
        return ParallelPairs(source, target)
    table = _open(split.table, fetcher)
    if data_set.entry.package:
        return PronunciationPairs(table)
    columns = Columns(source=split.columns[data_set.source], target=split.columns[data_set.target])
    return TsvPairs(table, columns)


def _open(file: StoredFile, fetcher: Fetcher) -> TextFile:
    package = fetcher.data_set.entry.package
    cached = _of_package(package, file, fetcher) if package else fetcher.fetch(file)
    return _CachedText(cached, file.member and fetcher.data_set.spelled(file.member))


def _of_package(package: str, file: StoredFile, fetcher: Fetcher) -> CachedFile:
    """A file that an installed package brings; the package itself is not imported."""
    found = util.find_spec(package)
    folders = found.submodule_search_locations if found else None
    path = Path(folders[0], file.file) if folders else None
    if path is None or not path.is_file():
        raise WorkError(
            f"{fetcher.data_set.name} comes with the Python package {package}, which is not "
            f"installed here. Install it: pip install 'seq2seq-cli[{package}]'"
        )
    sha256 = sha256_of(path)
    return CachedFile(
        path=path,
        place=f"{package} {_version(package)}: {file.file}",
        sha256=sha256,
        verified=sha256 == file.sha256,
    )


def _version(package: str) -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(package)
    return "of an unknown version"


def suggestion_for(data_set: DataSet) -> Suggestion:
    """The tokenizers and the preset that the catalogue names."""
    entry = data_set.entry
    return Suggestion(
        source=entry.tokenizers[data_set.source],
        source_reason=_WHY,
        target=entry.tokenizers[data_set.target],
        target_reason=_WHY,
        preset=entry.preset,
        preset_reason=_WHY,
    )


def notes_on(data_set: DataSet, splits: dict[str, PairSource]) -> tuple[str, ...]:
    """What a user should know: whose the data are, and what nobody vouches for."""
    entry = data_set.entry
    notes = [f"licence of {data_set.name}: {entry.licence}. To cite: {entry.citation}."]
    unverified = [
        record for source in splits.values() for record in source.inputs() if not record.verified
    ]
    notes += [
        f"{record.name} is not verified against a published checksum; the SHA-256 of what is used "
        f"here is {record.sha256}."
        for record in unverified
    ]
    return tuple(notes)
