"""What waits for the network, each with its state and reason, and the tasks that were finished. Nothing is sent unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.language import listed, spoken
from app.ui import desk_words, words
from app.ui.language import counted
from app.ui.pages.desk_done import Sentences
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.desk.clash import Clash
    from app.desk.session import Session
    from app.store.desk import Post
    from app.ui.door import Door


class QueuePane(QWidget):
    """The waiting events, and above them what somebody else was faster with. `sent` after a push, or when that was seen."""

    sent = Signal()
    cases_wanted = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.notice = Notice()
        self.count = Text(role="lead")
        self.send = Button(self.tr("Send now"), "truck", primary=True)
        self.send.setObjectName("tall")
        self.send.clicked.connect(self.push)
        self.waiting = Sentences(self.tr("Events that wait for the network"))
        self.past = Sentences(self.tr("Finished tasks"))
        self._clash = 0
        self.clash, self.clash_words = Panel(), Text(wrap=True)
        self.sides = Button(self.tr("Both sides"), "search")
        self.sides.clicked.connect(self.cases_wanted)
        self.seen = Button(self.tr("Seen"), "check")
        self.seen.clicked.connect(self._seen)
        both = QHBoxLayout(self.clash)
        both.setContentsMargins(20, 12, 20, 12)
        both.addWidget(self.clash_words, 1)
        both.addWidget(self.sides)
        both.addWidget(self.seen)
        self.clash.hide()
        self.undone, self.undone_words = Panel(), Text(wrap=True)
        self.noticed = Button(self.tr("Seen"), "check")
        self.noticed.setAccessibleName(self.tr("I have seen what was taken back"))
        self.noticed.clicked.connect(self._noticed)
        beside = QHBoxLayout(self.undone)
        beside.setContentsMargins(20, 12, 20, 12)
        beside.addWidget(self.undone_words, 1)
        beside.addWidget(self.noticed)
        self.undone.hide()
        top = QHBoxLayout()
        top.addWidget(self.count, 1)
        top.addWidget(self.send)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addWidget(self.undone)
        whole.addWidget(self.clash)
        whole.addLayout(top)
        for title, listing, stretch in ((self.tr("Waiting"), self.waiting, 2), (self.tr("Finished"), self.past, 3)):
            panel = Panel()
            inside = QVBoxLayout(panel)
            inside.setContentsMargins(10, 12, 10, 10)
            heading = Text(title, role="strong")
            heading.setContentsMargins(10, 0, 10, 0)
            inside.addWidget(heading)
            inside.addWidget(listing)
            whole.addWidget(panel, stretch)

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self._lanes.store(_all, self._tell, self._failed)
        self._lanes.store(lambda door: door.status().taken_back, self._tell_undone, self._failed)

    def _tell(self, found: tuple[list[Post], list[Session], tuple[Clash, ...]]) -> None:
        posts, sessions, clashes = found
        self.clash.setVisible(bool(clashes))
        if clashes:
            self._clash = clashes[0].number
            self.clash_words.setText(self._both_sides(clashes[0], len(clashes) - 1))
        self.send.setEnabled(bool(posts))
        if posts:
            since = words.moment(posts[0].at)
            waiting = counted(
                "Waiting: {count} event, since {when}.", "Waiting: {count} events, the oldest since {when}.", len(posts)
            )
            self.count.setText(waiting.format(count=len(posts), when=since))
        else:
            self.count.setText(self.tr("Nothing waits: everything was sent."))
        self.waiting.tell([self._sentence(post) for post in posts])
        self.past.tell(
            [
                f"{words.moment(one.finished or one.begun)} · {desk_words.task_word(one.task)}"
                + (f" · {one.by}" if one.by else "")
                for one in sessions
            ]
        )

    def _tell_undone(self, count: int) -> None:
        self.undone.setVisible(count > 0)
        if count:
            self.undone_words.setText(words.taken_back(count))

    def _noticed(self) -> None:
        self._lanes.store(lambda door: door.saw_taken_back(), lambda _: self._changed(), self._failed)

    def _sentence(self, post: Post) -> str:
        what = desk_words.verb_word(post.step.verb)
        told = self.tr("{what} ({count}), {when}. {state}.").format(
            what=what, count=len(post.step.keys), when=words.moment(post.at), state=desk_words.post_word(post.state)
        )
        return f"{told} {spoken(post.reason)}".strip()

    def _both_sides(self, clash: Clash, more: int) -> str:
        ours = self.tr("Somebody else was faster, and your event was not recorded. Yours, {when}: {what}. {why}").format(
            when=words.moment(clash.at), what=spoken(clash.ours), why=spoken(clash.why)
        )
        theirs = listed(
            self.tr("{who}: {what}, {when}").format(
                who=one.by or self.tr("somebody unknown"), what=desk_words.verb_word(one.verb), when=words.moment(one.at)
            )
            for one in clash.theirs
        )
        told = [ours, self.tr("Theirs, on record: {what}.").format(what=theirs) if theirs else ""]
        told.append(self.tr("{count} more of these.").format(count=more) if more else "")
        return " ".join(filter(None, told))

    def _seen(self) -> None:
        number = self._clash
        self._lanes.store(lambda door: door.desk.posting.seen(number), lambda _: self._changed(), self._failed)

    def _changed(self) -> None:
        self.refresh()
        self.sent.emit()

    def push(self) -> None:
        """Send what waits."""
        self.send.setEnabled(False)
        self._lanes.network(lambda door: door.desk.posting.push(), self._pushed, self._failed)

    def _pushed(self, posts: tuple[Post, ...]) -> None:
        sent = sum(post.state == "recorded" for post in posts)
        bad = [post.reason for post in posts if post.state != "recorded"]
        self.notice.tell(" ".join((self.tr("Events sent: {count}.").format(count=sent), *bad)))
        self._changed()

    def _failed(self, error: WayproofError) -> None:
        self.send.setEnabled(True)
        self.notice.tell(error.words)


def _all(door: Door) -> tuple[list[Post], list[Session], tuple[Clash, ...]]:
    from app.desk.clash import clashes

    return door.desk.posting.waiting(), door.desk.sessions(), clashes(door.desk.station)
