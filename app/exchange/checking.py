"""A whole table checked before any of it is recorded: every row told, put in order, and rehearsed under the contract's rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.exchange.plan import Rehearsal, order
from app.exchange.rows import Row, RowRefused, quoted
from app.exchange.telling import Line, Teller
from app.recorder import Member, Recorder
from app.sync import Progress
from chain.errors import WayproofError
from chain.journey import Party, Place

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
EVERY = 1000  # rows between two words of progress


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that is left out, and why. `line` is its own name, `column` where it is bad; "" where there is none."""

    row: int
    line: str
    column: str
    reason: str

    def as_json(self, source: str) -> dict[str, object]:
        """The report row."""
        return {"source": source, "row": self.row, "line": self.line, "column": self.column, "reason": self.reason}

    @property
    def words(self) -> str:
        """One clause for people."""
        return f"row {self.row}{f', column {quoted(self.column)}' if self.column else ''}: {self.reason}"


class Stopped(WayproofError):
    """Somebody cancelled the import. What was recorded until then is whole, and the same import goes on from there."""


@dataclass(slots=True)
class Checked:
    """A table's good rows in the order in which they are recorded, the others, and what the good ones need.

    `since` is the oldest record time. `members` are the parties to be enrolled, `places` the sites, both in the order in which
    the rows name them.
    """

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    events: int = 0
    since: datetime = _NEVER
    members: dict[str, Member] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


class Checker:
    """Checks tables.

    Args:
        teller: tells the rows.
        recorder: with the present state of the network; None where there is none yet.
        known: the parties that the network knows, by GLN.
        progress: told how many rows are done.
        cancelled: asked now and then; when it says so, `Stopped` is raised.
    """

    def __init__(
        self,
        teller: Teller,
        recorder: Recorder | None,
        known: Mapping[str, Party],
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self._teller = teller
        self._recorder = recorder
        self._known = known
        self._progress = progress
        self._cancelled = cancelled

    def check(self, rows: Sequence[Row]) -> Checked:
        """Look at every row, twice: alone, then in the order of the log."""
        found = Checked()
        ordered = self._ordered(rows, found)
        rehearsal = Rehearsal(self._teller.parties, self._teller.prefixes, self._recorder)
        for row in self._counted("rehearsal", ordered):
            line = self._teller.tell(row)
            why = self._stranger(line) or rehearsal.refusal(line)
            if why:
                found.refused.append(Refused(line.row, line.name, "", why))
            else:
                self._take(line, row, found)
        for gln, member in found.members.items():  # roles may have come with later rows
            found.members[gln] = Member(self._teller.parties[gln], member.prefixes)
        found.refused.sort(key=lambda refused: refused.row)
        return found

    def _ordered(self, rows: Sequence[Row], found: Checked) -> list[Row]:
        names: dict[str, int] = {}
        places: list[tuple[tuple[object, ...], Row]] = []
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        for row in self._counted("rows", rows):
            try:
                line = self._teller.tell(row)
            except RowRefused as error:
                found.refused.append(Refused(row.number, "", error.column, error.words))
                continue
            if line.name in names:
                why = f"row {names[line.name]} has the name {quoted(line.name)}, too"
                found.refused.append(Refused(row.number, line.name, ", ".join(self._teller.mapping.line.columns), why))
            elif line.record_time > tomorrow:
                why = f"it says that it was recorded on {line.record_time:%Y-%m-%d}, which is to come"
                columns = ", ".join(self._teller.mapping.record_time.columns)
                found.refused.append(Refused(row.number, line.name, columns, why))
            else:
                names[line.name] = row.number
                places.append((order(line), row))
        places.sort(key=lambda place: place[0])
        return [row for _, row in places]

    def _counted(self, what: str, rows: Sequence[Row]) -> Iterator[Row]:
        for done, row in enumerate(rows, 1):
            if done % EVERY == 0 or done == len(rows):
                self._progress(what, done, len(rows))
                stop_if(self._cancelled)
            yield row

    def _take(self, line: Line, row: Row, found: Checked) -> None:
        found.rows.append(row)
        found.events += len(line.drafts)
        found.since = min(found.since, line.record_time)
        for _, draft in line.drafts:
            for gln in filter(None, (draft.party, draft.counterparty)):
                if gln not in found.members:
                    prefix = self._teller.prefixes.get(gln)
                    found.members[gln] = Member(self._teller.parties[gln], (prefix,) if prefix else ())
            for gln in filter(None, (draft.event.read_point, draft.event.biz_location)):
                found.places.setdefault(gln, self._teller.places[gln])

    def _stranger(self, line: Line) -> str:
        """Why a party of this line cannot be the one that the network knows under its GLN."""
        for _, draft in line.drafts:
            for gln in filter(None, (draft.party, draft.counterparty)):
                known, named = self._known.get(gln), self._teller.parties[gln]
                if known is not None and known.name != named.name:
                    return f"the network knows GLN {gln} as {quoted(known.name)}, not as {quoted(named.name)}"
        return ""


def stop_if(cancelled: Callable[[], bool]) -> None:
    """Raises Stopped where somebody cancelled."""
    if cancelled():
        raise Stopped("The import was stopped. What was recorded is kept; the same import goes on from there.")
