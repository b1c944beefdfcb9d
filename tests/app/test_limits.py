"""What a person types as a network's limits: kept in network.json and held to at once, or refused in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.network.access import GWEI, Access, access_of, save_access, with_limits
from app.station import Station
from chain.errors import BadInput

ACCESS = Access(("http://127.0.0.1:1",), fee_cap=2 * GWEI, finality=64)


@pytest.mark.parametrize(
    ("cap", "wei"), [("3", 3 * GWEI), (" 0.5 ", GWEI // 2), ("2,5", 2_500_000_000), ("0.000000001", 1), ("1000000", 10**6 * GWEI)]
)
def test_a_cap_is_gwei_with_a_point_or_a_comma(cap: str, wei: int) -> None:
    assert with_limits(ACCESS, cap, "12") == Access(ACCESS.endpoints, fee_cap=wei, finality=12)


@pytest.mark.parametrize("cap", ["", "0", "-1", "two", "1e99", "NaN", "Infinity", "1000001", "0.0000000001", "1 000", "1,000.5"])
def test_a_cap_that_is_none_is_refused(cap: str) -> None:
    with pytest.raises(BadInput, match="in gwei"):
        with_limits(ACCESS, cap, "12")


@pytest.mark.parametrize("blocks", ["", "-1", "1.5", "many", "100001", "1e3", "٣", "9" * 30])
def test_a_finality_that_is_none_is_refused(blocks: str) -> None:
    with pytest.raises(BadInput, match="number of blocks"):
        with_limits(ACCESS, "2", blocks)


@given(st.text(), st.text())
def test_any_text_is_limits_or_is_refused(cap: str, blocks: str) -> None:
    try:
        limited = with_limits(ACCESS, cap, blocks)
    except BadInput:
        return
    assert 0 < limited.fee_cap <= 10**6 * GWEI
    assert 0 <= limited.finality <= 100_000


def test_limits_are_written_and_shown_where_there_are_fees(tmp_path: Path) -> None:
    with Station.open(tmp_path, offline=True) as station:
        assert station.settings().fee_cap is None
        with pytest.raises(BadInput, match="chain of its own"):
            station.limit("2", "12")
        save_access(tmp_path, Access(ACCESS.endpoints))
        settings = station.limit("2.5", "12")
        assert (f"{settings.fee_cap:f}", settings.finality) == ("2.5", 12)
        found = access_of(tmp_path)
        assert found is not None
        assert (found.fee_cap, found.finality) == (2_500_000_000, 12)
        with pytest.raises(BadInput):
            station.limit("2.5", "soon")
        assert access_of(tmp_path) == found
        save_access(tmp_path, Access(ACCESS.endpoints, fee_cap=0))
        assert station.settings().finality is None, "a network without fees"
