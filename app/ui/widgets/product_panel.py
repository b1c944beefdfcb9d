"""One product at one site: the fan, what it rests on, how good such forecasts were, and the order to accept or to change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.language import spoken
from app.sales.offers import Offer
from app.sales.planning import Line, arrivals, provenance
from app.ui import words
from app.ui.plain import Text, shown
from app.ui.widgets.bars import Bars
from app.ui.widgets.fan_chart import Fan, FanChart
from app.ui.widgets.fields import Choice
from app.ui.widgets.offer_row import OfferRow
from app.ui.widgets.panel import Button, Panel, Rule
from chain.errors import BadInput
from forecasting.reorder import Override

if TYPE_CHECKING:
    from forecasting.demand import Explanation

_AHEAD = 28  # days of the fan; the plan itself looks further
_LONGEST = 80


class ProductPanel(Panel):
    """What is known of a line. `decided` carries (unique_id, Override, or None for "as proposed"); `refused` words;
    `likened` (unique_id, that of its look-alike or ""); `offered` (unique_id, Offer, or None for "as it is known")."""

    decided = Signal(str, object)
    refused = Signal(str)
    likened = Signal(str, str)
    offered = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line: Line | None = None
        self.chart = FanChart()
        self.errors, self.week = Bars(), Bars(upright=True)
        self._title, self._where, self._day = (
            Text(role="title", wrap=True),
            Text(tone="muted", wrap=True),
            Text(tone="muted", wrap=True),
        )
        self.advice, self.card, self.parts = Text(role="lead", wrap=True), Text(wrap=True), Text(wrap=True)
        self._rest = Text(tone="muted", wrap=True)
        self.quantity, self.reason, self.author = QLineEdit(), QLineEdit(), QLineEdit()
        self.like, self.offer_row = Choice(), OfferRow()
        self.offer_row.hide()
        self.like.setAccessibleName(self.tr("Sells like"))
        self.like.activated.connect(self._liken)
        self._lay_out()
        self.chart.day_chosen.connect(self._tell_day)
        self.offer_row.tried.connect(self._offer)
        self.offer_row.refused.connect(self.refused)

    def _lay_out(self) -> None:
        for field, hint in (
            (self.quantity, self.tr("Quantity")), (self.reason, self.tr("Why it differs")), (self.author, self.tr("Your name")),
        ):  # fmt: skip
            field.setPlaceholderText(hint)
            field.setAccessibleName(hint)
            field.setMaxLength(_LONGEST)
            field.returnPressed.connect(self._decide)
        self.quantity.setFixedWidth(92)
        self.keep, self.back = Button(self.tr("Use mine"), "pencil-line"), Button(self.tr("As proposed"), quiet=True)
        self.keep.clicked.connect(self._decide)
        self.back.clicked.connect(self._as_proposed)
        order, by = QHBoxLayout(), QHBoxLayout()
        for row in (order, by):
            row.setSpacing(10)
        order.addWidget(self.quantity)
        order.addWidget(self.reason)
        for beside in (self.author, self.keep, self.back):
            by.addWidget(beside)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column, widgets in (
            (left, (Text(self.tr("How good such forecasts were"), role="strong", wrap=True), self.errors, self.card)),
            (right, (Text(self.tr("What it is made of"), role="strong", wrap=True), self.week, self.parts)),
        ):
            column.setSpacing(6)
            for widget in widgets:
                column.addWidget(widget)
            column.addStretch(1)
        both = QHBoxLayout()
        both.setSpacing(28)
        both.addLayout(left, 1)
        both.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 10, 20, 12)
        column.setSpacing(6)
        column.addWidget(self._title)
        column.addWidget(self._where)
        column.addWidget(self.chart, 1)
        column.addWidget(self._day)
        column.addWidget(self.like)
        column.addWidget(self.offer_row)
        column.addWidget(Rule())
        column.addWidget(self.advice)
        column.addLayout(order)
        column.addLayout(by)
        column.addWidget(Rule())
        column.addLayout(both)
        column.addWidget(self._rest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As high as wrapped texts need at this width: a scroll area alone asks for less, and rows would overlap."""
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        layout = self.layout()
        assert layout is not None
        self.setMinimumHeight(layout.minimumHeightForWidth(self.width()))

    def offer_likes(self, line: Line, others: Sequence[Line], chosen: str) -> None:
        """Products that a new one may sell like; nothing is offered for one with a past of its own."""
        self.like.clear()
        self.like.setVisible(line.young)
        if not line.young:
            return
        self.like.addItem(self.tr("New here: sells like nothing else"), "")
        for other in others:
            if other.unique_id != line.unique_id and not other.young:
                self.like.addItem(shown(f"{other.product}, {other.place}", 100), other.unique_id)
        self.like.setCurrentIndex(max(self.like.findData(chosen), 0))

    def offer_prices(self, line: Line, offer: Offer | None, *, responsive: bool) -> None:
        """What is tried of a line; nothing can be where the effect of prices and promotions is not known."""
        self.offer_row.setVisible(responsive)
        self.offer_row.tell(line.series.day(len(line.series.values)), offer)
        self._grow()

    def tell(self, line: Line, explanation: Explanation) -> None:
        """Show a line."""
        changed = self.line is None or self.line.unique_id != line.unique_id
        redrawn = self.line is None or self.line.forecast is not line.forecast or self.line.series is not line.series
        self.line = line
        self._title.setText(line.product)
        self._where.setText(f"{line.place}  ·  GTIN {line.series.gtin}  ·  {line.group}")
        if redrawn:
            self.chart.tell(fan_of(line))
            self._day.setText(self.tr("Point at a day to see which entries its number comes from."))
        self.advice.setText(spoken(line.advice.words))
        by = line.advice.override
        self.quantity.setText(f"{line.advice.quantity:g}")
        if changed or by is not None:
            self.reason.setText(by.reason if by else "")
            self.author.setText(by.author if by else self.author.text())
        self.back.setVisible(by is not None)
        self._tell_card(line)
        self._tell_parts(line, explanation)
        self._grow()

    def _tell_card(self, line: Line) -> None:
        card = line.card
        bars = [(name, total, _percent(total)) for name, _, total in card.rules]
        if card.total_error is not None and all(name != card.model for name, _, _ in bars):
            bars.insert(0, (self.tr("ours"), card.total_error, _percent(card.total_error)))
        strong = next((i for i, (name, _, _) in enumerate(bars) if name == card.model), 0)
        self.errors.tell([(spoken(name), min(length, 2.0), told) for name, length, told in bars], strong)
        self.card.setText(spoken(card.words))

    def _tell_parts(self, line: Line, told: Explanation) -> None:
        names = words.weekdays()
        closed = {(line.series.first.weekday() + i) % 7 for i, value in enumerate(line.series.values) if not math.isnan(value)}
        # The season begins on the weekday of 1970-01-01, a Thursday.
        week = [(names[day], told.season[(day + 4) % 7] if day in closed else 0.0) for day in range(7)]
        mean = sum(value for _, value in week) / max(sum(value > 0 for _, value in week), 1)
        self.week.tell([(name, value, f"{100 * value / mean:.0f}" if value else "") for name, value in week], -1)
        self.parts.setText(f"{spoken(told.words)} {words.kind_of_sales(told.kind)}")
        series = line.series
        rest = [spoken(arrivals(line))]
        if series.closed:
            rest.append(self.tr("{count} closed days count as unknown, not as zero.").format(count=series.closed))
        if series.empty:
            rest.append(self.tr("{count} days without stock likewise.").format(count=series.empty))
        if series.blocked:
            rest.append(self.tr("{count} units here are in quarantine or recalled.").format(count=f"{series.blocked:g}"))
        self._rest.setText(" ".join(rest))

    def _tell_day(self, when: date) -> None:
        if self.line is None:
            return
        self._say_day(when)
        if when in self.line.offered:
            self._day.setText(f"{self._day.text()} {self.tr('On offer that day.')}")

    def _say_day(self, when: date) -> None:
        assert self.line is not None
        fan, day = self.chart.fan, words.day(datetime(when.year, when.month, when.day, tzinfo=UTC))
        ahead = (when - fan.last).days - 1 if fan else -1
        if fan is None or ahead < 0:
            self._day.setText(f"{day}: {provenance(self.line, when)}")
        elif fan.mean[ahead] <= 0:
            self._day.setText(self.tr("{day}: closed.").format(day=day))
        else:
            low, high = (band[ahead] for band in fan.bands[80])
            said = self.tr("{day}: about {mean}, on four days of five between {low} and {high}.")
            self._day.setText(said.format(day=day, mean=f"{fan.mean[ahead]:.1f}", low=f"{low:.0f}", high=f"{high:.0f}"))

    def _decide(self) -> None:
        if self.line is None:
            return
        try:
            quantity = float(self.quantity.text().replace(",", "."))
        except ValueError:
            self.refused.emit(self.tr("The quantity is not a number."))
            return
        try:
            by = Override(quantity, self.author.text().strip(), self.reason.text().strip(), datetime.now(UTC))
        except BadInput as error:
            self.refused.emit(error.words)
            return
        self.decided.emit(self.line.unique_id, by)

    def _liken(self) -> None:
        if self.line is not None:
            self.likened.emit(self.line.unique_id, str(self.like.currentData()))

    def _offer(self, offer: Offer | None) -> None:
        if self.line is not None:
            self.offered.emit(self.line.unique_id, offer)

    def _as_proposed(self) -> None:
        if self.line is not None:
            self.reason.clear()
            self.decided.emit(self.line.unique_id, None)


def fan_of(line: Line) -> Fan:
    """What the chart draws of a line."""
    series, forecast = line.series, line.forecast
    rising = [i for i in range(1, len(series.on_hand)) if series.on_hand[i] > series.on_hand[i - 1]]
    empty = [
        i for i, value in enumerate(series.values)
        if math.isnan(value) and series.on_hand[i] <= 0 and (i == 0 or series.on_hand[i - 1] <= 0)
    ]  # fmt: skip
    bands = {
        level: (tuple(low[:_AHEAD].tolist()), tuple(high[:_AHEAD].tolist())) for level, (low, high) in forecast.intervals.items()
    }
    return Fan(
        series.day(len(series.values) - 1), tuple(series.values.tolist()), frozenset(empty), frozenset(rising),
        tuple(forecast.mean[:_AHEAD].tolist()), bands, line.offered,
    )  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share < 10 else "> 999 %"
