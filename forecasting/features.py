"""Features: what a network's tables say about each of its items, as numbers with a name, a unit and a sentence.

All families look at the whole network at once, in columns; a million events take a minute or two. No feature knows an id, a
role's name, a city or a country: what is usual is learned from the network itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.families import company, consumers, custody, devices, pace, records, routes, standing, travel, volumes, warmth
from forecasting.families.feature import Family, Feature
from forecasting.tables import Tables
from forecasting.trail import Trail

FAMILIES: tuple[Family, ...] = (
    custody.FAMILY, travel.FAMILY, pace.FAMILY, records.FAMILY, routes.FAMILY, company.FAMILY, standing.FAMILY, volumes.FAMILY,
    devices.FAMILY, warmth.FAMILY, consumers.FAMILY,
)  # fmt: skip
FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES for feature in family.features)
NAMES: tuple[str, ...] = tuple(feature.name for feature in FEATURES)
FAMILY_OF: tuple[int, ...] = tuple(index for index, family in enumerate(FAMILIES) for _ in family.features)
Matrix = NDArray[np.float32]
Progress = Callable[[str, float], None]


def silent(stage: str, share: float) -> None:
    """No progress shown."""
    del stage, share


@dataclass(slots=True)
class Seen:
    """A network and its features: `values[item, feature]`, in the order of NAMES."""

    trail: Trail
    values: Matrix


def build(tables: Tables, progress: Progress = silent) -> Seen:
    """The features of all items of a network."""
    trail = Trail(tables)
    values = np.zeros((tables.size, len(NAMES)), np.float32)
    column = 0
    for done, family in enumerate(FAMILIES):
        found = family.compute(trail) if len(trail) else {}
        for feature in family.features:
            if feature.name in found:
                values[:, column] = np.nan_to_num(found[feature.name], nan=0.0, posinf=50.0, neginf=-50.0)
            column += 1
        progress("features", (done + 1) / len(FAMILIES))
    return Seen(trail, values)
