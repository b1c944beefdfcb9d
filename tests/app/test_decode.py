"""What is read from pictures one makes oneself: every symbology of the warehouse, and what photographs do to them."""

from __future__ import annotations

import subprocess
import sys

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import qrcode
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from app.decode import GS1_SEPARATOR, Code, decode, distinct_texts, texts
from app.decode.cascade import Votes, look, read
from app.decode.passes import EVERYTHING, FAST, PASSES, Pass, fitted, scan
from chain.errors import BadInput

F = zxingcpp.BarcodeFormat
Grey = npt.NDArray[np.uint8]
LINK = "https://id.example/01/09506000134352/10/ABC/21/X1?17=301231"


def symbol(text: str | bytes, kind: object, scale: int = 4, **options: object) -> Grey:
    made = np.array(zxingcpp.create_barcode(text, kind, **options).to_image(scale=scale))
    made = made if made.ndim == 2 else made[..., 0]
    return np.pad(made, 8 * scale, constant_values=255)


def link_qr(text: str = LINK, scale: int = 4) -> Grey:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=scale, border=6)
    made.add_data(text)
    return np.asarray(made.make_image().get_image().convert("L"), np.uint8)


def on_sheet(*symbols: Grey, gap: int = 40) -> Grey:
    height = max(s.shape[0] for s in symbols) + 2 * gap
    sheet = np.full((height, sum(s.shape[1] + gap for s in symbols) + gap), 255, np.uint8)
    left = gap
    for s in symbols:
        sheet[gap : gap + s.shape[0], left : left + s.shape[1]] = s
        left += s.shape[1] + gap
    return sheet


@pytest.mark.parametrize(
    ("kind", "content", "options", "symbology", "aim", "text"),
    [
        (F.QRCode, LINK, {}, "QR Code", "]Q1", LINK),
        (F.MicroQRCode, "12345", {}, "Micro QR Code", "]Q1", "12345"),
        (F.RMQRCode, "WAY-1234", {}, "rMQR Code", "]Q1", "WAY-1234"),
        (F.DataMatrix, "AB 12", {}, "Data Matrix", "]d1", "AB 12"),
        (F.Code128, "SN-0042", {}, "Code 128", "]C0", "SN-0042"),
        (F.EAN13, "9506000134352", {}, "EAN-13", "]E0", "9506000134352"),
        (F.EAN8, "96385074", {}, "EAN-8", "]E4", "96385074"),
        (F.UPCA, "036000291452", {}, "EAN-13", "]E0", "0036000291452"),
        (F.ITF14, "10950600013436", {}, "ITF", "]I1", "10950600013436"),
    ],
)
def test_reads_every_symbology_of_the_warehouse(
    kind: object, content: str, options: dict[str, object], symbology: str, aim: str, text: str
) -> None:
    (code,) = decode(symbol(content, kind, **options))
    assert (code.text, code.symbology, code.aim, code.gs1) == (text, symbology, aim, False)
    assert code.data == text.encode()
    assert code.message == aim + text


@pytest.mark.parametrize(
    ("kind", "symbology", "aim"),
    [
        (F.DataMatrix, "Data Matrix", "]d2"),
        (F.QRCode, "QR Code", "]Q3"),
        (F.Code128, "Code 128", "]C1"),
        (F.DataBarExp, "DataBar Expanded", "]e0"),
    ],
)
def test_gs1_symbols_keep_the_separator_and_say_that_they_are_gs1(kind: object, symbology: str, aim: str) -> None:
    options = {} if kind == F.DataBarExp else {"gs1": True}
    (code,) = decode(symbol("(01)09506000134352(10)ABC(21)X1", kind, **options))
    assert code.text == f"010950600013435210ABC{GS1_SEPARATOR}21X1"
    assert (code.symbology, code.aim, code.gs1) == (symbology, aim, True)


def test_a_label_with_three_codes_gives_all_three() -> None:
    gs1 = "(01)09506000134352(10)ABC(21)X1"
    label = on_sheet(link_qr(), symbol(gs1, F.DataMatrix, gs1=True), symbol("9506000134352", F.EAN13, 2))
    assert set(texts(label)) == {LINK, f"010950600013435210ABC{GS1_SEPARATOR}21X1", "9506000134352"}


def test_position_names_the_corners_of_the_symbol_itself() -> None:
    sheet = np.full((400, 500), 255, np.uint8)
    mark = symbol("CORNER", F.DataMatrix)
    inner = np.argwhere(mark < 128)
    (top, left), (bottom, right) = inner.min(0), inner.max(0)
    sheet[100 : 100 + mark.shape[0], 200 : 200 + mark.shape[1]] = mark
    (code,) = decode(sheet)
    expected = [(200 + left, 100 + top), (200 + right, 100 + top), (200 + right, 100 + bottom), (200 + left, 100 + bottom)]
    assert np.abs(np.array(code.position) - expected).max() <= 3


