"""Identities that look plain and are not: the fast way leaves them to the careful one."""

from __future__ import annotations

import pytest

from chain.epcis.identities import link_of
from chain.gs1 import canonical_link


@pytest.mark.parametrize(
    ("urn", "link"),
    [
        ("urn:epc:id:sgln:4012345.00005", None),  # a location of one party has an extension, 0 where it is the whole place
        ("urn:epc:id:pgln:4000001.00000.7", None),  # a party has none
        ("urn:epc:id:sgln:4012345.0005.122", None),  # a digit too few
        ("urn:epc:id:pgln:4000001.000000", None),  # a digit too many
        ("urn:epc:id:sgtin:0614141.10734.2017", None),
        ("urn:epc:id:sscc:4012345.311111111", None),
    ],
)
def test_a_urn_of_the_wrong_shape_has_the_link_the_careful_way_gives_it(urn: str, link: str | None) -> None:
    assert link_of(urn) == canonical_link(urn) == link
