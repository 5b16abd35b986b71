"""Two network namespaces with a cable between them: two machines, as far as processes can tell.

Linux, and root, are needed. Knows nothing of what runs in them.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

NAMES = ("s2s-bench-a", "s2s-bench-b")
INTERFACE = "s2s{number}"


@dataclass(frozen=True)
class Namespace:
    """One of them."""

    name: str
    interface: str
    address: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What a command in it begins with."""
        variable = f"GLOO_SOCKET_IFNAME={self.interface}"
        return ("ip", "netns", "exec", self.name, "env", variable)


@contextmanager
def two_namespaces() -> Iterator[tuple[Namespace, Namespace]]:
    """Make both, and take them away in the end with what still runs in them."""
    first, second = (
        Namespace(name, INTERFACE.format(number=number), f"10.77.0.{number}")
        for number, name in enumerate(NAMES, start=1)
    )
    try:
        for one in (first, second):
            _ip("netns", "add", one.name)
        _ip("link", "add", first.interface, "type", "veth", "peer", "name", second.interface)
        for one in (first, second):
            _ip("link", "set", one.interface, "netns", one.name)
            _ip("-n", one.name, "addr", "add", f"{one.address}/24", "dev", one.interface)
            for interface in ("lo", one.interface):
                _ip("-n", one.name, "link", "set", interface, "up")
        yield first, second
    finally:
        for one in (first, second):
            subprocess.run(["ip", "netns", "del", one.name], check=False)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
