"""Labels come back from paper as what went onto it: PNG and PDF, decoded again; geometry refuses what would not scan."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.labels import (
    MODULE_LEAST,
    Label,
    Sheet,
    Symbol,
    arrange,
    font_file,
    pdf,
    png,
    qr,
    rectangles,
    signed_label,
)
from chain.errors import BadInput
from chain.journey import Item
from chain.keys import derive
from chain.label import Label as ReadLabel
from chain.label import LabelDomain, label_signers, read_label

if TYPE_CHECKING:
    from PIL.Image import Image

KEY = derive(bytes(range(32)), "issuer")
DOMAIN = LabelDomain(1337, bytes(range(20)))
MADE = datetime(2026, 1, 1, tzinfo=UTC)
GTIN = "09506000134352"
ITEM = Item(gtin=GTIN, serial="A1", lot="L7", expiry=date(2027, 3, 31))
LONGEST = Item(gtin=GTIN, serial="W" * 20, lot="M" * 20, expiry=date(2027, 3, 31))
CHARACTERS = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"

values = st.text(CHARACTERS, min_size=1, max_size=20)
dates = st.dates(date(2010, 1, 1), date(2060, 12, 31))
items = st.builds(Item, gtin=st.just(GTIN), serial=values, lot=st.just("") | values, expiry=st.none() | dates)


def measure(text: str, points: float) -> float:
    """A font whose characters are all 0.6 em wide."""
    return len(text) * 0.6 * points * 25.4 / 72


def seen(picture: Image) -> list[str]:
    """What the program's own decoder sees."""
    import numpy as np

    from app.decode.cascade import read

    return [code.text for code in read(np.asarray(picture.convert("L")))]


def decoded(picture: bytes) -> list[str]:
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        return seen(image)


def decoded_pages(path: Path, dpi: int = 200) -> list[list[str]]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return [seen(page.render(scale=dpi / 72).to_pil()) for page in document]
    finally:
        document.close()


def page_texts(path: Path) -> list[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


@settings(deadline=None, max_examples=15)
@given(items, st.sampled_from([(45.0, 60.0), (70.0, 37.0)]), st.sampled_from([203, 300]))
def test_a_picture_is_decoded_to_the_label_that_was_drawn(item: Item, size: tuple[float, float], dpi: int) -> None:
    label = signed_label(item, KEY, DOMAIN, "Aspirin 500 mg")
    (text,) = decoded(png(label, dpi=dpi, size=size))
    assert text == label.text
    read = read_label(text)
    assert isinstance(read, ReadLabel)
    assert read.item == item
    assert KEY.address in label_signers(read.item, read.signature, DOMAIN)


PHANTOM = [Item(GTIN, serial) for serial in ("0", "H", "TRUE", "s5upJx", "n6r!6+y%RQDtpV'o4", "0" * 17)]
PHANTOM.append(Item(GTIN, "(", "excess_blob_gas"))
"""Their codes in a row were once read as a number in Interleaved 2 of 5, too."""


@settings(deadline=None, max_examples=5)
@given(st.lists(items, min_size=1, max_size=8, unique=True))
@example(PHANTOM)
def test_a_sheet_is_decoded_to_the_labels_that_were_printed(tmp_path_factory: pytest.TempPathFactory, batch: list[Item]) -> None:
    path = tmp_path_factory.mktemp("sheet") / "labels.pdf"
    labels = [signed_label(item, KEY, DOMAIN) for item in batch]
    assert pdf(labels, path, sheet=Sheet(rows=2, height=60.0)) == (2 if len(batch) > 6 else 1)
    assert sorted(text for page in decoded_pages(path) for text in page) == sorted(label.text for label in labels)


def test_a_label_says_in_words_what_its_code_says(tmp_path: Path) -> None:
    label = signed_label(LONGEST, KEY, DOMAIN, "Paracétamol 500 mg, Зелёный чай")
    assert label.identifiers == (f"GTIN {GTIN}", f"SERIAL {'W' * 20}", f"LOT {'M' * 20}", "EXPIRY 2027-03-31")
    pdf([label], tmp_path / "x.pdf")
    (text,) = page_texts(tmp_path / "x.pdf")
    printed = "".join(text.split())
    for word in (GTIN, "W" * 20, "M" * 20, "2027-03-31", "Paracétamol", "Зелёный"):
        assert word in printed
    assert Label(Item(sscc="106141412345678908"), "x").identifiers == ("SSCC 106141412345678908",)


def test_only_the_name_is_ever_shortened(tmp_path: Path) -> None:
    label = signed_label(LONGEST, KEY, DOMAIN, "very long name " * 20 + "END")
    pdf([label], tmp_path / "x.pdf")
    (text,) = page_texts(tmp_path / "x.pdf")
    assert "END" not in text
    assert "…" in text
    printed = "".join(text.split())
    assert "W" * 20 in printed
    assert "M" * 20 in printed


def test_a_name_cannot_smuggle_control_characters_onto_a_label() -> None:
    assert Label(ITEM, "x", " a\nb\t\u202ec\u200b d ").title == "a b c d"


def test_the_same_labels_make_the_same_bytes(tmp_path: Path) -> None:
    labels = [signed_label(ITEM, KEY, DOMAIN, "Aspirin")]
    pdf(labels, tmp_path / "a.pdf", made=MADE)
    code = (
        "import datetime, pathlib, sys\n"
        "from app.labels import pdf, signed_label\n"
        "from chain.journey import Item\n"
        "from chain.keys import derive\n"
        "from chain.label import LabelDomain\n"
        "item = Item(gtin='09506000134352', serial='A1', lot='L7', expiry=datetime.date(2027, 3, 31))\n"
        "label = signed_label(item, derive(bytes(range(32)), 'issuer'), LabelDomain(1337, bytes(range(20))), 'Aspirin')\n"
        "pdf([label], pathlib.Path(sys.argv[1]), made=datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b.pdf")], check=True, timeout=120)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    pdf(labels, tmp_path / "c.pdf")
    assert (tmp_path / "c.pdf").read_bytes() != (tmp_path / "a.pdf").read_bytes()  # made now
    assert png(labels[0]) == png(labels[0])


