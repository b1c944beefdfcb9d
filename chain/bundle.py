"""The portable evidence: one file that shows an item's whole journey to whoever pinned a trust pack, with no network.

A file is ``wayproof 2`` and a newline, then canonical RLP (docs/evidence.md); ``wayproof 3`` where its block header carries
seals. It has exactly one spelling and not one piece that the verdict does not stand on. Whoever wrote it may lie: all that a
verdict says is bound by the proofs under the checkpoint, names included. Only where places lie on the map is the sender's word;
it can accuse and never acquits. The seal, a signature over the file by a device that the contract knows, says who that is.
Reading trusts nothing and raises BadProof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from tiny_keccak import keccak256

from chain import bundle_form, rlp
from chain.bft import carries_seals
from chain.bundle_form import Body, canonical
from chain.encoding import ZERO
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Evidence, History, Trust
from chain.journey import Entry
from chain.keys import SigningKey, recover
from chain.label import Label
from chain.policy import Case, Situation
from chain.proven import Storage
from chain.replay import entries_of, needed, organisations_of
from chain.storage_proof import SharedNodes
from chain.verdict import Code, Finding, Outcome, Verdict
from chain.verifier import Verifier

MAGIC = b"wayproof 2\n"
MAGIC_SEALS = b"wayproof 3\n"  # the same with the header as the node sent it, its validators' seals in it
MOST = 32 << 20  # bytes: far more than any one item needs, and what can be read at once
_SEAL = b"\x19wayproof evidence"  # and the rest of the first line


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened file: the label it is about, the evidence, and the address of the device that sealed it (20 bytes)."""

    label: Label
    evidence: Evidence
    sealed_by: bytes
    nodes: SharedNodes
    paths: frozenset[int]


def write(label: Label, evidence: Evidence, trust: Trust, key: SigningKey) -> bytes:
    """The file about one item, sealed with a device's key.

    Exactly the pieces that a verification asks for go in, found by verifying once and taking notes.

    Raises BadInput where the evidence here does not suffice to say anything about the item, and where it does not hold.
    """
    used: dict[bytes, bytes] = {}
    paths: dict[int, tuple[bytes, ...]] = {}

    def node(reference: bytes) -> bytes:
        used[reference] = evidence.node(reference)
        return used[reference]

    def inclusion(index: int) -> Sequence[bytes]:
        paths[index] = tuple(evidence.inclusion(index))
        return paths[index]

    label = canonical(label)
    noted = replace(evidence, node=node, inclusion=inclusion, whole=True)
    situation = Situation(evidence.checkpoint.at)
    try:
        sealer = sealer_of(noted, trust, key.address)
        noted = _only_needed(noted, Case(label, noted, trust, situation), sealer)
        verdict = Verifier(trust).verify(label, noted, situation)
    except (BadProof, MissingNode) as cause:
        raise BadInput(f"Nothing about {label.item.key} can be proven from what is on this laptop: {cause.words}.") from cause
    if verdict.code is Code.TAMPERED:
        raise BadInput(f"The records here about {label.item.key} would be refused: {verdict.reason}")
    body = bundle_form.encode(label, noted, sorted(used.values()), paths)
    return sealed(body, key, MAGIC_SEALS if carries_seals(noted.header, noted.checkpoint.block_hash) else MAGIC)


def sealed(body: bytes, key: SigningKey, magic: bytes = MAGIC) -> bytes:
    """A file around a body."""
    return magic + rlp.encode([body, key.sign_digest(_digest(magic, body))])


def _digest(magic: bytes, body: bytes) -> bytes:
    return keccak256(_SEAL + magic.removeprefix(b"wayproof") + body)


def read(data: bytes) -> Bundle:
    """Open a file. Raises BadProof where it is not one, or not in its one spelling, or not sealed."""
    magic = data[: len(MAGIC)]
    if magic not in (MAGIC, MAGIC_SEALS) or len(data) > MOST:
        raise BadProof("this is not a Wayproof proof file")
    outer = rlp.decode(data[len(magic) :], 2)
    body, seal = outer if isinstance(outer, list) and len(outer) == 2 else (b"", [])
    if isinstance(body, list) or isinstance(seal, list):
        raise BadProof("this is not a Wayproof proof file")
    sealed_by = recover(_digest(magic, body), seal)
    opened: Body = bundle_form.decode(body)
    if (magic == MAGIC_SEALS) != carries_seals(opened.evidence.header, opened.evidence.checkpoint.block_hash):
        raise BadProof("its header is not in the form of its version")
    return Bundle(opened.label, opened.evidence, sealed_by, opened.nodes, frozenset(opened.paths))


