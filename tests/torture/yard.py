"""What the lies are told about: an honest chain, a true fork of it, a laptop that knows a part, and the node that lies."""

from __future__ import annotations

import random
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from app.network import EMBEDDED_CHAIN_ID, Network, pin
from app.network.keyring import DerivedKeys
from app.recorder import Member, Recorder
from app.station import Station
from app.store import Store
from app.sync import pull
from app.trust.cosigning import signer_of
from app.trust.witnessing import Office, add
from chain import calls
from chain.agreement import Agreed
from chain.devnet import Devnet
from chain.errors import LedgerError
from chain.evidence import Trust
from chain.header import Header
from chain.journey import Verb
from chain.keys import SigningKey
from chain.ledger import Ledger
from chain.seals import Consensus, Seals
from chain.transport import Connection, HttpConnection
from tests.app.anvil_network import DEPOT, MAKER, PREFIX, START, draft
from tests.chain.loopback import FakeNode, Wire
from tests.chain.validators import KEYS, VALIDATORS, hashed, sent
from tests.torture.lies import Mode, Refusal
from tests.torture.sealing import FORGERS, MINORITY, hexed

FIRST = int(START.timestamp())
DEADLINE = 0.4
RECALLED = 9  # the item that the tail recalls


@dataclass
class Shared:
    """A chain that the fake node's threads and the laptop ask in turn. A `Connection`."""

    devnet: Devnet
    turn: threading.Lock = field(default_factory=threading.Lock)

    def request(self, method: str, params: Sequence[object] = (), /) -> Any:
        with self.turn:
            return self.devnet.request(method, list(params))

    def request_many(self, several: Sequence[tuple[str, Sequence[object]]], /) -> list[Any]:
        answers: list[Any] = []
        for method, params in several:
            try:
                answers.append(self.request(method, params))
            except LedgerError as error:
                answers.append(error)
        return answers


@dataclass
class Sealed(Shared):
    """The same blocks as QBFT would hash and send them, each behind the one before under its new name."""

    keys: Sequence[SigningKey] = tuple(KEYS)
    named: Sequence[bytes] = tuple(VALIDATORS)
    _names: dict[str, bytes] = field(default_factory=dict)

    def request(self, method: str, params: Sequence[object] = (), /) -> Any:
        with self.turn:
            answer = self.devnet.request(method, list(params))
            if method == "eth_getBlockByNumber" and answer:
                return self._shown(answer)
            if method == "eth_getTransactionReceipt" and answer:
                return answer | {"blockHash": hexed(self._name(int(answer["blockNumber"], 16)))}
            return answer

    def _shown(self, block: dict[str, Any]) -> dict[str, Any]:
        """A block as a node sends it: its seals are in the extra data, and not under its hash."""
        bare = self._bare(block)
        name = hashed(bare, Seals.QBFT, self.named).hash
        shown = sent(bare, Seals.QBFT, self.keys, self.named)
        return block | {"parentHash": hexed(bare.parent_hash), "extraData": hexed(shown.extra_data), "hash": hexed(name)}

    def _bare(self, block: dict[str, Any]) -> Header:
        header = Header.from_rpc(block)
        return replace(header, parent_hash=self._name(header.number - 1)) if header.number else header

    def _name(self, number: int) -> bytes:
        block = self.devnet.request("eth_getBlockByNumber", [hex(number), False])
        if block["hash"] not in self._names:
            self._names[block["hash"]] = hashed(self._bare(block), Seals.QBFT, self.named).hash
        return self._names[block["hash"]]


@dataclass
class Liar:
    """The behaviour of a fake node in one mode; the transport's lies begin at the exchange `start`. A `lies.Node`."""

    chain: Shared
    fork: Shared
    bare: Shared
    mode: Mode
    known: int
    start: int
    asked: int = 0
    exchanges: int = 0
    lied: int = 0

    def true(self, method: str, params: Sequence[Any]) -> Any:
        return _told(self.chain, method, params)

    def forked(self, method: str, params: Sequence[Any]) -> Any:
        return _told(self.fork, method, params)

    def empty(self, method: str, params: Sequence[Any]) -> Any:
        return _told(self.bare, method, params)

    def behave(self, wire: Wire, question: Any) -> None:
        """Answer one exchange."""
        many = isinstance(question, list)
        lying = self.mode.group != "transport" or self.exchanges >= self.start
        self.exchanges += 1
        told = [self._answer(one, lying) for one in (question if many else [question])]
        body = orjson.dumps(told if many else told[0])
        if self.mode.wire is not None and lying:
            self.lied += 1
            self.mode.wire(wire, question, body)
        else:
            wire.reply(body)

    def _answer(self, question: Any, lying: bool) -> dict[str, Any]:
        self.asked += 1
        lie = self.mode.lie if lying else None
        method, params = question["method"], question["params"]
        if lie is None:
            answer = self.true(method, params)
        else:
            answer = lie(self, method, params)
            reads = method != "eth_sendRawTransaction"
            self.lied += not reads or answer != self.true(method, params)
        envelope = {"jsonrpc": "2.0", "id": question["id"]}
        if isinstance(answer, Refusal):
            return envelope | {"error": {"code": answer.code, "message": answer.message, "data": answer.data}}
        return envelope | {"result": answer}


