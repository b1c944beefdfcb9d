"""The embedded chain's figures: `.venv/bin/python tests/bench/devnet.py [--transactions 10000] [--events 31000]`.

Prints, one a line: how long opening takes with so many transactions of history, transactions a second one by one (each in a
block of its own, on disk before the next) and 50 to a block, events a second through the real contract in batches of 100 the
way the import of history sends them, log queries, proofs, and the file's size.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from chain.devnet import Devnet  # noqa: E402 - the tests' helpers are found by the path above
from chain.errors import LedgerError  # noqa: E402
from tests.chain.register import Sender, deploy, record, record_many, send, unit  # noqa: E402

OPENING = """
import sys, time
from pathlib import Path
from chain.devnet import Devnet
start = time.perf_counter()
with Devnet.open(Path(sys.argv[1])) as devnet:
    head = devnet.head
print(time.perf_counter() - start)
"""


def line(what: str, value: float, of: str) -> None:
    print(f"{what:<58}{value:>12,.1f} {of}")


def sent(devnet: Devnet, raws: Sequence[bytes]) -> None:
    for answer in devnet.send_raw_many(raws):
        if isinstance(answer, LedgerError):
            raise answer


def parts(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for at in range(0, len(items), size):
        yield items[at : at + size]


def transactions(path: Path, count: int) -> None:
    """A history of plain transactions: an eighth one by one, the rest 50 to a block."""
    with Devnet.open(path) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        raws = [sender.sign(register, record(unit(n)), gas=200_000) for n in range(count)]
        alone, together = raws[: count // 8], raws[count // 8 :]
        start = time.perf_counter()
        for raw in alone:
            sent(devnet, [raw])
        line("transactions, one to a block", len(alone) / (time.perf_counter() - start), "a second")
        start = time.perf_counter()
        for some in parts(together, 50):
            sent(devnet, some)
        line("transactions, 50 to a block", len(together) / (time.perf_counter() - start), "a second")
    line(f"file of {count:,} transactions", path.stat().st_size / count / 1000, "kB each")
    opened = sorted(
        float(subprocess.run([sys.executable, "-c", OPENING, str(path)], capture_output=True, cwd=ROOT, check=True).stdout)
        for _ in range(5)
    )
    line(f"opening with {count:,} transactions (median of 5)", opened[2] * 1000, "ms")


def events(path: Path, count: int) -> None:
    """Events in batches of 100 to a transaction, ten transactions to a block."""
    with Devnet.open(path) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        units = [unit(n) for n in range(count)]
        send(devnet, sender.sign(register, record_many(units[:100]), gas=6_000_000))
        raws = [sender.sign(register, record_many(list(some)), gas=6_000_000) for some in parts(units, 100)]
        start = time.perf_counter()
        for some in parts(raws, 10):
            sent(devnet, some)
        took = time.perf_counter() - start
        receipt = devnet.request("eth_getTransactionReceipt", ["0x" + _hash(raws[1]).hex()])
        line("events, 100 to a transaction", count / took, "a second")
        line("gas of an event", int(receipt["gasUsed"], 16) / 100, "gas")
        start = time.perf_counter()
        found = devnet.request("eth_getLogs", [{"fromBlock": "0x0", "address": "0x" + register.hex()}])
        line(f"logs, all {len(found):,} in one query", len(found) / (time.perf_counter() - start), "a second")
        topic = "0x" + units[count // 2].hex()
        start = time.perf_counter()
        for _ in range(100):
            devnet.request("eth_getLogs", [{"fromBlock": "0x0", "topics": [None, None, topic]}])
        line("logs of one unit", (time.perf_counter() - start) * 10, "ms")
        keys = [hex(int.from_bytes(one, "big")) for one in units[:10]]
        start = time.perf_counter()
        for _ in range(100):
            devnet.request("eth_getProof", ["0x" + register.hex(), keys, "latest"])
        line("proof of an account and 10 slots", (time.perf_counter() - start) * 10, "ms")
    line(f"file of {count:,} events", path.stat().st_size / count / 1000, "kB each")


def _hash(raw: bytes) -> bytes:
    from chain.transaction import transaction_hash

    return transaction_hash(raw)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transactions", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=31_000)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        transactions(Path(folder) / "transactions.db", chosen.transactions)
        events(Path(folder) / "events.db", chosen.events)


if __name__ == "__main__":
    main()
