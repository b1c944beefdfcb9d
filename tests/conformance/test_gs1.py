"""Every GS1 vector of the shared data passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import gs1


@pytest.mark.parametrize("name", gs1.SETS)
def test_every_vector_of_the_set_passes(shared: Path, name: str) -> None:
    total, failed = gs1.failures(shared, name)
    assert total > 0
    assert failed == []


def test_the_counts_leave_nothing_out(shared: Path) -> None:
    counts = gs1.run(shared)
    assert [name for name, *_ in counts] == list(gs1.SETS)
    assert all(passed == total - len(excluded) for _, passed, total, excluded in counts)
    assert sum(len(excluded) for *_, excluded in counts) <= 5
