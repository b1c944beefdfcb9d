"""Who sealed a block of a proof-of-authority chain: QBFT and IBFT 2.0 (Besu), Clique (EIP-225), read from a header's extra data.

Where a user knows the validators of a consortium's chain, their seals show that they made a block; nothing else here is believed.
The validators that a header names are not who is asked: a forger names himself. Takes the header as a node sends it, seals in it,
which has another hash than its block (`chain.bft`). Refuses with BadProof every other spelling of `extra_data`, a seal of one who
is not pinned, two seals of one validator, and a signature that can be respelt.

Sources: Hyperledger Besu, "IBFT 2.0 extra data" and "QBFT extra data" (an RLP list of vanity, validators, vote, round, seals);
QBFT's formal specification (quorum of ceil(2n/3)); EIP-225 (32 bytes of vanity, signers at an epoch, 65 bytes of signature).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from tiny_keccak import keccak256

from chain import rlp
from chain.bft import hashed_forms
from chain.errors import BadInput, BadProof
from chain.header import Header
from chain.keys import recover

_VANITY, _ADDRESS, _SEAL = 32, 20, 65
_PARTS = 5
_VOTES = (b"\x00" * 8, b"\xff" * 8)  # EIP-225: drop, authorize
_MOST = 1 << 10  # validators: far more than such a chain can have, and a bound on the work


class Seals(Enum):
    """How a network seals its blocks."""

    QBFT = "qbft"
    IBFT2 = "ibft2"
    CLIQUE = "clique"


@dataclass(frozen=True, slots=True)
class Consensus:
    """What a user pinned of a network that seals its blocks: how, and the validators (addresses of 20 bytes).

    Raises BadInput where there are none, one twice, or what is no address.
    """

    how: Seals
    validators: tuple[bytes, ...]

    def __post_init__(self) -> None:
        _pinned(self.validators)

    def doubt(self, sent: Header, block_hash: bytes) -> str:
        """Why nothing can be said about a block's seals, in words; empty where they can be judged.

        The block's hash is over the validators that a header names, so these are not believed, but compared: where they are
        others than the pinned ones, the validators have changed since, or the block is of another network.
        """
        if self.how is not Seals.CLIQUE and sent.hash == block_hash:
            return "it carries no seals of the validators, and your trust pack asks for them"
        named = named_validators(sent, self.how)
        if named and frozenset(named) != frozenset(self.validators):
            return "its validators are others than those in your trust pack: get the newest version of the pack"
        return ""

    def sealers(self, sent: Header, block_hash: bytes) -> frozenset[bytes]:
        """The pinned validators that sealed the block of this hash; they are enough. Raises BadProof."""
        forms = dict(zip((Seals.CLIQUE, Seals.QBFT, Seals.IBFT2), hashed_forms(sent), strict=False))
        if self.how not in forms or forms[self.how].hash != block_hash:
            raise BadProof("the seals are not of the block that the checkpoint names")
        return verify_seals(sent, self.how, self.validators)


def quorum(validators: int) -> int:
    """How many of so many validators must have sealed a block of QBFT or IBFT 2.0: ceil(2n / 3)."""
    return -(-2 * validators // 3)


def verify_seals(header: Header, how: Seals, validators: Collection[bytes]) -> frozenset[bytes]:
    """The pinned validators (addresses of 20 bytes) that sealed a block; they are enough.

    Of QBFT and IBFT 2.0 a quorum; of Clique the one signer, which shows that one of them signed the block and not that the
    chain kept it.

    Raises BadProof where they are not enough or anything is odd; BadInput where no validators, one twice, or no addresses are
    pinned.
    """
    pinned = _pinned(validators)
    found = (clique_signer(header),) if how is Seals.CLIQUE else committers(header, how)
    if len(set(found)) != len(found):
        raise BadProof("a validator sealed the block twice")
    strangers = set(found) - pinned
    if strangers:
        raise BadProof("the block is sealed by one who is no validator that you pinned", signer=min(strangers).hex())
    needed = 1 if how is Seals.CLIQUE else quorum(len(pinned))
    if len(found) < needed:
        raise BadProof(f"{needed} validators must have sealed the block, and {len(found)} did")
    return frozenset(found)


def _pinned(validators: Collection[bytes]) -> frozenset[bytes]:
    found = frozenset(validators)
    if not found or len(found) != len(validators) or len(found) > _MOST or any(len(one) != _ADDRESS for one in found):
        raise BadInput("The pinned validators are different addresses of 20 bytes, at least one.")
    return found


def committers(header: Header, how: Seals) -> tuple[bytes, ...]:
    """Who made the commit seals of a QBFT or IBFT 2.0 header, in their order; whether they are validators is not looked at.

    A seal is over the header without the seals: of QBFT an empty list stands in their place (Besu `CommitSeal`: the round stays),
    of IBFT 2.0 the element is left out.
    """
    parts = _parts(header, how)
    seals = parts[4]
    rest: list[rlp.Tree] = [*parts[:4], []] if how is Seals.QBFT else parts[:4]
    digest = replace(header, extra_data=rlp.encode(rest)).hash
    return tuple(recover(digest, _with_27(seal)) for seal in _blobs(seals, _SEAL))


def named_validators(header: Header, how: Seals) -> tuple[bytes, ...]:
    """The validators that a header itself names; of Clique only at an epoch. They prove nothing."""
    if how is Seals.CLIQUE:
        named = _clique(header)[1]
        return tuple(named[at : at + _ADDRESS] for at in range(0, len(named), _ADDRESS))
    return _blobs(_parts(header, how)[1], _ADDRESS)


def clique_signer(header: Header) -> bytes:
    """Who signed a Clique header (EIP-225 `ecrecover`): keccak256 of the header without the last 65 bytes of its extra data."""
    vanity, named, seal = _clique(header)
    return recover(keccak256(replace(header, extra_data=vanity + named).rlp()), _with_27(seal))


def _clique(header: Header) -> tuple[bytes, bytes, bytes]:
    """Vanity, the signers' addresses one after the other, seal."""
    extra = header.extra_data
    named = extra[_VANITY:-_SEAL]
    if len(extra) < _VANITY + _SEAL or len(named) % _ADDRESS or len(named) > _MOST * _ADDRESS:
        raise BadProof("the block header carries no seal of Clique", length=len(extra))
    if header.nonce not in _VOTES or (named and header.nonce != _VOTES[0]):
        raise BadProof("the block header votes in no way that Clique knows", nonce=header.nonce.hex())
    return extra[:_VANITY], named, extra[-_SEAL:]


