"""Which model judges here, and who vouches for it: its hash, features, thresholds, training root and metrics, anchored on the
contract. Where a consortium has anchored models, no other one is used. Every model that has judged here is kept, so that what it
said can be computed again.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from app.store import Store, dossier
from app.whole import write_whole
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Event, Item, Verb
from chain.proven import Storage

if TYPE_CHECKING:
    from app.station import Station
    from forecasting.mixture import Mixture

OWN = "detector.npz"
"""A consortium's own model, in the profile's folder; without it the one that comes with the program judges."""
WAITING = "detector-waiting.npz"
"""A model that was learned here and may judge once it is anchored."""
KEPT = "models"
"""The folder of every model that has judged or was learned here, each named by the hash of its numbers."""
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


def allowed(store: Store, anchor: Anchor | None) -> bool:
    """Whether a model of this anchor may judge here: any may where the network has anchored none."""
    return anchor is not None or not store.replica.anchors()


def judging(profile: Path, store: Store, trust: Trust | None) -> Judging:
    """The model that judges in this profile, verified where its network has anchored any.

    Raises BadInput where it cannot be read, BadProof where the network has anchored models and this is none of them.
    """
    own = profile / OWN
    found = look_at(own if own.exists() else None, store, trust)
    if not allowed(store, found.anchor):
        raise BadProof(
            "Your network has anchored its models, and the one here is none of them: put the anchored one into the profile as"
            f" {OWN}, or anchor this one (wayproof model anchor).",
            model=found.sha256,
        )
    return found


def look_at(path: Path | None, store: Store, trust: Trust | None) -> Judging:
    """A model's file, or for None the shipped one, with its anchor where it has one. Raises BadInput."""
    mixture, card = read_model(path)
    told = statement(card)
    anchor = anchor_of(store, trust, digest(told)) if trust is not None and store.replica.checkpoint() else None
    return Judging(mixture, card, told, anchor)


# ---- keeping and changing models -------------------------------------------------------------------------------------------


def kept(profile: Path, sha256: str) -> Path:
    """Where a model is kept, by the hash of its numbers."""
    return profile / KEPT / f"{sha256}.npz"


def keep(profile: Path, sha256: str) -> None:
    """Keep the model that judges now, unless it is kept already. Raises StoreError."""
    if not kept(profile, sha256).exists():
        own = profile / OWN
        write_whole(kept(profile, sha256), own.read_bytes() if own.exists() else _shipped_bytes())


def _shipped_bytes() -> bytes:
    return resources.files("resources").joinpath("detector", "model.npz").read_bytes()


def model_of(profile: Path, sha256: str) -> Mixture:
    """The model of an earlier run, by the hash of its numbers. Raises BadInput where it is not here any more."""
    files = [path for path in (kept(profile, sha256), profile / OWN) if path.exists()]
    for place in (*files, None):
        mixture, card = read_model(place)
        if card["model_sha256"] == sha256:
            return mixture
    raise BadInput("The model of that run is not here any more.", model=sha256)


def use(profile: Path, sha256: str, store: Store, trust: Trust | None) -> bool:
    """Let a kept model judge from now on; False where it waits, for it has to be anchored first. Raises BadInput, StoreError."""
    path = kept(profile, sha256)
    judges = allowed(store, look_at(path, store, trust).anchor)
    write_whole(profile / (OWN if judges else WAITING), path.read_bytes())
    if judges:
        (profile / WAITING).unlink(missing_ok=True)
    return judges


def use_shipped(profile: Path, store: Store, trust: Trust | None) -> None:
    """Let the model that comes with the program judge. Raises BadProof where the network allows other ones only."""
    if not allowed(store, look_at(None, store, trust).anchor):
        raise BadProof("Your network has anchored its models, and the one that comes with the program is none of them.")
    for name in (OWN, WAITING):
        (profile / name).unlink(missing_ok=True)


def anchor(station: Station, told: dict[str, object]) -> Anchor:
    """Record a model's digest as this station's party, and prove it; if it waited for that, it judges from now on.

    Asks the network.

    Raises BadInput where it stands there already or nobody is known to keep this station, KeyLocked, LedgerError.
    """
    from app.recorder import Draft, Recorder

    wanted = digest(told)
    with station.link.turn:
        station.sync()
        network, party = station.network(), station.here
        if party is None:
            raise BadInput("This station does not say whose it is: choose that in the window, under Settings.")
        before = anchor_of(station.store, station.trust, wanted)
        if before is not None:
            raise BadInput(f"{before.who} has anchored this model already, in block {before.block:,}.")
        event = Event(
            f"urn:uuid:{uuid.uuid4()}", "ObjectEvent", "OBSERVE", datetime.fromtimestamp(int(time.time()), UTC),
            read_point=party.gln, biz_location=party.gln, extensions={"wayproof:model": told},
            namespaces={"wayproof": "https://wayproof.example/model/1"},
        )  # fmt: skip
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.record([Draft(Verb.ANCHOR_MODEL, party.gln, event, argument=wanted)])
        station.sync()
    made = anchor_of(station.store, station.trust, wanted)
    assert made is not None
    waits = station.profile / WAITING
    if waits.exists() and read_model(waits)[1]["model_sha256"] == told["model_sha256"]:
        use(station.profile, str(told["model_sha256"]), station.store, station.trust)
    return made
