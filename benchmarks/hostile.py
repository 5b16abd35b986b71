"""Hostile text through every command: no traceback, no hang, nothing that a terminal would obey.

    python -m benchmarks.hostile [--only NAME] [--quick] [--out FILE]

One interpreter runs the real command line for each input: `prepare`, a short `train`, `evaluate`,
`attend` (table, and a picture, page or data saved), `align` and `translate`. A model trained on a
few ordinary lines meets all inputs as sentences; those that make a dataset also train a model of
their own. Counts go to `benchmarks/results/hostile.json`. Knows nothing of how commands work.
"""

import argparse
import contextlib
import datetime
import gzip
import json
import os
import random
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from typer.testing import CliRunner

from benchmarks import machine
from seq2seq_cli.cli.app import app
from seq2seq_cli.text.visible import visible

RESULTS = Path(__file__).parent / "results" / "hostile.json"
MOST_SECONDS = 10.0
TINY = (
    *("--threads", "1", "--embedding-size", "8", "--encoder-size", "8", "--decoder-size", "16"),
    *("--attention-size", "8", "--batch-sentences", "16", "--epochs", "1", "--device", "cpu"),
    *("--attention", "luong-dot", "--precision", "fp32"),
)
WORDS = ("bada", "gide", "moku", "lira", "tane", "suto")
TOKENIZERS = ("char", "word", "space", "bpe", "unigram")
SAVED = ("svg", "html", "json", "tsv")


@dataclass(kw_only=True)
class Findings:
    """What was tried, and all that must not happen, each with the input and the command."""

    inputs: int = 0
    commands: int = 0
    by_exit_code: dict[str, int] = field(default_factory=dict)
    slowest_seconds: float = 0.0
    slowest: str = ""
    tracebacks: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    controls: list[str] = field(default_factory=list)
    wrong_line_counts: list[str] = field(default_factory=list)

    @property
    def bad(self) -> int:
        """How many."""
        return sum(map(len, (self.tracebacks, self.hangs, self.controls, self.wrong_line_counts)))


def sentences() -> dict[str, str]:
    """Lines that are hostile by what they hold, by name."""
    controls = {f"control {code:02x}": f"a{chr(code)}b" for code in (*range(32), *range(127, 160))}
    del controls["control 0a"]  # ends the line: a file of its own below
    found = {
        f"{unicodedata.name(char, hex(ord(char))).lower()}": f"a{char}b {char}"
        for char in "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067"
        "\u2068\u2069\ufeff\u00ad\u034f\u061c\u115f\u180e\u2028\u2029\u3164\ufff9\ufffd\ufffe\uffff"
        "\ue000\U000e0001\U000e0041\U000f0000\U0010ffff"
    }
    return found | {
        "colour": "\x1b[31mred\x1b[0m",
        "clear screen": "\x1b[2J\x1b[H",
        "title": "\x1b]0;owned\x07",
        "hyperlink": "\x1b]8;;http://example.com\x1b\\here\x1b]8;;\x1b\\",
        "clipboard": "\x1b]52;c;ZWNobyBoaQ==\x07",
        "device status": "\x1b[6n\x1b[c",
        "one-byte sequence": "\x9b31mred \x9d0;t\x9c",
        "backspaces": "secret\b\b\b\b\b\bpublic",
        "overwritten": "bad\rgood",
        "markup": "[bold red]x[/] [link=http://example.com]y[/link] [/]",
        "open markup": "[[[ [/ [red",
        "emoji code": ":smile: :warning: :x:",
        "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "closing script": "</script></style></svg>]]>-->",
        "entities": "&lt;&amp;&#27;&#x1b;&nbsp;",
        "cdata": "<![CDATA[ ]]> <?xml ?> <!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        "template": "${x} {{x}} {0} {x!r} %s %(x)s `id` $(id)",
        "formula": "=1+1 @SUM(A1) +cmd|' /C calc'!A0",
        "json": '{"a": "b", "c": [1, 2]} \\u001b \\ud800',
        "quotes": "\"'`\\\\\\' \"\" ''",
        "path": "../../etc/passwd /etc/passwd C:\\x ~root file:///x",
        "specials": "<s> </s> <pad> <unk> ▁ ▁▁ ％2581 ％ff05 ￭ @@ ##",
        "right to left": "שלום עולם مرحبا بالعالم 123",
        "mixed direction": "abc שלום 12 مرحبا def",
        "combining": "e\u0301\u0302\u0303" * 20,
        "only combining": "\u0301\u0301\u0301",
        "a tower of marks": "a" + "\u0300" * 500,
        "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏿 🇫🇷 ☺️ ☺︎",
        "wide": "日本語 ｆｕｌｌ 한국어 \u3000 全角",
        "joined hangul": "\u1112\u1161\u11ab \u1100\u1100\u1100",
        "devanagari": "क्षत्रिय नमस्ते",
        "thai": "สวัสดีครับ",
        "math": "𝒜𝓑𝔠 ∑∫√ ½ ² ℕ",
        "spaces": "\u00a0\u2003\u2009 a \u1680 b \u205f c",
        "only spaces": "   \u2003  ",
        "dots": "... . , ; : ! ? - – —",
        "one letter": "a",
        "one long word": "x" * 5_000,
        "10,000 words": "bada " * 10_000,
        "digits": "9" * 400,
        "hyphens": "--option -x --",
        "percent": "100 % %% %n",
        "astral": "\U0001d54f\U00020000\U0002a6d6",
        "unassigned": "\u0378\U000e0fff",
        "ligatures": "ﬁ ﬂ ﬀ ĳ ŉ",
        "case traps": "İ ı ß ẞ ſ K Å",
        "not normalised": "é e\u0301 Å A\u030a",
        **controls,
    }


