"""A server on loopback that keeps its word, or breaks it in the ways that servers do."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

Behaviour = Callable[[BaseHTTPRequestHandler, bytes, int], None]
"""Answers one request: the handler, the whole file, and where the wanted range begins."""


class Server:
    """Serves `files` by path; each of `behaviours` answers one request, then all are served well.

    Attributes:
        asked: path and `Range` of every request, in order.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.behaviours: list[Behaviour] = []
        self.asked: list[tuple[str, str | None]] = []
        self.released = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                server.asked.append((self.path, wanted))
                behaviour = server.behaviours.pop(0) if server.behaviours else well
                start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
                behaviour(self, server.files.get(self.path.split("?")[0], b""), start)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        return Handler

    def stop(self) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def stays_silent(self, handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        """Accept, and say nothing until the test ends."""
        self.released.wait(30)


def well(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
    if not data:
        return status(404)(handler, data, start)
    if start >= len(data):
        return status(416)(handler, data, start)
    return _send(handler, data[start:], len(data) - start, start=start, whole=len(data))


def breaks_off(after: int) -> Behaviour:
    """Announce all that is wanted, and send this much of it."""

    def answer(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        sent = data[start : start + after]
        _send(handler, sent, len(data) - start, start=start, whole=len(data))

    return answer


def without_ranges(after: int | None = None) -> Behaviour:
    """Begin with the first byte whatever is asked for; break off after so many bytes."""

    def answer(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        _send(handler, data[:after], len(data))

    return answer


def announces(length: int) -> Behaviour:
    """Send the whole file under a wrong length."""

    def answer(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        _send(handler, data, length)

    return answer


def another_range(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
    _send(handler, data[1:], len(data) - 1, start=1, whole=len(data))


def status(code: int) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        handler.send_response(code, "\x1b[31mwords of the server")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def leads_to(address: str) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler, data: bytes, start: int) -> None:
        handler.send_response(302)
        handler.send_header("Location", address)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def _send(
    handler: BaseHTTPRequestHandler, data: bytes, length: int, *, start: int = 0, whole: int = 0
) -> None:
    handler.send_response(206 if start else 200)
    if start:
        handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
    handler.send_header("Content-Length", str(length))
    handler.end_headers()
    handler.wfile.write(data)
    handler.close_connection = True


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    from seq2seq_cli.corpus import resuming

    monkeypatch.setattr(resuming, "WAITS", (0.0, 0.0))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def behaviour() -> dict[str, Callable[..., Behaviour]]:
    """What a server may do, by name."""
    return {
        "another_range": lambda: another_range,
        "announces": announces,
        "breaks_off": breaks_off,
        "leads_to": leads_to,
        "status": status,
        "without_ranges": without_ranges,
    }
