"""Learning from what was decided here: another model, from journeys that are proven and aged, behind two gates.

It takes no place by itself: what it brings is said in words, and it is kept with the hashes of all that it came from. Nothing is
learned from what was recorded within the last `AGED`: a history that somebody makes up to be learned from has to stand that long,
and late records, recalls and returns come in meanwhile.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import orjson

from app.alerts import provenance
from app.alerts.assessing import here_in
from app.alerts.proven import ProvenLog, Watch, proven_log, unwatched
from app.alerts.tables import Gathered, gather
from app.exchange.spreadsheet import safe
from app.network import trust_of
from app.store import Store
from app.store.alerts import Seen
from app.whole import write_whole
from chain import merkle
from forecasting.anomaly import ALERT
from forecasting.detect import FALSE_DISCOVERIES, NetworkDetector
from forecasting.mixture import FEWEST
from forecasting.tables import Labels, Tables

if TYPE_CHECKING:
    from forecasting.mixture import Mixture

AGED = timedelta(days=14)
LABELS = ("item_id", "label", "attack_class", "onset_time")


@dataclass(frozen=True, slots=True)
class Example:
    """A decided case: the item's key, 1 illicit or 0 honest, the class of attack ("" where honest or not told), and when this
    laptop saw what the case rested on (unix seconds)."""

    key: str
    label: int
    kind: str = ""
    scans: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of learning.

    `sha256` is the hash of the model, "" where none was kept; `told` says in sentences what it brought, or why there is none.
    `illicit` and `honest` cases were learned from; `young` ones wait, and the items of `unknown` ones are not proven here.
    `before` and `after` are figures on the canary.
    """

    sha256: str
    told: tuple[str, ...]
    illicit: int
    honest: int
    young: int
    unknown: int
    before: Mapping[str, float]
    after: Mapping[str, float]


def labels_csv(examples: Sequence[Example]) -> bytes:
    """labels.csv (DETECT_FORMAT) of decided cases."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(LABELS)
    out.writerows((safe(one.key), one.label, safe(one.kind), "") for one in examples)
    return text.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Learner:
    """Learns from a profile's replica and decided cases. May be called from any thread or process."""

    profile: Path
    examples: tuple[Example, ...]

    def learn(self, watch: Watch = unwatched) -> Learned:
        """Learn, try, keep what passed. Raises BadInput, BadProof, StoreError; and whatever `watch` raises to stop it."""
        with Store(self.profile / "wayproof.sqlite") as store:
            trust = trust_of(self.profile)
            judges = provenance.judging(self.profile, store, trust)
            provenance.keep(self.profile, judges.sha256)
            start, began_with = self._start(judges)
            with store.reading():
                log = proven_log(store, trust, watch=watch)
                size, scans = _aged(log, list(store.alerts.seen()))
                gathered = gather(log, scans, here_in(store), watch, size)
                root = store.replica.tiles().root(size)
        used, young = self._usable(gathered, log)
        tables = replace(gathered.tables, labels=_labels(gathered.tables, used))
        illicit, honest = (sum(one.label == label for one in used) for label in (1, 0))
        unknown = len(self.examples) - len(used) - young
        counts = (illicit, honest, young, unknown)
        if min(illicit, honest) < FEWEST:
            return Learned("", (_too_few(illicit, honest), *_left(young, unknown)), *counts, {}, {})
        detector = NetworkDetector(shipped=start).fit([tables], watch)
        after, before = detector.metrics_, _figures(judges.card)
        if detector.held_back_:
            why = f"What was learned is not used, because of networks whose attacks are known: {detector.held_back_}."
            return Learned("", (why, *_left(young, unknown)), *counts, before, {})
        assert detector.model_ is not None
        if detector.model_.own is None:
            why = "What was decided teaches nothing that the model does not know: it stays as it is."
            return Learned("", (why, *_left(young, unknown)), *counts, before, {})
        watch("comparing", 0.0)
        asked = _asked(tables, (judges.mixture, detector.model_))
        training = {
            "networks": 1, "items": tables.size, "illicit": illicit, "honest": honest, "log_size": size, "log_root": root.hex(),
            "root": _root(root, used, scans), "start": began_with, "random_state": detector.random_state,
        }  # fmt: skip
        sha256 = self._kept(detector.model_, training, after, used)
        told = (*_brought(illicit, honest, before, after), _asks(tables, *asked), *_left(young, unknown))
        return Learned(sha256, told, *counts, before, after)

    def _start(self, judges: provenance.Judging) -> tuple[Mixture, str]:
        """The model to begin with, and its hash: the one that judges or, where that was learned here, the one that it began with.

        So nobody can lead a model astray in many small steps, each within what the canary lets pass.
        """
        training = judges.card["training"]
        assert isinstance(training, Mapping)
        if "log_root" not in training:
            return judges.mixture, judges.sha256
        began_with = str(training["start"])
        return provenance.model_of(self.profile, began_with), began_with

    def _usable(self, gathered: Gathered, log: ProvenLog) -> tuple[list[Example], int]:
        """The cases to learn from, and how many wait: something was recorded or seen since then that they may rest on."""
        last = log.checkpoint.at.timestamp() - AGED.total_seconds()
        known = set(gathered.tables.items)
        waits = {one for one in self.examples if one.key in gathered.later or any(at > last for at in one.scans)}
        return [one for one in self.examples if one.key in known and one not in waits], len(waits)

    def _kept(self, model: Mixture, training: Mapping[str, object], figures: Mapping[str, float], used: Sequence[Example]) -> str:
        """Keep a model with its card, and beside it the cases it was learned from; the hash of its numbers."""
        from forecasting import modelfile

        sha256 = modelfile.digest(modelfile.numbers(model))
        path = provenance.kept(self.profile, sha256)
        write_whole(path.with_suffix(".labels.csv"), labels_csv(used))
        modelfile.write(model, path, training, figures)
        return sha256


