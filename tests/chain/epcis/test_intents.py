"""EPCIS events as verbs of the contract, or the reason why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings

from chain.encoding import ZERO, word
from chain.epcis import NotRecordable, draft_of, gln_of
from chain.epcis.intents import master_data, sensor_root
from chain.journey import ErrorDeclaration, Event, Item, Quantity, Receipt, Verb
from tests.chain.epcis.strategies import events

AT = datetime(2026, 1, 1, tzinfo=UTC)
LINK, OTHER = "https://id.gs1.org/01/09506000134352/21/A1", "https://id.gs1.org/01/09506000134352/21/A2"
CASE = "https://id.gs1.org/00/106141412345678908"
A1, A2, BOX = Item(gtin="09506000134352", serial="A1"), Item(gtin="09506000134352", serial="A2"), Item(sscc="106141412345678908")
SENDER, RECEIVER = "4012345000009", "0614141000005"
LOT = Quantity("https://id.gs1.org/01/09506000134352/10/L7", 12)


def event(kind: str = "ObjectEvent", action: str = "OBSERVE", **more: Any) -> Event:
    more.setdefault("epcs", () if kind == "TransformationEvent" else (LINK, OTHER))
    return Event("urn:x:1", kind, action, AT, **more)


def verbs(told: Event) -> list[Verb]:
    return [intent.verb for intent in draft_of(told)]


@pytest.mark.parametrize(
    ("told", "verb"),
    [
        (event(action="ADD"), Verb.COMMISSION),
        (event(action="DELETE", biz_step="retail_selling"), Verb.DECOMMISSION),
        (event(biz_step="inspecting"), Verb.OBSERVE),
        (event(biz_step="departing"), Verb.OBSERVE),
        (event(biz_step="receiving"), Verb.RECEIVE),
        (event(biz_step="accepting"), Verb.RECEIVE),
        (event(biz_step="holding"), Verb.QUARANTINE),
        (event(biz_step="holding", disposition="sellable_accessible"), Verb.RELEASE),
        (event(biz_step="holding", disposition="recalled"), Verb.RECALL),
        (event(dispositions_set=("recalled",)), Verb.RECALL),
        (event(dispositions_unset=("recalled",)), Verb.LIFT),
        (event("AggregationEvent", "ADD", parent_id=CASE), Verb.PACK),
        (event("AggregationEvent", "DELETE", parent_id=CASE), Verb.UNPACK),
        (event("AssociationEvent", "ADD", parent_id=CASE), Verb.PACK),
        (event("AggregationEvent", parent_id=CASE), Verb.OBSERVE),
    ],
)
def test_an_event_asks_for_its_verb(told: Event, verb: Verb) -> None:
    (intent,) = draft_of(told)
    assert intent.verb is verb
    assert {A1, A2} <= set(intent.items)
    assert intent.why.endswith(".")


def test_a_shipment_names_its_sender_and_receiver() -> None:
    told = event(
        biz_step="shipping",
        sources=(("location", "9506000134352"), ("owning_party", SENDER)),
        destinations=(("owning_party", SENDER), ("possessing_party", f"https://id.gs1.org/417/{RECEIVER}")),
    )
    (intent,) = draft_of(told)
    assert (intent.verb, intent.party, intent.counterparty) == (Verb.SHIP, SENDER, RECEIVER)
    with pytest.raises(NotRecordable, match="receiver"):
        draft_of(replace(told, destinations=(("possessing_party", "https://example.com/them"),)))


def test_a_receipt_says_how_it_ended() -> None:
    told = event(biz_step="receiving", destinations=(("possessing_party", RECEIVER),))
    (intent,) = draft_of(told)
    assert (intent.party, intent.argument) == (RECEIVER, word(Receipt.ACCEPTED))
    for damaged in (replace(told, disposition="damaged"), replace(told, dispositions_set=("damaged",))):
        assert draft_of(damaged)[0].argument == word(Receipt.DAMAGED)
    with pytest.raises(NotRecordable, match="missing or too many"):
        draft_of(replace(told, disposition="mismatch_quantity"))


def test_a_shipment_of_recalled_goods_is_both() -> None:
    told = event(biz_step="shipping", destinations=(("owning_party", RECEIVER),), dispositions_set=("recalled",))
    assert verbs(told) == [Verb.SHIP, Verb.RECALL]


def test_a_whole_lot_is_recalled_by_its_class() -> None:
    (intent,) = draft_of(event(epcs=(), quantities=(LOT,), dispositions_set=("recalled",)))
    assert intent.items == (Item(gtin="09506000134352", lot="L7"),)
    with pytest.raises(NotRecordable, match="neither one item nor one lot"):
        draft_of(event(epcs=(), quantities=(Quantity("https://id.gs1.org/01/09506000134352"),), dispositions_set=("recalled",)))
    with pytest.raises(NotRecordable, match="no goods"):
        draft_of(event(epcs=(), dispositions_set=("recalled",)))


def test_containers_and_children_are_told_apart() -> None:
    (packed,) = draft_of(event("AggregationEvent", "ADD", parent_id=CASE, quantities=(LOT,)))
    assert (packed.container, packed.items) == (BOX, (A1, A2))
    assert "not tracked" in packed.why
    (emptied,) = draft_of(event("AggregationEvent", "DELETE", parent_id=CASE, epcs=()))
    assert (emptied.verb, emptied.items, emptied.container) == (Verb.UNPACK, (), BOX)
    (seen,) = draft_of(event("AggregationEvent", parent_id=CASE))
    assert seen.items == (BOX, A1, A2)


def test_a_transformation_ends_what_went_in_and_begins_what_came_out() -> None:
    ilmd = {"cbvmda:lotNumber": " L9 ", "cbvmda:itemExpirationDate": "2027-03-31"}
    told = event("TransformationEvent", "", inputs=(LINK,), outputs=(OTHER, CASE), input_quantities=(LOT,), ilmd=ilmd)
    ended, begun = draft_of(told)
    assert (ended.verb, ended.items) == (Verb.DECOMMISSION, (A1,))
    assert (begun.verb, begun.items) == (Verb.COMMISSION, (replace(A2, lot="L9", expiry=date(2027, 3, 31)), BOX))
    assert verbs(replace(told, inputs=())) == [Verb.COMMISSION]
    assert verbs(replace(told, outputs=())) == [Verb.DECOMMISSION]


def test_lot_and_expiry_of_what_is_born_come_from_its_link_or_its_master_data() -> None:
    told = event(
        action="ADD",
        epcs=("https://id.gs1.org/01/09506000134352/10/OWN/21/A1",),
        ilmd={"x:lotNumber": "L", "y:itemExpirationDate": "2027-01-01"},
    )
    told = replace(told, namespaces={"x": "urn:epcglobal:cbv:mda:", "y": "urn:epcglobal:cbv:mda"})
    assert draft_of(told)[0].items == (replace(A1, lot="OWN", expiry=date(2027, 1, 1)),)
    assert master_data(replace(told, namespaces={})) == ("", None)
    with pytest.raises(NotRecordable, match="expiry"):
        draft_of(replace(told, ilmd={"cbvmda:itemExpirationDate": "next year"}))


def test_sensor_readings_are_bound_by_their_root() -> None:
    elements = ({"sensorReport": [{"type": "Temperature", "value": 4}]},)
    (intent,) = draft_of(event(sensor_elements=elements))
    assert intent.argument == sensor_root(elements) != ZERO
    assert sensor_root(({"sensorReport": [{"value": 4, "type": "Temperature"}]},)) == sensor_root(elements)
    assert sensor_root(()) == ZERO


def test_an_error_declaration_corrects_whatever_it_repeats() -> None:
    told = event("AggregationEvent", "ADD", parent_id=CASE, error=ErrorDeclaration(AT))
    (intent,) = draft_of(told)
    assert (intent.verb, intent.items) == (Verb.CORRECT, (A1, A2, BOX))
    assert "urn:x:1" in intent.why


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (event(epcs=()), "no goods"),
        (event(epcs=(), quantities=(LOT,)), "by class"),
        (event(action="ADD", epcs=()), "no goods"),
        (event(biz_step="void_shipping"), "taken back"),
        (event("TransactionEvent"), "business document"),
        (event("https://example.com/MyEvent"), "nobody's"),
        (event("AggregationEvent", "ADD"), "container"),
        (event("AggregationEvent", "ADD", parent_id=CASE, epcs=()), "no goods"),
        (event("AggregationEvent", "DELETE", parent_id=CASE, epcs=(), quantities=(LOT,)), "by class"),
        (event("AggregationEvent", epcs=()), "no goods"),
        (event("TransformationEvent", "", input_quantities=(LOT,)), "by class"),
        (event(epcs=("https://id.gs1.org/8004/4012345ABC",)), "an asset"),
        (event(epcs=(LOT.epc_class,)), "class of goods"),
        (event(epcs=("urn:x:1",)), "urn:x:1"),
        (event("AssociationEvent", "ADD", parent_id="https://id.gs1.org/414/4012345000009"), "a place"),
        (event(epcs=(), quantities=(Quantity("urn:x:1"),), dispositions_set=("recalled",)), "."),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(told: Event, words: str) -> None:
    with pytest.raises(NotRecordable) as caught:
        draft_of(told)
    assert words in caught.value.words


@pytest.mark.parametrize(
    ("text", "gln"),
    [
        ("4012345000009", "4012345000009"),
        ("https://id.gs1.org/414/4012345000009/254/7", "4012345000009"),
        ("urn:epc:id:pgln:4012345.00000", "4012345000009"),
        ("https://example.com", ""),
        (LINK, ""),
        ("", ""),
    ],
)
def test_a_gln_is_found_in_every_dress(text: str, gln: str) -> None:
    assert gln_of(text) == gln


@settings(max_examples=25, deadline=None)
@given(events())
def test_every_event_is_recordable_or_refused_in_words(told: Event) -> None:
    try:
        intents = draft_of(told)
    except NotRecordable:
        return
    assert intents
    assert all(intent.why.endswith(".") and len(intent.argument) == 32 for intent in intents)
