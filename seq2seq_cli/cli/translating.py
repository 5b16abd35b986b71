"""What `s2s translate` does once its options are parsed: a filter from lines to lines.

What has arrived is translated at once, in batches as large as what has arrived, so that a pipe
never waits and a file is read in large pieces. Imports torch: the command imports this module when
it runs.
"""

import sys
from collections.abc import Iterator

from seq2seq_cli.cli.conditions import Conditions
from seq2seq_cli.cli.lines import arriving_lines, clipped, decode_line
from seq2seq_cli.search.hypothesis import SearchSettings
from seq2seq_cli.search.translator import Translation, Translator
from seq2seq_cli.text.visible import visible
from seq2seq_cli.views.facts import to_json


def translate_stream(
    translator: Translator,
    settings: SearchSettings,
    *,
    max_length: int,
    replace_unknown: bool,
    json: bool,
) -> None:
    """Translate standard input to standard output, both UTF-8, one line for each line.

    Of a line, at most `max_length` tokens are read.
    """
    number = 0
    show = visible if sys.stdout.isatty() else _one_line
    output = sys.stdout.buffer
    conditions = Conditions(translator.source, "standard input")
    for lines in arriving_lines():
        texts = []
        for at, arrived in enumerate(lines, start=number + 1):
            text = decode_line(arrived, at)
            conditions.check(text, at)
            place = f"standard input, line {at:,}"
            texts.append(clipped(text, translator.source, max_length, place))
        found = translator.translate(texts, settings, replace_unknown=replace_unknown)
        for text, translations in zip(texts, found, strict=True):
            number += 1
            for line in _output(number, text, translations, settings.n_best, json):
                output.write(show(line).encode("utf-8", "replace") + b"\n")
        output.flush()


def _one_line(text: str) -> str:
    """The text as it is, but never more than one line: that is what a pipe counts on."""
    return text.replace("\n", " ")


def _output(
    number: int, source: str, found: tuple[Translation, ...], n_best: int, json: bool
) -> Iterator[str]:
    if json:
        hypotheses = [{"text": one.text, "score": one.score} for one in found]
        yield to_json({"source": source, "hypotheses": hypotheses})
    elif n_best == 1:
        yield found[0].text if found else ""
    else:
        for rank, one in enumerate(found, start=1):
            yield f"{number}\t{rank}\t{one.score:.4f}\t{one.text}"
