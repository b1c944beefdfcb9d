"""Who is at the desk: enrolling, signing in by badge or PIN, handing a shift over. Everything of it goes into the audit trail."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from app.desk import people
from app.desk.people import Operator
from app.desk.tasks import Task
from app.desk.trail import Trail
from chain.errors import BadInput

if TYPE_CHECKING:
    from app.station import Station


class Shift:
    """The people of an open station. `who` is signed in, None where nobody is."""

    def __init__(self, station: Station, trail: Trail) -> None:
        self._station, self._trail = station, trail
        self._rows = station.store.desk
        self.who: Operator | None = None

    @property
    def name(self) -> str:
        """The person at the desk, "" where nobody is signed in."""
        return self.who.name if self.who is not None else ""

    @property
    def guarded(self) -> bool:
        """Whether people have to sign in: as soon as one is enrolled."""
        return any(one.active for one in self._rows.operators())

    def operators(self) -> list[Operator]:
        """Everybody who works here."""
        return self._rows.operators()

    def enrol(self, name: str, rank: people.Rank, pin: str = "", badge: str = "") -> Operator:
        """Let a person work here. The first must lead, and needs a PIN; only leads enrol others. Raises BadInput."""
        everybody = self._rows.operators()
        if self.guarded:
            self._must_lead("enrol people")
        elif rank is not people.Rank.LEAD:
            raise BadInput("The first person at this desk must be one who leads.")
        if not (pin or badge):
            raise BadInput("A person needs a PIN or a badge.")
        token = people.badge_hash(badge) if badge else ""
        if token and any(one.badge == token for one in everybody):
            raise BadInput("This badge is somebody else's.")
        one = Operator(str(uuid.uuid4()), people.named(name), rank, people.pin_hash(pin) if pin else "", token)
        with self._station.store.transaction():
            self._rows.keep_operator(one)
            self._log("enrolled", one.name, rank.value)
        return one

    def let_go(self, number: str) -> None:
        """A person works here no longer; what they did stays. Raises BadInput."""
        self._must_lead("let people go")
        one = next((one for one in self._rows.operators() if one.id == number), None)
        if one is None:
            raise BadInput("This person is not known here.")
        others = [other for other in self._rows.operators() if other.active and other.id != number]
        if others and not any(other.rank is people.Rank.LEAD for other in others):
            raise BadInput("Somebody has to lead: enrol another lead first.")
        with self._station.store.transaction():
            self._rows.keep_operator(replace(one, active=False, badge="", pin=""))
            self._log("let go", one.name)
        if self.who is not None and self.who.id == number:
            self.who = None

    def sign_in(self, *, badge: str = "", number: str = "", pin: str = "") -> Operator:
        """A person comes to the desk with a badge, or with a PIN and their id; whoever was there leaves. Raises BadInput."""
        everybody = [one for one in self._rows.operators() if one.active]
        if badge:
            token = people.badge_hash(badge)
            found = next((one for one in everybody if one.badge == token), None)
        else:
            found = next((one for one in everybody if one.id == number and people.pin_fits(one, pin)), None)
        with self._station.store.transaction():
            if found is None:
                self._log("sign-in refused", "badge" if badge else "PIN")
            elif self.who is None or found.id != self.who.id:
                before = f"from {self.name}" if self.who is not None else ""
                self._trail.log(found.name, "handover" if before else "signed in", before)
        if found is None:
            raise BadInput("This badge is not known here." if badge else "The PIN is wrong.")
        self.who = found
        return found

    def sign_out(self) -> None:
        """The person leaves; an open task stays open for whoever comes next."""
        if self.who is not None:
            with self._station.store.transaction():
                self._log("signed out")
        self.who = None

    def must_be_allowed(self, task: Task) -> None:
        """Raises BadInput unless whoever is signed in may do a task; checking is for everybody."""
        if task is Task.CHECK or not self.guarded:
            return
        self.must_be_somebody()
        if self.who is not None and not self.who.may(task):
            raise BadInput("Only a person who leads may do this.")

    def must_be_allowed_to_issue(self) -> None:
        """Raises BadInput unless whoever is signed in may issue labels: a lead, where people are enrolled."""
        self.must_lead_to("issue labels")

    def must_lead_to(self, what: str) -> None:
        """Raises BadInput unless whoever is signed in leads, where people are enrolled; `what` is a piece like "issue labels"."""
        if self.guarded:
            self._must_lead(what)

    def must_be_allowed_to_record(self) -> None:
        """Raises BadInput unless whoever is signed in may record a file on the network: a lead, where people are enrolled."""
        if self.guarded:
            self._must_lead("record a file on the network")

    def must_be_somebody(self) -> None:
        """Raises BadInput where people are enrolled and nobody is signed in."""
        if self.guarded and self.who is None:
            raise BadInput("Sign in first: scan your badge, or type your PIN.")

    def _log(self, act: str, about: str = "", evidence: str = "") -> None:
        self._trail.log(self.name, act, about, evidence)

    def _must_lead(self, what: str) -> None:
        if self.who is None or self.who.rank is not people.Rank.LEAD:
            raise BadInput(f"Only a person who leads may {what}: sign in as one.")
