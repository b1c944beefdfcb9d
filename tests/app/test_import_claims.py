"""EPCIS documents as claims: whole or not at all, once only, said to be unproven, and given back as they came."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import cli
from app.exchange import Stopped, import_file
from app.exchange.export import Selection, export
from app.family import Kin
from app.station import Station
from app.store.claims import name_of
from chain.epcis import bare_event, event_of, hash_of, identified, open_document, write
from chain.errors import BadInput
from chain.journey import Event, Item, Scan
from chain.verdict import Code, Kind, Outcome
from tests.app import chocolate
from tests.chain.epcis import as_xml
from tests.chain.epcis.strategies import events

BAR = chocolate.BARS[0]


def bring(profile: Path, path: Path, **options: Any) -> list[dict[str, Any]]:
    """The report rows and the summary of an import."""
    with Station.open(profile, offline=True) as station:
        return list(import_file(station, path, **options))


def count(profile: Path) -> int:
    with Station.open(profile, offline=True) as station:
        return station.store.claims.count()


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """A profile into which the whole journey was imported."""
    bring(tmp_path / "profile", chocolate.file(tmp_path))
    return tmp_path / "profile"


def test_every_event_is_reported_with_its_hash_and_then_the_sum(tmp_path: Path) -> None:
    path = chocolate.file(tmp_path)
    *rows, summary = bring(tmp_path / "profile", path)
    assert [row["hash"] for row in rows] == [one.hash for one in open_document(path)]
    assert {row["result"] for row in rows} == {"accepted"}
    assert [row["event"] for row in rows] == list(range(1, 11))
    wanted = {"format": "epcis-json", "events": 10, "accepted": 10, "duplicates": 0, "refused": 0, "source": str(path)}
    assert summary | wanted == summary


def test_the_same_event_is_kept_once_in_whatever_form_it_comes(tmp_path: Path) -> None:
    bring(tmp_path / "profile", chocolate.file(tmp_path))
    *rows, summary = bring(tmp_path / "profile", chocolate.file(tmp_path, name="again.json"))
    assert {row["result"] for row in rows} == {"duplicate"}
    twice = chocolate.file(tmp_path / "..", [chocolate.events()[0]] * 2, name=f"{tmp_path.name}-twice.jsonld")
    (first, second), last = (found := bring(tmp_path / "other", twice))[:2], found[2]
    assert (first["result"], second["result"], last["accepted"]) == ("accepted", "duplicate", 1)
    assert (summary["accepted"], summary["duplicates"], count(tmp_path / "profile")) == (0, 10, 10)


def test_the_exact_bytes_are_kept(told: Path, tmp_path: Path) -> None:
    raws = [one.raw for one in open_document(tmp_path / "chocolate.jsonld")]
    with Station.open(told, offline=True) as station:
        assert [station.store.claims.raw(one.number) for one in station.store.claims.all()] == raws


def test_one_bad_event_leaves_the_profile_as_it_was(tmp_path: Path) -> None:
    bad = chocolate.events()
    bad[6] = {**bad[6], "action": "PERHAPS"}
    path = chocolate.file(tmp_path, bad)
    with pytest.raises(BadInput, match=r"Nothing of .* event 7: epcisBody\.eventList\[6\]\.action.*PERHAPS.*--keep-going"):
        bring(tmp_path / "profile", path)
    assert count(tmp_path / "profile") == 0
    *rows, summary = bring(tmp_path / "profile", path, keep_going=True)
    assert [row["event"] for row in rows if row["result"] == "refused"] == [7]
    assert "PERHAPS" in rows[6]["reason"]
    assert (summary["accepted"], summary["refused"], count(tmp_path / "profile")) == (9, 1, 9)


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.95, 0.999])
@pytest.mark.parametrize("keep_going", [False, True])
def test_a_document_that_breaks_off_is_never_half_imported(tmp_path: Path, cut: float, keep_going: bool) -> None:
    whole = json.dumps(chocolate.document(chocolate.events() * 40)).encode()
    path = tmp_path / "half.json"
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(BadInput, match=r"half\.json"):
        bring(tmp_path / "profile", path, keep_going=keep_going)
    assert count(tmp_path / "profile") == 0


def test_what_is_wrong_around_the_events_refuses_the_file_unless_told_to_keep_going(tmp_path: Path) -> None:
    document = chocolate.document()
    del document["creationDate"]
    path = tmp_path / "headless.json"
    path.write_text(json.dumps(document))
    with pytest.raises(BadInput, match="creationDate is missing"):
        bring(tmp_path / "profile", path)
    first, *_, summary = bring(tmp_path / "profile", path, keep_going=True)
    assert (first["result"], first["event"], first["path"]) == ("refused", None, "creationDate")
    assert (summary["accepted"], summary["refused"]) == (10, 1)


def test_an_answer_without_events_is_done_at_once(tmp_path: Path) -> None:
    (summary,) = bring(tmp_path / "profile", chocolate.file(tmp_path, []))
    assert (summary["events"], summary["accepted"]) == (0, 0)


def test_progress_is_told_and_a_stopped_import_leaves_nothing(tmp_path: Path) -> None:
    one = chocolate.events()[4]
    path = chocolate.file(tmp_path, [one | {"eventID": f"urn:uuid:{n:032d}"} for n in range(1200)])
    said: list[tuple[str, int, int]] = []
    bring(tmp_path / "a", path, progress=lambda *told: said.append(told))
    assert [what for what, _, _ in said] == ["bytes read"] * 3
    assert [done for _, done, _ in said] == sorted(done for _, done, _ in said)
    assert said[-1][1:] == (path.stat().st_size, path.stat().st_size)
    with pytest.raises(Stopped):
        bring(tmp_path / "b", path, cancelled=lambda: True)
    assert count(tmp_path / "b") == 0


def test_a_hostile_file_does_not_make_a_scan_slow(tmp_path: Path) -> None:
    bar, boxes = chocolate.link(BAR), [f"https://example.com/box/{n}" for n in range(300)]
    told = [
        chocolate.event(
            "AggregationEvent", f"2026-02-01T00:{n // 60:02d}:{n % 60:02d}Z", "packing", chocolate.MAKER, action="ADD"
        )
        | {"eventID": f"urn:uuid:{n}", "parentID": box, "childEPCs": [bar, *boxes[n + 1 : n + 40]]}
        for n, box in enumerate(boxes)
    ]
    assert bring(tmp_path / "profile", chocolate.file(tmp_path, told))[-1]["accepted"] == 300
    with Station.open(tmp_path / "profile", offline=True) as station:
        began = time.process_time()
        station.check(Scan(BAR.key, datetime.now(UTC)))
        assert time.process_time() - began < 1
        family = station.family(BAR)
        assert time.process_time() - began < 3
    assert family.more > 0


def test_a_bare_event_and_an_answer_to_a_query_are_documents_too(tmp_path: Path) -> None:
    one = chocolate.events()[4]
    bare = tmp_path / "bare"  # the name says nothing
    bare.write_text(json.dumps({"@context": [chocolate.CONTEXT], **one}))
    assert bring(tmp_path / "a", bare)[-1]["accepted"] == 1
    answer = {
        "@context": [chocolate.CONTEXT], "type": "EPCISQueryDocument", "schemaVersion": "2.0",
        "creationDate": "2026-01-14T00:00:00Z",
        "epcisBody": {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [one]}}},
    }  # fmt: skip
    query = tmp_path / "answer.csv"  # nor does a wrong one
    query.write_text(json.dumps(answer))
    assert bring(tmp_path / "b", query)[-1]["accepted"] == 1


def test_master_data_of_an_xml_header_names_places_and_goods(tmp_path: Path, shared: Path) -> None:
    path = next(shared.rglob("1.2/**/GS1_US_Pharma_Example_2_2_1_1.xml"))
    assert bring(tmp_path / "profile", path)[-1]["accepted"] == 8
    with Station.open(tmp_path / "profile", offline=True) as station:
        place = station.store.claims.place("0300011111116")
        assert place is not None
        assert (place.name, place.country) == ("GS1 Pharma", "US")
        row = next(row for row in station.items("30001012345") if row.item.gtin)
        assert station.store.claims.product(row.item.key) == "Epcistra"
        assert [claim.event.kind for claim in station.journey(row.item).claims]


def test_the_verdict_names_claims_and_is_none_the_better_for_them(told: Path, tmp_path: Path) -> None:
    for profile, kind in ((told, "imported"), (tmp_path / "empty", "")):
        with Station.open(profile, offline=True) as station:
            verdict = station.check(Scan(BAR.key, datetime.now(UTC))).verdict
        assert (verdict.kind, verdict.code) == (Kind.UNKNOWN, Code.NO_EVIDENCE)
        assert [f.outcome for f in verdict.findings if f.check == "imported"] == [Outcome.NOT_PROVABLE_OFFLINE] * bool(kind)
    with Station.open(told, offline=True) as station:
        (said,) = [f.why for f in station.check(Scan(BAR.key, datetime.now(UTC))).verdict.findings if f.check == "imported"]
    assert said.startswith("9 events were imported, not proven")


def test_claims_about_goods_of_a_network_do_not_move_its_verdicts(world: Path, tmp_path: Path) -> None:
    with Station.open(world, offline=True) as station:
        items = [row.item for row in station.items("", 40) if row.item.gtin]
        before = [station.check(Scan(item.key, datetime.now(UTC))).verdict for item in items]
    assert {verdict.kind for verdict in before} > {Kind.GENUINE}
    story = [
        chocolate.event("ObjectEvent", f"2026-01-01T00:00:{n:02d}Z", "commissioning", chocolate.MAKER, action=action)
        | {"eventID": f"urn:uuid:{n:08d}-0000-4000-8000-00000000000{action == 'ADD':d}", "epcList": [chocolate.link(item)]}
        for n, item in enumerate(items)
        for action in ("ADD", "DELETE")
    ]
    assert bring(world, chocolate.file(tmp_path, story))[-1]["accepted"] == len(story)
    with Station.open(world, offline=True) as station:
        for item, was in zip(items, before, strict=True):
            now = station.check(Scan(item.key, datetime.now(UTC))).verdict
            assert (now.kind, now.code) == (was.kind, was.code)
            assert [f for f in now.findings if f.check == "imported"]
            assert [f.check for f in now.findings if f.check != "imported"] == [f.check for f in was.findings]


def test_the_journey_travels_in_its_containers_and_no_longer(told: Path) -> None:
    with Station.open(told, offline=True) as station:
        claims = station.journey(BAR).claims
        sold = station.journey(chocolate.PALLET).claims
    assert [claim.event.biz_step for claim in claims] == [
        "commissioning", "packing", "packing", "shipping", "receiving", "unpacking", "unpacking", "shipping", "receiving",
    ]  # fmt: skip
    assert [claim.place.name for claim in claims if claim.place] == ["Confiserie Basel"] * 4 + ["Rotterdam Depot"] * 4 + [
        "Wiener Laden"
    ]
    assert claims[3].counterparty is not None
    assert claims[3].counterparty.name == "Rotterdam Depot"
    assert len(sold) == 5


def test_the_family_is_a_tree_of_goods_made_of_goods_and_of_containers(told: Path) -> None:
    with Station.open(told, offline=True) as station:
        family = station.family(BAR)
        below = station.family(chocolate.PALLET)
        cocoa = station.store.claims.about(name_of(chocolate.COCOA))
    made_of = [one for one in family.relatives if one.kin is Kin.MADE_OF]
    assert [(one.name, one.product, one.amount, one.item) for one in made_of] == [
        (chocolate.COCOA, "Cocoa mass", "12.5 KGM", Item(gtin="09521000777019", lot="C-7")),
        (chocolate.MILK, "", "8 LTR", Item(gtin="09521000777026", lot="M-3")),
    ]  # fmt: skip
    (case,) = [one for one in family.relatives if one.kin is Kin.PACKED_IN]
    assert (case.item, case.relatives[0].item) == (chocolate.CASE, chocolate.PALLET)
    assert case.until is not None
    (held,) = below.relatives
    assert [one.item for one in held.relatives] == list(chocolate.BARS)
    assert [one.event.kind for one in cocoa] == ["TransformationEvent"]


def test_a_lot_has_a_journey_and_a_family_of_its_own(told: Path) -> None:
    lot = Item(gtin="09521000777019", lot="C-7")
    with Station.open(told, offline=True) as station:
        (claim,) = station.journey(lot).claims
        into = station.family(lot).relatives
    assert claim.event.kind == "TransformationEvent"
    assert [(one.kin, one.item) for one in into] == [(Kin.MADE_INTO, bar) for bar in chocolate.BARS]


def test_a_circle_of_containers_ends(tmp_path: Path) -> None:
    boxes = [chocolate.link(chocolate.CASE), chocolate.link(chocolate.PALLET)]
    told = [
        chocolate.event("AggregationEvent", f"2026-02-0{n}T00:00:00Z", "packing", chocolate.MAKER, action="ADD",
                        parentID=boxes[n % 2], childEPCs=[boxes[1 - n % 2]])
        for n in (1, 2, 3)
    ]  # fmt: skip
    bring(tmp_path / "profile", chocolate.file(tmp_path, told))
    with Station.open(tmp_path / "profile", offline=True) as station:
        assert len(station.journey(chocolate.CASE).claims) == 3
        assert {one.name for one in station.family(chocolate.CASE).relatives} == {chocolate.PALLET.key}


def test_an_error_declaration_marks_the_event_as_wrong_and_stands_beside_it(tmp_path: Path) -> None:
    first = chocolate.events()
    wrong = first[9] | {
        "errorDeclaration": {"declarationTime": "2026-01-20T00:00:00Z", "reason": "did_not_occur", "correctiveEventIDs": []}
    }
    wrong["errorDeclaration"].pop("correctiveEventIDs")
    *_, summary = bring(tmp_path / "profile", chocolate.file(tmp_path, [*first, wrong]))
    assert summary["accepted"] == 11
    with Station.open(tmp_path / "profile", offline=True) as station:
        claims = station.journey(BAR).claims
        said = next(f.why for f in station.check(Scan(BAR.key, datetime.now(UTC))).verdict.findings if f.check == "imported")
    assert [claim.wrong for claim in claims] == [False] * 8 + [True, True]
    assert "2 of them were declared to be wrong" in said


def test_items_that_only_claims_name_are_in_the_list_of_items(told: Path) -> None:
    with Station.open(told, offline=True) as station:
        rows = station.items("BAR")
        assert [(row.item, row.product, row.status) for row in rows] == [
            (chocolate.BARS[1], "Dark bar", "imported, not proven"), (BAR, "Dark bar", "imported, not proven"),
        ]  # fmt: skip
        assert [len(station.items("", 3, offset)) for offset in (0, 3, 6)] == [3, 1, 0]


def test_an_event_that_the_log_has_is_a_duplicate_and_no_claim(world: Path, tmp_path: Path) -> None:
    with Station.open(world, offline=True) as station:
        export(station.store, tmp_path / "out.jsonld", Selection())
        export(station.store, tmp_path / "out.csv", Selection())
    for name in ("out.jsonld", "out.csv"):
        *rows, summary = bring(world, tmp_path / name, keep_going=True)
        assert summary["accepted"] == 0, next(row for row in rows if row["result"] == "accepted")
        assert summary["refused"] == 0, next(row for row in rows if row["result"] == "refused")
    assert count(world) == 0


def test_what_our_export_added_is_left_out_again_and_its_numbers_are_not_believed(tmp_path: Path, told: Path) -> None:
    with Station.open(told, offline=True) as station:
        export(station.store, tmp_path / "out.jsonld", Selection())
    text = (tmp_path / "out.jsonld").read_text()
    (tmp_path / "lie.jsonld").write_text(text.replace('"wplog:proven":false', '"wplog:proven":true,"wplog:logIndex":0'))
    bring(tmp_path / "other", tmp_path / "lie.jsonld")
    with Station.open(tmp_path / "other", offline=True) as station, Station.open(told, offline=True) as first:
        again = list(station.store.claims.all())
        assert [replace(one, source="") for one in again] == [replace(one, source="") for one in first.store.claims.all()]
        assert not any("wplog" in name for one in again for name in (*one.event.extensions, *one.event.namespaces))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(told=st.lists(events(), min_size=1, max_size=4, unique_by=lambda one: (hash_of(one), one.event_id)), data=st.data())
def test_import_export_import_loses_nothing(
    tmp_path_factory: pytest.TempPathFactory, told: list[Event], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("loop")
    with (folder / "in.json").open("wb") as file:
        write(told, file)
    if data.draw(st.booleans()):
        (folder / "in.json").write_bytes(as_xml.document(told))
    suffix = data.draw(st.sampled_from([".jsonld", ".csv", ".xlsx"]))
    source, hops = folder / "in.json", []
    for hop in ("one", "two"):
        *rows, summary = bring(folder / hop, source)
        assert (summary["accepted"], len(rows)) == (len(told), len(told)), rows
        with Station.open(folder / hop, offline=True) as station:
            hops.append(list(station.store.claims.all()))
            source = folder / f"{hop}{suffix}"
            export(station.store, source, Selection())
    wanted = [hash_of(one) for one in told]
    assert [one.hash for one in hops[0]] == [one.hash for one in hops[1]] == wanted
    assert [bare_event(identified(one.event)) for one in hops[0]] == [bare_event(identified(one.event)) for one in hops[1]]


def test_the_command_says_each_event_and_its_exit_status(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = chocolate.file(tmp_path, [chocolate.events()[0], {"type": "ObjectEvent"}])
    call = ["--profile", str(tmp_path / "profile"), "import", str(bad), "--json"]
    assert cli.main(call) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.strip().splitlines()[-1].startswith("wayproof: Nothing of ")
    assert cli.main([*call, "--keep-going"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row.get("result") for row in rows] == ["accepted", "refused", None]
    good = chocolate.file(tmp_path, name="good.json")
    assert cli.main(["--profile", str(tmp_path / "profile"), "import", str(good), "--mapping", "plain"]) == 2
    assert cli.main(["--profile", str(tmp_path / "profile"), "import", str(good)]) == 0


def test_events_of_xml_and_json_become_the_same_claim(tmp_path: Path) -> None:
    told = [replace(event_of(one), ilmd={}) for one in open_document(chocolate.file(tmp_path))]
    chocolate.file(tmp_path, [{k: v for k, v in one.items() if k != "ilmd"} for one in chocolate.events()])
    (tmp_path / "same.xml").write_bytes(as_xml.document(told))
    bring(tmp_path / "profile", tmp_path / "chocolate.jsonld")
    assert bring(tmp_path / "profile", tmp_path / "same.xml")[-1]["duplicates"] == 10
