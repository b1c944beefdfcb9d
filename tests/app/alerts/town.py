"""A network with something to learn: a third of its pieces lie for a month on the way, and people decided that they are fakes.

Recorded on the embedded chain, proven, and long enough ago.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.alerts.learning import Example
from app.network import Network
from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain import gs1
from chain.journey import Event, Item, Party, Role, Verb

GTIN = "0952100001101" + gs1.check_digit("0952100001101")
MAKER = Party("9521000000019", "Maker", roles=Role.ISSUER)
DEPOT = Party("9521000000118", "Depot", roles=Role.KEEPER)
SHOP = Party("9521000000217", "Shop", roles=Role.RETAILER)
SIZE, EACH = 120, 3
NOW = datetime.now(UTC).replace(microsecond=0)


def pieces() -> list[Item]:
    """All of them; every third one is late."""
    return [Item(gtin=GTIN, serial=f"{number:06d}") for number in range(SIZE)]


def late(number: int) -> bool:
    """Whether a piece lay for a month."""
    return number % EACH == 0


def decided(fresh: int = 0) -> tuple[Example, ...]:
    """What people decided about two thirds of them, and about `fresh` ones that something was recorded about yesterday."""
    items = pieces()
    return tuple(Example(items[number].key, int(late(number)), "dwell" if late(number) else "") for number in range(80 + fresh))


def _event(name: str, party: Party, step: str, at: datetime, item: Item) -> Event:
    return Event(
        f"urn:town:{name}:{item.serial}", "ObjectEvent", "OBSERVE", at, biz_step=step, read_point=party.gln,
        biz_location=party.gln, epcs=(gs1.digital_link(item),),
    )  # fmt: skip


def found(profile: Path, fresh: int = 0) -> None:
    """Make the town in a new profile; something is recorded about `fresh` more of the decided ones only yesterday."""
    items = pieces()
    start = NOW - timedelta(days=120)
    with Station.open(profile) as station:
        network = Network.embedded_in(profile, founded_at=int(start.timestamp()) - 3600)
        station.join(network)
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.enrol([Member(MAKER, (GTIN[1:9],)), Member(DEPOT), Member(SHOP)], at=int(start.timestamp()))
        some = {False: [], True: []}  # type: dict[bool, list[Item]]
        for number, item in enumerate(items):
            some[late(number)].append(item)
        steps = [
            (start + timedelta(days=1), Verb.COMMISSION, MAKER, "commissioning", "", items),
            (start + timedelta(days=2), Verb.SHIP, MAKER, "shipping", DEPOT.gln, items),
            (start + timedelta(days=4), Verb.RECEIVE, DEPOT, "receiving", "", some[False]),
            (start + timedelta(days=5), Verb.SHIP, DEPOT, "shipping", SHOP.gln, some[False]),
            (start + timedelta(days=6), Verb.RECEIVE, SHOP, "receiving", "", some[False]),
            (start + timedelta(days=34), Verb.RECEIVE, DEPOT, "receiving", "", some[True]),
            (start + timedelta(days=64), Verb.SHIP, DEPOT, "shipping", SHOP.gln, some[True]),
            (start + timedelta(days=65), Verb.RECEIVE, SHOP, "receiving", "", some[True]),
            (NOW - timedelta(days=1), Verb.OBSERVE, SHOP, "inspecting", "", items[80 : 80 + fresh]),
        ]
        for place, (at, verb, party, step, to, who) in enumerate(steps):
            drafts = [
                Draft(verb, party.gln, _event(str(place), party, step, at + timedelta(minutes=n), item), (item,), to)
                for n, item in enumerate(who)
            ]
            if drafts:
                recorder.record(drafts, at=int((at + timedelta(hours=3)).timestamp()))
        network.heartbeat(0)
        pull(station.store, network.ledger, network.trust)
        station.save(here=SHOP.gln)
