"""Delivery notes from files: EPCIS documents (shipping events, with what was packed into the cases they name), CSV and XLSX.

Whole or not at all: a note of which one line cannot be read would call goods extra that are on it. Columns are found by their
names in several languages, never by their place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.desk import tables
from app.desk.notes import Note, NoteLine
from app.exchange.opening import form_of
from app.exchange.rows import Row, quoted
from chain import gs1
from chain.epcis import event_of, gln_of, open_document
from chain.errors import BadInput
from chain.journey import Event, Item, Unreadable

MOST_LINES = 20_000
MOST_PIECES = 1_000_000
_SHIPPING = frozenset(("shipping", "consigning"))


def read_note(path: Path) -> Note:
    """The delivery note in a file. Raises BadInput in one sentence."""
    form = form_of(path)
    note = _of_document(path) if form == "epcis" else _of_table(path, form)
    if not note.lines:
        raise BadInput(f"{path} names no goods that were shipped.")
    if len(note.lines) > MOST_LINES or note.quantity > MOST_PIECES:
        raise BadInput(f"{path} has more than {MOST_LINES:,} lines or {MOST_PIECES:,} pieces: split it.")
    return note


# ---- tables --------------------------------------------------------------------------------------------------------------


def _of_table(path: Path, form: str) -> Note:
    rows = tables.opened(path, form)
    columns = tables.columns(rows.columns)
    if not {"code", "gtin", "sscc"} & columns.keys():
        known = ", ".join(quoted(one) for one in rows.columns[:8])
        raise BadInput(f"{path} has no column for the goods (code, gtin or sscc); its columns are {known}.")
    lines: list[NoteLine] = []
    for row in rows.rows:
        try:
            lines.append(_line(row, columns, len(lines) + 1))
        except BadInput as error:
            raise BadInput(f"{path}, row {row.number}: {error.words}") from None
    _no_doubles(path, lines)
    first = rows.rows[0]
    numbers = {tables.cell(row, columns, "note") for row in rows.rows} - {""}
    if len(numbers) > 1:
        raise BadInput(f"{path} holds {len(numbers)} delivery notes: give each a file of its own.")
    sender, receiver = (_gln(tables.cell(first, columns, name)) for name in ("sender", "receiver"))
    return Note(min(numbers, default=path.stem), tuple(lines), sender, receiver, path.name)


def _gln(text: str) -> str:
    return gln_of(text) if text else ""


def _line(row: Row, columns: Mapping[str, str], n: int) -> NoteLine:
    def cell(name: str) -> str:
        return tables.cell(row, columns, name)

    item = tables.named(cell("code"), cell("gtin"), cell("serial"), cell("sscc"))
    lot = cell("lot") or item.lot
    quantity = _quantity(cell("quantity"))
    box = cell("box")
    key = item.key if item.serialised else ""
    if key and quantity != 1:
        raise BadInput(f"{quoted(key)} is one piece, and the quantity is {quantity}.")
    return NoteLine(n, key, item.gtin, lot, quantity, cell("name"), tables.named("", "", "", box).key if box else "")


def _quantity(text: str) -> int:
    if not text:
        return 1
    whole = re.fullmatch(r"([0-9]{1,7})(?:[.,]0+)?", text)
    if whole is None or int(whole[1]) == 0:
        raise BadInput(f"{quoted(text)} is not a number of pieces.")
    return int(whole[1])


def _no_doubles(path: Path, lines: Iterable[NoteLine]) -> None:
    seen: dict[str, int] = {}
    for line in lines:
        if line.key and line.key in seen:
            raise BadInput(f"{path}: {quoted(line.key)} stands on the note twice, in lines {seen[line.key]} and {line.n}.")
        seen[line.key] = line.n


# ---- EPCIS ---------------------------------------------------------------------------------------------------------------


def _of_document(path: Path) -> Note:
    shipped: list[Event] = []
    packed: dict[str, dict[str, None]] = {}
    for told in open_document(path):
        event = event_of(told)
        if event.kind == "AggregationEvent" and event.parent_id and event.action != "OBSERVE":
            box = packed.setdefault(event.parent_id, {})
            for child in event.epcs:
                if event.action == "ADD":
                    box[child] = None
                else:
                    box.pop(child, None)
        elif event.kind == "ObjectEvent" and event.biz_step in _SHIPPING:
            shipped.append(event)
    if not shipped:
        raise BadInput(f"{path} holds no shipping event: it is no delivery note.")
    numbers = {value for event in shipped for kind, value in event.biz_transactions if kind == "desadv"}
    if len(numbers) > 1:
        raise BadInput(f"{path} holds {len(numbers)} delivery notes: give each a file of its own.")
    lines: list[NoteLine] = []
    for event in shipped:
        for epc in event.epcs:
            _add(lines, epc, packed, "")
        for one in event.quantities:
            if one.amount is None or one.amount != int(one.amount) or one.amount < 1:
                raise BadInput(f"{path}: the quantity of {quoted(one.epc_class)} is no number of pieces.")
            item = _parsed(one.epc_class)
            lines.append(NoteLine(len(lines) + 1, "", item.gtin, item.lot, int(one.amount)))
    _no_doubles(path, lines)
    last = shipped[-1]
    number = min(numbers, default="").rpartition("/")[2].rpartition(":")[2] or path.stem
    return Note(number, tuple(lines), _party(last.sources), _party(last.destinations), path.name)


def _add(lines: list[NoteLine], epc: str, packed: Mapping[str, Mapping[str, None]], box: str, depth: int = 0) -> None:
    """A shipped thing: what is in it where the document tells, or itself."""
    item = _parsed(epc)
    inside = packed.get(epc, {})
    if inside and depth < 8:
        for child in inside:
            _add(lines, child, packed, item.key, depth + 1)
        return
    lines.append(NoteLine(len(lines) + 1, item.key if item.serialised else "", item.gtin, item.lot, 1, "", box))


def _parsed(link: str) -> Item:
    item = gs1.parse(link)
    if isinstance(item, Unreadable):
        raise BadInput(f"{quoted(link)}: {item.reason}")
    return item


def _party(rows: Iterable[tuple[str, str]]) -> str:
    return next((gln for kind, text in rows if kind in ("owning_party", "possessing_party") and (gln := gln_of(text))), "")
