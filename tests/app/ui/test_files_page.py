# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""Files in and out of the window: whatever a stick holds is looked at first; proofs of one, of many and of a whole delivery."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton

from app import cli
from app.desk.people import Rank
from app.desk.tasks import Task
from app.exchange import import_file
from app.exchange.preview import COLUMNS, preview, refused_csv
from app.printing import label_text_of
from app.proofs import open_proof, proof_of
from app.station import Station
from app.ui.pages.desk_chooser import Wanted
from app.ui.pages.files import FilesPage
from app.ui.theme import TARGET
from app.ui.window import Window
from chain import gs1
from chain.errors import BadInput
from chain.verdict import Code, Kind
from tests.app.desk.yard import DRUG, Yard
from tests.app.ui.desk_window import begin, desk_of, founded, link, profile, settle, type_burst, window, yard  # noqa: F401 - fixtures

GOOD = f"""event,time,party,gtin,serial
commission,2025-02-03T10:00:00Z,Alba Pharma,{DRUG.gtin},A1
commission,2025-02-03T10:05:00Z,Alba Pharma,{DRUG.gtin},A2
observe,2025-02-05,Alba Pharma,{DRUG.gtin},A1
"""
ONE_BAD = GOOD + f"observe,yesterday,Alba Pharma,{DRUG.gtin},=A2\n"


@pytest.fixture
def page(qtbot, window: Window) -> FilesPage:
    """The page for files, open."""
    window.open("files")
    settle(qtbot, window)
    assert window.files is not None
    return window.files


