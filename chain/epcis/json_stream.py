"""EPCIS JSON documents of any size, event by event, in the memory of one event.

The text is looked at twice. First the brackets are counted, to find where the list of events begins and ends; what stands around
it is then a small document of its own and is parsed at once (an ``@context`` may stand behind the events that need it). Then the
list is cut into its events, and each is parsed alone, strictly (`chain.strict_json`), its exact bytes beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from chain import strict_json
from chain.epcis.faults import Fault
from chain.epcis.names import Names
from chain.epcis.told import DEEPEST, LARGEST_EVENT, Told, ignored_of, with_ignored
from chain.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHUNK = 4 * 1024 * 1024
SMALL = 256 * 1024  # bytes of a file that is kept in memory and looked at once
DOCUMENTS = ("EPCISDocument", "EPCISQueryDocument")
MOST_BRACKETS = 1_000_000  # before the events
MEMORY = 128 * 1024 * 1024  # bytes that one parsed event may take

_LISTS = (("epcisBody", "eventList"), ("epcisBody", "queryResults", "resultsBody", "eventList"))
# As much text as no bracket outside of a string stands in, and the bracket behind it.
_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_KEY = re.compile(rb'"([^"\\]*)"\s*:\s*\Z')
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
# A number that may have more digits than a double holds.
_LONG_NUMBER = re.compile(rb"[\d.]{16,}+(?=[\s,\]}eE])")
_NOT_WHOLE = "The text ends within the list of events: it is not whole."
_BOM = b"\xef\xbb\xbf"


class _Span(NamedTuple):
    """Where the list of events stands in the file, behind its opening and before its closing bracket."""

    path: str
    start: int
    end: int


class _Listed(NamedTuple):
    """A small document: where its events stand, its text, the events, and what is around them."""

    path: str
    data: bytes
    events: list[Mapping[str, object]]
    head: Mapping[str, object]


class _Single(NamedTuple):
    """An event that stands in no list, and the text it stands in."""

    path: str
    members: Mapping[str, object]
    raw: bytes


class JsonDocument:
    """An EPCIS JSON document, query document or bare event in a file.

    `head` holds the members that stand around the events (of a bare event: none); `names` the prefixes of its ``@context``;
    `faults` what is doubtful about its text.
    `done` tells how many of its `size` bytes have been read while iterating, which reads the file anew. Raises BadInput at what
    is not JSON, too deep or too large.
    """

    form = "json"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.done = 0
        self._span: _Span | None = None
        self.faults: tuple[Fault, ...] = ()
        self._single: _Single | None = None
        self._listed: _Listed | None = None
        with path.open("rb") as file:
            self.head = self._read(file)
        self.names = Names.of(self.head.get("@context"))
        self._ignored = ignored_of(self.head)

    @property
    def bare(self) -> bool:
        """Whether the file holds one event and nothing around it."""
        return self._single is not None and not self._single.path

    def _read(self, file: BinaryIO) -> Mapping[str, object]:
        if self.size <= SMALL:
            self._listed = _listed(file.read().removeprefix(_BOM))
            if self._listed is not None:
                return self._listed.head
            file.seek(0)
        before, found = _until_events(file)
        if found is None:
            value, self.faults = parsed(before)
            return self._whole(value, before)
        start = file.tell() - len(found.rest)
        end = _end_of_list(file, found.rest, start)
        file.seek(end)
        after = file.read(LARGEST_EVENT + 1)
        if len(before) + len(after) > LARGEST_EVENT:
            raise BadInput(f"What stands around the events takes more than {LARGEST_EVENT >> 20} MB.")
        self._span = _Span(found.path, start, end)
        head, self.faults = parsed(before + after)
        assert isinstance(head, dict)  # the path of the list leads through objects
        return head

    def _whole(self, value: object, raw: bytes) -> Mapping[str, object]:
        """A text without a list of events: one event, or a document that holds none."""
        if not isinstance(value, dict):
            raise BadInput("This JSON is no EPCIS document and no event: it is not an object.")
        body = value.get("epcisBody")
        if isinstance(body, dict) and isinstance(body.get("event"), dict):
            self._single = _Single("epcisBody.event", body["event"], raw)
            return value
        kind = value.get("type")
        if body is not None or kind in DOCUMENTS:
            return value
        if "eventTime" not in value and not (isinstance(kind, str) and kind.endswith("Event")):
            raise BadInput("This JSON is no EPCIS document and no event.")
        self._single = _Single("", value, raw)
        return {}

    def __iter__(self) -> Iterator[Told]:
        if self._single is not None:
            self.done = self.size
            one = self._single
            yield Told(0, one.path, one.members, self.names.within(one.members.get("@context")), one.raw)
        elif self._listed is not None:
            raws = _Raws(self._listed.data)
            for number, members in enumerate(self._listed.events):
                yield self._made(f"{self._listed.path}[{number}]", number, members, partial(raws.of, number), ())
            self.done = self.size
        elif self._span is not None:
            with self.path.open("rb") as file:
                for number, raw in enumerate(_cut(file, self._span)):
                    self.done = file.tell()
                    path = f"{self._span.path}[{number}]"
                    try:
                        members, faults = parsed(raw, path)
                    except BadInput as error:
                        raise BadInput(f"{path}: {error.words}", **error.details) from None
                    yield self._made(path, number, members, raw, faults)
            self.done = self.size

    def _made(
        self,
        path: str,
        number: int,
        members: Mapping[str, object],
        source: bytes | Callable[[], bytes],
        faults: tuple[Fault, ...],
    ) -> Told:
        names = self.names.within(members.get("@context"))
        if self._ignored:
            members = with_ignored(members, names, self._ignored)
        return Told(number, path, members, names, source, faults)


def _listed(data: bytes) -> _Listed | None:
    """A small document, parsed at once; None where there is anything to be said about its text, or no list of events in it."""
    try:
        value, faults = parsed(data)
    except BadInput:
        return None
    for names in _LISTS if isinstance(value, dict) and not faults else ():
        inner: object = value
        for name in names:
            inner = inner.get(name) if isinstance(inner, dict) else None
        if isinstance(inner, list) and all(isinstance(one, dict) for one in inner):
            return _Listed(".".join(names), data, list(inner), _without(value, names))
    return None


def _without(value: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    """A document with the list at this place emptied."""
    name, *rest = names
    inner = value[name]
    return {**value, name: _without(inner, tuple(rest)) if isinstance(inner, dict) else []}


class _Raws:
    """The exact bytes of the events of a small document, cut out when they are first asked for."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._cut: list[bytes] = []

    def of(self, number: int) -> bytes:
        """Those of one event."""
        if not self._cut:
            _, found = _until_events(BytesIO(self._data))
            assert found is not None  # it was parsed, and has the list
            self._cut = [found.rest[start:end] for start, end in _small_list(found.rest)]
        return self._cut[number]


