"""From what the user named (a built-in corpus, a data set, files) to the sources of every split.

Knows nothing of tokenizers or datasets. Messages quote the option that would mend the call.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seq2seq_cli.corpus.catalogue import DataSet, find_data_set, similar_names
from seq2seq_cli.corpus.catalogued import notes_on, open_splits, suggestion_for
from seq2seq_cli.corpus.fetching import Fetcher
from seq2seq_cli.corpus.files import STANDARD_INPUT, TextFile
from seq2seq_cli.corpus.remote import is_remote, without_secrets
from seq2seq_cli.corpus.sources import Columns, ListPairs, PairSource, ParallelPairs, Row, TsvPairs
from seq2seq_cli.corpus.splitting import TEST, TRAIN, VALID
from seq2seq_cli.corpus.suggest import FOR_BUILTIN, Suggestion
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

BUILTIN = "demo"
_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PACKED = {".gz", ".bz2", ".xz"}
_PLAIN_STEMS = {"train", "training", "data", "corpus", "source", "src"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """The sources of every split.

    Attributes:
        name: a folder name for the dataset.
        valid: None where validation pairs are to be set apart from `train`.
        tests: by split name; empty where test pairs may be set apart from `train`.
        builtin: whether it is the built-in corpus.
        suggestion: tokenizers and preset, where they are known without a look at the pairs.
        notes: whole sentences on what a user should know.
    """

    name: str
    train: PairSource
    valid: PairSource | None = None
    tests: Mapping[str, PairSource] = field(default_factory=dict)
    builtin: bool = False
    suggestion: Suggestion | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What the call named, one attribute for each argument and option of `s2s prepare`."""

    source: str | None = None
    columns: Columns = field(default_factory=Columns)
    train_src: str | None = None
    train_tgt: str | None = None
    valid_src: str | None = None
    valid_tgt: str | None = None
    test_src: str | None = None
    test_tgt: str | None = None
    valid: str | None = None
    tests: Sequence[str] = ()
    mirror: str | None = None

    def files(self) -> list[str]:
        """Every option that names a file, as it would be typed."""
        pairs = {
            "--train-src": self.train_src,
            "--train-tgt": self.train_tgt,
            "--valid-src": self.valid_src,
            "--valid-tgt": self.valid_tgt,
            "--test-src": self.test_src,
            "--test-tgt": self.test_tgt,
            "--valid": self.valid,
        }
        return [option for option, value in pairs.items() if value is not None] + [
            "--test" for _ in self.tests
        ]


def builtin_corpus(seed: int = 1) -> Corpus:
    """The built-in corpus with gold links and labels in every split, made from `seed`."""
    # Made on demand: reading its grammar takes longer than preparing a small file.
    from seq2seq_cli.corpus.builtin import generate_builtin, pharaoh

    sources: dict[str, PairSource] = {}
    for split, pairs in generate_builtin(seed=seed).items():
        rows = [
            Row(pair.source, pair.target, pharaoh(pair.links), ",".join(pair.phenomena))
            for pair in pairs
        ]
        sources[split] = ListPairs(f"{BUILTIN}:{split}", rows)
    train, valid = sources.pop(TRAIN), sources.pop(VALID)
    return Corpus(
        name=BUILTIN, train=train, valid=valid, tests=sources, builtin=True, suggestion=FOR_BUILTIN
    )


def select_corpus(
    named: Named,
    *,
    seed: int = 1,
    fetching: Callable[[str, int, int | None], None] = lambda file, done, whole: None,
) -> Corpus:
    """Open what the call named; nothing at all means the built-in corpus.

    Args:
        fetching: is told each file that is fetched, its bytes so far, and all of them or None.

    Raises:
        InputError: if the call contradicts itself or is incomplete, or a file cannot be read.
        WorkError: if a file cannot be fetched.
    """
    options = named.files()
    if named.source in (None, BUILTIN) and not options:
        _check_columns(builtin := builtin_corpus(seed), named)
        return builtin
    if named.source == BUILTIN:
        raise _has_its_own_splits(BUILTIN, "the built-in corpus", options[0])
    if named.source is not None and (data_set := find_data_set(named.source)):
        return _data_set_corpus(data_set, named, fetching)
    _check_standard_input(named)
    train = _train(named)
    valid = _valid(named)
    corpus = Corpus(name=_corpus_name(named), train=train, valid=valid, tests=_tests(named))
    _check_columns(corpus, named)
    return corpus


def _has_its_own_splits(name: str, what: str, option: str) -> InputError:
    return InputError(
        f"`{name}` is {what} with its own splits; it cannot be combined with {option}. "
        f"(A file of this name is meant by ./{name}.)"
    )


