"""The checks: each looks at one thing, asks for the proof it needs, and says how it went in one sentence.

The order is DESIGN's: label, signature, trust, block, contract, log, unit, history, devices, custody, containers, details,
recall, expiry, place, contradictions, age. A check never guards another: each asks for its own proof and answers for itself,
so a broken proof shows in every check that stands on it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property

from chain import encoding, merkle
from chain.encoding import ZERO, State
from chain.errors import BadProof, MissingNode
from chain.evidence import Evidence, Trust
from chain.journey import Entry, Place, Role, Status, Verb
from chain.label import Label, LabelDomain, label_signers
from chain.proven import Storage
from chain.replay import Replay, entries_of
from chain.travel import Sighting, contradiction
from chain.verdict import Code, Finding, Outcome

CLOCK_TOLERANCE = timedelta(minutes=15)
TIME_ZONE_TOLERANCE = timedelta(hours=26)  # UTC-12 to UTC+14: a longer step back is no time-zone mistake


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks, where and when. `here` is the organisation whose place this is (0: not told), `sightings` this laptop's own
    scans of the item, the present one last; times are aware UTC."""

    now: datetime
    here: int = 0
    sightings: tuple[Sighting, ...] = ()


class Case:
    """One question: a label, the evidence, the trust and the situation, with what has been proven so far."""

    def __init__(self, label: Label, evidence: Evidence, trust: Trust, situation: Situation) -> None:
        self.label = label
        self.evidence = evidence
        self.trust = trust
        self.situation = situation

    @cached_property
    def storage(self) -> Storage:
        """Proven readings of the contract."""
        return Storage(self.evidence, self.trust)

    @cached_property
    def replay(self) -> Replay:
        """Histories told again."""
        return Replay(self.evidence, self.storage)

    @cached_property
    def granted(self) -> tuple[int, int]:
        """The company prefix the item was issued under and the organisation it was granted to, (0, 0) for none: at most one of
        the prefixes an identity could have can be granted."""
        owners = ((code, self.storage.prefix_owner(code)) for code in encoding.prefixes_of(self.label.item))
        return next((found for found in owners if found[1]), (0, 0))

    @cached_property
    def unit(self) -> bytes:
        """The item's id on the contract, from the label and the proven prefix: never from what came with the evidence."""
        code, owner = self.granted
        if not owner:
            raise MissingNode("the item was never issued, so it has no history")
        return encoding.unit_of(self.label.item, code)

    @property
    def state(self) -> State:
        """The item's own present state."""
        return self.replay.of(self.unit).state

    @property
    def carrier(self) -> State:
        """The state that tells where the item is: that of the outermost container around it."""
        return self.replay.carrier(self.state)

    @property
    def around(self) -> tuple[State, ...]:
        """The item's state and those of the containers it is in now."""
        states = [self.state]
        while states[-1].parent != ZERO and len(states) < 9:
            states.append(self.replay.of(states[-1].parent).state)
        return tuple(states)

    def name(self, organisation: int) -> str:
        """An organisation in words."""
        party = self.evidence.parties.get(organisation)
        return party.name if party else f"organisation {organisation}"


Check = Callable[[Case], Finding]


def run(name: str, check: Check, case: Case) -> Finding:
    """A check with its proofs' failures put into words: a proof that does not hold is FAIL, one that is not here is UNKNOWN."""
    try:
        return check(case)
    except BadProof as bad:
        return Finding(name, Outcome.FAIL, f"The records here do not match the contract: {bad.words}.", Code.TAMPERED)
    except MissingNode:
        return Finding(
            name, Outcome.UNKNOWN, "A piece of the proof is not on this laptop: sync, then scan again.", Code.NO_EVIDENCE
        )


def _pass(check: str, why: str) -> Finding:
    return Finding(check, Outcome.PASS, why)


