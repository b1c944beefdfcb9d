"""A node that lies, in every way of the catalogue, on every path: `python -m tests.torture.liars [OMISSIONS] [SEED]`.

One fake node on loopback, a mode each (`tests.torture.lies`), asked on seven paths: a pull over one node, a pull over three of
which two must agree, a card refined, an outbox sent over one node and over three, a relayer's folder, a witness. Each time the
lie must be noticed, or do no harm: what the laptop holds is then the truth, nothing is shown as recorded that is not, nothing is
recorded twice, no witness signs what is not on the chain, and an honest node brings everything right afterwards. Then random
entries are left out of the log, each on a fresh laptop. One JSON line: the runs by path and outcome, what went wrong, omissions.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from app.network import EMBEDDED_CHAIN_ID
from app.outbox import Outbox
from app.outbox.push import push
from app.outbox.relay import Relayer
from app.outbox.relay_folder import Folder
from app.store import Store
from app.sync import pull
from app.trust.cosigning import signer_of
from app.trust.witnessing import Office, add
from chain import calls
from chain.devnet import Devnet
from chain.errors import LedgerError, WayproofError
from chain.journey import Scan, Verb
from chain.label import LabelDomain, label_text, sign_label
from chain.transport import Connection
from chain.verdict import Code, Kind
from tests.app.anvil_network import MAKER, draft, item
from tests.torture.lies import MODES, Mode
from tests.torture.yard import RECALLED, Liar, Shared, Yard

NOTICED, HARMLESS, NOT_ASKED = "noticed", "harmless", "not asked"


# ---- the paths -----------------------------------------------------------------------------------------------------------

Path_ = Callable[[Yard, Mode], str]


def ended(liar: Liar, said: str, whole: bool) -> str:
    """The outcome of a run that did no harm."""
    if said:
        return NOTICED
    assert whole or liar.mode.harmless, "it was not noticed, and nothing says why it is harmless"
    return HARMLESS if liar.lied or liar.mode.tls else NOT_ASKED


def one_node(yard: Yard, mode: Mode) -> str:
    """A pull over one node: it is believed where nothing contradicts it, and what it takes back is said."""
    with yard.liar(mode) as (liar, line), Store(yard.laptop() / "wayproof.sqlite") as store:
        said = ""
        try:
            said = "taken back" if pull(store, yard.ledger(line), yard.trust).taken_back else ""
        except LedgerError as error:
            said = error.words
        true, newest = yard.true_of(store), store.replica.checkpoint()
        assert true or said, "the replica left the chain without a word"
        outcome = ended(liar, said, newest is not None and newest[0].block == yard.head)
        yard.whole(store)
    return outcome


def several_nodes(yard: Yard, mode: Mode) -> str:
    """A pull where two of three must agree: the liar alone changes nothing."""
    with yard.liar(mode) as (liar, line), Store(yard.laptop() / "wayproof.sqlite") as store:
        said = ""
        try:
            assert not pull(store, yard.ledger(yard.several(line)), yard.trust).taken_back
        except LedgerError as error:
            said = error.words
        assert yard.true_of(store), "one of three nodes took the replica off the chain"
        newest = store.replica.checkpoint()
        outcome = ended(liar, said, newest is not None and newest[0].block == yard.head)
        yard.whole(store)
    return outcome


def refine(yard: Yard, mode: Mode) -> str:
    """A card refined: never green by a lie about an item that was recalled."""
    with yard.liar(mode) as (liar, line), yard.station(yard.laptop(), line) as station:
        thing = item(RECALLED)
        domain = LabelDomain(yard.trust.chain_id, yard.trust.contract)
        label = label_text(thing, sign_label(thing, yard.keys.device(MAKER.gln), domain))
        before = station.check(Scan(label, datetime.now(UTC)))
        assert before.verdict.kind is Kind.GENUINE, before.verdict
        said = ""
        try:
            after = station.refine(before).verdict
        except LedgerError as error:
            said, after = error.words, before.verdict
        assert after.as_of is not None
        if after.kind is Kind.GENUINE:
            assert said or mode.harmless, "green, and nothing was said"
            assert after.as_of.block == yard.known, "green by the liar's block"
        elif after.code is not Code.RECALLED:
            said = after.reason
        outcome = ended(liar, said, after.code is Code.RECALLED)
        yard.whole(station.store)
        assert station.check(Scan(label, datetime.now(UTC))).verdict.code is Code.RECALLED
    return outcome


def _sent(yard: Yard, liar: Liar, store: Store, send: Callable[[], str]) -> str:
    """Send one event through the liar, then through an honest node: it is there once, and was not shown before it was."""
    outbox = Outbox(store, yard.keys, yard.trust)
    outbox.add([draft(Verb.OBSERVE, MAKER, [5], about=f"{liar.mode.name} {yard._runs}")])
    [row] = store.outbox.waiting()
    said = send()
    assert len(store.outbox.waiting()) == 1, "it was shown as recorded on the liar's word"
    stands = bool(yard.ledger().call(calls.signed(row.batch.statement.device)) == row.batch.left.to_bytes(32, "big"))
    outcome = ended(liar, said, stands)
    for _ in range(2):
        yard.pull(store)
        push(store, yard.network())
    yard.pull(store)
    assert not store.outbox.waiting(), "it waits although an honest node was there"
    commitment = row.batch.commitments[0]
    found = sum(entry.commitment == commitment for entry in store.replica.entries())
    assert found == 1, f"it stands on the log {found} times"
    return outcome


def _outbox(yard: Yard, mode: Mode, over: Callable[[Connection], Connection]) -> str:
    with yard.liar(mode) as (liar, line), Store(yard.laptop() / "wayproof.sqlite") as store:
        yard.pull(store)

        def send() -> str:
            try:
                push(store, yard.network(over(line)))
            except LedgerError as error:
                return error.words
            return store.outbox.waiting()[0].last_error

        return _sent(yard, liar, store, send)


def outbox(yard: Yard, mode: Mode) -> str:
    """An outbox sent over one node."""
    return _outbox(yard, mode, lambda line: line)


def outbox_several(yard: Yard, mode: Mode) -> str:
    """An outbox sent over three nodes."""
    return _outbox(yard, mode, yard.several)


def relayer(yard: Yard, mode: Mode) -> str:
    """A statement in a relayer's folder."""
    laptop = yard.laptop()
    with yard.liar(mode) as (liar, line), Store(laptop / "wayproof.sqlite") as store:
        yard.pull(store)
        folder = Folder(laptop / "relay")

        def send() -> str:
            batches = [row.batch for row in store.outbox.waiting()]
            folder.put(batches)
            try:
                folder.serve(Relayer(store, yard.ledger(line), yard.keys.relayer()))
            except LedgerError as error:
                return error.words
            return folder.answer(batches[0])

        return _sent(yard, liar, store, send)