def written(folder: Path, text: str, name: str = "from a partner.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def opened(qtbot, window: Window, *paths: Path) -> FilesPage:
    window.open_files(paths)
    settle(qtbot, window)
    assert window.files is not None
    return window.files


# ---- lists ---------------------------------------------------------------------------------------------------------------


def test_a_list_is_shown_before_anything_is_kept(qtbot, window: Window, profile: Path, tmp_path: Path) -> None:
    page = opened(qtbot, window, written(tmp_path, ONE_BAD))
    view = page.importing
    assert page._stack.currentWidget() is view
    assert [figure.accessibleName() for figure in (view.fresh, view.known, view.bad)] == [
        "New events: 3", "Known already: 0", "Refused lines: 1",
    ]  # fmt: skip
    assert view.go.text() == "Import 3 events"
    assert view.about.text() == "Table, 3 Feb 2025 to 5 Feb 2025"
    assert view.refused.index(0).data().startswith("Row 5, column time: ")
    with Station.open(profile, offline=True) as station:
        assert station.store.claims.count() == 0


def test_it_is_imported_when_the_person_agrees_and_is_known_the_second_time(
    qtbot, window: Window, profile: Path, tmp_path: Path
) -> None:
    page = opened(qtbot, window, written(tmp_path, ONE_BAD))
    page.import_it()
    settle(qtbot, window)
    assert page.importing.about.text() == "3 events came in. 1 line was left out."
    assert page.importing.go.isHidden()
    again = opened(qtbot, window, written(tmp_path, GOOD))
    assert again.importing.known.accessibleName() == "Known already: 3"
    assert not again.importing.go.isEnabled()
    with Station.open(profile, offline=True) as station:
        assert station.store.claims.count() == 3
        acts = [act.act for act, _ in station.store.desk.acts()]
    assert acts == ["imported a file"]


def test_refused_lines_are_saved_and_no_cell_is_a_formula(qtbot, window: Window, tmp_path: Path) -> None:
    page = opened(qtbot, window, written(tmp_path, ONE_BAD))
    page.save_refused(tmp_path / "refused.csv")
    settle(qtbot, window)
    header, row = list(csv.reader(io.StringIO((tmp_path / "refused.csv").read_bytes().decode("utf-8-sig"))))
    assert tuple(header) == COLUMNS
    assert row[0] == "5"
    assert row[3] == "time"
    assert page.notice.words == "Saved refused.csv."
    assert b"'=1" in refused_csv([{"row": 1, "reason": "=1+1"}])


def test_a_preview_says_what_an_import_then_does(profile: Path, tmp_path: Path) -> None:
    path = written(tmp_path, ONE_BAD + GOOD.splitlines()[1] + "\n")
    with Station.open(profile) as station:
        for record in (False, True):
            told = preview(station, path, record=record)
            *_, summed = import_file(station, path, keep_going=True, record=record)
            came = summed["recorded"] if record else summed["accepted"]
            assert (told.events, told.fresh, told.duplicates, told.bad) == (
                summed["events"], came, summed["duplicates"], summed["refused"],
            )  # fmt: skip


def test_it_can_be_recorded_on_the_network(qtbot, window: Window, tmp_path: Path) -> None:
    gln, gtin = (start + gs1.check_digit(start) for start in ("401234500000", "0401234500001"))
    row = f"event,time,party,party_gln,gtin,serial\ncommission,2025-02-03,Nova Works,{gln},{gtin},"
    page = opened(qtbot, window, written(tmp_path, f"{row}A1\n{row.splitlines()[1]}A2\n"))
    view = page.importing
    view.how.setCurrentIndex(1)
    view.again_wanted.emit()
    settle(qtbot, window)
    assert view.told is not None
    assert view.told.records
    assert "Nova Works" in view.parties.text()
    page.import_it()
    settle(qtbot, window)
    assert view.about.text() == "2 events came in."


def test_only_a_lead_records_files(qtbot, window: Window, tmp_path: Path) -> None:
    window.lanes.store(lambda door: door.desk.shift.enrol("Ada", Rank.LEAD, pin="2846"), lambda _: None)
    page = opened(qtbot, window, written(tmp_path, GOOD))
    page.importing.how.setCurrentIndex(1)
    page.importing.again_wanted.emit()
    settle(qtbot, window)
    assert page.notice.words == "Only a person who leads may record a file on the network: sign in as one."
    assert not page.importing.records


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.csv", b""),
        ("broken.json", b'{"type": "EPCISDocument", "epcisBody": {"eventList": [{'),
        ("header only.csv", b"event,time,party,gtin,serial\n"),
        ("other columns.csv", b"a,b,c\n1,2,3\n"),
        ("not text.csv", bytes(range(256)) * 40),
        ("no book.xlsx", b"PK\x03\x04" + bytes(200)),
        ("damaged.wayproof", b"wayproof 2\n" + bytes(300)),
    ],
)
def test_a_bad_file_is_one_sentence_and_nothing_else(
    qtbot, window: Window, profile: Path, tmp_path: Path, name: str, data: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    page = opened(qtbot, window, path)
    if name.endswith(".wayproof"):
        assert page.proofs.list.checks.check(page.proofs.list.checks.index(0)).verdict.code is Code.TAMPERED  # type: ignore[union-attr]
    else:
        assert page.notice.words
        assert "\n" not in page.notice.words
        assert not page.importing.go.isEnabled()
    assert page.work.isHidden()


def test_a_stopped_import_keeps_nothing(qtbot, window: Window, profile: Path, tmp_path: Path) -> None:
    rows = "".join(f"commission,2025-02-03T10:00:00Z,Alba Pharma,{DRUG.gtin},S{n}\n" for n in range(1200))
    page = opened(qtbot, window, written(tmp_path, GOOD.splitlines()[0] + "\n" + rows))
    assert page.importing.fresh.accessibleName() == "New events: 1,200"
    page.import_it()
    page.work.stop()
    settle(qtbot, window)
    with Station.open(profile, offline=True) as station:
        assert station.store.claims.count() == 0
    assert page.notice.words.startswith("The import was stopped.")
    assert page.importing.go.isEnabled()


# ---- proofs --------------------------------------------------------------------------------------------------------------


def test_proof_of_one_and_of_many_is_saved_and_opened_again(
    qtbot, window: Window, yard: Yard, page: FilesPage, tmp_path: Path
) -> None:
    going = page.start.going
    going.codes.setPlainText("\n".join(link(item) for item in yard.stock[:2]))
    going.take(link(yard.stock[1]))
    assert going.count.text() == "2 items"
    for texts, name in ((going.texts, "many.wayproof"), (going.texts[:1], "one.wayproof")):
        page.save_proof(texts, tmp_path / name)
        settle(qtbot, window)
    assert page.notice.words == "Saved one.wayproof. It proves 1 item."
    opened(qtbot, window, tmp_path / "many.wayproof", tmp_path / "one.wayproof")
    view = page.proofs
    assert page._stack.currentWidget() is view
    assert view.list.checks.rowCount() == 3
    assert view.about.text() == "3 × Genuine. Checked against this laptop's trust pack."
    assert view.banner.isVisible()


def test_the_goods_of_a_finished_task_are_proven_in_one_file(qtbot, window: Window, yard: Yard, tmp_path: Path) -> None:
    desk = begin(qtbot, window, Wanted(Task.COUNT))
    desk.take(link(yard.stock_case))
    desk.take(link(yard.stock[0]))
    settle(qtbot, window)
    desk.finish()
    settle(qtbot, window)
    desk.done.proof.click()
    settle(qtbot, window)
    page = window.files
    assert page is not None
    assert window.opened == "files"
    texts = page.start.going.texts
    assert len(texts) == 5  # the case, the three in it, and the loose one
    page.save_proof(texts, tmp_path / "delivery.wayproof")
    settle(qtbot, window)
    opened(qtbot, window, tmp_path / "delivery.wayproof")
    assert page.proofs.about.text().startswith("5 × Genuine.")


def test_a_recalled_item_comes_first_and_says_why(qtbot, window: Window, yard: Yard, tmp_path: Path) -> None:
    profile = window.profile
    with Station.open(profile, offline=True) as station:
        data = proof_of(station, [link(yard.stock[0]), link(yard.bought[0])])
    path = tmp_path / "two.wayproof"
    path.write_bytes(data)
    page = opened(qtbot, window, path)
    first = page.proofs.list.checks.check(page.proofs.list.checks.index(0))
    assert first is not None
    assert first.verdict.code is Code.RECALLED
    assert "Recalled" in page.proofs.list.checks.index(0).data()


def test_without_a_trust_pack_one_is_asked_for_and_used_once(qtbot, window: Window, yard: Yard, tmp_path: Path) -> None:
    with Station.open(window.profile, offline=True) as station:
        (tmp_path / "one.wayproof").write_bytes(proof_of(station, [label_text_of(station, yard.stock[0])]))
    shutil.copy(window.profile / "trust.json", tmp_path / "theirs.json")
    page = opened(qtbot, window, tmp_path / "one.wayproof")
    page.use_trust(tmp_path / "theirs.json")
    settle(qtbot, window)
    assert page.proofs.about.text() == "1 × Genuine. Checked against theirs.json."
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    page.use_trust(tmp_path / "none.json")
    settle(qtbot, window)
    assert "\n" not in page.notice.words
    assert page.notice.words


def test_what_nothing_is_known_of_cannot_be_proven(profile: Path, tmp_path: Path) -> None:
    with Station.open(profile, offline=True) as station, pytest.raises(BadInput, match="at least one"):
        proof_of(station, [])


def test_the_window_and_the_command_line_give_the_same_verdicts(
    qtbot, window: Window, yard: Yard, tmp_path: Path, capsys
) -> None:
    with Station.open(window.profile, offline=True) as station:
        (tmp_path / "pack.wayproof").write_bytes(proof_of(station, [link(one) for one in (*yard.stock, *yard.bought)]))
    opened_here = open_proof(tmp_path / "pack.wayproof", window.profile / "trust.json", tmp_path / "nowhere")
    capsys.readouterr()
    called = ["verify", str(tmp_path / "pack.wayproof"), "--trust", str(window.profile / "trust.json"), "--json"]
    assert cli.main([*called, "--profile", str(tmp_path / "nowhere")]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["verdict"], row["code"]) for row in rows] == [
        (one.verdict.kind.value, one.verdict.code.value) for one in opened_here.checks
    ]
    assert sum(one.verdict.kind is Kind.GENUINE for one in opened_here.checks) == len(yard.stock)


