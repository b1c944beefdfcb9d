"""Learning from decided cases: what may teach, what is kept of it, which model judges, and how old alerts are computed again.

What a model learns, and whether the canary lets it pass, is tested with the detector; here a stand-in learns at once.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.alerts import learning, provenance
from app.alerts.case import Decision, shift_of
from app.alerts.learning import AGED, Example, Learner
from app.cli import main
from app.desk.people import Rank
from app.store import Store
from app.ui.door import OpenDoor
from chain import merkle
from chain.errors import BadInput, BadProof
from forecasting import modelfile
from forecasting.mixture import FEWEST, Mixture
from forecasting.tables import Tables
from tests.app.alerts import town
from tests.app.alerts.test_alerts import NOW


class Teacher:
    """Stands in for the detector: learns a second opinion like the first, a quarter of the whole."""

    held_back_ = ""
    teaches = True
    random_state = 0
    taught: Tables
    started: Mixture

    def __init__(self, shipped: Mixture) -> None:
        self.model_ = type(self).started = shipped
        self.metrics_ = {"recall": 0.9, "pr_auc": 0.95, "calibration_error": 0.01}

    def fit(self, networks: Sequence[Tables], progress: Callable[[str, float], None]) -> Teacher:
        progress("learning", 0.0)
        type(self).taught = networks[0]
        if self.teaches and not self.held_back_:
            self.model_ = replace(self.model_, own=self.model_.base, share=0.25)
        return self


@pytest.fixture
def teacher(monkeypatch: pytest.MonkeyPatch) -> type[Teacher]:
    made = type("Taught", (Teacher,), {})
    monkeypatch.setattr(learning, "NetworkDetector", made)
    return made


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town; do not write to it."""
    profile = tmp_path_factory.mktemp("town") / "profile"
    town.found(profile, fresh=4)
    return profile


@pytest.fixture
def place(founded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(founded, tmp_path / "town"))


def test_a_model_is_learned_from_proven_and_aged_journeys_only(place: Path, teacher: type[Teacher]) -> None:
    stages: list[str] = []
    learned = Learner(place, town.decided(fresh=4)).learn(lambda stage, _: stages.append(stage))
    assert (learned.illicit, learned.honest, learned.young, learned.unknown) == (27, 53, 4, 0)
    tables = teacher.taught
    last = town.NOW.timestamp() - AGED.total_seconds()
    assert tables.events.recorded.max() <= last
    label = dict(zip(tables.items, tables.labels.label.tolist(), strict=True))
    assert [label[item.key] for item in town.pieces()[80:]] == [-1] * (town.SIZE - 80)
    assert sorted({*stages}) == ["comparing", "learning", "proving", "reading"]
    assert any("wait until nothing new was recorded" in sentence for sentence in learned.told)


def test_what_is_not_proven_here_teaches_nothing(place: Path, teacher: type[Teacher]) -> None:
    learned = Learner(place, (*town.decided(), Example("(01)09521000011014(21)NOBODY", 1))).learn()
    assert (learned.illicit, learned.unknown) == (27, 1)


def test_a_case_that_rests_on_a_fresh_sighting_waits(place: Path, teacher: type[Teacher]) -> None:
    first, *rest = town.decided()
    learned = Learner(place, (replace(first, scans=(town.NOW.timestamp(),)), *rest)).learn()
    assert (learned.illicit, learned.young) == (26, 1)


def test_too_few_cases_teach_nothing_and_it_is_said(place: Path, teacher: type[Teacher]) -> None:
    few = [one for one in town.decided() if not one.label][:FEWEST] + [one for one in town.decided() if one.label][: FEWEST - 1]
    learned = Learner(place, tuple(few)).learn()
    assert learned.sha256 == ""
    assert learned.told[0].startswith(f"Learning needs {FEWEST} counterfeit and {FEWEST} genuine cases")
    assert not hasattr(teacher, "taught")


@pytest.mark.parametrize(
    ("held", "teaches", "words"),
    [("recall would fall", True, "is not used, because of networks whose attacks are known: recall would fall."),
     ("", False, "teaches nothing that the model does not know")],
)  # fmt: skip
def test_what_the_gates_do_not_let_pass_is_not_kept(
    place: Path, teacher: type[Teacher], held: str, teaches: bool, words: str
) -> None:
    teacher.held_back_, teacher.teaches = held, teaches
    learned = Learner(place, town.decided()).learn()
    assert learned.sha256 == ""
    assert words in learned.told[0]
    assert [path.stem for path in (place / provenance.KEPT).iterdir()] == [modelfile.shipped()[1]["model_sha256"]]