def _aged(log: ProvenLog, scans: Sequence[Seen]) -> tuple[int, list[Seen]]:
    """How many entries of the log, and which scans, are old enough, seen from the checkpoint's time, which is proven."""
    last = log.checkpoint.at - AGED
    young = next((entry.index for entry in log.entries if entry.record_time > last.timestamp()), None)
    return log.checkpoint.size if young is None else young, [one for one in scans if one.at <= last]


def _labels(tables: Tables, used: Sequence[Example]) -> Labels:
    code = {key: place for place, key in enumerate(tables.items)}
    kinds = sorted({one.kind for one in used if one.label == 1 and one.kind})
    label, kind = np.full(tables.size, -1, np.int32), np.full(tables.size, -1, np.int32)
    for one in used:
        label[code[one.key]] = one.label
        if one.label == 1 and one.kind:
            kind[code[one.key]] = kinds.index(one.kind)
    return Labels(label, kind, tuple(kinds))


def _root(log_root: bytes, used: Sequence[Example], scans: Sequence[Seen]) -> str:
    """What a model was learned from: a Merkle root (RFC 6962) over the SHA-256 of the log's root, of labels.csv, of the scans."""
    seen = orjson.dumps([[one.key, one.at.timestamp(), one.place.gln, one.place.lat, one.place.lon] for one in scans])
    leaves = [hashlib.sha256(part).digest() for part in (log_root, labels_csv(used), seen)]
    return merkle.root(map(merkle.leaf_hash, leaves)).hex()


def _asked(tables: Tables, models: Sequence[Mixture]) -> tuple[int, int]:
    """How many items that nobody decided about each of two models asks about."""
    from forecasting import mixture
    from forecasting.calibrate import false_discovery
    from forecasting.design import look

    view = look(tables)
    found = []
    for model in models:
        risk = mixture.probability(model.ratio(*model.opinions(view)))
        flag = false_discovery(risk, FALSE_DISCOVERIES) | (risk >= ALERT)
        found.append(int((flag & (tables.labels.label < 0)).sum()))
    return found[0], found[1]


def _figures(card: Mapping[str, object]) -> dict[str, float]:
    told = card.get("metrics")
    return {name: float(value) for name, value in told.items()} if isinstance(told, Mapping) else {}


def _too_few(illicit: int, honest: int) -> str:
    return (
        f"Learning needs {FEWEST} counterfeit and {FEWEST} genuine cases that are old enough: there are {illicit} counterfeit and"
        f" {honest} genuine ones."
    )


def _left(young: int, unknown: int) -> list[str]:
    told = []
    if young:
        told.append(f"Decided cases that wait until nothing new was recorded about them for {AGED.days} days: {young}.")
    if unknown:
        told.append(f"Decided cases whose records here are not proven, and that nothing is learned from: {unknown}.")
    return told


def _brought(illicit: int, honest: int, before: Mapping[str, float], after: Mapping[str, float]) -> list[str]:
    told = [
        f"Learned from {illicit} counterfeit and {honest} genuine cases: it ranks them better than the model it began with, each"
        " of them judged without having been learned from."
    ]
    if "recall" in before and "recall" in after:
        told.append(
            f"On networks whose attacks are known it finds {_percent(after['recall'])} % of them, at 5 false alarms in 1,000"
            f" goods; the model before found {_percent(before['recall'])} %."
        )
    return told


def _asks(tables: Tables, before: int, after: int) -> str:
    undecided = int((tables.labels.label < 0).sum())
    return f"Of {undecided:,} goods that nobody decided about, it asks about {after:,}; the model before asked about {before:,}."


def _percent(share: float) -> str:
    return f"{100 * share:.1f}"
