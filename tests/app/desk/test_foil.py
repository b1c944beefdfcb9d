"""The secret under a scratch field: committed to at issue; a copy of the outside lacks it; a second look is told as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.cast import glns
from app.desk import foil
from app.desk.desk import Desk
from app.desk.issuing import Issuing, render, sheet_of
from app.labels import Symbol
from app.station import Station
from chain.errors import BadInput
from chain.journey import Item, Scan
from chain.secret import FIELD, LENGTH, PREFIX, grouped, hashed
from chain.verdict import Code, Outcome
from tests.app.desk.yard import DRUG, MAKER, today

ITEM = Item(gtin="09506000134352", serial="A1")


@pytest.fixture
def issuing(desk: Desk, station: Station) -> Issuing:
    station.save(here=glns(MAKER))
    return Issuing(desk)


def test_a_secret_is_checked_once_and_told_twice(issuing: Issuing, desk: Desk, station: Station, tmp_path: Path) -> None:
    issue = issuing.begin(DRUG.gtin, 120, lot="N1", symbol=Symbol.DATA_MATRIX, scratch=True)
    assert issuing.load(issue.id)[0] == issue
    with pytest.raises(BadInput, match="no single item"):
        foil.check(desk, DRUG.gtin.rjust(14, "0"), "0" * LENGTH)
    first, second = Item(gtin=issue.gtin, serial="none"), grouped(issuing.secrets(issue)[0])
    assert foil.check(desk, first.key, second).finding.outcome is Outcome.UNKNOWN  # not issued: nothing to compare with
    issuing.record(issue.id)
    made = list(issuing.labels(issue.id))
    assert {label.symbol for label in made} == {Symbol.DATA_MATRIX}
    for label in (made[0], made[119]):  # of the first event and of the second
        other = made[1] if label is made[0] else made[0]
        wrong = foil.check(desk, label.text, other.secret)
        assert (wrong.finding.outcome, wrong.finding.code) == (Outcome.FAIL, Code.SUSPECTED)
        right = foil.check(desk, label.text, grouped(label.secret).lower())
        assert (right.finding.outcome, right.before) == (Outcome.PASS, 0)
        again = Desk(station)  # after a restart, too
        twice = foil.check(again, label.item.key, PREFIX + label.secret)
        assert (twice.finding.outcome, twice.before, twice.first) == (Outcome.UNKNOWN, 1, right.first)
        assert "seen here before" in twice.finding.why
    assert station.check(Scan(made[0].text, today())).verdict.code is Code.OK
    acts = [act.act for act in desk.trail.acts()]
    assert acts.count("checked a secret: it is the item's") == 4
    (part, *_) = render(made, issue, tmp_path, sheet_of("ZPL"))
    assert part.read_bytes().count(b"^XA") == 100
    assert all(label.secret.encode() not in part.read_bytes() for label in made[:100])  # dots, not letters
    issuing.forget_secrets(issue.id)
    with pytest.raises(BadInput, match="forgotten"):
        list(issuing.labels(issue.id))
    assert foil.check(desk, made[5].text, made[5].secret).finding.outcome is Outcome.PASS


def test_without_a_commitment_or_its_details_nothing_is_claimed(issuing: Issuing, desk: Desk, station: Station) -> None:
    plain = issuing.begin(DRUG.gtin, 1)
    issuing.record(plain.id)
    (label,) = issuing.labels(plain.id)
    found = foil.check(desk, label.text, "0" * LENGTH)
    assert (found.finding.outcome, found.finding.code) == (Outcome.UNKNOWN, Code.NO_EVIDENCE)
    hidden = issuing.begin(DRUG.gtin, 1, scratch=True)
    issuing.record(hidden.id)
    (label,) = issuing.labels(hidden.id)
    entry, _ = foil._birth(desk, label.item) or (None, None)
    assert entry is not None
    detail = station.store.goods.detail(entry.commitment)
    assert detail is not None
    told = dict(detail.fields[FIELD])  # type: ignore[call-overload]
    told["hashes"] = [hashed(bytes(16), label.item, "1" * LENGTH).hex()]
    told["salt"] = bytes(16).hex()
    with station.store.transaction():
        station.store.goods.forget_details([entry.commitment])
        station.store.goods.add_details([(entry.commitment, dict(detail.fields) | {FIELD: told}, detail.seed)])
    assert foil.check(desk, label.text, "1" * LENGTH).finding.outcome is Outcome.UNKNOWN  # changed details are none
    with pytest.raises(BadInput):
        foil.check(desk, "nonsense", "0" * LENGTH)
    with pytest.raises(BadInput, match="16 letters and digits"):
        foil.check(desk, label.text, "short")


def test_the_evidence_of_an_item_with_a_secret_holds_its_hash_and_no_secret(issuing: Issuing, station: Station) -> None:
    from app.printing import sealed
    from chain import bundle

    issue = issuing.begin(DRUG.gtin, 1, scratch=True)
    issuing.record(issue.id)
    (label,) = issuing.labels(issue.id)
    data = sealed(station, label.text)
    assert station.trust is not None
    opened = bundle.read(data)
    assert opened.label.item.key == label.item.key
    assert label.secret.encode() not in data
