"""Issuing a lot: serial numbers drawn at random, written down before anything else, recorded in batches, printed in parts.

Killed at any point, the same issue goes on where it was: the serials are the same ones, a batch that stands on the log is not
recorded again (its event has the same id), and a part that was written is not written again.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import orjson

from app import labels
from app.desk.desk import Desk
from app.desk.recording import RECORDED, WAITING, Outcome
from app.drafting import Draft
from app.labels import Label, Sheet, Symbol, sheets, zpl
from app.sync import Progress, silent
from app.whole import write_whole
from chain import gs1
from chain.calls import MAX_BATCH
from chain.epcis import time_of, time_text
from chain.errors import BadInput, LedgerError
from chain.journey import Event, Item, Unreadable, Verb
from chain.label import LabelDomain
from chain.secret import FIELD, committed, new_secrets

MOST = 10_000
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: nothing that is misread by hand."""
LENGTH = 14
"""Characters of a serial: 70 random bits."""
PAGES_A_PART = 10
ZPL_A_PART = 100


@dataclass(frozen=True, slots=True)
class Issue:
    """A lot of labels: `gtin` has 14 digits, `expiry` is None for none, `at` is when it was begun (aware UTC).

    `symbol` is the code on them; `scratch` says that each carries a secret under a scratch field (`chain.secret`).
    """

    id: str
    gtin: str
    count: int
    at: datetime
    lot: str = ""
    expiry: date | None = None
    product: str = ""
    symbol: Symbol = Symbol.QR
    scratch: bool = False

    def item(self, serial: str) -> Item:
        """One of its pieces."""
        return Item(gtin=self.gtin, serial=serial, lot=self.lot, expiry=self.expiry)


def new_serials(count: int, draw: Callable[[str], str] = secrets.choice) -> list[str]:
    """So many different serial numbers of 70 random bits each."""
    found: dict[str, None] = {}
    while len(found) < count:
        found["".join(draw(ALPHABET) for _ in range(LENGTH))] = None
    return list(found)


class Issuing:
    """Issues of the desk of a station."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._store = desk.station.store

    def begin(
        self,
        gtin: str,
        count: int,
        *,
        lot: str = "",
        expiry: date | None = None,
        product: str = "",
        symbol: Symbol = Symbol.QR,
        scratch: bool = False,
    ) -> Issue:
        """Draw the serials, and the secrets where there are to be any, and keep them.

        Raises BadInput on a bad GTIN or lot, or a number out of range.
        """
        if not 1 <= count <= MOST:
            raise BadInput(f"1 to {MOST:,} labels are issued at a time.")
        item = gs1.parse(gs1.digital_link(Item(gtin=_gtin(gtin), serial="X", lot=lot, expiry=expiry)))
        if isinstance(item, Unreadable):
            raise BadInput(item.reason)
        self._desk.shift.must_be_allowed_to_issue()
        number, at = str(uuid.uuid4()), self._desk.trail.now()
        issue = Issue(number, item.gtin, count, at, lot, expiry, product[:200], symbol, scratch)
        with self._store.transaction():
            if scratch:
                self._store.goods.set(_secrets(number), orjson.dumps(new_secrets(count)).decode())
            self._store.desk.begin_issue(issue.id, _json(issue), new_serials(count))
            self._desk.trail.log(self._desk.shift.name, "began an issue of labels", issue.id, f"{count} of {issue.gtin}")
        return issue

    def load(self, number: str) -> tuple[Issue, list[str], int]:
        """An issue, its serials, and how many are recorded. Raises BadInput."""
        found = self._store.desk.issue(number)
        if found is None:
            raise BadInput("This issue of labels is not known here.")
        return _issue(found[0]), found[1], found[2]

    def record(self, number: str, progress: Progress = silent, cancelled: Callable[[], bool] = lambda: False) -> int:
        """Record what is not recorded yet, a batch at a time. Returns how many are recorded now.

        Raises LedgerError where there is no network: call it again later. RuleBroken words where the contract refuses.
        """
        issue, serials, done = self.load(number)
        recording = self._desk.posting.recording
        recording.renew()
        for start in range(done, issue.count, MAX_BATCH):
            if cancelled():
                return start
            batch = serials[start : start + MAX_BATCH]
            draft = self._draft(issue, start, batch)
            outcome = recording.record(draft)
            if outcome.kept:
                why = recording.send()
                recording.renew()
                outcome = recording.record(draft) if not why else Outcome(WAITING, why)
            if outcome.state != RECORDED:
                raise LedgerError(outcome.reason) if outcome.state == WAITING else BadInput(outcome.reason)
            with self._store.transaction():
                self._store.desk.issue_recorded(number, start + len(batch))
            progress("recorded", start + len(batch), issue.count)
        self._desk.posting.pull()
        return issue.count

    def secrets(self, issue: Issue) -> list[str]:
        """The secrets of its labels in order. Raises BadInput where they were forgotten."""
        kept = str(self._store.goods.setting(_secrets(issue.id)) or "")
        if not kept:
            raise BadInput("The secrets of this issue were forgotten when its labels had been printed.")
        return list(orjson.loads(kept))

    def forget_secrets(self, number: str) -> None:
        """Nobody can print or read these labels' secrets from here any more; call it when all of them are printed."""
        with self._store.transaction():
            self._store.goods.set(_secrets(number), "")
            self._desk.trail.log(self._desk.shift.name, "forgot the secrets of an issue of labels", number)

    def _draft(self, issue: Issue, start: int, serials: Sequence[str]) -> Draft:
        here = self._desk.here.gln
        items = tuple(issue.item(serial) for serial in serials)
        event = Event(
            event_id=f"urn:uuid:{uuid.uuid5(uuid.UUID(issue.id), str(start))}",
            kind="ObjectEvent",
            action="ADD",
            event_time=issue.at,
            biz_step="commissioning",
            disposition="active",
            read_point=here,
            biz_location=here,
            epcs=tuple(gs1.digital_link(item) for item in items),
        )
        bound: dict[str, object] = {}
        if issue.scratch:
            salt = uuid.uuid5(uuid.UUID(issue.id), f"salt {start}").bytes
            bound = {FIELD: committed(salt, items, self.secrets(issue)[start : start + len(items)])}
        return Draft(Verb.COMMISSION, here, event, items, product=issue.product, bound=bound)

    def labels(self, number: str) -> Iterator[Label]:
        """The signed labels of an issue, in order; only what is recorded is printed."""
        issue, serials, done = self.load(number)
        network = self._desk.station.network()
        domain = LabelDomain(network.trust.chain_id, network.trust.contract)
        key = network.keys.device(self._desk.here.gln)
        hidden = self.secrets(issue) if issue.scratch else [""] * issue.count
        for serial, secret in zip(serials[:done], hidden, strict=False):
            yield labels.signed_label(issue.item(serial), key, domain, issue.product, symbol=issue.symbol, secret=secret)