def test_the_codes_of_a_sheet_are_areas_and_not_pictures(tmp_path: Path) -> None:
    import pypdfium2
    import pypdfium2.raw as raw

    pdf([signed_label(ITEM, KEY, DOMAIN)] * 3, tmp_path / "x.pdf")
    document = pypdfium2.PdfDocument(tmp_path / "x.pdf")
    try:
        kinds = [thing.type for thing in document[0].get_objects()]
    finally:
        document.close()
    assert raw.FPDF_PAGEOBJ_IMAGE not in kinds
    assert kinds.count(raw.FPDF_PAGEOBJ_PATH) == 3  # one path a code


def test_pages_are_filled_one_after_the_other(tmp_path: Path) -> None:
    labels = [Label(Item(gtin=GTIN, serial=str(number)), f"text {number}") for number in range(25)]
    assert pdf(iter(labels), tmp_path / "x.pdf") == 2
    pages = decoded_pages(tmp_path / "x.pdf", 100)
    assert [len(page) for page in pages] == [24, 1]
    assert set(pages[0]) == {label.text for label in labels[:24]}


def test_a_picture_carries_its_resolution_and_is_written_where_asked(tmp_path: Path) -> None:
    from PIL import Image

    content = png(signed_label(ITEM, KEY, DOMAIN), tmp_path / "x.png", dpi=600, size=(40.0, 50.0))
    assert (tmp_path / "x.png").read_bytes() == content
    with Image.open(tmp_path / "x.png") as image:
        assert image.size == (round(40 / 25.4 * 600), round(50 / 25.4 * 600))
        assert round(image.info["dpi"][0]) == 600


# --- the code -----------------------------------------------------------------------------------------------


def test_a_code_has_error_correction_q() -> None:
    import zxingcpp
    from PIL import Image

    matrix = qr("https://id.gs1.org/01/09506000134352")
    image = Image.new("L", (len(matrix) + 8,) * 2, 255)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            image.putpixel((column + 4, row + 4), 0 if dark else 255)
    (code,) = zxingcpp.read_barcodes(image.resize((image.width * 4,) * 2))
    assert code.text == "https://id.gs1.org/01/09506000134352"
    assert code.ec_level == "Q"


def test_a_code_holds_between_one_and_1663_bytes() -> None:
    assert len(qr("a" * 1663)) == 177
    for wrong in ("", "a" * 1664):
        with pytest.raises(BadInput):
            qr(wrong)


def painted(size: int, areas: Iterable[tuple[int, int, int, int]]) -> list[list[int]]:
    paper = [[0] * size for _ in range(size)]
    for column, row, width, height in areas:
        for y in range(row, row + height):
            for x in range(column, column + width):
                paper[y][x] += 1
    return paper


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=n, max_size=n)))
def test_rectangles_cover_the_dark_modules_once_and_nothing_else(rows: list[list[bool]]) -> None:
    matrix = tuple(map(tuple, rows))
    assert painted(len(matrix), rectangles(matrix)) == [[int(dark) for dark in row] for row in matrix]


def test_rectangles_are_merged() -> None:
    assert rectangles(((True, True), (True, True))) == [(0, 0, 2, 2)]
    matrix = qr("https://id.gs1.org/01/09506000134352")
    assert len(rectangles(matrix)) < sum(map(sum, matrix)) / 2


# --- geometry -----------------------------------------------------------------------------------------------


