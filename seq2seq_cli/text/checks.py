"""Strict reading of JSON files: nothing is taken on trust, and nothing in them is executed.

Knows nothing of what the values are for.
"""

import json
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from seq2seq_cli.errors import InputError
from seq2seq_cli.sealed import REMEDY, Checksums, check_bytes, read_bounded
from seq2seq_cli.text.visible import visible

MAXIMUM_BYTES = 1 << 27
MAXIMUM_TOKENS = 5_000_000
MAXIMUM_TOKEN_LENGTH = 1_000


def damaged(origin: str, problem: str) -> InputError:
    """The error for a file whose content is not what it must be."""
    return InputError(f"{origin}: {problem}. {REMEDY}")


def read_json(path: Path, checksums: Checksums | None = None) -> object:
    """The value in a JSON file of bounded size, which fits its checksum where there is one.

    Raises:
        InputError: if it is missing, unreadable, too large, no JSON or not what was written.
    """
    try:
        data = read_bounded(path, MAXIMUM_BYTES)
        value: object = json.loads(data)
        check_bytes(data, path, checksums)
        return value
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}. "
            "Name a folder that s2s prepare or s2s train has made."
        ) from error
    except (ValueError, RecursionError) as error:
        raise damaged(str(path), "expected JSON in UTF-8, found something else") from error


def mapping(data: object, keys: Collection[str], origin: str) -> dict[str, object]:
    """`data`, if it is a mapping with exactly these keys."""
    if not isinstance(data, dict):
        raise damaged(origin, f"expected a mapping, found {type(data).__name__}")
    if set(data) != set(keys):
        found = visible(", ".join(map(str, data))[:200]) or "none"
        raise damaged(origin, f"expected the keys {', '.join(keys)}, found {found}")
    return data


def sequence(value: object, name: str, origin: str) -> list[object]:
    """`value`, if it is a list of bounded size."""
    if not isinstance(value, list):
        raise damaged(origin, f"expected a list of {name}, found {type(value).__name__}")
    if len(value) > MAXIMUM_TOKENS:
        raise damaged(origin, f"expected at most {MAXIMUM_TOKENS:,} {name}, found {len(value):,}")
    return value


def is_storable(value: str) -> bool:
    """Whether a text may be a token in a file: not empty, bounded, without surrogates."""
    return 0 < len(value) <= MAXIMUM_TOKEN_LENGTH and is_unicode(value)


def is_unicode(value: str) -> bool:
    """Whether a text has no surrogates, so that it can be written as UTF-8."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def text(value: object, name: str, origin: str) -> str:
    """`value`, if it is a text that may be a token in a file."""
    if isinstance(value, str) and is_storable(value):
        return value
    found = visible(repr(value)[:60])
    expected = f"{name} of 1 to {MAXIMUM_TOKEN_LENGTH:,} Unicode characters"
    raise damaged(origin, f"expected {expected}, found {found}")


def texts(value: object, name: str, origin: str) -> tuple[str, ...]:
    """`value`, if it is a list of different texts."""
    checked = tuple(text(item, f"{name} each", origin) for item in sequence(value, name, origin))
    if len(set(checked)) != len(checked):
        twice = next(item for item, count in Counter(checked).items() if count > 1)
        raise damaged(origin, f"expected different {name}, found {visible(twice)} twice")
    return checked


def string(value: object, name: str, origin: str) -> str:
    """`value`, if it is any text without surrogates, also an empty one."""
    if isinstance(value, str) and is_unicode(value):
        return value
    raise damaged(origin, f"expected {name} as Unicode text, found {visible(repr(value)[:60])}")


def flag(value: object, name: str, origin: str) -> bool:
    """`value`, if it is true or false."""
    if isinstance(value, bool):
        return value
    raise damaged(origin, f"expected {name} as true or false, found {visible(repr(value)[:60])}")


def count(value: object, name: str, origin: str) -> int:
    """`value`, if it is a whole number of ordinary size, 1 or more."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 1 << 53:
        return value
    found = visible(repr(value)[:60])
    raise damaged(origin, f"expected {name} as a whole number from 1 on, found {found}")


def number(value: object, name: str, origin: str) -> float:
    """`value`, if it is a finite number of ordinary size."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e9:
        raise damaged(origin, f"expected {name} as a number, found {visible(repr(value)[:60])}")
    return float(value)


def format_number(value: object, known: int, origin: str) -> None:
    """Check that `value` is the number of the one format that is known."""
    if isinstance(value, int) and not isinstance(value, bool) and value > known:
        raise InputError(
            f"{origin}: format {value} is newer than this s2s, which knows format {known}. "
            "Upgrade s2s: pip install --upgrade seq2seq-cli."
        )
    if value != known or isinstance(value, bool):
        raise damaged(origin, f"expected format {known}, found {visible(repr(value)[:60])}")
