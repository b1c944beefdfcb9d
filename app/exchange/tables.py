"""Tables as sources of events: rows told by a mapping that enters claims, or rows that hold whole events as exports do."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from app.exchange.documents import found
from app.exchange.found import Found
from app.exchange.rows import Row, RowRefused, Table, quoted
from app.exchange.spreadsheet import MARK
from app.exchange.telling import Teller
from chain.epcis import Master, Names, Told, hash_of
from chain.epcis.json_stream import parsed
from chain.errors import BadInput


class TableSource:
    """The events that rows tell by a mapping."""

    faults: tuple[Found, ...] = ()

    def __init__(self, name: str, form: str, table: Table, teller: Teller) -> None:
        self.name, self.form = name, form
        self.done, self.size = 0, len(table.rows)
        self._table, self._teller = table, teller

    def masters(self) -> Iterator[Master]:
        """The places and parties of the rows so far."""
        for place in self._teller.places.values():
            yield Master("place", place.gln, place.name, place.lat, place.lon, place.country)
        for party in self._teller.parties.values():
            yield Master("party", party.gln, party.name, country=party.country, address=party.address)

    def __iter__(self) -> Iterator[Found]:
        names: dict[str, int] = {}
        for row in self._table.rows:
            self.done += 1
            yield from self._row(row, names)

    def _row(self, row: Row, names: dict[str, int]) -> Iterator[Found]:
        try:
            line = self._teller.tell(row)
        except RowRefused as error:
            yield Found(_where(row, "", error.column), reason=error.words)
            return
        if line.name in names:
            yield Found(_where(row, line.name, ""), reason=f"row {names[line.name]} has the name {quoted(line.name)}, too")
            return
        if not line.drafts:
            columns = {name: row[name] for rule in self._teller.mapping.events for name in rule.when.columns}
            said = ", ".join(f"{quoted(name)} says {quoted(cell)}" for name, cell in columns.items())
            yield Found(_where(row, line.name, ", ".join(columns)), reason=f"it tells no event that the mapping knows: {said}")
            return
        names[line.name] = row.number
        for _, draft in line.drafts:
            event = draft.event
            yield Found(
                _where(row, line.name, "") | {"id": event.event_id}, event, hash_of(event), lambda: self._raw(row), draft.product
            )

    def _raw(self, row: Row) -> bytes:
        """The cells of a row under their columns: what the file's own bytes say, whatever its encoding and delimiter."""
        return orjson.dumps(dict(zip(self._table.columns, map(str.__str__, row.cells), strict=False)))


class EventsSource:
    """The events that stand whole in the column `event` of a table, as an export of ours writes them."""

    faults: tuple[Found, ...] = ()

    def __init__(self, name: str, form: str, table: Table) -> None:
        self.name, self.form = name, form
        self.done, self.size = 0, len(table.rows)
        self._table = table

    def masters(self) -> Iterator[Master]:
        """Such a table holds none."""
        yield from ()

    def __iter__(self) -> Iterator[Found]:
        for row in self._table.rows:
            self.done += 1
            where = _where(row, "", "event")
            if row.fault:
                yield Found(where, reason=row.fault)
                continue
            text = row["event"].removeprefix(MARK).encode("utf-8", "surrogatepass")
            try:
                members, faults = parsed(text)
                if not isinstance(members, dict):
                    raise BadInput("the cell holds no event")
            except BadInput as error:
                yield Found(where, reason=error.words)
                continue
            told = Told(row.number, "", members, Names.of(members.get("@context")), text, faults)
            one = found(told, where)
            index = row["logIndex"]
            known = index.isascii() and index.isdigit() and len(index) < 16
            yield Found(one.where, one.event, one.hash, one.raw, one.product, one.reason, int(index) if known else -1)


def _where(row: Row, line: str, column: str) -> dict[str, object]:
    return {"row": row.number, "line": line, "column": column, "id": None}
