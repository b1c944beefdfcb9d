"""Which model judges here, and who vouches for it: its hash, features, thresholds, training root and metrics, anchored on the
contract. Where a consortium has anchored models, no other one is used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from app.store import Store, dossier
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Item, Verb
from chain.proven import Storage

if TYPE_CHECKING:
    from forecasting.mixture import Mixture

OWN = "detector.npz"
"""A consortium's own model, in the profile's folder; without it the one that comes with the program judges."""
SHIPPED = "shipped"
_MARK = b"wayproof model 1\n"


@dataclass(frozen=True, slots=True)
class Anchor:
    """That an organisation vouched for a model: the digest on the contract, the organisation in words, when (block time), the
    block."""

    digest: bytes
    who: str
    at: datetime | None
    block: int


@dataclass(frozen=True, slots=True)
class Judging:
    """A model ready to judge, its card, what of it is anchored, and the anchor where there is one."""

    mixture: Mixture
    card: dict[str, object]
    statement: dict[str, object]
    anchor: Anchor | None

    @property
    def sha256(self) -> str:
        """The hash of its numbers."""
        return str(self.card["model_sha256"])


def read_model(path: Path | None) -> tuple[Mixture, dict[str, object]]:
    """A model's file, or for None the one that comes with the program. Raises BadInput."""
    from forecasting import modelfile

    return modelfile.shipped() if path is None else modelfile.read(path)


def statement(card: Mapping[str, object]) -> dict[str, object]:
    """What is anchored of a model: hashes of its numbers and features, the thresholds it is used with, and its training with root
    and metrics."""
    from forecasting import detect

    thresholds = {"false_discoveries": detect.FALSE_DISCOVERIES, "least": detect.LEAST, "told": detect.TOLD}
    return {
        "model_sha256": card["model_sha256"], "features_sha256": card["features_sha256"], "thresholds": thresholds,
        "training": card["training"], "metrics": card.get("metrics", {}),
    }  # fmt: skip


def digest(told: Mapping[str, object]) -> bytes:
    """The 32 bytes that stand on the contract: SHA-256 over the statement as JSON with sorted names and no spaces."""
    return hashlib.sha256(_MARK + orjson.dumps(dict(told), option=orjson.OPT_SORT_KEYS)).digest()


def anchor_of(store: Store, trust: Trust | None, wanted: bytes) -> Anchor | None:
    """Who anchored a digest, proven from the contract's storage as of the newest checkpoint; None where nobody did.

    Raises BadInput where nothing was ever synced, BadProof or MissingNode where it cannot be shown either way.
    """
    found = dossier.evidence(store, Item()) if trust is not None else None
    if found is None or trust is None:
        raise BadInput("Nothing proven is on this laptop yet: sync first.")
    organisation = Storage(found, trust).at("models", wanted)
    if not organisation:
        return None
    party = store.goods.party(organisation)
    entries = [e for e in store.replica.about(wanted, found.checkpoint.size) if e.verb is Verb.ANCHOR_MODEL]
    at = datetime.fromtimestamp(entries[0].record_time, UTC) if entries else None
    return Anchor(wanted, party.name if party else f"organisation {organisation}", at, entries[0].block if entries else 0)


def judging(profile: Path, store: Store, trust: Trust | None) -> Judging:
    """The model that judges in this profile, verified where its network has anchored any.

    Raises BadInput where it cannot be read, BadProof where the network has anchored models and this is none of them.
    """
    own = profile / OWN
    mixture, card = read_model(own if own.exists() else None)
    told = statement(card)
    anchor = anchor_of(store, trust, digest(told)) if trust is not None and store.replica.checkpoint() else None
    if anchor is None and store.replica.anchors():
        raise BadProof(
            "Your network has anchored its models, and the one here is none of them: put the anchored one into the profile as"
            f" {OWN}, or anchor this one (wayproof model anchor).",
            model=str(card["model_sha256"]),
        )
    return Judging(mixture, card, told, anchor)
