"""Who may do what with whose unit, in every state a unit can be in: parties x verbs x states, on the EVM.

The maker issued every unit, the carrier holds it, the shop is whom it is on its way to, the keeper has nothing to do with it.
"""

from __future__ import annotations

import pytest

from chain.errors import RuleBroken
from chain.journey import Kind, Verb
from tests.chain.contract.conftest import Cast, admitted
from tests.chain.contract.pair import Org, Pair

PARTIES = ("maker", "carrier", "shop", "keeper", "auditor")
DEEDS = (
    "ship to the maker", "ship to the shop", "receive", "pack", "put into it", "unpack", "observe", "quarantine", "release",
    "recall", "lift", "decommission",
)  # fmt: skip
STATES = (
    "held", "shipped", "packed", "full", "quarantined by its holder", "quarantined by its maker", "recalled", "of a recalled lot",
    "expired", "decommissioned",
)  # fmt: skip
EXPIRY = 1_700_000_000 + 1000

# Who may: M aker, C arrier, S hop, K eeper, A uditor, - nobody. Columns in the order of DEEDS.
ALLOWED = """
held                       C  C  -  C  C  -  MCA   MCA  -   MA  -   C
shipped                    -  -  S  -  -  -  MCSA  MCA  -   MA  -   -
packed                     -  -  -  -  -  C  MA    MA   -   MA  -   -
full                       C  C  -  C  -  -  MCA   MCA  -   MA  -   -
quarantined by its holder  -  -  -  -  C  -  MCA   -    CA  MA  -   C
quarantined by its maker   -  -  -  -  C  -  MCA   -    MA  MA  -   C
recalled                   C  -  -  -  C  -  MCA   MCA  -   -   MA  C
of a recalled lot          C  -  -  -  C  -  MCA   MCA  -   MA  -   C
expired                    -  -  -  -  C  -  MCA   MCA  -   MA  -   C
decommissioned             -  -  -  -  -  -  MCA   -    -   -   -   -
"""


def prepare(pair: Pair, cast: Cast) -> dict[str, tuple[bytes, bytes, bytes]]:
    """A unit in each state, beside it an idle box and an idle thing of the carrier's."""
    units = {}
    for state in STATES:
        lot = b"L" * 32 if state == "of a recalled lot" else bytes(32)
        unit = pair.item(cast.maker, state, EXPIRY if state == "expired" else 0, lot)
        box, thing = pair.mint(cast.carrier, state, count=2, kind=Kind.LOGISTIC)
        pair.do(cast.maker, Verb.SHIP, unit, to=cast.carrier.number)
        pair.do(cast.carrier, Verb.RECEIVE, unit)
        units[state] = (unit, box, thing)
    pair.do(cast.carrier, Verb.SHIP, units["shipped"][0], to=cast.shop.number)
    pair.do(cast.carrier, Verb.PACK, units["packed"][1], units["packed"][0])
    pair.do(cast.carrier, Verb.PACK, units["full"][0], units["full"][2])
    pair.do(cast.carrier, Verb.QUARANTINE, units["quarantined by its holder"][0])
    pair.do(cast.maker, Verb.QUARANTINE, units["quarantined by its maker"][0])
    pair.do(cast.maker, Verb.RECALL, units["recalled"][0])
    pair.do(cast.maker, Verb.RECALL, argument=pair.state(units["of a recalled lot"][0]).lot)
    pair.do(cast.carrier, Verb.DECOMMISSION, units["decommissioned"][0])
    pair.evm.now = EXPIRY
    return units


def attempt(pair: Pair, cast: Cast, party: Org, deed: str, unit: bytes, box: bytes, thing: bytes) -> None:
    """One party tries one deed on one unit. Raises RuleBroken."""
    if deed.startswith("ship"):
        to = cast.maker if deed.endswith("maker") else cast.shop
        pair.do(party, Verb.SHIP, unit, to=to.number)
    elif deed == "put into it":
        pair.do(party, Verb.PACK, unit, thing)
    elif deed == "pack":
        pair.do(party, Verb.PACK, box, unit)
    elif deed == "unpack":
        pair.do(party, Verb.UNPACK, box, unit)
    else:
        pair.do(party, Verb[deed.upper()], unit)


@pytest.fixture(scope="module")
def prepared() -> tuple[Pair, Cast, dict[str, tuple[bytes, bytes, bytes]]]:
    """The world of this page."""
    pair, cast = admitted()
    units = prepare(pair, cast)
    pair.check_everything()
    return pair, cast, units


@pytest.mark.parametrize("state", STATES)
def test_only_the_parties_in_the_table_may(
    prepared: tuple[Pair, Cast, dict[str, tuple[bytes, bytes, bytes]]], state: str
) -> None:
    base, cast, units = prepared
    [row] = [line[len(state) :].split() for line in ALLOWED.strip().splitlines() if line.startswith(f"{state}  ")]
    for deed, expected in zip(DEEDS, row, strict=True):
        allowed = ""
        for name in PARTIES:
            try:
                attempt(base.copy(), cast, getattr(cast, name), deed, *units[state])
            except RuleBroken:
                continue
            allowed += name[0].upper()
        assert allowed == expected.strip("-"), f"{deed} what is {state}"
