"""A JSON-RPC node on loopback that answers as it is told to, for the tests of the transport."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import pytest

from chain.transport import HttpConnection

Ask = Callable[..., Any]


@dataclass
class Wire:
    """The node's side of one connection. `number` counts the connections from 1, `turn` the requests on this one."""

    line: socket.socket
    number: int
    turn: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.line.sendall(piece)

    def reply(self, body: bytes, status: str = "200 OK", *headers: str, kind: str = "application/json") -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def result(self, question: Any, value: Any) -> None:
        self.reply(orjson.dumps({"jsonrpc": "2.0", "id": question["id"], "result": value}))

    def drip(self, data: bytes) -> None:
        """One byte every 20 ms until the other side is gone or the test ends."""
        for at in range(len(data)):
            self.send(data[at : at + 1])
            if self.stop.wait(0.02):
                return

    def hang(self) -> None:
        self.stop.wait(20)

    def reset(self) -> None:
        """End the connection with an RST instead of a FIN."""
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(self.line.detach())

    def close(self) -> None:
        self.line.shutdown(socket.SHUT_RDWR)


class FakeNode:
    """Listens on a free port of 127.0.0.1 and calls `behave(wire, question)` for each request.

    Attributes:
        requests: the heads of all requests, as text.
        connections: how many there were.
    """

    def __init__(self, behave: Callable[[Wire, Any], None], tls: ssl.SSLContext | None = None) -> None:
        self._behave = behave
        self._tls = tls
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self._lines: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.requests: list[str] = []
        self.connections = 0

    @property
    def url(self) -> str:
        host = "localhost" if self._tls else "127.0.0.1"
        return f"{'https' if self._tls else 'http'}://{host}:{self._server.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for line in self._lines:
            line.close()
        assert not any(thread.is_alive() for thread in self._threads)

    def _accept(self) -> None:
        while not self._stop.is_set():
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self._lines.append(line)
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(line, self.connections), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, line: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):  # the client goes when it has had enough
            if self._tls is not None:
                line = self._tls.wrap_socket(line, server_side=True)
                self._lines.append(line)
            wire = Wire(line, number, stop=self._stop)
            with line.makefile("rb") as stream:
                while (request := self._read(stream)) is not None:
                    wire.turn += 1
                    self._behave(wire, request)

    def _read(self, stream: Any) -> Any:
        head = ""
        while (text := stream.readline().decode("latin-1")) not in ("\r\n", ""):
            head += text
        lengths = [int(text.split(":")[1]) for text in head.splitlines() if text.lower().startswith("content-length:")]
        if not lengths:  # the end, or no HTTP
            return None
        self.requests.append(head)
        return orjson.loads(stream.read(lengths[0]))


@pytest.fixture
def ask() -> Iterator[Ask]:
    """`ask(behave)` sends one request to a node that behaves like that, and gives its result."""
    open_nodes = []

    def one(behave: Callable[[Wire, Any], None], deadline: float = 5.0) -> Any:
        node = FakeNode(behave).__enter__()
        open_nodes.append(node)
        with HttpConnection(node.url, deadline=deadline) as connection:
            return connection.request("eth_chainId", [])

    yield one
    for node in open_nodes:
        node.__exit__()


def says(body: bytes, status: str = "200 OK", *headers: str, kind: str = "application/json") -> Callable[[Wire, Any], None]:
    """A node that answers each request with these bytes; %d in them is the id of the question."""
    return lambda wire, question: wire.reply(body.replace(b"%d", b"%d" % question["id"]), status, *headers, kind=kind)
