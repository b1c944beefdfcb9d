"""A small consortium on one contract, made once and copied for every test."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from chain.journey import Role
from tests.chain.contract.pair import Org, Pair


@dataclass(frozen=True, slots=True)
class Cast:
    """The parties most tests need: who may do what, by one role each."""

    maker: Org
    carrier: Org
    keeper: Org
    shop: Org
    auditor: Org


def admitted(creation: bytes | None = None) -> tuple[Pair, Cast]:
    """The cast on a contract of its own."""
    pair = Pair(creation)
    roles = (Role.ISSUER, Role.CARRIER, Role.KEEPER, Role.RETAILER, Role.AUDITOR)
    return pair, Cast(*(pair.org(role) for role in roles))


@pytest.fixture(scope="session")
def _prepared() -> tuple[Pair, Cast]:
    return admitted()


@pytest.fixture
def pair(_prepared: tuple[Pair, Cast]) -> Pair:
    """The contract and its twin, with the cast admitted."""
    return _prepared[0].copy()


@pytest.fixture(scope="session")
def cast(_prepared: tuple[Pair, Cast]) -> Cast:
    """The parties."""
    return _prepared[1]
