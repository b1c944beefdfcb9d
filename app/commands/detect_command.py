"""`wayproof detect`: networks' tables in, risks out, as DETECT_FORMAT.md says. Decides nothing about the numbers."""

from __future__ import annotations

import argparse
import codecs
import csv
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from app.console import OK
from app.whole import whole
from chain.errors import BadInput

if TYPE_CHECKING:
    from forecasting.detect import NetworkDetector, Scores
    from forecasting.tables import Tables

HEADER = ("item_id", "risk", "p_value", "flag", "kind", "reasons")


def run(called: argparse.Namespace) -> int:
    """Read, learn, score, write. 0 done (a risk only asks, so a flag is no refusal), 2 (BadInput) nothing was done."""
    train, score, output = called.train or [], called.score, called.output
    _check(called)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin on a busy machine cost forty times their work
    from forecasting import modelfile, reading
    from forecasting.detect import NetworkDetector

    detector = NetworkDetector(random_state=called.random_state, budget=called.budget)
    if called.use is not None:
        detector.shipped = modelfile.read(called.use)[0]
    networks = [_told(reading.read(folder), folder) for folder in train]
    target = _told(reading.read(score), score) if score is not None else None
    # a model that is kept learns only from what its card names, and one that is used as it is learns nothing
    usual = target if called.model is None and (networks or called.use is None) else None
    if networks or called.model is not None or usual is not None:
        detector.fit(networks, _progress, usual)
        _learned(detector, bool(networks), called.use)
    del networks
    if called.model is not None and detector.model_ is not None:
        figures = detector.metrics_ or _start(called).get("metrics")
        told = modelfile.write(detector.model_, called.model, _training(called), figures)
        sys.stderr.write(f"wayproof: the model is in {called.model} (SHA-256 {told['model_sha256']})\n")
    if target is None:
        return OK
    scores = detector.predict(target, _progress)
    write(scores, output)
    if called.json:
        _lines(scores)
    flagged = int(scores.flag.sum())
    sys.stderr.write(f"wayproof: {target.size:,} items judged, {flagged:,} flagged; the risks are in {output}\n")
    return OK


def write(scores: Scores, path: Path) -> None:
    """The risks as CSV, all or nothing. Raises StoreError where the file cannot be written."""
    with whole(path) as file:
        out = csv.writer(codecs.getwriter("utf-8")(file))
        out.writerow(HEADER)
        for row in range(len(scores.items)):
            out.writerow((
                _safe(scores.items[row]), f"{scores.risk[row]:.6g}", f"{scores.p_value[row]:.6g}", int(scores.flag[row]),
                _safe(scores.kind[row]), _safe(" | ".join(scores.reasons[row])),
            ))  # fmt: skip


def _safe(text: str) -> str:
    """An id is written as it was read; a lone surrogate, which no UTF-8 file holds, becomes a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _check(called: argparse.Namespace) -> None:
    if called.score is None and called.model is None:
        raise BadInput("Nothing to do: --score DIR asks for risks, --model OUT for a model.")
    if called.score is not None and called.output is None:
        raise BadInput("Where to? -o RISKS.csv is needed with --score.")
    for path in (called.output, called.model):
        if path is not None and path.is_dir():
            raise BadInput(f"{path} is a folder, not a file.")
        if path is not None and not path.absolute().parent.is_dir():
            raise BadInput(f"There is no folder {path.absolute().parent}.")
    folders = [folder.resolve() for folder in called.train or []]
    if len(set(folders)) != len(folders):
        raise BadInput("A folder is named twice with --train: its cases would count double.")
    if called.budget is not None and called.budget < 0:
        raise BadInput("The budget is a number of items, 0 or more.")


def _told(tables: Tables, folder: Path) -> Tables:
    """Say what was not there; the tables."""
    missing = [f"{name}.csv" for name in tables.missing if name != "labels"]
    if missing:
        sys.stderr.write(f"wayproof: {folder} has no {', '.join(missing)}; judged without\n")
    if (tables.events.action < 0).all():
        sys.stderr.write(f"wayproof: {folder / 'events.csv'} tells no action that is known: what is judged so is worth little\n")
    return tables


def _learned(detector: NetworkDetector, asked: bool, use: Path | None) -> None:
    from forecasting.mixture import FEWEST

    illicit, honest = detector.decided_
    enough, model = min(illicit, honest) >= FEWEST, detector.model_
    which = f"the model {use}" if use is not None else "the model that comes with the program"
    alone, learned = f"{which} judges alone", model is not None and model.own is not None
    few = f"{illicit} illicit and {honest} honest cases are too few to learn from; " if asked else ""
    if detector.held_back_:
        words = f"what was learned is not used, for {detector.held_back_}; {alone}"
    elif enough:
        words = f"the decided cases teach nothing that {which} does not know; it judges alone"
        if learned:
            words = f"learned from {illicit:,} illicit and {honest:,} honest cases, beside {which}"
    else:
        words = few + (f"learned what is usual in these tables, beside {which}" if learned else alone)
    sys.stderr.write(f"wayproof: {words}\n")


def _training(called: argparse.Namespace) -> dict[str, object]:
    from forecasting import modelfile

    files = [path for folder in called.train or [] for path in sorted(folder.glob("*.csv"))]
    return {
        "networks": len(called.train or []),
        "files": len(files),
        "root": modelfile.root(files),
        "start": _start(called)["model_sha256"],
        "random_state": called.random_state,
    }


def _start(called: argparse.Namespace) -> dict[str, Any]:
    """The card of the model that learning began with."""
    from forecasting import modelfile

    return modelfile.read(called.use)[1] if called.use is not None else modelfile.shipped()[1]


def _progress(stage: str, share: float) -> None:
    if sys.stderr.isatty():
        width = os.get_terminal_size(sys.stderr.fileno()).columns
        sys.stderr.write(f"\r{stage} {share:4.0%}".ljust(min(width - 1, 40)) + ("\r" if share >= 1 else ""))
        sys.stderr.flush()


def _lines(scores: Scores) -> None:
    for row in range(len(scores.items)):
        line = {
            "item_id": _safe(scores.items[row]), "risk": float(scores.risk[row]), "p_value": float(scores.p_value[row]),
            "flag": int(scores.flag[row]), "kind": scores.kind[row], "reasons": list(scores.reasons[row]),
        }  # fmt: skip
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
    sys.stdout.flush()
