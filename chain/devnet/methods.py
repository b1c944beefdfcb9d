"""The JSON-RPC methods of the embedded chain, one Python method each, on a `Node`.

What Ethereum nodes answer, in their words and codes; "pending", "safe" and "finalized" name the newest block, because there
is nothing beside it. No subscriptions, no filters, no accounts: nothing here holds a key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chain.devnet import shapes
from chain.devnet.blocks import Header
from chain.devnet.database import MinedTransaction
from chain.devnet.node import Node
from chain.devnet.shapes import data, hexed, quantity, wrong
from chain.devnet.transactions import GAS_CAP, Transaction, answered, check, recall, refused
from chain.errors import LedgerError

CLIENT = "wayproof-devnet/1"

_TAGS = ("latest", "pending", "safe", "finalized")
_ALTERNATIVES = 1_000  # addresses, or values of one topic, in one log query
_FEE_BLOCKS = 1_024
_MAX_KEYS = 10_000
_TOLERANCE = 64  # a gas estimate is at most 1/64 too high


class Methods:
    """Answers requests. `names` lists the methods."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._table: dict[str, tuple[Callable[..., Any], int, int]] = {
            "web3_clientVersion": (lambda: CLIENT, 0, 0),
            "net_version": (lambda: str(node.chain_id), 0, 0),
            "eth_chainId": (lambda: hex(node.chain_id), 0, 0),
            "eth_blockNumber": (lambda: hex(node.head.number), 0, 0),
            "eth_gasPrice": (lambda: "0x0", 0, 0),
            "eth_maxPriorityFeePerGas": (lambda: "0x0", 0, 0),
            "eth_feeHistory": (self._fee_history, 2, 3),
            "eth_getBlockByNumber": (self._block_by_number, 1, 2),
            "eth_getBlockByHash": (self._block_by_hash, 1, 2),
            "eth_getTransactionByHash": (self._transaction, 1, 1),
            "eth_getTransactionReceipt": (self._receipt, 1, 1),
            "eth_getTransactionCount": (self._transaction_count, 1, 2),
            "eth_getBalance": (self._balance, 1, 2),
            "eth_getCode": (self._code, 1, 2),
            "eth_getStorageAt": (self._storage, 2, 3),
            "eth_getProof": (self._proof, 2, 3),
            "eth_getLogs": (self._logs, 1, 1),
            "eth_call": (self._call, 1, 2),
            "eth_estimateGas": (self._estimate, 1, 2),
            "eth_sendRawTransaction": (self._send, 1, 1),
            "evm_mine": (self._mine, 0, 1),
            "evm_setAutomine": (self._set_automine, 1, 1),
            "evm_setNextBlockTimestamp": (self._set_next_time, 1, 1),
        }

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._table)

    def answer(self, method: str, params: Sequence[Any]) -> Any:
        """The result of one request. Raises LedgerError with the JSON-RPC code in its details."""
        if method not in self._table:
            raise answered(-32601, f"the method {method} does not exist/is not available")
        function, least, most = self._table[method]
        if not least <= len(params) <= most:
            raise wrong(f"{method} takes {least} to {most} arguments, not {len(params)}")
        return function(*params)

    def send(self, raws: Sequence[object]) -> list[str | LedgerError]:
        """Transactions of one call: their hashes, or why not."""
        parsed: list[bytes | LedgerError] = []
        for raw in raws:
            try:
                parsed.append(raw if isinstance(raw, bytes) else data(raw, "transaction"))
            except LedgerError as error:
                parsed.append(error)
        answers = iter(self._node.submit([one for one in parsed if isinstance(one, bytes)]))
        results = [one if isinstance(one, LedgerError) else next(answers) for one in parsed]
        return [hexed(one.hash) if isinstance(one, Transaction) else one for one in results]

    # ---- blocks and transactions

    def _block_by_number(self, tag: object, whole: object = False) -> dict[str, Any] | None:
        return self._block(self._header(tag), whole)

    def _block_by_hash(self, digest: object, whole: object = False) -> dict[str, Any] | None:
        return self._block(self._node.database.header_by_hash(data(digest, "hash", 32)), whole)

    def _block(self, header: Header | None, whole: object) -> dict[str, Any] | None:
        if header is None:
            return None
        database = self._node.database
        if whole is True:
            shown: list[Any] = [self._shown(mined, header.hash) for mined in database.transactions(header.number)]
        else:
            shown = [hexed(digest) for digest in database.transaction_hashes(header.number)]
        return shapes.block(header, database.size(header.number), shown)

    def _transaction(self, digest: object) -> dict[str, Any] | None:
        wanted = data(digest, "hash", 32)
        mined = self._node.database.transaction(wanted)
        if mined is not None:
            return self._shown(mined, self._block_hash(mined))
        return next((shapes.transaction(one, None) for one in self._node.pool if one.hash == wanted), None)

    def _receipt(self, digest: object) -> dict[str, Any] | None:
        mined = self._node.database.transaction(data(digest, "hash", 32))
        if mined is None:
            return None
        logs = self._node.database.logs_of(mined)
        return shapes.receipt(mined, recall(mined.raw, mined.sender), logs, self._block_hash(mined))

    def _shown(self, mined: MinedTransaction, block_hash: bytes) -> dict[str, Any]:
        one = recall(mined.raw, mined.sender)
        return shapes.transaction(one, (block_hash, mined.block, mined.position))

    def _block_hash(self, mined: MinedTransaction) -> bytes:
        return self._node.database.block_hash(mined.block)

    # ---- state

    def _transaction_count(self, address: object, tag: object = "latest") -> str:
        who = data(address, "address", 20)
        if tag == "pending":
            return hex(self._node.nonce(who))
        return hex(self._node.world(self._known(tag)).get_nonce(who))

    def _balance(self, address: object, tag: object = "latest") -> str:
        return hex(self._node.world(self._known(tag)).get_balance(data(address, "address", 20)))

    def _code(self, address: object, tag: object = "latest") -> str:
        return hexed(self._node.world(self._known(tag)).get_code(data(address, "address", 20)))

    def _storage(self, address: object, slot: object, tag: object = "latest") -> str:
        world = self._node.world(self._known(tag))
        return f"0x{world.get_storage(data(address, 'address', 20), quantity(slot, 'slot')):064x}"

    def _proof(self, address: object, keys: object, tag: object = "latest") -> dict[str, Any]:
        who = data(address, "address", 20)
        if not isinstance(keys, list) or len(keys) > _MAX_KEYS:
            raise wrong(f"invalid argument keys: not a list of at most {_MAX_KEYS}")
        slots = [quantity(key, "key").to_bytes(32, "big") for key in keys]
        account, nodes, proven = self._node.world(self._known(tag)).prove(who, slots)
        return {
            "address": hexed(who),
            "accountProof": [hexed(node) for node in nodes],
            "balance": hex(account.balance),
            "codeHash": hexed(account.code_hash),
            "nonce": hex(account.nonce),
            "storageHash": hexed(account.storage_root),
            "storageProof": [
                {"key": key, "value": hex(value), "proof": [hexed(node) for node in proof]}
                for key, (value, proof) in zip(keys, proven, strict=True)
            ],
        }

    # ---- logs

    def _logs(self, wanted: object) -> list[dict[str, Any]]:
        if not isinstance(wanted, dict):
            raise wrong("invalid argument filter: not an object")
        head = self._node.head.number
        if wanted.get("blockHash") is not None:
            if wanted.get("fromBlock") is not None or wanted.get("toBlock") is not None:
                raise wrong("cannot specify both blockHash and fromBlock/toBlock")
            header = self._node.database.header_by_hash(data(wanted["blockHash"], "blockHash", 32))
            if header is None:
                raise refused("unknown block")
            first = last = header.number
        else:
            first, last = self._number(wanted.get("fromBlock")), self._number(wanted.get("toBlock"))
            if first > last:
                raise wrong("invalid block range params")
        addresses = _alternatives(wanted.get("address"), "address", 20)
        topics = wanted.get("topics") or []
        if not isinstance(topics, list) or len(topics) > 4:
            raise wrong("invalid argument topics: not a list of at most 4")
        words = [_alternatives(topic, "topic", 32) for topic in topics]
        found = self._node.database.logs(first, min(last, head), addresses, words)
        return [shapes.log(mined, block_hash, digest) for mined, block_hash, digest in found]

    # ---- calls

    def _call(self, call: object, tag: object = "latest") -> str:
        header = self._known(tag)
        outcome = self._node.call(self._called(call, header), header)
        if outcome.error:
            raise _failed(outcome.error, outcome.output)
        return hexed(outcome.output)

    def _estimate(self, call: object, tag: object = "latest") -> str:
        """The least gas with which it succeeds, or up to 1/64 more: searched, because a contract may look at the gas left."""
        header = self._known(tag)
        called = self._called(call, header)
        outcome = self._node.call(called, header)
        if outcome.error:
            raise _failed(outcome.error, outcome.output)
        low = max(outcome.gas_used, called.intrinsic_gas) - 1
        needed = outcome.gas_used + outcome.refund
        high, guesses = called.gas, [(needed + 2300) * 64 // 63, needed]
        while high - low > 1 and high - low > high // _TOLERANCE:
            middle = guesses.pop() if guesses else (low + high) // 2
            if not low < middle < high:
                continue
            if self._node.call(self._called(call, header, middle), header).error:
                low = middle
            else:
                high = middle
        return hex(high)

    def _called(self, call: object, header: Header, gas: int | None = None) -> Transaction:
        """The transaction that a call object describes, signed by nobody."""
        if not isinstance(call, dict):
            raise wrong("invalid argument transaction: not an object")
        numbers = {
            name: quantity(call[name], name)
            for name in ("gas", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas", "value")
            if call.get(name) is not None
        }
        price = numbers.get("gasPrice")
        given = call.get("input") if call.get("input") is not None else call.get("data")
        sender = data(call.get("from") or hexed(bytes(20)), "from", 20)
        one = Transaction(
            kind=0,
            chain_id=self._node.chain_id,
            nonce=self._node.world(header).get_nonce(sender),
            max_priority_fee_per_gas=numbers.get("maxPriorityFeePerGas", price or 0),
            max_fee_per_gas=numbers.get("maxFeePerGas", price or numbers.get("maxPriorityFeePerGas", 0)),
            gas=gas or min(numbers.get("gas", GAS_CAP), GAS_CAP),
            to=data(call.get("to") or "0x", "to", 20 if call.get("to") else 0),
            value=numbers.get("value", 0),
            data=data(given or "0x", "data"),
            sender=sender,
        )
        check(one)
        return one

    # ---- sending and time

    def _send(self, raw: object) -> str:
        (answer,) = self.send([raw])
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def _mine(self, when: object = None) -> str:
        if isinstance(when, dict):
            when = when.get("timestamp")
        self._node.mine(None if when is None else _time(when))
        return "0x0"

    def _set_automine(self, on: object) -> None:
        if not isinstance(on, bool):
            raise wrong("invalid argument: not true or false")
        self._node.automine = on

    def _set_next_time(self, when: object) -> None:
        self._node.next_time = _time(when)

    # ---- fees

    def _fee_history(self, count: object, newest: object, percentiles: object = None) -> dict[str, Any]:
        blocks = count if isinstance(count, int) and not isinstance(count, bool) else quantity(count, "blockCount", 32)
        wanted = percentiles or []
        if not isinstance(wanted, list) or not all(isinstance(one, int | float) and 0 <= one <= 100 for one in wanted):
            raise wrong("invalid argument rewardPercentiles: not numbers from 0 to 100")
        if list(wanted) != sorted(wanted):
            raise wrong("invalid argument rewardPercentiles: not in ascending order")
        last = self._known(newest).number
        first = max(0, last - min(blocks, _FEE_BLOCKS) + 1)
        headers = [self._known(hex(number)) for number in range(first, last + 1)]
        history: dict[str, Any] = {
            "oldestBlock": hex(first),
            "baseFeePerGas": ["0x0"] * (len(headers) + 1),
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
        }
        if wanted:
            history["reward"] = [self._rewards(header, wanted) for header in headers]
        return history

    def _rewards(self, header: Header, percentiles: Sequence[float]) -> list[str]:
        """What the transaction at each percentile of the block's gas paid a gas."""
        mined = self._node.database.transactions(header.number)
        paid = sorted((recall(one.raw, one.sender).gas_price, one.gas_used) for one in mined)
        rewards = []
        for percentile in percentiles:
            price, left = 0, header.gas_used * percentile / 100
            for price, gas_used in paid:  # noqa: B007 - the price at which the gas is reached
                left -= gas_used
                if left <= 0:
                    break
            rewards.append(hex(price))
        return rewards

    # ---- block arguments

    def _header(self, tag: object) -> Header | None:
        """The block that a number, a tag or an EIP-1898 object names, None where there is none."""
        if isinstance(tag, dict):
            if "blockHash" in tag:
                return self._node.database.header_by_hash(data(tag["blockHash"], "blockHash", 32))
            tag = tag.get("blockNumber")
        if tag is None or tag in _TAGS:
            return self._node.head
        return self._node.database.header(self._number(tag))

    def _number(self, tag: object) -> int:
        if tag is None or tag in _TAGS:
            return self._node.head.number
        return 0 if tag == "earliest" else quantity(tag, "block", 38)

    def _known(self, tag: object) -> Header:
        header = self._header(tag)
        if header is None:
            raise refused("header not found")
        return header


def _alternatives(value: object, name: str, size: int) -> list[bytes]:
    if value is None:
        return []
    values = value if isinstance(value, list) else [value]
    if len(values) > _ALTERNATIVES:
        raise wrong(f"invalid argument {name}: more than {_ALTERNATIVES} values")
    return [data(one, name, size) for one in values]


def _time(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63:
        return value
    return quantity(value, "timestamp", 63)


def _failed(error: str, output: bytes) -> LedgerError:
    if error != "execution reverted":
        return refused(error)
    reason = shapes.revert_reason(output)
    words = f"{error}: {reason}" if reason else error
    return answered(3, words, hexed(output), reason=reason)