def _told(chain: Shared, method: str, params: Sequence[Any]) -> Any:
    try:
        return chain.request(method, params)
    except LedgerError as error:
        details = error.details
        return Refusal(str(details.get("message", "")), int(str(details.get("code", -32000))), details.get("data"))


class Yard:
    """The chains, a profile that has proven a part of the history, and what is true.

    The fork has the same founding and another history; the profile knows the blocks up to `known`, and the rest is the tail. With
    `sealed` validators are pinned who sealed the chain; a minority of them sealed the fork, and the third chain is the fork under
    validators of its own.
    """

    def __init__(self, folder: Path, devnets: Sequence[Devnet], seed: int, *, sealed: bool = False) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.chain, self.fork, self.bare = map(Shared, devnets)
        if sealed:
            self.chain, self.fork = Sealed(devnets[0]), Sealed(devnets[1], keys=MINORITY)
            self.bare = Sealed(devnets[1], self.fork.turn, FORGERS, [key.address for key in FORGERS])
        self.keys = DerivedKeys()
        self.base = folder / "base"
        self._runs = 0
        with Station.open(self.base) as station, Store(folder / "fork.sqlite") as other:
            recorder = self._founded(self.chain, station.store)
            consensus = Consensus(Seals.QBFT, tuple(VALIDATORS)) if sealed else None
            self.trust = Trust(EMBEDDED_CHAIN_ID, recorder.ledger.contract, calls.code_hash(), consensus=consensus)
            pin(self.base, self.trust)
            recorder.record([draft(Verb.COMMISSION, MAKER, [number]) for number in range(12)])
            recorder.record([draft(Verb.SHIP, MAKER, [number], DEPOT.gln) for number in range(4)])
            self.pull(station.store)
            self.known = self.ledger().head().number
            with self.station(self.base, self.chain) as witness:
                add(Office(witness, signer_of(self.keys, "w.example")), None)
            for number in range(4):
                recorder.record([draft(Verb.RECEIVE, DEPOT, [number])])
            recorder.record([draft(Verb.COMMISSION, MAKER, [number]) for number in range(20, 26)])
            recorder.record([draft(Verb.RECALL, MAKER, [RECALLED])])
            self.tail = recorder
            forger = self._founded(self.fork, other)
            forger.record([draft(Verb.COMMISSION, MAKER, [number]) for number in range(60, 80)])
            for number in range(60, 75):
                forger.record([draft(Verb.OBSERVE, MAKER, [number])])
        self.bare.request("evm_mine", [])
        head = self.ledger().head()
        self.head, self.truth = head.number, head.hash

    def _founded(self, chain: Shared, store: Store) -> Recorder:
        ledger = Ledger(chain.devnet)
        ledger.deploy(self.keys.administrator(), at=FIRST)
        recorder = Recorder(ledger, store, self.keys)
        recorder.enrol([Member(MAKER, (PREFIX,)), Member(DEPOT)], at=FIRST + 60)
        return recorder

    def ledger(self, connection: Connection | None = None) -> Ledger:
        """A ledger whose waiting takes no time; over the honest chain if nothing else is said."""
        now = [0.0]

        def sleep(seconds: float) -> None:
            now[0] += seconds

        contract = self.trust.contract if hasattr(self, "trust") else None
        return Ledger(connection or self.chain, contract, patience=3, clock=lambda: now[0], sleep=sleep)

    def pull(self, store: Store) -> None:
        """What an honest node brings."""
        pull(store, self.ledger(), self.trust)

    def network(self, connection: Connection | None = None) -> Network:
        return Network(self.ledger(connection), self.trust, self.keys)

    @contextmanager
    def station(self, profile: Path, connection: Connection) -> Iterator[Station]:
        """A station on a profile over a connection."""
        with Station.open(profile) as station:
            station.join(self.network(connection))
            yield station

    def laptop(self) -> Path:
        """A fresh copy of the profile."""
        self._runs += 1
        copy = self.folder / f"laptop-{self._runs}"
        shutil.copytree(self.base, copy)
        return copy

    @contextmanager
    def liar(self, mode: Mode) -> Iterator[tuple[Liar, HttpConnection]]:
        """The fake node in a mode, and a connection to it."""
        liar = Liar(self.chain, self.fork, self.bare, mode, self.known, self.chance.randint(0, 4))
        with FakeNode(liar.behave) as node:
            url = node.url.replace("http://", "https://") if mode.tls else node.url
            with HttpConnection(url, deadline=DEADLINE) as connection:
                yield liar, connection

    def several(self, connection: Connection) -> Agreed:
        """The liar first, and two honest nodes; two must agree."""
        return Agreed([connection, self.chain, replace(self.chain)], 2)

    def true_of(self, store: Store) -> bool:
        """Whether what a store has proven is on the honest chain."""
        newest = store.replica.checkpoint()
        assert newest is not None
        try:
            return bool(self.ledger().header(newest[0].block).hash == newest[0].block_hash)
        except LedgerError:
            return False

    def whole(self, store: Store) -> None:
        """After an honest pull the store holds the truth. Raises AssertionError."""
        self.pull(store)
        newest = store.replica.checkpoint()
        assert newest is not None
        assert newest[0].block_hash == self.ledger().head().hash
        assert self.true_of(store)
