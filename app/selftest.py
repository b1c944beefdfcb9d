"""Every part once, in a profile of its own that is thrown away: what a user of the frozen program runs when in doubt.

Each part says in one line what it did. Nothing is skipped silently and nothing is read from outside the program.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from chain.errors import WayproofError


def parts() -> Iterator[dict[str, object]]:
    """One row a part: {"part", "ok", "what", "ms"}."""
    with tempfile.TemporaryDirectory(prefix="wayproof-selftest-") as folder:
        bench = _Bench(Path(folder))
        for name, part in bench.parts():
            started = time.perf_counter()
            try:
                what, ok = part(), True
            except WayproofError as error:
                what, ok = error.diagnostics(), False
            except Exception as error:  # noqa: BLE001 - a selftest reports whatever breaks, and goes on
                what, ok = f"{type(error).__name__}: {error}", False
            yield {"part": name, "ok": ok, "what": what, "ms": round((time.perf_counter() - started) * 1000, 1)}


class _Bench:
    """The parts in their order; later ones use what earlier ones made in the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.world = folder / "demo"

    def parts(self) -> list[tuple[str, Callable[[], str]]]:
        """Names and parts."""
        return [
            ("gs1", self.gs1),
            ("keys", self.keys),
            ("chain", self.chain),
            ("labels", self.labels),
            ("decode", self.decode),
            ("verdicts", self.verdicts),
            ("forecasting", self.forecasting),
            ("window", self.window),
        ]

    def gs1(self) -> str:
        """The syntax dictionary."""
        from chain import gs1

        item = gs1.parse("]d2010950600013435221A1\x1d17270131")
        return f"parsed {item}"

    def keys(self) -> str:
        """Encryption at rest and signatures."""
        from chain.keys import recover
        from chain.keystore import Keystore

        store = Keystore.create(self.folder / "keys", "a passphrase for the selftest")
        key = store.key("device/1")
        _must(recover(bytes(32), key.sign_digest(bytes(32))) == key.address, "a signature does not recover its key")
        store.lock()
        again = Keystore.open(self.folder / "keys", "a passphrase for the selftest").key("device/1")
        _must(again.address == key.address, "the key file does not give the key back")
        return "signed, recovered, locked and opened again"

    def chain(self) -> str:
        """The embedded EVM, the contract, the sample world's history, the proofs."""
        from app import demo

        plot = demo.found(self.world)
        return f"recorded {len(plot.blocks)} blocks of fates and proved them"

    def labels(self) -> str:
        """Pictures and sheets."""
        from app import labels
        from chain import gs1
        from chain.journey import Item

        item = Item(gtin="09506000134352", serial="A1")
        label = labels.Label(item, gs1.digital_link(item), "Selftest")
        labels.png(label, self.folder / "label.png")
        pages = labels.pdf([label] * 3, self.folder / "labels.pdf")
        return f"a picture and a sheet of {pages} page"

    def decode(self) -> str:
        """The decoder's own process, on a picture and on a sheet."""
        from app.decode import decode_files

        rows = list(decode_files([str(self.folder / "label.png"), str(self.folder / "labels.pdf")]))
        found = [len(row.get("codes", ())) for row in rows]
        _must(found == [1, 3], f"read {found} codes instead of [1, 3]")
        return "read the label and the sheet back"

    def verdicts(self) -> str:
        """Every verdict code, offline, from pictures."""
        from app import demo

        rows = list(demo.table(self.world))
        wrong = [f"{row.expected.value} gave {row.got.value}" for row in rows if not row.agrees]
        _must(not wrong, "; ".join(wrong))
        return f"{len(rows)} verdicts, all as expected"

    def forecasting(self) -> str:
        """The heavy libraries of the forecasting room are here and work."""
        import logging

        logging.getLogger("prophet.plot").disabled = True  # it complains that a library of pictures is not here
        import pandas as pd
        from prophet import Prophet

        logging.getLogger("cmdstanpy").disabled = True
        frame = pd.DataFrame({"ds": pd.date_range("2026-01-01", periods=60), "y": [float(i % 7) for i in range(60)]})
        model = Prophet(weekly_seasonality=True, daily_seasonality=False, yearly_seasonality=False).fit(frame, seed=1)
        ahead = model.predict(model.make_future_dataframe(periods=7))
        return f"Prophet fitted 60 days and looked {len(ahead) - 60} ahead"

    def window(self) -> str:
        """The window's pages, painted into pictures."""
        from app.station import Station
        from app.ui.screenshots import save_screenshots

        with Station.open(self.world, offline=True) as station:
            checks = len(station.recent(100))
        pictures = save_screenshots(self.world, self.folder / "screenshots")
        return f"painted {len(list(pictures))} pictures of a profile with {checks} checks at {datetime.now(UTC):%H:%M} UTC"


def _must(ok: bool, why: str) -> None:
    if not ok:
        raise WayproofError(why)
