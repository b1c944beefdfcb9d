"""The depot pack: one file with the evidence of up to 50,000 expected items, sharing every piece that two of them stand on.

A file is ``wayproof depot 1`` and a newline, then canonical RLP (docs/evidence.md); ``wayproof depot 2`` where its block header
carries seals. Each item is judged by the same checks as in a file of its own (`chain.policy`), over what is about it and
nothing else; what is the same for all is shown once. A pack has one spelling, and is refused whole where it is damaged, holds a
piece that none of its items needs, or is not sealed by a device that the contract knows. Reading trusts nothing and raises
BadProof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import pairwise
from multiprocessing import get_context

from tiny_keccak import keccak256

from chain import depot_form, encoding, policy, rlp
from chain.bft import carries_seals
from chain.bundle import index_of, only_about, sealer_of, told
from chain.bundle_form import canonical
from chain.depot_form import MOST_UNITS as MOST_UNITS
from chain.depot_form import Expected as Expected
from chain.encoding import ZERO
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Checkpoint, Evidence, History, Trust
from chain.journey import Entry
from chain.keys import SigningKey, recover
from chain.label import Label
from chain.policy import Case, Situation
from chain.proven import Storage
from chain.replay import Replay, entries_of, needed, organisations_of
from chain.storage_proof import SharedNodes
from chain.verdict import Code, Finding, Outcome, Verdict
from chain.verifier import verdict_of

MAGIC = b"wayproof depot 1\n"
MAGIC_SEALS = b"wayproof depot 2\n"  # the same with the header as the node sent it, its validators' seals in it
MOST = 96 << 20  # bytes: 50,000 items at less than 2 kB each

_FOR_ALL = frozenset({"trust", "block", "witnesses", "contract", "log", "copy"})  # checks that look at nothing of the item

Judged = tuple[Label | None, Verdict]


@dataclass(frozen=True, slots=True)
class Depot:
    """An opened pack: its items, the evidence about any of them, and the address of the device that sealed it (20 bytes)."""

    expected: tuple[Expected, ...]
    evidence: Evidence
    sealed_by: bytes
    nodes: SharedNodes


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a pack says: of each item the label and the verdict, in the order of the pack, as of one checkpoint.

    Where the file is damaged there is one verdict without a label, and no checkpoint.
    """

    judged: tuple[Judged, ...]
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """What some items of a pack needed of it: histories, organisations; nodes that they did not; whether one was told oddly."""

    units: frozenset[bytes]
    organisations: frozenset[int]
    unused: frozenset[bytes]
    odd: bool


class Desk:
    """Judges items over one evidence; what was shown for one is not shown again for the next.

    Args:
        evidence: about all of them.
        trust: what the user pinned.
        situation: who asks.
        sealer: the organisation that sealed the pack, 0 where it is none.
    """

    def __init__(self, evidence: Evidence, trust: Trust, situation: Situation, sealer: int) -> None:
        self._evidence = evidence
        self._trust = trust
        self._situation = replace(situation, sightings=())  # those are of one item
        self._sealer = sealer
        self._storage = Storage(evidence, trust)
        self._replay = Replay(evidence, self._storage)
        self._shown: dict[tuple[str, int], Entry] = {}
        self._known: dict[str, Finding] = {}
        self._granted: dict[str, tuple[int, int]] = {}
        self._administration: dict[frozenset[int], tuple[Entry, ...]] = {}
        self.histories: dict[bytes, History] = {}
        self.organisations = {sealer}

    def judge(self, one: Expected) -> tuple[Expected, Verdict]:
        """An item as it is to be told, and the verdict over it."""
        case = self._case(one)
        if not self._known:
            self._known = {name: policy.run(name, check, case) for name, check in policy.CHECKS if name in _FOR_ALL}
        least = replace(one, open_lots=0) if case.evidence.histories else one
        return least, verdict_of(case, self._known)

    def _case(self, one: Expected) -> Case:
        case = Case(one.label, self._evidence, self._trust, self._situation)
        case.storage, case.replay, case.shown = self._storage, self._replay, self._shown
        digits = encoding.issuer_digits(one.label.item)
        try:
            if digits in self._granted:
                case.granted = self._granted[digits]
            self._granted[digits] = case.granted
            unit = case.unit
        except (BadProof, MissingNode):
            unit = ZERO  # never issued: nothing is about it
        histories = needed(self._evidence.histories, unit)
        self.histories.update(histories)
        case.evidence = replace(
            self._evidence,
            item=one.label.item,
            histories=histories,
            administration=self._of(frozenset({*organisations_of(entries_of(histories)), self._sealer})),
            open_lots=one.open_lots,
        )
        return case

    def _of(self, organisations: frozenset[int]) -> tuple[Entry, ...]:
        """The entries that enrolled organisations and set their roles."""
        if organisations not in self._administration:
            self.organisations |= organisations
            mine = sorted((e for e in self._evidence.administration if e.counterparty in organisations), key=index_of)
            self._administration[organisations] = tuple(mine)
        return self._administration[organisations]


