"""The catalogue of lies: what a node may answer instead of the truth, one mode each, as THREATS.md lists them.

A mode changes answers (`lie`) or the bytes that carry them (`wire`). Where it need not be noticed, `harmless` says why: then what
the laptop holds afterwards must be the truth all the same, and `tests.torture.liars` asserts that.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from chain.header import Header
from tests.chain.loopback import Wire
from tests.torture.sealing import FORGERS, parts, respelt, sealed_by

BLOCK, PROOF, LOGS, SEND, RECEIPT = (
    "eth_getBlockByNumber",
    "eth_getProof",
    "eth_getLogs",
    "eth_sendRawTransaction",
    "eth_getTransactionReceipt",
)


class Node(Protocol):
    """What a lie may ask: the honest chain, a fork that is true in itself, and a chain without the contract.

    `asked` counts the questions, `known` is the newest block that the laptop had proven before.
    """

    asked: int
    known: int

    def true(self, method: str, params: Sequence[Any]) -> Any: ...
    def forked(self, method: str, params: Sequence[Any]) -> Any: ...
    def empty(self, method: str, params: Sequence[Any]) -> Any: ...


@dataclass(frozen=True)
class Refusal:
    """A JSON-RPC error."""

    message: str
    code: int = -32000
    data: Any = None


Lie = Callable[[Node, str, Sequence[Any]], Any]


@dataclass(frozen=True)
class Mode:
    """One way to lie; `harmless` says why it need not be noticed."""

    name: str
    group: str
    lie: Lie | None = None
    wire: Callable[[Wire, Any, bytes], None] | None = None
    harmless: str = ""
    tls: bool = False


# ---- answers -------------------------------------------------------------------------------------------------------------


def flipped(text: str, at: int = -1) -> str:
    """Hexadecimal text with one bit flipped."""
    digits = list(text)
    digits[at] = f"{int(digits[at], 16) ^ 1:x}"
    return "".join(digits)


def on(method: str, change: Callable[[Any], Any]) -> Lie:
    """A lie about one method: the true answer, changed."""
    return lambda node, asked, params: change(node.true(asked, params)) if asked == method else node.true(asked, params)


def instead(method: str, answer: Any) -> Lie:
    """A lie about one method: always the same answer."""
    return on(method, lambda _: answer)


def rehashed(**changes: Any) -> Callable[[Any], Any]:
    """A block whose fields were changed and whose hash fits them."""

    def change(block: Any) -> Any:
        if not isinstance(block, dict):
            return block
        told = block | changes
        return told | {"hash": "0x" + Header.from_rpc(told, expect=False).hash.hex()}

    return change


def other_block(shift: int) -> Lie:
    """Blocks that are not those asked for."""

    def lie(node: Node, method: str, params: Sequence[Any]) -> Any:
        if method != BLOCK or params[0] == "latest":
            return node.true(method, params)
        return node.true(method, [hex(max(int(params[0], 16) + shift, 0)), *params[1:]])

    return lie


def head_at(before: int) -> Lie:
    """The newest block is the one that the laptop knew already, or one before that."""

    def lie(node: Node, method: str, params: Sequence[Any]) -> Any:
        if method == BLOCK and params[0] == "latest":
            return node.true(BLOCK, [hex(node.known - before), *params[1:]])
        return node.true(method, params)

    return lie


def elsewhere(when: Callable[[int, str], bool], where: str = "forked") -> Lie:
    """Answers of another chain, for the n-th questions that are meant."""
    return lambda node, method, params: getattr(node, where if when(node.asked, method) else "true")(method, params)


def turning_id(node: Node, method: str, params: Sequence[Any]) -> Any:
    """Another network number from the second question on."""
    return "0x7" if method == "eth_chainId" and node.asked > 1 else node.true(method, params)


CHAIN = [
    Mode("wrong id", "chain", instead("eth_chainId", "0x7")),
    Mode("id changes mid-session", "chain", turning_id, harmless="asked once in a pull, and with each transaction"),
    Mode("same id, other genesis", "chain", elsewhere(lambda n, m: True, "empty")),
    Mode("private fork", "chain", elsewhere(lambda n, m: True)),
    Mode("code changed", "chain", instead("eth_getCode", "0x6001"), harmless="the code's hash is proven with the account"),
    Mode("header does not hash", "chain", on(BLOCK, lambda b: b and b | {"stateRoot": flipped(b["stateRoot"])})),
    Mode("other number", "chain", other_block(-1)),
    Mode("broken parent", "chain", on(BLOCK, rehashed(parentHash="0x" + "12" * 32))),
    Mode("time in the future", "chain", on(BLOCK, rehashed(timestamp=hex(int(time.time()) + 10**7)))),
    Mode("time in the past", "chain", on(BLOCK, rehashed(timestamp="0x5f5e100"))),
    Mode("frozen head", "chain", head_at(0), harmless="older truth, and its age is on the card"),
    Mode("head goes back", "chain", head_at(2)),
    Mode(
        "finalized above latest", "chain",
        on(BLOCK, lambda b: b and b | {"finalized": "0xffff"}), harmless="depth is counted from the head; no tag is asked",
    ),
    Mode("null block", "chain", instead(BLOCK, None)),
    Mode("deep reorganisation", "chain", elsewhere(lambda n, m: n > 6)),
    Mode("flapping heads", "chain", elsewhere(lambda n, m: n % 2 == 1 and m != "eth_chainId")),
]  # fmt: skip


# ---- proofs --------------------------------------------------------------------------------------------------------------


def slots(change: Callable[[dict[str, Any]], Any]) -> Lie:
    """Every slot of a storage proof, changed."""
    return on(PROOF, lambda answer: answer | {"storageProof": [change(one) for one in answer["storageProof"]]})


def proof(**changes: Any) -> Lie:
    """Members of the whole answer."""
    return on(PROOF, lambda answer: answer | changes)


def proof_of(place: int, value: Any) -> Lie:
    """The proof of another question: of another address, other slots, or another block."""

    def lie(node: Node, method: str, params: Sequence[Any]) -> Any:
        if method != PROOF:
            return node.true(method, params)
        asked = list(params)
        asked[place] = value(asked[place]) if callable(value) else value
        return node.true(method, asked)

    return lie


def nodes(change: Callable[[list[str]], Any]) -> Lie:
    """The nodes of every slot's proof."""
    return slots(lambda one: one | {"proof": change(one["proof"])})


