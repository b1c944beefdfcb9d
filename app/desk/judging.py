"""What a scan means in a task. Pure: a verdict, how the thing stands, what was scanned before - and out comes a line.

The order: can it be read, is it the container, was it scanned before, does the task bear its verdict, and last the task's own
rule (`rules`). Statistics ask, and the line stops until somebody has looked; a broken rule refuses.
"""

from __future__ import annotations

from dataclasses import replace

from app.checks import Check
from app.desk.rules import APART, ASTRAY, Case, Said, Setting, recall, refused, rule, taken, unfit_inside
from app.desk.session import Covered, Line, Mark, Session, Standing
from app.desk.tasks import Task, borne
from app.desk.units import Unit
from chain.journey import Item, Unreadable
from chain.verdict import Code, Kind, Verdict

_FORGED = "Set it aside, do not sell or ship it, and tell your supervisor: the label may be forged or copied."
_FORGERIES = frozenset((Code.NOT_ISSUED, Code.BAD_SIGNATURE, Code.CLONE_PROVEN, Code.TAMPERED))
_SPEAKS_FOR_ALL = frozenset((Mark.TAKEN, Mark.EXTRA, Mark.NOTED))


def judge(session: Session, before: Standing, check: Check, unit: Unit | None, setting: Setting) -> Line:
    """The line that a scan becomes."""
    said = _said(session, before, check, unit, setting)
    item, verdict = check.item, check.verdict
    known = unit.item if unit is not None else item
    covers: tuple[Covered, ...] = ()
    if isinstance(known, Item) and known.serialised:
        within = () if unit is None else unit.direct if session.task is Task.UNPACK else unit.inside
        covers = (Covered.of(known), *map(Covered.of, within))
    return Line(
        n=0,
        at=check.scan.at,
        mark=said.mark,
        text=check.scan.text[:4096].encode("utf-8", "replace").decode(),
        key=item.key if isinstance(item, Item) else "",
        name=unit.product if unit is not None else "",
        by=check.scan.by,
        via=check.scan.via,
        kind=Kind.REJECTED.value if said.code is not None else verdict.kind.value,
        code=(said.code or verdict.code).value,
        why=said.why or verdict.reason,
        step=said.step,
        stops=said.stops,
        carrier=unit.carrier.key if unit is not None else "",
        box=said.box,
        lot=known.lot if isinstance(known, Item) else "",
        covers=covers if said.mark in _SPEAKS_FOR_ALL else covers[:1],
    )


def _said(session: Session, before: Standing, check: Check, unit: Unit | None, setting: Setting) -> Said:
    item, verdict, task = check.item, check.verdict, session.task
    if task is Task.CHECK:
        inside = unfit_inside(unit, APART) if unit is not None else None
        return replace(inside, mark=Mark.NOTED) if inside else Said(Mark.NOTED, stops=verdict.kind is Kind.REJECTED)
    if isinstance(item, Unreadable):
        return refused(item.reason, item.hint or "Wipe the label and scan again, or type the code printed below it.")
    if not item.serialised:
        return refused("This code names a kind of goods, not one piece.", "Look for the code with a serial number.")
    if (box := _box(task, before, item, verdict, unit)) is not None:
        return box
    earlier = before.has(item.key)
    if earlier is not None:
        words = f"It is on the list already (line {earlier.n})."
        if earlier.key != item.key:
            words = f"It was counted with the container of line {earlier.n}."
        return Said(Mark.TWICE, words, "Carry on with the next piece.")
    if task is Task.RECALL:
        return recall(item, unit, setting)
    if task is Task.PACK and any(line.mark is Mark.CLOSED and line.key == item.key for line in before.lines):
        return taken(verdict, "Packed.", before.box)  # a case that was filled a moment ago goes onto a pallet
    bad = _verdict_refuses(session, verdict, unit)
    if bad is not None:
        return bad
    if unit is None:
        return refused("Nothing is known here about this piece.", "Keep it apart. Connect to the network, then scan it again.")
    return rule(Case(session, before, unit, setting, verdict))


def _verdict_refuses(session: Session, verdict: Verdict, unit: Unit | None) -> Said | None:
    """A refusal for the verdict's sake; None where the task bears it."""
    if verdict.kind in (Kind.GENUINE, Kind.CAUTION) or verdict.code in borne(session.task, session.ending):
        return None
    if verdict.code is Code.WRONG_CUSTODIAN and session.task is Task.COUNT and unit is not None:
        return Said(Mark.EXTRA, verdict.reason, ASTRAY, stops=True)
    if verdict.code is Code.RECALLED and session.task is Task.RECEIVE:
        return refused(verdict.reason, "Do not put it on the shelf: it goes back with the driver, or to the recalled goods.")
    if verdict.code in _FORGERIES:
        return refused(verdict.reason, _FORGED)
    if verdict.kind is Kind.UNKNOWN:
        return refused(verdict.reason, "Keep it apart. Connect to the network, then scan it again.")
    return refused(verdict.reason)


# ---- containers ----------------------------------------------------------------------------------------------------------


def _box(task: Task, before: Standing, item: Item, verdict: Verdict, unit: Unit | None) -> Said | None:
    """Packing begins with the container, and scanning it again closes it."""
    if task is not Task.PACK:
        return None
    if before.box:
        if item.key == before.box:
            if not any(line.box == before.box for line in before.counted):
                return Said(Mark.TWICE, "This container is open, and nothing is in it yet.", "Scan what goes into it.")
            return Said(Mark.CLOSED, "The container is full and closed.", "Scan the next container.", box=item.key)
        return None
    if not item.sscc:
        return refused("Which container does it go into?", "Scan the code of the case or pallet first.")
    if any(line.mark is Mark.CLOSED and line.key == item.key for line in before.lines):
        return refused("This container was filled in this session.", "Finish, then open it again.")
    if unit is not None and unit.box is not None:
        return refused(f"This container is itself inside {unit.box.sscc or unit.box.key}.", "Take it out first.")
    if verdict.kind is Kind.REJECTED and verdict.code is not Code.NOT_ISSUED:
        return refused(verdict.reason)
    return Said(
        Mark.BOX, "This is the container.", "Scan what goes into it. Scan the container again when it is full.", box=item.key
    )
