"""Signs that a journey is not one thing's honest journey, each found by one function and told as a `Reason`.

Every weight says how far the sign alone goes towards asking (0.5 asks): what honest trade does every week weighs little, what
no honest chain does weighs much. Harmless causes are looked for first and named. Nothing is learned here but lane norms, and
those are optional; nothing here rejects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log
from statistics import median

from chain.journey import Journey, Receipt, Step, Verb
from forecasting.journeys import DAY, HOUR, LIVE, Read, device_offsets, distance_km, hops, is_zone, lag, span
from forecasting.risk import Reason

FASTEST_KMH = 1000.0  # above any airliner's ground speed over a whole trip
FREIGHT_KMH = 700.0  # an express parcel by air, door to door, does not sustain this
NEAR_KM = 100.0  # below this, two sites' coordinates may be one place (and a coarse fix is no move)
APART_KM = 500.0
ORDER_SLACK = 26 * HOUR  # UTC-12 to UTC+14: a longer step back is no time-zone mistake
LONG_DWELL = 3 * 365 * DAY  # medicine keeps two to five years: longer on one hop is improbable anywhere
HANDLED = frozenset((Verb.SHIP, Verb.RECEIVE, Verb.PACK, Verb.UNPACK, Verb.DECOMMISSION))


@dataclass(frozen=True, slots=True)
class Norms:
    """How long hops take, learned from trusted journeys: (verb before, verb after, from, to) -> (median, spread) of log seconds.

    `spread` is the median absolute deviation, scaled to a standard deviation and kept above 0.3 (35 % either way).
    """

    dwell: Mapping[tuple[int, int, int, int], tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, journeys: Sequence[Journey], fewest: int = 20) -> Norms:
        """Norms of the lanes seen at least `fewest` times. Medians: a few poisoned journeys do not move them."""
        waits: dict[tuple[int, int, int, int], list[float]] = {}
        for journey in journeys:
            for lane, seconds, _ in _waits(journey.steps):
                waits.setdefault(lane, []).append(log(max(seconds, 60.0)))
        learned = {}
        for lane, values in waits.items():
            if len(values) >= fewest:
                middle = median(values)
                learned[lane] = (middle, max(0.3, 1.4826 * median([abs(v - middle) for v in values])))
        return cls(learned)


@dataclass(frozen=True, slots=True)
class Story:
    """What the signs look at: the journey, its reads, this laptop's own scans, and learned norms (empty: defaults only)."""

    journey: Journey
    reads: Sequence[Read]
    scans: Sequence[Read]
    norms: Norms

    @property
    def steps(self) -> tuple[Step, ...]:
        """The journey's steps in the order of the log."""
        return self.journey.steps


Sign = Callable[[Story], Iterator[Reason]]


def travel(story: Story) -> Iterator[Reason]:
    """Speed between reads at distinct places, at the most generous reading of both clocks."""
    told = sorted((*story.reads, *story.scans), key=lambda read: read.at)
    for first, second, km in hops(told):
        if km < NEAR_KM:
            continue
        facts = f"read in {second.where} {span(second.at - first.at)} after {first.where}, {km:,.0f} km apart"
        if km / _hours(first.zoned[0], second.zoned[1]) > FASTEST_KMH:
            yield Reason("impossible travel", facts, 0.9)
        elif km / _hours(first.early, second.late) > FASTEST_KMH:
            yield Reason("travel or time zone", facts + ": a clock in a wrong time zone would explain it", 0.2)
        elif km > APART_KM and km / _hours(first.early, second.late) > FREIGHT_KMH and first.live and second.live:
            yield Reason("improbable travel", facts + ", faster than freight", 0.4)


def _hours(start: float, end: float) -> float:
    return max(end - start, LIVE) / HOUR


