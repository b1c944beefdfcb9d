"""EPCIS XML (1.2 and 2.0) as the members of EPCIS 2.0 JSON: the same event, whichever way it was written.

The wrappers ``extension`` and ``baseExtension`` of version 1 carry no meaning and fall away. Standard words become bare, figures
numbers; the names of user extensions keep the prefixes that the document gave them. The order of elements is not judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache

from chain.epcis import vocabulary as cbv
from chain.epcis.faults import Fault
from chain.epcis.hashing import NUMBER
from chain.epcis.names import FIXED, STANDARD, UNDECLARED, Names

_OURS = ("urn:epcglobal:epcis:xsd:", "urn:epcglobal:epcis-query:xsd:", "urn:epcglobal:xsd:")
WRAPPERS = frozenset(("extension", "baseExtension"))

_NIL = "http://www.w3.org/2001/XMLSchema-instance}nil"
_TEXTS = ("eventTime", "recordTime", "eventTimeZoneOffset", "eventID", "action", "parentID", "transformationID")
_WORDS = {"bizStep": cbv.BIZ_STEP, "disposition": cbv.DISPOSITION}
_EPCS = frozenset(("epcList", "childEPCs", "inputEPCList", "outputEPCList"))
_QUANTITIES = frozenset(("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"))
_TYPED = {
    "bizTransactionList": ("bizTransaction", cbv.BIZ_TRANSACTION),
    "sourceList": ("source", cbv.PARTY),
    "destinationList": ("destination", cbv.PARTY),
}
_FIGURES = frozenset(("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"))
_SENSOR_WORDS = {"type": cbv.MEASUREMENT, "exception": cbv.ALERT, "component": cbv.COMPONENT}


class Node:
    """An XML element: its name behind its namespace and a brace (as expat has it), the prefixes in force, and what is in it.

    `local` is its name where it is EPCIS's own or has no namespace, "" where it is of a user's.
    """

    __slots__ = ("attributes", "children", "local", "spaces", "tag", "texts")

    def __init__(self, tag: str, local: str, attributes: Mapping[str, str], spaces: Mapping[str, str]) -> None:
        self.tag = tag
        self.local = local
        self.attributes = attributes
        self.spaces = spaces
        self.texts: list[str] = []
        self.children: list[Node] = []

    @property
    def text(self) -> str:
        """Its own text without the white space around it."""
        return "".join(self.texts).strip()


@lru_cache(maxsize=1024)
def own_name(tag: str) -> str:
    """The name of an element of EPCIS, or without any namespace; "" for one of a user's namespace."""
    space, brace, local = tag.rpartition("}")
    return local if not brace or space.startswith(_OURS) else ""


