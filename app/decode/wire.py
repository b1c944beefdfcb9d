"""What the window and its decoding child say to each other: length-prefixed bytes, never a pickle.

The child chews on files of strangers and may be taken over by one, so the answer is parsed as data with a cap on its length.

    first     bytes of memory the child may take (8 bytes); it says READY (1 byte) when it has loaded its libraries
    request   op (1 byte), height, width, channels (4 bytes each), length (8 bytes), then that many bytes
    answer    ACCEPTED (1 byte) when the request has been read, then length (4 bytes) and JSON
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import IO

import orjson

from app.decode.code import Code

PATH, BYTES, STILL, FRAME = b"P", b"B", b"S", b"F"
READY, ACCEPTED = b"R", b"A"
MAX_ANSWER = 16 * 1024 * 1024

_REQUEST = struct.Struct(">cIIIQ")
_HEADROOM = struct.Struct(">Q")
_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Request:
    """A job: the path of a file (as `os.fsencode` gives it), the bytes of one, or (`STILL`, `FRAME`) pixels of `shape`."""

    op: bytes
    payload: bytes | memoryview
    shape: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of it: the codes and whether pages were left out, or one sentence of refusal."""

    codes: tuple[Code, ...] = ()
    more: bool = False
    refused: str = ""


class Garbled(Exception):
    """The other side ended, or said what is not in the protocol."""


def take(stream: IO[bytes], length: int) -> bytes:
    """Exactly `length` bytes. Raises Garbled where the stream ends before."""
    data = stream.read(length)
    if len(data) != length:
        raise Garbled("the stream ended")
    return data


def send_headroom(stream: IO[bytes], headroom: int) -> None:
    """Writes and flushes how many bytes of memory the child may take."""
    stream.write(_HEADROOM.pack(headroom))
    stream.flush()


def read_headroom(stream: IO[bytes]) -> int:
    """What `send_headroom` wrote."""
    (headroom,) = _HEADROOM.unpack(take(stream, _HEADROOM.size))
    return int(headroom)


def send_request(stream: IO[bytes], request: Request) -> None:
    """Writes and flushes a request."""
    stream.write(_REQUEST.pack(request.op, *request.shape, len(request.payload)))
    stream.write(request.payload)
    stream.flush()


def read_request(stream: IO[bytes]) -> Request | None:
    """The next request, None at the end of the stream."""
    head = stream.read(_REQUEST.size)
    if not head:
        return None
    if len(head) != _REQUEST.size:
        raise Garbled("half a request")
    op, height, width, channels, length = _REQUEST.unpack(head)
    return Request(op, take(stream, length), (height, width, channels))


def send_answer(stream: IO[bytes], answer: Answer) -> None:
    """Writes and flushes an answer."""
    rows = [(*astuple(code)[:4], code.data.hex(), code.aim, code.page) for code in answer.codes]
    text = orjson.dumps({"codes": rows, "more": answer.more, "refused": answer.refused})
    stream.write(_LENGTH.pack(len(text)) + text)
    stream.flush()


def read_answer(stream: IO[bytes]) -> Answer:
    """The answer to the request just accepted.

    Raises:
        Garbled: the stream ended, or what came is longer than `MAX_ANSWER` or not an answer.
    """
    (length,) = _LENGTH.unpack(take(stream, _LENGTH.size))
    if length > MAX_ANSWER:
        raise Garbled("the answer is too long")
    try:
        value = orjson.loads(take(stream, length))
        codes = tuple(_code(row) for row in value["codes"])
        return Answer(codes, bool(value["more"]), str(value["refused"]))
    except (ValueError, TypeError, LookupError) as error:
        raise Garbled("the answer is not one") from error


def _code(row: Sequence[object]) -> Code:
    text, symbology, gs1, corners, data, aim, page = row
    if not (isinstance(text, str) and isinstance(symbology, str) and isinstance(aim, str) and isinstance(data, str)):
        raise TypeError("not a code")
    if not (isinstance(gs1, bool) and isinstance(page, int) and isinstance(corners, list) and len(corners) == 4):
        raise TypeError("not a code")
    a, b, c, d = ((int(x), int(y)) for x, y in corners)
    return Code(text, symbology, gs1, (a, b, c, d), bytes.fromhex(data), aim, page)
