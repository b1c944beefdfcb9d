"""Quantities, data and addresses of JSON-RPC: as the specification writes them, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import rpc
from chain.errors import LedgerError


@given(st.integers(0, 2**256 - 1), st.binary(max_size=100))
def test_numbers_and_bytes_come_back_as_they_went(number: int, some: bytes) -> None:
    assert rpc.quantity(rpc.hexed(number)) == number
    assert rpc.data(rpc.hexed(some)) == some
    assert rpc.data(rpc.hexed(some), len(some)) == some


@given(st.none() | st.integers() | st.text() | st.lists(st.text()) | st.text("0123456789abcdefx", max_size=8))
def test_what_is_neither_is_refused(value: Any) -> None:
    for read in (rpc.quantity, rpc.data):
        try:
            found = read(value)
        except LedgerError:
            continue
        assert isinstance(value, str)
        assert value.startswith("0x")
        assert isinstance(found, (int, bytes))


def test_data_of_another_length_is_refused() -> None:
    for value in ("0x", "0x" + "00" * 31, "0x" + "00" * 33):
        with pytest.raises(LedgerError, match="right length"):
            rpc.data(value, 32)


@pytest.mark.parametrize("value", [None, {}, [], [1, 2, 3], "0x"])
def test_an_array_of_another_length_is_refused(value: Any) -> None:
    with pytest.raises(LedgerError, match="another shape"):
        rpc.items(value, 2)


@pytest.mark.parametrize(
    ("nonce", "address"),
    [
        (0, "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
        (1, "343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
        (2, "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
    ],
)
def test_a_contracts_address_follows_from_its_maker(nonce: int, address: str) -> None:
    """The well-known addresses of 0x6ac7...dbf0's first contracts."""
    sender = bytes.fromhex("6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0")
    assert rpc.contract_address(sender, nonce).hex() == address
