"""The state read from the replica, lots and draws included: as the whole log tells it, proven by heads, missed where left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.known import known
from app.store import Store
from app.sync import pull
from chain import calls, encoding, merkle
from chain.errors import LedgerError, StoreError
from chain.evidence import Trust
from chain.journey import Item, Kind, Verb
from tests.chain.consortium import MAKER, PREFIX, SHOP, Consortium, item, key
from tests.chain.lying import LyingNode, consortium, node

__all__ = ["consortium", "node"]  # fixtures


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "wayproof.sqlite") as opened:
        yield opened


@pytest.fixture
def trust(consortium: Consortium) -> Trust:
    """Units 3 and 4 are of a lot; 3 was drawn from it and shipped, 4 was not."""
    tail = encoding.tail(Item(gtin="09506000134352", lot="L7"))
    leaves = [merkle.leaf_hash(consortium.unit(item(number))) for number in range(5)]
    minted = calls.Minted(Kind.LOT, PREFIX, tail, root=merkle.root(leaves), size=5)
    consortium.send(consortium.device(MAKER), calls.commission([(consortium.act(Verb.COMMISSION_LOT), [minted])]))
    consortium.sync()
    _, issuer, leaf = consortium.world.lot_births[minted.birth.unit]
    drawn = calls.Drawn(encoding.tail(item(3)), 3, merkle.inclusion_path(leaves, 3, 5))
    consortium.send(key("anybody"), calls.draw(minted.birth, tail, issuer, leaf, [drawn]))
    consortium.sync()
    consortium.send(consortium.device(MAKER), consortium.recorded(Verb.SHIP, item(3), counterparty=SHOP))
    consortium.sync()
    return Trust(consortium.ledger.chain_id(), consortium.ledger.contract, calls.code_hash())


def test_every_state_is_what_the_whole_log_tells(consortium: Consortium, trust: Trust, store: Store) -> None:
    assert known(store).units.get(bytes(32)) is None, "nothing is known before the first pull"
    pull(store, consortium.ledger, trust)
    world = known(store)
    assert {unit: world.units[unit] for unit in consortium.world.units} == consortium.world.units
    assert {lot: world.lots[lot] for lot in consortium.world.lots} == consortium.world.lots
    assert {lot: world.lot_births[lot] for lot in consortium.world.lot_births} == consortium.world.lot_births
    assert consortium.unit(item(4)) not in world.units
    assert (world.size, world.organisations, world.devices) == (
        consortium.world.size,
        consortium.world.organisations,
        consortium.world.devices,
    )


def test_a_draw_that_is_left_out_is_missed(consortium: Consortium, node: LyingNode, trust: Trust, store: Store) -> None:
    drawing = "0x" + calls.topics()[2].hex()
    node.lies["eth_getLogs"] = lambda _, logs: [one for one in logs if one["topics"][0] != drawing]
    with pytest.raises(LedgerError, match="how a unit came to be"):
        pull(store, consortium.ledger, trust)
    assert store.replica.checkpoint() is None
    del node.lies["eth_getLogs"]
    pull(store, consortium.ledger, trust)
    assert known(store).units[consortium.unit(item(3))].state.receiver == SHOP


def test_a_replica_that_was_changed_is_said_and_not_planned_on(consortium: Consortium, trust: Trust, store: Store) -> None:
    pull(store, consortium.ledger, trust)
    unit = consortium.unit(item(3))
    last = store.replica.about(unit, store.replica.proven_size())[-1]
    with store.transaction():
        store._db.execute("update events set counterparty = counterparty - 1 where idx = ?", (last.index,))
    with pytest.raises(StoreError, match="not what was proven"):
        known(store).units.get(unit)
