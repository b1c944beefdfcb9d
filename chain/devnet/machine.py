"""Bytecode, run by py-evm's rules with the common instructions done in one loop.

py-evm calls a Python function for each instruction, which calls five more: 2.5 us for an addition, and a supply chain event
is a thousand instructions and more. Here the instructions that contracts are made of run on plain lists and integers;
whatever is rare or subtle (calls between contracts, creation, self-destruction, other accounts) is handed to py-evm's own
instruction, on the same stack, memory and gas. Fork rules, precompiles and costs stay py-evm's. Tests run random programs
through both and compare.

Fixed gas is charged, and the stack's height checked, once a segment (see `program`). That is exact, because a segment ends
where the gas left can be observed, and because all exceptional ends burn all gas and undo everything alike.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from eth.exceptions import (  # noqa: TID253 - this module is py-evm, and is imported with the first transaction
    FullStack,
    Halt,
    InsufficientStack,
    InvalidJumpDestination,
    OutOfBoundsRead,
    OutOfGas,
    Revert,
    WriteProtection,
)
from eth.vm.forks.london.storage import GAS_SCHEDULE_EIP3529  # noqa: TID253
from eth.vm.forks.paris.computation import ParisComputation  # noqa: TID253
from eth_hash.auto import keccak
from tiny_keccak import keccak256

from chain.devnet.arithmetic import WORD
from chain.devnet.program import (
    ADD,
    BINARY_OP,
    CALLDATACOPY,
    CALLDATALOAD,
    CODECOPY,
    DUP,
    ENVIRONMENT,
    EXP,
    GAS,
    ISZERO,
    JUMP,
    JUMP_TO,
    JUMPI,
    JUMPI_TO,
    KECCAK,
    LOG,
    MLOAD,
    MLOAD_AT,
    MSIZE,
    MSTORE,
    MSTORE8,
    MSTORE_AT,
    NOT,
    POP,
    PUSH,
    RETURN,
    RETURNDATACOPY,
    REVERT,
    SEGMENT,
    SLOAD,
    SSTORE,
    STATICCALL,
    STOP,
    SWAP,
    TERNARY_OP,
    read,
)
from chain.devnet.transactions import refused

keccak.hasher = keccak256  # type: ignore[assignment]  # py-evm gives bytes; its own choice is ten times slower
sys.setrecursionlimit(1000)  # py_ecc, which py-evm imports, raises it to 100,000: nested JSON would then kill the process

MAX_DEPTH = 64  # 1,024 by the rules; each level takes ten of Python's 1,000 frames, and no thread's stack is sure to hold more

_COLD_SLOAD, _WARM_READ = 2100, 100  # EIP-2929
_ADDRESS = (1 << 160) - 1
_RUN = -1

_ENVIRONMENT: dict[int, Callable[[Any], int]] = {
    0x30: lambda c: _number(c.msg.storage_address),
    0x32: lambda c: _number(c.transaction_context.origin),
    0x33: lambda c: _number(c.msg.sender),
    0x34: lambda c: c.msg.value,
    0x36: lambda c: len(c.msg.data),
    0x3A: lambda c: c.transaction_context.gas_price,
    0x3D: lambda c: len(c.return_data),
    0x41: lambda c: _number(c.state.coinbase),
    0x42: lambda c: c.state.timestamp,
    0x43: lambda c: c.state.block_number,
    0x44: lambda c: _number(c.state.mix_hash),
    0x45: lambda c: c.state.gas_limit,
    0x46: lambda c: c.state.execution_context.chain_id,
    0x47: lambda c: c.state.get_balance(c.msg.storage_address),
    0x48: lambda c: c.state.base_fee,
}


def run(computation: Any) -> None:
    """Run a computation's code to its end, which is py-evm's `Halt` or one of its errors."""
    c = computation
    steps, entries = read(c.msg.code)
    stack: list[Any] = c._stack.values  # numbers; bytes only where py-evm has just pushed
    memory: bytearray = c._memory._bytes
    meter = c._gas_meter
    gas: int = meter.gas_remaining
    world, address = c.state._account_db, c.msg.storage_address
    pop, push = stack.pop, stack.append
    number = int.from_bytes
    at = 0
    while True:
        kind, x = steps[at]
        at += 1
        if kind == PUSH:
            push(x)
        elif kind == DUP:
            push(stack[x])
        elif kind == MLOAD_AT:
            if x + 32 > len(memory):
                gas = _grow(memory, x + 32, gas)
            push(number(memory[x : x + 32], "big"))
        elif kind == ADD:
            a = pop()
            stack[-1] = a + stack[-1] & WORD
        elif kind == MSTORE_AT:
            if x + 32 > len(memory):
                gas = _grow(memory, x + 32, gas)
            memory[x : x + 32] = pop().to_bytes(32, "big")
        elif kind == SEGMENT:
            fixed, lowest, highest = x
            if gas < fixed or not lowest <= len(stack) <= highest:
                raise _stopped(gas, fixed, len(stack), lowest)
            gas -= fixed
        elif kind == BINARY_OP:
            a = pop()
            stack[-1] = x(a, stack[-1])
        elif kind == POP:
            pop()
        elif kind == JUMPI_TO:
            if pop():
                if x < 0:
                    raise InvalidJumpDestination("Invalid Jump Destination")
                at = x
        elif kind == SWAP:
            stack[-1], stack[x] = stack[x], stack[-1]
        elif kind == JUMP_TO:
            if x < 0:
                raise InvalidJumpDestination("Invalid Jump Destination")
            at = x
        elif kind == MLOAD:
            a = stack[-1]
            if a + 32 > len(memory):
                gas = _grow(memory, a + 32, gas)
            stack[-1] = number(memory[a : a + 32], "big")
        elif kind == MSTORE:
            a = pop()
            if a + 32 > len(memory):
                gas = _grow(memory, a + 32, gas)
            memory[a : a + 32] = pop().to_bytes(32, "big")
        elif kind == ISZERO:
            stack[-1] = 0 if stack[-1] else 1
        elif kind in (JUMP, JUMPI):
            a = pop()
            if kind == JUMP or pop():
                if a not in entries:
                    raise InvalidJumpDestination("Invalid Jump Destination")
                at = entries[a]
        elif kind == ENVIRONMENT:
            push(_ENVIRONMENT[x](c))
        elif kind == CALLDATALOAD:
            a = stack[-1]
            stack[-1] = number(c.msg.data[a : a + 32].ljust(32, b"\0"), "big")
        elif kind == KECCAK:
            a, size = pop(), stack[-1]
            if size:
                gas = _charged(_grow(memory, a + size, gas), 6 * (size + 31 >> 5))
            stack[-1] = number(keccak256(bytes(memory[a : a + size])), "big")
        elif kind == SLOAD:
            a = stack[-1]
            gas = _charged(gas, _COLD_SLOAD if world.mark_warm((address, a)) else _WARM_READ)
            stack[-1] = world.get_storage(address, a)
        elif kind == SSTORE:
            gas = _sstore(c, pop(), pop(), gas)
        elif kind == STATICCALL and c.msg.depth < 1024 and (stack[-2] & _ADDRESS) in (2, 4):
            gas = _precompiled(c, gas)
        elif kind == NOT:
            stack[-1] = stack[-1] ^ WORD
        elif kind == CALLDATACOPY:
            gas = _copy(memory, pop(), c.msg.data, pop(), pop(), gas)
        elif kind == CODECOPY:
            gas = _copy(memory, pop(), c.msg.code, pop(), pop(), gas)
        elif kind == RETURNDATACOPY:
            if stack[-2] + stack[-3] > len(c.return_data):
                raise OutOfBoundsRead("Return data is shorter than what is copied")
            gas = _copy(memory, pop(), c.return_data, pop(), pop(), gas)
        elif kind == LOG:
            gas = _log(c, x, gas)
        elif kind == GAS:
            gas = _charged(gas, 2)
            push(gas)
        elif kind == MSTORE8:
            a = pop()
            gas = _grow(memory, a + 1, gas)
            memory[a] = pop() & 255
        elif kind == MSIZE:
            push(len(memory))
        elif kind == EXP:
            a, power = pop(), stack[-1]
            gas = _charged(gas, 50 * (power.bit_length() + 7 >> 3))  # EIP-160
            stack[-1] = pow(a, power, WORD + 1)
        elif kind == TERNARY_OP:
            a, b = pop(), pop()
            stack[-1] = x(a, b, stack[-1])
        elif kind == STOP:
            meter.gas_remaining = gas
            raise Halt("STOP")
        elif kind in (RETURN, REVERT):
            a, size = pop(), pop()
            if size:
                gas = _grow(memory, a + size, gas)
            c.output = bytes(memory[a : a + size])
            meter.gas_remaining = gas
            raise Halt("RETURN") if kind == RETURN else Revert(c.output)
        else:  # py-evm's own instruction; it may leave bytes on the stack
            meter.gas_remaining = gas
            x(c)
            gas = meter.gas_remaining
            if stack and type(stack[-1]) is not int:
                stack[-1] = _number(stack[-1])


class Machine(ParisComputation):
    """py-evm's computation of the Paris fork, its code being one single instruction: `run`."""

    opcodes = {_RUN: run}  # type: ignore[dict-item]  # noqa: RUF012 - py-evm's form; a function will do

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if self.msg.depth > MAX_DEPTH:
            raise refused(f"contracts that call each other more than {MAX_DEPTH} deep do not run on the embedded chain")
        self.code = (_RUN,)  # type: ignore[assignment]  # only iterated


