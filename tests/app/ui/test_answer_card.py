"""The card of a scan within a task: word, colour and shape say the same, in both themes; and it was approved by eye."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.desk.session import Covered, Line, Mark
from app.ui import desk_words, theme
from app.ui.widgets.answer_card import AnswerCard
from app.ui.widgets.line_list import LineList
from app.ui.widgets.note_list import NoteList
from chain.verdict import Kind
from tests.app.ui.golden import assert_golden

AT = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
KEY = "(01)09521000011014(21)K7Q284XM19PD"
TAKEN = Line(
    1, AT, Mark.TAKEN, KEY, KEY, "Cardiol 20 mg, 30 tablets", kind="GENUINE", code="OK", why="Line 3 of the delivery note."
)
STOP = Line(
    2, AT, Mark.REFUSED, KEY, KEY, "Cardiol 20 mg, 30 tablets", kind="REJECTED", code="RECALLED",
    why="Alba Pharma has recalled this item: do not use or sell it, send it back to the maker.",
    step="Do not put it on the shelf: it goes back with the driver, or to the recalled goods.", stops=True,
)  # fmt: skip
EXTRA = Line(
    3, AT, Mark.EXTRA, KEY, KEY, kind="GENUINE", code="OK", why="The delivery note says lot L1; this is lot L2.",
    step="Set it aside and ask the sender.", stops=True,
)  # fmt: skip


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("name", "line"), [("taken", TAKEN), ("stop", STOP), ("extra", EXTRA)])
def test_it_looks_as_approved(qtbot, dressed, look: theme.Theme, name: str, line: Line) -> None:
    dressed(look)
    card = AnswerCard()
    qtbot.addWidget(card)
    card.tell(line)
    card.behind(3 if line.stops else 0)
    card.resize(760, 440)
    card.show()
    assert_golden(card, f"answer_card/{name}-{look.name}")


def test_what_is_spoken_says_all_that_is_shown(qtbot, dressed) -> None:
    card = AnswerCard()
    qtbot.addWidget(card)
    card.tell(STOP)
    assert card.accessibleName() == f"Stop. Recalled. {STOP.why}. {STOP.step}"
    assert card.stopped
    card.tell(TAKEN)
    assert card.accessibleName() == "Taken. Line 3 of the delivery note."
    assert card.acknowledge.isHidden()


@pytest.mark.parametrize(
    ("mark", "kind", "shown"),
    [
        (Mark.TAKEN, "GENUINE", Kind.GENUINE), (Mark.TAKEN, "CAUTION", Kind.CAUTION), (Mark.TAKEN, "REJECTED", Kind.UNKNOWN),
        (Mark.REFUSED, "GENUINE", Kind.REJECTED), (Mark.NOTED, "REJECTED", Kind.REJECTED), (Mark.NOTED, "GENUINE", Kind.GENUINE),
        (Mark.EXTRA, "GENUINE", Kind.CAUTION), (Mark.TWICE, "GENUINE", Kind.UNKNOWN), (Mark.BOX, "", Kind.UNKNOWN),
        (Mark.UNDONE, "", Kind.UNKNOWN), (Mark.DAMAGED, "", Kind.CAUTION), (Mark.NOTED, "", Kind.UNKNOWN),
    ],
)  # fmt: skip
def test_green_is_for_genuine_goods_that_were_taken_and_nothing_else(mark: Mark, kind: str, shown: Kind) -> None:
    assert desk_words.kind_of(Line(1, AT, mark, kind=kind)) is shown


def test_every_mark_and_task_has_its_word_and_picture() -> None:
    from app.desk.tasks import Ending, Task
    from app.ui.icons import FOLDER
    from chain.journey import Verb

    assert len({desk_words.mark_word(mark) for mark in Mark}) == len(Mark)
    assert len({desk_words.task_word(task) for task in Task}) == len(Task)
    for name in (*desk_words.MARK_ICONS.values(), *desk_words.TASK_ICONS.values()):
        assert (FOLDER / "icons" / f"{name}.svg").is_file()
    assert all(desk_words.ending_word(ending) for ending in Ending)
    assert all(desk_words.verb_word(verb) for verb in Verb)


def test_lists_grow_without_being_rebuilt_and_show_what_was_taken_back(qtbot, dressed) -> None:
    listing = LineList()
    qtbot.addWidget(listing)
    listing.show()
    listing.grab()
    resets: list[bool] = []
    listing.lines.modelReset.connect(lambda: resets.append(True))
    listing.lines.tell([TAKEN])
    listing.lines.tell([TAKEN, STOP])
    undone = Line(3, AT, Mark.UNDONE, key=KEY, of=1, why="Line 1 was taken back.")
    listing.lines.tell([TAKEN, STOP, undone])
    assert (listing.lines.rowCount(), resets) == (3, [])
    assert str(listing.lines.index(0).data()).startswith("3. Taken back")
    listing.grab()
    listing.lines.tell([])
    assert resets == [True]


def test_a_note_shows_what_is_missing_first(qtbot, dressed) -> None:
    from app.desk.notes import Note, NoteLine, reconcile

    note = Note("DN", (NoteLine(1, key=KEY, name="Done"), NoteLine(2, gtin="09521000011014", lot="L1", quantity=3, name="Short")))
    line = Line(1, AT, Mark.TAKEN, key=KEY, covers=(Covered(KEY, "09521000011014", "L1"),))
    listing = NoteList()
    qtbot.addWidget(listing)
    listing.lines.tell(reconcile(note, [line]).lines)
    assert [str(listing.lines.index(row).data()) for row in range(2)] == ["Short · L1: 0 / 3", "Done: 1 / 1"]
    listing.show()
    listing.grab()
