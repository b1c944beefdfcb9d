"""The contract on py-evm's own instructions, with a dictionary for an account database: nothing of chain/devnet is in it.

What py-evm decides stays py-evm's (instructions, costs, precompiles, refunds); only the storage is ours, so that a test's
world is one dictionary to keep and to put back. A call comes from whatever sender the test names: no keys, no nonces, no fees.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.london.constants import EIP3529_MAX_REFUND_QUOTIENT
from eth.vm.forks.paris.state import ParisState
from eth.vm.forks.prague.state import PragueState
from eth.vm.forks.shanghai.state import ShanghaiState
from eth.vm.message import Message
from eth.vm.transaction_context import BaseTransactionContext
from eth_hash.auto import keccak
from eth_typing import Address, BlockNumber, Hash32
from tiny_keccak import keccak256

from chain import calls
from chain.errors import RuleBroken
from chain.journey import Birth, Entry

keccak.hasher = keccak256  # type: ignore[assignment]
sys.setrecursionlimit(1000)  # py_ecc, which py-evm imports, raises it to 100,000

CONTRACT = b"\xc0" * 20
ADMIN = b"\xad" * 20
OUTSIDER = b"\x0f" * 20
START = 1_700_000_000
CHAIN_ID = 1
GAS_LIMIT = 30_000_000
_ERROR = keccak256(b"Error(string)")[:4]

Journal = dict[tuple[bytes, int], int]


class Accounts:
    """py-evm's account database as dictionaries: storage and code. Snapshots are copies; no account has a balance."""

    def __init__(self, db: object = None, state_root: bytes = b"") -> None:
        self.state_root = state_root
        self.storage: Journal = {}
        self.codes: dict[bytes, bytes] = {}
        self.begun: Journal = {}
        self.warm: set[object] = set()
        self._mark = 0
        self._outermost: tuple[int, Journal] | None = None

    def begin(self) -> None:
        """A transaction starts: everything is cold, and what stands now is the original value of EIP-2200."""
        self.begun, self.warm = dict(self.storage), set()

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        return (self.storage if from_journal else self.begun).get((address, slot), 0)

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        self.storage[address, slot] = value

    def is_storage_warm(self, address: bytes, slot: int) -> bool:
        return (address, slot) in self.warm

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        self.warm.add((address, slot))

    def is_address_warm(self, address: bytes) -> bool:
        return address in self.warm

    def mark_address_warm(self, address: bytes) -> None:
        self.warm.add(address)

    def get_balance(self, address: bytes) -> int:
        return 0

    def get_code(self, address: bytes) -> bytes:
        return self.codes.get(address, b"")

    def touch_account(self, address: bytes) -> None:
        """Nothing is deleted here."""

    def account_exists(self, address: bytes) -> bool:
        return address in self.codes

    def record(self) -> int:
        # Only the outermost frame can fail here: the contract's own calls are to precompiles, which write nothing.
        self._mark += 1
        if self._outermost is None:
            self._outermost = self._mark, dict(self.storage)
        return self._mark

    def discard(self, mark: int) -> None:
        assert self._outermost is not None
        if mark == self._outermost[0]:
            self.storage, self._outermost = self._outermost[1], None

    def commit(self, mark: int) -> None:
        if self._outermost and mark == self._outermost[0]:
            self._outermost = None


@dataclass(frozen=True, slots=True)
class Log:
    """One log entry as a node would give it."""

    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """A transaction that went through: what it cost, what it logged, what it returned."""

    gas: int
    logs: tuple[Log, ...]
    output: bytes

    @property
    def read(self) -> list[Entry | Birth | calls.FromLot]:
        """The logs through chain/calls.py."""
        return [calls.read_log(log.topics, log.data, 1) for log in self.logs]

    @property
    def entries(self) -> list[Entry]:
        """The entries of the log alone."""
        return [one for one in self.read if isinstance(one, Entry)]

    @property
    def births(self) -> dict[bytes, Birth]:
        """What came into being, by unit."""
        return {one.unit: one for one in self.read if isinstance(one, Birth)}


class Halted(Exception):
    """The call failed without words: out of gas, or calldata that the compiler's own checks refuse."""


FORKS: dict[str, type[Any]] = {"paris": ParisState, "shanghai": ShanghaiState, "prague": PragueState}


