"""The issuer's signature: whom it names, what breaks it, and that its text is read back as the same item."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_keccak import keccak256

from chain import gs1
from chain.errors import BadInput, BadProof
from chain.journey import Item, Unreadable
from chain.keys import ORDER, SigningKey, derive
from chain.label import (
    Label,
    LabelDomain,
    label_digest,
    label_elements,
    label_signature,
    label_signers,
    label_text,
    read_label,
    sign_label,
    signed_text,
)

KEY = derive(bytes(range(32)), "issuer")
DOMAIN = LabelDomain(1337, bytes(range(20)))
ITEM = Item(gtin="09506000134352", serial="A1", lot="L(7)", expiry=date(2027, 3, 31))

# GS1 General Specifications, figure 7.11-1: the characters of AI (21) and (10)
CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"


def with_check_digit(digits: str) -> str:
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return digits + str(-total % 10)


def numbers(length: int) -> st.SearchStrategy[str]:
    """GTINs and SSCCs under the company prefix 9506000."""
    return st.text("0123456789", min_size=length - 9, max_size=length - 9).map(lambda own: with_check_digit("09506000" + own))


values = st.text(CHARACTERS, min_size=1, max_size=20)
trade_items = st.builds(
    Item,
    gtin=numbers(14),
    serial=values,
    lot=st.just("") | values,
    expiry=st.none() | st.dates(date(2010, 1, 1), date(2060, 12, 31)),
)
items = trade_items | st.builds(Item, sscc=numbers(18))


@settings(deadline=None)
@given(items)
def test_a_signed_label_reads_back_as_the_same_item_and_names_its_signer(item: Item) -> None:
    text = label_text(item, sign_label(item, KEY, DOMAIN))
    assert gs1.parse(text) == item
    read = read_label(text)
    assert isinstance(read, Label)
    assert (read.text, read.item) == (text, item)
    assert KEY.address in label_signers(read.item, read.signature, DOMAIN)


def test_another_base_changes_neither_item_nor_signature() -> None:
    signature = sign_label(ITEM, KEY, DOMAIN)
    text = label_text(ITEM, signature, "https://labels.example/x")
    assert text.startswith("https://labels.example/x/01/09506000134352/")
    assert gs1.parse(text) == ITEM
    assert label_signature(text) == signature


def test_what_is_signed_stays_what_it_is() -> None:
    """A changed byte here would turn every printed label into a forgery."""
    text = b"(01)09506000134352(21)A1\x1d(10)L(7)\x1d(17)270331"
    assert signed_text(ITEM).encode() == text
    preimage = b"\x19wayproof label 1\n" + (1337).to_bytes(32, "big") + bytes(range(20)) + text
    assert label_digest(ITEM, DOMAIN) == keccak256(preimage)
    assert (
        sign_label(ITEM, KEY, DOMAIN) == "RCAczkhAZGr04XqrHjzWX8IWf4kq0CFC8flwtrNxDIpS9XC__KI8zXc_5e-k5kc7D9rLyjj6xBONgUqj3xw3dw"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"gtin": "09506000134369"},
        {"serial": "A2"},
        {"serial": "a1"},
        {"lot": "L(8)"},
        {"lot": ""},
        {"expiry": date(2027, 4, 1)},
        {"expiry": date(2028, 3, 31)},
        {"expiry": None},
        {"sscc": "106141412345678908"},
        {"sscc": "106141412345678908", "gtin": "", "serial": ""},
    ],
    ids=str,
)
def test_a_label_with_another_text_has_another_signer(change: dict[str, Any]) -> None:
    signature = sign_label(ITEM, KEY, DOMAIN)
    assert KEY.address in label_signers(ITEM, signature, DOMAIN)
    assert KEY.address not in label_signers(replace(ITEM, **change), signature, DOMAIN)


@pytest.mark.parametrize("domain", [LabelDomain(1338, DOMAIN.contract), LabelDomain(1337, bytes(20))])
def test_a_label_of_another_chain_or_contract_has_another_signer(domain: LabelDomain) -> None:
    assert KEY.address not in label_signers(ITEM, sign_label(ITEM, KEY, DOMAIN), domain)


@given(trade_items, trade_items)
def test_no_two_items_are_signed_alike(one: Item, other: Item) -> None:
    assert (signed_text(one) == signed_text(other)) == (one == other)


def test_a_serial_with_brackets_does_not_pass_for_a_lot() -> None:
    plain = Item(gtin=ITEM.gtin, serial="A", lot="B", expiry=None)
    bracketed = Item(gtin=ITEM.gtin, serial="A(10)B")
    assert KEY.address not in label_signers(plain, sign_label(bracketed, KEY, DOMAIN), DOMAIN)


@given(trade_items, st.integers(0, 85), st.integers(0, 63))
def test_a_damaged_signature_never_names_the_signer(item: Item, place: int, other: int) -> None:
    signature = sign_label(item, KEY, DOMAIN)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    altered = signature[:place] + alphabet[other] + signature[place + 1 :]
    if altered != signature:
        try:
            signers = label_signers(item, altered, DOMAIN)
        except BadProof:
            signers = ()
        assert KEY.address not in signers


def _respelt(signature: str) -> list[str]:
    raw = base64.urlsafe_b64decode(signature + "==")
    high = raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".index(signature[-1])
    return [
        base64.urlsafe_b64encode(high).decode().rstrip("="),
        signature[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1],  # spare bits set
        signature + "==",
        signature + "A",
        signature[:-1],
        " " + signature[1:],
        "+" * 86,
        "é" * 86,
        "",
    ]


def test_a_signature_has_one_spelling() -> None:
    for other in _respelt(sign_label(ITEM, KEY, DOMAIN)):
        with pytest.raises(BadProof):
            label_signers(ITEM, other, DOMAIN)


def test_only_a_signature_is_printed_as_one() -> None:
    with pytest.raises(BadProof):
        label_text(ITEM, "A" * 85)


@pytest.mark.parametrize("item", [Item(), Item(gtin="09506000134352"), Item(gtin="09506000134352", lot="L")])
def test_a_class_of_goods_is_not_signed(item: Item) -> None:
    with pytest.raises(BadInput, match="serial"):
        sign_label(item, KEY, DOMAIN)


@pytest.mark.parametrize("serial", ["A\x1dB", "A\x00", "A\x7f", "\ud800"])
def test_control_characters_and_broken_text_are_not_signed(serial: str) -> None:
    item = Item(gtin="09506000134352", serial=serial)
    with pytest.raises(BadInput):
        sign_label(item, KEY, DOMAIN)
    with pytest.raises(BadInput):
        label_signers(item, sign_label(ITEM, KEY, DOMAIN), DOMAIN)


@pytest.mark.parametrize(("chain_id", "contract"), [(-1, bytes(20)), (2**256, bytes(20)), (1, bytes(19)), (1, b"")])
def test_a_domain_is_a_chain_and_a_contract(chain_id: int, contract: bytes) -> None:
    with pytest.raises(BadInput):
        LabelDomain(chain_id, contract)


def test_a_label_without_a_signature_has_none() -> None:
    read = read_label("https://id.gs1.org/01/09506000134352/21/A1")
    assert read == Label("https://id.gs1.org/01/09506000134352/21/A1", Item(gtin="09506000134352", serial="A1"), "")
    assert label_signature("(01)09506000134352(21)A1") == ""


def test_what_is_no_label_says_why() -> None:
    assert isinstance(read_label("https://example.org/shop?wp=1"), Unreadable)


def test_another_key_is_not_named() -> None:
    assert SigningKey(b"\x01" * 32).address not in label_signers(ITEM, sign_label(ITEM, KEY, DOMAIN), DOMAIN)


def test_a_gs1_code_carries_the_signature_in_its_internal_field() -> None:
    signature = sign_label(ITEM, KEY, DOMAIN)
    text = label_elements(ITEM, signature)
    assert label_signature(text) == signature
    label = read_label(text)
    assert isinstance(label, Label)
    assert (label.item, label.signature) == (ITEM, signature)
    assert KEY.address in label_signers(ITEM, label_signature(text), DOMAIN)
    with pytest.raises(BadProof):
        label_elements(ITEM, signature[:-1])


@pytest.mark.parametrize("text", ["wp1.", "(99)x wp1.", "0109506000134352\x1d92wp2.abc", "(01)09506000134353(92)wp1.abc"])
def test_a_text_with_the_mark_and_no_field_of_its_own_carries_none(text: str) -> None:
    assert label_signature(text) == ""