@given(
    st.integers(21, 101),
    st.floats(10, 200),
    st.floats(10, 200),
    st.floats(0, 3),
    values,
    st.text(max_size=200),
)
def test_an_arrangement_keeps_everything_on_the_label_and_apart(
    modules: int, width: float, height: float, padding: float, serial: str, name: str
) -> None:
    label = Label(Item(gtin=GTIN, serial=serial), "x", name)
    try:
        plan = arrange(label, modules, width, height, padding, measure)
    except BadInput as refused:
        assert "too small" in refused.words  # noqa: PT017 - refusing is one of two right answers
        return
    near = 1e-6
    assert plan.module >= MODULE_LEAST
    x, y = (edge - Symbol.QR.quiet * plan.module for edge in plan.code)
    side = (modules + 2 * Symbol.QR.quiet) * plan.module
    assert x >= padding - near
    assert y >= padding - near
    assert x + side <= width - padding + near
    assert y + side <= height - padding + near
    leading = plan.size * 25.4 / 72 * 1.25
    for left, top, line in plan.lines:
        assert left + measure(line, plan.size) <= width - padding + near or len(line) == 1
        assert top >= padding - near
        assert top + leading <= height - padding + near
        assert left >= x + side - near or top >= y + side - near  # beside or under, never over the quiet zone
    told = "".join("".join(line.split()) for _, _, line in plan.lines)
    assert told.endswith("".join("".join(one.split()) for one in label.identifiers))


@pytest.mark.parametrize("size", [(20.0, 20.0), (70.0, 20.0), (22.0, 100.0)])
def test_a_label_too_small_for_its_code_is_refused(tmp_path: Path, size: tuple[float, float]) -> None:
    label = signed_label(LONGEST, KEY, DOMAIN)
    with pytest.raises(BadInput, match=r"0\.33 mm"):
        png(label, size=size)
    with pytest.raises(BadInput, match=r"0\.33 mm"):
        pdf([label], tmp_path / "x.pdf", sheet=Sheet(columns=1, rows=1, width=size[0], height=size[1]))
    assert not (tmp_path / "x.pdf").exists()


def test_modules_that_a_coarse_printer_would_shrink_too_far_are_refused() -> None:
    label = Label(Item(gtin=GTIN, serial="1"), "https://id.gs1.org/01/09506000134352/21/1?x=" + "y" * 90)
    width = (len(qr(label.text)) + 2 * Symbol.QR.quiet) * 0.34 + 3  # room for modules of 0.34 mm
    assert decoded(png(label, dpi=300, size=(width, 45.0))) == [label.text]  # 4 pixels are 0.339 mm
    with pytest.raises(BadInput, match="250 dpi"):
        png(label, dpi=250, size=(width, 45.0))  # 3 pixels would be 0.305 mm


@pytest.mark.parametrize("dpi", [0, 71, 2401])
def test_resolutions_no_printer_has_are_refused(dpi: int) -> None:
    with pytest.raises(BadInput, match="pixels per inch"):
        png(Label(ITEM, "x"), dpi=dpi)


@pytest.mark.parametrize(
    "sheet",
    [{"columns": 4}, {"rows": 9}, {"width": 71.0}, {"gap_x": 1.0}, {"top": 2.0}, {"columns": 0}, {"height": 0.0}, {"left": -1.0}],
    ids=str,
)  # fmt: skip
def test_a_sheet_that_does_not_fit_its_page_is_refused(sheet: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Sheet(**sheet)  # type: ignore[arg-type]


def test_labels_stand_in_rows_with_gaps_between() -> None:
    sheet = Sheet(columns=2, rows=3, width=50.0, height=30.0, left=5.0, top=10.0, gap_x=2.0, gap_y=3.0)
    assert [sheet.place(number) for number in (0, 1, 2, 5, 6)] == [(5, 10), (57, 10), (5, 43), (57, 76), (5, 10)]


def test_no_labels_and_no_place_to_write_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no labels"):
        pdf([], tmp_path / "x.pdf")
    (tmp_path / "file").touch()
    for write in (lambda: pdf([Label(ITEM, "x")], tmp_path / "file" / "x.pdf"), lambda: png(Label(ITEM, "x"), tmp_path)):
        with pytest.raises(BadInput, match="cannot be written"):
            write()
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


def test_the_font_is_shipped_with_its_licence() -> None:
    assert Path(font_file()).is_file()
    assert "Bitstream" in (Path(font_file()).parent / "DejaVuSans-LICENSE.txt").read_text()


def test_the_command_writes_sheets_and_thermal_labels(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.cli import main
    from app.station import Station

    with Station.open(world, offline=True) as station:
        keys = [row.item.key for row in station.items(limit=50) if row.item.serial][:3]
    call = ["--profile", str(world), "labels", *keys]
    for name, more in (("a.zpl", []), ("b.pdf", ["--sheet", "L7163"])):
        assert main([*call, "-o", str(tmp_path / name), *more]) == 0
    assert (tmp_path / "a.zpl").read_bytes().count(b"^XA") == 3
    assert (tmp_path / "b.pdf").read_bytes().startswith(b"%PDF")
    capsys.readouterr()
    for bad in (
        [],
        ["-o", "x.txt"],
        ["-o", "x.pdf", "--sheet", "none"],
        ["-o", "x.zpl", "--sheet", "L7160"],
        ["--printer", "a b"],
    ):
        assert main([*call, *bad]) == 2
        said = capsys.readouterr()
        assert (said.out, said.err.count("\n")) == ("", 1)
