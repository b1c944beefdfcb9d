"""Which goods to open: finds of the bandit beside greedy and random, with results that come late and attackers who change.

`python -m tests.bench.inspections [--seeds N] [--first N]`. Three streams of shifts:

- *network*: items of a simulated network (`forecasting.simulate`) in the order in which they came to rest, with the risk that the
  shipped detector gives them. At half time the attackers stop one half of the attack classes and take up the other.
- *hidden*: the detector hardly sees the attack (the risk of a counterfeit is drawn a little higher than an honest item's), but it
  comes from two of twenty senders. At half time it moves to two others.
- *joined*: an attack goes on at one of twenty senders, a third of whose goods are bad. At half time a second sender, clean so
  far, begins to send almost nothing else, and the risk says nothing about it.

A policy opens 5 items a shift and learns what they were 3 shifts later.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from forecasting.detect import NetworkDetector
from forecasting.inspections import RISK, Candidate, Inspector, Result, log_odds
from forecasting.simulate.network import ATTACKS, simulate
from forecasting.trail import Trail

LIMIT, LATE = 5, 3
Shift = list[tuple[Candidate, bool]]
Policy = Callable[[int, Sequence[Candidate], Sequence[Result]], list[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """Finds of one policy before and after the attackers change."""

    before: int
    after: int


def policies(seed: int) -> dict[str, Policy]:
    """Those that are compared, by name."""
    rng = np.random.default_rng(seed)

    def bandit(inspector: Inspector) -> Policy:
        return lambda now, pool, seen: [pick.key for pick in inspector.fit(seen, now).plan(pool, LIMIT, now)]

    def by_risk(now: int, pool: Sequence[Candidate], seen: Sequence[Result]) -> list[str]:
        return [one.key for one in sorted(pool, key=lambda c: -c.context[RISK])[:LIMIT]]

    def random(now: int, pool: Sequence[Candidate], seen: Sequence[Result]) -> list[str]:
        return [pool[at].key for at in rng.permutation(len(pool))[:LIMIT]]

    return {
        "bandit": bandit(Inspector(seed)),
        "narrow prior, slow": bandit(Inspector(seed, discount=0.96, explore=0.1, spread=0.7)),
        "the same, greedy": bandit(Inspector(seed, discount=0.96, explore=0.0, spread=0.7)),
        "Thompson alone": bandit(Inspector(seed, explore=1.0)),
        "greedy, learning": bandit(Inspector(seed, explore=0.0)),
        "greedy by risk": by_risk,
        "random": random,
    }


def played(stream: Sequence[Shift], policy: Policy) -> Found:
    """A policy over a stream."""
    waiting: list[tuple[int, Result]] = []
    finds = [0, 0]
    for now, shift in enumerate(stream):
        truth = {candidate.key: illicit for candidate, illicit in shift}
        context = {candidate.key: candidate.context for candidate, _ in shift}
        known = [result for due, result in waiting if due <= now]
        for key in policy(now, [candidate for candidate, _ in shift], known):
            finds[now >= len(stream) / 2] += truth[key]
            waiting.append((now + LATE, Result(context[key], truth[key], now)))
    return Found(*finds)


def best(stream: Sequence[Shift]) -> Found:
    """Who knew everything."""
    most = [min(LIMIT, sum(illicit for _, illicit in shift)) for shift in stream]
    return Found(sum(most[: len(most) // 2]), sum(most[len(most) // 2 :]))


def hidden(seed: int, shifts: int = 120, size: int = 100, share: float = 0.03) -> list[Shift]:
    """The stream that the detector hardly sees."""
    rng = np.random.default_rng(seed)
    bad = rng.permutation(20).reshape(10, 2)[:2]
    stream: list[Shift] = []
    for now in range(shifts):
        shift: Shift = []
        for n in range(size):
            illicit = bool(rng.random() < share)
            sender = int(rng.choice(bad[int(now >= shifts / 2)])) if illicit else int(rng.integers(20))
            risk = 1 / (1 + np.exp(-rng.normal(-3.3 if illicit else -4.0, 1.0)))
            context = {RISK: log_odds(float(risk)), f"sender {sender}": 1.0, f"goods {int(rng.integers(8))}": 1.0}
            shift.append((Candidate(f"{now}-{n}", context), illicit))
        stream.append(shift)
    return stream


def joined(seed: int, shifts: int = 120, size: int = 100) -> list[Shift]:
    """The stream with a second attack."""
    rng = np.random.default_rng(seed)
    old, new = (int(one) for one in rng.permutation(20)[:2])
    stream: list[Shift] = []
    for now in range(shifts):
        shift: Shift = []
        for n in range(size):
            sender = int(rng.integers(20))
            illicit = bool(rng.random() < (0.3 if sender == old else 0.8 if sender == new and now >= shifts / 2 else 0.0))
            risk = 1 / (1 + np.exp(-rng.normal(-3.3 if illicit and sender == old else -4.0, 1.0)))
            context = {RISK: log_odds(float(risk)), f"sender {sender}": 1.0, f"goods {int(rng.integers(8))}": 1.0}
            shift.append((Candidate(f"{now}-{n}", context), illicit))
        stream.append(shift)
    return stream


def network(seed: int, shifts: int = 80, items: int = 5000) -> list[Shift]:
    """The stream of a simulated network."""
    found = simulate(30_000_000 + seed, items, share=0.03)
    risk = NetworkDetector().score_samples(found.tables)
    trail = Trail(found.tables)
    last, sender = np.full(trail.size, np.nan), np.full(trail.size, -1)
    held = trail.handled
    last[trail.item[held]] = trail.time[held]
    sender[trail.item[held]] = trail.actor[held]
    names = sorted(ATTACKS)
    early = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2].tolist())
    order = [int(code) for code in np.argsort(last, kind="stable") if not np.isnan(last[code])]
    stream: list[Shift] = []
    for now, part in enumerate(np.array_split(np.array(order), shifts)):
        shift: Shift = []
        for code in part:
            illicit = bool(found.illicit[code])
            if illicit and (str(found.kind[code]) in early) != (now < shifts / 2):
                continue
            context = {
                RISK: log_odds(float(risk[code])), f"party {int(sender[code])}": 1.0,
                f"goods {int(trail.product[code])}": 1.0,
            }  # fmt: skip
            shift.append((Candidate(str(code), context), illicit))
        stream.append(shift)
    return stream


def rows(streams: Mapping[int, list[Shift]]) -> Iterator[tuple[str, int, int]]:
    """(policy, finds before, finds after) over all streams, by their seeds."""
    for name in policies(0):
        told = [played(stream, policies(seed)[name]) for seed, stream in streams.items()]
        yield name, sum(one.before for one in told), sum(one.after for one in told)
    ideal = [best(stream) for stream in streams.values()]
    yield "who knows everything", sum(one.before for one in ideal), sum(one.after for one in ideal)


STREAMS: dict[str, Callable[[int], list[Shift]]] = {"network": network, "hidden": hidden, "joined": joined}


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--first", type=int, default=0, help="the first seed")
    asked.add_argument("--streams", nargs="+", choices=STREAMS, default=list(STREAMS))
    called = asked.parse_args()
    for name in called.streams:
        streams = {seed: STREAMS[name](seed) for seed in range(called.first, called.first + called.seeds)}
        shifts = len(streams[called.first])
        print(f"{name}: {called.seeds} streams of {shifts} shifts, {LIMIT} openings a shift, results {LATE} shifts late")
        print(f"  {'finds':<22} {'before':>7} {'after':>7} {'all':>7}")
        for policy, before, after in rows(streams):
            print(f"  {policy:<22} {before:>7} {after:>7} {before + after:>7}", flush=True)


if __name__ == "__main__":
    main()