def parsed(data: bytes, path: str = "") -> tuple[Any, tuple[Fault, ...]]:
    """The value of a JSON text that is not too deep, and what is doubtful about it. Raises BadInput.

    A name that stands twice in one object is no JSON that two readers read alike (RFC 8259 section 4); the last one counts, as
    nearly everywhere, and it is said.
    """
    faults: tuple[Fault, ...] = ()
    try:
        value = strict_json.loads(data, depth=DEEPEST, memory=MEMORY)
    except BadInput:
        value = strict_json.loads(data, depth=DEEPEST, memory=MEMORY, twice=True)
        faults = (Fault(path, "a name stands twice in one object; others may read the first, here the last one counts", False),)
    if _LONG_NUMBER.search(data):
        import json

        json.loads(data, parse_float=_exact, parse_int=_exact)
    return value, faults


def _exact(text: str) -> float:
    """The number of a text. Raises BadInput where neither a double nor 64 bits hold it."""
    number = float(text)
    whole = text.lstrip("-").isdigit() and -(2**63) <= Decimal(text) < 2**64
    if not whole and Decimal(text) != Decimal(repr(number)):
        raise BadInput(f"The number {text[:40]} has more digits than JSON is sure to keep: it must be written as a text.")
    return number


# ---- finding the events --------------------------------------------------------------------------------------------------


class _Found(NamedTuple):
    """The path of the list of events, and what was read of it already."""

    path: str
    rest: bytes


def _until_events(file: BinaryIO) -> tuple[bytes, _Found | None]:
    """The text up to and with the bracket that opens the list of events; the whole text where there is no such list."""
    buffer = file.read(CHUNK).removeprefix(_BOM)
    at = 0
    open_: list[tuple[int, str]] = []
    for _ in range(MOST_BRACKETS):
        match = _BRACKET.match(buffer, at)
        if match is None:
            more = file.read(max(CHUNK, len(buffer)))
            if len(buffer) + len(more) > 2 * LARGEST_EVENT:
                raise BadInput(f"What stands before the events takes more than {LARGEST_EVENT >> 20} MB.")
            buffer += more
            if not more:
                return buffer, None
            continue
        bracket = buffer[match.end() - 1]
        if bracket in b"{[":
            key = _KEY.search(buffer, at, match.end() - 1) if open_ and open_[-1][0] == 0x7B else None
            open_.append((bracket, key[1].decode("utf-8", "replace") if key else ""))
            if len(open_) > DEEPEST:
                raise BadInput(f"The text is nested deeper than {DEEPEST} levels.")
            path = tuple(name for _, name in open_[1:])
            if bracket == 0x5B and path in _LISTS:
                return buffer[: match.end()], _Found(".".join(path), buffer[match.end() :])
        elif open_:
            open_.pop()
        at = match.end()
    raise BadInput("There is too much around the events of this document.")


