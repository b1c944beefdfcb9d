"""Co-signing in this house: the witnesses whose keys are kept here, and the notes that others sent.

The embedded chain plays a whole consortium, its three witnesses included, each with a memory of its own. Their keys come from the
profile's keys, so on the embedded chain they show the mechanics and convince nobody else: a real witness runs `wayproof witness`
beside a node of its own.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.network.keyring import Keys
from app.trust import CLOCK_SLACK, STAND_IN, TrustPack, draft
from app.whole import write_whole
from chain.checkpoint import Checkpoint, read_note
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Trust
from chain.merkle import Tiles
from chain.notes import MOST_BYTES, WALLET, NoteSigner
from chain.witness import Refused, Witness
from chain.witness_policy import Quorum, Voice

HELD = timedelta(days=730)
NOTE = "checkpoint.note"
MEMORY = "witness.sqlite"
STAND_INS = tuple(role + STAND_IN for role in ("maker", "warehouse", "inspector"))
ENOUGH = 2


def signer_of(keys: Keys, name: str, *, wallet: bool = False) -> NoteSigner:
    """The witness key of a name among a profile's keys: Ed25519, or one as wallets have it."""
    return NoteSigner(name, keys.owner(f"witness/{name}") if wallet else keys.secret(f"witness/{name}"))


def founded(trust: Trust, keys: Keys, at: int | None = None) -> TrustPack:
    """The first trust pack of an embedded chain, signed by its stand-in witnesses; the last of them keeps its key in a wallet."""
    now = int(time.time())
    signers = [signer_of(keys, name, wallet=name == STAND_INS[-1]) for name in STAND_INS]
    quorum = Quorum(ENOUGH, tuple(Voice(signer.key) for signer in signers))
    whole = replace(trust, quorum=quorum, expires=datetime.fromtimestamp(now, UTC) + HELD)
    pack = draft(whole, "Embedded chain of this profile", 1, min(now, at or now))
    return pack.signed(*(signer.cosign(pack, now) for signer in signers))


def kept_here(keys: Keys, quorum: Quorum) -> list[NoteSigner]:
    """The signers of a quorum whose keys are among these."""
    found = []
    for voice in quorum.voices:
        signer = signer_of(keys, voice.key.name, wallet=voice.key.kind == WALLET)
        if signer.key == voice.key:
            found.append(signer)
    return found


def cosigned(profile: Path, trust: Trust, checkpoint: Checkpoint, tiles: Tiles, keys: Keys) -> Checkpoint:
    """A checkpoint with every signature that can be had here: from the profile's note, and of the witnesses kept here.

    A witness that refuses is left out. Where they are enough they become the profile's note, and are not made again. Raises
    StoreError.
    """
    if trust.quorum is None:
        return checkpoint
    noted = note_of(profile)
    signatures = set(noted.signatures if noted is not None and noted.bare == checkpoint.bare else ())
    known = {one.key_id for one in signatures}
    now = int(time.time())
    for signer in kept_here(keys, trust.quorum):
        if signer.key.id in known:
            continue
        witness = Witness(profile / MEMORY, signer, checkpoint.origin)
        last = witness.last()
        size = last.size if last else 0
        try:
            proof = tiles.consistency_path(size, checkpoint.size) if 0 < size <= checkpoint.size else ()
            signatures.add(witness.cosign(checkpoint, size, proof, now))
        except (Refused, BadProof, MissingNode):
            continue
    signed = replace(checkpoint, signatures=tuple(sorted(signatures)))
    if len(signatures) > len(known) and trust.quorum.agrees(one.name for one in signatures):
        write_whole(profile / NOTE, signed.note())
    return signed


def note_of(profile: Path) -> Checkpoint | None:
    """The co-signed checkpoint that was put into a profile, None where there is none or it is none."""
    try:
        return read_note((profile / NOTE).read_bytes())
    except (OSError, BadProof):
        return None


def vouched(profile: Path, trust: Trust, now: datetime | None = None) -> Checkpoint | None:
    """The checkpoint in a profile's note, if it is of the pinned contract and enough of the pinned witnesses co-signed it.

    Stand-ins of an embedded chain vouch for nothing here: each such chain is founded anew under the same address.
    """
    quorum, noted = trust.quorum, note_of(profile)
    if quorum is None or noted is None or noted.origin != trust.origin or all(n.endswith(STAND_IN) for n in quorum.names):
        return None
    last = (now or datetime.now(UTC)) + CLOCK_SLACK
    try:
        agreeing = quorum.agreeing(noted, noted.signatures, int((noted.at - CLOCK_SLACK).timestamp()), int(last.timestamp()))
    except BadProof:
        return None
    return noted.bare if quorum.agrees(agreeing) else None


def read_note_file(path: Path) -> Checkpoint:
    """A co-signed checkpoint's file. Raises BadInput."""
    try:
        with path.open("rb") as file:
            return read_note(file.read(MOST_BYTES + 1))
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    except BadProof as bad:
        raise BadInput(f"{path} is no checkpoint: {bad.words}.") from bad
