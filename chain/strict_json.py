"""JSON from strangers: parsed only where it is small when parsed, shallow, and says everything once.

A node, a file or a neighbour can send text that is legal JSON and still does harm: 65,000 brackets that overflow a stack, 16 MB
of `[]` that become a gigabyte of objects, a key given twice so that two readers see two documents. This module looks at the
bytes before they are parsed (RFC 8259) and refuses; orjson then refuses NaN, 1e400, lone surrogates and bytes that are not
UTF-8. What the document means is not its business.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

import orjson

from chain.errors import BadInput

DEPTH = 64
MEMORY = 32 * 1024 * 1024  # bytes that the parsed objects may take, by a careful estimate

# Everything but what gives JSON its shape and its size.
_CONTENT = bytes(set(range(256)) - set(b'"[]{}:,\\'))
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NESTED = frozenset({dict, list})

# What CPython 3.11 takes for a value: head of a str or float with its place in a list, an empty list, a small dict.
_VALUE, _LIST, _DICT = 64, 64, 232


def loads(data: bytes | bytearray, *, depth: int = DEPTH, memory: int = MEMORY, twice: bool = False) -> Any:
    """The value of a JSON text.

    Args:
        data: UTF-8 text.
        depth: how many lists and objects may stand inside each other.
        memory: how many bytes the result may take, estimated from above before anything is parsed.
        twice: let a name stand twice in one object; the last one counts. For a caller that says so to its user.

    Raises:
        BadInput: not JSON, too deep, too large once parsed, a key given twice in one object.
    """
    marks = bytes(data.translate(None, _CONTENT))
    if _cost(data, marks) > memory:
        raise BadInput("The text takes too much memory once it is read.", length=len(data))
    shape = _shape(data, marks)
    if max(accumulate(map(_STEP.__getitem__, shape.replace(b":", b""))), default=0) > depth:
        raise BadInput(f"The text is nested deeper than {depth} levels.", length=len(data))
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise BadInput("The text is not JSON.", length=len(data), why=error.msg, at=error.pos) from None
    if not twice and _keys(value) != shape.count(b":"):
        raise BadInput("The text gives a name twice in one object.", length=len(data))
    return value


def _cost(data: bytes | bytearray, marks: bytes) -> int:
    """An upper bound of the memory that the parsed text takes: a str has 1 byte a character, 4 where any is not ASCII."""
    width = 1 if data.isascii() and b"\\" not in marks else 4
    values = _VALUE * (marks.count(b",") + marks.count(b"\\")) + _LIST * marks.count(b"[") + _DICT * marks.count(b"{")
    return width * len(data) + values


def _shape(data: bytes | bytearray, marks: bytes) -> bytes:
    """The brackets and colons outside of strings. What it gives for text that is not JSON does no harm."""
    if b"\\" in marks:
        marks = _ESCAPE.sub(b"", data).translate(None, _CONTENT)
    marks = marks.translate(None, b",\\")
    bare = marks.replace(b'""', b"")  # strings without marks; a removed pair leaves inside and outside where they were
    if b'"' not in bare:
        return bare
    return b"".join(marks.split(b'"')[::2])


def _keys(value: object) -> int:
    """How many names stand in all objects of a parsed value together."""
    count, rest = 0, [value]
    while rest:
        one = rest.pop()
        if type(one) is dict:
            count += len(one)
            rest += [child for child in one.values() if type(child) in _NESTED]
        elif type(one) is list and not _NESTED.isdisjoint(map(type, one)):
            rest += [child for child in one if type(child) in _NESTED]
    return count