def _data_set_corpus(
    data_set: DataSet, named: Named, fetching: Callable[[str, int, int | None], None]
) -> Corpus:
    if options := named.files():
        raise _has_its_own_splits(data_set.name, "a named data set", options[0])
    if named.columns != Columns():
        raise InputError(
            f"the columns of `{data_set.name}` are known; leave the options for columns out. "
            f"(A file of this name is meant by ./{data_set.name}.)"
        )
    fetcher = Fetcher(data_set=data_set, mirror=named.mirror, progress=fetching)
    splits = open_splits(fetcher)
    notes = notes_on(data_set, splits)
    train, valid = splits.pop(TRAIN), splits.pop(VALID, None)
    return Corpus(
        name=data_set.name,
        train=train,
        valid=valid,
        tests=splits,
        suggestion=suggestion_for(data_set),
        notes=notes,
    )


def _check_columns(corpus: Corpus, named: Named) -> None:
    """Features that are read for one split are read for all."""
    for source in (corpus.train, corpus.valid, *corpus.tests.values()):
        if source is not None and source.feature_columns != len(named.columns.features):
            raise InputError(
                f"--feature-col names columns of TSV files, and {source.name} has none to read. "
                "Put every split into a TSV."
            )


def _check_standard_input(named: Named) -> None:
    values = [named.source, named.train_src, named.train_tgt, named.valid_src, named.valid_tgt]
    values += [named.test_src, named.test_tgt, named.valid]
    values += [part for value in named.tests for part in re.split("[=,]", value)]
    if values.count(STANDARD_INPUT) > 1:
        raise InputError("`-` (standard input) can be read once only; give files for the others.")


def _train(named: Named) -> PairSource:
    parallel = _parallel("train", named.train_src, named.train_tgt)
    if named.source is None:
        if parallel is None:
            raise InputError(
                f"{named.files()[0]} was given, but no training pairs: name a TSV, or give "
                "--train-src and --train-tgt."
            )
        return parallel
    if parallel is not None:
        raise InputError(
            f"training pairs are named twice: {visible(named.source)} and --train-src. "
            "Leave one out."
        )
    return TsvPairs(_source_file(named.source), named.columns)


def _source_file(name: str) -> TextFile:
    if name != STANDARD_INPUT and not is_remote(name) and not _exists(name):
        meant = [f"`{similar}`" for similar in similar_names(name)]
        raise InputError(
            f"{visible(name)}: there is no such file. SOURCE is a TSV file, `-` for standard "
            f"input, `{BUILTIN}` for the built-in corpus, or a data set of `s2s prepare --list`."
            + (f" Did you mean {' or '.join(meant)}?" if meant else "")
        )
    return TextFile(name)


def _valid(named: Named) -> PairSource | None:
    parallel = _parallel("valid", named.valid_src, named.valid_tgt)
    if named.valid is None:
        return parallel
    if parallel is not None:
        raise InputError(
            "validation pairs are named twice: --valid and --valid-src. Leave one out."
        )
    return TsvPairs(TextFile(named.valid), named.columns)


def _tests(named: Named) -> dict[str, PairSource]:
    tests: dict[str, PairSource] = {}
    parallel = _parallel("test", named.test_src, named.test_tgt)
    if parallel is not None:
        tests[TEST] = parallel
    for value in named.tests:
        name, paths = _test_name(value)
        if name.lower() in {known.lower() for known in (*tests, TRAIN, VALID)}:
            raise InputError(
                f"--test {visible(value)}: there is a split named `{name}` already. "
                "Choose another name: --test NAME=FILE"
            )
        tests[name] = _named_test(paths, named.columns)
    return tests


def _test_name(value: str) -> tuple[str, str]:
    """A test set's name and what follows it; `test` where the value has no name."""
    name, equals, paths = value.partition("=")
    if not equals or _exists(value) or is_remote(value):
        return TEST, value
    if not _SPLIT_NAME.fullmatch(name):
        raise InputError(
            f"--test {visible(value)}: `{visible(name)}` cannot be the name of a split; letters, "
            "digits, `.`, `_` and `-` are allowed, at most 64."
        )
    return name, paths


def _exists(path: str) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def _named_test(paths: str, columns: Columns) -> PairSource:
    source, comma, target = paths.partition(",")
    if comma and not _exists(paths):
        return ParallelPairs(TextFile(source), TextFile(target))
    return TsvPairs(TextFile(paths), columns)


def _parallel(split: str, source: str | None, target: str | None) -> PairSource | None:
    if source is None and target is None:
        return None
    if source is None or target is None:
        given, missing = ("tgt", "src") if source is None else ("src", "tgt")
        raise InputError(
            f"--{split}-{given} was given without --{split}-{missing}; pairs need both sides."
        )
    return ParallelPairs(TextFile(source), TextFile(target))


def _corpus_name(named: Named) -> str:
    """A folder name after the training file, or after its folder if the file is just `train`."""
    name = without_secrets(named.source or named.train_src or "")
    if name == STANDARD_INPUT:
        return "stdin"
    path = Path(name)
    if path.suffix.lower() in _PACKED:
        path = path.with_suffix("")
    stem = path.name.split(".")[0] or path.name
    if stem.lower() in _PLAIN_STEMS:
        stem = path.absolute().parent.name or stem
    return re.sub(r"[^\w.-]+", "-", stem).strip("-.")[:64] or "corpus"
