"""The door for files: an EPCIS document, query document or bare event, JSON or XML, told apart by its first character."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from chain.epcis.faults import Fault
from chain.epcis.json_stream import JsonDocument
from chain.epcis.told import Told
from chain.epcis.xml_stream import XmlDocument
from chain.errors import BadInput

_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class Document(Protocol):
    """A document in a file. Iterating gives its events; it may be iterated again.

    `form` is ``json`` or ``xml``; `bare` is True where the file holds one event and nothing around it; `head` has what stands
    around the events under its JSON names; `faults` is what is doubtful about that text. `done` of `size` bytes have been read.
    """

    @property
    def form(self) -> str: ...
    @property
    def bare(self) -> bool: ...
    @property
    def head(self) -> Mapping[str, object]: ...
    @property
    def faults(self) -> tuple[Fault, ...]: ...
    @property
    def size(self) -> int: ...
    @property
    def done(self) -> int: ...
    def __iter__(self) -> Iterator[Told]: ...


def open_document(path: Path) -> Document:
    """The document in a file. Raises BadInput: no file, nothing in it, neither JSON nor XML, no EPCIS."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
        for bom in _BOMS:
            start = start.removeprefix(bom)
        first = start.replace(b"\0", b"").lstrip()[:1]
        if first == b"<":
            return XmlDocument(path)
        if first in (b"{", b"["):
            return JsonDocument(path)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read.", why=str(error)) from None
    if not first:
        raise BadInput(f"{path} is empty.")
    raise BadInput(f"{path} is neither JSON nor XML.")