def _small_list(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each event of a list begins and ends behind its opening bracket, in a text that has been parsed."""
    at = start = depth = 0
    while depth >= 0 and (match := _BRACKET.match(data, at)):
        at = match.end()
        if data[at - 1] in b"{[":
            if not depth:
                start = at - 1
            depth += 1
            continue
        depth -= 1
        if not depth:
            yield start, at


class _Brackets:
    """Finds brackets outside of strings in the chunks of a text, and how deep each leads; 0 is where it began."""

    def __init__(self) -> None:
        import numpy

        self._np: Any = numpy
        self._marks = numpy.zeros(256, numpy.uint8)
        self._marks[list(b'"{}[]')] = 1
        self._step = numpy.zeros(256, numpy.int64)
        self._step[list(b"{[")] = 1
        self._step[list(b"}]")] = -1
        self._inside = 0
        self.depth = 0

    def find(self, chunk: bytes) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Where brackets stand, the depth behind each, and which of them open."""
        np = self._np
        if b"\\" in chunk:
            chunk = _ESCAPE.sub(b"__", chunk)
        text = np.frombuffer(chunk, np.uint8)
        places = np.flatnonzero(self._marks[text])
        kinds = text[places]
        quotes = kinds == 0x22
        inside = np.cumsum(quotes) + self._inside
        if len(inside):
            self._inside = int(inside[-1]) & 1
        outside = ~quotes & (inside & 1 == 0)
        places = places[outside]
        steps = self._step[kinds[outside]]
        depths = self.depth + np.cumsum(steps)
        if len(depths):
            self.depth = int(depths[-1])
        return places, depths, steps > 0


def _chunks(file: BinaryIO, first: bytes, size: int) -> Iterator[bytes]:
    """The next `size` bytes behind `first` in chunks, none of which ends within an escape."""
    rest = first
    while True:
        data = file.read(min(CHUNK, size))
        size -= len(data)
        chunk = rest + data
        if not data:
            if chunk:
                yield chunk
            return
        slashes = len(chunk) - len(chunk.rstrip(b"\\"))
        rest = chunk[-1:] if slashes % 2 else b""
        yield chunk[: len(chunk) - len(rest)]


def _end_of_list(file: BinaryIO, first: bytes, start: int) -> int:
    """Where the bracket stands that closes the list which opens right before `start`. Raises BadInput."""
    brackets = _Brackets()
    offset = start
    for chunk in _chunks(file, first, 1 << 62):
        places, depths, _ = brackets.find(chunk)
        ends = places[depths < 0]
        if len(ends):
            return offset + int(ends[0])
        offset += len(chunk)
    raise BadInput(_NOT_WHOLE)


def _cut(file: BinaryIO, span: _Span) -> Iterator[bytes]:
    """The bytes of each event."""
    file.seek(span.start)
    brackets = _Brackets()
    kept = b""  # what was read of an event, or of the text between two
    wanted, inside = b"", False
    for chunk in _chunks(file, b"", span.end - span.start):
        places, depths, opens = brackets.find(chunk)
        turns = ((depths == 1) & opens) | (depths == 0)
        at = 0
        for place in places[turns].tolist():
            if inside:
                yield kept + chunk[at : place + 1]
                inside, kept, at = False, b"", place + 1
            else:
                _between(kept + chunk[at:place], wanted, chunk[place])
                wanted, inside, kept, at = b",", True, b"", place
        kept += chunk[at:]
        if len(kept) > LARGEST_EVENT:
            raise BadInput(f"One event takes more than {LARGEST_EVENT >> 20} MB.")
    if kept.strip():
        raise BadInput("The list of events does not end where its last event does.")


def _between(text: bytes, wanted: bytes, bracket: int) -> None:
    if text.strip() != wanted or bracket != 0x7B:
        raise BadInput("The list of events holds something that is no event, or lacks a comma between two.")
