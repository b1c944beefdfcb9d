"""What the embedded chain answers has a node's form, hashes to what it says, and is what a second implementation computes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import rlp as reference_rlp
from eth_bloom import BloomFilter
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256
from trie import HexaryTrie

from chain.devnet import CHAIN_ID, GAS_CAP, GENESIS_TIME, Devnet
from chain.errors import LedgerError
from chain.storage_proof import verify_account, verify_slot
from tests.chain.register import Sender, bytecode, call, deploy, record, record_many, send, unit

HEADER = """
parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit gasUsed timestamp
extraData mixHash nonce baseFeePerGas
""".split()  # noqa: SIM905 - shorter to read
NUMBERS = {"difficulty", "number", "gasLimit", "gasUsed", "timestamp", "baseFeePerGas"}
RECORDED = "0x" + keccak256(b"Recorded(uint256,bytes32,address,uint256,bytes32)").hex()


def raw_bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])


class World:
    """A chain with some days of history, its sender and its contract."""

    def __init__(self) -> None:
        self.devnet = Devnet.open(None, accounts={Sender(9).address: 10**18})
        self.sender, self.other = Sender(), Sender(9)
        self.register = deploy(self.devnet, self.sender)
        self.second = deploy(self.devnet, self.sender)
        self.raws: dict[str, bytes] = {}
        for day in range(5):
            raws = [self.sender.sign(self.register, record(unit(n))) for n in range(day)]
            raws.append(self.sender.sign(self.second, record_many([unit(n) for n in range(3)])))
            raws.append(self.other.sign(self.register, record(unit(7)), max_fee=10 + day, max_priority_fee=day))
            raws.append(self.other.sign(self.second, record(unit(8), bytes(32)), max_priority_fee=0))
            raws.append(self.other.sign(self.register, call("pay()"), value=5))
            for raw, digest in zip(raws, self.devnet.send_raw_many(raws), strict=True):
                assert isinstance(digest, str)
                self.raws[digest] = raw
        send(self.devnet, self.sender.sign(self.register, call("clear(bytes32)", unit(7))))
        self.devnet.request("evm_mine")

    def ask(self, method: str, *params: Any) -> Any:
        return self.devnet.request(method, params)

    def blocks(self, whole: bool = False) -> Iterator[dict[str, Any]]:
        for number in range(int(self.ask("eth_blockNumber"), 16) + 1):
            yield self.ask("eth_getBlockByNumber", hex(number), whole)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


# ---- blocks


def test_every_header_hashes_to_its_blocks_hash(world: World) -> None:
    parent = "0x" + bytes(32).hex()
    for number, block in enumerate(world.blocks()):
        fields = [int(block[name], 16) if name in NUMBERS else raw_bytes(block[name]) for name in HEADER]
        assert "0x" + keccak256(reference_rlp.encode(fields)).hex() == block["hash"]
        assert (block["parentHash"], block["number"]) == (parent, hex(number))
        assert world.ask("eth_getBlockByHash", block["hash"], False) == block
        parent = block["hash"]


def test_the_roots_are_over_the_transactions_and_receipts(world: World) -> None:
    for block in world.blocks():
        transactions, receipts, bloom = HexaryTrie({}), HexaryTrie({}), BloomFilter()
        for place, digest in enumerate(block["transactions"]):
            key = reference_rlp.encode(place)
            receipt = world.ask("eth_getTransactionReceipt", digest)
            logs = [
                [raw_bytes(log["address"]), [raw_bytes(topic) for topic in log["topics"]], raw_bytes(log["data"])]
                for log in receipt["logs"]
            ]
            own = BloomFilter()
            for address, topics, _ in logs:
                own.extend([address, *topics])
            assert int(receipt["logsBloom"], 16) == int(own)
            bloom |= own
            body = reference_rlp.encode(
                [int(receipt["status"], 16), int(receipt["cumulativeGasUsed"], 16), raw_bytes(receipt["logsBloom"]), logs]
            )
            kind = int(receipt["type"], 16)
            receipts[key] = bytes([kind]) + body if kind else body
            transactions[key] = world.raws.get(digest) or b"?"
        if block["transactions"] and set(block["transactions"]) <= set(world.raws):
            assert "0x" + transactions.root_hash.hex() == block["transactionsRoot"]
        assert "0x" + receipts.root_hash.hex() == block["receiptsRoot"]
        assert int(block["logsBloom"], 16) == int(bloom)


def test_gas_adds_up_and_places_are_right(world: World) -> None:
    for block in world.blocks(whole=True):
        used = index = 0
        for place, one in enumerate(block["transactions"]):
            receipt = world.ask("eth_getTransactionReceipt", one["hash"])
            used += int(receipt["gasUsed"], 16)
            assert int(receipt["cumulativeGasUsed"], 16) == used
            for shape in (one, receipt):
                assert (shape["blockHash"], shape["blockNumber"]) == (block["hash"], block["number"])
                assert int(shape["transactionIndex"], 16) == place
                assert shape["from"] in ("0x" + world.sender.address.hex(), "0x" + world.other.address.hex())
            assert one == world.ask("eth_getTransactionByHash", one["hash"])
            for log in receipt["logs"]:
                assert int(log["logIndex"], 16) == index
                index += 1
        assert int(block["gasUsed"], 16) == used


def test_the_size_is_that_of_the_encoded_block(world: World) -> None:
    checked = 0
    for block in world.blocks():
        if not set(block["transactions"]) <= set(world.raws):
            continue
        fields = [int(block[name], 16) if name in NUMBERS else raw_bytes(block[name]) for name in HEADER]
        raws = [world.raws[digest] for digest in block["transactions"]]
        items = [raw if raw[0] < 0x80 else reference_rlp.decode(raw) for raw in raws]
        assert int(block["size"], 16) == len(reference_rlp.encode([fields, items, []]))
        checked += 1
    assert checked > 3


def test_what_is_not_there_is_null(world: World) -> None:
    nothing = "0x" + "12" * 32
    assert world.ask("eth_getBlockByNumber", "0xffff", False) is None
    for method in ("eth_getBlockByHash", "eth_getTransactionByHash", "eth_getTransactionReceipt"):
        assert world.ask(method, nothing) is None


def test_blocks_are_named_by_number_tag_and_hash(world: World) -> None:
    head = world.ask("eth_getBlockByNumber", "latest", False)
    for tag in ("pending", "safe", "finalized", head["number"]):
        assert world.ask("eth_getBlockByNumber", tag, False) == head
    assert world.ask("eth_getBlockByNumber", "earliest")["timestamp"] == hex(GENESIS_TIME)
    code = world.ask("eth_getCode", "0x" + world.register.hex(), {"blockHash": head["hash"]})
    assert code == world.ask("eth_getCode", "0x" + world.register.hex(), {"blockNumber": head["number"]})
    with pytest.raises(LedgerError, match="header not found"):
        world.ask("eth_getCode", "0x" + world.register.hex(), "0xffff")


# ---- state, now and then


def test_state_is_that_of_the_block_that_is_asked_for(world: World) -> None:
    register = "0x" + world.register.hex()
    size = {"to": register, "data": "0x" + call("size()").hex()}
    sizes = [int(world.ask("eth_call", size, block["number"]) or "0x0", 16) for block in list(world.blocks())[1:]]
    assert sizes == [0, 0, 1, 3, 6, 10, 15, 15, 15]
    assert [int(world.ask("eth_getStorageAt", register, "0x1", hex(n + 1)), 16) for n in range(len(sizes))] == sizes
    who = "0x" + world.sender.address.hex()
    assert world.ask("eth_getTransactionCount", who, "earliest") == "0x0"
    assert world.ask("eth_getTransactionCount", who, "0x2") == "0x2"
    assert world.ask("eth_getBalance", register) == hex(25)
    assert world.ask("eth_getBalance", register, "0x2") == "0x0"
    assert world.ask("eth_getCode", register, "earliest") == "0x"


def test_proofs_hold_at_every_block_for_what_is_there_and_what_is_not(world: World) -> None:
    places = [n.to_bytes(32, "big") for n in (1, 2, 0, 99, 2**256 - 1)]
    heads = [keccak256((3).to_bytes(32, "big") + unit(n)) for n in (0, 1, 7, 55)]
    values = []
    for block in world.blocks():
        root = raw_bytes(block["stateRoot"])
        for who in (world.register, world.second, world.other.address, b"\x05" * 20):
            proof = world.ask("eth_getProof", "0x" + who.hex(), ["0x" + key.hex() for key in places + heads], block["number"])
            account = verify_account(root, who, [raw_bytes(node) for node in proof["accountProof"]])
            told = (int(proof["nonce"], 16), int(proof["balance"], 16), proof["storageHash"], proof["codeHash"])
            if account is None:
                assert told[:2] == (0, 0)
                assert told[3] == "0x" + keccak256(b"").hex()
            else:
                hashes = "0x" + account.storage_root.hex(), "0x" + account.code_hash.hex()
                assert told == (account.nonce, account.balance, *hashes)
            for key, one in zip(places + heads, proof["storageProof"], strict=True):
                assert one["key"] == "0x" + key.hex()
                value = verify_slot(raw_bytes(proof["storageHash"]), key, [raw_bytes(node) for node in one["proof"]])
                assert value == int(one["value"], 16)
                assert value == int(world.ask("eth_getStorageAt", "0x" + who.hex(), "0x" + key.hex(), block["number"]), 16)
                values.append(value)
    assert 0 in values
    assert any(values)


def test_proof_keys_are_given_back_as_they_came(world: World) -> None:
    proof = world.ask("eth_getProof", "0x" + world.register.hex(), ["0x1", "0x" + "00" * 31 + "01"], "latest")
    assert [one["key"] for one in proof["storageProof"]] == ["0x1", "0x" + "00" * 31 + "01"]
    assert proof["storageProof"][0]["proof"] == proof["storageProof"][1]["proof"]


# ---- logs


def test_a_log_query_finds_what_reading_all_receipts_finds(world: World) -> None:
    everything = [
        log
        for block in world.blocks()
        for digest in block["transactions"]
        for log in world.ask("eth_getTransactionReceipt", digest)["logs"]
    ]
    assert world.ask("eth_getLogs", {"fromBlock": "earliest", "toBlock": "latest"}) == everything
    addresses = st.sampled_from(["0x" + world.register.hex(), "0x" + world.second.hex(), "0x" + "11" * 20])
    topics = st.sampled_from(sorted({topic for log in everything for topic in log["topics"]} | {"0x" + "22" * 32}))

    def alternatives(one: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
        return st.none() | one | st.lists(one, max_size=3)

    @given(
        first=st.integers(0, 10),
        last=st.integers(0, 10),
        address=alternatives(addresses),
        words=st.lists(alternatives(topics), max_size=4),
    )
    @settings(max_examples=150, deadline=None)
    def finds(first: int, last: int, address: Any, words: list[Any]) -> None:
        first, last = sorted((first, last))

        def fits(value: str | None, wanted: Any) -> bool:
            return wanted in (None, []) or value == wanted or (isinstance(wanted, list) and value in wanted)

        expected = [
            log
            for log in everything
            if first <= int(log["blockNumber"], 16) <= last
            and fits(log["address"], address)
            and len(words) <= len(log["topics"])
            and all(fits(topic, word) for topic, word in zip(log["topics"], words, strict=False))
        ]
        query = {"fromBlock": hex(first), "toBlock": hex(last), "address": address, "topics": words}
        assert world.ask("eth_getLogs", query) == expected

    finds()


def test_logs_of_one_block_are_asked_for_by_its_hash(world: World) -> None:
    block = world.ask("eth_getBlockByNumber", "0x4", False)
    found = world.ask("eth_getLogs", {"blockHash": block["hash"], "topics": [RECORDED]})
    assert found == world.ask("eth_getLogs", {"fromBlock": "0x4", "toBlock": "0x4", "topics": [RECORDED]})
    assert found
    with pytest.raises(LedgerError, match="unknown block"):
        world.ask("eth_getLogs", {"blockHash": "0x" + "12" * 32})
    with pytest.raises(LedgerError, match="cannot specify both"):
        world.ask("eth_getLogs", {"blockHash": block["hash"], "fromBlock": "0x1"})
    with pytest.raises(LedgerError, match="invalid block range"):
        world.ask("eth_getLogs", {"fromBlock": "0x2", "toBlock": "0x1"})
    assert world.ask("eth_getLogs", {"fromBlock": "0xffff", "toBlock": "0xfffff"}) == []


# ---- calls


@pytest.mark.parametrize(
    ("signature", "words", "reason", "sentence"),
    [
        ("record(bytes32,bytes32)", (1, 0), "unit: nothing to record", "execution reverted: unit: nothing to record"),
        ("clear(bytes32)", (1,), "unit: unknown", "execution reverted: unit: unknown"),
        ("refuse()", (), "", "execution reverted"),
        ("nothing_like_it()", (), "", "execution reverted"),
    ],
)
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_a_reverted_call_says_why(
    world: World, method: str, signature: str, words: tuple[int, ...], reason: str, sentence: str
) -> None:
    with pytest.raises(LedgerError) as caught:
        world.ask(method, {"to": "0x" + world.register.hex(), "data": "0x" + call(signature, *words).hex()})
    assert caught.value.words == caught.value.details["message"] == sentence
    assert (caught.value.details["code"], caught.value.details["reason"]) == (3, reason)
    assert raw_bytes(caught.value.details["data"])[68:].rstrip(b"\0") == reason.encode()


def test_a_call_that_fails_otherwise_says_how(world: World) -> None:
    transaction = {"to": "0x" + world.register.hex(), "data": "0x" + record(unit(1)).hex(), "gas": hex(30_000)}
    with pytest.raises(LedgerError, match=r"^out of gas") as caught:
        world.ask("eth_call", transaction)
    assert caught.value.details["code"] == -32000
    with pytest.raises(LedgerError, match=r"^invalid opcode"):
        world.ask("eth_call", {"data": "0xfe"})
    with pytest.raises(LedgerError, match="insufficient funds"):
        world.ask("eth_call", {"from": "0x" + "11" * 20, "to": "0x" + world.register.hex(), "value": "0x1"})
    with pytest.raises(LedgerError, match="intrinsic gas too low"):
        world.ask("eth_call", {"to": "0x" + world.register.hex(), "gas": "0x1"})


def test_signatures_are_recovered_by_the_precompile(world: World) -> None:
    digest = keccak256(b"any")
    signature = world.sender.key.sign_digest(digest)
    words = digest + signature[64].to_bytes(32, "big") + signature[:64]
    found = world.ask("eth_call", {"to": "0x" + "00" * 19 + "01", "data": "0x" + words.hex()})
    assert found == "0x" + bytes(12).hex() + world.sender.address.hex()


def test_a_call_leaves_nothing_behind(world: World) -> None:
    head, register = world.devnet.head, "0x" + world.register.hex()
    before = world.ask("eth_getProof", register, ["0x1", "0x2"])
    for _ in range(2):
        world.ask("eth_call", {"to": register, "data": "0x" + record(unit(77)).hex()})
        world.ask("eth_estimateGas", {"to": register, "data": "0x" + record(unit(78)).hex()}, "0x4")
    assert world.ask("eth_getProof", register, ["0x1", "0x2"]) == before
    assert world.devnet.head == head
    world.ask("evm_mine")
    assert world.devnet.head.state_root == head.state_root


def test_the_estimate_is_enough_and_hardly_more(world: World) -> None:
    with Devnet.open(None) as devnet:
        sender = Sender()
        register = deploy(devnet, sender)
        calls = [
            record(unit(1)),
            record_many([unit(n) for n in range(9)]),
            call("clear(bytes32)", unit(1)),
        ]
        for data in calls:
            wanted = {"from": "0x" + sender.address.hex(), "to": "0x" + register.hex(), "input": "0x" + data.hex()}
            estimate = int(devnet.request("eth_estimateGas", [wanted]), 16)
            for short in (estimate * 62 // 64, estimate):
                receipt = send(devnet, sender.sign(register, data, gas=short))
                assert receipt["status"] == ("0x1" if short == estimate else "0x0")
            assert int(receipt["gasUsed"], 16) <= estimate <= GAS_CAP
        creation = {"data": "0x" + bytecode().hex()}
        assert int(devnet.request("eth_estimateGas", [creation]), 16) > 100_000
        assert devnet.request("eth_estimateGas", [{"to": "0x" + "01" * 20}]) == hex(21_000)


# ---- the rest


def test_the_small_answers(world: World) -> None:
    assert world.ask("eth_chainId") == hex(CHAIN_ID)
    assert world.ask("net_version") == str(CHAIN_ID)
    assert world.ask("web3_clientVersion").startswith("wayproof")
    assert world.ask("eth_gasPrice") == world.ask("eth_maxPriorityFeePerGas") == "0x0"


def test_the_fee_history_tells_how_full_blocks_were_and_what_was_paid(world: World) -> None:
    history = world.ask("eth_feeHistory", "0x3", "0x7", [0, 100])
    blocks = [world.ask("eth_getBlockByNumber", hex(n), False) for n in (5, 6, 7)]
    assert history["oldestBlock"] == "0x5"
    assert history["baseFeePerGas"] == ["0x0"] * 4
    assert history["gasUsedRatio"] == [int(block["gasUsed"], 16) / int(block["gasLimit"], 16) for block in blocks]
    assert history["reward"] == [["0x0", "0x2"], ["0x0", "0x3"], ["0x0", "0x4"]]
    assert "reward" not in world.ask("eth_feeHistory", 2, "latest", [])
    assert len(world.ask("eth_feeHistory", "0x400", "latest")["gasUsedRatio"]) == int(world.ask("eth_blockNumber"), 16) + 1
    with pytest.raises(LedgerError, match="ascending"):
        world.ask("eth_feeHistory", "0x3", "0x7", [50, 10])


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 1 << 70)
    | st.floats()
    | st.sampled_from(["", "0x", "0x1", "latest", "pending", "0xzz", "0x" + "11" * 20, "0x" + "11" * 32])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["to", "from", "gas", "value", "data", "input", "fromBlock", "toBlock", "address", "topics", "blockHash"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_nonsense_is_refused_in_words(world: World, data: st.DataObject) -> None:
    methods = sorted(world.devnet._methods.names - {"evm_mine", "evm_setNextBlockTimestamp", "evm_setAutomine"})
    method = data.draw(st.sampled_from(methods))
    try:
        world.devnet.request(method, data.draw(st.lists(junk, max_size=4)))
    except LedgerError as error:
        refusal = error.details["code"], error.words
    else:
        refusal = -32602, "answered"
    assert refusal[0] in (-32000, -32602, 3)
    assert refusal[1]


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("eth_sign", [], -32601),
        ("eth_getLogs", [], -32602),
        ("eth_getLogs", ["latest"], -32602),
        ("eth_getBalance", ["0x12"], -32602),
        ("eth_getBalance", ["0x" + "11" * 20, "0x1", "0x2"], -32602),
        ("eth_getProof", ["0x" + "11" * 20, "0x1"], -32602),
        ("eth_getLogs", [{"topics": [None] * 5}], -32602),
        ("eth_getLogs", [{"address": ["0x" + "11" * 20] * 1001}], -32602),
        ("evm_setAutomine", ["yes"], -32602),
        ("evm_setNextBlockTimestamp", [-1], -32602),
        ("evm_mine", ["soon"], -32602),
        ("eth_feeHistory", [True, "latest"], -32602),
        ("eth_feeHistory", ["0x1", "latest", [101]], -32602),
    ],
)
def test_a_wrong_request_has_its_code(world: World, method: str, params: list[Any], code: int) -> None:
    with pytest.raises(LedgerError) as caught:
        world.devnet.request(method, params)
    assert caught.value.details["code"] == code
