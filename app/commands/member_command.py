"""`wayproof member`: organisations ask to be admitted, the administrator admits them, and everybody learns their names."""

from __future__ import annotations

import argparse

from app.console import OK, existing_file, put
from app.network.arguments import passphrase_from
from app.network.membership import Request, approve_organisation, learn_members, roles_of, write_members
from app.station import Station
from chain.errors import BadInput
from chain.journey import Party


def run(called: argparse.Namespace) -> int:
    """`wayproof member request|approve|list|learn`"""
    with opened(called) as station:
        return {"request": _request, "approve": _approve, "list": _list, "learn": _learn}[called.doing](called, station)


def opened(called: argparse.Namespace) -> Station:
    """A station on the profile's own network, its keys opened with the passphrase that the options name."""
    from app.network import Network

    station = Station.open(called.profile)
    try:
        network = Network.open(called.profile, passphrase_from(called))
        station.join(network)
        if network.access is None:
            raise BadInput("This profile is on its own embedded chain, where everybody is a member: join or deploy first.")
    except BaseException:
        station.close()
        raise
    return station


def here(station: Station) -> Party:
    """The party of this laptop. Raises BadInput."""
    party = station.here
    if party is None:
        raise BadInput("This profile belongs to no party yet.")
    return party


def _request(called: argparse.Namespace, station: Station) -> int:
    network, party = station.network(), here(station)
    request = Request.make("organisation", party, network.keys.owner(party.gln), network.trust)
    request.write(called.output)
    address = "0x" + request.key.hex()
    put({"output": str(called.output), "address": address}, called.json, f"{party.name or party.gln} asks as {address}")
    return OK


def _approve(called: argparse.Namespace, station: Station) -> int:
    from app.recorder import Recorder

    network = station.network()
    request = Request.read(existing_file(str(called.file)), network.trust)
    station.sync()
    recorder = Recorder(network.ledger, station.store, network.keys)
    number = approve_organisation(recorder, request, roles_of(called.roles), called.prefix)
    station.sync()
    row = {"organisation": number, "gln": request.party.gln, "name": request.party.name}
    put(row, called.json, f"{request.party.name or request.party.gln} is organisation {number}")
    return OK


def _list(called: argparse.Namespace, station: Station) -> int:
    station.sync()
    if called.output is not None:
        count = write_members(station.store, called.output)
        put({"output": str(called.output), "members": count}, called.json, f"{count} members in {called.output}")
        return OK
    for party in station.store.goods.parties():
        row = {"organisation": party.organisation, "gln": party.gln, "name": party.name, "roles": int(party.roles)}
        put(row, called.json, f"{party.organisation:>4}  {party.gln}  {party.name}")
    return OK


def _learn(called: argparse.Namespace, station: Station) -> int:
    path = existing_file(str(called.file))
    station.sync()
    count = learn_members(station.store, path)
    put({"members": count}, called.json, f"{count} members learnt")
    return OK
