"""Make `model.npz`, the detector that comes with the program: python -m resources.detector.build [--networks N] [--items N]

It learns from simulated networks of very different shapes, half of them of each of the two simulators (`forecasting.simulate`,
`forecasting.simulate.pull`), with seeds that no test, no canary and no benchmark uses. Nothing here runs when the program runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from forecasting import canary, mixture, modelfile
from forecasting.design import View, look
from forecasting.judge import Effort
from forecasting.mixture import Mixture
from forecasting.simulate.network import decided, simulate
from forecasting.simulate.pull import records
from forecasting.tables import Labels

WORLDS = ((10_000_000, simulate), (20_000_000, records.simulate))  # the first seed of each simulator


def study(worlds: Sequence[int], networks: int, items: int) -> tuple[list[View], list[Labels]]:
    """So many networks of each of these WORLDS, of about so many items, as a judge learns from them."""
    views, labels = list[View](), list[Labels]()
    for number in range(networks):
        for world in worlds:
            rng, (first, simulated) = np.random.default_rng(number + 7 * world), WORLDS[world]
            size, share = items * np.exp(rng.uniform(-0.8, 0.8)), np.exp(rng.uniform(np.log(0.01), np.log(0.05)))
            network = simulated(first + number, round(size), share=share)
            views.append(look(network.tables))
            labels.append(decided(network))
    return views, labels


def learn(views: list[View], labels: list[Labels], trees: int) -> Mixture:
    """The judge of these networks alone."""
    return mixture.fit_base(views, labels, Effort(trees, 0.09, 8, 900 * len(views)), 0)


def main() -> None:
    """Simulate, learn, write."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--networks", type=int, default=40, help="of each simulator")
    asked.add_argument("--items", type=int, default=7000, help="of a network, in the middle")
    asked.add_argument("--trees", type=int, default=250)
    asked.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("model.npz"))
    called = asked.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    began = time.process_time()
    views, labels = study(range(len(WORLDS)), called.networks, called.items)
    sys.stderr.write(f"{len(views)} networks after {time.process_time() - began:.0f} s of CPU\n")
    found = learn(views, labels, called.trees)
    seeds = ", ".join(f"{first}..{first + called.networks - 1}" for first, _ in WORLDS)
    seeds += f", about {called.items} items, share 0.01 to 0.05"
    told = modelfile.write(found, called.output, {
        "networks": len(views), "simulated": seeds, "root": hashlib.sha256(seeds.encode()).hexdigest(),
    }, canary.metrics(found))  # fmt: skip
    sys.stderr.write(f"{called.output}: {called.output.stat().st_size:,} bytes, {told['model_sha256']}; "
                     f"{time.process_time() - began:.0f} s of CPU\n")  # fmt: skip


if __name__ == "__main__":
    main()
