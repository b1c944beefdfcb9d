"""Bytecode, read once: from bytes to a list of steps that `machine.run` goes through.

A step is a kind and an argument. Constants are decoded, jumps to constants are resolved, and a constant is merged into the
load, store or jump that takes it. A `SEGMENT` step stands wherever control can enter and behind every instruction that can
observe the gas left; its argument is the fixed gas up to the next one and the bounds of the stack's height for which no
instruction in between can under- or overflow. Which kinds there are is the machine's matter; which opcodes there are, and
their fixed gas, is py-evm's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from eth.exceptions import InvalidInstruction  # noqa: TID253 - imported by the machine, late
from eth.vm.forks.paris.opcodes import PARIS_OPCODES  # noqa: TID253

from chain.devnet.arithmetic import BINARY, TERNARY

# Kinds, the frequent ones first: the machine asks in this order.
PUSH, DUP, MLOAD_AT, ADD, MSTORE_AT, SEGMENT, BINARY_OP, POP, JUMPI_TO, SWAP, JUMP_TO, MLOAD, MSTORE, ISZERO, JUMP = range(15)
JUMPI, ENVIRONMENT, CALLDATALOAD, KECCAK, SLOAD, SSTORE, STATICCALL, NOT, CALLDATACOPY, CODECOPY = range(15, 25)
RETURNDATACOPY, LOG, GAS, MSTORE8, MSIZE, EXP, TERNARY_OP, RETURN, REVERT, STOP, OTHER = range(25, 36)

_STACK_LIMIT = 1024
_MAX_CONSTANT_ADDRESS = 1 << 20

# Opcode: kind, argument, words taken, words given.
_SIMPLE: dict[int, tuple[int, Any, int, int]] = {
    0x00: (STOP, None, 0, 0),
    0x01: (ADD, None, 2, 1),
    0x0A: (EXP, None, 2, 1),
    0x15: (ISZERO, None, 1, 1),
    0x19: (NOT, None, 1, 1),
    0x20: (KECCAK, None, 2, 1),
    0x35: (CALLDATALOAD, None, 1, 1),
    0x37: (CALLDATACOPY, None, 3, 0),
    0x39: (CODECOPY, None, 3, 0),
    0x3E: (RETURNDATACOPY, None, 3, 0),
    0x50: (POP, None, 1, 0),
    0x51: (MLOAD, None, 1, 1),
    0x52: (MSTORE, None, 2, 0),
    0x53: (MSTORE8, None, 2, 0),
    0x54: (SLOAD, None, 1, 1),
    0x56: (JUMP, None, 1, 0),
    0x57: (JUMPI, None, 2, 0),
    0x59: (MSIZE, None, 0, 1),
    0xF3: (RETURN, None, 2, 0),
    0xFD: (REVERT, None, 2, 0),
    **{opcode: (BINARY_OP, function, 2, 1) for opcode, function in BINARY.items()},
    **{opcode: (TERNARY_OP, function, 3, 1) for opcode, function in TERNARY.items()},
    **{opcode: (ENVIRONMENT, opcode, 0, 1) for opcode in (*range(0x32, 0x35), 0x36, 0x3A, 0x3D, *range(0x41, 0x49))},
    0x30: (ENVIRONMENT, 0x30, 0, 1),
    **{0x7F + n: (DUP, -n, n, n + 1) for n in range(1, 17)},
    **{0x8F + n: (SWAP, -n - 1, n + 1, n + 1) for n in range(1, 17)},
    **{0xA0 + n: (LOG, n, n + 2, 0) for n in range(5)},
}

# Instructions that see the gas left, or that py-evm runs: they charge themselves and close a segment.
_OBSERVERS: Mapping[int, tuple[int, int, int]] = {0x55: (SSTORE, 2, 0), 0x5A: (GAS, 0, 1), 0xFA: (STATICCALL, 6, 1)}
_COSTS: dict[int, int] = {opcode: getattr(one, "gas_cost", 0) for opcode, one in PARIS_OPCODES.items()}
_ENDS = {STOP, RETURN, REVERT, JUMP, JUMPI}
_MERGED = {JUMP: JUMP_TO, JUMPI: JUMPI_TO, MLOAD: MLOAD_AT, MSTORE: MSTORE_AT}


class Program(NamedTuple):
    """`steps` are (kind, argument); `entries` gives for each byte position of a JUMPDEST the place of its SEGMENT."""

    steps: list[tuple[int, Any]]
    entries: dict[int, int]


class _Segment:
    """One segment while it is being read: its fixed gas and how the stack's height moves."""

    def __init__(self, place: int) -> None:
        self.place, self.gas, self.height, self.lowest, self.highest = place, 0, 0, 0, 0

    def step(self, gas: int, taken: int, given: int) -> None:
        self.gas += gas
        self.lowest = min(self.lowest, self.height - taken)
        self.height += given - taken
        self.highest = max(self.highest, self.height)

    def bounds(self) -> tuple[int, int, int]:
        return self.gas, -self.lowest, _STACK_LIMIT - self.highest


@lru_cache(maxsize=256)
def read(code: bytes) -> Program:
    """The program of some bytecode. Total: what is no instruction becomes a step that fails when it is reached."""
    steps: list[tuple[int, Any]] = []
    entries: dict[int, int] = {}
    jumps: list[int] = []
    segment: _Segment | None = None
    at = 0
    while at <= len(code):
        opcode = code[at] if at < len(code) else 0
        here, at = at, at + 1
        if segment is None or opcode == 0x5B:
            if segment is not None:
                steps[segment.place] = (SEGMENT, segment.bounds())
            segment = _Segment(len(steps))
            steps.append((SEGMENT, None))
            if opcode == 0x5B:
                entries[here] = segment.place
                segment.step(1, 0, 0)
                continue
        if 0x60 <= opcode <= 0x7F:
            size = opcode - 0x5F
            steps.append((PUSH, int.from_bytes(code[at : at + size].ljust(size, b"\0"), "big")))
            segment.step(3, 0, 1)
            at = min(at + size, len(code))
            continue
        if opcode in (0x38, 0x58):  # CODESIZE and PC are constants
            steps.append((PUSH, len(code) if opcode == 0x38 else here))
            segment.step(2, 0, 1)
            continue
        simple = _SIMPLE.get(opcode)
        if simple is None:
            kind, taken, given = _OBSERVERS.get(opcode, (OTHER, 0, 0))
            segment.step(0, taken, given)
            steps.append((kind, PARIS_OPCODES.get(opcode, _invalid)))
            closed = True
        else:
            kind, argument, taken, given = simple
            segment.step(_COSTS[opcode], taken, given)
            merged = _MERGED.get(kind)
            if merged is not None and steps[-1][0] == PUSH and steps[-1][1] < _MAX_CONSTANT_ADDRESS:
                kind, argument = merged, steps.pop()[1]
                if kind in (JUMP_TO, JUMPI_TO):
                    jumps.append(len(steps))
            steps.append((kind, argument))
            closed = simple[0] in _ENDS
        if closed:
            steps[segment.place] = (SEGMENT, segment.bounds())
            segment = None
    for place in jumps:
        kind, target = steps[place]
        steps[place] = (kind, entries.get(target, -1))
    return Program(steps, entries)


def _invalid(_: object) -> None:
    raise InvalidInstruction("Invalid opcode")
