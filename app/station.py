"""Station: the one door to the rest. A scan goes in, a check comes out; no Qt, no SQL text, no network unless asked.

The verdict is made from what this laptop holds, at once. `refine` asks the network and makes it again. Used from one thread.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Self

from app.checks import Check, ItemRow, Settings, Status
from app.family import Family
from app.link import Link
from app.network import pin, trust_of
from app.network.access import GWEI, access_of, save_access, with_limits
from app.store import Store, dossier, imported
from app.store.lineage import family
from app.store.outbox import NOT_FINAL
from app.store.replica import TAKEN_BACK
from app.store.scans import ScanRow
from chain.encoding import ZERO
from chain.errors import BadInput, LedgerError
from chain.evidence import Evidence, Trust
from chain.journey import Item, Journey, Party, Place, Scan, Unreadable
from chain.journey import Status as LifeStatus
from chain.label import Label, read_label
from chain.policy import CLOCK_TOLERANCE, Case, Situation
from chain.travel import Sighting
from chain.verdict import AsOf, Code, Finding, Kind, Outcome, Verdict
from chain.verifier import Verifier

if TYPE_CHECKING:
    from app.network import Network
    from app.outbox import Conflict, Outbox
    from app.outbox.push import Pushed
    from app.sales import Sales
    from app.sync import Progress, Pulled
    from forecasting.anomaly import Risk
    from forecasting.reorder import Override

SIGHTINGS_KEPT = timedelta(days=90)
MAX_AGE = timedelta(days=7)
LAST_SECOND = 253_402_300_799  # of the year 9999: claimed times may be anything


class Station:
    """An open profile.

    Args:
        profile: its folder; made where there is none.
        offline: never open a connection; an embedded chain is not opened either.
        link: the way to the network that another station of this profile opened, and closes.
    """

    def __init__(self, profile: Path, *, offline: bool = False, link: Link | None = None) -> None:
        self.profile = profile
        self._own_link = link is None
        self.link = link or Link(profile, trust_of(profile), offline=offline)
        self.store = Store(profile / "wayproof.sqlite", self.link.writing)
        if link is None:
            self.link.clock.keep()

    @classmethod
    def open(cls, profile: Path, *, offline: bool = False) -> Self:
        """An open profile. Raises StoreError or BadInput in one sentence."""
        return cls(profile, offline=offline)

    def beside(self) -> Self:
        """Another station of this profile, for another thread: a database connection of its own, the same network."""
        return type(self)(self.profile, link=self.link)

    @property
    def offline(self) -> bool:
        """True where no connection may be opened."""
        return self.link.offline

    @offline.setter
    def offline(self, offline: bool) -> None:
        self.link.offline = offline

    @property
    def trust(self) -> Trust | None:
        """What this profile pinned, None where it belongs to no network yet."""
        return self.link.trust

    @trust.setter
    def trust(self, trust: Trust | None) -> None:
        self.link.trust = trust

    # ---- checking ------------------------------------------------------------------------------------------------------

    def check(self, scan: Scan) -> Check:
        """The verdict over a scanned text from what this laptop holds; recorded."""
        check = self.judge(scan)
        with self.store.transaction():
            self.record(check)
        return check

    def refine(self, check: Check, progress: Progress | None = None) -> Check:
        """The check again, after asking the network for what is new; recorded where it says something else.

        Raises LedgerError where the network cannot be asked.
        """
        self.sync(progress)
        again = self.judge(check.scan)
        if (again.verdict.kind, again.verdict.code) != (check.verdict.kind, check.verdict.code):
            with self.store.transaction():
                self.record(again)
        return again

    def judge(self, scan: Scan) -> Check:
        """The verdict over a scanned text; whoever shows it to a person keeps it first, by `record`."""
        started = time.perf_counter()
        label = read_label(scan.text)
        item: Item | Unreadable = label if isinstance(label, Unreadable) else label.item
        with self.store.reading():
            evidence = dossier.evidence(self.store, item) if isinstance(item, Item) else None
            verdict = self._verdict(label, evidence, scan)
            if isinstance(item, Item) and item.serialised:
                verdict = self._with_claims(verdict, item, evidence)
            risk = self._risk(evidence, scan) if evidence is not None and verdict.kind is Kind.GENUINE else None
        if risk is not None and risk.asks:
            verdict = verdict.asked(risk.words)
        return Check(scan, item, verdict, risk, (time.perf_counter() - started) * 1000)

    def sync(self, progress: Progress | None = None) -> Pulled:
        """Pull and prove what is new. Raises LedgerError."""
        from app.sync import pull, silent
        from app.trust.cosigning import vouched

        if self.offline:
            raise LedgerError("This is offline work: no connection is opened.")
        with self.link.turn:
            try:
                network = self.network()
                network.heartbeat()
                known = vouched(self.profile, network.trust)
                pulled = pull(self.store, network.ledger, network.trust, progress or silent, known)
            except LedgerError:
                self.link.online = False
                raise
            self.link.online = True
        return pulled

    def send(self) -> Pushed:
        """Send what waits in the outbox, and pull what came of it. Raises LedgerError, KeyLocked."""
        from app.outbox.push import push

        if self.offline:
            raise LedgerError("This is offline work: no connection is opened.")
        with self.link.turn:
            try:
                return push(self.store, self.network())
            finally:
                self.sync()

    def outbox(self) -> Outbox:
        """Where events go that are made here and recorded later; the keys are opened when something is signed."""
        from app.outbox import Outbox

        network = self.network()
        return Outbox(self.store, network.keys, network.trust)

    def conflicts(self) -> list[Conflict]:
        """Events of ours that somebody else's came before, with both sides' evidence."""
        with self.store.reading():
            return self.outbox().conflicts() if self.store.outbox.conflicts() else []

    def close_conflict(self, number: int) -> None:
        """A person has dealt with a conflict (`Outgoing.id`): it is kept, and no longer shown."""
        with self.store.transaction():
            self.store.outbox.close_conflict(number)

    def network(self) -> Network:
        """The profile's network, opened when first asked for."""
        return self.link.network()

    def join(self, network: Network) -> None:
        """Belong to a network that was opened elsewhere; the station closes it."""
        self.link.join(network)

    def _verdict(self, label: Label | Unreadable, evidence: Evidence | None, scan: Scan) -> Verdict:
        trust = self.trust
        if trust is None:
            evidence, trust = None, Trust(0, bytes(20), ZERO)
        return Verifier(trust).verify(label, evidence, self._situation(label, scan))

    def _with_claims(self, verdict: Verdict, item: Item, evidence: Evidence | None) -> Verdict:
        """What files say about the item is named beside the verdict, and changes nothing of it."""
        if not self.store.claims.known(item.key):
            return verdict
        steps = dossier.journey_of(evidence).steps if evidence is not None else ()
        said = imported.finding(self.store, item, steps)
        return replace(verdict, findings=(*verdict.findings, said)) if said is not None else verdict

    def _situation(self, label: Label | Unreadable, scan: Scan) -> Situation:
        if isinstance(label, Unreadable):
            return Situation(self._now(scan)[0])
        place = scan.place or self.place
        seen = self.store.scans.sightings(label.item.key, scan.at - SIGHTINGS_KEPT)
        now = (Sighting(scan.at, place),) if place is not None else ()
        here = self.here
        latest, clock = self._now(scan)
        return Situation(latest, here.organisation if here else 0, (*seen, *now), clock)

    def _now(self, scan: Scan) -> tuple[datetime, datetime | None]:
        """The time to judge a scan at, and the clock's where that was set back: old knowledge and goods become no younger."""
        latest = max(scan.at, self.link.clock.now())
        return latest, scan.at if latest - scan.at > CLOCK_TOLERANCE else None

    def _risk(self, evidence: Evidence, scan: Scan) -> Risk:
        from forecasting.anomaly import Detector

        local = self.store.scans.sightings(evidence.item.key, scan.at - SIGHTINGS_KEPT)
        return Detector().score(dossier.journey_of(evidence), tuple((s.at, s.place) for s in local))

    def record(self, check: Check) -> None:
        """Keep a check; call it within a transaction."""
        scan, verdict = check.scan, check.verdict
        as_of = verdict.as_of
        row = ScanRow(
            at=scan.at,
            text=scan.text[:4096].encode("utf-8", "replace").decode(),  # a lone surrogate is no text
            by=scan.by,
            via=scan.via,
            place=scan.place or self.place,
            key=check.item.key if isinstance(check.item, Item) else "",
            kind=verdict.kind.value,
            code=verdict.code.value,
            reason=verdict.reason,
            block=as_of.block if as_of else 0,
            as_of=as_of.at if as_of else None,
            risk=check.risk.score if check.risk else None,
            ms=check.ms,
            findings=tuple((f.check, f.outcome.value, f.why, f.code.value) for f in verdict.findings),
        )
        self.store.scans.record(row)

    # ---- looking -------------------------------------------------------------------------------------------------------

    def journey(self, item: Item) -> Journey:
        """An item's steps, as told by the replica, and what imported files tell beside them."""
        with self.store.reading():
            return imported.with_claims(self.store, dossier.journey(self.store, item))

    def family(self, item: Item) -> Family:
        """What an item was made of, what was made of it, what it is packed in and what it holds."""
        with self.store.reading():
            return family(self.store, item)

    def items(self, query: str = "", limit: int = 200, offset: int = 0) -> list[ItemRow]:
        """Items whose identity, lot or product contains the query."""
        with self.store.reading():
            found = self.store.goods.search(query.strip(), limit, offset)
            rows = [self._row(unit, item, product) for unit, item, product in found]
            if len(rows) == limit:
                return rows
            behind = max(0, offset - self.store.goods.matching(query.strip()))
            claimed = self.store.claims.search(query.strip(), limit - len(rows), behind)
            return rows + [ItemRow(item, product, "", "imported, not proven", None, b"") for item, product in claimed]

    def recent(self, limit: int = 100) -> list[Check]:
        """The newest checks first, as they were recorded; risks without their reasons."""
        with self.store.reading():
            return [_check_of(row) for row in self.store.scans.recent(limit)]

    def status(self) -> Status:
        """What the strip says."""
        from app.network.laptop import minutes_of

        self.link.lock_if_idle(minutes_of(self))
        with self.store.reading():
            newest = self.store.replica.checkpoint()
            now = self.link.clock.now()
            as_of = AsOf(newest[0].block, newest[0].at, now - newest[0].at) if newest else None
            events, items = (newest[0].size if newest else 0), self.store.goods.count()
            waiting, since = self.store.outbox.waits()
            not_final = self.store.outbox.noted_as(NOT_FINAL) if waiting else 0
            taken_back = self.taken_back
        return Status(self.link.online, as_of, waiting, events, items, self.here, since, not_final, taken_back)

    @property
    def taken_back(self) -> int:
        """How many proven events reorganisations took back since a person last saw it."""
        kept = self.store.goods.setting(TAKEN_BACK)
        return kept if isinstance(kept, int) else 0

    def saw_taken_back(self) -> None:
        """A person has seen what was taken back."""
        with self.store.transaction():
            self.store.goods.set(TAKEN_BACK, 0)

    def rejudge(self, limit: int = 100) -> int:
        """Judge the newest scans again; what says something else now is recorded anew. How many did."""
        changed = 0
        for check in reversed(self.recent(limit)):
            again = self.judge(check.scan)
            if (again.verdict.kind, again.verdict.code) != (check.verdict.kind, check.verdict.code):
                changed += 1
                with self.store.transaction():
                    self.record(again)
        return changed

    def _row(self, unit: bytes, item: Item, product: str) -> ItemRow:
        newest = self.store.replica.checkpoint()
        entries = self.store.replica.about(unit, newest[0].size if newest else 0)
        last = entries[-1] if entries else None
        found = dossier.evidence(self.store, item) if self.trust else None
        custodian = status = ""
        if found is not None and self.trust is not None and last is not None:
            custodian, status = _where(item, found, self.trust)
        when = datetime.fromtimestamp(min(last.event_time, LAST_SECOND), UTC) if last else None
        return ItemRow(item, product, custodian, status, when, unit)

    # ---- settings ------------------------------------------------------------------------------------------------------

    @property
    def here(self) -> Party | None:
        """The party that keeps this station, None where that was not set."""
        gln = self.store.goods.setting("here")
        return next((p for p in self.store.goods.parties() if p.gln == gln), None) if gln else None

    @property
    def place(self) -> Place | None:
        """Where this station stands: the place of its party, None where unknown."""
        gln = self.store.goods.setting("place") or self.store.goods.setting("here")
        return self.store.goods.place(str(gln)) if gln else None

    def settings(self) -> Settings:
        """What a person may set, and what was pinned."""
        trust = self.trust
        here = self.store.goods.setting("here")
        access = access_of(self.profile)
        fees = access if access is not None and access.fee_cap else None
        return Settings(
            profile=self.profile,
            here=str(here or ""),
            parties=tuple(self.store.goods.parties()),
            max_age=trust.max_age if trust else MAX_AGE,
            chain_id=trust.chain_id if trust else None,
            contract="0x" + trust.contract.hex() if trust else "",
            code_hash="0x" + trust.code_hash.hex() if trust else "",
            fee_cap=Decimal(fees.fee_cap) / GWEI if fees else None,
            finality=fees.finality if fees else None,
        )

    def limit(self, fee_cap: str, finality: str) -> Settings:
        """Keep the network's limits as a person typed them: the cap in gwei, finality in blocks. Raises BadInput."""
        access = access_of(self.profile)
        if access is None:
            raise BadInput("This profile has a chain of its own: it takes no fees and is final at once.")
        limited = with_limits(access, fee_cap, finality)
        save_access(self.profile, limited)
        self.link.limit(limited)
        return self.settings()

    def save(self, *, here: str | None = None, max_age: timedelta | None = None) -> Settings:
        """Change settings. Raises BadInput on a party that is not known or an age that is none."""
        if here is not None:
            if here and all(p.gln != here for p in self.store.goods.parties()):
                raise BadInput(f"No party with GLN {here} is known here.")
            with self.store.transaction():
                self.store.goods.set("here", here)
        if max_age is not None:
            if max_age <= timedelta(0):
                raise BadInput("The longest age of knowledge must be longer than nothing.")
            if self.trust is not None:
                self.trust = replace(self.trust, max_age=max_age)
                pin(self.profile, self.trust)
        return self.settings()

    # ---- selling -------------------------------------------------------------------------------------------------------

    def sales(self, progress: Progress | None = None) -> Sales:
        """What the own sites sold, day by day, from the proven entries of the log."""
        from app.sales import collect, nothing
        from app.sales.ordering import own_sites

        with self.store.reading():
            sites = own_sites(self.store)
        return collect(self.store, sites, progress or nothing)

    def overrides(self) -> dict[str, Override]:
        """The order quantities that people decided themselves."""
        from app.sales.ordering import overrides

        with self.store.reading():
            return overrides(self.store)

    def decide(self, unique_id: str, by: Override | None) -> dict[str, Override]:
        """Keep a person's order quantity, or (None) go back to the proposal; all that are kept now."""
        from app.sales.ordering import keep_override

        return keep_override(self.store, unique_id, by)

    def close(self) -> None:
        """Close the profile."""
        if self._own_link:
            self.link.clock.keep()
            self.link.close()
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_LIFE = {LifeStatus.ACTIVE: "in circulation", LifeStatus.DECOMMISSIONED: "ended"}


