"""What must vouch for a node's block beside its own header: the validators that a user pinned, and what witnesses co-signed.

A node's answers are proven against a header, and a header hashes; who made that block is not said by either. Where the trust pack
pins validators, their seals must be in the header; where enough of the pinned witnesses co-signed a block that this profile knows
of, the log must go on from theirs. Both say no or nothing: what vouches for a block makes no verdict better.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chain.checkpoint import Checkpoint
from chain.errors import BadProof, LedgerError
from chain.evidence import Trust

if TYPE_CHECKING:
    from chain.ledger import ProvenLog


def check_seals(trust: Trust, proven: ProvenLog) -> None:
    """That the validators whom the trust pack pins sealed a block; nothing where it pins none.

    The genesis has no seals: where validators are pinned, nothing is taken of it. Raises LedgerError in one sentence.
    """
    if trust.consensus is None:
        return
    block = proven.header.number
    try:
        if doubt := trust.consensus.doubt(proven.sent, proven.header.hash):
            raise LedgerError(f"Nothing was taken from this node, because nothing shows who made its block {block}: {doubt}.")
        trust.consensus.sealers(proven.sent, proven.header.hash)
    except BadProof as bad:
        words = f"Nothing was taken from this node, because its block {block} is not sealed as your trust pack asks: {bad.words}."
        raise LedgerError(words, **bad.details) from bad


def check_witnessed(vouched: Checkpoint | None, proven: ProvenLog, root: Callable[[int], bytes]) -> None:
    """That a log goes on from what witnesses co-signed, as far as it goes.

    `root` gives the root of the log's first so many entries, at most `proven.size`. An older block with a shorter log is no
    contradiction. Raises LedgerError in one sentence.
    """
    if vouched is None:
        return
    size, block = proven.size, proven.header.number
    against = (
        (vouched.size > size and vouched.block <= block)
        or (vouched.size < size and vouched.block >= block)
        or (vouched.block == block and vouched.block_hash != proven.header.hash)
        or (vouched.size <= size and root(vouched.size) != vouched.root)
    )
    if against:
        at = vouched.block
        raise LedgerError(f"Nothing was taken from this node: your witnesses co-signed another log at block {at}.")
