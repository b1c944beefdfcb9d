"""A delivery note: what should come, line by line, and what of it came. Pure values; files are read by `note_file`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.desk.session import Covered, Line, Mark, Standing


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a note: a single thing (`key`), or so many of a product (`gtin`), of one lot where `lot` is given.

    `n` counts from 1; `box` is the container it is said to come in.
    """

    n: int
    key: str = ""
    gtin: str = ""
    lot: str = ""
    quantity: int = 1
    name: str = ""
    box: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A delivery note. `sender` and `receiver` are GLNs, "" where the file does not say; `source` is the file's name."""

    number: str
    lines: tuple[NoteLine, ...]
    sender: str = ""
    receiver: str = ""
    source: str = ""

    @property
    def quantity(self) -> int:
        """How many things should come."""
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Ticked:
    """A line of the note and the identities that came for it."""

    line: NoteLine
    came: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        """How many did not come."""
        return self.line.quantity - len(self.came)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """The note against the scans: each line with what came, what came beside it, and what is wrong with what came."""

    lines: tuple[Ticked, ...]
    extra: tuple[Covered, ...] = ()
    wrong_lot: tuple[Covered, ...] = ()
    damaged: tuple[str, ...] = ()
    refused: tuple[Line, ...] = ()

    @property
    def came(self) -> int:
        """How many of the note's things came."""
        return sum(len(one.came) for one in self.lines)

    @property
    def missing(self) -> tuple[Ticked, ...]:
        """Lines that came short."""
        return tuple(one for one in self.lines if one.missing)

    @property
    def clean(self) -> bool:
        """True where exactly what the note names came, and all of it whole."""
        return not (self.missing or self.extra or self.wrong_lot or self.damaged or self.refused)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an identity belongs on a note: its line, or why on none (`extra` or `wrong_lot`)."""

    line: NoteLine | None = None
    wrong_lot: str = ""


class Ticking:
    """A note being ticked off, identity by identity, in the order they come."""

    def __init__(self, note: Note) -> None:
        self.note = note
        self._came: dict[int, list[str]] = {line.n: [] for line in note.lines}
        self._ticked = [Ticked(line) for line in note.lines]
        self._at = {line.n: place for place, line in enumerate(note.lines)}
        self._exact = {line.key: line for line in note.lines if line.key}
        self._classes: dict[str, list[NoteLine]] = {}
        for line in note.lines:
            if not line.key:
                self._classes.setdefault(line.gtin, []).append(line)

    def place(self, one: Covered) -> Place:
        """Where an identity belongs; nothing is ticked."""
        exact = self._exact.get(one.key)
        if exact is not None:
            if exact.lot and one.lot and exact.lot != one.lot:
                return Place(None, exact.lot)
            return Place(exact)
        same = self._classes.get(one.gtin, []) if one.gtin else []
        fitting = [line for line in same if not line.lot or line.lot == one.lot]
        room = next((line for line in fitting if len(self._came[line.n]) < line.quantity), None)
        if room is not None:
            return Place(room)
        return Place(None, "" if fitting or not same else same[0].lot)

    def tick(self, one: Covered) -> Place:
        """Tick it off where it belongs."""
        found = self.place(one)
        if found.line is not None and one.key not in self._came[found.line.n]:
            self._keep(found.line, (*self._came[found.line.n], one.key))
        return found

    def _keep(self, line: NoteLine, came: Sequence[str]) -> None:
        self._came[line.n] = list(came)
        self._ticked[self._at[line.n]] = Ticked(line, tuple(came))

    def trial(self, covers: Sequence[Covered]) -> list[Place]:
        """Where a thing and what is in it would belong; nothing is ticked."""
        before = dict(self._came)
        places = [place for _, place in self.take(covers)]
        for line in dict.fromkeys(place.line for place in places if place.line is not None):
            self._keep(line, before[line.n])
        return places

    def take(self, covers: Sequence[Covered]) -> list[tuple[Covered, Place]]:
        """Tick off a thing and what is in it; what is returned stands for all of it.

        A container that is on the note itself speaks for its content, of which only what the note names piece by piece is ticked
        besides. One that is not on the note is nothing but its content.
        """
        if not covers:
            return []
        own = self.tick(covers[0])
        if own.line is not None:
            named = [(one, self.tick(one)) for one in covers[1:] if one.key in self._exact]
            return [(covers[0], own), *named]
        inside = [(one, self.tick(one)) for one in covers[1:]]
        return inside if any(place.line is not None for _, place in inside) else [(covers[0], own)]

    def lines(self) -> tuple[Ticked, ...]:
        """All lines as they stand."""
        return tuple(self._ticked)


class Matching:
    """A note held against a session as it grows, counted line by counted line. A container counts for all that is in it."""

    def __init__(self, note: Note, counted: Iterable[Line] = ()) -> None:
        self.ticking = Ticking(note)
        self._extra: list[Covered] = []
        self._wrong: list[Covered] = []
        for line in counted:
            self.take(line)

    def take(self, line: Line) -> None:
        """One counted line more."""
        for one, place in self.ticking.take(line.covers):
            if place.line is None:
                (self._wrong if place.wrong_lot else self._extra).append(one)

    def so_far(self, standing: Standing) -> Reconciled:
        """How it stands, with what else the session says."""
        damaged = tuple(line.key for line in standing.counted if line.n in standing.damaged)
        refused = tuple(_once(line for line in standing.lines if line.mark is Mark.REFUSED))
        return Reconciled(self.ticking.lines(), tuple(self._extra), tuple(self._wrong), damaged, refused)


def reconcile(note: Note, lines: Iterable[Line]) -> Reconciled:
    """Hold a session's lines against its note."""
    standing = Standing.of(lines)
    return Matching(note, standing.counted).so_far(standing)


def _once(lines: Iterable[Line]) -> Sequence[Line]:
    """The last refusal of each identity; unreadable codes are not goods."""
    return list({line.key: line for line in lines if line.key}.values())
