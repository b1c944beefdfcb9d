"""What a person may set here, kept as soon as it is chosen; and what the trust pack fixed, to be read only."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.checks import Settings
from app.language import LANGUAGES, SYSTEM
from app.ui import words
from app.ui.plain import Text, shown
from app.ui.preferences import SPOKEN, THEMES
from app.ui.tasks import Lanes
from app.ui.theme import font_of
from app.ui.widgets.fields import Choice
from app.ui.widgets.notice import Notice
from app.ui.widgets.panel import Button, Panel
from chain.errors import WayproofError

_WIDEST = 860
_NAMES = 210
_AGES = tuple(timedelta(hours=hours) for hours in (1, 4, 12, 24, 72, 168, 720))


class SettingsPage(QWidget):
    """Station, appearance, network. `theme_chosen` carries one of THEMES, `language_chosen` one of SPOKEN; `changed` after the
    station kept something."""

    theme_chosen = Signal(str)
    language_chosen = Signal(str)
    changed = Signal()
    devices_wanted = Signal()

    def __init__(self, lanes: Lanes, theme: str, language: str = SYSTEM, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lanes = lanes
        self.notice = Notice()
        self.here, self.theme, self.max_age, self.language = Choice(), Choice(), Choice(), Choice()
        names = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for name in THEMES:
            self.theme.addItem(names[name], name)
        self.theme.setCurrentIndex(THEMES.index(theme))
        for code in SPOKEN:
            self.language.addItem(LANGUAGES.get(code, names[SYSTEM]), code)
        self.language.setCurrentIndex(SPOKEN.index(language))
        self.fee_cap, self.finality = QLineEdit(), QLineEdit()
        for field in (self.fee_cap, self.finality):
            field.setMaxLength(24)
        self.keep = Button(self.tr("Keep these limits"), "check")
        self.keep.clicked.connect(self._save_limits)
        self.profile, self.chain_id, self.contract, self.code_hash = (_fact() for _ in range(4))
        self.devices = Button(self.tr("Open"), "arrow-right")
        self.devices.clicked.connect(self.devices_wanted)
        self._lay_out()
        self.theme.activated.connect(lambda _: self.theme_chosen.emit(self.theme.currentData()))
        self.language.activated.connect(lambda _: self.language_chosen.emit(self.language.currentData()))
        self.here.activated.connect(lambda _: self._save_here())
        self.max_age.activated.connect(lambda _: self._save_age())

    def _lay_out(self) -> None:
        body = QWidget()
        body.setObjectName("body")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        column.addWidget(
            _section(
                self.tr("This station"),
                (self.tr("Kept by"), self.here, self.tr("Items held by others are named as such when scanned here.")),
                (
                    self.tr("Oldest knowledge accepted"),
                    self.max_age,
                    self.tr("Older than this, an item is Unknown until the network has been asked."),
                ),
                (self.tr("Profile folder"), self.profile, ""),
            )
        )
        column.addWidget(
            _section(
                self.tr("Devices and keys"),
                (self.tr("This laptop and others"), self.devices, self.tr("Lock the keys; admit and stop laptops.")),
            )
        )
        column.addWidget(
            _section(
                self.tr("Appearance"),
                (self.tr("Colours"), self.theme, ""),
                (self.tr("Language"), self.language, self.tr("The window changes at once; an open task goes on.")),
            )
        )
        column.addWidget(
            _section(
                self.tr("Network"),
                (self.tr("Chain id"), self.chain_id, ""),
                (self.tr("Contract"), self.contract, ""),
                (
                    self.tr("Code hash"),
                    self.code_hash,
                    self.tr("Pinned by the trust pack. A contract with other code is not believed."),
                ),
            )
        )
        self.limits = _section(
            self.tr("Fees and finality"),
            (
                self.tr("Most to pay, in gwei a gas"),
                self.fee_cap,
                self.tr("Events wait while the network asks for more."),
            ),
            (
                self.tr("Blocks until an event is final"),
                self.finality,
                self.tr("What stands in younger blocks may still be taken back, and is not counted as recorded."),
            ),
            (self.tr("For this profile"), self.keep, ""),
        )
        self.limits.hide()
        column.addWidget(self.limits)
        column.addStretch(1)
        self._sections = column
        body.setMaximumWidth(_WIDEST)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 20)
        whole.setSpacing(16)
        whole.addWidget(self.notice)
        whole.addWidget(scroll, 1)

    def put(self, section: QWidget) -> None:
        """A section of somebody else's, below the others."""
        self._sections.insertWidget(self._sections.count() - 1, section)

    def tell(self, settings: Settings) -> None:
        """Show what is set."""
        self.here.clear()
        self.here.addItem(self.tr("Not set"), "")
        for party in settings.parties:
            self.here.addItem(shown(f"{party.name or party.gln}  ·  {party.gln}", 120), party.gln)
        self.here.setCurrentIndex(max(0, self.here.findData(settings.here)))
        self.max_age.clear()
        for age in sorted({*_AGES, settings.max_age}):
            self.max_age.addItem(words.span(age), age)
        self.max_age.setCurrentIndex(self.max_age.findText(words.span(settings.max_age)))
        self.limits.setVisible(settings.fee_cap is not None)
        if settings.fee_cap is not None and settings.finality is not None:
            self.fee_cap.setText(f"{settings.fee_cap:f}")
            self.finality.setText(str(settings.finality))
        none = self.tr("none pinned")
        for field, text in (
            (self.profile, str(settings.profile)),
            (self.chain_id, str(settings.chain_id) if settings.chain_id is not None else none),
            (self.contract, settings.contract or none),
            (self.code_hash, settings.code_hash or none),
        ):
            field.setText(shown(text))
            field.setCursorPosition(0)

    def _save_here(self) -> None:
        gln = str(self.here.currentData())
        self._lanes.store(lambda door: door.save(here=gln), self._saved, self._failed)

    def _save_age(self) -> None:
        chosen = self.max_age.currentData()
        if isinstance(chosen, timedelta):
            self._lanes.store(lambda door: door.save(max_age=chosen), self._saved, self._failed)

    def _save_limits(self) -> None:
        fee_cap, finality = self.fee_cap.text(), self.finality.text()
        self.keep.setEnabled(False)
        self._lanes.network(lambda door: door.limit(fee_cap, finality), self._limited, self._not_limited)

    def _limited(self, settings: Settings) -> None:
        self.keep.setEnabled(True)
        self.tell(settings)
        self.notice.tell(self.tr("Kept: the network is held to these limits from now on."))
        self.changed.emit()

    def _not_limited(self, error: WayproofError) -> None:
        self.keep.setEnabled(True)
        self.notice.tell(error.words)

    def _saved(self, answer: object) -> None:
        del answer
        self.notice.hide()
        self.changed.emit()

    def _failed(self, error: WayproofError) -> None:
        self.notice.tell(error.words)
        self._read()

    def _read(self) -> None:
        self._lanes.store(lambda door: door.settings(), self.tell, partial(_say, self.notice))

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is set whenever the page is opened."""
        super().showEvent(event)
        self._read()


def _say(notice: Notice, error: WayproofError) -> None:
    notice.tell(error.words)


def _fact() -> QLineEdit:
    """A value that can be selected and copied, not changed."""
    field = QLineEdit()
    field.setReadOnly(True)
    field.setFont(font_of("caption"))  # a hash of 66 characters has to fit
    return field


def _section(title: str, *rows: tuple[str, QWidget, str]) -> Panel:
    panel = Panel()
    column = QVBoxLayout(panel)
    column.setContentsMargins(28, 22, 28, 22)
    column.setSpacing(16)
    column.addWidget(Text(title, role="title"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    grid.setColumnMinimumWidth(0, _NAMES)
    grid.setColumnStretch(1, 1)
    for name, field, remark in rows:
        field.setAccessibleName(name)
        label = Text(name)
        label.setBuddy(field)
        row = grid.rowCount()
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1)
        if remark:
            grid.addWidget(Text(remark, role="caption", tone="muted", wrap=True), row + 1, 1)
        grid.setRowMinimumHeight(row + 2, 8)
    column.addLayout(grid)
    return panel
