"""Turns a derived pair of item lists into written sentences with their gold links.

Knows French sandhi (elision, contraction), spacing and capitals; knows nothing of grammar rules.
"""

from seq2seq_cli.corpus.builtin_forms import Form

# word, number of the rule's first mark, codes (2 * mark, plus 1 for a possible link)
SourceItem = tuple[str, int, tuple[int, ...]]
TargetItem = tuple[Form, int, tuple[int, ...]]
Links = tuple[tuple[int, int, bool], ...]
NO_SPACE_BEFORE = frozenset(".,?")


def join_source(items: list[SourceItem]) -> list[str]:
    """The English words, with "an" before a vowel."""
    words = [item[0] for item in items]
    for index in range(len(words) - 1):
        if words[index] == "a" and words[index + 1][0] in "aeiou":
            words[index] = "an"
    return words


def join_target(
    items: list[TargetItem], contractions: dict[tuple[str, str], Form]
) -> tuple[list[str], dict[int, list[tuple[int, int]]], bool, bool]:
    """The French words after elision and contraction, their marks, and which of both occurred.

    Of a contracted word (du), the links of the first part stay and those of the second (le)
    become possible ones, unless both parts carry the same mark ("some": du).
    """
    words: list[str] = []
    marks: dict[int, list[tuple[int, int]]] = {}
    elided = contracted = False
    following: Form | None = None
    for form, base, codes in reversed(items):
        index = len(words)
        if following is not None:
            if following.vowel and form.before_vowel is not None:
                form = form.before_vowel  # noqa: PLW2901
                elided = elided or form.text[-1] == "'"
            elif form.text in ("de", "à"):
                merged = contractions.get((form.text, following.text))
                if merged is not None:
                    contracted = True
                    index -= 1
                    words[index] = merged.text
                    _demote(marks, index, {base + (code >> 1) for code in codes})
                    following = merged
                    for code in codes:
                        marks.setdefault(base + (code >> 1), []).append((index, code & 1))
                    continue
        words.append(form.text)
        following = form
        for code in codes:
            marks.setdefault(base + (code >> 1), []).append((index, code & 1))
    words.reverse()
    return words, marks, elided, contracted


def _demote(marks: dict[int, list[tuple[int, int]]], index: int, kept: set[int]) -> None:
    """Makes the links of a word possible ones, but for some marks."""
    for mark, places in marks.items():
        if mark not in kept:
            marks[mark] = [(i, 1 if i == index else possible) for i, possible in places]


def gold_links(
    items: list[SourceItem], marks: dict[int, list[tuple[int, int]]], target_length: int
) -> Links:
    """The links between items that share a mark, in order; marks count from the sentence's end."""
    last = target_length - 1
    links: dict[tuple[int, int], bool] = {}
    for source, (_, base, codes) in enumerate(items):
        for code in codes:
            for place, possible in marks.get(base + (code >> 1), ()):
                key = (source, last - place)
                sure = not (possible or code & 1)
                links[key] = sure or links.get(key, False)
    return tuple([(i, j, sure) for (i, j), sure in sorted(links.items())])


def write_english(words: list[str]) -> str:
    """English words as a line: no space before punctuation."""
    text = " ".join(words)
    return text.replace(" .", ".").replace(" ,", ",").replace(" ?", "?")


def write_french(words: list[str]) -> str:
    """French words as a line: no space after an elision, a space before the question mark."""
    return " ".join(words).replace("' ", "'").replace(" .", ".").replace(" ,", ",")
