"""Several nodes as one: the block is agreed on, the rest is asked of who agrees, and a quarrel is an error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from chain.agreement import Agreed
from chain.errors import BadInput, LedgerError
from chain.ledger import Ledger
from chain.transport import Call


@dataclass
class Node:
    """A node that is at a block of a branch, or away."""

    number: int = 10
    branch: str = "a"
    chain_id: str = "0x1"
    away: bool = False
    refuses: bool = False
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    def request(self, method: str, params: Sequence[object] = ()) -> Any:
        self.asked.append(method)
        if self.away:
            raise LedgerError("The network cannot be reached.")
        if method == "eth_chainId":
            return self.chain_id
        if method == "eth_getBlockByNumber":
            number = self.number if params[0] == "latest" else int(str(params[0]), 16)
            return {"number": hex(number), "hash": f"{self.branch}{number}"} if number <= self.number else None
        if self.refuses:
            raise LedgerError("The network refused the request.", code=-32000)
        return f"{self.branch}:{method}"

    def request_many(self, calls: Sequence[Call]) -> list[Any]:
        return [self.request(*call) for call in calls]

    def close(self) -> None:
        self.closed = True


def latest(agreed: Agreed) -> Any:
    return agreed.request("eth_getBlockByNumber", ["latest", False])


@pytest.mark.parametrize(("nodes", "enough"), [(0, 1), (2, 0), (2, 3)])
def test_a_number_of_nodes_that_cannot_agree_is_refused(nodes: int, enough: int) -> None:
    with pytest.raises(BadInput):
        Agreed([Node() for _ in range(nodes)], enough)


def test_the_newest_block_is_the_one_that_enough_have_reached() -> None:
    assert latest(Agreed([Node(12), Node(10), Node(11)], 2))["number"] == hex(11)
    assert latest(Agreed([Node(12), Node(10), Node(11)], 3))["number"] == hex(10)


def test_a_node_on_another_branch_is_outvoted_and_asked_nothing_more() -> None:
    liar, one, two = Node(branch="b"), Node(), Node()
    agreed = Agreed([liar, one, two], 2)
    assert latest(agreed)["hash"] == "a10"
    assert agreed.request("eth_getLogs", []) == "a:eth_getLogs"
    assert "eth_getLogs" not in liar.asked


@pytest.mark.parametrize("answer", ["0xzz", [], {"hash": "0x1"}, {"number": "ten"}])
def test_what_is_no_block_is_nobodys_voice(answer: Any) -> None:
    mad = Node()
    mad.request = lambda method, params=(): answer  # type: ignore[method-assign]
    assert latest(Agreed([mad, Node(), Node()], 2))["hash"] == "a10"
    with pytest.raises(LedgerError, match="Fewer than 2 nodes name"):
        latest(Agreed([mad, Node()], 2))


def test_the_next_node_is_asked_first_where_one_was_caught_lying_and_each_only_once() -> None:
    nodes = [Node(branch="a"), Node(branch="b"), Node(branch="c")]
    agreed = Agreed(nodes, 1)
    ledger = Ledger(agreed, bytes(20))
    told = [agreed.request("eth_call", [])]
    while ledger.pass_over():
        told.append(agreed.request("eth_call", []))
    assert told == ["a:eth_call", "b:eth_call", "c:eth_call"]
    assert not Ledger(nodes[0], bytes(20)).pass_over()


def test_a_quarrel_is_an_error_and_not_a_choice() -> None:
    with pytest.raises(LedgerError, match="disagree about block 10"):
        latest(Agreed([Node(branch="b"), Node()], 2))
    with pytest.raises(LedgerError, match="different networks"):
        Agreed([Node(chain_id="0x2"), Node()], 1).request("eth_chainId", [])
    assert Agreed([Node(), Node()], 2).request("eth_chainId", []) == "0x1"


def test_too_few_nodes_are_an_error() -> None:
    with pytest.raises(LedgerError, match="Only 1 of 2 nodes answer"):
        latest(Agreed([Node(away=True), Node()], 2))
    assert latest(Agreed([Node(away=True), Node()], 1))["hash"] == "a10"
    with pytest.raises(LedgerError, match="cannot be reached"):
        Agreed([Node(away=True)], 1).request("eth_getLogs", [])


def test_a_block_that_nobody_has_is_none() -> None:
    assert Agreed([Node(), Node()], 2).request("eth_getBlockByNumber", ["0xff", False]) is None


def test_the_next_node_answers_where_the_first_is_away_but_a_refusal_is_an_answer() -> None:
    assert Agreed([Node(away=True), Node()], 1).request_many([("eth_call", [])]) == ["a:eth_call"]
    with pytest.raises(LedgerError, match="refused"):
        Agreed([Node(refuses=True), Node()], 1).request("eth_call", [])


def test_a_transaction_is_given_to_all_and_one_that_takes_it_is_enough() -> None:
    nodes = [Node(refuses=True), Node(), Node(away=True)]
    agreed = Agreed(nodes, 1)
    assert agreed.request("eth_sendRawTransaction", ["0x"]) == "a:eth_sendRawTransaction"
    assert all("eth_sendRawTransaction" in node.asked for node in nodes)
    with pytest.raises(LedgerError, match="refused"):
        Agreed([Node(refuses=True), Node(away=True)], 1).request("eth_sendRawTransaction", ["0x"])


def test_questions_together_are_answered_each_by_its_own_rule() -> None:
    agreed = Agreed([Node(away=True), Node()], 1)
    chain_id, block, refused = agreed.request_many(
        [("eth_chainId", []), ("eth_getBlockByNumber", ["latest", False]), ("eth_sendRawTransaction", ["0x"])]
    )
    assert (chain_id, block["hash"], refused) == ("0x1", "a10", "a:eth_sendRawTransaction")
    [error] = Agreed([Node(refuses=True)], 1).request_many([("eth_sendRawTransaction", ["0x"])])
    assert isinstance(error, LedgerError)


def test_all_connections_are_closed() -> None:
    one: Node = Node()
    without: Any = type("Without", (), {"request": one.request, "request_many": one.request_many})()
    Agreed([one, without], 1).close()
    assert one.closed


def test_what_is_proven_later_comes_from_one_node_only() -> None:
    nodes = [Node(), Node(), Node()]
    Agreed(nodes, 2).request("eth_getProof", [])
    assert [len(node.asked) for node in nodes] == [1, 0, 0]