def _stopped(gas: int, fixed: int, height: int, lowest: int) -> Exception:
    if gas < fixed:
        return OutOfGas(f"Out of gas: Needed {fixed} - Remaining {gas}")
    if height < lowest:
        return InsufficientStack(f"Wanted {lowest} stack items, only had {height}")
    return FullStack("Stack limit reached")


def _charged(gas: int, cost: int) -> int:
    if cost > gas:
        raise OutOfGas(f"Out of gas: Needed {cost} - Remaining {gas}")
    return gas - cost


def _grow(memory: bytearray, end: int, gas: int) -> int:
    """Extend the memory to `end` in whole words, and give the gas left (Yellow Paper, appendix H.1)."""
    before, after = len(memory) >> 5, end + 31 >> 5
    if after <= before:
        return gas
    gas = _charged(gas, 3 * (after - before) + after * after // 512 - before * before // 512)
    memory.extend(bytes((after - before) << 5))
    return gas


def _copy(memory: bytearray, to: int, source: bytes, start: int, size: int, gas: int) -> int:
    if size:
        gas = _charged(_grow(memory, to + size, gas), 3 * (size + 31 >> 5))
        memory[to : to + size] = source[start : start + size].ljust(size, b"\0")
    return gas


def _log(c: Any, topics: int, gas: int) -> int:
    if c.msg.is_static:
        raise WriteProtection("Cannot modify state while inside of a STATICCALL context")
    stack, memory = c._stack.values, c._memory._bytes
    start, size = stack.pop(), stack.pop()
    words = tuple(stack.pop() for _ in range(topics))
    gas = _charged(gas, 375 * topics + 8 * size)
    if size:
        gas = _grow(memory, start + size, gas)
    entry = c.transaction_context.get_next_log_counter(), c.msg.storage_address, words, bytes(memory[start : start + size])
    c._log_entries.append(entry)
    return gas


def _sstore(c: Any, slot: int, value: int, gas: int) -> int:
    """EIP-2200 with the costs of EIP-2929 and the refunds of EIP-3529."""
    if c.msg.is_static:
        raise WriteProtection("Cannot modify state while inside of a STATICCALL context")
    if gas <= 2300:
        raise OutOfGas("Net-metered SSTORE always fails below 2300 gas, per EIP-2200")
    world, address, costs = c.state._account_db, c.msg.storage_address, GAS_SCHEDULE_EIP3529
    cost, refund = costs.sload_gas, 0
    current = world.get_storage(address, slot)
    if current != value:
        original = world.get_storage(address, slot, False)
        if original == current:
            cost = costs.sstore_reset_gas if original else costs.sstore_set_gas
            if original and not value:
                refund = costs.sstore_clears_schedule
        else:
            if original:
                refund += costs.sstore_clears_schedule * ((value == 0) - (current == 0))
            if original == value:
                refund += (costs.sstore_reset_gas if original else costs.sstore_set_gas) - costs.sload_gas
    if world.mark_warm((address, slot)):
        cost += _COLD_SLOAD
    gas = _charged(gas, cost)
    if refund:
        c.refund_gas(refund)
    world.set_storage(address, slot, value)
    return gas


def _precompiled(c: Any, gas: int) -> int:
    """STATICCALL of SHA-256 (2) or identity (4), which a contract calls for every hash and every copy."""
    stack: list[int] = c._stack.values
    memory: bytearray = c._memory._bytes
    wanted, callee, start, size, to, room = (stack.pop() for _ in range(6))
    if size:
        gas = _grow(memory, start + size, gas)
    if room:
        gas = _grow(memory, to + room, gas)
    gas = _charged(gas, _WARM_READ)
    given = min(wanted, gas - gas // 64)  # EIP-150
    words = size + 31 >> 5
    is_hash = callee & _ADDRESS == 2
    cost = 60 + 12 * words if is_hash else 15 + 3 * words
    if cost > given:
        c.return_data = b""
        stack.append(0)
        return gas - given
    data = bytes(memory[start : start + size])
    c.return_data = output = sha256(data).digest() if is_hash else data
    size = min(room, len(output))
    memory[to : to + size] = output[:size]
    stack.append(1)
    return gas - cost


def _number(value: bytes) -> int:
    return int.from_bytes(value, "big")
