"""The scan-time detector: honest journeys are left alone, dishonest ones are asked about with the right reason, fast."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.journey import Entry, Event, Item, Journey, Party, Place, Receipt, Step, Verb
from forecasting.anomaly import ALERT, Detector, Norms, Risk
from forecasting.cold import kinetic_mean

HAMBURG = Place("h", "Hamburg", 53.55, 9.99)
LAGOS = Place("l", "Lagos", 6.52, 3.37)
PUNE = Place("p", "Pune", 18.52, 73.86)
ESSEN = Place("e", "Essen", 51.46, 7.01)
MADRID = Place("m", "Madrid", 40.42, -3.70)
START = int(datetime(2024, 3, 4, 9, 17, 23, tzinfo=UTC).timestamp())
HOUR, DAY = 3600, 86400
LINE = (
    (Verb.COMMISSION, 1, 0, 0, PUNE),
    (Verb.SHIP, 1, 2, 1 * DAY + 777, PUNE),
    (Verb.RECEIVE, 2, 1, 6 * DAY + 5_021, HAMBURG),
    (Verb.SHIP, 2, 3, 20 * DAY + 9_133, HAMBURG),
    (Verb.RECEIVE, 3, 2, 21 * DAY + 3_311, ESSEN),
)


def step(verb: Verb, org: int, to: int, at: int, place: Place | None, lag: int = 60, **more: object) -> Step:
    argument = more.get("argument", bytes(32))
    assert isinstance(argument, bytes)
    device = more.get("device", bytes([org]) * 20)
    assert isinstance(device, bytes)
    entry = Entry(0, verb, org, device, to, START + at, START + at + lag, bytes(32), argument, (bytes(32),))
    sensors = more.get("sensors", ())
    assert isinstance(sensors, tuple)
    when = datetime.fromtimestamp(START + at, UTC)
    event = Event("e", "ObjectEvent", "OBSERVE", when, sensor_elements=sensors)
    return Step(entry, event, Party(str(org), f"Party {org}"), Party(str(to), f"Party {to}") if to else None, place)


def journey(*steps: Step) -> Journey:
    return Journey(Item("09506000134352", "A1"), steps)


def honest(lag: int = 60, shift: int = 0) -> list[Step]:
    return [step(v, o, t, at + shift, p, lag) for v, o, t, at, p in LINE]


def features(risk: Risk) -> set[str]:
    return {reason.feature for reason in risk.reasons}


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(START + seconds, UTC)


def temperatures(values: Sequence[float], first: int, every: int = HOUR) -> tuple[dict[str, object], ...]:
    return tuple(
        {
            "sensorMetadata": {"time": at(first + i * every).isoformat()},
            "sensorReport": [{"type": "Temperature", "value": value, "uom": "CEL"}],
        }
        for i, value in enumerate(values)
    )


def test_honest_journey_raises_nothing() -> None:
    assert Detector().score(journey(*honest())) == Risk(0.0)


def test_empty_journey_raises_nothing() -> None:
    assert Detector().score(Journey(Item())) == Risk(0.0)


def test_history_taken_over_years_late_is_not_suspicious() -> None:
    steps = [
        Step(
            Entry(0, v, o, bytes([o]) * 20, t, START + moment, START + 3600 * DAY + i, bytes(32), bytes(32), (bytes(32),)),
            place=p,
        )
        for i, (v, o, t, moment, p) in enumerate(LINE)
    ]
    assert Detector().score(journey(*steps)).score == 0.0


def test_clock_ten_years_off_is_recognised_as_the_devices() -> None:
    steps = [step(v, o, t, at_ - 3650 * DAY, p, 3650 * DAY + 40, device=b"\x07" * 20) for v, o, t, at_, p in LINE]
    assert not Detector().score(journey(*steps)).asks


def test_impossible_travel_is_told_with_both_places() -> None:
    steps = [*honest(), step(Verb.OBSERVE, 3, 0, 21 * DAY + 3_311 + 40 * 60, LAGOS)]
    risk = Detector().score(journey(*steps))
    assert risk.asks
    assert risk.reasons[0].feature == "impossible travel"
    assert "read in Lagos 40 min after Essen" in risk.words
    assert "km apart" in risk.words


def test_travel_that_a_wrong_time_zone_explains_is_named_and_not_blamed() -> None:
    steps = honest()
    steps[2] = step(Verb.RECEIVE, 2, 1, 1 * DAY + 777 + 2 * HOUR, HAMBURG, lag=5 * HOUR + 2000)
    risk = Detector().score(journey(*steps))
    assert features(risk) == {"travel or time zone"}
    assert not risk.asks


def test_dates_without_a_time_of_day_allow_for_the_day() -> None:
    midnight = -(START % DAY)
    steps = [
        step(Verb.COMMISSION, 1, 0, midnight, PUNE, 0),
        step(Verb.SHIP, 1, 2, midnight + 4 * DAY, PUNE, 3 * DAY),
        step(Verb.RECEIVE, 2, 1, midnight + 4 * DAY, HAMBURG, 3 * DAY),
    ]
    assert not Detector().score(journey(*steps)).asks


def test_unknown_and_broken_coordinates_are_passed_over() -> None:
    nowhere = Place("x", "Nowhere", float("nan"), 200.0)
    steps = [*honest(), step(Verb.OBSERVE, 3, 0, 22 * DAY, nowhere), step(Verb.OBSERVE, 3, 0, 22 * DAY + 60, None)]
    assert not Detector().score(journey(*steps)).reasons


def test_time_zone_mistake_is_recognised_as_such() -> None:
    steps = honest()
    ship = 6 * DAY + 5_021 + 2 * HOUR - 5 * HOUR - 30 * 60 - 2 * HOUR
    steps[3] = step(Verb.SHIP, 2, 3, ship, HAMBURG, lag=5 * HOUR + 1800 + 20)
    risk = Detector().score(journey(*steps))
    assert features(risk) == {"time zone"}
    assert not risk.asks


def test_backdated_hand_over_is_asked_about() -> None:
    steps = honest()
    steps[3] = step(Verb.SHIP, 2, 3, -2 * DAY - 4_000, HAMBURG, lag=24 * DAY)
    risk = Detector().score(journey(*steps))
    assert risk.asks
    assert "backdating" in features(risk)


def test_claim_far_ahead_of_its_record_is_asked_about() -> None:
    steps = honest()
    steps[-1] = step(Verb.RECEIVE, 3, 2, 40 * DAY + 77, ESSEN, lag=-18 * DAY)
    assert "backdating" in features(Detector().score(journey(*steps)))


def test_receipt_by_somebody_else_is_a_missing_hand_over() -> None:
    steps = honest()
    steps[4] = step(Verb.RECEIVE, 4, 2, 21 * DAY, ESSEN)
    risk = Detector().score(journey(*steps))
    assert risk.asks
    assert "missing hand-over" in features(risk)


def test_a_short_receipt_leaves_the_item_with_its_sender() -> None:
    steps = honest()
    steps[2] = step(Verb.RECEIVE, 2, 1, 6 * DAY, HAMBURG, argument=int(Receipt.SHORT).to_bytes(32, "big"))
    steps[3:] = [step(Verb.SHIP, 1, 3, 8 * DAY, PUNE)]
    assert "missing hand-over" not in features(Detector().score(journey(*steps)))


def shuttle(returns: int) -> list[Step]:
    steps, day = honest()[:3], 10 * DAY
    for i in range(returns):
        here, there = ((2, HAMBURG), (3, ESSEN)) if i % 2 == 0 else ((3, ESSEN), (2, HAMBURG))
        steps.append(step(Verb.SHIP, here[0], there[0], day + 313, here[1]))
        steps.append(step(Verb.RECEIVE, there[0], here[0], day + 2 * DAY + 1_717, there[1]))
        day += 5 * DAY
    return steps


def test_one_return_is_trade_and_a_carousel_is_asked_about() -> None:
    assert not Detector().score(journey(*shuttle(2))).asks
    risk = Detector().score(journey(*shuttle(5)))
    assert risk.asks
    assert features(risk) == {"loop"}


def test_sale_after_the_end_is_asked_about_and_an_inspection_is_not() -> None:
    ended = [*honest(), step(Verb.DECOMMISSION, 3, 0, 23 * DAY, ESSEN)]
    assert not Detector().score(journey(*ended, step(Verb.OBSERVE, 3, 0, 24 * DAY, ESSEN))).asks
    assert Detector().score(journey(*ended, step(Verb.SHIP, 3, 2, 24 * DAY, ESSEN))).asks


def test_scan_after_the_end_is_asked_about() -> None:
    ended = [*honest(), step(Verb.DECOMMISSION, 3, 0, 23 * DAY, ESSEN)]
    risk = Detector().score(journey(*ended), ((at(60 * DAY), ESSEN),))
    assert risk.asks
    assert "after the end" in features(risk)


def test_one_serial_scanned_to_and_fro_far_apart_is_asked_about() -> None:
    scans = tuple((at((30 + i) * DAY), (ESSEN, MADRID)[i % 2]) for i in range(5))
    risk = Detector().score(journey(*honest()), scans)
    assert risk.asks
    assert risk.reasons[0].feature == "many places"


def test_same_place_scanned_often_is_no_sign() -> None:
    scans = tuple((at(21 * DAY + 4_000 + i * 60), ESSEN) for i in range(50))
    assert Detector().score(journey(*honest()), scans) == Risk(0.0)


def test_scan_where_it_is_shipped_to_is_no_sign() -> None:
    assert Detector().score(journey(*honest()[:4]), ((at(21 * DAY + 500), ESSEN),)) == Risk(0.0)


COLD = [4.8, 5.1, 5.0, 4.6, 5.3, 5.2, 4.9, 5.4, 5.0, 4.7]


def chilled(values: Sequence[float], every: int = HOUR) -> Journey:
    steps = honest()
    steps[2] = step(Verb.RECEIVE, 2, 1, 6 * DAY + 5_021, HAMBURG, sensors=temperatures(values, 2 * DAY, every))
    return journey(*steps)


def test_cold_chain_kept_is_no_sign() -> None:
    assert Detector().score(chilled(COLD)) == Risk(0.0)


def test_door_open_for_a_moment_is_noted_and_not_asked_about() -> None:
    risk = Detector().score(chilled([*COLD, 9.6, *COLD]))
    assert features(risk) == {"cold chain"}
    assert not risk.asks


def test_hours_at_room_temperature_are_asked_about() -> None:
    risk = Detector().score(chilled([*COLD, *([21.5] * 8), *COLD]))
    assert risk.asks
    assert "21.5 °C" in risk.words
    assert "2 to 8 °C" in risk.words


def test_goods_kept_at_room_temperature_are_not_blamed_for_it() -> None:
    assert Detector().score(chilled([20.5, 21.0, 22.1, 19.4, 23.3, 24.0, 20.2])) == Risk(0.0)


def test_sensor_silence_is_named() -> None:
    steps = honest()
    steps[2] = step(
        Verb.RECEIVE, 2, 1, 6 * DAY + 5_021, HAMBURG,
        sensors=(*temperatures(COLD, 2 * DAY), *temperatures(COLD, 4 * DAY)),
    )  # fmt: skip
    assert features(Detector().score(journey(*steps))) == {"sensor silence"}


def test_series_copied_from_itself_is_asked_about() -> None:
    values = [4.0 + (i * 7 % 11) / 5 for i in range(13)]
    assert "copied sensor" in features(Detector().score(chilled([*values, *values])))


@pytest.mark.parametrize(("unit", "value"), [("FAH", 41.0), ("KEL", 278.15), ("CEL", 5.0)])
def test_units_of_temperature_are_read(unit: str, value: float) -> None:
    element = {"sensorReport": [{"type": "gs1:Temperature", "value": value, "uom": unit}] * 3}
    steps = honest()
    steps[2] = step(Verb.RECEIVE, 2, 1, 6 * DAY, HAMBURG, sensors=(element,))
    assert Detector().score(journey(*steps)) == Risk(0.0)


def test_kinetic_mean_is_above_the_mean_where_temperatures_vary() -> None:
    assert kinetic_mean([5.0] * 4) == pytest.approx(5.0)
    assert 15.0 < kinetic_mean([5.0, 25.0]) < 25.0


def test_learned_lane_makes_a_long_stop_count() -> None:
    usual = [
        journey(*[step(v, o, t, m + (i * 7919 % 5 * HOUR if n else 0), p) for n, (v, o, t, m, p) in enumerate(LINE)])
        for i in range(30)
    ]
    norms = Norms.of(usual)
    late = honest()
    late[4] = step(Verb.RECEIVE, 3, 2, 120 * DAY, ESSEN)
    assert not Detector().score(journey(*late)).asks
    risk = Detector(norms).score(journey(*late))
    assert features(risk) == {"dwell"}
    assert risk.asks
    assert not any(Detector(norms).score(one).asks for one in usual)


MESS = st.lists(
    st.tuples(
        st.sampled_from(list(Verb)[:14]),
        st.integers(0, 4),
        st.integers(0, 4),
        st.integers(-(2**62), 2**62),
        st.integers(-(2**40), 2**40),
        st.sampled_from([None, PUNE, HAMBURG, LAGOS]),
    ),
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(
    MESS,
    st.recursive(
        st.none() | st.floats() | st.text(max_size=5),
        lambda x: st.dictionaries(st.sampled_from(["sensorReport", "type", "value"]), x),
    ),
)
def test_any_journey_gets_a_risk_in_range(mess: list[tuple[Verb, int, int, int, int, Place | None]], element: object) -> None:
    sensors = (element,) if isinstance(element, dict) else ()
    event = Event("e", "ObjectEvent", "OBSERVE", at(0), sensor_elements=sensors)
    steps = [
        Step(Entry(0, v, o, bytes(20), t, m, m + lag, bytes(32), bytes(32), (bytes(32),)), event, place=p)
        for v, o, t, m, lag, p in mess
    ]
    risk = Detector().score(journey(*steps))
    assert 0.0 <= risk.score <= 1.0
    assert risk.asks == (risk.score >= ALERT)
    assert bool(risk.words) == bool(risk.reasons)


def test_one_scan_costs_less_than_a_millisecond() -> None:
    steps = shuttle(4)
    steps[2] = step(Verb.RECEIVE, 2, 1, 6 * DAY + 5_021, HAMBURG, sensors=temperatures(COLD, 2 * DAY))
    story, scans, detector = journey(*steps), ((at(30 * DAY), ESSEN),) * 5, Detector()
    best = min(_seconds(detector, story, scans) for _ in range(50))
    assert best < 0.001


def _seconds(detector: Detector, story: Journey, scans: tuple[tuple[datetime, Place], ...]) -> float:
    started = time.perf_counter()
    detector.score(story, scans)
    return time.perf_counter() - started


def test_nothing_heavy_is_imported() -> None:
    code = "import sys, forecasting.anomaly; print([m for m in ('numpy', 'sklearn', 'pandas', 'scipy') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def shipments(folder: Path) -> list[tuple[datetime, datetime, datetime, datetime, str, str]]:
    text = (
        (folder / "scms" / "SCMS_Delivery_History_Dataset.csv")
        .read_bytes()
        .decode("latin-1")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    found = []
    for row in rows:
        ordered = _date(row["PO Sent to Vendor Date"])
        delivered, recorded = _date(row["Delivered to Client Date"]), _date(row["Delivery Recorded Date"])
        scheduled = _date(row["Scheduled Delivery Date"])
        if delivered and recorded and scheduled:
            made = min(ordered or scheduled - timedelta(days=30), delivered)
            found.append((made, min(scheduled, delivered), delivered, max(recorded, delivered), row["Vendor"], row["Country"]))
    return found


def _date(text: str) -> datetime | None:
    for form in ("%d-%b-%y", "%m/%d/%y"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


@pytest.mark.parametrize(("ship_hour", "receive_hour", "recorded_live"), [(0, 0, True), (8, 17, False)])
def test_real_medicine_shipments_are_not_flagged(shared: Path, ship_hour: int, receive_hour: int, recorded_live: bool) -> None:
    detector, asked, total = Detector(), 0, 0
    now = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    for made, shipped, received, recorded, _vendor, country in shipments(shared):
        site = Place("s", country, 0.3, 32.6)
        times = (made, shipped + timedelta(hours=ship_hour), received + timedelta(hours=receive_hour))
        orgs = ((Verb.COMMISSION, 1, 0, PUNE), (Verb.SHIP, 1, 2, PUNE), (Verb.RECEIVE, 2, 1, site))
        steps = []
        for when, (verb, org, to, place) in zip(times, orgs, strict=True):
            claimed = int(when.timestamp())
            record = (max(claimed, int(recorded.timestamp())) if verb is Verb.RECEIVE else claimed) if recorded_live else now
            steps.append(
                Step(Entry(0, verb, org, bytes([org]) * 20, to, claimed, record, bytes(32), bytes(32), (bytes(32),)), place=place)
            )
        total += 1
        asked += detector.score(journey(*steps), ((datetime(2026, 1, 1, tzinfo=UTC), site),)).asks
    assert total > 10_000
    assert asked == 0
