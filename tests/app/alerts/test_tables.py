"""From the replica to the detector's tables: what is proven, in the meaning of the format, and nothing else."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.alerts.assessing import gathered_from
from app.alerts.proven import proven_log
from app.alerts.tables import Gathered
from app.demo.story import Story
from app.demo.units import plot
from app.station import Station
from chain.errors import BadInput, BadProof
from chain.journey import Item
from chain.verdict import Code
from forecasting.tables import ACTIONS, LEDGER, OBSERVE


def item_of(station: Station, code: Code) -> Item:
    """The unit of the sample world that has this fate."""
    from datetime import datetime

    return plot(Story(datetime.fromisoformat(str(station.store.goods.setting("demo_now"))))).item(code)


def acts(gathered: Gathered, item: Item) -> list[str]:
    """What the tables tell of an item, in their order."""
    code = list(gathered.tables.items).index(item.key)
    return [ACTIONS[action] for action in gathered.tables.events.action[gathered.rows_of(code)]]


def gather(station: Station, **bounds: int) -> Gathered:
    return gathered_from(station.store, station.trust, **bounds)[0]


def test_every_step_of_an_item_is_a_row_with_who_where_and_when(judged: Station) -> None:
    found, item = gather(judged), item_of(judged, Code.OK)
    assert acts(found, item) == ["commission", "ship", "receive", "ship", "receive", "observe"]
    tables, rows = found.tables, found.rows_of(list(found.tables.items).index(item.key))
    steps = judged.journey(item).steps
    assert [int(entry) for entry in found.entry[rows]] == [*(step.entry.index for step in steps), -1]
    names = [tables.party_ids[actor] for actor in tables.events.actor[rows]]
    assert names == ["Alba Pharma", "Alba Pharma", "Harbour Warehouse", "Harbour Warehouse", "Linden Pharmacy", "Linden Pharmacy"]
    places = [step.place for step in steps]
    assert [float(lat) for lat in tables.events.lat[rows[:-1]]] == [place.lat if place else None for place in places]
    assert [int(at) for at in tables.events.claimed[rows[:-1]]] == [step.entry.event_time for step in steps]
    assert [int(at) for at in tables.events.recorded[rows[:-1]]] == [step.entry.record_time for step in steps]


def test_a_receipt_carries_the_shipment_that_the_contract_ties_it_to(judged: Station) -> None:
    found, item = gather(judged), item_of(judged, Code.OK)
    events = found.tables.events
    rows = found.rows_of(list(found.tables.items).index(item.key))
    ship, receive, ship2, receive2 = (int(events.shipment[row]) for row in rows[1:5])
    assert ship == receive != ship2 == receive2
    assert found.tables.party_ids[events.target[rows[1]]] == "Harbour Warehouse"
    assert found.tables.party_ids[events.origin[rows[2]]] == "Alba Pharma"


def test_what_happens_to_a_case_happens_to_what_is_in_it(judged: Station) -> None:
    found = gather(judged)
    item = next(item for item in found.items if item.lot == "L001")
    told = acts(found, item)
    assert told[:7] == ["commission", "pack", "ship", "receive", "ship", "receive", "unpack"]
    rows = found.rows_of(list(found.tables.items).index(item.key))
    boxes = {found.tables.name("container", int(box)) for box in found.tables.events.container[rows[1:7]]}
    assert len(boxes) == 1
    assert boxes.pop().startswith("(00)")
    assert int(found.tables.events.container[rows[7]]) == -1
    assert not any(item.sscc for item in found.items)


def test_the_warmth_of_a_trip_is_told_with_its_shipment(judged: Station) -> None:
    sensors = gather(judged).tables.sensors
    assert set(np.round(sensors.value, 1)) == {4.5}
    assert (sensors.container >= 0).all()
    assert (sensors.shipment >= 0).sum() >= 8


def test_a_sale_is_a_sale_and_a_recall_from_afar_is_no_read(judged: Station) -> None:
    found = gather(judged)
    assert acts(found, item_of(judged, Code.DECOMMISSIONED))[-2:] == ["sell", "observe"]
    assert "inspect" not in acts(found, item_of(judged, Code.QUARANTINED))


def test_own_scans_are_reads_of_this_party_and_the_same_scan_twice_is_one(judged: Station) -> None:
    from datetime import UTC, datetime

    from chain.journey import Scan

    item = item_of(judged, Code.OK)
    before = acts(gather(judged), item)
    judged.check(Scan(item.key, datetime.now(UTC)))
    found = gather(judged)
    assert acts(found, item) == before
    rows = np.flatnonzero(found.entry < 0)
    assert set(found.tables.events.action[rows]) == {OBSERVE}
    assert set(found.tables.events.channel[rows]) == {LEDGER}
    assert {found.tables.party_ids[actor] for actor in found.tables.events.actor[rows]} == {"Linden Pharmacy"}


def test_a_record_edited_on_this_laptop_is_left_out_with_its_item_alone(judged: Station) -> None:
    found = gather(judged)
    assert item_of(judged, Code.TAMPERED).key not in found.tables.items
    assert item_of(judged, Code.OK).key in found.tables.items
    assert found.left_out == 1


def test_details_that_are_not_what_was_committed_to_leave_their_item_out(judged: Station) -> None:
    item = item_of(judged, Code.OK)
    step = judged.journey(item).steps[2]
    with judged.store.transaction():
        detail = judged.store.goods.detail(step.entry.commitment)
        assert detail is not None
        judged.store.goods.forget_details([step.entry.commitment])
        judged.store.goods.add_details(
            [(step.entry.commitment, dict(detail.fields) | {"readPoint": "9521000000019"}, detail.seed)]
        )
    assert item.key not in gather(judged).tables.items


def test_a_missing_entry_is_said(judged: Station) -> None:
    path = judged.profile / "wayproof.sqlite"
    database = sqlite3.connect(path)
    with database:
        database.execute("delete from events where idx = 40")
    database.close()
    with pytest.raises(BadProof, match="sync this profile again"):
        gather(judged)


def test_another_contract_than_the_pinned_one_proves_nothing(judged: Station) -> None:
    trust = judged.trust
    assert trust is not None
    with pytest.raises(BadProof):
        proven_log(judged.store, replace(trust, contract=bytes(20)))


def test_an_empty_profile_says_so(tmp_path: Path) -> None:
    with Station.open(tmp_path / "new", offline=True) as station, pytest.raises(BadInput, match="sync first"):
        gather(station)


def test_the_log_as_it_was_gives_the_tables_as_they_were(judged: Station) -> None:
    part = gather(judged, size=600, scans=0)
    assert int(part.entry.max()) < 600
    assert (part.entry >= 0).all()
    assert part.tables.size < gather(judged).tables.size
