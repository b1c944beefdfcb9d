"""The cold chain in EPCIS sensor elements: excursions, silence, copied series. No product master is needed, nor asked.

The band is taken from the goods' own history (a thing kept at 2-8 degrees for months is a cold-chain thing), so goods at room
temperature are never blamed for being warm. Sources: EPCIS 2.0 section 7.3.7 (sensorElementList), CBV 2.0 (exception codes),
USP <1079.2> (mean kinetic temperature, 83.144 kJ/mol).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import exp, isfinite, log
from statistics import median

from chain.journey import Step, Verb
from forecasting.journeys import DAY, HOUR, span
from forecasting.risk import Reason
from forecasting.signs import Story

ACTIVATION = 83_144.0 / 8.3144  # kelvin: activation energy over the gas constant, the pharmacopoeia's usual value
ZERO_C = 273.15
BANDS = ((-90.0, -60.0), (-30.0, -10.0), (2.0, 8.0), (15.0, 30.0))  # deep-frozen, frozen, refrigerated, room temperature
MARGIN = 1.0  # sensors are good to half a degree, doors stay open for minutes
MOVES = frozenset((Verb.SHIP, Verb.RECEIVE))


@dataclass(frozen=True, slots=True)
class Reading:
    """A temperature in degrees Celsius and when it was taken (unix seconds); `low`, `high` where a report spans a period."""

    at: float
    value: float
    low: float
    high: float


def cold_chain(story: Story) -> Iterator[Reason]:
    """Excursions from the band the goods were kept in, sensors that fell silent, series that look copied or made up."""
    by_step = [(step, readings(step)) for step in story.steps]
    series = sorted((r for _, found in by_step for r in found), key=lambda r: r.at)
    if any(_alarmed(step) for step in story.steps):
        yield Reason("sensor alarm", "a sensor reported an alarm on the way", 0.6)
    if len(series) < 2:
        return
    middle = median([r.value for r in series])
    band = next((b for b in BANDS if b[0] - 2 <= middle <= b[1] + 2), None)
    if band is not None:
        yield from _excursion(series, band)
        if band[1] < 15:
            yield from _silence(by_step, series)
    yield from _copied(series)


def _excursion(series: Sequence[Reading], band: tuple[float, float]) -> Iterator[Reason]:
    low, high = band
    warmest, coldest = max(r.high for r in series), min(r.low for r in series)
    out = [r for r in series if r.high > high + MARGIN or r.low < low - MARGIN]
    if not out:
        return
    worst = warmest if warmest - high >= low - coldest else coldest
    beyond = max(warmest - high, low - coldest)
    held = _time_outside(series, low - MARGIN, high + MARGIN)
    mean = kinetic_mean([r.value for r in series])
    facts = f"{worst:.1f} °C on the way, where {low:g} to {high:g} °C is kept"
    if held >= HOUR:
        facts += f", outside for {span(held)}"
    if beyond > 6 or mean > high + MARGIN or (held > 6 * HOUR and beyond > 2):
        yield Reason("cold chain", facts + f" (mean kinetic temperature {mean:.1f} °C)", 0.7)
    elif len(out) > 1 and beyond > 2:
        yield Reason("cold chain", facts, 0.45)
    else:
        yield Reason("cold chain", facts + ", briefly", 0.15)


def _time_outside(series: Sequence[Reading], low: float, high: float) -> float:
    return sum(
        min(b.at - a.at, DAY)
        for a, b in pairwise(series)
        if (a.value > high and b.value > high) or (a.value < low and b.value < low)
    )


def kinetic_mean(values: Sequence[float]) -> float:
    """Mean kinetic temperature in degrees Celsius of readings equally spaced in time (USP <1079.2>)."""
    mean = sum(exp(-ACTIVATION / (value + ZERO_C)) for value in values) / len(values)
    return ACTIVATION / -log(mean) - ZERO_C


def _silence(by_step: Sequence[tuple[Step, Sequence[Reading]]], series: Sequence[Reading]) -> Iterator[Reason]:
    gaps = [b.at - a.at for a, b in pairwise(series) if b.at > a.at]
    usual = median(gaps) if gaps else 0.0
    for a, b in pairwise(series):
        if len(gaps) >= 6 and b.at - a.at > max(12 * HOUR, 12 * usual) and usual < 6 * HOUR:
            yield Reason(
                "sensor silence", f"no temperature for {span(b.at - a.at)}, where one is taken every {span(usual)}", 0.35
            )
    moves = [bool(found) for step, found in by_step if step.entry.verb in MOVES]
    if len(moves) >= 4 and 0 < moves.count(False) <= len(moves) // 4:
        yield Reason("sensor silence", "one hand-over lacks the temperatures that all the others have", 0.25)


def _copied(series: Sequence[Reading]) -> Iterator[Reason]:
    values = [r.value for r in series]
    run = longest = 1
    for a, b in pairwise(values):
        run = run + 1 if a == b else 1
        longest = max(longest, run)
    if longest >= 24 and len(set(values)) > 2:
        yield Reason("copied sensor", f"{longest} temperatures in a row are exactly the same", 0.35)
    half = len(values) // 2
    if half >= 12 and len(set(values)) > 4 and values[:half] == values[half : 2 * half]:
        yield Reason("copied sensor", f"{half} temperatures repeat the {half} before them exactly", 0.6)


def readings(step: Step) -> list[Reading]:
    """The temperatures an event carries; elements of another shape or unit are passed over."""
    if step.event is None or not step.event.sensor_elements:
        return []
    found = []
    for element in step.event.sensor_elements:
        meta = element.get("sensorMetadata")
        common = _time(meta.get("time") or meta.get("startTime")) if isinstance(meta, Mapping) else None
        for report in _reports(element):
            reading = _reading(report, common if common is not None else float(step.entry.event_time))
            if reading is not None:
                found.append(reading)
    return found


def _reports(element: Mapping[str, object]) -> list[Mapping[str, object]]:
    reports = element.get("sensorReport")
    if isinstance(reports, Mapping):
        return [reports]
    return [r for r in reports if isinstance(r, Mapping)] if isinstance(reports, list | tuple) else []


def _reading(report: Mapping[str, object], at: float) -> Reading | None:
    kind = str(report.get("type", "")).rpartition("/")[2].rpartition(":")[2]
    if kind.lower() != "temperature":
        return None
    unit = str(report.get("uom", "CEL"))
    value, low, high = (_celsius(report.get(name), unit) for name in ("value", "minValue", "maxValue"))
    mean = _celsius(report.get("meanValue"), unit)
    known = [v for v in (value, mean, low, high) if v is not None]
    if not known:
        return None
    own = _time(report.get("time"))
    return Reading(own if own is not None else at, known[0], min(known), max(known))


def _celsius(value: object, unit: str) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if unit == "KEL":
        number -= ZERO_C
    elif unit == "FAH":
        number = (number - 32) / 1.8
    return number if isfinite(number) and -200 < number < 200 else None


def _alarmed(step: Step) -> bool:
    elements = step.event.sensor_elements if step.event else ()
    return any(
        "ALARM" in str(report.get("exception", "")).upper() or str(report.get("type", "")).endswith("AlarmCondition")
        for element in elements
        for report in _reports(element)
    )


def _time(text: object) -> float | None:
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo is not None else None
