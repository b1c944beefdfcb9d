"""Contradictions: two events about one unit that cannot both be meant, both sides next to each other, and one file with both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.language import listed
from app.ui import desk_words, words
from app.ui.plain import Text, shown
from app.ui.tasks import Lanes
from app.ui.widgets.fields import Choice
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.unlock import Unlock
from chain.errors import KeyLocked, WayproofError

if TYPE_CHECKING:
    from app.handover.cases import Case, Side
    from app.ui.door import Door


class CasesPane(QWidget):
    """The cases, one at a time. `left` to go back, `changed` when one was seen."""

    left = Signal()
    changed = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.cases: Sequence[Case] = ()
        self._path: Path | None = None
        self.notice, self.unlock = Notice(), Unlock(lanes)
        self.which = Choice()
        self.which.setAccessibleName(self.tr("Which contradiction"))
        self.title = Text(role="headline", wrap=True)
        self.about = Text(role="lead", tone="muted", wrap=True)
        self.one, self.other = SidePanel(), SidePanel()
        self.save = Button(self.tr("Save both sides as one file"), "download", primary=True)
        self.seen = Button(self.tr("Seen"), "check")
        self.back = Button(self.tr("Back"), "arrow-left")
        for button in (self.save, self.seen, self.back):
            button.setObjectName("tall")
        self.which.currentIndexChanged.connect(lambda _: self._show())
        self.save.clicked.connect(self._ask)
        self.seen.clicked.connect(self._seen)
        self.back.clicked.connect(self.left)
        self.unlock.unlocked.connect(self._again)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addWidget(self.one, 1)
        both.addWidget(self.other, 1)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.back)
        foot.addStretch(1)
        foot.addWidget(self.seen)
        foot.addWidget(self.save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for part in (self.notice, self.which, self.title, self.about):
            column.addWidget(part)
        column.addLayout(both)
        column.addStretch(1)
        column.addWidget(self.unlock)
        column.addLayout(foot)
        self._show()

    def refresh(self) -> None:
        """Look for contradictions."""
        self._lanes.store(_all, self.tell, self._failed)

    def tell(self, cases: Sequence[Case]) -> None:
        """Show these."""
        self.cases = cases
        self.which.blockSignals(True)
        self.which.clear()
        for number, case in enumerate(cases, 1):
            name = shown(words.identity(case.item) if case.item else "0x" + case.unit.hex()[:16], 60)
            self.which.addItem(f"{number}.  {name}", case.id)
        self.which.blockSignals(False)
        self.which.setVisible(len(cases) > 1)
        self._show()

    @property
    def case(self) -> Case | None:
        """The one that is shown."""
        place = self.which.currentIndex()
        return self.cases[place] if 0 <= place < len(self.cases) else None

    def _show(self) -> None:
        case = self.case
        for part in (self.one, self.other):
            part.setVisible(case is not None)
        self.save.setEnabled(case is not None)
        self.seen.setVisible(case is not None and case.ours > 0 and case.other.recorded is not None)
        if case is None:
            self.title.setText(self.tr("No contradictions"))
            self.about.setText(self.tr("Everything that was signed and seen here fits together."))
            return
        name = words.identity(case.item) if case.item else "0x" + case.unit.hex()
        self.title.setText(f"{case.product}  ·  {name}" if case.product else name)
        if case.same_device:
            why = self.tr("One laptop signed two different things about the same state of this. At most one can stand.")
        elif case.other.recorded is not None:
            why = self.tr("Somebody else was faster: what was signed on the left can no longer be recorded.")
        else:
            why = self.tr("Two laptops signed different things about the same state of this. At most one can stand.")
        self.about.setText(why)
        ours = self.tr("Signed here") if case.ours else self.tr("Signed")
        self.one.tell(ours, case.one)
        self.other.tell(self.tr("Recorded") if case.other.recorded is not None else self.tr("Signed as well"), case.other)

    def _ask(self) -> None:
        case = self.case
        if case is None:
            return
        dialog = QFileDialog(self, self.tr("Save both sides as one file"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile("contradiction.wayproof-case")
        dialog.fileSelected.connect(lambda name: self.export(Path(name)))
        dialog.open()

    def export(self, path: Path) -> None:
        """Write the shown case with both sides to a file."""
        case = self.case
        if case is None:
            return
        self._path, name = path, case.id

        def work(door: Door) -> None:
            from app.handover import cases
            from app.whole import write_whole

            write_whole(path, cases.export(door.desk.station, name))

        self._lanes.store(work, lambda _: self._exported(path), self._failed)

    def _exported(self, path: Path) -> None:
        self.notice.tell(self.tr("Saved {name}. Anybody with the trust pack can check it.").format(name=path.name))

    def _again(self) -> None:
        if self._path is not None:
            self.export(self._path)

    def _seen(self) -> None:
        case = self.case
        if case is not None:
            work = partial(_see, case.ours)
            self._lanes.store(work, lambda _: self._changed(), self._failed)

    def _changed(self) -> None:
        self.refresh()
        self.changed.emit()

    def _failed(self, error: WayproofError) -> None:
        if isinstance(error, KeyLocked):
            self.unlock.ask(self.tr("The file is sealed by this laptop. Type the passphrase to sign it."))
            return
        self.notice.tell(error.words)


def _all(door: Door) -> list[Case]:
    from app.handover import cases

    return cases.cases(door.desk.station)


def _see(number: int, door: Door) -> None:
    door.desk.posting.seen(number)


class SidePanel(Panel):
    """One side: who, what, when, where, with which device."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Text(role="strong", tone="muted")
        self.what = Text(role="title", wrap=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        names = (
            self.tr("Who"), self.tr("When"), self.tr("Where"), self.tr("To"), self.tr("Recorded"), self.tr("Device"),
        )  # fmt: skip
        self.names = [Text(name, tone="muted") for name in names]
        self.values = [Text(wrap=True) for _ in names]
        for row, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
            grid.addWidget(name, row, 0)
            grid.addWidget(value, row, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 22, 28, 22)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.what)
        column.addLayout(grid)
        column.addStretch(1)

    def tell(self, title: str, side: Side) -> None:
        """Show a side."""
        self.title.setText(title)
        self.what.setText(desk_words.verb_word(side.verb))
        told = (
            side.who or self.tr("somebody unknown"), words.moment(side.at), side.where or self.tr("not told"), side.to,
            words.moment(side.recorded) if side.recorded else self.tr("never, so far"), _short(side.device),
        )  # fmt: skip
        for value, text in zip(self.values, told, strict=True):
            value.setText(text)
        for part in (self.names[3], self.values[3]):
            part.setVisible(bool(side.to))
        self.setAccessibleName(listed([title, self.what.text(), *told[:3]]))


def _short(device: bytes) -> str:
    """An address as people compare it: both ends."""
    return f"0x{device.hex()[:8]} … {device.hex()[-8:]}"
