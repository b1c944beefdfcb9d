"""Signed notes and the keys of witnesses: one spelling, one key, one voice."""

from __future__ import annotations

import base64
import json
import pickle
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.checkpoint import Checkpoint, read_note, statement_of
from chain.errors import BadInput, BadProof
from chain.keys import derive
from chain.notes import MOST_BYTES, MOST_SIGNATURES, Cosignature, NoteSigner, VerifierKey, read, write
from chain.witness_policy import Quorum, Voice

AT = 1_795_000_000
CHECKPOINT = Checkpoint(
    "eip155:1/0x" + "11" * 20, 7, b"\x01" * 32, 5, b"\x02" * 32, b"\x03" * 32, datetime.fromtimestamp(AT - 60, UTC)
)
ONE = NoteSigner("one.example", b"1" * 32)
TWO = NoteSigner("two.example", b"2" * 32)
WALLET = NoteSigner("wallet.example", derive(b"3" * 32, "wallet"))
ALL = (ONE, TWO, WALLET)
QUORUM = Quorum(2, tuple(Voice(one.key) for one in ALL))


def signed(*signers: NoteSigner, at: int = AT, checkpoint: Checkpoint = CHECKPOINT) -> Checkpoint:
    return replace(checkpoint, signatures=tuple(sorted(one.cosign(checkpoint, at) for one in signers)))


def agreeing(checkpoint: Checkpoint, quorum: Quorum = QUORUM, first: int = 0, last: int = AT + 900) -> set[str]:
    return set(quorum.agreeing(checkpoint, checkpoint.signatures, first, last))


def test_a_checkpoint_reads_as_people_and_logs_write_it() -> None:
    assert CHECKPOINT.text == (
        f"eip155:1/0x{'11' * 20}\n7\n{base64.b64encode(bytes([1] * 32)).decode()}\nblock 5\nhash 0x{'02' * 32}\n"
        f"state 0x{'03' * 32}\ntime {AT - 60}\n"
    )
    assert statement_of(CHECKPOINT.text) == CHECKPOINT


def test_a_note_comes_back_with_its_signatures() -> None:
    whole = signed(*ALL)
    assert read_note(whole.note()) == whole
    assert read_note(CHECKPOINT.note()) == CHECKPOINT


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 253_402_300_799), st.binary(min_size=32, max_size=32))
def test_any_statement_comes_back(size: int, block: int, at: int, root: bytes) -> None:
    one = replace(CHECKPOINT, size=size, block=block, at=datetime.fromtimestamp(at, UTC), root=root)
    assert read_note(one.note()) == one


@given(st.binary(max_size=300))
def test_any_bytes_are_a_note_or_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        read_note(data)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n7\n", "\n07\n"),
        lambda text: text.replace("\n7\n", "\n-7\n"),
        lambda text: text.replace("\n7\n", f"\n{2**64}\n"),
        lambda text: text.replace("block 5", f"block {2**64}"),
        lambda text: text.replace("block 5", "block  5"),
        lambda text: text.replace("hash 0x02", "hash 0X02"),
        lambda text: text.replace("AQE=", "AQF="),
        lambda text: text.replace(f"time {AT - 60}", "time 999999999999"),
        lambda text: text + "more\n",
        lambda text: text[:-1],
        lambda text: "\u00e9" + text,
    ],
)
def test_another_spelling_of_a_statement_is_refused(change) -> None:
    text = change(CHECKPOINT.text)
    assert text != CHECKPOINT.text
    with pytest.raises(BadProof):
        statement_of(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n\xff",
        b"te\txt\n\n",
        b"text\n\nno dash\n",
        "text\n\n\u2014 name\n".encode(),
        "text\n\n\u2014 name !!!!\n".encode(),
        "text\n\n\u2014 name AAAA\n".encode(),
        "text\n\n\u2014 na+me ".encode() + base64.b64encode(bytes(76)) + b"\n",
        "text\n\n\u2014 name ".encode() + base64.b64encode(bytes(76)) + b"\n",  # signed in no time at all
        signed(ONE).note()[:-1],
        signed(ONE).note().replace(b"=\n", b"\n"),
        bytes(MOST_BYTES + 1),
    ],
)
def test_what_is_no_note_is_refused(data: bytes) -> None:
    with pytest.raises(BadProof):
        read(data)


