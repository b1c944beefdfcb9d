"""How fast the ledger reads and sends: `python tests/bench/ledger.py [entries]`.

Reading is measured in steps: the bytes parsed by orjson alone, parsed strictly, cut into entries, and the whole way from a node
on loopback in a process of its own. Every figure is the best of three runs.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection as Pipe
from time import perf_counter

import orjson
from tiny_keccak import keccak256

from chain import calls, encoding, strict_json
from chain.calls import Act, Minted
from chain.custody import World
from chain.devnet import Devnet
from chain.encoding import word
from chain.journey import Entry, Kind, Role, Verb
from chain.keys import SigningKey, derive, embedded_master
from chain.ledger import GAS_CAP, HttpConnection, Ledger
from chain.logs import read_chunk

CONTRACT = bytes(range(20))
PER_BLOCK = 50
NOW = 1_700_000_000
PREFIX = encoding.prefix_code("9506000")


def best(work: Callable[[], object], runs: int = 3) -> float:
    """Seconds of the fastest run."""
    took = []
    for _ in range(runs):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


def entry(index: int) -> Entry:
    """A shipment of two units."""
    units = tuple(keccak256(word(index) + word(n)) for n in range(2))
    return Entry(index, Verb.SHIP, 7, bytes(range(20, 40)), 8, NOW, NOW + 60, units[0], bytes(32), units)


def log_of(one: Entry) -> bytes:
    """The entry as a node's JSON."""
    words = [one.verb, int.from_bytes(one.device, "big"), one.counterparty, one.event_time, one.record_time]
    data = b"".join(map(word, words)) + one.commitment + one.argument + word(256) + word(len(one.units)) + b"".join(one.units)
    block = one.index // PER_BLOCK + 1
    log = {
        "address": "0x" + CONTRACT.hex(),
        "topics": ["0x" + topic.hex() for topic in (calls.topics()[0], word(one.index), word(one.organisation))],
        "data": "0x" + data.hex(),
        "blockNumber": hex(block),
        "blockHash": "0x" + keccak256(word(block)).hex(),
        "transactionHash": "0x" + keccak256(word(one.index)).hex(),
        "transactionIndex": "0x0",
        "logIndex": hex(one.index % PER_BLOCK),
        "removed": False,
    }
    return orjson.dumps(log)


def serve(pipe: Pipe, entries: int) -> None:
    """A node that knows eth_getLogs, until it is killed."""
    logs = [log_of(entry(index)) for index in range(entries)]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            question = orjson.loads(self.rfile.read(int(self.headers["Content-Length"])))
            wanted = question["params"][0]
            first, last = int(wanted["fromBlock"], 16), int(wanted["toBlock"], 16)
            some = b",".join(logs[max(first - 1, 0) * PER_BLOCK : last * PER_BLOCK])
            body = b'{"jsonrpc":"2.0","id":%d,"result":[%b]}' % (question["id"], some)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """The other side does not read answers that are too large."""

    server = Server(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    server.serve_forever()


def reading(entries: int) -> None:
    some = min(entries, 10_000)
    body = b"[" + b",".join(log_of(entry(index)) for index in range(some)) + b"]"
    contract = "0x" + CONTRACT.hex()
    last = some // PER_BLOCK + 1
    logs = orjson.loads(body)
    steps: dict[str, Callable[[], object]] = {
        "parsed by orjson": lambda: orjson.loads(body),
        "parsed strictly": lambda: strict_json.loads(body),
        "cut into entries, alone": lambda: read_chunk(logs, contract, 0, last),
        "parsed and cut": lambda: read_chunk(strict_json.loads(body), contract, 0, last),
    }
    for name, work in steps.items():
        print(f"{name:34} {some / best(work):10,.0f} entries/s")

    mine, its = multiprocessing.Pipe()
    node = multiprocessing.Process(target=serve, args=(its, entries), daemon=True)
    node.start()
    try:
        port = mine.recv()

        def sync() -> None:
            with HttpConnection(f"http://127.0.0.1:{port}") as connection:
                chunks = list(Ledger(connection, CONTRACT).logs(0, entries // PER_BLOCK + 1, index=0, size=entries))
                assert sum(len(chunk.entries) for chunk in chunks) == entries

        print(f"{'the whole way over loopback HTTP':34} {entries / best(sync):10,.0f} entries/s ({len(body) // some} bytes each)")
    finally:
        node.kill()
        node.join()


def key(name: str) -> SigningKey:
    return derive(embedded_master(), name)


def minted(first: int, count: int) -> bytes:
    """Calldata of `count` commissions, one event for each unit."""
    acts = []
    for number in range(first, first + count):
        born = Minted(Kind.ITEM, PREFIX, keccak256(word(number)))
        acts.append((Act(Verb.COMMISSION, NOW, keccak256(word(number))), [born]))
    return calls.commission(acts)


def sending(transactions: int = 20, events: int = 100) -> None:
    with Devnet.open(None) as devnet:
        ledger = Ledger(devnet)
        admin, device = key("admin"), key("device")
        ledger.deploy(admin, at=NOW)
        setup = [
            calls.enrol_organisation(admin.address, Role.ISSUER, bytes(32)),
            calls.grant_prefix(1, PREFIX),
            calls.enrol_device(1, device.address, NOW, NOW + 10**9),
        ]
        ledger.send(admin, setup, at=NOW + 60)
        batches = [minted(number * events, events) for number in range(transactions)]
        start = perf_counter()
        for number, batch in enumerate(batches[: transactions // 2]):
            ledger.send(device, [batch], at=NOW + 120 + number)
        one_by_one = perf_counter() - start
        start = perf_counter()
        sent = ledger.send(device, batches[transactions // 2 :], at=NOW + 1000, gas=GAS_CAP)
        together = perf_counter() - start
        half = transactions * events // 2
        print(f"{'sent, a block for each 100 events':34} {half / one_by_one:10,.0f} events/s ({sent[0].gas // events} gas each)")
        print(f"{'sent, all in one block':34} {half / together:10,.0f} events/s")
        head = ledger.head()
        world = World()

        def replay() -> None:
            nonlocal world
            world = World()
            for chunk in ledger.logs(0, head.number, index=0):
                chunk.replay(world)

        size = ledger.proven(head.number).size
        read = best(lambda: list(ledger.logs(0, head.number, index=0, size=size)))
        print(f"{'read from the embedded chain':34} {size / read:10,.0f} entries/s")
        print(f"{'read, and every state rebuilt':34} {size / best(replay):10,.0f} entries/s")
        assert world.size == size
        slots = [keccak256(word(number)) for number in range(1000)]
        print(f"{'proofs from the embedded chain':34} {1000 / best(lambda: ledger.proof(head.number, slots)):10,.0f} slots/s")


def main() -> None:
    reading(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
    sending()


if __name__ == "__main__":
    main()
