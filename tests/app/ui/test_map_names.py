"""Names on a map."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from app.ui.widgets.map_names import place_names

BOUNDS = QRectF(0, 0, 600, 400)


def metrics() -> QFontMetricsF:
    return QFontMetricsF(QApplication.font())


def test_a_name_stands_to_the_right_of_its_place(qapp: QApplication) -> None:
    [(name, box)] = place_names([("Basel", QPointF(100, 100))], [], BOUNDS, [], metrics(), 10)
    assert name == "Basel"
    assert box.left() == 110
    assert box.center().y() == 100


def test_a_name_moves_off_a_leg(qapp: QApplication) -> None:
    leg = [QPointF(100 + step * 5, 100) for step in range(60)]
    [(_, box)] = place_names([("Basel", QPointF(100, 100))], [leg], BOUNDS, [], metrics(), 10)
    assert box.right() == 90


def test_a_name_without_room_is_left_out(qapp: QApplication) -> None:
    assert place_names([("Basel", QPointF(100, 100))], [], BOUNDS, [QRectF(0, 0, 600, 400)], metrics(), 10) == []
    assert place_names([("Basel", QPointF(9999, 100))], [], BOUNDS, [], metrics(), 10) == []


@given(st.lists(st.tuples(st.text(max_size=12), st.floats(-50, 650), st.floats(-50, 450)), max_size=12))
def test_names_never_lie_on_each_other_or_outside(qapp: QApplication, places: list[tuple[str, float, float]]) -> None:
    spots = [(name, QPointF(x, y)) for name, x, y in places]
    boxes = [box for _, box in place_names(spots, [], BOUNDS, [], metrics(), 10)]
    assert all(BOUNDS.contains(box) for box in boxes)
    assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[:i])
