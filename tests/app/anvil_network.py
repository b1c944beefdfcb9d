"""Profiles on an anvil chain, through the doors that people use: membership, outbox, sync."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.drafting import Draft
from app.network import Network, join, pin
from app.network.access import Access
from app.network.membership import (
    Request,
    approve_device,
    approve_organisation,
    found,
    learn_members,
    opened_keys,
    settle,
    write_members,
)
from app.recorder import Recorder
from app.station import Station
from app.store import Store
from chain import gs1
from chain.encoding import ZERO
from chain.journey import Event, Item, Party, Role, Verb

PASSPHRASE = "eight or more characters"
MAKER = Party("9521000000018", "Maker", "Street 1", Role.ISSUER | Role.KEEPER, country="DE")
DEPOT = Party("9521000000025", "Depot", "Street 2", Role.KEEPER, country="DE")
PREFIX = "952100001"
START = datetime(2026, 1, 5, tzinfo=UTC)


def passphrase() -> str:
    return PASSPHRASE


def item(number: int) -> Item:
    digits = "0952100001101"
    return Item(gtin=digits + gs1.check_digit(digits), serial=f"S{number}")


def draft(verb: Verb, party: Party, numbers: Sequence[int], to: str = "", about: object = "", argument: bytes = ZERO) -> Draft:
    things = tuple(item(number) for number in numbers)
    name = f"urn:test:{verb.name}:{'-'.join(map(str, numbers))}:{about}"
    event = Event(name, "ObjectEvent", "OBSERVE", START + timedelta(days=1), epcs=tuple(map(gs1.digital_link, things)))
    return Draft(verb, party.gln, event, things, to, argument)


def opened(profile: Path) -> Station:
    """A station on a profile whose passphrase is known."""
    station = Station.open(profile)
    station.join(Network.open(profile, passphrase))
    return station


@dataclass
class Consortium:
    """A maker who deployed, and a depot that joined, each with a profile of its own."""

    folder: Path
    url: str
    access: Access = field(init=False)

    def __post_init__(self) -> None:
        self.access = Access((self.url,), patience=20)

    @property
    def maker(self) -> Path:
        return self.folder / "maker"

    @property
    def depot(self) -> Path:
        return self.folder / "depot"

    def founded(self) -> Consortium:
        """The contract is there and the maker is on it."""
        found(self.maker, self.access, MAKER, (PREFIX,), passphrase)
        with opened(self.maker) as station:
            station.sync()
        return self

    def with_depot(self, access: Access | None = None) -> Consortium:
        """The depot asks, is admitted, and admits its own laptop."""
        with opened(self.maker) as maker:
            trust = maker.network().trust
            join(self.depot, access or self.access, trust)
            pin(self.depot, trust)
            keys = opened_keys(self.depot, passphrase)
            wish = self.folder / "wish.json"
            Request.make("organisation", DEPOT, keys.owner(DEPOT.gln), trust).write(wish)
            recorder = Recorder(maker.network().ledger, maker.store, maker.network().keys)
            approve_organisation(recorder, Request.read(wish, trust), DEPOT.roles, ())
            maker.sync()
            members = self.folder / "members.json"
            write_members(maker.store, members)
        with Store(self.depot / "wayproof.sqlite") as store:
            settle(store, DEPOT.gln)
        with opened(self.depot) as depot:
            depot.sync()
            learn_members(depot.store, members)
            self.admit(depot, DEPOT)
        return self

    @staticmethod
    def admit(station: Station, party: Party, number: int = 1) -> None:
        """An organisation admits a laptop of its own."""
        network = station.network()
        request = Request.make("device", party, network.keys.device(party.gln, number), network.trust)
        approve_device(network, station.store, request)
        station.sync()
