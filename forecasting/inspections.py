"""Which goods to open: a shift can open few, and each opening teaches. A contextual bandit by Thompson sampling.

A Bayesian logistic model over what is known of a case (its calibrated risk, who sent it, what it is) starts from the risk alone,
learns from results however late they come, and forgets old ones, so that it follows attackers who change their ways. Most picks
are its best guess; a fixed share is drawn from what it still holds possible (Thompson 1933; Chapelle and Li 2011; discounting
after Russac et al. 2019).
It only orders work: it accepts nothing and rejects nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

RISK = "its risk"
CONSTANT = "any case"
MEANS = {RISK: 1.0}
"""What is believed at first: the log odds of the risk are the log odds of a find, and nothing else matters."""
SPREADS = {RISK: 0.5, CONSTANT: 1.0}
VAGUE = 0.8  # a range of chances as wide as this tells nothing
ROUNDS = 50
FLAT = 1e-9


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that could be opened. `context` maps what is known about it to numbers (1 for "it is so"); its RISK is the log odds
    of the calibrated risk (`log_odds`). `worth` is what is at stake."""

    key: str
    context: Mapping[str, float]
    worth: float = 1.0


@dataclass(frozen=True, slots=True)
class Result:
    """How an inspection ended: the context as it was when it was picked, and the number of the shift it was picked in."""

    context: Mapping[str, float]
    illicit: bool
    shift: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A case to open. `expected` is the chance of a find by what was learned so far, `low` and `high` the range in which it lies
    nine times in ten; `exploring` says that it was picked for what it may teach; `words` say why."""

    key: str
    expected: float
    low: float
    high: float
    exploring: bool
    words: str


def log_odds(risk: float) -> float:
    """The log odds of a probability, kept within 1 in 10,000 either way."""
    inside = min(max(risk, 1e-4), 1 - 1e-4)
    return log(inside / (1 - inside))


@dataclass
class Inspector:
    """Plans inspections and learns from their results.

    Args:
        random_state: everything random follows from it.
        discount: what a result is still worth one shift later.
        explore: the share of openings that are drawn from what the model still holds possible (Thompson sampling), the others go
            to its best guess: 1 for Thompson sampling alone, 0 for greedy. With few openings and many columns, drawing all of
            them explores too much (measured by `tests.bench.inspections`, as are the other two).
        spread: of any coefficient but those of SPREADS, at first: the goods of a bad sender have other odds by so much.
    """

    random_state: int = 0
    discount: float = 0.93
    explore: float = 0.05
    spread: float = 2.0
    names_: tuple[str, ...] = field(default=(), init=False)
    mean_: Array = field(default_factory=lambda: np.zeros(0), init=False)
    cover_: Array = field(default_factory=lambda: np.zeros((0, 0)), init=False)
    found_: dict[str, tuple[float, float]] = field(default_factory=dict, init=False)

    def fit(self, results: Sequence[Result], now: int) -> Inspector:
        """Learn from all results there are, seen from shift `now`; in any order. What has not come in yet is not missed."""
        results = sorted(results, key=lambda one: (one.shift, sorted(one.context.items()), one.illicit))  # sums in one order
        self.names_ = tuple(sorted({CONSTANT, RISK} | {name for one in results for name in one.context}))
        weight = np.array([self.discount ** max(now - one.shift, 0) for one in results], np.float64)
        x = _matrix([one.context for one in results], self.names_)
        y = np.array([one.illicit for one in results], np.float64)
        self.mean_, self.cover_ = _posterior(x, y, weight, _means(self.names_), self._precision(self.names_))
        self.found_ = {
            name: (float(weight @ ((x[:, at] != 0) * y)), float(weight @ (x[:, at] != 0))) for at, name in enumerate(self.names_)
        }
        return self

    def plan(self, candidates: Sequence[Candidate], limit: int, shift: int = 0) -> list[Pick]:
        """At most `limit` cases to open in a shift, in their order. The same results, candidates and shift give the same plan."""
        pool = sorted(candidates, key=lambda one: one.key)
        if not pool or limit <= 0:
            return []
        if not self.names_:
            self.fit((), 0)
        names, mean, cover = self._widened({name for one in pool for name in one.context})
        x = _matrix([one.context for one in pool], names)
        worth = np.array([one.worth for one in pool], np.float64)
        middle, spread = x @ mean, np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", x, cover, x), 0.0))
        safest = set(np.argsort(-_logistic(middle) * worth, kind="stable")[:limit].tolist())
        rng = np.random.default_rng((self.random_state, shift))
        root = np.linalg.cholesky(cover + FLAT * np.eye(len(mean)))
        left, picked = np.ones(len(pool), bool), list[int]()
        for _ in range(min(limit, len(pool))):  # the best case in the likeliest world, or in one that is drawn
            drawn, doubt = rng.random() < self.explore, root @ rng.standard_normal(len(mean))
            world = mean + doubt if drawn else mean
            best = int(np.argmax(np.where(left, _logistic(x @ world) * worth, -1.0)))
            left[best] = False
            picked.append(best)
        effects = x * mean
        return [
            self._pick(
                pool[at], dict(zip(names, effects[at], strict=True)), float(middle[at]), float(spread[at]), at not in safest
            )
            for at in picked
        ]

    def _widened(self, wanted: set[str]) -> tuple[tuple[str, ...], Array, Array]:
        """Names, mean and covariance with those that no result has told of yet."""
        names = (*self.names_, *sorted(wanted - set(self.names_)))
        known = len(self.names_)
        cover = np.diag(1.0 / self._precision(names))
        cover[:known, :known] = self.cover_
        return names, np.concatenate([self.mean_, _means(names[known:])]), cover

    def _precision(self, names: Sequence[str]) -> Array:
        return np.array([SPREADS.get(name, self.spread) ** -2 for name in names])

    def _pick(self, one: Candidate, effects: Mapping[str, float], middle: float, spread: float, exploring: bool) -> Pick:
        low, expected, high = _logistic(middle + spread * np.array([-1.645, 0.0, 1.645])).tolist()
        return Pick(one.key, expected, low, high, exploring, self._words(one, effects, expected, low, high, exploring))

    def _words(
        self, one: Candidate, effects: Mapping[str, float], expected: float, low: float, high: float, exploring: bool
    ) -> str:
        risk = 1 / (1 + exp(-one.context.get(RISK, 0.0)))
        told = [f"risk {_share(risk)}, chance of a find {_share(expected)} (between {_share(low)} and {_share(high)})"]
        if high - low > VAGUE:
            told = [f"risk {_share(risk)}, chance of a find {_share(expected)}, with little to go by"]
        if one.worth != 1.0:
            told.append(f"at stake {one.worth * expected:,.2f}")
        effect = {name: size for name, size in effects.items() if name not in (RISK, CONSTANT)}
        for name, size in sorted(effect.items(), key=lambda pair: (-abs(pair[1]), pair[0]))[:1]:
            hits, tries = self.found_.get(name, (0.0, 0.0))
            if abs(size) > 0.2 and tries >= 0.5:
                told.append(f"{name}: {hits:.1f} of {tries:.1f} recent openings were finds")
            elif not exploring:
                told.append("no recent opening says more about it than its risk")
        unknown = sorted(
            name for name in one.context if name not in (RISK, CONSTANT) and self.found_.get(name, (0.0, 0.0))[1] < 0.5
        )
        if exploring:
            told.append(
                f"opened to learn about {unknown[0]}" if unknown else "opened to learn: what is known of such cases is thin"
            )
        return "; ".join(told)


def _matrix(contexts: Sequence[Mapping[str, float]], names: Sequence[str]) -> Array:
    """One row a context, one column a name; CONSTANT is 1."""
    place = {name: at for at, name in enumerate(names)}
    found = np.zeros((len(contexts), len(names)))
    for row, context in enumerate(contexts):
        for name, value in context.items():
            found[row, place[name]] = value
    found[:, place[CONSTANT]] = 1.0
    return found


def _means(names: Sequence[str]) -> Array:
    return np.array([MEANS.get(name, 0.0) for name in names])


def _posterior(x: Array, y: Array, weight: Array, prior: Array, precision: Array) -> tuple[Array, Array]:
    """Mode and Laplace covariance of a weighted Bayesian logistic regression, by Newton's method with halved steps."""
    theta = prior.copy()
    value = _loss(x, y, weight, theta, prior, precision)
    for _ in range(ROUNDS):
        p = _logistic(x @ theta)
        slope = x.T @ (weight * (p - y)) + precision * (theta - prior)
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while (later := _loss(x, y, weight, theta - size * step, prior, precision)) > value and size > 1e-6:
            size /= 2
        theta, gained, value = theta - size * step, value - later, later
        if gained < FLAT:
            break
    p = _logistic(x @ theta)
    curve = (x * (weight * p * (1 - p))[:, None]).T @ x + np.diag(precision)
    return theta, np.asarray(np.linalg.inv(curve), np.float64)


def _loss(x: Array, y: Array, weight: Array, theta: Array, prior: Array, precision: Array) -> float:
    z = x @ theta
    return float(weight @ (np.logaddexp(0.0, z) - y * z) + 0.5 * precision @ (theta - prior) ** 2)


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _logistic(z: Array) -> Array:
    found: Array = 1.0 / (1.0 + np.exp(-np.clip(z, -60, 60)))
    return found
