"""What the files page lets the lanes do: open, look at, import and write files, with the code that the command line uses.

Each function is one job. Heavy rooms are imported inside, in the thread that needs them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from chain.errors import BadInput

if TYPE_CHECKING:
    from app.exchange.preview import Preview
    from app.proofs import Opened
    from app.ui.door import Door

Moved = Callable[[str, int, int], None]
Stopped = Callable[[], bool]
Sorted = tuple[str, Sequence[str], bool]
"""What dropped files are: `proofs` or `list`, the mappings there are, and whether the list is a table."""


def known(paths: Sequence[Path]) -> Sorted:
    """What files are, by their content. Raises BadInput."""
    from app.exchange import names
    from app.exchange.opening import form_of
    from app.proofs import is_proof

    forms = [form_of(path) for path in paths]  # says which is no file, or cannot be read
    proofs = [is_proof(path) for path in paths]
    if all(proofs):
        return "proofs", (), False
    if any(proofs):
        raise BadInput("These are proofs and lists together: open them one after the other.")
    if len(paths) > 1:
        raise BadInput("Open one list after the other: what each would do is shown first.")
    return "list", names(), forms[0] != "epcis"


def opened(paths: Sequence[Path], trust: Path, profile: Path, stop: Event) -> list[Opened]:
    """Proof files, judged; none where somebody stopped it. Raises BadInput."""
    from app.proofs import open_proof

    found = []
    for path in paths:
        if stop.is_set():
            return []
        found.append(open_proof(path, trust, profile))
    return found


def previewed(
    path: Path,
    mapping: str | None,
    record: bool,
    progress: Callable[[str, int, int], None],
    stopped: Callable[[], bool],
    door: Door,
) -> Preview:
    """What an import would do. Raises BadInput, Stopped, LedgerError."""
    from app.exchange.preview import preview

    if record:
        door.desk.shift.must_be_allowed_to_record()
    return preview(door.desk.station, path, mapping, record=record, progress=progress, cancelled=stopped)


def imported(told: Preview, mapping: str | None, progress: Moved, stopped: Stopped, door: Door) -> tuple[int, int]:
    """How many events came in, and how many lines were left out."""
    from app.exchange import import_file

    desk = door.desk
    if told.records:
        desk.shift.must_be_allowed_to_record()
    else:
        desk.shift.must_be_somebody()
    rows = import_file(
        desk.station, told.path, mapping, keep_going=told.bad > 0, record=told.records, progress=progress, cancelled=stopped
    )
    last: dict[str, object] = {}
    for row in rows:
        last = row
    came = int(str(last.get("recorded", last.get("accepted", 0))))
    with desk.station.store.transaction():
        act = "recorded a file" if told.records else "imported a file"
        desk.trail.log(desk.shift.name, act, told.path.name, f"{came} events")
    return came, int(str(last.get("refused", 0)))


def save_refused(told: Preview, path: Path) -> None:
    """The refused lines as a table. Raises StoreError."""
    from app.exchange.preview import refused_csv
    from app.whole import write_whole

    write_whole(path, refused_csv(told.refused))


def goods_of(number: str, door: Door) -> list[str]:
    """The goods of a finished task."""
    from app.desk.papers import goods

    return goods(door.desk.finished(number).whole)


def codes_in(path: Path) -> list[str]:
    """The codes in a text file. Raises BadInput."""
    from app.proofs import read_items

    return read_items(path)


def prove(texts: Sequence[str], path: Path, progress: Moved, stopped: Stopped, door: Door) -> int:
    """How many items the file that was written is about."""
    from app.proofs import proof_of
    from app.whole import write_whole

    desk = door.desk
    desk.shift.must_be_somebody()
    write_whole(path, proof_of(desk.station, texts, progress, stopped))
    with desk.station.store.transaction():
        desk.trail.log(desk.shift.name, "saved a proof", path.name, f"{len(texts)} items")
    return len(texts)
