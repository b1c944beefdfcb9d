"""Codes from a camera: what one frame shows, and when a code counts as seen.

A frame gets the fast pass and, where that reads nothing, one robust pass; the passes take turns, and one that has just read
keeps its turn. Nothing here opens a camera or waits for one: time is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.decode.code import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FORGET_VOTES = 64  # frames without a reading after which the agreement of weak readings starts anew


class LiveDecoder:
    """Reads frame after frame of one camera."""

    def __init__(self) -> None:
        self._turn = 0
        self._blank = 0
        self._votes: object = None

    def frame(self, frame: npt.NDArray[np.uint8]) -> list[Code]:
        """The codes in one frame: height x width grey, or height x width x 3 BGR, uint8.

        Raises:
            BadInput: the array is not such a frame.
        """
        from app.decode.cascade import SMALLEST, Votes, look
        from app.decode.passes import FAST, PASSES, ROBUST_SIDE, fitted
        from app.decode.picture import grey_of

        grey = grey_of(frame)
        codes, _ = look(FAST, grey, 1.0)
        if codes or min(grey.shape) < SMALLEST:
            self._blank = 0
            return codes
        small = fitted(grey, ROBUST_SIDE)
        one = PASSES[self._turn % len(PASSES)]
        seen, _ = look(one, small, small.shape[1] / grey.shape[1])
        if not isinstance(self._votes, Votes) or self._blank >= FORGET_VOTES:
            self._votes, self._blank = Votes(), 0
        codes = self._votes.believe(one.name, seen)
        if codes:
            self._blank = 0
        else:
            self._blank += 1
            self._turn += 1
        return codes


@dataclass(slots=True)
class _Track:
    last: float
    reported: bool = False


class Sighting:
    """Says of a code once that it is there: when two frames agree, and then not again while it stays in view.

    Args:
        agree: seconds within which the second sighting must follow the first.
        leave: seconds without a sighting after which a code has left the view; if it comes back, it is reported again.
    """

    def __init__(self, agree: float = 1.5, leave: float = 2.0) -> None:
        self.agree = agree
        self.leave = leave
        self._tracks: dict[tuple[str, str], _Track] = {}

    def see(self, codes: Iterable[Code], at: float) -> list[Code]:
        """The codes of a frame taken at `at` (seconds of any steady clock) that are to be reported now."""
        self._tracks = {key: track for key, track in self._tracks.items() if at - track.last <= self.leave}
        report = []
        for key, code in {(c.symbology, c.text): c for c in codes}.items():
            track = self._tracks.get(key)
            if track is None or (not track.reported and at - track.last > self.agree):
                self._tracks[key] = _Track(at)
                continue
            track.last = at
            if not track.reported:
                track.reported = True
                report.append(code)
        return report

    def forget(self) -> None:
        """Starts anew, as if nothing had been in view."""
        self._tracks.clear()