def test_position_is_in_pixels_of_the_picture_also_after_a_pass_that_scaled_it() -> None:
    picture = np.full((2200, 2600), 255, np.uint8)
    mark = symbol("FAR AWAY", F.DataMatrix, 16)
    picture[1500 : 1500 + mark.shape[0], 1800 : 1800 + mark.shape[1]] = mark
    enlarged = Pass("enlarged", lambda g: fitted(g, 1600, 2.0))
    small = fitted(picture, 800)
    found, _ = look(enlarged, small, small.shape[1] / picture.shape[1])
    (code,) = found
    centre = np.array(code.position).mean(0)
    assert np.abs(centre - (1800 + mark.shape[1] / 2, 1500 + mark.shape[0] / 2)).max() < 12


@pytest.mark.parametrize("angle", [0, 17, 45, 90, 133, 180, 270, 301])
@pytest.mark.parametrize("kind", [F.QRCode, F.DataMatrix])
def test_reads_at_any_angle(kind: object, angle: int) -> None:
    mark = on_sheet(symbol("TURN-7", kind, 5), gap=120)
    centre = (mark.shape[1] / 2, mark.shape[0] / 2)
    turn = cv2.getRotationMatrix2D(centre, angle, 1.0)
    turned = cv2.warpAffine(mark, turn, mark.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=255)
    assert texts(turned) == ["TURN-7"]


def shaded(picture: Grey) -> Grey:
    light = np.linspace(0.12, 1.0, picture.shape[1], dtype=np.float32)
    return (picture * light).astype(np.uint8)


def noisy(picture: Grey, sigma: float, seed: int = 1) -> Grey:
    grain = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def defocused(picture: Grey, radius: int) -> Grey:
    spread = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2).astype(np.float32)
    return cv2.filter2D(picture, -1, spread / spread.sum()).astype(np.uint8)


SPOILT = {
    "noise": lambda: noisy(on_sheet(link_qr(scale=5)), 45),
    "defocus": lambda: noisy(defocused(on_sheet(link_qr(scale=9)), 8), 2),
    "darkness": lambda: noisy((on_sheet(link_qr(scale=6)) // 14 + 3).astype(np.uint8), 1),
    "faint print": lambda: noisy((on_sheet(link_qr(scale=6)) // 18 + 120).astype(np.uint8), 2),
    "shadow": lambda: noisy(shaded(on_sheet(link_qr(scale=5))), 2),
    "white on black": lambda: 255 - on_sheet(link_qr(scale=5)),
    "small modules": lambda: cv2.resize(on_sheet(link_qr(scale=8)), None, fx=0.23, fy=0.23, interpolation=cv2.INTER_AREA),
}  # fmt: skip


@pytest.mark.parametrize("defect", SPOILT)
def test_reads_what_a_photograph_spoils(defect: str) -> None:
    assert texts(SPOILT[defect]()) == [LINK]


def test_robust_passes_read_what_the_fast_pass_does_not() -> None:
    beyond = [name for name, make in SPOILT.items() if not look(FAST, make(), 1.0)[0]]
    assert len(beyond) >= 3, f"the fast pass alone fails only on {beyond}"


def test_a_sheet_on_which_the_fast_pass_misses_some_is_looked_at_again() -> None:
    links = [f"https://id.example/01/09506000134352/21/UNIT-{n:03d}" for n in range(8)]
    marks = [on_sheet(symbol(link, F.DataMatrix, 8, forceSquare=True), gap=80) for link in links]
    turned = [
        cv2.warpAffine(m, cv2.getRotationMatrix2D((m.shape[1] / 2, m.shape[0] / 2), 11 * n, 1), m.shape[::-1], borderValue=255)
        for n, m in enumerate(marks)
    ]
    far = cv2.resize(np.concatenate(turned, 1), None, fx=0.27, fy=0.27, interpolation=cv2.INTER_AREA)
    sheet = noisy((defocused(far.astype(np.uint8), 1) // 2 + 60).astype(np.uint8), 3)
    at_first, some_missed = look(FAST, sheet, 1.0)
    assert some_missed
    assert 0 < len(at_first) < 8
    assert set(texts(sheet)) == set(links)


def test_nothing_is_read_where_nothing_is() -> None:
    grain = np.random.default_rng(3).integers(0, 256, (300, 400), np.uint8)
    assert decode(grain) == []
    assert decode(np.zeros((1, 1), np.uint8)) == []
    assert decode(np.full((3, 4000), 255, np.uint8)) == []


def test_bytes_that_are_no_text_stay_bytes() -> None:
    (code,) = decode(symbol(b"\x00\xff\x80", F.QRCode))
    assert code.data == b"\x00\xff\x80"
    assert code.text == "\x00ÿ\x80"


def test_colour_frames_are_read_like_grey_ones() -> None:
    grey = link_qr()
    assert texts(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)) == [LINK]
    assert texts(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGRA)) == [LINK]
    assert texts(grey[:, :, None]) == [LINK]
    assert texts(grey[::-1, ::-1]) == [LINK]


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((4, 4), np.float32),
        np.zeros((0, 4), np.uint8),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((4,), np.uint8),
        np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), (8000, 8000), (0, 0)),
    ],
)
def test_a_frame_that_is_no_picture_is_refused(frame: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(BadInput):
        decode(frame)


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_any_text_in_a_qr_code_comes_back(text: str) -> None:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=3, border=4)
    made.add_data(text.encode(), optimize=0)
    (code,) = decode(np.asarray(made.make_image().get_image().convert("L"), np.uint8))
    assert code.data == text.encode()


