"""`wayproof import` from file to verdict: all or nothing, twice the same, proven offline, never green over changed rows."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.exchange import Stopped, import_file
from app.network import Network
from app.printing import label_text_of
from app.station import Station
from chain.errors import BadInput
from chain.journey import Item, Scan, Verb
from chain.verdict import Code, Kind
from tests.app import deliveries

ROWS = 12
CHUNK = 5


def bring(profile: Path, path: Path, **options: object) -> list[dict[str, object]]:
    """Import a file in the form of the docs' example; the report rows and the summary."""
    with Station.open(profile) as station:
        mapping = str(deliveries.mapping(path.parent))
        return list(import_file(station, path, mapping, chunk=CHUNK, **options))  # type: ignore[arg-type]


def items(profile: Path) -> list[Item]:
    with Station.open(profile, offline=True) as station:
        return [item for _, item, _ in station.store.goods.search("", 1000, 0)]


def verdict(profile: Path, text: str) -> tuple[Kind, Code]:
    with Station.open(profile, offline=True) as station:
        found = station.check(Scan(text, datetime.now(UTC))).verdict
    return found.kind, found.code


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], str]:
    """A profile with an imported file (do not write to it), the summary, and the label of one of its items."""
    folder = tmp_path_factory.mktemp("import")
    (summary,) = bring(folder / "profile", deliveries.table(folder, ROWS))
    with Station.open(folder / "profile") as station:
        label = label_text_of(station, items(folder / "profile")[3])
    return folder / "profile", summary, label


@pytest.fixture
def copy(made: tuple[Path, dict[str, object], str], tmp_path: Path) -> Path:
    """A profile with an imported file, to do with as one likes."""
    shutil.copytree(made[0], tmp_path / "profile")
    return tmp_path / "profile"


def test_the_summary_says_what_was_done(made: tuple[Path, dict[str, object], str]) -> None:
    profile, summary, _ = made
    assert list(summary) == [
        "source", "mapping", "rows", "events", "recorded", "duplicates", "refused", "blocks", "gas_per_event", "seconds",
        "events_per_second", "log_size", "log_root", "block", "bytes_on_disk",
    ]  # fmt: skip
    wanted = {"mapping": "deliveries", "rows": ROWS, "events": 3 * ROWS, "recorded": 3 * ROWS, "duplicates": 0, "refused": 0}
    assert summary | wanted == summary
    assert summary["blocks"] == 9  # three chunks of at most five rows, three blocks each
    assert summary["log_size"] == 3 * ROWS + 7 * 2 + 3  # seven parties and their devices, three prefixes
    assert isinstance(summary["gas_per_event"], int)
    assert 20_000 < summary["gas_per_event"] < 80_000
    assert summary["bytes_on_disk"] == sum(path.stat().st_size for path in profile.glob("*.sqlite"))
    with Station.open(profile, offline=True) as station:
        newest = station.store.replica.checkpoint()
        assert newest is not None
        assert newest[0].root.hex() == summary["log_root"]
        assert station.status().items == ROWS


def test_every_imported_unit_is_genuine_offline_with_its_real_journey(made: tuple[Path, dict[str, object], str]) -> None:
    profile = made[0]
    found = items(profile)
    assert len(found) == ROWS
    with Station.open(profile) as station:
        labels = [label_text_of(station, item) for item in found]
    with Station.open(profile, offline=True) as station:
        for label in labels:
            checked = station.check(Scan(label, datetime.now(UTC)))
            assert (checked.verdict.kind, checked.verdict.code) == (Kind.GENUINE, Code.OK), checked.verdict.reason
        steps = station.journey(found[0]).steps
    assert [step.entry.verb for step in steps] == [Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE]
    made_, sent, got = steps
    assert made_.place is not None
    assert (made_.place.name, made_.place.country) == ("Plant 2, Basel", "CH")
    assert sent.actor is not None
    assert sent.counterparty is not None
    assert got.actor is not None
    assert (sent.actor.name in deliveries.MAKERS, sent.counterparty.name) == (True, got.actor.name)
    for step in steps:
        assert step.event is not None
        assert step.event.record_time is not None
        assert step.entry.event_time <= step.event.record_time.timestamp() <= step.entry.record_time


