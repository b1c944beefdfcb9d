"""What the detector asks: a queue by risk and worth, one case at a time, today's inspections, and the model that judges.

Judging runs in the free lane on a database connection of its own, with progress and a way to stop it; what it found is written
down in the store lane. Nothing on this page changes a verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.alerts.case import Alert, Decision, Figures, Run, shift_of
from app.language import number
from app.ui import words
from app.ui.language import counted
from app.ui.pages.alerts_judging import Judging
from app.ui.pages.alerts_model import ModelPane, stage_words
from app.ui.plain import Text
from app.ui.tasks import Job, Lanes
from app.ui.theme import TARGET
from app.ui.widgets.alert_list import AlertList
from app.ui.widgets.case_view import CaseView
from app.ui.widgets.land import Outlines, read_outlines
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.pick_list import PickList
from chain.errors import WayproofError

if TYPE_CHECKING:
    from app.alerts.alerts import Opened
    from app.ui.door import Door

PICKS = 5
_WIDE = 300, 160
"""Pixels of the queue in a wide and in a narrow window."""
VIEWS = ("open", "decided", "picks", "model")


class AlertsPage(QWidget):
    """The page. `journey_wanted` carries the item whose journey is to be shown on its own page."""

    journey_wanted = Signal(object)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.judging = Judging(lanes, self)
        self._asked: Job | None = None
        self._view = "open"
        self._run: Run | None = None
        self.notice = Notice()
        self.figures = Text(tone="muted", wrap=True)
        self.judge = Button(self.tr("Judge &now"), "search")
        self.cancel = Button(self.tr("S&top"), "x")
        self.labels = Button(self.tr("Save &labels"), "download")
        self.bar = QProgressBar()
        self.list = AlertList(self.tr("Nothing is asked about here."))
        self.list.setAccessibleName(self.tr("Queue"))
        self.case, self.picks, self.model = CaseView(), PickList(), ModelPane(lanes)
        self._nothing = Text(role="lead", tone="muted", wrap=True)
        self._lay_out()
        self.setMinimumSize(480, 360)
        self._connect()
        self._outlined = False

    # ---- looks ---------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.bar.setFixedSize(150, TARGET - 12)
        self.bar.setAccessibleName(self.tr("Judging"))
        self.bar.hide()
        self.cancel.hide()
        self.labels.hide()
        head = self._tabs()
        head.addWidget(self.bar)
        for button in (self.cancel, self.judge, self.labels):
            button.setAccessibleName(button.text().replace("&", ""))
            head.addWidget(button)
        left = Panel()
        side = QVBoxLayout(left)
        side.setContentsMargins(4, 4, 4, 8)
        side.addWidget(self.list, 1)
        left.setFixedWidth(_WIDE[0])
        self._left = left
        self._right = QStackedWidget()
        empty = QWidget()
        middle = QVBoxLayout(empty)
        middle.addWidget(self._nothing, 1)
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (empty, self.case, self.picks, self.model):
            self._right.addWidget(widget)
        self._both = QHBoxLayout()
        self._both.setSpacing(16)
        self._both.addWidget(left)
        self._both.addWidget(self._right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 10, 24, 14)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.figures)
        column.addWidget(self.notice)
        column.addLayout(self._both, 1)

    def _tabs(self) -> QHBoxLayout:
        row, group = QHBoxLayout(), QButtonGroup(self)
        row.setSpacing(4)
        self.tabs: dict[str, QToolButton] = {}
        told = {
            "open": self.tr("Queue"), "decided": self.tr("Decided"), "picks": self.tr("Today's inspections"),
            "model": self.tr("Model"),
        }  # fmt: skip
        for name in VIEWS:
            tab = QToolButton()
            tab.setObjectName("tab")
            tab.setText(told[name])
            tab.setAccessibleName(told[name])
            tab.setCheckable(True)
            tab.setMinimumHeight(TARGET)
            tab.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tab.clicked.connect(lambda _, name=name: self.show_view(name))
            group.addButton(tab)
            row.addWidget(tab)
            self.tabs[name] = tab
        row.addStretch(1)
        self.tabs["open"].setChecked(True)
        return row

    def _connect(self) -> None:
        self.judging.watched.connect(self._tell_progress)
        self.judging.turned.connect(self._tell_judging)
        self.judging.judged.connect(self._judged)
        self.judging.computed.connect(self._computed)
        self.judging.failed.connect(self._failed)
        self.judge.clicked.connect(self.start)
        self.cancel.clicked.connect(self.judging.stop)
        self.labels.clicked.connect(self._ask_labels)
        self.list.chosen.connect(self._open_case)
        self.list.activated.connect(lambda _: self.case.decide.note.setFocus())
        self.case.decide.decided.connect(self._decide)
        self.case.worth_set.connect(self._set_worth)
        self.case.alike_wanted.connect(lambda alert: self._open_case(alert))
        self.case.journey_wanted.connect(self.journey_wanted)
        self.case.save_wanted.connect(self._ask_save)
        self.case.again_wanted.connect(self._compute_again)
        self.picks.ended.connect(self._inspected)
        self.picks.journey_wanted.connect(self.journey_wanted)
        self.picks.more_wanted.connect(self._plan_more)
        self.model.told.connect(self.notice.tell)
        self.model.changed.connect(self.judging.begin_anew)

    def _outlines_read(self, outlines: Outlines) -> None:
        self.case.journey.use_outlines(outlines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow queue and buttons without words in a narrow window."""
        super().resizeEvent(event)
        wide = self.width() >= 900
        self._left.setFixedWidth(_WIDE[0] if wide else _WIDE[1])
        self._both.setSpacing(16 if wide else 10)
        self.judge.setText(self.tr("Judge &now") if wide else "")
        self.labels.setText(self.tr("Save &labels") if wide else "")
        self.figures.setVisible(wide)

    # ---- showing -------------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh alerts whenever the page is opened; the first time ever, the goods are judged."""
        super().showEvent(event)
        self.refresh()
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_view(self, name: str) -> None:
        """Go to one of VIEWS."""
        self._view = name
        self.tabs[name].setChecked(True)
        self._left.setVisible(name in ("open", "decided"))
        self.labels.setVisible(name == "decided")
        self.list.setAccessibleName(self.tabs[name].text())
        self.refresh()

    def refresh(self, keep: int = -1) -> None:
        """Read what this view shows."""
        if self._view == "model":
            self._right.setCurrentWidget(self.model)
            self.model.refresh()
        elif self._view == "picks":
            shift = shift_of(datetime.now(UTC))
            self._lanes.store(lambda door: door.alerts.plan(shift, PICKS), self._tell_picks, self._failed)
        else:
            view, own = self._view, keep if keep >= 0 else self._chosen()
            self._lanes.store(partial(_read, view), partial(self._tell, view, own), self._failed)

    def _chosen(self) -> int:
        return self.case.opened.alert.id if self.case.opened is not None else -1

    def _tell(self, view: str, keep: int, answer: tuple[list[Alert], Figures, Run | None, int]) -> None:
        if view != self._view:
            return
        alerts, figures, self._run, size = answer
        self.figures.setText(_figures(figures, self._run, size))
        self.list.fill(alerts, keep)
        if not alerts:
            self.case.opened = None
            self._nothing.setText(self._empty_words(figures))
            self._right.setCurrentIndex(0)
        if self._run is None and size:
            self.start()

    def _empty_words(self, figures: Figures) -> str:
        if self._view == "decided":
            return self.tr("No case was decided yet.")
        if self._run is None:
            return self.tr("The goods on this laptop were not judged yet.")
        return counted("Nothing is asked about {count} item.", "Nothing is asked about {count} items.", figures.items).format(
            count=number(figures.items)
        )

    def _open_case(self, alert: Alert) -> None:
        if self._asked is not None:
            self._asked.cancel()
        number = alert.id
        self._asked = self._lanes.store(lambda door: door.alerts.case(number), self._tell_case, self._failed)

    def _tell_case(self, opened: Opened) -> None:
        self._asked = None
        if not self._outlined:  # not while the page is made and painted for the first time: both want the interpreter
            self._outlined = True
            self._lanes.free(read_outlines, self._outlines_read)
        self.case.tell(opened)
        if self._view in ("open", "decided"):
            self._right.setCurrentWidget(self.case)

    def _plan_more(self) -> None:
        shift, limit = shift_of(datetime.now(UTC)), len(self.picks.rows) + PICKS
        self._lanes.store(lambda door: door.alerts.plan(shift, limit), self._tell_picks, self._failed)

    def _tell_picks(self, picks: list[Any]) -> None:
        self.picks.tell(picks)
        if self._view == "picks":
            self._right.setCurrentWidget(self.picks)

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)

    # ---- doing ---------------------------------------------------------------------------------------------------------

    def _do(self, work: Callable[[Door], Any], done: str = "") -> None:
        def finished(_: Any) -> None:
            self.notice.tell(done) if done else self.notice.hide()
            self.refresh()

        self._lanes.store(work, finished, self._failed)

    def _decide(self, decision: Decision, note: str, photo: Path | None, alike: bool) -> None:
        if self.case.opened is not None:
            opened = self.case.opened
            numbers = [opened.alert.id, *(alert.id for alert in opened.alike if alike)]
            if decision is not Decision.UNSURE and self._view == "open":
                self.case.opened = None  # the next one of the queue comes in its place

            def work(door: Door) -> None:
                for number in numbers:
                    door.alerts.decide(number, decision, note, photo)

            self._do(work)
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _set_worth(self, gtin: str, amount: float) -> None:
        self._do(lambda door: door.alerts.set_worth(gtin, amount))

    def _inspected(self, key: str, counterfeit: bool) -> None:
        shift = shift_of(datetime.now(UTC))
        self._do(lambda door: door.alerts.inspected(shift, key, counterfeit))

    def _ask_labels(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Save labels"), "labels.csv", self.tr("Table (*.csv)"))
        if path:
            self.save_labels(Path(path))

    def save_labels(self, path: Path) -> None:
        """Write what was decided as labels.csv."""
        self._do(lambda door: door.alerts.write_labels(path), self.tr("The labels are in {path}.").format(path=path))

    def _ask_save(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Save the case into a folder"))
        if folder:
            self.save_case(Path(folder))

    def save_case(self, folder: Path) -> None:
        """Write the files of the case that is shown into a folder of its own there."""
        if self.case.opened is not None:
            alert = self.case.opened.alert
            own = folder / f"case-{alert.id}"
            self._do(lambda door: door.alerts.export(alert.id, own), self.tr("The case is in {path}.").format(path=own))

    # ---- judging -------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Judge everything that is proven here."""
        self.judging.start()

    def stop(self) -> None:
        """Stop the judging, and learning."""
        self.judging.stop()
        self.model.stop()

    def _judged(self) -> None:
        self.notice.hide()
        self.refresh()

    def _compute_again(self) -> None:
        if self.case.opened is not None:
            self.judging.compute_again(self.case.opened.alert.id)

    def _computed(self, before: float, now: float) -> None:
        same = self.tr("Computed again from the same records by the same model: risk {percent} %, as it was.")
        other = self.tr("Computed again from the same records by the same model: risk {percent} %, and it was {before} %.")
        told = same if abs(before - now) < 5e-4 else other
        self.notice.tell(told.format(percent=f"{100 * now:.1f}", before=f"{100 * before:.1f}"))

    def _tell_judging(self) -> None:
        self.bar.setVisible(self.judging.running)
        self.cancel.setVisible(self.judging.running)
        self.judge.setVisible(not self.judging.running)

    def _tell_progress(self, stage: str, share: float) -> None:
        self.bar.setFormat(f"{stage_words(stage)} %p %")
        self.bar.setValue(round(100 * share))


def _read(view: str, door: Door) -> tuple[list[Alert], Figures, Run | None, int]:
    alerts = door.alerts
    found = alerts.queue() if view == "open" else alerts.decided()
    return found, alerts.figures(), alerts.last_run(risks=False), door.status().events


def _figures(figures: Figures, run: Run | None, size: int) -> str:
    if run is None:
        return ""
    told = [words.say("{count} open").format(count=number(figures.open))]
    if figures.per_10000_scans is not None:
        told.append(words.say("alerts per 10,000 scans: {count}").format(count=f"{figures.per_10000_scans:.1f}"))
    if figures.precision is not None:
        share = words.say("{percent} % of the last {count} decided were counterfeit")
        told.append(share.format(percent=f"{100 * figures.precision:.0f}", count=figures.decided))
    judged = counted("{count} item judged {when}", "{count} items judged {when}", run.items)
    told.append(judged.format(count=number(run.items), when=words.moment(run.at)))
    if run.left_out:
        told.append(words.say("{count} left out: their records here are not proven").format(count=number(run.left_out)))
    if size > run.size:
        newer = size - run.size
        told.append(counted("{count} newer record", "{count} newer records", newer).format(count=number(newer)))
    return "  ·  ".join(told)
