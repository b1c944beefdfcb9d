"""How the desk stands, asked for in one go whenever the page has to be told anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.desk.notes import Note, Reconciled
from app.desk.session import Whole
from chain.journey import Party

if TYPE_CHECKING:
    from app.ui.door import Door

VOICE = "voice"
"""What the desk remembers of the spoken answer: "on", or nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """All that the page shows of the desk, asked for in one go."""

    whole: Whole | None
    note: Note | None
    progress: Reconciled | None
    parties: tuple[Party, ...]
    here: str
    who: str
    waiting: int
    voice: bool = False


def look(door: Door) -> Shown:
    """Ask; in the store lane."""
    desk, settings = door.desk, door.settings()
    return Shown(
        desk.open,
        desk.note,
        desk.progress(),
        settings.parties,
        settings.here,
        desk.shift.name,
        len(desk.posting.waiting()),
        bool(desk.remembered(VOICE)),
    )
