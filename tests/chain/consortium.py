"""A small consortium that acts through a Ledger, for its tests: a maker, a carrier and a shop, with a day of history."""

from __future__ import annotations

from dataclasses import dataclass, field

from chain import calls, encoding
from chain.calls import Act, Minted
from chain.custody import World
from chain.journey import Entry, Item, Role, Verb
from chain.keys import SigningKey, derive, embedded_master
from chain.ledger import Ledger, Sent
from chain.storage_proof import mapping_slot

MORNING = 1_700_000_000  # unix seconds
PREFIX = encoding.prefix_code("9506000")
MAKER, CARRIER, SHOP = 1, 2, 3
PALLET = Item(sscc="095060001343521234")


def key(name: str) -> SigningKey:
    """A key that is the same in every run."""
    return derive(embedded_master(), name)


def item(number: int) -> Item:
    return Item(gtin="09506000134352", serial=f"A{number}", lot="L1")


def commitment(number: int) -> bytes:
    return encoding.commitment({"note": f"event {number}"}, number.to_bytes(32, "big"))


@dataclass
class Consortium:
    """Acts, and keeps a `World` that it learns from the ledger's logs only."""

    ledger: Ledger
    world: World = field(default_factory=World)
    entries: list[Entry] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    now: int = MORNING
    read_to: int = -1
    acts: int = 0

    def found(self) -> None:
        """Deploy, and enrol everybody: organisations 1 to 3, each with one device."""
        admin = key("admin")
        self.ledger.deploy(admin, at=self.now)
        roles = {MAKER: Role.ISSUER, CARRIER: Role.CARRIER, SHOP: Role.RETAILER}
        owners = {number: key(f"owner {number}") for number in roles}
        self.send(
            admin,
            *(calls.enrol_organisation(owners[number].address, role, bytes(32)) for number, role in roles.items()),
            calls.grant_prefix(MAKER, PREFIX),
        )
        for number, owner in owners.items():
            self.send(owner, calls.enrol_device(number, self.device(number).address, MORNING, MORNING + 10**9))

    def device(self, organisation: int) -> SigningKey:
        return key(f"device {organisation}")

    def send(self, by: SigningKey, *calldatas: bytes, raise_: bool = True) -> list[Sent]:
        """One block, a minute after the last."""
        self.now += 60
        sent = self.ledger.send(by, calldatas, at=self.now, raise_=raise_)
        self.sent += sent
        return sent

    def sync(self) -> None:
        """Learn what happened since the last time."""
        head = self.ledger.head().number
        for chunk in self.ledger.logs(self.read_to + 1, head, index=self.world.size):
            chunk.replay(self.world)
            self.entries += chunk.entries
            self.read_to = chunk.last

    def unit(self, one: Item) -> bytes:
        return encoding.unit_of(one, PREFIX)

    def act(self, verb: Verb, counterparty: int = 0, argument: bytes = bytes(32)) -> Act:
        self.acts += 1
        return Act(verb, self.now, commitment(self.acts), counterparty, argument)

    def minted(self, *items: Item) -> bytes:
        lot = encoding.tail(Item(gtin="09506000134352", lot="L1"))
        made = [
            Minted(encoding.kind_of(one), PREFIX, encoding.tail(one), lot_tail=lot if one.lot else bytes(32)) for one in items
        ]
        return calls.commission([(self.act(Verb.COMMISSION), made)])

    def recorded(self, verb: Verb, *items: Item, counterparty: int = 0, argument: bytes = bytes(32)) -> bytes:
        """Calldata of one event over units as the last `sync` left them."""
        held = [self.world.units[self.unit(one)] for one in items]
        return calls.record([(self.act(verb, counterparty, argument), held)])

    def a_day(self) -> None:
        """Three items are made, packed on a pallet, shipped by the carrier, and unpacked in the shop; one is recalled."""
        items = [item(number) for number in range(3)]
        self.send(self.device(MAKER), self.minted(*items), self.minted(PALLET))
        for by, verb, things, towards in (
            (MAKER, Verb.PACK, [PALLET, *items], 0),
            (MAKER, Verb.SHIP, [PALLET], CARRIER),
            (CARRIER, Verb.RECEIVE, [PALLET], 0),
            (CARRIER, Verb.SHIP, [PALLET], SHOP),
            (SHOP, Verb.RECEIVE, [PALLET], 0),
            (SHOP, Verb.UNPACK, [PALLET, *items], 0),
            (MAKER, Verb.RECALL, [items[0]], 0),
        ):
            self.sync()
            self.send(self.device(by), self.recorded(verb, *things, counterparty=towards))
        self.sync()

    def slots(self) -> dict[bytes, int]:
        """Every slot of the contract's storage that the world knows the value of."""
        at = calls.slot
        known = {encoding.word(at("log_size")): self.world.size}
        known[encoding.word(at("organisation_count"))] = len(self.world.organisations)
        for unit, held in self.world.units.items():
            known[mapping_slot(unit, at("head"))] = int.from_bytes(held.head, "big")
        for lot, (issuer, recalled_by) in self.world.lots.items():
            known[mapping_slot(lot, at("lots"))] = issuer | recalled_by << 24
        for number, (owner, roles) in self.world.organisations.items():
            known[mapping_slot(encoding.word(number), at("organisations"))] = int.from_bytes(owner, "big") | roles << 160
        for prefix, number in self.world.prefixes.items():
            known[mapping_slot(encoding.word(prefix), at("prefixes"))] = number
        known[mapping_slot(self.unit(item(999)), at("head"))] = 0  # never made
        return known
