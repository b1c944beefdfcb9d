"""EPCIS events onto the contract: verbs, parties, bound bytes, refusals with reasons, and nothing twice."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.exchange import import_file
from app.exchange.export import Selection, export
from app.family import Kin
from app.station import Station
from chain import encoding
from chain.epcis import hash_of, open_document
from chain.errors import BadInput
from chain.journey import Scan, Verb
from chain.verdict import Code, Kind
from tests.app import chocolate

BAR = chocolate.BARS[0]


def bring(profile: Path, path: Path, **options: Any) -> list[dict[str, Any]]:
    with Station.open(profile) as station:
        return list(import_file(station, path, record=True, **options))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]], Path]:
    """A profile on whose network the whole journey was recorded (do not write to it), the report, and the file."""
    folder = tmp_path_factory.mktemp("recorded")
    path = chocolate.file(folder)
    return folder / "profile", bring(folder / "profile", path), path


def test_every_event_becomes_entries_of_the_right_verbs(made: tuple[Path, list[dict[str, Any]], Path]) -> None:
    profile, (*rows, summary), _ = made
    assert {row["result"] for row in rows} == {"recorded"}
    assert (summary["recorded"], summary["entries"], summary["refused"]) == (10, 10, 0)
    with Station.open(profile, offline=True) as station:
        steps = station.journey(BAR).steps
        parties = {party.name for party in station.store.goods.parties() if party.organisation}
    assert [step.entry.verb for step in steps] == [
        Verb.COMMISSION, Verb.PACK, Verb.PACK, Verb.SHIP, Verb.RECEIVE, Verb.UNPACK, Verb.UNPACK, Verb.SHIP, Verb.RECEIVE,
    ]  # fmt: skip
    assert [step.place.name for step in steps if step.place and step.place.lat] == ["Confiserie Basel"] * 4 + [
        "Rotterdam Depot"
    ] * 4 + ["Wiener Laden"]
    assert parties == {"Confiserie Basel", "Rotterdam Depot", "Wiener Laden"}


def test_the_item_is_genuine_offline_and_nothing_is_left_to_claim(made: tuple[Path, list[dict[str, Any]], Path]) -> None:
    with Station.open(made[0], offline=True) as station:
        verdict = station.check(Scan(BAR.key, datetime.now(UTC))).verdict
        assert (verdict.kind, verdict.code) == (Kind.GENUINE, Code.OK), verdict.reason
        assert station.journey(BAR).claims == ()
        made_of = [one for one in station.family(BAR).relatives if one.kin is Kin.MADE_OF]
    assert [(one.name, one.proven) for one in made_of] == [(chocolate.COCOA, True), (chocolate.MILK, True)]


def test_the_leaf_binds_the_hash_and_the_exact_bytes(made: tuple[Path, list[dict[str, Any]], Path]) -> None:
    profile, _, path = made
    with Station.open(profile, offline=True) as station:
        details = [station.store.goods.detail(entry.commitment) for entry in station.store.replica.entries()]
        entries = list(station.store.replica.entries())
        raws = {one.hash: station.store.claims.raw(one.number) for one in station.store.claims.all()}
    told = {one.hash: one.raw for one in open_document(path)}
    assert raws == told
    found = {}
    for entry, detail in zip(entries, details, strict=True):
        if detail is not None and "eventHash" in detail.fields:
            assert encoding.commitment(detail.fields, detail.seed) == entry.commitment
            assert hash_of(detail.event) == detail.fields["eventHash"]
            found[detail.fields["eventHash"]] = detail.fields["exactBytes"]
    assert found == {hash_: hashlib.sha256(raw).hexdigest() for hash_, raw in told.items()}


def test_twice_records_nothing_twice_and_claims_of_it_are_duplicates(
    made: tuple[Path, list[dict[str, Any]], Path], tmp_path: Path
) -> None:
    profile, (*_, first), path = made
    *rows, again = bring(profile, path)
    assert {row["result"] for row in rows} == {"duplicate"}
    assert (again["recorded"], again["log_root"], again["log_size"]) == (0, first["log_root"], first["log_size"])
    with Station.open(profile, offline=True) as station:
        assert list(import_file(station, path))[-1]["accepted"] == 0
        export(station.store, tmp_path / "out.jsonld", Selection())
    exported = list(open_document(tmp_path / "out.jsonld"))
    assert {one.hash for one in exported} == {one.hash for one in open_document(path)}
    assert len(exported) == 10


def test_the_same_file_gives_the_same_log(made: tuple[Path, list[dict[str, Any]], Path], tmp_path: Path) -> None:
    assert bring(tmp_path / "other", made[2])[-1]["log_root"] == made[1][-1]["log_root"]


def test_what_went_into_other_goods_is_no_longer_in_use(tmp_path: Path) -> None:
    one, two = (chocolate.link(bar) for bar in chocolate.BARS)
    told = [
        chocolate.events()[0],
        chocolate.event("TransformationEvent", "2026-01-07T00:00:00Z", "commissioning", chocolate.MAKER,
                        inputEPCList=[one, two], outputEPCList=[chocolate.link(chocolate.CASE)]),
    ]  # fmt: skip
    *rows, summary = bring(tmp_path / "profile", chocolate.file(tmp_path, told))
    assert (summary["recorded"], summary["entries"]) == (2, 3), rows
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert station.check(Scan(BAR.key, datetime.now(UTC))).verdict.code is Code.DECOMMISSIONED
        assert station.check(Scan(chocolate.CASE.key, datetime.now(UTC))).verdict.code is Code.OK
        (into,) = [one for one in station.family(BAR).relatives if one.kin is Kin.MADE_INTO]
    assert (into.item, into.proven) == (chocolate.CASE, True)


CASES = {
    "a transaction": (4, {"type": "TransactionEvent", "bizTransactionList": [
        {"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:9521000001015:1"}]}, "ties goods to a business document"),
    "no receiver": (4, {"destinationList": []}, "A shipment needs a receiver"),
    "classes only": (4, {"epcList": [], "quantityList": [{"epcClass": chocolate.COCOA, "quantity": 1, "uom": "KGM"}]},
                     "by class and quantity only"),
    "never issued": (4, {"epcList": ["https://id.gs1.org/01/09521000555013/21/GHOST"]}, "was not issued before"),
    "not the holder": (8, {"sourceList": [{"type": "possessing_party", "source": chocolate.party(chocolate.SHOP)}],
                           "destinationList": [{"type": "possessing_party", "destination": chocolate.party(chocolate.DEPOT)}]},
                       "unit: not custodian"),
    "an error": (4, {"errorDeclaration": {"declarationTime": "2026-02-01T00:00:00Z"}}, "kept as a claim"),
    "before all clocks": (4, {"eventTime": "1066-10-14T09:00:00Z"}, "1066-10-14, lies outside"),
    "another's numbers": (1, {"epcList": ["https://id.gs1.org/00/106141412345678908"]}, "does not begin like the issuer"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_what_does_not_fit_is_refused_with_the_reason_and_nothing_is_touched(tmp_path: Path, case: str) -> None:
    place, members, why = CASES[case]
    told = chocolate.events()
    told[place] = {name: value for name, value in (told[place] | members).items() if value != []}
    if "epcList" not in told[place]:
        told[place] |= {"epcList": members.get("epcList", [])}
    path = chocolate.file(tmp_path, told)
    with pytest.raises(BadInput, match=rf"Nothing of .*was recorded: event {place + 1}: .*{why}"):
        bring(tmp_path / "profile", path)
    assert not (tmp_path / "profile" / "trust.json").exists()
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert (station.store.claims.count(), station.store.replica.size()) == (0, 0)
    *rows, summary = bring(tmp_path / "profile", path, keep_going=True)
    assert why in rows[place]["reason"]
    assert summary["recorded"] == sum(row["result"] == "recorded" for row in rows) > 0


def test_events_without_parties_belong_to_who_holds_the_goods_and_where(tmp_path: Path) -> None:
    told = [{name: value for name, value in one.items() if name != "sourceList"} for one in chocolate.events()]
    assert bring(tmp_path / "profile", chocolate.file(tmp_path, told))[-1]["recorded"] == 10
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert station.check(Scan(BAR.key, datetime.now(UTC))).verdict.code is Code.OK


def test_a_recall_of_a_lot_recalls_its_items(tmp_path: Path) -> None:
    gtin = BAR.gtin
    recall = chocolate.event(
        "ObjectEvent", "2026-02-01T00:00:00Z", "holding", chocolate.MAKER, action="OBSERVE", disposition="recalled",
        sourceList=[{"type": "possessing_party", "source": chocolate.party(chocolate.MAKER)}], epcList=[],
        quantityList=[{"epcClass": f"https://id.gs1.org/01/{gtin}/10/BAR-1"}],
    )  # fmt: skip
    *rows, summary = bring(tmp_path / "profile", chocolate.file(tmp_path, [*chocolate.events(), recall]))
    assert summary["recorded"] == 11, rows
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert station.check(Scan(BAR.key, datetime.now(UTC))).verdict.code is Code.RECALLED


def test_rows_of_the_plain_table_are_recorded_like_events(tmp_path: Path) -> None:
    from tests.app.test_import_tables import ITEM, text

    path = tmp_path / "table.csv"
    path.write_text(text(), encoding="utf-8")
    *rows, summary = bring(tmp_path / "profile", path, keep_going=True)
    assert [row["result"] for row in rows] == ["recorded", "refused", "refused", "refused"]
    assert "was never issued here" in rows[1]["reason"]
    assert summary["recorded"] == 1
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert station.check(Scan(ITEM.key, datetime.now(UTC))).verdict.code is Code.OK


def test_the_command_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app import cli

    path = chocolate.file(tmp_path)
    assert cli.main(["--profile", str(tmp_path / "p"), "import", "--record", str(path), "--json"]) == 0
    *rows, summary = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [row["result"] for row in rows] == ["recorded"] * 10
    assert summary["recorded"] == 10
