"""What is refused before it is parsed, and that nothing else is."""

from __future__ import annotations

import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chain.errors import BadInput
from chain.strict_json import loads

texts = st.text(max_size=8) | st.sampled_from(['"', "\\", '["', "]}", ":", "\\\\", ","])
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


def depth_of(value: object) -> int:
    if isinstance(value, list):
        return 1 + max(map(depth_of, value), default=0)
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 0


@given(values, st.booleans(), st.integers(0, 6))
def test_a_value_is_read_as_it_was_written_unless_it_is_too_deep(value: object, ascii_only: bool, limit: int) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    if depth_of(value) > limit:
        with pytest.raises(BadInput, match="nested deeper"):
            loads(text, depth=limit)
    else:
        assert loads(text, depth=limit) == orjson.loads(text)


def pairs_refused(text: bytes) -> bool:
    """Whether a plain recursive reader meets a name twice in one object."""
    twice = False

    def check(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal twice
        twice = twice or len(dict(pairs)) < len(pairs)
        return dict(pairs)

    json.loads(text, object_pairs_hook=check)
    return twice


@given(st.lists(st.tuples(st.sampled_from(["a", "b", ":", '"']), values), max_size=4), st.booleans())
@example([("a", 1), ("a", 1)], False)
def test_a_name_given_twice_is_refused_wherever_it_stands(pairs: list[tuple[str, object]], inside: bool) -> None:
    text = "{" + ",".join(f"{json.dumps(name)}:{json.dumps(value)}" for name, value in pairs) + "}"
    body = (f'[{{"x":{text}}}]' if inside else text).encode()
    if pairs_refused(body):
        with pytest.raises(BadInput, match="twice"):
            loads(body)
    else:
        assert loads(body) == orjson.loads(body)


@given(st.binary(max_size=40) | values.map(lambda value: json.dumps(value).encode()), st.data())
def test_bytes_of_any_kind_are_a_value_or_bad_input(body: bytes, data: st.DataObject) -> None:
    if body:
        place = data.draw(st.integers(0, len(body) - 1))
        body = body[:place] + data.draw(st.binary(max_size=3)) + body[place + 1 :]
    try:
        value = loads(body)
    except BadInput:
        return
    assert value == orjson.loads(body)


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"\\"":', b'["]",'])
def test_65000_levels_are_refused_before_they_are_parsed(opening: bytes) -> None:
    with pytest.raises(BadInput, match="nested deeper than 64"):
        loads(opening * 65_000)


@pytest.mark.parametrize("text", [b"NaN", b"[Infinity]", b"1e400", b"-1e999", b'"\\ud800"', b'"\xff"', b"", b"[1,]", b"{'a':1}"])
def test_what_is_not_json_is_refused(text: bytes) -> None:
    with pytest.raises(BadInput, match="not JSON"):
        loads(text)


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"[]," * 600_000 + b"1]",
        b"[" + b'{"a":1},' * 150_000 + b"1]",
        b"[" + b"1," * 600_000 + b"1]",
        b'"' + b"x" * 9_000_000 + b'\\ud83d\\ude00"',
        b'"' + b"x" * 9_000_000 + b'\xf0\x9f\x98\x80"',
    ],
    ids=["lists", "objects", "numbers", "one wide character, escaped", "one wide character"],
)
def test_small_text_that_becomes_large_objects_is_refused(text: bytes) -> None:
    with pytest.raises(BadInput, match="memory"):
        loads(text)


def test_a_long_plain_text_is_not() -> None:
    assert loads(b'{"a":"' + b"0" * 15_000_000 + b'"}') == {"a": "0" * 15_000_000}