class Translation:
    """One event's way from XML to members. `prefixes` tells the namespace behind each prefix that it came to use."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.prefixes: dict[str, str] = {}
        self.faults: list[Fault] = []
        self._chosen: dict[str, str] = {}

    def names(self) -> Names:
        """The prefixes used."""
        return Names(self.prefixes)

    def event(self, node: Node) -> dict[str, object]:
        """The members of an event."""
        members: dict[str, object] = {"type": node.local or self.name(node.tag, node)}
        for child in _flat(node):
            self._member(members, child)
        return members

    def _member(self, members: dict[str, object], node: Node) -> None:
        name = node.local
        if not name:
            self._add(members, self.name(node.tag, node), self.value(node))
            return
        translate = _STANDARD.get(name)
        if translate is None:
            self._fault(name, f"EPCIS has no element <{name[:40]}> here; a user extension needs a namespace of its own")
            self._add(members, name, self.value(node))
        elif name == "certificationInfo":
            self._add(members, name, node.text)
        elif name in members:
            self._fault(name, f"the element <{name}> stands twice in one event")
        else:
            members[name] = translate(self, node)

    def _text(self, node: Node) -> str:
        return node.text

    def _standard_word(self, node: Node) -> str:
        return self._word(node.text, _WORDS[node.local], node)

    def _epcs(self, node: Node) -> list[str]:
        return [child.text for child in self._only(node, "epc")]

    def _quantities(self, node: Node) -> list[object]:
        return [self._quantity(child) for child in self._only(node, "quantityElement")]

    def _typed_list(self, node: Node) -> list[object]:
        member, words = _TYPED[node.local]
        return [self._typed(child, member, words) for child in self._only(node, member)]

    def _only(self, node: Node, name: str) -> list[Node]:
        """The children of that name; any other is a fault."""
        children = _flat(node)
        for child in children:
            if child.local != name:
                self._fault(node.local, f"<{self.name(child.tag, child)}> does not belong there, only <{name}>")
        return [child for child in children if child.local == name]

    def _quantity(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        for child in _flat(node):
            name = child.local or self.name(child.tag, child)
            if child.attributes.get(_NIL) != "true":
                found[name] = figure(child.text) if name == "quantity" else child.text
        return found

    def _typed(self, node: Node, member: str, words: cbv.Vocabulary) -> dict[str, object]:
        kind = node.attributes.get("type")
        if kind is None:
            return {member: node.text}
        return {"type": self._word(kind, words, node), member: node.text}

    def _place(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        for child in _flat(node):
            if child.local == "id":
                found["id"] = child.text
            else:
                self._add(found, self.name(child.tag, child), self.value(child))
        return found

    def _dispositions(self, node: Node) -> dict[str, object]:
        found: dict[str, list[str]] = {}
        for child in _flat(node):
            found.setdefault(child.local or child.tag, []).append(self._word(child.text, cbv.DISPOSITION, child))
        return {**found}

    def _error(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        for child in _flat(node):
            if child.local == "correctiveEventIDs":
                found["correctiveEventIDs"] = [one.text for one in self._only(child, "correctiveEventID")]
            elif child.local:
                found[child.local] = self._word(child.text, cbv.ERROR, child) if child.local == "reason" else child.text
            else:
                self._add(found, self.name(child.tag, child), self.value(child))
        return found

    def _sensors(self, node: Node) -> list[object]:
        return [self._sensor(child) for child in self._only(node, "sensorElement")]

    def _sensor(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        reports: list[object] = []
        for child in _flat(node):
            if child.local == "sensorMetadata":
                found["sensorMetadata"] = self._attributes(child)
            elif child.local == "sensorReport":
                reports.append(self._attributes(child))
            else:
                self._add(found, self.name(child.tag, child), self.value(child))
        return found | {"sensorReport": reports}

    def _attributes(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        for tag, text in node.attributes.items():
            name = self.name(tag, node)
            if name in _SENSOR_WORDS:
                found[name] = self._word(text, _SENSOR_WORDS[name], node)
            elif name in _FIGURES:
                found[name] = figure(text)
            elif name == "booleanValue":
                found[name] = {"true": True, "1": True, "false": False, "0": False}.get(text.strip(), text)
            else:
                found[name] = text
                self._note(text, node)
        for child in _flat(node):
            self._add(found, self.name(child.tag, child), self.value(child))
        return found

    # ---- user extensions -------------------------------------------------------------------------------------------------

    def _extensions(self, node: Node) -> dict[str, object]:
        found: dict[str, object] = {}
        for child in _flat(node):
            self._add(found, self.name(child.tag, child), self.value(child))
        return found

    def value(self, node: Node) -> object:
        """A user's element: its text, or an object where there is more to it."""
        text = node.text
        self._note(text, node)
        if not node.attributes and not node.children:
            return text
        found: dict[str, object] = {"#text": text} if text else {}
        for tag, value in node.attributes.items():
            found[self.name(tag, node)] = value
        for child in node.children:
            self._add(found, self.name(child.tag, child), self.value(child))
        return found

    @staticmethod
    def _add(members: dict[str, object], name: str, value: object) -> None:
        """A second element of one name makes a list."""
        old = members.get(name)
        if name not in members:
            members[name] = value
        elif isinstance(old, list):
            old.append(value)
        else:
            members[name] = [old, value]

    def name(self, tag: str, node: Node) -> str:
        """The name of an element or attribute with a prefix."""
        space, brace, local = tag.rpartition("}")
        if not brace or space.startswith(_OURS):
            return local
        if space not in self._chosen:
            declared = next((prefix for prefix, uri in node.spaces.items() if uri == space and prefix), "ns")
            self._choose(declared, space)
        return f"{self._chosen[space]}:{local}"

    def _choose(self, prefix: str, space: str) -> None:
        """Give a namespace its prefix, or one with a number behind it where the EPCIS context, or the event, means another."""
        taken, number = prefix, 1
        while not self._free(taken, space):
            taken, number = f"{prefix}{number}", number + 1
        self._chosen[space] = taken
        if UNDECLARED.get(taken) != space:
            self.prefixes[taken] = space

    def _free(self, prefix: str, space: str) -> bool:
        meant = self.prefixes.get(prefix)
        if meant is None and prefix in STANDARD:
            return space in (STANDARD[prefix], UNDECLARED[prefix])
        return meant is None or meant == space

    def _note(self, text: str, node: Node) -> None:
        """Keep the prefix of a value that may be a compact URI."""
        prefix, colon, local = text.partition(":")
        space = node.spaces.get(prefix) if colon and prefix and not local.startswith("//") else None
        if space is not None and prefix not in FIXED and space not in self._chosen:
            self._choose(prefix, space)

    def _word(self, text: str, words: cbv.Vocabulary, node: Node) -> str:
        """A standard word bare, a compact URI in full."""
        return words.bare(Names(node.spaces).address(text.strip()))

    def _fault(self, member: str, words: str) -> None:
        self.faults.append(Fault(f"{self.path}.{member[:80]}", words))


def figure(text: str) -> object:
    """The number that a text is; the text itself where it is none, or has more digits than a number in JSON holds."""
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return text
    exact = Decimal(text)
    if abs(exact.adjusted()) > 300:
        return text
    if exact == exact.to_integral_value() and abs(exact) < 2**63:
        return int(exact)
    return float(text) if Decimal(repr(float(text))) == exact else text


def _flat(node: Node) -> list[Node]:
    """The children, those of the wrappers of version 1 included."""
    found: list[Node] = []
    for child in node.children:
        if child.local in WRAPPERS:
            found += _flat(child)
        else:
            found.append(child)
    return found


_STANDARD: dict[str, Callable[[Translation, Node], object]] = {
    **dict.fromkeys(_TEXTS, Translation._text),
    "certificationInfo": Translation._text,
    **dict.fromkeys(_WORDS, Translation._standard_word),
    **dict.fromkeys(_EPCS, Translation._epcs),
    **dict.fromkeys(_QUANTITIES, Translation._quantities),
    **dict.fromkeys(_TYPED, Translation._typed_list),
    "readPoint": Translation._place,
    "bizLocation": Translation._place,
    "persistentDisposition": Translation._dispositions,
    "errorDeclaration": Translation._error,
    "sensorElementList": Translation._sensors,
    "ilmd": Translation._extensions,
}
