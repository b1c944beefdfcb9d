"""The panels of the page about devices and keys: this laptop, its secret, a request that came in, the organisation's laptops."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.network.laptop import MINUTES, fingerprint
from app.ui import words
from app.ui.icons import Icon
from app.ui.language import counted
from app.ui.plain import Text
from app.ui.theme import CHANGES, TARGET, current
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel

if TYPE_CHECKING:
    from app.network.laptop import Device, Laptop
    from app.network.membership import Request


_ENDLESS = 9999
"""The year until which a laptop is admitted that is admitted for good."""


class _Section(Panel):
    """A card with a title."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Text(role="title")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(28, 20, 28, 22)
        self.column.setSpacing(10)
        self.column.addWidget(self.title)

    def row(self, *widgets: QWidget) -> None:
        """Widgets side by side."""
        line = QHBoxLayout()
        line.setSpacing(12)
        for widget in widgets:
            line.addWidget(widget)
        line.addStretch(1)
        self.column.addLayout(line)


class LaptopPanel(_Section):
    """This laptop: its words, whether it may record, and how it asks to."""

    show_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title.setText(self.tr("This laptop"))
        self.words, self.address = Text(role="headline", wrap=True), Text(role="caption", tone="muted", wrap=True)
        self.state = Text(role="lead", wrap=True)
        self.show_it = Button(self.tr("Show the request as a code"), "scan-line")
        self.save_it = Button(self.tr("Save the request"), "download")
        self.show_it.clicked.connect(self.show_wanted)
        self.save_it.clicked.connect(self.save_wanted)
        for part in (self.words, self.address, self.state):
            self.column.addWidget(part)
        self.row(self.show_it, self.save_it)

    def tell(self, laptop: Laptop) -> None:
        """Show it."""
        self.words.setText(laptop.words or self.tr("Its words are shown when the keys were open once."))
        self.address.setText("0x" + laptop.address.hex() if laptop.address else "")
        asks = laptop.party is not None and not (laptop.mine is not None and laptop.mine.stopped)
        for button in (self.show_it, self.save_it):
            button.setVisible(asks and not self._records(laptop))
        self.state.setText(self._state(laptop))

    def _records(self, laptop: Laptop) -> bool:
        return laptop.mine is not None and laptop.mine.records(datetime.now(UTC))

    def _state(self, laptop: Laptop) -> str:
        if laptop.party is None:
            return self.tr("This station does not say whose it is: choose that under Settings first.")
        name, mine = laptop.party.name or laptop.party.gln, laptop.mine
        if mine is None:
            return self.tr("It may not record for {name} yet: show its request to their office.").format(name=name)
        if mine.stopped:
            return self.tr("It was stopped: it may record nothing any more.")
        if not self._records(laptop):
            return self.tr("It was admitted until {day}: ask {name} again.").format(day=words.day(mine.until), name=name)
        if mine.until.year == _ENDLESS:
            return self.tr("It records for {name}.").format(name=name)
        return self.tr("It records for {name} until {day}.").format(name=name, day=words.day(mine.until))


class KeyPanel(_Section):
    """The secret: where it lies, whether it is open, when it locks by itself."""

    lock_wanted = Signal()
    unlock_wanted = Signal()
    minutes_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title.setText(self.tr("Keys"))
        self.kept, self.state = Text(wrap=True), Text(role="lead", wrap=True)
        self.lock = Button(self.tr("Lock now"), "octagon-pause")
        self.unlock = Button(self.tr("Unlock"), "circle-play")
        self.lock.clicked.connect(self.lock_wanted)
        self.unlock.clicked.connect(self.unlock_wanted)
        self.minutes = Choice()
        self.minutes.setMinimumSize(180, TARGET)
        self.minutes.setAccessibleName(self.tr("Lock by itself after"))
        for count in MINUTES:
            told = counted("{count} minute", "{count} minutes", count)
            self.minutes.addItem(told.format(count=count), count)
        self.minutes.activated.connect(lambda _: self.minutes_chosen.emit(int(self.minutes.currentData())))
        self.after = Text(self.tr("Lock by itself after"))
        for part in (self.state, self.kept):
            self.column.addWidget(part)
        self.row(self.lock, self.unlock, self.after, self.minutes)

    def tell(self, laptop: Laptop) -> None:
        """Show it."""
        own = laptop.kept_in in ("keyring", "file")
        self.kept.setText(
            {
                "keyring": self.tr("The secret is in the keyring of this computer's system."),
                "file": self.tr("The secret is in a file of the profile, sealed with your passphrase (argon2id)."),
                "public": self.tr("This profile plays its own network: its keys are public and protect nothing."),
            }.get(laptop.kept_in, self.tr("There is no secret yet: it is made when the profile joins a network."))
        )
        if not own:
            self.state.setText(self.tr("There is nothing to lock."))
        elif laptop.locked:
            self.state.setText(self.tr("Locked: checking works, signing asks first."))
        else:
            self.state.setText(self.tr("Open: this laptop signs without asking."))
        self.lock.setVisible(own and not laptop.locked)
        self.unlock.setVisible(own and laptop.locked)
        for part in (self.after, self.minutes):
            part.setVisible(own)
        self.minutes.setCurrentIndex(self.minutes.findData(laptop.minutes))


