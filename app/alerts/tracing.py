"""Where the suspicion comes from: the steps without which it would fade. A step is left out, and the item is judged again.

This needs no knowledge of the model, so it holds for any; a suspicion that rests on many steps at once is traced to none.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from app.alerts.case import Cause
from app.alerts.proven import Watch
from app.alerts.tables import Gathered
from chain.journey import Journey, Place
from forecasting.anomaly import Detector, Risk
from forecasting.detect import NetworkDetector

PATIENCE = 30.0  # seconds for judging the network again without one step or another
MOST = 4  # steps that are marked
FADES = 0.5  # of the strongest step's effect that another must have to be marked as well
LEAST = 0.3  # nats of log odds below which a step explains nothing
TELLING = 0.3  # weight of a sign that is worth being a reason of an alert
SHOWN = 3


@dataclass(frozen=True, slots=True)
class Trace:
    """The rows (of the tables) that an item's suspicion hangs on, the strongest first, and the one row without which it would not
    be flagged, None where there is no single one."""

    rows: tuple[int, ...] = ()
    decisive: int | None = None


def trace(
    gathered: Gathered, detector: NetworkDetector, risks: Mapping[int, float], cutoff: float, watch: Watch
) -> dict[int, Trace]:
    """Leave out one row of each of these items at a time, and judge the network again.

    Args:
        risks: item code -> its risk with all rows.
        cutoff: the risk from which on items were flagged.

    Returns nothing for items that were not reached within `PATIENCE`: big networks are judged once only.
    """
    began = time.monotonic()
    rows = {item: gathered.rows_of(item) for item in risks}
    passes = max((len(own) for own in rows.values()), default=0)
    gains: dict[int, list[tuple[float, int, bool]]] = {item: [] for item in risks}
    for place in range(passes):
        if place and (time.monotonic() - began) * (passes - place) / place > PATIENCE:
            return {}
        watch("tracing", place / passes)
        left_out = {item: int(own[place]) for item, own in rows.items() if place < len(own) > 1}
        kept = np.ones(len(gathered.tables.events), bool)
        kept[list(left_out.values())] = False
        tables = replace(gathered.tables, events=gathered.tables.events.take(kept))
        scores = detector.score_samples(tables)
        for item, row in left_out.items():
            risk = float(scores[item])
            gains[item].append((_logit(risks[item]) - _logit(risk), row, risk < cutoff))
    return {item: _traced(found) for item, found in gains.items()}


def _traced(gains: Sequence[tuple[float, int, bool]]) -> Trace:
    strong = sorted(gains, key=lambda one: (-one[0], one[1]))
    if not strong or strong[0][0] < LEAST:
        return Trace()
    marked = [row for gain, row, _ in strong if gain >= max(LEAST, FADES * strong[0][0])][:MOST]
    decisive = next((row for _, row, freed in strong if freed), None)
    return Trace(tuple(marked), decisive)


def _logit(p: float) -> float:
    inside = min(max(p, 1e-9), 1 - 1e-9)
    return float(np.log(inside / (1 - inside)))


@dataclass(frozen=True, slots=True)
class Signs:
    """What the journey's own signs say: causes with the entries they hang on, the scans (unix seconds) that they hang on, and the
    harmless causes that were recognised, in words."""

    causes: tuple[Cause, ...]
    scans: tuple[float, ...]
    harmless: str


def signs(journey: Journey, sightings: Sequence[tuple[datetime, Place]]) -> Signs:
    """The signs in one journey, each traced to the steps without which it is gone."""
    detector = Detector()
    whole = detector.score(journey, sightings)
    telling = [reason for reason in whole.reasons if reason.weight >= TELLING][:SHOWN]
    without = [
        (step.entry.index, detector.score(replace(journey, steps=(*journey.steps[:i], *journey.steps[i + 1 :])), sightings))
        for i, step in enumerate(journey.steps)
    ]
    unseen = [
        (at.timestamp(), detector.score(journey, [*sightings[:i], *sightings[i + 1 :]])) for i, (at, _) in enumerate(sightings)
    ]
    causes = tuple(
        Cause(reason.words, tuple(index for index, risk in without if not _still(risk, reason.feature, reason.weight)))
        for reason in telling
    )
    hang = [at for at, risk in unseen if any(not _still(risk, r.feature, r.weight) for r in telling)]
    return Signs(causes, tuple(hang), _harmless(whole))


def _still(risk: Risk, feature: str, weight: float) -> bool:
    return any(reason.feature == feature and reason.weight >= weight for reason in risk.reasons)


def _harmless(risk: Risk) -> str:
    """The innocent explanation of what was seen, with its fix."""
    features = {reason.feature for reason in risk.reasons}
    if features & {"time zone", "travel or time zone"}:
        return "A device in the wrong time zone would explain it: compare its clock and its zone, then correct the record."
    if "clock" in features:
        return "A device's clock or a date that is off would explain it: compare its clock, then correct the record."
    if "late record" in features:
        return "A device that was offline would explain it: ask who recorded the late step why it came late."
    return ""
