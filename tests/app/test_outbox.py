"""The outbox: signed, kept, sent once in effect, and never in another sense than it was signed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.network import EMBEDDED_CHAIN_ID, Network
from app.network.access import Access
from app.network.keyring import DerivedKeys
from app.outbox import HANGS_ON, TOO_LATE, Outbox
from app.outbox.push import Pushed, push
from app.outbox.relay import Relayer
from app.recorder import Member, Recorder
from app.store import Store
from app.sync import pull
from chain import calls
from chain.devnet import Devnet
from chain.errors import LedgerError, RuleBroken
from chain.evidence import Trust
from chain.journey import Verb
from chain.ledger import Ledger
from tests.app.anvil_network import DEPOT, MAKER, PREFIX, START, draft

FIRST = int(START.timestamp())


@dataclass
class Laptop:
    """A profile on a chain that it shares with others."""

    store: Store
    network: Network
    keys: DerivedKeys = field(default_factory=DerivedKeys)

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.store, self.keys, self.network.trust)

    def pull(self) -> None:
        pull(self.store, self.network.ledger, self.network.trust)

    def sync(self) -> None:
        """What `Station.sync` and `Station.send` do."""
        self.pull()
        push(self.store, self.network)
        self.pull()
        Outbox(self.store, self.keys, self.network.trust).settle()

    def waiting(self) -> list[str]:
        return [row.words for row in self.store.outbox.waiting()]

    def recorded(self, verb: Verb) -> int:
        return sum(entry.verb is verb for entry in self.store.replica.entries())


@pytest.fixture
def chain() -> Iterator[Devnet]:
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as devnet:
        yield devnet


def laptop(chain: Devnet, path: Path, trust: Trust) -> Laptop:
    return Laptop(Store(path), Network(Ledger(chain, trust.contract), trust, DerivedKeys()))


@pytest.fixture
def pair(chain: Devnet, tmp_path: Path) -> Iterator[tuple[Laptop, Laptop]]:
    """Two laptops of two organisations, the second with its own replica of the same log."""
    keys = DerivedKeys()
    contract = Ledger(chain).deploy(keys.administrator(), at=FIRST)
    trust = Trust(EMBEDDED_CHAIN_ID, contract, calls.code_hash())
    one, two = laptop(chain, tmp_path / "one.sqlite", trust), laptop(chain, tmp_path / "two.sqlite", trust)
    recorder = Recorder(one.network.ledger, one.store, keys)
    recorder.enrol([Member(MAKER, (PREFIX,)), Member(DEPOT)], at=FIRST + 60)
    recorder.record([draft(Verb.COMMISSION, MAKER, [n]) for n in range(10)])
    one.pull()
    two.pull()
    with two.store.transaction():
        two.store.goods.add_parties(one.store.goods.parties())
    yield one, two
    one.store.close()
    two.store.close()


def test_events_on_the_same_unit_are_saved_without_a_network_and_sent_in_order(pair: tuple[Laptop, Laptop]) -> None:
    one, two = pair
    numbers = one.outbox.add([draft(Verb.COMMISSION, MAKER, [50]), draft(Verb.OBSERVE, MAKER, [50])])
    numbers += one.outbox.add([draft(Verb.SHIP, MAKER, [50], DEPOT.gln)])
    assert numbers == [1, 2, 3]
    assert one.store.outbox.waits()[0] == 3
    one.sync()
    assert one.waiting() == []
    assert one.store.outbox.waits() == (0, None)
    two.pull()
    assert two.outbox.add([draft(Verb.RECEIVE, DEPOT, [50])])
    two.sync()
    assert two.waiting() == []
    assert two.recorded(Verb.RECEIVE) == 1


def test_what_the_contract_would_refuse_is_refused_before_it_is_saved(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    one.outbox.add([draft(Verb.SHIP, MAKER, [1], DEPOT.gln)])
    with pytest.raises(RuleBroken, match="unit: in transit"):
        one.outbox.add([draft(Verb.OBSERVE, MAKER, [2]), draft(Verb.SHIP, MAKER, [1], DEPOT.gln, "again")])
    assert len(one.waiting()) == 1


def test_the_same_event_is_in_the_outbox_once(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    same = draft(Verb.SHIP, MAKER, [1], DEPOT.gln)
    assert one.outbox.add([same, same]) == [1]
    assert one.outbox.add([same]) == []
    one.sync()
    assert one.outbox.add([same]) == []
    assert one.recorded(Verb.SHIP) == 1


def test_many_events_of_one_kind_become_one_statement(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    numbers = one.outbox.add([draft(Verb.OBSERVE, MAKER, [n]) for n in range(10)])
    assert len(numbers) == 1
    one.sync()
    assert one.recorded(Verb.OBSERVE) == 10


def test_a_unit_that_somebody_else_moved_makes_a_case_with_both_sides(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    one.outbox.add([draft(Verb.OBSERVE, MAKER, [1], about="offline")])
    one.outbox.add([draft(Verb.SHIP, MAKER, [1], DEPOT.gln)])
    one.outbox.add([draft(Verb.SHIP, MAKER, [2], DEPOT.gln)])
    other = Laptop(Store(one.store.path.with_name("second.sqlite")), one.network)
    other.pull()
    with other.store.transaction():
        other.store.goods.add_parties(one.store.goods.parties())
    Recorder(one.network.ledger, other.store, other.keys).record([draft(Verb.QUARANTINE, MAKER, [1])])
    other.store.close()
    one.sync()
    reasons = {conflict.ours.words.split()[0]: conflict.ours.reason for conflict in one.outbox.conflicts()}
    assert reasons == {"observe": TOO_LATE, "ship": HANGS_ON}
    [first, _] = one.outbox.conflicts()
    assert [entry.verb for entry in first.theirs] == [Verb.QUARANTINE]
    first.ours.batch.verify()
    assert one.waiting() == []
    assert one.recorded(Verb.SHIP) == 1


def test_a_row_out_of_its_turn_is_signed_anew(pair: tuple[Laptop, Laptop]) -> None:
    """A second copy of the profile used the device's next number."""
    one, _ = pair
    other = Laptop(Store(one.store.path.with_name("copy.sqlite")), one.network)
    other.pull()
    with other.store.transaction():
        other.store.goods.add_parties(one.store.goods.parties())
    one.outbox.add([draft(Verb.OBSERVE, MAKER, [1])])
    other.outbox.add([draft(Verb.OBSERVE, MAKER, [2])])
    other.sync()
    before = one.store.outbox.waiting()[0].batch.statement
    one.sync()
    other.pull()
    assert before.sequence == 1
    assert one.waiting() == []
    assert one.recorded(Verb.OBSERVE) == 2
    other.store.close()


