"""The same transactions on the embedded chain and on anvil, an engine that shares no code with it, end the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from chain.devnet import GENESIS_TIME, Devnet
from chain.errors import LedgerError
from chain.rpc import contract_address
from tests.chain.anvil import Anvil, RpcError
from tests.chain.register import Sender, bytecode, call, receipt_of, record, record_many, unit

THEN = GENESIS_TIME + 1_000_000

pytestmark = pytest.mark.anvil


# Anvil keeps an empty account for whoever is touched (author of the block, precompiles), against EIP-161: so these are not empty.
TOUCHED = [bytes(19) + bytes([n]) for n in (0, 2, 4)]


@pytest.fixture
def devnet() -> Iterator[Devnet]:
    with Devnet.open(None, accounts=dict.fromkeys(TOUCHED, 1)) as devnet:
        yield devnet


def same_days(chain: Devnet | Anvil) -> tuple[list[dict[str, Any]], bytes]:
    """Blocks of the same transactions at the same times; their receipts, and the address of the contract."""
    sender, other = Sender(), Sender(2)
    deployment = sender.sign(None, bytecode(), gas=3_000_000)
    register = contract_address(sender.address, 0)
    many = record_many([unit(n) for n in range(60)])
    days = [
        [deployment],
        [sender.sign(register, record(unit(1)))],
        [sender.sign(register, record(unit(n))) for n in range(4)],
        [sender.sign(register, many, gas=4_000_000)],
        [other.sign(register, record(unit(3)), max_priority_fee=0), other.sign(register, call("refuse()"))],
        [other.sign(register, record(unit(1), bytes(32))), other.sign(register, call("clear(bytes32)", unit(99)))],
        [sender.sign(register, many, gas=500_000)],  # not enough
        [sender.sign(register, call("divide(uint256)", 0)), sender.sign(register, call("divide(uint256)", 7))],
        [sender.sign(register, call("nothing_like_it()")), sender.sign(other.address, b"\x00\x01", gas=30_000)],
        [],
        [sender.sign(register, call("clear(bytes32)", unit(1)))],
    ]
    chain.request("evm_setAutomine", [False])
    receipts = []
    for day, raws in enumerate(days):
        hashes = [chain.request("eth_sendRawTransaction", ["0x" + raw.hex()]) for raw in raws]
        chain.request("evm_setNextBlockTimestamp", [THEN + 86_400 * day])
        chain.request("evm_mine", [])
        receipts += [receipt_of(chain, digest) for digest in hashes]
    chain.request("evm_setAutomine", [True])
    return receipts, register


def test_gas_logs_and_roots_agree(devnet: Devnet, anvil: Anvil) -> None:
    for address in TOUCHED:
        anvil.request("anvil_setBalance", ["0x" + address.hex(), "0x1"])
    ours, register = same_days(devnet)
    theirs, _ = same_days(anvil)
    named = ("status", "gasUsed", "cumulativeGasUsed", "logsBloom", "contractAddress", "from", "to", "type", "transactionHash")
    assert [[one[name] for name in named] for one in ours] == [[one[name] for name in named] for one in theirs]
    assert {one["status"] for one in ours} == {"0x0", "0x1"}
    logged = ("address", "topics", "data", "logIndex", "transactionIndex", "blockNumber", "removed")
    logs = [[[log[name] for name in logged] for one in chain for log in one["logs"]] for chain in (ours, theirs)]
    assert logs[0] == logs[1]
    assert len(logs[0]) > 60
    last = int(devnet.request("eth_blockNumber"), 16)
    assert int(anvil.request("eth_blockNumber"), 16) == last
    headed = ("number", "timestamp", "gasUsed", "stateRoot", "transactionsRoot", "receiptsRoot", "logsBloom", "baseFeePerGas")
    for number in range(1, last + 1):
        blocks = [chain.request("eth_getBlockByNumber", [hex(number), False]) for chain in (devnet, anvil)]
        # the state root of the last block differs: anvil keeps a slot that was cleared as a leaf with a zero
        named = [name for name in headed if number < last or name != "stateRoot"]
        assert [blocks[0][name] for name in named] == [blocks[1][name] for name in named]
    keys = ["0x" + n.to_bytes(32, "big").hex() for n in range(4)]
    proofs = [chain.request("eth_getProof", ["0x" + register.hex(), keys, hex(last - 1)]) for chain in (devnet, anvil)]
    assert proofs[0] == proofs[1]


def shape(value: Any) -> Any:
    """What kind of value: fields of objects, and whether a text is a quantity or data (and how long)."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    if isinstance(value, str) and value.startswith("0x") and len(value) in (42, 66, 514):
        return len(value)
    return type(value).__name__


