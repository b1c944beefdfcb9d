"""Signing, recovery, transactions and derivation, held against eth_account and the vectors of others."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from hypothesis import given, settings
from hypothesis import strategies as st

from chain import keys
from chain.errors import BadInput, BadProof
from chain.keys import (
    ORDER,
    SigningKey,
    Transaction,
    derive,
    embedded_master,
    possible_signers,
    recover,
    transaction_hash,
)

scalars = st.integers(1, ORDER - 1).map(lambda number: number.to_bytes(32, "big"))
digests = st.binary(min_size=32, max_size=32)
uint256 = st.integers(0, 2**256 - 1)


def spelt(r: int, s: int, v: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes((v,))


def hexed(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


def number(text: str) -> int:
    return int(text.removeprefix("0x") or "0", 16)


# --- keys ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", [b"", bytes(32), bytes(31) + b"", ORDER.to_bytes(32, "big"), b"\xff" * 32, bytes(33)])
def test_only_a_scalar_of_the_curve_is_a_key(secret: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        SigningKey(secret)
    assert caught.value.details == {}  # a mistyped secret does not end up in a log


@given(scalars)
def test_a_key_shows_its_address_and_never_its_secret(secret: bytes) -> None:
    key = SigningKey(secret)
    for shown in (repr(key), str(key), f"{key}", repr([key])):
        assert "0x" + key.address.hex() in shown
        assert secret.hex() not in shown
        assert repr(secret) not in shown


def test_a_key_is_not_copied_out_of_its_process() -> None:
    key = SigningKey(b"\x01" * 32)
    with pytest.raises(TypeError):
        pickle.dumps(key)
    with pytest.raises(TypeError):
        copy.deepcopy(key)


def test_addresses_are_those_of_ethers(shared: Path) -> None:
    rows = json.loads((shared / "vectors/ethers/accounts.json").read_text())
    rows = [row for row in rows if "privateKey" in row]
    assert len(rows) > 100
    for row in rows:
        assert SigningKey(hexed(row["privateKey"])).address == hexed(row["address"])


def test_the_brain_wallet_of_ethereums_own_tests(shared: Path) -> None:
    row = json.loads((shared / "vectors/eth_basic/keyaddrtest.json").read_text())[0]
    assert SigningKey(hexed(row["key"])).address == hexed(row["addr"])


# --- signatures ---------------------------------------------------------------------------------------------


@given(scalars, digests)
def test_a_signature_is_that_of_eth_account_and_recovers(secret: bytes, digest: bytes) -> None:
    key = SigningKey(secret)
    signature = key.sign_digest(digest)
    assert signature == bytes(Account.unsafe_sign_hash(digest, secret).signature)
    assert recover(digest, signature) == key.address
    assert key.address in possible_signers(digest, signature[:64])


@pytest.mark.parametrize("size", [0, 31, 33])
def test_only_digests_are_signed_and_recovered(size: int) -> None:
    key = SigningKey(b"\x01" * 32)
    with pytest.raises(BadInput):
        key.sign_digest(bytes(size))
    with pytest.raises(BadProof):
        recover(bytes(size), key.sign_digest(bytes(32)))


@given(scalars, digests)
def test_no_second_spelling_of_a_signature_is_accepted(secret: bytes, digest: bytes) -> None:
    signature = SigningKey(secret).sign_digest(digest)
    r, s, v = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"), signature[64]
    high = spelt(r, ORDER - s, 55 - v)
    others = [high, signature + b"\x00", signature[:64], b""]
    others += [signature[:64] + bytes((other,)) for other in range(256) if other not in (27, 28)]
    if r + ORDER < 2**256:
        others.append(spelt(r + ORDER, s, v))
    for other in others:
        with pytest.raises(BadProof):
            recover(digest, other)
    with pytest.raises(BadProof):
        possible_signers(digest, high[:64])


@given(scalars, digests, st.integers(0, 64 * 8 - 1))
def test_a_flipped_bit_never_recovers_the_signer(secret: bytes, digest: bytes, bit: int) -> None:
    key = SigningKey(secret)
    altered = bytearray(key.sign_digest(digest))
    altered[bit // 8] ^= 1 << bit % 8
    try:
        signer = recover(digest, bytes(altered))
    except BadProof:
        signer = b""
    assert signer != key.address


@pytest.mark.parametrize(
    ("r", "s"), [(0, 1), (1, 0), (ORDER, 1), (1, ORDER), (1, ORDER // 2 + 1), (2**256 - 1, 1), (5, 1), (0, 0)]
)
def test_numbers_out_of_range_are_refused(r: int, s: int) -> None:
    for v in (27, 28):  # 5 is the abscissa of no point of the curve
        with pytest.raises(BadProof):
            recover(b"\x07" * 32, spelt(r, s, v))
    with pytest.raises(BadProof):
        possible_signers(b"\x07" * 32, spelt(r, s, 0)[:64])


@pytest.mark.parametrize("size", [0, 63, 65])
def test_possible_signers_want_64_bytes(size: int) -> None:
    with pytest.raises(BadProof):
        possible_signers(bytes(32), bytes(size))


def test_a_signature_of_the_point_at_infinity_has_one_possible_signer_at_most() -> None:
    # With r the abscissa of G, s = 1 and the digest r's inverse image of -/+ G, one of the two candidates is infinity:
    # Q = (s R - z G) / r, which vanishes for R = G and z = s.
    g = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
    signature, digest = spelt(g, 1, 27), (1).to_bytes(32, "big")
    with pytest.raises(BadProof):
        recover(digest, signature)
    assert len(possible_signers(digest, signature[:64])) == 1


def _p1363(row: dict[str, Any], der: bool) -> bytes | None:
    """A vector's signature as 64 bytes r || s, or None where it cannot be spelt so."""
    raw = hexed(row["sig"])
    if not der:
        return raw
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    try:
        r, s = decode_dss_signature(raw)
    except ValueError:
        return None
    return spelt(r, s, 0)[:64] if 0 <= r < 2**256 and 0 <= s < 2**256 else None


