"""The chain itself: a head, a world of accounts at that head, transactions that wait, and blocks that seal them.

One writer seals a block for each call that brings transactions, however many it brings, and has it on disk before it
answers. There are no forks and no fees: the newest block is final, the base fee is zero. Not thread-safe; `Devnet` is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from chain.devnet.blocks import Context, Header, Receipt, block_size, union
from chain.devnet.database import Database, MinedLog, MinedTransaction
from chain.devnet.transactions import Transaction, decode, refused
from chain.devnet.trie import EMPTY_ROOT, Nodes, index_root
from chain.devnet.world import World
from chain.errors import LedgerError

if TYPE_CHECKING:
    from chain.devnet.executor import Outcome

_ANCESTORS = 256  # how far BLOCKHASH sees


class Node:
    """A chain in a database.

    Args:
        database: with a chain in it, see `found`.
        clock: unix seconds now.

    Attributes:
        head: the newest block's header.
        automine: whether a transaction is sealed when it arrives (default) or waits for `mine`.
        next_time: the time of the next block in unix seconds, None for the clock's. A block is always later than its parent:
            where this (or the clock) is not, the block is one second later than its parent.
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        head, chain_id = database.head(), database.meta("chain_id")
        if head is None or chain_id is None:
            raise LedgerError("There is no embedded chain in this file.")
        self.database = database
        self.chain_id = chain_id
        self.head = head
        self.automine = True
        self.next_time: int | None = None
        self.pool: list[Transaction] = []
        self._clock = clock
        self._nodes = Nodes(database.node)
        self._world = World(self._nodes, database.code, head.state_root)
        self._seen = database.version()

    @staticmethod
    def found(database: Database, chain_id: int, time: int, gas_limit: int, accounts: Mapping[bytes, int]) -> None:
        """Write the genesis block. `accounts` are balances in wei by address. The same arguments give the same block."""
        nodes: dict[bytes, bytes] = {}
        world = World(Nodes(lambda _: None), lambda _: None)
        for address, balance in accounts.items():
            world.set_balance(address, balance)
        root = world.make_state_root(nodes, {})
        header = Header(bytes(32), root, EMPTY_ROOT, EMPTY_ROOT, bytes(256), 0, gas_limit, 0, time)
        database.append(header, block_size(header, ()), (), (), nodes, {}, {"chain_id": chain_id})

    def refresh(self) -> None:
        """Of a read-only chain: follow the writer to its newest block."""
        if self.database.read_only and (seen := self.database.version()) != self._seen:
            self._seen, self.head = seen, self.database.head() or self.head
            self._world.reset(self.head.state_root)

    def world(self, header: Header) -> World:
        """The accounts as of a block. For reading: what a call does to it is undone by `roll_back`."""
        return self._world if header.number == self.head.number else World(self._nodes, self.database.code, header.state_root)

    # ---- transactions

    def submit(self, raws: Sequence[bytes]) -> list[Transaction | LedgerError]:
        """Take signed transactions. With `automine` those that are right are sealed and durable when this returns.

        Gives for each, in order, the transaction or why it was not taken; one that is wrong does not hinder the others. A
        transaction whose nonce is not its sender's next is refused: this chain does not keep transactions for later.
        """
        if self.database.read_only:
            return [refused("This embedded chain was opened for reading only.") for _ in raws]
        answers: list[Transaction | LedgerError] = []
        for raw in raws:
            try:
                answers.append(decode(raw, self.chain_id))
            except LedgerError as error:
                answers.append(error)
        waiting, self.pool = self.pool, []
        taken = [one for one in answers if isinstance(one, Transaction)]
        failed = self._seal([*waiting, *taken], must=False) if self.automine else self._queue(waiting, taken)
        return [failed.get(id(one), one) for one in answers]

    def mine(self, time: int | None = None) -> None:
        """Seal what waits into a block, even an empty one. What has become impossible meanwhile is dropped."""
        if self.database.read_only:
            raise refused("This embedded chain was opened for reading only.")
        if time is not None:
            self.next_time = time
        waiting, self.pool = self.pool, []
        self._seal(waiting, must=True)

    def nonce(self, address: bytes) -> int:
        """The next nonce of a sender, its waiting transactions counted."""
        waiting = sum(one.sender == address for one in self.pool)
        return self._world.get_nonce(address) + waiting

    def _queue(self, waiting: list[Transaction], new: list[Transaction]) -> dict[int, LedgerError]:
        failed: dict[int, LedgerError] = {}
        self.pool = waiting
        for one in new:
            try:
                if any(one.hash == other.hash for other in self.pool):
                    raise refused("already known")
                _check_nonce(one, self.nonce(one.sender))
                self.pool.append(one)
            except LedgerError as error:
                failed[id(one)] = error
        return failed

    def call(self, transaction: Transaction, header: Header) -> Outcome:
        """What a transaction would do as of a block, whose number and time it sees. Nothing of it is kept."""
        from chain.devnet.executor import execute

        world = self.world(header)
        ancestors = self._ancestors(header.number)
        context = Context(self.chain_id, header.number, header.timestamp, header.gas_limit, ancestors)
        try:
            return execute(world, context, transaction)
        finally:
            world.roll_back()

    # ---- blocks

    def _seal(self, transactions: Sequence[Transaction], *, must: bool) -> dict[int, LedgerError]:
        """Put transactions into as few blocks as the gas limit allows, and with `must` at least one block.

        Gives why those failed that could not be included, by the identity of the transaction.
        """
        failed: dict[int, LedgerError] = {}
        rest, time = list(transactions), self.next_time
        while rest or must:
            waiting = rest
            try:
                context = self._context(time)
                done, rest = self._run(context, waiting, failed) if waiting else ([], [])
                if done or must:
                    self._append(context, done)
                    self.next_time, must = None, False
                    if time is not None:  # the blocks of one call stay together in time
                        time = self.head.timestamp + 1
            except LedgerError as error:  # the disk: nothing of this block is kept
                self._world.reset(self.head.state_root)
                return {**{id(one): error for one in waiting}, **failed}
            except BaseException:
                self._world.reset(self.head.state_root)
                raise
        return failed

    def _context(self, time: int | None) -> Context:
        number, now = self.head.number + 1, int(self._clock()) if time is None else time
        timestamp = max(now, self.head.timestamp + 1)
        return Context(self.chain_id, number, timestamp, self.head.gas_limit, self._ancestors(number))

    def _ancestors(self, number: int) -> Iterator[bytes]:
        for before in range(number - 1, max(number - 1 - _ANCESTORS, -1), -1):
            yield self.database.block_hash(before)

    def _run(
        self, context: Context, transactions: list[Transaction], failed: dict[int, LedgerError]
    ) -> tuple[list[tuple[Transaction, Outcome]], list[Transaction]]:
        """Run transactions until the block is full: those that ran, with how they ended, and those that are left."""
        from chain.devnet.executor import execute

        done: list[tuple[Transaction, Outcome]] = []
        used = 0
        for place, one in enumerate(transactions):
            try:
                if one.gas > context.gas_limit:
                    raise refused("exceeds block gas limit")
                if used + one.gas > context.gas_limit:
                    return done, transactions[place:]
                _check_nonce(one, self._world.get_nonce(one.sender))
                if self._world.get_code(one.sender):  # EIP-3607
                    raise refused(f"sender not an eoa: address 0x{one.sender.hex()}")
                outcome = execute(self._world, context, one)
            except LedgerError as error:
                failed[id(one)] = error
            else:
                done.append((one, outcome))
                used += outcome.gas_used
        return done, []

    def _append(self, context: Context, done: list[tuple[Transaction, Outcome]]) -> None:
        """Seal a block of what ran, write it, and make it the head."""
        receipts: list[Receipt] = []
        mined: list[MinedTransaction] = []
        logs: list[MinedLog] = []
        used = 0
        for place, (one, outcome) in enumerate(done):
            used += outcome.gas_used
            status = 0 if outcome.error else 1
            receipts.append(Receipt(one.kind, status, used, outcome.logs))
            ends = status, outcome.gas_used, used, outcome.contract, outcome.output if outcome.error else b""
            first = len(logs)
            mined.append(MinedTransaction(context.number, place, one.hash, one.raw, one.sender, *ends, first, len(outcome.logs)))
            logs += [MinedLog(context.number, place, first + n, log) for n, log in enumerate(outcome.logs)]
        nodes: dict[bytes, bytes] = {}
        codes: dict[bytes, bytes] = {}
        raws = [one.raw for one, _ in done]
        header = Header(
            parent_hash=self.head.hash,
            state_root=self._world.make_state_root(nodes, codes),
            transactions_root=index_root(raws),
            receipts_root=index_root([receipt.raw for receipt in receipts]),
            bloom=union(receipt.bloom for receipt in receipts),
            number=context.number,
            gas_limit=context.gas_limit,
            gas_used=used,
            timestamp=context.timestamp,
        )
        self.database.append(header, block_size(header, raws), mined, logs, nodes, codes)
        self.head = header


def _check_nonce(transaction: Transaction, expected: int) -> None:
    if transaction.nonce != expected:
        word = "low" if transaction.nonce < expected else "high"
        raise refused(f"nonce too {word}: next nonce {expected}, tx nonce {transaction.nonce}")