def verify(data: bytes, trust: Trust, situation: Situation) -> tuple[Label | None, Verdict]:
    """The label a file is about (None where it is damaged) and the verdict over it.

    Never raises on what a file holds; the seal and the use of every piece are a finding.
    """
    try:
        bundle = read(data)
    except BadProof as bad:
        why = f"This proof file is damaged or was changed: {bad.words}."
        return None, Verdict.of([Finding("file", Outcome.FAIL, why, Code.TAMPERED)])
    verdict = Verifier(trust).verify(bundle.label, bundle.evidence, situation)
    try:
        organisation = sealer_of(bundle.evidence, trust, bundle.sealed_by)
        _no_more_than_needed(bundle, Case(bundle.label, bundle.evidence, trust, situation), organisation)
    except (BadProof, MissingNode) as bad:
        finding = Finding("seal", Outcome.FAIL, f"This proof file was changed after it was sealed: {bad.words}.", Code.TAMPERED)
    else:
        party = bundle.evidence.parties.get(organisation)
        finding = Finding(
            "seal", Outcome.PASS, f"A device of {party.name if party else f'organisation {organisation}'} sealed it."
        )
    return bundle.label, Verdict.of([*map(told, verdict.findings), finding], verdict.as_of)


def sealer_of(evidence: Evidence, trust: Trust, address: bytes) -> int:
    """The organisation whose device sealed the file, valid in the proven block. Raises BadProof."""
    storage = Storage(evidence, trust)
    device = storage.device(address)
    at = storage.header.timestamp
    if device is None or device.revoked_at or not device.valid_from <= at <= device.valid_until:
        raise BadProof("it is not sealed by a device that the contract knows")
    if not storage.roles(device.organisation):
        raise BadProof("it is sealed by an organisation that was suspended")
    return device.organisation


def told(finding: Finding) -> Finding:
    """Coordinates are the sender's word: a contradiction between them is one, but that there is none shows nothing."""
    if finding.check != "contradiction" or finding.outcome is not Outcome.PASS:
        return finding
    why = "Nothing contradicts that this is the one item of this code, if the places lie where the sender of this file says."
    return Finding(finding.check, Outcome.NOT_PROVABLE_OFFLINE, why)


def _only_needed(evidence: Evidence, case: Case, sealer: int) -> Evidence:
    """The evidence without what no finding stands on: nobody learns more than the item's journey."""
    histories = _histories(evidence, case)
    least = only_about(evidence, histories, {*organisations_of(entries_of(histories)), sealer})
    return replace(least, open_lots=0 if histories else evidence.open_lots)


def only_about(evidence: Evidence, histories: Mapping[bytes, History], involved: Set[int]) -> Evidence:
    """The evidence with these histories and organisations, and of the other pieces those that are about them."""
    entries = entries_of(histories)
    administration = tuple(e for e in sorted(evidence.administration, key=index_of) if e.counterparty in involved)
    indices = {entry.index for entry in (*entries, *administration)}
    details = {index: detail for index, detail in evidence.details.items() if index in indices}
    glns = {detail.event.read_point for detail in details.values()}
    return replace(
        evidence,
        histories=histories,
        administration=administration,
        details=details,
        parties=bundle_form.parties_of(administration, details),
        places={gln: place for gln, place in evidence.places.items() if gln in glns},
    )


def _no_more_than_needed(bundle: Bundle, case: Case, sealer: int) -> None:
    """That every piece of a file was used, so that none can be slipped in. Raises BadProof."""
    evidence = bundle.evidence
    least = _only_needed(evidence, case, sealer)
    pieces = ("histories", "administration", "details", "places", "open_lots")
    spare = [name for name in pieces if getattr(least, name) != getattr(evidence, name)]
    entries: Iterator[Entry] = iter((*entries_of(least.histories), *least.administration))
    if not spare and bundle.paths != {entry.index for entry in entries}:
        spare = ["paths"]
    if spare:
        raise BadProof("it holds pieces that the item's journey has no use for", pieces=spare)
    bundle.nodes.finish()


def _histories(evidence: Evidence, case: Case) -> dict[bytes, History]:
    try:
        unit = case.unit
    except MissingNode:
        unit = ZERO  # never issued: nothing is about it
    return needed(evidence.histories, unit)


def index_of(entry: Entry) -> int:
    return entry.index
