"""One run of the detector over everything this laptop has proven: in a thread of its own, with a connection of its own, so that
scans never wait for it. It reads; the station writes down what it found.

Proofs first: what a verdict rejects heads the queue whatever statistics says, and no risk makes a verdict better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from app.alerts import provenance
from app.alerts.case import Cause, Proof, Run, Suspect
from app.alerts.proven import ProvenLog, Watch, proven_log, unwatched
from app.alerts.tables import Gathered, gather
from app.alerts.tracing import SHOWN, Trace, signs, trace
from app.network import trust_of
from app.store import Store, dossier
from chain.evidence import Trust
from chain.journey import Item, Party, Unreadable
from chain.label import Label, read_label
from chain.policy import Situation
from chain.verdict import Code
from chain.verifier import Verifier
from forecasting.anomaly import ALERT
from forecasting.detect import NetworkDetector, Scores
from forecasting.mixture import Mixture

PROVEN = (Code.TAMPERED, Code.BAD_SIGNATURE, Code.NOT_ISSUED, Code.CLONE_PROVEN, Code.CUSTODY_BROKEN, Code.SUSPECTED)
"""Verdicts over scanned labels that are cases of their own; recalls, dates and quarantines are known and no riddle."""
SIGHTINGS = timedelta(days=90)
STALE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Assessor:
    """Judges a profile's replica. May be called from any thread."""

    profile: Path

    def run(self, watch: Watch = unwatched) -> Run:
        """Judge everything. Raises BadInput, BadProof, StoreError; and whatever `watch` raises to stop it."""
        with Store(self.profile / "wayproof.sqlite") as store:
            trust = trust_of(self.profile)
            model = provenance.judging(self.profile, store, trust)
            provenance.keep(self.profile, model.sha256)
            gathered, log = gathered_from(store, trust, watch=watch)
            judged = _Judged(store, trust, gathered, log, model.mixture, watch)
            return Run(
                at=datetime.now(UTC).replace(microsecond=0), model=model.sha256, card=dict(model.card),
                size=gathered.size, root=log.checkpoint.root, block=log.checkpoint.block, scans=gathered.scans,
                items=gathered.tables.size, events=int((gathered.entry >= 0).sum()),
                sightings=int((gathered.entry < 0).sum()), left_out=gathered.left_out, cutoff=judged.cutoff,
                risks=judged.risks(), suspects=judged.suspects(),
            )  # fmt: skip

    def again(self, run: Run, watch: Watch = unwatched) -> dict[str, tuple[float, float]]:
        """The risks of an earlier run, computed again from the log as it was then and the model that judged then.

        Raises BadInput where that model is not here any more.
        """
        mixture = provenance.model_of(self.profile, run.model)
        with Store(self.profile / "wayproof.sqlite") as store:
            trust = trust_of(self.profile)
            gathered, log = gathered_from(store, trust, run.size, run.scans, watch)
            return _Judged(store, trust, gathered, log, mixture, watch).risks()

    def again_for(self, run: Run, key: str, watch: Watch = unwatched) -> float:
        """The risk of one item of an earlier run, computed again; 0 for what that run judged by proofs alone. Raises BadInput."""
        return self.again(run, watch).get(key, (0.0, 1.0))[0]


def gathered_from(
    store: Store, trust: Trust | None, size: int | None = None, scans: int | None = None, watch: Watch = unwatched
) -> tuple[Gathered, ProvenLog]:
    """The tables of what a profile has proven, as of a size of the log and a last scan."""
    with store.reading():
        log = proven_log(store, trust, size, watch)
        return gather(log, list(store.alerts.seen(scans)), here_in(store), watch), log


def here_in(store: Store) -> Party | None:
    """The party that keeps a profile's laptop, None where that was not set."""
    gln = store.goods.setting("here")
    return next((party for party in store.goods.parties() if party.gln == gln), None) if gln else None


