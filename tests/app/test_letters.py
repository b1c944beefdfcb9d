"""Details travel with the goods: sealed to who receives them, held against the log, and to nobody else."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import cli, letters
from app.drafting import Draft
from app.letters import Exchanged, exchange
from app.letters.card import Card
from app.letters.content import MOST, Content, read, written
from app.letters.post import Post
from app.letters.sealing import MAGIC, public_of, seal, unseal
from app.network import EMBEDDED_CHAIN_ID, Network
from app.network.access import Access, save_access
from app.network.keyring import DerivedKeys
from app.network.membership import learn_members, settle, write_members
from app.printing import sealed
from app.recorder import Member, Recorder
from app.station import Station
from app.ui.door import OpenDoor
from chain import bundle, calls, gs1
from chain.devnet import Devnet
from chain.encoding import commitment
from chain.errors import BadProof, KeyLocked
from chain.evidence import Trust
from chain.journey import Entry, Event, Item, Party, Role, Scan, Verb
from chain.keys import derive
from chain.ledger import Ledger
from chain.policy import Situation
from chain.verdict import Outcome
from chain.verifier import Verifier
from tests.app.anvil_network import DEPOT, MAKER, PASSPHRASE, PREFIX, START, Consortium, draft, item, opened
from tests.chain.anvil import Anvil

CARRIER = Party("9521000000032", "Carrier", "Street 3", Role.CARRIER | Role.KEEPER, country="DE")
FIRST = int(START.timestamp())
PALLET = Item(sscc="09521000010000001" + gs1.check_digit("09521000010000001"))


class Locked(DerivedKeys):
    """Keys that can be locked."""

    shut = False

    def secret(self, name: str) -> bytes:
        if self.shut:
            raise KeyLocked("The keys of this laptop are locked: unlock them first.")
        return super().secret(name)


@dataclass
class Road:
    """Maker, carrier and depot, each with a profile of its own and one relay folder between them."""

    folder: Path
    devnet: Devnet
    stations: dict[str, Station] = field(default_factory=dict)
    trust: Trust = field(init=False)

    @property
    def relay(self) -> Path:
        return self.folder / "relay"

    def found(self) -> None:
        ledger, keys = Ledger(self.devnet), Locked()
        contract = ledger.deploy(keys.administrator(), at=FIRST)
        self.trust = Trust(EMBEDDED_CHAIN_ID, contract, calls.code_hash())
        for party in (MAKER, CARRIER, DEPOT):
            station = Station.open(self.folder / party.name)
            access = Access(("http://127.0.0.1:9",), relay=str(self.relay))
            station.join(Network(Ledger(self.devnet, contract), self.trust, Locked(), access=access))
            self.stations[party.gln] = station
        maker = self.of(MAKER)
        members = [Member(MAKER, (PREFIX,)), Member(CARRIER), Member(DEPOT)]
        Recorder(ledger, maker.store, keys).enrol(members, at=FIRST + 60)
        for party in (MAKER, CARRIER, DEPOT):
            self.of(party).sync()
            write_members(maker.store, self.folder / "members.json")
            learn_members(self.of(party).store, self.folder / "members.json")
            settle(self.of(party).store, party.gln)

    def of(self, party: Party) -> Station:
        return self.stations[party.gln]

    def record(self, party: Party, *drafts: Draft) -> None:
        """Events of a party, whose details only its own profile has; everybody syncs."""
        station = self.of(party)
        Recorder(Ledger(self.devnet, self.trust.contract), station.store, Locked()).record(drafts)
        for one in self.stations.values():
            one.sync()

    def exchange(self, party: Party) -> Exchanged:
        return exchange(self.of(party))

    def cards(self) -> None:
        for party in (MAKER, CARRIER, DEPOT):
            assert self.exchange(party).taken == 0

    def details(self, party: Party, thing: Item) -> Outcome:
        """What a check at a party says about the details of an item's events."""
        verdict = self.of(party).judge(Scan(thing.key, START)).verdict
        return next(one.outcome for one in verdict.findings if one.check == "details")


@pytest.fixture
def road(tmp_path: Path) -> Iterator[Road]:
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as devnet:
        made = Road(tmp_path, devnet)
        made.found()
        yield made
        for station in made.stations.values():
            station.close()


