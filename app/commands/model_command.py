"""`wayproof model`: vouch for a detector's model on the contract, and check who vouched for one."""

from __future__ import annotations

import argparse
import time
import uuid
from datetime import UTC, datetime

from app.alerts import provenance
from app.console import NOT_GENUINE, OK, existing_file, put
from app.network.arguments import passphrase_from
from app.station import Station
from chain.errors import BadInput
from chain.journey import Event, Verb


def run(called: argparse.Namespace) -> int:
    """`wayproof model anchor|verify FILE`; FILE is ``shipped`` for the model that comes with the program."""
    path = None if called.file == provenance.SHIPPED else existing_file(called.file)
    told = provenance.statement(provenance.read_model(path)[1])
    return {"anchor": _anchor, "verify": _verify}[called.doing](called, told)


def _anchor(called: argparse.Namespace, told: dict[str, object]) -> int:
    """Record the model's digest with this station's device. Raises BadInput where it stands there already."""
    from app.network import Network
    from app.recorder import Draft, Recorder

    digest = provenance.digest(told)
    if not (called.profile / "trust.json").exists():
        raise BadInput("This profile belongs to no network yet: run `wayproof demo`, join one, or import a file first.")
    with Station.open(called.profile) as station:
        network = Network.open(called.profile, passphrase_from(called))
        station.join(network)
        station.sync()
        party = station.here
        if party is None:
            raise BadInput("This station does not say whose it is: choose that in the window, under Settings.")
        before = provenance.anchor_of(station.store, station.trust, digest)
        if before is not None:
            raise BadInput(f"{before.who} has anchored this model already, in block {before.block:,}.")
        at = datetime.fromtimestamp(int(time.time()), UTC)
        event = Event(
            f"urn:uuid:{uuid.uuid4()}", "ObjectEvent", "OBSERVE", at, read_point=party.gln, biz_location=party.gln,
            extensions={"wayproof:model": told}, namespaces={"wayproof": "https://wayproof.example/model/1"},
        )  # fmt: skip
        recorder = Recorder(network.ledger, station.store, network.keys)
        recorder.record([Draft(Verb.ANCHOR_MODEL, party.gln, event, argument=digest)])
        station.sync()
        return _tell(called, told, provenance.anchor_of(station.store, station.trust, digest))


def _verify(called: argparse.Namespace, told: dict[str, object]) -> int:
    """Prove from what this laptop holds who anchored the model."""
    with Station.open(called.profile, offline=True) as station:
        with station.store.reading():
            anchor = provenance.anchor_of(station.store, station.trust, provenance.digest(told))
        return _tell(called, told, anchor)


def _tell(called: argparse.Namespace, told: dict[str, object], anchor: provenance.Anchor | None) -> int:
    digest = provenance.digest(told)
    row = {
        "source": called.file, "digest": digest.hex(), **told, "anchored": anchor is not None,
        "by": anchor.who if anchor else "", "block": anchor.block if anchor else 0,
        "at": anchor.at.isoformat() if anchor and anchor.at else "",
    }  # fmt: skip
    words = f"nobody has anchored this model ({digest.hex()}) on your network"
    if anchor is not None:
        words = f"anchored by {anchor.who} in block {anchor.block:,}: {digest.hex()}"
    put(row, called.json, words)
    return OK if anchor is not None else NOT_GENUINE
