"""Detection on networks never seen, beside what anybody could take off the shelf: `make bench-detect`, or with `--quick`.

Our own simulator with seeds that nothing was trained on. Classes whose crime leaves no trace are reported apart.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from forecasting import canary, clocks, judge, mixture, modelfile, rehearsal  # noqa: E402 - the thread policy is read at import
from forecasting.calibrate import calibration_error  # noqa: E402
from forecasting.design import View, look  # noqa: E402
from forecasting.mixture import Mixture  # noqa: E402
from forecasting.novelty import ecod  # noqa: E402
from forecasting.simulate.network import TRACELESS, Network, simulate  # noqa: E402
from forecasting.simulate.pull import records  # noqa: E402
from forecasting.tables import Labels, no_labels  # noqa: E402
from resources.detector import build  # noqa: E402

Array = NDArray[np.float64]
Decide = Callable[[Sequence[str]], list[Labels]]  # labels without those of some classes
RATES = (2e-4, 1e-3, 5e-3)
HEAD = [f"R@{rate:.2%}" for rate in RATES] + ["PR-AUC", "P@20", "P@100", "P@500"]
FIRST = 77_000_000  # seeds of networks to learn from; those judged come 500 later
SUPPLY_CLONES = ("clone_far", "clone_near", "replay")


@dataclass(slots=True)
class Case:
    """A network, and the truth about its items."""

    view: View
    illicit: NDArray[np.bool_]
    kind: NDArray[np.str_]

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Items that figures are made of: those whose crime leaves no trace are left out."""
        return ~np.isin(self.kind, list(TRACELESS))


def networks(first: int, count: int, items: int, share: float, world: Callable[..., Network] = simulate) -> list[Case]:
    """Simulated networks, of the first simulator or another."""
    found = []
    for seed in range(first, first + count):
        network = world(seed, items, share=share)
        found.append(Case(look(network.tables), network.illicit, network.kind))
    return found


def all_labels(cases: Sequence[Case], without: Sequence[str] = ()) -> list[Labels]:
    """Every item of the networks decided, but those whose crime leaves no trace or is of some classes."""
    found = []
    for case in cases:
        label = case.illicit.astype(np.int32)
        label[~case.counted | np.isin(case.kind, list(without))] = -1
        names = tuple(sorted(set(case.kind[label == 1].tolist())))
        code = {name: index for index, name in enumerate(names)}
        kind = np.array([code[k] if is_bad else -1 for k, is_bad in zip(case.kind.tolist(), label == 1, strict=True)], np.int32)
        found.append(Labels(label, kind, names))
    return found


