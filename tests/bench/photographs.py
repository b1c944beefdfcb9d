"""Hard photographs of codes, made by a seed: what the passes of the decoder were chosen on beside the pictures of others.

One picture each, with one defect that warehouses know. Some cannot be read by anybody; the figure is a comparison.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import zxingcpp

Picture = npt.NDArray[np.float32]
Maker = Callable[[Picture, np.random.Generator, float], Picture]

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def disc(radius: float) -> Picture:
    """The point spread of a lens out of focus."""
    half = int(np.ceil(radius)) + 1
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    spread = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(spread / spread.sum(), np.float32)


def _defocus(view: Picture, rng: np.random.Generator, module: float) -> Picture:
    return np.asarray(cv2.filter2D(view, -1, disc(module * rng.uniform(0.5, 1.1))), np.float32)


def _dark(view: Picture, rng: np.random.Generator, _: float) -> Picture:
    return view * np.float32(rng.uniform(0.03, 0.12))


def _faint(view: Picture, rng: np.random.Generator, _: float) -> Picture:
    return np.float32(rng.uniform(60, 170)) + view * np.float32(rng.uniform(0.04, 0.15))


def _grain(view: Picture, rng: np.random.Generator, _: float) -> Picture:
    return np.asarray(view + rng.normal(0, rng.uniform(20, 60), view.shape), np.float32)


def _glare(view: Picture, rng: np.random.Generator, module: float) -> Picture:
    y, x = np.mgrid[: view.shape[0], : view.shape[1]]
    for _ in range(rng.integers(1, 4)):
        cx, cy = (n / 2 + rng.normal(0, 10 * module) for n in view.shape[::-1])
        width = module * rng.uniform(3, 12)
        view = view + np.float32(rng.uniform(70, 260)) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * width**2)).astype(
            np.float32
        )
    return np.asarray(view, np.float32)


def _shadow(view: Picture, rng: np.random.Generator, module: float) -> Picture:
    dark = np.zeros(view.shape, np.float32)
    centre = np.array(view.shape[::-1]) / 2
    for _ in range(rng.integers(1, 4)):
        cv2.fillPoly(dark, [(centre + rng.normal(0, 20 * module, (3, 2))).astype(np.int32)], 1.0)
    return view * (1 - cv2.GaussianBlur(dark, (0, 0), rng.uniform(1, 12)) * np.float32(rng.uniform(0.6, 0.9))).astype(np.float32)


def _none(view: Picture, _rng: np.random.Generator, _module: float) -> Picture:
    return view


# name -> (symbology, pixels per module, tilt in degrees, what spoils it)
DEFECTS: dict[str, tuple[str, tuple[float, float], float, Maker]] = {
    "defocus": ("QR", (4, 9), 15, _defocus),
    "defocus, Data Matrix": ("DM", (4, 9), 15, _defocus),
    "darkness": ("QR", (4, 9), 15, _dark),
    "faint print": ("QR", (4, 9), 15, _faint),
    "grain": ("QR", (4, 9), 15, _grain),
    "glare": ("QR", (4, 9), 15, _glare),
    "shadow": ("QR", (4, 9), 15, _shadow),
    "small modules": ("QR", (1.3, 2.6), 15, _none),
    "small modules, Data Matrix": ("DM", (1.3, 2.6), 15, _none),
    "tilt": ("QR", (6, 10), 60, _none),
    "linear, defocus": ("C128", (1.5, 3), 12, _defocus),
}


def photograph(defect: str, seed: int) -> tuple[npt.NDArray[np.uint8], str]:
    """A grey picture, 1280 x 960 pixels, of one code with one defect, and the code's text."""
    rng = np.random.default_rng([seed, *defect.encode()])
    kind, (least, most), tilt, spoil = DEFECTS[defect]
    text = "".join(rng.choice(list(LETTERS), 10))
    if kind != "C128":
        text = f"https://id.example/01/09506000134352/21/{text}"
    formats = {
        "QR": zxingcpp.BarcodeFormat.QRCode,
        "DM": zxingcpp.BarcodeFormat.DataMatrix,
        "C128": zxingcpp.BarcodeFormat.Code128,
    }
    options = {"forceSquare": True} if kind == "DM" else {}
    symbol = np.array(zxingcpp.create_barcode(text, formats[kind], **options).to_image(scale=1, add_quiet_zones=False))
    symbol = symbol if symbol.ndim == 2 else symbol[..., 0]
    module = float(rng.uniform(least, most))
    ground = cv2.resize(rng.random((12, 16)).astype(np.float32), (1280, 960), interpolation=cv2.INTER_CUBIC) * 110 + 90
    view = _placed(ground.astype(np.float32), np.pad(symbol, 4, constant_values=255), module, tilt, rng)
    view = spoil(view, rng, module)
    view = cv2.GaussianBlur(view, (0, 0), 0.5) + rng.normal(0, 1.5 if defect == "darkness" else 3, view.shape)
    packed = cv2.imencode(".jpg", np.clip(view, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 95))])[
        1
    ]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8), text


def _placed(ground: Picture, symbol: npt.NDArray[np.uint8], module: float, tilt: float, rng: np.random.Generator) -> Picture:
    """The symbol on the ground: turned, tilted by up to `tilt` degrees about both axes, its ink not quite black."""
    fine = max(4, int(np.ceil(module * 2)))
    ink, paper = rng.uniform(15, 50), rng.uniform(180, 245)
    drawn = (ink + np.kron(symbol, np.ones((fine, fine))) / 255 * (paper - ink)).astype(np.float32)
    tall, wide = drawn.shape
    half = np.array([wide, tall]) / fine * module / 2
    flat = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
    turn, about_x, about_y = np.deg2rad([rng.uniform(-180, 180), rng.uniform(-tilt, tilt), rng.uniform(-tilt, tilt)])
    flat = flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    x, y, z = flat[:, 0], flat[:, 1] * np.cos(about_x), flat[:, 1] * np.sin(about_x)
    x, z = x * np.cos(about_y) + z * np.sin(about_y), z * np.cos(about_y) - x * np.sin(about_y)
    away = 6 * half.max()
    seen = np.stack([x, y], 1) * (away / (away + z))[:, None] + np.array(ground.shape[::-1]) / 2
    where = cv2.getPerspectiveTransform(
        np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32), seen.astype(np.float32)
    )
    soft = cv2.GaussianBlur(drawn, (0, 0), 0.45 * fine / module)
    there = cv2.warpPerspective(np.ones_like(drawn), where, ground.shape[::-1])
    return np.asarray(ground * (1 - there) + cv2.warpPerspective(soft, where, ground.shape[::-1]), np.float32)
