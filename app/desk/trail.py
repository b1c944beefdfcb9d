"""The audit trail of a station, as it grows: rows are appended within the transaction of what they are about."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.desk.audit import Act

if TYPE_CHECKING:
    from app.station import Station

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The clock of this computer, in milliseconds as they are kept."""
    return whole_ms(datetime.now(UTC))


def whole_ms(at: datetime) -> datetime:
    """A time as the database keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


class Trail:
    """Writes the trail of an open station."""

    def __init__(self, station: Station, now: Clock = utc_now) -> None:
        self._station = station
        self.now = now

    def log(self, who: str, act: str, about: str = "", evidence: str = "") -> None:
        """Append a row; call it within a transaction."""
        rows = self._station.store.desk
        n, previous = rows.last_act()
        here = self._station.here
        newest = self._station.store.replica.checkpoint()
        block = f"block {newest[0].block}" if newest else ""
        known = "; ".join(filter(None, (evidence, block)))
        rows.add_act(Act(n + 1, self.now(), who, here.gln if here is not None else "", act, about, known, previous))

    def acts(self) -> list[Act]:
        """Every row; `audit.check` tells whether none is missing."""
        return [act for act, _ in self._station.store.desk.acts()]
