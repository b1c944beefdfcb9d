"""What the README and the notes say to type can be typed: every command and every option in them exists."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import pytest

from app.cli import parser

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CALL = re.compile(r"`wayproof ([^`]+)`|^(?:\$ )?(?:\.venv/bin/)?wayproof ([^\n`]+)$", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--?[a-zA-Z][\w-]*")


def commands(of: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return next((action.choices for action in of._actions if isinstance(action, argparse._SubParsersAction)), {})


def faults(call: str) -> list[str]:
    """What a documented call names that does not exist."""
    here: argparse.ArgumentParser = parser()
    known, words = set[str](), call.split()
    while commands(here) and words and not words[0].startswith("-"):
        names = words.pop(0).strip("[]").split("|")
        unknown = [name for name in names if name not in commands(here)]
        if unknown:
            return unknown
        known |= {option for name in names for action in commands(here)[name]._actions for option in action.option_strings}
        here = commands(here)[names[0]]
    return [option for option in OPTION.findall(" ".join(words)) if option not in known]


def calls(page: Path) -> list[str]:
    """The calls in a page; lines that are the first of a file (`wayproof trust 2`) are none."""
    found = [(one or other).replace("\\|", "|") for one, other in CALL.findall(page.read_text(encoding="utf-8"))]
    forms = re.compile(r"(?:trust |depot |case |mapping |eip712 |evidence )?[0-9]+(?:\\n)?$|trust pack\\n|[a-z]+ [0-9]\\n")
    return [call.partition("#")[0] for call in found if not forms.match(call)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_says_to_type_exists(page: Path) -> None:
    assert {call: bad for call in calls(page) if (bad := faults(call))} == {}


def test_the_readme_is_read() -> None:
    assert len(calls(ROOT / "README.md")) > 20
    assert faults("scan --ofline X") == ["--ofline"]
    assert faults("device revoke|forget") == ["forget"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_target_of_make_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", page.read_text(encoding="utf-8")))
    assert named <= targets
