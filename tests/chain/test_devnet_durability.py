"""What was acknowledged is there after kill -9, a full disk or a failing one; what is damaged is said, never believed."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chain.devnet import CHAIN_ID, Devnet
from chain.devnet.database import Database
from chain.errors import LedgerError
from chain.storage_proof import verify_account
from tests.chain.register import Sender, call, deploy, record, record_many, send, unit

ROOT = Path(__file__).resolve().parent.parent.parent

SENDING = """
import sys
from pathlib import Path
from chain.devnet import Devnet
from tests.chain.register import Sender, record, unit

devnet = Devnet.open(Path(sys.argv[1]))
sender, register = Sender(), bytes.fromhex(sys.argv[2])
sender.nonce = int(devnet.request("eth_getTransactionCount", ["0x" + sender.address.hex()]), 16)
while True:
    raws = [sender.sign(register, record(unit(sender.nonce))) for _ in range(1 + sender.nonce % 4)]
    for digest in devnet.send_raw_many(raws):
        print(digest, flush=True)
"""


def is_whole(devnet: Devnet) -> None:
    """Every block follows the one before and has its receipts; the state of the head can be proven."""
    parent, total = "0x" + bytes(32).hex(), 0
    for number in range(devnet.head.number + 1):
        block = devnet.request("eth_getBlockByNumber", [hex(number), False])
        assert block["parentHash"] == parent
        parent = block["hash"]
        receipts = [devnet.request("eth_getTransactionReceipt", [digest]) for digest in block["transactions"]]
        assert sum(int(receipt["gasUsed"], 16) for receipt in receipts) == int(block["gasUsed"], 16)
        total += sum(len(receipt["logs"]) for receipt in receipts)
    assert len(devnet.request("eth_getLogs", [{"fromBlock": "0x0"}])) == total
    address = Sender().address
    proof = devnet.request("eth_getProof", ["0x" + address.hex(), []])
    account = verify_account(devnet.head.state_root, address, [bytes.fromhex(node[2:]) for node in proof["accountProof"]])
    assert hex(account.nonce if account else 0) == devnet.request("eth_getTransactionCount", ["0x" + address.hex()])


def test_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with Devnet.open(path) as devnet:
        register = deploy(devnet, Sender())
    acknowledged: list[str] = []
    for lines in (1, 17, 60):
        command = [sys.executable, "-c", SENDING, str(path), register.hex()]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            acknowledged += [process.stdout.readline().strip() for _ in range(lines)]
            process.send_signal(signal.SIGKILL)
            acknowledged += process.stdout.read().split("\n")[:-1]  # what it had said when it died
        with Devnet.open(path, read_only=True) as reader:
            is_whole(reader)
        with Devnet.open(path) as devnet:
            for digest in acknowledged:
                assert devnet.request("eth_getTransactionReceipt", [digest])["status"] == "0x1"
            is_whole(devnet)
    assert len(set(acknowledged)) == len(acknowledged) >= 78


def test_a_log_that_was_torn_by_a_power_cut_leaves_whole_blocks(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with Devnet.open(path) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        for n in range(8):
            send(devnet, sender.sign(register, record_many([unit(n), unit(n + 1)])))
        last = devnet.head.number
        base, log = path.read_bytes(), path.with_name("chain.db-wal").read_bytes()
    torn = tmp_path / "torn.db"
    heads = []
    for cut in [*range(0, len(log), len(log) // 60), len(log)]:
        for beside in ("-wal", "-shm"):
            torn.with_name(torn.name + beside).unlink(missing_ok=True)
        torn.write_bytes(base)
        torn.with_name("torn.db-wal").write_bytes(log[:cut])
        with Devnet.open(torn) as devnet:  # where even genesis is not whole, the chain begins again
            heads.append(devnet.head.number)
            is_whole(devnet)
    assert heads == sorted(heads)
    assert set(heads) == set(range(last + 1))


class Failing:
    """A connection whose `fails`-th statement, and all that follow until it is mended, meet a broken disk."""

    def __init__(self, db: sqlite3.Connection, fails: int) -> None:
        self._db, self.left = db, fails

    def __getattr__(self, name: str) -> Any:
        what = getattr(self._db, name)
        if name not in ("execute", "executemany"):
            return what

        def run(sql: str, *arguments: Any) -> Any:
            if not sql.startswith(("SELECT", "PRAGMA", "ROLLBACK")):
                self.left -= 1
                if self.left < 0:
                    raise sqlite3.OperationalError("disk I/O error")
            return what(sql, *arguments)

        return run


@pytest.mark.parametrize("fails", range(8))
def test_a_disk_that_fails_at_any_statement_loses_nothing_and_is_said(tmp_path: Path, fails: int) -> None:
    path = tmp_path / "chain.db"
    with Devnet.open(path) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        send(devnet, sender.sign(register, record(unit(1))))
        head, database = devnet.head, devnet._database
        raws = [sender.sign(register, record(unit(1))), sender.sign(register, record_many([unit(n) for n in range(9)]))]
        database._db = Failing(database._db, fails)  # type: ignore[assignment]
        answers = devnet.send_raw_many(raws)
        assert [isinstance(one, LedgerError) and "disk I/O error" in one.words for one in answers] == [True, True]
        assert devnet.head == head
        assert int(devnet.request("eth_call", [{"to": "0x" + register.hex(), "data": "0x" + call("size()").hex()}]), 16) == 1
        database._db = database._db._db
        assert all(isinstance(one, str) for one in devnet.send_raw_many(raws))
        is_whole(devnet)
        head = devnet.head
    with Devnet.open(path) as devnet:
        assert devnet.head == head
        is_whole(devnet)


def test_a_failure_in_the_second_block_of_a_call_leaves_the_first(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db", gas_limit=10_000_000) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        raws = [sender.sign(register, record(unit(n)), gas=10_000_000) for n in range(3)]
        database = devnet._database
        database._db = Failing(database._db, 10)  # type: ignore[assignment]
        answers = devnet.send_raw_many(raws)
        assert [isinstance(one, LedgerError) for one in answers] == [False, True, True]
        database._db = database._db._db
        assert devnet.head.number == 2
        assert all(isinstance(one, str) for one in devnet.send_raw_many(raws[1:]))
        is_whole(devnet)


def test_a_full_disk_is_said_and_the_chain_goes_on_when_there_is_room(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db") as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        db = devnet._database._db
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages + 1}")
        raw = sender.sign(register, record_many([unit(n) for n in range(90)]), gas=5_000_000)
        with pytest.raises(LedgerError, match="full"):
            send(devnet, raw)
        db.execute("PRAGMA max_page_count = 1000000")
        assert send(devnet, raw)["status"] == "0x1"
        is_whole(devnet)


def test_a_block_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db") as devnet:
        assert devnet._database._db.execute("PRAGMA journal_mode").fetchone() == (b"wal",)
        assert devnet._database._db.execute("PRAGMA synchronous").fetchone() == (2,)


# ---- files that are not what they should be


def test_a_damaged_file_is_never_a_surprise(tmp_path: Path) -> None:
    """Bytes are overwritten at random: it opens or not, answers or not, but only ever refuses as a LedgerError."""
    whole = tmp_path / "whole.db"
    with Devnet.open(whole) as devnet:
        sender = Sender()
        register = "0x" + deploy(devnet, sender).hex()
        for n in range(12):
            done = send(devnet, sender.sign(bytes.fromhex(register[2:]), record_many([unit(n), unit(n + 1)])))
    size = {"to": register, "data": "0x" + call("size()").hex()}
    questions: list[tuple[str, list[Any]]] = [
        ("eth_getBlockByNumber", ["0x3", True]),
        ("eth_getTransactionReceipt", [done["transactionHash"]]),
        ("eth_getLogs", [{"fromBlock": "0x0"}]),
        ("eth_getProof", [register, ["0x1", "0x2"]]),
        ("eth_call", [size]),
        ("eth_feeHistory", ["0x10", "latest", [50]]),
        ("evm_mine", []),
    ]
    original = whole.read_bytes()
    damaged = tmp_path / "damaged.db"
    refused = 0
    for seed in range(120):
        chance = random.Random(seed)
        content = bytearray(original)
        for _ in range(chance.choice([1, 1, 8, 64])):
            content[chance.randrange(len(content))] = chance.randrange(256)
        damaged.write_bytes(content[: chance.randrange(len(content))] if chance.random() < 0.15 else content)
        for beside in ("-wal", "-shm"):
            damaged.with_name(damaged.name + beside).unlink(missing_ok=True)
        try:
            with Devnet.open(damaged) as devnet:
                for answer in devnet.request_many(questions):
                    refused += isinstance(answer, LedgerError)
        except LedgerError:
            refused += 1
    assert refused > 60


@pytest.mark.parametrize(
    ("damage", "method"),
    [
        ("UPDATE tx SET raw = CAST(raw || x'00' AS BLOB)", "eth_getTransactionByHash"),
        ("UPDATE tx SET sender = 5", "eth_getTransactionByHash"),
        ("DELETE FROM block WHERE number = 2", "eth_getTransactionReceipt"),
        ("DELETE FROM tx", "eth_getLogs"),
        ("UPDATE log SET data = 5", "eth_getLogs"),
        ("UPDATE block SET header = CAST(header || x'00' AS BLOB) WHERE number = 2", "eth_getBlockByNumber"),
        ("UPDATE block SET number = 7 WHERE number = 2", "eth_feeHistory"),
        ("DELETE FROM node", "eth_getProof"),
        ("UPDATE code SET code = x'00'", "eth_getCode"),
    ],
)
def test_what_was_altered_or_removed_is_not_given_out(tmp_path: Path, damage: str, method: str) -> None:
    path = tmp_path / "chain.db"
    with Devnet.open(path) as devnet:
        sender = Sender()
        register = "0x" + deploy(devnet, sender).hex()
        digest = send(devnet, sender.sign(bytes.fromhex(register[2:]), record(unit(1))))["transactionHash"]
        devnet.request("evm_mine")
    with sqlite3.connect(path) as db:
        db.execute(damage)
    db.close()
    questions: dict[str, list[Any]] = {
        "eth_getTransactionByHash": [digest],
        "eth_getTransactionReceipt": [digest],
        "eth_getLogs": [{"fromBlock": "0x0"}],
        "eth_getBlockByNumber": ["0x2", False],
        "eth_feeHistory": ["0x8", "latest"],
        "eth_getProof": [register, []],
        "eth_getCode": [register],
    }
    with pytest.raises(LedgerError, match="damaged"), Devnet.open(path) as devnet:
        devnet.request(method, questions[method])


def test_a_reader_finds_no_chain_where_none_was_founded(tmp_path: Path) -> None:
    Database(tmp_path / "chain.db").close()
    with pytest.raises(LedgerError, match="no embedded chain"):
        Devnet.open(tmp_path / "chain.db", read_only=True)
    with Devnet.open(tmp_path / "chain.db") as devnet:
        assert devnet.head.number == 0


def test_a_file_of_something_else_is_refused_in_one_sentence(tmp_path: Path) -> None:
    text, folder, newer, other, empty = (tmp_path / name for name in ("text", "folder", "newer", "other", "empty"))
    text.write_text("This is no database. " * 100)
    folder.mkdir()
    with Devnet.open(newer):
        pass
    shutil.copy(newer, other)
    with sqlite3.connect(newer) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    empty.touch()
    for path, words, options in [
        (text, "not a database", {}),
        (folder, "unable to open", {}),
        (newer, "newer version", {}),
        (other, f"holds chain {CHAIN_ID}, not chain 5", {"chain_id": 5}),
        (tmp_path / "absent", "no embedded chain", {"read_only": True}),
        (empty, "no embedded chain", {"read_only": True}),
        (text / "below", "cannot be used", {}),
    ]:
        for _ in range(2):  # the refusal gives the lock back
            with pytest.raises(LedgerError, match=words) as caught:
                Devnet.open(path, **options)  # type: ignore[arg-type]
            assert caught.value.words.endswith(".")