def labels(cases: Sequence[Case], number: int, without: Sequence[str] = ()) -> list[Labels]:
    """`number` decided cases over all networks, a third of them illicit (people decide what looked odd); -1 else."""
    rng = np.random.default_rng(number)
    found = []
    for place, case in enumerate(cases):
        own = number // len(cases) + (place < number % len(cases))
        usable = case.counted & ~np.isin(case.kind, list(without))
        bad, good = np.flatnonzero(case.illicit & usable), np.flatnonzero(~case.illicit)
        bad = rng.permutation(bad)[: own // 3]
        good = rng.permutation(good)[: own - len(bad)]
        names = tuple(sorted(set(case.kind[bad].tolist())))
        label, kind = np.full(case.view.size, -1, np.int32), np.full(case.view.size, -1, np.int32)
        label[bad], label[good] = 1, 0
        kind[bad] = [names.index(k) for k in case.kind[bad]]
        found.append(Labels(label, kind, names))
    return found


def caught(score: Array, case: Case, rate: float, kinds: Sequence[str] = ()) -> NDArray[np.bool_]:
    """Which illicit items (of some kinds) stand above all but `rate` of the honest."""
    honest = np.sort(score[~case.illicit])[::-1]
    wanted = case.illicit & case.counted & (np.isin(case.kind, list(kinds)) if kinds else True)
    return np.asarray(score[wanted] > honest[int(rate * len(honest))], np.bool_)


def figures(scores: Sequence[Array], cases: Sequence[Case]) -> dict[str, float]:
    """The figures of one method over all networks judged."""
    from sklearn.metrics import average_precision_score

    found = {f"R@{rate:.2%}": float(np.mean(np.concatenate([caught(s, c, rate) for s, c in zip(scores, cases, strict=True)])))
             for rate in RATES}  # fmt: skip
    pairs = [(s[c.counted], c.illicit[c.counted]) for s, c in zip(scores, cases, strict=True)]
    found["PR-AUC"] = float(np.mean([average_precision_score(y, s) for s, y in pairs]))
    for top in (20, 100, 500):
        found[f"P@{top}"] = float(np.mean([y[np.argsort(-s, kind="stable")[:top]].mean() for s, y in pairs]))
    return found


def ratios(model: Mixture, cases: Sequence[Case]) -> list[Array]:
    """Our scores."""
    return [model.ratio(*model.opinions(case.view)) for case in cases]


def learned(
    start: Mixture, train: Sequence[Case], told: Sequence[Labels], test: Sequence[Case], rehearsed: Sequence[judge.Case] | None
) -> Mixture:
    """The model after these labels; of the networks that are judged it learns what is usual, as `wayproof detect` does."""
    views, unknown = [case.view for case in (*train, *test)], [no_labels(case.view.size) for case in test]
    return mixture.fit(start, views, [*told, *unknown], judge.Effort(), 0, rehearsed=rehearsed)


def error(scores: Sequence[Array], cases: Sequence[Case]) -> float:
    """Mean calibration error of our probabilities."""
    return float(np.mean([calibration_error(mixture.probability(s)[c.counted], c.illicit[c.counted])
                          for s, c in zip(scores, cases, strict=True)]))  # fmt: skip


def opponents(train: Sequence[Case], told: Sequence[Labels], test: Sequence[Case]) -> Iterator[tuple[str, list[Array]]]:
    """What anybody could take off the shelf, on the same features."""
    from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    plain = [case.view.base[:, : case.view.base.shape[1] // 2] for case in test]
    yield "IsolationForest, no labels", [-IsolationForest(random_state=0).fit(x).score_samples(x) for x in plain]
    yield "ECOD, no labels", [ecod(x) for x in plain]
    rows = [np.flatnonzero(own.label >= 0) for own in told]
    width = plain[0].shape[1]
    x = np.concatenate([case.view.base[r, :width] for case, r in zip(train, rows, strict=True)])
    y = np.concatenate([own.label[r] for own, r in zip(told, rows, strict=True)])
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000, class_weight="balanced")).fit(x, y)
    yield f"logistic regression, {len(y):,} labels", [linear.decision_function(p) for p in plain]
    trees = HistGradientBoostingClassifier(random_state=0, early_stopping=False).fit(x, y)
    yield f"boosted trees, {len(y):,} labels", [trees.decision_function(p) for p in plain]


def show(name: str, row: dict[str, float], more: str = "") -> None:
    """One line of the table."""
    print(f"| {name} | " + " | ".join(f"{v:.3f}" for v in row.values()) + f" | {more} |", flush=True)


def left_out(learn: Callable[[Sequence[str]], list[Array]], test: Sequence[Case], groups: int, tried: int | None = None) -> float:
    """Recall at 0.1 % on classes that were not among the labels; a group at a time, all or so many of the groups."""
    kinds = sorted({str(k) for c in test for k in c.kind[c.illicit & c.counted]})
    hits = []
    for group in range(groups if tried is None else tried):
        out = kinds[group::groups]
        hits += [caught(s, c, 1e-3, out) for s, c in zip(learn(out), test, strict=True)]
    return float(np.mean(np.concatenate(hits)))


def uncorrected(test: Sequence[Case], model: Mixture) -> list[Array]:
    """Our scores where clocks are believed as they are."""
    with mock.patch.object(clocks, "_offsets", lambda device, recorded, lag: np.zeros(len(lag))):
        blind = [replace_view(case) for case in test]
    return ratios(model, blind)


def replace_view(case: Case) -> Case:
    """The case, looked at again."""
    return replace(case, view=look(case.view.trail.tables))


def large(items: int) -> int:
    """Time `wayproof detect` from CSV to CSV on one big network: trained with 3,000 labels and scored."""
    import resource
    import tempfile

    from app.cli import main as wayproof
    from forecasting.simulate.export import write

    network = simulate(FIRST - 1, items, share=0.015)
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "network", Path(place) / "risks.csv"
        rng = np.random.default_rng(0)
        bad, good = (rng.permutation(np.flatnonzero(network.illicit == is_bad)) for is_bad in (True, False))
        write(network, folder, np.concatenate([bad[:1000], good[:2000]]).tolist())
        wall, cpu = time.time(), time.process_time()
        status = wayproof(["detect", "--train", str(folder), "--score", str(folder), "-o", str(out)])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"{len(network.tables.events):,} events, {network.tables.size:,} items: {time.time() - wall:.0f} s, "
              f"{time.process_time() - cpu:.0f} s of CPU, {peak:.2f} GB")  # fmt: skip
    return status