def packed(verb: Verb, party: Party, box: Item, *goods: Item, to: str = "") -> Draft:
    things = (box, *goods)
    event = Event(f"urn:test:{verb.name}:{box.key}", "ObjectEvent", "OBSERVE", START, epcs=tuple(map(gs1.digital_link, things)))
    return Draft(verb, party.gln, event, things, to)


def travelled(road: Road) -> None:
    """Items 1 and 2 go on a pallet from the maker over the carrier to the depot; item 3 stays, item 4 goes to the carrier."""
    road.record(MAKER, draft(Verb.COMMISSION, MAKER, [1, 2, 3, 4]), packed(Verb.COMMISSION, MAKER, PALLET))
    road.record(MAKER, packed(Verb.PACK, MAKER, PALLET, item(1), item(2)))
    road.record(MAKER, packed(Verb.SHIP, MAKER, PALLET, to=CARRIER.gln), draft(Verb.SHIP, MAKER, [4], CARRIER.gln))
    road.record(CARRIER, packed(Verb.RECEIVE, CARRIER, PALLET))
    road.record(CARRIER, replace(packed(Verb.SHIP, CARRIER, PALLET, to=DEPOT.gln), event=onward(PALLET)))
    road.record(DEPOT, replace(packed(Verb.RECEIVE, DEPOT, PALLET), event=onward(PALLET, "at the depot")))


def onward(thing: Item, why: str = "onward") -> Event:
    return Event(f"urn:test:{why}:{thing.key}", "ObjectEvent", "OBSERVE", START, epcs=(gs1.digital_link(thing),))


def test_who_receives_goods_through_two_hands_can_prove_their_whole_journey(road: Road) -> None:
    travelled(road)
    assert road.details(DEPOT, item(1)) is Outcome.UNKNOWN
    road.cards()
    assert road.exchange(MAKER).left == 1
    assert road.exchange(CARRIER) == Exchanged(left=1, taken=1, details=5)
    assert road.exchange(DEPOT) == Exchanged(taken=1, details=6)
    assert road.details(DEPOT, item(1)) is road.details(DEPOT, item(2)) is Outcome.PASS
    found = road.of(DEPOT).store.goods.by_key(item(1).key)
    assert found is not None
    assert found[1] == "", "a product's name is bound by nothing"
    file = bundle.read(sealed(road.of(DEPOT), item(1).key))
    verdict = Verifier(road.trust).verify(file.label, file.evidence, Situation(START))
    assert next(one.outcome for one in verdict.findings if one.check == "details") is Outcome.PASS
    assert [road.exchange(one) for one in (MAKER, CARRIER, DEPOT)] == [Exchanged()] * 3, "and nothing goes twice"


def test_what_becomes_known_later_is_told_later(road: Road) -> None:
    travelled(road)
    road.exchange(DEPOT)
    assert road.exchange(CARRIER).left == 1, "its own part"
    assert road.exchange(DEPOT).details == 2
    assert road.details(DEPOT, item(1)) is Outcome.UNKNOWN
    road.exchange(MAKER)
    assert road.exchange(CARRIER) == Exchanged(left=1, taken=1, details=5)
    assert road.exchange(DEPOT).details == 4
    assert road.details(DEPOT, item(1)) is Outcome.PASS


def test_only_goods_shipped_to_an_organisation_are_told_to_it_and_only_up_to_then(road: Road) -> None:
    travelled(road)
    road.record(MAKER, draft(Verb.OBSERVE, MAKER, [3], about="stays here"))
    road.cards()
    road.exchange(MAKER)
    names = Post(road.relay).letters(Locked().device(CARRIER.gln).address)
    told = [unsealed(road, CARRIER, name) for name in names]
    events = {str(fields["eventID"]) for one in told for fields, _ in one.details.values()}
    assert len(events) == 5
    assert not any("OBSERVE" in name or "onward" in name for name in events)
    assert {thing.key for one in told for thing in one.items.values()} == {item(n).key for n in (1, 2, 4)} | {PALLET.key}
    assert not Post(road.relay).letters(Locked().device(DEPOT.gln).address)


def unsealed(road: Road, party: Party, name: str) -> Content:
    letter = Post(road.relay).letter(name)
    assert letter is not None
    keys = Locked()
    about = letters._about(road.of(party).network(), keys.device(party.gln).address)
    return read(unseal(keys.secret(f"letters/{party.gln}"), about, letter))


