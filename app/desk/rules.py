"""Each task's own rules: a genuine thing, how it stands by the records, and what the task makes of it.

Nothing is taken that the contract would not record, as far as this laptop can know. A refusal says in one sentence why, and in
another what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.desk.notes import NoteLine, Ticking
from app.desk.session import Covered, Mark, Session, Standing
from app.desk.tasks import Ending, Task
from app.desk.units import Unit
from chain.journey import Item
from chain.verdict import Code, Kind, Verdict


@dataclass(frozen=True, slots=True)
class Setting:
    """What a judgement rests on besides the scan: whose desk this is (GLN), the note as far as it is ticked off, and what a
    recall notice is about.

    `affected` are the identities that the notice names, or whose lot it names.
    """

    here: str
    note: Ticking | None = None
    affected: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Said:
    """What a task makes of a scan: the mark of its line, one sentence why, one what to do, and whether somebody must look."""

    mark: Mark
    why: str = ""
    step: str = ""
    stops: bool = False
    box: str = ""
    code: Code | None = None
    """What is shown as the verdict's code where the task knows worse than the verdict: of what is inside a container."""


@dataclass(frozen=True, slots=True)
class Case:
    """A thing that may be taken as far as its verdict goes, and all that the rule needs to know."""

    session: Session
    before: Standing
    unit: Unit
    setting: Setting
    verdict: Verdict


APART = "Set it aside and tell your supervisor."
ASTRAY = "It is here, and by the records it should not be: tell your supervisor."
_LOOK = "Look at the piece and its seal. If anything is wrong, take the line back."
_ASK = "Set it aside and ask the sender. If it should not stay, take the line back."


def refused(why: str, step: str = APART) -> Said:
    """Not taken."""
    return Said(Mark.REFUSED, why, step, stops=True)


def taken(verdict: Verdict, why: str, box: str = "") -> Said:
    """Taken; where statistics ask, somebody has to look first."""
    if verdict.kind is Kind.CAUTION:
        return Said(Mark.TAKEN, verdict.reason, _LOOK, True, box)
    return Said(Mark.TAKEN, why, "", False, box)


def rule(case: Case) -> Said:
    """What the task makes of it."""
    return _RULES[case.session.task](case)


def _box_of(item: Item) -> str:
    return item.sscc or item.key


def _here(case: Case) -> Said | None:
    """A refusal unless the thing is in this desk's hands."""
    unit = case.unit
    if unit.ended:
        return refused("It was sold, used up or destroyed before.")
    if unit.coming_to(case.setting.here):
        return refused("It has not been received yet.", "Receive it first.")
    if not unit.held_at(case.setting.here):
        holder = unit.holder.name if unit.holder is not None else "somebody else"
        return refused(f"By the records {holder} holds it, not you.", "Sync and scan again, or set it aside.")
    return None


def _free(case: Case) -> Said | None:
    """A refusal unless it is in this desk's hands and in no container."""
    bad = _here(case)
    if bad is None and case.unit.box is not None:
        why = f"It is packed in container {_box_of(case.unit.box)}."
        return refused(why, "Scan the container instead, or unpack it first.")
    return bad


def _receive(case: Case) -> Said:
    unit = case.unit
    if unit.held_at(case.setting.here):
        return refused("It was received here before.", "If it came again, set it aside: there may be two of it.")
    if not unit.coming_to(case.setting.here):
        holder = unit.holder.name if unit.holder is not None else "nobody known here"
        why = f"Nobody has shipped it to you; {holder} holds it."
        return refused(why, "Leave it on the truck or set it aside, and ask the sender.")
    inside = unfit_inside(unit, "Do not put it on the shelf: it goes back with the driver, or is set aside unopened.")
    if inside is not None:
        return inside
    if case.setting.note is None:
        return taken(case.verdict, "Received.")
    return _against(case, case.setting.note)


def _against(case: Case, note: Ticking) -> Said:
    """Hold it against the delivery note; a container for all that is in it."""
    unit = case.unit
    places = note.trial((Covered.of(unit.item), *map(Covered.of, unit.inside)))
    fitting: list[NoteLine] = [place.line for place in places if place.line is not None]
    strange = len(places) - len(fitting)
    if fitting and strange:
        why = f"{strange} of the pieces in it are not on the delivery note."
        return Said(Mark.EXTRA, why, "Open it and look, or set it aside.", True)
    if fitting:
        return taken(case.verdict, f"Line {fitting[0].n} of the delivery note.")
    if places[0].wrong_lot:
        why = f"The delivery note says lot {places[0].wrong_lot}; this is lot {unit.item.lot or 'none'}."
        return Said(Mark.EXTRA, why, _ASK, True)
    return Said(Mark.EXTRA, "It is not on the delivery note, or more came than was ordered.", _ASK, True)


