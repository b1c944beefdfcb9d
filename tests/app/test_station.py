"""A scan goes in, a check comes out: offline, recorded, and never green over a changed laptop."""

from __future__ import annotations

import socket
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.demo.story import Story
from app.demo.units import plot
from app.station import Station
from app.trust.remembered import Remembered, SteadyClock
from chain import gs1
from chain.errors import BadInput, LedgerError, StoreError
from chain.journey import Item, Scan, Verb
from chain.verdict import Code, Kind


def item_of(station: Station, code: Code) -> Item:
    """The sample world's unit for a code."""
    return plot(Story(datetime.fromisoformat(str(station.store.goods.setting("demo_now"))))).item(code)


def scan(item: Item) -> Scan:
    return Scan(gs1.digital_link(item), datetime.now(UTC))


def code_after(world: Path, sql: str, *values: object, code: Code = Code.OK) -> tuple[Kind, Code]:
    """The verdict over the honest unit after somebody edited the database of the laptop. `:unit` is its id."""
    with Station.open(world, offline=True) as station:
        item = item_of(station, code)
    database = sqlite3.connect(world / "wayproof.sqlite")
    unit = database.execute("select unit from items where key = ?", (item.key,)).fetchone()[0]
    with database:
        changed = database.execute(sql, {"unit": unit}).rowcount
    database.close()
    assert changed > 0, "the edit changed nothing, so this test would show nothing"
    with Station.open(world, offline=True) as station:
        verdict = station.check(scan(item)).verdict
    return verdict.kind, verdict.code


MINE = "idx in (select idx from about where subject = :unit)"


def test_an_honest_unit_is_genuine_and_says_as_of_when(station: Station) -> None:
    check = station.check(scan(item_of(station, Code.OK)))
    assert (check.verdict.kind, check.verdict.code) == (Kind.GENUINE, Code.OK)
    assert check.verdict.as_of is not None
    assert check.verdict.as_of.age < timedelta(hours=1)


