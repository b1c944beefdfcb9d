"""Single features on tables written by hand: what each is to see, and the harmless cause that it is to leave alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecasting import clocks, features, reading, rules
from forecasting.features import NAMES
from forecasting.tables import Tables
from forecasting.trail import Trail

HOUR = 3600
EVENTS = "item_id,product_id,batch_id,action,actor_party,from_party,to_party,device_id,shipment_id,event_time,record_time\n"


def at(hours: float) -> str:
    return str(1_700_000_000 + round(hours * HOUR))


def tables(folder: Path, events: list[str], **files: str) -> Tables:
    (folder / "events.csv").write_text(EVENTS + "\n".join(events) + "\n", "utf-8")
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return reading.read(folder)


def column(found: Tables, name: str) -> dict[str, float]:
    values = features.build(found).values[:, NAMES.index(name)]
    return dict(zip(found.items, map(float, values), strict=True))


def trip(item: str, note: str, start: float) -> list[str]:
    return [
        f"{item},P,B,ship,A,A,Z,D1,{note},{at(start)},{at(start)}",
        f"{item},P,B,receive,Z,A,Z,D2,{note},{at(start + 20)},{at(start + 20)}",
    ]


def readings(note: str, start: float, values: list[float]) -> list[str]:
    return [f"{note},{at(start + k)},{v}" for k, v in enumerate(values)]


PRODUCT = "product_id,cold_chain,temp_min,temp_max\nP,1,2,8\n"
STEADY = [5.0, 5.2, 4.9, 5.1, 4.8, 5.3, 5.0, 4.7, 5.2, 5.1, 4.9, 5.0, 5.4, 4.8, 5.1, 5.2, 4.6, 5.0, 5.3, 4.9]


def test_a_door_opened_for_a_moment_is_no_excursion_and_an_hour_of_warmth_is(tmp_path: Path) -> None:
    door, warm = list(STEADY), list(STEADY)
    door[7] = 17.0
    warm[7:10] = [15.0, 16.0, 14.0]
    rows = ["shipment_id,time,temp_c", *readings("S1", 0, door), *readings("S2", 0, warm)]
    found = tables(tmp_path, trip("x", "S1", 0) + trip("y", "S2", 0), products=PRODUCT, sensors="\n".join(rows) + "\n")
    held = column(found, "warmth_held")
    assert held["x"] == 0.0
    assert held["y"] == pytest.approx(7.0)
    assert column(found, "warmth_above")["x"] == pytest.approx(9.0)


def test_of_two_equal_series_the_later_one_is_the_copy(tmp_path: Path) -> None:
    rows = ["shipment_id,time,temp_c", *readings("S1", 0, STEADY), *readings("S2", 48, STEADY)]
    found = tables(tmp_path, trip("x", "S1", 0) + trip("y", "S2", 48), products=PRODUCT, sensors="\n".join(rows) + "\n")
    assert column(found, "warmth_copied_long") == {"x": 1.0, "y": 1.0}
    assert column(found, "warmth_copied_later") == {"x": 0.0, "y": 1.0}


def test_a_recall_is_seen_as_many_returns_of_one_batch(tmp_path: Path) -> None:
    events = [f"i{k},P,B,return,S{k},S{k},A,D{k},R{k},{at(k)},{at(k)}" for k in range(6)]
    events += [f"alone,P,C,return,S1,S1,A,D1,R9,{at(2)},{at(2)}", *trip("sold", "S1", 0)]
    found = column(tables(tmp_path, events), "mates_returned")
    assert found["i0"] == pytest.approx(np.log1p(5))
    assert found["alone"] == found["sold"] == 0.0


def test_records_before_their_company_are_not_late(tmp_path: Path) -> None:
    events = [f"i{k},P,B,receive,Z,A,Z,D2,S1,{at(10)},{at(10 if k < 3 else 510)}" for k in range(10)]
    found = column(tables(tmp_path, events), "records_after_mates")
    assert found["i0"] == 0.0
    assert found["i9"] == pytest.approx(np.log1p(500), rel=1e-3)


@pytest.mark.parametrize("device", ["", "D1"])
def test_a_wrong_clock_is_set_right_with_and_without_devices_told(tmp_path: Path, device: str) -> None:
    events = [f"i{k},P,B,receive,Z,A,Z,{device},S{k},{at(3 * k - 5)},{at(3 * k)}" for k in range(12)]
    found = clocks.read(tables(tmp_path, events).events)
    assert np.allclose(found.moved, 5 * HOUR)
    assert found.zone.all()


def test_a_thing_in_two_places_at_once_is_suspected_unless_the_network_shows_it_everywhere(tmp_path: Path) -> None:
    def seen(item: str, hours: float, party: str, lat: float) -> str:
        return f"{item},P,B,observe,{party},,,D{party},,{at(hours)},{at(hours)},{lat},10.0"

    def read(*twice: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        rows = [seen(f"i{k}", k, "A", 50.0) for k in range(20)] + [seen(f"i{k}", k + 60, "B", 51.0) for k in range(20)]
        rows += [seen(item, int(item[1:]) + 0.5, "C", -1.0) for item in twice]
        (tmp_path / "events.csv").write_text(EVENTS.strip() + ",lat,lon\n" + "\n".join(rows) + "\n", "utf-8")
        return rules.impossible(Trail(reading.read(tmp_path)))

    assert not read().any()
    assert np.flatnonzero(read("i3")).tolist() == [3]
    assert not read("i3", "i4", "i5").any()
    trail = Trail(reading.read(tmp_path))
    assert np.array_equal(rules.floored(np.full(20, -2.0), trail), np.full(20, -2.0))
    read("i3")
    assert rules.floored(np.full(20, -2.0), Trail(reading.read(tmp_path)))[3] == rules.FLOOR
