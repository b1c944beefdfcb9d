"""JSON-RPC 2.0 over HTTP/1.1, for a node that may be slow, broken or lying.

Exists because general HTTP clients wait as long as bytes drip, read what is sent, unpack what is packed and go where they are
sent. Here one exchange costs at most 10 seconds (name look-up, connection, TLS and every byte included) and 16 MB, an answer
belongs to its question by its id, and nothing is followed: no redirect, no proxy of the environment, no compression. Errors are
one sentence of ours; what the node wrote (pages, addresses) and the node's own address, which may hold a key, are never in it.
What an answer means, and whether it is true, is `chain.ledger`'s business.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import itertools
import selectors
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from email.message import Message
from typing import Any, Protocol, Self, cast
from urllib.parse import unquote, urlsplit

import orjson

from chain import strict_json
from chain.errors import BadInput, LedgerError

MAX_ANSWER = 16 * 1024 * 1024
DEADLINE = 10.0
_HEAD = 128 * 1024  # what status line, headers and the framing of chunks may take on top
_PIECE = 64 * 1024
_MAX_WAIT = 3600
_PLAIN_REFUSALS = frozenset({401, 403, 407, 429})  # what the body says beside them changes nothing

Call = tuple[str, Sequence[object]]


class Connection(Protocol):
    """What `chain.ledger` asks of a network."""

    def request(self, method: str, params: Sequence[object], /) -> Any:
        """The `result` of one JSON-RPC request.

        Raises LedgerError; where the node itself refused, its details hold the JSON-RPC `code`, `message` and `data`.
        """

    def request_many(self, calls: Sequence[Call], /) -> list[Any]:
        """The results of several requests in their order; a LedgerError stands where one was refused, and is not raised."""


class HttpConnection:
    """A node behind an http or https address, over one connection that is kept open. For one thread.

    Args:
        url: its address; a name and password in it go into the Authorization header.
        deadline: seconds for one exchange, everything included.
        tls: instead of the system's certificate authorities.

    Raises:
        BadInput: not an http or https address.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE, tls: ssl.SSLContext | None = None) -> None:
        try:
            parts = urlsplit(url)
            self._port = parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise BadInput("The network's address cannot be read.") from None
        plain = url.isascii() and url.isprintable() and " " not in url
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise BadInput("A network's address begins with http:// or https:// and names a computer.")
        self._host = parts.hostname
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._tls = (tls or ssl.create_default_context()) if parts.scheme == "https" else None
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
            self._headers["Authorization"] = "Basic " + base64.b64encode(login).decode()
        self._deadline = deadline
        self._until = float("inf")
        self._ids = itertools.count(1)
        self._kept: socket.socket | None = None

    def request(self, method: str, params: Sequence[object], /) -> Any:
        """See `Connection.request`."""
        number = next(self._ids)
        answer = self._exchange({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        outcome = _outcome(answer, {number})
        if isinstance(outcome[1], LedgerError):
            raise outcome[1]
        return outcome[1]

    def request_many(self, calls: Sequence[Call], /) -> list[Any]:
        """See `Connection.request_many`. Answers are told apart by their ids; each must be there exactly once."""
        if not calls:
            return []
        numbers = [next(self._ids) for _ in calls]
        answers = self._exchange(
            [{"jsonrpc": "2.0", "id": n, "method": method, "params": p} for n, (method, p) in zip(numbers, calls, strict=True)]
        )
        if isinstance(answers, dict) and "error" in answers:  # a node that takes no batches refuses it as a whole
            raise refused(answers["error"])
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise LedgerError("The network did not answer each of the questions it was asked.", asked=len(calls))
        waiting = set(numbers)
        found: dict[int, Any] = {}
        for answer in answers:
            number, outcome = _outcome(answer, waiting)
            waiting.remove(number)
            found[number] = outcome
        return [found[number] for number in numbers]

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """All exchanges inside the block together end by then, or raise LedgerError."""
        before = self._until
        self._until = min(before, time.monotonic() + seconds)
        try:
            yield
        finally:
            self._until = before

    def close(self) -> None:
        """Close the connection. The next request opens a new one."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _exchange(self, question: object) -> Any:
        """One POST and the parsed answer; with an error status only where the body is a JSON-RPC answer."""
        until = min(time.monotonic() + self._deadline, self._until)
        try:
            status, headers, body = self._post(orjson.dumps(question), until)
        except ssl.SSLCertVerificationError as error:
            raise LedgerError("The network's certificate cannot be trusted.", why=error.verify_message) from error
        except TimeoutError as error:
            raise LedgerError("The network did not answer in time.", slow=True, seconds=self._deadline) from error
        except (OSError, EOFError) as error:
            raise LedgerError("The network cannot be reached.", why=type(error).__name__) from error
        except http.client.HTTPException as error:
            raise LedgerError("The network's answer breaks the rules of HTTP.", why=type(error).__name__) from error
        if status in _PLAIN_REFUSALS:
            raise _status(status, headers)
        try:
            answer = strict_json.loads(body)
        except BadInput as error:
            if status != 200:
                raise _status(status, headers) from error
            if body.lstrip()[:1] == b"<":
                raise LedgerError("The address answers with a web page instead of a network's data.") from error
            raise LedgerError("The network's answer cannot be read.", **(error.details | {"why": error.words})) from error
        if status != 200 and not (isinstance(answer, dict) and isinstance(answer.get("error"), dict)):
            raise _status(status, headers)
        return answer

    def _post(self, body: bytes, until: float) -> tuple[int, Message, bytearray]:
        kept, self._kept = self._kept, None
        if kept is not None and _stirs(kept):  # closed by the other side, or bytes that nobody asked for
            kept.close()
            kept = None
        line = kept or self._connect(until)
        wire = _Wire(line, until)
        try:
            try:
                answer, keep = self._talk(wire, body)
            except OSError:
                if kept is None or wire.received or time.monotonic() >= until:
                    raise
                line.close()  # it was closed under our hands: the question has not been answered, so ask once more
                line = self._connect(until)
                wire = _Wire(line, until)
                answer, keep = self._talk(wire, body)
        except (ConnectionError, http.client.IncompleteRead) as error:
            line.close()
            if wire.received:
                raise LedgerError("The network's answer breaks off.", received=wire.received) from error
            raise
        except BaseException:
            line.close()
            raise
        if keep:
            self._kept = line
        else:
            line.close()
        return answer

    def _talk(self, wire: _Wire, body: bytes) -> tuple[tuple[int, Message, bytearray], bool]:
        """Send the question and read the answer; True with it where the connection can be used again."""
        # No socket of its own and none to be opened: all bytes go through the wire, which counts them and watches the time.
        http_ = http.client.HTTPConnection(self._host, self._port)
        http_.auto_open = 0
        http_.sock = cast(socket.socket, wire)
        http_.request("POST", self._path, body, self._headers)
        with http_.getresponse() as response:
            status, headers = response.status, response.headers
            if status // 100 == 3:
                raise LedgerError("The network points to another address, which is not followed.", status=status)
            if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
                raise LedgerError("The network sent a packed answer, which was not asked for.", status=status)
            if (response.length or 0) > MAX_ANSWER:
                raise too_large(response.length)
            answer = bytearray()
            while piece := response.read(_PIECE):
                answer += piece
                if len(answer) > MAX_ANSWER:
                    raise too_large(len(answer))
            if response.length:
                raise LedgerError("The network's answer breaks off.", missing=response.length)
            return (status, headers, answer), not response.will_close

    def _connect(self, until: float) -> socket.socket:
        """A connection to the first address of the host that takes one; each gets its share of the time."""
        *others, last = _look_up(self._host, self._port, until)
        for place, address in enumerate(others):
            with contextlib.suppress(OSError):
                return self._open(address, until, len(others) + 1 - place)
        return self._open(last, until, 1)

    def _open(self, address: Any, until: float, share: int) -> socket.socket:
        family, kind, protocol, _, where = address
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(_rest(until) / share)
            line.connect(where)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.settimeout(_rest(until))
            return self._tls.wrap_socket(line, server_hostname=self._host) if self._tls else line
        except BaseException:
            line.close()
            raise


class _Wire:
    """A socket for one exchange, as http.client uses it: what is read is counted, and all ends by the deadline."""

    def __init__(self, line: socket.socket, until: float) -> None:
        self._line = line
        self._until = until
        self.received = 0

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._line.settimeout(_rest(self._until))
            rest = rest[self._line.send(rest[:_PIECE]) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Stream(self), _PIECE)

    def close(self) -> None:
        """Nothing: who opened the socket closes it."""

    def receive(self, buffer: Any) -> int:
        self._line.settimeout(_rest(self._until))
        count = self._line.recv_into(buffer)
        self.received += count
        if self.received > MAX_ANSWER + _HEAD:
            raise too_large(self.received)
        return count


class _Stream(io.RawIOBase):
    """The reading side of a wire."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._wire.receive(buffer)


def refused(error: object) -> LedgerError:
    """The error that a node's JSON-RPC `error` object means. Its own words are details for the log, shortened."""
    fields = error if isinstance(error, dict) else {}
    code, message = fields.get("code"), fields.get("message")
    return LedgerError(
        "The network refused the request.",
        code=code if isinstance(code, int) else 0,
        message=message[:300] if isinstance(message, str) else "",
        data=fields.get("data"),
    )


def too_large(length: int | None) -> LedgerError:
    """The error for an answer above the cap; a smaller question may get a smaller one."""
    return LedgerError("The network's answer is larger than 16 MB.", large=True, length=length)


def _outcome(answer: object, waiting: set[int]) -> tuple[int, Any]:
    """The id of one answer and its result or LedgerError."""
    if not isinstance(answer, dict):
        raise LedgerError("The network's answer is not one of JSON-RPC.", kind=type(answer).__name__)
    number, error = answer.get("id"), answer.get("error")
    if type(number) is not int or number not in waiting:
        if number is None and error is not None:  # it could not even read the id
            raise refused(error)
        raise LedgerError("The network answered another question than the one it was asked.")
    if error is not None:
        if answer.get("result") is not None:
            raise LedgerError("The network's answer is a result and an error at once.")
        return number, refused(error)
    if "result" not in answer:
        raise LedgerError("The network's answer is not one of JSON-RPC.", kind="no result")
    return number, answer["result"]


def _status(status: int, headers: Message) -> LedgerError:
    if status == 429:
        wait = headers.get("Retry-After", "")
        seconds = min(int(wait), _MAX_WAIT) if wait.isascii() and wait.isdigit() and len(wait) < 10 else None
        return LedgerError("The network asks to wait before the next request.", busy=True, status=status, wait=seconds)
    if status == 413:
        return LedgerError("The network finds the question or its answer too large.", large=True, status=status)
    if status in (401, 403, 407):
        return LedgerError("The network does not let this computer in.", status=status)
    if status >= 500:
        return LedgerError("The network is out of order at the moment.", status=status)
    return LedgerError("The address does not answer as a network does.", status=status)


def _look_up(host: str, port: int, until: float) -> list[Any]:
    """getaddrinfo, which has no deadline of its own, in a thread that is left alone where it takes too long."""
    with contextlib.suppress(OSError):  # a number needs no look-up
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: list[Any] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))

    thread = threading.Thread(target=ask, name="name look-up", daemon=True)
    thread.start()
    thread.join(_rest(until))
    if thread.is_alive():
        raise TimeoutError
    if not found:
        raise OSError("the name has no address")
    return found


def _rest(until: float) -> float:
    """Seconds to the deadline. Raises TimeoutError where there are none."""
    rest = until - time.monotonic()
    if rest <= 0:
        raise TimeoutError
    return rest


def _stirs(line: socket.socket) -> bool:
    """Whether an idle connection has something to be read: its end, or what was not asked for."""
    with selectors.DefaultSelector() as selector:
        selector.register(line, selectors.EVENT_READ)
        return bool(selector.select(0))
