"""Work in a process of its own: what it tells and answers arrives, what it refuses is raised, it can be killed at any moment."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.alerts import apart as module
from app.alerts.apart import SWITCH, apart, command
from app.alerts.assessing import Assessor
from app.alerts.proven import Watch
from chain.errors import BadInput, WayproofError


@dataclass(frozen=True, slots=True)
class Chore:
    """Something to do that is no detector."""

    mark: Path

    def tell(self, watch: Watch) -> int:
        """Two stages and the process's number."""
        print("a library's chatter is no answer")
        watch("features", 0.25)
        watch("learning", 0.5)
        return os.getpid()

    def refuse(self, watch: Watch) -> int:
        """No."""
        raise BadInput("There is nothing to learn from.")

    def die(self, watch: Watch) -> int:
        """As if memory had run out."""
        os._exit(9)

    def hang(self, watch: Watch) -> int:
        """As a library's loop does: it never tells anything, and leaves its process's number."""
        self.mark.write_text(str(os.getpid()))
        time.sleep(3600)
        return 0


class Enough(Exception):
    """Stopped by a person."""


@pytest.fixture
def chore(tmp_path: Path) -> Chore:
    return Chore(tmp_path / "pid")


def test_what_is_told_and_answered_comes_from_another_process(chore: Chore) -> None:
    told: list[tuple[str, float]] = []
    assert apart(chore.tell, lambda stage, share: told.append((stage, share))) != os.getpid()
    assert told[0] == ("starting", 0.0)


def test_what_it_refuses_is_raised_here(chore: Chore) -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        apart(chore.refuse, lambda *_: None)


def test_a_child_that_dies_is_one_sentence(chore: Chore) -> None:
    with pytest.raises(WayproofError, match="ended before it was done"):
        apart(chore.die, lambda *_: None)


def test_it_is_killed_at_once_though_it_says_nothing(chore: Chore) -> None:
    def watch(stage: str, share: float) -> None:
        if chore.mark.exists() and chore.mark.read_text():
            raise Enough

    with pytest.raises(Enough):
        apart(chore.hang, watch)
    with pytest.raises(ProcessLookupError):
        os.kill(int(chore.mark.read_text()), 0)


def test_judging_apart_finds_what_judging_here_finds(judged_world: Path) -> None:
    assessor = Assessor(judged_world)
    there, here = apart(assessor.run, lambda *_: None), assessor.run()
    assert there.risks == here.risks
    assert there.suspects == here.suspects


def test_a_frozen_program_is_its_own_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command() == [sys.executable, SWITCH]
    from app.cli import main

    monkeypatch.setattr(module, "serve", lambda: 7)
    assert main([SWITCH]) == 7
