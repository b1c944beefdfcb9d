"""GS1 Digital Link URIs (version 1.1 to 1.4, uncompressed): taken apart, judged and made. Nothing is ever opened.

A URI is read backwards for the primary key; what stands before it is a stem. Values are percent-decoded exactly once. Three
things that older versions of the standard or labels in the wild have are refused unless the caller permits them. Parameters
of the query that are no AIs are kept aside undecoded: they never become part of an identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from chain.gs1.dictionary import Rule, rule_of
from chain.gs1.element_strings import MOST_ELEMENTS, BadSyntax, Element, check, rule

CANONICAL = "https://id.gs1.org"

# The short names of version 1.1 of the standard, section 4.3; deprecated since.
ALIASES: dict[str, str] = {
    "cpid": "8010",
    "cpsn": "8011",
    "cpv": "22",
    "gcn": "255",
    "gdti": "253",
    "giai": "8004",
    "ginc": "401",
    "gln": "414",
    "glnx": "254",
    "gmn": "8013",
    "grai": "8003",
    "gsin": "402",
    "gsrn": "8018",
    "gsrnp": "8017",
    "gtin": "01",
    "itip": "8006",
    "lot": "10",
    "party": "417",
    "refno": "8020",
    "ser": "21",
    "srin": "8019",
    "sscc": "00",
}

_SCHEME = re.compile(r"(?:https?|HTTPS?)://")
_ILLEGAL = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_ILLEGAL_HOST = re.compile(r"[_~?#@!$&'()*+,;=%]")
_ESCAPED = re.compile(r"%([0-9A-Fa-f]{2})")
_RESERVED = re.compile(r"[^A-Za-z0-9\-._~]")


class BadLink(BadSyntax):
    """A URI that is not a GS1 Digital Link."""


class NoKey(BadLink):
    """A web address without a GS1 key."""


@dataclass(frozen=True, slots=True)
class Permits:
    """What is let through beyond the present standard.

    `aliases`: short names such as ``gtin`` for AIs. `short_gtin`: a GTIN of 8, 12 or 13 digits. `unknown`: AIs that are not in
    the dictionary; `unknown_attributes`: those in the query as well.
    """

    aliases: bool = False
    short_gtin: bool = False
    unknown: bool = False
    unknown_attributes: bool = False


STRICT = Permits()
FROM_LABELS = Permits(aliases=True, short_gtin=True)


@dataclass(frozen=True, slots=True)
class Link:
    """A Digital Link taken apart: key and qualifiers, attributes, and the undecoded parameters that are no AIs."""

    stem: str
    path: tuple[Element, ...]
    attributes: tuple[Element, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def elements(self) -> tuple[Element, ...]:
        """Key, qualifiers and attributes in the order of the URI."""
        return self.path + self.attributes


def escape(text: str, query: bool = False) -> str:
    """Percent-encode everything but the unreserved characters; in a query a space becomes a plus."""

    def coded(match: re.Match[str]) -> str:
        character = match[0]
        if character == " " and query:
            return "+"
        return "".join(f"%{byte:02X}" for byte in character.encode("latin-1" if character < "Ā" else "utf-8"))

    return _RESERVED.sub(coded, text)


def unescape(text: str, query: bool = False) -> str:
    """Decode percent sequences once, each to the character of that number; what is no sequence stays as it is."""
    if query:
        text = text.replace("+", " ")
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "%" in text else text


def unescaped_letters(text: str) -> str:
    """The text without its percent sequences, whose letters are no letters of the text."""
    return _ESCAPED.sub("", text)


def _split(uri: str) -> tuple[str, str, str]:
    """Scheme with host, path and query. Raises BadLink."""
    illegal = _ILLEGAL.search(uri)
    if illegal:
        raise BadLink(f"The character “{illegal[0]}” (number {illegal.start() + 1}) may not stand in a web address.")
    scheme = _SCHEME.match(uri)
    if not scheme:
        raise BadLink("A GS1 Digital Link begins with http:// or https://.")
    slash = uri.find("/", scheme.end())
    host = uri[scheme.end() : slash if slash >= 0 else len(uri)]
    wrong = _ILLEGAL_HOST.search(host)
    if wrong:
        raise BadLink(f"The character “{wrong[0]}” may not stand in the domain of a web address.")
    if slash < 0 or not host:
        raise BadLink("The web address has no domain, or nothing behind its domain.")
    path, _, query = uri[slash:].partition("#")[0].partition("?")
    return uri[:slash], path, query


def _rule(ai: str, permits: Permits) -> Rule | None:
    if permits.aliases and ai in ALIASES:
        ai = ALIASES[ai]
    return rule_of(ai, permits.unknown)


def _allowed(path: Sequence[str]) -> bool:
    """Whether these AIs are a primary key with qualifiers of it in a right order."""
    for order in rule(path[0]).qualifiers or ():
        rest = iter(order)
        if all(ai in rest for ai in path[1:]):
            return True
    return False


def _value(of: Rule, text: str, query: bool, permits: Permits) -> Element:
    if not text:
        raise BadLink(f"{of.name} has no value.")
    value = unescape(text, query)
    if "\0" in value:
        raise BadLink(f"{of.name} holds a zero byte.")
    if of.ai == "01" and permits.short_gtin and len(value) in (8, 12, 13):
        value = value.rjust(14, "0")
    check(of, value)
    return Element(of.ai, value)


def _path(path: str, permits: Permits) -> tuple[int, tuple[Element, ...]]:
    """How much of the path is stem, and the elements behind it. Raises BadLink or BadElement."""
    segments = path.split("/")
    rules: list[Rule] = []
    at = len(segments)
    while at >= 3:
        at -= 2
        of = _rule(segments[at], permits)
        if of is None:
            break
        rules.insert(0, of)
        if of.qualifiers is not None:
            elements = tuple(_value(one, segments[at + 2 * number + 1], False, permits) for number, one in enumerate(rules))
            if not _allowed([element.ai for element in elements]):
                order = " ".join(f"({one.ai})" for one in rules)
                raise BadLink(f"These fields may not follow each other in a Digital Link: {order}.")
            return len("/".join(segments[:at])), elements
    raise NoKey("This web address holds no GS1 key such as /01/ with a GTIN: it is not a GS1 Digital Link.")


def _attribute(key: str, value: str, path: list[str], permits: Permits) -> Element:
    of = rule_of(key, permits.unknown)
    if of is None:
        raise BadLink(f"({key[:12]}) in the query is not a GS1 field number.")
    element = _value(of, value, True, permits)
    if not (of.attribute or (not of.known and permits.unknown_attributes)):
        raise BadLink(f"{of.name} may not stand in the query of a Digital Link.")
    qualifier = any(key in order for order in rule(path[0]).qualifiers or ())
    if qualifier and any(_allowed([*path[:at], key, *path[at:]]) for at in range(1, len(path) + 1)):
        raise BadLink(f"{of.name} stands in the query of the Digital Link and belongs in its path.")
    return element


def read(uri: str, permits: Permits = STRICT) -> Link:
    """Take a Digital Link URI apart. Raises BadLink or BadElement; the associations of the AIs are not judged."""
    head, path, query = _split(uri)
    stem, elements = _path(path, permits)
    names = [element.ai for element in elements]
    seen = set(names)
    attributes: list[Element] = []
    parameters: list[str] = []
    for parameter in query.split("&"):
        key, equals, value = parameter.partition("=")
        if not parameter:
            continue
        if len(attributes) + len(parameters) + len(names) == MOST_ELEMENTS:
            raise BadLink(f"The web address holds more than {MOST_ELEMENTS} fields.")
        if not equals or not key.isdigit():
            parameters.append(parameter)
            continue
        if key in seen:
            raise BadLink(f"({key}) comes twice in the Digital Link.")
        seen.add(key)
        attributes.append(_attribute(key, value, names, permits))
    return Link(head + path[:stem], elements, tuple(attributes), tuple(parameters))


def path_of(uri: str) -> str:
    """The path of a web address, undecoded. Raises BadLink."""
    return _split(uri)[1]


def parameters_of(uri: str) -> dict[str, str]:
    """The decoded parameters of the query that are no AIs; of a name that comes twice, the first. Raises BadLink."""
    found: dict[str, str] = {}
    for parameter in _split(uri)[2].split("&"):
        key, _, value = parameter.partition("=")
        if key and not key.isdigit():
            text = unescape(value, True)
            with suppress(UnicodeDecodeError):  # bytes that are no UTF-8 stay the characters of their numbers
                text = text.encode("latin-1").decode("utf-8")
            found.setdefault(unescape(key, True), text)
    return found


def write(elements: Iterable[Element], stem: str = CANONICAL, permits: Permits = STRICT) -> str:
    """The Digital Link of elements: the first primary key among them, as many of its qualifiers as fit, the rest as attributes.

    Attributes come in the order given, those of fixed length first. Raises BadLink where there is no key, or where an AI may
    stand neither in the path nor in the query.
    """
    values: dict[str, str] = {}
    for element in elements:
        values.setdefault(element.ai, element.value)
    key = next((ai for ai in values if rule(ai).qualifiers is not None), None)
    if key is None:
        raise BadLink("There is no GS1 key that a Digital Link could begin with.")
    path: list[str] = [key]
    # Of orders that hold equally many of the qualifiers at hand, the first in sorted order is as good as any.
    for order in sorted(rule(key).qualifiers or ()):
        fitting = [ai for ai in order if ai in values]
        if len(fitting) >= len(path):
            path = [key, *fitting]
    rest = [ai for ai in values if ai not in path]
    for ai in rest:
        of = rule(ai)
        if not (of.attribute or (not of.known and permits.unknown_attributes)):
            raise BadLink(f"{of.name} may not stand in a Digital Link of {rule(key).name}.")
    rest.sort(key=lambda ai: not rule(ai).fixed)
    link = stem.removesuffix("/") + "".join(f"/{ai}/{escape(values[ai])}" for ai in path)
    return link + ("?" if rest else "") + "&".join(f"{ai}={escape(values[ai], True)}" for ai in rest)
