"""The contract and its Python twin side by side: every call goes to both, and they must agree on everything.

On a refusal: on the words, and that nothing changed. On success: on every entry of the log, on the head of every unit touched,
on the lots and on the log's size and root. A test that uses a `Pair` therefore checks all of that whatever else it asserts.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from tiny_keccak import keccak256

from chain import calls, custody, encoding
from chain.calls import Act, Drawn, Held, Minted
from chain.custody import World
from chain.encoding import ZERO, State
from chain.errors import BadProof, RuleBroken
from chain.journey import Birth, Entry, Kind, Role, Status, Verb
from chain.merkle import EMPTY_ROOT, Frontier, inclusion_path, leaf_hash, root, verify_inclusion
from chain.statement import Statement, commission_hash, record_hash
from tests.chain.contract.evm import ADMIN, CHAIN_ID, CONTRACT, OUTSIDER, Done, Evm, place

FOREVER = (1 << 40) - 1
UNIT_VERBS = (
    Verb.SHIP, Verb.RECEIVE, Verb.PACK, Verb.UNPACK, Verb.OBSERVE, Verb.QUARANTINE, Verb.RELEASE, Verb.RECALL, Verb.LIFT,
    Verb.DECOMMISSION,
)  # fmt: skip
LOT_VERBS = (Verb.RECALL, Verb.LIFT, Verb.ANCHOR_MODEL)

Step = tuple[Entry, Held]
Signed = tuple[Statement, bytes]
Correction = tuple[Act, Entry, Held, Sequence[tuple[State, bytes]]]


def tag(*parts: object) -> bytes:
    """32 bytes that stand for something, always the same for the same parts."""
    return sha256(repr(parts).encode()).digest()


def act(verb: Verb, to: int = 0, argument: bytes = ZERO, about: object = "") -> Act:
    """One event; `about` makes its commitment differ from another's."""
    return Act(verb, 1_690_000_000, tag("commitment", about), to, argument)


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation with one device and one company prefix."""

    number: int
    owner: bytes
    device: bytes
    prefix: int


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot that is commissioned as the root over the ids of its units; `tails` name them."""

    prefix: int
    tail: bytes
    tails: tuple[bytes, ...]
    expiry: int = 0

    @property
    def id(self) -> bytes:
        return encoding.unit_id(Kind.LOT, self.prefix, self.tail)

    def unit(self, index: int) -> bytes:
        return encoding.unit_id(Kind.ITEM, self.prefix, self.tails[index])

    @property
    def leaves(self) -> list[bytes]:
        return [leaf_hash(self.unit(i)) for i in range(len(self.tails))]

    @property
    def minted(self) -> Minted:
        return Minted(Kind.LOT, self.prefix, self.tail, self.expiry, ZERO, root(self.leaves), len(self.tails))

    def drawn(self, *indices: int) -> list[Drawn]:
        leaves = self.leaves
        return [Drawn(self.tails[i], i, inclusion_path(leaves, i, len(leaves))) for i in indices]


@dataclass(slots=True)
class Model(World):
    """The twin, told which state of each unit the caller presents; `trace` keeps what every entry made of its units."""

    claims: deque[Held] = field(default_factory=deque)
    trace: list[tuple[Entry, tuple[Held, ...]]] = field(default_factory=list)

    def clone(self) -> Model:
        """An equal model that shares nothing that changes."""
        twin = copy.copy(self)
        for name in (*World.__dataclass_fields__, "claims"):
            setattr(twin, name, copy.copy(getattr(self, name)))
        twin.trace = []
        return twin

    def take(self, unit: bytes, leaf: bytes, after: Mapping[bytes, Held]) -> Held:
        found = after.get(unit) or self.present(unit)
        custody.must(self.claims.popleft().head == found.head, "unit: stale")
        return World.take(self, unit, leaf, after)

    def made(self, entry: Entry) -> None:
        """Remember an entry that was applied."""
        self.trace.append((entry, tuple(self.units[unit] for unit in entry.units if unit in self.units)))