class RequestPanel(_Section):
    """Another laptop asks: read its request, compare the words, admit it."""

    scan_wanted = Signal()
    file_wanted = Signal()
    agreed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title.setText(self.tr("Let another laptop record"))
        self.about, self.words = Text(wrap=True), Text(role="headline", wrap=True)
        self.scan = Button(self.tr("Scan its request"), "scan-line")
        self.file = Button(self.tr("Open its request"), "inbox")
        self.admit = Button(self.tr("The words are the same: admit it"), "check", primary=True)
        self.scan.clicked.connect(self.scan_wanted)
        self.file.clicked.connect(self.file_wanted)
        self.admit.clicked.connect(self.agreed)
        for part in (self.about, self.words):
            self.column.addWidget(part)
        self.row(self.admit, self.scan, self.file)

    def tell(self, wish: Request | None, laptop: Laptop) -> None:
        """Show a request, or that none was read."""
        self.setVisible(laptop.party is not None)
        self.admit.setVisible(wish is not None)
        self.words.setVisible(wish is not None)
        if wish is None:
            self.about.setText(self.tr("The new laptop shows its request as a code, or saves it to a file."))
            return
        told = self.tr("A laptop asks to record for {name}. Let its user read these eight words to you:")
        self.about.setText(told.format(name=wish.party.name or wish.party.gln))
        self.words.setText(fingerprint(wish.key))


class DeviceRows(_Section):
    """The organisation's laptops, each with a button that stops it. `stop_wanted` carries the device."""

    stop_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[DeviceRow] = []

    def tell(self, laptop: Laptop) -> None:
        """Show them."""
        for old in self.rows:
            self.column.removeWidget(old)
            old.deleteLater()
        name = (laptop.party.name or laptop.party.gln) if laptop.party is not None else ""
        self.title.setText(self.tr("Laptops of {name}").format(name=name))
        self.setVisible(bool(laptop.devices))
        self.rows = [DeviceRow(one) for one in laptop.devices]
        for row in self.rows:
            row.stop.clicked.connect(lambda _, device=row.device: self.stop_wanted.emit(device))
            self.column.addWidget(row)


class DeviceRow(QWidget):
    """One laptop."""

    def __init__(self, device: Device, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.device = device
        records = device.records(datetime.now(UTC))
        self._icon, self._name = Icon(size=24), "check" if records else "x"
        self.words = Text(device.words, role="strong", wrap=True)
        if device.stopped:
            state = self.tr("Stopped")
        elif records:
            endless = device.until.year == _ENDLESS
            state = self.tr("Records") if endless else self.tr("Records until {day}").format(day=words.day(device.until))
        else:
            state = self.tr("Admitted until {day}").format(day=words.day(device.until))
        if device.here:
            state = self.tr("{state}. This laptop").format(state=state)
        self.state = Text(state, tone="muted", wrap=True)
        self.stop = Button(self.tr("Stop"), "octagon-x")
        self.stop.setAccessibleName(self.tr("Stop the laptop {words}").format(words=device.words))
        self.stop.setVisible(not device.stopped)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(self.words)
        said.addWidget(self.state)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 6, 0, 6)
        row.setSpacing(14)
        row.addWidget(self._icon)
        row.addLayout(said, 1)
        row.addWidget(self.stop)
        self._dress()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in CHANGES:
            self._dress()

    def _dress(self) -> None:
        self._icon.show_icon(self._name, current().muted)
