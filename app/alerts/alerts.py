"""The alerts of an open station: the queue, what people decide, figures, labels for training, today's inspections.

Nothing here changes a verdict: a decision is a person's word beside the proofs, and a label for the next model.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.alerts import exporting, picking, provenance
from app.alerts.assessing import SIGHTINGS, Assessor
from app.alerts.case import Alert, Decided, Decision, Figures, Run
from app.alerts.learning import Example, Learned, Learner, labels_csv
from app.alerts.picking import Picked
from app.store import dossier
from app.whole import write_whole
from chain.errors import BadInput
from chain.journey import Journey, Place

if TYPE_CHECKING:
    from app.desk.desk import Desk
    from app.station import Station

MOST_ALIKE = 200  # similar cases that are looked at, the newest
LATEST = 100  # decided cases that precision is counted over
LONGEST_NOTE = 4_000  # characters
LARGEST_PHOTO = 64_000_000  # bytes
PHOTOS = "photos"


@dataclass(frozen=True, slots=True)
class Kept:
    """What an alert was raised from, to compute it again: who judges, the run (without risks), the item's key, its risk then."""

    assessor: Assessor
    run: Run
    key: str
    risk: float


@dataclass(frozen=True, slots=True)
class Teaching:
    """Decided cases to learn from, whether a model other than the shipped one is here, and whether one waits to be anchored."""

    illicit: int
    honest: int
    own: bool
    waits: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as a person looks at it: the alert, the item's proven journey, this laptop's own sightings (aware UTC, place), and
    similar cases, the closest first."""

    alert: Alert
    journey: Journey
    sightings: tuple[tuple[datetime, Place], ...] = ()
    similar: tuple[Alert, ...] = ()

    @property
    def alike(self) -> tuple[Alert, ...]:
        """Similar cases that nobody has answered and that are asked about for the same cause: one answer may do for all."""
        return tuple(one for one in self.similar if not one.answered and one.cause == self.alert.cause)


class Alerts:
    """The alerts of an open station; used from the station's thread, but for what `assessor` gives.

    Args:
        station: the open profile.
        desk: whose people decide, and whose trail says so.
    """

    def __init__(self, station: Station, desk: Desk) -> None:
        self._station = station
        self._desk = desk
        self._rows = station.store.alerts

    # ---- judging -------------------------------------------------------------------------------------------------------

    def assessor(self) -> Assessor:
        """What judges the whole replica, in any thread."""
        return Assessor(self._station.profile)

    def keep(self, run: Run) -> None:
        """Write down what a run found. Raises StoreError."""
        with self._station.store.transaction():
            self._rows.keep_run(run)

    def last_run(self, risks: bool = True) -> Run | None:
        """The newest run, with every item's risk or without; None where the detector was never asked here."""
        with self._station.store.reading():
            found = self._rows.run(risks=risks)
        return found[1] if found is not None else None

    # ---- the queue -----------------------------------------------------------------------------------------------------

    def queue(self) -> list[Alert]:
        """Open alerts: what the proofs reject first, then by risk times worth."""
        with self._station.store.reading():
            found = self._rows.alerts()
        return sorted(found, key=lambda alert: (not alert.proven_bad, -alert.at_stake, alert.suspect.item.key))

    def decided(self) -> list[Alert]:
        """Alerts that people came to an answer on, the newest first."""
        with self._station.store.reading():
            return self._rows.alerts("decided")[::-1]

    def case(self, number: int) -> Opened:
        """An alert with all that is known of it. Raises BadInput where it is not here."""
        store = self._station.store
        with store.reading():
            alert = self._alert(number)[0]
            item = alert.suspect.item
            journey = dossier.journey(store, item)
            seen = store.scans.sightings(item.key, datetime.now(UTC) - SIGHTINGS)
            others = self._rows.alike(alert, MOST_ALIKE)
        return Opened(alert, journey, tuple((one.at, one.place) for one in seen), _similar(alert, others))

    def _alert(self, number: int) -> tuple[Alert, int]:
        found = self._rows.alert(number)
        if found is None:
            raise BadInput("This alert is not here any more.")
        return found

    def kept(self, number: int) -> Kept:
        """What an alert was raised from. Raises BadInput where it is not here."""
        with self._station.store.reading():
            alert, run = self._alert(number)
            found = self._rows.run(run, risks=False)
        assert found is not None
        return Kept(self.assessor(), found[1], alert.suspect.item.key, alert.suspect.risk)

    # ---- deciding ------------------------------------------------------------------------------------------------------

    def decide(self, number: int, decision: Decision, note: str = "", photo: Path | None = None) -> None:
        """Keep what a person found, with a note and a photo, and write it into the audit trail.

        Raises BadInput on an alert that is not here, a note that is too long, a photo that cannot be read.
        """
        with self._station.store.reading():
            alert = self._alert(number)[0]
        if len(note) > LONGEST_NOTE:
            raise BadInput(f"A note has at most {LONGEST_NOTE:,} letters.")
        kept, photo_hash = self._photo(photo) if photo is not None else ("", "")
        decided = Decided(
            datetime.now(UTC).replace(microsecond=0), self._desk.shift.name, decision, note.strip(), kept, photo_hash,
            alert.suspect.risk, alert.model,
        )  # fmt: skip
        with self._station.store.transaction():
            self._rows.decide(number, decided)
            evidence = f"photo {photo_hash}" if photo_hash else ""
            self._desk.trail.log(decided.by, f"decided an alert: {decision.value}", alert.suspect.item.key, evidence)

    def _photo(self, path: Path) -> tuple[str, str]:
        """A copy of a photo in the profile, named by its SHA-256; (path, hash)."""
        try:
            if path.stat().st_size > LARGEST_PHOTO:
                raise BadInput(f"{path} is larger than a photo may be (64 MB).")
            data = path.read_bytes()
        except OSError as error:
            raise BadInput(f"The photo {path} cannot be read: {error.strerror or error}.") from error
        found = hashlib.sha256(data).hexdigest()
        kept = self._station.profile / PHOTOS / f"{found}{path.suffix.lower()[:8]}"
        write_whole(kept, data)
        return str(kept), found

    def set_worth(self, gtin: str, amount: float) -> None:
        """What one unit of these goods is worth. Raises BadInput unless it is a positive amount."""
        if not 0 < amount < 1e12:
            raise BadInput("The worth of a unit is an amount above nothing.")
        with self._station.store.transaction():
            self._rows.set_worth(gtin, amount)

    # ---- figures and labels --------------------------------------------------------------------------------------------

    def figures(self) -> Figures:
        """How many alerts there are, and how many were right."""
        with self._station.store.reading():
            found = self._rows.run(risks=False)
            decided = [one for _, one in self._rows.decided() if one.decision is not Decision.UNSURE][-LATEST:]
            opened = self._rows.opened()
            flagged = self._rows.flagged(found[0]) if found is not None else 0
        right = sum(one.decision is Decision.COUNTERFEIT for one in decided)
        run = found[1] if found is not None else None
        return Figures(
            open=opened, flagged=flagged, items=run.items if run else 0, scans=run.events + run.sightings if run else 0,
            precision=right / len(decided) if decided else None, decided=len(decided),
        )  # fmt: skip

    def labels(self) -> list[Example]:
        """Every case that a person came to an answer on, by a decision or by opening it."""
        with self._station.store.reading():
            decided, opened = self._rows.decided(), self._rows.inspections()
        found = {one.key: Example(one.key, int(bool(one.outcome))) for one in opened}
        for suspect, one in decided:
            if one.decision is not Decision.UNSURE:
                kind = suspect.kind if one.decision is Decision.COUNTERFEIT else ""
                found[suspect.item.key] = Example(suspect.item.key, one.decision.label, kind, suspect.scans)
        return list(found.values())

    def write_labels(self, path: Path) -> int:
        """Write labels.csv (DETECT_FORMAT); how many cases it holds. Raises StoreError."""
        rows = self.labels()
        write_whole(path, labels_csv(rows))
        return len(rows)

    def export(self, number: int, folder: Path) -> list[Path]:
        """Write a case as JSON and CSV beside its evidence file and its photos; the files. Raises BadInput, StoreError."""
        with self._station.store.reading():
            alert, number = self._alert(number)
            run = self._rows.run(number, risks=False)
        assert run is not None
        return exporting.write(self._station, alert, run[1], folder)

    # ---- the model -----------------------------------------------------------------------------------------------------

    def model(self) -> provenance.Judging:
        """The model that judges here, its card and its anchor. Raises BadInput, BadProof."""
        with self._station.store.reading():
            return provenance.judging(self._station.profile, self._station.store, self._station.trust)

    def teaching(self) -> Teaching:
        """What there is to learn from, and what waits."""
        labels, profile = self.labels(), self._station.profile
        illicit = sum(one.label for one in labels)
        own, waits = ((profile / name).exists() for name in (provenance.OWN, provenance.WAITING))
        return Teaching(illicit, len(labels) - illicit, own, waits)

    def learner(self) -> Learner:
        """What learns from the decided cases, in any thread or process. Raises BadInput where there is none."""
        self._desk.shift.must_lead_to("change the model")
        labels = self.labels()
        if not labels:
            raise BadInput("Nothing was decided here yet: there is nothing to learn from.")
        return Learner(self._station.profile, tuple(labels))

    def use(self, learned: Learned) -> bool:
        """Let a learned model judge from now on; False where it has to be anchored first. Raises BadInput, StoreError."""
        self._desk.shift.must_lead_to("change the model")
        with self._station.store.reading():
            judges = provenance.use(self._station.profile, learned.sha256, self._station.store, self._station.trust)
        self._changed("learned a model from decided cases", learned.sha256)
        return judges

    def use_shipped(self) -> None:
        """Let the model that comes with the program judge again. Raises BadInput, BadProof."""
        self._desk.shift.must_lead_to("change the model")
        with self._station.store.reading():
            provenance.use_shipped(self._station.profile, self._station.store, self._station.trust)
        self._changed("went back to the shipped model", "")

    def anchor(self) -> provenance.Anchor:
        """Vouch on the contract for the model that waits for that, else for the one that judges; it judges from then on.

        Asks the network: call it where that may take its time. Raises BadInput, KeyLocked, LedgerError.
        """
        self._desk.shift.must_lead_to("anchor a model")
        station, waits = self._station, self._station.profile / provenance.WAITING
        own = station.profile / provenance.OWN
        path = waits if waits.exists() else own if own.exists() else None
        card = provenance.read_model(path)[1]
        made = provenance.anchor(station, provenance.statement(card))
        self._changed("anchored a model", str(card["model_sha256"]))
        return made

    def _changed(self, what: str, sha256: str) -> None:
        with self._station.store.transaction():
            self._desk.trail.log(self._desk.shift.name, what, sha256)

    # ---- inspections ---------------------------------------------------------------------------------------------------

    def plan(self, shift: str, limit: int) -> list[Picked]:
        """What to open in a shift: planned once, then the same whenever it is asked for. Raises BadInput."""
        return picking.plan(self._station, shift, limit)

    def inspected(self, shift: str, key: str, counterfeit: bool) -> None:
        """Keep how an inspection ended; the next plan learns from it, and a case about the item is decided. Raises BadInput."""
        decision = Decision.COUNTERFEIT if counterfeit else Decision.GENUINE
        by, now = self._desk.shift.name, datetime.now(UTC).replace(microsecond=0)
        with self._station.store.transaction():
            if not self._rows.inspected(shift, key, int(counterfeit), now):
                raise BadInput("This item is not in the plan of that shift.")
            alert = self._rows.about(key)
            if alert is not None:
                note = f"Opened in the inspections of {shift}."
                self._rows.decide(alert.id, Decided(now, by, decision, note, risk=alert.suspect.risk, model=alert.model))
            self._desk.trail.log(by, f"opened in an inspection: {decision.value}", key)


def _similar(alert: Alert, others: list[Alert]) -> tuple[Alert, ...]:
    """Alerts that share a shipment, a reader, a box or a batch with one."""
    own = alert.suspect
    close = [(len(set(own.ties) & set(other.suspect.ties)), other) for other in others]
    return tuple(other for _, other in sorted(close, key=lambda one: (-one[0], one[1].suspect.kind != own.kind, one[1].id)))
