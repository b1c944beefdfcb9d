"""Small tables of deliveries for tests, in the form of the example of docs/import.md."""

from __future__ import annotations

import copy
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from chain import gs1

DOCS = Path(__file__).resolve().parents[2] / "docs" / "import.md"
HEADER = "number;maker;works;product;packs;ordered;delivered;booked;by;shop"
MAKERS = ("Alba Pharma", "Meridian Foods", "Solvent Optics")
SHOPS = ("Linden Pharmacy", "Pharmacie du Canal", "Uhuru Chemist", "Kwik Shop")


def block(language: str) -> str:
    """The one block of a language in the docs."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


def mapping(folder: Path) -> Path:
    """The docs' mapping as a file."""
    path = folder / "deliveries.json"
    path.write_text(block("json"), encoding="utf-8")
    return path


def spec() -> dict[str, Any]:
    """The docs' mapping as JSON."""
    return dict(json.loads(block("json")))


def row(number: int, /, **cells: str) -> str:
    """One delivery; `cells` replace what it would say."""
    day = date(2025, 1, 10) + timedelta(days=number)
    said = {
        "number": f"{number}",
        "maker": MAKERS[number % len(MAKERS)],
        "works": "Plant 2, Basel",
        "product": f"Product {number % 5}",
        "packs": f"{10 + number}",
        "ordered": f"{day - timedelta(days=40):%d.%m.%Y}",
        "delivered": f"{day:%d.%m.%Y}",
        "booked": f"{day + timedelta(days=number % 3):%d.%m.%Y}",
        "by": "road",
        "shop": SHOPS[number % len(SHOPS)],
    }
    return ";".join((said | cells).values())


def table(folder: Path, rows: int | list[str], name: str = "deliveries.csv") -> Path:
    """A file of so many deliveries, or of these rows."""
    path = folder / name
    lines = [row(number) for number in range(1, rows + 1)] if isinstance(rows, int) else rows
    path.write_bytes("\n".join([HEADER, *lines, ""]).encode())
    return path


def _checked(digits: str) -> str:
    return digits + gs1.check_digit(digits)


MAKER, SHOP, GTIN = _checked("952100000001"), _checked("952100000031"), _checked("0952100001101")


def identified_spec() -> dict[str, Any]:
    """A mapping of files that have GLNs and GTINs, with a row for each event."""
    found = copy.deepcopy(spec())
    found["line"] = "{number}/{by}"
    found["parties"] = {
        "maker": {"name": "{maker}", "roles": ["issuer"], "gln": "{works}", "prefix": "{packs}"},
        "shop": {"name": "{shop}", "roles": ["retailer"], "gln": "{product}"},
    }
    found["sites"] = {}
    found["item"] = {"gtin": "{ordered}", "serial": "{number}"}
    when = {"column": "delivered", "form": "ISO"}
    found["events"] = [
        {"verb": "commission", "party": "maker", "when": {"by": "made"}, "time": [when]},
        {"verb": "ship", "party": "maker", "to": "shop", "when": {"by": ["sent", "shipped"]}, "time": [when]},
        {"verb": "receive", "party": "shop", "when": {"by": "got"}, "time": [when]},
    ]
    return found


def identified(serial: str, by: str, at: str, /, **cells: str) -> str:
    """One event of an item for `identified_spec`: what happened to it, and when."""
    said = {"number": serial, "maker": "Alba", "works": MAKER, "packs": "952100001", "product": SHOP, "shop": "Linden"}
    said |= {"ordered": GTIN, "by": by, "delivered": at, "booked": "31.01.2025"}
    return row(1, **(said | cells))