def files() -> dict[str, bytes]:
    """Files that are hostile as files, by name."""
    chance = random.Random(7)
    good = _lines()
    plain = "".join(good).encode()
    return {
        "empty": b"",
        "one line break": b"\n",
        "only line breaks": b"\n" * 1_000,
        "one pair": b"a\tb\n",
        "no last line break": plain + b"a\tb",
        "one column": b"".join(line.split("\t")[0].encode() + b"\n" for line in good),
        "one line of one column": plain + b"alone\n" + plain,
        "twenty columns": b"\t".join(b"%d" % n for n in range(20)) + b"\n" + plain,
        "empty cells": b"\t\n" * 50 + plain,
        "blank lines": plain.replace(b"\n", b"\n\n"),
        "carriage returns": plain.replace(b"\n", b"\r\n"),
        "old carriage returns": plain.replace(b"\n", b"\r"),
        "mixed line ends": plain.replace(b"\n", b"\r\n", 20),
        "byte-order mark": b"\xef\xbb\xbf" + plain,
        "byte-order marks": plain.replace(b"\n", b"\n\xef\xbb\xbf"),
        "UTF-16": "".join(good).encode("utf-16"),
        "UTF-16 without a mark": "".join(good).encode("utf-16-le"),
        "UTF-32": "".join(good).encode("utf-32"),
        "Latin-1": plain + "é\tà\n".encode("latin-1"),
        "Shift JIS": plain + "日本\t日本\n".encode("shift-jis"),
        "lone surrogates": plain + "\ud800\t\udfff\n".encode("utf-8", "surrogatepass"),
        "overlong": plain + b"\xc0\xaf\t\xe0\x80\xaf\n",
        "beyond Unicode": plain + b"\xf4\x90\x80\x80\ta\n",
        "cut letter": plain + b"a\t\xe2\x82\n",
        "NUL": plain + b"a\0b\tc\0d\n",
        "only NUL": b"\0" * 4_096,
        "all bytes": plain + bytes(range(256)),
        "noise": chance.randbytes(20_000),
        "line of 10 MB": plain + b"x" * 10_000_000 + b"\ty\n",
        "line of 10 MB of words": plain + b"bada " * 2_000_000 + b"\ty\n",
        "line of 12 MB": plain + b"x" * 12_000_000 + b"\ty\n",
        "10,000 equal lines": b"bada gide\tbada gide\n" * 10_000,
        "10,000 empty lines": b"\t\n" * 10_000,
        "form feeds": plain.replace(b" ", b"\x0c"),
        "vertical tabs": plain.replace(b" ", b"\x0b"),
        "line separators": plain + "a\u2028b\tc\u2029d\x85e\n".encode(),
        "gzip": gzip.compress(plain),
        "cut gzip": gzip.compress(plain)[:-20],
        "gzip in gzip": gzip.compress(gzip.compress(plain)),
        "gzip bomb": gzip.compress(b"\0" * 50_000_000),
        "gzip and then noise": gzip.compress(plain) + b"noise",
        "zip": b"PK\x03\x04" + plain,
        "zstd": b"\x28\xb5\x2f\xfd" + plain,
        "pickle": b"\x80\x04\x95\x0e\x00cposix\nsystem\n(S'id'\ntR.",
        "safetensors": (2).to_bytes(8, "little") + b"{}",
        "npy": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,)}",
        "JSON": json.dumps([{"a": 1}] * 100).encode(),
        "nested": b"[" * 100_000,
        "quoted": b'"a\tb"\t"c"\n' * 40,
        "commas": plain.replace(b"\t", b","),
        "very long tokens": b"\t".join([b"y" * 3_000] * 2) + b"\n" + plain,
        "every line new letters": "".join(
            f"{chr(0x4E00 + n)}{chr(0x5E00 + n)}\t{chr(0x6E00 + n)}\n" for n in range(900)
        ).encode(),
    }