def test_offline_opens_no_socket(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with Station.open(world, offline=True) as station:
        assert station.check(scan(item_of(station, Code.OK))).verdict.kind is Kind.GENUINE
        with pytest.raises(LedgerError):
            station.sync()


def test_online_and_offline_say_the_same(world: Path) -> None:
    with Station.open(world) as station:
        item = item_of(station, Code.OK)
        before = station.check(scan(item)).verdict
        after = station.refine(station.check(scan(item))).verdict
    assert [(f.check, f.outcome) for f in before.findings] == [(f.check, f.outcome) for f in after.findings]


@pytest.mark.parametrize(
    "change",
    [
        "event_time = event_time + 1",
        "record_time = record_time + 1",
        "organisation = organisation + 1",
        "counterparty = counterparty + 1",
        "device = zeroblob(20)",
        "commitment = zeroblob(32)",
        "argument = randomblob(32)",
        "units = zeroblob(32)",
        "verb = 7",
        "verb = 99",
        "organisation = -1",
    ],
)
def test_an_altered_row_is_tampered(world: Path, change: str) -> None:
    assert code_after(world, f"update events set {change} where verb = {Verb.RECEIVE} and {MINE}") == (
        Kind.REJECTED,
        Code.TAMPERED,
    )


def test_a_dropped_event_is_tampered(world: Path) -> None:
    assert code_after(world, f"delete from events where verb = {Verb.SHIP} and {MINE}") == (Kind.REJECTED, Code.TAMPERED)


def test_the_newest_event_dropped_is_tampered(world: Path) -> None:
    newest = "idx = (select max(idx) from about where subject = :unit)"
    assert code_after(world, f"delete from events where {newest}") == (Kind.REJECTED, Code.TAMPERED)


def test_a_whole_history_dropped_is_tampered(world: Path) -> None:
    assert code_after(world, "delete from about where subject = :unit") == (Kind.REJECTED, Code.TAMPERED)


def test_altered_details_are_tampered(world: Path) -> None:
    mine = f"commitment in (select commitment from events where {MINE})"
    edited = "cast(replace(cast(fields as text), 'shipping', 'shopping') as blob)"
    sql = f"update details set fields = {edited} where {mine} and cast(fields as text) like '%shipping%'"
    assert code_after(world, sql) == (Kind.REJECTED, Code.TAMPERED)


def test_dropped_details_are_tampered(world: Path) -> None:
    mine = f"commitment in (select commitment from events where {MINE})"
    assert code_after(world, f"delete from details where {mine}") == (Kind.REJECTED, Code.TAMPERED)


@pytest.mark.parametrize("table", ["nodes", "tiles"])
def test_missing_pieces_of_proofs_are_never_green(world: Path, table: str) -> None:
    kind, code = code_after(world, f"delete from {table}")
    assert (kind, code) == (Kind.UNKNOWN, Code.NO_EVIDENCE)


@pytest.mark.parametrize(
    "change", ["size = size - 1", "root = zeroblob(32)", "at = at + 60", "hash = zeroblob(32)", "origin = 'eip155:1/0x00'"]
)
def test_a_forged_checkpoint_is_tampered(world: Path, change: str) -> None:
    assert code_after(world, f"update checkpoints set {change}") == (Kind.REJECTED, Code.TAMPERED)


def test_a_flipped_bit_in_a_node_is_never_green(world: Path) -> None:
    kind, code = code_after(world, "update nodes set node = zeroblob(length(node))")
    assert (kind, code) == (Kind.REJECTED, Code.TAMPERED)


def test_without_any_evidence_nothing_is_known(tmp_path: Path) -> None:
    with Station.open(tmp_path / "new", offline=True) as station:
        verdict = station.check(Scan("(01)09506000134352(21)A1", datetime.now(UTC))).verdict
    assert (verdict.kind, verdict.code) == (Kind.UNKNOWN, Code.NO_EVIDENCE)


def test_a_class_of_goods_is_not_an_item(station: Station) -> None:
    verdict = station.check(Scan("09506000134352", datetime.now(UTC))).verdict
    assert (verdict.kind, verdict.code) == (Kind.UNKNOWN, Code.UNREADABLE)


def test_every_check_is_recorded_and_read_back(station: Station) -> None:
    made = [station.check(scan(item_of(station, code))) for code in (Code.OK, Code.RECALLED, Code.QUARANTINED)]
    read = station.recent(3)
    assert [c.verdict.code for c in read] == [c.verdict.code for c in reversed(made)]
    assert read[0].verdict.findings == made[-1].verdict.findings


def test_a_clock_behind_the_records_is_named(station: Station) -> None:
    early = Scan(gs1.digital_link(item_of(station, Code.OK)), datetime.now(UTC) - timedelta(days=2))
    verdict = station.check(early).verdict
    assert (verdict.kind, verdict.code) == (Kind.UNKNOWN, Code.STALE)
    assert "clock" in verdict.reason


def test_a_clock_set_back_makes_no_old_knowledge_fresh_and_nothing_good_again(world: Path) -> None:
    later = datetime.now(UTC) + timedelta(days=60)
    with Station.open(world, offline=True) as station:
        item = item_of(station, Code.OK)
        station.link.__dict__["clock"] = SteadyClock(world, clock=later.timestamp)
        assert station.check(Scan(gs1.digital_link(item), later)).verdict.code in (Code.STALE, Code.EXPIRED)
    with Station.open(world, offline=True) as station:
        back = station.check(scan(item))
        assert (back.verdict.kind is Kind.GENUINE, back.verdict.as_of is not None) == (False, True)
        assert back.verdict.as_of is not None
        assert back.verdict.as_of.age > timedelta(days=59)
        assert "remembered.json" in back.verdict.reason
        status = station.status().as_of
        assert status is not None
        assert status.age > timedelta(days=59)


def test_time_goes_on_while_the_clock_is_set_back_and_is_written_once_a_minute(tmp_path: Path) -> None:
    told, passed = [1_800_000_000.0], [0.0]
    steady = SteadyClock(tmp_path, clock=lambda: told[0], passed=lambda: passed[0])
    memory = tmp_path / "remembered.json"
    first = memory.stat().st_mtime_ns
    told[0] -= 86_400
    for _ in range(50):
        passed[0] += 1
        assert steady.now().timestamp() == 1_800_000_000 + passed[0]
    assert memory.stat().st_mtime_ns == first
    passed[0] += 20
    assert steady.now().timestamp() == 1_800_000_070
    assert Remembered(tmp_path).now(datetime.fromtimestamp(0, UTC)).timestamp() == 1_800_000_070
    assert SteadyClock(tmp_path, clock=lambda: told[0], passed=lambda: passed[0]).now().timestamp() == 1_800_000_070


def test_items_are_found_and_told_where_they_are(station: Station) -> None:
    item = item_of(station, Code.WRONG_CUSTODIAN)
    (row,) = station.items(item.serial)
    assert (row.item.key, row.custodian, row.status) == (item.key, "Pharmacie du Canal", "in circulation")


def test_a_search_takes_its_wild_cards_literally(station: Station) -> None:
    assert station.items("%_%") == []


def test_a_journey_holds_the_way_of_the_case_it_travelled_in(station: Station) -> None:
    row = next(row for row in station.items("Mountain honey") if row.status == "in circulation")
    verbs = [step.entry.verb for step in station.journey(row.item).steps]
    assert verbs[:2] == [Verb.COMMISSION, Verb.PACK]
    assert verbs.count(Verb.SHIP) >= 3
    assert verbs.index(Verb.UNPACK) > verbs.index(Verb.RECEIVE)


def test_settings_refuse_a_party_nobody_knows(station: Station) -> None:
    with pytest.raises(BadInput, match="No party"):
        station.save(here="4000000000000")


def test_a_damaged_database_is_said_in_one_sentence(world: Path) -> None:
    path = world / "wayproof.sqlite"
    for extra in ("-wal", "-shm"):
        path.with_name(path.name + extra).unlink(missing_ok=True)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreError, match="damaged"):
        Station.open(world, offline=True)


def test_a_database_of_a_newer_program_is_left_alone(world: Path) -> None:
    database = sqlite3.connect(world / "wayproof.sqlite")
    with database:
        database.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('wayproof', 'm999_future', '')"
        )
    database.close()
    with pytest.raises(StoreError, match="newer Wayproof"):
        Station.open(world, offline=True)
