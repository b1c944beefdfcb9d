"""The embedded chain as a whole: blocks, times, turns, fees, what is refused, and who may use it at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from chain.devnet import CHAIN_ID, GAS_CAP, GAS_LIMIT, GENESIS_TIME, Devnet
from chain.errors import LedgerError
from tests.chain.register import Sender, call, deploy, founded, record, record_many, send, unit

THEN = GENESIS_TIME + 1_000_000


def number(devnet: Devnet) -> int:
    return int(devnet.request("eth_blockNumber"), 16)


def receipt(devnet: Devnet, digest: object) -> dict[str, Any]:
    found: dict[str, Any] = devnet.request("eth_getTransactionReceipt", [digest])
    return found


def reason_of(error: pytest.ExceptionInfo[LedgerError]) -> tuple[int, str]:
    return error.value.details["code"], error.value.words


def history(devnet: Devnet) -> list[str]:
    """The same days on any chain: a contract, single records, a batch, a refusal, an empty block."""
    sender = Sender()
    devnet.request("evm_setNextBlockTimestamp", [THEN])
    register = deploy(devnet, sender)
    for day in range(3):
        devnet.request("evm_setNextBlockTimestamp", [THEN + 86_400 * (day + 1)])
        devnet.send_raw_many([sender.sign(register, record(unit(n))) for n in range(3)])
    devnet.request("evm_setNextBlockTimestamp", [THEN + 86_400 * 5])
    devnet.send_raw_many([sender.sign(register, record_many([unit(n) for n in range(20)])), sender.sign(register, b"")])
    devnet.request("evm_mine", [THEN + 86_400 * 6])
    return [devnet.request("eth_getBlockByNumber", [hex(n), False])["hash"] for n in range(number(devnet) + 1)]


def test_the_same_transactions_at_the_same_times_give_the_same_hashes(tmp_path: Path) -> None:
    with Devnet.open(None) as one, Devnet.open(tmp_path / "chain.db", clock=lambda: 5.0) as other:
        assert history(one) == history(other)


def test_genesis_depends_on_its_time_its_accounts_and_its_gas_limit() -> None:
    options: list[dict[str, Any]] = [{}, {"genesis_time": 1}, {"accounts": {b"\x01" * 20: 5}}, {"gas_limit": GAS_CAP}]
    hashes = []
    for chosen in options:
        with Devnet.open(None, **chosen) as devnet:
            hashes.append(devnet.head.hash)
    assert len(set(hashes)) == len(options)


def test_a_chain_goes_on_where_it_was_closed(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db") as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        head = devnet.head
    with Devnet.open(tmp_path / "chain.db") as devnet:
        assert devnet.head == head
        assert send(devnet, sender.sign(register, record(unit(1))))["status"] == "0x1"
        assert devnet.head.parent_hash == head.hash


def test_what_comes_together_is_sealed_together() -> None:
    devnet, sender, register = founded()
    before = number(devnet)
    hashes = devnet.send_raw_many([sender.sign(register, record(unit(n))) for n in range(10)])
    assert number(devnet) == before + 1
    assert devnet.request("eth_getBlockByNumber", ["latest", False])["transactions"] == hashes
    positions = [int(receipt(devnet, digest)["transactionIndex"], 16) for digest in hashes]
    assert positions == list(range(10))
    indices = [int(one["logs"][0]["logIndex"], 16) for one in (receipt(devnet, digest) for digest in hashes)]
    assert indices == list(range(10))


def test_a_batch_seals_the_transactions_that_stand_in_a_row() -> None:
    devnet, sender, register = founded()
    before = number(devnet)
    raws = [["0x" + sender.sign(register, record(unit(n))).hex()] for n in range(5)]
    results = devnet.request_many(
        [
            *[("eth_sendRawTransaction", raw) for raw in raws[:3]],
            ("eth_blockNumber", []),
            ("eth_nothing", []),
            *[("eth_sendRawTransaction", raw) for raw in raws[3:]],
            ("eth_blockNumber", []),
            ("eth_sendRawTransaction", ["no hexadecimal"]),
        ]
    )
    assert [results[3], results[7]] == [hex(before + 1), hex(before + 2)]
    assert [isinstance(one, LedgerError) for one in results] == [False] * 4 + [True, False, False, False, True]
    assert results[8].details["code"] == -32602


def test_what_is_wrong_in_a_batch_does_not_hinder_the_rest() -> None:
    devnet, sender, register = founded()
    stranger = Sender(2, chain_id=CHAIN_ID + 1)
    answers = devnet.send_raw_many(
        [
            sender.sign(register, record(unit(1))),
            b"no transaction",
            stranger.sign(register, record(unit(2))),
            sender.sign(register, record(unit(3)), nonce=sender.nonce + 5),
            sender.sign(register, record(unit(4)), nonce=0),
            sender.sign(register, record(unit(5))),
        ]
    )
    words = [answer.words if isinstance(answer, LedgerError) else "" for answer in answers]
    assert words == [
        "",
        "the bytes are not a transaction",
        "invalid chain id for signer: have 1338 want 1337",
        "nonce too high: next nonce 2, tx nonce 7",
        "nonce too low: next nonce 2, tx nonce 0",
        "",
    ]
    assert [receipt(devnet, one)["status"] for one in answers if isinstance(one, str)] == ["0x1", "0x1"]
    assert number(devnet) == 2


def test_a_batch_in_which_nothing_is_right_seals_nothing() -> None:
    devnet, sender, register = founded()
    head = devnet.head
    answers = devnet.send_raw_many([sender.sign(register, record(unit(1)), nonce=7), b""])
    assert all(isinstance(answer, LedgerError) for answer in answers)
    assert devnet.head == head


def test_a_transaction_that_reverts_has_a_receipt_with_its_reason() -> None:
    devnet, sender, register = founded()
    refused = send(devnet, sender.sign(register, record(unit(1), bytes(32))))
    assert (refused["status"], refused["logs"]) == ("0x0", [])
    assert b"unit: nothing to record" in bytes.fromhex(refused["revertReason"][2:])
    silent = send(devnet, sender.sign(register, call("refuse()")))
    assert (silent["status"], silent["revertReason"]) == ("0x0", "0x")
    assert "revertReason" not in send(devnet, sender.sign(register, record(unit(1))))
    assert devnet.request("eth_getTransactionCount", ["0x" + sender.address.hex(), "latest"]) == hex(4)


def test_running_out_of_gas_costs_all_of_it_and_changes_nothing() -> None:
    devnet, sender, register = founded()
    root = devnet.request("eth_getProof", ["0x" + register.hex(), []])["storageHash"]
    spent = send(devnet, sender.sign(register, record(unit(1)), gas=60_000))
    assert (spent["status"], spent["gasUsed"], spent["revertReason"]) == ("0x0", hex(60_000), "0x")
    assert devnet.request("eth_getProof", ["0x" + register.hex(), []])["storageHash"] == root


# ---- time


def test_a_block_is_later_than_its_parent_whatever_the_clock_says() -> None:
    now = [float(THEN)]
    devnet, sender, register = founded(clock=lambda: now[0])
    assert devnet.head.timestamp == THEN
    send(devnet, sender.sign(register, record(unit(1))))
    assert devnet.head.timestamp == THEN + 1
    now[0] = THEN - 500.0
    send(devnet, sender.sign(register, record(unit(2))))
    assert devnet.head.timestamp == THEN + 2
    now[0] = THEN + 500.9
    send(devnet, sender.sign(register, record(unit(3))))
    assert devnet.head.timestamp == THEN + 500


def test_a_set_time_holds_for_the_next_block_and_never_goes_back() -> None:
    devnet, sender, register = founded(clock=lambda: THEN + 1_000_000)
    for wanted, got in [(THEN, THEN + 1_000_001), (THEN + 2_000_000, THEN + 2_000_000), (THEN + 2_000_000, THEN + 2_000_001)]:
        devnet.request("evm_setNextBlockTimestamp", [wanted])
        send(devnet, sender.sign(register, record(unit(1))))
        assert devnet.head.timestamp == got
    send(devnet, sender.sign(register, record(unit(1))))
    assert devnet.head.timestamp == THEN + 2_000_002
    devnet.request("evm_mine", [hex(THEN + 3_000_000)])
    assert devnet.head.timestamp == THEN + 3_000_000
    devnet.request("evm_mine", [{"timestamp": THEN + 4_000_000}])
    assert devnet.head.timestamp == THEN + 4_000_000


def test_a_refused_transaction_does_not_use_up_the_set_time() -> None:
    devnet, sender, register = founded(clock=lambda: THEN)
    devnet.request("evm_setNextBlockTimestamp", [THEN + 777])
    with pytest.raises(LedgerError):
        send(devnet, sender.sign(register, record(unit(1)), nonce=9))
    send(devnet, sender.sign(register, record(unit(1))))
    assert devnet.head.timestamp == THEN + 777


def test_the_blocks_of_one_call_stay_together_in_time() -> None:
    devnet, sender, register = founded(gas_limit=GAS_CAP, clock=lambda: THEN + 10**9)
    devnet.request("evm_setNextBlockTimestamp", [devnet.head.timestamp + 500])
    first = devnet.head.number + 1
    raws = [sender.sign(register, record_many([unit(n) for n in range(40)]), gas=GAS_CAP) for _ in range(4)]
    devnet.send_raw_many(raws)
    times = [devnet.request("eth_getBlockByNumber", [hex(n), False])["timestamp"] for n in range(first, number(devnet) + 1)]
    assert len(times) == 4
    assert [int(one, 16) - int(times[0], 16) for one in times] == list(range(len(times)))


def test_the_contract_sees_its_block() -> None:
    devnet, sender, register = founded(clock=lambda: THEN)
    send(devnet, sender.sign(register, record(unit(1))))
    seen = bytes.fromhex(devnet.request("eth_call", [{"to": "0x" + register.hex(), "data": "0x" + call("now()").hex()}])[2:])
    head = devnet.head
    assert seen == b"".join([*(n.to_bytes(32, "big") for n in (head.timestamp, head.number, CHAIN_ID)), head.parent_hash])
    data = send(devnet, sender.sign(register, record(unit(1))))["logs"][0]["data"]
    assert int(data[2:66], 16) == devnet.head.timestamp


# ---- waiting transactions


def test_without_automine_transactions_wait_for_a_block() -> None:
    devnet, sender, register = founded()
    devnet.request("evm_setAutomine", [False])
    raws = [sender.sign(register, record(unit(n))) for n in range(3)]
    hashes = [devnet.request("eth_sendRawTransaction", ["0x" + raw.hex()]) for raw in raws]
    who = "0x" + sender.address.hex()
    assert devnet.request("eth_getTransactionReceipt", [hashes[0]]) is None
    assert devnet.request("eth_getTransactionByHash", [hashes[0]])["blockHash"] is None
    assert devnet.request("eth_getTransactionCount", [who, "latest"]) == "0x1"
    assert devnet.request("eth_getTransactionCount", [who, "pending"]) == "0x4"
    with pytest.raises(LedgerError, match="already known"):
        devnet.request("eth_sendRawTransaction", ["0x" + raws[1].hex()])
    with pytest.raises(LedgerError, match="nonce too high"):
        devnet.request("eth_sendRawTransaction", ["0x" + sender.sign(register, b"", nonce=9).hex()])
    devnet.request("evm_mine")
    assert [receipt(devnet, one)["status"] for one in hashes] == ["0x1"] * 3
    assert number(devnet) == 2
    devnet.request("evm_mine")
    assert number(devnet) == 3
    devnet.request("evm_setAutomine", [True])
    assert send(devnet, sender.sign(register, record(unit(9))))["blockNumber"] == "0x4"


def test_what_waited_goes_before_what_comes() -> None:
    devnet, sender, register = founded()
    devnet.request("evm_setAutomine", [False])
    waits = devnet.request("eth_sendRawTransaction", ["0x" + sender.sign(register, record(unit(1))).hex()])
    devnet.request("evm_setAutomine", [True])
    comes = send(devnet, sender.sign(register, record(unit(2))))
    assert devnet.request("eth_getBlockByNumber", ["latest", False])["transactions"] == [waits, comes["transactionHash"]]


# ---- fees and limits


def test_gas_is_free_in_both_forms() -> None:
    devnet, sender, register = founded()
    dynamic = send(devnet, sender.sign(register, record(unit(1)), max_priority_fee=0))
    assert (dynamic["status"], dynamic["type"], dynamic["effectiveGasPrice"]) == ("0x1", "0x2", "0x0")
    legacy = send(devnet, sender.sign(register, record(unit(2))))
    assert (legacy["status"], legacy["type"]) == ("0x1", "0x0")
    assert devnet.request("eth_getBalance", ["0x" + sender.address.hex()]) == "0x0"


def test_who_offers_a_fee_must_have_it_and_pays_the_tip() -> None:
    rich = Sender(3)
    devnet, poor, register = founded(accounts={rich.address: 10**18})
    with pytest.raises(LedgerError, match="insufficient funds for gas"):
        send(devnet, poor.sign(register, record(unit(1)), max_fee=1, nonce=poor.nonce))
    paid = send(devnet, rich.sign(register, record(unit(1)), max_fee=7, max_priority_fee=3))
    left = int(devnet.request("eth_getBalance", ["0x" + rich.address.hex()]), 16)
    assert paid["effectiveGasPrice"] == "0x3"
    assert 10**18 - left == 3 * int(paid["gasUsed"], 16)
    spent = send(devnet, rich.sign(register, call("pay()"), value=5))
    assert spent["status"] == "0x1"
    assert devnet.request("eth_getBalance", ["0x" + register.hex()]) == "0x5"


def test_one_transaction_has_a_cap_and_a_block_a_limit() -> None:
    devnet, sender, register = founded()
    with pytest.raises(LedgerError, match="transaction gas limit too high"):
        send(devnet, sender.sign(register, b"", gas=GAS_CAP + 1, nonce=sender.nonce))
    assert devnet.request("eth_getBlockByNumber", ["latest", False])["gasLimit"] == hex(GAS_LIMIT)
    with Devnet.open(None, gas_limit=1_000_000) as small:
        assert send(small, Sender().sign(b"\x01" * 20, b"", gas=1_000_000))["status"] == "0x1"
        with pytest.raises(LedgerError, match="exceeds block gas limit"):
            send(small, Sender(2).sign(b"\x01" * 20, b"", gas=1_000_001))


def test_a_contract_cannot_send() -> None:
    sender = Sender()
    with Devnet.open(None) as devnet:
        world = devnet._node._world
        world.set_code(sender.address, b"\x00")
        with pytest.raises(LedgerError, match="sender not an eoa"):
            send(devnet, sender.sign(b"\x01" * 20, b""))


def test_an_interrupted_block_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    devnet, sender, register = founded()
    head, raws = devnet.head, [sender.sign(register, record(unit(n))) for n in range(3)]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(devnet._database, "append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            devnet.send_raw_many(raws)
    assert devnet.head == head
    assert all(isinstance(one, str) for one in devnet.send_raw_many(raws))


def test_a_block_knows_its_ancestors() -> None:
    devnet, _, _ = founded()
    for _ in range(3):
        devnet.request("evm_mine")
    hashes = [devnet.request("eth_getBlockByNumber", [hex(n), False])["hash"] for n in range(number(devnet) + 1)]
    assert ["0x" + one.hex() for one in devnet._node._ancestors(4)] == hashes[3::-1]


# ---- who uses it


def test_many_threads_send_and_read_at_once(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db") as devnet:
        register = deploy(devnet, Sender())
        failed: list[BaseException] = []

        def work(seed: int) -> None:
            try:
                sender = Sender(seed)
                for n in range(5):
                    done = send(devnet, sender.sign(register, record(unit(seed * 100 + n))))
                    assert done["status"] == "0x1"
                    assert devnet.request("eth_getLogs", [{"blockHash": done["blockHash"]}])[0]["transactionHash"]
                    devnet.request("eth_call", [{"to": "0x" + register.hex(), "data": "0x" + call("size()").hex()}])
            except BaseException as error:
                failed.append(error)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(2, 6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed
        assert len(devnet.request("eth_getLogs", [{"fromBlock": "0x0"}])) == 20


def test_a_second_writer_is_told_so_and_a_reader_follows(tmp_path: Path) -> None:
    path = tmp_path / "chain.db"
    with Devnet.open(path) as writer:
        sender = Sender()
        register = deploy(writer, sender)
        with pytest.raises(LedgerError, match=r"^Another window or command is writing to this embedded chain"):
            Devnet.open(path)
        with Devnet.open(path, read_only=True) as reader:
            for n in range(3):
                done = send(writer, sender.sign(register, record(unit(n))))
                assert reader.head == writer.head
                assert reader.request("eth_getTransactionReceipt", [done["transactionHash"]]) == done
                size = {"to": "0x" + register.hex(), "data": "0x" + call("size()").hex()}
                assert int(reader.request("eth_call", [size]), 16) == n + 1
            with pytest.raises(LedgerError, match="for reading only"):
                send(reader, sender.sign(register, record(unit(9)), nonce=sender.nonce))
            with pytest.raises(LedgerError, match="for reading only"):
                reader.request("evm_mine")
    with Devnet.open(path) as writer:
        assert number(writer) == 4


def test_a_closed_chain_says_so(tmp_path: Path) -> None:
    devnet = Devnet.open(tmp_path / "chain.db")
    devnet.close()
    devnet.close()
    with pytest.raises(LedgerError, match="closed"):
        devnet.request("eth_blockNumber")
    with pytest.raises(LedgerError, match="closed"):
        devnet.send_raw_many([])


def test_reading_needs_no_py_evm_and_running_leaves_the_recursion_limit(tmp_path: Path) -> None:
    with Devnet.open(tmp_path / "chain.db") as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        send(devnet, sender.sign(register, record(unit(1))))
    script = f"""
