"""The two simulators: every network follows from its seed, every class of attack is played, and guilt leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecasting import reading
from forecasting.simulate.dialect import Dialect
from forecasting.simulate.export import write
from forecasting.simulate.network import ATTACKS, TRACELESS, UNSEEN, Network, simulate
from forecasting.simulate.pull import crimes, records
from forecasting.simulate.shape import Shape

WORLDS = pytest.mark.parametrize(
    ("world", "kinds"), [(simulate, set(ATTACKS)), (records.simulate, set(crimes.KINDS))], ids=["pushed", "pulled"]
)


def told(network: Network, item: int) -> list[tuple[int, ...]]:
    """What the tables say of an item, clocks left out."""
    e = network.tables.events
    rows = np.flatnonzero(e.item == item)
    return sorted((int(e.action[r]), int(e.actor[r]), int(e.target[r]), int(e.shipment[r]), int(e.batch[r])) for r in rows)


@WORLDS
def test_a_network_follows_from_its_seed(world: Callable[..., Network], kinds: set[str]) -> None:
    one, other = world(7, 500, share=0.1), world(7, 500, share=0.1)
    assert np.array_equal(one.tables.events.recorded, other.tables.events.recorded)
    assert one.tables.items == other.tables.items
    assert one.kind.tolist() == other.kind.tolist()
    assert world(8, 500, share=0.1).tables.items != one.tables.items


@WORLDS
def test_every_class_of_attack_is_played(world: Callable[..., Network], kinds: set[str]) -> None:
    seen: set[str] = set()
    for seed in range(3):
        network = world(seed, 900, share=0.15)
        seen |= set(network.kind[network.illicit].tolist())
        assert 0.02 < network.illicit.mean() < 0.35
        assert ((network.kind != "") == network.illicit).all()
        assert np.isnan(network.onset[~network.illicit]).all()
    assert kinds <= seen | {"substitution_perfect"}


@WORLDS
def test_its_files_are_read_again_as_they_were(world: Callable[..., Network], kinds: set[str], tmp_path: Path) -> None:
    network = world(5, 200, share=0.1)
    write(network, tmp_path, range(network.tables.size))
    found = reading.read(tmp_path)
    assert len(found.events) == len(network.tables.events)
    assert found.missing == ()
    by_name = dict(zip(network.tables.items, network.illicit, strict=True))
    assert [bool(by_name[name]) for name in found.items] == (found.labels.label == 1).tolist()


def test_what_left_no_trace_is_told_apart() -> None:
    quiet = replace(
        Shape.draw(np.random.default_rng(3), 2000), miss_item=0.0, miss_group=0.0, double=0.0, reroute=0.0, left_cut=0.0,
        late=0.0, outages=0.0, packs=True, clock_wild=0.0,
    )  # fmt: skip
    habits = Dialect(no_unpack=True)

    def played(*attacks: str) -> Network:
        return simulate(3, 2000, 0.04, attacks, quiet, habits)

    plain, attacked = played(), played("out_of_order", "rogue_device", "substitution")
    assert not plain.illicit.any()
    unseen = np.flatnonzero(attacked.kind == UNSEEN)
    assert len(unseen) > 5  # what was told of an opened box is not written down in this network
    assert attacked.tables.size == plain.tables.size
    for item in unseen:
        assert told(attacked, int(item)) == told(plain, int(item))
    assert UNSEEN in TRACELESS
