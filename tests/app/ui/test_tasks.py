"""The two lanes."""

from __future__ import annotations

import threading

import pytest

from app.ui.tasks import BugError, Lanes, Urgency
from chain.errors import BadInput, StoreError


def test_answers_come_back_on_the_gui_thread(qtbot, lanes: Lanes) -> None:
    seen: list[tuple[str, threading.Thread]] = []
    lanes.store(lambda door: threading.current_thread().name, lambda name: seen.append((name, threading.current_thread())))
    lanes.free(lambda: threading.current_thread().name, lambda name: seen.append((name, threading.current_thread())))
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert {thread for _, thread in seen} == {threading.main_thread()}
    names = sorted(name for name, _ in seen)
    assert names[0].startswith("wayproof-free")
    assert names[1] == "wayproof-store"


def test_scans_go_before_reads_and_reads_before_idle_work(qtbot, lanes: Lanes) -> None:
    gate, order = threading.Event(), list[str]()
    lanes.store(lambda door: gate.wait(5), lambda _: None)
    given = {"idle": Urgency.IDLE, "read 1": Urgency.READ, "scan 1": Urgency.SCAN, "read 2": Urgency.READ, "scan 2": Urgency.SCAN}
    for name, urgency in given.items():
        lanes.store(lambda door, name=name: name, order.append, urgency=urgency)
    gate.set()
    qtbot.waitUntil(lambda: len(order) == 5)
    assert order == ["scan 1", "scan 2", "read 1", "read 2", "idle"]


def test_a_known_error_is_told_in_its_own_words(qtbot, lanes: Lanes) -> None:
    errors: list[Exception] = []

    def refuse(door: object) -> None:
        raise BadInput("This is no code.")

    lanes.store(refuse, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "This is no code."
    with qtbot.waitSignal(lanes.trouble) as told:
        lanes.store(refuse, lambda _: None)
    assert told.args == ["This is no code."]


def test_a_bug_is_named_and_the_lane_lives_on(qtbot, lanes: Lanes, caplog) -> None:
    errors: list[Exception] = []
    lanes.store(lambda door: 1 / 0, lambda _: None, errors.append)
    answers: list[int] = []
    lanes.store(lambda door: 7, answers.append)
    qtbot.waitUntil(lambda: bool(answers))
    assert isinstance(errors[0], BugError)
    assert "ZeroDivisionError" in str(errors[0])
    assert "ZeroDivisionError" in caplog.text


def test_a_cancelled_job_never_answers(qtbot, lanes: Lanes) -> None:
    gate, answers = threading.Event(), list[str]()
    lanes.store(lambda door: gate.wait(5), lambda _: None)
    lanes.store(lambda door: "dropped", answers.append).cancel()
    lanes.store(lambda door: "kept", answers.append)
    free = threading.Event()
    blocked = [lanes.free(lambda: free.wait(5), lambda _: answers.append("free")) for _ in range(2)]
    waiting = lanes.free(lambda: "never", answers.append)
    waiting.cancel()
    for job in blocked:
        job.cancel()
    free.set()
    with qtbot.waitSignal(lanes.settled, timeout=30_000):
        gate.set()
    assert answers == ["kept"]
    assert lanes.outstanding == 0


def test_a_store_that_does_not_open_refuses_every_job_in_words(qtbot) -> None:
    def refuse() -> object:
        raise StoreError("The database cannot be read.")

    lanes = Lanes(refuse)
    errors: list[Exception] = []
    lanes.store(lambda door: 1, lambda _: None, errors.append)
    with qtbot.waitSignal(lanes.trouble) as told:
        lanes.start()
    assert told.args == ["The database cannot be read."]
    qtbot.waitUntil(lambda: bool(errors))
    lanes.store(lambda door: 1, lambda _: None, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 2)
    assert lanes.close(5)


def test_a_bug_in_opening_is_told_too(qtbot, caplog) -> None:
    lanes = Lanes(lambda: 1 / 0)
    with qtbot.waitSignal(lanes.trouble) as told:
        lanes.start()
    assert "ZeroDivisionError" in told.args[0]
    assert lanes.close(5)


def test_closing_ends_both_lanes_and_the_station_with_jobs_alive(qtbot, world) -> None:
    lanes = Lanes(lambda: world)
    lanes.start()
    answers: list[object] = []
    running, gate = threading.Event(), threading.Event()

    def slow(door: object) -> str:
        running.set()
        gate.wait(5)
        return "late"

    lanes.store(slow, answers.append)
    for _ in range(20):
        lanes.store(lambda door: "queued", answers.append)
        lanes.free(lambda: "free", answers.append)
    assert running.wait(5)
    threading.Timer(0.05, gate.set).start()
    assert lanes.close(5)
    assert world.closed
    qtbot.waitUntil(lambda: not [t for t in threading.enumerate() if t.name.startswith("wayproof")])
    assert "late" not in answers
    assert "queued" not in answers


def test_a_lane_that_was_never_started_closes_too(qapp) -> None:
    lanes = Lanes(lambda: pytest.fail("nobody asked for the station"))
    assert lanes.close(1)
    assert lanes.store(lambda door: 1, lambda _: None).cancelled
    assert lanes.free(lambda: 1, lambda _: None).cancelled
