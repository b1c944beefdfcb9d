"""Codes from a file, from bytes or from one frame, in this process. For files of strangers use `app.decode.worker`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.decode.code import Code, distinct_texts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Picture = str | os.PathLike[str] | bytes | npt.NDArray[np.uint8]


def decode(image: Picture) -> list[Code]:
    """All codes of a picture: a path, the bytes of a file, or a frame (height x width grey or x 3 BGR, uint8).

    Raises:
        BadInput: the picture is missing, not a picture, too large, damaged.
    """
    return decode_pages(image)[0]


def decode_pages(image: Picture) -> tuple[list[Code], bool]:
    """As `decode`; and whether pages behind the last one that was looked at were left out."""
    from app.decode.cascade import read
    from app.decode.picture import grey_of, pages

    if not isinstance(image, str | bytes | os.PathLike):
        return read(grey_of(image)), False
    codes: list[Code] = []
    more = False
    for page in pages(image):
        codes += read(page.grey, page=page.number)
        more = page.more
    return codes, more


def texts(image: Picture) -> list[str]:
    """The texts of all codes of a picture, each once. Raises as `decode`."""
    return distinct_texts(decode(image))