def _parts(header: Header, how: Seals) -> list[rlp.Tree]:
    """Vanity, validators, vote, round, seals."""
    parts = rlp.decode(header.extra_data)
    if not isinstance(parts, list) or len(parts) != _PARTS or not isinstance(parts[0], bytes) or len(parts[0]) != _VANITY:
        raise BadProof("the block header carries no seals of QBFT or IBFT 2.0")
    _blobs(parts[1], _ADDRESS)
    rounds = parts[3]
    if how is Seals.IBFT2 and not (isinstance(rounds, bytes) and len(rounds) == 4):  # a fixed 4 bytes, QBFT's a number
        raise BadProof("the round of the block is not told in IBFT 2.0's form")
    if how is Seals.QBFT:
        rlp.number(rounds, 32)
    return parts


def _blobs(tree: rlp.Tree, size: int) -> tuple[bytes, ...]:
    if not isinstance(tree, list) or len(tree) > _MOST:
        raise BadProof("the block header has another list where validators and seals stand")
    found = tuple(one for one in tree if isinstance(one, bytes) and len(one) == size)
    if len(found) != len(tree):
        raise BadProof("a validator or a seal in the block header has the wrong size")
    return found


def _with_27(seal: bytes) -> bytes:
    """These chains count the recovery id from 0, and `recover` from 27."""
    if seal[64] > 1:
        raise BadProof("a seal of the block has a wrong form")
    return seal[:64] + bytes((27 + seal[64],))
