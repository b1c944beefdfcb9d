"""Events as rows of a table, in CSV and XLSX, that no spreadsheet program takes for formulas.

A cell that begins like a formula is run by Excel, LibreOffice and others when the file is opened, also one out of a trading
partner's document. So a text that begins with ``= + - @``, a tab or a line break (OWASP, CSV injection), behind spaces or in full
width as well, or with the mark itself, gets an apostrophe before it; taking one leading apostrophe away gives the text back.
The order of the columns is stable: new ones come behind. Nothing is cut off: what a workbook cannot hold is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain as joined
from typing import BinaryIO, TypeAlias
from zipfile import ZIP_DEFLATED, ZipFile

import orjson

from app.store import Store
from chain.epcis import bare_event, local_time, time_text
from chain.errors import BadInput
from chain.journey import Entry, Event, Quantity

Cell: TypeAlias = "str | int | bool"

COLUMNS = (
    "logIndex", "proven", "verb", "party", "counterparty", "eventTime", "localTime", "recordTime", "block", "blockTime", "type",
    "action", "bizStep", "disposition", "readPoint", "readPointName", "bizLocation", "parentID", "epcList", "quantityList",
    "inputList", "outputList", "bizTransactionList", "sourceList", "destinationList", "eventID", "eventHash", "event",
)  # fmt: skip
MARK = "'"
LONGEST_CELL = 32_767  # characters: Excel's limit, beyond which cells are cut off
MOST_ROWS = 1_048_576  # of a sheet, the header among them
_FORMULA = tuple("=+-@＝＋－＠" + MARK)
_BREAKS = tuple("\t\r\n")
# What XML 1.0 cannot hold (section 2.2), and a file of text should not.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_WIDTHS = {"eventTime": 25, "localTime": 30, "blockTime": 25, "party": 24, "epcList": 50, "eventID": 45, "eventHash": 40}


@dataclass(frozen=True, slots=True)
class Record:
    """An event, its entry on the log, its CBV 2.0 hash, and whether both are proven as of the newest checkpoint.

    A claim, which a file told and the log does not have, has no entry.
    """

    entry: Entry | None
    event: Event
    hash: str
    proven: bool


def safe(text: str) -> str:
    """A text as a cell may hold it: never a formula, and nothing that cannot be written."""
    text = _UNWRITABLE.sub("\ufffd", text)
    return MARK + text if text.startswith(_BREAKS) or text.lstrip().startswith(_FORMULA) else text


def rows(records: Iterable[Record], store: Store) -> Iterator[list[Cell]]:
    """The cells of each event in the order of `COLUMNS`, safe already."""
    parties = {party.organisation: party.name for party in store.goods.parties() if party.organisation}
    names: dict[str, str] = {}
    for record in records:
        gln = record.event.read_point
        if gln not in names:
            place = (store.goods.place(gln) or store.claims.place(gln)) if gln else None
            names[gln] = place.name if place else ""
        yield [safe(cell) if isinstance(cell, str) else cell for cell in _cells(record, parties, names[gln])]


def _cells(record: Record, parties: dict[int, str], place: str) -> Iterable[Cell]:
    entry, event = record.entry, record.event
    return (
        entry.index if entry else "",
        record.proven,
        entry.verb.name.lower() if entry else "",
        parties.get(entry.organisation, "") if entry else "",
        parties.get(entry.counterparty, "") if entry else "",
        time_text(event.event_time),
        _local(event),
        time_text(event.record_time) if event.record_time else "",
        entry.block if entry else "",
        time_text(datetime.fromtimestamp(entry.record_time, UTC)) if entry else "",
        event.kind,
        event.action,
        event.biz_step,
        event.disposition,
        event.read_point,
        place,
        event.biz_location,
        event.parent_id,
        " ".join(event.epcs),
        _quantities(event.quantities),
        " ".join(filter(None, (*event.inputs, _quantities(event.input_quantities)))),
        " ".join(filter(None, (*event.outputs, _quantities(event.output_quantities)))),
        _pairs(event.biz_transactions),
        _pairs(event.sources),
        _pairs(event.destinations),
        event.event_id,
        record.hash,
        orjson.dumps(bare_event(event)).decode(),
    )


def _local(event: Event) -> str:
    """The time on the clock of its place, with the offset; "" where that is before the year 1 or after 9999."""
    try:
        return local_time(event).isoformat(timespec="milliseconds") + event.event_time_zone_offset
    except OverflowError:
        return ""


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return " ".join(f"{kind}:{value}" if kind else value for kind, value in pairs)


def _quantities(quantities: Iterable[Quantity]) -> str:
    """``class x amount uom``."""
    return " ".join(f"{one.epc_class} x {'?' if one.amount is None else one.amount} {one.uom}".rstrip() for one in quantities)


def write_csv(table: Iterable[list[Cell]], file: BinaryIO) -> int:
    """Write rows as CSV (RFC 4180, UTF-8, every cell in quotes) under their header. Returns how many."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    try:
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        count = 0
        for row in table:
            writer.writerow([str(cell).lower() if isinstance(cell, bool) else cell for cell in row])
            count += 1
        text.flush()
    finally:
        text.detach()
    return count


def write_xlsx(table: Iterable[list[Cell]], file: BinaryIO) -> int:
    """Write rows as the one sheet of a workbook under their header. Returns how many; 0 writes nothing.

    Raises BadInput where a workbook cannot hold them.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.writer.excel import ExcelWriter

    source = iter(table)
    first = next(source, None)
    if first is None:
        return 0
    book = Workbook(write_only=True)
    sheet = book.create_sheet("events")
    sheet.freeze_panes = "A2"
    for number, name in enumerate(COLUMNS, 1):
        sheet.column_dimensions[get_column_letter(number)].width = _WIDTHS.get(name, 16)
    heads = [WriteOnlyCell(sheet, name) for name in COLUMNS]
    for head in heads:
        head.font = Font(bold=True)
    count = 0
    try:
        sheet.append(heads)
        for row in joined((first,), source):
            _fitting(row, count)
            sheet.append(row)
            count += 1
        sheet.close()  # what it holds is in its temporary file
        archive = ZipFile(file, "w", ZIP_DEFLATED)
        try:
            ExcelWriter(book, archive).save()
        except BaseException:
            archive.fp = None  # what is thrown away must not write its index into a file that is closed by then
            raise
    except BaseException:
        if not sheet.closed:
            sheet.close()  # its temporary file is closed, too
        raise
    return count


def _fitting(row: list[Cell], before: int) -> None:
    """Raises BadInput where a row does not fit into a sheet."""
    if before + 2 > MOST_ROWS:
        raise BadInput(f"A workbook holds {MOST_ROWS - 1:,} events at most: export a day, or a .csv or .jsonld file.")
    for name, cell in zip(COLUMNS, row, strict=True):
        if isinstance(cell, str) and len(cell) > LONGEST_CELL:
            raise BadInput(
                f"The {name} of the event at {row[0]} of the log has {len(cell):,} characters, and a cell of a workbook holds"
                f" {LONGEST_CELL:,}: export a .csv or .jsonld file."
            )
