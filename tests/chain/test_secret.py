"""The secret under a scratch field: random, typed as printed, and bound to one item."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.journey import Item
from chain.secret import ALPHABET, FIELD, LENGTH, PREFIX, agrees, committed, grouped, is_secret, new_secrets, typed

ITEM = Item(gtin="09506000134352", serial="A1")


def test_secrets_are_random_and_long_enough() -> None:
    drawn = new_secrets(500)
    assert len(set(drawn)) == 500
    assert {len(one) for one in drawn} == {LENGTH}
    assert 5 * LENGTH >= 64
    turn = iter("AB" * LENGTH)
    assert new_secrets(2, lambda _: next(turn)) == ["AB" * (LENGTH // 2)] * 2


@given(st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH), st.binary(min_size=16, max_size=16))
def test_what_is_printed_can_be_typed_and_agrees(secret: str, salt: bytes) -> None:
    assert typed(grouped(secret)) == typed(secret.lower()) == typed(f" {PREFIX}{secret} ") == secret
    assert is_secret(PREFIX + secret)
    assert not is_secret(secret)
    assert typed(secret.replace("0", "o").replace("1", "l")) == secret
    fields = {FIELD: committed(salt, [ITEM, ITEM], [secret, "0" * LENGTH])}
    assert agrees(fields, 0, ITEM, secret) is True
    assert agrees(fields, 1, ITEM, "1" * LENGTH) is False
    assert agrees(fields, 0, Item(gtin=ITEM.gtin, serial="A2"), secret) is False  # of another item


@given(st.text() | st.text(ALPHABET + "-ä"))
def test_any_text_is_a_secret_or_refused(text: str) -> None:
    try:
        found = typed(text)
    except BadInput:
        return
    assert len(found) == LENGTH
    assert set(found) <= set(ALPHABET)


@given(
    st.none()
    | st.integers()
    | st.dictionaries(st.sampled_from(["salt", "hashes"]), st.none() | st.text(max_size=70) | st.lists(st.text() | st.integers()))
)
def test_details_of_any_shape_are_no_agreement(told: object) -> None:
    assert agrees({FIELD: told}, 0, ITEM, "0" * LENGTH) in (None, False)
    assert agrees({}, 0, ITEM, "0" * LENGTH) is None
    assert agrees({FIELD: committed(bytes(16), [ITEM], ["0" * LENGTH])}, -1, ITEM, "0" * LENGTH) is None
