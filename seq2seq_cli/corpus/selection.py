"""From what the user named (a built-in corpus, a data set, files) to the sources of every split.

Knows nothing of tokenizers or datasets. Messages quote the option that would mend the call.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seq2seq_cli.corpus.catalogue import DataSet, find_data_set, similar_names
from seq2seq_cli.corpus.catalogued import notes_on, open_splits, suggestion_for
from seq2seq_cli.corpus.fetching import Fetcher
from seq2seq_cli.corpus.files import STANDARD_INPUT, TextFile
from seq2seq_cli.corpus.naming import Names, as_typed, dataset_name, exists, expanded
from seq2seq_cli.corpus.remote import is_remote
from seq2seq_cli.corpus.sources import (
    Columns,
    JoinedPairs,
    ListPairs,
    PairSource,
    ParallelPairs,
    PiecedSource,
    Row,
    TsvPairs,
)
from seq2seq_cli.corpus.splitting import TEST, TRAIN, VALID
from seq2seq_cli.corpus.suggest import FOR_BUILTIN, Suggestion
from seq2seq_cli.errors import InputError
from seq2seq_cli.text.visible import visible

BUILTIN = "demo"
_SPLIT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


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
    """What the call named, one attribute for each argument and option of `s2s prepare`.

    A name may be several, a pattern or a list of names, see `naming.expanded`.
    """

    source: Names = None
    columns: Columns = field(default_factory=Columns)
    train_src: Names = None
    train_tgt: Names = None
    valid_src: Names = None
    valid_tgt: Names = None
    test_src: Names = None
    test_tgt: Names = None
    valid: Names = None
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
        return [option for option, value in pairs.items() if as_typed(value)] + [
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
    options, typed = named.files(), as_typed(named.source)
    if not {*typed} - {BUILTIN} and not options:
        _check_columns(builtin := builtin_corpus(seed), named)
        return builtin
    if BUILTIN in typed:
        other = next((visible(name) for name in typed if name != BUILTIN), *options[:1])
        raise _has_its_own_splits(BUILTIN, "the built-in corpus", other)
    data_set = next(filter(None, map(find_data_set, typed)), None)
    if data_set is not None:
        return _data_set_corpus(data_set, named, fetching)
    _check_standard_input(named)
    named = replace(
        named, source=expanded(named.source), train_src=expanded(named.train_src)
    )  # once: they name the dataset too, and a list may come from a pipe
    train = _train(named)
    valid = _valid(named)
    name = dataset_name([*as_typed(named.source), *as_typed(named.train_src)])
    corpus = Corpus(name=name, train=train, valid=valid, tests=_tests(named))
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
    others = [visible(name) for name in as_typed(named.source) if name != data_set.name]
    if others := [*others, *named.files()]:
        raise _has_its_own_splits(data_set.name, "a named data set", others[0])
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
    sides = [named.train_src, named.train_tgt, named.valid_src, named.valid_tgt]
    sides += [named.source, named.test_src, named.test_tgt, named.valid]
    values = [name for names in sides for name in as_typed(names)]
    values += [part for value in named.tests for part in re.split("[=,]", value)]
    if values.count(STANDARD_INPUT) > 1:
        raise InputError("`-` (standard input) can be read once only; give files for the others.")


def _train(named: Named) -> PairSource:
    parallel = _parallel("train", named.train_src, named.train_tgt)
    typed = as_typed(named.source)
    if not typed:
        if parallel is None:
            raise InputError(
                f"{named.files()[0]} was given, but no training pairs: name a TSV, or give "
                "--train-src and --train-tgt."
            )
        return parallel
    if parallel is not None:
        raise InputError(
            f"training pairs are named twice: {visible(typed[0])} and --train-src. Leave one out."
        )
    files = [_source_file(name) for name in expanded(typed)]
    return _joined([TsvPairs(file, named.columns) for file in files])


def _source_file(name: str) -> TextFile:
    if name != STANDARD_INPUT and not is_remote(name) and not exists(name):
        meant = [f"`{similar}`" for similar in similar_names(name)]
        raise InputError(
            f"{visible(name)}: there is no such file. SOURCE is a TSV file, `-` for standard "
            f"input, `{BUILTIN}` for the built-in corpus, or a data set of `s2s prepare --list`."
            + (f" Did you mean {' or '.join(meant)}?" if meant else "")
        )
    return TextFile(name)


def _valid(named: Named) -> PairSource | None:
    parallel = _parallel("valid", named.valid_src, named.valid_tgt)
    if not as_typed(named.valid):
        return parallel
    if parallel is not None:
        raise InputError(
            "validation pairs are named twice: --valid and --valid-src. Leave one out."
        )
    return _tsvs(named.valid, named.columns)


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
    if not equals or exists(value) or is_remote(value):
        return TEST, value
    if not _SPLIT_NAME.fullmatch(name):
        raise InputError(
            f"--test {visible(value)}: `{visible(name)}` cannot be the name of a split; letters, "
            "digits, `.`, `_` and `-` are allowed, at most 64."
        )
    return name, paths


def _named_test(paths: str, columns: Columns) -> PairSource:
    source, comma, target = paths.partition(",")
    if comma and not exists(paths):
        return _paired(f"--test {visible(paths)}", expanded(source), expanded(target))
    return _tsvs(paths, columns)


def _parallel(split: str, source: Names, target: Names) -> PairSource | None:
    sources, targets = expanded(source), expanded(target)
    if not sources and not targets:
        return None
    if not sources or not targets:
        given, missing = ("src", "tgt") if sources else ("tgt", "src")
        raise InputError(
            f"--{split}-{given} was given without --{split}-{missing}; pairs need both sides."
        )
    return _paired(f"--{split}-src and --{split}-tgt", sources, targets)


def _paired(option: str, sources: Sequence[str], targets: Sequence[str]) -> PairSource:
    """Files of sources with files of targets, in the order in which they are named."""
    if len(sources) != len(targets):
        raise InputError(
            f"{option}: {_counted(sources)} of sources and {_counted(targets)} of targets are "
            "named; file n of the one must be the partner of file n of the other."
        )
    return _joined(
        [
            ParallelPairs(TextFile(source), TextFile(target))
            for source, target in zip(sources, targets, strict=True)
        ]
    )


def _counted(files: Sequence[str]) -> str:
    return "1 file" if len(files) == 1 else f"{len(files):,} files"


def _tsvs(names: Names, columns: Columns) -> PairSource:
    return _joined([TsvPairs(TextFile(name), columns) for name in expanded(names)])


def _joined(parts: Sequence[PiecedSource]) -> PairSource:
    return parts[0] if len(parts) == 1 else JoinedPairs(parts)
