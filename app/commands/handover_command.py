"""`wayproof handover`: goods change hands between two laptops that have no network; what both signed is sent later."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from app import handover
from app.commands.member_command import here, opened
from app.console import NOT_GENUINE, OK, existing_file, put
from app.handover.codes import joined
from app.handover.dispute import Dispute
from app.station import Station
from app.trust import read_trust
from app.whole import write_whole
from chain import gs1
from chain.errors import BadInput
from chain.journey import Item, Party, Unreadable

MOST_BYTES = 1 << 20


def run(called: argparse.Namespace) -> int:
    """`wayproof handover offer|accept|finish|accuse|judge`"""
    if called.doing == "accuse":
        return _accuse(called)
    if called.doing == "judge":
        return _judge(called)
    with opened(called) as station:
        return {"offer": _offer, "accept": _accept, "finish": _finish}[called.doing](called, station)


def _offer(called: argparse.Namespace, station: Station) -> int:
    me, to = here(station), _party(station, called.to)
    items = [_item(text) for text in called.items]
    made = handover.offer(station.outbox(), station.store, [handover.shipment(me, to, items, datetime.now(UTC))])
    for text in handover.offer_texts(made):
        put({"offer": made.id, "text": text}, called.json, text)
    return OK


def _accept(called: argparse.Namespace, station: Station) -> int:
    me, network = here(station), station.network()
    what = handover.offered(_whole(called.texts), network.trust)
    outbox = station.outbox()
    shipper = station.store.goods.party(outbox.organisation_of(what.batch.statement.device))
    if shipper is None:
        raise BadInput("The shipper of this offer is not known here: sync, and learn the list of members.")
    now = datetime.now(UTC)
    answer = handover.accept(outbox, station.store, what, me, handover.receipt(me, shipper, what.items, now), now)
    for text in handover.answer_texts(what.id, answer):
        row = {"offer": what.id, "from": shipper.gln, "items": [item.key for item in what.items], "text": text}
        put(row, called.json, text)
    return OK


def _finish(called: argparse.Namespace, station: Station) -> int:
    text = _whole(called.texts)
    offers = station.store.outbox.handovers(handover.SHIPPER)
    name = handover.answers_to(text)
    mine = next((offer for known, offer, _ in offers if known == name), None)
    if mine is None:
        raise BadInput("This laptop made no such offer.")
    answer = handover.answered(text, mine)
    if station.outbox().organisation_of(answer.statement.device) != mine.acts[0][0].counterparty:
        raise BadInput("This answer was signed by a laptop that is not the receiver's.")
    with station.store.transaction():
        station.store.outbox.keep_handover(name, datetime.now(UTC), handover.SHIPPER, mine, answer)
    put({"offer": name, "device": "0x" + answer.statement.device.hex()}, called.json, "The receiver has signed for it")
    return OK


def _accuse(called: argparse.Namespace) -> int:
    trust = read_trust(existing_file(str(called.trust)))
    one, other = (handover.offered(_whole([str(path)]), trust).batch for path in (called.one, called.other))
    found = Dispute.between(one, other)
    if found is None:
        put({"contradiction": False}, called.json, "These two offers do not contradict each other")
        return NOT_GENUINE
    write_whole(called.output, found.to_bytes())
    put(_told(found) | {"output": str(called.output)}, called.json, f"Evidence in {called.output}")
    return OK


def _judge(called: argparse.Namespace) -> int:
    trust = read_trust(existing_file(str(called.trust)))
    path = existing_file(str(called.file))
    with path.open("rb") as file:
        found = Dispute.from_bytes(file.read(MOST_BYTES), trust)
    row = _told(found)
    who = " and ".join(dict.fromkeys((str(row["one"]), str(row["other"]))))
    put(row, called.json, f"Proven: {who} signed two different things about one state of unit {row['unit']}")
    return OK


def _told(found: Dispute) -> dict[str, object]:
    return {
        "contradiction": True,
        "unit": "0x" + found.unit.hex(),
        "same_device": found.same_device,
        "one": "0x" + found.one.statement.device.hex(),
        "other": "0x" + found.other.statement.device.hex(),
    }


def _whole(texts: Sequence[str]) -> str:
    """The text that all codes together say; each argument is a code's text or a file with one a line."""
    parts: list[str] = []
    for text in texts:
        if text.startswith("WP-"):
            parts.append(text)
            continue
        path = existing_file(text)
        with path.open("rb") as file:
            parts += file.read(MOST_BYTES).decode("utf-8", "replace").split()
    whole = joined(parts)
    if whole is None:
        raise BadInput("Some codes of this hand-over are missing: scan them all.")
    return whole


def _item(text: str) -> Item:
    found = gs1.parse(text)
    if isinstance(found, Unreadable):
        raise BadInput(f"{found.reason} {found.hint}".strip())
    return found


def _party(station: Station, gln: str) -> Party:
    found = next((party for party in station.store.goods.parties() if party.gln == gln and party.organisation), None)
    if found is None:
        raise BadInput(f"The party with GLN {gln} is no member that this laptop knows.")
    return found