def test_a_label_of_another_maker_is_not_signed_by_this_one(made: tuple[Path, dict[str, object], str]) -> None:
    profile, _, label = made
    assert verdict(profile, label) == (Kind.GENUINE, Code.OK)
    signature = label.partition("?")[2]
    other = next(item for item in items(profile) if item.sscc not in label)
    assert verdict(profile, f"https://id.gs1.org/00/{other.sscc}?{signature}") == (Kind.REJECTED, Code.BAD_SIGNATURE)


def test_the_same_file_twice_records_nothing_twice(made: tuple[Path, dict[str, object], str], copy: Path, tmp_path: Path) -> None:
    (again,) = bring(copy, deliveries.table(tmp_path, ROWS))
    wanted = {"recorded": 0, "duplicates": 3 * ROWS, "blocks": 0, "gas_per_event": 0}
    assert again | wanted == again
    assert (again["log_root"], again["log_size"]) == (made[1]["log_root"], made[1]["log_size"])


def test_the_same_file_elsewhere_and_in_another_order_ends_in_the_same_log_root(
    made: tuple[Path, dict[str, object], str], tmp_path: Path
) -> None:
    rows = [deliveries.row(number) for number in reversed(range(1, ROWS + 1))]
    (summary,) = bring(tmp_path / "other", deliveries.table(tmp_path, rows))
    assert summary["log_root"] == made[1]["log_root"]


def test_a_longer_file_brings_only_what_is_new(copy: Path, tmp_path: Path) -> None:
    (summary,) = bring(copy, deliveries.table(tmp_path, ROWS + 3))
    assert (summary["recorded"], summary["duplicates"]) == (9, 3 * ROWS)
    with Station.open(copy) as station:
        labels = [label_text_of(station, item) for item in items(copy)]
    assert {verdict(copy, label) for label in labels} == {(Kind.GENUINE, Code.OK)}
    assert len(labels) == ROWS + 3


