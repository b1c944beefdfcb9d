"""Issuing a lot: every serial once, whatever is killed in between; what is printed is recorded, signed, and verifies."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from app.demo.cast import glns
from app.desk.desk import Desk
from app.desk.issuing import LENGTH, Issuing, new_serials, render, sheet_of
from app.desk.people import Rank
from app.station import Station
from chain.errors import BadInput, LedgerError
from chain.journey import Scan
from chain.verdict import Code
from tests.app.desk.yard import DRUG, MAKER, today


@pytest.fixture
def issuing(desk: Desk, station: Station) -> Issuing:
    station.save(here=glns(MAKER))
    return Issuing(desk)


class Stop(Exception):
    """A power cut."""


def test_serials_are_different_and_have_seventy_random_bits() -> None:
    serials = new_serials(2_000)
    assert len(set(serials)) == 2_000
    assert {len(one) for one in serials} == {LENGTH}
    assert 5 * LENGTH >= 64
    turn = iter("A" * LENGTH * 2 + "B" * LENGTH)
    assert new_serials(2, lambda _: next(turn)) == ["A" * LENGTH, "B" * LENGTH]


def test_an_issue_that_was_killed_goes_on_and_each_serial_stands_once(issuing: Issuing, station: Station, tmp_path: Path) -> None:
    issue = issuing.begin(DRUG.gtin, 250, lot="N1", expiry=date(2027, 12, 31), product=DRUG.name)
    before = station.status().items

    def cut(what: str, done: int, total: int) -> None:
        if done == 200:
            raise Stop

    with pytest.raises(Stop):
        issuing.record(issue.id, cut)
    assert issuing.record(issue.id, cancelled=lambda: True) == 200
    again = Issuing(Desk(station))
    assert again.record(issue.id) == 250
    assert again.record(issue.id) == 250
    assert station.status().items == before + 250
    made = list(again.labels(issue.id))
    parts = render(made, issue, tmp_path, sheet_of("L7160"), cancelled=iter([False, True]).__next__)
    assert len(parts) == 1
    stamp = parts[0].stat().st_mtime_ns
    parts = render(made, issue, tmp_path, sheet_of("L7160"))
    assert (len(parts), parts[0].stat().st_mtime_ns) == (2, stamp)
    first = next(iter(again.labels(issue.id)))
    check = station.check(Scan(first.text, today()))
    assert check.verdict.code is Code.OK
    assert check.verdict.kind.value in ("GENUINE", "CAUTION")


def test_without_a_network_nothing_is_lost_and_only_what_is_recorded_is_printed(
    issuing: Issuing, station: Station, tmp_path: Path
) -> None:
    issue = issuing.begin(DRUG.gtin, 3)
    station.offline = True
    with pytest.raises(LedgerError):
        issuing.record(issue.id)
    assert list(issuing.labels(issue.id)) == []
    station.offline = False
    assert issuing.record(issue.id) == 3
    (part,) = render(list(issuing.labels(issue.id)), issue, tmp_path, sheet_of("ZPL"))
    assert part.read_bytes().count(b"^XA") == 3
    assert issuing.load(issue.id)[0] == issue


def test_what_cannot_be_issued_is_refused(issuing: Issuing, station: Station) -> None:
    for bad in ({"gtin": "123"}, {"gtin": "09521000011015"}, {"count": 0}, {"count": 10_001}, {"lot": "x" * 21}, {"lot": "ä"}):
        with pytest.raises(BadInput):
            issuing.begin(**({"gtin": DRUG.gtin, "count": 1} | bad))  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="not known here"):
        issuing.load("none")
    issue = issuing.begin("04006381333931", 2)
    with pytest.raises(BadInput, match="belongs to another company"):
        issuing.record(issue.id)
    issuing._desk.shift.enrol("Ada", Rank.LEAD, "2580")
    with pytest.raises(BadInput, match="leads may issue labels"):
        issuing.begin(DRUG.gtin, 1)
