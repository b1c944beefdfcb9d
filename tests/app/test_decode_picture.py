"""Files: every format and page, upright and on white; what is no picture, too large or cut off is refused in one sentence."""

from __future__ import annotations

import io
import os
import resource
import struct
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import qrcode
import zxingcpp
from fpdf import FPDF
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.decode import MAX_PAGES, decode, texts
from app.decode.picture import check_file, pages, shown, webp_canvas
from chain.errors import BadInput

LINK = "https://id.example/01/09506000134352/21/X1"
MEGA = 1024 * 1024


def picture(text: str = LINK, scale: int = 5) -> Image.Image:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=scale, border=4)
    made.add_data(text)
    return made.make_image().get_image().convert("L")


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def one_line(error: pytest.ExceptionInfo[BadInput]) -> str:
    words = error.value.words
    assert "\n" not in words
    assert words.endswith(".")
    return words


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
def test_every_format_is_read_from_a_file_and_from_bytes(kind: str, tmp_path: Path) -> None:
    data = saved(picture(), kind)
    path = tmp_path / "label.picture"
    path.write_bytes(data)
    assert texts(path) == texts(str(path)) == texts(data) == [LINK]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixels_is_read(mode: str) -> None:
    grey = picture()
    if mode == "I;16":
        image = Image.fromarray(np.asarray(grey, np.uint16) * 257)
    elif mode == "F":
        image = Image.fromarray(np.asarray(grey, np.float32) / 255)
    else:
        image = grey.convert(mode)
    assert texts(saved(image, "TIFF" if mode in ("CMYK", "F") else "PNG")) == [LINK]


def test_a_16_bit_picture_whose_samples_have_12_bits_is_read() -> None:
    assert texts(saved(Image.fromarray(np.asarray(picture(), np.uint16) * 16), "PNG")) == [LINK]


def test_transparency_lies_on_white() -> None:
    grey = picture()
    black = Image.new("RGBA", grey.size, (0, 0, 0, 0))
    black.putalpha(grey.point(lambda v: 255 - v))  # black everywhere; only the modules are opaque
    assert texts(saved(black, "PNG")) == [LINK]


def corners(image: Image.Image) -> npt.NDArray[np.int_]:
    (code,) = decode(saved(image, "PNG"))
    return np.array(code.position)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_honoured(orientation: int) -> None:
    from PIL import ImageOps

    page = Image.new("L", (400, 300), 255)
    page.paste(picture(scale=3), (20, 60))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = saved(page, "JPEG", exif=exif, quality=95)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    (code,) = decode(data)
    assert code.text == LINK
    assert np.abs(np.array(code.position) - corners(upright)).max() <= 2
    (seen,) = pages(data)
    assert seen.grey.shape == upright.size[::-1]