@pytest.mark.parametrize(
    ("name", "der", "hashed"),
    [
        ("ecdsa_secp256k1_sha256_p1363_test.json", False, hashlib.sha256),
        ("ecdsa_secp256k1_sha256_bitcoin_test.json", True, hashlib.sha256),
        ("ecdsa_secp256k1_sha256_test.json", True, hashlib.sha256),
        ("ecdsa_secp256k1_sha3_256_test.json", True, hashlib.sha3_256),
    ],
)
def test_wycheproof(shared: Path, name: str, der: bool, hashed: Any) -> None:
    """A valid signature names its signer unless its s is high; an invalid one never does."""
    from coincurve import PublicKey

    judged = {"accepted": 0, "high s": 0, "refused": 0}
    for group in json.loads((shared / "vectors/wycheproof" / name).read_text())["testGroups"]:
        signer = keys.address_of(PublicKey(hexed(group["publicKey"]["uncompressed"])))
        for row in group["tests"]:
            if (signature := _p1363(row, der)) is None:
                continue  # not DER: there is no such spelling here
            try:
                named = signer in possible_signers(hashed(hexed(row["msg"])).digest(), signature)
            except BadProof:
                named = False
            r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
            high = len(signature) == 64 and s > ORDER // 2
            if row["comment"] == "k*G has a large x-coordinate" and row["result"] == "valid":
                assert r + ORDER < 2**256  # needs a v of 29 or 30, which the EVM does not have
                assert not named
            elif row["result"] == "valid" and not high:
                assert named, row
                judged["accepted"] += 1
            elif high:
                assert not named, row
                judged["high s"] += 1
            elif row["flags"] not in (["BerEncodedSignature"], ["MissingZero"], ["InvalidEncoding"]):  # DER's own affair
                assert not named, row
                judged["refused"] += 1
    assert min(judged.values()) > 10, judged


def test_hkdf_is_that_of_wycheproof_under_our_salt_and_length(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        row
        for group in json.loads((shared / "vectors/wycheproof/hkdf_sha256_test.json").read_text())["testGroups"]
        for row in group["tests"]
        if row["size"] >= 32 and row["result"] == "valid"
    ]
    assert len(rows) > 20
    for row in rows:
        monkeypatch.setattr(keys, "_DERIVATION_SALT", hexed(row["salt"]))
        assert keys._expand(hexed(row["ikm"]), hexed(row["info"])) == hexed(row["okm"])[:32]


# --- transactions -------------------------------------------------------------------------------------------

transactions = st.builds(
    Transaction,
    chain_id=st.integers(1, 2**53),
    nonce=st.integers(0, 2**64 - 2),
    to=st.none() | st.binary(min_size=20, max_size=20),
    data=st.binary(max_size=300),
    gas=st.integers(0, 2**64 - 1),
    max_fee=st.integers(2**128, 2**256 - 1),
    max_priority_fee=st.none() | st.integers(0, 2**128),
    value=uint256,
)


@settings(deadline=None)
@given(scalars, transactions)
def test_raw_transactions_are_those_of_eth_account(secret: bytes, sent: Transaction) -> None:
    from eth_utils import to_checksum_address

    fields: dict[str, Any] = {"chainId": sent.chain_id, "nonce": sent.nonce, "data": sent.data, "gas": sent.gas}
    fields["value"] = sent.value
    if sent.to is not None:
        fields["to"] = to_checksum_address(sent.to)
    if sent.max_priority_fee is None:
        fields["gasPrice"] = sent.max_fee
    else:
        fields |= {"type": 2, "maxFeePerGas": sent.max_fee, "maxPriorityFeePerGas": sent.max_priority_fee}
    theirs = Account.sign_transaction(fields, secret)
    ours = SigningKey(secret).sign_transaction(sent)
    assert ours == bytes(theirs.raw_transaction)
    assert transaction_hash(ours) == bytes(theirs.hash)
    assert Account.recover_transaction(ours) == to_checksum_address(SigningKey(secret).address)


