"""What is read of the contract stands under the header, the pinned address and the pinned code, or is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tiny_keccak import keccak256

from chain import calls, encoding, rlp
from chain.encoding import M40, ZERO, word
from chain.errors import BadInput, BadProof
from chain.evidence import Checkpoint, Evidence, Trust
from chain.header import Header
from chain.journey import Entry, Item, Verb
from chain.proven import Storage
from chain.storage_proof import EMPTY_ROOT, lookup

CONTRACT = bytes(range(20))
CODE = keccak256(b"code")
# The whole state of a chain with one account: a leaf whose path is all of the hashed address.
LEAF = rlp.encode([b"\x20" + keccak256(CONTRACT), rlp.encode([0, 0, EMPTY_ROOT, CODE])])
HEADER = Header(
    parent_hash=ZERO,
    uncles_hash=ZERO,
    coinbase=bytes(20),
    state_root=keccak256(LEAF),
    transactions_root=ZERO,
    receipts_root=ZERO,
    logs_bloom=bytes(256),
    difficulty=0,
    number=7,
    gas_limit=0,
    gas_used=0,
    timestamp=1_700_000_000,
    extra_data=b"",
    mix_hash=ZERO,
    nonce=bytes(8),
)
TRUST = Trust(5, CONTRACT, CODE)


def storage(trust: Trust = TRUST, **changes: object) -> Storage:
    at = datetime.fromtimestamp(HEADER.timestamp, UTC)
    checkpoint = Checkpoint(TRUST.origin, 0, ZERO, HEADER.number, HEADER.hash, HEADER.state_root, at)
    node = lookup({keccak256(LEAF): LEAF})
    checkpoint = replace(checkpoint, **changes)  # type: ignore[arg-type]
    return Storage(Evidence(Item(), checkpoint, HEADER.rlp(), node, lambda _: ()), trust)


def test_the_pinned_contract_is_read_and_an_empty_storage_holds_nothing() -> None:
    found = storage()
    assert found.root == EMPTY_ROOT
    assert (found.number("log_size"), found.head(ZERO), found.lot(ZERO)) == (0, ZERO, (0, 0))
    assert found.device(bytes(20)) is None
    assert not found.roles(1)


def test_another_contract_is_shown_not_to_be_there() -> None:
    with pytest.raises(BadProof, match="does not exist"):
        _ = storage(replace(TRUST, contract=bytes(20))).root


def test_another_code_is_refused() -> None:
    with pytest.raises(BadProof, match="code"):
        _ = storage(replace(TRUST, code_hash=ZERO)).root


@pytest.mark.parametrize(
    "change",
    [
        {"block_hash": ZERO},
        {"block": 8},
        {"state_root": ZERO},
        {"at": datetime.fromtimestamp(HEADER.timestamp, UTC) + timedelta(seconds=1)},
    ],
)
def test_a_checkpoint_beside_its_header_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadProof, match="header"):
        _ = storage(**change).header


def test_the_beginning_of_a_longer_prefix_belongs_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    found = storage()
    for slot, owner in ((0, 0), (9, 9), (1 << 255, 0)):
        monkeypatch.setattr(Storage, "at", lambda *_, slot=slot: slot)
        assert found.prefix_owner(19506) == owner


# ---- words and their limits ------------------------------------------------------------------------------------------------


def test_a_state_that_the_contract_never_writes_is_refused() -> None:
    state = encoding.State(custodian=3, expiry=5, seq=2)
    assert encoding.unpack(encoding.pack(state), ZERO, ZERO) == state
    with pytest.raises(BadProof):
        encoding.unpack(0, ZERO, ZERO)


@pytest.mark.parametrize("digits", ["123", "1234567890123", "12a4", "１２３４"])
def test_what_is_no_company_prefix_is_refused(digits: str) -> None:
    with pytest.raises(BadInput):
        encoding.prefix_code(digits)


def test_a_prefix_keeps_its_leading_zeros() -> None:
    assert encoding.prefix_digits(encoding.prefix_code("0061")) == "0061"


def test_a_class_of_goods_without_a_lot_names_no_unit() -> None:
    with pytest.raises(BadInput):
        encoding.tail(Item(gtin="09506000134352"))


def test_an_expiry_beyond_the_calendar_is_its_last_day() -> None:
    assert str(encoding.expiry_date(M40)) == "9999-12-31"
    last = encoding.expiry_date(M40)
    assert encoding.expiry_date(encoding.expiry_seconds(last)) == last
    assert encoding.expiry_seconds(None) == 0
    assert encoding.expiry_date(0) is None


def test_an_event_without_fields_is_not_committed_to() -> None:
    with pytest.raises(BadInput):
        encoding.commitment({}, ZERO)


def test_the_contract_has_no_function_and_no_event_of_another_name() -> None:
    with pytest.raises(BadInput, match="no function"):
        calls.selector("withdraw")
    with pytest.raises(BadInput, match="logs no"):
        calls._topic("Transfer")


def test_a_device_is_in_doubt_from_the_second_that_is_told() -> None:
    entry = Entry(5, Verb.SHIP, 1, bytes(20), 2, 100, 100, ZERO, ZERO, (word(1),))
    device = encoding.Device(1, 0, 200, revoked_at=6, suspect_since=100)
    assert device.records(entry)
    assert device.suspect(entry)
    assert not device.suspect(replace(entry, record_time=99))
    assert not replace(device, suspect_since=0).suspect(entry)
