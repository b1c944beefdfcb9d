"""The same call on a Dask cluster: a real scheduler and worker on the loopback, and the same numbers as at home."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecasting.demand import Forecaster, engine
from forecasting.demand.series import from_arrays


def test_a_cluster_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")
    random = np.random.default_rng(0)
    values = random.poisson(np.geomspace(1, 50, 30)[:, None], (30, 100)).astype(float)
    panel = from_arrays([f"P{i:02}" for i in range(30)], values, np.datetime64("2025-01-01"), "D")
    monkeypatch.setattr(engine, "CHUNK", 10)
    monkeypatch.setattr(engine, "PILOT", 20)
    done: list[tuple[int, int]] = []
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, host="127.0.0.1", protocol="tcp://", dashboard_address=None
    ) as cluster:
        far = Forecaster("D", horizon=7, cluster=cluster.scheduler_address)
        far.fit(panel, progress=lambda _, now, of: done.append((now, of)))
    home = Forecaster("D", horizon=7).fit(panel)
    pd.testing.assert_frame_equal(far.predict(), home.predict(), check_exact=True)
    assert done == [(1, 3), (2, 3), (3, 3)]
