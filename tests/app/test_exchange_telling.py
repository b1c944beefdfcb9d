"""Rows told as events: identities, times and fields as the mapping says; what cannot be told is refused with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange import identities
from app.exchange.gazetteer import Gazetteer, Spot
from app.exchange.mapping_file import parse
from app.exchange.plan import blocks, order
from app.exchange.rows import RowRefused, table
from app.exchange.telling import BASIS, Line, Teller
from chain import gs1
from chain.encoding import kind_of, prefixes_of
from chain.errors import BadInput
from chain.journey import Item, Kind, Role, Verb
from tests.app import deliveries

PLACES = Gazetteer([("Basel", Spot(47.56, 7.59, "CH"))])


def teller(spec: dict[str, Any] | None = None) -> Teller:
    return Teller(parse(spec or deliveries.spec(), "mapping m.json", Path("/nowhere")), PLACES)


def told(by: Teller, *lines: str) -> list[Line]:
    rows = table("\n".join((deliveries.HEADER, *lines)), by.mapping.delimiter, "the file").rows
    return [by.tell(row) for row in rows]


def test_the_documented_file_is_told_as_the_docs_say() -> None:
    by = teller()
    first, second, third = told(by, *deliveries.block("csv").splitlines()[1:])
    assert [name for name, _ in first.drafts] == ["commission", "ship", "receive"]
    commission, ship, receive = (draft.event for _, draft in first.drafts)
    assert commission.event_time == datetime(2025, 2, 3, 8, tzinfo=UTC)
    assert ship.event_time == datetime(2025, 2, 19, 12, tzinfo=UTC)
    assert (receive.event_time, receive.record_time) == (
        datetime(2025, 2, 24, 12, tzinfo=UTC),
        datetime(2025, 2, 25, 23, 59, 59, tzinfo=UTC),
    )
    assert (commission.action, ship.biz_step, receive.disposition) == ("ADD", "shipping", "in_progress")
    assert ship.extensions[BASIS] == "5 days before receive"
    assert ship.biz_transactions == (("desadv", "DN-1001"),)
    assert BASIS not in commission.extensions
    assert commission.extensions["mine:packs"] == 120
    assert third.drafts[0][1].event.extensions["mine:packs"] == "as ordered"
    assert second.drafts[0][1].event.extensions[BASIS] == "14 days before ship"
    assert second.drafts[1][1].event.extensions[BASIS] == "30 days before receive"
    assert {party.name: party.roles for party in by.parties.values()}["Linden Pharmacy"] == Role.RETAILER
    site = by.places[commission.read_point]
    assert (site.name, site.lat, site.country) == ("Plant 2, Basel", 47.56, "CH")
    assert by.places[receive.biz_location].lat is None


@given(st.text(min_size=1, max_size=40), st.integers(0, identities.LARGEST))
def test_computed_identities_are_well_formed_and_of_the_demonstration_prefix(name: str, number: int) -> None:
    prefix = identities.prefix_of_name("deliveries", name)
    unit = identities.sscc(prefix, number)
    assert isinstance(gs1.parse(f"(00){unit}"), Item)
    assert unit[1:].startswith(prefix)
    assert prefix.startswith("952")
    assert gs1.valid_gln(identities.party_gln(prefix))
    assert gs1.valid_gln(identities.site_gln("deliveries", name))
    assert identities.site_gln("deliveries", name) != identities.party_gln(prefix)
    item = Item(sscc=unit)
    assert kind_of(item) is Kind.LOGISTIC
    assert int("1" + prefix) in prefixes_of(item)


def test_shipments_of_one_maker_have_identities_of_their_own() -> None:
    prefix = identities.prefix_of_name("m", "x")
    assert len({identities.sscc(prefix, number) for number in (*range(3000), 999_999, 1_000_000, identities.LARGEST)}) == 3003
    with pytest.raises(BadInput, match="at most 9,999,999"):
        identities.sscc(prefix, 10_000_000)


def test_the_same_row_is_always_told_the_same_and_another_row_differently() -> None:
    line = deliveries.row(7)
    (first,), (again,), (other,) = (told(teller(), text) for text in (line, line, deliveries.row(8)))
    assert first == again
    assert {d.event.event_id for _, d in first.drafts}.isdisjoint(d.event.event_id for _, d in other.drafts)
    assert len({d.event.event_id for _, d in first.drafts}) == 3


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"number": ""}, "number", "no name of its own"),
        ({"number": "x1"}, "number", "“x1” is not the number of a shipment"),
        ({"number": "10000000"}, "number", "at most 9,999,999"),
        ({"maker": "unknown"}, "maker", "the issuer has no name"),
        ({"shop": ""}, "shop", "the party “shop” has no name"),
        ({"shop": "Alba Pharma", "maker": "Alba Pharma"}, "shop", "a shipment from a party to itself"),
        ({"delivered": "soon"}, "delivered", "“soon” is not a date of the form DD.MM.YYYY"),
        ({"delivered": "unknown"}, "delivered", "there is no time"),
        ({"ordered": "3.2.2025"}, "ordered", "is not a date"),
        ({"booked": "31.02.2025"}, "booked", "is not a date"),
        ({"packs": "many"}, "packs", "“many” is not a whole number"),
        ({"product": "a\x07b"}, "product", "control character"),
    ],
)
def test_a_bad_row_is_refused_with_column_and_reason(cells: dict[str, str], column: str, words: str) -> None:
    with pytest.raises(RowRefused, match=words) as raised:
        told(teller(), deliveries.row(5, **cells))
    assert raised.value.column == column


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(RowRefused, match="only 3 of 10 columns"):
        told(teller(), "1;Alba Pharma;Basel")


def test_real_identities_and_a_row_for_each_event() -> None:
    by = teller(deliveries.identified_spec())
    lines = told(
        by,
        deliveries.identified("A1", "made", "2025-01-05T08:00:00+02:00"),
        deliveries.identified("A1", "shipped", "2025-01-06T08:00:00Z"),
        deliveries.identified("A1", "got", "2025-01-07"),
    )
    assert [[draft.verb for _, draft in line.drafts] for line in lines] == [[Verb.COMMISSION], [Verb.SHIP], [Verb.RECEIVE]]
    made, sent, got = (line.drafts[0][1] for line in lines)
    assert made.items == (Item(gtin=deliveries.GTIN, serial="A1"),)
    assert (made.event.event_time, made.event.event_time_zone_offset) == (datetime(2025, 1, 5, 6, tzinfo=UTC), "+02:00")
    assert (sent.party, sent.counterparty, got.party) == (deliveries.MAKER, deliveries.SHOP, deliveries.SHOP)
    assert by.prefixes == {deliveries.MAKER: "952100001"}
    assert [[d.verb for d in block.drafts] for block in blocks(lines)] == [[Verb.COMMISSION], [Verb.SHIP], [Verb.RECEIVE]]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"works": "9521000000010"}, "is no GLN"),
        ({"packs": "95x"}, "is no GS1 company prefix"),
        ({"ordered": "09521000011010"}, "check digit"),
        ({"ordered": "95210"}, "is no GTIN"),
        ({"number": "a b"}, "21"),
        ({"maker": "Somebody else", "product": deliveries.MAKER}, "have the same GLN"),
    ],
)
def test_identities_that_are_none_are_refused(cells: dict[str, str], words: str) -> None:
    rows = [deliveries.identified("A1", "made", "2025-01-05"), deliveries.identified("A2", "made", "2025-01-05", **cells)]
    with pytest.raises(RowRefused, match=words):
        told(teller(deliveries.identified_spec()), *rows)


@given(st.permutations(range(1, 9)))
def test_lines_stand_in_the_order_of_their_record_times_whatever_the_files_order(numbers: list[int]) -> None:
    lines = told(teller(), *(deliveries.row(number) for number in numbers))
    assert [int(line.name) for line in sorted(lines, key=order)] == sorted(
        range(1, 9), key=lambda number: (number + number % 3, number)
    )


@given(st.integers(1, 30))
def test_no_block_holds_two_events_of_one_item_and_none_is_lost(count: int) -> None:
    lines = sorted(told(teller(), *(deliveries.row(number) for number in range(1, count + 1))), key=order)
    made = list(blocks(lines))
    for block in made:
        assert len({item for draft in block.drafts for item in draft.items}) == len(block.drafts)
        assert all(draft.event.event_time.timestamp() <= block.at for draft in block.drafts)
    assert [draft.verb for block in made for draft in block.drafts] == [
        verb for verb in (Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE) for _ in range(count)
    ]
