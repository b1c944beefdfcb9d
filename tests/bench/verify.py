"""From text to verdict, offline, with 100,000 events in the replica; sync and log rebuild on the way.

Run as `python -m tests.bench.verify [EVENTS]` from the project's root. The world is recorded on the embedded chain first, so the
figures of recording and pulling come out as well.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.network import Network
from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain import encoding, gs1, merkle
from chain.journey import Event, Item, Party, Role, Scan, Verb
from chain.label import LabelDomain, label_text, sign_label
from chain.verdict import Kind

GTIN = "0952100001101" + gs1.check_digit("0952100001101")
MAKER = Party("9521000000019", "Maker", roles=Role.ISSUER)
DEPOT = Party("9521000000118", "Depot", roles=Role.KEEPER)
BLOCK = 2_000


def event(number: int, step: str, at: datetime, item: Item) -> Event:
    """One event of the bench's world."""
    return Event(f"urn:bench:{number}", "ObjectEvent", "OBSERVE", at, biz_step=step, epcs=(gs1.digital_link(item),))


def recorded(profile: Path, events: int) -> tuple[list[Item], float, float]:
    """Record units with four events each; the units, seconds of recording, and gas an event."""
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=100)
    units = [Item(gtin=GTIN, serial=f"{n:012d}") for n in range(events // 4)]
    steps = (
        (Verb.COMMISSION, MAKER, "commissioning", ""),
        (Verb.SHIP, MAKER, "shipping", DEPOT.gln),
        (Verb.RECEIVE, DEPOT, "receiving", ""),
        (Verb.OBSERVE, DEPOT, "inspecting", ""),
    )
    with Station.open(profile) as station:
        network = Network.embedded_in(profile, founded_at=int(start.timestamp()))
        station.join(network)
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.enrol([Member(MAKER, (GTIN[1:9],)), Member(DEPOT)], at=int(start.timestamp()) + 60)
        began, number = time.perf_counter(), 0
        for first in range(0, len(units), BLOCK):
            for verb, party, step, to in steps:
                at = start + timedelta(seconds=3600 + number)
                drafts = [
                    Draft(verb, party.gln, event(number + n, step, at, item), (item,), to)
                    for n, item in enumerate(units[first : first + BLOCK])
                ]
                number += len(drafts)
                recorder.record(drafts, at=int(at.timestamp()) + 30)
        seconds = time.perf_counter() - began
        network.heartbeat(0)
    return units, seconds, recorder.gas / number


def main(events: int) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "bench"
        units, seconds, gas = recorded(profile, events)
        print(f"recording: {events / seconds:,.0f} events/s, {gas:,.0f} gas an event in batches of 100")
        with Station.open(profile) as station:
            network = station.network()
            began = time.perf_counter()
            pulled = pull(station.store, network.ledger, network.trust)
            took = time.perf_counter() - began
            print(f"sync: {pulled.entries / took:,.0f} events/s pulled, proven and stored ({pulled.nodes:,} nodes of proofs)")
            leaves = [encoding.leaf(entry) for entry in station.store.replica.entries()]
            began = time.perf_counter()
            root = merkle.root(leaves)
            took = time.perf_counter() - began
            checkpoint = station.store.replica.checkpoint()
            assert checkpoint is not None
            assert root == checkpoint[0].root
            print(f"log rebuild: {len(leaves) / took:,.0f} leaves/s")
            domain = LabelDomain(network.trust.chain_id, network.trust.contract)
            key = network.keys.device(MAKER.gln)
            chosen = random.Random(1).sample(units, 500)
            texts = [label_text(item, sign_label(item, key, domain)) for item in chosen]
        size = sum(path.stat().st_size for path in profile.iterdir())
        print(f"on disk: {size / 1e6:.1f} MB, {size / events:,.0f} bytes an event, chain and replica together")
        with Station.open(profile, offline=True) as station:
            times = []
            for text in texts:
                began = time.perf_counter()
                check = station.check(Scan(text, datetime.now(UTC)))
                times.append((time.perf_counter() - began) * 1000)
                assert check.verdict.kind is Kind.GENUINE, check.verdict
        times = sorted(times[20:])
        p50, p95, p99 = statistics.median(times), times[int(len(times) * 0.95)], times[int(len(times) * 0.99)]
        print(f"text to verdict, recorded, {events:,} events: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
