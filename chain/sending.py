"""Transactions out of the house: signed, sent, and followed until a block holds them.

One sender for each key: which nonce comes next is decided here, from the network's count and from what was sent and is not mined
yet. Signing and sending are two steps, so that a caller can write the signed bytes down before anybody sees them, and send the
same bytes again after a crash. Nothing is replaced at a higher fee unless the caller says so (`dearer`), and no waiting is
without an end.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chain import rpc
from chain.errors import LedgerError, RuleBroken
from chain.keys import SigningKey, Transaction, transaction_hash
from chain.rpc import data, fields, hexed, items, quantity, taken
from chain.transport import Connection

GAS_CAP = 16_000_000  # below the 2**24 that newer forks allow one transaction (EIP-7825)
FEE_CAP = 1_000 * 10**9  # wei a gas: more is a mistake or a lie
PATIENCE = 60.0

_TIP = 10**9  # wei a gas, where the network suggests none
_BATCH_CALLS = 100
_BATCH_BYTES = 2_000_000  # of hexadecimal text; nodes take requests of 5 MB
_KNOWN = ("already known", "known transaction", "already imported", "already in", "alreadyknown")
_NONCE_USED = ("nonce too low", "nonce is too low", "invalid nonce", "already been used", "old nonce", "nonce_expired")
_POOR = ("insufficient funds", "insufficient balance", "upfront cost", "upfront")
_CHEAP = ("underpriced", "less than block base fee", "gas price", "fee cap", "fee too low")


@dataclass(frozen=True, slots=True)
class Signed:
    """A transaction ready to be sent, and all that is needed to send it again. `to` is None where it creates a contract."""

    raw: bytes
    hash: bytes
    sender: bytes
    nonce: int
    to: bytes | None
    calldata: bytes
    gas: int
    fee: int = 0
    tip: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """How a transaction ended in a block. `gas` is what it used; `reason` is the contract's, "" where `ok` or not known."""

    hash: bytes
    block: int
    gas: int
    ok: bool
    reason: str = ""


