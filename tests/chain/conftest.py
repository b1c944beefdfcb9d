"""Fixtures of the chain's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.chain import anvil as second_engine


@pytest.fixture
def anvil() -> Iterator[second_engine.Anvil]:
    """A fresh anvil chain; the test is skipped where anvil is not installed."""
    program = second_engine.binary()
    if program is None or not program.is_file():
        pytest.skip("anvil is not installed: npm install @foundry-rs/anvil, or set WAYPROOF_ANVIL")
    with second_engine.running(program) as running:
        yield running
