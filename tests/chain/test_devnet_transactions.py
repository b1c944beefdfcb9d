"""Raw transactions are read as the reference signer wrote them, and everything else is refused in words."""

from __future__ import annotations

from typing import Any

import pytest
from eth.vm.forks.london.transactions import LondonTransactionBuilder
from eth_account import Account
from eth_account.datastructures import SignedTransaction
from eth_utils import to_checksum_address
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256

from chain import rlp
from chain.devnet.transactions import GAS_CAP, MAX_DATA, decode
from chain.errors import LedgerError
from chain.keys import ORDER, SigningKey
from chain.transaction import Transaction as Unsigned

SECRET = bytes(31) + b"\x07"
KEY = SigningKey(SECRET)
ADDRESS = Account.from_key(SECRET).address

addresses = st.binary(min_size=20, max_size=20).map(to_checksum_address)
slots = st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex())
access_lists = st.lists(st.fixed_dictionaries({"address": addresses, "storageKeys": st.lists(slots, max_size=2)}), max_size=2)
common = {
    "chainId": st.just(1337),
    "nonce": st.integers(0, (1 << 64) - 2),
    "gas": st.integers(70_000, GAS_CAP),
    "to": addresses,
    "value": st.integers(0, (1 << 256) - 1),
    "data": st.binary(max_size=200),
}
price = st.integers(0, (1 << 200) - 1)
fields = st.one_of(
    st.fixed_dictionaries(common | {"gasPrice": price}),
    st.fixed_dictionaries(common | {"gasPrice": price, "accessList": access_lists, "type": st.just(1)}),
    st.fixed_dictionaries(common | {"fees": st.tuples(price, price).map(sorted), "accessList": access_lists, "type": st.just(2)}),
)


def signed(given_fields: dict[str, Any]) -> SignedTransaction:
    wanted = dict(given_fields)
    if "fees" in wanted:
        wanted["maxPriorityFeePerGas"], wanted["maxFeePerGas"] = wanted.pop("fees")
    if wanted.get("type") == 0:
        del wanted["type"]
    return Account.sign_transaction(wanted, SECRET)


@given(wanted=fields)
@settings(deadline=None)
def test_what_the_reference_signs_is_read_as_it_was_meant(wanted: dict[str, Any]) -> None:
    made = signed(wanted)
    raw = bytes(made.raw_transaction)
    one = decode(raw, 1337)
    assert one.hash == made.hash
    assert "0x" + one.sender.hex() == ADDRESS.lower()
    assert one.kind == wanted.get("type", 0)
    assert (one.nonce, one.gas, one.value, one.data) == (wanted["nonce"], wanted["gas"], wanted["value"], wanted["data"])
    assert to_checksum_address(one.to) == wanted["to"]
    assert (one.r, one.s, one.v) == (made.r, made.s, made.v)
    fees = wanted.get("fees") or [wanted["gasPrice"]] * 2
    assert [one.max_priority_fee_per_gas, one.max_fee_per_gas] == fees
    assert one.gas_price == fees[0]
    listed = [(to_checksum_address(address), [f"0x{slot:064x}" for slot in keys]) for address, keys in one.access_list]
    assert listed == [(entry["address"], entry["storageKeys"]) for entry in wanted.get("accessList", [])]


@given(wanted=fields, data=st.data())
@settings(deadline=None)
def test_an_altered_transaction_is_refused_or_another_ones(wanted: dict[str, Any], data: st.DataObject) -> None:
    raw = bytearray(signed(wanted).raw_transaction)
    place = data.draw(st.integers(0, len(raw) - 1))
    cut = data.draw(st.booleans())
    if cut:
        raw = raw[:place]
    else:
        raw[place] ^= data.draw(st.integers(1, 255))
    try:
        one = decode(bytes(raw), 1337)
    except LedgerError as error:
        sender, code = b"", error.details["code"]
    else:
        sender, code = one.sender, -32000
    assert sender != KEY.address
    assert code == -32000


@given(raw=st.binary(max_size=200))
@settings(deadline=None)
def test_bytes_are_refused(raw: bytes) -> None:
    assume(raw[:1] != b"\xf8")
    with pytest.raises(LedgerError) as caught:
        decode(raw, 1337)
    assert caught.value.details["code"] == -32000


