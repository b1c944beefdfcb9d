"""The pixels: how a grey picture is changed so that a symbol the fast pass misses can be read.

Every pass answers one defect of real photographs. They were chosen and ordered by what each adds per millisecond to the
ones before it (``tests/bench/decode.py``). Nothing here decides what is believed: see `app.decode.cascade`.

This module is loaded with the first picture, never with the window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import cv2  # noqa: TID253 - the purpose of this module, itself loaded late
import numpy as np
import numpy.typing as npt
import zxingcpp  # noqa: TID253 - as above

Grey = npt.NDArray[np.uint8]

_F = zxingcpp.BarcodeFormat
MATRIX = (_F.QRCode, _F.MicroQRCode, _F.RMQRCode, _F.DataMatrix)
LINEAR = (_F.Code128, _F.EAN13, _F.EAN8, _F.UPCA, _F.UPCE, _F.ITF)
DATABAR = (_F.DataBar, _F.DataBarLtd, _F.DataBarExp)
EVERYTHING = list(MATRIX + LINEAR + DATABAR)
# UPC-E has six digits and no more than a parity pattern to check them: in a changed picture it is read where it is not.
ROBUST = list(MATRIX + LINEAR[:4] + LINEAR[5:])
LINES = list(LINEAR[:4] + LINEAR[5:])
SQUARES = list(MATRIX)
QR = list(MATRIX[:3])  # Data Matrix takes four fifths of the time of a matrix scan

ROBUST_SIDE = 1600  # pixels: the robust passes look at no more than this
LARGE_SIDE = 2400  # pixels: the passes that enlarge stop here
DEBLUR_SIDE = 800  # pixels: deconvolution is for strong defocus, where the modules are large

GLOBAL = {"binarizer": zxingcpp.Binarizer.GlobalHistogram}
UPRIGHT = {"try_invert": False}


def scan(grey: Grey, formats: Any, **options: Any) -> list[Any]:
    """All symbols of `formats` in `grey`, those with errors included (their `valid` is False)."""
    found: list[Any] = zxingcpp.read_barcodes(
        grey, formats=formats, text_mode=zxingcpp.TextMode.Plain, return_errors=True, **options
    )
    return found


def fitted(grey: Grey, side: int, enlarge: float = 1.0) -> Grey:
    """`grey` scaled by `enlarge`, or to a longer side of `side` pixels where that is less."""
    factor = min(enlarge, side / max(grey.shape))
    if factor == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return _u8(cv2.resize(grey, size, interpolation=how))


def gamma(grey: Grey, power: float) -> Grey:
    """out = 255 (in / 255) ** power; below 1 opens shadows, above 1 calms glare."""
    table = (255 * (np.arange(256) / 255.0) ** power).astype(np.uint8)
    return _u8(cv2.LUT(grey, table))


def local_threshold(grey: Grey, window: int, below: int = 3) -> Grey:
    """Black where a pixel is `below` levels under the mean of its window: uneven light, faint print, dotted marks."""
    smooth = smoothed(grey, 1.0)
    return _u8(cv2.adaptiveThreshold(smooth, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, window, below))


def sharpen(grey: Grey, window: int, amount: float) -> Grey:
    """Unsharp mask with a tent filter of `window` pixels: mild defocus."""
    return _u8(cv2.addWeighted(grey, 1 + amount, cv2.stackBlur(grey, (window, window)), -amount, 0))


def smoothed(grey: Grey, sigma: float) -> Grey:
    """Gaussian blur: the grain of a dark sensor."""
    return _u8(cv2.GaussianBlur(grey, (0, 0), sigma))


def crisp(grey: Grey, window: int) -> Grey:
    """Sharpened, then black and white by a local threshold."""
    return local_threshold(sharpen(grey, window, 3.0), 4 * window + 1)


def equalised(grey: Grey, clip: float = 3.0, tiles: int = 8) -> Grey:
    """Contrast-limited adaptive histogram equalisation."""
    return _u8(cv2.createCLAHE(clip, (tiles, tiles)).apply(grey))


def closed(grey: Grey, size: int) -> Grey:
    """Morphological closing: dark specks and scratches vanish."""
    return _u8(cv2.morphologyEx(grey, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))))


def disc(radius: float) -> npt.NDArray[np.float32]:
    """Point spread of a defocused lens: a disc of `radius` pixels with a soft rim, sum 1."""
    half = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    spread = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(spread / spread.sum(), np.float32)


def deconvolved(grey: Grey, radius: float, noise: float) -> Grey:
    """Wiener deconvolution of a `disc` (N. Wiener, 1949): F = G conj(H) / (|H|^2 + noise), mirrored at the borders."""
    height, width = grey.shape
    pad = 2 * (int(np.ceil(radius)) + 1)
    tall, wide = (int(cv2.getOptimalDFTSize(n + 2 * pad)) for n in (height, width))
    framed = cv2.copyMakeBorder(grey, pad, tall - height - pad, pad, wide - width - pad, cv2.BORDER_REFLECT).astype(np.float32)
    sharp = np.fft.irfft2(np.fft.rfft2(framed) * _undoing(tall, wide, radius, noise), s=(tall, wide))
    return np.clip(sharp[pad : pad + height, pad : pad + width], 0, 255).astype(np.uint8)


@lru_cache(maxsize=8)
def _undoing(tall: int, wide: int, radius: float, noise: float) -> npt.NDArray[np.complex64]:
    """The filter of `deconvolved` in the frequency domain; pictures of one camera have one size."""
    spread = disc(radius)
    half = spread.shape[0] // 2
    kernel = np.zeros((tall, wide), np.float32)
    kernel[: spread.shape[0], : spread.shape[1]] = spread
    blur = np.fft.rfft2(np.roll(kernel, (-half, -half), (0, 1)))
    return np.asarray(blur.conj() / (np.abs(blur) ** 2 + noise), np.complex64)


def _u8(picture: Any) -> Grey:
    return np.asarray(picture, np.uint8)


@dataclass(frozen=True, slots=True)
class Pass:
    """One way to look: what is done to the grey picture, and how zxing-cpp is asked."""

    name: str
    change: Callable[[Grey], Grey]
    formats: list[Any] = field(default_factory=lambda: ROBUST)
    options: dict[str, Any] = field(default_factory=dict)

    def run(self, grey: Grey) -> tuple[list[Any], float]:
        """Symbols, and by how much the picture they were found in is larger than `grey`."""
        changed = self.change(grey)
        return scan(changed, self.formats, **self.options), changed.shape[1] / grey.shape[1]


FAST = Pass("fast", lambda g: g, EVERYTHING)

PASSES = (
    Pass("sharpened, local threshold", lambda g: crisp(g, 9), options=GLOBAL),
    Pass("smoothed", lambda g: smoothed(g, 1.0), LINES),
    Pass("one threshold", lambda g: g, QR, GLOBAL),
    Pass("glare calmed", lambda g: gamma(g, 2.2), QR),
    Pass("darkness opened", lambda g: gamma(g, 0.2), QR),
    Pass("enlarged", lambda g: fitted(g, LARGE_SIDE, 1.5)),
    Pass("defocus 4", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), 4, 0.03), QR, UPRIGHT),
    Pass("wide local threshold", lambda g: local_threshold(g, 91, 4), LINES, GLOBAL),
    Pass("local threshold", lambda g: local_threshold(g, 21), options=GLOBAL),
    Pass("enlarged, sharpened", lambda g: sharpen(fitted(g, LARGE_SIDE, 2.0), 9, 3.0), SQUARES),
    Pass("defocus 3", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), 3, 0.003), SQUARES),
    Pass("defocus 6", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), 6, 0.01), QR, UPRIGHT),
    Pass("enlarged, equalised", lambda g: equalised(fitted(g, LARGE_SIDE, 2.0))),
    Pass("shadows opened", lambda g: gamma(g, 0.4)),
    Pass("defocus 2", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), 2, 0.01), QR, UPRIGHT),
    Pass("closed, equalised", lambda g: equalised(closed(g, 5)), QR),
)

# For a photograph much larger than ROBUST_SIDE, where a small symbol does not survive the scaling.
FULL_SIDE = 4608
FULL_SIZE = Pass("full size, sharpened", lambda g: crisp(g, 11), SQUARES, GLOBAL)

# For a picture in which some symbols were read and others seem to be missed.
SHEET_PASSES = (
    Pass("enlarged, sharpened, local threshold", lambda g: crisp(fitted(g, 2000, 1.5), 11), SQUARES, GLOBAL),
    Pass("enlarged more, sharpened, local threshold", lambda g: crisp(fitted(g, LARGE_SIDE, 2.0), 11), SQUARES, GLOBAL),
)
