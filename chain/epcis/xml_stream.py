"""EPCIS XML documents of any size, event by event: parsed with defusedxml, no DTD, no entities, nothing fetched.

What is kept in memory is one event. Depth, the number of elements and the bytes of an event are capped; so is what stands around
the events, of which only the names and attributes that matter are looked at (master data in the header are left alone).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from chain.epcis.faults import Fault, shown
from chain.epcis.told import DEEPEST, LARGEST_EVENT, Told, ignored_of, with_ignored
from chain.epcis.xml_members import WRAPPERS, Node, Translation, own_name
from chain.errors import BadInput

CHUNK = 64 * 1024
MOST_ELEMENTS = 200_000
DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")


class XmlDocument:
    """An EPCIS XML document, query document or bare event in a file.

    `head` holds the members of the document that stand around its events, under their JSON names. `done` tells how many of its
    `size` bytes have been read. Iterating reads the file anew. Raises BadInput at what is not XML, has a DTD, or is too deep or
    large; events before that have been given by then.
    """

    form = "xml"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.done = 0
        self.head: Mapping[str, object] = {}
        self.faults: tuple[Fault, ...] = ()
        self.bare = False
        self._begin()

    def _begin(self) -> None:
        """Read as far as the first event, for what stands before it."""
        with self.path.open("rb") as file:
            parts = _Parts(file)
            next(iter(parts), None)
            self.head, self.bare = parts.head, parts.bare

    def __iter__(self) -> Iterator[Told]:
        with self.path.open("rb") as file:
            parts = _Parts(file)
            number = -1
            for number, (node, raw) in enumerate(parts):
                self.done = parts.done
                path = "" if parts.bare else f"{parts.base}.eventList[{number}]"
                translation = Translation(path)
                members = translation.event(node)
                names = translation.names()
                if not parts.bare:
                    members = dict(with_ignored(members, names, ignored_of(parts.ignored(translation))))
                    names = translation.names()
                yield Told(number, path, members, names, raw, tuple(translation.faults), self.form)
            self.done = self.size
            if number < 0 and not parts.lists:
                raise BadInput(parts.nothing())


class _Parts:
    """The events of a file as nodes, each with its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        from defusedxml.ElementTree import XMLParser

        self._file = file
        self._parser: Any = XMLParser(target=self, forbid_dtd=True)
        self._buffer = b""
        self._offset = 0  # of the buffer in the file
        self.head: dict[str, object] = {}
        self.base = "epcisBody"
        self.bare = False
        self.lists = 0
        self.done = 0
        self._ready: list[tuple[Node, bytes]] = []
        self._path: list[str] = []
        self._scopes: list[dict[str, str]] = [{}]
        self._declared: dict[str, str] = {}
        self._nodes: list[Node] = []
        self._started = 0
        self._elements = 0
        self._event = 0  # depth of the open event, 0 outside
        self._ignore: Node | None = None

    def __iter__(self) -> Iterator[tuple[Node, bytes]]:
        from defusedxml import DefusedXmlException

        try:
            while chunk := self._file.read(CHUNK):
                self._buffer += chunk
                self._parser.feed(chunk)
                self.done = self._offset + len(self._buffer)
                self._forget()
                yield from self._ready
                self._ready.clear()
            self._parser.close()
        except DefusedXmlException:
            raise BadInput("This XML declares a document type or entities of its own, which EPCIS never needs.") from None
        except (ParseError, ValueError, LookupError) as error:
            raise BadInput(f"This is not XML that can be read: {shown(str(error))[1:-1]}.") from None
        yield from self._ready

    def _forget(self) -> None:
        """Drop the bytes that no event needs any more; those behind the parser's place it has not looked at yet."""
        keep = max(self._started if self._event else self._parser.parser.CurrentByteIndex, self._offset)
        self._buffer = self._buffer[keep - self._offset :]
        self._offset = keep
        if len(self._buffer) > LARGEST_EVENT:
            raise BadInput(f"One event takes more than {LARGEST_EVENT >> 20} MB.")

    def ignored(self, translation: Translation) -> dict[str, object]:
        """The document's ``ignoreFields``, with the prefixes of one event's translation."""
        if self._ignore is None:
            return {}
        node = self._ignore
        return {translation.name(node.tag, node): [translation.name(child.tag, child) for child in node.children]}

    def nothing(self) -> str:
        """Why there are no events."""
        if self.head.get("type") in DOCUMENTS:
            return "This EPCIS document holds no events: it is a query, a header or an answer of another kind."
        return "This XML is no EPCIS document and no event."

    # ---- called by the parser --------------------------------------------------------------------------------------------

    def start_ns(self, prefix: str | None, uri: str | None) -> None:
        """A namespace declaration, in force from the next element on."""
        self._declared[prefix or ""] = uri or ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        scope = {**self._scopes[-1], **self._declared} if self._declared else self._scopes[-1]
        self._declared = {}
        self._scopes.append(scope)
        self._path.append(own_name(tag))
        if len(self._path) > DEEPEST:
            raise BadInput(f"The elements of this XML are nested deeper than {DEEPEST} levels.")
        node = Node(tag, dict(attributes), scope)
        if self._nodes:
            self._elements += 1
            if self._elements > MOST_ELEMENTS:
                raise BadInput(f"One event has more than {MOST_ELEMENTS:,} elements.")
            self._nodes[-1].children.append(node)
            self._nodes.append(node)
        elif self._begins(node):
            self._nodes = [node]
            self._elements = 0
            self._event = len(self._path)
            self._started = self._parser.parser.CurrentByteIndex

    def _begins(self, node: Node) -> bool:
        """Whether this element outside of any event is an event, or one to be kept."""
        name, depth = self._path[-1], len(self._path)
        if depth == 1:
            self._root(name, node)
            return self.bare
        if name == "EventList":
            self.lists += 1
            self.base = "epcisBody.queryResults.resultsBody" if "resultsBody" in self._path else "epcisBody"
            return False
        if "EventList" in self._path:
            return name not in WRAPPERS
        return node.tag.endswith("}ignoreFields")

    def _root(self, name: str, node: Node) -> None:
        self.head = {member: node.attributes[member] for member in ("schemaVersion", "creationDate") if member in node.attributes}
        self.head["type"] = name
        self.bare = name.endswith("Event") or (not name and node.tag.endswith("Event"))

    def data(self, text: str) -> None:
        """Text in an element."""
        if self._nodes:
            self._nodes[-1].texts.append(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        del tag
        depth = len(self._path)
        self._path.pop()
        self._scopes.pop()
        if not self._nodes:
            return
        node = self._nodes.pop()
        if depth == self._event:
            self._event = 0
            if node.tag.endswith("}ignoreFields"):
                self._ignore = node
            else:
                self._ready.append((node, self._bytes()))

    def _bytes(self) -> bytes:
        """The bytes of the event that has just ended, its end tag included."""
        start = self._started - self._offset
        last = self._parser.parser.CurrentByteIndex - self._offset
        return self._buffer[start : self._buffer.index(b">", last) + 1]

    def close(self) -> None:
        """The end of the document."""
