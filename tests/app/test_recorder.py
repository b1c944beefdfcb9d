"""Recording: what breaks a rule is refused before anything is sent, and nothing is recorded or enrolled twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.recorder import Draft, Member, Recorder
from app.station import Station
from app.sync import pull
from chain import calls
from chain.errors import BadInput, RuleBroken
from chain.journey import Event, Item, Party, Role, Verb
from tests.app import deliveries

AT = datetime(2025, 1, 1, 12, tzinfo=UTC)
MAKER = Party(deliveries.MAKER, "Alba", roles=Role.ISSUER)
SHOP = Party(deliveries.SHOP, "Linden", roles=Role.RETAILER)
MEMBERS = (Member(MAKER, ("952100001",)), Member(SHOP))


def item(serial: str) -> Item:
    return Item(gtin=deliveries.GTIN, serial=serial)


def draft(verb: Verb, party: Party, serial: str, to: str = "") -> Draft:
    event = Event(f"urn:test:{verb.name}:{serial}", "ObjectEvent", "OBSERVE", AT, epcs=(item(serial).key,))
    return Draft(verb, party.gln, event, (item(serial),), to)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """A recorder on a new network with a maker and a shop, and one unit made."""
    with Station.open(tmp_path / "profile") as station:
        network = station.network()
        made = Recorder(network.ledger, station.store, network.keys)
        made.enrol(MEMBERS)
        made.record([draft(Verb.COMMISSION, MAKER, "A1")])
        yield made


def size(recorder: Recorder) -> int:
    """The log's size on the network."""
    return recorder.ledger.proven(recorder.ledger.head().number).size


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (draft(Verb.RECEIVE, SHOP, "A1"), "unit: not shipped"),
        (draft(Verb.SHIP, SHOP, "A1", deliveries.MAKER), "unit: not custodian"),
        (draft(Verb.SHIP, MAKER, "none", deliveries.SHOP), "unit: not issued"),
        (draft(Verb.COMMISSION, SHOP, "A3"), "role: may not commission"),
        (
            replace(draft(Verb.COMMISSION, MAKER, "A1"), event=draft(Verb.COMMISSION, MAKER, "other").event),
            "unit: issued already",
        ),
    ],
)
def test_a_draft_that_breaks_a_rule_is_refused_before_anything_is_sent(recorder: Recorder, bad: Draft, reason: str) -> None:
    before = size(recorder)
    good = draft(Verb.COMMISSION, MAKER, "A2")
    with pytest.raises(RuleBroken) as raised:
        recorder.record([good, bad])
    assert raised.value.reason == reason
    assert size(recorder) == before == recorder.world.size
    assert not recorder.recorded(good)
    assert len(recorder.record([good])) == 1


def test_what_is_on_the_log_is_not_recorded_again_not_even_by_another_recorder(recorder: Recorder, tmp_path: Path) -> None:
    before = size(recorder)
    again = draft(Verb.COMMISSION, MAKER, "A1")
    assert recorder.recorded(again)
    assert recorder.record([again]) == ()
    with Station.open(tmp_path / "profile", offline=True) as station:
        network_keys, ledger = recorder.keys, recorder.ledger
        trust = station.trust
        assert trust is not None
        pull(station.store, ledger, trust)
        other = Recorder(ledger, station.store, network_keys)
        other.enrol(MEMBERS)
        assert other.record([again]) == ()
    assert size(recorder) == before


def test_a_party_that_lacks_a_role_gets_it_and_a_suspended_one_does_not(recorder: Recorder) -> None:
    number = recorder.organisations[SHOP.gln]
    recorder.enrol([Member(replace(SHOP, roles=Role.KEEPER))])
    assert recorder.world.organisations[number][1] == Role.RETAILER | Role.KEEPER
    assert next(p for p in recorder.store.goods.parties() if p.gln == SHOP.gln).roles == Role.RETAILER | Role.KEEPER
    before = size(recorder)
    recorder.enrol([Member(SHOP)])
    assert size(recorder) == before
    recorder.ledger.send(recorder.keys.administrator(), [calls.set_roles(number, 0)])
    head = recorder.ledger.head().number
    for chunk in recorder.ledger.logs(head, head):
        chunk.replay(recorder.world)
    recorder.enrol([Member(SHOP)])
    assert recorder.world.organisations[number][1] == Role(0)


def test_a_party_nobody_enrolled_is_named(recorder: Recorder) -> None:
    stranger = Party("4006381000000", "Stranger", roles=Role.KEEPER)
    with pytest.raises(BadInput, match="GLN 4006381000000 is not enrolled"):
        recorder.record([draft(Verb.RECEIVE, stranger, "A1")])