import sys
from pathlib import Path
from chain.devnet import Devnet
with Devnet.open(Path({str(tmp_path / "chain.db")!r})) as devnet:
    assert len(devnet.request("eth_getLogs", [{{"fromBlock": "0x0"}}])) == 1
    assert devnet.request("eth_getProof", ["0x{register.hex()}", ["0x1"]])["storageProof"][0]["value"] == "0x1"
    devnet.request("evm_mine")
    heavy = [name for name in sys.modules if name.split(".")[0] in ("eth", "web3", "eth_utils", "py_ecc")]
    assert not heavy, heavy
    devnet.request("eth_call", [{{"to": "0x{register.hex()}", "data": "0x{call("size()").hex()}"}}])
    assert "eth" in sys.modules
    assert sys.getrecursionlimit() == 1000
"""
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


def test_web3_talks_to_it_through_the_provider() -> None:
    from web3 import Web3
    from web3.exceptions import ContractLogicError, Web3RPCError

    from chain.devnet.provider import DevnetProvider

    devnet, sender, register = founded()
    w3 = Web3(DevnetProvider(devnet))
    assert w3.is_connected()
    assert w3.eth.chain_id == CHAIN_ID
    block = w3.eth.get_block("latest")
    assert (block["number"], bytes(block["hash"])) == (1, devnet.head.hash)
    digest = w3.eth.send_raw_transaction(sender.sign(register, record(unit(1))))
    assert w3.eth.get_transaction_receipt(digest)["status"] == 1
    with pytest.raises(ContractLogicError, match="unit: nothing to record"):
        w3.eth.call({"to": w3.to_checksum_address(register), "data": "0x" + record(unit(1), bytes(32)).hex()})
    with pytest.raises(Web3RPCError, match="nonce too low"):
        w3.eth.send_raw_transaction(sender.sign(register, b"", nonce=0))
    with w3.batch_requests() as batch:
        for _ in range(2):
            batch.add(w3.eth.get_block(1))
        assert [one["number"] for one in batch.execute()] == [1, 1]