def render(
    made: Sequence[Label],
    issue: Issue,
    folder: Path,
    sheet: Sheet | None = None,
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Write labels in parts: PDFs of PAGES_A_PART pages for a sheet, else ZPL files of ZPL_A_PART labels.

    A part that is there already is left as it is. Needs no station, so it may run beside one. Returns the parts' paths.
    """
    size = sheet.columns * sheet.rows * PAGES_A_PART if sheet is not None else ZPL_A_PART
    written: list[Path] = []
    for part, start in enumerate(range(0, len(made), size), 1):
        if cancelled():
            break
        some = made[start : start + size]
        name = re.sub(r"[^0-9A-Za-z_-]", "_", issue.lot or issue.gtin)
        path = folder / f"{name}-{issue.id[:8]}-{part:04d}.{'pdf' if sheet is not None else 'zpl'}"
        if not path.exists():
            write_whole(path, labels.pdf_bytes(some, sheet) if sheet is not None else b"".join(zpl.zpl(some)))
        written.append(path)
        progress("printed", start + len(some), issue.count)
    return written


def sheet_of(name: str) -> Sheet | None:
    """The sheet of a format's name, None for a thermal roll (``ZPL``). Raises BadInput."""
    return None if name == "ZPL" else sheets.named(name)


def _gtin(text: str) -> str:
    digits = "".join(one for one in text if not one.isspace())
    if not (digits.isascii() and digits.isdigit() and 8 <= len(digits) <= 14):
        raise BadInput("A GTIN has 8 to 14 digits.")
    return digits.rjust(14, "0")


def _json(issue: Issue) -> bytes:
    return orjson.dumps(
        {
            "id": issue.id, "gtin": issue.gtin, "count": issue.count, "at": time_text(issue.at), "lot": issue.lot,
            "expiry": issue.expiry.isoformat() if issue.expiry else "", "product": issue.product,
            "symbol": issue.symbol.value, "scratch": issue.scratch,
        }
    )  # fmt: skip


def _issue(data: bytes) -> Issue:
    told = orjson.loads(data)
    expiry = date.fromisoformat(told["expiry"]) if told["expiry"] else None
    at = time_of(told["at"]).astimezone(UTC)
    symbol = Symbol(told.get("symbol", Symbol.QR.value))
    return Issue(
        told["id"], told["gtin"], told["count"], at, told["lot"], expiry, told["product"], symbol, bool(told.get("scratch"))
    )


def _secrets(number: str) -> str:
    return f"desk/secrets/{number}"