@settings(max_examples=25, deadline=None)
@given(serial=st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-_./", min_size=1, max_size=20), lot=st.text("AZ09", max_size=9))
def test_any_gs1_data_matrix_comes_back(serial: str, lot: str) -> None:
    written = f"(01)09506000134352{'(10)' + lot if lot else ''}(21){serial}"
    (code,) = decode(symbol(written, F.DataMatrix, gs1=True))
    assert code.gs1
    assert code.aim in ("]d2", "]d8")
    assert code.text == f"0109506000134352{'10' + lot + GS1_SEPARATOR if lot else ''}21{serial}"


def weak(text: str) -> Code:
    return Code(text, "EAN-13", False, ((0, 0), (9, 0), (9, 9), (0, 9)), text.encode(), "]E0")


def test_interleaved_two_of_five_beside_a_strong_symbol_is_an_itf14_or_nothing() -> None:
    outer, short, other = (symbol(n, F.ITF) for n in ("10950600013436", "5907", "0829220875"))
    assert texts(on_sheet(link_qr(), outer)) in ([LINK, "10950600013436"], ["10950600013436", LINK])
    assert texts(on_sheet(link_qr(), other)) == [LINK]
    assert texts(other) == ["0829220875"]
    assert decode(short) == []


def test_a_weak_symbol_needs_two_robust_passes_that_agree() -> None:
    votes = Votes()
    assert votes.believe("one", [weak("1"), weak("2")]) == []
    assert votes.believe("one", [weak("1")]) == []
    assert votes.believe("two", [weak("1"), weak("3")]) == [weak("1")]


def test_a_strong_symbol_needs_one() -> None:
    code = Code("x", "QR Code", False, ((0, 0), (9, 0), (9, 9), (0, 9)), b"x")
    assert Votes().believe("one", [code]) == [code]


def test_the_cascade_ends_with_the_first_pass_that_reads() -> None:
    ran: list[str] = []

    def watched(name: str, result: Grey) -> Pass:
        def change(_: Grey) -> Grey:
            ran.append(name)
            return result

        return Pass(name, change, EVERYTHING)

    blank = np.full((120, 120), 255, np.uint8)
    passes = [watched("blind", blank), watched("sees", link_qr()), watched("never asked", blank)]
    assert [c.text for c in read(blank, passes)] == [LINK]
    assert ran == ["blind", "sees"]


def test_every_pass_reads_a_clean_code_and_keeps_bytes() -> None:
    clean = symbol("CLEAN", F.QRCode, 6)
    for one in (FAST, *PASSES):
        changed = one.change(clean)
        assert changed.dtype == np.uint8, one.name
        assert changed.ndim == 2, one.name
    seen = [one.name for one in PASSES if any(b.valid and b.text == "CLEAN" for b in one.run(clean)[0])]
    assert len(seen) >= 7, seen


def test_scan_reports_symbols_it_located_but_could_not_decode() -> None:
    mark = symbol("HALF OF THIS IS GONE", F.QRCode, 6)
    spoilt = mark.copy()
    size = mark.shape[0]
    spoilt[size // 2 : size - 120, size // 2 : size - 70] = 0
    found = scan(spoilt, EVERYTHING)
    assert found
    assert not any(b.valid for b in found)


def test_distinct_texts_keeps_the_order() -> None:
    assert distinct_texts([weak("b"), weak("a"), weak("b")]) == ["b", "a"]


def test_importing_the_package_loads_no_decoder() -> None:
    asked = (
        "import sys, app.decode; print([m for m in ('cv2','zxingcpp','numpy','PIL','pypdfium2','PySide6') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
