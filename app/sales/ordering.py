"""What a person decided about orders, kept in the profile; and the order as a file for the supplier: CSV, XLSX or PDF.

A cell that a spreadsheet could take for a formula is written as text with an apostrophe before it. Proposes nothing.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.store import Store
from chain.errors import BadInput
from forecasting.reorder import Override

if TYPE_CHECKING:
    from app.sales.planning import Line, Plan

KEPT = "order_overrides"
SITES = "sites"
COLUMNS = ("product", "gtin", "site", "on hand", "lasts days", "order", "proposed", "from other sites", "decided by", "reason")
KINDS = (".csv", ".xlsx", ".pdf")
_WIDTHS = (58, 30, 38, 18, 20, 16, 20, 28, 24, 25)  # millimetres of a landscape page


def own_sites(store: Store) -> list[str]:
    """The GLNs of the merchant's own sites: those that were set, else the one where this station stands."""
    kept = store.goods.setting(SITES)
    if isinstance(kept, list) and kept:
        return [str(gln) for gln in kept]
    here = store.goods.setting("here")
    return [str(here)] if here else []


def overrides(store: Store) -> dict[str, Override]:
    """All that are kept; one that cannot be read is left out."""
    kept = store.goods.setting(KEPT)
    found: dict[str, Override] = {}
    for name, row in kept.items() if isinstance(kept, dict) else ():
        try:
            found[name] = Override(
                float(row["quantity"]), str(row["author"]), str(row["reason"]), datetime.fromisoformat(row["at"])
            )
        except (BadInput, KeyError, TypeError, ValueError):
            continue
    return found


def keep_override(store: Store, unique_id: str, by: Override | None) -> dict[str, Override]:
    """Keep a person's quantity, or (None) go back to the proposal; all that are kept now."""
    found = overrides(store)
    found.pop(unique_id, None)
    if by is not None:
        found[unique_id] = by
    rows = {
        name: {"quantity": one.quantity, "author": one.author, "reason": one.reason, "at": one.at.isoformat()}
        for name, one in found.items()
    }
    with store.transaction():
        store.goods.set(KEPT, rows)
    return found


def write_order(plan: Plan, path: Path) -> int:
    """Write what is to be ordered or moved; how many rows. Raises BadInput."""
    rows = _rows(plan)
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise BadInput(f"{path.name}: the file ends in .csv, .xlsx or .pdf.")
    made = {".csv": _csv, ".xlsx": _xlsx, ".pdf": _pdf}[kind](rows, _title(plan))
    try:
        path.write_bytes(made)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror or error}.") from error
    return len(rows)


def order_pdf(plan: Plan) -> bytes:
    """The order as a document to print. Raises BadInput where there is nothing to order."""
    return _pdf(_rows(plan), _title(plan))


def _rows(plan: Plan) -> list[Mapping[str, object]]:
    rows = [_row(line) for line in plan.lines if line.advice.quantity or line.moved]
    if not rows:
        raise BadInput("There is nothing to order.")
    return rows


def _row(line: Line) -> Mapping[str, object]:
    advice, by = line.advice, line.advice.override
    stock = line.series.stock
    cells = (
        line.product, line.series.gtin, line.place, "" if math.isnan(stock) else stock,
        "" if advice.coverage is None else round(advice.coverage, 1), advice.quantity, advice.proposed, line.moved,
        by.author if by else "", by.reason if by else "",
    )  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def _title(plan: Plan) -> str:
    at = plan.sales.as_of
    return f"Order proposal, from proven sales up to {at:%Y-%m-%d}" if at else "Order proposal"


def _plain(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def _csv(rows: Sequence[Mapping[str, object]], title: str) -> bytes:
    del title
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows({name: _told(_plain(value)) for name, value in row.items()} for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _told(value: object) -> object:
    return f"{value:g}" if isinstance(value, float) else value


def _xlsx(rows: Sequence[Mapping[str, object]], title: str) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Order"
    sheet.append(COLUMNS)
    for row in rows:
        sheet.append([_plain(row[name]) for name in COLUMNS])
    book.properties.title = title
    for number, width in enumerate(_WIDTHS):
        sheet.column_dimensions[chr(ord("A") + number)].width = width / 2
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _pdf(rows: Sequence[Mapping[str, object]], title: str) -> bytes:
    from fpdf import FPDF, FontFace

    from app.labels import font_file

    page = FPDF(orientation="landscape", unit="mm", format="A4")
    page.add_font("DejaVu", fname=font_file())
    page.add_page()
    page.set_font("DejaVu", size=14)
    page.cell(text=title, new_x="LMARGIN", new_y="NEXT", h=12)
    page.set_font("DejaVu", size=7)
    with page.table(col_widths=_WIDTHS, text_align="LEFT", first_row_as_headings=True, headings_style=FontFace()) as table:
        for cells in (dict(zip(COLUMNS, COLUMNS, strict=True)), *rows):
            line = table.row()
            for name in COLUMNS:
                line.cell(str(_told(cells[name])))
    made = bytes(page.output())
    for font in page.fonts.values():
        if close := getattr(font, "close", None):
            close()
    return made