def test_who_holds_the_folder_reads_nothing_and_changes_nothing_unnoticed(road: Road) -> None:
    travelled(road)
    road.cards()
    road.exchange(MAKER)
    [path] = road.relay.glob("*.letter")
    whole = path.read_bytes()
    assert not any(text in whole for text in (b"urn:test", b"wayproof card", MAKER.gln.encode(), PREFIX.encode()))
    with pytest.raises(BadProof, match="not sealed to this laptop"):
        unsealed(road, DEPOT, path.name)
    path.write_bytes(whole[:-1] + bytes((whole[-1] ^ 1,)))
    assert road.exchange(CARRIER).waiting == 1, "not whole: it may still be copied"
    path.unlink()
    Post(road.relay).put(Locked().device(CARRIER.gln).address, whole[:-1] + bytes((whole[-1] ^ 1,)))
    assert road.exchange(CARRIER).refused == 1
    assert not Post(road.relay).letters(Locked().device(CARRIER.gln).address)
    assert road.details(CARRIER, item(4)) is Outcome.UNKNOWN
    assert exchange(road.of(MAKER), again=True).left == 1
    assert road.exchange(CARRIER).details == 5


def to_carrier(road: Road, data: bytes) -> None:
    """A letter by anybody: a sealed box says nothing about who closed it."""
    keys = Locked()
    device = keys.device(CARRIER.gln).address
    about = letters._about(road.of(CARRIER).network(), device)
    Post(road.relay).put(device, seal(public_of(keys.secret(f"letters/{CARRIER.gln}")), about, data))


def test_details_that_no_entry_commits_to_are_refused_with_all_that_came_with_them(road: Road) -> None:
    travelled(road)
    size = road.of(CARRIER).store.replica.proven_size()
    store = road.of(MAKER).store
    true = {e.commitment: one for e in store.replica.entries() if (one := store.goods.detail(e.commitment)) and e.verb < 32}
    content = Content(size, {name: (one.fields, one.seed) for name, one in true.items()})
    forged = replace(content, details=dict(content.details))
    fields, seed = next(iter(forged.details.values()))
    changed = {**fields, "bizStep": "destroying"}
    forged.details[commitment(changed, seed)] = (changed, seed)
    for data in written(forged):
        to_carrier(road, data)
    assert road.exchange(CARRIER).refused == 1
    assert road.details(CARRIER, item(4)) is Outcome.UNKNOWN
    for data in written(replace(forged, size=size + 1)):
        to_carrier(road, data)
    assert road.exchange(CARRIER).waiting == 1, "what is not proven here yet may be proven later"
    for data in written(content):
        to_carrier(road, data)
    assert road.exchange(CARRIER).details == len(true)


@pytest.mark.parametrize("change", ["lot", "expiry", "unknown", "respelt"])
def test_an_identity_that_is_not_the_units_is_not_kept(road: Road, change: str) -> None:
    travelled(road)
    thing = {
        "lot": replace(item(1), lot="L1"),
        "expiry": replace(item(1), expiry=START.date()),
        "unknown": item(77),
        "respelt": replace(item(1), serial="S1\N{ZERO WIDTH SPACE}"),
    }[change]
    for data in written(Content(1, {}, {bytes(32): thing})):
        to_carrier(road, data)
    assert road.exchange(CARRIER).taken == 1
    assert road.of(CARRIER).store.goods.count() == 0
    for data in written(Content(1, {}, {bytes(32): item(1)})):
        to_carrier(road, data)
    road.exchange(CARRIER)
    assert [row.item for row in road.of(CARRIER).items()] == [item(1)]


