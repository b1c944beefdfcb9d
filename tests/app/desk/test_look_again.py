"""The network takes something back while a task is open: its lines say what is true now, and nothing is silently dropped."""

from __future__ import annotations

import pytest

from app.desk.desk import Desk
from app.desk.session import Mark
from app.desk.tasks import Task
from app.station import Station
from chain import gs1
from chain.journey import Item
from tests.app.desk.yard import Yard


def link(item: Item) -> str:
    return gs1.digital_link(item)


def forget(station: Station) -> None:
    """What a reorganisation does to the replica, at its worst: nothing stands any more."""
    with station.store.transaction():
        station.store.replica.rewind(0, -1)


@pytest.mark.parametrize("task", [Task.RECEIVE, Task.CHECK])
def test_nothing_changes_where_nothing_was_taken_back(desk: Desk, yard: Yard, task: Task) -> None:
    desk.begin(task)
    for item in (yard.coming[0], yard.recalled, yard.case):
        desk.scan(link(item))
    before = desk.open
    assert desk.look_again().lines == ()
    assert desk.open == before


def test_a_piece_that_was_taken_is_refused_and_has_to_be_acknowledged(station: Station, desk: Desk, yard: Yard) -> None:
    desk.begin(Task.RECEIVE)
    for item in yard.coming[:3]:
        desk.scan(link(item))
    forget(station)
    again = desk.look_again()
    assert [line.mark for line in again.lines] == [Mark.UNDONE, Mark.REFUSED] * 3
    assert [line.of for line in again.lines[::2]] == [1, 2, 3]
    assert all(line.stops for line in again.lines[1::2])
    assert desk.open is not None
    assert desk.open.tally.taken == 0
    assert desk.open.tally.refused == 3
    assert desk.look_again().lines == ()


def test_a_refusal_that_does_not_hold_any_more_asks_for_another_scan(station: Station, desk: Desk, yard: Yard) -> None:
    desk.begin(Task.RECEIVE)
    forget(station)
    desk.scan(link(yard.coming[0]))
    station.sync()
    (line,) = desk.look_again().lines
    assert line.mark is Mark.UNDONE
    assert line.why.endswith("scan it again.")
    assert desk.scan(link(yard.coming[0])).line.mark is Mark.TAKEN  # type: ignore[union-attr]
    assert desk.look_again().lines == ()


def test_a_check_shows_its_new_verdict(station: Station, desk: Desk, yard: Yard) -> None:
    desk.begin(Task.CHECK)
    desk.scan(link(yard.stock[0]))
    forget(station)
    gone, fresh = desk.look_again().lines
    assert gone.mark is Mark.UNDONE
    assert fresh.mark is Mark.NOTED
    assert (fresh.kind, fresh.code) == ("UNKNOWN", "NO_EVIDENCE")


def test_many_lines_are_looked_at_a_few_at_a_time(station: Station, desk: Desk, yard: Yard) -> None:
    desk.begin(Task.COUNT)
    for item in yard.stock:
        desk.scan(link(item))
    forget(station)
    first, seen = 1, 0
    while first:
        again = desk.look_again(first, 3)
        assert len(again.lines) <= 6
        seen += len(again.lines) // 2
        first = again.next
    assert seen == len(yard.stock)


def test_without_a_task_there_is_nothing_to_look_at(desk: Desk) -> None:
    assert desk.look_again().lines == ()