def test_more_signatures_than_any_note_has_are_refused() -> None:
    lines = [ONE.cosign(CHECKPOINT, AT + n) for n in range(MOST_SIGNATURES + 1)]
    assert len(read(write("text\n", lines[1:]))[1]) == MOST_SIGNATURES
    with pytest.raises(BadProof, match="more signatures"):
        read(write("text\n", lines))


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key.name)
def test_a_key_has_one_spelling(one: NoteSigner) -> None:
    text = str(one.key)
    assert VerifierKey.read(text) == one.key
    for other in (
        text + "=",
        text[:-1],
        text.replace("+", "++", 1),
        text.replace(one.key.id.hex(), "00000000"),
        "",
        "name",
        "a+b+AAAA",
    ):
        with pytest.raises(BadInput):
            VerifierKey.read(other)


def test_a_key_of_another_size_is_none() -> None:
    with pytest.raises(BadInput):
        VerifierKey("one.example", 4, bytes(31))
    with pytest.raises(BadInput):
        VerifierKey("one.example", 5, bytes(32))
    with pytest.raises(BadInput):
        VerifierKey("one example", 4, bytes(32))
    with pytest.raises(BadInput):
        NoteSigner("one.example", bytes(31))


def test_a_secret_is_neither_shown_nor_copied_out() -> None:
    assert "31" * 4 not in repr(ONE)
    assert "1111" not in repr(ONE).split("+")[0]
    with pytest.raises(TypeError):
        pickle.dumps(ONE)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.key.name)
def test_a_changed_signature_statement_name_or_time_does_not_verify(one: NoteSigner) -> None:
    good = one.cosign(CHECKPOINT, AT)
    one.key.verify(CHECKPOINT, good)
    for place in range(len(good.signature)):
        flipped = bytearray(good.signature)
        flipped[place] ^= 1
        with pytest.raises(BadProof):
            one.key.verify(CHECKPOINT, replace(good, signature=bytes(flipped)))
    for changes in ({"size": 8}, {"root": bytes(32)}, {"block": 6}, {"block_hash": bytes(32)}, {"state_root": bytes(32)}):
        with pytest.raises(BadProof):
            one.key.verify(replace(CHECKPOINT, **changes), good)
    for other in (replace(good, at=AT + 1), replace(good, signature=good.signature[:-1])):
        with pytest.raises(BadProof):
            one.key.verify(CHECKPOINT, other)


def test_an_origin_that_names_no_chain_cannot_be_signed_by_a_wallet() -> None:
    with pytest.raises(BadProof):
        WALLET.cosign(replace(CHECKPOINT, origin="somewhere"), AT)


