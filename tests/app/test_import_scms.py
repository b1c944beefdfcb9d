"""Real shipments: the SCMS delivery history, told whole and imported in part, with the labels verified offline."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.exchange import import_file
from app.exchange.checking import Checker
from app.exchange.gazetteer import Gazetteer
from app.exchange.opening import open_table
from app.exchange.telling import BASIS, Teller
from app.printing import label_text_of
from app.station import Station
from chain.errors import BadInput
from chain.journey import Scan, Verb
from chain.verdict import Code, Kind

LINES = 150


@pytest.fixture(scope="module")
def scms(shared: Path) -> Path:
    """The whole file."""
    return shared / "scms" / "SCMS_Delivery_History_Dataset.csv"


@pytest.fixture(scope="module")
def some(scms: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its first lines, with its line ends."""
    path = tmp_path_factory.mktemp("scms") / "some.csv"
    path.write_bytes(b"\r".join(scms.read_bytes().split(b"\r")[: LINES + 1]))
    return path


def test_every_line_of_the_file_is_told_and_would_be_recorded(scms: Path) -> None:
    spec, table = open_table(scms, "table", None)
    assert spec is not None
    assert (spec.name, len(table.rows)) == ("scms", 10_324)
    teller = Teller(spec, Gazetteer.read(spec.places))
    checked = Checker(teller, None, {}, lambda *_: None, lambda: False).check(table.rows)
    assert (checked.refused, checked.events, len(checked.rows)) == ([], 3 * 10_324, 10_324)
    assert len(checked.members) == 73 + 43
    known = [place for place in checked.places.values() if place.lat is not None]
    unknown = {place.name for place in checked.places.values() if place.lat is None}
    assert len(known) > 120
    assert unknown == {
        "ABBSP", "INVERNESS ANY", "SCMS regional distribution centre", "BUNDI INTERNATIONAL DIAGNOSTICS LTD", "PLURIPHARM S.A.",
    }  # fmt: skip
    moved = 0
    for row in checked.rows:
        line = teller.tell(row)
        commission, ship, receive = (draft.event for _, draft in line.drafts)
        assert commission.event_time < ship.event_time < receive.event_time <= line.record_time
        assert BASIS in ship.extensions
        moved += BASIS in receive.extensions
    assert moved == 3
    assert len({teller.tell(row).item.key for row in checked.rows[:2000]}) == 2000


def test_imported_shipments_are_genuine_with_their_real_journeys(some: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    with Station.open(profile) as station:
        (summary,) = import_file(station, some)
        assert summary | {"mapping": "scms", "recorded": 3 * LINES, "duplicates": 0, "refused": 0, "blocks": 3} == summary
        items = [item for _, item, _ in station.store.goods.search("", 1000, 0)]
        labels = [label_text_of(station, item) for item in items]
    assert len(items) == LINES
    with Station.open(profile, offline=True) as station:
        for label in labels:
            verdict = station.check(Scan(label, datetime.now(UTC))).verdict
            assert (verdict.kind, verdict.code) == (Kind.GENUINE, Code.OK), verdict.reason
        (row,) = (row for row in station.items("HIV, Reveal G3 Rapid HIV-1 Antibody Test, 30 Tests") if "000001" in row.item.sscc)
        journey = station.journey(row.item)
        assert row.custodian == "Receiving programme, Côte d'Ivoire"
    made, sent, got = journey.steps
    assert [step.entry.verb for step in journey.steps] == [Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE]
    assert made.actor is not None
    assert made.actor.name == "RANBAXY Fine Chemicals LTD."
    assert made.place is not None
    assert made.place.name == "Ranbaxy Fine Chemicals LTD"
    assert got.place is not None
    assert (got.place.name, got.place.country) == ("Côte d'Ivoire", "CI")
    assert got.event is not None
    assert (got.event.event_time, got.event.record_time) == (
        datetime(2006, 6, 2, 12, tzinfo=UTC),
        datetime(2006, 6, 2, 23, 59, 59, tzinfo=UTC),
    )
    assert sent.event is not None
    assert dict(sent.event.biz_transactions) == {"po": "SCMS-4", "desadv": "ASN-8"}
    assert (sent.event.extensions["scms:weightKg"], sent.event.extensions["scms:freightUsd"]) == (13, 780.34)


def test_a_file_that_was_cut_off_is_refused_whole(scms: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(scms.read_bytes()[:200_000])
    with Station.open(tmp_path / "profile") as station, pytest.raises(BadInput, match=r"is cut off|cannot be read"):
        list(import_file(station, path))
    assert not (tmp_path / "profile" / "chain.sqlite").exists()
