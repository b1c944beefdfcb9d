"""A pull writes in short transactions: whichever is the last before the program dies, nothing is lost, torn or believed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import standings, sync
from app.known import teller
from app.network import EMBEDDED_CHAIN_ID
from app.network.keyring import DerivedKeys
from app.recorder import Member, Recorder
from app.station import Station
from app.store import Store
from app.store.replica import TAKEN_BACK
from app.store.standings import Standing
from app.store.turns import Turns
from app.sync import pull
from chain import merkle, rlp
from chain.calls import Held
from chain.devnet import Devnet
from chain.encoding import ZERO, leaf
from chain.errors import StoreError
from chain.evidence import Checkpoint
from chain.journey import Verb
from chain.ledger import Ledger
from tests.app.retold import rebuilt
from tests.app.test_sync import DEPOT, MAKER, START, World, draft, world

__all__ = ["world"]  # a fixture


class Died(Exception):
    """The program ends here."""


@contextmanager
def dying(store: Store, after: int) -> Iterator[None]:
    """The store of a program that dies as it begins its next transaction after so many."""
    honest, left = store.transaction, [after]

    @contextmanager
    def counted() -> Iterator[None]:
        if not left[0]:
            raise Died
        left[0] -= 1
        with honest():
            yield

    store.transaction = counted  # type: ignore[method-assign]
    try:
        yield
    finally:
        store.transaction = honest  # type: ignore[method-assign]


def children(node: bytes) -> list[bytes]:
    shape = rlp.decode(node)
    assert isinstance(shape, list)
    if len(shape) == 17:
        return [child for child in shape[:16] if isinstance(child, bytes) and child]
    head, child = shape
    assert isinstance(head, bytes)
    return [child] if head[0] >> 4 < 2 and isinstance(child, bytes) else []


def whole(store: Store) -> None:
    """The log that is here is the one that the checkpoint proves."""
    newest = store.replica.checkpoint()
    size = newest[0].size if newest else 0
    if newest is not None and size:
        assert store.replica.tiles().root(size) == newest[0].root
        assert merkle.root([leaf(entry) for entry in store.replica.entries(0, size)]) == newest[0].root


def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "STEP", 4)
    monkeypatch.setattr(standings, "STEP", 4)


def test_a_pull_that_dies_between_any_two_transactions_leaves_what_was_proven_and_goes_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_steps(monkeypatch)
    survived = 0
    with Store(tmp_path / "dying.sqlite") as store:
        for point in range(200):
            before = store.replica.checkpoint()
            try:
                with dying(store, point):
                    pull(store, world.ledger, world.trust)
            except Died:
                survived += 1
                assert store.replica.checkpoint() == before
                assert not list(store.replica.entries())
                whole(store)
            else:
                break
        assert survived > 12, "the pull was in many steps"
        whole(store)
        world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(20)])
        with pytest.raises(Died), dying(store, 4):
            pull(store, world.ledger, world.trust)
        assert {one for one in rebuilt(store).units.values() if one.state.receiver} == set()
        pull(store, world.ledger, world.trust)
        assert rebuilt(store).units == world.recorder.world.units
        whole(store)


def test_no_piece_of_the_trie_is_kept_before_all_that_is_below_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    short_steps(monkeypatch)
    kept: list[bytes] = []
    honest = world.store.replica.add_nodes

    def watched(nodes: list[tuple[bytes, bytes]]) -> None:
        kept.extend(name for name, _ in nodes)
        honest(nodes)

    monkeypatch.setattr(world.store.replica, "add_nodes", watched)
    pull(world.store, world.ledger, world.trust)
    place = {name: at for at, name in enumerate(kept)}
    nodes = dict(world.store._db.execute("select hash, node from nodes").fetchall())
    newest = world.store.replica.checkpoint()
    assert newest is not None
    storage = kept[: kept.index(newest[0].state_root)]  # then comes the account's path, from its root down
    assert len(storage) > 20
    for at, name in enumerate(storage):
        assert all(place[child] < at for child in children(nodes[name]))


def test_tiles_that_were_damaged_are_made_anew_when_the_log_is_rewound(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    newest = world.store.replica.checkpoint()
    assert newest is not None
    with world.store.transaction():
        world.store._db.execute("update tiles set data = zeroblob(length(data))")
        world.store.replica.rewind(newest[0].size, newest[0].block)
    assert world.store.replica.tiles().root(newest[0].size) == newest[0].root


# ---- standings ---------------------------------------------------------------------------------------------------------------


def stand(store: Store) -> dict[bytes, Standing]:
    standings.bring_up(store)
    return store.standings.all()


def told(store: Store) -> dict[bytes, Standing]:
    """The same out of the whole log."""
    size = store.replica.proven_size()
    return {
        unit: Standing(
            unit, store.replica.last_about(unit, size) or 0, int(one.state.status), one.state.custodian, one.state.receiver,
            one.state.parent,
        )
        for unit, one in rebuilt(store).units.items()
    }  # fmt: skip


def test_standings_follow_the_log_and_a_reorganisation(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short_steps(monkeypatch)
    store = world.store
    assert stand(store) == {}, "nothing is proven yet"
    pull(store, world.ledger, world.trust)
    assert stand(store) == told(store)
    world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(5)])
    pull(store, world.ledger, world.trust)
    assert {one.receiver for one in stand(store).values()} == {0, 2}
    assert stand(store) == told(store)
    keys = DerivedKeys()
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as other, Store(tmp_path / "other.sqlite") as elsewhere:
        ledger = Ledger(other)
        ledger.deploy(keys.administrator(), at=int(START.timestamp()))
        branch = Recorder(ledger, elsewhere, keys)
        branch.enrol([Member(MAKER, ("952100001",)), Member(DEPOT)], at=int(START.timestamp()) + 60)
        branch.record([draft(Verb.COMMISSION, MAKER, n) for n in range(10)])
        branch.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(3)])
        for n in range(100, 110):
            branch.record([draft(Verb.COMMISSION, MAKER, n)])
        back = pull(store, ledger, world.trust).taken_back
        assert back > 0
        assert store.goods.setting(TAKEN_BACK) == back
        assert stand(store) == told(store)
        assert len(stand(store)) == 20
        assert all(one.parent == ZERO for one in stand(store).values())


def test_only_what_moved_is_told_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pull(world.store, world.ledger, world.trust)
    stand(world.store)
    world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(5)])
    pull(world.store, world.ledger, world.trust)
    asked: list[bytes] = []
    honest = teller

    def watched(store: Store, at: Checkpoint) -> Callable[[bytes], Held | None]:
        tell = honest(store, at)

        def told(unit: bytes) -> Held | None:
            asked.append(unit)
            return tell(unit)

        return told

    monkeypatch.setattr(standings, "teller", watched)
    assert stand(world.store) == told(world.store)
    assert len(asked) == 5


def test_a_stock_that_is_not_what_was_proven_is_not_counted_by(world: World) -> None:
    pull(world.store, world.ledger, world.trust)
    with world.store.transaction():
        world.store._db.execute("update events set organisation = 2 where verb = ?", (int(Verb.COMMISSION),))
    with pytest.raises(StoreError, match="not what was proven"):
        stand(world.store)
    assert world.store.standings.told_to() < world.store.replica.proven_size()


# ---- turns -------------------------------------------------------------------------------------------------------------------


def test_writers_come_in_the_order_in_which_they_asked() -> None:
    turns, came = Turns(), list[int]()
    threads = []

    def write(number: int) -> None:
        with turns.taken():
            came.append(number)

    with turns.taken() as first:
        assert first
        for number in range(5):
            threads.append(threading.Thread(target=write, args=(number,)))
            threads[-1].start()
            while len(turns._line) < number + 2:
                threading.Event().wait(0.001)
        assert came == []
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]


def test_a_turn_that_does_not_come_is_given_up() -> None:
    turns = Turns()
    with turns.taken(), turns.taken(patience=0) as second:
        assert not second
    with turns.taken(patience=0) as third:
        assert third


# ---- a person sees it --------------------------------------------------------------------------------------------------------


def test_what_was_taken_back_is_counted_until_it_was_seen(tmp_path: Path) -> None:
    with Station.open(tmp_path / "p", offline=True) as station:
        assert station.status().taken_back == 0
        with station.store.transaction():
            station.store.goods.set(TAKEN_BACK, 3)
        assert station.status().taken_back == 3
        station.saw_taken_back()
        assert station.status().taken_back == 0
