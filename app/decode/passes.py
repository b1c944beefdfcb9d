"""The pixels: how a grey picture is changed so that a symbol the fast pass misses can be read.

Every pass answers one defect of real photographs. They were chosen and ordered by what each adds per millisecond to the
ones before it (``tests/bench/decode.py``). Nothing here decides what is believed: see `app.decode.cascade`.

This module is loaded with the first picture, never with the window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
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

ROBUST_SIDE = 1600  # pixels: the robust passes look at no more than this
LARGE_SIDE = 2400  # pixels: the passes that enlarge stop here
DEBLUR_SIDE = 800  # pixels: deconvolution is for strong defocus, where the modules are large

GLOBAL = {"binarizer": zxingcpp.Binarizer.GlobalHistogram}


def scan(grey: Grey, formats: list[Any], **options: Any) -> list[Any]:
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


def streak(length: float, angle: float) -> npt.NDArray[np.float32]:
    """Point spread of a moving hand: a line of `length` pixels at `angle` (radians), sum 1."""
    half = int(np.ceil(length / 2)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    spread = np.clip(1 - np.abs(across), 0, 1) * np.clip(length / 2 + 0.5 - np.abs(along), 0, 1)
    return np.asarray(spread / spread.sum(), np.float32)


def deconvolved(grey: Grey, spread: npt.NDArray[np.float32], noise: float) -> Grey:
    """Wiener deconvolution (N. Wiener, 1949): F = G conj(H) / (|H|^2 + noise), mirrored at the borders."""
    height, width = grey.shape
    pad = spread.shape[0]
    tall, wide = (cv2.getOptimalDFTSize(n + 2 * pad) for n in (height, width))
    framed = cv2.copyMakeBorder(grey, pad, tall - height - pad, pad, wide - width - pad, cv2.BORDER_REFLECT).astype(np.float32)
    kernel = np.zeros((tall, wide), np.float32)
    kernel[:pad, :pad] = spread
    kernel = np.roll(kernel, (-(pad // 2), -(pad // 2)), (0, 1))
    seen = cv2.dft(framed, flags=cv2.DFT_COMPLEX_OUTPUT)
    blur = cv2.dft(kernel, flags=cv2.DFT_COMPLEX_OUTPUT)
    power = (blur[..., 0] ** 2 + blur[..., 1] ** 2 + noise)[..., None]
    sharp = cv2.dft(
        cv2.mulSpectrums(seen, blur, 0, conjB=True) / power,
        flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT,
    )
    return np.clip(sharp[pad : pad + height, pad : pad + width], 0, 255).astype(np.uint8)


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
    Pass("local threshold", lambda g: local_threshold(g, 21), options=GLOBAL),
    Pass("shadows opened", lambda g: gamma(g, 0.4)),
    Pass("smoothed", lambda g: smoothed(g, 1.0), LINES),
    Pass("wide local threshold", lambda g: local_threshold(g, 91, 4), LINES, GLOBAL),
    Pass("enlarged", lambda g: fitted(g, LARGE_SIDE, 3.0)),
    Pass("sharpened, local threshold", lambda g: local_threshold(sharpen(g, 15, 3.0), 41), options=GLOBAL),
    Pass("sharpened", lambda g: sharpen(g, 9, 3.0), SQUARES),
    Pass("glare calmed", lambda g: gamma(g, 2.2)),
    Pass("defocus 3", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), disc(3), 0.003), SQUARES),
    Pass("defocus 4", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), disc(4), 0.03), SQUARES),
    Pass("enlarged, equalised", lambda g: equalised(fitted(g, LARGE_SIDE, 2.0))),
    Pass("darkness opened", lambda g: gamma(g, 0.2)),
    Pass("one threshold", lambda g: g, options=GLOBAL),
    Pass("defocus 2", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), disc(2), 0.01), SQUARES),
    Pass("defocus 6", lambda g: deconvolved(fitted(g, DEBLUR_SIDE), disc(6), 0.01), SQUARES),
    Pass("closed, equalised", lambda g: equalised(closed(g, 5)), SQUARES),
)

# For a picture in which some symbols were read and others seem to be missed.
SHEET_PASSES = (
    Pass("enlarged, sharpened", lambda g: crisp(fitted(g, 2000, 2.0), 15), SQUARES, GLOBAL),
    Pass("enlarged more, sharpened", lambda g: crisp(fitted(g, LARGE_SIDE, 2.0), 11), SQUARES, GLOBAL),
)
