"""Ten thousand labels through a printer: each once, whatever is killed or breaks off; what is in doubt is asked."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.labels import Label, run
from app.labels.printers import Printer
from app.labels.run import A_PART, Run, load, number_of, print_all, resolve
from app.labels.sending import NotSent
from chain.errors import BadInput
from chain.journey import Item
from tests.app.labels.test_sending import Memory

COUNT = 10_000
MADE = [Label(Item(gtin="09506000134352", serial=f"S{n:05d}"), f"S{n:05d}") for n in range(1, COUNT + 1)]
ROLL = Printer("zebra")


class Kept:
    """A memory on the disk: whole or not at all, as the store's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remembered(self, name: str) -> str:
        path = self.folder / name.replace("/", "_")
        return path.read_text() if path.exists() else ""

    def remember(self, name: str, value: str) -> None:
        draft = self.folder / "draft"
        draft.write_text(value)
        draft.replace(self.folder / name.replace("/", "_"))


class Paper:
    """A printer whose paper outlives the program: a file that each label is appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, made: Sequence[Label], printer: Printer, kill_after: int = -1) -> None:
        with self.path.open("a", buffering=1) as paper:
            for one in made:
                if len(self.labels()) == kill_after:
                    os.kill(os.getpid(), signal.SIGKILL)
                paper.write(f"{one.text}\n")

    def labels(self) -> list[str]:
        return self.path.read_text().splitlines() if self.path.exists() else []


def test_killed_in_the_middle_it_asks_which_came_out_last_and_prints_each_once(tmp_path: Path) -> None:
    paper, memory = Paper(tmp_path / "paper"), Kept(tmp_path)
    for kill_after in (7, 1_000, 1_010, 3_333):
        child = os.fork()
        if child == 0:
            print_all(memory, "lot", MADE[:5_000], ROLL, lambda some, one, at=kill_after: paper.send(some, one, at))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status)
        assert os.WTERMSIG(status) == signal.SIGKILL
        held = load(memory, "lot")
        assert held.doubtful
        with pytest.raises(BadInput, match="may have been printed"):
            print_all(memory, "lot", MADE[:5_000], ROLL, paper.send)
        assert held.sent <= len(paper.labels()) <= held.begun
        serials = [one.item.serial for one in MADE]
        resolve(memory, held, number_of(serials, paper.labels()[-1]))
    done = print_all(memory, "lot", MADE[:5_000], ROLL, paper.send)
    assert (done.sent, done.doubtful) == (5_000, False)
    assert paper.labels() == [one.text for one in MADE[:5_000]]


def test_a_printer_that_breaks_off_or_is_not_there_loses_nothing() -> None:
    memory, paper, told = Memory(), list[str](), list[int]()
    troubles = iter([NotSent("refused", begun=False), None, NotSent("broke off", begun=True)])

    def send(some: Sequence[Label], printer: Printer) -> None:
        trouble = next(troubles, None)
        if trouble is not None:
            paper.extend(one.text for one in some[:10] if trouble.begun)
            raise trouble
        paper.extend(one.text for one in some)

    def printed() -> Run:
        return print_all(memory, "lot", MADE, ROLL, send, lambda what, now, all: told.append(now))

    with pytest.raises(NotSent, match="refused"):
        printed()
    assert load(memory, "lot") == Run("lot", "zebra", 0, 0)  # nothing came out: no question
    with pytest.raises(NotSent, match="broke off"):
        printed()
    assert load(memory, "lot") == Run("lot", "zebra", A_PART, 2 * A_PART)
    resolve(memory, load(memory, "lot"), 35)
    assert printed().sent == COUNT
    assert Counter(paper) == Counter(one.text for one in MADE)
    assert told[-1] == COUNT
    assert told == sorted(told)
    before = len(paper)
    assert printed().sent == COUNT
    assert len(paper) == before


def test_it_can_be_stopped_and_somebody_may_have_labels_again() -> None:
    memory, paper = Memory(), list[str]()

    def send(some: Sequence[Label], printer: Printer) -> None:
        paper.extend(one.text for one in some)

    stops = iter([False, True])
    assert print_all(memory, "lot", MADE[:100], ROLL, send, cancelled=lambda: next(stops)).sent == A_PART
    assert print_all(memory, "lot", MADE[:100], ROLL, send).sent == 100
    resolve(memory, load(memory, "lot"), 98)  # the last two were torn
    print_all(memory, "lot", MADE[:100], ROLL, send)
    assert paper[-2:] == [one.text for one in MADE[98:100]]
    for bad in (-1, 101):
        with pytest.raises(BadInput, match="between 0 and 100"):
            resolve(memory, load(memory, "lot"), bad)


def test_a_label_is_meant_by_its_number_or_its_serial() -> None:
    serials = ["A1", "7", "C3"]
    assert [number_of(serials, text) for text in ("A1", " 7 ", "C3", "3", "0")] == [1, 2, 3, 3, 0]
    for bad in ("", "x", "-1", "1234567", "٣"):
        with pytest.raises(BadInput, match="No label"):
            number_of(serials, bad)
    memory = Memory()
    memory.kept["run/lot"] = "nonsense"
    with pytest.raises(BadInput, match="cannot be read"):
        load(memory, "lot")
    assert run.load(Memory(), "lot") == Run("lot")
