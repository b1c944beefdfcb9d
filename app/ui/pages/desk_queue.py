"""What waits for the network, each with its state and reason, and the tasks that were finished. Nothing is sent unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.ui import desk_words, words
from app.ui.pages.desk_done import Sentences
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.desk.session import Session
    from app.store.desk import Post
    from app.ui.door import Door


class QueuePane(QWidget):
    """The waiting events. `sent` after a push."""

    sent = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.notice = Notice()
        self.count = Text(role="lead")
        self.send = Button(self.tr("Send now"), "truck", primary=True)
        self.send.setObjectName("tall")
        self.send.clicked.connect(self._send)
        self.waiting = Sentences(self.tr("Events that wait for the network"))
        self.past = Sentences(self.tr("Finished tasks"))
        top = QHBoxLayout()
        top.addWidget(self.count, 1)
        top.addWidget(self.send)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
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
        self._lanes.store(_both, self._tell, self._failed)

    def _tell(self, found: tuple[list[Post], list[Session]]) -> None:
        posts, sessions = found
        self.send.setEnabled(bool(posts))
        if posts:
            since = words.moment(posts[0].at)
            self.count.setText(self.tr("Waiting: {count} events, the oldest since {when}.").format(count=len(posts), when=since))
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

    def _sentence(self, post: Post) -> str:
        what = desk_words.verb_word(post.step.verb)
        told = self.tr("{what} ({count}), {when}. {state}.").format(
            what=what, count=len(post.step.keys), when=words.moment(post.at), state=desk_words.post_word(post.state)
        )
        return f"{told} {post.reason}".strip()

    def _send(self) -> None:
        self.send.setEnabled(False)
        self._lanes.store(lambda door: door.desk.posting.push(), self._pushed, self._failed)

    def _pushed(self, posts: tuple[Post, ...]) -> None:
        sent = sum(post.state == "recorded" for post in posts)
        bad = [post.reason for post in posts if post.state != "recorded"]
        self.notice.tell(" ".join((self.tr("Events sent: {count}.").format(count=sent), *bad)))
        self.refresh()
        self.sent.emit()

    def _failed(self, error: WayproofError) -> None:
        self.send.setEnabled(True)
        self.notice.tell(error.words)


def _both(door: Door) -> tuple[list[Post], list[Session]]:
    return door.desk.posting.waiting(), door.desk.sessions()