def test_letters_go_to_laptops_that_the_log_knows_and_that_may_record(road: Road) -> None:
    travelled(road)
    keys, post = Locked(), Post(road.relay)
    stranger = derive(bytes(31) + b"\1", "stranger")
    post.show(stranger.address, Card.make(stranger, public_of(bytes(32)), road.trust).to_bytes())
    depot = keys.device(DEPOT.gln)
    post.show(
        keys.device(CARRIER.gln).address, Card.make(depot, public_of(bytes(32)), road.trust).to_bytes()
    )  # under another's name
    post.show(bytes(20), b"junk")
    assert road.exchange(MAKER).left == 0
    carrier = keys.device(CARRIER.gln)
    post.show(carrier.address, Card.make(carrier, bytes(32), road.trust).to_bytes())
    assert road.exchange(MAKER).left == 0, "nobody can seal to this key"
    other = replace(road.trust, contract=bytes(20))
    post.show(carrier.address, Card.make(carrier, public_of(keys.secret(f"letters/{CARRIER.gln}")), other).to_bytes())
    assert road.exchange(MAKER).left == 0
    assert road.exchange(CARRIER) == Exchanged(), "it shows its own card again"
    Recorder(Ledger(road.devnet, road.trust.contract), road.of(MAKER).store, keys).revoke_device(CARRIER.gln, 1)
    road.of(MAKER).sync()
    assert road.exchange(MAKER).left == 0, "a laptop that was stopped is told nothing"


def test_letters_wait_while_the_keys_are_locked_and_none_are_sealed_for_nobody(road: Road) -> None:
    travelled(road)
    assert road.exchange(MAKER) == Exchanged(), "nobody has shown a card"
    road.cards()
    road.exchange(MAKER)
    keys = road.of(CARRIER).network().keys
    assert isinstance(keys, Locked)
    keys.shut = True
    assert road.exchange(CARRIER).waiting == 1
    assert road.details(CARRIER, item(4)) is Outcome.UNKNOWN
    keys.shut = False
    assert road.exchange(CARRIER).taken == 1


