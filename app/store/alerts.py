"""What the alerts page keeps: runs of the detector, alerts, decisions, the worth of goods, inspections.

A decision is only ever added, never changed; the last one counts.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson

from app.alerts.case import Alert, Cause, Decided, Decision, Proof, Run, Suspect
from chain.epcis import time_of, time_text
from chain.journey import Item, Place

_RUN = "at, model, card, size, root, block, scans, items, events, sightings, left_out, cutoff"
_ALERT = "select a.id, a.opened, a.told, r.model, a.run from alerts a join alert_runs r on r.id = a.run"
_DECIDED = "at, by, decision, note, photo, photo_hash, risk, model"


@dataclass(frozen=True, slots=True)
class Seen:
    """One scan of an item at a place, as `app.store.scans` recorded it. `at` is aware UTC."""

    id: int
    key: str
    at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Inspected:
    """One planned inspection: its shift, the item, its place in the plan, what the plan knew of it, and why it was chosen.

    `outcome` is None while it has not ended, 1 for illicit, 0 for honest.
    """

    shift: str
    key: str
    place: int
    context: Mapping[str, float]
    why: str
    outcome: int | None


class AlertRows:
    """The alerts' tables. Writers call within a transaction of the store."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def seen(self, last: int | None = None) -> Iterator[Seen]:
        """Scans of items at known places, up to the scan with this id, in the order they were made."""
        rows = self._db.execute(
            "select id, key, at, place from checks where key != '' and place != '' and (? is null or id <= ?) order by id",
            (last, last),
        )
        return (Seen(r[0], r[1], time_of(r[2]).astimezone(UTC), Place(**orjson.loads(r[3]))) for r in rows)

    def scanned(self, codes: Sequence[str]) -> list[tuple[str, str, str, str]]:
        """(key, kind, code, reason) of items whose newest check ended with one of these codes."""
        marks = ",".join("?" * len(codes))
        rows = self._db.execute(
            "select key, kind, code, reason from checks where id in (select max(id) from checks where key != '' group by key)"
            f" and code in ({marks}) order by id",
            tuple(codes),
        )
        return [(r[0], r[1], r[2], r[3]) for r in rows]

    def texts(self, keys: Iterable[str]) -> dict[str, str]:
        """The text of the newest scan of each of these items."""
        query = "select text from checks where key = ? order by id desc limit 1"
        return {key: self._db.execute(query, (key,)).fetchone()[0] for key in keys}

    # ---- runs ----------------------------------------------------------------------------------------------------------

    def keep_run(self, run: Run) -> int:
        """Keep a run and bring the alerts up to it; its number.

        An item that an open alert is about keeps that alert; a decided one is asked about again only where something happened to
        it since; open alerts that the run no longer finds are closed.
        """
        cursor = self._db.execute(
            f"insert into alert_runs ({_RUN}) values (?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                time_text(run.at), run.model, orjson.dumps(run.card), run.size, run.root, run.block, run.scans, run.items,
                run.events, run.sightings, run.left_out, run.cutoff,
            ),
        )  # fmt: skip
        number = int(cursor.lastrowid or 0)
        risks = ((number, key, risk, p) for key, (risk, p) in run.risks.items())
        self._db.executemany("insert into alert_risks values (?,?,?,?)", risks)
        for suspect in run.suspects:
            self._ask(number, run, suspect)
        self._db.execute("update alerts set state = 'gone' where state = 'open' and run != ?", (number,))
        self._db.execute("delete from alert_risks where run != ? and run not in (select run from alerts)", (number,))
        return number

    def _ask(self, number: int, run: Run, suspect: Suspect) -> None:
        told = orjson.dumps(suspect)
        found = self._db.execute(
            "select id, state, told from alerts where key = ? order by id desc limit 1", (suspect.item.key,)
        ).fetchone()
        if found is not None and found[1] == "open":
            self._db.execute("update alerts set run = ?, told = ? where id = ?", (number, told, found[0]))
        elif found is None or found[1] == "gone" or _news(_suspect(found[2]), suspect):
            self._db.execute(
                "insert into alerts (key, opened, run, state, told) values (?,?,?,'open',?)",
                (suspect.item.key, time_text(run.at), number, told),
            )

    def run(self, number: int | None = None, risks: bool = True) -> tuple[int, Run] | None:
        """A run without its suspects, the newest by default; its risks are as many as there are goods, and read if asked for."""
        where, values = ("where id = ?", (number,)) if number is not None else ("order by id desc limit 1", ())
        row = self._db.execute(f"select id, {_RUN} from alert_runs {where}", values).fetchone()
        if row is None:
            return None
        rows = self._db.execute("select key, risk, p_value from alert_risks where run = ?", (row[0],)) if risks else ()
        told: dict[str, Any] = dict(zip(_RUN.split(", "), row[1:], strict=True))
        told |= {"at": time_of(told["at"]), "card": orjson.loads(told["card"])}
        return row[0], Run(**told, risks={r[0]: (r[1], r[2]) for r in rows})

    # ---- alerts --------------------------------------------------------------------------------------------------------

    def alerts(self, state: str = "open") -> list[Alert]:
        """Alerts of one state, the oldest first."""
        rows = self._db.execute(f"{_ALERT} where a.state = ? order by a.id", (state,)).fetchall()
        return self._alerts(rows)

    def opened(self) -> int:
        """How many alerts are open."""
        return int(self._db.execute("select count(*) from alerts where state = 'open'").fetchone()[0])

    def alike(self, alert: Alert, most: int) -> list[Alert]:
        """The newest open or decided alerts that share one of an alert's ties, itself left out."""
        ties = [orjson.dumps(tie) for tie in alert.suspect.ties]
        if not ties:
            return []
        shares = " or ".join("instr(a.told, ?)" for _ in ties)
        rows = self._db.execute(
            f"{_ALERT} where a.state != 'gone' and a.id != ? and ({shares}) order by a.id desc limit ?", (alert.id, *ties, most)
        ).fetchall()
        return self._alerts(rows)

    def alert(self, number: int) -> tuple[Alert, int] | None:
        """An alert and the run it was last seen by."""
        row = self._db.execute(f"{_ALERT} where a.id = ?", (number,)).fetchone()
        return None if row is None else (self._alerts([row])[0], row[4])

    def about(self, key: str) -> Alert | None:
        """The newest alert about an item that is open or decided, None where there is none."""
        row = self._db.execute(f"{_ALERT} where a.key = ? and a.state != 'gone' order by a.id desc limit 1", (key,)).fetchone()
        return None if row is None else self._alerts([row])[0]

    def decide(self, number: int, decided: Decided) -> None:
        """Add a decision; all but `UNSURE` close the alert."""
        d = decided
        self._db.execute(
            f"insert into alert_decisions (alert, {_DECIDED}) values (?,?,?,?,?,?,?,?,?)",
            (number, time_text(d.at), d.by, d.decision.value, d.note, d.photo, d.photo_hash, d.risk, d.model),
        )
        if d.decision is not Decision.UNSURE:
            self._db.execute("update alerts set state = 'decided' where id = ?", (number,))

    def decided(self) -> list[tuple[Suspect, Decided]]:
        """The last decision about each decided item, oldest first."""
        rows = self._db.execute(
            f"select a.told, {', '.join('d.' + name for name in _DECIDED.split(', '))} from alert_decisions d"
            " join alerts a on a.id = d.alert where a.state = 'decided'"
            " and d.id in (select max(e.id) from alert_decisions e join alerts b on b.id = e.alert group by b.key) order by d.id"
        )
        return [(_suspect(row[0]), _decided(row[1:])) for row in rows]

    def flagged(self, run: int) -> int:
        """How many alerts, open or decided, a run found."""
        return int(self._db.execute("select count(*) from alerts where run = ? and state != 'gone'", (run,)).fetchone()[0])

    def _alerts(self, rows: Sequence[Sequence[Any]]) -> list[Alert]:
        """Alerts out of rows of `_ALERT`, with what is known of all of them at once."""
        worth = dict(self._db.execute("select gtin, amount from goods_worth").fetchall())
        first, last = (min(row[0] for row in rows), max(row[0] for row in rows)) if rows else (0, -1)
        decisions: dict[int, list[Decided]] = {}
        for row in self._db.execute(
            f"select alert, {_DECIDED} from alert_decisions where alert between ? and ? order by id", (first, last)
        ):
            decisions.setdefault(row[0], []).append(_decided(row[1:]))
        found = [(row, _suspect(row[2])) for row in rows]
        return [
            Alert(row[0], time_of(row[1]), suspect, worth.get(suspect.item.gtin, 1.0), row[3], tuple(decisions.get(row[0], ())))
            for row, suspect in found
        ]

    # ---- worth ---------------------------------------------------------------------------------------------------------

    def worth(self, gtin: str) -> float:
        """The value of one unit of some goods, 1 where nobody entered one."""
        row = self._db.execute("select amount from goods_worth where gtin = ?", (gtin,)).fetchone()
        return 1.0 if row is None else float(row[0])

    def set_worth(self, gtin: str, amount: float) -> None:
        """Keep the value of one unit of some goods."""
        self._db.execute("insert or replace into goods_worth values (?,?)", (gtin, amount))

    # ---- inspections ---------------------------------------------------------------------------------------------------

    def plan(self, rows: Iterable[Inspected], at: datetime) -> None:
        """Keep the picks of a shift; what was planned before stays."""
        self._db.executemany(
            "insert or ignore into inspections (shift, key, place, context, why, at) values (?,?,?,?,?,?)",
            ((r.shift, r.key, r.place, orjson.dumps(dict(r.context)), r.why, time_text(at)) for r in rows),
        )

    def inspected(self, shift: str, key: str, outcome: int, at: datetime) -> bool:
        """Keep how an inspection ended; False where it was not planned."""
        cursor = self._db.execute(
            "update inspections set outcome = ?, found = ? where shift = ? and key = ?", (outcome, time_text(at), shift, key)
        )
        return cursor.rowcount > 0

    def inspections(self, shift: str | None = None) -> list[Inspected]:
        """Those of a shift in the order of its plan; or all that have ended, in the order in which they ended."""
        which = "where outcome is not null order by found, id" if shift is None else "where shift = ? order by place"
        rows = self._db.execute(
            f"select shift, key, place, context, why, outcome from inspections {which}", () if shift is None else (shift,)
        )
        return [Inspected(r[0], r[1], r[2], orjson.loads(r[3]), r[4], r[5]) for r in rows]


def _news(then: Suspect, now: Suspect) -> bool:
    """Whether something happened to an item since a person decided about it. Another scan alone is nothing new."""
    return then.newest < now.newest or (now.proof.kind == "REJECTED" and then.proof.code != now.proof.code)


def _suspect(told: bytes) -> Suspect:
    made = orjson.loads(told)
    item = made["item"]
    expiry = date.fromisoformat(item["expiry"]) if item["expiry"] else None
    causes = tuple(Cause(one["words"], tuple(one["entries"])) for one in made["causes"])
    rest = {name: tuple(made[name]) for name in ("entries", "scans", "ties")}
    return Suspect(**made | rest | {"item": Item(**item | {"expiry": expiry}), "causes": causes, "proof": Proof(**made["proof"])})


def _decided(row: Sequence[Any]) -> Decided:
    return Decided(time_of(row[0]), row[1], Decision(row[2]), *row[3:])
