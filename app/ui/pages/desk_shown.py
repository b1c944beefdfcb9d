"""How the desk stands, asked for in one go whenever the page has to be told anew."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.desk.notes import Note, Reconciled
from app.desk.session import Line, Whole
from app.desk.tasks import Task
from app.language import listed
from app.ui.language import counted
from app.ui.words import say
from chain.journey import Party

if TYPE_CHECKING:
    from app.desk.desk import Finished
    from app.ui.door import Door

VOICE = "voice"
"""What the desk remembers of the spoken answer: "on", or nothing."""


@dataclass(frozen=True, slots=True)
class DeskState:
    """What the page knows and the desk does not: the open session as it was told, answers that nobody has acknowledged, a
    summary that was not read yet, the tab, and whether there is sound."""

    whole: Whole | None
    note: Note | None
    unseen: tuple[Line, ...]
    done: Finished | None
    tab: str
    loud: bool


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


def about(shown: Shown) -> str:
    """What the open task is about, in one line."""
    assert shown.whole is not None
    session = shown.whole.session
    names = {party.gln: party.name for party in shown.parties}
    told: list[str] = []
    if session.task is Task.RECEIVE and shown.note is not None:
        told.append(say("Delivery note {number}").format(number=shown.note.number))
        if shown.note.sender in names:
            told.append(say("from {name}").format(name=names[shown.note.sender]))
    if session.other in names:
        told.append(say("to {name}").format(name=names[session.other]))
    if session.task is Task.RECALL and shown.note is not None:
        here = len(shown.note.lines)
        said = counted("{count} piece known here is affected", "{count} pieces known here are affected", here)
        told.append(said.format(count=here))
    return listed(told)


def write_paper(number: str, kind: str, title: str, path: Path, door: Door) -> None:
    """Write the receipt (`receipt`) or the list (`csv`, `pdf`) of a finished task; in the store lane. Raises WayproofError."""
    from app.desk import papers
    from app.whole import write_whole

    done = door.desk.finished(number)
    if kind == "receipt":
        data = papers.signed_receipt(door.desk, done)
    else:
        data = papers.as_csv(done) if kind == "csv" else papers.as_pdf(done, title)
    write_whole(path, data)
