"""Goods change hands between two laptops without a network: show a code, take one in, sign, show the answer.

One thing at a time, with nothing small to hit. What is signed is in the outbox when the answering code appears; nothing is sent
from here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.ui.language import counted
from app.ui.pages.code_taking import CodeTaking
from app.ui.pages.handover_start import StartView
from app.ui.pages.handover_views import AskView, EndView, ShowView
from app.ui.plain import Text
from app.ui.tasks import Lanes
from app.ui.widgets.panel import Button
from chain.errors import KeyLocked, WayproofError
from chain.verdict import Kind

if TYPE_CHECKING:
    from app.handover.dock import Coming, Shipment
    from app.ui.door import Door


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a code: an offer to decide on, or whose answer it was and over how many pieces."""

    coming: Coming | None
    who: str = ""
    count: int = 0


class HandoverPane(QWidget):
    """The whole hand-over. `left` when it is over or was given up, `changed` after something was signed or kept,
    `cases_wanted` to look at contradictions."""

    left = Signal()
    changed = Signal()
    cases_wanted = Signal()

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.start, self.taking = StartView(), CodeTaking(lanes)
        self.asking, self.showing, self.end = AskView(lanes), ShowView(lanes), EndView()
        self.views = QStackedWidget()
        for view in (self.start, self._taking_page(), self.asking, self.showing, self.end):
            self.views.addWidget(view)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.views)
        self.start.take_over.connect(self.take_over)
        self.start.chosen.connect(self.show_shipment)
        self.start.cases.connect(self.cases_wanted)
        self.start.left.connect(self.left)
        self.taking.whole.connect(self.opened)
        self.asking.agreed.connect(self.sign)
        self.asking.refused.connect(self.begin)
        self.asking.unlock.unlocked.connect(self.sign)
        self.showing.answer_wanted.connect(self.take_over)
        self.showing.finished.connect(self.begin)
        self.showing.codes.failed.connect(self._stop)
        self.end.closed.connect(self.begin)

    def _taking_page(self) -> QWidget:
        """The view that takes codes in, with its title and a way back."""
        page = QWidget()
        self.back = Button(self.tr("Back"), "arrow-left")
        self.back.setObjectName("tall")
        self.back.clicked.connect(self.begin)
        self.take_title = Text(self.tr("Scan the code on the other laptop"), role="headline", wrap=True)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(self.take_title, 1)
        top.addWidget(self.back)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addLayout(top)
        column.addWidget(self.taking, 1)
        self._take_page = page
        return page

    # ---- steps ---------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """From the beginning: what can be handed over, and a button to take over."""
        self.taking.stop_watching()
        self.showing.codes.clear()
        self.asking.unlock.dismiss()
        self.views.setCurrentWidget(self.start)
        self._lanes.store(_here, lambda found: self.start.tell(*found), lambda error: self.start.tell_why(error.words))

    def take_over(self) -> None:
        """Wait for the code of the other laptop."""
        self.showing.codes.clear()
        self.taking.begin()
        self.views.setCurrentWidget(self._take_page)

    def take(self, text: str) -> None:
        """A code came from a scanner, whatever is shown here."""
        if self.views.currentWidget() is not self._take_page:
            self.take_over()
        self.taking.take(text)

    def show_shipment(self, number: int) -> None:
        """Show the codes of a shipment (`Shipment.number`)."""

        def work(door: Door) -> tuple[Shipment, list[str]]:
            from app.handover import dock

            return dock.show(door.desk.station, number, datetime.now(UTC))

        self._lanes.store(work, self._offered, self._failed)

    def show_session(self, keys: Sequence[str]) -> None:
        """Show the codes of the shipment of these items."""

        def work(door: Door) -> tuple[Shipment, list[str]]:
            from app.handover import dock

            return dock.show_items(door.desk.station, keys, datetime.now(UTC))

        self._lanes.store(work, self._offered, self._failed)

    def _offered(self, found: tuple[Shipment, list[str]]) -> None:
        shipment, texts = found
        name = shipment.to.name or shipment.to.gln
        self.showing.tell(
            self.tr("Hand over to {name}").format(name=name),
            self.tr("Let the receiver scan this code. Then scan the answer on their screen."),
            shipment.goods, texts, answer=True,
        )  # fmt: skip
        self.views.setCurrentWidget(self.showing)
        self.changed.emit()

    def opened(self, whole: str) -> None:
        """The codes of the other laptop were read: an offer, or an answer to ours."""

        def work(door: Door) -> Taken:
            from app import handover
            from app.handover import dock
            from app.handover.codes import form_of

            now = datetime.now(UTC)
            if form_of(whole) == handover.ANSWER:
                _, answer, to = dock.finish(door.desk.station, whole, now)
                return Taken(None, to.name or to.gln, len(answer.units))
            return Taken(dock.look(door.desk.station, whole, now))

        self._lanes.store(work, self._taken, self._failed)

    def _taken(self, taken: Taken) -> None:
        if taken.coming is None:
            told = counted("{name} has signed for {count} piece.", "{name} has signed for {count} pieces.", taken.count)
            self.end.tell(
                Kind.GENUINE, told.format(name=taken.who, count=taken.count),
                self.tr("Both signatures are kept here and go to the network when there is one."),
            )  # fmt: skip
            self.views.setCurrentWidget(self.end)
            self.changed.emit()
            return
        self.asking.tell(taken.coming)
        self.views.setCurrentWidget(self.asking)

    def sign(self) -> None:
        """Countersign what is shown."""
        coming = self.asking.coming
        if coming is None:
            return
        self.asking.yes.setEnabled(False)

        def work(door: Door) -> list[str]:
            from app.handover import dock

            return dock.sign(door.desk.station, coming, datetime.now(UTC))

        self._lanes.store(work, self._signed, self._not_signed)

    def _signed(self, texts: list[str]) -> None:
        coming = self.asking.coming
        self.asking.yes.setEnabled(True)
        assert coming is not None
        count = len(coming.goods)
        told = counted("You have taken over {count} piece", "You have taken over {count} pieces", count)
        self.showing.tell(
            told.format(count=count),
            self.tr("Let the sender scan this code. What you both signed goes to the network when there is one."),
            coming.goods, texts, answer=False,
        )  # fmt: skip
        self.views.setCurrentWidget(self.showing)
        self.changed.emit()

    def _not_signed(self, error: WayproofError) -> None:
        self.asking.yes.setEnabled(True)
        if isinstance(error, KeyLocked):
            self.asking.unlock.ask()
            return
        self._failed(error)

    def _failed(self, error: WayproofError) -> None:
        self._stop(error.words)

    def _stop(self, why: str) -> None:
        self.end.tell(Kind.REJECTED, self.tr("Not handed over"), why)
        self.views.setCurrentWidget(self.end)

    def stop(self) -> None:
        """No camera and no decoding any more."""
        self.taking.stop()

    def close_pictures(self) -> None:
        """End the decoder's process; after the lanes are closed."""
        self.taking.close_pictures()


def _here(door: Door) -> tuple[list[Shipment], int]:
    from app.handover import cases, dock

    station = door.desk.station
    return dock.shipments(station, datetime.now(UTC)), len(cases.cases(station))
