"""PySide6 6.12 on CPython before 3.12 loses a reference to None at each void call and dies: pyproject keeps it out."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication, QLabel


def test_a_thousand_void_calls_leave_the_references_to_none_alone(qapp: QApplication) -> None:
    label = QLabel()
    label.setText("once")
    before = sys.getrefcount(None)
    for _ in range(1_000):
        label.setText("again")
    assert abs(sys.getrefcount(None) - before) < 100
