"""Tables that people send with goods (notes, recalls): columns found by their names in several languages, cells as identities."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.exchange.opening import form_of
from app.exchange.rows import DELIMITERS, Row, Table, content, decoded, named_delimiter, quoted, start_of, table
from app.exchange.sheets import workbook_table
from chain import gs1
from chain.errors import BadInput
from chain.journey import Item, Unreadable

_CELL = 4096

_NAMES: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "item", "epc", "sgtin", "digitallink", "identifier", "artikelcode", "id"),
    "gtin": ("gtin", "ean", "productcode", "articleno", "artikelnummer", "productid"),
    "serial": ("serial", "serialnumber", "serialno", "sn", "seriennummer"),
    "sscc": ("sscc", "nve", "pallet", "logisticunit"),
    "lot": ("lot", "batch", "lotnumber", "batchnumber", "charge", "chargennummer"),
    "quantity": ("quantity", "qty", "pieces", "packs", "menge", "anzahl", "amount", "quantite", "cantidad"),
    "name": ("name", "product", "description", "bezeichnung", "artikel", "produit", "producto"),
    "box": ("box", "case", "container", "carton", "karton", "insscc", "packedin"),
    "note": ("note", "deliverynote", "notenumber", "desadv", "asn", "lieferschein", "shipment", "shipmentid", "documentnumber"),
    "sender": ("sender", "sendergln", "supplier", "suppliergln", "from", "lieferant", "shipfrom"),
    "first": ("first", "serialfrom", "fromserial"),
    "last": ("last", "serialto", "toserial"),
    "receiver": ("receiver", "receivergln", "customer", "to", "empfaenger", "empfänger", "shipto"),
}


def opened(path: Path, form: str = "") -> Table:
    """The table in a CSV or XLSX file. Raises BadInput in one sentence, also where a row has a fault."""
    found = workbook_table(path, _CELL) if (form or form_of(path)) == "workbook" else _delimited(path)
    for row in found.rows:
        if row.fault:
            raise BadInput(f"{path}, row {row.number}: {row.fault}.")
    return found


def _delimited(path: Path) -> Table:
    data = content(path)
    start = start_of(data)
    given = named_delimiter(start)
    best = given or max(DELIMITERS, key=lambda one: start.partition("\n")[0].count(one))
    return table(decoded(data, "utf-8", str(path)), best, str(path))


def columns(names: Iterable[str]) -> dict[str, str]:
    """Our name of a column -> the file's; the first that fits."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[\W_]+", "", name.casefold())
        ours = next((one for one, others in _NAMES.items() if plain in others), "")
        if ours:
            found.setdefault(ours, name)
    return found


def cell(row: Row, ours: Mapping[str, str], name: str) -> str:
    """What a row says in a column of ours, "" where it has none."""
    return row[ours[name]].strip() if name in ours else ""


def named(code: str, gtin: str, serial: str, sscc: str) -> Item:
    """The item that these cells name. Raises BadInput."""
    text = code or (f"(00){sscc}" if sscc else "") or (f"(01){gtin.rjust(14, '0')}" + (f"(21){serial}" if serial else ""))
    item = gs1.parse(text)
    if isinstance(item, Unreadable):
        raise BadInput(f"{quoted(text)}: {item.reason}")
    return item
