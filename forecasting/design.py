"""What a model looks at: each item's features as they are, and how rare each is within its own network.

Values keep their meaning (hours, kilometres), rarities carry over between networks of different habits; trees use both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting import context, features, novelty
from forecasting.features import NAMES, Progress, silent
from forecasting.segments import Array
from forecasting.tables import Tables
from forecasting.trail import Trail

Floats = NDArray[np.float32]
WIDTH = len(NAMES)
COLUMNS: tuple[str, ...] = (*NAMES, *(f"{name}!" for name in NAMES))  # "!" marks the rarity of a feature
NEAR: tuple[str, ...] = context.NAMES


@dataclass(slots=True)
class View:
    """One network as a model sees it: `base[item, column]` in the order of COLUMNS."""

    trail: Trail
    base: Floats

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.base)

    @property
    def tails(self) -> Floats:
        """The rarities alone."""
        return self.base[:, WIDTH:]

    def near(self, probability: Array) -> Floats:
        """Graph context from each item's own suspicion."""
        return context.compute(self.trail, probability).astype(np.float32)


def look(tables: Tables, progress: Progress = silent) -> View:
    """Features and rarities of a network."""
    seen = features.build(tables, progress)
    base = np.empty((tables.size, 2 * WIDTH), np.float32)
    base[:, :WIDTH] = seen.values
    novelty.tails(seen.values, base[:, WIDTH:])
    return View(seen.trail, base)
