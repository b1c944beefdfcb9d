"""JSON-RPC values are read strictly, and what a call reverted with is put into words."""

from __future__ import annotations

import pytest
from eth_abi import encode
from hypothesis import given
from hypothesis import strategies as st

from chain.devnet.shapes import data, quantity, revert_reason
from chain.errors import LedgerError

ERROR, PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")


@given(number=st.integers(0, (1 << 256) - 1), raw=st.binary(max_size=70))
def test_what_is_written_is_read(number: int, raw: bytes) -> None:
    assert quantity(hex(number), "it") == number
    assert data("0x" + raw.hex(), "it") == raw
    assert data("0x" + raw.hex().upper(), "it", len(raw)) == raw


@pytest.mark.parametrize(
    "value", ["", "0x", "1", "0xg", "0x" + "1" * 65, " 0x1", "0x1\n", "-0x1", 1, None, True, b"0x1", ["0x1"]]
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(LedgerError, match="invalid argument it"):
        quantity(value, "it")


@pytest.mark.parametrize("value", ["", "0x1", "12", "0xzz", "0x12\n", 1, None, b"0x12", {}])
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(LedgerError, match="invalid argument it"):
        data(value, "it")


def test_a_number_or_data_of_another_size_is_refused() -> None:
    with pytest.raises(LedgerError):
        quantity("0x100", "it", 8)
    with pytest.raises(LedgerError):
        data("0x12", "it", 2)


@given(words=st.text(max_size=80))
def test_a_reason_is_read_back(words: str) -> None:
    assert revert_reason(ERROR + encode(["string"], [words])) == words


@given(output=st.binary(max_size=40) | st.binary(max_size=150).map(lambda raw: ERROR + raw))
def test_no_output_is_too_strange(output: bytes) -> None:
    assert isinstance(revert_reason(output), str)


def test_a_panic_is_told_by_its_code() -> None:
    assert revert_reason(PANIC + encode(["uint256"], [0x11])) == "panic code 0x11"
    assert revert_reason(PANIC) == revert_reason(b"") == revert_reason(b"\x01\x02\x03\x04") == ""
    assert revert_reason(ERROR + (32).to_bytes(32, "big") + (99).to_bytes(32, "big") + b"short") == ""
