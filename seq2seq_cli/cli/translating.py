"""What `s2s translate` does once its options are parsed: a filter from lines to lines.

What has arrived is translated at once, in batches as large as what has arrived, so that a pipe
never waits and a file is read in large pieces. Imports torch: the command imports this module when
it runs.
"""

import sys
from collections.abc import Iterator, Sequence

from seq2seq_cli.cli.conditions import Conditions
from seq2seq_cli.cli.lines import arriving_lines, clipped, decode_line
from seq2seq_cli.model.job import Job
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translator
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.facts import to_json

Found = tuple[str, float]
"""The text and the score of a hypothesis."""


def translate_stream(
    translator: Translator,
    settings: SearchSettings,
    *,
    max_length: int,
    replace_unknown: bool,
    json: bool,
    job: Job,
) -> None:
    """Translate standard input to standard output, both UTF-8, one line for each line.

    Of a line, at most `max_length` tokens are read. In a job of several processes the first reads
    and writes, and all translate their share of what has arrived.
    """

    def work(part: Sequence[str]) -> list[list[Found]]:
        found = translator.translate(part, settings, replace_unknown=replace_unknown)
        return [[(one.text, one.score) for one in translations] for translations in found]

    number = 0
    show = visible if sys.stdout.isatty() else _one_line
    output = sys.stdout.buffer
    for texts in job.stream(_texts(translator, max_length)):
        for text, found in zip(texts, job.spread(texts, work), strict=True):
            number += 1
            for line in _output(number, text, found, settings.n_best, json):
                output.write(show(line).encode("utf-8", "replace") + b"\n")
        output.flush()


def _texts(translator: Translator, most: int) -> Iterator[list[str]]:
    """Lines of standard input as text, all that are there at a time."""
    number, conditions = 0, Conditions(translator.source, "standard input")
    for lines in arriving_lines():
        texts = []
        for arrived in lines:
            number += 1
            text = decode_line(arrived, number)
            conditions.check(text, number)
            place = f"standard input, line {number:,}"
            texts.append(clipped(text, translator.source, most, place))
        yield texts


def _one_line(text: str) -> str:
    """The text as it is, but never more than one line: that is what a pipe counts on."""
    return text.replace("\n", " ")


def _output(
    number: int, source: str, found: Sequence[Found], n_best: int, json: bool
) -> Iterator[str]:
    if json:
        hypotheses = [{"text": text, "score": score} for text, score in found]
        yield to_json({"source": source, "hypotheses": hypotheses})
    elif n_best == 1:
        yield found[0][0] if found else ""
    else:
        for rank, (text, score) in enumerate(found, start=1):
            yield f"{number}\t{rank}\t{score:.4f}\t{text}"