def test_damaged_exif_does_not_stop_the_picture() -> None:
    data = saved(picture(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff\x01\x12")
    assert texts(data) == [LINK]


def test_pages_of_a_tiff_are_numbered() -> None:
    first, *rest = (picture(f"PAGE-{n}") for n in range(3))
    codes = decode(saved(first, "TIFF", save_all=True, append_images=rest))
    assert [(c.text, c.page) for c in codes] == [(f"PAGE-{n}", n) for n in range(3)]


def test_pages_behind_the_limit_are_left_out_and_it_is_said() -> None:
    blank = [Image.new("1", (30, 30), 1)] * MAX_PAGES
    seen = list(pages(saved(blank[0], "TIFF", save_all=True, append_images=blank)))
    assert len(seen) == MAX_PAGES
    assert [page.more for page in seen] == [False] * (MAX_PAGES - 1) + [True]
    exact = list(pages(saved(blank[0], "TIFF", save_all=True, append_images=blank[1:])))
    assert (len(exact), exact[-1].more) == (MAX_PAGES, False)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_of_an_animation_the_first_frame_is_read(kind: str) -> None:
    data = saved(picture("FIRST"), kind, save_all=True, append_images=[picture("OTHER")], duration=50)
    assert texts(data) == ["FIRST"]


def pdf(*labels: str, **options: str) -> bytes:
    document = FPDF(unit="mm", format="A4")
    if options:
        document.set_encryption(**options)
    for label in labels:
        document.add_page()
        document.image(picture(label), x=20, y=200, w=25)
    return bytes(document.output())


def test_pages_of_a_pdf_are_rendered() -> None:
    codes = decode(pdf("SHEET-0", "SHEET-1"))
    assert [(c.text, c.page) for c in codes] == [("SHEET-0", 0), ("SHEET-1", 1)]


def test_a_pdf_page_as_large_as_a_wall_is_rendered_within_the_limit() -> None:
    document = FPDF(unit="mm", format=(5000, 3000))
    document.add_page()
    document.image(picture("WALL"), x=1000, y=1000, w=1000)
    (page,) = pages(bytes(document.output()))
    assert page.grey.size <= 50_000_000
    assert texts(page.grey) == ["WALL"]


def test_a_locked_pdf_says_so() -> None:
    with pytest.raises(BadInput, match="password") as error:
        decode(pdf("SECRET", owner_password="a", user_password="b"))
    one_line(error)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"There is no file nowhere\.png") as error:
        decode(tmp_path / "nowhere.png")
    one_line(error)


def test_a_folder_an_empty_file_and_a_pipe_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    os.mkfifo(tmp_path / "pipe.png")
    for name, words in ((".", "is a folder"), ("empty.png", "is empty"), ("pipe.png", "is not a file")):
        with pytest.raises(BadInput, match=words) as error:
            decode(tmp_path / name)
        one_line(error)


def test_a_name_that_cannot_be_a_path_is_refused() -> None:
    for name in ("a\0b.png", "x" * 5000):
        with pytest.raises(BadInput) as error:
            check_file(name)
        one_line(error)


def test_a_name_with_control_characters_is_shown_without_them() -> None:
    assert shown("/tmp/evil\x1b[31m\nname.png") == "evil?[31m?name.png"


def test_200_megabytes_are_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    with path.open("wb") as file:
        file.truncate(200 * MEGA)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match=r"huge\.png has 200 MB; pictures may have up to 64 MB\.") as error:
        decode(path)
    one_line(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024


@pytest.mark.parametrize("data", [b"hello, world", b"<svg/>", b"\0" * 100, b"%!PS-Adobe-3.0", b"P6 1 1 255 abc"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadInput, match="is not a picture") as error:
        decode(data)
    one_line(error)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF"])
def test_a_picture_that_is_cut_off_is_refused(kind: str) -> None:
    data = saved(picture(), kind)
    for kept in (20, len(data) // 3, len(data) * 9 // 10):
        with pytest.raises(BadInput, match="damaged or cut off") as error:
            decode(data[:kept])
        one_line(error)


def test_a_pdf_that_is_cut_off_or_has_no_pages_is_refused() -> None:
    for data in (pdf("X")[:200], b"%PDF-1.7\n%%EOF"):
        with pytest.raises(BadInput) as error:
            decode(data)
        one_line(error)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_bomb(width: int, height: int) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width // 8 + 1)) for _ in range(64)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bmp_bomb(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def gif_bomb(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00;"


def webp_bomb(width: int, height: int) -> bytes:
    body = (
        b"WEBPVP8X"
        + struct.pack("<I", 10)
        + b"\x02\0\0\0"
        + (width - 1).to_bytes(3, "little")
        + (height - 1).to_bytes(3, "little")
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_bomb(width: int, height: int) -> bytes:
    tags = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, 8),
        (259, 3, 1),
        (262, 3, 1),
        (273, 4, 8),
        (277, 3, 1),
        (278, 4, height),
        (279, 4, 4),
    ]
    rows = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + rows + bytes(4)


@pytest.mark.parametrize(
    ("bomb", "width", "height"),
    [
        (png_bomb, 100_000, 100_000),
        (png_bomb, 8_000, 8_000),
        (bmp_bomb, 60_000, 60_000),
        (gif_bomb, 60_000, 60_000),
        (webp_bomb, 16_000, 16_000),
        (tiff_bomb, 60_000, 60_000),
    ],
)
def test_a_bomb_is_refused_by_its_header(bomb: object, width: int, height: int) -> None:
    assert callable(bomb)
    data = bomb(width, height)
    assert len(data) < MEGA
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadInput, match="pixels") as error:
        decode(data)
    assert "50" in one_line(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * 1024


def test_a_picture_longer_than_the_decoder_can_count_is_refused() -> None:
    with pytest.raises(BadInput, match="70,000 pixels long") as error:
        decode(saved(Image.new("1", (70_000, 2)), "PNG"))
    one_line(error)


def test_a_later_page_that_is_a_bomb_is_refused_too() -> None:
    two = saved(picture(), "TIFF", save_all=True, append_images=[Image.new("1", (100, 64))])
    wide, tall = struct.pack("<HHII", 256, 4, 1, 100), struct.pack("<HHII", 257, 4, 1, 64)
    short_wide, short_tall = struct.pack("<HHIHH", 256, 3, 1, 100, 0), struct.pack("<HHIHH", 257, 3, 1, 64, 0)
    bombed = two
    for old, tag in ((wide, 256), (tall, 257), (short_wide, 256), (short_tall, 257)):
        bombed = bombed.replace(old, struct.pack("<HHII", tag, 4, 1, 90_000))
    assert bombed != two
    with pytest.raises(BadInput, match="pixels"):
        decode(bombed)


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 80}, {"lossless": True, "exif": b"Exif\0\0"}])
def test_the_canvas_of_webp_is_read_from_its_header(options: dict[str, object]) -> None:
    assert webp_canvas(saved(Image.new("RGB", (321, 123), "red"), "WEBP", **options)) == (321, 123)


def test_what_is_no_webp_has_no_canvas() -> None:
    assert webp_canvas(b"RIFF") is None
    assert webp_canvas(b"RIFF\0\0\0\0WEBPJUNK" + bytes(40)) is None


def refusal(data: bytes) -> str | None:
    """The sentence with which a file is refused, None where it is read."""
    try:
        decode(data)
    except BadInput as error:
        return error.words
    return None


HEADS = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"II*\0", b"MM\0*", b"GIF89a", b"RIFF\x40\0\0\0WEBPVP8 "]
SEEDS = {kind: saved(picture(scale=2), kind) for kind in ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")}


@settings(max_examples=60, deadline=None)
@given(head=st.sampled_from(HEADS), body=st.binary(max_size=300))
def test_random_bytes_as_a_file_never_crash(head: bytes, body: bytes) -> None:
    words = refusal(head + body)
    assert words is None or words.endswith(".")


@settings(max_examples=120, deadline=None)
@given(
    kind=st.sampled_from(sorted(SEEDS)), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_changed_bytes_in_a_file_never_crash(kind: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(SEEDS[kind])
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    words = refusal(bytes(data))
    assert words is None or words.endswith(".")


def test_zxing_cannot_be_asked_for_a_format_it_has_not() -> None:
    """The formats asked for exist in the installed zxing-cpp under the names that `Code.symbology` documents."""
    names = {str(getattr(zxingcpp.BarcodeFormat, n)) for n in ("QRCode", "RMQRCode", "DataMatrix", "Code128")}
    from app.decode.cascade import STRONG

    assert names == STRONG
