"""`wayproof trust`: look at a trust pack, read its fingerprint aloud, and let a newer one take its place."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.console import OK, existing_file, put, show
from app.labels.symbols import Matrix, Symbol, qr
from app.trust import TrustPack, consensus_of, draft, first, read_pack, save_pack, succeed
from app.trust.remembered import Remembered
from chain.errors import BadInput
from chain.notes import VerifierKey
from chain.seals import Consensus, Seals
from chain.witness_policy import Quorum, Voice


def run(called: argparse.Namespace) -> int:
    """`wayproof trust show PACK`, `trust accept NEW --trust OLD`, `trust pin PACK`, `trust draft OLD ... -o PACK`"""
    return {"show": _show, "accept": _accept, "pin": _pin, "draft": _draft}[called.doing](called)


def _show(called: argparse.Namespace) -> int:
    pack = read_pack(existing_file(str(called.pack)))
    put(_row(pack), called.json, _words(pack))
    if called.qr and not called.json:
        show("\n" + _drawn(qr(f"{pack.trust.origin} version {pack.version} {pack.fingerprint}", "M")))
    return OK


def _drawn(code: Matrix) -> str:
    """A QR code in half blocks, two rows of modules a line, within its quiet zone; black on white where this is a terminal."""
    width = len(code) + 2 * Symbol.QR.quiet
    rows = [(False,) * width] * Symbol.QR.quiet
    rows = [*rows, *((False,) * Symbol.QR.quiet + row + (False,) * Symbol.QR.quiet for row in code), *rows, (False,) * width]
    lines = (
        "".join(" ▀▄█"[up + 2 * down] for up, down in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=False)
    )
    return "\n".join(f"\x1b[30;107m{line}\x1b[0m" if sys.stdout.isatty() else line for line in lines)


def _accept(called: argparse.Namespace) -> int:
    new = read_pack(existing_file(str(called.pack)))
    path: Path = existing_file(str(called.trust))
    remembered = Remembered(called.profile)
    old = read_pack(path)
    remembered.accept(old)
    accepted = succeed(old, new, remembered.now(datetime.now(UTC)))
    save_pack(path, accepted)
    remembered.accept(accepted)
    put(_row(accepted), called.json, f"{path} is version {accepted.version} now: {accepted.fingerprint}")
    return OK


def _pin(called: argparse.Namespace) -> int:
    new = read_pack(existing_file(str(called.pack)))
    path: Path = called.profile / "trust.json"
    if not path.is_file():
        raise BadInput(
            f"{called.profile} belongs to no network yet: join one with this pack (wayproof join --trust {called.pack})."
        )
    old = read_pack(path)
    if new.body == old.body:
        raise BadInput(f"{path} is this pack already.")
    remembered = Remembered(called.profile)
    pinned = first(old, new, called.fingerprint or _heard(), remembered.now(datetime.now(UTC)), force=called.force)
    remembered.accept(pinned)
    save_pack(path, pinned)
    put(_row(pinned), called.json, f"{path} is version {pinned.version} now: {pinned.fingerprint}")
    return OK


def _heard() -> str:
    """The fingerprint as a person types it. It is not shown before: whoever has to type it has to ask for it."""
    if not sys.stdin.isatty():
        raise BadInput("Ask whoever made the trust pack for its fingerprint, and say it with --fingerprint “EIGHT WORDS”.")
    sys.stderr.write("The fingerprint, as whoever made the pack reads it aloud (eight words): ")
    sys.stderr.flush()
    return sys.stdin.readline()


def _draft(called: argparse.Namespace) -> int:
    old = read_pack(existing_file(str(called.pack)))
    voices = list(old.trust.quorum.voices) if old.trust.quorum else []
    if not 0 < called.days <= 3650:
        raise BadInput("A trust pack holds for 1 to 3,650 days.")
    if unknown := set(called.revoke) - {str(voice.key) for voice in voices}:
        raise BadInput(f"The pack has no witness with the key {unknown.pop()}.")
    voices = [replace(voice, revoked=voice.revoked or str(voice.key) in called.revoke) for voice in voices]
    voices += [Voice(VerifierKey.read(text)) for text in called.witness]
    threshold = old.trust.quorum.threshold if old.trust.quorum else 1 + len(voices) // 2
    if called.threshold is not None:
        threshold = called.threshold
    now = datetime.now(UTC).replace(microsecond=0)
    trust = replace(
        old.trust,
        quorum=Quorum(threshold, tuple(voices)),
        expires=now + timedelta(days=called.days),
        max_age=_age(f"={called.max_age}")[1] if called.max_age is not None else old.trust.max_age,
        ages=tuple({**dict(old.trust.ages), **dict(map(_age, called.max_age_of))}.items()),
        consensus=_consensus(called.consensus, called.validator, old.trust.consensus),
    )
    name = called.name if called.name is not None else old.name or "Trust pack"
    pack = draft(trust, name, old.version + 1, int(now.timestamp()))
    save_pack(called.output, pack)
    put(_row(pack), called.json, f"version {pack.version} in {called.output}, for its witnesses to sign: {pack.fingerprint}")
    return OK


def _consensus(kind: str | None, validators: list[str], old: Consensus | None) -> Consensus | None:
    """What the new pack asks of blocks: what the call says of it, and else what the old one asked."""
    if kind == "none":
        if validators:
            raise BadInput("A network without consensus in the pack has no validators there either.")
        return None
    how = Seals(kind) if kind else old.how if old else None
    if how is None:
        if validators:
            raise BadInput("Say with --consensus how these validators seal their blocks.")
        return None
    return consensus_of(how, validators) if validators or old is None else Consensus(how, old.validators)


def _age(text: str) -> tuple[str, timedelta]:
    digits, _, seconds = text.partition("=")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 12):
        raise BadInput(f"“{text}” is not digits=seconds.")
    return digits, timedelta(seconds=int(seconds))


def _row(pack: TrustPack) -> dict[str, object]:
    trust = pack.trust
    voices = trust.quorum.voices if trust.quorum else ()
    return {
        "name": pack.name,
        "version": pack.version,
        "origin": trust.origin,
        "fingerprint": pack.fingerprint,
        "threshold": trust.quorum.threshold if trust.quorum else 0,
        "witnesses": [{"name": v.key.name, "key": str(v.key), "revoked": v.revoked} for v in voices],
        "consensus": _sealing(trust.consensus) if trust.consensus else None,
        "expires": trust.expires,
        "expired": trust.expires is not None and datetime.now(UTC) >= trust.expires,
        "max_age_s": int(trust.max_age.total_seconds()),
        "signed_by": sorted({one.name for one in pack.signatures}),
    }


def _sealing(consensus: Consensus) -> dict[str, object]:
    return {"kind": consensus.how.value, "validators": ["0x" + one.hex() for one in consensus.validators]}


def _words(pack: TrustPack) -> str:
    trust = pack.trust
    if trust.quorum is None:
        return f"{trust.origin}\n  names no witnesses: it vouches for no file\n  fingerprint  {pack.fingerprint}"
    names = "".join(f"\n    {v.key.name}{'  REVOKED' if v.revoked else ''}" for v in trust.quorum.voices)
    sealers = trust.consensus
    sealing = f"\n  blocks carry seals of {sealers.how.value} by:" if sealers else ""
    sealing += "".join(f"\n    0x{one.hex()}" for one in sealers.validators) if sealers else ""
    return (
        f"{pack.name}, version {pack.version}\n  {trust.origin}\n  fingerprint  {pack.fingerprint}\n"
        f"  {trust.quorum.threshold} of these witnesses must agree, until {trust.expires:%Y-%m-%d}:{names}{sealing}"
    )
