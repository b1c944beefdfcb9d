"""RLP, the byte encoding of Ethereum's headers, tries and transactions, read in its one canonical form.

Trust needs one spelling: where two encodings mean the same, a proof can be altered without being false.
`decode` refuses every other spelling (a long form where the short one fits, a leading zero in a length, a
byte wrapped in a string, bytes left over), lists nested deeper than 16, more than a thousand items and one for
each eight bytes (a megabyte of empty lists would take seventy), and knows no types above bytes and lists (Yellow
Paper, appendix B).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from chain.errors import BadProof

Tree: TypeAlias = "bytes | list[Tree]"
Plain: TypeAlias = "bytes | int | Sequence[Plain]"

MAX_DEPTH = 16
FREE_ITEMS, BYTES_AN_ITEM = 1000, 8


def encode(item: Plain) -> bytes:
    """The encoding of bytes, of a natural number (big-endian, no leading zero, 0 is empty), or of a sequence
    of such."""
    if isinstance(item, int):
        item = item.to_bytes((item.bit_length() + 7) // 8, "big")
    if isinstance(item, bytes):
        if len(item) == 1 and item[0] < 0x80:
            return item
        return _length(len(item), 0x80) + item
    body = b"".join(map(encode, item))
    return _length(len(body), 0xC0) + body


def decode(data: bytes, most: int | None = None) -> Tree:
    """What `data` encodes, as bytes and lists of such; with at most so many items, if not one for each eight
    bytes and a thousand. Raises BadProof for everything that is not canonical RLP."""
    start, stop, is_list = _head(data, 0, len(data))
    if stop != len(data):
        raise _refused("bytes are left over")
    left = [FREE_ITEMS + len(data) // BYTES_AN_ITEM if most is None else most]
    return _items(data, start, stop, 1, left) if is_list else data[start:stop]


def number(item: Tree, bits: int = 256) -> int:
    """The natural number below 2**bits that a decoded item spells without a leading zero, or BadProof."""
    if isinstance(item, list) or item[:1] == b"\x00" or len(item) * 8 > bits:
        raise _refused("this is not a number of its size")
    return int.from_bytes(item, "big")


def _items(data: bytes, at: int, end: int, depth: int, left: list[int]) -> list[Tree]:
    if depth > MAX_DEPTH:
        raise _refused("lists are nested too deep")
    items: list[Tree] = []
    while at < end:
        left[0] -= 1
        if left[0] < 0:
            raise _refused("there are too many items for so few bytes")
        start, at, is_list = _head(data, at, end)
        items.append(_items(data, start, at, depth + 1, left) if is_list else data[start:at])
    return items


def _head(data: bytes, at: int, end: int) -> tuple[int, int, bool]:
    """Where the content of the item at `at` starts and stops, and whether it is a list; it must end by
    `end`."""
    if at >= end:
        raise _refused("there are no bytes")
    first = data[at]
    if first < 0x80:
        return at, at + 1, False
    is_list = first >= 0xC0
    size = first - (0xC0 if is_list else 0x80)
    start = at + 1
    if size > 55:
        digits = size - 55
        start += digits
        if start > end or data[at + 1] == 0:
            raise _refused("a length is not the shortest")
        size = int.from_bytes(data[at + 1 : start], "big")
        if size <= 55:
            raise _refused("a length is not the shortest")
    stop = start + size
    if stop > end:
        raise _refused("bytes are missing")
    if first == 0x81 and data[start] < 0x80:
        raise _refused("a single byte is wrapped in a string")
    return start, stop, is_list


def _length(size: int, offset: int) -> bytes:
    if size <= 55:
        return bytes((offset + size,))
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((offset + 55 + len(digits),)) + digits


def _refused(why: str) -> BadProof:
    return BadProof("A piece of the proof is not encoded in the one allowed way.", why=why)
