"""What did not come: a delivery note held against the scans and against what was shipped here, so that the end of a receipt names
what the sender still answers for.
"""

from __future__ import annotations

from app.desk.notes import Note, Reconciled, reconcile
from app.desk.plan import Shortfall, item_of
from app.desk.session import Standing, Whole
from app.desk.units import Units


def shortfall(whole: Whole, note: Note | None, units: Units, here: str) -> Shortfall:
    """Things that are on their way here and did not arrive, or were refused; and what was missing inside containers that did."""
    standing = Standing.of(whole.lines)
    carriers = {line.carrier or line.key for line in standing.counted}
    against = reconcile(note, whole.lines) if note is not None else Reconciled(())
    missing = [one.line.key for one in against.lines if one.missing and one.line.key]
    refused = [line.key for line in standing.lines if line.key and line.stops and line.carrier and line not in standing.counted]
    outer: dict[str, None] = {}
    inside: dict[tuple[str, str], None] = {}
    for key in dict.fromkeys((*missing, *refused)):
        unit = units.find(item_of(key))
        if unit is None or not unit.coming_to(here):
            continue
        if unit.carrier.key not in carriers:
            outer[unit.carrier.key] = None
        elif unit.box is not None and unit.box.key == unit.carrier.key:
            inside[(unit.carrier.key, key)] = None
    return Shortfall(tuple(outer), tuple(inside))
