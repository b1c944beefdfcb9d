"""What will sell and what to order: products by urgency, one of them looked at closely, and sliders for "what if".

Sales are read in the store lane, learnt from in the free lane, and planned again there whenever something is turned; the window
never waits, and what is under way can be stopped. Nothing is asked of a network.
"""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QShowEvent
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QSplitter, QVBoxLayout, QWidget

from app.language import capital, listed, number, spoken
from app.sales import Sales
from app.sales.offers import Offer, Offers, read_offers
from app.sales.ordering import order_pdf, write_order
from app.sales.planning import Knobs, Line, Outlook, Plan
from app.ui import words
from app.ui.order_printing import pages, print_pages
from app.ui.plain import Text
from app.ui.tasks import Job, Lanes, Urgency
from app.ui.widgets.knob_row import KnobRow
from app.ui.widgets.notice import Notice
from app.ui.widgets.order_table import OrderTable
from app.ui.widgets.panel import Button, Panel
from app.ui.widgets.product_panel import ProductPanel
from chain.errors import BadInput, WayproofError
from chain.verdict import AsOf
from forecasting.reorder import Override

if TYPE_CHECKING:
    from forecasting.demand.nodes import Parts


_TOLD = 5  # moves and slow lanes that are said; all moves are in the order that is saved


class Stopped(WayproofError):
    """A person pressed "Stop"."""