# ---- ways in -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["scan", "items", "settings"])
def test_a_file_can_be_dropped_on_any_page(qtbot, window: Window, tmp_path: Path, where: str) -> None:
    path = written(tmp_path, GOOD)
    window.open(where)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    target = window.scan if where == "scan" else window
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    target.dropEvent(event)
    settle(qtbot, window)
    assert window.opened == "files"
    assert window.files is not None
    assert window.files.importing.title.text() == path.name
    assert window.rail.buttons["items"].isChecked()


def test_a_scan_goes_to_the_list_only_while_the_list_listens(qtbot, window: Window, yard: Yard, page: FilesPage) -> None:
    window.activateWindow()
    page.start.going.codes.setFocus()
    qtbot.waitUntil(lambda: page.listens)
    type_burst(window, link(yard.stock[0]))
    qtbot.waitUntil(lambda: page.start.going.texts == [link(yard.stock[0])])
    page.start.going.save.setFocus()
    type_burst(window, link(yard.stock[1]))
    qtbot.waitUntil(lambda: window.opened == "scan")
    settle(qtbot, window)
    assert page.start.going.texts == [link(yard.stock[0])]


def test_the_details_of_an_answer_offer_the_proof(qtbot, window: Window, yard: Yard) -> None:
    window.open("scan")
    window.scan.submit([link(yard.stock[0])])
    settle(qtbot, window)
    window.scan.card.details.click()
    (button,) = [one for one in window.scan.evidence.findChildren(QAbstractButton) if "proof" in one.text()]
    button.click()
    settle(qtbot, window)
    assert window.opened == "files"
    assert window.files is not None
    assert window.files.start.going.texts == [link(yard.stock[0])]


def test_every_control_is_named_and_large_enough_for_a_glove(qtbot, window: Window, page: FilesPage, tmp_path: Path) -> None:
    opened(qtbot, window, written(tmp_path, ONE_BAD))
    for view in (page.start, page.importing, page.proofs):
        for button in view.findChildren(QAbstractButton):
            if button.text():
                assert button.minimumHeight() >= TARGET
    assert desk_of(window).working is False


def test_going_back_stops_an_import_and_says_so(qtbot, window: Window, profile: Path, tmp_path: Path) -> None:
    rows = "".join(f"commission,2025-02-03T10:00:00Z,Alba Pharma,{DRUG.gtin},S{n}\n" for n in range(1200))
    page = opened(qtbot, window, written(tmp_path, GOOD.splitlines()[0] + "\n" + rows))
    page.import_it()
    page.open([tmp_path / "another.csv"])
    assert page.notice.words == "An import is under way: wait for it, or stop it."
    page.restart()
    settle(qtbot, window)
    assert page._stack.currentWidget() is page.importing
    assert page.notice.words.startswith("The import was stopped.")
    page.restart()
    assert page._stack.currentWidget() is page._first
    with Station.open(profile, offline=True) as station:
        assert station.store.claims.count() == 0
