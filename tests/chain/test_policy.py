"""What each check says, and that none says more than it has shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chain import encoding, merkle
from chain.encoding import M40, ZERO, word
from chain.epcis import event_of_fields
from chain.errors import BadProof, MissingNode
from chain.evidence import Detail, Evidence, Trust
from chain.journey import Birth, Entry, Item, Kind, Party, Place, Role, Unreadable, Verb
from chain.label import Label
from chain.policy import CHECKS, Case, Situation, fate, history, origin, run
from chain.travel import Sighting
from chain.verdict import Code, Finding, Outcome
from chain.verifier import Verifier
from tests.chain.told import CARRIER, INSPECTOR, MAKER, PREFIX, SHOP, START, Answers, Told, device, unit

ITEM = Item(gtin="09506000134352", serial="A1", lot="L1", expiry=date(2030, 1, 31))
LIMIT = encoding.expiry_seconds(ITEM.expiry)
TRUST = Trust(1, bytes(20), bytes(32))
SEED = bytes(range(32))
BERLIN = Place("b", "Berlin", 52.52, 13.405)
NAIROBI = Place("n", "Nairobi", -1.2921, 36.8219)


def made(told: Told, item: Item = ITEM, **changes: Any) -> Case:
    """A question about an item, under the storage of a told world."""
    evidence: Evidence = replace(told.evidence(), item=item, **changes)
    now = datetime.fromtimestamp(START + 60 * len(told.entries), UTC)
    case = Case(Label(str(item), item), evidence, TRUST, Situation(now))
    case.__dict__["storage"] = Answers(told.world)
    return case


def asked(case: Case, **changes: Any) -> Case:
    """The same question in another situation."""
    case.situation = replace(case.situation, **changes)
    return case


def ended(finding: Finding) -> tuple[Outcome, Code]:
    return finding.outcome, finding.code


PASS = (Outcome.PASS, Code.OK)


def issued() -> tuple[Told, bytes]:
    told = Told()
    return told, told.labelled(ITEM, expiry=LIMIT)


# ---- running -------------------------------------------------------------------------------------------------------------


def test_a_broken_proof_fails_and_a_missing_one_is_unknown() -> None:
    def broken(_: Case) -> Finding:
        raise BadProof("two and two are five")

    def missing(_: Case) -> Finding:
        raise MissingNode("nothing is here")

    case = made(issued()[0])
    assert ended(run("x", broken, case)) == (Outcome.FAIL, Code.TAMPERED)
    assert ended(run("x", missing, case)) == (Outcome.UNKNOWN, Code.NO_EVIDENCE)
    assert len({name for name, _ in CHECKS}) == len(CHECKS)


def test_without_a_label_an_item_or_evidence_nothing_is_known() -> None:
    verifier, situation = Verifier(TRUST), Situation(datetime.now(UTC))
    assert verifier.verify(Unreadable("no"), None, situation).code is Code.UNREADABLE
    assert verifier.verify(Label("x", Item(gtin=ITEM.gtin)), None, situation).code is Code.UNREADABLE
    assert verifier.verify(Label("x", ITEM), None, situation).code is Code.NO_EVIDENCE


def test_what_stands_on_a_bad_header_has_no_age() -> None:
    told, _ = issued()
    found = Verifier(TRUST).verify(Label("x", ITEM), told.evidence(), Situation(datetime.now(UTC)))
    assert found.as_of is None
    assert found.code is Code.TAMPERED


# ---- origin --------------------------------------------------------------------------------------------------------------


def test_what_nobody_owns_the_prefix_of_was_never_issued() -> None:
    case = made(Told(), Item(gtin="00614141123452", serial="1"))
    assert ended(origin.issued(case)) == (Outcome.FAIL, Code.NOT_ISSUED)
    with pytest.raises(MissingNode):
        _ = case.unit


def test_an_invented_serial_was_never_issued_unless_a_lot_could_hold_it() -> None:
    told, _ = issued()
    invented = replace(ITEM, serial="INVENTED")
    assert ended(origin.issued(made(told, invented))) == (Outcome.FAIL, Code.NOT_ISSUED)
    with pytest.raises(MissingNode):
        origin.issued(made(told, invented, open_lots=1))


def test_an_untouched_unit_of_a_lot_was_issued() -> None:
    told, _ = issued()
    item = Item(gtin=ITEM.gtin, serial="IN-LOT")
    told.lists[unit("lot", Kind.LOT)] = units = [unit("a"), encoding.unit_of(item, PREFIX)]
    birth = Birth(unit("lot", Kind.LOT), Kind.LOT, PREFIX, root=merkle.root(list(map(merkle.leaf_hash, units))), size=2)
    told.born(birth)
    assert ended(origin.issued(made(told, item))) == PASS


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({}, Outcome.PASS),
        ({"suspect_since": 5}, Outcome.UNKNOWN),
        ({"organisation": CARRIER}, Outcome.FAIL),
        (None, Outcome.FAIL),
    ],
)
def test_a_labels_signature_is_a_device_of_the_issuers(
    change: Mapping[str, int] | None, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, _ = issued()
    monkeypatch.setattr(origin, "label_signers", lambda *_: (bytes(20), device(MAKER)))
    if change is None:
        del told.world.devices[device(MAKER)]
    else:
        told.world.devices[device(MAKER)] = replace(told.world.devices[device(MAKER)], **change)
    case = made(told)
    case.label = replace(case.label, signature="signed")
    assert origin.signature(case).outcome is outcome


def test_a_signature_that_is_none_is_not_the_issuers() -> None:
    case = made(issued()[0])
    assert ended(origin.signature(case)) == (Outcome.NOT_PROVABLE_OFFLINE, Code.OK)
    case.label = replace(case.label, signature="no base64")
    assert ended(origin.signature(case)) == (Outcome.FAIL, Code.BAD_SIGNATURE)


def test_another_network_is_not_the_pinned_one() -> None:
    case = made(issued()[0])
    assert ended(origin.trust(case)) == (Outcome.FAIL, Code.TAMPERED)
    case.trust = replace(TRUST, chain_id=7)
    at = replace(case.evidence.checkpoint, origin=case.trust.origin)
    case.evidence = replace(case.evidence, checkpoint=at)
    assert ended(origin.trust(case)) == PASS


# ---- history -------------------------------------------------------------------------------------------------------------


def test_entries_stand_in_the_log() -> None:
    told, one = issued()
    tree = [encoding.leaf(entry) for entry in told.entries]
    at = replace(told.evidence().checkpoint, root=merkle.root(tree), size=len(tree))
    path: Callable[[int], Any] = lambda index: merkle.inclusion_path(tree, index, len(tree))  # noqa: E731
    assert ended(history.inclusion(made(told, checkpoint=at, inclusion=path))) == PASS
    with pytest.raises(MissingNode):
        history.inclusion(made(told, checkpoint=at, inclusion=path, histories={}))
    roles = told.evidence().administration
    forged = (*roles[:-1], replace(roles[-1], argument=word(31 << 160)))
    with pytest.raises(BadProof):
        history.inclusion(made(told, checkpoint=at, inclusion=path, administration=forged))
    assert one in told.world.units


def test_a_device_recorded_within_its_time_and_is_not_in_doubt() -> None:
    told, _ = issued()
    was = told.world.devices[device(MAKER)]
    assert ended(history.devices(made(told))) == PASS
    told.world.devices[device(MAKER)] = replace(was, revoked_at=99, suspect_since=START)
    assert ended(history.devices(made(told))) == (Outcome.UNKNOWN, Code.SUSPECTED)
    for changed in ({"revoked_at": 1}, {"valid_until": START}, {"valid_from": M40}, {"organisation": CARRIER}):
        told.world.devices[device(MAKER)] = replace(was, **changed)
        with pytest.raises(BadProof):
            history.devices(made(told))
    del told.world.devices[device(MAKER)]
    with pytest.raises(BadProof):
        history.devices(made(told))
    with pytest.raises(MissingNode):
        history.devices(made(told, histories={}))


@pytest.mark.parametrize("claimed", [(1 << 64) - 1, START + 40 * 86_400])
def test_what_happened_after_it_was_recorded_is_no_clock_mistake(claimed: int) -> None:
    told, one = issued()
    late(told, one, Verb.OBSERVE, claimed)
    assert ended(history.custody(made(told))) == (Outcome.FAIL, Code.CUSTODY_BROKEN)


def late(told: Told, one: bytes, verb: Verb, claimed: int) -> Entry:
    """An entry whose maker claims another time."""
    at = START + 60 * len(told.entries)
    entry = Entry(len(told.entries), verb, MAKER, device(MAKER), 0, claimed, at, ZERO, ZERO, (one,))
    told.world.apply(entry)
    told.entries.append(entry)
    return entry


def test_what_happened_before_what_came_first_is_no_clock_mistake() -> None:
    told, one = issued()
    late(told, one, Verb.OBSERVE, 0)
    found = history.custody(made(told))
    assert ended(found) == (Outcome.FAIL, Code.CUSTODY_BROKEN)
    assert "issue that came first" in found.why


def test_a_verb_without_a_word_is_called_by_its_name() -> None:
    assert history._word(Verb.ANCHOR_MODEL) == "anchor_model"


def test_containers_are_proven_like_the_item() -> None:
    told, one = issued()
    assert history.containers(made(told)).why == "The item travelled on its own."
    box = told.box("box")
    told.say(Verb.PACK, MAKER, [box, one])
    assert "packed now" in history.containers(made(told)).why
    told.say(Verb.UNPACK, MAKER, [box, one])
    assert "packed now" not in history.containers(made(told)).why
    with pytest.raises(BadProof):
        history.containers(made(told, histories={one: told.history(one)}))


def test_details_are_what_was_committed_to() -> None:
    told = Told()
    fields = {"eventTime": "2023-11-14T22:13:20Z", "readPoint": "b"}
    detail = Detail(fields, SEED, event_of_fields(fields))
    told.labelled(ITEM)
    was = told.entries[-1]
    entry = replace(was, commitment=encoding.commitment(fields, SEED), event_time=int(detail.event.event_time.timestamp()))
    world = Told()
    world.births = told.births
    world.world.apply(entry, world.births)
    world.entries.append(entry)
    good = {entry.index: detail}
    assert ended(history.details(made(world, details=good))) == PASS
    assert ended(history.details(made(world))) == (Outcome.UNKNOWN, Code.NO_EVIDENCE)
    with pytest.raises(BadProof, match="taken out"):
        history.details(made(world, removed=frozenset({entry.index})))
    bad: list[Detail] = [
        replace(detail, fields={"eventTime": "x"}),
        replace(detail, fields={}),
        replace(detail, fields={"eventTime": object()}),
        replace(detail, seed=bytes(32)),
        replace(detail, event=replace(detail.event, event_time=datetime.now(UTC))),
    ]
    for one in bad:
        with pytest.raises(BadProof):
            history.details(made(world, details={entry.index: one}))
    enrolled = world.entries[0].index
    with pytest.raises(BadProof):
        history.details(made(world, details=good | {enrolled: detail}))


# ---- fate ----------------------------------------------------------------------------------------------------------------


def test_lot_and_expiry_on_the_label_are_the_makers() -> None:
    told, _ = issued()
    assert ended(fate.label_fields(made(told))) == PASS
    assert ended(fate.label_fields(made(told, Item(gtin=ITEM.gtin, serial=ITEM.serial)))) == PASS
    for changed in (replace(ITEM, expiry=date(2033, 1, 31)), replace(ITEM, lot="L2")):
        assert ended(fate.label_fields(made(told, changed))) == (Outcome.FAIL, Code.TAMPERED)


def test_a_recall_of_the_item_its_lot_or_its_container_is_told() -> None:
    told, one = issued()
    assert ended(fate.recall(made(told))) == PASS
    lot = encoding.lot_of(ITEM, PREFIX)
    told.say(Verb.RECALL, MAKER, [], lot)
    assert "this item:" in fate.recall(made(told)).why
    told.say(Verb.LIFT, MAKER, [], lot)
    assert ended(fate.recall(made(told))) == PASS
    hidden = {u: h for u, h in told.evidence().histories.items() if u != lot} | {
        lot: replace(told.history(lot), entries=told.history(lot).entries[:1])
    }
    with pytest.raises(BadProof):
        fate.recall(made(told, histories=hidden))
    box = told.box("box")
    told.say(Verb.PACK, MAKER, [box, one])
    told.say(Verb.RECALL, INSPECTOR, [box])
    found = fate.recall(made(told, parties={INSPECTOR: Party("", "The Inspectorate")}))
    assert ended(found) == (Outcome.FAIL, Code.RECALLED)
    assert found.why.startswith("The Inspectorate has recalled what this item is packed in")


def test_quarantine_is_told() -> None:
    told, one = issued()
    assert ended(fate.quarantine(made(told))) == PASS
    told.say(Verb.QUARANTINE, INSPECTOR, [one])
    assert ended(fate.quarantine(made(told))) == (Outcome.FAIL, Code.QUARANTINED)


@pytest.mark.parametrize("claimed", [START, (1 << 64) - 1])
def test_the_end_of_a_life_is_told_with_its_day(claimed: int) -> None:
    told, one = issued()
    assert ended(fate.in_use(made(told))) == PASS
    late(told, one, Verb.DECOMMISSION, claimed)
    found = fate.in_use(made(told))
    assert ended(found) == (Outcome.FAIL, Code.DECOMMISSIONED)
    assert ("2023-11-14" if claimed == START else "9999-12-31") in found.why


def test_expiry_is_the_makers() -> None:
    told, _ = issued()
    assert ended(fate.expiry(made(told))) == PASS
    late_ = asked(made(told), now=datetime.fromtimestamp(LIMIT, UTC))
    assert ended(fate.expiry(late_)) == (Outcome.FAIL, Code.EXPIRED)
    for limit in (0, M40):
        other = Told()
        other.labelled(ITEM, expiry=limit)
        assert ended(fate.expiry(made(other))) == PASS


def test_the_holder_is_compared_with_who_asks() -> None:
    told, one = issued()

    def says(here: int) -> Outcome:
        return fate.custodian(asked(made(told), here=here)).outcome

    assert says(0) is Outcome.NOT_PROVABLE_OFFLINE
    assert (says(MAKER), says(INSPECTOR), says(SHOP)) == (Outcome.PASS, Outcome.PASS, Outcome.FAIL)
    told.say(Verb.SHIP, MAKER, [one], to=CARRIER)
    assert (says(CARRIER), says(MAKER)) == (Outcome.PASS, Outcome.FAIL)
    told.roles(SHOP, Role(0))
    assert says(SHOP) is Outcome.FAIL


def test_only_events_recorded_as_they_happened_can_contradict_a_scan() -> None:
    told, one = issued()
    live = told.entries[-1]
    fields = {"readPoint": "n"}
    detail = Detail(fields, SEED, event_of_fields(fields))
    scan = Sighting(datetime.fromtimestamp(live.record_time + 600, UTC), BERLIN)

    def says(**changes: Any) -> tuple[Outcome, Code]:
        facts: dict[str, Any] = {"details": {live.index: detail}, "places": {"n": NAIROBI}} | changes
        return ended(fate.contradictions(asked(made(told, **facts), sightings=(scan,))))

    assert says() == (Outcome.FAIL, Code.CLONE_PROVEN)
    assert says(places={}) == PASS
    assert says(details={}) == PASS
    past = replace(told.evidence().checkpoint, at=datetime.fromtimestamp(START, UTC))
    assert says(checkpoint=past) == PASS
    recalled = told.say(Verb.RECALL, MAKER, [one])
    assert says(details={recalled.index: detail}) == PASS
    backdated = late(told, one, Verb.OBSERVE, START - 86_400)
    assert says(details={backdated.index: detail}) == PASS


def test_knowledge_grows_old_and_a_clock_can_be_behind() -> None:
    case = made(issued()[0])
    at = case.evidence.checkpoint.at
    assert ended(fate.age(asked(case, now=at + TRUST.max_age))) == PASS
    assert ended(fate.age(asked(case, now=at + TRUST.max_age + timedelta(seconds=1)))) == (Outcome.UNKNOWN, Code.STALE)
    assert ended(fate.age(asked(case, now=at - timedelta(hours=1)))) == (Outcome.UNKNOWN, Code.STALE)
    assert fate.copies(case).outcome is Outcome.NOT_PROVABLE_OFFLINE
