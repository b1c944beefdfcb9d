"""EIP-712 digests, held against ethers and eth_account, and what is refused because two programs could differ on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.eip712 import Schema, domain_separator, typed_digest
from chain.errors import BadInput
from chain.keys import SigningKey

DOMAIN = {"name": "Wayproof", "version": "1", "chainId": 1337, "verifyingContract": "0x" + "ab" * 20}


def one(kind: str, value: object) -> bytes:
    """The digest of a message with one field of a type."""
    return typed_digest(DOMAIN, "Message", {"Message": [{"name": "field", "type": kind}]}, {"field": value})


def test_all_of_ethers(shared: Path) -> None:
    rows = json.loads((shared / "vectors/ethers/eip712.json").read_text())
    assert len(rows) >= 350
    signed = []
    for row in rows:
        digest = typed_digest(row["domain"], row["primaryType"], row["types"], row["data"])
        assert "0x" + digest.hex() == row["digest"], row["name"]
        if "signature" in row:
            signature = SigningKey(bytes.fromhex(row["privateKey"][2:])).sign_digest(digest)
            assert "0x" + signature.hex() == row["signature"]
            signed.append(row["name"])
    assert "EIP712 example" in signed


def _documents(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob(f"{name}*.json")):
        content = json.loads(path.read_text())
        found |= {path.stem: content} if "types" in content else content
    return found


def _digest(document: dict[str, Any]) -> bytes:
    return typed_digest(document["domain"], document["primaryType"], document["types"], document["message"])


def test_valid_messages_have_the_digest_of_eth_account(shared: Path) -> None:
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    folder = shared / "vectors/eip712_ethaccount"
    documents = {
        name: document
        for prefix in ("valid_for_all", "valid_eip712", "valid_message")
        for name, document in _documents(folder, prefix).items()
    }
    assert len(documents) >= 6
    for name, document in documents.items():
        assert _digest(document) == _hash_eip191_message(encode_typed_data(full_message=document)), name


@pytest.mark.parametrize("prefix", ["invalid", "one_arg_invalid", "valid_py_and_metamask"])
def test_messages_that_any_of_the_libraries_refuses_are_refused(shared: Path, prefix: str) -> None:
    documents = _documents(shared / "vectors/eip712_ethaccount", prefix)
    assert len(documents) >= 3
    for document in documents.values():
        with pytest.raises(BadInput):
            _digest(document)


# --- generated types and values -----------------------------------------------------------------------------

_ATOMS: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(codec="utf-8"), max_size=40),
    "bytes": st.binary(max_size=40),
    "bool": st.booleans(),
    "address": st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex()),
    "bytes32": st.binary(min_size=32, max_size=32),
    "bytes5": st.binary(min_size=5, max_size=5),
    "uint8": st.integers(0, 255),
    "uint256": st.integers(0, 2**256 - 1),
    "int8": st.integers(-128, 127),
    "int256": st.integers(-(2**255), 2**255 - 1),
}


@st.composite
def _typed(draw: st.DrawFn, kinds: list[str]) -> tuple[str, Any]:
    kind = draw(st.sampled_from(kinds))
    part = st.fixed_dictionaries({"code": _ATOMS["bytes5"], "count": _ATOMS["int256"]})
    value: st.SearchStrategy[Any] = _ATOMS.get(kind, part)
    for _ in range(draw(st.integers(0, 2))):
        size = draw(st.none() | st.integers(1, 3))
        kind += "[]" if size is None else f"[{size}]"
        value = st.lists(value, min_size=size or 0, max_size=3 if size is None else size)
    return kind, draw(value)


@settings(deadline=None)
@given(st.lists(_typed([*_ATOMS, "Part"]), min_size=1, max_size=5))
def test_generated_messages_have_the_digest_of_eth_account(fields: list[tuple[str, Any]]) -> None:
    from eth_account.messages import _hash_eip191_message, encode_typed_data

    types = {
        "Whole": [{"name": f"f{place}", "type": kind} for place, (kind, _) in enumerate(fields)],
        "Part": [{"name": "code", "type": "bytes5"}, {"name": "count", "type": "int256"}],
    }
    message = {f"f{place}": value for place, (_, value) in enumerate(fields)}
    used = types if any(kind.startswith("Part") for kind, _ in fields) else {"Whole": types["Whole"]}
    # eth_account reads a text that begins with 0x as hexadecimal only for bytes, so texts are texts for both
    theirs = _hash_eip191_message(encode_typed_data(DOMAIN, used, message))
    assert typed_digest(DOMAIN, "Whole", used, message) == theirs
    schema = Schema(types)
    assert schema.digest(DOMAIN, "Whole", message) == theirs


@pytest.mark.parametrize(
    ("kind", "same"),
    [
        ("uint256", [255, "255", "0xff", "0x00FF"]),
        ("int16", [-5, "-5"]),
        ("bytes2", [b"\xab\xcd", "0xabcd", "0xABCD"]),
        ("bytes", [b"", "0x"]),
        ("address", [bytes(20), "0x" + "00" * 20]),
        ("uint8[]", [[1, 2], (1, 2), ["1", "0x2"]]),
    ],
)
def test_spellings_of_one_value_have_one_digest(kind: str, same: list[object]) -> None:
    assert len({one(kind, value) for value in same}) == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", 5), ("string", None), ("string", b"x"), ("string", "\ud800"),
        ("bool", 1), ("bool", "true"), ("bool", None),
        ("uint8", 256), ("uint8", -1), ("uint8", True), ("uint8", 1.0), ("uint8", "01"), ("uint8", "-0"),
        ("uint8", " 1"), ("uint8", "0x"), ("uint8", ""), ("uint8", "\u0661"), ("uint8", None),
        ("int8", 128), ("int8", -129), ("int8", "--1"),
        ("bytes", "text"), ("bytes", "0xabc"), ("bytes", 5), ("bytes", None), ("bytes", bytearray(b"x")),
        ("bytes2", b"x"), ("bytes2", b"xyz"), ("bytes2", "0xab"), ("bytes2", "ab"),
        ("address", bytes(19)), ("address", "0x" + "0" * 39), ("address", "00" * 20), ("address", 0),
        ("uint8[]", {}), ("uint8[]", 1), ("uint8[]", "12"), ("uint8[2]", [1]), ("uint8[2]", [1, 2, 3]), ("uint8[]", None),
        ("uint8[][]", [1]),
    ],
)  # fmt: skip
def test_values_that_are_not_of_their_type_are_refused(kind: str, value: object) -> None:
    with pytest.raises(BadInput, match="cannot be signed"):
        one(kind, value)


@pytest.mark.parametrize(
    "kind",
    ["", "uint", "int", "uint7", "uint264", "uint0", "uint08", "int512", "bytes0", "bytes33", "byte", "Other", "uint8[0]",
     "uint8[", "uint8[-1]", "uint8[01]", "uint8 ", "address payable", "string[][x]"],
)  # fmt: skip
def test_types_that_do_not_exist_are_refused(kind: str) -> None:
    with pytest.raises(BadInput):
        Schema({"Message": [{"name": "field", "type": kind}]})


@pytest.mark.parametrize(
    "types",
    [
        {"uint8": []},
        {"two words": []},
        {"A(uint8 x)B": []},
        {"": []},
        {"Message": [{"name": "a b", "type": "bool"}]},
        {"Message": [{"name": "", "type": "bool"}]},
        {"Message": [{"name": "a"}]},
        {"Message": [{"name": "a", "type": "bool", "more": "x"}]},
        {"Message": [{"name": "a", "type": "bool"}, {"name": "a", "type": "bool"}]},
    ],
)
def test_types_that_could_be_read_in_two_ways_are_refused(types: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Schema(types)


@pytest.mark.parametrize("message", [{}, {"field": True, "more": 1}, {"Field": True}, None, [True]])
def test_a_message_has_exactly_the_fields_of_its_type(message: Any) -> None:
    with pytest.raises(BadInput):
        typed_digest(DOMAIN, "Message", {"Message": [{"name": "field", "type": "bool"}]}, message)


def test_a_message_is_of_a_type_that_is_defined() -> None:
    with pytest.raises(BadInput, match="not defined"):
        typed_digest(DOMAIN, "Other", {"Message": []}, {})


def test_types_refer_to_each_other_in_alphabetical_order_and_once() -> None:
    schema = Schema(
        {
            "Top": [{"name": "b", "type": "Beta[]"}, {"name": "a", "type": "Alpha"}],
            "Beta": [{"name": "a", "type": "Alpha[2]"}, {"name": "more", "type": "Beta[]"}],
            "Alpha": [{"name": "n", "type": "uint8"}],
        }
    )
    assert schema.encode_type("Top") == "Top(Beta[] b,Alpha a)Alpha(uint8 n)Beta(Alpha[2] a,Beta[] more)"


def test_a_message_nested_without_end_is_refused() -> None:
    types = {"Box": [{"name": "inner", "type": "Box[]"}]}
    fine: dict[str, Any] = {"inner": []}
    for _ in range(14):
        fine = {"inner": [fine]}
    assert len(typed_digest(DOMAIN, "Box", types, fine)) == 32
    with pytest.raises(BadInput, match="too deep"):
        typed_digest(DOMAIN, "Box", types, {"inner": [{"inner": [fine]}]})


def test_a_domain_binds_all_its_fields_and_takes_no_others() -> None:
    full = {**DOMAIN, "salt": bytes(32)}
    separators = {domain_separator({name: full[name] for name in full if name != left_out}) for left_out in [*full, None]}
    assert len(separators) == len(full) + 1
    assert domain_separator(dict(reversed(full.items()))) == domain_separator(full)
    for wrong in ({"chain": 1}, {**DOMAIN, "more": ""}, {"chainId": -1}, {"verifyingContract": bytes(21)}):
        with pytest.raises(BadInput):
            domain_separator(wrong)


def test_a_domain_is_not_signed_as_a_message() -> None:
    types = {"EIP712Domain": [{"name": "chainId", "type": "uint256"}]}
    with pytest.raises(BadInput):
        typed_digest({"chainId": 1}, "EIP712Domain", types, {"chainId": 1})


def test_a_defined_domain_must_be_the_one_that_is_used() -> None:
    types = {
        "EIP712Domain": [{"name": "chainId", "type": "uint256"}, {"name": "name", "type": "string"}],
        "Message": [{"name": "field", "type": "bool"}],
    }
    with pytest.raises(BadInput, match="not the one that is defined"):  # another order is another domain type
        typed_digest({"chainId": 1, "name": "x"}, "Message", types, {"field": True})
    types["EIP712Domain"].reverse()
    assert typed_digest({"chainId": 1, "name": "x"}, "Message", types, {"field": True})