BESIDE = "only the nodes are read, by their hashes"
PROOFS = [
    Mode("other address", "proofs", proof_of(0, "0x" + "11" * 20)),
    Mode("other slot", "proofs", proof_of(1, lambda asked: [hex(i + 900) for i in range(len(asked))])),
    Mode("other block", "proofs", proof_of(2, lambda block: hex(int(block, 16) - 1))),
    Mode("value unlike proof", "proofs", slots(lambda one: one | {"value": "0x77"}), harmless=BESIDE),
    Mode("empty proof with zero", "proofs", slots(lambda one: one | {"value": "0x0", "proof": []})),
    Mode("exclusion of an existing key", "proofs", nodes(lambda found: found[:1])),
    Mode("truncated", "proofs", nodes(lambda found: found[:-1])),
    Mode("extra nodes", "proofs", nodes(lambda found: [*found, "0xc0"]), harmless=BESIDE),
    Mode("flipped bit", "proofs", nodes(lambda found: [*found[:-1], flipped(found[-1])])),
    Mode("wrong hex prefix", "proofs", nodes(lambda found: [*found[:-1], "0x" + found[-1][2:].replace("a0", "b0", 1)])),
    Mode("swapped storage hash", "proofs", proof(storageHash="0x" + "22" * 32), harmless=BESIDE),
    Mode("non-canonical RLP", "proofs", nodes(lambda found: [*found[:-1], "0xf90001" + found[-1][2:]])),
    Mode("huge node", "proofs", nodes(lambda found: [*found, "0x" + "00" * 5000])),
    Mode("reordered", "proofs", nodes(lambda found: found[::-1]), harmless=BESIDE),
    Mode("missing entry", "proofs", on(PROOF, lambda answer: answer | {"storageProof": answer["storageProof"][1:]})),
    Mode("method not found", "proofs", instead(PROOF, Refusal("the method eth_getProof does not exist", -32601))),
]  # fmt: skip


# ---- logs ----------------------------------------------------------------------------------------------------------------


def logs(change: Callable[[list[dict[str, Any]]], Any], least: int = 2) -> Lie:
    """The list of entries, where there are so many."""
    return on(LOGS, lambda found: change([dict(one) for one in found]) if len(found) >= least else found)


