"""One file with both sides of a contradiction, which anybody checks who has the trust pack and nothing else.

RLP of: the unit, one side's signed statement, what its commitment hides; then the other side's statement and what that hides, or
nothing where the other side is the log; and a proof file about the item (`chain.bundle`). The proof shows whose devices signed,
and where the other side is the log, what was recorded instead. Which side was first, or in the right, the file does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from app.handover.dispute import Dispute, successors
from chain import bundle as bundles
from chain import encoding, rlp, strict_json
from chain.calls import Act, Held
from chain.epcis import event_of_fields
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Trust
from chain.journey import Entry, Event
from chain.policy import Situation
from chain.proven import Storage
from chain.replay import Replay
from chain.signed_batch import SignedBatch
from chain.verdict import AsOf, Code, Finding, Outcome, Verdict

MAGIC = b"wayproof case 1\n"
MOST = bundles.MOST
_MOST_TOLD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Told:
    """The fields and the seed behind an act's commitment."""

    fields: Mapping[str, object]
    seed: bytes

    @property
    def event(self) -> Event:
        """The fields as an event. Raises BadInput."""
        return event_of_fields(dict(self.fields))


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it was read; its statements are signed by their devices, and what is told fits their commitments."""

    unit: bytes
    one: SignedBatch
    one_told: Told | None
    other: SignedBatch | None
    other_told: Told | None
    proof: bytes

    @property
    def statements(self) -> tuple[tuple[SignedBatch, Told | None], ...]:
        """The signed sides."""
        return ((self.one, self.one_told), *(((self.other, self.other_told),) if self.other is not None else ()))


def act_of(batch: SignedBatch, unit: bytes) -> Act:
    """What a statement does to a unit. Raises BadProof where it does nothing to it."""
    for act, things in batch.acts:
        if any(isinstance(one, Held) and one.unit == unit for one in things):
            return act
    raise BadProof("a statement is about another unit")


def write(
    unit: bytes, one: SignedBatch, one_told: Told | None, other: SignedBatch | None, other_told: Told | None, proof: bytes
) -> bytes:
    """The file. `other` is None where the other side is the log: then `proof`, a file about the item, shows it."""
    sides = [unit, one.to_bytes(), _told(one_told), other.to_bytes() if other is not None else b"", _told(other_told), proof]
    return MAGIC + rlp.encode([*sides])


def _told(told: Told | None) -> bytes:
    if told is None:
        return b""
    return orjson.dumps({"fields": dict(told.fields), "seed": told.seed.hex()}, option=orjson.OPT_SORT_KEYS)


def read(data: bytes) -> CaseFile:
    """Open a case. Raises BadProof where it is none, was changed, or is not in its one spelling."""
    if not data.startswith(MAGIC) or len(data) > MOST:
        raise BadProof("this is not the file of a case")
    parts = rlp.decode(data[len(MAGIC) :])
    if not isinstance(parts, list) or len(parts) != 6:
        raise BadProof("this is not the file of a case")
    pieces = [part for part in parts if isinstance(part, bytes)]
    if len(pieces) != 6 or len(pieces[0]) != 32:
        raise BadProof("this is not the file of a case")
    unit, one_raw, one_told, other_raw, other_told, proof = pieces
    one = SignedBatch.from_bytes(one_raw)
    other = SignedBatch.from_bytes(other_raw) if other_raw else None
    if other is None and other_told:
        raise BadProof("this case tells of a side that it does not have")
    second = _opened(other_told, other, unit) if other is not None else None
    found = CaseFile(unit, one, _opened(one_told, one, unit), other, second, proof)
    if write(unit, one, found.one_told, other, found.other_told, proof) != data:
        raise BadProof("this case is not in its one spelling")
    return found


def _opened(data: bytes, batch: SignedBatch, unit: bytes) -> Told | None:
    act = act_of(batch, unit)
    if not data:
        return None
    try:
        value: Any = strict_json.loads(data) if len(data) <= _MOST_TOLD else None
        told = Told(dict(value["fields"]), bytes.fromhex(value["seed"]))
        fits = encoding.commitment(told.fields, told.seed) == act.commitment
        told.event  # noqa: B018 - that it reads as an event is part of the form
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as cause:
        raise BadProof("what is told beside a statement is damaged") from cause
    if not fits:
        raise BadProof("what is told beside a statement is not what was signed")
    return told


# ---- verifying -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found about a case: the verdict, the opened file (None where it is damaged), the entry on the log that is the
    other side (None where that is a statement), and the names behind devices' addresses."""

    verdict: Verdict
    case: CaseFile | None = None
    entry: Entry | None = None
    names: Mapping[bytes, str] | None = None


def judge(data: bytes, trust: Trust, situation: Situation) -> Judged:
    """The verdict over a case file. GENUINE says that both sides are what they are said to be and cannot both be meant.

    Never raises on what a file holds.
    """
    try:
        case = read(data)
    except (BadProof, BadInput) as bad:
        why = f"This case file is damaged or was changed: {bad.words.rstrip('.')}."
        return Judged(Verdict.of([Finding("file", Outcome.FAIL, why, Code.TAMPERED)]))
    if any((batch.chain_id, batch.contract) != (trust.chain_id, trust.contract) for batch, _ in case.statements):
        why = "These statements are for another network than the trust pack's."
        return Judged(Verdict.of([Finding("file", Outcome.FAIL, why, Code.BAD_SIGNATURE)]), case)
    findings = [Finding("file", Outcome.PASS, "The file is whole, and every statement in it was signed by the device it names.")]
    doubts, as_of, entry, names = _proof(case, trust, situation)
    findings += doubts
    if not any(one.outcome is Outcome.FAIL for one in doubts):
        findings += [_whose(case, names), _contradiction(case, entry)]
    return Judged(Verdict.of(findings, as_of), case, entry, names)