class Pair:
    """One contract, one model."""

    def __init__(self, creation: bytes | None = None) -> None:
        self.evm = Evm(creation)
        self.model = Model()
        self.log: list[Entry] = []
        self.frontier = Frontier()
        self.histories: dict[bytes, list[Step]] = {}

    def copy(self) -> Pair:
        """An equal pair; the two can then go different ways."""
        twin = copy.copy(self)
        twin.evm = self.evm.copy()
        twin.model, twin.log = self.model.clone(), list(self.log)
        twin.histories = {unit: list(steps) for unit, steps in self.histories.items()}
        return twin

    # ---- administration: the log is believed, the tests of the administration look at the contract

    def administer(self, data: bytes, sender: bytes = ADMIN) -> Done:
        """A call of the administration; its entry goes into the model."""
        done = self.evm.send(sender, data)
        for entry in done.entries:
            self.model.apply(entry)
            self._logged(entry)
        self.check_log()
        return done

    def org(self, roles: Role, prefix: str = "") -> Org:
        """Admit an organisation, enrol its device and grant it a prefix (its number in seven digits, if none is given)."""
        number = len(self.model.organisations) + 1
        owner, device = tag("owner", number)[:20], tag("device", number)[:20]
        code = encoding.prefix_code(prefix or f"{9_000_000 + number}")
        self.administer(calls.enrol_organisation(owner, roles, tag("details", number)))
        self.administer(calls.enrol_device(number, device, 0, FOREVER), owner)
        self.administer(calls.grant_prefix(number, code))
        return Org(number, owner, device, code)

    # ---- events

    def record(self, device: bytes, *batch: tuple[Act, Sequence[Held]], by: Signed | None = None) -> Done:
        """`record`, on both sides; `by` is the device's statement where somebody else sends it."""

        def predict(model: Model) -> None:
            if by:
                self._believe(model, by, record_hash(batch))
            for one, units in batch:
                entry = self._entry(model, device, one, [held.unit for held in units])
                model.claims = deque(units)
                allowed = UNIT_VERBS if units else LOT_VERBS
                if one.verb not in allowed:
                    model.device(entry)
                    custody.must(bool(units), "event: no units")
                    was = model.take(units[0].unit, encoding.leaf(entry), {})
                    custody.must(was.state.status is Status.ACTIVE, "unit: decommissioned")
                    raise RuleBroken("event: verb not for units")
                model.apply(entry)
                model.made(entry)

        return self._brought(predict, device, by, lambda words: calls.record(batch, words))

    def do(self, org: Org | bytes, verb: Verb, *units: bytes, to: int = 0, argument: bytes = ZERO, about: object = "") -> Done:
        """One event over units as they are now."""
        device = org.device if isinstance(org, Org) else org
        return self.record(device, (act(verb, to, argument, about), [self.held(unit) for unit in units]))

    def chain(self, device: bytes, *events: tuple[Act, Sequence[bytes]]) -> list[tuple[Act, list[Held]]]:
        """A batch in which later events meet the states that earlier ones leave. Raises RuleBroken where one breaks a rule."""
        return self._follow(device, events)[0]

    def after(self, device: bytes, events: Sequence[tuple[Act, Sequence[bytes]]]) -> dict[bytes, Held]:
        """All units as they would be after such a batch."""
        return self._follow(device, events)[1].units

    def _follow(self, device: bytes, events: Sequence[tuple[Act, Sequence[bytes]]]) -> tuple[list[tuple[Act, list[Held]]], Model]:
        trial, batch = self.model.clone(), []
        for one, units in events:
            helds = [trial.present(unit) for unit in units]
            trial.claims = deque(helds)
            trial.apply(self._entry(trial, device, one, units))
            batch.append((one, helds))
        return batch, trial

    def commission(self, device: bytes, *batch: tuple[Act, Sequence[Minted]], by: Signed | None = None) -> Done:
        """`commission`, on both sides; `by` as for `record`."""

        def predict(model: Model) -> None:
            if by:
                self._believe(model, by, commission_hash(batch))
            for one, minted in batch:
                births: dict[bytes, Birth] = {}
                for thing in minted:
                    births.setdefault(thing.birth.unit, thing.birth)
                entry = self._entry(model, device, one, [thing.birth.unit for thing in minted])
                entry = replace(entry, argument=encoding.births_digest(thing.birth for thing in minted))
                model.device(entry)
                custody.must(one.verb in (Verb.COMMISSION, Verb.COMMISSION_LOT), "event: verb not for births")
                model.apply(entry, births)
                model.made(entry)

        return self._brought(predict, device, by, lambda words: calls.commission(batch, words))

    def mint(
        self, org: Org, name: object, kind: Kind = Kind.ITEM, expiry: int = 0, lot_tail: bytes = ZERO, count: int = 1
    ) -> list[bytes]:
        """Commission units and return their ids."""
        minted = [Minted(kind, org.prefix, tag("unit", name, i), expiry, lot_tail) for i in range(count)]
        self.commission(org.device, (act(Verb.COMMISSION), minted))
        return [one.birth.unit for one in minted]

    def item(self, org: Org, name: object = "item", expiry: int = 0, lot_tail: bytes = ZERO) -> bytes:
        """Commission one item and return its id."""
        return self.mint(org, name, expiry=expiry, lot_tail=lot_tail)[0]

    def lot(self, org: Org, size: int, name: object = "lot", expiry: int = 0) -> Lot:
        """Commission a lot of `size` units."""
        lot = Lot(org.prefix, tag("lot", name), tuple(tag("of", name, i) for i in range(size)), expiry)
        self.commission(org.device, (act(Verb.COMMISSION_LOT), [lot.minted]))
        return lot

    def draw(
        self, lot: Birth, tail: bytes, issuer: int, leaf: bytes, units: Sequence[Drawn], sender: bytes = b"\x0f" * 20
    ) -> Done:
        """`draw`, on both sides."""
        lot_id = encoding.unit_id(Kind.LOT, lot.prefix, tail)
        ids = [encoding.unit_id(Kind.ITEM, lot.prefix, one.tail) for one in units]

        def predict(model: Model) -> None:
            custody.must(lot_id in model.lot_births, "lot: unknown")
            known = model.lot_births[lot_id]
            same = encoding.lot_head(lot, issuer, leaf) == encoding.lot_head(*known)
            custody.must(same, "lot: stale")
            for one, unit in zip(units, ids, strict=True):
                try:
                    verify_inclusion(leaf_hash(unit), one.index, lot.size, one.path, lot.root)
                except BadProof:
                    raise RuleBroken("lot: not in it") from None
                model.draw(lot_id, unit)

        done = self._both(predict, sender, calls.draw(lot, tail, issuer, leaf, units))
        [logged] = done.read
        assert logged == calls.FromLot(lot_id, tuple(ids))
        for unit in ids:
            self.histories[unit] = [(self.histories[lot_id][0][0], self.model.units[unit])]
            self.check_head(unit)
        return done

    def take_from(self, lot: Lot, *indices: int) -> list[bytes]:
        """Draw units of a lot, properly."""
        birth, issuer, leaf = self.model.lot_births[lot.id]
        self.draw(birth, lot.tail, issuer, leaf, lot.drawn(*indices))
        return [lot.unit(i) for i in indices]

    def correct(self, device: bytes, *corrections: Correction) -> Done:
        """`correct`, on both sides."""

        def predict(model: Model) -> None:
            for one, corrected, held, steps in corrections:
                entry = self._entry(model, device, one, [held.unit])
                entry = replace(entry, verb=Verb.CORRECT, counterparty=0, argument=held.leaf)
                custody.must(bool(model.device(entry)), "role: may not correct")
                now = model.present(held.unit)
                head = held.head
                for state, leaf in steps:
                    head = encoding.head(head, replace(state, lot=held.state.lot), leaf)
                custody.must(head == now.head, "unit: stale")
                custody.must(encoding.leaf(corrected) == held.leaf, "correct: another event")
                custody.must(corrected.organisation == entry.organisation, "correct: not your event")
                model.apply(entry)
                model.made(entry)

        return self._both(predict, device, calls.correct(corrections))

    def correction(self, unit: bytes, event: int, about: object = "") -> Correction:
        """What corrects a unit's event number `event` (from 0), in the state that the unit is in now."""
        history = self.histories[unit]
        entry, held = history[event]
        later = [(after.state, after.leaf) for _, after in history[event + 1 :]]
        return act(Verb.CORRECT, about=about), entry, held, later

    # ---- what is there

    def held(self, unit: bytes) -> Held:
        """The unit as it must be presented now; for one that was never issued, something that looks like it."""
        return self.model.units.get(unit) or Held(unit, ZERO, ZERO, State(custodian=1))

    def state(self, unit: bytes) -> State:
        """The unit's state."""
        return self.model.units[unit].state

    def check_head(self, unit: bytes) -> None:
        """The head in storage is the model's."""
        expected = self.model.units[unit].head
        assert self.evm.mapped("head", unit) == int.from_bytes(expected, "big")

    def check_log(self) -> None:
        """Size and root in storage are those of the entries read from the logs."""
        assert self.evm.named("log_size") == len(self.log) == self.frontier.size
        expected = self.frontier.root if self.log else ZERO
        assert expected != EMPTY_ROOT
        assert self.evm.named("log_root") == int.from_bytes(expected, "big")

    def check_everything(self) -> None:
        """Every slot that the model knows of holds what the model says, and no other slot is in use."""
        words: dict[int, int] = {}
        model = self.model
        for unit, held in model.units.items():
            words[place("head", unit)] = int.from_bytes(held.head, "big")
        for lot, known in model.lot_births.items():
            words[place("head", lot)] = int.from_bytes(encoding.lot_head(*known), "big")
        for lot, (issuer, by) in model.lots.items():
            words[place("lots", lot)] = issuer | by << 24
        for number, (owner, roles) in model.organisations.items():
            words[place("organisations", number)] = int.from_bytes(owner, "big") | roles << 160
        for address, d in model.devices.items():
            words[place("devices", address)] = (
                d.organisation | d.valid_from << 32 | d.valid_until << 72 | d.revoked_at << 112 | d.suspect_since << 152
            )
        for prefix, owner_number in model.prefixes.items():
            words[place("prefixes", prefix)] = owner_number
            for digits in range(4, len(str(prefix)) - 1):
                words[place("prefixes", int(str(prefix)[: digits + 1]))] = 1 << 255
        for digest, owner_number in model.models.items():
            words[place("models", digest)] = owner_number
        for address, left in model.signed.items():
            words[place("signed", address)] = left
        for unit, leaf in model.corrected:
            words[place("corrected", keccak256(unit + leaf))] = 1
        words[calls.slot("log_size")] = len(self.log)
        words[calls.slot("log_root")] = int.from_bytes(self.frontier.root, "big") if self.log else 0
        words[calls.slot("organisation_count")] = len(model.organisations)
        words[calls.slot("administrator")] = self.evm.named("administrator")
        words[calls.slot("successor")] = self.evm.named("successor")
        frontier = range(calls.slot("frontier"), calls.slot("frontier") + 64)
        found = {slot: value for (_, slot), value in self.evm.accounts.storage.items() if value and slot not in frontier}
        assert found == {slot: value for slot, value in words.items() if value}
        peaks = Frontier.of_slots(len(self.log), [self.evm.slot(slot).to_bytes(32, "big") for slot in frontier])
        assert peaks == self.frontier

    # ---- both sides

    def _entry(self, model: Model, device: bytes, one: Act, units: Sequence[bytes]) -> Entry:
        known = model.devices.get(device)
        return Entry(
            index=model.size,
            verb=one.verb,
            organisation=known.organisation if known else 0,
            device=device,
            counterparty=one.counterparty,
            event_time=one.event_time,
            record_time=self.evm.now,
            commitment=one.commitment,
            argument=one.argument,
            units=tuple(units),
            block=1,
        )

    def _believe(self, model: Model, by: Signed, batch: bytes) -> None:
        """The statement as the contract reads it: over the batch that was sent."""
        model.believe(replace(by[0], batch=batch), by[1], self.evm.now, CHAIN_ID, CONTRACT)

    def _brought(
        self, predict: Callable[[Model], None], device: bytes, by: Signed | None, data: Callable[[bytes], bytes]
    ) -> Done:
        """Sent by the device itself, or by nobody in particular with the device's signature."""
        return self._both(predict, OUTSIDER if by else device, data(by[0].words(by[1]) if by else b""))

    def _both(self, predict: Callable[[Model], None], sender: bytes, data: bytes) -> Done:
        trial = self.model.clone()
        expected = self._words(lambda: predict(trial))
        before = dict(self.evm.accounts.storage)
        done: list[Done] = []
        actual = self._words(lambda: done.append(self.evm.send(sender, data)))
        assert actual == expected, f"the contract says “{actual}”, its twin “{expected}”"
        if expected:
            assert self.evm.accounts.storage == before
            raise RuleBroken(expected)
        self._agree(trial, done[0])
        return done[0]

    @staticmethod
    def _words(attempt: Callable[[], object]) -> str:
        try:
            attempt()
        except RuleBroken as refusal:
            return refusal.reason
        return ""

    def _agree(self, trial: Model, done: Done) -> None:
        assert done.entries == [entry for entry, _ in trial.trace]
        self.model = trial
        for entry, after in trial.trace:
            self._logged(entry)
            for held in after:
                self.histories.setdefault(held.unit, []).append((entry, held))
        for unit in {held.unit for _, after in trial.trace for held in after}:
            self.check_head(unit)
        for birth in done.births.values():
            if birth.kind is Kind.LOT:
                born, issuer, leaf = trial.lot_births[birth.unit]
                assert born == birth
                assert self.evm.mapped("head", birth.unit) == int.from_bytes(encoding.lot_head(birth, issuer, leaf), "big")
                self.histories[birth.unit] = [
                    (entry, self.held(birth.unit)) for entry in done.entries if birth.unit in entry.units
                ]
        self.check_log()

    def _logged(self, entry: Entry) -> None:
        self.log.append(entry)
        self.frontier = self.frontier.after([encoding.leaf(entry)])
