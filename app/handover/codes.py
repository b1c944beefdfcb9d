"""JSON as the texts of QR codes and back: packed, numbered, with a checksum over the whole; read in any order, with doubles."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from chain import strict_json
from chain.errors import BadInput

CODE_CHARACTERS = 1_200  # in one QR code at error level M that a laptop's camera reads off a laptop's screen
_PART = "WP"
_MOST_PARTS = 99
_MOST_BYTES = 256 * 1024


def texts(value: Mapping[str, object]) -> list[str]:
    """As few codes as hold it: numbered, with a checksum over the whole, in characters that QR packs tightly."""
    body = base64.b32encode(zlib.compress(orjson.dumps(value), 9)).decode("ascii").rstrip("=")
    total = math.ceil(len(body) / CODE_CHARACTERS)
    if total > _MOST_PARTS:
        raise BadInput("This hand-over is too large for codes: hand over fewer items at a time.")
    size = math.ceil(len(body) / total)
    check = f"{zlib.crc32(body.encode()):08X}"
    return [f"{_PART}-{n + 1}-{total}-{check}:{body[n * size : (n + 1) * size]}" for n in range(total)]


def read(text: str, form: str) -> Mapping[str, Any]:
    """The value behind a whole text. Raises BadInput; what unpacks to more than it may is not unpacked."""
    value = _value(text)
    if value.get("format") != form:
        raise BadInput("This code belongs to another step of a hand-over.")
    return value


def _value(text: str) -> Mapping[str, Any]:
    try:
        packed = base64.b32decode(text + "=" * (-len(text) % 8))
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(packed, _MOST_BYTES)
        if not unpacker.eof or unpacker.unused_data:
            raise ValueError
    except (ValueError, binascii.Error, zlib.error) as cause:
        raise BadInput("This is not a code of a hand-over.") from cause
    value = strict_json.loads(data)
    if not isinstance(value, dict):
        raise BadInput("This is not a code of a hand-over.")
    return value


def is_code(text: str) -> bool:
    """Whether a scanned text is a part of such a value, and no product's code."""
    fields = text.strip().partition(":")[0].split("-")
    return len(fields) == 4 and fields[0] == _PART and fields[1].isdecimal() and fields[2].isdecimal()


def counted(parts: Sequence[str]) -> tuple[int, int]:
    """How many different codes are here, and how many there are in all, by what the first says. Raises nothing on real parts."""
    heads = [part.strip().partition(":")[0].split("-") for part in parts if is_code(part)]
    return len({head[1] for head in heads}), int(heads[0][2]) if heads else 0


def form_of(text: str) -> str:
    """What kind of value a whole text holds: its `format`. Raises BadInput."""
    return str(_value(text).get("format", ""))


def joined(parts: Sequence[str]) -> str | None:
    """The one text out of the codes' texts in any order, doubles among them; None while some are missing. Raises BadInput."""
    seen: dict[int, str] = {}
    heads = set()
    for part in filter(None, (one.strip() for one in parts)):
        head, _, body = part.partition(":")
        fields = head.split("-")
        if len(fields) != 4 or fields[0] != _PART or not (fields[1].isdecimal() and fields[2].isdecimal()):
            raise BadInput("This is not a code of a hand-over.")
        heads.add((fields[2], fields[3]))
        if seen.setdefault(int(fields[1]), body) != body:
            raise BadInput("Two codes of the same number say different things.")
    if len(heads) > 1:
        raise BadInput("These codes belong to different hand-overs.")
    if not heads:
        raise BadInput("There is no code of a hand-over.")
    [(total, check)] = heads
    if not 1 <= int(total) <= _MOST_PARTS or not all(1 <= number <= int(total) for number in seen):
        raise BadInput("This is not a code of a hand-over.")
    if len(seen) < int(total):
        return None
    whole = "".join(seen[number] for number in sorted(seen))
    if f"{zlib.crc32(whole.encode()):08X}" != check:
        raise BadInput("A code of this hand-over was misread: scan again.")
    return whole
