"""Operators: badges are never goods and goods never badges; PINs are kept as argon2id; every act is on the chain of the trail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.desk import audit, people
from app.desk.audit import Act, export, verify
from app.desk.desk import Desk
from app.desk.papers import audit_export
from app.desk.people import Rank
from app.desk.stock import typed_recall
from app.desk.tasks import Task
from app.station import Station
from chain import gs1
from chain.errors import BadInput, BadProof
from chain.journey import Unreadable
from chain.keys import derive
from tests.app.desk.yard import DRUG, Yard, today

KEY = derive(bytes(range(32)), "device")


def test_no_badge_is_a_product_and_no_product_a_badge() -> None:
    badge = people.new_badge()
    assert people.is_badge(badge)
    assert people.is_badge(badge.lower())
    assert isinstance(gs1.parse(badge), Unreadable)
    assert people.badge_hash(badge) == people.badge_hash(badge.lower() + "\r\n")
    for text in ("010952100001101421K7", "https://id.gs1.org/01/09521000011014/21/A", "4711", ""):
        assert not people.is_badge(text)
    for bad in (badge[:-1], badge + "1", "WAYPROOF-BADGE:", badge.replace(":", ";")):
        with pytest.raises(BadInput):
            people.badge_hash(bad)


@pytest.mark.parametrize("pin", ["", "123", "1111", "1234", "9876", "0000", "12a4", "1" * 13, "１３５８"])
def test_pins_that_are_guessed_first_are_refused(pin: str) -> None:
    with pytest.raises(BadInput):
        people.pin_hash(pin)


def test_a_shift_from_badge_to_handover(desk: Desk, station: Station, yard: Yard) -> None:
    with pytest.raises(BadInput, match="must be one who leads"):
        desk.shift.enrol("Ben", Rank.WORKER, "2580")
    lead = desk.shift.enrol("  Ada\u0000 Lovelace ", Rank.LEAD, "2580")
    assert lead.name == "Ada Lovelace"
    assert lead.pin.startswith("$argon2id$")
    with pytest.raises(BadInput, match="Sign in first"):
        desk.begin(Task.RECEIVE)
    with pytest.raises(BadInput, match="PIN is wrong"):
        desk.shift.sign_in(number=lead.id, pin="2581")
    desk.shift.sign_in(number=lead.id, pin="2580")
    badge = people.new_badge()
    desk.shift.enrol("Ben", Rank.WORKER, badge=badge)
    with pytest.raises(BadInput, match="somebody else's"):
        desk.shift.enrol("Cyd", Rank.WORKER, badge=badge)
    desk.begin(Task.RECEIVE)
    assert desk.scan(gs1.digital_link(yard.coming[0])).line is not None
    with pytest.raises(BadInput, match="a badge, not a product"):
        desk.scan(badge)
    desk.shift.sign_in(badge=badge)
    line = desk.scan(gs1.digital_link(yard.coming[1])).line
    assert line is not None
    assert line.by == "Ben"
    desk.finish()
    with pytest.raises(BadInput, match="leads may"):
        desk.begin(Task.RECALL, recall=typed_recall(f"{DRUG.gtin} L3"))
    with pytest.raises(BadInput, match="leads may let people go"):
        desk.shift.let_go(lead.id)
    with pytest.raises(BadInput, match="not known here"):
        desk.shift.sign_in(badge=people.new_badge())
    desk.shift.sign_out()
    with pytest.raises(BadInput, match="Sign in first"):
        desk.begin(Task.SHIP, other="x")
    acts = desk.trail.acts()
    assert [act.act for act in acts] == [
        "enrolled", "sign-in refused", "signed in", "enrolled", "began receive", "handover", "finished receive", "recorded",
        "sign-in refused", "signed out",
    ]  # fmt: skip
    assert acts[6].who == "Ben"
    assert "block " in acts[6].evidence
    assert badge not in (station.profile / "wayproof.sqlite").read_bytes().decode("latin-1")


def chain_of(count: int) -> list[Act]:
    rows: list[Act] = []
    at = today()
    for n in range(1, count + 1):
        previous = rows[-1].hash if rows else audit.FIRST
        rows.append(Act(n, at, "Ada", "9521000000315", "did", f"thing {n}", "block 7", previous))
    return rows


def test_an_export_verifies_and_any_change_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    rows = chain_of(5)
    lines = list(export(rows, KEY))
    path.write_bytes(b"".join(lines))
    sealed = verify(path)
    assert (sealed.rows, sealed.signer) == (tuple(rows), KEY.address)
    changed = [
        lines[1:],
        lines[:2] + lines[3:],
        [*lines[:-1]],
        lines[:3] + lines[-1:],
        [lines[1], lines[0], *lines[2:]],
        [lines[0].replace(b"thing 1", b"thing 9"), *lines[1:]],
        [*lines[:-1], lines[-1].replace(b'"rows":5', b'"rows":4')],
        [
            *lines[:-1],
            list(export(rows, derive(bytes(32), "x")))[-1].replace(
                derive(bytes(32), "x").address.hex().encode(), KEY.address.hex().encode()
            ),
        ],
        [b"[]\n", *lines],
        [b"{}\n", *lines],
        [b"\xff\n", *lines],
    ]
    for bad in changed:
        path.write_bytes(b"".join(bad))
        with pytest.raises((BadProof, BadInput)):
            verify(path)
    path.write_bytes(b"")
    with pytest.raises(BadInput):
        verify(path)


@given(st.binary(max_size=400))
def test_what_is_no_trail_is_refused_in_words(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x"
        path.write_bytes(data)
        with pytest.raises((BadProof, BadInput)):
            verify(path)


def test_a_row_changed_in_the_database_breaks_the_chain(desk: Desk, tmp_path: Path) -> None:
    desk.shift.enrol("Ada", Rank.LEAD, "2580")
    rows = desk.trail.acts()
    assert audit.check(rows) == rows[-1].hash
    with pytest.raises(BadProof, match="broken at row 1"):
        audit.check([replace(rows[0], n=2)])
    path = tmp_path / "trail.jsonl"
    path.write_bytes(audit_export(desk))
    assert len(verify(path).rows) == 1
