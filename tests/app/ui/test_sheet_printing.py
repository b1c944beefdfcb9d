"""Sheets painted through Qt show what the PDF shows: the same codes, at the same places, through the same fit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.labels import Fit, Sheet, Symbol, pdf, signed_label
from app.labels.sending import NotSent
from app.ui.sheet_printing import print_sheets, system_printers
from chain.errors import BadInput
from chain.journey import Item
from chain.keys import derive
from chain.label import LabelDomain

KEY = derive(bytes(range(32)), "issuer")
SHEET = Sheet(columns=3, rows=4, height=60.0, gap_y=5.0)


def pages(path: Path, dpi: int = 200) -> list[np.ndarray]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return [np.asarray(page.render(scale=dpi / 72).to_pil().convert("L")) for page in document]
    finally:
        document.close()


@pytest.mark.parametrize("fit", [Fit(), Fit(1.5, -0.4, 1.01, 0.99)])
def test_qt_paints_what_the_pdf_shows(qapp, tmp_path: Path, fit: Fit) -> None:
    from app.decode.cascade import read

    made = [
        signed_label(
            Item(gtin="09506000134352", serial=f"S{n}"), KEY, LabelDomain(1, bytes(20)), "Aspirin 500 mg",
            symbol=(Symbol.QR, Symbol.DATA_MATRIX)[n % 2], secret="K7Q284XM19PD7GTA" if n == 3 else "",
        )
        for n in range(14)
    ]  # fmt: skip
    print_sheets(made, SHEET, fit, "", tmp_path / "qt.pdf")
    pdf(made, tmp_path / "own.pdf", sheet=SHEET, fit=fit)
    painted, own = pages(tmp_path / "qt.pdf"), pages(tmp_path / "own.pdf")
    assert len(painted) == len(own) == 2
    found = [code.text for page in painted for code in read(np.ascontiguousarray(page))]
    assert {label.text for label in made} <= set(found)
    for one, other in zip(painted, own, strict=True):
        assert abs(one.shape[0] - other.shape[0]) <= 2
        height, width = (min(a, b) for a, b in zip(one.shape, other.shape, strict=True))
        apart = np.abs(one[:height, :width].astype(int) - other[:height, :width]) > 128
        assert apart.mean() < 0.012  # edges of letters and modules; a shift of half a module would be ten times that


def test_a_printer_that_is_not_there_is_said(qapp) -> None:
    label = signed_label(Item(gtin="09506000134352", serial="S"), KEY, LabelDomain(1, bytes(20)))
    assert isinstance(system_printers(), list)
    with pytest.raises(NotSent, match="knows no printer called “None such”") as caught:
        print_sheets([label], SHEET, Fit(), "None such")
    assert not caught.value.begun
    with pytest.raises(BadInput, match="no labels"):
        print_sheets([], SHEET, Fit(), "x")
