"""What if it were offered: a price, a promotion, from when and for how long. Learns nothing and keeps nothing by itself."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QWidget

from app.sales.offers import LONGEST, Offer
from app.ui.plain import Text
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button
from chain.errors import BadInput

_USUAL_DAYS = 7


class OfferRow(QWidget):
    """The fields. `tried` carries an Offer, or None for "as it is known"; `refused` words."""

    tried = Signal(object)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tomorrow = date.min
        self.price, self.begins, self.days = QLineEdit(), QLineEdit(), QLineEdit()
        self.promotion = Choice()
        self.promotion.addItem(self.tr("No promotion"), False)
        self.promotion.addItem(self.tr("Promotion"), True)
        self.promotion.setAccessibleName(self.tr("Promotion"))
        for field, name in (
            (self.price, self.tr("Price")), (self.begins, self.tr("Begins in days")), (self.days, self.tr("For days")),
        ):  # fmt: skip
            field.setAccessibleName(name)
            field.returnPressed.connect(self._try)
        for field in (self.begins, self.days):
            field.setValidator(QIntValidator(0, LONGEST, field))
        self.go, self.back = Button(self.tr("Try it"), "circle-play"), Button(self.tr("As it is known"), quiet=True)
        self.go.clicked.connect(self._try)
        self.back.clicked.connect(lambda: self.tried.emit(None))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        head = QHBoxLayout()
        head.addWidget(Text(self.tr("What if it were offered?"), role="strong", wrap=True), 1)
        head.addWidget(self.back)
        grid.addLayout(head, 0, 0, 1, 3)
        for column, widget in enumerate((self.price, self.begins, self.days)):
            grid.addWidget(Text(widget.accessibleName(), tone="muted"), 1, column)
            grid.addWidget(widget, 2, column)
            grid.setColumnStretch(column, 1)
        grid.addWidget(self.promotion, 3, 0)
        grid.addWidget(self.go, 3, 1, 1, 2)

    def tell(self, tomorrow: date, offer: Offer | None) -> None:
        """Show what is being tried of a product whose first unknown day is `tomorrow`."""
        self._tomorrow = tomorrow
        self.back.setEnabled(offer is not None)
        self.price.setText(f"{offer.price:g}" if offer is not None and offer.price is not None else "")
        self.promotion.setCurrentIndex(int(offer is not None and offer.promotion))
        self.begins.setText(str((offer.first - tomorrow).days if offer is not None else 0))
        self.days.setText(str(offer.days if offer is not None else _USUAL_DAYS))

    def _try(self) -> None:
        written = self.price.text().strip().replace(",", ".")
        try:
            price = float(written) if written else None
            begins, days = int(self.begins.text() or 0), int(self.days.text() or 0)
        except ValueError:
            self.refused.emit(self.tr("Price and days are numbers."))
            return
        try:
            offer = Offer(self._tomorrow + timedelta(days=begins), days, price, bool(self.promotion.currentData()))
        except BadInput as error:
            self.refused.emit(error.words)
        else:
            self.tried.emit(offer)
