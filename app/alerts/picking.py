"""Today's inspections: the cases of the queue and the riskiest other goods become candidates, and a shift's few openings are
planned once. What was opened in earlier shifts teaches, whether it was found good or bad.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from app.alerts.case import Run
from app.store.alerts import Inspected
from chain import encoding
from chain.errors import BadInput
from chain.journey import Item, Unreadable, Verb
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
    """The inspections of a shift, planned when they are first asked for; further ones where more are wanted. Raises BadInput."""
    if not 1 <= limit <= LARGEST:
        raise BadInput(f"A shift opens 1 to {LARGEST} items.")
    day = _number(shift)
    rows, store = station.store.alerts, station.store
    with store.reading():
        planned, run = rows.inspections(shift), rows.run()
        more = _planned(station, run[1], shift, day, limit, planned) if run is not None and len(planned) < limit else []
    if more:
        with store.transaction():
            rows.plan(more, datetime.now(UTC))
    with store.reading():
        return [_told(station, one) for one in (*planned, *more)]


def _planned(station: Station, run: Run, shift: str, day: int, limit: int, before: Sequence[Inspected]) -> list[Inspected]:
    rows = station.store.alerts
    results = [Result(one.context, bool(one.outcome), _number(one.shift)) for one in rows.inspections()]
    done = {one.suspect.item.key for one in rows.alerts("decided")} | {one.key for one in before}
    worst = sorted(((risk, key) for key, (risk, _) in run.risks.items() if key not in done), key=lambda one: (-one[0], one[1]))
    kinds = {alert.suspect.item.key: alert.suspect.kind for alert in rows.alerts()}
    candidates = [_candidate(station, key, risk, kinds.get(key, "")) for risk, key in worst[:MOST]]
    contexts = {one.key: one.context for one in candidates}
    picks = Inspector(random_state=day).fit(results, day).plan(candidates, limit - len(before), day)
    return [
        Inspected(shift, pick.key, place, contexts[pick.key], pick.words, None) for place, pick in enumerate(picks, len(before))
    ]


def _candidate(station: Station, key: str, risk: float, kind: str) -> Candidate:
    item, product = _known(station, key)
    context = {RISK: log_odds(risk)}
    if item.gtin:
        context[f"goods {product or item.gtin}"] = 1.0
    if item.lot:
        context[f"lot {item.lot}"] = 1.0
    sender = _sender(station, item)
    if sender:
        context[f"sent by {sender}"] = 1.0
    if kind:
        context[f"suspected as {kind.replace('_', ' ')}"] = 1.0
    return Candidate(key, context, station.store.alerts.worth(item.gtin))


def _sender(station: Station, item: Item) -> str:
    """Who shipped an item last, or the box that it was packed in last; "" where nobody did."""
    replica = station.store.replica
    newest = replica.checkpoint()
    size = newest[0].size if newest is not None else 0
    for prefix in encoding.prefixes_of(item) if item.serialised else ():
        entries = replica.about(encoding.unit_of(item, prefix), size)
        boxes = [entry.units[0] for entry in entries if entry.verb is Verb.PACK and entry.units]
        entries += replica.about(boxes[-1], size) if boxes else ()
        shipped = [entry for entry in entries if entry.verb is Verb.SHIP]
        if shipped:
            party = station.store.goods.party(max(shipped, key=lambda entry: entry.index).organisation)
            return party.name or party.gln if party is not None else ""
    return ""


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