def order(story: Story) -> Iterator[Reason]:
    """Claims that step back behind what was recorded before them, and claims ahead of their own record."""
    steps = [step for step in story.steps if step.entry.verb in HANDLED or step.entry.verb is Verb.COMMISSION]
    skewed = device_offsets(story.steps)
    newest: Step | None = None
    for step in steps:
        entry = step.entry
        ahead = -lag(step)
        if ahead > LIVE and entry.device not in skewed:
            yield _clock(step, ahead, f"claimed {span(ahead)} later than it was recorded", 0.6)
        if newest is not None and entry.device not in skewed and newest.entry.device not in skewed:
            back = float(newest.entry.event_time - entry.event_time)
            if back > LIVE:
                who = step.actor.name if step.actor else "its maker"
                facts = (
                    f"the {word(entry.verb)} by {who} claims to be {span(back)} before the {word(newest.entry.verb)} before it"
                )
                yield _clock(step, back, facts, 0.7)
        if newest is None or entry.event_time > newest.entry.event_time:
            newest = step


def _clock(step: Step, seconds: float, facts: str, weight: float) -> Reason:
    if seconds > ORDER_SLACK:
        return Reason("backdating", facts, weight)
    if is_zone(seconds):
        return Reason("time zone", facts + ": a time-zone mistake, not the item's fault", 0.05)
    if step.entry.event_time % 3600 == 0 or seconds < 2 * HOUR:
        return Reason("clock", facts + ": a clock or a date off", 0.1)
    return Reason("order of times", facts, 0.3)


def lateness(story: Story) -> Iterator[Reason]:
    """One record far later than its neighbours' on either side: written afterwards, while those around it came on time.

    Journeys recorded late as a whole (offline work, history taken over from another system) are not late in this sense.
    """
    lags = [lag(step) for step in story.steps]
    if len(lags) < 4:
        return
    usual = max(median(lags), LIVE)
    for step, own in zip(story.steps, lags, strict=True):
        others = [
            x for s, x in zip(story.steps, lags, strict=True) if s.entry.organisation == step.entry.organisation and s is not step
        ]
        if own > 60 * DAY and own > 30 * usual and (not others or own > 30 * max(median(others), LIVE)):
            who = step.actor.name if step.actor else "its maker"
            yield Reason(
                "late record",
                f"the {word(step.entry.verb)} by {who} was recorded {span(own)} after the fact, the others within {span(usual)}",
                0.35,
            )


def dwell(story: Story) -> Iterator[Reason]:
    """Hops that last far longer than the lane's norm; without a norm only what is improbable on any lane."""
    for lane, seconds, (first, second) in _waits(story.steps):
        norm = story.norms.dwell.get(lane)
        facts = f"{span(seconds)} between the {word(first.entry.verb)} and the {word(second.entry.verb)}"
        if norm is not None:
            z = (log(max(seconds, 60.0)) - norm[0]) / norm[1]
            if z > 5:
                yield Reason("dwell", f"{facts}, where this lane takes {span(exp(norm[0]))}", min(0.6, 0.08 * z))
            elif z < -6:
                yield Reason("dwell", f"only {facts}, where this lane takes {span(exp(norm[0]))}", 0.3)
        elif seconds > LONG_DWELL:
            yield Reason("dwell", facts, 0.35)


def _waits(steps: Sequence[Step]) -> Iterator[tuple[tuple[int, int, int, int], float, tuple[Step, Step]]]:
    last: Step | None = None
    for step in steps:
        if step.entry.verb not in HANDLED and step.entry.verb is not Verb.COMMISSION:
            continue
        if last is not None and step.entry.event_time > last.entry.event_time:
            lane = (int(last.entry.verb), int(step.entry.verb), last.entry.organisation, step.entry.organisation)
            yield lane, float(step.entry.event_time - last.entry.event_time), (last, step)
        last = step


