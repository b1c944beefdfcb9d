"""RLP has one spelling: public vectors, round trips, and no second spelling under mutation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import rlp
from chain.errors import BadProof

trees = st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=6), max_leaves=30)


@given(trees)
def test_what_was_encoded_is_decoded(tree: rlp.Tree) -> None:
    assert rlp.decode(rlp.encode(tree)) == tree


@given(st.binary(max_size=80))
def test_random_bytes_are_refused_or_have_this_one_spelling(data: bytes) -> None:
    try:
        tree = rlp.decode(data)
    except BadProof:
        return
    assert rlp.encode(tree) == data


@given(trees, st.data())
def test_changed_bytes_are_refused_or_mean_something_else(tree: rlp.Tree, data: st.DataObject) -> None:
    good = rlp.encode(tree)
    bit = data.draw(st.integers(0, len(good) * 8 - 1))
    bad = bytearray(good)
    bad[bit // 8] ^= 1 << bit % 8
    for changed in (bytes(bad), good + b"\0", good[:-1], b"\xc0" + good):
        try:
            other = rlp.decode(changed)
        except BadProof:
            continue
        assert other != tree


@given(st.integers(0, 2**256 - 1))
def test_numbers_come_back(number: int) -> None:
    assert rlp.number(rlp.decode(rlp.encode(number))) == number


@pytest.mark.parametrize("item", [b"\0", b"\0\1", b"\1" * 9, [], [b"\1"]])
def test_what_is_no_number_of_its_size_is_refused(item: rlp.Tree) -> None:
    with pytest.raises(BadProof):
        rlp.number(item, 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8100",  # a byte in a string
        "817f",
        "81",  # no content
        "83aabb",
        "b800",  # length with a leading zero
        "b838" + "00" * 55,  # too short by one
        "b837" + "00" * 55,  # the long form where the short one fits
        "b90038" + "00" * 56,
        "f800",
        "f837" + "00" * 55,
        "b9ff",  # the length itself is cut off
        "bfffffffffffffffff",
        "ffffffffffffffffff",
        "c2",
        "c281",  # an item that ends behind its list
        "c28100",
        "c3820102ff",
        "0000",
        "c0c0",
    ],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(BadProof):
        rlp.decode(bytes.fromhex(text))


def test_many_items_in_few_bytes_are_refused_before_they_fill_the_memory() -> None:
    fitting = rlp.FREE_ITEMS + rlp.FREE_ITEMS // (rlp.BYTES_AN_ITEM - 1)
    assert rlp.decode(rlp.encode([b""] * fitting)) == [b""] * fitting
    for bomb in (rlp.encode([[]] * 10_000), rlp.encode([[[b""] * 5_000, [[]] * 5_000]])):
        with pytest.raises(BadProof, match="one allowed way"):
            rlp.decode(bomb)
    assert rlp.decode(rlp.encode([b"", []]), 2) == [b"", []]
    with pytest.raises(BadProof, match="one allowed way"):
        rlp.decode(rlp.encode([b"", [b""]]), 2)


def test_lists_are_nested_at_most_sixteen_deep() -> None:
    tree: rlp.Tree = []
    for _ in range(rlp.MAX_DEPTH - 1):
        tree = [tree]
    assert rlp.decode(rlp.encode(tree)) == tree
    with pytest.raises(BadProof):
        rlp.decode(rlp.encode([tree]))
    bomb = b"\xc1\xc0"
    for _ in range(3000):
        as_string = rlp.encode(bomb)
        bomb = bytes((as_string[0] + 0x40,)) + as_string[1:]
    with pytest.raises(BadProof, match="one allowed way"):
        rlp.decode(bomb)


def plain(value: object) -> rlp.Plain:
    """What the vectors' JSON means: texts, numbers, ``#`` decimals and lists."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, int):
        return value
    assert isinstance(value, str)
    return int(value[1:]) if value.startswith("#") else value.encode()


def vectors(shared: Path, name: str) -> dict[str, dict[str, object]]:
    read: dict[str, dict[str, object]] = json.loads((shared / "vectors" / "eth_rlp" / f"{name}.json").read_text())
    return read


def unhex(text: object) -> bytes:
    assert isinstance(text, str)
    return bytes.fromhex(text.removeprefix("0x"))


def test_public_vectors_are_encoded_and_decoded(shared: Path) -> None:
    for name, case in vectors(shared, "rlptest").items():
        encoded = rlp.encode(plain(case["in"]))
        assert encoded == unhex(case["out"]), name
        assert rlp.encode(rlp.decode(encoded)) == encoded, name


def test_public_invalid_vectors_are_refused(shared: Path) -> None:
    for name, case in vectors(shared, "invalidRLPTest").items():
        data = unhex(case["out"])
        with pytest.raises(BadProof):
            print(name, rlp.decode(data))
