"""The trust pack: what a user pinned once, as a file. Its reading, its fingerprint in words, and how a newer one takes its place.

A pack names the chain, the contract and its code, the witness organisations and how many must agree, how old knowledge may be,
and until when all this holds. A newer pack takes the place of an older one only if enough of the witnesses of both signed it,
and only the very next version (the rule of TUF's root). An old file without witnesses is still read; it vouches for no file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from app.whole import write_whole
from chain import strict_json
from chain.checkpoint import LAST_SECOND
from chain.eip712 import Schema
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.notes import Cosignature, VerifierKey, read
from chain.seals import Consensus, Seals
from chain.witness_policy import FOREVER, Quorum, Voice

FORMAT = "wayproof trust 2"
FORMAT_CONSENSUS = "wayproof trust 3"  # the same and the validators of the network
STAND_IN = ".stand-in.invalid"  # RFC 2606: a name that nobody can have
MOST_BYTES = 1 << 20
CLOCK_SLACK = timedelta(minutes=15)

_BODY = frozenset(
    (
        "format",
        "name",
        "version",
        "chain_id",
        "contract",
        "code_hash",
        "issued",
        "expires",
        "max_age",
        "max_age_by_prefix",
        "threshold",
        "witnesses",
    )
)
_CONSENSUS = "consensus"
_APART = frozenset(("signatures", "local"))
_LONGEST = 100 * 365 * 86_400
_HEX = re.compile(r"0x([0-9a-fA-F]{40}|[0-9a-fA-F]{64})")
_CONSONANTS, _VOWELS = "bdfghjklmnprstvz", "aiou"
_SCHEMA = Schema(
    {
        "TrustPack": [
            {"name": "witness", "type": "string"},
            {"name": "cosignedAt", "type": "uint64"},
            {"name": "version", "type": "uint64"},
            {"name": "digest", "type": "bytes32"},
        ]
    }
)


@dataclass(frozen=True, slots=True)
class TrustPack:
    """A pack as it was read: what it says, and who signed it. `version` is 0 where it names no witnesses.

    `body` is the JSON without signatures and local settings. A `notes.Statement` for its witnesses.
    """

    trust: Trust
    body: Mapping[str, object] = field(default_factory=dict)
    name: str = ""
    version: int = 0
    issued: int = 0
    signatures: tuple[Cosignature, ...] = ()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the body as JSON with sorted names and no spaces."""
        return hashlib.sha256(orjson.dumps(self.body, option=orjson.OPT_SORT_KEYS)).digest()

    @property
    def fingerprint(self) -> str:
        """The first 128 bits of the digest as eight words to read aloud (proquints)."""
        return aloud(self.digest)

    @property
    def text(self) -> str:
        """The note that witnesses sign."""
        return f"wayproof trust pack\n{self.trust.origin}\nversion {self.version}\nsha256 {self.digest.hex()}\n"

    def typed_digest(self, witness: str, at: int) -> bytes:
        """The 32 bytes that a wallet signs."""
        domain = {
            "name": "Wayproof",
            "version": "1",
            "chainId": self.trust.chain_id,
            "verifyingContract": self.trust.contract,
        }
        message = {"witness": witness, "cosignedAt": at, "version": self.version, "digest": self.digest}
        return _SCHEMA.digest(domain, "TrustPack", message)

    @property
    def plays(self) -> bool:
        """True where all witnesses are stand-ins of an embedded chain, which convince nobody else."""
        quorum = self.trust.quorum
        return quorum is not None and all(name.endswith(STAND_IN) for name in quorum.names)

    def signed(self, *more: Cosignature) -> TrustPack:
        """The pack with more signatures."""
        return replace(self, signatures=tuple(sorted({*self.signatures, *more})))


def trust_of(profile: Path) -> Trust | None:
    """What the profile pinned, None where nothing is. Raises BadInput on a damaged file."""
    path = profile / "trust.json"
    return read_trust(path) if path.exists() else None


def read_trust(path: Path) -> Trust:
    """What a trust pack's file pins. Raises BadInput."""
    return read_pack(path).trust


def read_pack(path: Path) -> TrustPack:
    """A trust pack's file. Raises BadInput; no more than 1 MB is ever read."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as cause:
        raise BadInput(f"The trust pack {path} cannot be read.", cause=repr(cause)) from cause
    if len(data) > MOST_BYTES:
        raise BadInput(f"{path} is larger than any trust pack.")
    try:
        return pack_from(strict_json.loads(data))
    except BadInput as bad:
        raise BadInput(f"The trust pack {path} cannot be read: {bad.words}", **bad.details) from bad


def pack_from(value: object) -> TrustPack:
    """A trust pack's JSON. Raises BadInput."""
    if not isinstance(value, dict):
        raise BadInput("This is not a Wayproof trust pack.")
    try:
        local, signatures = value.get("local", {}), value.get("signatures", [])
        if not isinstance(local, dict) or not isinstance(signatures, list):
            raise BadInput("This is not a Wayproof trust pack.")
        body = {name: part for name, part in value.items() if name not in _APART}
        pack = _with_witnesses(body) if "witnesses" in body or "format" in body else TrustPack(_pinned(body), body)
        lines = "".join(f"{line}\n" for line in signatures)
        signed = read(f"{pack.text}\n{lines}".encode())[1] if lines else ()
        if "max_age" in local:
            pack = replace(pack, trust=replace(pack.trust, max_age=_age(local["max_age"])))
        return replace(pack, signatures=signed)
    except (KeyError, TypeError, AttributeError) as cause:
        raise BadInput("This is not a Wayproof trust pack.", cause=repr(cause)) from None
    except BadProof as bad:
        raise BadInput(f"The signatures of this trust pack are damaged: {bad.words}.") from bad


