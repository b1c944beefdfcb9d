"""Days, weeks and months as whole numbers, so that a series is a row of a matrix. Knows nothing of what was sold.

A period has an ordinal: days since 1970-01-01 (``D``), weeks since then counted from the weekday on which the data's weeks
are dated (``W``), months since year 0 (``MS``). The place of a period in its season (weekday, week of the year, month)
follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chain.errors import BadInput

Ints = NDArray[np.int64]
Numbers = NDArray[np.float64]
Dates = NDArray[np.datetime64]

WEEKS_OF_YEAR = 52
LAST_YEAR = 10_000


@dataclass(frozen=True, slots=True)
class Frequency:
    """How far apart values are. `code` is ``D``, ``W`` or ``MS``; `anchor` the weekday of weekly dates (days since Thursday).

    `season` is the number of places in the season that is always looked for; `cap` how many periods of the past are used.
    """

    code: str
    anchor: int = 0

    @property
    def season(self) -> int:
        """Places in the season: 7 weekdays, 52 weeks of the year or 12 months."""
        return {"D": 7, "W": WEEKS_OF_YEAR, "MS": 12}[self.code]

    @property
    def cap(self) -> int:
        """The longest past that is looked at, in periods."""
        return {"D": 1096, "W": 364, "MS": 240}[self.code]

    @property
    def word(self) -> str:
        """One period in words."""
        return {"D": "day", "W": "week", "MS": "month"}[self.code]

    @property
    def days(self) -> float:
        """Mean length of a period in days."""
        return {"D": 1.0, "W": 7.0, "MS": 30.4375}[self.code]

    def ordinals(self, dates: Dates) -> Ints:
        """The periods of dates (datetime64, any unit)."""
        if self.code == "MS":
            return dates.astype("datetime64[M]").astype(np.int64)
        days = dates.astype("datetime64[D]").astype(np.int64)
        return days if self.code == "D" else (days - self.anchor) // 7

    def dates(self, ordinals: Ints) -> Dates:
        """The date by which each period is named (datetime64[D]): the day, the week's anchor day, the first of the month."""
        if self.code == "MS":
            return ordinals.astype("datetime64[M]").astype("datetime64[D]")
        days = ordinals if self.code == "D" else ordinals * 7 + self.anchor
        return days.astype("datetime64[D]")

    def places(self, ordinals: Ints) -> Ints:
        """Where in the season each period stands, 0 .. season - 1."""
        if self.code == "MS":
            return ordinals % 12
        if self.code == "D":
            return ordinals % 7
        dates = self.dates(ordinals)
        day_of_year = (dates - dates.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.int64)
        return np.asarray(day_of_year * WEEKS_OF_YEAR // 366, dtype=np.int64)


def frequency(code: str) -> Frequency:
    """The frequency of a code; ``M`` and ``ME`` count as ``MS``. Raises BadInput."""
    known = {"D": "D", "W": "W", "MS": "MS", "M": "MS", "ME": "MS"}
    name = str(code).upper().split("-")[0]
    if name not in known:
        raise BadInput(f"The frequency {code!r} is not known: use D (days), W (weeks) or MS (months).")
    return Frequency(known[name])