def write(expected: Iterable[Expected], evidence: Evidence, trust: Trust, key: SigningKey) -> bytes:
    """The pack of some items, sealed with a device's key. `evidence` is about all of them; its own item does not matter.

    Exactly the pieces that a verification asks for go in, found by verifying once and taking notes.

    Raises BadInput where there is no item, one twice, or more than 50,000; where the evidence here does not suffice to say
    anything about one, and where it does not hold.
    """
    items = _ordered(expected)
    used: dict[bytes, bytes] = {}

    def node(reference: bytes) -> bytes:
        used[reference] = evidence.node(reference)
        return used[reference]

    noted = replace(evidence, node=node, whole=True)
    try:
        sealer = sealer_of(noted, trust, key.address)
        desk = Desk(noted, trust, Situation(evidence.checkpoint.at), sealer)
        judged = [desk.judge(one) for one in items]
        refused = next((pair for pair in judged if pair[1].code is Code.TAMPERED), None)
        if refused is not None:
            raise BadInput(f"The records here about {refused[0].label.item.key} would be refused: {refused[1].reason}")
        least = only_about(noted, desk.histories, desk.organisations)
        paths = depot_form.paths_of(least)
    except (BadProof, MissingNode) as cause:
        raise BadInput(f"Nothing about these items can be proven from what is on this laptop: {cause.words}.") from cause
    body = depot_form.encode([one for one, _ in judged], least, sorted(used.values()), paths)
    return sealed(body, key, MAGIC_SEALS if carries_seals(least.header, least.checkpoint.block_hash) else MAGIC)


def _ordered(expected: Iterable[Expected]) -> list[Expected]:
    items = sorted((replace(one, label=canonical(one.label)) for one in expected), key=lambda one: one.label.item.key)
    twice = next((one for one, other in pairwise(items) if one.label.item.key == other.label.item.key), None)
    if twice is not None:
        raise BadInput(f"{twice.label.item.key} stands twice among the items of the pack.")
    if not 1 <= len(items) <= MOST_UNITS:
        raise BadInput(f"A depot pack is about 1 to {MOST_UNITS:,} items, not {len(items):,}.")
    return items


def is_pack(data: bytes) -> bool:
    """Whether a file says that it is a depot pack."""
    return data.startswith((MAGIC, MAGIC_SEALS))


def sealed(body: bytes, key: SigningKey, magic: bytes = MAGIC) -> bytes:
    """A file around a body. Raises BadInput where it is larger than a pack may be."""
    data = magic + rlp.encode([body, key.sign_digest(keccak256(b"\x19" + magic + body))])
    if len(data) > MOST:
        raise BadInput(f"The pack would have {len(data):,} bytes; one has at most {MOST:,}. Write several.")
    return data


def read(data: bytes) -> Depot:
    """Open a pack. Raises BadProof where it is not one, or not in its one spelling, or not sealed."""
    if not is_pack(data) or len(data) > MOST:
        raise BadProof("this is not a Wayproof depot pack")
    magic = data[: len(MAGIC)]
    outer = rlp.decode(data[len(magic) :], 2)
    body, seal = outer if isinstance(outer, list) and len(outer) == 2 else (b"", [])
    if isinstance(body, list) or isinstance(seal, list):
        raise BadProof("this is not a Wayproof depot pack")
    sealed_by = recover(keccak256(b"\x19" + magic + body), seal)
    opened = depot_form.decode(body)
    if (magic == MAGIC_SEALS) != carries_seals(opened.evidence.header, opened.evidence.checkpoint.block_hash):
        raise BadProof("its header is not in the form of its version")
    return Depot(opened.expected, opened.evidence, sealed_by, opened.nodes)


