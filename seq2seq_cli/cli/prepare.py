"""`s2s prepare`: parse, call `batching.prepare`, show the report."""

from pathlib import Path
from typing import Annotated

import typer

_FILES = "Files, instead of SOURCE"
_NAMED = "Data sets by name"
_SPLITS = "Splits"
_COLUMNS = "Columns of TSV files"
_TOKENS = "Tokens"
_CLEANING = "Cleaning (training pairs only)"


def prepare(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            help="`demo` (the built-in corpus; the default), TSV files, `-` for standard input, "
            "or a data set by name (see --list). Files may be plain, gz, bz2 or xz, or remote: "
            "`s3://bucket/x.tsv`. Here and in options a file may also be a pattern "
            "(`'part-*.tsv'`), or `@LIST`, a file with a name a line.",
            show_default=False,
        ),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help="Dataset folder to make (default: s2s-data/NAME).", show_default=False),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the dataset at --out.")] = False,
    list_sets: Annotated[
        bool,
        typer.Option(
            "--list", rich_help_panel=_NAMED, help="Show the data sets known by name; no more."
        ),
    ] = False,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            envvar="S2S_MIRROR",
            rich_help_panel=_NAMED,
            help="Fetch files from here, where they lie as in the cache folder.",
        ),
    ] = None,
    train_src: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=_FILES,
            help="Training sources; repeatable, like all of these.",
        ),
    ] = None,
    train_tgt: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", rich_help_panel=_FILES, help="Training targets, line by line."
        ),
    ] = None,
    valid_src: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", rich_help_panel=_FILES, help="Validation sources."),
    ] = None,
    valid_tgt: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", rich_help_panel=_FILES, help="Validation targets."),
    ] = None,
    test_src: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", rich_help_panel=_FILES, help="Test sources."),
    ] = None,
    test_tgt: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", rich_help_panel=_FILES, help="Test targets."),
    ] = None,
    valid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", rich_help_panel=_SPLITS, help="Validation pairs, a TSV. Repeatable."
        ),
    ] = None,
    test: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[NAME=]FILE",
            rich_help_panel=_SPLITS,
            help="Test pairs, a TSV or two parallel files: FILE.tsv, NAME=FILE.tsv or "
            "NAME=SOURCE,TARGET. Repeatable.",
        ),
    ] = None,
    valid_share: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_SPLITS,
            help="Share of the training pairs to set apart by hash where no validation pairs are "
            "given (default: 0.05).",
            show_default=False,
        ),
    ] = None,
    test_share: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_SPLITS,
            help="The same for test (default: 0.05 where neither is given, else 0).",
            show_default=False,
        ),
    ] = None,
    src_col: Annotated[
        str,
        typer.Option(rich_help_panel=_COLUMNS, help="Source: a number from 1, or a header's name."),
    ] = "1",
    tgt_col: Annotated[str, typer.Option(rich_help_panel=_COLUMNS, help="Target.")] = "2",
    links_col: Annotated[
        str | None,
        typer.Option(rich_help_panel=_COLUMNS, help="Gold alignment, Pharaoh format `0-0 1-2`."),
    ] = None,
    labels_col: Annotated[
        str | None, typer.Option(rich_help_panel=_COLUMNS, help="Labels, separated by commas.")
    ] = None,
    feature_col: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=_COLUMNS,
            help="Features of the source, such as `V;PST` or a language: each becomes one symbol "
            "before its tokens. Repeatable.",
        ),
    ] = None,
    feature_separator: Annotated[
        str,
        typer.Option(rich_help_panel=_COLUMNS, help="What stands between features of a column."),
    ] = ";",
    header: Annotated[
        bool,
        typer.Option(
            "--header",
            rich_help_panel=_COLUMNS,
            help="The first line is no pair; implied by a column's name.",
        ),
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            rich_help_panel=_TOKENS,
            help="word, char, space, bpe or unigram, for both sides (default: what fits).",
            show_default=False,
        ),
    ] = None,
    src_tokenizer: Annotated[
        str | None,
        typer.Option(metavar="KIND", rich_help_panel=_TOKENS, help="For the source."),
    ] = None,
    tgt_tokenizer: Annotated[
        str | None,
        typer.Option(metavar="KIND", rich_help_panel=_TOKENS, help="For the target."),
    ] = None,
    normalize: Annotated[
        str | None,
        typer.Option(
            metavar="FORM",
            rich_help_panel=_TOKENS,
            help="Unicode normal form of both sides before they are tokenized: nfc, nfd (letters "
            "and marks apart, for Korean or Vietnamese) or nfkc (default: as it is). What is "
            "written is composed again.",
        ),
    ] = None,
    src_normalize: Annotated[
        str | None,
        typer.Option(metavar="FORM", rich_help_panel=_TOKENS, help="For the source."),
    ] = None,
    tgt_normalize: Annotated[
        str | None,
        typer.Option(metavar="FORM", rich_help_panel=_TOKENS, help="For the target."),
    ] = None,
    joint: Annotated[
        bool | None,
        typer.Option(
            "--joint/--separate",
            rich_help_panel=_TOKENS,
            help="One subword tokenizer for both sides, or one each (default: joint).",
            show_default=False,
        ),
    ] = None,
    vocab_size: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=_TOKENS,
            help="Most subwords of a tokenizer, or most words of a side (default: 8000 subwords, "
            "50000 words).",
            show_default=False,
        ),
    ] = None,
    min_frequency: Annotated[
        int, typer.Option(rich_help_panel=_TOKENS, help="Rarer tokens become unknown.")
    ] = 1,
    sample: Annotated[
        int, typer.Option(rich_help_panel=_TOKENS, help="Most pairs to train tokenizers on.")
    ] = 1_000_000,
    max_length: Annotated[
        int, typer.Option(rich_help_panel=_CLEANING, help="Most tokens of a side.")
    ] = 250,
    max_ratio: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=_CLEANING,
            help="Most times that a side may be as long as the other (default: 9 for words and "
            "subwords, else any).",
            show_default=False,
        ),
    ] = None,
    keep_duplicates: Annotated[
        bool,
        typer.Option("--keep-duplicates", rich_help_panel=_CLEANING, help="Keep repeated pairs."),
    ] = False,
    seed: Annotated[
        int, typer.Option(help="Of the built-in corpus and of the tokenizers' sample.")
    ] = 1,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Processes that work on a large corpus (default: one for each core). The dataset "
            "does not depend on it.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Make a dataset from pairs of lines: tokenize, clean the training pairs, report."""
    if list_sets:
        from seq2seq_cli.cli.listing import show_data_sets

        show_data_sets(json=json)
        return
    from dataclasses import replace
    from functools import partial
    from json import dumps as to_json
    from time import perf_counter

    from seq2seq_cli.batching.prepare import prepare as run
    from seq2seq_cli.batching.settings import PrepareSettings, check_kind, form_named
    from seq2seq_cli.corpus.selection import Named, select_corpus
    from seq2seq_cli.corpus.sources import Columns
    from seq2seq_cli.views.console import human_console, print_message
    from seq2seq_cli.views.prepare import report_view, watch

    started = perf_counter()
    check_kind("--tokenizer", tokenizer)
    both = form_named("--normalize", normalize)
    settings = PrepareSettings(
        source_tokenizer=src_tokenizer or tokenizer,
        target_tokenizer=tgt_tokenizer or tokenizer,
        source_form=form_named("--src-normalize", src_normalize) or both,
        target_form=form_named("--tgt-normalize", tgt_normalize) or both,
        feature_separator=feature_separator,
        joint=joint,
        vocabulary_limit=vocab_size,
        minimum_frequency=min_frequency,
        sample=sample,
        max_length=max_length,
        max_ratio=max_ratio,
        keep_duplicates=keep_duplicates,
        valid_share=valid_share,
        test_share=test_share,
        seed=seed,
    )
    named = Named(
        source=source,
        columns=Columns(
            source=src_col,
            target=tgt_col,
            links=links_col,
            labels=labels_col,
            features=tuple(feature_col or ()),
            header=header,
        ),
        train_src=train_src,
        train_tgt=train_tgt,
        valid_src=valid_src,
        valid_tgt=valid_tgt,
        test_src=test_src,
        test_tgt=test_tgt,
        valid=valid,
        tests=tuple(test or ()),
        mirror=mirror,
    )
    console = human_console(stderr=True)
    with watch(console) as progress:
        corpus = select_corpus(named, seed=seed, fetching=progress.fetching)
        report = run(
            corpus,
            settings,
            out=out,
            force=force,
            workers=workers,
            progress=progress,
            notice=partial(print_message, console),
        )
    report = replace(report, seconds=perf_counter() - started)
    if json:
        typer.echo(to_json(report.to_json(), ensure_ascii=False, indent=2))
    else:
        human_console().print(report_view(report))
