"""Who works here: signing in, enrolling, letting go, and the audit trail as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.desk.people import LONGEST_NAME, Operator, Rank, new_badge
from app.ui.pages.desk_done import Sentences
from app.ui.plain import Text, shown
from app.ui.tasks import Lanes
from app.ui.theme import TARGET
from app.ui.widgets.confirm import Confirm
from app.ui.widgets.fields import Choice
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError
from chain.journey import Item

if TYPE_CHECKING:
    from app.ui.door import Door


class PeoplePane(QWidget):
    """The people. `changed` when somebody came or left."""

    changed = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.notice = Notice()
        self.now = Text(role="lead")
        self.who, self.pin = Choice(), self._secret(self.tr("PIN"))
        self.who.setAccessibleName(self.tr("Who are you?"))
        self.who.setMinimumSize(240, TARGET)
        self.sign_in = Button(self.tr("Sign in"), "check")
        self.sign_out = Button(self.tr("Sign out"))
        self.name, self.new_pin, self.rank = QLineEdit(), self._secret(self.tr("New PIN, 4 to 12 digits")), Choice()
        self.name.setPlaceholderText(self.tr("Name"))
        self.name.setAccessibleName(self.tr("Name of the new person"))
        self.name.setMaxLength(LONGEST_NAME)
        self.rank.setAccessibleName(self.tr("What the new person may do"))
        self.rank.addItem(self.tr("Works"), Rank.WORKER.value)
        self.rank.addItem(self.tr("Leads"), Rank.LEAD.value)
        self.rank.setMinimumSize(140, TARGET)
        self.enrol = Button(self.tr("Add with PIN"), "plus")
        self.enrol_badge = Button(self.tr("Add with a new badge"), "plus")
        self.trail = Button(self.tr("Save the audit trail"), "shield-check")
        self.list = Sentences(self.tr("People"))
        self.leaver, self.let_go, self.confirm = Choice(), Button(self.tr("Let go")), Confirm()
        self.leaver.setAccessibleName(self.tr("Who works here no longer"))
        self.leaver.setMinimumSize(160, TARGET)
        self.let_go.clicked.connect(self._ask_to_let_go)
        self.leaver.currentIndexChanged.connect(lambda _: self.confirm.hide())
        self.confirm.agreed.connect(self._let_go)
        self.sign_in.clicked.connect(self._sign_in)
        self.pin.returnPressed.connect(self._sign_in)
        self.sign_out.clicked.connect(lambda: self._do(lambda door: door.desk.shift.sign_out()))
        self.enrol.clicked.connect(lambda: self._enrol(badge=False))
        self.enrol_badge.clicked.connect(lambda: self._enrol(badge=True))
        self.trail.clicked.connect(self._ask_where)
        self._lay_out()

    @staticmethod
    def _secret(words: str) -> QLineEdit:
        field = QLineEdit()
        field.setEchoMode(QLineEdit.EchoMode.Password)
        field.setPlaceholderText(words)
        field.setAccessibleName(words)
        field.setMaxLength(12)
        field.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly | Qt.InputMethodHint.ImhSensitiveData)
        return field

    def _lay_out(self) -> None:
        first = Panel()
        grid = QGridLayout(first)
        grid.setContentsMargins(20, 16, 20, 16)
        grid.setSpacing(12)
        grid.addWidget(self.now, 0, 0, 1, 4)
        for column, widget in enumerate((self.who, self.pin, self.sign_in, self.sign_out)):
            grid.addWidget(widget, 1, column)
        grid.setColumnStretch(1, 1)
        second = Panel()
        inside = QVBoxLayout(second)
        inside.setContentsMargins(20, 16, 20, 16)
        inside.setSpacing(12)
        inside.addWidget(Text(self.tr("Add a person"), role="strong"))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.name, 2)
        row.addWidget(self.new_pin, 1)
        row.addWidget(self.rank)
        row.addWidget(self.enrol)
        row.addWidget(self.enrol_badge)
        inside.addLayout(row)
        third = Panel()
        inside = QVBoxLayout(third)
        inside.setContentsMargins(10, 12, 10, 10)
        inside.addWidget(self.list)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.leaver)
        foot.addWidget(self.let_go)
        foot.addStretch(1)
        foot.addWidget(self.trail)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addWidget(self.notice)
        whole.addWidget(first)
        whole.addWidget(second)
        whole.addWidget(third, 1)
        whole.addWidget(self.confirm)
        whole.addLayout(foot)

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever it is opened."""
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Ask again."""
        self._lanes.store(lambda door: (door.desk.shift.operators(), door.desk.shift.name), self._tell, self._failed)

    def take_badge(self, text: str) -> None:
        """A badge was scanned."""
        self._do(lambda door: door.desk.shift.sign_in(badge=text))

    def _tell(self, found: tuple[list[Operator], str]) -> None:
        people, name = found
        if name:
            self.now.setText(self.tr("{name} is at the desk.").format(name=name))
        elif people:
            self.now.setText(self.tr("Nobody is signed in. Scan your badge, or choose your name and type your PIN."))
        else:
            self.now.setText(self.tr("Nobody has to sign in here until the first person is added."))
        self.sign_out.setEnabled(bool(name))
        self.who.clear()
        for one in people:
            if one.active and one.pin:
                self.who.addItem(shown(one.name, 60), one.id)
        self.leaver.clear()
        for one in people:
            if one.active:
                self.leaver.addItem(shown(one.name, 60), one.id)
        for widget in (self.leaver, self.let_go):
            widget.setVisible(self.leaver.count() > 0)
        leads = {Rank.WORKER: self.tr("works"), Rank.LEAD: self.tr("leads")}
        self.list.tell([f"{one.name}, {leads[one.rank] if one.active else self.tr('was let go')}" for one in people])

    def _sign_in(self) -> None:
        number, pin = str(self.who.currentData() or ""), self.pin.text()
        self.pin.clear()
        self._do(lambda door: door.desk.shift.sign_in(number=number, pin=pin))

    def _enrol(self, *, badge: bool) -> None:
        name, rank = self.name.text(), Rank(str(self.rank.currentData()))
        pin = "" if badge else self.new_pin.text()
        code = new_badge() if badge else ""
        self.new_pin.clear()

        def done(one: Operator) -> None:
            self._done(one)
            if code:
                self._ask_where_badge(one.name, code)

        self._lanes.store(lambda door: door.desk.shift.enrol(name, rank, pin, code), done, self._failed)

    def _ask_to_let_go(self) -> None:
        words = self.tr(
            "{name} can sign in here no longer; badge and PIN end at once. What {name} did stays on record, and this is not "
            "taken back: to return, {name} is added anew."
        )
        self.confirm.ask(words.format(name=self.leaver.currentText()), self.tr("Yes, let go"))

    def _let_go(self) -> None:
        number = str(self.leaver.currentData() or "")
        self._do(lambda door: door.desk.shift.let_go(number))

    def _ask_where_badge(self, name: str, code: str) -> None:
        dialog = QFileDialog(self, self.tr("Save the badge to print it"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("badge.png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.save_badge(name, code, Path(path)))
        dialog.open()

    def save_badge(self, name: str, code: str, path: Path) -> None:
        """Write a badge as a picture: its code is nowhere else, so a lost one is replaced by a new one."""

        def work() -> bytes:
            from app import labels

            return labels.png(labels.Label(Item(), code, name), path)

        self._lanes.free(work, lambda _: self.notice.tell(self.tr("Saved {name}.").format(name=path.name)), self._failed)

    def _do(self, work: Callable[[Door], object]) -> None:
        self._lanes.store(work, self._done, self._failed)

    def _done(self, _: object) -> None:
        self.notice.hide()
        self.name.clear()
        self.refresh()
        self.changed.emit()

    def _ask_where(self) -> None:
        dialog = QFileDialog(self, self.tr("Save the audit trail"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("audit.jsonl")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.save_trail(Path(name)))
        dialog.open()

    def save_trail(self, path: Path) -> None:
        """Write the sealed audit trail to a file."""

        def work(door: Door) -> None:
            from app.desk.papers import audit_export
            from app.whole import write_whole

            write_whole(path, audit_export(door.desk))

        self._lanes.store(work, lambda _: self.notice.tell(self.tr("Saved {name}.").format(name=path.name)), self._failed)

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)
        self.refresh()
