"""From a file to grey pixels, refusing what is too large before a single pixel is decoded.

PNG, JPEG, BMP, TIFF, WebP, GIF through Pillow, PDF through pypdfium2; of an animation the first frame, of a TIFF or PDF the
first `MAX_PAGES` pages. EXIF orientation is honoured, transparency lies on white. Never follows a link inside a file, never
runs a script in it. Hostile files belong into `app.decode.worker`, which this module is run by.
"""

from __future__ import annotations

import io
import os
import stat
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chain.errors import BadInput

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Grey = npt.NDArray[np.uint8]

MAX_BYTES = 64 * 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_SIDE = 65_535  # zxing-cpp's
MAX_PAGES = 20
PDF_DPI = 300

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
KINDS = "PNG, JPEG, BMP, TIFF, WebP, GIF or PDF"

# What Pillow's plugins raise on damaged files, found by fuzzing them.
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    struct.error,
    zlib.error,
)
# EXIF orientation (EXIF 2.32, tag 0x0112) -> mirror left to right first?, then quarter turns counter-clockwise.
_ORIENTATION = {2: (True, 0), 3: (False, 2), 4: (True, 2), 5: (True, 1), 6: (False, 3), 7: (True, 3), 8: (False, 1)}


@dataclass(frozen=True, slots=True)
class Page:
    """One picture of a file: grey pixels (uint8, height x width), its number from 0, and whether more were left out."""

    grey: Grey
    number: int = 0
    more: bool = False


def shown(source: object) -> str:
    """The name of `source` for a sentence: the file's own name, without its folders and unprintable characters."""
    if isinstance(source, str | os.PathLike):
        name = Path(os.fsdecode(source)).name or str(source)
        return "".join(c if c.isprintable() else "?" for c in name)
    return "the picture"


def check_file(path: str | os.PathLike[str]) -> int:
    """Size in bytes of a file that may be read.

    Raises:
        BadInput: it is missing, a folder, no regular file, unreadable, empty or larger than `MAX_BYTES`.
    """
    name = shown(path)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise BadInput(f"There is no file {name}.", path=str(path)) from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{name} cannot be opened: {_because(error)}.", path=str(path)) from error
    if stat.S_ISDIR(found.st_mode):
        raise BadInput(f"{name} is a folder, not a picture.", path=str(path))
    if not stat.S_ISREG(found.st_mode):
        raise BadInput(f"{name} is not a file.", path=str(path))
    check_size(found.st_size, name)
    return found.st_size


def check_size(size: int, name: str) -> None:
    """Raises BadInput where a file of `size` bytes is empty or too large."""
    if size == 0:
        raise BadInput(f"{name} is empty.")
    if size > MAX_BYTES:
        raise BadInput(f"{name} has {size / 1024**2:,.0f} MB; pictures may have up to {MAX_BYTES // 1024**2} MB.", bytes=size)


def pages(source: str | os.PathLike[str] | bytes) -> Iterator[Page]:
    """The pictures of a file, or of the bytes of one.

    Raises:
        BadInput: with one sentence, where it is no picture, too large or damaged.
    """
    name = shown(source)
    if isinstance(source, bytes):
        check_size(len(source), name)
        data = source
    else:
        check_file(source)
        try:
            with open(source, "rb") as file:
                data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise BadInput(f"{name} cannot be read: {_because(error)}.", path=str(source)) from error
        check_size(len(data), name)
    if b"%PDF-" in data[:1024]:
        yield from _pdf_pages(data, name)
    else:
        yield from _image_pages(data, name)


def grey_of(frame: npt.NDArray[np.uint8]) -> Grey:
    """A grey picture from a camera frame: height x width, or height x width x 1, 3 (BGR) or 4 (BGRA), uint8.

    Raises:
        BadInput: another shape or type, no pixels, or more than `MAX_PIXELS`.
    """
    import numpy as np

    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] not in (1, 3, 4)):
        raise BadInput("The frame is not a picture of bytes.", shape=frame.shape, dtype=str(frame.dtype))
    if frame.size == 0:
        raise BadInput("The frame has no pixels.")
    _check_pixels(frame.shape[1], frame.shape[0], "The frame")
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    if frame.shape[2] == 1:
        return np.ascontiguousarray(frame[:, :, 0])
    import cv2

    how = cv2.COLOR_BGR2GRAY if frame.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), how), np.uint8)


def _image_pages(data: bytes, name: str) -> Iterator[Page]:
    canvas = webp_canvas(data)
    if canvas:
        _check_pixels(*canvas, name)  # Pillow sets WebP's frame buffers aside while it opens the file
    with _refusals(name, _unreadable(data, name)):
        from PIL import Image

        image = Image.open(io.BytesIO(data), formats=FORMATS)
    limit = MAX_PAGES if image.format == "TIFF" else 1
    for number in range(limit):
        with _refusals(name, f"{name} is damaged or cut off."):
            _check_pixels(*image.size, name)
            grey = _grey_image(image)
            follows = image.format == "TIFF" and _has_page(image, number + 1)
        yield Page(grey, number, more=follows and number + 1 == limit)
        if not follows:
            return