class Sender:
    """Signs and sends over one connection.

    Args:
        connection: to the network.
        fee_cap: the most to offer, in wei a gas.
        patience: seconds to wait for a block.
        clock, sleep: seconds that only grow, and a pause.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        fee_cap: int = FEE_CAP,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rpc = connection
        self._fee_cap = fee_cap
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._open: dict[bytes, dict[int, bytes]] = {}  # by sender, nonce and hash of what was sent and is not seen mined yet

    def sign(
        self, key: SigningKey, to: bytes | None, calldatas: Sequence[bytes], chain_id: int, gas: int | Sequence[int] | None = None
    ) -> tuple[Signed, ...]:
        """Sign calls with the key's next nonces and today's fees, without sending them.

        Args:
            to: the contract, None to create one.
            gas: the limit of each, or one for all. By default what the network estimates for a single one (which finds a broken
                rule at no cost), else GAS_CAP, because one call may depend on the one before.

        Raises:
            LedgerError; RuleBroken where the estimate shows that the contract refuses.
        """
        sender = hexed(key.address)
        answers = self._rpc.request_many(
            [
                ("eth_chainId", []),
                ("eth_getTransactionCount", [sender, "latest"]),
                ("eth_feeHistory", ["0x1", "latest", []]),
                ("eth_maxPriorityFeePerGas", []),
            ]
        )
        if quantity(taken(answers[0])) != chain_id:
            raise LedgerError("The network is another one than it was before.", chain_id=chain_id)
        count = quantity(taken(answers[1]))
        fee, tip = self._fees(answers[2], answers[3])
        limits = self._limits(key.address, to, calldatas, gas)
        signed = []
        for nonce, calldata, limit in zip(self._nonces(key.address, count), calldatas, limits, strict=False):
            raw = key.sign_transaction(Transaction(chain_id, nonce, to, calldata, limit, fee, tip))
            signed.append(Signed(raw, transaction_hash(raw), key.address, nonce, to, calldata, limit, fee, tip))
        return tuple(signed)

    def dearer(self, key: SigningKey, was: Signed, chain_id: int) -> Signed:
        """The same call with the same nonce at a fee that makes nodes take it instead: an eighth more, or today's.

        On a network without fees it stays as it is: a sender without coins could not pay even for the smallest.

        Raises LedgerError where that is above the cap.
        """
        answers = self._rpc.request_many([("eth_feeHistory", ["0x1", "latest", []]), ("eth_maxPriorityFeePerGas", [])])
        today, tip = self._fees(*answers)
        if today == was.fee == 0:
            return was
        fee = max(today, was.fee + was.fee // 8 + 1)
        if was.tip is None:
            tip = None
        else:
            tip = max(tip or 0, was.tip + was.tip // 8 + 1)
            fee = max(fee, tip)
        if fee > self._fee_cap:
            raise LedgerError("The network wants a higher fee than the cap in the settings.", fee=fee, cap=self._fee_cap)
        raw = key.sign_transaction(Transaction(chain_id, was.nonce, was.to, was.calldata, was.gas, fee, tip))
        return replace(was, raw=raw, hash=transaction_hash(raw), fee=fee, tip=tip)

    def send(self, signed: Sequence[Signed], at: int | None = None) -> list[Sent]:
        """Send, and wait until a block holds each of them.

        Sending again what was sent before is right: what is known, or mined already, is followed like the rest. `at` is the
        time of the block in unix seconds, for a chain whose clock can be set.

        Raises:
            LedgerError: one was not taken (`sent` in the details are the hashes of those that were), or none came into a block
                by the deadline. What was taken may still come into one.
        """
        if at is not None:
            self._set_time(at)
        failed: LedgerError | None = None
        sent = []
        for one, answer in zip(signed, self._broadcast(signed, at is not None and len(signed) > 1), strict=True):
            try:
                self._check_taken(one, answer)
            except LedgerError as error:
                failed = failed or error
            else:
                sent.append(one)
                self._open.setdefault(one.sender, {})[one.nonce] = one.hash
        if failed is not None:
            failed.details["sent"] = [one.hash.hex() for one in sent]
            raise failed
        return self._follow(sent)

    def _fees(self, history: Any, suggested: Any) -> tuple[int, int | None]:
        """The fee a gas, and the tip in it: None for a legacy transaction, where the network has no base fee or takes none."""
        if isinstance(history, LedgerError):
            if not rpc.lacks(history):
                raise history
            fee, tip = quantity(self._rpc.request("eth_gasPrice", [])), None
        else:
            base = quantity(items(fields(history).get("baseFeePerGas") or ["0x0"])[-1])
            if base == 0:  # a consortium without fees
                return 0, None
            tip = _TIP if isinstance(suggested, LedgerError) else quantity(suggested)
            fee = 2 * base + tip
        if fee > self._fee_cap:
            raise LedgerError("The network asks for an absurd fee.", fee=fee, cap=self._fee_cap)
        return fee, tip

    def _limits(
        self, sender: bytes, to: bytes | None, calldatas: Sequence[bytes], gas: int | Sequence[int] | None
    ) -> Sequence[int]:
        if isinstance(gas, int):
            return [gas] * len(calldatas)
        if gas is not None:
            if len(gas) != len(calldatas):
                raise ValueError("as many gas limits as calls")
            return gas
        if len(calldatas) != 1:
            return [GAS_CAP] * len(calldatas)
        call = {"from": hexed(sender), "data": hexed(calldatas[0])} | ({"to": hexed(to)} if to else {})
        try:
            estimate = quantity(self._rpc.request("eth_estimateGas", [call]))
        except LedgerError as error:
            raise (rpc.broken_rule(error) or error) from error
        if estimate > GAS_CAP:
            raise LedgerError("The network asks for more gas than one transaction may use.", estimate=estimate)
        return [min(estimate + estimate // 8 + 60_000, GAS_CAP)]  # the log may have grown, and each level costs

    def _nonces(self, sender: bytes, count: int) -> Iterator[int]:
        """The nonces to use from the network's count on, those left out that still wait for a block."""
        waiting = {nonce: digest for nonce, digest in self._open.pop(sender, {}).items() if nonce >= count}
        calls = [("eth_getTransactionByHash", [hexed(digest)]) for digest in waiting.values()]
        known = zip(waiting.items(), self._rpc.request_many(calls), strict=True)
        self._open[sender] = waiting = {nonce: digest for (nonce, digest), answer in known if taken(answer) is not None}
        nonce = count
        while True:
            if nonce not in waiting:
                yield nonce
            nonce += 1

    def _set_time(self, at: int) -> None:
        try:
            self._rpc.request("evm_setNextBlockTimestamp", [at])
        except LedgerError as error:
            raise LedgerError("The clock of this network cannot be set.", **error.details) from error

    def _broadcast(self, signed: Sequence[Signed], together: bool) -> list[Any]:
        """Send all of them in as few requests as will do: the hash of each, or the error. `together` forces one block."""
        embedded = getattr(self._rpc, "send_raw_many", None)
        if embedded is not None:  # it seals what comes together
            answers: list[Any] = embedded([one.raw for one in signed])
            return answers
        if together:
            self._rpc.request("evm_setAutomine", [False])
        try:
            answers = []
            for batch in _batches(signed):
                answers += self._rpc.request_many([("eth_sendRawTransaction", [hexed(one.raw)]) for one in batch])
            if together:
                self._rpc.request("evm_mine", [])
        finally:
            if together:
                self._rpc.request("evm_setAutomine", [True])
        return answers

    def _check_taken(self, one: Signed, answer: Any) -> None:
        """That the network has this transaction, whatever it says."""
        if not isinstance(answer, LedgerError):
            if data(answer, 32) != one.hash:
                raise LedgerError("The network answered with another transaction than it was sent.", hash=one.hash.hex())
            return
        said = rpc.message(answer)
        if any(word in said for word in _KNOWN):
            return
        if any(word in said for word in _NONCE_USED):
            if self._rpc.request("eth_getTransactionReceipt", [hexed(one.hash)]) is not None:
                return  # it was this very transaction that used its nonce
            raise LedgerError("Another transaction of this key was faster.", nonce=one.nonce, hash=one.hash.hex()) from answer
        if any(word in said for word in _POOR):
            raise LedgerError("The sender has not enough to pay the network's fee.", **answer.details) from answer
        if any(word in said for word in _CHEAP):
            raise LedgerError("The network wants a higher fee.", cheap=True, **answer.details) from answer
        raise LedgerError("The network did not take the transaction.", **({"message": said} | answer.details)) from answer

    def _follow(self, sent: Sequence[Signed]) -> list[Sent]:
        """Wait for the receipts of all."""
        until = self._clock() + self._patience
        pause = 0.01
        found: dict[bytes, Sent] = {}
        while True:
            waiting = [one for one in sent if one.hash not in found]
            for batch in _batches(waiting):
                answers = self._rpc.request_many([("eth_getTransactionReceipt", [hexed(one.hash)]) for one in batch])
                receipts = [
                    (one, fields(taken(answer))) for one, answer in zip(batch, answers, strict=True) if answer is not None
                ]
                found |= {one.hash: self._ended(one, receipt) for one, receipt in self._in_chain(receipts)}
            if len(found) == len(sent):
                break
            if self._clock() + pause > until:
                lost = [one.hash.hex() for one in sent if one.hash not in found]
                raise LedgerError("The network has the transactions, but no block holds them yet.", slow=True, waiting=lost)
            self._sleep(pause)
            pause = min(2 * pause, 1.0)
        for one in sent:
            self._open.get(one.sender, {}).pop(one.nonce, None)
        return [found[one.hash] for one in sent]

    def _in_chain(self, receipts: Sequence[tuple[Signed, Mapping[str, Any]]]) -> Iterator[tuple[Signed, Mapping[str, Any]]]:
        """Those receipts whose block is the chain's block of that number."""
        numbers = sorted({quantity(receipt.get("blockNumber")) for _, receipt in receipts})
        answers = self._rpc.request_many([("eth_getBlockByNumber", [hexed(number), False]) for number in numbers])
        hashes = {number: fields(taken(b)).get("hash") for number, b in zip(numbers, answers, strict=True) if b is not None}
        for one, receipt in receipts:
            if hashes.get(quantity(receipt["blockNumber"]), "") == receipt.get("blockHash"):
                yield one, receipt

    def _ended(self, one: Signed, receipt: Mapping[str, Any]) -> Sent:
        mine = data(receipt.get("transactionHash"), 32) == one.hash and data(receipt.get("from"), 20) == one.sender
        status, gas = quantity(receipt.get("status")), quantity(receipt.get("gasUsed"))
        if not mine or status > 1 or gas > one.gas:
            raise LedgerError("The network sent the receipt of another transaction.", hash=one.hash.hex())
        block = quantity(receipt["blockNumber"])
        if status:
            return Sent(one.hash, block, gas, True)
        said = rpc.reason(receipt.get("revertReason")) or self._replayed(one, block)
        return Sent(one.hash, block, gas, False, said)

    def _replayed(self, one: Signed, block: int) -> str:
        """Why it was refused: the same call on the state after its block, which its own revert did not change."""
        call = {"from": hexed(one.sender), "data": hexed(one.calldata), "gas": hexed(one.gas)}
        try:
            self._rpc.request("eth_call", [call | ({"to": hexed(one.to)} if one.to else {}), hexed(block)])
        except LedgerError as error:
            broken = rpc.broken_rule(error)
            return broken.reason if broken else ""
        return ""


def refuse(sent: Sequence[Sent], signed: Sequence[Signed]) -> None:
    """Raise what the first one that failed means: RuleBroken with the contract's reason, LedgerError where the gas ran out."""
    for place, (one, was) in enumerate(zip(sent, signed, strict=True)):
        if one.ok:
            continue
        if one.reason:
            raise RuleBroken(one.reason, hash=one.hash.hex(), place=place)
        if one.gas >= was.gas - was.gas // 64:
            raise LedgerError("The transaction needs more gas than it was given.", hash=one.hash.hex(), place=place, gas=was.gas)
        raise RuleBroken("refused without a reason", hash=one.hash.hex(), place=place)


def _batches(signed: Sequence[Signed]) -> Iterator[list[Signed]]:
    batch: list[Signed] = []
    size = 0
    for one in signed:
        if batch and (len(batch) == _BATCH_CALLS or size + 2 * len(one.raw) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += 2 * len(one.raw)
    yield batch
