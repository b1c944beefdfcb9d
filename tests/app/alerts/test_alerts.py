"""The alerts of the sample world: the suspicious are asked about with the right reason, the honest are not, people decide."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app.alerts.alerts import Alerts
from app.alerts.assessing import Assessor
from app.alerts.case import Alert, Decision, shift_of
from app.ui.door import OpenDoor
from chain.errors import BadInput
from chain.journey import Scan
from chain.verdict import Code, Kind
from tests.app.alerts.test_tables import item_of

SUSPICIOUS = {
    Code.CUSTODY_BROKEN, Code.CLONE_PROVEN, Code.SUSPECTED, Code.BAD_SIGNATURE, Code.TAMPERED, Code.NOT_ISSUED,
}  # fmt: skip
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def of(alerts: Alerts, code: Code) -> Alert:
    return next(alert for alert in alerts.queue() if alert.suspect.proof.code == code.value)


def test_exactly_the_suspicious_units_of_the_sample_world_are_asked_about(judged: OpenDoor) -> None:
    keys = {alert.suspect.item.key for alert in judged.alerts.queue()}
    assert keys == {item_of(judged, code).key for code in SUSPICIOUS - {Code.NOT_ISSUED}} | {_invented(judged)}


def _invented(judged: OpenDoor) -> str:
    return next(check.item.key for check in judged.recent() if check.verdict.code is Code.NOT_ISSUED)


def test_the_detector_flags_by_itself_what_journeys_show(judged: OpenDoor) -> None:
    flagged = {alert.suspect.item.key for alert in judged.alerts.queue() if alert.suspect.flagged}
    assert flagged == {item_of(judged, code).key for code in (Code.CUSTODY_BROKEN, Code.CLONE_PROVEN, Code.SUSPECTED)}


def test_reasons_are_the_right_ones_and_traced_to_their_steps(judged: OpenDoor) -> None:
    broken = of(judged.alerts, Code.CUSTODY_BROKEN).suspect
    assert "claims to be 7 days before" in broken.reasons[0]
    assert broken.kind == "backdating"
    steps = {step.entry.index: step.entry.verb.name for step in judged.journey(broken.item).steps}
    assert {steps[index] for index in broken.entries} == {"SHIP", "RECEIVE"}
    clone = of(judged.alerts, Code.CLONE_PROVEN).suspect
    assert "Nairobi" in clone.reasons[0]
    assert "6,370 km apart" in clone.reasons[0]
    assert len(clone.scans) == 1
    assert "Uhuru Chemist" in clone.without
    stolen = of(judged.alerts, Code.SUSPECTED).suspect
    assert "reported stolen" in stolen.proof.why
    shipped = next(step for step in judged.journey(stolen.item).steps if step.entry.index == stolen.entries[0])
    assert shipped.actor is not None
    assert (shipped.entry.verb.name, shipped.actor.name) == ("SHIP", "Harbour Warehouse")


def test_proofs_come_first_and_then_what_is_at_stake(judged: OpenDoor) -> None:
    queue = judged.alerts.queue()
    assert [alert.proven_bad for alert in queue] == sorted((alert.proven_bad for alert in queue), reverse=True)
    rejected = [alert.at_stake for alert in queue if alert.proven_bad]
    assert rejected == sorted(rejected, reverse=True)


def test_worth_moves_a_case_up(judged: OpenDoor) -> None:
    last = [alert for alert in judged.alerts.queue() if alert.suspect.risk][-1].suspect.item
    judged.alerts.set_worth(last.gtin, 500.0)
    assert next(a for a in judged.alerts.queue() if a.suspect.item == last).worth == 500.0
    for amount in (0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(BadInput):
            judged.alerts.set_worth(last.gtin, amount)


def test_every_risk_can_be_computed_again(judged: OpenDoor) -> None:
    run = judged.alerts.last_run()
    assert run is not None
    assert Assessor(judged.profile).again(run) == run.risks
    with pytest.raises(BadInput, match="not here any more"):
        Assessor(judged.profile).again(replace(run, model="0" * 64))


def test_a_run_can_be_stopped_and_leaves_everything_as_it_was(judged: OpenDoor) -> None:
    class Enough(Exception):
        pass

    def watch(stage: str, share: float) -> None:
        if stage == "judging":
            raise Enough

    before = judged.alerts.queue()
    with pytest.raises(Enough):
        judged.alerts.assessor().run(watch)
    assert judged.alerts.queue() == before


def test_a_decision_closes_the_case_is_kept_and_becomes_a_label(judged: OpenDoor, tmp_path: Path) -> None:
    alert = of(judged.alerts, Code.CUSTODY_BROKEN)
    photo = tmp_path / "seal.jpg"
    photo.write_bytes(b"a picture of a seal")
    judged.alerts.decide(alert.id, Decision.COUNTERFEIT, " the seal is broken ", photo)
    assert alert.id not in {one.id for one in judged.alerts.queue()}
    kept = judged.alerts.decided()[0].decisions[-1]
    assert (kept.decision, kept.note, kept.risk) == (Decision.COUNTERFEIT, "the seal is broken", alert.suspect.risk)
    assert kept.photo_hash == hashlib.sha256(b"a picture of a seal").hexdigest()
    assert Path(kept.photo).read_bytes() == b"a picture of a seal"
    (label,) = judged.alerts.labels()
    assert (label.key, label.label, label.kind) == (alert.suspect.item.key, 1, "backdating")
    act = judged.desk.trail.acts()[-1]
    assert (act.act, act.about) == ("decided an alert: counterfeit", alert.suspect.item.key)
    assert kept.photo_hash in act.evidence


def test_unsure_keeps_the_case_open_and_gives_no_label(judged: OpenDoor) -> None:
    alert = judged.alerts.queue()[0]
    judged.alerts.decide(alert.id, Decision.UNSURE, "asked the sender")
    assert judged.alerts.queue()[0].decisions[-1].note == "asked the sender"
    assert judged.alerts.labels() == []


def test_labels_have_the_shape_of_the_format(judged: OpenDoor, tmp_path: Path) -> None:
    for alert, decision in zip(
        judged.alerts.queue(), (Decision.COUNTERFEIT, Decision.GENUINE, Decision.DATA_ERROR), strict=False
    ):
        judged.alerts.decide(alert.id, decision)
    assert judged.alerts.write_labels(tmp_path / "labels.csv") == 3
    with (tmp_path / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["item_id", "label", "attack_class", "onset_time"]
    assert [row["label"] for row in rows] == ["1", "0", "0"]


def test_a_decided_case_is_not_asked_again_until_something_happens(judged: OpenDoor) -> None:
    alert = of(judged.alerts, Code.SUSPECTED)
    judged.alerts.decide(alert.id, Decision.GENUINE)
    run = judged.alerts.assessor().run()
    judged.alerts.keep(run)
    assert alert.suspect.item.key not in {one.suspect.item.key for one in judged.alerts.queue()}
    later = replace(alert.suspect, newest=alert.suspect.newest + 1)
    judged.alerts.keep(replace(run, suspects=(later,)))
    assert [one.suspect.item.key for one in judged.alerts.queue()] == [later.item.key]


def test_what_a_run_no_longer_finds_is_closed(judged: OpenDoor) -> None:
    run = judged.alerts.last_run()
    assert run is not None
    judged.alerts.keep(replace(run, suspects=()))
    assert judged.alerts.queue() == []
    assert judged.alerts.figures().flagged == 0


def test_no_decision_and_no_risk_changes_a_verdict(judged: OpenDoor) -> None:
    before = {check.item.key: check.verdict.code for check in judged.recent() if hasattr(check.item, "key")}
    for alert in judged.alerts.queue():
        judged.alerts.decide(alert.id, Decision.GENUINE)
        check = judged.check(Scan(alert.suspect.item.key, datetime.now(UTC)))
        if before[alert.suspect.item.key] is not Code.BAD_SIGNATURE:  # this scan carries no forged signature
            assert check.verdict.code is before[alert.suspect.item.key]
            assert check.verdict.kind is not Kind.GENUINE


def test_figures_count_what_was_looked_at_and_what_was_right(judged: OpenDoor) -> None:
    figures = judged.alerts.figures()
    assert (figures.open, figures.flagged, figures.precision) == (6, 6, None)
    assert figures.per_10000_scans == pytest.approx(10_000 * 6 / figures.scans)
    first, second, third = judged.alerts.queue()[:3]
    judged.alerts.decide(first.id, Decision.COUNTERFEIT)
    judged.alerts.decide(second.id, Decision.GENUINE)
    judged.alerts.decide(third.id, Decision.UNSURE)
    after = judged.alerts.figures()
    assert (after.open, after.precision, after.decided) == (4, 0.5, 2)


def test_similar_cases_share_a_paper_a_reader_or_a_batch(judged: OpenDoor) -> None:
    clone, stolen = of(judged.alerts, Code.CLONE_PROVEN), of(judged.alerts, Code.SUSPECTED)
    alike = judged.alerts.case(clone.id).similar
    assert of(judged.alerts, Code.CUSTODY_BROKEN).id in {alert.id for alert in alike}  # of the same batch
    assert clone.id not in {alert.id for alert in alike}
    assert "batch T103" in stolen.suspect.ties


def test_a_case_is_saved_with_its_evidence(judged: OpenDoor, tmp_path: Path) -> None:
    alert = of(judged.alerts, Code.CLONE_PROVEN)
    photo = tmp_path / "box.png"
    photo.write_bytes(b"a box")
    judged.alerts.decide(alert.id, Decision.COUNTERFEIT, '=HYPERLINK("x")', photo)
    made = judged.alerts.export(alert.id, tmp_path / "case")
    kept = Path(judged.alerts.decided()[0].decisions[0].photo).name
    assert {path.name for path in made} == {"case.json", "case.csv", "evidence.wayproof", kept}
    told = orjson.loads((tmp_path / "case" / "case.json").read_bytes())
    assert told["proof"]["code"] == "CLONE_PROVEN"
    assert told["statistics"]["suspicious_entries"] == list(alert.suspect.entries)
    assert told["decisions"][0]["photo_sha256"] == hashlib.sha256(b"a box").hexdigest()
    assert told["run"]["model"]["model_sha256"] == alert.model
    with (tmp_path / "case" / "case.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["log_index"] for row in rows if row["suspicious"] == "True"] == [str(index) for index in alert.suspect.entries]


def test_bad_calls_are_one_sentence(judged: OpenDoor, tmp_path: Path) -> None:
    alert = judged.alerts.queue()[0]
    with pytest.raises(BadInput, match="not here any more"):
        judged.alerts.case(10_000)
    with pytest.raises(BadInput, match="cannot be read"):
        judged.alerts.decide(alert.id, Decision.GENUINE, photo=tmp_path / "none.png")
    with pytest.raises(BadInput, match="A note has at most"):
        judged.alerts.decide(alert.id, Decision.GENUINE, "x" * 5_000)
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="not a folder"):
        judged.alerts.export(alert.id, tmp_path / "file")
    with pytest.raises(BadInput):
        judged.alerts.plan("someday", 5)
    with pytest.raises(BadInput):
        judged.alerts.plan("2026-06-01", 0)
    assert alert.id in {one.id for one in judged.alerts.queue()}


def test_a_shift_is_planned_once_and_learns_from_what_was_opened(judged: OpenDoor) -> None:
    shift = shift_of(NOW)
    first = judged.alerts.plan(shift, 4)
    assert len({one.item.key for one in first}) == 4
    assert first == judged.alerts.plan(shift, 4)
    assert all("risk" in one.why for one in first)
    for one in first:
        judged.alerts.inspected(shift, one.item.key, counterfeit=False)
    assert [one.outcome for one in judged.alerts.plan(shift, 4)] == [False] * 4
    following = judged.alerts.plan("2026-06-02", 20)
    assert any("recent openings" in one.why for one in following)
    more = judged.alerts.plan(shift, 6)
    assert ([one.item for one in more[:4]], len(more)) == ([one.item for one in first], 6)
    with pytest.raises(BadInput, match="not in the plan"):
        judged.alerts.inspected(shift, "(01)nothing", counterfeit=True)


def test_an_empty_profile_has_no_alerts(tmp_path: Path) -> None:
    with OpenDoor.open(tmp_path / "new", offline=True) as station:
        assert station.alerts.queue() == []
        assert station.alerts.figures().per_10000_scans is None
        assert station.alerts.last_run() is None
        assert station.alerts.plan("2026-06-01", 5) == []
        with pytest.raises(BadInput, match="sync first"):
            station.alerts.assessor().run()