@contextmanager
def _refusals(name: str, words: str) -> Iterator[None]:
    """Turns what Pillow raises into BadInput: its pixel limit into a word about size, the rest into `words`."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise BadInput(f"{name} has too many pixels; pictures may have up to {MAX_PIXELS // 10**6} megapixels.") from None
        except _DAMAGED as error:
            raise BadInput(words, cause=repr(error)) from error


def _has_page(image: Any, number: int) -> bool:
    try:
        image.seek(number)
    except _DAMAGED:
        return False
    return True


def _grey_image(image: Any) -> Grey:
    """The pixels of an opened Pillow image, upright and on white."""
    import numpy as np

    try:
        orientation = image.getexif().get(0x0112, 1)
    except _DAMAGED:
        orientation = 1
    if image.format in ("JPEG", "MPO"):
        image.draft("L", image.size)  # luminance only: half the time
    image.load()
    mode = image.mode
    if mode.startswith("I"):
        grey = _bytes_of(np.asarray(image, np.float32), 65535.0)
    elif mode == "F":
        grey = _bytes_of(np.asarray(image, np.float32))
    elif mode == "LAB":
        grey = np.asarray(image.getchannel(0), np.uint8)
    elif mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA")
        grey = np.asarray(image.convert("RGB").convert("L"), np.uint8)
        alpha = image.getchannel("A")
        if alpha.getextrema() != (255, 255):
            cover = np.asarray(alpha, np.uint16)
            grey = ((grey * cover + 255 * (255 - cover)) // 255).astype(np.uint8)
    else:
        grey = np.asarray(image.convert("L"), np.uint8)
    mirror, turns = _ORIENTATION.get(orientation if isinstance(orientation, int) else 1, (False, 0))
    if mirror:
        grey = grey[:, ::-1]
    upright: Grey = np.ascontiguousarray(np.rot90(grey, turns))
    return upright


def _bytes_of(values: npt.NDArray[np.float32], white: float = 0.0) -> Grey:
    """Bytes from samples of more than 8 bits: `white` becomes 255; where 0 or wrong by far, the brightest sample does."""
    import numpy as np

    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    brightest = float(finite.max())
    if not 256 <= brightest <= white:
        white = max(brightest, 1e-6)
    return np.asarray(np.clip(finite * (255.0 / white), 0, 255), np.uint8)


def _pdf_pages(data: bytes, name: str) -> Iterator[Page]:
    import numpy as np
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise BadInput(
            f"{name} is locked with a password." if locked else f"{name} is damaged or cut off.", cause=repr(error)
        ) from error
    try:
        count = len(document)
        if count == 0:
            raise BadInput(f"{name} has no pages.")
        for number in range(min(count, MAX_PAGES)):
            page = document[number]
            width, height = (max(side, 1.0) for side in page.get_size())  # in points, 72 an inch
            scale = min(PDF_DPI / 72, (MAX_PIXELS / 2 / (width * height)) ** 0.5, MAX_SIDE / 2 / max(width, height))
            bitmap = page.render(scale=scale, grayscale=True)
            grey = np.ascontiguousarray(bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width])
            bitmap.close()
            page.close()
            yield Page(grey, number, more=number + 1 == MAX_PAGES and count > MAX_PAGES)
    except pypdfium2.PdfiumError as error:
        raise BadInput(f"{name} is damaged or cut off.", cause=repr(error)) from error
    finally:
        document.close()


def webp_canvas(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header of a WebP file (RFC 9649 section 2), None where it is none."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind, body = data[12:16], data[20:30]
    if kind == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return None


def _check_pixels(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise BadInput(
            f"{name} has {width * height / 1e6:,.0f} megapixels; pictures may have up to {MAX_PIXELS // 10**6}.",
            width=width,
            height=height,
        )
    if max(width, height) > MAX_SIDE:
        raise BadInput(f"{name} is {max(width, height):,} pixels long; pictures may have up to {MAX_SIDE:,} a side.")
    if width * height == 0:
        raise BadInput(f"{name} has no pixels.")


def _unreadable(data: bytes, name: str) -> str:
    known = (b"\x89PNG", b"\xff\xd8\xff", b"BM", b"II*\0", b"MM\0*", b"GIF8", b"RIFF")
    if data.startswith(known):
        return f"{name} is damaged or cut off."
    return f"{name} is not a picture ({KINDS})."


def _because(error: Exception) -> str:
    words = getattr(error, "strerror", None) or str(error)
    return words[:1].lower() + words[1:]
