"""Which model judges: anchored on the contract, proven before it is used, refused where the network anchored others."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from app.alerts import learning, provenance
from app.alerts.alerts import Alerts
from app.alerts.assessing import Assessor
from app.cli import main
from app.ui.door import OpenDoor
from chain.errors import BadProof
from forecasting import modelfile
from tests.app.alerts import town
from tests.app.alerts.test_learning import Teacher


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    return dict(orjson.loads(capsys.readouterr().out))


def test_a_model_nobody_anchored_is_said_so(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "verify", "shipped", "--json", "--profile", str(world)]) == 1
    row = told(capsys)
    assert (row["anchored"], row["by"]) == (False, "")
    assert row["model_sha256"] == modelfile.shipped()[1]["model_sha256"]


def test_an_anchored_model_is_proven_and_another_one_is_refused(world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "anchor", "shipped", "--json", "--profile", str(world)]) == 0
    first = told(capsys)
    assert (first["anchored"], first["by"]) == (True, "Linden Pharmacy")
    assert main(["model", "verify", "shipped", "--json", "--profile", str(world)]) == 0
    again = told(capsys)
    assert {name: again[name] for name in ("digest", "block", "by")} == {name: first[name] for name in ("digest", "block", "by")}
    assert main(["model", "anchor", "shipped", "--profile", str(world)]) == 2
    assert "has anchored this model already" in capsys.readouterr().err
    with OpenDoor.open(world, offline=True) as station:
        anchor = station.alerts.model().anchor
        assert anchor is not None
        assert anchor.digest.hex() == first["digest"]
    mixture, card = modelfile.shipped()
    modelfile.write(mixture, world / provenance.OWN, dict(card["training"]) | {"root": "0" * 64})
    with pytest.raises(BadProof, match="none of them"):
        Assessor(world).run()


def test_the_digest_binds_all_that_the_card_says() -> None:
    card = modelfile.shipped()[1]
    plain = provenance.digest(provenance.statement(card))
    for change in ({"model_sha256": "0"}, {"features_sha256": "0"}, {"training": {"root": "0"}}, {"metrics": {"recall": 1.0}}):
        assert provenance.digest(provenance.statement(card | change)) != plain
    thresholds = provenance.statement(card) | {"thresholds": {"false_discoveries": 0.5}}
    assert provenance.digest(thresholds) != plain


@pytest.mark.parametrize(
    ("data", "words"), [(None, "There is no file"), (b"", "is not a model"), (b"PK\x03\x04nothing", "is not a model")]
)
def test_what_is_no_model_is_one_line(tmp_path: Path, data: bytes | None, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.npz"
    if data is not None:
        path.write_bytes(data)
    assert main(["model", "verify", str(path), "--profile", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


def test_a_profile_without_a_network_anchors_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "anchor", "shipped", "--profile", str(tmp_path / "new")]) == 2
    assert "belongs to no network" in capsys.readouterr().err


def test_learning_and_choosing_from_the_command_line(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "learn", "--profile", str(world)]) == 2
    assert "nothing to learn from" in capsys.readouterr().err
    profile = tmp_path / "town"
    town.found(profile)
    monkeypatch.setattr(Alerts, "labels", lambda _: list(town.decided()))
    monkeypatch.setattr(learning, "NetworkDetector", Teacher)
    assert main(["model", "learn", "--json", "--profile", str(profile)]) == 0
    row = told(capsys)
    assert (row["judges"], row["illicit"], row["honest"]) == (True, 27, 53)
    kept = provenance.kept(profile, str(row["model_sha256"]))
    assert (profile / provenance.OWN).read_bytes() == kept.read_bytes()
    assert main(["model", "use", "shipped", "--json", "--profile", str(profile)]) == 0
    assert told(capsys)["model_sha256"] == modelfile.shipped()[1]["model_sha256"]
    assert not (profile / provenance.OWN).exists()
    assert main(["model", "use", str(kept), "--json", "--profile", str(profile)]) == 0
    assert told(capsys)["judges"] is True
    monkeypatch.setattr(Alerts, "labels", lambda _: list(town.decided())[:3])
    assert main(["model", "learn", "--profile", str(profile)]) == 1
    assert "Learning needs" in capsys.readouterr().out


def test_a_model_that_waits_judges_once_it_is_anchored_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = tmp_path / "town"
    town.found(profile)
    assert main(["model", "anchor", "shipped", "--profile", str(profile)]) == 0
    capsys.readouterr()
    monkeypatch.setattr(Alerts, "labels", lambda _: list(town.decided()))
    monkeypatch.setattr(learning, "NetworkDetector", Teacher)
    assert main(["model", "learn", "--profile", str(profile)]) == 1
    said = capsys.readouterr().out
    path = said.strip().rpartition(" ")[2]
    assert f"wayproof model anchor {path}" in said
    assert not (profile / provenance.OWN).exists()
    assert main(["model", "anchor", path, "--profile", str(profile)]) == 0
    assert (profile / provenance.OWN).read_bytes() == Path(path).read_bytes()
    assert not (profile / provenance.WAITING).exists()