def test_what_a_reorganisation_took_back_waits_again_and_is_sent_again(pair: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    one, _ = pair
    numbers = one.outbox.add([draft(Verb.SHIP, MAKER, [1], DEPOT.gln)])
    keys, trust = DerivedKeys(), one.network.trust
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as branch:
        elsewhere = laptop(branch, tmp_path / "branch.sqlite", trust)
        Ledger(branch).deploy(keys.administrator(), at=FIRST)
        recorder = Recorder(elsewhere.network.ledger, elsewhere.store, keys)
        recorder.enrol([Member(MAKER, (PREFIX,)), Member(DEPOT)], at=FIRST + 60)
        recorder.record([draft(Verb.COMMISSION, MAKER, [n]) for n in range(10)], at=FIRST + 1000)
        one.sync()
        assert one.waiting() == []
        for n in range(5):
            recorder.record([draft(Verb.COMMISSION, MAKER, [90 + n])])
        one.network = elsewhere.network
        one.pull()
        assert len(one.waiting()) == 1
        one.sync()
        assert one.waiting() == []
        assert one.recorded(Verb.SHIP) == 1
        assert numbers == [1]
        elsewhere.store.close()


def test_a_lost_line_while_sending_loses_and_doubles_nothing(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    one.outbox.add([draft(Verb.OBSERVE, MAKER, [n]) for n in range(3)])
    one.outbox.add([draft(Verb.SHIP, MAKER, [n], DEPOT.gln) for n in range(3)])
    submit = one.network.ledger.submit

    def dead(*_: object, **__: object) -> object:
        raise LedgerError("the line went dead")

    def dead_afterwards(*arguments: object, **named: object) -> object:
        submit(*arguments, **named)  # type: ignore[arg-type]
        raise LedgerError("the line went dead")

    one.network.ledger.submit = dead  # type: ignore[assignment, method-assign]
    with pytest.raises(LedgerError, match="dead"):
        one.sync()
    assert len(one.store.outbox.transmissions(one.keys.relayer().address)) == 1
    one.network.ledger.submit = dead_afterwards  # type: ignore[assignment, method-assign]
    one.sync()
    one.network.ledger.submit = submit  # type: ignore[method-assign]
    one.sync()
    assert one.waiting() == []
    assert (one.recorded(Verb.OBSERVE), one.recorded(Verb.SHIP)) == (3, 3)
    assert one.store.outbox.transmissions(one.keys.relayer().address) == []


def test_a_relayer_leaves_what_is_for_another_network(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    elsewhere = Trust(EMBEDDED_CHAIN_ID + 1, one.network.trust.contract, one.network.trust.code_hash)
    Outbox(one.store, one.keys, elsewhere).add([draft(Verb.OBSERVE, MAKER, [1])])
    [row] = one.store.outbox.waiting()
    brought = Relayer(one.store, one.network.ledger, one.keys.relayer()).bring([row.batch])
    assert brought.recorded == []
    assert brought.waits == {0: "it is for another network"}


def test_a_queue_that_can_wait_waits_for_lower_fees_and_not_for_ever(pair: tuple[Laptop, Laptop]) -> None:
    one, _ = pair
    one.network.access = Access(("http://127.0.0.1:1",), wait_cheap=3600)
    one.outbox.add([draft(Verb.OBSERVE, MAKER, [1])])
    high = [10**9 * (40 if at % 256 < 32 else 10) for at in range(1024)] + [40 * 10**9]
    one.network.ledger.base_fees = lambda blocks: high[-blocks:]  # type: ignore[method-assign]
    assert push(one.store, one.network) == Pushed(saving=1)
    assert len(one.waiting()) == 1
    one.network.ledger.base_fees = lambda blocks: [*high[:-1], 10**10][-blocks:]  # type: ignore[method-assign]
    assert push(one.store, one.network) == Pushed(sent=1)
    one.pull()
    Outbox(one.store, one.keys, one.network.trust, clock=lambda: 1_000_000_000).add([draft(Verb.OBSERVE, MAKER, [2])])
    one.network.ledger.base_fees = lambda blocks: high[-blocks:]  # type: ignore[method-assign]
    assert push(one.store, one.network) == Pushed(sent=1)