class _Judged:
    """The tables judged, and what is told of it."""

    def __init__(
        self, store: Store, trust: Trust | None, gathered: Gathered, log: ProvenLog, mixture: Mixture, watch: Watch
    ) -> None:
        self._store, self._trust, self._gathered, self._log, self._watch = store, trust, gathered, log, watch
        self._detector = NetworkDetector(shipped=mixture)
        self._now = datetime.now(UTC)
        self.scores: Scores | None = self._detector.predict(gathered.tables, watch) if gathered.tables.size else None
        self.flagged = self.scores.flag | (self.scores.risk >= ALERT) if self.scores is not None else np.zeros(0, bool)
        self.cutoff = float(self.scores.risk[self.flagged].min(initial=ALERT)) if self.scores is not None else ALERT

    def risks(self) -> dict[str, tuple[float, float]]:
        """(risk, p-value) of every item, by its key."""
        if self.scores is None:
            return {}
        return {
            key: (float(risk), float(p))
            for key, risk, p in zip(self.scores.items, self.scores.risk, self.scores.p_value, strict=True)
        }

    def suspects(self) -> tuple[Suspect, ...]:
        """What the detector asks about (flagged under the control of false discoveries, or rather illicit than not), and what a
        scan's proofs spoke against."""
        codes = {item.key: code for code, item in enumerate(self._gathered.items)}
        with self._store.reading():
            proven = {key: Proof(kind, code, why) for key, kind, code, why in self._store.alerts.scanned(_names(PROVEN))}
            texts = self._store.alerts.texts(list(proven))
        flagged = {int(code) for code in np.flatnonzero(self.flagged)}
        risks = {code: float(self.scores.risk[code]) for code in sorted(flagged)} if self.scores is not None else {}
        traces = trace(self._gathered, self._detector, risks, self.cutoff, self._watch) if risks else {}
        found = []
        with self._store.reading():
            for code in sorted(flagged | {codes[key] for key in proven if key in codes}):
                item = self._gathered.items[code]
                found.append(self._suspect(code, item, traces.get(code, Trace()), proven.get(item.key)))
            for key, proof in proven.items():
                label = read_label(texts[key]) if key not in codes else None
                if label is not None and not isinstance(label, Unreadable):
                    found.append(Suspect(label.item, self._product(label.item), 0.0, 1.0, False, "", (), proof))
        return tuple(found)

    def _product(self, item: Item) -> str:
        known = self._store.goods.by_key(item.key)
        return known[1] if known is not None else self._gathered.products.get(item.gtin, "")

    def _suspect(self, code: int, item: Item, traced: Trace, proof: Proof | None) -> Suspect:
        scores, entry = self.scores, self._gathered.entry
        assert scores is not None
        journey = dossier.journey(self._store, item)
        seen = self._store.scans.sightings(item.key, self._now - SIGHTINGS)
        told = signs(journey, [(one.at, one.place) for one in seen])
        flagged = bool(self.flagged[code])
        known = {cause.words for cause in told.causes}
        further = [Cause(words) for words in scores.reasons[code] if flagged and words not in known]
        causes = (*told.causes, *further)[:SHOWN]
        marked = [int(entry[row]) for row in traced.rows]
        rows = self._gathered.rows_of(code)
        claimed = self._gathered.tables.events.claimed
        entries = dict.fromkeys([*(index for cause in causes for index in cause.entries), *(e for e in marked if e >= 0)])
        scans = {*told.scans, *(float(claimed[row]) for row in traced.rows if entry[row] < 0)}
        return Suspect(
            item=item, product=self._gathered.products.get(item.gtin, ""), risk=float(scores.risk[code]),
            p_value=float(scores.p_value[code]), flagged=flagged, kind=scores.kind[code] if flagged else "",
            causes=causes, proof=proof or self._proof(item), entries=tuple(entries), scans=tuple(sorted(scans)),
            without=self._without(traced), harmless=told.harmless or self._age(),
            ties=self._ties(rows, set(entries)), newest=int(entry[rows].max(initial=-1)),
        )  # fmt: skip

    def _proof(self, item: Item) -> Proof:
        """The verdict over the item's records, as if its own label had been scanned at no place in particular."""
        assert self._trust is not None
        found = dossier.evidence(self._store, item)
        verdict = Verifier(self._trust).verify(Label("", item), found, Situation(self._now))
        return Proof(verdict.kind.value, verdict.code.value, verdict.reason)

    def _without(self, traced: Trace) -> str:
        if traced.decisive is None:
            return ""
        events, tables = self._gathered.tables.events, self._gathered.tables
        row = traced.decisive
        when = datetime.fromtimestamp(float(events.claimed[row]), UTC)
        if self._gathered.entry[row] < 0:
            return f"Without this laptop's own scan of {when:%Y-%m-%d %H:%M} UTC it would not be flagged."
        from forecasting.tables import ACTIONS

        who = tables.party_ids[events.actor[row]] if events.actor[row] >= 0 else "nobody named"
        return f"Without the {ACTIONS[events.action[row]]} by {who} of {when:%Y-%m-%d %H:%M} UTC it would not be flagged."

    def _age(self) -> str:
        age = self._now - self._log.checkpoint.at
        return f"What is known here is {age.days} days old: sync first, a missing record would explain it." if age > STALE else ""

    def _ties(self, rows: Sequence[int] | np.ndarray[tuple[int], np.dtype[np.int64]], marked: set[int]) -> tuple[str, ...]:
        """What this item may share with others: its batch, and the papers, readers and boxes of its suspicious steps."""
        events, tables, entry = self._gathered.tables.events, self._gathered.tables, self._gathered.entry
        found: dict[str, None] = {}
        for row in rows:
            if events.batch[row] >= 0:
                found[f"batch {tables.name('batch', int(events.batch[row]))}"] = None
            if int(entry[row]) in marked:
                for kind in ("shipment", "container", "device"):
                    code = int(getattr(events, kind)[row])
                    if code >= 0:
                        found[f"{kind} {tables.name(kind, code)}"] = None
        return tuple(found)


def _names(codes: Sequence[Code]) -> list[str]:
    return [code.value for code in codes]
