"""Where places are, from a small table of our own: name, latitude, longitude, country. What it does not know stays unknown.

A name is looked up as it is; failing that, the first name of the table that stands in it as whole words decides, the longest
where several begin there: addresses go from the small to the large ("Plant 3, Pune, India" is in Pune). That is good for a dot
on a map of the world and for the country; it is no address.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.exchange.rows import content, decoded
from chain.errors import BadInput

COLUMNS = ["name", "lat", "lon", "country"]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Spot:
    """A point in degrees (WGS 84) and its country (ISO 3166-1, two letters)."""

    lat: float
    lon: float
    country: str


class Gazetteer:
    """Spots by name.

    Args:
        spots: (name, spot); later ones replace earlier ones.
    """

    def __init__(self, spots: Iterable[tuple[str, Spot]] = ()) -> None:
        self._spots = {_words(name): spot for name, spot in spots}
        self._longest = max(map(len, self._spots), default=0)
        self._found: dict[str, Spot | None] = {}

    @classmethod
    def read(cls, path: Path) -> Gazetteer:
        """A table of places from a comma-separated UTF-8 file. Raises BadInput."""
        text = decoded(content(path, 4 * 1024 * 1024), "utf-8", str(path))
        rows = list(csv.reader(io.StringIO(text)))
        if rows[0] != COLUMNS:
            raise BadInput(f"{path} is not a table of places: its header is not {','.join(COLUMNS)}.")
        spots = []
        for number, row in enumerate(rows[1:], 2):
            try:
                name, lat, lon, country = row
                spot = Spot(float(lat), float(lon), country)
                if not (-90 <= spot.lat <= 90 and -180 <= spot.lon <= 180 and len(country) == 2 and _words(name)):
                    raise ValueError
            except ValueError:
                raise BadInput(f"{path} row {number} is not a name, a latitude, a longitude and a country.") from None
            spots.append((name, spot))
        return cls(spots)

    def find(self, name: str) -> Spot | None:
        """Where a place of this name is, None where that is not known."""
        if name not in self._found:
            self._found[name] = self._find(_words(name))
        return self._found[name]

    def _find(self, words: tuple[str, ...]) -> Spot | None:
        for at in range(len(words)):
            for end in range(min(len(words), at + self._longest), at, -1):
                spot = self._spots.get(words[at:end])
                if spot is not None:
                    return spot
        return None


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name.casefold()))
