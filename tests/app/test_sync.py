"""What a node says is kept only where it is proven; what it leaves out, changes or takes back is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tiny_keccak import keccak256

from app.drafting import sketch
from app.known import known
from app.network import EMBEDDED_CHAIN_ID
from app.network.keyring import DerivedKeys
from app.recorder import Draft, Member, Recorder
from app.store import Store
from app.sync import pull
from chain import calls, gs1, merkle
from chain.calls import Act
from chain.devnet import Devnet
from chain.encoding import leaf, prefixes_of, unit_of, word
from chain.errors import LedgerError, RuleBroken
from chain.evidence import Trust
from chain.journey import Event, Item, Party, Role, Verb
from chain.ledger import Ledger
from chain.statement import Statement, record_hash
from tests.app.retold import rebuilt

MAKER = Party("9521000000019", "Maker", roles=Role.ISSUER)
DEPOT = Party("9521000000118", "Depot", roles=Role.KEEPER)
START = datetime(2026, 1, 5, tzinfo=UTC)


def item(number: int) -> Item:
    digits = "0952100001101"
    return Item(gtin=digits + gs1.check_digit(digits), serial=f"S{number}")


def draft(verb: Verb, party: Party, number: int, to: str = "") -> Draft:
    at = START + timedelta(days=1)
    event = Event(f"urn:test:{verb}:{number}", "ObjectEvent", "OBSERVE", at, epcs=(gs1.digital_link(item(number)),))
    return Draft(verb, party.gln, event, (item(number),), to)


@dataclass
class World:
    """A chain with a contract and a store, and a recorder between them."""

    devnet: Devnet
    ledger: Ledger
    store: Store
    trust: Trust
    recorder: Recorder

    def through(self, lie: Callable[[str, Any, Any], Any]) -> Ledger:
        """The ledger over a connection that passes each answer through `lie(method, params, answer)`."""
        return Ledger(Lying(self.devnet, lie), self.trust.contract)


@dataclass
class Lying:
    """A connection whose answers are changed on the way."""

    honest: Devnet
    lie: Callable[[str, Any, Any], Any]

    def request(self, method: str, params: Any = ()) -> Any:
        return self.lie(method, params, self.honest.request(method, params))

    def request_many(self, asked: Any) -> Any:
        return [self.request(method, params) for method, params in asked]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    keys = DerivedKeys()
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as devnet, Store(tmp_path / "wayproof.sqlite") as store:
        ledger = Ledger(devnet)
        contract = ledger.deploy(keys.administrator(), at=int(START.timestamp()))
        recorder = Recorder(ledger, store, keys)
        recorder.enrol([Member(MAKER, ("952100001",)), Member(DEPOT)], at=int(START.timestamp()) + 60)
        recorder.record([draft(Verb.COMMISSION, MAKER, n) for n in range(20)])
        yield World(devnet, ledger, store, Trust(EMBEDDED_CHAIN_ID, contract, calls.code_hash()), recorder)


def test_a_pull_brings_the_whole_log_and_its_proven_root(world: World) -> None:
    pulled = pull(world.store, world.ledger, world.trust)
    newest = world.store.replica.checkpoint()
    assert newest is not None
    assert pulled.entries == newest[0].size == world.store.replica.size()
    assert merkle.root([leaf(entry) for entry in world.store.replica.entries()]) == newest[0].root


def test_the_rules_twin_rebuilds_the_same_heads(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    again = rebuilt(world.store)
    assert again.units == world.recorder.world.units
    assert again.organisations == world.recorder.world.organisations
    assert again.devices == world.recorder.world.devices


def test_a_second_pull_brings_only_what_is_new(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(5)])
    assert pull(world.store, world.ledger, world.trust).entries == 5
    assert pull(world.store, world.ledger, world.trust).entries == 0


def test_every_unit_stays_provable_as_the_trie_grows(world: World) -> None:
    from app.store.dossier import evidence
    from chain.proven import Storage

    for block in range(6):
        numbers = range(100 + 30 * block, 130 + 30 * block)
        world.recorder.record([draft(Verb.COMMISSION, MAKER, n) for n in numbers])
        pull(world.store, world.ledger, world.trust)
        found = evidence(world.store, item(0))
        assert found is not None
        storage = Storage(found, world.trust)
        for unit, held in world.recorder.world.units.items():
            assert storage.head(unit) == held.head
        assert storage.head(bytes([block]) * 32) == bytes(32)


def drop_one_log(method: str, params: Any, answer: Any) -> Any:
    return answer[:3] + answer[4:] if method == "eth_getLogs" and len(answer) > 6 else answer


def drop_the_last_log(method: str, params: Any, answer: Any) -> Any:
    return answer[:-1] if method == "eth_getLogs" else answer


def change_a_time(method: str, params: Any, answer: Any) -> Any:
    if method != "eth_getLogs" or len(answer) < 6:
        return answer
    data = answer[-2]["data"]
    return [
        *answer[:-2],
        answer[-2] | {"data": data[: 2 + 64 * 4 - 1] + ("0" if data[2 + 64 * 4 - 1] != "0" else "1") + data[2 + 64 * 4 :]},
        answer[-1],
    ]


def another_chain(method: str, params: Any, answer: Any) -> Any:
    return hex(1) if method == "eth_chainId" else answer


def forged_header(method: str, params: Any, answer: Any) -> Any:
    return answer | {"stateRoot": "0x" + "11" * 32} if method == "eth_getBlockByNumber" else answer


def truncated_proof(method: str, params: Any, answer: Any) -> Any:
    if method != "eth_getProof":
        return answer
    return answer | {"storageProof": [one | {"proof": one["proof"][:-1]} for one in answer["storageProof"]]}


@pytest.mark.parametrize(
    "lie",
    [drop_one_log, drop_the_last_log, change_a_time, another_chain, forged_header, truncated_proof],
    ids=lambda f: f.__name__,
)
def test_a_lie_is_noticed_and_nothing_of_it_counts(world: World, lie: Callable[[str, Any, Any], Any]) -> None:
    with pytest.raises(LedgerError):
        pull(world.store, world.through(lie), world.trust)
    assert world.store.replica.checkpoint() is None
    honest = pull(world.store, world.ledger, world.trust)
    assert honest.entries == world.store.replica.size()


def nothing_there(method: str, params: Any, answer: Any) -> Any:
    return None if method == "eth_getBlockByNumber" and params[0] != "latest" else answer


def gone_in_between(method: str, params: Any, answer: Any) -> Any:
    if method == "eth_getBlockByNumber" and params[0] != "latest":
        raise LedgerError("The network did not answer in time.", slow=True)
    return answer


@pytest.mark.parametrize("lie", [nothing_there, gone_in_between])
def test_a_node_that_denies_what_was_proven_takes_nothing_away(world: World, lie: Callable[[str, Any, Any], Any]) -> None:
    pull(world.store, world.ledger, world.trust)
    before = world.store.replica.checkpoint()
    with pytest.raises(LedgerError):
        pull(world.store, world.through(lie), world.trust)
    assert world.store.replica.checkpoint() == before
    assert pull(world.store, world.ledger, world.trust).entries == 0


def test_what_is_told_and_not_proven_yet_is_neither_listed_nor_counted(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    proven = world.store.replica.proven_size()
    told = [replace(entry, index=proven) for entry in world.store.replica.entries(proven - 1)]
    with world.store.transaction():
        world.store.replica.add(told, [])
    assert world.store.replica.size() == proven + 1
    assert [entry.index for entry in world.store.replica.entries()] == list(range(proven))
    assert known(world.store).units == {}
    assert known(world.store).size == proven
    assert pull(world.store, world.ledger, world.trust).entries == 0
    assert world.store.replica.size() == proven


def test_a_birth_that_is_proven_is_not_written_over(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    unit, birth = next(iter(world.store.replica.births().items()))
    with world.store.transaction():
        world.store.replica.add([], [replace(birth, expiry=birth.expiry + 86_400)])
    assert world.store.replica.birth(unit) == birth


def test_a_unit_that_was_not_drawn_from_its_lot_is_refused(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    world.recorder.record([draft(Verb.COMMISSION, MAKER, 60), draft(Verb.COMMISSION, MAKER, 61)])

    def draw(method: str, params: Any, answer: Any) -> Any:
        if method != "eth_getLogs" or not answer:
            return answer
        topics = ["0x" + calls.topics()[2].hex(), "0x" + "44" * 32]
        body = word(32) + word(1) + bytes(31) + b"\x07"
        last = answer[-1]
        return [*answer, last | {"topics": topics, "data": "0x" + body.hex(), "logIndex": hex(int(last["logIndex"], 16) + 1)}]

    with pytest.raises(LedgerError, match="not drawn from their lot"):
        pull(world.store, world.through(draw), world.trust)
    assert world.store.replica.drawn() == []
    assert pull(world.store, world.ledger, world.trust).entries == 2


def test_the_state_read_when_it_is_asked_for_is_the_state_of_the_whole_log(world: World) -> None:
    for verb, numbers in ((Verb.SHIP, range(6)), (Verb.OBSERVE, range(6, 9)), (Verb.QUARANTINE, range(9, 12))):
        world.recorder.record([draft(verb, MAKER, n, DEPOT.gln if verb is Verb.SHIP else "") for n in numbers])
    world.recorder.record([draft(Verb.RECEIVE, DEPOT, n) for n in range(6)])
    pull(world.store, world.ledger, world.trust)
    read, whole = known(world.store), rebuilt(world.store)
    assert {unit: read.units[unit] for unit in whole.units} == whole.units
    assert (read.organisations, read.devices, read.prefixes, read.size) == (
        whole.organisations, whole.devices, whole.prefixes, whole.size,
    )  # fmt: skip
    assert bytes(32) not in read.units
    trial = sketch(read)
    unit = next(iter(whole.units))
    trial.units[unit] = replace(trial.units[unit], leaf=bytes(32))
    assert read.units[unit] == whole.units[unit]


def test_a_pull_that_died_half_way_goes_on(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(5)])

    def die(method: str, params: Any, answer: Any) -> Any:
        if method == "eth_getProof" and len(params[1]) > 2:
            raise LedgerError("the line went dead")
        return answer

    before = world.store.replica.checkpoint()
    with pytest.raises(LedgerError):
        pull(world.store, world.through(die), world.trust)
    assert world.store.replica.checkpoint() == before
    assert pull(world.store, world.ledger, world.trust).entries == 5


def test_an_event_is_recorded_once_however_often_it_is_given(world: World) -> None:
    again = world.recorder.record([draft(Verb.COMMISSION, MAKER, n) for n in range(20)])
    assert again == ()
    pull(world.store, world.ledger, world.trust)
    fresh = Recorder(world.ledger, world.store, DerivedKeys())
    assert fresh.record([draft(Verb.COMMISSION, MAKER, n) for n in range(22)])[0].index == world.store.replica.size()


def test_what_the_contract_would_refuse_is_refused_with_its_reason(world: World) -> None:
    with pytest.raises(RuleBroken) as refused:
        world.recorder.record([draft(Verb.RECEIVE, DEPOT, 1)])
    assert refused.value.reason == "unit: not shipped"


def test_a_reorganisation_takes_back_what_it_undid(world: World, tmp_path: Path) -> None:
    """The same history up to a block, then another one: the store follows, and nothing of the old branch is left."""
    pull(world.store, world.ledger, world.trust)
    keys = DerivedKeys()
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as other, Store(tmp_path / "other.sqlite") as elsewhere:
        ledger = Ledger(other)
        ledger.deploy(keys.administrator(), at=int(START.timestamp()))
        branch = Recorder(ledger, elsewhere, keys)
        branch.enrol([Member(MAKER, ("952100001",)), Member(DEPOT)], at=int(START.timestamp()) + 60)
        branch.record([draft(Verb.COMMISSION, MAKER, n) for n in range(100, 103)])
        for n in range(103, 110):
            branch.record([draft(Verb.COMMISSION, MAKER, n)])
        pull(world.store, ledger, world.trust)
        newest = world.store.replica.checkpoint()
        assert newest is not None
        assert newest[0].block_hash == ledger.head().hash
        assert set(rebuilt(world.store).units) == set(branch.world.units)


def test_what_another_brought_and_what_was_corrected_is_provable_too(world: World) -> None:
    """Slots that no log names: a device's last statement, and the mark of a corrected event."""
    pull(world.store, world.ledger, world.trust)
    from app.store.dossier import evidence
    from chain.proven import Storage

    keys, three = DerivedKeys(), item(3)
    [held] = [one for one in world.recorder.world.units.values() if one.unit in {unit_of(three, c) for c in prefixes_of(three)}]
    device = keys.device(MAKER.gln)
    batch = [(Act(Verb.OBSERVE, 1, bytes(32)), [held])]
    statement = Statement.after(0, device.address, record_hash(batch))
    signature = statement.sign(device, EMBEDDED_CHAIN_ID, world.trust.contract)
    world.ledger.send(keys.administrator(), [calls.record(batch, statement.words(signature))])
    pull(world.store, world.ledger, world.trust)
    [corrected] = [entry for entry in world.store.replica.entries() if leaf(entry) == held.leaf]
    last = rebuilt(world.store).units[held.unit]
    correction = (Act(Verb.CORRECT, 2, bytes(32)), corrected, held, [(last.state, last.leaf)])
    world.ledger.send(device, [calls.correct([correction])])
    assert pull(world.store, world.ledger, world.trust).entries == 1
    found = evidence(world.store, three)
    assert found is not None
    storage = Storage(found, world.trust)
    left = statement.left(statement.digest(EMBEDDED_CHAIN_ID, world.trust.contract))
    assert storage.at("signed", bytes(12) + device.address) == left
    assert storage.at("corrected", keccak256(held.unit + held.leaf)) == 1