def ours(**changed: Any) -> bytes:
    given_fields = {"chain_id": 1337, "nonce": 0, "to": b"\x01" * 20, "data": b"", "gas": 21_000, "max_fee": 0} | changed
    return KEY.sign_transaction(Unsigned(**{"max_priority_fee": None} | given_fields))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (ours(chain_id=1), "invalid chain id for signer: have 1 want 1337"),
        (ours(chain_id=1, max_priority_fee=0), "invalid chain id for signer: have 1 want 1337"),
        (ours(gas=GAS_CAP + 1), f"transaction gas limit too high \\(cap: {GAS_CAP}, tx: {GAS_CAP + 1}\\)"),
        (ours(gas=20_999), "intrinsic gas too low: gas 20999, minimum needed 21000"),
        (ours(gas=52_999, to=None), "intrinsic gas too low: gas 52999, minimum needed 53000"),
        (ours(data=bytes(MAX_DATA)), "oversized data"),
        (b"\x03" + ours(max_priority_fee=0)[1:], "the bytes are not a transaction"),
        (b"", "the bytes are not a transaction"),
        (ours() + b"\x00", "the bytes are not a transaction"),
    ],
)
def test_what_no_state_could_make_right_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(LedgerError, match=words):
        decode(raw, 1337)


def test_a_transaction_that_is_bound_to_no_chain_is_refused() -> None:
    made = Account.sign_transaction({"nonce": 0, "gas": 21_000, "gasPrice": 0, "to": ADDRESS, "value": 0, "data": b""}, SECRET)
    with pytest.raises(LedgerError, match="replay-protected"):
        decode(bytes(made.raw_transaction), 1337)


def test_the_second_spelling_of_a_signature_is_refused() -> None:
    items = rlp.decode(ours())
    assert isinstance(items, list)
    v, s = rlp.number(items[6]), rlp.number(items[8])
    flipped = rlp.encode([*items[:6], 2 * (2 * 1337 + 35) + 1 - v, items[7], ORDER - s])
    with pytest.raises(LedgerError, match="invalid sender"):
        decode(flipped, 1337)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({2: 2}, "max priority fee per gas higher than max fee per gas"),
        ({5: b"\x01" * 19}, "the bytes are not a transaction"),
        ({7: [b"a"]}, "the bytes are not a transaction"),
        ({1: b"\x00"}, "the bytes are not a transaction"),
        ({8: b"a"}, "the bytes are not a transaction"),
        ({8: [[b"\x01" * 20]]}, "the bytes are not a transaction"),
        ({8: [[b"\x01" * 19, []]]}, "the bytes are not a transaction"),
        ({8: [[b"\x01" * 20, b"a"]]}, "the bytes are not a transaction"),
        ({8: [[b"\x01" * 20, [b"\x01" * 31]]]}, "the bytes are not a transaction"),
        ({9: 2}, "invalid sender"),
        ({10: 0}, "invalid sender"),
        ({11: ORDER}, "invalid sender"),
    ],
)
def test_wrong_fields_are_refused_in_words(changed: dict[int, Any], words: str) -> None:
    items: list[Any] = [1337, 0, 1, 1, 21_000, b"\x01" * 20, 0, b"", []]
    items = [changed.get(place, item) for place, item in enumerate(items)]
    signature = KEY.sign_digest(keccak256(b"\x02" + rlp.encode(items)))
    parts = [signature[64] - 27, int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")]
    parts = [changed.get(place, part) for place, part in enumerate(parts, 9)]
    with pytest.raises(LedgerError, match=words):
        decode(b"\x02" + rlp.encode([*items, *parts]), 1337)


@given(wanted=fields)
@settings(deadline=None, max_examples=50)
def test_intrinsic_gas_is_that_of_py_evm(wanted: dict[str, Any]) -> None:
    raw = bytes(signed(wanted).raw_transaction)
    assert decode(raw, 1337).intrinsic_gas == LondonTransactionBuilder.decode(raw).intrinsic_gas
