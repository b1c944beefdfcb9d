"""The family of an item as a tree: goods it was made of and made into, containers it is in, goods it holds.

A node that is a single item opens that item's journey. What only files tell is drawn with a dashed ring and says so.
"""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from app.family import Family, Kin, Relative
from app.language import number
from app.ui import icons, words
from app.ui.hearsay import short
from app.ui.plain import shown
from app.ui.theme import TARGET, current, font_of
from app.ui.words import say

Index = QModelIndex | QPersistentModelIndex
NODE, HEAD = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_ICONS = {Kin.MADE_OF: "factory", Kin.MADE_INTO: "factory", Kin.PACKED_IN: "boxes", Kin.HOLDS: "package"}


def heading(kin: Kin) -> str:
    """The words above a branch."""
    return {
        Kin.MADE_OF: say("Made of"),
        Kin.MADE_INTO: say("Made into"),
        Kin.PACKED_IN: say("Packed in"),
        Kin.HOLDS: say("Holds"),
    }[kin]


def node_words(node: Relative) -> tuple[str, str]:
    """A node's two lines: what it is, and its identity, amount, times and standing."""
    name = short(node.name)
    rest = [
        name if node.product else "",
        node.amount,
        words.day(node.at) if node.until is None else f"{words.day(node.at)} – {words.day(node.until)}",
        "" if node.proven else say("not proven"),
    ]
    return node.product or name, "  ·  ".join(filter(None, rest))


class NodeDelegate(QStyledItemDelegate):
    """Draws one node, or the words above a branch."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines for a node, one for the rest."""
        return QSize(240, TARGET + 4 if index.data(NODE) is not None else 30)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Ring, icon, name and what is said about it."""
        theme, box, node = current(), QRect(option.rect), index.data(NODE)
        direction: Qt.LayoutDirection = option.direction
        lead = int(QStyle.visualAlignment(direction, Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not isinstance(node, Relative):
            painter.setFont(font_of("strong" if index.data(HEAD) else "caption"))
            painter.setPen(QColor(theme.muted))
            painter.drawText(box.adjusted(4, 0, -4, 0), lead, str(index.data()))
            painter.restore()
            return
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.select))
            painter.drawRoundedRect(QRectF(box).adjusted(0, 2, -4, -2), 8, 8)
        disc = QRectF(QStyle.visualRect(direction, box, QRect(box.left() + 6, box.center().y() - 15, 30, 30)))
        ink = theme.accent if node.item is not None and node.item.serialised else theme.muted
        painter.setPen(QPen(QColor(ink), 1.6, Qt.PenStyle.SolidLine if node.proven else Qt.PenStyle.DashLine))
        painter.setBrush(QColor(theme.surface))
        painter.drawEllipse(disc)
        icon_name = "package" if node.item is None or not node.item.sscc else "boxes"
        icons.draw(painter, icon_name, ink, disc.adjusted(7, 7, -7, -7))
        text = QStyle.visualRect(direction, box, box.adjusted(46, 4, -10, -4))
        first, second = node_words(node)
        top, below = QRect(text), QRect(text)
        top.setHeight(text.height() // 2)
        below.setTop(top.bottom())
        for row, role, colour, said in ((top, "strong", theme.text, first), (below, "caption", theme.muted, second)):
            painter.setFont(font_of(role))
            painter.setPen(QColor(colour))
            cut = painter.fontMetrics().elidedText(shown(said, 160), Qt.TextElideMode.ElideRight, max(20, row.width()))
            painter.drawText(row, lead, cut)
        painter.restore()


class FamilyTree(QTreeView):
    """The tree. `item_chosen` carries the item of a node that was clicked or entered."""

    item_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self.setItemDelegate(NodeDelegate(self))
        self.setHeaderHidden(True)
        self.setIndentation(22)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QTreeView.Shape.NoFrame)
        self.setAccessibleName(self.tr("What it was made of, made into, packed in, and what it holds"))
        self.clicked.connect(self._chosen)
        self.activated.connect(self._chosen)

    def tell(self, family: Family) -> None:
        """Show a family, whole branches open."""
        self._model.clear()
        for kin in Kin:
            branch = [one for one in family.relatives if one.kin is kin]
            if branch:
                head = _line(heading(kin))
                head.setData(True, HEAD)
                self._model.appendRow(head)
                _grow(head, branch, 0)
        if family.more:
            self._model.appendRow(_left_out(family.more))
        self.expandAll()
        self.scrollToTop()

    def _chosen(self, index: QModelIndex) -> None:
        node = index.data(NODE)
        if isinstance(node, Relative) and node.item is not None:
            self.item_chosen.emit(node.item)


def _grow(parent: QStandardItem, branch: list[Relative], more: int) -> None:
    for node in branch:
        first, second = node_words(node)
        row = _line(first)
        row.setData(shown(f"{first}, {second}"), Qt.ItemDataRole.AccessibleTextRole)
        row.setData(node, NODE)
        row.setSelectable(node.item is not None)
        parent.appendRow(row)
        _grow(row, list(node.relatives), node.more)
    if more:
        parent.appendRow(_left_out(more))


def _left_out(count: int) -> QStandardItem:
    return _line(say("and {count} more").format(count=number(count)))


def _line(text: str) -> QStandardItem:
    made = QStandardItem(shown(text, 200))
    made.setEditable(False)
    made.setSelectable(False)
    return made
