"""Bringing signed batches to the network: with a key of one's own that pays, for this laptop or for others.

A relayer decides nothing. It adds what only the newest block tells (the head before each unit), sends what would be recorded now,
and leaves the rest for later. Transactions are on disk before anybody sees them and are sent again as the same bytes after a
crash; what is stuck is replaced at a higher fee up to the cap. That a batch is never recorded twice is the contract's doing: a
statement counts once, and a unit's state can be left only once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from app.drafting import apply_act, catch_up, sketch
from app.known import known
from app.store import Store
from chain import calls
from chain.custody import World
from chain.errors import LedgerError, RuleBroken
from chain.keys import SigningKey
from chain.ledger import GAS_CAP, Ledger, Signed
from chain.signed_batch import SignedBatch

REFUSED = "the network took it twice and recorded nothing"
AT_ONCE = 50  # transactions that wait for a block together
BUMPS = 4  # how often a stuck transaction is replaced before it waits for the next time
_GAS, _GAS_EACH = 250_000, 90_000  # a limit, above what an act or a unit costs


@dataclass(slots=True)
class Brought:
    """How bringing ended: the places of batches that stand on the chain now, and why others wait."""

    recorded: list[int] = field(default_factory=list)
    waits: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Live:
    """The newest state, unproven: what a transaction would meet. `tail` are (device, commitment) of what is not proven yet."""

    world: World
    tail: set[tuple[bytes, bytes]]
    words: dict[bytes, int] = field(default_factory=dict)


class Relayer:
    """Sends signed batches from one key. Its store must have been pulled.

    Args:
        store: its replica, and its table of transmissions.
        ledger: the network.
        key: who sends, and pays where the network has fees.
        clock: unix seconds.
    """

    def __init__(self, store: Store, ledger: Ledger, key: SigningKey, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._ledger = ledger
        self._key = key
        self._clock = clock

    def bring(self, batches: Sequence[SignedBatch]) -> Brought:
        """Send what can be recorded now, in the order of each device's statements, and wait until blocks hold it.

        Raises:
            LedgerError: the network does not answer; what was sent before stays known and is followed next time.
        """
        self._resume()
        done = Brought()
        sent: Counter[int] = Counter()
        while True:
            live = self._live()
            ready, done.waits = self._ready(batches, done, live, sent)
            if not ready:
                return done
            sent.update(ready)
            self._send([batches[place] for place in ready], live)

    def _ready(
        self, batches: Sequence[SignedBatch], done: Brought, live: _Live, sent: Counter[int]
    ) -> tuple[list[int], dict[int, str]]:
        """Which batches can go into the next block, and why others cannot; what was sent twice in vain holds its device up."""
        ready: list[int] = []
        waits: dict[int, str] = {}
        touched: set[bytes] = set()
        held: dict[bytes, str] = {}
        trial, now = sketch(live.world), int(self._clock())
        for place, batch in enumerate(batches):
            device = batch.statement.device
            if place in done.recorded or self._stands(batch, live):
                if place not in done.recorded:
                    done.recorded.append(place)
                continue
            why = held.get(device) or (REFUSED if sent[place] > 1 else self._why_not(batch, trial, live, touched, now))
            if not why and len(ready) < AT_ONCE:
                ready.append(place)
                touched |= set(batch.units)
                live.words[device] = batch.left
            else:
                held[device] = waits[place] = why or "the next block"
        return ready, waits

    def _why_not(self, batch: SignedBatch, trial: World, live: _Live, touched: set[bytes], now: int) -> str:
        device = batch.statement.device
        if (batch.chain_id, batch.contract) != (self._ledger.chain_id(), self._ledger.contract):
            return "it is for another network"
        if device not in live.words:
            live.words[device] = self._word(device)
        if batch.statement.previous != live.words[device]:
            return "statement: not its turn"
        if touched & set(batch.units):
            return "the next block"
        for unit, expected in batch.expected().items():
            now_held = live.world.units.get(unit)
            if now_held is None or now_held.state != expected:
                return "unit: stale" if now_held is not None and now_held.state.seq >= expected.seq else "an earlier event"
        try:
            for act, things in batch.acts:
                apply_act(trial, act, things, device, now)
        except RuleBroken as broken:
            return broken.reason
        return ""

    def _word(self, device: bytes) -> int:
        """What the device's last statement left in the contract, as the network says. Raises LedgerError."""
        try:
            return int.from_bytes(self._ledger.call(calls.signed(device)), "big")
        except RuleBroken as broken:  # the contract answers this question always
            raise LedgerError("This node's answers cannot be true: the contract refuses nobody this question.") from broken

    def _live(self) -> _Live:
        """The replica's state and what the network says came after it."""
        world = known(self._store)
        return _Live(world, {(entry.device, entry.commitment) for entry in catch_up(world, self._store, self._ledger)})

    def _stands(self, batch: SignedBatch, live: _Live) -> bool:
        device, commitment = batch.statement.device, batch.commitments[0]
        return (device, commitment) in live.tail or self._store.outbox.on_the_log(commitment, device)

    def _send(self, batches: Sequence[SignedBatch], live: _Live) -> None:
        datas = [batch.calldata(live.world.units) for batch in batches]
        limits = [min(GAS_CAP, _GAS + _GAS_EACH * (len(batch.acts) + len(batch.units))) for batch in batches]
        signed = self._ledger.sign(self._key, datas, limits)
        with self._store.transaction():
            self._store.outbox.transmit(signed)
        self._follow(signed)

    def _resume(self) -> None:
        """What was sent before a crash or a lost line: the same bytes again, until blocks hold them or their nonces are used."""
        sender = self._key.address
        kept = self._store.outbox.transmissions(sender)
        if not kept:
            return
        count = self._forget(sender)
        open_ = [one for one in kept if one.nonce >= count]
        whole = [one for place, one in enumerate(open_) if one.nonce == count + place]
        if len(whole) < len(open_):  # behind a gap: nothing there can be mined, and its nonces are given out anew
            with self._store.transaction():
                self._store.outbox.give_up(sender, count + len(whole))
        if whole:
            self._follow(whole)

    def _follow(self, signed: Sequence[Signed]) -> None:
        """Send, wait, and replace what is stuck; what the contract refused is seen when the state is read again."""
        sender = self._key.address
        for bump in range(BUMPS + 1):
            try:
                self._ledger.submit(signed, raise_=False)
                break
            except LedgerError as error:
                count = self._forget(sender)
                signed = [one for one in signed if one.nonce >= count]
                if not signed:
                    break
                if bump == BUMPS or not (error.details.get("slow") or error.details.get("cheap")):
                    raise
                signed = [self._ledger.dearer(self._key, one) for one in signed]
                with self._store.transaction():
                    self._store.outbox.transmit(signed)
        self._forget(sender)

    def _forget(self, sender: bytes) -> int:
        count = self._ledger.nonce(sender)
        with self._store.transaction():
            self._store.outbox.transmitted(sender, count)
        return count