def _pinned(body: Mapping[str, Any]) -> Trust:
    return Trust(
        chain_id=_whole(body["chain_id"], (1 << 256) - 1),
        contract=_bytes(body["contract"], 20),
        code_hash=_bytes(body["code_hash"], 32),
        max_age=_age(body.get("max_age", 7 * 86_400)),
    )


def _with_witnesses(body: Mapping[str, Any]) -> TrustPack:
    form, members = (FORMAT_CONSENSUS, _BODY | {_CONSENSUS}) if _CONSENSUS in body else (FORMAT, _BODY)
    if body.keys() != members or body["format"] != form:
        odd = ", ".join(sorted(body.keys() ^ members)) or "format"
        raise BadInput(f"This trust pack does not have the members of “{form}”: {odd}.")
    name = body["name"]
    if not isinstance(name, str) or not 0 < len(name) <= 100 or not name.isprintable():
        raise BadInput("A trust pack has a name of at most 100 characters.")
    prefixes = body["max_age_by_prefix"]
    if not all(digits.isascii() and digits.isdigit() and len(digits) <= 17 for digits in prefixes):
        raise BadInput("Ages are told for the first digits of GTINs or SSCCs (without the very first).")
    voices = tuple(map(_voice, body["witnesses"]))
    trust = replace(
        _pinned(body),
        ages=tuple(sorted((digits, _age(age)) for digits, age in prefixes.items())),
        quorum=Quorum(_whole(body["threshold"], 64), voices),
        expires=datetime.fromtimestamp(_whole(body["expires"], LAST_SECOND), UTC),
        consensus=_consensus(body[_CONSENSUS]) if _CONSENSUS in body else None,
    )
    return TrustPack(trust, dict(body), name, _whole(body["version"], FOREVER, 1), _whole(body["issued"], LAST_SECOND))


def _voice(row: Mapping[str, Any]) -> Voice:
    if (
        row.keys() != {"key", "from", "until", "revoked"}
        or not isinstance(row["revoked"], bool)
        or not isinstance(row["key"], str)
    ):
        raise BadInput("A witness in a trust pack has a key, from, until and revoked.")
    return Voice(VerifierKey.read(row["key"]), _whole(row["from"], FOREVER), _whole(row["until"], FOREVER), row["revoked"])


def _consensus(row: Mapping[str, Any]) -> Consensus:
    kinds = {one.value: one for one in Seals}
    if row.keys() != {"kind", "validators"} or row["kind"] not in kinds or not isinstance(row["validators"], list):
        raise BadInput(f"The consensus in a trust pack has a kind ({', '.join(kinds)}) and a list of validators.")
    return consensus_of(kinds[row["kind"]], row["validators"])


def consensus_of(how: Seals, validators: Iterable[object]) -> Consensus:
    """A consensus of these addresses (0x and 40 hexadecimal digits). Raises BadInput."""
    return Consensus(how, tuple(sorted(_bytes(one, 20) for one in validators)))


def _whole(value: object, most: int, least: int = 0) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise BadInput(f"A number in this trust pack is none, or not between {least} and {most}.")
    return value


def _age(value: object) -> timedelta:
    return timedelta(seconds=_whole(value, _LONGEST, 1))


def _bytes(value: object, size: int) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 * size + 2:
        raise BadInput(f"Addresses and the hash of the code are 0x and hexadecimal digits; one has not {size} bytes.")
    return bytes.fromhex(value[2:])


def draft(trust: Trust, name: str, version: int, issued: int) -> TrustPack:
    """A pack without signatures. `trust` must have a quorum and an end. Raises BadInput."""
    if trust.quorum is None or trust.expires is None:
        raise BadInput("A trust pack names its witnesses and says when it ends.")
    voices = trust.quorum.voices
    seconds = {digits: int(age.total_seconds()) for digits, age in trust.ages}
    consensus = trust.consensus
    sealed = {"kind": consensus.how.value, "validators": ["0x" + v.hex() for v in consensus.validators]} if consensus else None
    return pack_from(
        {
            "format": FORMAT_CONSENSUS if sealed else FORMAT,
            "name": name,
            "version": version,
            "chain_id": trust.chain_id,
            "contract": "0x" + trust.contract.hex(),
            "code_hash": "0x" + trust.code_hash.hex(),
            "issued": issued,
            "expires": int(trust.expires.timestamp()),
            "max_age": int(trust.max_age.total_seconds()),
            "max_age_by_prefix": seconds,
            "threshold": trust.quorum.threshold,
            "witnesses": [
                {"key": str(v.key), "from": v.valid_from, "until": v.valid_until, "revoked": v.revoked} for v in voices
            ],
        }
        | ({_CONSENSUS: sealed} if sealed else {})
    )


