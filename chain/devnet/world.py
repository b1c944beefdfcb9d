"""The accounts of the embedded chain while transactions run: what py-evm reads and writes instead of its own account database.

py-evm keeps a state in stacked copies of a database; a supply chain event needs four slots of one account. Here a value is a
dictionary entry, an undo step is one tuple on one list (so a checkpoint is the list's length), and tries are touched once a
block, by `commit`. An empty account and an absent one are the same here, as they are by EIP-161 on every chain that never
had another rule. Nothing here knows blocks, files or fees.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from tiny_keccak import keccak256

from chain import rlp
from chain.devnet.trie import EMPTY_ROOT, Nodes, Trie
from chain.errors import LedgerError

EMPTY_CODE = keccak256(b"")

_KEPT_SLOTS = 200_000  # values of storage slots that stay in memory between blocks


class Account:
    """One account. `slots` holds the values known so far, `dirty` the slots written since the last commit."""

    __slots__ = ("balance", "code_hash", "dirty", "nonce", "slots", "storage_root")

    def __init__(self, nonce: int = 0, balance: int = 0, storage_root: bytes = EMPTY_ROOT, code_hash: bytes = EMPTY_CODE) -> None:
        self.nonce = nonce
        self.balance = balance
        self.storage_root = storage_root
        self.code_hash = code_hash
        self.slots: dict[int, int] = {}
        self.dirty: set[int] = set()

    @property
    def empty(self) -> bool:
        """No nonce, no balance, no code (EIP-161): such an account is not stored."""
        return not self.nonce and not self.balance and self.code_hash == EMPTY_CODE


class World:
    """All accounts as of one state root, and the changes on top of it.

    Args:
        nodes: the trie nodes of all states.
        code: gives the code with a hash, or None.
        root: the state to start from.

    The method names are py-evm's (`eth.abc.AccountDatabaseAPI`), as far as its Paris rules call them.
    """

    def __init__(self, nodes: Nodes, code: Callable[[bytes], bytes | None], root: bytes = EMPTY_ROOT) -> None:
        self._nodes = nodes
        self._read_code = code
        self._codes: dict[bytes, bytes] = {}
        self.reset(root)

    def reset(self, root: bytes) -> None:
        """Forget everything that is not committed and stand at `root`."""
        self.state_root = root
        self._trie = Trie(self._nodes, root)
        self._accounts: dict[bytes, Account] = {}
        self._touched: set[bytes] = set()
        self._new_codes: dict[bytes, bytes] = {}
        self.lock_changes()

    # ---- one transaction

    def lock_changes(self) -> None:
        """A transaction begins: what was done before it cannot be undone, and nothing is warm (EIP-2929)."""
        self._undo: list[tuple[Any, ...]] = []
        self._originals: dict[tuple[bytes, int], int] = {}
        self.warm: set[bytes | tuple[bytes, int]] = set()

    def record(self) -> int:
        """A checkpoint to which `discard` returns."""
        return len(self._undo)

    def discard(self, checkpoint: int) -> None:
        """Undo everything since a checkpoint, warmth included."""
        undo = self._undo
        while len(undo) > checkpoint:
            step = undo.pop()
            step[0](*step[1:])

    def commit(self, checkpoint: int) -> None:
        """Keep what was done since a checkpoint; an outer checkpoint can still undo it."""

    def roll_back(self) -> None:
        """Undo everything since the last commit: what `eth_call` did. Values that were read stay in memory."""
        self.discard(0)
        for address in self._touched:
            self._accounts[address].dirty.clear()
        self._touched.clear()
        self._new_codes.clear()
        self.lock_changes()

    # ---- storage

    def get_storage(self, address: bytes, slot: int, from_journal: bool = True) -> int:
        """A slot's value now, or with `from_journal` False as it was when the transaction began (EIP-2200)."""
        if not from_journal:
            original = self._originals.get((address, slot))
            if original is not None:
                return original
        account = self._accounts.get(address) or self._account(address)
        value = account.slots.get(slot)
        if value is None:
            value = self._load_slot(account, slot)
        return value

    def set_storage(self, address: bytes, slot: int, value: int) -> None:
        """Write a slot."""
        account = self._accounts.get(address) or self._account(address)
        old = self.get_storage(address, slot)
        self._originals.setdefault((address, slot), old)
        self._undo.append((account.slots.__setitem__, slot, old))
        account.slots[slot] = value
        account.dirty.add(slot)
        self._touched.add(address)

    def delete_storage(self, address: bytes) -> None:
        """Empty an account's storage."""
        old = self._account(address)
        self._replace(address, Account(old.nonce, old.balance, EMPTY_ROOT, old.code_hash))

    def mark_storage_warm(self, address: bytes, slot: int) -> None:
        self.mark_warm((address, slot))

    def is_address_warm(self, address: bytes) -> bool:
        return address in self.warm

    def mark_address_warm(self, address: bytes) -> None:
        self.mark_warm(address)

    def mark_warm(self, key: bytes | tuple[bytes, int]) -> bool:
        """Mark an address, or an address and slot, as accessed; True where it was not before."""
        if key in self.warm:
            return False
        self.warm.add(key)
        self._undo.append((self.warm.discard, key))
        return True

    # ---- accounts

    def get_balance(self, address: bytes) -> int:
        return self._account(address).balance

    def set_balance(self, address: bytes, balance: int) -> None:
        self._set(address, "balance", balance)

    def get_nonce(self, address: bytes) -> int:
        return self._account(address).nonce

    def set_nonce(self, address: bytes, nonce: int) -> None:
        self._set(address, "nonce", nonce)

    def increment_nonce(self, address: bytes) -> None:
        self._set(address, "nonce", self._account(address).nonce + 1)

    def get_code_hash(self, address: bytes) -> bytes:
        return self._account(address).code_hash

    def get_code(self, address: bytes) -> bytes:
        """An account's code, b"" where it has none. Raises LedgerError where the database has lost it."""
        digest = self._account(address).code_hash
        if digest == EMPTY_CODE:
            return b""
        code = self._new_codes.get(digest) or self._codes.get(digest)
        if code is None:
            code = self._read_code(digest)
            if code is None or keccak256(code) != digest:
                raise LedgerError("A contract's code is missing: the embedded chain's file is damaged.", code_hash=digest.hex())
            self._codes[digest] = code
        return code

    def set_code(self, address: bytes, code: bytes) -> None:
        digest = keccak256(code)
        self._new_codes[digest] = code
        self._set(address, "code_hash", digest)

    def account_has_code_or_nonce(self, address: bytes) -> bool:
        account = self._account(address)
        return account.nonce != 0 or account.code_hash != EMPTY_CODE

    def account_exists(self, address: bytes) -> bool:
        return not self._account(address).empty

    def account_is_empty(self, address: bytes) -> bool:
        return self._account(address).empty

    def touch_account(self, address: bytes) -> None:
        """Nothing: a touched empty account is not stored anyway."""

    def delete_account(self, address: bytes) -> None:
        self._replace(address, Account())

    # ---- one block

    def make_state_root(self, new: dict[bytes, bytes], codes: dict[bytes, bytes]) -> bytes:
        """Write the changes into the tries and give the new state root.

        `new` receives the new trie nodes and `codes` the new code by hash. The world then stands at the new root; where the
        block cannot be kept after all, `reset` goes back.
        """
        for address in self._touched:
            account = self._accounts[address]
            if account.dirty:
                storage = Trie(self._nodes, account.storage_root)
                for slot in account.dirty:
                    value = account.slots[slot]
                    storage.set(keccak256(slot.to_bytes(32, "big")), rlp.encode(value) if value else b"")
                account.storage_root = storage.commit(new)
                account.dirty.clear()
                if len(account.slots) > _KEPT_SLOTS:
                    account.slots.clear()
            key = keccak256(address)
            if account.empty:
                self._trie.set(key, b"")
            else:
                fields: list[rlp.Plain] = [account.nonce, account.balance, account.storage_root, account.code_hash]
                self._trie.set(key, rlp.encode(fields))
        self.state_root = self._trie.commit(new)
        codes.update(self._new_codes)
        self._touched.clear()
        self._new_codes.clear()
        self.lock_changes()
        return self.state_root

    def prove(self, address: bytes, slots: list[bytes]) -> tuple[Account, list[bytes], list[tuple[int, list[bytes]]]]:
        """The account, the nodes that prove it, and for each 32-byte slot its value and the nodes that prove that.

        Only of a world without uncommitted changes.
        """
        account = self._account(address)
        storage = Trie(self._nodes, account.storage_root)
        proven = []
        for slot in slots:
            value = self._load_slot(account, int.from_bytes(slot, "big"))
            proven.append((value, storage.prove(keccak256(slot))))
        return account, self._trie.prove(keccak256(address)), proven

    # ---- inside

    def _account(self, address: bytes) -> Account:
        account = self._accounts.get(address)
        if account is None:
            raw = self._trie.get(keccak256(address))
            if raw is None:
                account = Account()
            else:
                nonce, balance, storage_root, code_hash = cast("list[bytes]", rlp.decode(raw))
                account = Account(rlp.number(nonce, 64), rlp.number(balance), storage_root, code_hash)
            self._accounts[address] = account
        return account

    def _load_slot(self, account: Account, slot: int) -> int:
        value = account.slots.get(slot)
        if value is None:
            value = 0
            if account.storage_root != EMPTY_ROOT:
                raw = Trie(self._nodes, account.storage_root).get(keccak256(slot.to_bytes(32, "big")))
                if raw is not None:
                    value = rlp.number(rlp.decode(raw))
            account.slots[slot] = value
        return value

    def _set(self, address: bytes, name: str, value: object) -> None:
        account = self._account(address)
        self._undo.append((setattr, account, name, getattr(account, name)))
        setattr(account, name, value)
        self._touched.add(address)

    def _replace(self, address: bytes, account: Account) -> None:
        self._undo.append((self._accounts.__setitem__, address, self._account(address)))
        self._accounts[address] = account
        self._touched.add(address)
