"""What the assistant asks: columns of named fields, each with a sentence below it where it needs one. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.ui.plain import Text
from app.ui.widgets.fields import Choice
from app.ui.widgets.panel import Button, Panel
from app.ui.words import say


class Fields(QWidget):
    """A column of fields."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)

    def ask(self, name: str, field: QWidget, why: str = "") -> None:
        """One field with its name above it."""
        field.setAccessibleName(name)
        field.setAccessibleDescription(why)
        self.column.addSpacing(8)
        self.column.addWidget(Text(name, role="strong"))
        self.column.addWidget(field)
        if why:
            self.column.addWidget(Text(why, role="caption", tone="muted", wrap=True))


class Who(Fields):
    """Which organisation this is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.gln = QLineEdit(), QLineEdit()
        self.ask(self.tr("Name of the organisation"), self.name)
        self.ask(self.tr("Global Location Number (GLN)"), self.gln, self.tr("13 digits; GS1 gives them out."))


class Secret(Fields):
    """The passphrase of the key file, typed twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.first, self.again = QLineEdit(), QLineEdit()
        for field in (self.first, self.again):
            field.setEchoMode(QLineEdit.EchoMode.Password)
        why = self.tr("It seals this laptop's keys; nobody can tell it to you again. Empty: the machine's keyring keeps them.")
        self.ask(self.tr("Passphrase"), self.first, why)
        self.ask(self.tr("The passphrase again"), self.again)

    @property
    def alike(self) -> bool:
        """True where both say the same."""
        return self.first.text() == self.again.text()

    @property
    def told(self) -> Callable[[], str | None]:
        """What was typed; None stands for the keyring."""
        typed = self.first.text() or None
        return lambda: typed


class Form(Panel):
    """A titled page with a way on and a way back. `sent` and `back` when these are pressed."""

    sent = Signal()
    back = Signal()

    def __init__(self, title: str, go: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields = Fields()
        self.go = Button(go, "check", primary=True)
        self.leave = Button(self.tr("Back"), quiet=True)
        for button in (self.go, self.leave):
            button.setObjectName("tall")
        self.go.clicked.connect(self.sent)
        self.leave.clicked.connect(self.back)
        foot = QHBoxLayout()
        foot.addWidget(self.leave)
        foot.addStretch(1)
        foot.addWidget(self.go)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(28, 22, 28, 22)
        whole.setSpacing(14)
        whole.addWidget(Text(title, role="title"))
        whole.addWidget(self.fields)
        whole.addLayout(foot)


class JoinForm(Form):
    """Join a consortium: its pack, a yes to its fingerprint, its nodes, who one is. `pack_wanted` carries the pack's file."""

    pack_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("Join a consortium"), say("Join"), parent)
        self.open = Button(self.tr("Open the trust pack"), "shield-check")
        self.open.setObjectName("tall")
        self.open.clicked.connect(self._choose)
        why = self.tr("A file from the consortium, or a picture of its code: which contract and which witnesses to trust.")
        self.fields.ask(self.tr("Trust pack"), self.open, why)
        self.said, self.fingerprint = Text(wrap=True), Text(role="headline", wrap=True)
        self.same = Button(self.tr("Somebody of the consortium read these eight words to me: they are the same"), "minus")
        self.same.setObjectName("tall")
        self.same.setCheckable(True)
        for widget in (self.said, self.fingerprint, self.same):
            self.fields.column.addWidget(widget)
            widget.hide()
        self.nodes = QPlainTextEdit()
        self.nodes.setTabChangesFocus(True)
        self.nodes.setPlaceholderText("https://node.example")
        self.nodes.setMaximumHeight(76)
        self.fields.ask(self.tr("Nodes to ask, one a line"), self.nodes, self.tr("More than half of them must agree."))
        self.who, self.secret, self.kind = Who(), Secret(), Choice()
        self.kind.addItem(self.tr("Our organisation is a member: admit this laptop"), "device")
        self.kind.addItem(self.tr("Our organisation is new: admit it"), "organisation")
        self.fields.column.addWidget(self.who)
        self.fields.ask(self.tr("What the consortium is asked for"), self.kind)
        self.fields.column.addWidget(self.secret)
        self.same.toggled.connect(self._agree)
        self.go.setEnabled(False)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The nodes that were typed."""
        return tuple(filter(None, (line.strip() for line in self.nodes.toPlainText().splitlines())))

    def show_pack(self, words: str, fingerprint: str) -> None:
        """A pack was read: what it is said to be, and what to compare before it is believed."""
        self.said.setText(words)
        self.fingerprint.setText(fingerprint)
        self.fingerprint.setAccessibleName(fingerprint)
        self.same.setChecked(False)
        for widget in (self.said, self.fingerprint, self.same):
            widget.show()

    def _agree(self, same: bool) -> None:
        self.same.use_icon("check" if same else "minus")
        self.go.setEnabled(same)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.tr("Open the trust pack"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.pack_wanted.emit(Path(path)))
        dialog.open()


class StartForm(Form):
    """Start a consortium: who founds it, and on which network."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(say("Start a consortium"), say("Start"), parent)
        self.who, self.prefix, self.network = Who(), QLineEdit(), Choice()
        self.fields.column.addWidget(self.who)
        why = self.tr("The digits that your own numbers begin with; spaces between several.")
        self.fields.ask(self.tr("Company prefixes"), self.prefix, why)
        self.network.addItem(self.tr("In this folder, to try it out: its keys are public, it convinces nobody else"), "here")
        self.network.addItem(self.tr("On a node of our own"), "node")
        self.fields.ask(self.tr("Network"), self.network)
        self.elsewhere, self.node, self.secret = Fields(), QLineEdit(), Secret()
        self.node.setPlaceholderText("http://127.0.0.1:8545")
        self.elsewhere.ask(self.tr("Address of the node"), self.node)
        self.elsewhere.column.addWidget(self.secret)
        self.fields.column.addWidget(self.elsewhere)
        self.elsewhere.hide()
        self.network.currentIndexChanged.connect(lambda _: self.elsewhere.setVisible(self.own_node))

    @property
    def own_node(self) -> bool:
        """True where the network is a node, not this folder."""
        return bool(self.network.currentData() == "node")

    @property
    def prefixes(self) -> tuple[str, ...]:
        """The prefixes that were typed."""
        return tuple(self.prefix.text().replace(",", " ").split())
