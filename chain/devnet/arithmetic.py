"""The instructions that are a function of two words or three: numbers in [0, 2**256) to a number in [0, 2**256).

By opcode, the top of the stack being the first argument (Yellow Paper, appendix H.2). No gas, no stack.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import and_, or_, xor

WORD = (1 << 256) - 1
_CEILING = 1 << 256
_SIGN = 1 << 255


def _signed(a: int) -> int:
    return a - _CEILING if a & _SIGN else a


def _sdiv(a: int, b: int) -> int:
    if b == 0:
        return 0
    x, y = _signed(a), _signed(b)
    quotient = abs(x) // abs(y)
    return (quotient if (x < 0) == (y < 0) else -quotient) & WORD


def _smod(a: int, b: int) -> int:
    if b == 0:
        return 0
    x, y = _signed(a), _signed(b)
    rest = abs(x) % abs(y)
    return (-rest if x < 0 else rest) & WORD


def _signextend(size: int, value: int) -> int:
    if size > 30:
        return value
    sign = 1 << size * 8 + 7
    return value | _CEILING - sign if value & sign else value & sign - 1


def _sar(shift: int, value: int) -> int:
    return _signed(value) >> min(shift, 256) & WORD


BINARY: dict[int, Callable[[int, int], int]] = {
    0x02: lambda a, b: a * b & WORD,
    0x03: lambda a, b: a - b & WORD,
    0x04: lambda a, b: a // b if b else 0,
    0x05: _sdiv,
    0x06: lambda a, b: a % b if b else 0,
    0x07: _smod,
    0x0B: _signextend,
    0x10: lambda a, b: 1 if a < b else 0,
    0x11: lambda a, b: 1 if a > b else 0,
    0x12: lambda a, b: 1 if _signed(a) < _signed(b) else 0,
    0x13: lambda a, b: 1 if _signed(a) > _signed(b) else 0,
    0x14: lambda a, b: 1 if a == b else 0,
    0x16: and_,
    0x17: or_,
    0x18: xor,
    0x1A: lambda place, value: value >> 248 - 8 * place & 255 if place < 32 else 0,
    0x1B: lambda shift, value: value << shift & WORD if shift < 256 else 0,
    0x1C: lambda shift, value: value >> shift if shift < 256 else 0,
    0x1D: _sar,
}

TERNARY: dict[int, Callable[[int, int, int], int]] = {
    0x08: lambda a, b, n: (a + b) % n if n else 0,
    0x09: lambda a, b, n: a * b % n if n else 0,
}
