"""What is probably wrong with an item: the class of attack whose decided cases its signs are most like. Changes no risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.segments import Array, Ints

FEWEST = 4  # decided cases that make a class
MOST_CASES = 400  # of one class that are learned from


@dataclass(frozen=True, slots=True)
class Kinds:
    """Weights of each class over rarities and context (multinomial ridge regression)."""

    names: tuple[str, ...]
    weights: Array  # (classes, columns)
    start: Array

    def best(self, x: NDArray[np.float32]) -> list[str]:
        """The likeliest class of each row."""
        if not self.names:
            return [""] * len(x)
        score = x.astype(np.float64) @ self.weights.T + self.start
        return [self.names[k] for k in score.argmax(axis=1)]

    @classmethod
    def fit(cls, x: NDArray[np.float32], kind: Sequence[str], random_state: int) -> Kinds:
        """Learn from illicit items; classes of fewer than FEWEST cases and unnamed ones are left out."""
        from sklearn.linear_model import LogisticRegression

        told = np.asarray(kind, dtype=np.str_)
        names, count = np.unique(told, return_counts=True)
        names = names[(count >= FEWEST) & (names != "")]
        if not len(names):
            return nothing(x.shape[1])
        rng = np.random.default_rng(random_state)
        rows: Ints = np.concatenate([_some(np.flatnonzero(told == name), rng) for name in names])
        if len(names) == 1:
            return cls((str(names[0]),), np.zeros((1, x.shape[1])), np.zeros(1))
        model = LogisticRegression(C=0.1, max_iter=300, class_weight="balanced").fit(x[rows].astype(np.float64), told[rows])
        weights, start = model.coef_, model.intercept_
        if len(names) == 2:
            weights, start = np.stack([-weights[0], weights[0]]), np.array([-start[0], start[0]])
        weights = weights.astype(np.float32).astype(np.float64)  # as they are saved
        return cls(tuple(str(name) for name in model.classes_), weights, np.asarray(start, np.float64))

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """What to save."""
        return {
            f"{prefix}names": np.array(self.names, dtype=np.str_),
            f"{prefix}weights": self.weights.astype(np.float32),
            f"{prefix}start": self.start,
        }

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], prefix: str, width: int) -> Kinds:
        """The inverse of `arrays`. Raises KeyError or ValueError."""
        names = tuple(str(name) for name in stored[f"{prefix}names"])
        weights, start = stored[f"{prefix}weights"].astype(np.float64), stored[f"{prefix}start"].astype(np.float64)
        if weights.shape != (len(names), width) or start.shape != (len(names),) or not np.isfinite(weights).all():
            raise ValueError("kinds of other features")
        return cls(names, weights, start)


def nothing(width: int) -> Kinds:
    """No class is known."""
    return Kinds((), np.zeros((0, width)), np.zeros(0))


def _some(rows: Ints, rng: np.random.Generator) -> Ints:
    return rows if len(rows) <= MOST_CASES else rng.choice(rows, MOST_CASES, replace=False)
