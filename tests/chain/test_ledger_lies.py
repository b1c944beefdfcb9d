"""What a lying or broken node may answer when it is read, one lie at a time over a true chain: it is noticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from chain import calls, encoding, merkle
from chain.custody import World
from chain.errors import BadProof, LedgerError, MissingNode
from chain.header import Header
from chain.ledger import Ledger
from tests.chain.consortium import MAKER, Consortium, item
from tests.chain.lying import Lie, LyingNode, consortium, flipped, node, refusal

__all__ = ["consortium", "node"]  # fixtures


# ---- the chain


@pytest.mark.parametrize(
    "lie",
    [
        lambda _, block: block | {"stateRoot": flipped(block["stateRoot"])},
        lambda _, block: block | {"hash": flipped(block["hash"])},
        lambda _, block: block | {"timestamp": hex(int(block["timestamp"], 16) + 1)},
        lambda _, block: {name: value for name, value in block.items() if name != "hash"},
        lambda _, block: block | {"number": "0xzz"},
        lambda _, block: [block],
        lambda _, block: "0x1",
    ],
    ids=["state root", "hash", "time", "no hash", "bad hex", "list", "text"],
)
def test_a_header_that_does_not_hash_is_refused(consortium: Consortium, node: LyingNode, lie: Lie) -> None:
    node.lies["eth_getBlockByNumber"] = lie
    for ask in (consortium.ledger.head, lambda: consortium.ledger.header(3), lambda: consortium.ledger.proven(3)):
        with pytest.raises(BadProof):
            ask()


def test_another_block_than_was_asked_for_is_refused(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getBlockByNumber"] = lambda params, _: node.devnet.request("eth_getBlockByNumber", ["0x2", False])
    with pytest.raises(BadProof, match="another block"):
        consortium.ledger.header(3)


def test_no_block_is_said(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getBlockByNumber"] = lambda *_: None
    with pytest.raises(LedgerError, match="does not have this block"):
        consortium.ledger.head()


def test_a_network_that_changes_its_number_gets_no_transaction(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_chainId"] = lambda *_: "0x1"
    with pytest.raises(LedgerError, match="another one than it was before"):
        consortium.ledger.send(consortium.device(MAKER), [consortium.minted(item(7))])
    assert node.count("eth_sendRawTransaction") == 0


@pytest.mark.parametrize("answer", [None, "1337", 1337, "0x", "0x" + "1" * 65, "0xg", [], "-0x1"])
def test_what_is_no_number_is_not_taken_for_one(node: LyingNode, answer: Any) -> None:
    node.lies["eth_chainId"] = lambda *_: answer
    with pytest.raises(LedgerError, match="not a number"):
        Ledger(node).chain_id()


def test_changed_code_is_noticed(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getCode"] = lambda _, code: flipped(code)
    with pytest.raises(LedgerError, match="not the one this program knows"):
        consortium.ledger.verify_code()


def test_the_code_is_proven_with_the_log(node: LyingNode, consortium: Consortium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "code_hash", lambda: bytes(32))  # the program now knows another contract
    with pytest.raises(BadProof, match="not the one this program knows"):
        consortium.ledger.proven(5)


# ---- proofs


def first_slot(change: Callable[[dict[str, Any]], Any]) -> Lie:
    def lie(_: Sequence[Any], answer: Any) -> Any:
        return answer | {"storageProof": [change(answer["storageProof"][0]), *answer["storageProof"][1:]]}

    return lie


PROOF_LIES: dict[str, Lie] = {
    "empty, value zero": first_slot(lambda slot: slot | {"value": "0x0", "proof": []}),
    "truncated": first_slot(lambda slot: slot | {"proof": slot["proof"][:-1]}),
    "flipped bit": first_slot(lambda slot: slot | {"proof": [*slot["proof"][:-1], flipped(slot["proof"][-1])]}),
    "padded": first_slot(lambda slot: slot | {"proof": [node + "00" for node in slot["proof"]]}),
    "another slot": first_slot(lambda slot: slot | {"key": "0x5"}),
    "huge node": first_slot(lambda slot: slot | {"proof": ["0x" + "00" * 5000]}),
    "too many nodes": first_slot(lambda slot: slot | {"proof": slot["proof"] * 200}),
    "half a byte": first_slot(lambda slot: slot | {"proof": ["0x123"]}),
    "not hex": first_slot(lambda slot: slot | {"proof": ["0xzz"]}),
    "no proof": first_slot(lambda slot: {"key": slot["key"]}),
    "no slot": first_slot(lambda _: None),
    "missing entry": lambda _, answer: answer | {"storageProof": answer["storageProof"][1:]},
    "no account": lambda _, answer: answer | {"accountProof": []},
    "account truncated": lambda _, answer: answer | {"accountProof": answer["accountProof"][:-1]},
    "account of another leaf": lambda _, answer: answer | {"accountProof": [flipped(answer["accountProof"][0], 100)]},
    "null": lambda *_: None,
}


@pytest.mark.parametrize("lie", PROOF_LIES.values(), ids=PROOF_LIES)
def test_a_proof_that_shows_less_or_else_is_refused(consortium: Consortium, node: LyingNode, lie: Lie) -> None:
    node.lies["eth_getProof"] = lie
    with pytest.raises((BadProof, MissingNode, LedgerError)):
        consortium.ledger.proven(consortium.ledger.head().number)


def test_what_a_node_says_beside_the_proof_changes_nothing(consortium: Consortium, node: LyingNode) -> None:
    head = consortium.ledger.head().number
    true = consortium.ledger.proven(head)
    node.lies["eth_getProof"] = lambda _, answer: (
        answer
        | {"address": "0x" + "11" * 20, "storageHash": "0x" + "22" * 32, "codeHash": "0x", "balance": "0x5", "nonce": "0x9"}
        | {"storageProof": [slot | {"value": "0x77", "proof": [*slot["proof"][::-1], "0xc0"]} for slot in answer["storageProof"]]}
    )
    told = consortium.ledger.proven(head)
    assert (told.size, told.root, told.header) == (true.size, true.root, true.header)


def test_a_proof_of_another_block_is_refused(consortium: Consortium, node: LyingNode) -> None:
    head = consortium.ledger.head().number
    node.lies["eth_getProof"] = lambda params, _: node.devnet.request("eth_getProof", [*params[:2], hex(head - 1)])
    with pytest.raises((BadProof, MissingNode)):
        consortium.ledger.proven(head)


def test_a_block_that_is_replaced_between_the_questions_is_asked_for_again(consortium: Consortium, node: LyingNode) -> None:
    replaced = node.devnet.request("eth_getBlockByNumber", ["0xb", False]) | {"number": "0xc"}
    replaced["hash"] = "0x" + Header.from_rpc(replaced, expect=False).hash.hex()
    answers = [replaced]
    node.lies["eth_getBlockByNumber"] = lambda _, block: answers.pop() if answers else block
    told = consortium.ledger.proven(12)
    assert (
        "0x" + told.header.hash.hex() == node.devnet.request("eth_getBlockByNumber", ["0xc", False])["hash"] != replaced["hash"]
    )
    assert (told.header.number, node.count("eth_getBlockByNumber"), node.count("eth_getProof")) == (12, 2, 4)


def test_a_block_that_changes_while_many_slots_are_read_is_noticed(consortium: Consortium, node: LyingNode) -> None:
    turns = iter((12, 11, 11, 11))
    node.lies["eth_getProof"] = lambda params, _: node.devnet.request("eth_getProof", [*params[:2], hex(next(turns))])
    with pytest.raises(LedgerError, match="block changed"):
        consortium.ledger.proof(consortium.ledger.header(12), [encoding.word(number) for number in range(300)])


def test_a_node_that_answers_once_from_the_block_beside_is_asked_again(consortium: Consortium, node: LyingNode) -> None:
    true = consortium.ledger.proven(12)
    turns = iter((11, 12))
    node.lies["eth_getProof"] = lambda params, _: node.devnet.request("eth_getProof", [*params[:2], hex(next(turns))])
    assert consortium.ledger.proven(12) == true


def test_a_network_without_proofs_says_so(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getProof"] = lambda *_: refusal("the method eth_getProof does not exist", -32601)
    with pytest.raises(LedgerError, match="refused the request"):
        consortium.ledger.proven(5)


# ---- logs


def logs_lie(change: Callable[[list[dict[str, Any]]], Any]) -> Lie:
    return lambda _, logs: change([dict(log) for log in logs])


def swapped(logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [*logs[:3], logs[4], logs[3], *logs[5:]]


def with_field(name: str, value: Any, at: int = 5) -> Lie:
    return logs_lie(lambda logs: [*logs[:at], logs[at] | {name: value}, *logs[at + 1 :]])


LOG_LIES: dict[str, Lie] = {
    "middle omitted": logs_lie(lambda logs: logs[:6] + logs[7:]),
    "first omitted": logs_lie(lambda logs: logs[1:]),
    "tail omitted": logs_lie(lambda logs: logs[:-1]),
    "all omitted": logs_lie(lambda _: []),
    "duplicated": logs_lie(lambda logs: [*logs[:5], logs[4], *logs[5:]]),
    "repeated at the end": logs_lie(lambda logs: [*logs, logs[-1]]),
    "reordered": logs_lie(swapped),
    "reversed": logs_lie(lambda logs: logs[::-1]),
    "another contract": with_field("address", "0x" + "11" * 20),
    "no address": with_field("address", None),
    "removed": with_field("removed", True),
    "wrong index": with_field("topics", ["0x" + topic.hex() for topic in (calls.topics()[0], bytes(32), bytes(32))]),
    "no topics": with_field("topics", []),
    "unknown topic": with_field("topics", ["0x" + "11" * 32]),
    "forged data": with_field("data", "0x" + "11" * 288),
    "short data": with_field("data", "0x11"),
    "no data": with_field("data", None),
    "bad hex": with_field("data", "0xzz"),
    "out of range": with_field("blockNumber", "0xffff"),
    "no block number": with_field("blockNumber", None),
    "two blocks of one number": with_field("blockHash", "0x" + "33" * 32, at=1),
    "no block hash": with_field("blockHash", None, at=6),
    "not a log": logs_lie(lambda logs: [*logs[:5], "log", *logs[5:]]),
    "null": logs_lie(lambda _: None),
    "an object": logs_lie(lambda logs: {"logs": logs}),
}


@pytest.mark.parametrize("lie", LOG_LIES.values(), ids=LOG_LIES)
def test_logs_that_omit_add_or_change_are_noticed(consortium: Consortium, node: LyingNode, lie: Lie) -> None:
    head = consortium.ledger.head().number
    node.lies["eth_getLogs"] = lambda params, logs: lie(params, logs) if len(logs) > 8 else []
    with pytest.raises(LedgerError):
        list(consortium.ledger.logs(0, head, index=0, size=16))


@pytest.mark.parametrize("lie", LOG_LIES.values(), ids=LOG_LIES)
def test_a_lie_about_large_ranges_only_is_noticed_or_does_no_harm(consortium: Consortium, node: LyingNode, lie: Lie) -> None:
    """As of a node that leaves out what is too much for it: smaller ranges bring the truth."""
    head = consortium.ledger.head().number
    node.lies["eth_getLogs"] = lambda params, logs: lie(params, logs) if len(logs) > 8 else logs
    try:
        entries = [entry for chunk in consortium.ledger.logs(0, head, index=0, size=16) for entry in chunk.entries]
    except LedgerError:
        return
    assert entries == consortium.entries


def test_left_out_entries_in_a_large_range_are_asked_for_again_in_smaller_ones(consortium: Consortium, node: LyingNode) -> None:
    node.lies["eth_getLogs"] = lambda _, logs: [*logs[:5], *logs[6:]] if len(logs) > 8 else logs
    chunks = list(consortium.ledger.logs(0, consortium.ledger.head().number, index=0, size=16))
    assert len(chunks) > 1
    assert [entry for chunk in chunks for entry in chunk.entries] == consortium.entries


def test_births_given_twice_are_noticed(consortium: Consortium, node: LyingNode) -> None:
    def twice(_: Sequence[Any], logs: Any) -> Any:
        (born,) = [log for log in logs if log["topics"][0] == "0x" + calls.topics()[1].hex()][:1]
        place = logs.index(born)
        return [*logs[: place + 1], born | {"logIndex": hex(int(born["logIndex"], 16) + 1)}]

    node.lies["eth_getLogs"] = twice
    with pytest.raises(LedgerError, match="twice"):
        list(consortium.ledger.logs(0, consortium.ledger.head().number))


def test_a_forged_entry_is_caught_by_the_proven_root(consortium: Consortium, node: LyingNode) -> None:
    """Form alone cannot show it: this is what the proof is for."""
    head = consortium.ledger.head().number
    proven = consortium.ledger.proven(head)
    place = len(consortium.entries)

    def forge(_: Sequence[Any], logs: Any) -> Any:
        data = logs[-1]["data"]
        return [*logs[:-1], logs[-1] | {"data": data[:330] + flipped(data[330:400]) + data[400:]}]

    node.lies["eth_getLogs"] = forge
    entries = [entry for chunk in consortium.ledger.logs(0, head, index=0, size=place) for entry in chunk.entries]
    assert len(entries) == place
    assert merkle.root([encoding.leaf(entry) for entry in entries]) != proven.root
    assert merkle.root([encoding.leaf(entry) for entry in consortium.entries]) == proven.root


def test_units_of_a_lot_that_never_was_are_refused(consortium: Consortium, node: LyingNode) -> None:
    def invent(_: Sequence[Any], logs: Any) -> Any:
        topics = ["0x" + calls.topics()[2].hex(), "0x" + "44" * 32]
        body = encoding.word(32) + encoding.word(1) + bytes(32)
        last = logs[-1]
        return [*logs, last | {"topics": topics, "data": "0x" + body.hex(), "logIndex": hex(int(last["logIndex"], 16) + 1)}]

    node.lies["eth_getLogs"] = invent
    (chunk,) = consortium.ledger.logs(0, consortium.ledger.head().number)
    with pytest.raises(LedgerError, match="never commissioned"):
        chunk.replay(World())