def test_legacy_transactions_are_those_of_ethers(shared: Path) -> None:
    rows = json.loads((shared / "vectors/ethers/transactions.json").read_text())
    assert len(rows) > 100
    built = 0
    for row in rows:
        to = hexed(row["to"]) if row.get("to") else None
        nonce, gas, price, value = (number(row.get(name, "0x")) for name in ("nonce", "gasLimit", "gasPrice", "value"))
        fields = (5, nonce, to, hexed(row.get("data", "0x")), gas, price, None, value)
        if gas >= 2**64 or nonce >= 2**64 - 1:  # ethers builds what no network takes
            with pytest.raises(BadInput):
                Transaction(*fields)
            continue
        key = SigningKey(hexed(row["privateKey"]))
        assert key.address == hexed(row["accountAddress"])
        assert key.sign_transaction(Transaction(*fields)) == hexed(row["signedTransactionChainId5"])
        built += 1
    assert built > 80


def test_transactions_of_type_2_are_those_of_ethers(shared: Path) -> None:
    rows = json.loads((shared / "vectors/ethers/typed-transactions.json").read_text())
    rows = [row for row in rows if row["tx"]["type"] == 2 and not row["tx"].get("accessList")]
    seen = {"built": 0, "no chain": 0, "tip above the fee": 0}
    for row in rows:
        tx = row["tx"]
        to = hexed(tx["to"]) if "to" in tx else None
        numbers = [number(tx.get(name, "0x")) for name in ("gasLimit", "maxFeePerGas", "maxPriorityFeePerGas", "value")]
        fields = (tx.get("chainId", 0), tx.get("nonce", 0), to, hexed(tx.get("data", "0x")), *numbers)
        if "chainId" not in tx or numbers[2] > numbers[1]:
            with pytest.raises(BadInput):
                Transaction(*fields)
            seen["no chain" if "chainId" not in tx else "tip above the fee"] += 1
        else:
            assert SigningKey(hexed(row["key"])).sign_transaction(Transaction(*fields)) == hexed(row["signed"])
            seen["built"] += 1
    assert seen["built"] >= 20, seen
    assert seen["no chain"] >= 5, seen


@pytest.mark.parametrize(
    "wrong",
    [
        {"chain_id": 0},
        {"chain_id": 2**64},
        {"nonce": -1},
        {"nonce": 2**64 - 1},
        {"gas": 2**64},
        {"max_fee": 2**256},
        {"value": -1},
        {"to": bytes(19)},
        {"to": b""},
        {"max_fee": 1, "max_priority_fee": 2},
    ],
)
def test_a_transaction_no_network_would_take_is_not_built(wrong: dict[str, Any]) -> None:
    right = {"chain_id": 1, "nonce": 0, "to": bytes(20), "data": b"", "gas": 21000, "max_fee": 9, "max_priority_fee": 1}
    assert Transaction(**right).value == 0
    with pytest.raises(BadInput):
        Transaction(**(right | wrong))


# --- derivation ---------------------------------------------------------------------------------------------


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_derivation_is_deterministic_and_tells_paths_and_masters_apart(master: bytes, path: str) -> None:
    key = derive(master, path)
    assert derive(bytearray(master), path).address == key.address
    others = {derive(master, path + "/0").address, derive(bytes(32 * [master[0] ^ 1]), path).address}
    assert key.address not in others


def test_derived_keys_stay_what_they_are() -> None:
    """Changing these addresses would cut every laptop off from what it has signed."""
    assert derive(bytes(range(32)), "device/1").address.hex() == "545069a4f98005e9b0397ea4e4412d7c2e1a5152"
    assert embedded_master().hex() == "193ca554716dc00c78b5ccf75355f44d20bcb6c3b5bee7af648ae0834c5fb4ba"
    assert embedded_master(b"other") != embedded_master()


def test_a_draw_that_is_no_scalar_is_thrown_away_and_not_reduced(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = {0: bytes(32), 1: b"\xff" * 32, 2: ORDER.to_bytes(32, "big"), 3: (7).to_bytes(32, "big")}
    monkeypatch.setattr(keys, "_expand", lambda master, info: draws[int.from_bytes(info[:4], "big")])
    assert derive(bytes(32), "x").address == SigningKey(draws[3]).address


@pytest.mark.parametrize("master", [b"", bytes(31), bytes(64)])
def test_a_master_has_32_bytes(master: bytes) -> None:
    with pytest.raises(BadInput):
        derive(master, "x")


@pytest.mark.parametrize("path", ["", "a" * 1025, "\ud800"])
def test_a_path_is_a_short_text(path: str) -> None:
    with pytest.raises(BadInput):
        derive(bytes(32), path)