def test_a_network_with_other_content_takes_a_file_behind_it(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    Network.embedded_in(profile).close()  # founded now: every block of the import is later than its history
    (summary,) = bring(profile, deliveries.table(tmp_path, 2))
    assert summary["recorded"] == 6
    with Station.open(profile) as station:
        label = label_text_of(station, items(profile)[0])
    assert verdict(profile, label) == (Kind.GENUINE, Code.OK)


BAD = {4: {"delivered": "soon"}, 7: {"packs": "many"}, 9: {"shop": ""}}


def rows_with_bad_ones() -> list[str]:
    return [deliveries.row(number, **BAD.get(number, {})) for number in range(1, ROWS + 1)] + [deliveries.row(1), "13;cut off"]


def test_one_bad_row_refuses_the_file_and_nothing_was_touched(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    words = r"row 5, column “delivered”: “soon” is not a date of the form DD\.MM\.YYYY \(4 more rows are bad\)"
    with pytest.raises(BadInput, match=words):
        bring(profile, deliveries.table(tmp_path, rows_with_bad_ones()))
    database = {"wayproof.sqlite", "wayproof.sqlite-wal", "wayproof.sqlite-shm"}
    assert {path.name for path in profile.iterdir()} <= {*database, "remembered.json"}  # the latter: the latest time seen
    with Station.open(profile, offline=True) as station:
        assert (station.trust, station.status().items, station.store.goods.parties()) == (None, 0, [])


def test_keep_going_imports_the_good_rows_and_reports_each_bad_one(tmp_path: Path) -> None:
    path = deliveries.table(tmp_path, rows_with_bad_ones())
    *refused, summary = bring(tmp_path / "profile", path, keep_going=True)
    assert [(row["row"], row["column"]) for row in refused] == [
        (5, "delivered"),
        (8, "packs"),
        (10, "shop"),
        (14, "number"),
        (15, ""),
    ]
    assert all(set(row) == {"source", "row", "line", "column", "reason"} for row in refused)
    assert (summary["refused"], summary["events"], summary["rows"]) == (5, 3 * (ROWS - 3), ROWS + 2)
    assert len(items(tmp_path / "profile")) == ROWS - 3


def test_a_file_of_bad_rows_only_is_refused_even_when_told_to_keep_going(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"No row of .* can be imported"):
        bring(tmp_path / "profile", deliveries.table(tmp_path, [deliveries.row(1, packs="many")]), keep_going=True)


def test_a_row_that_says_something_else_than_the_log_is_refused(copy: Path, tmp_path: Path) -> None:
    rows = [deliveries.row(number, **({"product": "Swapped"} if number == 2 else {})) for number in range(1, ROWS + 1)]
    with pytest.raises(BadInput, match=r"row 3: the contract would refuse the commission: unit: issued already"):
        bring(copy, deliveries.table(tmp_path, [deliveries.row(n, **({"packs": "77"} if n == 2 else {})) for n in range(1, 4)]))
    (summary,) = bring(copy, deliveries.table(tmp_path, rows))  # the product's name is no part of what is committed to
    assert summary["recorded"] == 0


def test_a_record_time_that_is_to_come_is_refused(tmp_path: Path) -> None:
    soon = f"{datetime.now(UTC) + timedelta(days=9):%d.%m.%Y}"
    with pytest.raises(BadInput, match=r"row 2, column “booked”: it says that it was recorded on .*, which is to come"):
        bring(tmp_path / "profile", deliveries.table(tmp_path, [deliveries.row(1, booked=soon)]))


def test_rules_of_the_contract_are_asked_before_anything_is_sent(tmp_path: Path) -> None:
    """A row for each event; among them a receipt before the shipment, one of what was never made, and a stranger's prefix."""
    path = tmp_path / "events.json"
    path.write_text(json.dumps(deliveries.identified_spec()), encoding="utf-8")
    lines = [
        deliveries.identified("A1", "made", "2025-01-05", booked="05.01.2025"),
        deliveries.identified("A1", "got", "2025-01-06", booked="06.01.2025"),
        deliveries.identified("A1", "sent", "2025-01-07", booked="07.01.2025"),
        deliveries.identified("A2", "got", "2025-01-07", booked="08.01.2025"),
        deliveries.identified("A3", "made", "2025-01-07", ordered="4006381333931"),
    ]
    table = deliveries.table(tmp_path, lines)
    with Station.open(tmp_path / "profile") as station:
        refused = [row for row in import_file(station, table, str(path), keep_going=True) if "reason" in row]
    assert [(row["row"], row["reason"]) for row in refused] == [
        (3, "the contract would refuse the receive: unit: not shipped"),
        (5, "the contract would refuse the receive: unit: not issued"),
        (6, "the contract would refuse the commission: prefix: not yours"),
    ]
    assert [item.key for item in items(tmp_path / "profile")] == [f"(01){deliveries.GTIN}(21)A1"]


def test_a_cancelled_import_goes_on_where_it_was(made: tuple[Path, dict[str, object], str], tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []

    def stop() -> bool:
        return any(what == "events" and done >= 10 for what, done, _ in said)

    path = deliveries.table(tmp_path, ROWS)
    with pytest.raises(Stopped, match="goes on from there"):
        bring(tmp_path / "profile", path, progress=lambda *now: said.append(now), cancelled=stop)
    assert ("rows", ROWS, ROWS) in said
    (summary,) = bring(tmp_path / "profile", path)
    assert (summary["recorded"], summary["duplicates"]) == (3 * ROWS - 10, 10)
    assert summary["log_root"] == made[1]["log_root"]


def test_progress_ends_at_the_whole_of_everything(tmp_path: Path) -> None:
    said: list[tuple[str, int, int]] = []
    bring(tmp_path / "profile", deliveries.table(tmp_path, 2), progress=lambda *now: said.append(now))
    assert {what for what, _, _ in said} == {"rows", "rehearsal", "events", "entries", "proofs"}
    assert [now for now in said if now[0] == "events"][-1] == ("events", 6, 6)


def test_a_file_is_matched_by_its_header_or_refused(tmp_path: Path) -> None:
    path = deliveries.table(tmp_path, 2)
    with Station.open(tmp_path / "profile") as station:
        with pytest.raises(BadInput, match="No mapping fits the header"):
            list(import_file(station, path))
        with pytest.raises(BadInput, match="lacks columns of the mapping “scms”"):
            list(import_file(station, path, "scms"))


def test_an_offline_station_imports_nothing(tmp_path: Path) -> None:
    with Station.open(tmp_path / "profile", offline=True) as station, pytest.raises(BadInput, match="needs the network"):
        list(import_file(station, deliveries.table(tmp_path, 2), str(deliveries.mapping(tmp_path))))


# ---- a changed laptop ----------------------------------------------------------------------------------------------------

MINE = "idx in (select idx from about where subject = (select unit from items where instr(:label, sscc)))"
EDITS = {
    "idx": "idx + 100000", "verb": "case verb when 4 then 3 else 4 end", "organisation": "organisation + 1",
    "device": "zeroblob(20)", "counterparty": "counterparty + 1", "event_time": "event_time - 1",
    "record_time": "record_time + 1", "commitment": "zeroblob(32)", "argument": "randomblob(32)", "units": "zeroblob(32)",
}  # fmt: skip
DETAILS = {
    "commitment": "randomblob(32)",
    "fields": "cast(replace(cast(fields as text), '2025-', '2024-') as blob)",
    "seed": "zeroblob(32)",
}


def after(profile: Path, label: str, sql: str) -> tuple[Kind, Code]:
    """The verdict over the item of a label after somebody edited the database of the laptop."""
    database = sqlite3.connect(profile / "wayproof.sqlite")
    with database:
        changed = database.execute(sql, {"label": label}).rowcount
    database.close()
    assert changed > 0, "the edit changed nothing, so this test would show nothing"
    return verdict(profile, label)


@pytest.mark.parametrize("verb", [Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE])
@pytest.mark.parametrize("column", EDITS)
def test_an_altered_event_is_tampered(made: tuple[Path, dict[str, object], str], copy: Path, column: str, verb: Verb) -> None:
    sql = f"update events set {column} = {EDITS[column]} where verb = {int(verb)} and {MINE}"
    assert after(copy, made[2], sql) == (Kind.REJECTED, Code.TAMPERED)


@pytest.mark.parametrize("column", DETAILS)
def test_altered_details_are_tampered(made: tuple[Path, dict[str, object], str], copy: Path, column: str) -> None:
    which = f"select commitment from events where verb = {int(Verb.SHIP)} and {MINE}"
    sql = f"update details set {column} = {DETAILS[column]} where commitment in ({which})"
    assert after(copy, made[2], sql) == (Kind.REJECTED, Code.TAMPERED)


@pytest.mark.parametrize("table", ["events", "details"])
@pytest.mark.parametrize("verb", [Verb.COMMISSION, Verb.SHIP, Verb.RECEIVE])
def test_a_dropped_row_is_tampered(made: tuple[Path, dict[str, object], str], copy: Path, table: str, verb: Verb) -> None:
    which = f"select {'idx' if table == 'events' else 'commitment'} from events where verb = {int(verb)} and {MINE}"
    sql = f"delete from {table} where {'idx' if table == 'events' else 'commitment'} in ({which})"
    assert after(copy, made[2], sql) == (Kind.REJECTED, Code.TAMPERED)


def test_the_columns_that_are_only_hints_cannot_hide_anything(made: tuple[Path, dict[str, object], str], copy: Path) -> None:
    """`block` and `detailed` are on no proof: changing them changes no verdict, and every other column is in the tests above."""
    database = sqlite3.connect(copy / "wayproof.sqlite")
    columns = {row[1] for row in database.execute("pragma table_info(events)")}
    database.close()
    assert columns == {*EDITS, "block", "detailed"}
    assert after(copy, made[2], f"update events set block = block + 1 where {MINE}") == (Kind.GENUINE, Code.OK)