def signature(case: Case) -> Finding:
    """The label's signature is by a device of the organisation that the item's company prefix was granted to."""
    name = "label signature"
    if not case.label.signature:
        return Finding(
            name, Outcome.NOT_PROVABLE_OFFLINE, "This label carries no signature; the item is judged by its records alone."
        )
    domain = LabelDomain(case.trust.chain_id, case.trust.contract)
    owner = case.granted[1]
    try:
        signers = label_signers(case.label.item, case.label.signature, domain)
    except BadProof:
        signers = ()
    for address in signers:
        device = case.storage.device(address)
        if device is not None and device.organisation == owner:
            if device.suspect_since:
                why = f"A device that {case.name(device.organisation)} has since reported stolen or misused signed this label."
                return Finding(name, Outcome.UNKNOWN, why, Code.SUSPECTED)
            return _pass(name, f"{case.name(device.organisation)} signed this label.")
    why = "The label's signature is not the issuer's: this label was not printed by the maker, or its text was changed."
    return Finding(name, Outcome.FAIL, why, Code.BAD_SIGNATURE)


def trust(case: Case) -> Finding:
    """The records are about the network and contract that the user pinned."""
    if case.evidence.checkpoint.origin != case.trust.origin:
        why = "These records are about another network or contract than the one you trust."
        return Finding("trust", Outcome.FAIL, why, Code.TAMPERED)
    return _pass("trust", "The records are about the network and contract that you pinned.")


def block(case: Case) -> Finding:
    """The checkpoint's block header is whole, and who vouches for it."""
    return _pass("block", f"Block {case.storage.header.number} is whole: its header has the hash that the checkpoint names.")


def witnesses(case: Case) -> Finding:
    """Co-signatures of independent organisations over the checkpoint."""
    del case
    why = "No independent witness co-signed this block: it is as good as the node it was read from."
    return Finding("witnesses", Outcome.NOT_PROVABLE_OFFLINE, why)


def contract(case: Case) -> Finding:
    """The contract's account and code under the state root."""
    assert case.storage.root
    return _pass("contract", "The contract in that block is the pinned one, code included.")


def log(case: Case) -> Finding:
    """The log's size and root in storage are the checkpoint's."""
    at = case.evidence.checkpoint
    if case.storage.number("log_size") != at.size or case.storage.number("log_root") != int.from_bytes(at.root, "big"):
        raise BadProof("the log's size or root is not the one in the contract")
    return _pass("log", f"The log of {at.size:,} entries is the contract's own.")


def issued(case: Case) -> Finding:
    """The item stands on the contract: its head, or its place in a lot; or the proof that it does not."""
    owner = case.granted[1]
    if not owner:
        why = "No maker on this network owns the company prefix in this code: it was never issued here."
        return Finding("issued", Outcome.FAIL, why, Code.NOT_ISSUED)
    if case.storage.head(case.unit) != ZERO or _in_lot(case, case.unit):
        return _pass("issued", f"{case.name(owner)} issued this item.")
    why = f"{case.name(owner)} never issued this item: the contract has no such serial."
    if case.evidence.open_lots:
        raise MissingNode("a lot of this maker could hold the serial, and its list is not here")
    return Finding("issued", Outcome.FAIL, why, Code.NOT_ISSUED)


def _in_lot(case: Case, unit: bytes) -> bool:
    history = case.evidence.histories.get(unit)
    return history is not None and history.membership is not None and case.replay.of(unit).state.seq >= 1


def complete(case: Case) -> Finding:
    """The item's history is whole: from its first event to the head in the contract's storage, nothing left out."""
    found = case.replay.of(case.unit)
    return _pass("history", f"All {len(found.entries)} events since its issue are here, and nothing was left out or changed.")


def inclusion(case: Case) -> Finding:
    """Every entry stands in the log at its place (RFC 6962)."""
    at = case.evidence.checkpoint
    entries = entries_of(case.evidence.histories)
    if not entries:
        raise MissingNode("there are no entries to find in the log")
    for entry in entries:
        path = case.evidence.inclusion(entry.index)
        merkle.verify_inclusion(encoding.leaf(entry), entry.index, at.size, path, at.root)
    return _pass("inclusion", f"All {len(entries)} entries of this journey stand in the log at their places.")


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
    return _pass("devices", "Every event was recorded by a device that was valid at the time.")