def witness(yard: Yard, mode: Mode) -> str:
    """A witness beside the liar: it signs only what is on the chain and goes on from what it signed before."""
    with yard.liar(mode) as (liar, line), yard.station(yard.laptop(), line) as station:
        office, said, block = Office(station, signer_of(yard.keys, "w.example")), "", 0
        try:
            station.sync()
            signed = add(office, None)
            block = signed.block
            assert yard.ledger().header(block).hash == signed.block_hash, "it signed a block that is not on the chain"
        except WayproofError as error:
            said = error.words
        outcome = ended(liar, said, block == yard.head)
        yard.whole(station.store)
        add(office, None)
    return outcome


READING: tuple[Path_, ...] = (one_node, several_nodes, refine, witness)
WRITING: tuple[Path_, ...] = (outbox, outbox_several, relayer)


# ---- omissions -----------------------------------------------------------------------------------------------------------


@dataclass
class Omitting:
    """The honest chain without some entries of its log, the same ones whatever range is asked for."""

    chain: Shared
    gone: set[tuple[str, str]]

    def request(self, method: str, params: Sequence[object] = (), /) -> Any:
        answer = self.chain.request(method, params)
        if method != "eth_getLogs":
            return answer
        return [one for one in answer if (one["blockNumber"], one["logIndex"]) not in self.gone]

    def request_many(self, several: Sequence[tuple[str, Sequence[object]]], /) -> list[Any]:
        return [self.request(method, params) for method, params in several]


def omissions(yard: Yard, count: int) -> int:
    """How many of so many random omissions of one to three entries a fresh laptop notices."""
    head = yard.ledger().head().number
    wanted = {"address": "0x" + yard.trust.contract.hex(), "fromBlock": "0x0", "toBlock": hex(head)}
    every = [(one["blockNumber"], one["logIndex"]) for one in yard.chain.request("eth_getLogs", [wanted])]
    noticed = 0
    for number in range(count):
        gone = set(yard.chance.sample(every, yard.chance.choice((1, 1, 1, 2, 3))))
        with Store(yard.folder / f"omitted-{number}.sqlite") as store:
            try:
                pull(store, yard.ledger(Omitting(yard.chain, gone)), yard.trust)
            except LedgerError:
                noticed += store.replica.checkpoint() is None
        for path in yard.folder.glob(f"omitted-{number}.sqlite*"):
            path.unlink()
    return noticed


def run(folder: Path, omitted: int, seed: int, modes: Sequence[Mode] = MODES, every: int = 1) -> dict[str, Any]:
    """All modes on all paths (one run in `every`), then the omissions; counts, and what went wrong."""
    with (
        Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as one,
        Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as two,
        Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as three,
        Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as four,
        Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as five,
    ):
        plain = Yard(folder / "plain", (one, two, three), seed)
        sealed = Yard(folder / "sealed", (four, five, five), seed, sealed=True)
        noticed = omissions(plain, omitted)
        outcomes: dict[str, Counter[str]] = {}
        wrong: list[str] = []
        turns = [(path, mode) for paths in (READING, WRITING) for path in paths for mode in modes]
        for path, mode in turns[:: max(every, 1)]:
            yard = sealed if mode.group == "seals" else plain
            try:
                outcomes.setdefault(path.__name__, Counter())[path(yard, mode)] += 1
            except (AssertionError, WayproofError) as error:
                wrong.append(f"{path.__name__}, {mode.group}: {mode.name}: {type(error).__name__} {error}")
            with suppress(OSError):
                shutil.rmtree(yard.folder / f"laptop-{yard._runs}")
    ran = sum(sum(found.values()) for found in outcomes.values()) + len(wrong)
    told = {"modes": len(modes), "runs": ran, "paths": {path: dict(found) for path, found in outcomes.items()}}
    return told | {"wrong": wrong, "omissions": omitted, "omissions noticed": noticed}


def main(omitted: int = 1000, seed: int = 2026) -> int:
    """Run and print; 1 where a lie passed."""
    with tempfile.TemporaryDirectory() as folder:
        told = run(Path(folder), omitted, seed)
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    whole = not told["wrong"] and told["omissions noticed"] == omitted
    if whole:
        print(f"every lying mode noticed, or shown to do no harm; {omitted:,} of {omitted:,} omissions noticed")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
