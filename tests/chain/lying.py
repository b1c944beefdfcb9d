"""A node that lies about some of what it is asked, over a true chain; and fixtures of the tests that use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from chain.devnet import Devnet
from chain.errors import LedgerError
from chain.ledger import Ledger
from tests.chain.consortium import Consortium

Lie = Callable[[Sequence[Any], Any], Any]


@dataclass
class LyingNode:
    """The embedded chain behind a node that changes the answers to some methods. It seals each transaction on its own."""

    devnet: Devnet
    lies: dict[str, Lie] = field(default_factory=dict)
    asked: list[tuple[str, Sequence[Any]]] = field(default_factory=list)

    def request(self, method: str, params: Sequence[Any], /) -> Any:
        self.asked.append((method, params))
        lie = self.lies.get(method)
        try:
            answer = self.devnet.request(method, params)
        except LedgerError as error:
            if lie is None:
                raise
            answer = error
        answer = answer if lie is None else lie(params, answer)
        if isinstance(answer, LedgerError):
            raise answer
        return answer

    def request_many(self, several: Sequence[tuple[str, Sequence[Any]]], /) -> list[Any]:
        answers: list[Any] = []
        for method, params in several:
            try:
                answers.append(self.request(method, params))
            except LedgerError as error:
                answers.append(error)
        return answers

    def count(self, method: str) -> int:
        return sum(asked == method for asked, _ in self.asked)


def refusal(message: str, code: int = -32000) -> LedgerError:
    return LedgerError("The network refused the request.", code=code, message=message, data=None)


def flipped(text: str, at: int = -1) -> str:
    """Hexadecimal text with one bit flipped."""
    digits = list(text)
    digits[at] = f"{int(digits[at], 16) ^ 1:x}"
    return "".join(digits)


@pytest.fixture
def node() -> Iterator[LyingNode]:
    with Devnet.open(None) as devnet:
        yield LyingNode(devnet)


@pytest.fixture
def consortium(node: LyingNode) -> Consortium:
    """A chain with a day of history, and a ledger whose waiting takes no time."""
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    one = Consortium(Ledger(node, patience=5, clock=lambda: now[0], sleep=sleep))
    one.found()
    one.sync()
    one.a_day()
    node.asked.clear()
    return one
