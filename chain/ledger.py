"""The one place that talks to a network: the embedded chain and any JSON-RPC node, through the same code.

It needs no web3: the contract is one, its calls and log entries are fixed bytes (`chain.calls`), and raw requests are faster and
hold back what a general client does unasked. What a node says about entries is checked for form here and believed nowhere: only a
storage proof against a header that hashes makes it so (`proven`), and only a witness or the user's own node makes the header.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tiny_keccak import keccak256

from chain import calls, rpc, storage_proof
from chain.agreement import Agreed
from chain.bft import both_forms_of
from chain.encoding import word
from chain.errors import BadProof, LedgerError, MissingNode
from chain.header import Header
from chain.keys import SigningKey
from chain.logs import Chunk, Ranges
from chain.rpc import data, fields, hexed, items, quantity
from chain.sending import FEE_CAP, GAS_CAP, PATIENCE, Sender, Sent, Signed, refuse
from chain.storage_proof import MAX_NODE, Account, Node
from chain.transport import Connection, HttpConnection

__all__ = ["Chunk", "Connection", "GAS_CAP", "HttpConnection", "Ledger", "Proof", "ProvenLog", "Sent", "Signed"]

SPAN = 2_000
_SLOTS = 256  # slots in one eth_getProof: about 2 MB
_MAX_DEPTH = 128
_TRIES = 3  # answers of another block's state until one is taken as it is


@dataclass(frozen=True, slots=True)
class Proof:
    """Trie nodes as a node sent them: the account's from the root down, and those of all slots, each once.

    Nothing is verified until `read`.
    """

    account_nodes: tuple[bytes, ...]
    storage_nodes: tuple[bytes, ...]

    def node(self) -> Node:
        """The nodes by their hash, as the walks of `chain.storage_proof` want them."""
        return storage_proof.lookup({keccak256(node): node for node in (*self.account_nodes, *self.storage_nodes)})

    def read(self, state_root: bytes, contract: bytes, slots: Sequence[bytes]) -> tuple[Account, list[int]]:
        """The account and the values of the slots under a state root. Raises BadProof, MissingNode where too little is shown."""
        node = self.node()
        account = storage_proof.read_account(state_root, contract, node)
        if account is None:
            raise BadProof("There is no contract at this address.", contract=contract.hex())
        return account, [storage_proof.read_slot(account.storage_root, slot, node) for slot in slots]


@dataclass(frozen=True, slots=True)
class ProvenLog:
    """Size and root of the contract's log as the state root of `header` commits to them, and the proof of it.

    `sent` is the header as the node sent it, with its validators' seals where it has any.
    """

    size: int
    root: bytes
    header: Header
    proof: Proof
    sent: Header


class Ledger:
    """A contract on a network. For one thread.

    Args:
        connection: the embedded chain (`chain.devnet.Devnet`) or an `HttpConnection`.
        contract: its 20-byte address; None to `deploy` one.
        span: how many blocks to ask for at first when reading the log.
        fee_cap: the most to pay, in wei a gas.
        finality: how many blocks must stand on a block until it is taken for settled.
        patience: seconds to wait until a block holds what was sent.
        clock, sleep: seconds that only grow, and a pause.
    """

    def __init__(
        self,
        connection: Connection,
        contract: bytes | None = None,
        *,
        span: int = SPAN,
        fee_cap: int = FEE_CAP,
        finality: int = 0,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rpc = connection
        self._contract = contract
        self._span = span
        self._finality = finality
        self._chain_id: int | None = None
        self._sender = Sender(connection, fee_cap=fee_cap, patience=patience, clock=clock, sleep=sleep)

    @property
    def contract(self) -> bytes:
        """The contract's address. Raises LedgerError where there is none yet."""
        if self._contract is None:
            raise LedgerError("There is no contract on this network yet.")
        return self._contract

    def pass_over(self) -> bool:
        """Ask another node of several, because what this one said cannot be true. False where there is none left to ask."""
        return isinstance(self._rpc, Agreed) and self._rpc.pass_over()

    # ---- what stands on the chain

    def chain_id(self) -> int:
        """The network's number, asked once (and compared with each transaction)."""
        if self._chain_id is None:
            self._chain_id = quantity(self._rpc.request("eth_chainId", []))
        return self._chain_id

    def head(self) -> Header:
        """The newest block's header. Raises BadProof where its fields do not have the hash that the node names."""
        return self._header("latest")[0]

    def settled(self) -> Header:
        """The header of the newest block that is deep enough; the genesis where the chain is shorter."""
        newest = self.head()
        return self.header(max(newest.number - self._finality, 0)) if self._finality else newest

    def header(self, number: int) -> Header:
        """A block's header. Raises BadProof where it is another's or does not hash, LedgerError where there is none."""
        return self._numbered(number)[0]

    def verify_code(self) -> None:
        """That the contract at the address is the one this program knows. Raises LedgerError."""
        code = data(self._rpc.request("eth_getCode", [hexed(self.contract), "latest"]))
        if not code:
            raise LedgerError("There is no contract at this address.", contract=self.contract.hex())
        if keccak256(code) != calls.code_hash():
            raise LedgerError("The contract at this address is not the one this program knows.", contract=self.contract.hex())

    def logs(self, first: int, last: int, *, index: int | None = None, size: int | None = None) -> Iterator[Chunk]:
        """What the contract logged in the blocks `first` to `last`, in chunks that cover them in order and without a gap.

        A chunk's `last` is the progress: when it has been kept, reading can go on behind it. Ranges are halved where the
        network refuses or leaves something out in the middle, and grow again.

        Args:
            index: that of the first entry in `first` or later, where it is known.
            size: the proven size of the log at `last`, where it is known: then an omission at the end is noticed too.

        Raises:
            LedgerError: the network does not answer, or sends what this contract cannot have logged.
        """
        contract = hexed(self.contract)

        def ask(start: int, stop: int) -> Any:
            wanted = {"address": contract, "fromBlock": hexed(start), "toBlock": hexed(stop)}
            return self._rpc.request("eth_getLogs", [wanted])

        yield from Ranges(ask, contract, self._span).read(first, last, index, size)

    def proof(self, header: Header, slots: Sequence[bytes]) -> Proof:
        """The trie nodes that prove the contract's account and these 32-byte slots under a header, as the node sends them."""
        account: tuple[bytes, ...] | None = None
        storage: dict[bytes, None] = {}
        for at in range(0, max(len(slots), 1), _SLOTS):
            nodes, found = self._shown(header, slots[at : at + _SLOTS])
            if account is not None and account != nodes:
                raise LedgerError("The network's block changed while it was read.", block=header.number)
            account = nodes
            storage.update(dict.fromkeys(found))
        return Proof(account or (), tuple(storage))

    def _shown(self, header: Header, slots: Sequence[bytes]) -> tuple[tuple[bytes, ...], list[bytes]]:
        """Nodes of the account and of the slots from one eth_getProof.

        It is asked again where the answer starts at another state root: a node that takes a block in at that moment, or one of
        several behind a balancer, answers from a block beside the one asked for. What it says last is for the reader to refuse.
        """
        for _ in range(_TRIES):
            wanted = [hexed(slot) for slot in slots]
            answer = fields(self._rpc.request("eth_getProof", [hexed(self.contract), wanted, hexed(header.number)]))
            account, storage = _nodes(answer.get("accountProof")), list[bytes]()
            for slot, found in zip(wanted, items(answer.get("storageProof"), len(wanted)), strict=True):
                if quantity(fields(found).get("key")) != int(slot, 16):
                    raise LedgerError("The network sent the proof of another slot.", block=header.number)
                storage += _nodes(found.get("proof"))
            if account and keccak256(account[0]) == header.state_root:
                break
        return account, storage

    def proven(self, block: int) -> ProvenLog:
        """Size and root of the log as of a block, proven against its header, and with them the contract's code.

        Raises:
            BadProof: the proof does not show what stands in the header's state, or the contract's code is another.
        """
        slots = [word(calls.slot("log_size")), word(calls.slot("log_root"))]
        header, sent = self._numbered(block)
        proof = self.proof(header, slots)
        try:
            account, (size, root) = proof.read(header.state_root, self.contract, slots)
        except (BadProof, MissingNode):
            again, sent = self._numbered(block)
            if again.hash == header.hash:
                raise
            header = again  # the block was replaced between the two questions
            proof = self.proof(header, slots)
            account, (size, root) = proof.read(header.state_root, self.contract, slots)
        if account.code_hash != calls.code_hash():
            raise BadProof("The contract at this address is not the one this program knows.", contract=self.contract.hex())
        return ProvenLog(size, word(root), header, proof, sent)

    # ---- calls and transactions

    def call(self, calldata: bytes, block: int | None = None, sender: bytes | None = None) -> bytes:
        """What a call returns as of a block (None: the newest). Raises RuleBroken with the contract's reason."""
        call = {"to": hexed(self.contract), "data": hexed(calldata)} | ({"from": hexed(sender)} if sender else {})
        try:
            return data(self._rpc.request("eth_call", [call, "latest" if block is None else hexed(block)]))
        except LedgerError as error:
            raise (rpc.broken_rule(error) or error) from error

    def deploy(self, key: SigningKey, at: int | None = None) -> bytes:
        """Create the contract; `key` is its administrator. Its address, which is also `contract` from then on."""
        signed = self._sender.sign(key, None, [calls.bytecode()], self.chain_id())
        refuse(self._sender.send(signed, at), signed)
        self._contract = rpc.contract_address(key.address, signed[0].nonce)
        self.verify_code()
        return self._contract

    def sign(self, key: SigningKey, calldatas: Sequence[bytes], gas: int | Sequence[int] | None = None) -> tuple[Signed, ...]:
        """Calls of the contract, signed and not sent: to be written down first, then given to `submit`.

        `gas` is the limit of each, or one for all. By default a single call's is estimated (and RuleBroken raised where the
        contract would refuse it), several get GAS_CAP each, because one may depend on the one before.
        """
        return self._sender.sign(key, self.contract, calldatas, self.chain_id(), gas)

    def dearer(self, key: SigningKey, was: Signed) -> Signed:
        """What was sent and is stuck, signed again with the same nonce at a fee that replaces it. Raises LedgerError."""
        return self._sender.dearer(key, was, self.chain_id())

    def nonce(self, sender: bytes) -> int:
        """How many transactions of an address are in blocks."""
        return quantity(self._rpc.request("eth_getTransactionCount", [hexed(sender), "latest"]))

    def base_fees(self, blocks: int) -> list[int]:
        """The base fee of the newest blocks and of the next one, in wei a gas, oldest first; all 0 where there is none."""
        try:
            history = fields(self._rpc.request("eth_feeHistory", [hexed(blocks), "latest", []]))
        except LedgerError as error:
            if not rpc.lacks(error):
                raise
            return [0]
        return [quantity(fee) for fee in items(history.get("baseFeePerGas") or ["0x0"])]

    def submit(self, signed: Sequence[Signed], at: int | None = None, raise_: bool = True) -> list[Sent]:
        """Send what `sign` gave, in one block where the network allows, and wait until blocks hold it. Sending twice is right.

        Args:
            at: the block's time in unix seconds, for chains whose clock can be set (the embedded one, anvil).
            raise_: raise for the first that was refused; else the answers say it.

        Raises:
            RuleBroken: with the contract's reason; the others may have been recorded.
            LedgerError: not taken, or in no block by the deadline.
        """
        if not signed:
            return []
        sent = self._sender.send(signed, at)
        if raise_:
            refuse(sent, signed)
        return sent

    def send(
        self,
        key: SigningKey,
        calldatas: Sequence[bytes],
        at: int | None = None,
        raise_: bool = True,
        gas: int | Sequence[int] | None = None,
    ) -> list[Sent]:
        """`sign` and `submit` in one. With `at` nothing is estimated, because the estimate would be made for another time."""
        if at is not None and gas is None:
            gas = GAS_CAP
        return self.submit(self.sign(key, calldatas, gas), at, raise_) if calldatas else []

    def _numbered(self, number: int) -> tuple[Header, Header]:
        """A block's header, in the form of its hash and as it was sent."""
        header, sent = self._header(hexed(number))
        if header.number != number:
            raise BadProof("The network sent another block than it was asked for.", asked=number, number=header.number)
        return header, sent

    def _header(self, tag: str) -> tuple[Header, Header]:
        block = self._rpc.request("eth_getBlockByNumber", [tag, False])
        if block is None:
            raise LedgerError("The network does not have this block.", block=tag)
        return both_forms_of(block)


def _nodes(value: object) -> tuple[bytes, ...]:
    nodes = tuple(data(one) for one in items(value))
    if len(nodes) > _MAX_DEPTH or any(len(node) > MAX_NODE for node in nodes):
        raise LedgerError("The network sent a proof of an impossible size.", nodes=len(nodes))
    return nodes