def _where(item: Item, found: Evidence, trust: Trust) -> tuple[str, str]:
    """Holder and status of an item in words, from the proven replay; what cannot be proven is said."""
    from chain.errors import WayproofError

    case = Case(Label("", item), found, trust, Situation(datetime.now(UTC)))
    try:
        carrier, state = case.carrier, case.state
    except WayproofError:
        return "", "not proven"
    status = _LIFE[state.status]
    if carrier.receiver:
        status = "on its way"
    if state.held_by:
        status = "in quarantine"
    if state.recalled_by or (state.lot != ZERO and case.storage.lot(state.lot)[1]):
        status = "recalled"
    if state.status is LifeStatus.DECOMMISSIONED:
        status = _LIFE[state.status]
    return case.name(carrier.custodian), status


def _check_of(row: ScanRow) -> Check:
    from forecasting.anomaly import Risk

    findings = tuple(Finding(check, Outcome(outcome), why, Code(code)) for check, outcome, why, code in row.findings)
    as_of = AsOf(row.block, row.as_of, row.at - row.as_of) if row.as_of else None
    verdict = Verdict(Kind(row.kind), Code(row.code), findings, as_of)
    label = read_label(row.text)
    item = label if isinstance(label, Unreadable) else label.item
    scan = Scan(row.text, row.at, row.by, row.via, row.place)
    return Check(scan, item, verdict, Risk(row.risk) if row.risk is not None else None, row.ms)
