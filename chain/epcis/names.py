"""Names with a prefix, and the namespaces behind the prefixes: what a JSON-LD ``@context`` and XML's ``xmlns`` declare.

Only declarations that stand in the document itself are heeded. A context that is only named by its address is never fetched;
of the EPCIS context the prefixes are known here (EPCIS 2.0, JSON-LD binding).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from chain.epcis.vocabulary import CBV, EPCIS, GS1

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
"""The address of the EPCIS 2.0 context, which every document names."""

MASTER_DATA = "urn:epcglobal:cbv:mda"

# What the EPCIS context declares. A document must not declare these prefixes otherwise ("@protected").
STANDARD: Mapping[str, str] = {
    "epcis": EPCIS,
    "cbv": CBV,
    "cbvmda": MASTER_DATA + ":",
    "gs1": GS1,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}

# Prefixes whose meaning in names is known without a declaration. Master data have the namespace of their XML, without the
# colon that JSON-LD needs at its end, so that an event has the same hash in both.
UNDECLARED: Mapping[str, str] = {**STANDARD, "cbvmda": MASTER_DATA}

# Prefixes of values that CBV 2.0 section 8.9 fixes (rule 15), whatever a document declares.
FIXED: Mapping[str, str] = {"gs1": GS1, "cbv": CBV, "epcis": EPCIS}


class Names:
    """The prefixes that a document, or one event of it, declares."""

    __slots__ = ("declared",)

    def __init__(self, declared: Mapping[str, str] | None = None) -> None:
        self.declared: Mapping[str, str] = declared or {}

    @classmethod
    def of(cls, context: object) -> Names:
        """The prefixes that an ``@context`` of any shape declares."""
        return cls(dict(_declared(context)))

    def within(self, context: object) -> Names:
        """These, and those of an inner ``@context``, which go before."""
        inner = dict(_declared(context)) if context else None
        return Names({**self.declared, **inner}) if inner else self

    def expanded(self, name: str) -> str:
        """A name with its namespace in braces before it, as the event hash has it; a name without a known prefix as it is."""
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        space = self.declared.get(prefix) or UNDECLARED.get(prefix)
        return name if space is None else f"{{{space}}}{local}"

    def address(self, value: str) -> str:
        """The full URI in place of a compact one; any other text as it is."""
        prefix, colon, local = value.partition(":")
        if not colon or local.startswith("//"):
            return value
        space = FIXED.get(prefix) or self.declared.get(prefix)
        return value if space is None else space + local

    def used_in(self, *values: object) -> dict[str, str]:
        """Those prefixes that names or values of these JSON values use, and that mean nothing without a declaration."""
        if not self.declared:
            return {}
        found = {prefix for value in values for prefix in _prefixes(value)}
        return {p: space for p, space in self.declared.items() if p in found and UNDECLARED.get(p) != space}


def _declared(context: object) -> Iterator[tuple[str, str]]:
    rows = context if isinstance(context, list) else [context]
    for row in rows:
        if not isinstance(row, Mapping):
            continue
        for name, value in row.items():
            meant = value.get("@id") if isinstance(value, Mapping) else value
            if isinstance(meant, str) and not name.startswith("@"):
                yield name, meant


def _prefixes(value: object) -> Iterator[str]:
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, str):
            yield one.partition(":")[0]
        elif isinstance(one, Mapping):
            for name, inner in one.items():
                yield name.partition(":")[0]
                rest.append(inner)
        elif isinstance(one, list | tuple):
            rest += one
