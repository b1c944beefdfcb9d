"""Seals of proof-of-authority chains: a published block, fixtures made with own keys, and every way in which one is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import rlp
from chain.errors import BadInput, BadProof
from chain.header import Header
from chain.keys import ORDER, SigningKey, derive
from chain.seals import Seals, clique_signer, committers, named_validators, quorum, verify_seals

KEYS = [derive(b"validators of a test, not a secret".ljust(32, b"\0")[:32], f"validator {n}") for n in range(4)]
VALIDATORS = sorted(key.address for key in KEYS)
STRANGER = derive(bytes(31) + b"\1", "a stranger")
VANITY = b"a vanity".ljust(32, b"\0")
PLAIN = Header(
    parent_hash=b"\x01" * 32, uncles_hash=b"\x02" * 32, coinbase=b"\x03" * 20, state_root=b"\x04" * 32,
    transactions_root=b"\x05" * 32, receipts_root=b"\x06" * 32, logs_bloom=bytes(256), difficulty=1, number=7, gas_limit=30_000,
    gas_used=0, timestamp=1_700_000_000, extra_data=b"", mix_hash=b"\x07" * 32, nonce=bytes(8), base_fee=0,
)  # fmt: skip
BFT = [Seals.QBFT, Seals.IBFT2]

#: Block 1 of the public network Rinkeby (Clique, chain id 4), and the signers that its genesis block names.
RINKEBY_1 = Header(
    parent_hash=bytes.fromhex("6341fd3daf94b748c72ced5a5b26028f2474f5f00d824504e4fa37a75767e177"),
    uncles_hash=bytes.fromhex("1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"),
    coinbase=bytes(20),
    state_root=bytes.fromhex("53580584816f617295ea26c0e17641e0120cab2f0a8ffb53a866fd53aa8e8c2d"),
    transactions_root=bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
    receipts_root=bytes.fromhex("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"),
    logs_bloom=bytes(256), difficulty=2, number=1, gas_limit=0x47C94C, gas_used=0, timestamp=0x58EE45DA,
    extra_data=bytes.fromhex(
        "d783010600846765746887676f312e372e33856c696e75780000000000000000"
        "9f1efa1efa72af138c915966c639544a0255e6288e188c22ce9168c10dbe46da"
        "3d88b4aa065930119fb886210bf01a084fde5d3bc48d8aa38bca92e4fcc5215100"
    ),
    mix_hash=bytes(32), nonce=bytes(8),
)  # fmt: skip
RINKEBY_HASH = bytes.fromhex("a7684ac44d48494670b2e0d9085b7750e7341620f0a271db146ed5e70c1db854")
RINKEBY_SIGNERS = [
    bytes.fromhex(text)
    for text in (
        "42eb768f2244c8811c63729a21a3569731535f06",
        "7ffc57839b00206d1ad20c69a1981b489f772031",
        "b279182d99e65703f0076e4812653aab85fca0f0",
    )
]


def signed(key: SigningKey, digest: bytes) -> bytes:
    """A seal: r, s, and the recovery id from 0."""
    signature = key.sign_digest(digest)
    return signature[:64] + bytes((signature[64] - 27,))


def bft(how: Seals, keys: Sequence[SigningKey], change: Callable[[list[Any]], list[Any]] = list) -> Header:
    """A block sealed by these keys in round 2; `change` changes the extra data after that."""
    start: list[Any] = [VANITY, VALIDATORS, [] if how is Seals.QBFT else b"", 2 if how is Seals.QBFT else b"\0\0\0\2"]
    over = replace(PLAIN, extra_data=rlp.encode([*start, []] if how is Seals.QBFT else start)).hash
    return replace(PLAIN, extra_data=rlp.encode(change([*start, [signed(key, over) for key in keys]])))


def clique(key: SigningKey, named: Sequence[bytes] = (), nonce: bytes = bytes(8)) -> Header:
    bare = replace(PLAIN, extra_data=VANITY + b"".join(named), nonce=nonce)
    return replace(bare, extra_data=bare.extra_data + signed(key, bare.hash))


@pytest.mark.parametrize("how", BFT)
def test_a_quorum_of_pinned_validators_is_enough_and_one_less_is_not(how: Seals) -> None:
    assert verify_seals(bft(how, KEYS[:3]), how, VALIDATORS) == {key.address for key in KEYS[:3]}
    assert committers(bft(how, KEYS), how) == tuple(key.address for key in KEYS)
    with pytest.raises(BadProof, match="3 validators must have sealed the block, and 2 did"):
        verify_seals(bft(how, KEYS[:2]), how, VALIDATORS)


@pytest.mark.parametrize("how", BFT)
def test_who_is_not_pinned_or_seals_twice_is_refused(how: Seals) -> None:
    with pytest.raises(BadProof, match="no validator that you pinned"):
        verify_seals(bft(how, [*KEYS, STRANGER]), how, VALIDATORS)
    with pytest.raises(BadProof, match="twice"):
        verify_seals(bft(how, [*KEYS[:2], KEYS[0]]), how, VALIDATORS)


def test_validators_that_a_header_names_do_not_count() -> None:
    """A forger names himself and seals."""
    forged = bft(Seals.QBFT, [STRANGER], lambda parts: [parts[0], [STRANGER.address], *parts[2:]])
    assert named_validators(forged, Seals.QBFT) == (STRANGER.address,)
    with pytest.raises(BadProof):
        verify_seals(forged, Seals.QBFT, VALIDATORS)


@pytest.mark.parametrize("how", BFT)
@pytest.mark.parametrize("field", ["state_root", "number", "timestamp", "parent_hash"])
def test_seals_are_of_this_header_and_of_no_other(how: Seals, field: str) -> None:
    header = bft(how, KEYS)
    value = getattr(header, field)
    other = replace(header, **{field: value + 1 if isinstance(value, int) else b"\x77" * 32})
    with pytest.raises(BadProof):
        verify_seals(other, how, VALIDATORS)


@pytest.mark.parametrize("how", BFT)
def test_the_round_is_sealed_as_well(how: Seals) -> None:
    other = 3 if how is Seals.QBFT else b"\0\0\0\3"
    with pytest.raises(BadProof):
        verify_seals(bft(how, KEYS, lambda parts: [*parts[:3], other, parts[4]]), how, VALIDATORS)


def test_one_kind_of_network_is_not_taken_for_another() -> None:
    for how, other in ((Seals.QBFT, Seals.IBFT2), (Seals.IBFT2, Seals.QBFT)):
        with pytest.raises(BadProof):
            verify_seals(bft(how, KEYS), other, VALIDATORS)


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[:4],
        lambda parts: [*parts, b""],
        lambda parts: [parts[0][:31], *parts[1:]],
        lambda parts: [[], *parts[1:]],
        lambda parts: [parts[0], b"", *parts[2:]],
        lambda parts: [parts[0], [b"\x01" * 19], *parts[2:]],
        lambda parts: [*parts[:3], [], parts[4]],
        lambda parts: [*parts[:4], b""],
        lambda parts: [*parts[:4], [parts[4][0][:64]]],
        lambda parts: [*parts[:4], [[]]],
        lambda parts: [*parts[:4], [parts[4][0][:64] + b"\x02"]],
        lambda parts: [*parts[:4], [bytes(65)]],
        lambda parts: [*parts[:4], [bytes(65)] * 2_000],
    ],
)
@pytest.mark.parametrize("how", BFT)
def test_another_shape_is_refused(how: Seals, change: Callable[[list[Any]], list[Any]]) -> None:
    for small in (KEYS[:1], KEYS):
        header = bft(how, small)
        parts: Any = rlp.decode(header.extra_data)
        extra = rlp.encode(change(parts))
        if len(extra) <= 64 * 1024:
            with pytest.raises(BadProof):
                verify_seals(replace(header, extra_data=extra), how, VALIDATORS)


def test_a_seal_that_is_respelt_is_refused() -> None:
    def respelt(parts: list[Any]) -> list[Any]:
        seal = parts[4][0]
        high = (ORDER - int.from_bytes(seal[32:64], "big")).to_bytes(32, "big")
        return [*parts[:4], [seal[:32] + high + bytes((1 - seal[64],)), *parts[4][1:]]]

    with pytest.raises(BadProof):
        verify_seals(bft(Seals.QBFT, KEYS, respelt), Seals.QBFT, VALIDATORS)


def test_extra_data_that_is_no_list_is_refused() -> None:
    for extra in (b"", VANITY, rlp.encode(VANITY)):
        with pytest.raises(BadProof):
            committers(replace(PLAIN, extra_data=extra), Seals.QBFT)


@given(st.integers(1, 1_000))
def test_two_quorums_share_more_validators_than_may_be_faulty(count: int) -> None:
    """Two quorums have 2q - n validators in common; fewer than a third of all are faulty."""
    faulty = (count - 1) // 3
    assert 2 * quorum(count) - count > faulty
    assert count - faulty >= quorum(count)


def test_a_published_clique_block_is_by_a_signer_of_its_network() -> None:
    assert RINKEBY_1.hash == RINKEBY_HASH
    assert verify_seals(RINKEBY_1, Seals.CLIQUE, RINKEBY_SIGNERS) == {RINKEBY_SIGNERS[1]}


def test_a_clique_block_is_by_its_signer() -> None:
    for header in (clique(KEYS[1]), clique(KEYS[1], VALIDATORS), clique(KEYS[1], nonce=b"\xff" * 8)):
        assert clique_signer(header) == KEYS[1].address
        assert verify_seals(header, Seals.CLIQUE, VALIDATORS) == {KEYS[1].address}
    assert named_validators(clique(KEYS[1]), Seals.CLIQUE) == ()
    assert named_validators(clique(KEYS[1], VALIDATORS), Seals.CLIQUE) == tuple(VALIDATORS)


def test_a_clique_block_by_a_stranger_or_changed_is_refused() -> None:
    with pytest.raises(BadProof, match="no validator"):
        verify_seals(clique(STRANGER), Seals.CLIQUE, VALIDATORS)
    with pytest.raises(BadProof):
        verify_seals(replace(clique(KEYS[0]), number=8), Seals.CLIQUE, VALIDATORS)


@pytest.mark.parametrize(
    "change",
    [
        lambda header: replace(header, extra_data=header.extra_data[1:]),
        lambda header: replace(header, extra_data=b""),
        lambda header: replace(header, extra_data=header.extra_data[:32] + b"\x01" * 21 + header.extra_data[32:]),
        lambda header: replace(header, extra_data=header.extra_data[:-1] + b"\x1b"),
        lambda header: replace(header, nonce=b"\x01" * 8),
        lambda header: replace(clique(KEYS[0], VALIDATORS), nonce=b"\xff" * 8),
    ],
)
def test_a_clique_header_of_another_shape_is_refused(change: Callable[[Header], Header]) -> None:
    with pytest.raises(BadProof):
        clique_signer(change(clique(KEYS[0])))


@pytest.mark.parametrize("pinned", [[], [b"short"], [bytes(20), bytes(20)]])
def test_validators_that_are_none_cannot_be_pinned(pinned: list[bytes]) -> None:
    with pytest.raises(BadInput):
        verify_seals(clique(KEYS[0]), Seals.CLIQUE, pinned)
