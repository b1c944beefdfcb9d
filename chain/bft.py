"""What a consortium's chain hashes of a header: QBFT and IBFT 2.0 leave their commit seals out, so that each seal can be over it.

A node sends the header with the seals in `extra_data`, an RLP list of vanity, validators, vote, round and seals. The block's hash
is that of the header with the round at 0 and no seals (QBFT), or without these two elements (IBFT 2.0). Clique and all others
hash what they send. Seals prove nothing here: a block is believed because witnesses or the user's own node name it, and where a
user pinned its validators `chain.seals` asks for theirs as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chain import rlp
from chain.errors import BadProof
from chain.header import Header

_VANITY = 32
_PARTS = 5


def hashed_forms(header: Header) -> Iterator[Header]:
    """The header as each kind of network would hash it: the plain one, QBFT's, IBFT 2.0's. All have the same state root."""
    yield header
    try:
        parts = rlp.decode(header.extra_data)
    except BadProof:
        return
    if isinstance(parts, list) and len(parts) == _PARTS and len(parts[0]) == _VANITY and isinstance(parts[4], list):
        yield replace(header, extra_data=rlp.encode([*parts[:3], 0, []]))
        yield replace(header, extra_data=rlp.encode(parts[:3]))


def header_of(block: object) -> Header:
    """The header of a block as a node sent it, in the form that has the hash which the node names. Raises BadProof."""
    return both_forms_of(block)[0]


def both_forms_of(block: object) -> tuple[Header, Header]:
    """The header of a block in the form that has the hash which the node names, and as the node sent it. Raises BadProof."""
    sent = Header.from_rpc(block, expect=False)
    for form in hashed_forms(sent):
        if isinstance(block, dict) and block.get("hash") == "0x" + form.hash.hex():
            return form, sent
    plain = Header.from_rpc(block)
    return plain, plain


def form_named(sent: Header, block_hash: bytes) -> Header | None:
    """The form of a header that has a hash, None where none has."""
    return next((form for form in hashed_forms(sent) if form.hash == block_hash), None)


def carries_seals(header: bytes, block_hash: bytes) -> bool:
    """Whether the RLP of a header is of one with seals beside what its block's hash is over."""
    try:
        sent = Header.from_rlp(header)
    except BadProof:
        return False  # which the reading of the header says
    return sent.hash != block_hash and form_named(sent, block_hash) is not None
