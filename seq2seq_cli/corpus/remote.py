"""Files of object stores and servers, by address: `s3://bucket/pairs.tsv.gz`, `memory://x.tsv`.

Reads them through fsspec, an extra of this package. Knows nothing of lines. What is shown of an
address never has what may be secret in it: user, password, query and fragment are left out.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from typing import IO, Any, TypeVar

from seq2seq_cli.errors import InputError, WorkError
from seq2seq_cli.text.visible import visible

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
Result = TypeVar("Result")
_INSTALL = "pip install 'seq2seq-cli[remote]'"


def is_remote(name: str) -> bool:
    """Whether a name is an address rather than a path."""
    return bool(_ADDRESS.match(name))


def without_secrets(name: str) -> str:
    """An address as it may be shown; a path stays as it is.

    Rather too much is left out than too little: secrets may hold any character.
    """
    scheme = _ADDRESS.match(name)
    if not scheme:
        return name
    rest = name[scheme.end() :]
    user, at, place = rest.rpartition("@")
    if at and (":" in user or "/" not in user):
        rest = place
    return scheme[0] + re.split("[?#]", rest, maxsplit=1)[0]


class RemoteFile:
    """A remote file as a stream of bytes; what goes wrong becomes a message.

    Raises:
        InputError: if it is not there, may not be read, or its protocol is unknown.
        WorkError: if a package is missing, or if the service fails.
    """

    def __init__(self, name: str) -> None:
        self.name = visible(without_secrets(name))
        if "::" in name:
            raise InputError(f"{self.name}: chained addresses (`::`) are not read.")
        self._file: IO[bytes] = self._tried(lambda: _opened(name))

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        return self._tried(lambda: self._file.read(size))

    def close(self) -> None:
        """Let go of it; that a service complains now does not matter any more."""
        with suppress(Exception):
            self._file.close()

    def _tried(self, action: Callable[[], Result]) -> Result:
        # Each service has exceptions of its own, and their words may repeat addresses or keys.
        try:
            return action()
        except (InputError, WorkError):
            raise
        except FileNotFoundError:
            raise InputError(f"{self.name}: there is no such file.") from None
        except IsADirectoryError:
            raise InputError(
                f"{self.name} is a folder; a file with lines is expected here."
            ) from None
        except Exception as error:
            raise WorkError(
                f"{self.name} cannot be read ({type(error).__name__}). Look at the address, and "
                "whether this machine has the service's network, credentials and rights."
            ) from None


def _opened(name: str) -> IO[bytes]:
    shown = visible(without_secrets(name))
    if find_spec("fsspec") is None:
        raise WorkError(f"{shown}: addresses are read through fsspec. Install it: {_INSTALL}")
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    protocol = name.partition("://")[0]
    try:
        system, path = url_to_fs(name)
    except ImportError:
        advice = known_implementations.get(protocol, {}).get("err", "")
        raise WorkError(
            f"{shown}: reading {protocol}:// needs a package that is missing. "
            f"{_INSTALL} brings what s3:// needs. {advice}".rstrip()
        ) from None
    except ValueError:
        if protocol in known_implementations:
            raise
        raise InputError(
            f"{shown}: `{protocol}` is no protocol that fsspec knows. A path is written without "
            "`://`."
        ) from None
    opened: Any = system.open(path, "rb")
    return opened  # type: ignore[no-any-return]
