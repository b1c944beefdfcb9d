"""What happened to the item: whole, in the log, by valid devices, under the rules of custody, as it was told."""

from __future__ import annotations

from chain import encoding, merkle
from chain.encoding import ZERO
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Detail
from chain.journey import Entry, Verb
from chain.policy.case import TIME_ZONE_TOLERANCE, Case, passed
from chain.replay import entries_of, organisations_of
from chain.verdict import Code, Finding, Outcome


def complete(case: Case) -> Finding:
    """The item's history is whole: from its first event to the head in the contract's storage, nothing left out."""
    found = case.replay.of(case.unit)
    return passed("history", f"All {len(found.entries)} events since its issue are here, and nothing was left out or changed.")


def inclusion(case: Case) -> Finding:
    """Every entry stands in the log at its place (RFC 6962)."""
    at = case.evidence.checkpoint

    def included(entry: Entry) -> None:
        path = case.evidence.inclusion(entry.index)
        merkle.verify_inclusion(case.replay.leaf(entry), entry.index, at.size, path, at.root)

    entries = entries_of(case.evidence.histories)
    for entry in (*entries, *case.evidence.administration):
        case.once("inclusion", entry, included)
    if not entries:
        raise MissingNode("there are no entries to find in the log")
    return passed("inclusion", f"All {len(entries)} entries of this journey stand in the log at their places.")


def devices(case: Case) -> Finding:
    """Each entry's device was valid when it recorded, and is not in doubt since."""
    doubted = ""
    entries = entries_of(case.evidence.histories)
    if not entries:
        raise MissingNode("there are no entries to look at")
    for entry in entries:
        device = case.storage.device(entry.device)
        if device is None or not device.records(entry):
            raise BadProof(f"entry {entry.index} is by a device that was not valid then")
        if device.suspect(entry):
            doubted = case.name(entry.organisation)
    if doubted:
        why = f"A device of {doubted} recorded part of this journey after the time since which it is reported stolen or misused."
        return Finding("devices", Outcome.UNKNOWN, why, Code.SUSPECTED)
    return passed("devices", "Every event was recorded by a device that was valid at the time.")


def custody(case: Case) -> Finding:
    """Every hand-over keeps the contract's rules, and the claimed times keep the order of the hand-overs."""
    for unit in (case.unit, *case.replay.containers(case.unit)):
        last: Entry | None = None
        for entry in case.replay.of(unit).entries:
            what, who = _word(entry.verb), case.name(entry.organisation)
            if entry.event_time - entry.record_time > TIME_ZONE_TOLERANCE.total_seconds():
                why = f"The {what} by {who} says it happened after it was recorded: that is no clock or time-zone mistake."
                return Finding("custody", Outcome.FAIL, why, Code.CUSTODY_BROKEN)
            if last is not None and last.event_time - entry.event_time > TIME_ZONE_TOLERANCE.total_seconds():
                why = (
                    f"The {what} by {who} says it happened before the {_word(last.verb)} that came first: that is no clock or"
                    " time-zone mistake."
                )
                return Finding("custody", Outcome.FAIL, why, Code.CUSTODY_BROKEN)
            last = entry
    for number in organisations_of(entries_of(case.evidence.histories)):
        case.replay.roles(number, case.evidence.checkpoint.size)
    return passed("custody", "Every hand-over was made by the one who held the item, to the one who received it, in order.")


_NOUNS = {
    Verb.COMMISSION: "issue",
    Verb.COMMISSION_LOT: "issue",
    Verb.SHIP: "shipment",
    Verb.RECEIVE: "receiving",
    Verb.PACK: "packing",
    Verb.UNPACK: "unpacking",
    Verb.OBSERVE: "reading",
    Verb.QUARANTINE: "quarantine",
    Verb.RELEASE: "release",
    Verb.RECALL: "recall",
    Verb.LIFT: "end of the recall",
    Verb.DECOMMISSION: "end of life",
    Verb.CORRECT: "correction",
}


def _word(verb: Verb) -> str:
    return _NOUNS.get(verb, verb.name.lower())


def containers(case: Case) -> Finding:
    """The containers the item travelled in are proven like the item."""
    boxes = case.replay.containers(case.unit)
    for box in boxes:
        case.replay.of(box)
    if not boxes:
        return passed("containers", "The item travelled on its own.")
    now = " It is packed now." if case.state.parent != ZERO else ""
    return passed("containers", f"The {len(boxes)} containers it travelled in have whole histories of their own.{now}")


def details(case: Case) -> Finding:
    """What the events say is what was committed to, and is about this item."""
    known = case.evidence.details
    entries = entries_of(case.evidence.histories)
    for entry in (*entries, *case.evidence.administration):
        if entry.index in known:
            case.once("commitment", entry, lambda one: _committed(one, known[one.index]))
    case.replay.containers(case.unit)
    for entry in entries:
        if entry.index not in known and entry.index in case.evidence.removed:
            raise BadProof(f"the details of entry {entry.index} were taken out of the records here")
        if entry.index in known and int(known[entry.index].event.event_time.timestamp()) != entry.event_time:
            raise BadProof(f"the details of entry {entry.index} tell another time than its record")
    missing = sum(entry.index not in known for entry in entries)
    if missing:
        why = f"The details of {missing} events (where, what for) are not on this laptop: ask the sender for them, or sync."
        return Finding("details", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)
    return passed("details", "Places, times and papers of every event are as they were recorded.")


def _committed(entry: Entry, detail: Detail) -> None:
    """That details are what an entry commits to. Raises BadProof."""
    try:
        same = encoding.commitment(detail.fields, detail.seed) == entry.commitment
    except (BadInput, TypeError):  # no field at all, or nothing that JSON can write
        same = False
    if not same:
        raise BadProof(f"the details of entry {entry.index} were changed after it was recorded")
