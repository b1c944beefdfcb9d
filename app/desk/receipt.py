"""The signed receipt of a delivery: what came, what did not, what was refused, and which events say so.

A text file: ``wayproof receipt 1``, the receipt as one line of JSON with sorted names, its signature, and a proof file in base64.
The signature is by the station's device. The proof, an evidence file of one of the pieces sealed by the same device, shows to
whoever pinned the trust pack whose device that is. A receipt proves what the receiver says, not that the goods exist.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from tiny_keccak import keccak256

from app.desk.notes import Reconciled
from app.desk.sealer import sealer
from app.desk.session import Session, Tally
from chain import bundle as bundles
from chain.epcis import time_text
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Party
from chain.keys import SigningKey, recover
from chain.policy import Situation
from chain.strict_json import loads
from chain.verdict import Code, Finding, Outcome, Verdict

MAGIC = b"wayproof receipt 1\n"
SEAL = b"\x19wayproof receipt 1\n"


@dataclass(frozen=True, slots=True)
class Posted:
    """One event that the receipt names: its id, its verb, what it is about, and whether it stands on the log."""

    event_id: str
    verb: str
    keys: tuple[str, ...]
    state: str
    reason: str = ""


def body(
    session: Session, receiver: Party, sender: Party | None, tally: Tally, note: Reconciled | None, events: Sequence[Posted]
) -> dict[str, object]:
    """The receipt as JSON values."""
    told: dict[str, object] = {
        "format": "wayproof receipt 1",
        "session": session.id,
        "task": session.task.value,
        "note": session.note,
        "begun": time_text(session.begun),
        "finished": time_text(session.finished) if session.finished else "",
        "by": session.by,
        "receiver": {"gln": receiver.gln, "name": receiver.name},
        "sender": {"gln": sender.gln, "name": sender.name} if sender is not None else {"gln": "", "name": ""},
        "counts": {
            "taken": tally.taken, "extra": tally.extra, "refused": tally.refused, "damaged": tally.damaged,
            "undone": tally.undone,
        },
        "events": [
            {"id": one.event_id, "verb": one.verb, "items": list(one.keys), "state": one.state, "reason": one.reason}
            for one in events
        ],
    }  # fmt: skip
    if note is not None:
        told |= _against(note)
    return told


def _against(note: Reconciled) -> dict[str, object]:
    return {
        "lines": [
            {
                "line": one.line.n,
                "item": one.line.key or f"(01){one.line.gtin}" + (f"(10){one.line.lot}" if one.line.lot else ""),
                "name": one.line.name,
                "ordered": one.line.quantity,
                "came": list(one.came),
                "missing": one.missing,
            }
            for one in note.lines
        ],
        "extra": [one.key for one in note.extra],
        "wrong_lot": [{"item": one.key, "lot": one.lot} for one in note.wrong_lot],
        "damaged": list(note.damaged),
        "refused": [{"item": line.key, "code": line.code, "why": line.why} for line in note.refused],
    }


def write(told: Mapping[str, object], key: SigningKey, proof: bytes = b"") -> bytes:
    """The file, signed with the station's device key; `proof` is an evidence file that the same key sealed."""
    text = orjson.dumps(told, option=orjson.OPT_SORT_KEYS)
    signature = key.sign_digest(keccak256(SEAL + text))
    return b"\n".join((MAGIC + text, signature.hex().encode(), base64.b64encode(proof), b""))


@dataclass(frozen=True, slots=True)
class Opened:
    """A receipt as it was read: what it says, the device that signed it (20 bytes), and the proof that came with it."""

    told: Mapping[str, Any]
    signer: bytes
    proof: bytes


def read(data: bytes) -> Opened:
    """Open a receipt. Raises BadProof where it is none, was changed, or is not in its one spelling."""
    parts = data.split(b"\n")
    if not data.startswith(MAGIC) or len(parts) != 5 or parts[4]:
        raise BadProof("this is not a Wayproof receipt")
    try:
        told = loads(parts[1])
        signature = bytes.fromhex(parts[2].decode("ascii"))
        proof = base64.b64decode(parts[3], validate=True)
    except (ValueError, BadInput):
        raise BadProof("this receipt is damaged") from None
    if not isinstance(told, dict) or orjson.dumps(told, option=orjson.OPT_SORT_KEYS) != parts[1]:
        raise BadProof("this receipt is damaged")
    if signature.hex().encode() != parts[2] or base64.b64encode(proof) != parts[3]:
        raise BadProof("this receipt is damaged")
    return Opened(told, recover(keccak256(SEAL + parts[1]), signature), proof)


def verify(data: bytes, trust: Trust, situation: Situation) -> Verdict:
    """The verdict over a receipt: is it whole, who signed it, does the contract know them, do its events stand on the log.

    Never raises on what a file holds. GENUINE says that the named receiver signed exactly this.
    """
    try:
        opened = read(data)
    except BadProof as bad:
        return Verdict.of([Finding("file", Outcome.FAIL, f"This receipt is damaged or was changed: {bad.words}.", Code.TAMPERED)])
    findings = [Finding("file", Outcome.PASS, "The receipt is whole, and nothing was changed after it was signed.")]
    found = sealer(opened.proof, opened.signer, "receipt", trust, situation)
    findings += found.findings
    if opened.proof and not found.broken:
        if not any(one.check == "signer" for one in found.findings):
            findings.append(_signer(opened, found.party))
        findings.append(_events(opened))
    return Verdict.of(findings, found.as_of)


def summary(data: bytes) -> str:
    """What a receipt says, in one line; "" where it cannot be read."""
    try:
        told = read(data).told
        counts = {name: int(count) for name, count in told["counts"].items()}
        receiver, note = str(told["receiver"]["name"]), str(told["note"])
        lines = told.get("lines", [])
        came, ordered = sum(len(one["came"]) for one in lines), sum(int(one["ordered"]) for one in lines)
    except (BadProof, KeyError, TypeError, ValueError, AttributeError):
        return ""
    about = f" of delivery note {note}, {came} of {ordered} came" if lines else f", {counts.get('taken', 0)} taken"
    rest = ", ".join(f"{counts[name]} {name}" for name in ("extra", "refused", "damaged") if counts.get(name))
    text = f"Receipt by {receiver}{about}" + (f", {rest}" if rest else "") + "."
    return "".join(one if one.isprintable() else " " for one in text)


def _signer(opened: Opened, party: Party | None) -> Finding:
    claimed = opened.told.get("receiver")
    gln = claimed.get("gln") if isinstance(claimed, dict) else ""
    if party is None or party.gln != gln:
        why = f"The receipt names another receiver than {party.name if party else 'the one'} whose device signed it."
        return Finding("signer", Outcome.FAIL, why, Code.BAD_SIGNATURE)
    return Finding("signer", Outcome.PASS, f"A device of {party.name} signed it, and the contract knows that device.")


def _events(opened: Opened) -> Finding:
    """The piece that the proof is about was received by an event that the receipt names."""
    bundle = bundles.read(opened.proof)
    on_log = {detail.event.event_id for detail in bundle.evidence.details.values()}
    told = opened.told.get("events")
    named = {str(one.get("id")) for one in told if isinstance(one, dict)} if isinstance(told, list) else set[str]()
    if named & on_log:
        return Finding("events", Outcome.PASS, "An event that the receipt names stands on the contract's log.")
    if named:
        why = "Its events were not on the log yet when it was signed."
        return Finding("events", Outcome.NOT_PROVABLE_OFFLINE, why)
    return Finding("events", Outcome.NOT_PROVABLE_OFFLINE, "It names no events: nothing was recorded.")
