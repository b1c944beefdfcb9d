"""Making up for a mistake in a finished task: choose the event, read what will be recorded against it, agree.

What was recorded stays on the log; another event follows it. For what was shipped, sold or destroyed there is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.desk import plan
from app.language import listed
from app.store.desk import Post
from app.ui import desk_words
from app.ui.plain import Text, shown
from app.ui.theme import TARGET
from app.ui.widgets.confirm import Confirm
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button
from chain.journey import Verb


class MakeUpBar(QWidget):
    """The recorded events of a task. `wanted` carries an event's number when somebody agreed to make up for it."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._posts: dict[int, Post] = {}
        self.choice = Choice()
        self.choice.setAccessibleName(self.tr("The event that was a mistake"))
        self.choice.setMinimumHeight(TARGET)
        self.begin = Button(self.tr("It was a mistake"), "undo-2")
        self.begin.clicked.connect(self._ask)
        self.never = Text(tone="muted", wrap=True)
        self.confirm = Confirm()
        self.confirm.agreed.connect(lambda: self.wanted.emit(int(self.choice.currentData())))
        self.choice.currentIndexChanged.connect(lambda _: self.confirm.hide())
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.choice, 1)
        row.addWidget(self.begin)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addLayout(row)
        column.addWidget(self.never)
        column.addWidget(self.confirm)

    def tell(self, posts: Sequence[Post]) -> None:
        """Show what of a task can still be made up for, and say of the rest that it cannot."""
        done = {one.undoes for one in posts if one.undoes}
        stand = [one for one in posts if one.state == "recorded" and not one.undoes and one.n not in done]
        self._posts = {one.n: one for one in stand if plan.undoable(one.step)}
        self.confirm.hide()
        self.choice.clear()
        for n, one in self._posts.items():
            words = f"{desk_words.verb_word(one.step.verb)} ({len(one.step.keys)}): {', '.join(one.step.keys[:3])}"
            self.choice.addItem(shown(words, 90), n)
        final = [one.step.verb for one in stand if one.n not in self._posts and one.step.verb is not Verb.OBSERVE]
        never = dict.fromkeys(map(desk_words.verb_word, final))
        told = [self.tr("{what}: this cannot be made up for.").format(what=listed(never))]
        if Verb.SHIP in final or Verb.DECOMMISSION in final:
            told.append(
                self.tr("What was shipped, sold or destroyed is not taken back by a record: tell whoever has the goods now.")
            )
        self.never.setText(" ".join(told))
        self.never.setVisible(bool(never))
        for widget in (self.choice, self.begin):
            widget.setVisible(bool(self._posts))
        self.setVisible(bool(self._posts or never))

    def _ask(self) -> None:
        post = self._posts[int(self.choice.currentData())]
        self.confirm.ask(
            self.tr(
                "“{what}” stays on record for good. Against it “{other}” is recorded for the same goods. Is that right?"
            ).format(what=desk_words.verb_word(post.step.verb), other=desk_words.undone_word(post.step.verb)),
            self.tr("Yes, record it"),
        )