@cache
def _state_class(fork: str) -> type[Any]:
    return type("State", (FORKS[fork],), {"account_db_class": Accounts, "set_system_contracts": lambda self: None})


class Evm:
    """One deployed contract. `now` is the timestamp of the block every next call is in; a test moves it."""

    def __init__(self, creation: bytes | None = None, fork: str = "paris") -> None:
        self.now = START
        self._state = _state_class(fork)(None, self._context(), b"")
        runtime = self._run(ADMIN, b"", calls.bytecode() if creation is None else creation).output
        self.accounts.codes[CONTRACT] = runtime
        self.accounts.begin()

    @property
    def accounts(self) -> Accounts:
        """Storage and code."""
        accounts: Accounts = self._state._account_db
        return accounts

    def copy(self) -> Evm:
        """An equal contract; the two can then go different ways."""
        twin = Evm.__new__(Evm)
        twin.now, twin._state = self.now, type(self._state)(None, self._context(), b"")
        twin.accounts.storage, twin.accounts.codes = dict(self.accounts.storage), dict(self.accounts.codes)
        return twin

    @property
    def code(self) -> bytes:
        """The deployed code."""
        return self.accounts.codes[CONTRACT]

    def send(self, sender: bytes, data: bytes, value: int = 0) -> Done:
        """A transaction to the contract. Raises RuleBroken with the revert's words, or Halted where it has none."""
        computation = self._run(sender, data, self.code, value)
        zeros = data.count(0)
        intrinsic = 21_000 + 4 * zeros + 16 * (len(data) - zeros)
        used = intrinsic + computation.get_gas_used()
        gas = used - min(computation.get_gas_refund(), used // EIP3529_MAX_REFUND_QUOTIENT)
        logs = tuple(Log(tuple(t.to_bytes(32, "big") for t in topics), text) for _, topics, text in computation.get_log_entries())
        return Done(gas, logs, computation.output)

    def ask(self, data: bytes, sender: bytes = OUTSIDER) -> bytes:
        """The output of a call that changes nothing."""
        with self.undone():
            return self.send(sender, data).output

    def slot(self, place: int) -> int:
        """What `eth_getStorageAt` would answer."""
        return self.accounts.get_storage(CONTRACT, place)

    def named(self, name: str, offset: int = 0) -> int:
        """A variable of the contract by its name in provenance.json."""
        return self.slot(calls.slot(name) + offset)

    def mapped(self, name: str, key: bytes | int) -> int:
        """One value of a HashMap of the contract. Vyper hashes the slot before the key."""
        return self.slot(place(name, key))

    def put(self, place: int, value: int) -> None:
        """Write a slot behind the contract's back, to reach a state that honest use reaches after a million calls."""
        self.accounts.set_storage(CONTRACT, place, value)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Whatever happens inside has not happened afterwards."""
        storage, now = dict(self.accounts.storage), self.now
        try:
            yield
        finally:
            self.accounts.storage, self.now = storage, now

    def _context(self) -> ExecutionContext:
        nobody, number, nothing = Address(bytes(20)), BlockNumber(1), Hash32(bytes(32))
        return ExecutionContext(nobody, self.now, number, 0, nothing, GAS_LIMIT, (), CHAIN_ID, 0, 0)

    def _run(self, sender: bytes, data: bytes, code: bytes, value: int = 0) -> Any:
        state = self._state
        state.execution_context = self._context()
        self.accounts.begin()
        self.accounts.warm |= {sender, CONTRACT}
        caller = Address(sender)
        message = Message(GAS_LIMIT, Address(CONTRACT), caller, value, data, code, should_transfer_value=False)
        context = BaseTransactionContext(gas_price=0, origin=caller)
        computation = state.computation_class.apply_message(state, message, context)
        if computation.is_error:
            words = reason(computation.output)
            raise RuleBroken(words) if words else Halted(repr(computation.error))
        return computation


def place(name: str, key: bytes | int) -> int:
    """The slot of one value of a HashMap: keccak256(slot of the map, key)."""
    padded = key.to_bytes(32, "big") if isinstance(key, int) else key.rjust(32, b"\0")
    return int.from_bytes(keccak256(calls.slot(name).to_bytes(32, "big") + padded), "big")


def reason(output: bytes) -> str:
    """The words of a revert, empty where it has none."""
    if output[:4] != _ERROR:
        return ""
    size = int.from_bytes(output[36:68], "big")
    return output[68 : 68 + size].decode()
