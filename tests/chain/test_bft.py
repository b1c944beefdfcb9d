"""Headers of QBFT and IBFT 2.0 hash without their seals: vectors built from the two specifications, and nothing else passes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from chain import rlp
from chain.bft import both_forms_of, hashed_forms, header_of
from chain.errors import BadProof
from chain.header import _FIELDS, Header

VANITY, VALIDATORS, SEALS = bytes(32), [b"\x11" * 20, b"\x22" * 20], [b"\x33" * 65, b"\x44" * 65]
PLAIN = Header(
    parent_hash=b"\x01" * 32, uncles_hash=b"\x02" * 32, coinbase=b"\x03" * 20, state_root=b"\x04" * 32,
    transactions_root=b"\x05" * 32, receipts_root=b"\x06" * 32, logs_bloom=bytes(256), difficulty=1, number=7, gas_limit=30_000,
    gas_used=0, timestamp=1_700_000_000, extra_data=b"", mix_hash=b"\x07" * 32, nonce=bytes(8), base_fee=0,
)  # fmt: skip


def sent(header: Header, named: bytes) -> dict[str, Any]:
    """The block as a node answers it."""
    names = {name: key for name, key, _ in _FIELDS}
    block: dict[str, Any] = {"hash": "0x" + named.hex()}
    for one in fields(header):
        value = getattr(header, one.name)
        if value is not None:
            block[names[one.name]] = hex(value) if isinstance(value, int) else "0x" + value.hex()
    return block


def sealed(round_: int, seals: list[bytes]) -> Header:
    return replace(PLAIN, extra_data=rlp.encode([VANITY, VALIDATORS, b"", round_, seals]))


def test_a_qbft_block_is_named_by_its_header_without_round_and_seals() -> None:
    on_chain = sealed(0, [])
    found = header_of(sent(sealed(3, SEALS), on_chain.hash))
    assert found == on_chain
    assert found.state_root == PLAIN.state_root


def test_an_ibft_2_block_is_named_by_its_header_without_these_elements() -> None:
    on_chain = replace(PLAIN, extra_data=rlp.encode([VANITY, VALIDATORS, b""]))
    assert header_of(sent(sealed(3, SEALS), on_chain.hash)) == on_chain


def test_any_other_block_is_named_by_what_was_sent() -> None:
    clique = replace(PLAIN, extra_data=VANITY + b"\x55" * 65)
    assert header_of(sent(clique, clique.hash)) == clique
    assert list(hashed_forms(clique)) == [clique]


def test_a_plain_block_may_spell_its_hash_in_capitals() -> None:
    block = sent(PLAIN, PLAIN.hash)
    assert both_forms_of(block | {"hash": "0x" + PLAIN.hash.hex().upper()}) == both_forms_of(block) == (PLAIN, PLAIN)


@pytest.mark.parametrize(
    "extra", [[VANITY, VALIDATORS, b"", 0], [b"", VALIDATORS, b"", 0, []], [VANITY, VALIDATORS, b"", 0, b""]]
)
def test_what_only_resembles_such_extra_data_is_left_as_it_is(extra: rlp.Plain) -> None:
    assert len(list(hashed_forms(replace(PLAIN, extra_data=rlp.encode(extra))))) == 1


def test_a_block_under_a_wrong_name_is_refused_in_every_form() -> None:
    for wrong in (bytes(32), replace(sealed(0, []), number=8).hash):
        with pytest.raises(BadProof):
            header_of(sent(sealed(3, SEALS), wrong))
    with pytest.raises(BadProof):
        header_of(None)
    with pytest.raises(BadProof):
        header_of(sent(sealed(3, SEALS), bytes(32)) | {"hash": None})
