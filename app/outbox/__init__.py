"""The outbox: events made without a network are signed, kept on disk, and only then shown as saved; they are sent later.

What counts is what the proven replica says. A row waits until its entry stands there, and waits again if a reorganisation takes
it back. A row that can never be recorded as it was meant, because somebody else moved the unit first, becomes a conflict with the
evidence of both sides: nothing is dropped, and nothing is recorded in another sense than it was signed in.

Nothing here is sent: `app.outbox.relay` does that, with this profile's own key or somebody else's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from app.drafting import BIRTHS, Draft, Drafting, apply_act
from app.known import known
from app.network.keyring import Keys
from app.store import Store
from app.store.outbox import Outgoing
from chain.calls import MAX_BATCH, Act, Held, Minted, slot
from chain.custody import World
from chain.errors import BadInput, MissingNode, RuleBroken
from chain.evidence import Trust
from chain.journey import Entry
from chain.signed_batch import SignedBatch
from chain.storage_proof import mapping_slot, read_account, read_slot

TOO_LATE = "unit: stale"
HANGS_ON = "unit: after an event that came too late"


@dataclass(frozen=True, slots=True)
class Conflict:
    """An event of ours that somebody else's came before: the row with our signed statement, and their entries on the log."""

    ours: Outgoing
    theirs: tuple[Entry, ...]


@dataclass(slots=True)
class _Group:
    """Acts that go into one statement."""

    gln: str
    device: int
    births: bool
    acts: list[tuple[Act, tuple[Held, ...] | tuple[Minted, ...]]]
    units: set[bytes]
    words: list[str]

    def takes(self, draft: Draft, units: Sequence[bytes]) -> bool:
        """Whether one more act belongs in here: a unit once only, because its next state is known in the next block."""
        same = (self.gln, self.device, self.births) == (draft.party, draft.device, draft.verb in BIRTHS)
        room = len(self.acts) < MAX_BATCH and len(self.units) + len(units) <= MAX_BATCH
        return same and room and self.units.isdisjoint(units)