def verify(data: bytes, trust: Trust, situation: Situation, processes: int = 1) -> Inspection:
    """Judge every item of a pack.

    Never raises on what a file holds; the seal and the use of every piece are a finding of each item.

    Args:
        processes: how many share the work; more than one pays for a thousand items and more.
    """
    with ExitStack() as stack:
        others = []
        if processes > 1:
            pool = stack.enter_context(ProcessPoolExecutor(processes - 1, get_context("spawn")))
            others = [pool.submit(_elsewhere, data, trust, situation, n, processes) for n in range(1, processes)]
        return _together(data, trust, situation, processes, others)


def _together(
    data: bytes, trust: Trust, situation: Situation, processes: int, others: Sequence[Future[tuple[list[Verdict], Tally]]]
) -> Inspection:
    """The first share, and what the other processes found."""
    try:
        depot = read(data)
    except BadProof as bad:
        why = f"This depot pack is damaged or was changed: {bad.words}."
        return Inspection(((None, Verdict.of([Finding("file", Outcome.FAIL, why, Code.TAMPERED)])),))
    parts = [_part(depot, trust, situation, 0, processes), *(other.result() for other in others)]
    seal = _seal(depot, trust, [tally for _, tally in parts])
    verdicts = (verdict for some, _ in parts for verdict in some)
    judged = tuple(
        (one.label, Verdict.of([*map(told, verdict.findings), seal], verdict.as_of))
        for one, verdict in zip(depot.expected, verdicts, strict=True)
    )
    return Inspection(judged, depot.evidence.checkpoint)


def _elsewhere(data: bytes, trust: Trust, situation: Situation, number: int, processes: int) -> tuple[list[Verdict], Tally]:
    """A share of the work in a process of its own; equal findings are one object, so that they travel once."""
    verdicts, tally = _part(read(data), trust, situation, number, processes)
    same: dict[Finding, Finding] = {}
    return [replace(v, findings=tuple(same.setdefault(f, f) for f in v.findings)) for v in verdicts], tally


def _part(depot: Depot, trust: Trust, situation: Situation, number: int, processes: int) -> tuple[list[Verdict], Tally]:
    """The verdicts over one share of the items, and what they needed of the pack."""
    count = len(depot.expected)
    share = range(count * number // processes, count * (number + 1) // processes)
    try:
        sealer = sealer_of(depot.evidence, trust, depot.sealed_by)
    except (BadProof, MissingNode):
        sealer = 0  # which `_seal` says
    desk = Desk(depot.evidence, trust, situation, sealer)
    judged = [(depot.expected[place], *desk.judge(depot.expected[place])) for place in share]
    odd = any(one != least for one, least, _ in judged) or any(
        depot.evidence.histories[unit] != history for unit, history in desk.histories.items()
    )
    tally = Tally(frozenset(desk.histories), frozenset(desk.organisations), depot.nodes.unused, odd)
    return [verdict for _, _, verdict in judged], tally


def _seal(depot: Depot, trust: Trust, tallies: Sequence[Tally]) -> Finding:
    """Who sealed the pack, and that no piece of it is there that no item needs."""
    evidence = depot.evidence
    try:
        organisation = sealer_of(evidence, trust, depot.sealed_by)
        histories = {u: h for u, h in evidence.histories.items() if any(u in tally.units for tally in tallies)}
        least = only_about(evidence, histories, {n for tally in tallies for n in tally.organisations})
        pieces = ("histories", "administration", "details", "places")
        spare = [name for name in pieces if getattr(least, name) != getattr(evidence, name)]
        unused = frozenset.intersection(*(tally.unused for tally in tallies))
        if spare or unused or any(tally.odd for tally in tallies):
            raise BadProof("it holds pieces that none of its items has a use for", pieces=spare, nodes=len(unused))
    except (BadProof, MissingNode) as bad:
        why = f"This depot pack was changed after it was sealed: {bad.words}."
        return Finding("seal", Outcome.FAIL, why, Code.TAMPERED)
    party = evidence.parties.get(organisation)
    return Finding("seal", Outcome.PASS, f"A device of {party.name if party else f'organisation {organisation}'} sealed it.")