def _lines() -> list[str]:
    chance = random.Random(3)
    rows = (" ".join(chance.choices(WORDS, k=chance.randint(1, 4))) for _ in range(60))
    return [f"{row}\t{row}\n" for row in rows]


def inputs(*, quick: bool = False) -> Iterator[tuple[str, bytes, str]]:
    """Each input: its name, the file of pairs, and a sentence of it."""
    good = "".join(_lines()).encode()
    texts, whole = list(sentences().items()), list(files().items())
    if quick:
        texts, whole = texts[1::13], [one for one in whole[::9] if len(one[1]) < 100_000]
    for name, data in whole:
        start = data[:2_000].split(b"\n")[0].decode("utf-8", "surrogateescape").replace("\0", "")
        yield name, data, start.split("\t")[0]
    for name, text in texts:
        row = text.replace("\t", " ").replace("\n", " ").encode("utf-8", "surrogatepass")
        yield name, good + (row + b"\t" + row + b"\n") * 5, text


class Hostile:
    """Runs commands in an empty folder and notes what must not happen."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.findings = folder, Findings()
        self.runner = CliRunner()

    def s2s(self, name: str, *arguments: str, stdin: bytes = b"") -> tuple[int, bytes]:
        """Run a command; its exit code and standard output."""
        started, used = time.perf_counter(), time.process_time()
        result = self.runner.invoke(app, list(arguments), input=stdin, prog_name="s2s")
        used = time.process_time() - used  # a busy machine is no hang
        place = f"{name}: {' '.join(arguments)[:60]}"
        found = self.findings
        found.commands += 1
        code = str(result.exit_code)
        found.by_exit_code[code] = found.by_exit_code.get(code, 0) + 1
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            found.tracebacks.append(f"{place}: {result.exception!r}"[:400])
        if used > MOST_SECONDS:
            found.hangs.append(f"{place}: {used:.0f} s of {time.perf_counter() - started:.0f} s")
        if used > found.slowest_seconds:
            found.slowest_seconds, found.slowest = round(used, 1), place
        shown = result.stderr_bytes if arguments[0] == "translate" else result.output_bytes
        self._check_text(place, shown)
        return result.exit_code, result.stdout_bytes

    def _check_text(self, place: str, shown: bytes) -> None:
        for line in shown.decode("utf-8", "surrogateescape").split("\n"):
            acting = set(line) - set(visible(line)) - _OURS
            if acting:
                self.findings.controls.append(f"{place}: {sorted(map(ascii, acting))}")
                return

    def check_file(self, place: str, path: Path, *, lines: bool = True) -> None:
        """Files that people open: the log, and what `--save` writes."""
        if path.exists():
            self._check_text(f"{place} {path.name}", path.read_bytes().replace(b"\t", b" "))

    def try_input(self, number: int, name: str, data: bytes, sentence: str) -> None:
        """Everything with one input."""
        self.findings.inputs += 1
        pairs = Path("pairs.tsv")
        pairs.write_bytes(data)
        kind = TOKENIZERS[number % len(TOKENIZERS)]
        for folder in ("made", "trained", "saved"):
            shutil.rmtree(folder, ignore_errors=True)
        options = ("--tokenizer", kind, "--out", "made", "--valid", "good.tsv")
        options += ("--vocab-size", "300") if kind in ("bpe", "unigram") else ()
        code, _ = self.s2s(name, "prepare", "pairs.tsv", *options)
        if code == 0:
            self._train(name, sentence)
        self._use(number, name, data, sentence)

    def _train(self, name: str, sentence: str) -> None:
        watch = ("--watch", sentence) if 0 < len(sentence.strip()) < 60 else ()
        code, _ = self.s2s(name, "train", "made", "--run", "trained", *TINY, *watch)
        if code and watch:
            shutil.rmtree("trained", ignore_errors=True)
            self.s2s(name, "train", "made", "--run", "trained", *TINY)
        self.check_file(name, Path("trained/train.log"))
        if Path("trained/model.safetensors").exists():
            self.s2s(name, "attend", "--run", "trained", "--threads", "1", "--", sentence)
            self.s2s(name, "attend", "--run", "trained", "--history")

    def _use(self, number: int, name: str, data: bytes, sentence: str) -> None:
        one = ("--threads", "1", "--beam", "2")
        saved = Path(f"saved.{SAVED[number % len(SAVED)]}")
        saved.unlink(missing_ok=True)
        self.s2s(name, "attend", "--run", "good", *one, "--save", str(saved), "--", sentence)
        self.check_file(name, saved)
        self.s2s(name, "attend", "--run", "good", "--json", "--target", sentence, "--", sentence)
        self.s2s(name, "align", "pairs.tsv", "--run", "good", "--threads", "1")
        self.s2s(name, "align", "-", "--run", "good", "--threads", "1", stdin=data)
        self.s2s(name, "evaluate", "good", "--src", "pairs.tsv", "--ref", "pairs.tsv", *one)
        self._translate(name, data, one)

    def _translate(self, name: str, data: bytes, one: tuple[str, ...]) -> None:
        lines = data.split(b"\n")[:200]
        stdin = b"\n".join(lines)
        _, output = self.s2s(name, "translate", "--run", "good", *one, stdin=stdin)
        wanted = len(lines) - (not lines[-1])
        written = output.count(b"\n")
        if written != wanted:
            self.findings.wrong_line_counts.append(f"{name}: {written} lines for {wanted}")


# Left-to-right marks fence right-to-left labels, and pages and logs are made of lines.
_OURS = frozenset("\u200e")


@contextlib.contextmanager
def a_good_run(folder: Path) -> Iterator[Hostile]:
    """An empty folder with a small trained model, on a terminal without colours."""
    before, environment = Path.cwd(), dict(os.environ)
    os.environ.update(NO_COLOR="1", TERM="dumb", COLUMNS="80", OMP_NUM_THREADS="1")
    os.chdir(folder)
    try:
        hostile = Hostile(folder)
        Path("good.tsv").write_text("".join(_lines()[:20]), encoding="utf-8")
        Path("good-train.tsv").write_text("".join(_lines()), encoding="utf-8")
        hostile.s2s("good", "prepare", "good-train.tsv", "--valid", "good.tsv", "--out", "data")
        watch = ("--watch", "bada gide", "--epochs", "2")
        hostile.s2s("good", "train", "data", "--run", "good", *TINY, *watch)
        yield hostile
    finally:
        os.chdir(before)
        os.environ.clear()
        os.environ.update(environment)


def main() -> None:
    """All inputs, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    place = options.out.resolve()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, a_good_run(Path(folder)) as hostile:
        for number, (name, data, sentence) in enumerate(inputs(quick=options.quick)):
            if number < options.first or (options.only and name not in options.only):
                continue
            hostile.try_input(number, name, data, sentence)
            print(f"{number:4} {name}: {hostile.findings.bad} bad so far", flush=True)
            _keep(place, hostile.findings, time.perf_counter() - started)
    print(place.read_text("utf-8"))


def _keep(place: Path, findings: Findings, seconds: float) -> None:
    """Write what is known so far, so that a run that is stopped has its figures too."""
    facts = {
        "machine": machine.describe(),
        "date": datetime.date.today().isoformat(),
        "minutes": round(seconds / 60, 1),
        **asdict(findings),
    }
    place.write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