class Outbox(Drafting):
    """The outbox of an open profile.

    Args:
        store: the profile.
        keys: the devices' keys.
        trust: the contract that statements are for.
        clock: unix seconds.
    """

    def __init__(self, store: Store, keys: Keys, trust: Trust, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(store, keys, known(store))
        self._trust = trust
        self._clock = clock

    def add(self, drafts: Sequence[Draft]) -> list[int]:
        """Sign drafts and keep them, all or none: when this returns they are on the disk. Their numbers in the outbox.

        Drafts that are in the outbox or on the log already are left out: the same scan twice is one event.

        Raises:
            RuleBroken: with the contract's reason, where the state that is known here forbids it.
            BadInput: a party or an item that is not known here.
            KeyLocked: the keys are not open.
            StoreError: they could not be written.
        """
        now = int(self._clock())
        self.world = self.foreseen()
        left: dict[bytes, int] = {}
        mine: set[bytes] = set()
        for row in self.store.outbox.waiting():
            left[row.batch.statement.device] = row.batch.left
            mine |= set(row.batch.commitments)
        rows, groups = self._grouped(drafts, now, mine)
        batches = self._signed(groups, left)
        self.remember(rows)
        at = datetime.fromtimestamp(now, UTC)
        with self.store.transaction():
            return [
                self.store.outbox.add(group.gln, at, ", ".join(group.words)[:500], batch)
                for group, batch in zip(groups, batches, strict=True)
            ]

    def foreseen(self) -> World:
        """The state when everything that waits here is recorded: what a person at this laptop takes for true."""
        now = int(self._clock())
        world = self._with_offers(now)
        for row in self.store.outbox.waiting():
            with suppress(RuleBroken):  # `settle` will say so
                self._foresee(world, row.batch, now)
        return world

    def settle(self) -> None:
        """After a pull: rows that somebody else was faster than become conflicts, rows out of their turn are signed anew.

        Raises KeyLocked where something must be signed anew and the keys are not open.
        """
        now = int(self._clock())
        world = self._with_offers(now)
        lost: set[bytes] = set()
        late: list[tuple[Outgoing, str, tuple[int, ...]]] = []
        anew: list[tuple[Outgoing, SignedBatch]] = []
        left: dict[bytes, int] = {}
        for row in self.store.outbox.waiting():
            batch, device = row.batch, row.batch.statement.device
            found = (HANGS_ON, ()) if lost & set(batch.units) else self._too_late(world, batch, now)
            if found is not None:
                late.append((row, *found))
                lost |= set(batch.units)
                continue
            previous = left.get(device)
            previous = self.signed(device) if previous is None else previous
            if batch.statement.previous != previous:
                batch = self._again(row, previous)
                anew.append((row, batch))
            left[device] = batch.left
        with self.store.transaction():
            for row, reason, theirs in late:
                self.store.outbox.conflict(row.id, reason, theirs)
            for row, batch in anew:
                self.store.outbox.resign(row.id, batch)

    def expect(self, offer: SignedBatch) -> None:
        """That somebody's signed statement would be recorded now, as far as is known here. Raises BadInput, RuleBroken."""
        now = int(self._clock())
        world = self._with_offers(now, without=offer.digest)
        if (offer.chain_id, offer.contract) != (self._trust.chain_id, self._trust.contract):
            raise BadInput("This is for another network than yours.")
        for unit, state in offer.expected().items():
            if world.present(unit).state != state:
                raise BadInput("The goods of this offer have moved on since, or are not as far as it says: sync first.")
        self._foresee(world, offer, now)

    def organisation_of(self, device: bytes) -> int:
        """The organisation that a device records for, 0 where it is not known here."""
        found = self.world.devices.get(device)
        return found.organisation if found else 0

    def conflicts(self) -> list[Conflict]:
        """What met somebody else's event, with both sides' evidence."""
        found = []
        for row in self.store.outbox.conflicts():
            theirs = [entry for index in row.theirs for entry in self.store.replica.entries(index, index + 1)]
            found.append(Conflict(row, tuple(theirs)))
        return found

    def signed(self, device: bytes) -> int:
        """The word that the device's last statement left in the contract, as of the newest proven block; 0 for none."""
        newest = self.store.replica.checkpoint()
        if newest is None:
            return 0
        node = self.store.replica.node
        try:
            account = read_account(newest[0].state_root, self._trust.contract, node)
            if account is None:
                return 0
            return read_slot(account.storage_root, mapping_slot(bytes(12) + device, slot("signed")), node)
        except MissingNode:
            return 0

    def _with_offers(self, now: int, without: bytes = b"") -> World:
        """The replica's state, and the hand-overs done that we answered and that are not on the log yet, but for one's digest."""
        world = known(self.store)
        for offer in self.store.outbox.peers():
            if offer.digest == without:
                continue
            fits = all(unit in world.units and world.units[unit].state == state for unit, state in offer.expected().items())
            if fits:
                with suppress(RuleBroken):  # then our answer will be found too late
                    self._foresee(world, offer, now)
        return world

    def _grouped(
        self, drafts: Sequence[Draft], now: int, mine: set[bytes]
    ) -> tuple[list[tuple[Draft, dict[str, object], bytes, bytes]], list[_Group]]:
        rows = []
        groups: list[_Group] = []
        for draft in drafts:
            fields, commitment, seed = self.prepared(draft)
            if commitment in mine or self.store.outbox.on_the_log(commitment):
                continue
            mine.add(commitment)
            act, things = self.acted(draft, commitment)
            if len(things) > MAX_BATCH:
                raise BadInput(f"one event can be about {MAX_BATCH} units at most, not {len(things)}")
            apply_act(self.world, act, things, self.keys.device(draft.party, draft.device).address, now)
            units = [thing.unit if isinstance(thing, Held) else thing.birth.unit for thing in things]
            if not groups or not groups[-1].takes(draft, units):
                groups.append(_Group(draft.party, draft.device, draft.verb in BIRTHS, [], set(), []))
            groups[-1].acts.append((act, tuple(things)))  # type: ignore[arg-type]  # all births or none, as `takes` says
            groups[-1].units.update(units)
            groups[-1].words.append(f"{draft.verb.name.lower()} {' '.join(item.key for item in draft.items)}".strip())
            rows.append((draft, fields, commitment, seed))
        return rows, groups

    def _signed(self, groups: Sequence[_Group], left: dict[bytes, int]) -> list[SignedBatch]:
        batches = []
        for group in groups:
            key = self.keys.device(group.gln, group.device)
            previous = left.get(key.address)
            previous = self.signed(key.address) if previous is None else previous
            batch = SignedBatch.make(key, previous, group.acts, self._trust.chain_id, self._trust.contract)
            left[key.address] = batch.left
            batches.append(batch)
        return batches

    def _again(self, row: Outgoing, previous: int) -> SignedBatch:
        """The same acts as the statement behind another one. Raises BadInput where the key is no longer here."""
        device = row.batch.statement.device
        for number in range(1, 100):
            key = self.keys.device(row.gln, number)
            if key.address == device:
                return SignedBatch.make(key, previous, row.batch.acts, self._trust.chain_id, self._trust.contract)
        raise BadInput("An event in the outbox was signed by a key that this profile no longer has.", device=device.hex())

    def _too_late(self, world: World, batch: SignedBatch, now: int) -> tuple[str, tuple[int, ...]] | None:
        """Why it can never be recorded as it was meant, and the entries that came first; None where it still can."""
        for unit, expected in batch.expected().items():
            held = world.units.get(unit)
            if held is not None and held.state != expected and held.state.seq >= expected.seq:
                return TOO_LATE, self._since(unit, held.state.seq - expected.seq)
        try:
            self._foresee(world, batch, now)
        except RuleBroken as broken:
            if not broken.reason.startswith(("device:", "unit: not issued")):
                return broken.reason, tuple(index for unit in batch.units for index in self._since(unit, 1))
        return None

    def _since(self, unit: bytes, count: int) -> tuple[int, ...]:
        entries = self.store.replica.about(unit, self.store.replica.proven_size())
        return tuple(entry.index for entry in entries[len(entries) - count :]) if count else ()

    def _foresee(self, world: World, batch: SignedBatch, now: int) -> None:
        for act, things in batch.acts:
            apply_act(world, act, things, batch.statement.device, now)