def save_pack(path: Path, pack: TrustPack) -> None:
    """Write a pack's file. Raises StoreError."""
    whole: dict[str, object] = dict(pack.body)
    if pack.signatures:
        whole["signatures"] = [one.line for one in pack.signatures]
    own = int(pack.trust.max_age.total_seconds())
    if pack.version and own != whole["max_age"]:
        whole["local"] = {"max_age": own}
    elif not pack.version:
        whole["max_age"] = own
    write_whole(path, orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")


def pin(profile: Path, trust: Trust) -> None:
    """Keep what a profile trusts: its pack with another age where there is one, else a file without witnesses.

    Raises BadInput, StoreError.
    """
    path = profile / "trust.json"
    if trust.quorum is not None:
        save_pack(path, replace(read_pack(path), trust=trust))
        return
    body = {"chain_id": trust.chain_id, "contract": "0x" + trust.contract.hex(), "code_hash": "0x" + trust.code_hash.hex()}
    save_pack(path, TrustPack(trust, body))


def succeed(old: TrustPack, new: TrustPack, now: datetime) -> TrustPack:
    """The newer pack, if it may take the older one's place.

    It is about the same contract, is the very next version, holds now, and enough witnesses of the old pack and of its own
    signed it between its issue and now. Raises BadInput in words.
    """
    if old.trust.quorum is None or new.trust.quorum is None or new.trust.expires is None:
        raise BadInput("Only packs with witnesses can follow each other: compare the fingerprint and pin the new one yourself.")
    if (new.trust.origin, new.trust.code_hash) != (old.trust.origin, old.trust.code_hash):
        raise BadInput("The new trust pack is about another network or contract than yours.")
    if new.version != old.version + 1:
        raise BadInput(f"Yours is version {old.version}: only version {old.version + 1} can follow it, not {new.version}.")
    if now >= new.trust.expires:
        raise BadInput(f"The new trust pack expired on {new.trust.expires:%Y-%m-%d}.")
    _signed_by("your pack", old.trust.quorum, new, now)
    _signed_by("the new pack", new.trust.quorum, new, now)
    return new


def first(old: TrustPack, new: TrustPack, told: str, now: datetime, *, force: bool = False) -> TrustPack:
    """The new pack, if it may take the old one's place on a person's word: it is about the same contract and code, holds now,
    enough of its own witnesses signed it, and `told` is its fingerprint as that person heard it.

    Only where the old one has no witnesses; with `force` (the old witnesses are lost) always. Raises BadInput in words.
    """
    if new.trust.quorum is None or new.trust.expires is None:
        raise BadInput("The new trust pack names no witnesses.")
    if old.trust.quorum is not None and not force:
        raise BadInput("Your trust pack has witnesses: what they signed takes its place by `wayproof trust accept`.")
    if (new.trust.origin, new.trust.code_hash) != (old.trust.origin, old.trust.code_hash):
        raise BadInput("The new trust pack is about another network or contract than yours.")
    if now >= new.trust.expires:
        raise BadInput(f"The new trust pack expired on {new.trust.expires:%Y-%m-%d}.")
    _signed_by("the new pack", new.trust.quorum, new, now)
    if told.lower().replace("-", " ").split() != new.fingerprint.split():
        raise BadInput("This is not the fingerprint of the new trust pack: nothing was changed. Ask whoever sent it.")
    return new


def _signed_by(whose: str, quorum: Quorum, new: TrustPack, now: datetime) -> None:
    last = int((now + CLOCK_SLACK).timestamp())
    try:
        agreeing = quorum.agreeing(new, new.signatures, new.issued, last)
    except BadProof as bad:
        raise BadInput(f"The signatures of the new trust pack are not by its witnesses: {bad.words}.") from bad
    if not quorum.agrees(agreeing):
        raise BadInput(f"{quorum.threshold} witnesses of {whose} must have signed the new one, and {len(agreeing)} did.")


def aloud(digest: bytes) -> str:
    """The first 128 bits of a digest as eight words to read aloud (proquints)."""
    return " ".join(_proquint(digest[at : at + 2]) for at in range(0, 16, 2))


def _proquint(two: bytes) -> str:
    """Two bytes as a word of five letters (D. S. Wilkerson, "A proposal for proquints", 2009)."""
    number = int.from_bytes(two, "big")
    consonants = [_CONSONANTS[number >> shift & 15] for shift in (12, 6, 0)]
    vowels = [_VOWELS[number >> shift & 3] for shift in (10, 4)]
    return consonants[0] + vowels[0] + consonants[1] + vowels[1] + consonants[2]
