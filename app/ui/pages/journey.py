"""One item's way: the steps from top to bottom on one side, the map on the other; pointing at one marks the other.

Below the map stands the item's family, where it has one: a click on a relative shows that item's way, and Back leads back.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.family import Family
from app.language import spoken
from app.ui import desk_words, story, words
from app.ui.icons import Icon
from app.ui.plain import Text
from app.ui.tasks import Job, Lanes
from app.ui.theme import current
from app.ui.widgets.family_tree import FamilyTree
from app.ui.widgets.journey_map import JourneyMap
from app.ui.widgets.land import Outlines, read_outlines
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.timeline import Timeline
from chain.errors import WayproofError
from chain.journey import Item, Journey

if TYPE_CHECKING:
    from app.store.desk import Post
    from app.ui.door import Door


class JourneyPage(QWidget):
    """Timeline, map and family. `left` when the person goes back to where they came from."""

    left = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._asked: Job | None = None
        self.item: Item | None = None
        self._trail: list[Item] = []
        self.timeline, self.map, self.notice = Timeline(), JourneyMap(), Notice()
        self.family = FamilyTree()
        self._title, self._summary = Text(role="title"), Text(tone="muted")
        self._map_words = Text(tone="muted", wrap=True)
        self._lay_out()
        self.timeline.site_chosen.connect(self.map.choose)
        self.map.site_chosen.connect(self.timeline.choose_site)
        self.family.item_chosen.connect(self._visit)
        lanes.free(read_outlines, self._outlines_read)

    def _lay_out(self) -> None:
        self.back = Button(self.tr("Back"), "undo-2")
        self.back.clicked.connect(self._go_back)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self._title)
        said.addWidget(self._summary)
        head = QHBoxLayout()
        head.addLayout(said, 1)
        head.addWidget(self.back)

        steps = Panel()
        inside = QVBoxLayout(steps)
        inside.setContentsMargins(2, 8, 2, 8)
        inside.addWidget(self.timeline)
        chart = Panel()
        around = QVBoxLayout(chart)
        around.setContentsMargins(1, 1, 1, 1)
        around.setSpacing(0)
        around.addWidget(self.map, 1)
        self._map_words.setContentsMargins(16, 10, 16, 10)
        around.addWidget(self._map_words)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setHandleWidth(16)
        both.setChildrenCollapsible(False)
        self._kin = Panel()
        related = QVBoxLayout(self._kin)
        related.setContentsMargins(10, 10, 4, 6)
        related.addWidget(self.family)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setHandleWidth(16)
        right.setChildrenCollapsible(False)
        right.addWidget(chart)
        right.addWidget(self._kin)
        right.setStretchFactor(0, 3)
        right.setStretchFactor(1, 2)
        right.setSizes([420, 260])
        self._kin.hide()
        both.addWidget(steps)
        both.addWidget(right)
        steps.setMinimumWidth(400)
        both.setSizes([520, 560])
        both.setStretchFactor(0, 0)
        both.setStretchFactor(1, 1)
        told = QWidget()
        column = QVBoxLayout(told)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(both, 1)

        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        middle.addWidget(Icon("route", current().edge, 72), 0, centre)
        middle.addSpacing(12)
        middle.addWidget(Text(self.tr("No item chosen yet"), role="title"), 0, centre)
        hint = Text(self.tr("Scan an item, or choose one from the list, to see its journey."), role="lead", tone="muted")
        middle.addWidget(hint, 0, centre)
        middle.addStretch(3)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(told)

    def show_item(self, item: Item) -> None:
        """Ask for the item's journey and show it; an answer to an earlier question is dropped."""
        self._trail.clear()
        self._ask(item)

    def _visit(self, item: Item) -> None:
        """Go on to a relative of the item that is shown."""
        if self.item is not None:
            self._trail.append(self.item)
        self._ask(item)

    def _go_back(self) -> None:
        if self._trail:
            self._ask(self._trail.pop())
        else:
            self.left.emit()

    def _ask(self, item: Item) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self.item = item
        self._asked = self._lanes.store(
            lambda door: (door.journey(item), door.family(item), _coming(door, item)), partial(self._tell, item), self._failed
        )

    def _tell(self, item: Item, answer: tuple[Journey, Family, list[Post]]) -> None:
        self._asked = None
        journey, family, coming = answer
        told = story.tell(journey)
        self.notice.hide()
        self._title.setText(words.identity(item))
        self._summary.setText(told.summary())
        self.timeline.tell(told)
        self.map.tell(told)
        self.family.tell(family)
        self._kin.setVisible(bool(family.relatives))
        self._map_words.setText(_map_words(told))
        self._map_words.setVisible(bool(self._map_words.text()))
        if not told.stops:
            self.notice.tell(self.tr("Nothing about this item is known on this laptop. Sync, then look again."))
        if coming:
            self.notice.tell(" ".join(map(_not_proven, coming)))
        self._stack.setCurrentIndex(1)
        self.timeline.setFocus(Qt.FocusReason.OtherFocusReason)

    def _failed(self, error: WayproofError) -> None:
        self._asked = None
        self._stack.setCurrentIndex(1)
        self.notice.tell(error.words)

    def _outlines_read(self, outlines: Outlines) -> None:
        self.map.use_outlines(outlines)


def _coming(door: Door, item: Item) -> list[Post]:
    """This laptop's events about an item that are not on its proven journey yet."""
    return [post for post in door.desk.posting.waiting() if item.key in post.step.keys]


def _not_proven(post: Post) -> str:
    told = words.say("Not on the proven journey yet: {what}, {when}.").format(
        what=desk_words.verb_word(post.step.verb), when=words.moment(post.at)
    )
    return f"{told} {spoken(post.reason)}".strip()


def _map_words(told: story.Story) -> str:
    said = []
    if told.last_site is not None:
        said.append(words.say("Last known place: {place}.").format(place=told.last_site.name))
    if told.claims:
        said.append(words.say("Dashed legs are told by imported files and not proven."))
    if told.lost == 1:
        said.append(words.say("1 step has no known place and is not on the map."))
    elif told.lost:
        said.append(words.say("{count} steps have no known place and are not on the map.").format(count=told.lost))
    return " ".join(said)
