"""Today's inspections: the cases of the queue and the riskiest other goods become candidates, and a shift's few openings are
planned once. What was opened in earlier shifts teaches, whether it was found good or bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from app.alerts.case import Run
from app.store.alerts import Inspected
from chain.errors import BadInput
from chain.journey import Item, Unreadable
from forecasting.inspections import RISK, Candidate, Inspector, Result, log_odds

if TYPE_CHECKING:
    from app.station import Station

MOST = 500
"""Candidates of a plan: the riskiest of all that were judged."""
LARGEST = 200  # openings in a shift


@dataclass(frozen=True, slots=True)
class Picked:
    """One inspection of a shift: the item, its product, why it was picked, and how it ended (None while it has not)."""

    item: Item
    product: str
    why: str
    outcome: bool | None


def plan(station: Station, shift: str, limit: int) -> list[Picked]:
    """The inspections of a shift, planned when they are first asked for. Raises BadInput."""
    if not 1 <= limit <= LARGEST:
        raise BadInput(f"A shift opens 1 to {LARGEST} items.")
    day = _number(shift)
    rows, store = station.store.alerts, station.store
    with store.reading():
        planned, run = rows.inspections(shift), rows.run()
        if not planned and run is not None:
            planned = _planned(station, run[1], shift, day, limit)
    if planned:
        with store.transaction():
            rows.plan(planned, datetime.now(UTC))
    with store.reading():
        return [_told(station, one) for one in planned]


def _planned(station: Station, run: Run, shift: str, day: int, limit: int) -> list[Inspected]:
    rows = station.store.alerts
    results = [Result(one.context, bool(one.outcome), _number(one.shift)) for one in rows.inspections()]
    done = {one.suspect.item.key for one in rows.alerts("decided")}
    worst = sorted(((risk, key) for key, (risk, _) in run.risks.items() if key not in done), key=lambda one: (-one[0], one[1]))
    kinds = {alert.suspect.item.key: alert.suspect.kind for alert in rows.alerts()}
    candidates = [_candidate(station, key, risk, kinds.get(key, "")) for risk, key in worst[:MOST]]
    contexts = {one.key: one.context for one in candidates}
    picks = Inspector(random_state=day).fit(results, day).plan(candidates, limit, day)
    return [Inspected(shift, pick.key, place, contexts[pick.key], pick.words, None) for place, pick in enumerate(picks)]


def _candidate(station: Station, key: str, risk: float, kind: str) -> Candidate:
    item, product = _known(station, key)
    context = {RISK: log_odds(risk)}
    if item.gtin:
        context[f"goods {product or item.gtin}"] = 1.0
    if item.lot:
        context[f"lot {item.lot}"] = 1.0
    if kind:
        context[f"suspected as {kind.replace('_', ' ')}"] = 1.0
    return Candidate(key, context, station.store.alerts.worth(item.gtin))


def _told(station: Station, one: Inspected) -> Picked:
    item, product = _known(station, one.key)
    return Picked(item, product, one.why, None if one.outcome is None else bool(one.outcome))


def _known(station: Station, key: str) -> tuple[Item, str]:
    from chain import gs1

    found = station.store.goods.by_key(key)
    if found is not None:
        return found
    item = gs1.parse(key)
    return (Item(serial=key), "") if isinstance(item, Unreadable) else (item, "")


def _number(shift: str) -> int:
    try:
        return date.fromisoformat(shift).toordinal()
    except ValueError:
        raise BadInput(f"{shift} is no day like 2026-05-01.") from None
