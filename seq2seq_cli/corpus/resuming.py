"""One file by HTTP, taken up again where it broke off: bytes of an address into a partial file.

Knows how long the file should be, and nothing of what is in it: whoever calls verifies it. What
is shown of an address has no secrets in it, and no words of the server's.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import requests

from seq2seq_cli import __version__
from seq2seq_cli.corpus.remote import without_secrets
from seq2seq_cli.errors import WorkError
from seq2seq_cli.text.visible import visible

MOST_BYTES = 2**30
"""Of a file whose length nobody has published."""
SECONDS = (10.0, 30.0)
"""To wait for a connection, and for the next bytes."""
WAITS = (0.5, 2.0)
"""Seconds before each try that follows one which brought nothing; then it is given up."""
_MOST_TRIES = 100
_BLOCK = 2**12
"""Bytes read at once: where a connection breaks off, fewer than these are lost."""
_WORTH_ANOTHER_TRY = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    HTTPStatus.TOO_MANY_REQUESTS,
}
_REASONS = (
    (requests.Timeout, f"no answer within {SECONDS[1]:.0f} seconds"),
    (requests.exceptions.SSLError, "the certificate of the server cannot be verified"),
    (requests.exceptions.ProxyError, "the proxy does not let it through"),
    (requests.TooManyRedirects, "the server leads in a circle"),
    (ValueError, "this is no address that can be read"),
)
_HEADERS = {
    # Some publishers refuse what does not look like a browser.
    "User-Agent": f"Mozilla/5.0 (compatible; s2s/{__version__})",
    # Packed for the journey, a file would have other bytes, and no place to go on from.
    "Accept-Encoding": "identity",
}


class UnreachableError(WorkError):
    """The bytes cannot be had from this address."""


class _BrokenOffError(Exception):
    """Less came than there is: what came is kept, and the rest asked for."""


def fetch(
    address: str,
    part: Path,
    *,
    size: int | None,
    progress: Callable[[int, int | None], None],
) -> bool:
    """Bring `part` to its whole length, from what there is of it.

    Args:
        part: the partial file; missing, or what an earlier try left.
        size: bytes of the whole file, where that is known.
        progress: is told the bytes there are, and those of the whole file or None.

    Returns:
        Whether bytes of different tries were put together.

    Raises:
        UnreachableError: saying why, if it cannot be had, or is not what it should be.
        OSError: if it cannot be written.
    """
    resumed, empty_tries = False, 0
    for _ in range(_MOST_TRIES):
        before = _length(part)
        try:
            return _try(address, part, size, progress) or resumed
        except (requests.RequestException, _BrokenOffError) as error:
            reason = _reason(error)
            after = _length(part)
            resumed = resumed or after > 0
            empty_tries = 0 if after > before else empty_tries + 1
            if empty_tries > len(WAITS) or _is_final(error):
                raise UnreachableError(f"{_shown(address)}: {reason}.") from None
            time.sleep(WAITS[empty_tries - 1] if empty_tries else 0)
    raise UnreachableError(f"{_shown(address)}: the connection breaks again and again.")


def _try(
    address: str, part: Path, size: int | None, progress: Callable[[int, int | None], None]
) -> bool:
    """One request for what is missing; whether it was put to what was there."""
    have = _length(part)
    if have and have == size:
        return True
    wanted = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(address, headers=_HEADERS | wanted, stream=True, timeout=SECONDS) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # there is less than we have: begin again
        response.raise_for_status()
        _check_safety(address, response.url)
        goes_on = _goes_on(response, have)
        _write(response, part, have if goes_on else 0, size, progress)
    return goes_on


def _goes_on(response: requests.Response, have: int) -> bool:
    """Whether the answer begins where we are; servers may send the whole file all the same."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return False
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    if start != str(have):
        raise UnreachableError(
            f"{_shown(response.url)}: the server sent another part of the file than the one that "
            "was asked for."
        )
    return have > 0


def _write(
    response: requests.Response,
    part: Path,
    have: int,
    size: int | None,
    progress: Callable[[int, int | None], None],
) -> None:
    announced = _announced(response)
    whole = size or (None if announced is None else have + announced)
    came = have
    with part.open("ab" if have else "wb") as file:
        for block in response.iter_content(_BLOCK):
            came += len(block)
            if came > (size or MOST_BYTES):
                file.close()
                part.unlink()
                raise UnreachableError(
                    f"{_shown(response.url)}: the server sent more than the "
                    f"{size or MOST_BYTES:,} bytes that were expected."
                )
            file.write(block)
            progress(came, whole)
    if whole is not None and came < whole:
        raise _BrokenOffError(f"{came:,} of {whole:,} bytes came")


def _announced(response: requests.Response) -> int | None:
    with suppress(ValueError):
        return int(response.headers.get("Content-Length", ""))
    return None


def _check_safety(asked: str, answered: str) -> None:
    if asked.startswith("https:") and not answered.startswith("https:"):
        raise UnreachableError(
            f"{_shown(asked)}: the server leads to {_shown(answered)}, which is not encrypted."
        )


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


def _is_final(error: Exception) -> bool:
    """Whether another try would end in the same way."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        code = error.response.status_code
        return code < HTTPStatus.INTERNAL_SERVER_ERROR and code not in _WORTH_ANOTHER_TRY
    hopeless = (requests.Timeout, requests.TooManyRedirects, requests.exceptions.SSLError)
    return isinstance(error, (*hopeless, ValueError))


def _reason(error: Exception) -> str:
    """In our own words: those of exceptions repeat addresses, and what servers say."""
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"the server answers {_named(error.response.status_code)}"
    if isinstance(error, _BrokenOffError):
        return f"the connection breaks off: {error}"
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    return "there is no connection, or it breaks off"


def _named(code: int) -> str:
    with suppress(ValueError):
        return f"{code} ({HTTPStatus(code).phrase})"
    return str(code)


def _shown(address: str) -> str:
    return visible(without_secrets(address))
