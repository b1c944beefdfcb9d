"""GS1: from the text in a code to the item it names, and back. Standard library only; nothing is ever opened or fetched.

Rules and linters come from the GS1 Barcode Syntax Dictionary (see `table.py` for its copyright and licence).
"""

from __future__ import annotations

from chain.gs1.answers import as_json, describe, elements, link_parameters, parse
from chain.gs1.associations import BadAssociation
from chain.gs1.causes import harmless_causes
from chain.gs1.dates import calendar_date, gs1_date
from chain.gs1.element_strings import FNC1, BadSyntax, Element
from chain.gs1.epc import BadEpc, canonical_link
from chain.gs1.epc import from_urn as elements_from_epc_urn
from chain.gs1.epc import to_urn as epc_urn_of_elements
from chain.gs1.faults import BadElement, Fault
from chain.gs1.item import bracketed, digital_link, element_string, elements_of, epc_urn, from_epc_urn, item_of, valid_gln
from chain.gs1.links import BadLink
from chain.gs1.linters import check_digit

__all__ = [
    "parse",
    "describe",
    "elements",
    "harmless_causes",
    "link_parameters",
    "digital_link",
    "element_string",
    "bracketed",
    "epc_urn",
    "from_epc_urn",
    "canonical_link",
    "elements_from_epc_urn",
    "epc_urn_of_elements",
    "elements_of",
    "item_of",
    "as_json",
    "check_digit",
    "valid_gln",
    "calendar_date",
    "gs1_date",
    "FNC1",
    "Element",
    "Fault",
    "BadAssociation",
    "BadElement",
    "BadEpc",
    "BadLink",
    "BadSyntax",
]