def test_what_is_missing_is_looked_for_again_only_when_details_came_in(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    travelled(road)
    road.exchange(DEPOT)
    assert road.exchange(CARRIER).left == 1
    looked: list[object] = []
    rows = road.of(CARRIER).store.letters
    honest = rows.unfinished

    def watched(ours: int, theirs: int, device: bytes, size: int, limit: int) -> list[tuple[Entry, int]]:
        looked.append(theirs)
        return honest(ours, theirs, device, size, limit)

    monkeypatch.setattr(rows, "unfinished", watched)
    assert road.exchange(CARRIER) == Exchanged()
    assert looked == []
    road.exchange(MAKER)
    assert road.exchange(CARRIER).left == 1
    assert looked
    looked.clear()
    assert road.exchange(CARRIER) == Exchanged()
    assert looked == []


def test_the_window_exchanges_letters_with_its_syncs(road: Road) -> None:
    travelled(road)
    road.cards()
    road.exchange(MAKER)
    profile, network = road.of(CARRIER).profile, road.of(CARRIER).network()
    with OpenDoor(profile) as door:
        door.join(network)
        door.sync()
    assert road.details(CARRIER, item(4)) is Outcome.PASS


def test_a_program_that_dies_in_between_loses_nothing_and_tells_it_twice_at_most(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(Exception):
        pass

    def die(*about: object) -> None:
        raise Died

    travelled(road)
    road.cards()
    with monkeypatch.context() as patch:
        patch.setattr(road.of(MAKER).store.letters, "sent", die)
        with pytest.raises(Died):
            road.exchange(MAKER)
    assert road.exchange(MAKER).left == 1
    with monkeypatch.context() as patch:
        patch.setattr(Post, "drop", die)
        with pytest.raises(Died):
            road.exchange(CARRIER)
    assert road.details(CARRIER, item(4)) is Outcome.PASS
    done = road.exchange(CARRIER)
    assert (done.taken, done.details) == (2, 0)
    assert not Post(road.relay).letters(Locked().device(CARRIER.gln).address)


def test_many_details_go_in_several_letters(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.letters.content.PART", 600)
    travelled(road)
    road.cards()
    left = road.exchange(MAKER).left
    assert left > 2
    done = road.exchange(CARRIER)
    assert (done.taken, done.details) == (left, 5)


def test_a_profile_without_a_folder_or_a_party_exchanges_nothing(road: Road) -> None:
    station = road.of(MAKER)
    access = station.network().access
    assert access is not None
    station.network().access = replace(access, relay="own")
    assert exchange(station) == Exchanged()
    station.network().access = access
    station.save(here="")
    assert exchange(station) == Exchanged()
    assert not road.relay.exists()


# ---- hostile bytes -------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_bytes_that_are_no_letter_are_refused(data: bytes) -> None:
    for attempt in (lambda: read(data), lambda: read(zlib.compress(data)), lambda: unseal(bytes(32), b"", MAGIC + data)):
        with pytest.raises(BadProof):
            attempt()
    with pytest.raises(BadProof):
        Card.read(data, Trust(1, bytes(20), bytes(32)))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5), lambda inner: st.lists(inner, max_size=4), max_leaves=8
)


@given(_JSON, _JSON, _JSON)
def test_json_of_another_shape_is_refused_or_read(size: object, details: object, items: object) -> None:
    value = {"format": "wayproof letter 1", "size": size, "details": details, "items": items}
    try:
        found = read(zlib.compress(orjson.dumps(value)))
    except BadProof:
        return
    assert not found.details
    assert isinstance(size, int)


def test_what_unpacks_to_more_than_it_may_is_not_unpacked() -> None:
    with pytest.raises(BadProof):
        read(zlib.compress(b" " * (3 * MOST)))
    assert not list(written(Content(1, {bytes(32): ({"a": "b" * (MOST + 1)}, bytes(32))})))


def test_a_card_is_read_as_it_was_written() -> None:
    key, trust = derive(bytes(31) + b"\1", "one"), Trust(1, bytes(20), bytes(32))
    card = Card.make(key, public_of(bytes(31) + b"\1"), trust)
    assert Card.read(card.to_bytes(), trust) == card
    for other in (replace(trust, chain_id=2), replace(trust, contract=bytes(19) + b"\1")):
        with pytest.raises(BadProof, match="not signed by its own device"):
            Card.read(card.to_bytes(), other)


# ---- the command ---------------------------------------------------------------------------------------------------------


def test_the_command_exchanges_through_any_folder(
    anvil: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPROOF_PASSWORD", PASSPHRASE)
    consortium = Consortium(tmp_path, anvil.url).founded().with_depot()
    with opened(consortium.maker) as maker:
        maker.sync()
        maker.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        maker.send()
        maker.outbox().add([draft(Verb.SHIP, MAKER, [1], DEPOT.gln)])
        maker.send()

    def run(*arguments: str, profile: Path) -> dict[str, object]:
        assert cli.main([*arguments, "--json", "--profile", str(profile)]) == 0
        row: dict[str, object] = orjson.loads(capsys.readouterr().out)
        return row

    run("sync", profile=consortium.depot)
    stick = tmp_path / "stick"
    assert cli.main(["letters", str(stick), "--profile", str(consortium.depot)]) == 2
    assert "There is no folder" in capsys.readouterr().err
    assert cli.main(["letters", "--profile", str(consortium.depot)]) == 2
    assert "no relay folder" in capsys.readouterr().err
    stick.mkdir()
    assert run("letters", str(stick), profile=consortium.depot)["taken"] == 0
    assert run("letters", str(stick), profile=consortium.maker)["left"] == 1
    assert run("letters", str(stick), profile=consortium.maker)["left"] == 0
    assert run("letters", str(stick), profile=consortium.depot)["details"] == 2
    assert run("letters", str(stick), "--again", profile=consortium.maker)["left"] == 1
    save_access(consortium.depot, replace(consortium.access, relay=str(stick)))
    assert run("sync", profile=consortium.depot)["letters"] == {"left": 0, "taken": 1, "details": 0, "refused": 0, "waiting": 0}
    with opened(consortium.depot) as depot:
        verdict = depot.judge(Scan(item(1).key, START)).verdict
    assert next(one.outcome for one in verdict.findings if one.check == "details") is Outcome.PASS
    keys = DerivedKeys()
    post = Post(stick)
    post.put(bytes.fromhex(next(stick.glob("*.card")).stem), MAGIC + keys.seed("junk"))
    assert cli.main(["letters", str(stick), "--profile", str(consortium.depot)]) in (0, 1)
    shutil.rmtree(stick)
    stick.write_bytes(b"")
    assert cli.main(["sync", "--profile", str(consortium.depot)]) == 0
    assert "cannot be" in capsys.readouterr().err, "a folder out of reach is said, and stops nothing"


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Network.open(tmp_path / "p").close()
    assert cli.main(["letters", "--profile", str(tmp_path / "p")]) == 2
    assert "embedded chain" in capsys.readouterr().err