def test_a_model_is_kept_with_all_that_it_came_from(place: Path, teacher: type[Teacher]) -> None:
    learned = Learner(place, town.decided()).learn()
    path = provenance.kept(place, learned.sha256)
    card = modelfile.read(path)[1]
    assert card["model_sha256"] == learned.sha256
    training = card["training"]
    assert training["start"] == modelfile.shipped()[1]["model_sha256"]
    assert (training["illicit"], training["honest"], training["items"]) == (27, 53, town.SIZE)
    assert card["metrics"] == {"recall": 0.9, "pr_auc": 0.95, "calibration_error": 0.01}
    with Store(place / "wayproof.sqlite") as store:
        assert training["log_root"] == store.replica.tiles().root(training["log_size"]).hex()
    labels = path.with_suffix(".labels.csv").read_bytes()
    assert labels == learning.labels_csv(town.decided())
    parts = (bytes.fromhex(training["log_root"]), labels, b"[]")
    leaves = [merkle.leaf_hash(hashlib.sha256(part).digest()) for part in parts]
    assert training["root"] == merkle.root(leaves).hex()
    other = Learner(place, town.decided()[:-1]).learn()
    assert modelfile.read(provenance.kept(place, other.sha256))[1]["training"]["root"] != training["root"]


def test_it_judges_from_then_on_and_one_click_goes_back(place: Path, teacher: type[Teacher]) -> None:
    with OpenDoor.open(place, offline=True) as door:
        shipped = door.alerts.model().sha256
        learned = Learner(place, town.decided()).learn()
        assert door.alerts.use(learned)
        assert door.alerts.model().sha256 == learned.sha256
        assert door.alerts.teaching().own
        assert door.desk.trail.acts()[-1].about == learned.sha256
        door.alerts.use_shipped()
        assert door.alerts.model().sha256 == shipped
        assert not door.alerts.teaching().own


def test_learning_again_begins_where_the_first_began(place: Path, teacher: type[Teacher]) -> None:
    with OpenDoor.open(place, offline=True) as door:
        door.alerts.use(Learner(place, town.decided()).learn())
        again = Learner(place, town.decided()[:70]).learn()
    assert teacher.started.own is None
    start = modelfile.read(provenance.kept(place, again.sha256))[1]["training"]["start"]
    assert start == modelfile.shipped()[1]["model_sha256"]


def test_an_alert_is_computed_again_by_the_model_that_raised_it(place: Path, teacher: type[Teacher]) -> None:
    with OpenDoor.open(place, offline=True) as door:
        before = door.alerts.assessor().run()
        door.alerts.keep(before)
        door.alerts.use(Learner(place, town.decided()).learn())
        after = door.alerts.assessor().run()
        assert after.model != before.model
        assert door.alerts.assessor().again(before) == before.risks
        assert door.alerts.assessor().again(after) == after.risks
        door.alerts.use_shipped()
        provenance.kept(place, after.model).unlink()
        with pytest.raises(BadInput, match="not here any more"):
            door.alerts.assessor().again(after)


def test_where_models_are_anchored_a_learned_one_waits_for_that(place: Path, teacher: type[Teacher]) -> None:
    assert main(["model", "anchor", "shipped", "--profile", str(place)]) == 0
    learned = Learner(place, town.decided()).learn()
    with OpenDoor.open(place) as door:
        shipped = door.alerts.model().sha256
        assert not door.alerts.use(learned)
        assert door.alerts.model().sha256 == shipped
        assert door.alerts.teaching().waits
        anchor = door.alerts.anchor()
        assert anchor.who == "Shop"
        assert door.alerts.model().sha256 == learned.sha256
        assert door.alerts.model().anchor == anchor
        assert not door.alerts.teaching().waits
        door.alerts.use_shipped()
        assert door.alerts.model().sha256 == shipped


def test_the_shipped_model_is_refused_where_only_others_are_anchored(place: Path, teacher: type[Teacher]) -> None:
    with OpenDoor.open(place) as door:
        door.alerts.use(Learner(place, town.decided()).learn())
        door.alerts.anchor()
        with pytest.raises(BadProof, match="is none of them"):
            door.alerts.use_shipped()


def test_only_a_lead_changes_the_model(judged: OpenDoor) -> None:
    judged.alerts.decide(judged.alerts.queue()[0].id, Decision.COUNTERFEIT)
    assert judged.alerts.learner().examples[0].label == 1
    judged.desk.shift.enrol("Lea", Rank.LEAD, pin="4711")
    for forbidden in (judged.alerts.learner, judged.alerts.use_shipped, judged.alerts.anchor):
        with pytest.raises(BadInput, match="Only a person who leads"):
            forbidden()


def test_without_a_decided_case_there_is_nothing_to_learn_from(judged: OpenDoor) -> None:
    with pytest.raises(BadInput, match="nothing to learn from"):
        judged.alerts.learner()


def test_an_opened_item_is_a_decided_case(judged: OpenDoor) -> None:
    shift = shift_of(NOW)
    picked = judged.alerts.plan(shift, 5)
    asked = {alert.suspect.item.key: alert.id for alert in judged.alerts.queue()}
    both = next(one for one in picked if one.item.key in asked)
    plain = next(one for one in picked if one.item.key not in asked)
    judged.alerts.inspected(shift, both.item.key, counterfeit=True)
    judged.alerts.inspected(shift, plain.item.key, counterfeit=False)
    assert both.item.key not in {alert.suspect.item.key for alert in judged.alerts.queue()}
    assert {one.key: one.label for one in judged.alerts.labels()} == {both.item.key: 1, plain.item.key: 0}
    judged.alerts.inspected(shift, both.item.key, counterfeit=False)
    assert {one.label for one in judged.alerts.labels()} == {0}