def custody(case: Case) -> Finding:
    """Every hand-over keeps the contract's rules, and the claimed times keep the order of the hand-overs."""
    for unit in (case.unit, *case.replay.containers(case.unit)):
        last: Entry | None = None
        for entry in case.replay.of(unit).entries:
            claimed = timedelta(seconds=entry.event_time - entry.record_time)
            if claimed > TIME_ZONE_TOLERANCE:
                return _broken(case, entry, "says it happened after it was recorded")
            if last is not None and last.event_time - entry.event_time > TIME_ZONE_TOLERANCE.total_seconds():
                return _broken(case, entry, f"says it happened before the {_word(last.verb)} that came first")
            last = entry
    return _pass("custody", "Every hand-over was made by the one who held the item, to the one who received it, in order.")


def _broken(case: Case, entry: Entry, what: str) -> Finding:
    why = f"The {_word(entry.verb)} by {case.name(entry.organisation)} {what}: that is no clock or time-zone mistake."
    return Finding("custody", Outcome.FAIL, why, Code.CUSTODY_BROKEN)


_NOUNS = {
    Verb.COMMISSION: "issue",
    Verb.COMMISSION_LOT: "issue",
    Verb.SHIP: "shipment",
    Verb.RECEIVE: "receipt",
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
        return _pass("containers", "The item travelled on its own.")
    now = " It is packed now." if case.state.parent != ZERO else ""
    return _pass("containers", f"The {len(boxes)} containers it travelled in have whole histories of their own.{now}")


def details(case: Case) -> Finding:
    """What the events say is what was committed to, and is about this item."""
    missing = 0
    for unit in (case.unit, *case.replay.containers(case.unit)):
        for entry in case.replay.of(unit).entries:
            detail = case.evidence.details.get(entry.index)
            if detail is None:
                if entry.index in case.evidence.removed:
                    raise BadProof(f"the details of entry {entry.index} were taken out of the records here")
                missing += 1
            elif encoding.commitment(detail.fields, detail.seed) != entry.commitment:
                raise BadProof(f"the details of entry {entry.index} were changed after it was recorded")
            elif int(detail.event.event_time.timestamp()) != entry.event_time:
                raise BadProof(f"the details of entry {entry.index} tell another time than its record")
    if missing:
        why = f"The details of {missing} events (where, what for) are not on this laptop: ask the sender for them, or sync."
        return Finding("details", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)
    return _pass("details", "Places, times and papers of every event are as they were recorded.")


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
    return _pass("label fields", "Lot and expiry on the label are what the maker recorded.")


def recall(case: Case) -> Finding:
    """Neither the item, nor its lot, nor a container around it is under recall."""
    for place, state in enumerate(case.around):
        by = state.recalled_by or (case.storage.lot(state.lot)[1] if state.lot != ZERO else 0)
        if by:
            what = "this item" if place == 0 else "what this item is packed in"
            why = f"{case.name(by)} has recalled {what}: do not use or sell it, send it back to the maker."
            return Finding("recall", Outcome.FAIL, why, Code.RECALLED)
    return _pass("recall", "No recall concerns this item or its lot.")


def quarantine(case: Case) -> Finding:
    """Nobody holds the item or a container around it in quarantine."""
    for state in case.around:
        if state.held_by:
            why = f"{case.name(state.held_by)} has put this item in quarantine: keep it apart until it is released."
            return Finding("quarantine", Outcome.FAIL, why, Code.QUARANTINED)
    return _pass("quarantine", "The item is not in quarantine.")


def in_use(case: Case) -> Finding:
    """The item's life has not ended."""
    if case.state.status is Status.DECOMMISSIONED:
        last = case.replay.of(case.unit).entries[-1]
        ended = [e for e in case.replay.of(case.unit).entries if e.verb is Verb.DECOMMISSION]
        when = datetime.fromtimestamp((ended or [last])[-1].event_time, UTC).date()
        why = f"This item was sold, used up or destroyed on {when}: whatever carries its code now is not it."
        return Finding("in use", Outcome.FAIL, why, Code.DECOMMISSIONED)
    return _pass("in use", "The item is in circulation.")


def expiry(case: Case) -> Finding:
    """The item has not expired."""
    seconds = case.state.expiry
    if not seconds:
        return _pass("expiry", "The maker recorded no expiry for this item.")
    day = encoding.expiry_date(seconds)
    if case.situation.now.timestamp() >= seconds:
        return Finding("expiry", Outcome.FAIL, f"This item expired on {day}: do not use or sell it.", Code.EXPIRED)
    return _pass("expiry", f"The item is good until {day}.")


def custodian(case: Case) -> Finding:
    """The item is where the contract says it is: with, or on its way to, the organisation that scans it."""
    here, at = case.situation.here, case.carrier
    if not here:
        return Finding(
            "custodian", Outcome.NOT_PROVABLE_OFFLINE, "This station does not say whose it is, so the holder is not compared."
        )
    if at.custodian == here and not at.receiver:
        return _pass("custodian", "The item is yours to hold.")
    if at.receiver == here:
        return _pass("custodian", f"The item is on its way to you from {case.name(at.custodian)}: receive it.")
    roles = case.storage.roles(here)
    if roles and not roles & ~Role.AUDITOR:
        return _pass("custodian", f"The item is held by {case.name(at.custodian)}; you look at it as an inspector.")
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
    return _pass("contradiction", "Nothing contradicts that this is the one item of this code.")


def _seen_on_chain(case: Case) -> tuple[Sighting, ...]:
    """Events recorded within minutes of when they say they happened: their time is the block's, which nobody chose."""
    seen = []
    for entry in case.replay.of(case.unit).entries:
        detail = case.evidence.details.get(entry.index)
        place: Place | None = case.evidence.places.get(detail.event.read_point) if detail else None
        live = abs(entry.record_time - entry.event_time) <= CLOCK_TOLERANCE.total_seconds()
        if place is not None and live and entry.verb not in (Verb.RECALL, Verb.LIFT, Verb.CORRECT):
            seen.append(Sighting(datetime.fromtimestamp(entry.record_time, UTC), place))
    return tuple(seen)


def copies(case: Case) -> Finding:
    """What no signature can show, in words."""
    del case
    why = "A perfect copy of a genuine label cannot be told from it by any signature; only its journey gives it away."
    return Finding("copy", Outcome.NOT_PROVABLE_OFFLINE, why)


def age(case: Case) -> Finding:
    """The knowledge is not older than the user's limit, and the clock is not behind it."""
    old = case.situation.now - case.evidence.checkpoint.at
    if old < -CLOCK_TOLERANCE:
        why = "This computer's clock is behind the time of the records: set the clock, then scan again."
        return Finding("age", Outcome.UNKNOWN, why, Code.STALE)
    if old > case.trust.max_age:
        why = (
            f"The records on this laptop are {old.days} days old; the limit is {case.trust.max_age.days}. Sync, then scan again."
        )
        return Finding("age", Outcome.UNKNOWN, why, Code.STALE)
    return _pass("age", f"The records are as of {case.evidence.checkpoint.at:%Y-%m-%d %H:%M} UTC.")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("label signature", signature),
    ("trust", trust),
    ("block", block),
    ("witnesses", witnesses),
    ("contract", contract),
    ("log", log),
    ("issued", issued),
    ("history", complete),
    ("inclusion", inclusion),
    ("devices", devices),
    ("custody", custody),
    ("containers", containers),
    ("details", details),
    ("label fields", label_fields),
    ("recall", recall),
    ("quarantine", quarantine),
    ("in use", in_use),
    ("expiry", expiry),
    ("custodian", custodian),
    ("contradiction", contradictions),
    ("copy", copies),
    ("age", age),
)
