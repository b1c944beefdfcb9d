"""Make `model.npz`, the detector that comes with the program: python -m resources.detector.build [--networks N] [--items N]

It learns from simulated networks of very different shapes (`forecasting.simulate`), with seeds that no test and no benchmark
uses. Nothing here runs when the program runs.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

import numpy as np

from forecasting import mixture, modelfile
from forecasting.design import View, look
from forecasting.judge import Effort
from forecasting.simulate.network import TRACELESS, Network, simulate
from forecasting.tables import Labels

FIRST_SEED = 10_000_000


def truth(network: Network) -> Labels:
    """Every item decided, but those whose crime leaves no trace: they would teach that anybody is guilty."""
    label = np.where(network.illicit, 1, 0).astype(np.int32)
    label[np.isin(network.kind, list(TRACELESS))] = -1
    kinds = tuple(sorted(set(network.kind[network.illicit].tolist()) - TRACELESS))
    code = {name: index for index, name in enumerate(kinds)}
    return Labels(label, np.array([code.get(str(name), -1) for name in network.kind], np.int32), kinds)


def main() -> None:
    """Simulate, learn, write."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--networks", type=int, default=64)
    asked.add_argument("--items", type=int, default=7000, help="of a network, in the middle")
    asked.add_argument("--trees", type=int, default=250)
    asked.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("model.npz"))
    called = asked.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    began, views, labels = time.process_time(), list[View](), list[Labels]()
    for number in range(called.networks):
        rng = np.random.default_rng(number)
        items, share = called.items * np.exp(rng.uniform(-0.8, 0.8)), np.exp(rng.uniform(np.log(0.01), np.log(0.05)))
        network = simulate(FIRST_SEED + number, round(items), share=share)
        views.append(look(network.tables))
        labels.append(truth(network))
    sys.stderr.write(f"{called.networks} networks after {time.process_time() - began:.0f} s of CPU\n")
    found = mixture.fit_base(views, labels, Effort(called.trees, 0.07, 16, 900 * called.networks), 0)
    seeds = f"{FIRST_SEED}..{FIRST_SEED + called.networks - 1}, about {called.items} items, share 0.01 to 0.05"
    told = modelfile.write(found, called.output, {
        "networks": called.networks, "simulated": seeds, "root": hashlib.sha256(seeds.encode()).hexdigest(),
    })  # fmt: skip
    sys.stderr.write(f"{called.output}: {called.output.stat().st_size:,} bytes, {told['model_sha256']}; "
                     f"{time.process_time() - began:.0f} s of CPU\n")  # fmt: skip


if __name__ == "__main__":
    main()
