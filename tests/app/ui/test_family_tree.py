"""The tree of goods made of goods and of containers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QImage

from app.family import Family, Kin, Relative
from app.ui import theme
from app.ui.widgets.family_tree import NODE, FamilyTree, node_words
from chain.journey import Item
from tests.app.ui.world import ITEM, NOON

CASE, PALLET = Item(sscc="195210000100000017"), Item(sscc="195210000100000024")
MILK = "https://id.gs1.org/01/09521000777026/10/M-3"
FAMILY = Family(
    ITEM,
    (
        Relative(MILK, None, Kin.MADE_OF, NOON, "Milk", "8 LTR"),
        Relative(CASE.key, CASE, Kin.PACKED_IN, NOON, until=NOON + timedelta(days=3), proven=True, more=7, relatives=(
            Relative(PALLET.key, PALLET, Kin.PACKED_IN, NOON, proven=True),
        )),
    ),
    more=2,
)  # fmt: skip


@pytest.fixture
def tree(qtbot, dressed) -> FamilyTree:
    made = FamilyTree()
    qtbot.addWidget(made)
    made.resize(420, 400)
    made.show()
    made.tell(FAMILY)
    return made


def rows(tree: FamilyTree, parent: QModelIndex | None = None, depth: int = 0) -> list[str]:
    """The lines of the tree, indented."""
    model, parent = tree.model(), parent or QModelIndex()
    found = []
    for row in range(model.rowCount(parent)):
        index = model.index(row, 0, parent)
        found.append("  " * depth + str(index.data()))
        found += rows(tree, index, depth + 1)
    return found


def test_branches_stand_under_their_headings_and_what_was_left_out_is_counted(tree: FamilyTree) -> None:
    assert rows(tree) == [
        "Made of", "  Milk", "Packed in", "  195210000100000017", "    195210000100000024", "    and 7 more", "and 2 more",
    ]  # fmt: skip


def test_a_node_says_what_how_much_when_and_whether_it_is_proven() -> None:
    milk, case = FAMILY.relatives
    assert node_words(milk) == ("Milk", "09521000777026 · lot M-3  ·  8 LTR  ·  3 May 2026  ·  not proven")
    assert node_words(case) == ("195210000100000017", "3 May 2026 – 6 May 2026")


def node(tree: FamilyTree, name: str) -> QModelIndex:
    found = tree.model().match(
        tree.model().index(0, 0), Qt.ItemDataRole.DisplayRole, name, 1, Qt.MatchFlag.MatchRecursive | Qt.MatchFlag.MatchExactly
    )
    return found[0]


def test_a_click_on_an_item_opens_it_and_one_on_a_class_does_nothing(qtbot, tree: FamilyTree) -> None:
    with qtbot.waitSignal(tree.item_chosen) as said:
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(node(tree, PALLET.sscc)).center())
    assert said.args == [PALLET]
    with qtbot.assertNotEmitted(tree.item_chosen):
        for name in ("Milk", "Made of", "and 2 more"):
            qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=tree.visualRect(node(tree, name)).center())


def test_the_keyboard_opens_it_too(qtbot, tree: FamilyTree) -> None:
    tree.setCurrentIndex(node(tree, CASE.sscc))
    with qtbot.waitSignal(tree.item_chosen) as said:
        qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert said.args == [CASE]


def test_what_a_file_calls_things_is_shown_and_not_obeyed(qtbot, tree: FamilyTree) -> None:
    tree.tell(Family(ITEM, (Relative("urn:x", None, Kin.MADE_OF, NOON, "<b>\u202e evil</b>"),)))
    index = node(tree, "<b>‹U+202E› evil</b>")
    assert isinstance(index.data(NODE), Relative)
    assert "‹U+202E›" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_it_is_drawn_in_light_and_dark(tree: FamilyTree, dressed) -> None:
    looks = []
    for look in (theme.LIGHT, theme.DARK):
        dressed(look)
        image = tree.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        colours = {image.pixelColor(QPoint(x, y)).name() for x in range(0, 400, 3) for y in range(0, 300, 3)}
        assert look.text in colours or len(colours) > 8
        looks.append(colours)
    assert looks[0] != looks[1]
