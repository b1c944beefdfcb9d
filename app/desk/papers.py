"""What leaves the desk on paper or as a file: the signed receipt, the list of a session, the audit trail."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from app.desk import audit, plan, receipt
from app.desk.desk import Desk, Finished
from app.desk.plan import item_of
from app.desk.receipt import Posted
from app.desk.recording import RECORDED
from app.desk.session import Mark, Whole
from app.exchange.spreadsheet import safe
from app.store.desk import Post
from chain import bundle
from chain.epcis import time_text
from chain.errors import BadInput
from chain.journey import Party
from chain.keys import SigningKey
from chain.label import Label

if TYPE_CHECKING:
    from app.network.keyring import Keys

COLUMNS = ("line", "time", "result", "item", "product", "lot", "verdict", "reason", "who", "via", "container", "about line")
_LOOKED_AT = 5
"""How many things are tried for a proof of whose device this is."""


def signed_receipt(desk: Desk, done: Finished) -> bytes:
    """The receipt of a finished session, signed by this station's device, with a proof of whose device that is where there can be
    one. Raises BadInput where the session is still open, LedgerError or KeyLocked where the keys cannot be had."""
    session = done.whole.session
    if session.finished is None:
        raise BadInput("A receipt is written when the task is finished.")
    here, key = desk.here, device_key(desk)
    events = [
        Posted(plan.event_id(session.id, str(one.n)), one.step.verb.name.lower(), one.step.keys, one.state, one.reason)
        for one in done.posts
    ]
    sender = _party(desk, session.other or (done.note.sender if done.note is not None else ""))
    told = receipt.body(session, here, sender, done.whole.tally, done.against, events)
    keys = [*_recorded(done.posts), *(line.key for line in done.whole.standing.counted)]
    return receipt.write(told, key, _proof(desk, keys, key))


def goods(whole: Whole) -> list[str]:
    """Everything that a session took, each thing once: as it was scanned, with its signature, or by key in a container."""
    found: dict[str, str] = {}
    for line in whole.standing.lines:
        if line.key and line.mark not in (Mark.REFUSED, Mark.TWICE):
            found[line.key] = line.text or line.key
            for one in line.covers:
                found.setdefault(one.key, one.key)
    return list(found.values())


def device_key(desk: Desk) -> SigningKey:
    """The key of this station's device."""
    return _keys(desk).device(desk.here.gln)


def _keys(desk: Desk) -> Keys:
    return desk.station.network().keys


def _recorded(posts: Iterable[Post]) -> list[str]:
    return [one for post in posts if post.state == RECORDED for one in post.step.keys]


def _proof(desk: Desk, keys: Iterable[str], key: SigningKey) -> bytes:
    """The evidence of the first of these things that has one, sealed by the same device; empty where there is none."""
    from app.printing import vouched

    trust = desk.station.trust
    for one in islice(dict.fromkeys(keys), _LOOKED_AT):
        if trust is None:
            break
        item = item_of(one)
        try:
            with desk.station.store.reading():
                evidence = vouched(desk.station, _keys(desk), item, (desk.here.organisation,))
                return bundle.write(Label("", item), evidence, trust, key)
        except BadInput:
            continue
    return b""


def _party(desk: Desk, gln: str) -> Party | None:
    return next((one for one in desk.station.store.goods.parties() if one.gln == gln), None) if gln else None


def as_csv(done: Finished) -> bytes:
    """The lines of a session as CSV (RFC 4180, UTF-8), no cell of it a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(done):
        writer.writerow([safe(cell) for cell in row])
    return text.getvalue().encode()


def _rows(done: Finished) -> Iterable[list[str]]:
    for one in done.whole.lines:
        yield [
            str(one.n), time_text(one.at), one.mark.value, one.key or one.text, one.name, one.lot, one.code, one.why, one.by,
            one.via, one.box or one.carrier, str(one.of or ""),
        ]  # fmt: skip


def as_pdf(done: Finished, title: str) -> bytes:
    """The list of a session on paper."""
    from app.desk.paper import render

    return render(done, title)


def audit_export(desk: Desk) -> bytes:
    """The audit trail, sealed (see `audit.verify`), with a proof of whose device this is where something was recorded here."""
    key = device_key(desk)
    keys = (one for session in desk.sessions() for one in _recorded(desk.posting.posts(session.id)))
    return b"".join(audit.export(desk.trail.acts(), key, _proof(desk, keys, key)))
