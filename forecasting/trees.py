"""Boosted trees as plain arrays: grown with scikit-learn, kept as numbers, read without it. Never a pickle.

Arrays survive versions of the library that grew them, hold no code, and give each prediction as a sum of contributions by
feature (the change of the expected value along a path; Saabas 2014), which is where reasons come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecasting.segments import Array

CHUNK = 4096
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Forest:
    """A sum of regression trees. Node arrays of all trees in one; a leaf points at itself; `value` is a node's expected value."""

    feature: NDArray[np.int32]
    threshold: NDArray[np.float64]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float64]
    roots: NDArray[np.int32]
    baseline: float
    depth: int

    def score(self, x: Floats) -> Array:
        """The sum over all trees (log odds) per row of x. NaN is not expected."""
        found = np.empty(len(x))
        for start in range(0, len(x), CHUNK):
            part = x[start : start + CHUNK]
            found[start : start + CHUNK] = self.baseline + self.value[self._leaves(part)].sum(axis=1)
        return found

    def _leaves(self, x: Floats) -> NDArray[np.int32]:
        node = np.repeat(self.roots[None, :], len(x), axis=0)
        flat, width = np.ascontiguousarray(x).reshape(-1), x.shape[1]
        base = (np.arange(len(x), dtype=np.int64) * width)[:, None]
        for _ in range(self.depth):
            below = flat[base + self.feature[node]] <= self.threshold[node]
            node = np.where(below, self.left[node], self.right[node])
        return node

    def contributions(self, x: Floats) -> Array:
        """(rows, features): what each feature adds to each row's score; rows sum to score minus the expected value."""
        found = np.zeros(x.shape)
        rows = np.arange(len(x))
        for root in self.roots:
            node = np.full(len(x), root, np.int32)
            for _ in range(self.depth):
                feature = self.feature[node]
                below = x[rows, feature] <= self.threshold[node]
                child = np.where(below, self.left[node], self.right[node])
                np.add.at(found, (rows, feature), self.value[child] - self.value[node])
                node = child
        return found

    def arrays(self, prefix: str) -> dict[str, NDArray[Any]]:
        """The arrays to save, under a prefix; thresholds and values in single precision, as they are used."""
        return {
            f"{prefix}feature": self.feature.astype(np.int16),
            f"{prefix}threshold": self.threshold.astype(np.float32),
            f"{prefix}left": self.left,
            f"{prefix}right": self.right,
            f"{prefix}value": self.value.astype(np.float32),
            f"{prefix}roots": self.roots,
            f"{prefix}shape": np.array([self.baseline, self.depth], np.float64),
        }

    @classmethod
    def of_arrays(cls, stored: Mapping[str, NDArray[Any]], prefix: str) -> Forest:
        """The inverse of `arrays`. Raises KeyError or ValueError where something is missing or points outside."""
        feature, left, right = (stored[prefix + name].astype(np.int32) for name in ("feature", "left", "right"))
        threshold, value = (stored[prefix + name].astype(np.float64) for name in ("threshold", "value"))
        roots, (baseline, depth) = stored[prefix + "roots"].astype(np.int32), stored[prefix + "shape"]
        size = len(feature)
        inside = all(len(a) == size for a in (left, right, threshold, value)) and size > 0
        if not inside or min(left.min(), right.min(), roots.min()) < 0 or max(left.max(), right.max(), roots.max()) >= size:
            raise ValueError("a tree points outside itself")
        if feature.min() < 0 or not 0 <= depth <= 64:
            raise ValueError("a tree asks for what cannot be")
        return cls(feature, threshold, left, right, value, roots, float(baseline), int(depth))

    @classmethod
    def of_boosting(cls, model: Any) -> Forest:
        """The trees of a fitted binary HistGradientBoostingClassifier or -Regressor without categories."""
        parts: list[tuple[NDArray[Any], ...]] = []
        roots, offset, deepest = [], 0, 0
        for trees in model._predictors:
            nodes = trees[0].nodes
            leaf = nodes["is_leaf"].astype(bool)
            here = np.arange(len(nodes), dtype=np.int32)
            left = np.where(leaf, here, nodes["left"].astype(np.int32))
            right = np.where(leaf, here, nodes["right"].astype(np.int32))
            value = _expected(nodes, leaf).astype(np.float32).astype(np.float64)  # as it is saved
            # single precision, rounded down, so that x <= threshold is decided as it was when the tree grew
            parts.append(
                (
                    np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32),
                    _down(nodes["num_threshold"], leaf),
                    left,
                    right,
                    value,
                )
            )
            roots.append(offset)
            offset += len(nodes)
            deepest = max(deepest, int(nodes["depth"].max()))
        feature, threshold, value = (np.concatenate([p[i] for p in parts]) for i in (0, 1, 4))
        left, right = (np.concatenate([p[i] + r for p, r in zip(parts, roots, strict=True)]).astype(np.int32) for i in (2, 3))
        baseline = float(np.asarray(model._baseline_prediction).reshape(-1)[0])
        return cls(feature, threshold, left, right, value, np.array(roots, np.int32), baseline, deepest)


def _down(threshold: Array, leaf: NDArray[np.bool_]) -> Array:
    """The largest single-precision number that is not above each threshold."""
    single = np.where(leaf, 0.0, threshold).astype(np.float32)
    above = single.astype(np.float64) > threshold
    lower = np.nextafter(single, np.float32(-np.inf), dtype=np.float32)
    return np.where(above & ~leaf, lower, single).astype(np.float64)


def _expected(nodes: NDArray[Any], leaf: NDArray[np.bool_]) -> Array:
    """A node's mean value over the rows that passed it, from its leaves up (children come after their parents)."""
    value = np.where(leaf, nodes["value"], 0.0).astype(np.float64)
    count = nodes["count"].astype(np.float64)
    for node in np.flatnonzero(~leaf)[::-1]:
        a, b = int(nodes["left"][node]), int(nodes["right"][node])
        value[node] = (value[a] * count[a] + value[b] * count[b]) / max(count[a] + count[b], 1.0)
    return value
