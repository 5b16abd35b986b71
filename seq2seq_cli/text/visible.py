"""Text from outside made safe to show: what a terminal would obey or hide becomes visible.

Knows nothing of colour or width. Markup such as `[red]` is ordinary text here: whoever draws must
print it as plain text.
"""

import unicodedata

_HIDDEN_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# Letters and marks that are drawn as nothing, although their category says otherwise.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


def visible(text: str, keep_tabs: bool = False) -> str:
    """`text` with each character that acts on a terminal, or cannot be seen, replaced.

    C0 controls become their pictures (escape: `␛`), others their code point (`⟨U+202E⟩`): controls,
    bidi and zero-width characters, soft hyphens, surrogates, unassigned and private characters,
    line and paragraph separators. Spaces (also no-break) and combining marks stay. Applying it
    twice changes nothing more.

    Args:
        text: any text.
        keep_tabs: leave tab characters as they are.
    """
    if text.isprintable() and _BLANKS.isdisjoint(text):
        return text
    return "".join(
        character if keep_tabs and character == "\t" else _stand_in(character) for character in text
    )


def _stand_in(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in _HIDDEN_CATEGORIES or character in _BLANKS:
        return f"⟨U+{code:04X}⟩"
    return character