def one_log(**changes: Any) -> Lie:
    """A field of the entry in the middle."""
    return logs(lambda found: [one | changes if at == len(found) // 2 else one for at, one in enumerate(found)])


def forged(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last entry with another time."""
    data = found[-1]["data"]
    return [*found[:-1], found[-1] | {"data": data[:265] + flipped(data[265]) + data[266:]}]


def too_many(node: Node, method: str, params: Sequence[Any]) -> Any:
    """No range with more than three entries is answered."""
    found = node.true(method, params)
    return Refusal("query returned more than 10000 results", -32005) if method == LOGS and len(found) > 3 else found


ENTRIES = [
    Mode("middle omitted", "logs", logs(lambda found: [*found[: len(found) // 2], *found[len(found) // 2 + 1 :]])),
    Mode("tail omitted", "logs", logs(lambda found: found[:-1])),
    Mode("duplicated", "logs", logs(lambda found: [*found[:2], *found[1:]])),
    Mode("reordered", "logs", logs(lambda found: found[::-1])),
    Mode("forged data", "logs", logs(forged)),
    Mode("other contract", "logs", one_log(address="0x" + "11" * 20)),
    Mode("removed = true", "logs", one_log(removed=True)),
    Mode("wrong index", "logs", one_log(topics=["0x" + "11" * 32] * 3)),
    Mode("silent cap", "logs", logs(lambda found: found[:3], 4), harmless="what is missing is asked for again in small ranges"),
    Mode("“10000 results” error", "logs", too_many, harmless="ranges are halved until they are answered"),
    Mode("out of range", "logs", one_log(blockNumber="0xffff")),
    Mode("right logs under a wrong block hash", "logs", logs(lambda found: [o | {"blockHash": "0x" + "33" * 32} for o in found]),
         harmless="the entries are proven by the log's root, not by the hash beside them"),
]  # fmt: skip


# ---- transactions --------------------------------------------------------------------------------------------------------


def unsent(answer: Any) -> Lie:
    """Transactions are not passed on, and this is said; nothing is known of them afterwards."""

    def lie(node: Node, method: str, params: Sequence[Any]) -> Any:
        if method == SEND:
            return Refusal(answer) if isinstance(answer, str) else answer(params)
        return None if method == "eth_getTransactionByHash" else node.true(method, params)

    return lie


def own_hash(params: Sequence[Any]) -> str:
    """The hash that a node gives for a transaction."""
    from chain.transaction import transaction_hash

    return "0x" + transaction_hash(bytes.fromhex(params[0][2:])).hex()


def receipt(**changes: Any) -> Lie:
    """Receipts with other members."""
    return on(RECEIPT, lambda found: found and found | changes)


def invented(node: Node, method: str, params: Sequence[Any]) -> Any:
    """Nothing is passed on, and a receipt says that all went well."""
    if method == SEND:
        return own_hash(params)
    if method == RECEIPT:
        block = node.true(BLOCK, ["latest", False])
        told = {"transactionHash": params[0], "blockNumber": block["number"], "blockHash": block["hash"], "status": "0x1"}
        return told | {"gasUsed": "0x5208", "from": "0x" + "66" * 20}
    return node.true(method, params)


REPLICA = "only the proven log says what is recorded; what waits is sent again"
SENDING = [
    Mode("other hash returned", "transactions", instead(SEND, "0x" + "55" * 32)),
    Mode("accepted then dropped", "transactions", unsent(own_hash)),
    Mode("already known", "transactions", unsent("already known")),
    Mode("nonce too low though unmined", "transactions", unsent("nonce too low")),
    Mode("underpriced", "transactions", unsent("transaction underpriced")),
    Mode("fake receipt", "transactions", invented),
    Mode("receipt of a reorganised block", "transactions", receipt(blockHash="0x" + "77" * 32), harmless=REPLICA),
    Mode("nonce off", "transactions", on("eth_getTransactionCount", lambda count: hex(int(count, 16) + 5))),
    Mode("absurd gas price", "transactions", instead("eth_feeHistory", {"baseFeePerGas": ["0x1", hex(10**13)]})),
    Mode("absurd estimate", "transactions", instead("eth_estimateGas", hex(10**9)), harmless="limits are reckoned here"),
    Mode("receipt of another transaction", "transactions", receipt(transactionHash="0x" + "66" * 32), harmless=REPLICA),
]  # fmt: skip


# ---- transport -----------------------------------------------------------------------------------------------------------


def says(
    body: bytes, status: str = "200 OK", *headers: str, kind: str = "application/json"
) -> Callable[[Wire, Any, bytes], None]:
    """Always these bytes; %d is the id of the question."""

    def wire(line: Wire, question: Any, true: bytes) -> None:
        del true
        number = question[0]["id"] if isinstance(question, list) else question["id"]
        line.reply(body.replace(b"%d", b"%d" % number), status, *headers, kind=kind)

    return wire


def flood(line: Wire, question: Any, true: bytes) -> None:
    """200 MB, or as much as is taken."""
    del question, true
    line.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    piece = b"10000\r\n" + b" " * 65536 + b"\r\n"
    for _ in range(3200):
        line.send(piece)


def cut(line: Wire, question: Any, true: bytes) -> None:
    """Reset in the middle of the body."""
    del question
    line.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(true), true[: len(true) // 2])
    line.reset()


def rewritten(change: Callable[[Any], Any], only_batches: bool = False) -> Callable[[Wire, Any, bytes], None]:
    """The true answer as another JSON value."""

    def wire(line: Wire, question: Any, true: bytes) -> None:
        told = orjson.loads(true)
        line.reply(orjson.dumps(change(told)) if isinstance(told, list) or not only_batches else true)

    return wire


def renumbered(told: Any) -> Any:
    """The ids of other questions."""
    return [one | {"id": one["id"] + 5000} for one in told] if isinstance(told, list) else told | {"id": told["id"] + 5000}


def doubled(line: Wire, question: Any, true: bytes) -> None:
    """Each answer's result twice in one object."""
    del question
    line.reply(true.replace(b'"result":', b'"result":"0x2","result":'))


def all_calls(answer: Any) -> Lie:
    """Every method, the same answer."""
    return lambda node, method, params: answer


PAGE = b"<!DOCTYPE html><html><a href='http://login.example/'>Please pay</a></html>"
OFFCHAIN = Refusal("execution reverted", 3, "0x556f1830" + "00" * 200)
ANSWERED = b'{"jsonrpc":"2.0","id":%d,"result":"0x1"}'
TRANSPORT = [
    Mode("429 with a huge Retry-After", "transport", wire=says(b"slow down", "429 Too Many", "Retry-After: 99999999")),
    Mode("5xx", "transport", wire=says(b"oops", "503 Busy")),
    Mode("captive portal", "transport", wire=says(PAGE, kind="text/html")),
    Mode("hang", "transport", wire=lambda line, question, true: line.hang()),
    Mode("drip", "transport", wire=lambda line, question, true: line.drip(b"HTTP/1.1 200 OK\r\n\r\n" + true * 50)),
    Mode("200 MB", "transport", wire=flood),
    Mode("gzip bomb", "transport", wire=says(gzip.compress(b" " * 10**7), "200 OK", "Content-Encoding: gzip")),
    Mode("65,000-deep nesting", "transport",
         wire=says(b'{"jsonrpc":"2.0","id":%d,"result":' + b"[" * 65_000 + b"]" * 65_000 + b"}")),
    Mode("wrong id", "transport", wire=rewritten(renumbered)),
    Mode("duplicate keys", "transport", wire=doubled),
    Mode("NaN", "transport", wire=says(b'{"jsonrpc":"2.0","id":%d,"result":NaN}')),
    Mode("1e400", "transport", wire=says(b'{"jsonrpc":"2.0","id":%d,"result":1e400}')),
    Mode("bad hex", "transport", all_calls("0xzz")),
    Mode("HTML in an error text", "transport", all_calls(Refusal("<html>go to https://evil.example/pay</html>"))),
    Mode("redirect to http", "transport", wire=says(ANSWERED, "302 Found", "Location: http://127.0.0.1:9/")),
    Mode("redirect to a file", "transport", wire=says(ANSWERED, "302 Found", "Location: file:///etc/passwd")),
    Mode("redirect to a metadata address", "transport",
         wire=says(ANSWERED, "307 Temporary", "Location: http://169.254.169.254/latest/meta-data")),
    Mode("OffchainLookup revert", "transport", all_calls(OFFCHAIN)),
    Mode("bad TLS", "transport", tls=True),
    Mode("reset mid-body", "transport", wire=cut),
    Mode("batch short", "transport", wire=rewritten(lambda told: told[:-1], only_batches=True)),
    Mode("batch reordered", "transport", wire=rewritten(lambda told: told[::-1], only_batches=True),
         harmless="answers are told apart by their ids"),
]  # fmt: skip

# ---- seals: told over a chain whose validators are pinned -------------------------------------------------------------------


def seals(change: Callable[[list[Any]], list[Any]]) -> Lie:
    """Other seals under the same block."""
    return on(BLOCK, parts(lambda found: [*found[:4], change(found[4])]))


SEALS = [
    Mode("no seals", "seals", on(BLOCK, parts(lambda found: [*found[:3], b"", []]))),
    Mode("too few seals", "seals", seals(lambda found: found[:2])),
    Mode("seals of strangers", "seals", on(BLOCK, sealed_by(FORGERS))),
    Mode("one validator twice", "seals", seals(lambda found: [*found[:2], found[0]])),
    Mode("respelt seal", "seals", seals(lambda found: [respelt(found[0]), *found[1:]])),
    Mode("seals of another round", "seals", on(BLOCK, parts(lambda found: [*found[:3], b"\x01", found[4]]))),
    Mode("seals that are none", "seals", seals(lambda found: [seal[:64] for seal in found])),
    Mode("fork of a minority of validators", "seals", elsewhere(lambda n, m: True)),
    Mode("fork of other validators", "seals", elsewhere(lambda n, m: True, "empty")),
]  # fmt: skip

MODES = (*CHAIN, *PROOFS, *ENTRIES, *SENDING, *TRANSPORT, *SEALS)
