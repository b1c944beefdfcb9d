"""A printer that is off is measured on its test page; what is printed through the fit comes out where it was meant."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.labels import Fit, Label, Sheet, pdf_bytes
from app.labels.fit import Marks, marks_of, measures
from app.labels.raster import Drawing, picture
from app.labels.testpage import page
from app.labels.testpage import picture as rulers
from chain.errors import BadInput
from chain.journey import Item

DPI = 300
A4 = (210.0, 297.0)
Grey = npt.NDArray[np.uint8]
ITEM = Item(gtin="09506000134352", serial="A1")
LABEL = Label(ITEM, "https://id.gs1.org/01/09506000134352/21/A1", "Aspirin")


def rendered(document: bytes) -> Grey:
    import pypdfium2

    opened = pypdfium2.PdfDocument(document)
    try:
        return np.asarray(opened[0].render(scale=DPI / 72).to_pil().convert("L"))
    finally:
        opened.close()


def printed(grey: Grey, off: Fit) -> Grey:
    """What a printer that is off by so much puts onto the paper: the same size of paper, everything moved and stretched."""
    import cv2

    dot = 25.4 / DPI
    matrix = np.array([[off.scale_x, 0, off.shift_x / dot], [0, off.scale_y, off.shift_y / dot]])
    return np.asarray(cv2.warpAffine(grey, matrix, (grey.shape[1], grey.shape[0]), borderValue=255), dtype=np.uint8)


def measured(grey: Grey) -> tuple[float, float, float, float]:
    """What somebody with a ruler reads off a test page: both long lines' places, and where their rulers end (mm)."""
    dot = 25.4 / DPI
    dark = grey < 128
    row = int(np.argmax(dark.sum(axis=1)))
    column = int(np.argmax(dark.sum(axis=0)))
    rows = middle(dark.sum(axis=1) > dark.sum(axis=1)[row] * 0.8)
    columns = middle(dark.sum(axis=0) > dark.sum(axis=0)[column] * 0.8)
    right = np.flatnonzero(dark[row])[-1] * dot - 0.1
    bottom = np.flatnonzero(dark[:, column])[-1] * dot - 0.1
    return columns * dot, rows * dot, right - columns * dot, bottom - rows * dot


def middle(found: npt.NDArray[np.bool_]) -> float:
    places = np.flatnonzero(found)
    return float(places.min() + places.max() + 1) / 2


def test_a_test_page_shows_what_it_says_it_shows() -> None:
    marks = marks_of(*A4)
    found = measured(rendered(page(*A4)))
    assert found == pytest.approx((marks.left, marks.top, marks.across, marks.down), abs=0.2)


@pytest.mark.parametrize("off", [Fit(2.4, -1.7, 1.013, 0.991), Fit(-3, 4, 0.97, 1.02), Fit()])
def test_what_was_measured_makes_up_for_a_printer_that_is_off(off: Fit) -> None:
    marks = marks_of(*A4)
    fit = marks.fit(*measured(printed(rendered(page(*A4)), off)))
    after = measured(printed(rendered(page(*A4, fit=fit)), off))
    assert after == pytest.approx((marks.left, marks.top, marks.across, marks.down), abs=0.3)


def test_a_sheet_printed_through_the_fit_comes_out_like_one_of_a_true_printer() -> None:
    sheet, off = Sheet(), Fit(1.5, -0.8, 1.02, 0.985)
    marks = marks_of(*A4)
    made = [LABEL] * 24
    true = rendered(pdf_bytes(made, sheet))
    fit = marks.fit(*(off.at(marks.left, marks.top)), marks.across * off.scale_x, marks.down * off.scale_y)
    helped = printed(rendered(pdf_bytes(made, sheet, fit=fit)), off)
    left_alone = printed(true, off)
    assert edges(helped) == pytest.approx(edges(true), abs=0.25)
    assert max(abs(a - b) for a, b in zip(edges(left_alone), edges(true), strict=True)) > 1.0


def edges(grey: Grey) -> tuple[float, float, float, float]:
    """The bounds of what is dark, in mm."""
    dark = grey < 100
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return tuple(float(one) * 25.4 / DPI for one in (columns[0], columns[-1], rows[0], rows[-1]))  # type: ignore[return-value]


@pytest.mark.parametrize("dpi", [203, 300])
def test_on_a_roll_the_dots_move_and_the_modules_stay_whole(dpi: int) -> None:
    from app.decode.cascade import read

    before, after = Drawing(LABEL, dpi, (45, 60)), Drawing(LABEL, dpi, (45, 60), fit=Fit(1.0, -0.5))
    dot = 25.4 / dpi
    moved = [(b - a) * dot for a, b in zip(before.code, after.code, strict=True)]
    assert moved == pytest.approx([1.0, -0.5], abs=dot)
    assert before.side == after.side
    assert [code.text for code in read(np.asarray(picture(LABEL, dpi=dpi, fit=Fit(1.0, -0.5, 1.01, 0.99))))] == [LABEL.text]
    with pytest.raises(BadInput, match="would leave the label"):
        picture(LABEL, dpi=dpi, fit=Fit(20.0, 0))
    marks = marks_of(45, 60)
    dark = np.asarray(rulers(45, 60, dpi)) < 128
    assert int(np.argmax(dark.sum(axis=0))) * dot == pytest.approx(marks.left, abs=0.2)
    assert int(np.argmax(dark.sum(axis=1))) * dot == pytest.approx(marks.top, abs=0.2)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0.95, 1.05), st.floats(0.95, 1.05), st.floats(0, 200), st.floats(0, 280))
def test_fit_and_fault_cancel(dx: float, dy: float, sx: float, sy: float, x: float, y: float) -> None:
    off, marks = Fit(dx, dy, sx, sy), Marks(20, 20, 170, 250)
    left, top = off.at(marks.left, marks.top)
    if left < 0 or top < 0:
        return
    fit = marks.fit(left, top, marks.across * sx, marks.down * sy)
    assert off.at(*fit.at(x, y)) == pytest.approx((x, y), abs=1e-6)


@pytest.mark.parametrize(
    "bad", [(math.nan, 20, 170, 250), (20, 20, 0, 250), (20, 20, 17, 250), (80, 20, 170, 250), (-1, 20, 170, 250)]
)
def test_measures_that_cannot_be_are_refused(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(BadInput):
        marks_of(*A4).fit(*bad)


def test_measures_are_four_numbers(tmp_path: Path) -> None:
    assert measures("20.5, 19,169,256") == (20.5, 19.0, 169.0, 256.0)
    for bad in ("", "1,2,3", "1,2,3,4,5", "a,b,c,d"):
        with pytest.raises(BadInput, match="four measures"):
            measures(bad)
    with pytest.raises(BadInput, match="no room"):
        marks_of(15, 15)