class ForecastPage(QWidget):
    """The page. `planned` carries the Plan whenever there is a new one."""

    planned = Signal(object)
    _moved = Signal(str, int, int)

    def __init__(self, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self._job: Job | None = None
        self._stop = threading.Event()
        self._again = False
        self._block: int | None = None
        self.outlook: Outlook | None = None
        self.plan: Plan | None = None
        self.overrides: dict[str, Override] = {}
        self.likes: dict[str, str] = {}
        self.offers: Offers | None = None
        self.tried: dict[str, Offer] = {}
        self.notice, self.knobs, self.table, self.product = Notice(), KnobRow(), OrderTable(), ProductPanel()
        self._title, self._said = Text(self.tr("What to order"), role="title"), Text(tone="muted", wrap=True)
        self._moves = Text(wrap=True)
        self._nothing = Text(role="lead", tone="muted", wrap=True)
        self._lay_out()
        self.whole.hide()
        self.knobs.changed.connect(self._turned)
        self.table.chosen.connect(self._choose)
        self.product.decided.connect(self._decided)
        self.product.likened.connect(self._likened)
        self.product.offered.connect(self._offered)
        self.whole.clicked.connect(self._take_apart)
        self.product.refused.connect(self.notice.tell)
        self._moved.connect(self._progress)

    def _lay_out(self) -> None:
        self.save, self.stop = Button(self.tr("Save order"), "download"), Button(self.tr("Stop"), "x")
        self.paper = Button(self.tr("Print"), "printer")
        self.paper.clicked.connect(self._ask_printer)
        self.prices = Button(self.tr("Prices"), "megaphone")
        self.prices.setAccessibleDescription(self.tr("Prices and promotions, past and planned, from a table"))
        self.prices.clicked.connect(self._ask_prices)
        self.whole = Button(self.tr("Take the site's total apart"), quiet=True)
        self.save.clicked.connect(self._ask_where)
        self.stop.clicked.connect(self.cancel)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self._title)
        said.addWidget(self._said)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addLayout(said, 1)
        head.addWidget(self.stop)
        head.addWidget(self.prices)
        head.addWidget(self.paper)
        head.addWidget(self.save)
        turning = Panel()
        inside = QVBoxLayout(turning)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.knobs)
        list_ = Panel()
        rows = QVBoxLayout(list_)
        rows.setContentsMargins(6, 4, 6, 8)
        rows.addWidget(self.table, 1)
        rows.addWidget(self._nothing, 1)
        self._moves.setContentsMargins(12, 6, 12, 6)
        rows.addWidget(self._moves)
        rows.addWidget(self.whole)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self.product)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setHandleWidth(16)
        both.setChildrenCollapsible(False)
        both.addWidget(list_)
        both.addWidget(scroll)
        both.setSizes([530, 550])
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addLayout(head)
        column.addWidget(self.notice)
        column.addWidget(turning)
        column.addWidget(both, 1)
        self._nothing.hide()
        self._moves.hide()
        self.stop.hide()
        self.product.hide()
        self.save.setEnabled(False)
        self.paper.setEnabled(False)

    # ---- learning --------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the sales again where the log has grown; what is under way goes on."""
        if self._job is None:
            self._lanes.store(lambda door: door.status().as_of, self._maybe, self._failed, Urgency.IDLE)

    def _maybe(self, as_of: AsOf | None) -> None:
        block = as_of.block if as_of is not None else 0
        if self._job is None and (self.outlook is None or block != self._block):
            self._block = block
            self._begin()

    def _begin(self) -> None:
        self._stop = threading.Event()
        self.stop.show()
        self._progress(self.tr("reading the log"), 0, 1)
        tell = partial(self._told, self._stop)
        self._job = self._lanes.store(lambda door: (door.sales(tell), door.overrides()), self._read, self._failed, Urgency.IDLE)

    def _read(self, found: tuple[Sales, dict[str, Override]]) -> None:
        sales, self.overrides = found
        self._learn(sales)

    def _learn(self, sales: Sales) -> None:
        tell, offers = partial(self._told, self._stop), self.offers
        self._job = self._lanes.free(lambda: Outlook.learn(sales, tell, offers), self._learnt, self._failed)

    def _learnt(self, outlook: Outlook) -> None:
        self.outlook = outlook
        self._job = None
        self._turned(self.knobs.knobs())

    def cancel(self) -> None:
        """Stop what is under way; what was there before stays."""
        self._stop.set()

    def _told(self, stop: threading.Event, what: str, done: int, total: int) -> None:
        """Called in a lane's thread."""
        if stop.is_set():
            raise Stopped(self.tr("Stopped. Open the page again to go on."))
        self._moved.emit(what, done, total)

    def _progress(self, what: str, done: int, total: int) -> None:
        if self.stop.isVisibleTo(self):
            share = f"{100 * done // max(total, 1)} %"
            self._said.setText(f"{capital(spoken(what))}: {share}")

    def _failed(self, error: WayproofError) -> None:
        self._job = None
        self._block = None
        self.stop.hide()
        self._said.setText("")
        self.notice.tell(error.words)

    # ---- planning --------------------------------------------------------------------------------------------------------

    def _turned(self, knobs: Knobs) -> None:
        if self.outlook is None:
            return
        if self._job is not None:
            self._again = True
            return
        outlook, kept, likes, tried = self.outlook, dict(self.overrides), dict(self.likes), dict(self.tried)
        self._job = self._lanes.free(lambda: outlook.plan(knobs, kept, likes, tried), self._tell, self._failed)

    def _tell(self, plan: Plan) -> None:
        self._job, self.plan = None, plan
        self.stop.hide()
        self.notice.hide()
        chosen = self.product.line.unique_id if self.product.line is not None else ""
        self.table.tell(plan.lines, chosen)
        self._tell_moves(plan)
        self.table.setVisible(bool(plan.lines))
        self.product.setVisible(bool(plan.lines))
        self.whole.setVisible(bool(plan.lines))
        self._nothing.setVisible(not plan.lines)
        if not plan.lines:
            self._nothing.setText(self.tr("No sales of this site are on the chain yet. Say in the settings which site this is."))
        for button in (self.save, self.paper):
            button.setEnabled(any(line.advice.quantity or line.moved for line in plan.lines))
        self._said.setText(self._summary(plan))
        self.planned.emit(plan)
        if self._again:
            self._again = False
            self._turned(self.knobs.knobs())

    def _summary(self, plan: Plan) -> str:
        orders = sum(bool(line.advice.quantity) for line in plan.lines)
        said = self.tr("{orders} of {lines} to order. From {proven} proven entries of the log.")
        said = said.format(orders=orders, lines=len(plan.lines), proven=number(plan.sales.proven))
        if plan.sales.left_out:
            left_out = sorted(plan.sales.left_out.items())
            reasons = listed(self.tr("{count} {why}").format(count=number(count), why=spoken(why)) for why, count in left_out)
            said = f"{said} {self.tr('Left out: {reasons}.').format(reasons=reasons)}"
        told = self.outlook.said_of_offers if self.outlook is not None else ""
        return f"{said} {spoken(told)}" if told else said

    def _tell_moves(self, plan: Plan) -> None:
        names, products = plan.sales.sites, plan.sales.products
        said = [
            self.tr("Move {count} {product} from {origin} to {target}.").format(
                count=f"{move.quantity:g}", product=products.get(gtin, gtin), origin=names[move.origin], target=names[move.target]
            )
            for gtin, move in plan.transfers
        ]
        said += [
            self.tr("Deliveries to {target} take longer lately: {recent} instead of {mean} days.").format(
                target=names.get(lane.target, lane.target), recent=f"{lane.recent:.1f}", mean=f"{lane.mean:.1f}"
            )
            for lane in plan.lanes
            if lane.slower
        ]
        more = self.tr("More such lines: {count}.").format(count=len(said) - _TOLD)
        self._moves.setText(" ".join([*said[:_TOLD], *([more] if len(said) > _TOLD else [])]))
        self._moves.setVisible(bool(said))

    def _choose(self, line: Line) -> None:
        if self.outlook is not None and self.plan is not None:
            self.product.tell(line, self.outlook.explain(line.unique_id))
            self.product.offer_likes(line, self.plan.lines, self.likes.get(line.unique_id, ""))
            self.product.offer_prices(line, self.tried.get(line.unique_id), responsive=self.outlook.responsive)

    def _likened(self, unique_id: str, other: str) -> None:
        self.likes[unique_id] = other
        self._turned(self.knobs.knobs())

    # ---- prices and promotions -------------------------------------------------------------------------------------------

    def _ask_prices(self) -> None:
        kinds = self.tr("Table (*.csv *.xlsx *.parquet)")
        chosen, _ = QFileDialog.getOpenFileName(self, self.tr("Prices and promotions"), "", kinds)
        if chosen:
            self.read_prices(Path(chosen))

    def read_prices(self, path: Path) -> None:
        """Take prices and promotions from a file and learn anew; they are kept until the window closes."""
        outlook = self.outlook
        if outlook is not None and self._job is None:
            series = outlook.sales.series
            self._job = self._lanes.free(lambda: read_offers(path, series), self._priced, self._not_priced)

    def _priced(self, offers: Offers) -> None:
        assert self.outlook is not None
        self.offers, self.tried = offers, {}
        self._stop = threading.Event()
        self.stop.show()
        self._learn(self.outlook.sales)

    def _not_priced(self, error: WayproofError) -> None:
        self._job = None
        self.notice.tell(error.words)

    def _offered(self, unique_id: str, offer: Offer | None) -> None:
        if offer is None:
            self.tried.pop(unique_id, None)
        else:
            self.tried[unique_id] = offer
        self._turned(self.knobs.knobs())

    # ---- a site's total --------------------------------------------------------------------------------------------------

    def _take_apart(self) -> None:
        line, outlook = self.product.line, self.outlook
        if line is not None and outlook is not None:
            self.whole.setEnabled(False)
            site = line.series.site
            self._lanes.free(lambda: outlook.take_apart(site), partial(self._apart, line.place), self._not_apart)

    def _apart(self, place: str, parts: Parts) -> None:
        self.whole.setEnabled(True)
        self.notice.tell(words.apart(place, parts))

    def _not_apart(self, error: WayproofError) -> None:
        self.whole.setEnabled(True)
        self.notice.tell(error.words)

    def _decided(self, unique_id: str, by: Override | None) -> None:
        self._lanes.store(lambda door: door.decide(unique_id, by), self._kept)

    def _kept(self, overrides: dict[str, Override]) -> None:
        self.overrides = overrides
        self._turned(self.knobs.knobs())

    # ---- the order as a file ---------------------------------------------------------------------------------------------

    def _ask_where(self) -> None:
        kinds = self.tr("Table (*.csv);;Workbook (*.xlsx);;Document to print (*.pdf)")
        chosen, _ = QFileDialog.getSaveFileName(self, self.tr("Save order"), "order.csv", kinds)
        if chosen:
            self.save_order(Path(chosen))

    def save_order(self, path: Path) -> None:
        """Write the order proposal as it stands to a .csv, .xlsx or .pdf file."""
        plan = self.plan
        if plan is None:
            return
        done = self.tr("Lines of the order in {file}: {count}.")
        self._lanes.free(
            lambda: write_order(plan, path),
            lambda count: self.notice.tell(done.format(count=count, file=path.name)),
            self._failed,
        )

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName("Wayproof order")
        dialog = QPrintDialog(printer, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.print_order(printer))
        dialog.setModal(True)
        dialog.show()

    def print_order(self, printer: QPrinter) -> None:
        """Print the order proposal as it stands: the pages of its PDF."""
        plan = self.plan
        if plan is not None:
            self._lanes.free(lambda: pages(order_pdf(plan)), partial(self._print, printer), self._failed)

    def _print(self, printer: QPrinter, made: list[QImage]) -> None:
        try:
            print_pages(made, printer)
        except BadInput as error:
            self.notice.tell(error.words)
        else:
            self.notice.tell(self.tr("Pages printed: {count}.").format(count=len(made)))

    def showEvent(self, event: QShowEvent) -> None:
        """Fresh whenever the page is opened: a recall or a quarantine shows at once."""
        super().showEvent(event)
        self.refresh()
