"""Other people's files in and out: what a delimited file tells, recorded on the network (docs/import.md).

Everything that comes in is checked whole before any of it is recorded, and nothing in a file is ever run, opened or fetched.
"""

from __future__ import annotations

from app.exchange.checking import Refused, Stopped
from app.exchange.importing import import_file
from app.exchange.mapping import TableMapping
from app.exchange.mapping_file import mapping, names

__all__ = ["Refused", "Stopped", "TableMapping", "import_file", "mapping", "names"]