def _proof(
    case: CaseFile, trust: Trust, situation: Situation
) -> tuple[list[Finding], AsOf | None, Entry | None, dict[bytes, str]]:
    """What lowers the proof that came with a case; the log's side of it; and whose the devices are."""
    if not case.proof:
        if case.other is None:
            why = "The file brings no proof of what was recorded: ask for it again."
            return [Finding("log", Outcome.UNKNOWN, why, Code.NO_EVIDENCE)], None, None, {}
        return [], None, None, {}
    _, verdict = bundles.verify(case.proof, trust, situation)
    broken = [one for one in verdict.findings if one.outcome is Outcome.FAIL and one.code is Code.TAMPERED]
    if broken:
        return broken, verdict.as_of, None, {}
    doubts = [one for one in verdict.findings if one.check == "witnesses" and one.outcome is not Outcome.PASS]
    evidence = bundles.read(case.proof).evidence
    storage = Storage(evidence, trust)
    names: dict[bytes, str] = {}
    entry = None
    try:
        if case.other is None:
            replayed = Replay(evidence, storage).of(case.unit)
            [(state, _)] = [successors(case.one)[case.unit]]
            entry = next((e for s, e in zip(replayed.states, replayed.entries[1:], strict=False) if s == state), None)
    except (BadProof, MissingNode) as bad:
        why = f"The proof in this file is not about the unit of the case: {bad.words}."
        doubts.append(Finding("log", Outcome.FAIL, why, Code.TAMPERED))
    for device in {batch.statement.device for batch, _ in case.statements} | ({entry.device} if entry else set()):
        try:
            known = storage.device(device)
        except (BadProof, MissingNode):
            continue
        party = evidence.parties.get(known.organisation) if known is not None else None
        if known is not None:
            names[device] = party.name if party else f"organisation {known.organisation}"
    return doubts, verdict.as_of, entry, names


def _whose(case: CaseFile, names: Mapping[bytes, str]) -> Finding:
    devices = dict.fromkeys(batch.statement.device for batch, _ in case.statements)
    unknown = [device for device in devices if device not in names]
    if unknown:
        why = f"Whose device 0x{unknown[0].hex()} is cannot be shown by this file: its signature is proven, its name is not."
        return Finding("signer", Outcome.NOT_PROVABLE_OFFLINE, why)
    told = ", ".join(dict.fromkeys(names[device] for device in devices))
    return Finding("signer", Outcome.PASS, f"The contract knows the devices that signed: {told}.")


def _contradiction(case: CaseFile, entry: Entry | None) -> Finding:
    if case.other is not None:
        found = Dispute.between(case.one, case.other)
        if found is None or case.unit not in successors(case.one) or not _differ(case.one, case.other, case.unit):
            why = "These two statements do not contradict each other."
            return Finding("contradiction", Outcome.FAIL, why, Code.NO_EVIDENCE)
        who = "One device signed" if found.same_device else "Two devices signed"
        why = f"{who} two different things about the same state of this unit: at most one of them can stand."
        return Finding("contradiction", Outcome.PASS, why)
    if entry is None:
        why = "The log does not hold another event after the state that was signed: nothing is contradicted."
        return Finding("contradiction", Outcome.FAIL, why, Code.NO_EVIDENCE)
    if entry.commitment in case.one.commitments:
        why = "What was signed is what was recorded: nothing is contradicted."
        return Finding("contradiction", Outcome.FAIL, why, Code.NO_EVIDENCE)
    why = "The log left the state that was signed with another event: what was signed can never be recorded."
    return Finding("contradiction", Outcome.PASS, why)


def _differ(one: SignedBatch, other: SignedBatch, unit: bytes) -> bool:
    mine, theirs = successors(one).get(unit), successors(other).get(unit)
    return mine is not None and theirs is not None and mine[0] == theirs[0] and mine[1] != theirs[1]


def lines(judged: Judged) -> list[dict[str, object]]:
    """Both sides as JSON values: device, who, verb, when, where, and when it was recorded ("" for a statement)."""
    if judged.case is None:
        return []
    names = judged.names or {}
    rows: list[dict[str, object]] = []
    for batch, told in judged.case.statements:
        act = act_of(batch, judged.case.unit)
        rows.append(_row(batch.statement.device, names, act.verb.name, act.event_time, told.event.read_point if told else "", 0))
    if judged.entry is not None:
        entry = judged.entry
        where = ""
        detail = bundles.read(judged.case.proof).evidence.details.get(entry.index)
        if detail is not None:
            where = detail.event.read_point
        rows.append(_row(entry.device, names, entry.verb.name, entry.event_time, where, entry.record_time))
    return rows


def _row(device: bytes, names: Mapping[bytes, str], verb: str, at: int, where: str, recorded: int) -> dict[str, object]:
    return {
        "device": "0x" + device.hex(),
        "who": names.get(device, ""),
        "verb": verb.lower(),
        "at": _time(at),
        "where": where,
        "recorded": _time(recorded) if recorded else "",
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(min(at, 253_402_300_799), UTC).isoformat()


def summary(data: bytes, trust: Trust, situation: Situation) -> str:
    """Both sides in one line each; "" where the file cannot be read."""
    return "\n".join(words(row) for row in lines(judge(data, trust, situation)))


def words(row: Mapping[str, object]) -> str:
    """One side in words."""
    who = row["who"] or row["device"]
    place = f" at {row['where']}" if row["where"] else ""
    how = f"recorded {row['recorded']}" if row["recorded"] else "signed, not recorded"
    text = f"{who}: {row['verb']}, {row['at']}{place} ({how})"
    return "".join(one if one.isprintable() else " " for one in text)