def _leave(case: Case) -> Said:
    """Ship or send back: the outermost thing goes, and everything in it must be fit to go."""
    unit = case.unit
    bad = _free(case)
    if bad is not None:
        return bad
    maker = unit.issuer.name if unit.issuer is not None else "its maker"
    if unit.recalled and (unit.issuer is None or case.session.other != unit.issuer.gln):
        return refused("It is recalled: it may only go back to its maker.", f"Send it to {maker}.")
    if unit.expired:
        return refused("It is past its date and must not travel.", "Put it with the expired goods.")
    if unit.held_by is not None:
        return refused(f"{unit.held_by.name} keeps it in quarantine.", "Leave it where it is until it is released.")
    inside = unfit_inside(unit, "Unpack it, take these pieces out, then scan it again.")
    if inside is not None:
        return inside
    return taken(case.verdict, "Sent back." if case.session.task is Task.RETURN else "Shipped.")


def unfit_inside(unit: Unit, step: str) -> Said | None:
    """A refusal where something in a container is recalled, past its date or in quarantine: the container's own verdict does not
    say so."""
    if not unit.unfit:
        return None
    words = {Code.RECALLED: "recalled", Code.EXPIRED: "past its date", Code.QUARANTINED: "in quarantine"}
    item, code = unit.unfit[0]
    name = item.serial or item.sscc
    many = len(unit.unfit)
    same = all(other is code for _, other in unit.unfit)
    why = f"{name} in this container is {words[code]}."
    if many > 1:
        why = f"{many} pieces in this container are {words[code] if same else 'recalled, past their date or in quarantine'}."
    return Said(Mark.REFUSED, why, step, stops=True, code=code)


def _pack(case: Case) -> Said:
    return _free(case) or taken(case.verdict, "Packed.", case.before.box)


def _unpack(case: Case) -> Said:
    unit = case.unit
    bad = _here(case)
    if bad is not None:
        return bad
    if unit.direct:
        if unit.box is not None:
            return refused(f"It is inside container {_box_of(unit.box)}.", "Unpack the outer container first.")
        return taken(case.verdict, f"All {len(unit.direct)} pieces are taken out.", unit.item.key)
    if unit.box is None:
        return refused("It is in no container.", "Nothing has to be unpacked.")
    if unit.carrier.key != unit.box.key:
        why = f"It is in {_box_of(unit.box)}, which is inside {_box_of(unit.carrier)}."
        return refused(why, "Unpack the outer container first.")
    return taken(case.verdict, "Taken out.", unit.box.key)


def _count(case: Case) -> Said:
    unit = case.unit
    if unit.held_at(case.setting.here) and not unit.ended:
        inside = f" With it {len(unit.inside)} pieces inside." if unit.inside else ""
        return Said(Mark.TAKEN, "Here, as the records say." + inside)
    coming = unit.coming_to(case.setting.here)
    why = "It is on its way to you and was never received." if coming else case.verdict.reason
    return Said(Mark.EXTRA, why, ASTRAY, stops=True)


def _decommission(case: Case) -> Said:
    bad = _free(case)
    if bad is not None:
        return bad
    if case.unit.inside:
        return refused("There is something in this container.", "Unpack it first.")
    words = {Ending.SOLD: "Sold.", Ending.DISPENSED: "Dispensed.", Ending.DESTROYED: "Destroyed."}
    return taken(case.verdict, words[case.session.ending or Ending.SOLD])


def _quarantine(case: Case) -> Said:
    bad = _free(case)
    if bad is not None:
        return bad
    if case.unit.held_by is not None:
        return refused(f"{case.unit.held_by.name} keeps it in quarantine already.", "Put it with the goods in quarantine.")
    return Said(Mark.TAKEN, "In quarantine.", "Put it in the quarantine area.")


def _release(case: Case) -> Said:
    by = case.unit.held_by
    if by is None:
        return refused("It is not in quarantine.", "Nothing has to be released.")
    if by.gln != case.setting.here:
        return refused(f"{by.name} put it in quarantine.", "Only they can release it.")
    return Said(Mark.TAKEN, "Released.", "It may go back to the shelf.")


def recall(item: Item, unit: Unit | None, setting: Setting) -> Said:
    """What a recall notice makes of a thing, whatever its verdict."""
    if item.key not in setting.affected and (unit is None or unit.item.key not in setting.affected):
        return Said(Mark.NOTED, "The recall does not concern this piece.", "Put it back.")
    if unit is None or unit.ended or not unit.held_at(setting.here):
        return Said(Mark.NOTED, "The recall concerns it, and by the records it is not yours.", APART, stops=True)
    if unit.held_by is not None:
        return Said(Mark.NOTED, "The recall concerns it, and it is in quarantine already.", "Put it with the recalled goods.")
    if unit.box is not None:
        return refused("The recall concerns it, and it is packed.", "Unpack it first, then scan it again.")
    return Said(Mark.TAKEN, "The recall concerns it.", "Put it with the recalled goods.")


_RULES: dict[Task, Callable[[Case], Said]] = {
    Task.RECEIVE: _receive,
    Task.SHIP: _leave,
    Task.RETURN: _leave,
    Task.PACK: _pack,
    Task.UNPACK: _unpack,
    Task.COUNT: _count,
    Task.DECOMMISSION: _decommission,
    Task.QUARANTINE: _quarantine,
    Task.RELEASE: _release,
}