def abroad(name: str, start: Mixture, train: Sequence[Case], test: Sequence[Case], beside: Sequence[judge.Case]) -> None:
    """What a model of elsewhere is worth in a world it never saw, and what its labels add; left out: a third of the classes."""

    def row(words: str, learn: Callable[[Sequence[str]], list[Array]], *, ours: bool = True) -> None:
        scores = learn(())
        left = left_out(learn, test, 3, 1)
        show(words, figures(scores, test) | {"left out": left}, f"{error(scores, test):.4f}" if ours else "")

    bare = ratios(start, test)
    row(f"{name} | none, the model as it is", lambda out: bare)
    unlabelled = ratios(learned(start, [], [], test, beside), test)
    row(f"{name} | none", lambda out: unlabelled)
    few, every = partial(labels, train, 3000), partial(all_labels, train)
    for words, decide in (("3,000", few), ("all", every)):
        row(f"{name} | {words}", partial(_told, start, train, test, beside, decide))
        row(f"nothing (boosted trees) | {words}", partial(_trees, train, test, decide), ours=False)


def _told(
    start: Mixture, train: Sequence[Case], test: Sequence[Case], beside: Sequence[judge.Case] | None, decide: Decide,
    out: Sequence[str],
) -> list[Array]:  # fmt: skip
    return ratios(learned(start, train, decide(out), test, beside), test)


def _trees(train: Sequence[Case], test: Sequence[Case], decide: Decide, out: Sequence[str]) -> list[Array]:
    return list(opponents(train, decide(out), test))[-1][1]


def worlds(count: int, trees: int, home: int) -> int:
    """A model that knows one simulator's world only (0 or 1), in the other's, of which nothing is rehearsed: the nearest thing to
    networks that nobody here has seen."""
    began, world = time.time(), (records.simulate, simulate)[home]
    print("| learned from | labels of the judged world | " + " | ".join(HEAD) + " | left out | calibration error |")
    print("|" + "---|" * (len(HEAD) + 4))
    start, beside = build.learn(*build.study((home,), count, 5000), trees), rehearsal.cases((home,))
    train, test = networks(FIRST + 800, 3, 10_000, 0.02, world), networks(FIRST + 900, 2, 12_000, 0.02, world)
    abroad(("first", "second")[home], start, train, test, beside)
    print(f"\n{time.time() - began:.0f} s")
    return 0


