"""How the item stands now: recalled, quarantined, ended, expired, where it should be, one of its kind, and how fresh that is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from chain import encoding
from chain.encoding import ZERO
from chain.journey import Place, Role, Status, Verb
from chain.policy.case import CLOCK_TOLERANCE, Case, harmless, passed
from chain.travel import Sighting, contradiction
from chain.verdict import Code, Finding, Outcome


def label_fields(case: Case) -> Finding:
    """The lot and expiry on the label are what the issuer recorded."""
    item, state = case.label.item, case.state
    if item.expiry is not None and encoding.expiry_seconds(item.expiry) != state.expiry:
        recorded = encoding.expiry_date(state.expiry)
        why = f"The label says it expires {item.expiry}; the maker recorded {recorded or 'no expiry'}. The label was changed."
        return Finding("label fields", Outcome.FAIL, why, Code.TAMPERED)
    if item.lot and encoding.lot_of(item, case.granted[0]) != state.lot:
        return Finding(
            "label fields", Outcome.FAIL, f"The lot “{item.lot}” on the label is not the lot the maker recorded.", Code.TAMPERED
        )
    return passed("label fields", "Lot and expiry on the label are what the maker recorded.")


def recall(case: Case) -> Finding:
    """Neither the item, nor its lot, nor a container around it is under recall."""
    for place, state in enumerate(case.around):
        by = state.recalled_by or (case.storage.lot(state.lot)[1] if state.lot != ZERO else 0)
        if by:
            what = "this item" if place == 0 else "what this item is packed in"
            why = f"{case.name(by)} has recalled {what}: do not use or sell it, send it back to the maker."
            return Finding("recall", Outcome.FAIL, why, Code.RECALLED)
    for state in case.around:
        case.replay.lifted(state.lot)
    return passed("recall", "No recall concerns this item or its lot.")


def quarantine(case: Case) -> Finding:
    """Nobody holds the item or a container around it in quarantine."""
    for state in case.around:
        if state.held_by:
            why = f"{case.name(state.held_by)} has put this item in quarantine: keep it apart until it is released."
            return Finding("quarantine", Outcome.FAIL, why, Code.QUARANTINED)
    return passed("quarantine", "The item is not in quarantine.")


def in_use(case: Case) -> Finding:
    """The item's life has not ended."""
    if case.state.status is Status.DECOMMISSIONED:
        (ended,) = (e for e in case.replay.of(case.unit).entries if e.verb is Verb.DECOMMISSION)
        when = encoding.day_of(ended.event_time)
        why = f"This item was sold, used up or destroyed on {when}: whatever carries its code now is not it."
        return Finding("in use", Outcome.FAIL, why, Code.DECOMMISSIONED)
    return passed("in use", "The item is in circulation.")


def expiry(case: Case) -> Finding:
    """The item has not expired."""
    seconds = case.state.expiry
    if not seconds:
        return passed("expiry", "The maker recorded no expiry for this item.")
    day = encoding.expiry_date(seconds)
    if case.situation.now.timestamp() >= seconds:
        return Finding(
            "expiry", Outcome.FAIL, f"This item expired on {day}: do not use or sell it.{harmless(case)}", Code.EXPIRED
        )
    return passed("expiry", f"The item is good until {day}.")


def custodian(case: Case) -> Finding:
    """The item is where the contract says it is: with, or on its way to, the organisation that scans it."""
    here, at = case.situation.here, case.carrier
    if not here:
        return Finding(
            "custodian", Outcome.NOT_PROVABLE_OFFLINE, "This station does not say whose it is, so the holder is not compared."
        )
    if at.custodian == here and not at.receiver:
        return passed("custodian", "The item is yours to hold.")
    if at.receiver == here:
        return passed("custodian", f"The item is on its way to you from {case.name(at.custodian)}: receive it.")
    roles = case.storage.roles(here)
    if roles and not roles & ~Role.AUDITOR:
        return passed("custodian", f"The item is held by {case.name(at.custodian)}; you look at it as an inspector.")
    on_way = f", on its way to {case.name(at.receiver)}" if at.receiver else ""
    why = (
        f"By the records {case.name(at.custodian)} holds this item{on_way}, not you. If a delivery note is not synced yet, sync"
        " and scan again; otherwise keep it apart."
    )
    return Finding("custodian", Outcome.FAIL, why, Code.WRONG_CUSTODIAN)


def contradictions(case: Case) -> Finding:
    """No two certain sightings of the item are further apart than anything travels: otherwise there are two of it."""
    found = contradiction(_seen_on_chain(case), case.situation.sightings)
    if found:
        return Finding("contradiction", Outcome.FAIL, found, Code.CLONE_PROVEN)
    return passed("contradiction", "Nothing contradicts that this is the one item of this code.")


def _seen_on_chain(case: Case) -> tuple[Sighting, ...]:
    """Events recorded within minutes of when they say they happened: their time is the block's, which nobody chose."""
    seen = []
    now = case.evidence.checkpoint.at.timestamp()
    for entry in case.replay.of(case.unit).entries:
        detail = case.evidence.details.get(entry.index)
        place: Place | None = case.evidence.places.get(detail.event.read_point) if detail else None
        live = abs(entry.record_time - entry.event_time) <= CLOCK_TOLERANCE.total_seconds() and entry.record_time <= now
        if place is not None and live and entry.verb not in (Verb.RECALL, Verb.LIFT, Verb.CORRECT):
            seen.append(Sighting(datetime.fromtimestamp(entry.record_time, UTC), place))
    return tuple(seen)


def copies(case: Case) -> Finding:
    """What no signature can show, in words."""
    del case
    why = "A perfect copy of a genuine label cannot be told from it by any signature; only its journey gives it away."
    return Finding("copy", Outcome.NOT_PROVABLE_OFFLINE, why)


_SET_BACK = (
    " Their age is counted from a later time that this computer's clock once showed: set the clock, or, if it was wrong then,"
    " delete remembered.json from the profile."
)


def age(case: Case) -> Finding:
    """The knowledge is not older than the user's limit, and the clock is not behind it."""
    old = case.situation.now - case.evidence.checkpoint.at
    clock = case.situation.clock or case.situation.now
    if clock - case.evidence.checkpoint.at < -CLOCK_TOLERANCE:
        why = "This computer's clock is behind the time of the records: set the clock, then scan again."
        return Finding("age", Outcome.UNKNOWN, why, Code.STALE)
    limit = case.trust.age_limit(case.label.item)
    if old > limit:
        why = f"These records are {_told(old)} old; the limit for such goods is {_told(limit)}. Sync, then scan again."
        why += _SET_BACK if case.situation.clock else ""
        return Finding("age", Outcome.UNKNOWN, why, Code.STALE)
    return passed("age", f"The records are as of {case.evidence.checkpoint.at:%Y-%m-%d %H:%M} UTC.")


def _told(age: timedelta) -> str:
    return f"{age.days} days" if age.days >= 2 else f"{age.total_seconds() / 3600:.0f} hours"
