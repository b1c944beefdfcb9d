"""A small world told entry by entry through the rules' twin, and the evidence of it: real heads, no chain.

Storage answers from the world as a proof would; what a test changes in the evidence afterwards is what a liar could change.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from tiny_keccak import keccak256

from chain import encoding
from chain.custody import World
from chain.encoding import ZERO, Device, word
from chain.errors import MissingNode
from chain.evidence import Checkpoint, Evidence, History, Membership
from chain.journey import Birth, Entry, Item, Kind, Role, Verb
from chain.merkle import inclusion_path, leaf_hash, root
from chain.proven import Storage
from chain.replay import Replay

PREFIX = encoding.prefix_code("95060001")
MAKER, CARRIER, SHOP, INSPECTOR = 1, 2, 3, 4
_ALL = {MAKER: Role.ISSUER, CARRIER: Role.CARRIER, SHOP: Role.RETAILER, INSPECTOR: Role.AUDITOR}
START = 1_700_000_000


def unit(name: str, kind: Kind = Kind.ITEM) -> bytes:
    """The id of a unit by a name."""
    return encoding.unit_id(kind, PREFIX, keccak256(name.encode()))


def device(organisation: int) -> bytes:
    """The address of an organisation's device."""
    return bytes(19) + bytes((organisation,))


@dataclass
class Told:
    """A world under way. `entries` is its log."""

    world: World = field(default_factory=World)
    entries: list[Entry] = field(default_factory=list)
    births: dict[bytes, Birth] = field(default_factory=dict)
    lists: dict[bytes, list[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for organisation, roles in _ALL.items():
            self.roles(organisation, roles, Verb.ENROL_ORGANISATION)
            packed = organisation | encoding.M40 << 72
            self.say(Verb.ENROL_DEVICE, 0, [bytes(12) + device(organisation)], word(packed))
        self.say(Verb.GRANT_PREFIX, 0, [], word(PREFIX), to=MAKER)

    def roles(self, organisation: int, roles: Role, verb: Verb = Verb.SET_ROLES) -> None:
        """Enrol an organisation, or change what it may do."""
        self.say(verb, 0, [], word(organisation | int(roles) << 160), to=organisation)

    def say(self, verb: Verb, by: int, units: list[bytes], argument: bytes = ZERO, to: int = 0) -> Entry:
        """One entry, as the contract would log it. Raises RuleBroken."""
        at = START + 60 * len(self.entries)
        made = Entry(
            len(self.entries),
            verb,
            by,
            device(by),
            to,
            at,
            at,
            leaf_hash(bytes((len(self.entries) % 256,))),
            argument,
            tuple(units),
        )
        self.world.apply(made, self.births)
        self.entries.append(made)
        return made

    def born(self, *births: Birth) -> None:
        """Units commissioned by the maker, or lots by their root."""
        self.births |= {birth.unit: birth for birth in births}
        verb = Verb.COMMISSION_LOT if births[0].kind is Kind.LOT else Verb.COMMISSION
        self.say(verb, MAKER, [birth.unit for birth in births], encoding.births_digest(births))

    def item(self, name: str, *, lot: bytes = ZERO, expiry: int = 0) -> bytes:
        """One new item."""
        self.born(Birth(unit(name), Kind.ITEM, PREFIX, lot, expiry))
        return unit(name)

    def labelled(self, item: Item, *, expiry: int = 0) -> bytes:
        """One new item that a label can name."""
        made = encoding.unit_of(item, PREFIX)
        self.born(Birth(made, Kind.ITEM, PREFIX, encoding.lot_of(item, PREFIX), expiry))
        return made

    def box(self, name: str) -> bytes:
        """One new container."""
        self.born(Birth(unit(name, Kind.LOGISTIC), Kind.LOGISTIC, PREFIX))
        return unit(name, Kind.LOGISTIC)

    def lot(self, name: str, names: list[str], expiry: int = 0) -> bytes:
        """A lot commissioned as the root of its units."""
        units = [unit(one) for one in names]
        made = unit(name, Kind.LOT)
        self.lists[made] = units
        self.born(Birth(made, Kind.LOT, PREFIX, ZERO, expiry, root([leaf_hash(one) for one in units]), len(units)))
        return made

    def hand_over(self, units: list[bytes], by: int, to: int, outcome: int = 0) -> None:
        """Shipped and received."""
        self.say(Verb.SHIP, by, units, to=to)
        self.say(Verb.RECEIVE, to, units, word(outcome))

    # ---- what a laptop would hold of it ----------------------------------------------------------------------------------

    def history(self, one: bytes) -> History:
        """All about a unit, or the recalls of a lot."""
        mine = tuple(e for e in self.entries if one in e.units or (e.argument == one and not e.units))
        for lot, units in self.lists.items():
            if one in units:
                path = inclusion_path([leaf_hash(u) for u in units], units.index(one), len(units))
                first = next(e for e in self.entries if lot in e.units)
                return History(one, self.births[lot], (first, *mine), Membership(lot, units.index(one), tuple(path)))
        return History(one, self.births.get(one), mine)

    def evidence(self) -> Evidence:
        """Everything, as of now; nothing in it is proven."""
        subjects = {u for e in self.entries if e.verb < Verb.ENROL_ORGANISATION for u in e.units} | set(self.world.lots)
        subjects |= {u for units in self.lists.values() for u in units}
        at = datetime.fromtimestamp(START + 60 * len(self.entries), UTC)
        return Evidence(
            item=Item(gtin="09506000134352", serial="A"),
            checkpoint=Checkpoint("eip155:1/0x00", len(self.entries), ZERO, 1, ZERO, ZERO, at),
            header=b"",
            node=_nothing,
            inclusion=_nowhere,
            histories={one: self.history(one) for one in subjects},
            administration=tuple(e for e in self.entries if e.verb in (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)),
            whole=True,
        )

    def replay(self, evidence: Evidence | None = None) -> Replay:
        """Histories of an evidence, told again under this world's storage."""
        return Replay(evidence or self.evidence(), Answers(self.world))


class Answers(Storage):
    """The contract's storage, answered from a world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def number(self, name: str) -> int:
        return len(self._world.organisations) if name == "organisation_count" else self._world.size

    def at(self, name: str, key: bytes) -> int:
        owner, roles = self._world.organisations.get(int.from_bytes(key, "big"), (bytes(20), Role(0)))
        return int.from_bytes(owner, "big") | int(roles) << 160

    def head(self, unit_: bytes) -> bytes:
        if unit_ in self._world.lot_births:
            birth, issuer, leaf = self._world.lot_births[unit_]
            return encoding.lot_head(birth, issuer, leaf)
        held = self._world.units.get(unit_)
        return held.head if held else ZERO

    def prefix_owner(self, code: int) -> int:
        return self._world.prefixes.get(code, 0)

    def device(self, address: bytes) -> Device | None:
        return self._world.devices.get(address)

    def lot(self, lot: bytes) -> tuple[int, int]:
        return self._world.lots.get(lot, (0, 0))


def without(evidence: Evidence, one: bytes, index: int) -> Evidence:
    """The evidence with one entry of a unit's history left out, counted from the first."""
    was = evidence.histories[one]
    kept = was.entries[:index] + was.entries[index + 1 :]
    return replace(evidence, histories={**evidence.histories, one: replace(was, entries=kept)})


def _nothing(reference: bytes) -> bytes:
    raise MissingNode("there are no nodes in this world", node=reference.hex())


def _nowhere(index: int) -> tuple[bytes, ...]:
    raise MissingNode("there are no paths in this world", index=index)
