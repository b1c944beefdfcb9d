"""`wayproof handover`: goods change hands between two laptops that have no network; what both signed is sent later."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from app import handover
from app.commands.member_command import here, opened
from app.console import NOT_GENUINE, OK, existing_file, put
from app.handover import case_file, cases, dock
from app.handover.codes import joined
from app.handover.dispute import Dispute
from app.network import Network
from app.network.arguments import passphrase_from
from app.station import Station
from app.trust import read_trust
from app.whole import write_whole
from chain import gs1
from chain.errors import BadInput
from chain.journey import Item, Party, Unreadable
from chain.policy import Situation
from chain.verdict import Kind

MOST_BYTES = 1 << 20


def run(called: argparse.Namespace) -> int:
    """`wayproof handover offer|accept|finish|cases|accuse|judge`"""
    if called.doing == "accuse":
        return _accuse(called)
    if called.doing == "judge":
        return _judge(called)
    if called.doing == "cases":
        with Station.open(called.profile) as station:
            station.join(Network.open(called.profile, passphrase_from(called)))
            return _cases(called, station)
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
    now = datetime.now(UTC)
    coming = dock.look(station, _whole(called.texts), now)
    if coming.signed:
        raise BadInput("This offer was signed for here already.")
    for text in dock.sign(station, coming, now):
        items = [item.key for item in coming.offer.items]
        put({"offer": coming.offer.id, "from": coming.shipper.gln, "items": items, "text": text}, called.json, text)
    return OK


def _finish(called: argparse.Namespace, station: Station) -> int:
    name, answer, _ = dock.finish(station, _whole(called.texts), datetime.now(UTC))
    put({"offer": name, "device": "0x" + answer.statement.device.hex()}, called.json, "The receiver has signed for it")
    return OK


def _cases(called: argparse.Namespace, station: Station) -> int:
    found = cases.cases(station)
    if called.output is not None:
        if called.case is None and len(found) != 1:
            raise BadInput(f"There are {len(found)} cases here: name one with --case.")
        name = called.case or found[0].id
        data = cases.export(station, name)
        write_whole(called.output, data)
        put({"case": name, "output": str(called.output), "bytes": len(data)}, called.json, f"Both sides in {called.output}")
        return OK
    for one in found:
        sides = [_side(one.one), _side(one.other)]
        item = one.item.key if one.item is not None else ""
        row = {"case": one.id, "item": item, "unit": "0x" + one.unit.hex(), "same_device": one.same_device, "sides": sides}
        told = [case_file.words(side) for side in sides]
        put(row, called.json, "\n  ".join((f"{one.id}  {item or row['unit']}", *told)))
    return OK


def _side(side: cases.Side) -> dict[str, object]:
    return {
        "device": "0x" + side.device.hex(),
        "who": side.who,
        "verb": side.verb.name.lower(),
        "to": side.to,
        "at": side.at.isoformat(),
        "where": side.where,
        "recorded": side.recorded.isoformat() if side.recorded else "",
    }


def _accuse(called: argparse.Namespace) -> int:
    trust = read_trust(existing_file(str(called.trust)))
    offers = [handover.offered(_whole([str(path)]), trust) for path in (called.one, called.other)]
    found = Dispute.between(offers[0].batch, offers[1].batch)
    if found is None:
        put({"contradiction": False}, called.json, "These two offers do not contradict each other")
        return NOT_GENUINE
    told = [_told(one, found.unit) for one in offers]
    write_whole(called.output, case_file.write(found.unit, found.one, told[0], found.other, told[1], b""))
    row = {
        "contradiction": True,
        "unit": "0x" + found.unit.hex(),
        "same_device": found.same_device,
        "one": "0x" + found.one.statement.device.hex(),
        "other": "0x" + found.other.statement.device.hex(),
        "output": str(called.output),
    }
    put(row, called.json, f"Evidence in {called.output}")
    return OK


def _told(offer: handover.Offer, unit: bytes) -> case_file.Told:
    """What the commitment of the offer's act about a unit hides."""
    act = case_file.act_of(offer.batch, unit)
    place = next(at for at, (one, _) in enumerate(offer.batch.acts) if one == act)
    return case_file.Told(offer.acts[place].fields, offer.acts[place].seed)


def _judge(called: argparse.Namespace) -> int:
    trust = read_trust(existing_file(str(called.trust)))
    path = existing_file(str(called.file))
    with path.open("rb") as file:
        data = file.read(case_file.MOST + 1)
    if not data.startswith(case_file.MAGIC):
        raise BadInput(f"{path} is not the file of a case.")
    judged = case_file.judge(data, trust, Situation(datetime.now(UTC)))
    proven = judged.verdict.kind is Kind.GENUINE
    sides = case_file.lines(judged)
    row = {
        "contradiction": proven,
        "verdict": judged.verdict.kind.value,
        "code": judged.verdict.code.value,
        "unit": "0x" + judged.case.unit.hex() if judged.case else "",
        "same_device": len({side["device"] for side in sides}) == 1,
        "sides": sides,
        "findings": [[one.check, one.outcome.value, one.why] for one in judged.verdict.findings],
    }
    decisive = [one.why for one in judged.verdict.findings if one.check == "contradiction"] or [judged.verdict.reason]
    put(row, called.json, "\n  ".join((("Proven: " if proven else "Not proven: ") + decisive[0], *map(case_file.words, sides))))
    return OK if proven else NOT_GENUINE


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
