"""EPCIS XML documents of any size, event by event: parsed with defusedxml, no DTD, no entities, nothing fetched.

What is kept in memory is one event. Depth, the number of elements and the bytes of an event are capped; so is what stands around
the events, of which only the names and attributes that matter are looked at, and the master data of the header.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from chain.epcis.faults import Fault, shown
from chain.epcis.told import DEEPEST, LARGEST_EVENT, Told, ignored_of, with_ignored
from chain.epcis.xml_members import WRAPPERS, Node, Translation, own_name
from chain.errors import BadInput

CHUNK = 64 * 1024
MOST_ELEMENTS = 200_000
MOST_MASTERS = 20_000  # vocabulary elements; more are left out
DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")
_NONE: Mapping[str, str] = {}


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
        with path.open("rb") as file:
            parts = _Parts(file)
            # A small document is read at once and kept; of any other only what stands before its first event.
            self._kept = (parts, list(parts)) if self.size <= CHUNK else None
            if self._kept is None:
                next(iter(parts), None)
        self.head, self.bare = parts.head, parts.bare

    def __iter__(self) -> Iterator[Told]:
        if self._kept is not None:
            yield from self._told(*self._kept)
            return
        with self.path.open("rb") as file:
            parts = _Parts(file)
            yield from self._told(parts, parts)

    def _told(self, parts: _Parts, nodes: Iterable[tuple[Node, bytes]]) -> Iterator[Told]:
        number = -1
        for number, (node, raw) in enumerate(nodes):
            self.done = parts.done
            path = "" if parts.bare else f"{parts.base}.eventList[{number}]"
            translation = Translation(path)
            members: Mapping[str, object] = translation.event(node)
            if not parts.bare:
                ignored = ignored_of(parts.ignored(translation))
                members = with_ignored(members, translation.names(), ignored) if ignored else members
            yield Told(number, path, members, translation.names(), raw, tuple(translation.faults), self.form)
        self.done = self.size
        if number < 0 and not parts.lists:
            raise BadInput(parts.nothing())


class _Parts:
    """The events of a file as nodes, each with its bytes."""

    def __init__(self, file: BinaryIO) -> None:
        from defusedxml.ElementTree import XMLParser

        self._file = file
        # The parser with its guards is defusedxml's. Its handlers would make a tree; ours take what expat says as it is.
        self._parser: Any = XMLParser(target=self, forbid_dtd=True)
        self._expat: Any = self._parser.parser
        self._expat.StartNamespaceDeclHandler = self._declare
        self._expat.StartElementHandler = self._start
        self._expat.CharacterDataHandler = self._data
        self._expat.EndElementHandler = self._end
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
        self._ignore: Node | None = None
        self._vocabularies: list[dict[str, Any]] = []
        self._masters = 0

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
        keep = max(self._started if self._nodes else self._expat.CurrentByteIndex, self._offset)
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

    # ---- called by expat -------------------------------------------------------------------------------------------------

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        """A namespace declaration, in force from the next element on."""
        self._declared[prefix or ""] = uri or ""

    def _start(self, tag: str, attributes: list[str]) -> None:
        """An element begins; its attributes are names and values in turns."""
        scope = self._scopes[-1]
        if self._declared:
            scope = {**scope, **self._declared}
            self._declared = {}
        self._scopes.append(scope)
        if len(self._scopes) > DEEPEST:
            raise BadInput(f"The elements of this XML are nested deeper than {DEEPEST} levels.")
        nodes = self._nodes
        node = Node(tag, own_name(tag), dict(zip(attributes[::2], attributes[1::2], strict=True)) if attributes else _NONE, scope)
        if nodes:
            self._elements += 1
            if self._elements > MOST_ELEMENTS:
                raise BadInput(f"One event has more than {MOST_ELEMENTS:,} elements.")
            nodes[-1].children.append(node)
            nodes.append(node)
            return
        self._path.append(node.local)
        if self._begins(node):
            nodes.append(node)
            self._elements = 0
            self._started = self._expat.CurrentByteIndex

    def _begins(self, node: Node) -> bool:
        """Whether this element outside of any event is an event, or one to be kept."""
        name = node.local
        if len(self._path) == 1:
            self._root(name, node)
            return self.bare
        if name == "Vocabulary":
            self._vocabularies.append({"type": node.attributes.get("type", ""), "vocabularyElementList": []})
            self.head["epcisHeader"] = {"epcisMasterData": {"vocabularyList": self._vocabularies}}
            return False
        if name == "VocabularyElement" and self._vocabularies and self._masters < MOST_MASTERS:
            return True
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

    def _data(self, text: str) -> None:
        """Text in an element."""
        if self._nodes:
            self._nodes[-1].texts.append(text)

    def _end(self, tag: str) -> None:
        """An element ends."""
        self._scopes.pop()
        nodes = self._nodes
        if not nodes:
            self._path.pop()
            return
        node = nodes.pop()
        if nodes:
            return
        self._path.pop()
        if tag.endswith("}ignoreFields"):
            self._ignore = node
        elif node.local == "VocabularyElement":
            self._masters += 1
            said = [{"id": one.attributes.get("id", ""), "attribute": one.text} for one in node.children if not one.children]
            element = {"id": node.attributes.get("id", ""), "attributes": said}
            self._vocabularies[-1]["vocabularyElementList"].append(element)
        else:
            self._ready.append((node, self._bytes()))

    def _bytes(self) -> bytes:
        """The bytes of the event that has just ended, its end tag included."""
        start = self._started - self._offset
        last = self._expat.CurrentByteIndex - self._offset
        return self._buffer[start : self._buffer.index(b">", last) + 1]
