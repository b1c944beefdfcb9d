"""Standard words and prefixes in their dresses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.epcis import Names
from chain.epcis import vocabulary as cbv
from chain.epcis.identities import link_of
from chain.gs1 import canonical_link

DRESSES = ["shipping", "urn:epcglobal:cbv:bizstep:shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-shipping"]


@pytest.mark.parametrize("text", DRESSES)
def test_a_standard_word_is_one_word_in_every_dress(text: str) -> None:
    assert cbv.BIZ_STEP.bare(text) == "shipping"
    assert not cbv.BIZ_STEP.invented(text)


@pytest.mark.parametrize("text", ["transforming", "https://example.com/shipping", "urn:epcglobal:cbv:bizstep:transforming", ""])
def test_any_other_word_stays_as_it_is(text: str) -> None:
    assert cbv.BIZ_STEP.bare(text) == text
    assert cbv.BIZ_STEP.address(text) == text


def test_a_word_that_claims_to_be_standard_and_is_not_is_invented() -> None:
    assert cbv.BIZ_STEP.invented("urn:epcglobal:cbv:bizstep:transforming")
    assert cbv.BIZ_STEP.invented("cbv:BizStep-transforming")
    assert not cbv.BIZ_STEP.invented("https://example.com/transforming")
    assert not cbv.MEASUREMENT.invented("gs1:NewerThanThis")


def test_an_open_list_may_have_grown() -> None:
    assert cbv.MEASUREMENT.address("NewerThanThis") == "https://gs1.org/voc/NewerThanThis"
    assert cbv.MEASUREMENT.bare("https://ref.gs1.org/voc/NewerThanThis") == "gs1:NewerThanThis"
    assert cbv.MEASUREMENT.bare("gs1:Temperature") == "Temperature"
    assert cbv.MEASUREMENT.bare("gs1:no word") == "gs1:no word"
    assert cbv.MEASUREMENT.address("no word") == "no word"
    assert cbv.ALERT.bare("gs1:NewerThanThis") == "gs1:NewerThanThis"


def test_contexts_of_every_shape_declare_prefixes() -> None:
    for context in ({"a": "urn:a:"}, [{"a": "urn:a:"}], ["https://x", {"a": {"@id": "urn:a:", "@type": "@id"}, "@version": 1.1}]):
        assert Names.of(context).declared == {"a": "urn:a:"}
    for context in (None, "https://x", 7, [7], {"a": 7}, {"a": {"@type": "@id"}}):
        assert Names.of(context).declared == {}


def test_an_inner_context_goes_before_the_outer_one() -> None:
    outer = Names({"a": "urn:a:", "b": "urn:b:"})
    assert outer.within([{"b": "urn:c:"}]).declared == {"a": "urn:a:", "b": "urn:c:"}
    assert outer.within("https://x") is outer


def test_names_and_values_are_expanded_where_their_prefix_is_known() -> None:
    names = Names({"a": "urn:a:", "gs1": "https://ref.gs1.org/voc/"})
    assert [names.expanded(name) for name in ("a:x", "b:x", "x", "cbvmda:lotNumber")] == [
        "{urn:a:}x", "b:x", "x", "{urn:epcglobal:cbv:mda}lotNumber",
    ]  # fmt: skip
    assert [names.address(text) for text in ("a:x", "b:x", "x", "gs1:x", "a://x")] == [
        "urn:a:x", "b:x", "x", "https://gs1.org/voc/x", "a://x",
    ]  # fmt: skip


def test_prefixes_in_use_are_found_at_any_depth() -> None:
    names = Names({"a": "urn:a:", "b": "urn:b:", "c": "urn:c:", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"})
    assert names.used_in({"x": [{"a:y": 1}], "rdfs:comment": ""}, ("c:z",), None) == {"a": "urn:a:", "c": "urn:c:"}
    assert Names().used_in({"a:y": 1}) == {}


KEYS = st.sampled_from(["sgtin", "lgtin", "sscc", "sgln", "pgln", "grai", "other"])
DIGITS = st.text("0123456789", max_size=14)
SERIALS = st.text("AZaz09-._%/*'0", max_size=21)
URNS = st.builds("urn:epc:{}:{}:{}.{}.{}".format, st.sampled_from(["id", "class", "idpat"]), KEYS, DIGITS, DIGITS, SERIALS)
SHORT = st.builds("urn:epc:id:{}:{}.{}".format, KEYS, DIGITS, DIGITS)
HOSTS = st.sampled_from(["id.gs1.org", "a.b-c:80", "x/y", "A_b", ""])
AIS = st.sampled_from(["01", "00", "414", "417", "gtin", "8004"])
TAILS = st.just("") | st.builds("/{}/{}".format, st.sampled_from(["21", "10", "254", "22"]), SERIALS)
LINKS = st.builds("{}://{}/{}/{}{}".format, st.sampled_from(["https", "http", "ftp"]), HOSTS, AIS, DIGITS, TAILS)


@settings(deadline=None)
@given(URNS | SHORT | LINKS | st.text(max_size=20))
def test_the_fast_way_to_a_link_is_the_same_way(text: str) -> None:
    assert link_of(text) == canonical_link(text)


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgtin:0614141.107346.2017", "01/10614141073464/21/2017"),
        ("urn:epc:class:lgtin:4012345.012345.998877", "01/04012345123456/10/998877"),
        ("urn:epc:id:sscc:4012345.3111111111", "00/340123451111111111"),
        ("urn:epc:id:sgln:4012345.00005.122", "414/4012345000054/254/122"),
        ("urn:epc:id:sgln:4012345.00005.0", "414/4012345000054"),
        ("urn:epc:id:pgln:4000001.00000", "417/4000001000005"),
        ("urn:epc:id:giai:4012345.ABC345", "8004/4012345ABC345"),
        ("urn:epc:id:sgtin:0614141.107346.32a%2Fb", "01/10614141073464/21/32a%2Fb"),
        ("http://brand.example:80/01/10614141073464/21/2017", "01/10614141073464/21/2017"),
    ],
)
def test_plain_identities_have_the_right_link(urn: str, link: str) -> None:
    assert link_of(urn) == f"https://id.gs1.org/{link}"
