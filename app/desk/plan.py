"""What a finished session records: steps in order, worked out once from its lines and kept, so that a finish that died half-way
goes on with the very same events. Times and event ids come from the session; nothing here asks a clock or draws a number.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.desk.session import Line, Mark, Session, Standing
from app.desk.step import Step
from app.desk.tasks import Ending, Task
from app.drafting import Draft
from chain import gs1
from chain.calls import MAX_BATCH
from chain.encoding import ZERO, word
from chain.errors import BadInput
from chain.journey import Event, Item, Receipt, Unreadable, Verb
from chain.verdict import Code

_EPCIS = {
    Verb.COMMISSION: ("ObjectEvent", "ADD"),
    Verb.PACK: ("AggregationEvent", "ADD"),
    Verb.UNPACK: ("AggregationEvent", "DELETE"),
    Verb.DECOMMISSION: ("ObjectEvent", "DELETE"),
}
_ENDINGS = {
    Ending.SOLD: ("retail_selling", "retail_sold"),
    Ending.DISPENSED: ("dispensing", "dispensed"),
    Ending.DESTROYED: ("destroying", "destroyed"),
}


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What did not come: `outer` things that were shipped here and never arrived or were refused, and (container, piece) of what
    was missing inside what did."""

    outer: tuple[str, ...] = ()
    inside: tuple[tuple[str, str], ...] = field(default=())


def steps(session: Session, lines: Sequence[Line], short: Shortfall | None = None) -> tuple[Step, ...]:
    """What the session records, in order. Empty where it records nothing."""
    standing = Standing.of(lines)
    found: Iterable[Step]
    match session.task:
        case Task.RECEIVE:
            found = _receive(standing, short or Shortfall())
        case Task.SHIP:
            found = _simple(Verb.SHIP, _keys(standing), "shipping", "in_transit", session.other)
        case Task.RETURN:
            found = _simple(Verb.SHIP, _keys(standing), "shipping", "returned", session.other)
        case Task.PACK:
            found = _pack(standing)
        case Task.UNPACK:
            found = _unpack(standing)
        case Task.COUNT:
            outer = [line.key for line in standing.counted if line.mark is Mark.TAKEN and line.carrier in ("", line.key)]
            found = _simple(Verb.OBSERVE, outer, "cycle_counting", "in_progress")
        case Task.DECOMMISSION:
            found = _simple(Verb.DECOMMISSION, _keys(standing), *_ENDINGS[session.ending or Ending.SOLD])
        case Task.QUARANTINE:
            found = _simple(Verb.QUARANTINE, _keys(standing), "holding", "non_sellable_other")
        case Task.RECALL:
            found = _simple(Verb.QUARANTINE, _keys(standing), "holding", "recalled")
        case Task.RELEASE:
            found = _simple(Verb.RELEASE, _keys(standing), "holding", "available")
        case _:
            found = ()
    return tuple(one for step in found for one in _in_parts(step))


def _keys(standing: Standing) -> list[str]:
    return list(dict.fromkeys(line.key for line in standing.counted))


def _simple(verb: Verb, keys: Sequence[str], biz_step: str, disposition: str, to: str = "") -> Iterator[Step]:
    if keys:
        yield Step(verb, tuple(keys), biz_step, disposition, to)


def _receive(standing: Standing, short: Shortfall) -> Iterator[Step]:
    """Each outermost thing once: damaged where it is itself damaged, over where all that was counted of it was extra."""
    by_carrier: dict[str, list[Line]] = {}
    for line in standing.counted:
        by_carrier.setdefault(line.carrier or line.key, []).append(line)
    outcomes: dict[Receipt, list[str]] = {Receipt.ACCEPTED: [], Receipt.OVER: [], Receipt.DAMAGED: []}
    out: list[tuple[str, str]] = list(short.inside)
    for carrier, lines in by_carrier.items():
        broken = [line for line in lines if line.n in standing.damaged]
        if any(line.key == carrier for line in broken):
            outcomes[Receipt.DAMAGED].append(carrier)
        else:
            extra = all(line.mark is Mark.EXTRA for line in lines)
            outcomes[Receipt.OVER if extra else Receipt.ACCEPTED].append(carrier)
            out += [(carrier, line.key) for line in broken]
    outcomes[Receipt.SHORT] = [key for key in short.outer if key not in by_carrier]
    words = {Receipt.DAMAGED: "damaged", Receipt.SHORT: "unknown"}
    for outcome, keys in outcomes.items():
        for step in _simple(Verb.RECEIVE, keys, "receiving", words.get(outcome, "in_progress")):
            yield replace(step, outcome=outcome)
    yield from _taken_out(out)


def _taken_out(pairs: Sequence[tuple[str, str]]) -> Iterator[Step]:
    """Pieces that were missing or broken inside a container: out of it, and held until that is settled."""
    boxes: dict[str, list[str]] = {}
    for box, key in dict.fromkeys(pairs):
        boxes.setdefault(box, []).append(key)
    for box, keys in boxes.items():
        yield Step(Verb.UNPACK, (box, *keys), "unpacking", "in_progress", why="missing or damaged inside")
        yield Step(Verb.QUARANTINE, tuple(keys), "holding", "damaged", why="missing or damaged inside")


