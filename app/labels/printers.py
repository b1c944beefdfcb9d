"""The printers of this station: where each one is, what it prints on, and what makes up for how it is off.

Kept as one setting of the profile; a row that cannot be read is left out, and never makes the others unreadable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Protocol

import orjson

from app.labels.fit import Fit
from app.labels.sending import destination
from chain.errors import BadInput

SETTING = "printers"
MOST = 50
DPIS = (203, 300, 600)
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Printer:
    """A printer.

    Args:
        where: its destination (`app.labels.sending.destination`).
        name: for people; its destination where they gave none.
        dpi: dots per inch of a thermal head; 0 for a printer of sheets.
        width, height: mm of a label on its roll, or of its paper.

    Raises:
        BadInput: a destination that is none, or a number out of range.
    """

    where: str
    name: str = ""
    dpi: int = 203
    width: float = 45.0
    height: float = 60.0
    fit: Fit = field(default_factory=Fit)

    def __post_init__(self) -> None:
        destination(self.where)
        if self.dpi not in (0, *DPIS):
            raise BadInput(f"A print head has {', '.join(map(str, DPIS))} dots per inch; 0 means a printer of sheets.")
        if not (17 <= self.width <= 500 and 17 <= self.height <= 500):
            raise BadInput("A label is 17 to 500 mm wide and high.")
        if len(self.name) > LONGEST_NAME:
            raise BadInput(f"A printer's name has at most {LONGEST_NAME} characters.")

    @property
    def title(self) -> str:
        """Its name for people."""
        return self.name or self.where

    @property
    def thermal(self) -> bool:
        """Whether it takes ZPL."""
        return self.dpi > 0


class Keeper(Protocol):
    """Where it is kept: the desk."""

    def remembered(self, name: str) -> str:
        """A choice that was kept, "" where none was."""

    def remember(self, name: str, value: str) -> None:
        """Keep a choice."""


def known(keeper: Keeper) -> list[Printer]:
    """The printers in the order they were added."""
    try:
        rows = orjson.loads(keeper.remembered(SETTING) or b"[]")
    except orjson.JSONDecodeError:
        return []
    found = (_read(row) for row in rows[:MOST]) if isinstance(rows, list) else ()
    return [one for one in found if one is not None]


def keep(keeper: Keeper, printer: Printer) -> list[Printer]:
    """Add a printer, or change the one that is there. Raises BadInput where there are too many."""
    rows = known(keeper)
    places = [place for place, one in enumerate(rows) if one.where == printer.where]
    if places:
        rows[places[0]] = printer
    elif len(rows) == MOST:
        raise BadInput(f"At most {MOST} printers are kept: remove one first.")
    else:
        rows.append(printer)
    return _keep(keeper, rows)


def remove(keeper: Keeper, where: str) -> list[Printer]:
    """Forget a printer and what makes up for it."""
    return _keep(keeper, [one for one in known(keeper) if one.where != where])


def of(keeper: Keeper, where: str) -> Printer:
    """What is known of the printer at a destination, however that is written; a new one where nothing is. Raises BadInput."""
    exact = str(destination(where))
    return next((one for one in known(keeper) if one.where == exact), Printer(exact))


def measured(printer: Printer, left: float, top: float, across: float, down: float) -> Printer:
    """A printer with what makes up for the measures of its test page. Raises BadInput."""
    from app.labels.fit import marks_of

    return replace(printer, fit=marks_of(printer.width, printer.height).fit(left, top, across, down))


def _keep(keeper: Keeper, rows: list[Printer]) -> list[Printer]:
    keeper.remember(SETTING, orjson.dumps([asdict(one) for one in rows]).decode())
    return rows


def _read(row: object) -> Printer | None:
    try:
        told = dict(row)  # type: ignore[call-overload]
        return Printer(
            str(destination(str(told["where"]))), str(told["name"]), int(told["dpi"]),
            float(told["width"]), float(told["height"]),
            Fit(*(float(told["fit"][name]) for name in ("shift_x", "shift_y", "scale_x", "scale_y"))),
        )  # fmt: skip
    except (BadInput, KeyError, TypeError, ValueError):
        return None