def custody(story: Story) -> Iterator[Reason]:
    """Hand-overs that are missing: somebody acts on the item who never received it, or receives what was sent to another."""
    holder = towards = 0
    for step in story.steps:
        entry = step.entry
        if entry.verb not in HANDLED and entry.verb not in (Verb.COMMISSION, Verb.COMMISSION_LOT):
            continue
        who = step.actor.name if step.actor else f"organisation {entry.organisation}"
        if entry.verb is Verb.RECEIVE:
            if towards and entry.organisation not in (0, towards):
                yield Reason("missing hand-over", f"{who} received what was shipped to another", 0.6)
            elif not towards and holder and entry.organisation != holder:
                yield Reason("missing hand-over", f"{who} received it, and nobody shipped it there", 0.6)
            short = int.from_bytes(entry.argument, "big") == Receipt.SHORT
            holder, towards = (holder if short else entry.organisation), 0
            continue
        if holder and entry.organisation not in (0, holder) and entry.verb is not Verb.UNPACK:
            yield Reason("missing hand-over", f"{who} handled it ({word(entry.verb)}) without having received it", 0.6)
        holder = entry.organisation or holder
        towards = entry.counterparty if entry.verb is Verb.SHIP else 0


def loops(story: Story) -> Iterator[Reason]:
    """The item goes back and forth between the same two parties. One return is trade; several are a carousel."""
    path: list[int] = []
    for step in story.steps:
        if step.entry.verb is Verb.RECEIVE and step.entry.organisation and path[-1:] != [step.entry.organisation]:
            path.append(step.entry.organisation)
    back = [i for i in range(2, len(path)) if path[i] == path[i - 2]]
    if len(back) >= 2:
        weight = min(0.8, 0.15 + 0.2 * len(back))
        yield Reason("loop", f"went back and forth between the same parties {len(back)} times", weight)


def after_end(story: Story) -> Iterator[Reason]:
    """Reads of an item whose life has ended."""
    ended: Step | None = None
    for step in story.steps:
        if ended is not None and step.entry.verb not in (Verb.RECALL, Verb.LIFT, Verb.CORRECT):
            later = span(float(step.entry.record_time - ended.entry.record_time))
            weight = 0.3 if step.entry.verb is Verb.OBSERVE else 0.9
            yield Reason(
                "after the end", f"{word(step.entry.verb)} recorded {later} after it was sold, used up or destroyed", weight
            )
        if step.entry.verb is Verb.DECOMMISSION:
            ended = step
    if ended is not None:
        late = [scan for scan in story.scans if scan.at > ended.entry.record_time + LIVE]
        if late:
            later = span(late[-1].at - ended.entry.record_time)
            yield Reason("after the end", f"scanned in {late[-1].where} {later} after it was sold, used up or destroyed", 0.5)


def many_places(story: Story) -> Iterator[Reason]:
    """This laptop's own scans of one serial: many far-apart places, or far from where its custody stands."""
    clusters: list[Read] = []
    moves = 0
    last: Read | None = None
    for scan in story.scans:
        if scan.place is None or scan.place.lat is None:
            continue
        if last is not None and (distance_km(last.place, scan.place) or 0.0) > APART_KM:
            moves += 1
        last = scan
        if all((distance_km(known.place, scan.place) or 0.0) > APART_KM for known in clusters):
            clusters.append(scan)
    explained = sum(1 for step in story.steps if step.entry.verb is Verb.RECEIVE)
    if len(clusters) >= 2 and moves > max(explained, 1):
        names = ", ".join(scan.where for scan in clusters[:3])
        yield Reason("many places", f"scanned {moves + 1} times to and fro in {names}, far apart", min(0.85, 0.25 + 0.15 * moves))
    yield from _far_from_custody(story, last)


def _far_from_custody(story: Story, scan: Read | None) -> Iterator[Reason]:
    located = [read for read in story.reads if read.place is not None and read.place.lat is not None]
    resting = next((s for s in reversed(story.steps) if s.entry.verb in HANDLED or s.entry.verb is Verb.COMMISSION), None)
    if scan is None or not located or resting is None or resting.entry.verb is Verb.SHIP:
        return
    km = distance_km(located[-1].place, scan.place)
    if km is not None and km > APART_KM and scan.at > located[-1].at:
        yield Reason(
            "far from custody", f"scanned in {scan.where}, {km:,.0f} km from {located[-1].where} where its records leave it", 0.3
        )


def word(verb: Verb) -> str:
    """A verb in words."""
    return verb.name.lower().replace("_", " ")


SIGNS: tuple[Sign, ...] = (travel, order, lateness, dwell, custody, loops, after_end, many_places)