def _pack(standing: Standing) -> Iterator[Step]:
    boxes: dict[str, list[str]] = {}
    new: set[str] = set()
    for line in standing.lines:
        if line.mark is Mark.BOX:
            boxes.setdefault(line.key, [])
            if line.code == Code.NOT_ISSUED.value:
                new.add(line.key)
        elif line.mark is Mark.TAKEN and line.box:
            boxes.setdefault(line.box, []).append(line.key)
    for box, keys in boxes.items():
        if keys and box in new:
            yield Step(Verb.COMMISSION, (box,), "commissioning", "active", why="a new container")
    order = sorted((box for box in boxes if boxes[box]), key=lambda box: _depth(box, boxes))
    for box in order:
        yield Step(Verb.PACK, (box, *dict.fromkeys(boxes[box])), "packing", "in_progress")


def _depth(box: str, boxes: dict[str, list[str]], seen: tuple[str, ...] = ()) -> int:
    """How many of the session's containers lie inside a container, however deep: what is inside is packed first."""
    if box in seen:
        raise BadInput("A container cannot be packed into itself.")
    return 1 + max((_depth(key, boxes, (*seen, box)) for key in boxes[box] if key in boxes), default=0)


def _unpack(standing: Standing) -> Iterator[Step]:
    boxes: dict[str, list[str]] = {}
    for line in standing.counted:
        whole = [one.key for one in line.covers if one.key != line.key]
        boxes.setdefault(line.box, []).extend(whole if line.key == line.box else [line.key])
    for box, keys in boxes.items():
        yield Step(Verb.UNPACK, (box, *dict.fromkeys(keys)), "unpacking", "in_progress")


def _in_parts(step: Step) -> Iterator[Step]:
    """The step as events that the contract takes: at most MAX_BATCH units each, the container in every one."""
    head = step.keys[:1] if step.verb in (Verb.PACK, Verb.UNPACK) else ()
    rest = step.keys[len(head) :]
    room = MAX_BATCH - len(head)
    for start in range(0, len(rest), room):
        yield replace(step, keys=head + rest[start : start + room])


# ---- undoing -------------------------------------------------------------------------------------------------------------


def undoing(step: Step, sender: str = "") -> Step | None:
    """The event that makes up for a recorded one; None where the contract has none (what was shipped, sold or destroyed).

    A receipt is made up for by sending the goods back to who sent them (`sender`, a GLN).
    """
    why = "made up for a mistake"
    match step.verb:
        case Verb.PACK:
            return Step(Verb.UNPACK, step.keys, "unpacking", "in_progress", why=why)
        case Verb.UNPACK:
            return Step(Verb.PACK, step.keys, "packing", "in_progress", why=why)
        case Verb.QUARANTINE:
            return Step(Verb.RELEASE, step.keys, "holding", "available", why=why)
        case Verb.RELEASE:
            return Step(Verb.QUARANTINE, step.keys, "holding", "non_sellable_other", why=why)
        case Verb.RECEIVE if step.outcome in (Receipt.ACCEPTED, Receipt.OVER) and sender:
            return Step(Verb.SHIP, step.keys, "shipping", "returned", sender, why=why)
    return None


def undoable(step: Step) -> bool:
    """Whether the contract knows an event that makes up for this one."""
    return undoing(step, "somebody") is not None


# ---- drafts --------------------------------------------------------------------------------------------------------------


def item_of(key: str) -> Item:
    """The item behind an identity. Raises BadInput."""
    item = gs1.parse(key)
    if isinstance(item, Unreadable):
        raise BadInput(item.reason)
    return item


def event_id(session: str, name: str) -> str:
    """The same for the same session and the same step: what was recorded once is found again."""
    return f"urn:uuid:{uuid.uuid5(uuid.UUID(session), name)}"


def draft(session: Session, step: Step, name: str, party: str, at: datetime, alone: str = "") -> Draft:
    """The event of a step as a draft for the recorder.

    Args:
        name: the step's name within the session (its number); with the session's id it makes the event's id.
        party: the GLN of who records.
        at: when it happened, aware UTC.
        alone: the only one of the step's keys that it is to be about, where the step as a whole is refused.
    """
    boxed = step.verb in (Verb.PACK, Verb.UNPACK)
    keys = (*(step.keys[:1] if boxed else ()), alone) if alone else step.keys
    items = tuple(item_of(key) for key in keys)
    links = [gs1.digital_link(item) for item in items]
    kind, action = _EPCIS.get(step.verb, ("ObjectEvent", "OBSERVE"))
    event = Event(
        event_id=event_id(session.id, f"{name}/{alone}" if alone else name),
        kind=kind,
        action=action,
        event_time=at,
        biz_step=step.biz_step,
        disposition=step.disposition,
        read_point=session.place or party,
        biz_location=session.place or party,
        epcs=tuple(links[1:] if boxed else links),
        parent_id=links[0] if boxed else "",
        destinations=(("owning_party", step.to),) if step.to else (),
        biz_transactions=(("desadv", session.note),) if session.note else (),
    )
    argument = word(step.outcome) if step.outcome is not None else ZERO
    return Draft(step.verb, party, event, items, step.to, argument)
