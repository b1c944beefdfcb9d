"""`wayproof model`: learn from decided cases, choose the model that judges, vouch for one on the contract, check who did."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from app.alerts import provenance
from app.console import NOT_GENUINE, OK, existing_file, put, say
from app.network.arguments import passphrase_from
from app.station import Station
from app.whole import write_whole
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof model learn`, `use|anchor|verify FILE`; FILE is ``shipped`` for the model that comes with the program."""
    if called.doing == "learn":
        return _learn(called)
    path = None if called.file == provenance.SHIPPED else existing_file(called.file)
    if called.doing == "use":
        return _use(called, path)
    told = provenance.statement(provenance.read_model(path)[1])
    return {"anchor": _anchor, "verify": _verify}[called.doing](called, told)


def _learn(called: argparse.Namespace) -> int:
    """Learn from the decided cases, and judge by what passed. 1 where nothing was learned, or it has to be anchored first."""
    from app.alerts.alerts import Alerts
    from app.desk.desk import Desk

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin on a busy machine cost forty times their work
    with Station.open(called.profile, offline=True) as station:
        alerts = Alerts(station, Desk(station))
        learned = alerts.learner().learn(_Stages())
        judges = bool(learned.sha256) and alerts.use(learned)
    row = {
        "model_sha256": learned.sha256, "judges": judges, "illicit": learned.illicit, "honest": learned.honest,
        "young": learned.young, "unknown": learned.unknown, "before": dict(learned.before), "after": dict(learned.after),
        "told": list(learned.told),
    }  # fmt: skip
    path = provenance.kept(called.profile, learned.sha256)
    last = "It judges from now on." if judges else f"It judges as soon as it is anchored: wayproof model anchor {path}"
    put(row, called.json, " ".join((*learned.told, *([last] if learned.sha256 else []))))
    return OK if judges else NOT_GENUINE


class _Stages:
    """Names each stage once, on standard error."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, stage: str, share: float) -> None:
        """So much of a stage is done."""
        del share
        if stage != self._last:
            self._last = stage
            say(f"wayproof: {stage}")


def _use(called: argparse.Namespace, path: Path | None) -> int:
    """Judge by a model from now on. 1 where it has to be anchored first."""
    with Station.open(called.profile, offline=True) as station:
        sha256 = str(provenance.read_model(path)[1]["model_sha256"])
        if path is None:
            provenance.use_shipped(called.profile, station.store, station.trust)
            judges = True
        else:
            write_whole(provenance.kept(called.profile, sha256), path.read_bytes())
            judges = provenance.use(called.profile, sha256, station.store, station.trust)
    words = "it judges from now on" if judges else "your network lets only anchored models judge: it waits for that"
    put({"source": called.file, "model_sha256": sha256, "judges": judges}, called.json, f"{words}: {sha256}")
    return OK if judges else NOT_GENUINE


def _anchor(called: argparse.Namespace, told: dict[str, object]) -> int:
    """Record the model's digest with this station's device. Raises BadInput where it stands there already."""
    from app.network import Network

    if not (called.profile / "trust.json").exists():
        raise BadInput("This profile belongs to no network yet: run `wayproof demo`, join one, or import a file first.")
    with Station.open(called.profile) as station:
        network = Network.open(called.profile, passphrase_from(called))
        station.join(network)
        return _tell(called, told, provenance.anchor(station, told))


def _verify(called: argparse.Namespace, told: dict[str, object]) -> int:
    """Prove from what this laptop holds who anchored the model."""
    with Station.open(called.profile, offline=True) as station:
        with station.store.reading():
            anchor = provenance.anchor_of(station.store, station.trust, provenance.digest(told))
        return _tell(called, told, anchor)


def _tell(called: argparse.Namespace, told: dict[str, object], anchor: provenance.Anchor | None) -> int:
    digest = provenance.digest(told)
    row = {
        "source": called.file, "digest": digest.hex(), **told, "anchored": anchor is not None,
        "by": anchor.who if anchor else "", "block": anchor.block if anchor else 0,
        "at": anchor.at.isoformat() if anchor and anchor.at else "",
    }  # fmt: skip
    words = f"nobody has anchored this model ({digest.hex()}) on your network"
    if anchor is not None:
        words = f"anchored by {anchor.who} in block {anchor.block:,}: {digest.hex()}"
    put(row, called.json, words)
    return OK if anchor is not None else NOT_GENUINE
