"""EPC URNs, GS1 keys and the links that EPCIS names things by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.gs1 import canonical_link, elements_from_epc_urn, epc_urn_of_elements, from_epc_urn
from chain.gs1.element_strings import to_bracketed

# Examples of the GS1 EPC Tag Data Standard, section 6.3.
PAIRS = [
    ("urn:epc:id:sgtin:0614141.812345.6789", "(01)80614141123458(21)6789"),
    ("urn:epc:id:sgtin:0614141.812345.32a%2Fb", "(01)80614141123458(21)32a/b"),
    ("urn:epc:id:sscc:0614141.1234567890", "(00)106141412345678908"),
    ("urn:epc:id:sgln:0614141.12345.400", "(414)0614141123452(254)400"),
    ("urn:epc:id:sgln:0614141.12345.0", "(414)0614141123452"),
    ("urn:epc:id:grai:0614141.12345.400", "(8003)00614141123452400"),
    ("urn:epc:id:giai:0614141.12345.400", "(8004)061414112345.400"),
    ("urn:epc:id:gsrn:0614141.1234567890", "(8018)061414112345678902"),
    ("urn:epc:id:gsrnp:0614141.1234567890", "(8017)061414112345678902"),
    ("urn:epc:id:gdti:0614141.12345.006847", "(253)0614141123452006847"),
    ("urn:epc:id:cpi:0614141.5PQ7%2FZ43.12345", "(8010)06141415PQ7/Z43(8011)12345"),
    ("urn:epc:id:sgcn:4012345.67890.04711", "(255)401234567890104711"),
    ("urn:epc:id:ginc:0614141.xyz47%2F11", "(401)0614141xyz47/11"),
    ("urn:epc:id:gsin:0614141.123456789", "(402)06141411234567890"),
    ("urn:epc:id:itip:4012345.012345.01.02.987", "(8006)040123451234560102(21)987"),
    ("urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7SDB", "(01)01234567987651(235)51qIgY)<&Jp3*j7SDB"),
    ("urn:epc:id:pgln:1234567.89012", "(417)1234567890128"),
    ("urn:epc:class:lgtin:4012345.012345.998877", "(01)04012345123456(10)998877"),
    ("urn:epc:idpat:sgtin:0614141.812345.*", "(01)80614141123458"),
    ("urn:epc:idpat:grai:0614141.12345.*", "(8003)00614141123452"),
    ("urn:epc:idpat:gdti:0614141.12345.*", "(253)0614141123452"),
    ("urn:epc:idpat:sgcn:4012345.67890.*", "(255)4012345678901"),
    ("urn:epc:idpat:cpi:0614141.5PQ7%2FZ43.*", "(8010)06141415PQ7/Z43"),
    ("urn:epc:idpat:itip:4012345.012345.01.02.*", "(8006)040123451234560102"),
]


@pytest.mark.parametrize(("urn", "text"), PAIRS)
def test_a_urn_and_its_key_are_made_from_each_other(urn: str, text: str) -> None:
    elements = elements_from_epc_urn(urn)
    assert to_bracketed(elements) == text
    assert epc_urn_of_elements(elements, 7) == urn


@pytest.mark.parametrize(
    "urn",
    [
        "urn:epc:id:sgtin:9506000.013435",
        "urn:epc:id:sgtin:9506000.013435.",
        "urn:epc:id:sgtin:9506000.01343.1",
        "urn:epc:id:sgtin:95060.00013435.1",
        "urn:epc:id:sgtin:9506000.01343A.1",
        "urn:epc:id:sgtin:9506000.013435.*",
        "urn:epc:idpat:sgtin:9506000.013435.1",
        "urn:epc:idpat:sscc:9506000.*",
        "urn:epc:id:sgtin:9506000.013435.123456789012345678901",
        "urn:epc:id:lgtin:9506000.013435.1",
        "urn:epc:class:sgtin:9506000.013435.1",
        "urn:epc:tag:sgtin-96:3.9506000.013435.1",
        "urn:epc:id:adi:W81X9C.3KL984PX1.2WMA52",
        "urn:uuid:1",
        "",
    ],
)
def test_what_is_no_epc_of_a_gs1_key_is_refused(urn: str) -> None:
    with pytest.raises(BadInput):
        elements_from_epc_urn(urn)
    assert canonical_link(urn) is None or len(urn) > 60


@pytest.mark.parametrize(
    "link",
    [
        "https://x.example/01/0950600013435A",
        "https://x.example/00/1234",
        "https://x.example/shop/7",
        "https://x.example/89/1",
        "mailto:x",
    ],
)
def test_what_has_no_gs1_key_has_no_link(link: str) -> None:
    assert canonical_link(link) is None


def test_a_key_without_an_epc_and_a_wrong_prefix_are_refused() -> None:
    sgtin = elements_from_epc_urn(PAIRS[0][0])
    for length in (5, 13):
        with pytest.raises(BadInput, match="6 to 12"):
            epc_urn_of_elements(sgtin, length)
    with pytest.raises(BadInput, match="does not begin with a company prefix"):
        epc_urn_of_elements(elements_from_epc_urn("urn:epc:id:giai:950600.A"), 7)
    with pytest.raises(BadInput, match="no GS1 key"):
        epc_urn_of_elements(sgtin[1:], 7)


def test_a_urn_that_names_no_item_is_told() -> None:
    with pytest.raises(BadInput, match="names a place"):
        from_epc_urn("urn:epc:id:sgln:9506000.13437.400")


@pytest.mark.parametrize(("urn", "_text"), PAIRS)
def test_an_identity_has_one_link_however_it_is_written(urn: str, _text: str) -> None:
    link = canonical_link(urn)
    assert link is not None
    assert canonical_link(link) == link
    assert canonical_link(link.replace("https://id.gs1.org", "http://shop.example/x") + "?x=1") == link


@pytest.mark.parametrize("gtin", ["9506000134352", "614141000036", "96385074"])
def test_a_short_gtin_in_a_link_is_the_same_one(gtin: str) -> None:
    assert canonical_link(f"https://x.example/gtin/{gtin}/ser/A") == f"https://id.gs1.org/01/{gtin:0>14}/21/A"


@given(st.text(max_size=60) | st.text("urn:epcidsgt.0123456789*/", max_size=60).map("urn:epc:".__add__))
def test_any_text_has_a_link_or_none(text: str) -> None:
    link = canonical_link(text)
    assert link is None or canonical_link(link) == link
