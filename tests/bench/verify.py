"""From text to verdict and to the painted card, with 100,000 events in the replica; sync and log rebuild on the way.

Run as `python -m tests.bench.verify [EVENTS]` from the project's root. The world is recorded on the embedded chain first, so the
figures of recording and pulling come out as well; and what a posting costs with all that in the replica.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.drafting import sketch
from app.network import Network
from app.outbox.relay import Relayer
from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain import encoding, gs1, merkle
from chain.journey import Event, Item, Party, Role, Scan, Verb
from chain.label import LabelDomain, label_text, sign_label
from chain.verdict import Kind
from tests.app.retold import rebuilt
from tests.bench import answer

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


def postings(station: Station, units: list[Item]) -> None:
    """What one posting at the desk costs: signing and keeping, and looking what came of it; beside telling the log again."""
    began = time.perf_counter()
    rebuilt(station.store)
    whole = (time.perf_counter() - began) * 1000
    began = time.perf_counter()
    Recorder(station.network().ledger, station.store, station.network().keys)
    opened = (time.perf_counter() - began) * 1000
    posted, settled, planned = [], [], []
    network, at = station.network(), datetime.now(UTC)
    for number, item in enumerate(units[:50]):
        draft = Draft(Verb.OBSERVE, DEPOT.gln, event(-1 - number, "inspecting", at, item), (item,))
        began = time.perf_counter()
        station.outbox().add([draft])
        posted.append((time.perf_counter() - began) * 1000)
        began = time.perf_counter()
        station.outbox().settle()
        settled.append((time.perf_counter() - began) * 1000)
    batches = [row.batch for row in station.store.outbox.waiting()]
    relayer = Relayer(station.store, network.ledger, network.keys.relayer())
    live = relayer._live()
    for batch in batches:
        began = time.perf_counter()
        assert not relayer._why_not(batch, sketch(live.world), live, set(), int(at.timestamp()))
        planned.append((time.perf_counter() - began) * 1000)
        live.words[batch.statement.device] = batch.left
    print(f"the whole log told again (a posting did so twice, a relayer's look and a recorder once): {whole:,.0f} ms")
    print(f"a recorder opened: {opened:,.0f} ms")
    for name, times in (
        ("a posting signed and kept", posted),
        ("settling 1 to 50 of them", settled),
        ("the relayer's plan", planned),
    ):
        times.sort()
        print(f"{name}: p50 {statistics.median(times):.1f} ms, p95 {times[int(len(times) * 0.95)]:.1f} ms")


def bare_logs(network: Network, blocks: int = 500) -> tuple[int, float]:
    """Logs that `eth_getLogs` gives for the whole chain in ranges of so many blocks, nothing done with them, and the seconds."""
    node = network.embedded
    assert node is not None
    last, address, found = network.ledger.head().number, f"0x{network.trust.contract.hex()}", 0
    began = time.perf_counter()
    for first in range(0, last + 1, blocks):
        wanted = {"address": address, "fromBlock": hex(first), "toBlock": hex(min(first + blocks - 1, last))}
        found += len(node.request("eth_getLogs", [wanted]))
    return found, time.perf_counter() - began


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
            found, seconds = bare_logs(network)
            print(f"a bare eth_getLogs loop beside it: {found / seconds:,.0f} logs/s")
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
            station.save(here=DEPOT.gln)
            chosen = random.Random(1).sample(units, 500)
            texts = [label_text(item, sign_label(item, key, domain)) for item in chosen]
            postings(station, chosen)
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
        answer.painted(profile, chosen)
        answer.painted_during_a_pull(profile, chosen)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
