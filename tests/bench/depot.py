"""A depot's expected goods in one pack: bytes an item, and items verified a second with one process and with two.

Run as `python -m tests.bench.depot [UNITS...]` from the project's root. The goods share what a delivery shares: 50 units of
a lot to a case, 20 cases to a pallet, pallets shipped maker, carrier, depot and received. Recorded on the embedded chain first.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.network import Network
from app.printing import sealed_pack
from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain import depot, gs1
from chain.journey import Event, Item, Party, Role, Verb
from chain.label import LabelDomain, label_text, sign_label
from chain.policy import Situation

GTIN = "0952100001101" + gs1.check_digit("0952100001101")
MAKER = Party("9521000000019", "Maker", roles=Role.ISSUER)
CARRIER = Party("9521000000217", "Carrier", roles=Role.CARRIER)
DEPOT = Party("9521000000118", "Depot", roles=Role.KEEPER)
CASE, PALLET = 50, 20


def sscc(number: int) -> Item:
    """A case or a pallet."""
    digits = f"09521000{number:09d}"
    return Item(sscc=digits + gs1.check_digit(digits))


class World:
    """Records deliveries, a block for each step."""

    def __init__(self, recorder: Recorder, start: datetime) -> None:
        self.recorder = recorder
        self.at = start
        self.number = 0

    def step(self, verb: Verb, party: Party, things: Sequence[Sequence[Item]], to: str = "") -> None:
        """One event for each group of things."""
        self.at += timedelta(hours=3)
        drafts = []
        for items in things:
            self.number += 1
            epcs = tuple(gs1.digital_link(item) for item in items)
            event = Event(
                f"urn:bench:{self.number}", "ObjectEvent", "OBSERVE", self.at, biz_step=verb.name.lower(), epcs=epcs,
                read_point=party.gln,
            )  # fmt: skip
            drafts.append(Draft(verb, party.gln, event, tuple(items), to))
        self.recorder.record(drafts, at=int(self.at.timestamp()) + 30)

    def deliver(self, units: Sequence[Item], first: int) -> None:
        """Units made, packed, shipped twice and received."""
        cases = [units[at : at + CASE] for at in range(0, len(units), CASE)]
        boxes = [sscc(first + n) for n in range(len(cases))]
        loads = [boxes[at : at + PALLET] for at in range(0, len(boxes), PALLET)]
        pallets = [sscc(first + len(cases) + n) for n in range(len(loads))]
        self.step(Verb.COMMISSION, MAKER, cases)
        self.step(Verb.COMMISSION, MAKER, [*loads, pallets])
        self.step(Verb.PACK, MAKER, [[box, *inside] for box, inside in zip(boxes, cases, strict=True)])
        self.step(Verb.PACK, MAKER, [[pallet, *inside] for pallet, inside in zip(pallets, loads, strict=True)])
        for by, to in ((MAKER, CARRIER), (CARRIER, DEPOT)):
            self.step(Verb.SHIP, by, [pallets], to.gln)
            self.step(Verb.RECEIVE, to, [pallets])


def main(count: int) -> None:
    """Print the figures."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=200)
    expiry = date(start.year + 3, 1, 1)
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "bench"
        with Station.open(profile) as station:
            network = Network.embedded_in(profile, founded_at=int(start.timestamp()))
            station.join(network)
            recorder = Recorder(network.ledger, station.store, network.keys)
            members = [Member(MAKER, (GTIN[1:9],)), Member(CARRIER), Member(DEPOT)]
            recorder.enrol(members, at=int(start.timestamp()) + 60)
            world = World(recorder, start + timedelta(hours=1))
            each = CASE * PALLET
            units = [Item(gtin=GTIN, serial=f"{n:012d}", lot=f"L{n // each}", expiry=expiry) for n in range(count)]
            for at in range(0, count, 2 * each):
                world.deliver(units[at : at + 2 * each], first=at)
            network.heartbeat(0)
            pull(station.store, network.ledger, network.trust)
            domain = LabelDomain(network.trust.chain_id, network.trust.contract)
            key = network.keys.device(MAKER.gln)
            for how, texts in (
                ("serials only", [gs1.digital_link(Item(gtin=one.gtin, serial=one.serial)) for one in units]),
                ("signed labels", [label_text(one, sign_label(one, key, domain)) for one in units]),
            ):
                began = time.perf_counter()
                data = sealed_pack(station, texts)
                took = time.perf_counter() - began
                print(f"{count:,} units, {how}: {len(data) / count:,.0f} bytes a unit; {count / took:,.0f} units/s written")
                for processes in (1, 2):
                    began = time.perf_counter()
                    found = depot.verify(data, network.trust, Situation(datetime.now(UTC)), processes).judged
                    took = time.perf_counter() - began
                    kinds = Counter(verdict.code.value for _, verdict in found)
                    print(f"  verified by {processes}: {count / took:,.0f} units/s, {dict(kinds)}", flush=True)


if __name__ == "__main__":
    for units in map(int, sys.argv[1:] or ["2000"]):
        main(units)