def test_cosignatures_are_as_c2sp_describes_them() -> None:
    """The signed bytes spelled out by hand (tlog-cosignature, "Format")."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    good = ONE.cosign(CHECKPOINT, AT)
    message = f"cosignature/v1\ntime {AT}\n".encode() + CHECKPOINT.text.encode()
    Ed25519PublicKey.from_public_bytes(ONE.key.public).verify(good.signature, message)
    assert good.line.startswith("\u2014 one.example ")
    assert base64.b64decode(good.line.split(" ")[2]) == ONE.key.id + AT.to_bytes(8, "big") + good.signature


def test_a_wallet_signs_what_other_libraries_hash() -> None:
    from eth_account.messages import encode_typed_data
    from eth_utils import keccak

    fields = (
        "witness:string cosignedAt:uint64 size:uint64 root:bytes32 block:uint64 blockHash:bytes32 stateRoot:bytes32 time:uint64"
    )
    domain = {"name": "Wayproof", "version": "1", "chainId": 1, "verifyingContract": "0x" + "11" * 20}
    kinds = {"Checkpoint": [dict(zip(("name", "type"), one.split(":"), strict=True)) for one in fields.split()]}
    message = {
        "witness": "wallet.example", "cosignedAt": AT, "size": 7, "root": b"\x01" * 32, "block": 5, "blockHash": b"\x02" * 32,
        "stateRoot": b"\x03" * 32, "time": AT - 60,
    }  # fmt: skip
    signable = encode_typed_data(domain, kinds, message)
    assert CHECKPOINT.typed_digest("wallet.example", AT) == keccak(b"\x19" + signable.version + signable.header + signable.body)


def test_enough_organisations_agree_and_fewer_do_not() -> None:
    assert QUORUM.agrees(agreeing(signed(ONE, WALLET)))
    assert not QUORUM.agrees(agreeing(signed(ONE)))
    assert not QUORUM.agrees(agreeing(CHECKPOINT))


def test_two_keys_of_one_organisation_are_one_voice() -> None:
    again = NoteSigner("one.example", b"4" * 32)
    quorum = Quorum(2, (*QUORUM.voices, Voice(again.key)))
    assert agreeing(signed(ONE, again), quorum) == {"one.example"}


def test_a_stranger_is_passed_over_and_a_false_line_of_a_known_key_is_not() -> None:
    stranger = NoteSigner("one.example", b"5" * 32)
    assert agreeing(signed(ONE, stranger)) == {"one.example"}
    false = replace(TWO.cosign(CHECKPOINT, AT), key_id=ONE.key.id, name="one.example")
    with pytest.raises(BadProof):
        agreeing(replace(CHECKPOINT, signatures=(false,)))


def test_a_revoked_key_an_expired_one_and_one_not_yet_valid_do_not_count() -> None:
    for silent in ({"revoked": True}, {"valid_until": AT - 1}, {"valid_from": AT + 1}):
        quorum = Quorum(2, (replace(QUORUM.voices[0], **silent), *QUORUM.voices[1:]))
        assert agreeing(signed(*ALL), quorum) == {"two.example", "wallet.example"}


def test_nobody_signs_before_the_block_or_in_the_future() -> None:
    assert agreeing(signed(ONE), first=AT + 1) == set()
    assert agreeing(signed(ONE), last=AT - 1) == set()


def test_a_quorum_that_can_never_or_always_be_is_none() -> None:
    for threshold in (0, 4, -1):
        with pytest.raises(BadInput):
            Quorum(threshold, QUORUM.voices)
    with pytest.raises(BadInput):
        Quorum(1, (*QUORUM.voices, QUORUM.voices[0]))
    twice = VerifierKey("three.example", ONE.key.kind, ONE.key.public)
    with pytest.raises(BadInput):  # one key under two names would count double
        Quorum(2, (*QUORUM.voices, Voice(twice)))


def test_ed25519_is_as_strict_as_wycheproof_asks(shared: Path) -> None:
    """The program's Ed25519 and the second verifier's, on the same vectors."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from tests.torture.second import second

    mine = second()["ed25519"]
    groups = json.loads((shared / "vectors" / "wycheproof" / "ed25519_test.json").read_text())["testGroups"]
    seen = 0
    for group in groups:
        public = bytes.fromhex(group["publicKey"]["pk"])
        for vector in group["tests"]:
            message, signature = bytes.fromhex(vector["msg"]), bytes.fromhex(vector["sig"])
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
                first = True
            except InvalidSignature:
                first = False
            assert first is (vector["result"] == "valid")
            assert (len(signature) == 64 and mine(public, message, signature)) is first, vector["tcId"]
            seen += 1
    assert seen > 80


def test_a_line_is_not_longer_than_its_kind() -> None:
    with pytest.raises(BadProof):
        Cosignature.of("one.example", bytes(75))
