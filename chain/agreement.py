"""Several nodes as one connection: what they must agree on is the block, because everything else is proven against its header.

A block counts where enough nodes name the same hash for its number; which block is newest is what enough of them have reached.
Whoever agrees is asked for the rest (logs, proofs, calls), the next one where the first does not answer. A transaction is given
to all of them. It does not vote on facts that a proof shows, and it does not hide a quarrel: fewer than enough is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from chain.errors import BadInput, LedgerError
from chain.rpc import hexed, quantity
from chain.transport import Call, Connection

_BLOCK = "eth_getBlockByNumber"
_SEND = "eth_sendRawTransaction"


class Agreed:
    """A `Connection` over several nodes. For one thread.

    Args:
        nodes: the connections, the preferred one first.
        enough: how many must name the same block; at least one, at most all.

    Raises:
        BadInput: a number of nodes that cannot agree.
    """

    def __init__(self, nodes: Sequence[Connection], enough: int) -> None:
        if not 1 <= enough <= len(nodes):
            raise BadInput(f"{enough} of {len(nodes)} nodes cannot agree.")
        self._nodes = list(nodes)
        self._enough = enough
        self._passed = 0

    def request(self, method: str, params: Sequence[object], /) -> Any:
        """See `Connection.request`. Raises LedgerError where too few agree or none answers."""
        if method == _BLOCK:
            return self._block(params)
        if method == "eth_chainId":
            return self._chain_id()
        if method == _SEND:
            return self._everywhere(method, params)
        return self._first(lambda node: node.request(method, params))

    def request_many(self, calls: Sequence[Call], /) -> list[Any]:
        """See `Connection.request_many`."""
        if all(method not in (_BLOCK, _SEND, "eth_chainId") for method, _ in calls):
            answers: list[Any] = self._first(lambda node: node.request_many(calls))
            return answers
        return [self._answer(method, params) for method, params in calls]

    def pass_over(self) -> bool:
        """Ask the next node first from now on: what the first one said cannot be true. False where each was the first once."""
        self._nodes.append(self._nodes.pop(0))
        self._passed = (self._passed + 1) % len(self._nodes)
        return self._passed > 0

    def close(self) -> None:
        """Close all connections that can be closed."""
        for node in self._nodes:
            close = getattr(node, "close", None)
            if close is not None:
                close()

    def _answer(self, method: str, params: Sequence[object]) -> Any:
        try:
            return self.request(method, params)
        except LedgerError as error:
            return error

    def _first(self, ask: Callable[[Connection], Any]) -> Any:
        """The answer of the first node that is there; a refusal is an answer."""
        lost: LedgerError | None = None
        for node in self._nodes:
            try:
                return ask(node)
            except LedgerError as error:
                if "code" in error.details:
                    raise
                lost = error
        raise lost or LedgerError("No node answers.")

    def _all(self, method: str, params: Sequence[object]) -> list[tuple[Connection, Any]]:
        """Who answered what; those that are not there are left out."""
        found = []
        lost: LedgerError | None = None
        for node in self._nodes:
            try:
                found.append((node, node.request(method, params)))
            except LedgerError as error:
                lost = error
        if len(found) < self._enough:
            words = f"Only {len(found)} of {len(self._nodes)} nodes answer, and {self._enough} must agree."
            raise LedgerError(words, **(lost.details if lost else {})) from lost
        return found

    def _chain_id(self) -> Any:
        answers = [answer for _, answer in self._all("eth_chainId", [])]
        if len({quantity(answer) for answer in answers}) > 1:
            raise LedgerError("The nodes are on different networks.")
        return answers[0]

    def _block(self, params: Sequence[object]) -> Any:
        if params[0] == "latest":
            numbers = sorted((_number(block) for _, block in self._all(_BLOCK, params)), reverse=True)
            if numbers[self._enough - 1] < 0:
                raise LedgerError(f"Fewer than {self._enough} nodes name a newest block.")
            params = [hexed(numbers[self._enough - 1]), *params[1:]]
        blocks = [(node, block) for node, block in self._all(_BLOCK, params) if _number(block) >= 0]
        if not blocks:
            return None
        votes = Counter(str(block.get("hash")) for _, block in blocks)
        [(agreed, count)] = votes.most_common(1)
        if count < self._enough:
            raise LedgerError(
                f"The nodes disagree about block {quantity(params[0])}: {count} of {len(self._nodes)} name the same, "
                f"{self._enough} must.",
                block=params[0],
            )
        right = [node for node, block in blocks if str(block.get("hash")) == agreed]
        self._nodes.sort(key=lambda node: node not in right)
        return next(block for _, block in blocks if str(block.get("hash")) == agreed)

    def _everywhere(self, method: str, params: Sequence[object]) -> Any:
        """The first answer that takes it; else the first refusal."""
        refused: LedgerError | None = None
        taken: Any = None
        for node in self._nodes:
            try:
                answer = node.request(method, params)
                taken = answer if taken is None else taken
            except LedgerError as error:
                refused = refused or error
        if taken is None and refused is not None:
            raise refused
        return taken


def _number(block: Any) -> int:
    """The number that a block names, -1 for what is no block."""
    try:
        return quantity(block.get("number")) if isinstance(block, dict) else -1
    except LedgerError:
        return -1
