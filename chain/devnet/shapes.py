"""JSON-RPC values: hexadecimal quantities and data in, blocks, transactions, receipts and logs out.

Every answer has the fields and spellings of a node after the merge, so that one reader serves the embedded chain and any
network (Ethereum execution API specification). Parsers refuse with code -32602 and say which argument is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from chain.devnet.blocks import COINBASE, EXTRA_DATA, NO_UNCLES, Header, bloom
from chain.devnet.database import MinedLog, MinedTransaction
from chain.devnet.transactions import Transaction, answered
from chain.errors import LedgerError

_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*")


def wrong(words: str) -> LedgerError:
    """The error for a wrong argument."""
    return answered(-32602, words)


def quantity(value: object, name: str, bits: int = 256) -> int:
    """A number from "0x...". Raises LedgerError."""
    if isinstance(value, str) and _QUANTITY.fullmatch(value) and (number := int(value, 16)) < 1 << bits:
        return number
    raise wrong(f"invalid argument {name}: not a hexadecimal number")


def data(value: object, name: str, size: int | None = None) -> bytes:
    """Bytes from "0x...", of one size where it is given. Raises LedgerError."""
    if isinstance(value, str) and _DATA.fullmatch(value) and (size is None or len(value) == 2 + 2 * size):
        return bytes.fromhex(value[2:])
    what = "hexadecimal data" if size is None else f"hexadecimal data of {size} bytes"
    raise wrong(f"invalid argument {name}: not {what}")


def hexed(value: bytes) -> str:
    """Bytes as "0x..."."""
    return "0x" + value.hex()


def block(header: Header, size: int, transactions: Sequence[Any]) -> dict[str, Any]:
    """A block. `transactions` are hashes or whole transactions, as they shall stand in it."""
    return {
        "hash": hexed(header.hash),
        "parentHash": hexed(header.parent_hash),
        "sha3Uncles": hexed(NO_UNCLES),
        "miner": hexed(COINBASE),
        "stateRoot": hexed(header.state_root),
        "transactionsRoot": hexed(header.transactions_root),
        "receiptsRoot": hexed(header.receipts_root),
        "logsBloom": hexed(header.bloom),
        "difficulty": "0x0",
        "totalDifficulty": "0x0",
        "number": hex(header.number),
        "gasLimit": hex(header.gas_limit),
        "gasUsed": hex(header.gas_used),
        "timestamp": hex(header.timestamp),
        "extraData": hexed(EXTRA_DATA),
        "mixHash": hexed(bytes(32)),
        "nonce": hexed(bytes(8)),
        "baseFeePerGas": "0x0",
        "size": hex(size),
        "uncles": [],
        "transactions": list(transactions),
    }


def transaction(one: Transaction, place: tuple[bytes, int, int] | None) -> dict[str, Any]:
    """A transaction. `place` is the hash and number of its block and its position there, None while it waits."""
    shape: dict[str, Any] = {
        "hash": hexed(one.hash),
        "type": hex(one.kind),
        "chainId": hex(one.chain_id),
        "nonce": hex(one.nonce),
        "from": hexed(one.sender),
        "to": hexed(one.to) if one.to else None,
        "value": hex(one.value),
        "gas": hex(one.gas),
        "gasPrice": hex(one.gas_price),
        "input": hexed(one.data),
        "v": hex(one.v),
        "r": hex(one.r),
        "s": hex(one.s),
        "blockHash": hexed(place[0]) if place else None,
        "blockNumber": hex(place[1]) if place else None,
        "transactionIndex": hex(place[2]) if place else None,
    }
    if one.kind:
        shape["yParity"] = hex(one.v)
        shape["accessList"] = [
            {"address": hexed(address), "storageKeys": [f"0x{slot:064x}" for slot in slots]} for address, slots in one.access_list
        ]
    if one.kind == 2:
        shape["maxFeePerGas"] = hex(one.max_fee_per_gas)
        shape["maxPriorityFeePerGas"] = hex(one.max_priority_fee_per_gas)
    return shape


def receipt(mined: MinedTransaction, one: Transaction, logs: Sequence[MinedLog], block_hash: bytes) -> dict[str, Any]:
    """A receipt. What a failed transaction reverted with stands under `revertReason`, as Besu gives it."""
    shape: dict[str, Any] = {
        "transactionHash": hexed(mined.hash),
        "transactionIndex": hex(mined.position),
        "blockHash": hexed(block_hash),
        "blockNumber": hex(mined.block),
        "from": hexed(mined.sender),
        "to": hexed(one.to) if one.to else None,
        "cumulativeGasUsed": hex(mined.cumulative),
        "gasUsed": hex(mined.gas_used),
        "effectiveGasPrice": hex(one.gas_price),
        "contractAddress": hexed(mined.contract) if mined.contract else None,
        "logs": [log(one_log, block_hash, mined.hash) for one_log in logs],
        "logsBloom": hexed(bloom(one_log.log for one_log in logs)),
        "type": hex(one.kind),
        "status": hex(mined.status),
    }
    if not mined.status:
        shape["revertReason"] = hexed(mined.revert)
    return shape


def log(mined: MinedLog, block_hash: bytes, transaction_hash: bytes) -> dict[str, Any]:
    """A log entry in its place."""
    return {
        "address": hexed(mined.log.address),
        "topics": [hexed(topic) for topic in mined.log.topics],
        "data": hexed(mined.log.data),
        "blockHash": hexed(block_hash),
        "blockNumber": hex(mined.block),
        "transactionHash": hexed(transaction_hash),
        "transactionIndex": hex(mined.position),
        "logIndex": hex(mined.index),
        "removed": False,
    }


def revert_reason(output: bytes) -> str:
    """The words in what a call reverted with: `Error(string)` or `Panic(uint256)` (Solidity ABI), "" for anything else."""
    selector, body = output[:4], output[4:]
    if selector == bytes.fromhex("08c379a0") and len(body) >= 64 and int.from_bytes(body[:32], "big") == 32:
        size = int.from_bytes(body[32:64], "big")
        if size <= len(body) - 64:
            return body[64 : 64 + size].decode("utf-8", "replace")
    if selector == bytes.fromhex("4e487b71") and len(body) == 32:
        return f"panic code 0x{int.from_bytes(body, 'big'):x}"
    return ""
