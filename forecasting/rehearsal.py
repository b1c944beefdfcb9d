"""Networks that are simulated to be learned from beside the decided cases at hand: what only they show is not forgotten.

A judge of the decided cases alone forgets every class that was not among them; one whose opinion is weighed against another
judge's keeps the false alarms of both. One judge of both learns which signs of an attack seen elsewhere are honest habits here
(rehearsal; Robins 1995). Made from fixed seeds that nothing else uses; nothing is read from a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np

from forecasting.design import look
from forecasting.judge import Case
from forecasting.simulate.network import Network, decided, simulate
from forecasting.simulate.pull import records

WORLDS: tuple[tuple[int, Callable[..., Network]], ...] = ((92_000_001, simulate), (93_000_001, records.simulate))
NETWORKS, ITEMS, SHARE = 4, 14_000, 0.018  # of each simulator
"""Large ones with little crime: a sign is as rare there as it is in the networks that are judged. Many small ones with much crime
taught less (docs/detection.md)."""


@cache
def cases(worlds: Sequence[int] = (0, 1), networks: int = NETWORKS, items: int = ITEMS) -> tuple[Case, ...]:
    """So many networks of each of these WORLDS, every item decided."""
    found = []
    for world in worlds:
        first, simulated = WORLDS[world]
        for number in range(networks):
            network = simulated(first + number, round(items * (0.7, 1.0, 1.3)[number % 3]), share=SHARE)
            label = decided(network).label
            found.append(Case(look(network.tables), label, (label == 0).astype(np.float64)))
    return tuple(found)
