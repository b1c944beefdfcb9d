"""What the window asks of the station, as a shape for the type checker: pages know these verbs and nothing behind them.

`OpenDoor` fits this shape, and so does the small stand-in of the page tests. Pages import this for typing only; the station's
threads import it to open the profile, after the first paint.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.alerts.alerts import Alerts
from app.checks import Check, ItemRow, Settings, Status
from app.desk.desk import Desk
from app.desk.shift import Shift
from app.family import Family
from app.link import Link
from app.sales import Progress, Sales
from app.station import Station
from chain.errors import StoreError
from chain.journey import Item, Journey, Scan
from forecasting.reorder import Override

if TYPE_CHECKING:
    from app.sync import Progress as SyncProgress
    from app.sync import Pulled

LETTERS_EVERY = 60.0
"""Seconds between two looks into the relay folder for letters, at least."""


class Door(Protocol):
    """The one door to the rest of the program. Every call is made from the store lane's thread."""

    @property
    def desk(self) -> Desk:
        """The desk: tasks, sessions, people."""

    @property
    def alerts(self) -> Alerts:
        """What the detector asks, what people decided, what to open today."""

    def check(self, scan: Scan) -> Check:
        """The verdict from what this laptop holds; never waits for a network."""

    def refine(self, check: Check) -> Check:
        """The same check after asking the network, at most a second later; the same check where it did not answer."""

    def journey(self, item: Item) -> Journey:
        """The item's steps in the order of the log."""

    def family(self, item: Item) -> Family:
        """What the item was made of, made into, packed in, and what it holds."""

    def items(self, query: str = "", limit: int = 200, offset: int = 0) -> list[ItemRow]:
        """Items whose identity, product or custodian holds the query, the newest first."""

    def recent(self, limit: int = 50) -> list[Check]:
        """The last checks recorded here, the newest first."""

    def status(self) -> Status:
        """Network, age of knowledge, events waiting."""

    def settings(self) -> Settings:
        """What can be set, and what the trust pack fixed."""

    def save(self, *, here: str | None = None, max_age: timedelta | None = None) -> Settings:
        """Keep what a person changed; None leaves a value as it is."""

    def limit(self, fee_cap: str, finality: str) -> Settings:
        """Keep the network's limits as they were typed."""

    def saw_taken_back(self) -> None:
        """A person has seen what reorganisations took back."""

    def sales(self, progress: Progress | None = None) -> Sales:
        """What the own sites sold, from the proven entries of the log; `progress` may raise to stop."""

    def overrides(self) -> dict[str, Override]:
        """The order quantities that people decided themselves."""

    def decide(self, unique_id: str, by: Override | None) -> dict[str, Override]:
        """Keep a person's order quantity, or (None) go back to the proposal; all that are kept now."""

    def close(self) -> None:
        """Let go of the database."""


class OpenDoor(Station):
    """The station as the window uses it: with a desk, and alerts that people decide on."""

    def __init__(self, profile: Path, *, offline: bool = False, link: Link | None = None, shift: Shift | None = None) -> None:
        super().__init__(profile, offline=offline, link=link)
        self._exchanged = -LETTERS_EVERY
        self.desk = Desk(self, shift=shift)
        self.alerts = Alerts(self, self.desk)

    def sync(self, progress: SyncProgress | None = None) -> Pulled:
        """The same, and where every unit stands is told at once, in the network's thread: a count begins without it.

        Letters through the relay folder go with it now and then (`app.letters`).
        """
        from app.letters import exchange
        from app.standings import bring_up

        pulled = super().sync(progress)
        if pulled.taken_back:
            self.rejudge()
        with suppress(StoreError):  # what does not fit is said by whoever asks where things are
            bring_up(self.store)
        if time.monotonic() - self._exchanged > LETTERS_EVERY:
            with suppress(StoreError):  # a folder that is out of reach now is there another time
                exchange(self)
            self._exchanged = time.monotonic()
        return pulled

    def beside(self) -> OpenDoor:
        """The same profile for the network's thread, with the same person at its desk."""
        return OpenDoor(self.profile, link=self.link, shift=self.desk.shift)