def poison() -> int:
    """What poisoned cases do to a learned model, on the canary: illicit items told as honest, as many honest as illicit."""
    shipped = modelfile.shipped()[0]
    train = [c for world in (simulate, records.simulate) for c in networks(FIRST + 700, 2, 3000, 0.06, world)]
    floor = canary.metrics(shipped)
    print("| poisoned cases | own share | PR-AUC | recall | calibration error | promoted |\n|---|---|---|---|---|---|")
    print("| (the shipped model) |  | " + " | ".join(f"{v:.3f}" for v in floor.values()) + " |  |")
    for part in (0.0, 0.05, 0.3):
        told = labels(train, 3000)
        for own in told:
            lies = round(part * (own.label >= 0).sum())
            bad = np.flatnonzero(own.label == 1)[: lies // 2 + lies % 2]
            good = np.flatnonzero(own.label == 0)[: lies // 2]
            own.label[bad], own.label[good] = 0, 1
        model = mixture.fit(shipped, [c.view for c in train], told, judge.Effort(), 0)
        found = canary.metrics(model)
        row = " | ".join(f"{v:.3f}" for v in found.values())
        print(f"| {part:.0%} | {model.share:.2f} | {row} | {canary.worse(found, floor) or 'yes'} |", flush=True)
    return 0


def main() -> int:
    """Print the tables."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true", help="small networks: minutes instead of an hour")
    asked.add_argument("--large", type=int, metavar="ITEMS", help="only time one network (95000 items are a million events)")
    asked.add_argument("--worlds", type=int, metavar="N", help="only a model of N networks of one world in the other")
    asked.add_argument("--poison", action="store_true", help="only what poisoned cases do, on the canary")
    asked.add_argument("--pulled", action="store_true", help="networks of the second simulator (--worlds: to learn from)")
    called = asked.parse_args()
    if called.poison:
        return poison()
    if called.worlds is not None:
        return worlds(called.worlds, 120, int(called.pulled))
    if called.large is not None:
        return large(called.large)
    began = time.time()
    count, items, judged, size, groups = (3, 4000, 2, 10_000, 2) if called.quick else (6, 15_000, 4, 40_000, 5)
    world = records.simulate if called.pulled else simulate
    train, test = networks(FIRST, count, items, 0.06, world), networks(FIRST + 500, judged, size, 0.015, world)
    shipped = modelfile.shipped()[0]
    illicit = sum(int((c.illicit & c.counted).sum()) for c in test)
    print(f"{count} networks of {items:,} items to learn from; {judged} never seen of {size:,} ({illicit} illicit, "
          f"{sum(int((c.illicit & ~c.counted).sum()) for c in test)} more without a trace)\n")  # fmt: skip
    ours: dict[int, list[Array]] = {}
    print("| method | " + " | ".join(HEAD) + " | calibration error |\n|" + "---|" * (len(HEAD) + 2))
    show(
        "the shipped model as it is, 0 labels", figures(ratios(shipped, test), test), f"{error(ratios(shipped, test), test):.4f}"
    )
    for number in (0, 30, 300, 3000):
        ours[number] = ratios(learned(shipped, train, labels(train, number), test, None), test)
        show(f"Wayproof, {number:,} labels", figures(ours[number], test), f"{error(ours[number], test):.4f}")
    for name, scores in opponents(train, labels(train, 3000), test):
        show(name, figures(scores, test), "")
    show("the shipped model, clocks believed", figures(uncorrected(test, shipped), test), "")
    print(f"\nclasses absent from the labels (recall at 0.1 %, 3,000 labels, {groups} groups):")

    few = partial(labels, train, 3000)
    ours_left = left_out(partial(_told, shipped, train, test, None, few), test, groups)
    print(f"Wayproof {ours_left:.3f}, boosted trees {left_out(partial(_trees, train, test, few), test, groups):.3f}")
    print("\n| class | items | " + " | ".join(f"{n:,} labels" for n in ours) + " |\n|" + "---|" * (len(ours) + 2))
    for kind in sorted({str(k) for c in test for k in c.kind[c.illicit & c.counted]}):
        hit = [np.concatenate([caught(s, c, 1e-3, (kind,)) for s, c in zip(ours[n], test, strict=True)]) for n in ours]
        print(f"| {kind} | {len(hit[0])} | " + " | ".join(f"{h.mean():.2f}" for h in hit) + " |")
    clones = [np.concatenate([caught(s, c, 1e-3, SUPPLY_CLONES) for s, c in zip(ours[n], test, strict=True)]) for n in ours]
    print("| supply-side clones | " + f"{len(clones[0])} | " + " | ".join(f"{h.mean():.2f}" for h in clones) + " |")
    print(f"\n{time.time() - began:.0f} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
