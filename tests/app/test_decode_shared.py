"""Pictures and a clip that nobody here made: a sample of them, with a floor under the rate."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np

from app.decode import LiveDecoder, Sighting, decode

STEP = 3  # every third picture
FLOOR = 0.95


def plain(text: str) -> str:
    """What two honest decoders may spell differently: line ends, spaces at the end, brackets of GS1, UPC's zero."""
    lines = "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))
    return lines.translate(dict.fromkeys(map(ord, "()\x1d"))).lstrip("0")


def test_most_pictures_are_read_and_nothing_is_read_that_is_not_there(shared: Path) -> None:
    folder = shared / "qr"
    rows = json.loads((folder / "expected.json").read_text())
    sample = [row for n, row in enumerate(rows) if n % STEP == 0]
    wanted = found = 0
    missed, invented = [], []
    for row in sample:
        expected = {plain(text) for text in row["expected"]}
        seen = {plain(code.text) for code in decode(folder / row["file"])}
        wanted += len(expected)
        found += len(expected & seen)
        if not expected <= seen:
            missed.append(row["file"])
        if not row["expected"] and seen:
            invented.append(row["file"])
    assert len(sample) >= 60
    assert invented == []
    assert found / wanted >= FLOOR, missed


def test_each_code_of_a_clip_is_reported_once_and_in_order(shared: Path) -> None:
    folder = shared / "qr"
    for clip in json.loads((folder / "clips" / "clips.json").read_text()):
        film, live, sighting = cv2.VideoCapture(str(folder / clip["file"])), LiveDecoder(), Sighting()
        reported: list[str] = []
        for number in range(clip["frames"]):
            there, picture = film.read()
            assert there
            codes = live.frame(np.asarray(picture, np.uint8))
            reported += [code.text for code in sighting.see(codes, number / clip["fps"])]
        film.release()
        assert reported == clip["expected_in_order"]
