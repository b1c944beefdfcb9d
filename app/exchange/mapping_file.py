"""The mapping file (docs/import.md): JSON, found by name or by path, and read strictly.

A mapping is data, not code: texts with column names in braces, conditions, date forms. A member with a typing error that is
silently left out would import thousands of events without what it says, so every complaint names its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from app.exchange.mapping import RECORD_TIME, STEPS, VERBS, EventRule, ItemRule, PartyRule, SiteRule, TableMapping
from app.exchange.rows import content, quoted
from app.exchange.sections import Section
from app.exchange.values import ALWAYS, Before, Cells, Choice, Figure, Form, Moment, Text, Told, When
from chain import strict_json
from chain.errors import BadInput
from chain.journey import NO_ROLE, Role, Verb

FORMAT = "wayproof mapping 1"
ROLES = {role.name.lower(): role for role in Role if role.name}
ENCODINGS = ("utf-8", "latin-1", "cp1252", "utf-16", "auto")
ENTERS = ("record", "claims")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FIELD = re.compile(r"[a-z][a-z0-9]{0,19}:[A-Za-z][A-Za-z0-9]{0,59}")
_PAPER = re.compile(r"[a-z]{2,20}|" + _FIELD.pattern)  # a business transaction type of CBV 2.0 (section 7.3), or one's own
_CLOCK = re.compile(r"(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
_TOP = frozenset(
    (
        "format", "name", "about", "delimiter", "encoding", "absent", "places", "line", "record_time", "product", "parties",
        "sites", "item", "events", "optional", "enters", "container",
    )
)  # fmt: skip
_PARTY = frozenset(("name", "roles", "gln", "prefix", "address", "country"))
_SITE = frozenset(("name", "gln"))
_ITEM = frozenset(("sscc", "gtin", "serial", "lot", "expiry", "issuer", "number"))
_EVENT = frozenset(
    (
        "name", "verb", "when", "party", "to", "site", "location", "step", "disposition", "time", "not_after", "transactions",
        "fields",
    )
)  # fmt: skip
_TOLD = frozenset(("column", "form", "at"))
_BEFORE = frozenset(("before", "days", "by"))


def shipped() -> Path:
    """The folder of the mappings that come with the program."""
    return Path(str(files("resources").joinpath("mappings")))


def names() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(path.stem for path in shipped().glob("*.json"))


def mapping(name_or_file: str) -> TableMapping:
    """A mapping by its name or the path of its file. Raises BadInput in one sentence that says what is wrong where."""
    if _NAME.fullmatch(name_or_file) and name_or_file in names():
        return read(shipped() / f"{name_or_file}.json")
    path = Path(name_or_file)
    if not path.exists():
        raise BadInput(f"There is no mapping {quoted(name_or_file)}: name a file, or one of {', '.join(names())}.")
    return read(path)


def read(path: Path) -> TableMapping:
    """A mapping from its file. Raises BadInput."""
    data = content(path, 1024 * 1024)
    try:
        value = strict_json.loads(data)
    except BadInput as error:
        at = error.details.get("at")
        place = f" (line {data.count(10, 0, at) + 1})" if isinstance(at, int) else ""
        raise BadInput(f"The mapping {path} cannot be read{place}: {error.words}") from None
    return parse(value, f"mapping {path.name}", path.parent)


def parse(value: object, where: str, folder: Path) -> TableMapping:
    """A mapping from its JSON. `folder` is where the table of places is looked for first. Raises BadInput."""
    top = Section(value, where, _TOP)
    if top.text("format") != FORMAT:
        top.refuse(f"it must say “{FORMAT}”", "format")
    name = top.text("name")
    if not _NAME.fullmatch(name):
        top.refuse("small letters, digits, - and _ only", "name")
    delimiter = top.text("delimiter", ",")
    if delimiter != "auto" and (len(delimiter) != 1 or delimiter in '"\r\n{}'):
        top.refuse("one character is wanted, or “auto”", "delimiter")
    if (encoding := top.text("encoding", "utf-8")) not in ENCODINGS:
        top.refuse(f"it is one of {', '.join(ENCODINGS)}", "encoding")
    delimiter = "" if delimiter == "auto" else delimiter
    return _Rules(Cells(frozenset(("", *top.texts("absent"))))).mapping(top, name, delimiter, encoding, folder)


class _Rules:
    """The parts of a mapping; notes every column that they look at."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.columns: set[str] = set()

    def mapping(self, top: Section, name: str, delimiter: str, encoding: str, folder: Path) -> TableMapping:
        parties = {key: self._party(one) for key, one in _named(top, "parties", _PARTY)}
        sites = {key: self._site(one) for key, one in _named(top, "sites", _SITE)}
        line = self.choice(top, "line")
        record_time = self._moment(top, "record_time", ())
        product = self.choice(top, "product") if "product" in top else Choice(())
        item = self._item(top.part("item", _ITEM), parties)
        container = self._maybe(top, "container")
        if (enters := top.text("enters", "record")) not in ENTERS:
            top.refuse(f"it is one of {', '.join(ENTERS)}", "enters")
        sections = top.parts("events", _EVENT)
        keys = [one.text("name", one.text("verb")) for one in sections]
        if len(set(keys)) < len(keys) or RECORD_TIME in keys:
            top.refuse("two of them have the same name: give each a “name” of its own", "events")
        events = tuple(
            self._event(one, key, (*keys[place + 1 :], RECORD_TIME), parties, sites)
            for place, (one, key) in enumerate(zip(sections, keys, strict=True))
        )
        for section in sections:
            if section.text("verb") in ("pack", "unpack") and (container is None or enters != "claims"):
                section.refuse("packing needs a “container” at the top, and “enters”: “claims”", "verb")
        optional = frozenset(top.texts("optional"))
        if stray := sorted(optional - self.columns):
            top.refuse(f"{quoted(stray[0])} is no column that the mapping looks at", "optional")
        return TableMapping(
            name, top.text("about", name), delimiter, encoding, frozenset(self.columns), _places(top, folder),
            line, record_time, product, parties, sites, item, events, optional, enters == "claims", container,
        )  # fmt: skip

    def choice(self, section: Section, name: str) -> Choice:
        """A text, or a list of texts and of {"when", "text"}."""
        raw = section.raw(name)
        options: list[tuple[When, Text]] = []
        for place, one in enumerate(raw if isinstance(raw, list) else [raw]):
            if isinstance(one, str):
                options.append((ALWAYS, self._text(section, name, one)))
                continue
            part = Section(one, f"{section.where}, {name}[{place}]", frozenset(("when", "text")))
            options.append((self._when(part), self._text(part, "text", part.text("text"))))
        if not options:
            section.refuse("a text is wanted", name)
        return Choice(tuple(options))

    def _maybe(self, section: Section, name: str) -> Choice | None:
        return self.choice(section, name) if name in section else None

    def _text(self, section: Section, name: str, template: str) -> Text:
        if not template:
            section.refuse("a text is wanted", name)
        text = section.rule(name, lambda: Text(template, self.cells))
        self.columns.update(text.columns)
        return text

    def _when(self, section: Section) -> When:
        if "when" not in section:
            return ALWAYS
        part = section.part("when", None)
        found: dict[str, frozenset[str]] = {}
        for column in part:
            found[column] = frozenset(part.texts(column) if isinstance(part.raw(column), list) else (part.text(column),))
        self.columns.update(found)
        return When(found)

    def _party(self, section: Section) -> PartyRule:
        roles = NO_ROLE
        for one in section.texts("roles"):
            if one not in ROLES:
                section.refuse(f"{quoted(one)} is no role; roles are {', '.join(ROLES)}", "roles")
            roles |= ROLES[one]
        if not roles:
            section.refuse("at least one role is wanted", "roles")
        if "prefix" in section and "gln" not in section:
            section.refuse("a prefix needs a “gln” beside it", "prefix")
        return PartyRule(
            self.choice(section, "name"), roles, *(self._maybe(section, one) for one in ("gln", "prefix", "address", "country"))
        )

    def _site(self, section: Section) -> SiteRule:
        return SiteRule(self.choice(section, "name"), self._maybe(section, "gln"))

    def _item(self, section: Section, parties: Mapping[str, PartyRule]) -> ItemRule:
        named = {one for one in ("sscc", "gtin", "issuer") if one in section}
        if not named or (len(named) > 1 and "issuer" in named):
            section.refuse("“sscc”, “gtin” or both are wanted, or “issuer” alone")
        if ("issuer" in named) != ("number" in section) or ("gtin" in named) != ("serial" in section):
            section.refuse("“issuer” goes with “number”, and “gtin” with “serial”")
        if "gtin" not in named and ("lot" in section or "expiry" in section):
            section.refuse("lot and expiry go with a “gtin”")
        issuer = section.text("issuer", "")
        if issuer:
            _known(section, "issuer", issuer, parties)
            if parties[issuer].gln is not None:
                section.refuse("numbers are computed only for parties whose identity is computed, too", "issuer")
        expiry = self._told(section.part("expiry", _TOLD)) if "expiry" in section else None
        sscc, gtin, serial, lot, number = (self._maybe(section, one) for one in ("sscc", "gtin", "serial", "lot", "number"))
        return ItemRule(sscc, gtin, serial, lot, expiry, issuer, number)

    def _event(
        self, section: Section, name: str, later: Sequence[str], parties: Mapping[str, Any], sites: Mapping[str, Any]
    ) -> EventRule:
        verb = VERBS.get(section.text("verb"))
        if verb is None:
            section.refuse(f"verbs are {', '.join(VERBS)}", "verb")
        if ("to" in section) != (verb is Verb.SHIP):
            section.refuse("a shipment, and nothing else, says whom it goes “to”")
        used = {one: section.text(one, "") for one in ("party", "to", "site", "location")}
        for one, key in used.items():
            if key or one == "party":
                _known(section, one, key, parties if one in ("party", "to") else sites)
        return EventRule(
            name=name,
            verb=verb,
            when=self._when(section),
            **used,
            step=section.text("step", STEPS[verb][0]),
            disposition=section.text("disposition", STEPS[verb][1]),
            time=self._moment(section, "time", later),
            papers=self._papers(section.part("transactions", None)),
            fields=self._fields(section.part("fields", None)),
        )

    def _papers(self, section: Section) -> tuple[tuple[str, Choice], ...]:
        for one in section:
            if not _PAPER.fullmatch(one):
                section.refuse("a type is a word of the CBV (po, desadv, inv ...) or has a prefix of your own (mine:kind)", one)
        return tuple((one, self.choice(section, one)) for one in section)

    def _fields(self, section: Section) -> tuple[tuple[str, Choice | Figure], ...]:
        return tuple((one, self._field(section, one)) for one in section)

    def _field(self, section: Section, name: str) -> Choice | Figure:
        if not _FIELD.fullmatch(name):
            section.refuse("a field of your own has a prefix, e.g. mine:dosage", name)
        value = section.raw(name)
        if not (isinstance(value, dict) and "number" in value):
            return self.choice(section, name)
        part = section.part(name, frozenset(("number", "whole", "words")))
        column = part.text("number")
        self.columns.add(column)
        whole = part.raw("whole") if "whole" in part else False
        if not isinstance(whole, bool):
            part.refuse("it is true or false", "whole")
        return Figure(column, whole, part.texts("words"), self.cells)

    def _moment(self, section: Section, name: str, later: Sequence[str]) -> Moment:
        options: list[Told | Before] = []
        for part in section.parts(name, _TOLD | _BEFORE):
            options.append(self._before(part, later) if "before" in part else self._told(part))
        latest = self._before(section.part("not_after", _BEFORE), later) if "not_after" in section else None
        if not later and any(isinstance(one, Before) for one in options):
            section.refuse("it must be a time that the file holds", name)
        return Moment(tuple(options), latest)

    def _told(self, section: Section) -> Told:
        column, form = section.text("column"), section.text("form")
        clock = _CLOCK.fullmatch(section.text("at", "00:00"))
        try:
            at = time(int(clock[1]), int(clock[2]), int(clock[3] or 0)) if clock else None
        except ValueError:
            at = None
        if at is None:
            section.refuse("a time of day such as 12:00 or 23:59:59 is wanted", "at")
        self.columns.add(column)
        return Told(column, section.rule("form", lambda: Form(form, at)), self.cells)

    def _before(self, section: Section, later: Sequence[str]) -> Before:
        event = section.text("before")
        if event not in later:
            section.refuse(f"{quoted(event)} is no event behind this one", "before")
        if "by" not in section:
            return Before(event, section.whole("days", 0, 3650))
        part = section.part("by", frozenset(("column", "days")))
        column, cases = part.text("column"), part.part("days", None)
        self.columns.add(column)
        return Before(event, section.whole("days", 0, 3650), column, {case: cases.whole(case, 0, 3650) for case in cases})


def _named(top: Section, name: str, known: frozenset[str]) -> list[tuple[str, Section]]:
    section = top.part(name, None)
    return [(key, section.part(key, known)) for key in section]


def _known(section: Section, name: str, key: str, among: Mapping[str, object]) -> None:
    if key not in among:
        section.refuse(f"{quoted(key)} is not among {', '.join(among) or 'nothing'}", name)


def _places(top: Section, folder: Path) -> Path:
    name = top.text("places", "places.csv")
    own = folder / name
    return own if own.exists() else shipped() / name
