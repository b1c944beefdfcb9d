"""From a file to grey pictures, with every cap checked before pixels are unpacked.

Runs in the decoder's own process: what a hostile file does here, it does to a process that can die.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from chain.errors import BadInput

MOST_BYTES = 64 << 20
MOST_PIXELS = 50_000_000
MOST_PAGES = 50
PDF_DPI = 200

Grey = npt.NDArray[np.uint8]


def checked(path: Path) -> Path:
    """A file that may be looked at. Raises BadInput: missing, a folder, empty, or too large."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder, not a picture.")
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise BadInput(f"There is no file {path}.") from None
    except (OSError, ValueError):
        raise BadInput(f"{path} cannot be opened.") from None
    if size == 0:
        raise BadInput(f"{path} is empty.")
    if size > MOST_BYTES:
        raise BadInput(f"{path} has {size / 1e6:,.0f} MB; a picture may have {MOST_BYTES >> 20}.")
    return path


def pages(path: Path) -> Iterator[Grey]:
    """The upright grey pictures in a file: one, or a PDF's or TIFF's pages. Raises BadInput where it is no whole picture."""
    with checked(path).open("rb") as file:
        start = file.read(5)
    yield from _pdf(path) if start == b"%PDF-" else _picture(path)


def _picture(path: Path) -> Iterator[Grey]:
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own cap is asked before any pixel is unpacked
    try:
        with Image.open(path) as image:
            for number in range(min(getattr(image, "n_frames", 1), MOST_PAGES if image.format == "TIFF" else 1)):
                image.seek(number)
                if image.width * image.height > MOST_PIXELS:
                    raise BadInput(f"{path} has {image.width * image.height / 1e6:,.0f} megapixels; at most 50 are looked at.")
                yield _grey(ImageOps.exif_transpose(image))
    except BadInput:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, MemoryError, ArithmeticError):
        raise BadInput(f"{path} is not a picture that can be read, or it is cut off.") from None


def _grey(image: Any) -> Grey:
    """Transparent parts on white: labels are printed on it."""
    from PIL import Image

    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        image = Image.alpha_composite(white, clear)
    if image.mode.startswith("I"):
        wide = np.asarray(image, dtype=np.float64)
        top = max(float(wide.max()), 1.0)
        return np.asarray(wide * (255.0 / top), dtype=np.uint8)
    return np.asarray(image.convert("L"), dtype=np.uint8)


def _pdf(path: Path) -> Iterator[Grey]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        raise BadInput(f"{path} is not a PDF that can be read, or it is cut off or locked.") from None
    try:
        for number in range(min(len(document), MOST_PAGES)):
            page = document[number]
            width, height = page.get_size()
            scale = min(PDF_DPI / 72, (MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
            yield np.ascontiguousarray(page.render(scale=scale, grayscale=True).to_numpy()).reshape(
                round(-(-height * scale // 1)), -1
            )
    except pypdfium2.PdfiumError:
        raise BadInput(f"{path} is not a PDF that can be read, or it is cut off or locked.") from None
    finally:
        document.close()
