"""The audit trail: who did what, when, at which station, resting on which evidence. Each row holds the hash of the one before
it, so that no row can be changed, dropped or slipped in without breaking every later one.

A chain alone cannot show that its last rows were not cut off, nor that the whole was not made anew: an export is therefore closed
by a signed line that names the number of rows and the last hash. The key is the station's device key, which the contract knows;
that line brings a proof of whose device it is (`app.desk.sealer`), where there can be one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from tiny_keccak import keccak256

from chain.epcis import time_of, time_text
from chain.errors import BadInput, BadProof
from chain.keys import SigningKey, recover

FIRST = "0" * 64
"""What the first row has for the hash of the one before it."""
SEAL = b"\x19wayproof audit 1\n"
LARGEST = 256 << 20  # bytes
_NAMES = ("n", "at", "who", "station", "act", "about", "evidence", "previous", "hash")
_SEALS = ("rows", "head", "signer", "seal", "proof")


@dataclass(frozen=True, slots=True)
class Act:
    """One row: `n` counts from 1, `at` is aware UTC, `about` names what it was done to, `evidence` what it rests on (a block, an
    event, a file's hash)."""

    n: int
    at: datetime
    who: str
    station: str
    act: str
    about: str = ""
    evidence: str = ""
    previous: str = FIRST

    def members(self) -> dict[str, object]:
        """Its members without its hash."""
        return {
            "n": self.n, "at": time_text(self.at), "who": self.who, "station": self.station, "act": self.act,
            "about": self.about, "evidence": self.evidence, "previous": self.previous,
        }  # fmt: skip

    @property
    def hash(self) -> str:
        """SHA-256 of its members as JSON with sorted names and no spaces."""
        return hashlib.sha256(b"wayproof audit row 1\n" + orjson.dumps(self.members(), option=orjson.OPT_SORT_KEYS)).hexdigest()


@dataclass(frozen=True, slots=True)
class Sealed:
    """A verified export: its rows, the last hash, the address (20 bytes) of the device that sealed it, and the evidence file that
    shows whose device that is (empty where none came with it)."""

    rows: tuple[Act, ...]
    head: str
    signer: bytes
    proof: bytes = b""


def check(rows: Iterable[Act]) -> str:
    """The hash of the last row of a chain without a gap. Raises BadProof that names the first row that does not fit."""
    previous = FIRST
    for place, row in enumerate(rows, 1):
        if row.n != place or row.previous != previous:
            raise BadProof(f"The audit trail is broken at row {place}: a row was changed, dropped or slipped in.")
        previous = row.hash
    return previous


def export(rows: Iterable[Act], key: SigningKey, proof: bytes = b"") -> Iterator[bytes]:
    """The lines of an export: one JSON object a row, and the seal; `proof` is an evidence file that the same key sealed."""
    count, head = 0, FIRST
    for row in rows:
        count, head = row.n, row.hash
        yield orjson.dumps(row.members() | {"hash": head}) + b"\n"
    seal = key.sign_digest(_digest(count, head)).hex()
    said = (count, head, f"0x{key.address.hex()}", f"0x{seal}", base64.b64encode(proof).decode())
    yield orjson.dumps(dict(zip(_SEALS, said, strict=True))) + b"\n"


def is_trail(data: bytes) -> bool:
    """Whether this is an exported trail, or was one before it was changed: its first or its last line is a row or a seal."""
    ends = (data.partition(b"\n")[0], data.rstrip(b"\r\n").rpartition(b"\n")[2])
    return any(one.startswith((b'{"n":', b'{"rows":')) for one in ends)


def verify(path: Path) -> Sealed:
    """Check an export. Raises BadInput where it is none, BadProof where it was changed."""
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path} is too large for an audit trail.")
        data = path.read_bytes()
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    if not data:
        raise BadInput(f"{path} is empty.")
    return read(data)


def read(data: bytes) -> Sealed:
    """The same for an export's bytes."""
    lines = data.splitlines() or [b""]
    rows = tuple(_row(line, place) for place, line in enumerate(lines[:-1], 1))
    head = check(rows)
    last = _json(lines[-1], len(lines))
    if set(last) != set(_SEALS):
        raise BadProof("The audit trail has no seal at its end: rows may have been cut off.")
    if last["rows"] != len(rows) or last["head"] != head:
        raise BadProof("The seal of the audit trail is about other rows.")
    try:
        signer = recover(_digest(len(rows), head), bytes.fromhex(str(last["seal"]).removeprefix("0x")))
        proof = base64.b64decode(str(last["proof"]), validate=True)
    except ValueError:
        raise BadProof("The seal of the audit trail is damaged.") from None
    if f"0x{signer.hex()}" != last["signer"]:
        raise BadProof("The seal of the audit trail was not made by who it names.")
    return Sealed(rows, head, signer, proof)


def _digest(count: int, head: str) -> bytes:
    return keccak256(SEAL + count.to_bytes(8, "big") + bytes.fromhex(head))


def _json(line: bytes, place: int) -> dict[str, object]:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise BadInput(f"Line {place} of the audit trail is not JSON.") from None
    if not isinstance(found, dict):
        raise BadInput(f"Line {place} of the audit trail is no row.")
    return found


def _row(line: bytes, place: int) -> Act:
    found = _json(line, place)
    texts = [found.get(name) for name in _NAMES[1:]]
    number = found.get("n")
    if set(found) != set(_NAMES) or not isinstance(number, int) or not all(isinstance(text, str) for text in texts):
        raise BadInput(f"Line {place} of the audit trail is no row.")
    at, who, station, act, about, evidence, previous, told = map(str, texts)
    row = Act(number, time_of(at), who, station, act, about, evidence, previous)
    if row.hash != told or orjson.dumps(row.members() | {"hash": told}) != line:
        raise BadProof(f"The audit trail is broken at row {place}: its hash does not fit what it says.")
    return row
