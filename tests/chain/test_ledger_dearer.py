"""What a sender of a queue needs besides: settled blocks, nonces, base fees, and the same call again at a higher fee."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chain.devnet.transactions import decode
from chain.errors import LedgerError
from chain.ledger import Ledger, Signed
from tests.chain.consortium import MAKER, Consortium, item
from tests.chain.lying import LyingNode, consortium, node, refusal

__all__ = ["consortium", "node"]  # fixtures


def fees(base: int, tip: int | None) -> dict[str, Callable[..., Any]]:
    """A node with such fees; no suggestion of a tip where it is None."""
    return {
        "eth_feeHistory": lambda *_: {"baseFeePerGas": [hex(base), hex(base)]},
        "eth_maxPriorityFeePerGas": lambda *_: refusal("unsupported") if tip is None else hex(tip),
    }


def signed(consortium: Consortium) -> Signed:
    [one] = consortium.ledger.sign(consortium.device(MAKER), [consortium.minted(item(7))], gas=500_000)
    return one


def test_a_replacement_has_the_same_nonce_and_call_and_an_eighth_more(consortium: Consortium, node: LyingNode) -> None:
    node.lies = dict(fees(1_000, 80))
    was = signed(consortium)
    assert (was.fee, was.tip) == (2_080, 80)
    node.lies = dict(fees(100, 8))
    again = consortium.ledger.dearer(consortium.device(MAKER), was)
    assert (again.fee, again.tip) == (2_341, 91)
    assert (again.nonce, again.calldata, again.gas) == (was.nonce, was.calldata, was.gas)
    assert again.hash != was.hash
    assert decode(again.raw, 1337).hash == again.hash


def test_a_replacement_follows_fees_that_rose(consortium: Consortium, node: LyingNode) -> None:
    node.lies = dict(fees(1_000, 80))
    was = signed(consortium)
    node.lies = dict(fees(50_000, 300))
    again = consortium.ledger.dearer(consortium.device(MAKER), was)
    assert (again.fee, again.tip) == (100_300, 300)


def test_where_there_are_no_fees_the_same_transaction_is_sent_again(consortium: Consortium, node: LyingNode) -> None:
    """Its sender has no coins: with a price it would be refused for good."""
    was = signed(consortium)
    assert (was.fee, was.tip) == (0, None)
    assert consortium.ledger.dearer(consortium.device(MAKER), was) == was
    node.lies = dict(fees(1_000, 80))
    assert consortium.ledger.dearer(consortium.device(MAKER), was).fee == 2_080


def test_the_tip_is_never_above_the_fee(consortium: Consortium, node: LyingNode) -> None:
    node.lies = dict(fees(1, 10**9))
    was = signed(consortium)
    node.lies = dict(fees(0, None))
    again = consortium.ledger.dearer(consortium.device(MAKER), was)
    assert again.tip is not None
    assert again.fee >= again.tip > 10**9


def test_a_replacement_above_the_cap_is_refused(node: LyingNode, consortium: Consortium) -> None:
    node.lies = dict(fees(1_000, 80))
    capped = Ledger(node, consortium.ledger.contract, fee_cap=2_100)
    [was] = capped.sign(consortium.device(MAKER), [consortium.minted(item(7))], gas=500_000)
    with pytest.raises(LedgerError, match="cap in the settings"):
        capped.dearer(consortium.device(MAKER), was)


def test_a_settled_block_has_so_many_on_top(consortium: Consortium, node: LyingNode) -> None:
    head = consortium.ledger.head().number
    contract = consortium.ledger.contract
    assert consortium.ledger.settled().number == head
    assert Ledger(node, contract, finality=2).settled().number == head - 2
    assert Ledger(node, contract, finality=1_000).settled().number == 0


def test_base_fees_and_nonces_are_told_as_the_node_says(consortium: Consortium, node: LyingNode) -> None:
    assert consortium.ledger.nonce(b"\x77" * 20) == 0
    assert consortium.ledger.nonce(consortium.device(MAKER).address) > 0
    node.lies = dict(fees(9, 1))
    assert consortium.ledger.base_fees(4) == [9, 9]
    node.lies["eth_feeHistory"] = lambda *_: refusal("the method eth_feeHistory does not exist", -32601)
    assert consortium.ledger.base_fees(4) == [0]
    node.lies["eth_feeHistory"] = lambda *_: refusal("busy")
    with pytest.raises(LedgerError):
        consortium.ledger.base_fees(4)