def answers(chain: Devnet | Anvil) -> dict[str, Any]:
    receipts, register = same_days(chain)
    where, who = "0x" + register.hex(), "0x" + Sender().address.hex()
    done = receipts[1]
    queries: dict[str, list[Any]] = {
        "eth_chainId": [],
        "net_version": [],
        "web3_clientVersion": [],
        "eth_blockNumber": [],
        "eth_gasPrice": [],
        "eth_maxPriorityFeePerGas": [],
        "eth_feeHistory": ["0x2", "latest", [50]],
        "eth_getBlockByNumber": [done["blockNumber"], True],
        "eth_getBlockByHash": [done["blockHash"], False],
        "eth_getTransactionByHash": [done["transactionHash"]],
        "eth_getTransactionReceipt": [done["transactionHash"]],
        "eth_getTransactionCount": [who, "latest"],
        "eth_getBalance": [who, "latest"],
        "eth_getCode": [where, "latest"],
        "eth_getStorageAt": [where, "0x1", "latest"],
        "eth_getProof": [where, ["0x" + "00" * 31 + "01"], "latest"],
        "eth_getLogs": [{"fromBlock": "0x0", "toBlock": "latest", "address": where}],
        "eth_call": [{"to": where, "data": "0x" + call("size()").hex()}, "latest"],
        "eth_estimateGas": [{"to": where, "data": "0x" + record(unit(1)).hex()}],
    }
    return {method: chain.request(method, params) for method, params in queries.items()}


# What each engine adds or spells in its own way, and nobody should rely on.
OWN = {
    *("blockTimestamp", "totalDifficulty", "size", "withdrawals", "withdrawalsRoot", "accessList", "yParity", "v"),
    *("revertReason", "baseFeePerBlobGas", "blobGasUsedRatio", "blobGasPrice"),
}


def without(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without(one) for name, one in value.items() if name not in OWN}
    return [without(one) for one in value] if isinstance(value, list) else value


def test_every_method_answers_in_the_same_shape(devnet: Devnet, anvil: Anvil) -> None:
    ours, theirs = answers(devnet), answers(anvil)
    for method in ours:
        assert shape(without(ours[method])) == shape(without(theirs[method])), method
    for method in ("eth_chainId", "eth_getStorageAt", "eth_getCode", "eth_call", "eth_getTransactionCount", "eth_getBalance"):
        assert ours[method] == theirs[method]


@pytest.mark.parametrize("data", [record(unit(1), bytes(32)), call("clear(bytes32)", unit(1)), call("refuse()")])
@pytest.mark.parametrize("method", ["eth_call", "eth_estimateGas"])
def test_reverts_are_told_alike(devnet: Devnet, anvil: Anvil, method: str, data: bytes) -> None:
    told = []
    for chain, error in ((devnet, LedgerError), (anvil, RpcError)):
        sender = Sender()
        digest = chain.request("eth_sendRawTransaction", ["0x" + sender.sign(None, bytecode(), gas=3_000_000).hex()])
        where = receipt_of(chain, digest)["contractAddress"]
        with pytest.raises(error) as caught:
            chain.request(method, [{"to": where, "data": "0x" + data.hex()}])
        fields = caught.value.details if isinstance(caught.value, LedgerError) else caught.value.error
        told.append((fields["code"], fields.get("data")))
    assert told[0] == told[1]
