"""The log as far as it is proven here: what the detector may look at. What this laptop's file says and the contract does not
is left out, item by item; nothing is guessed in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.store import Store, dossier
from chain import encoding, merkle
from chain.errors import BadInput, BadProof
from chain.evidence import Checkpoint, Detail, Trust
from chain.journey import Entry, Item
from chain.proven import Storage

Watch = Callable[[str, float], None]
"""Told a stage and the share done of it; what it raises ends the work, and nothing of it is kept."""


def unwatched(stage: str, share: float) -> None:
    """Nobody watches."""
    del stage, share


@dataclass(slots=True)
class ProvenLog:
    """Entries that stand in the contract's log at their places, in order, and the checkpoint that shows it.

    `doubted` holds the units that one of the other entries is about, or whose details are not what was committed to.
    """

    store: Store
    checkpoint: Checkpoint
    entries: list[Entry]
    doubted: set[bytes] = field(default_factory=set)

    def details(self, watch: Watch = unwatched) -> Iterator[tuple[Entry, Detail | None]]:
        """Each entry with its details where they are here; those that do not fit make its units doubted and are left out."""
        for done, entry in enumerate(self.entries):
            if done % 2000 == 0:
                watch("reading", done / len(self.entries))
            detail = self.store.goods.detail(entry.commitment)
            if detail is not None and not _fits(entry, detail):
                self.doubted.update(entry.units)
                detail = None
            yield entry, detail


def proven_log(store: Store, trust: Trust | None, size: int | None = None, watch: Watch = unwatched) -> ProvenLog:
    """The log below `size` (all of it by default), each entry held against the tree whose root the contract's storage proves.

    Raises BadInput where nothing was ever synced, BadProof where the tree itself is not the contract's or an entry is missing.
    """
    watch("proving", 0.0)
    found = dossier.evidence(store, Item()) if trust is not None else None
    if found is None or trust is None:
        raise BadInput("Nothing proven is on this laptop yet: sync first.")
    at = found.checkpoint
    storage = Storage(found, trust)
    if at.origin != trust.origin:
        raise BadProof("The records here are about another network than the one you trust.")
    if storage.number("log_size") != at.size or storage.number("log_root") != int.from_bytes(at.root, "big"):
        raise BadProof("The log's size or root here is not the one in the contract: sync this profile again.")
    entries = list(store.replica.entries(0, at.size))
    if [entry.index for entry in entries] != list(range(at.size)):
        raise BadProof("A part of the log is missing or damaged on this laptop: sync this profile again.")
    leaves = [encoding.leaf(entry) for entry in entries]
    log = ProvenLog(store, at, entries)
    if merkle.root(leaves) != at.root:
        store.replica.tiles().check(at.size, at.root)
        log.entries = []
        for entry, leaf in zip(entries, leaves, strict=True):
            if _stands(store, at, entry.index, leaf):
                log.entries.append(entry)
            else:
                log.doubted.update(entry.units)
    if size is not None:
        log.entries = [entry for entry in log.entries if entry.index < size]
    return log


def _stands(store: Store, at: Checkpoint, index: int, leaf: bytes) -> bool:
    try:
        merkle.verify_inclusion(leaf, index, at.size, store.replica.tiles().inclusion_path(index, at.size), at.root)
    except BadProof:
        return False
    return True


def _fits(entry: Entry, detail: Detail) -> bool:
    try:
        same = encoding.commitment(detail.fields, detail.seed) == entry.commitment
    except (BadInput, TypeError):  # no field at all, or nothing that JSON can write
        return False
    return same and int(detail.event.event_time.timestamp()) == entry.event_time
