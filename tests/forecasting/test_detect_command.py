"""`wayproof detect` as other programs call it: hostile and half-empty tables give risks or one clear line, never a traceback."""

from __future__ import annotations

import csv
import random
import shutil
from pathlib import Path

import pytest

from app.cli import main
from forecasting import detect
from forecasting.judge import Effort
from forecasting.simulate.export import write
from forecasting.simulate.network import simulate

HEADER = ["item_id", "risk", "p_value", "flag", "kind", "reasons"]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("network")
    write(simulate(71, 300, share=0.05), folder)
    return folder


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decided")
    found = simulate(72, 300, share=0.1)
    write(found, folder, range(found.tables.size))
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)


def judged(folder: Path, out: Path, *more: str) -> list[dict[str, str]]:
    assert main(["detect", "--score", str(folder), "-o", str(out), *more]) == 0
    rows = table(out)
    assert list(rows[0]) == HEADER
    expected = list(dict.fromkeys(r["item_id"] for r in table(folder / "events.csv") if r["item_id"]))
    assert [r["item_id"] for r in rows] == expected
    for row in rows:
        assert 0 <= float(row["risk"]) <= 1
        assert 0 < float(row["p_value"]) <= 1
        assert row["flag"] in ("0", "1")
        assert len(row["reasons"].split(" | ")) <= 3
        assert row["flag"] == "0" or (row["kind"] and row["reasons"])
    return rows


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["detect", *arguments]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("wayproof: ")
    assert "went wrong inside" not in lines[0]
    return lines[0]


def test_without_labels_the_shipped_model_judges_every_item_once(network: Path, tmp_path: Path) -> None:
    rows = judged(network, tmp_path / "a.csv")
    assert any(row["flag"] == "1" for row in rows)
    judged(network, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_labels_teach_and_the_kept_model_gives_the_same_risks(
    network: Path, decided: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detect, "Effort", lambda: Effort(trees=12, honest=1500))
    judged(network, tmp_path / "a.csv", "--train", str(decided), "--model", str(tmp_path / "m.npz"))
    judged(network, tmp_path / "b.csv", "--use", str(tmp_path / "m.npz"))
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    judged(network, tmp_path / "c.csv")
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()


@pytest.mark.parametrize("budget", [0, 7])
def test_a_budget_is_kept(network: Path, tmp_path: Path, budget: int) -> None:
    rows = judged(network, tmp_path / "a.csv", "--budget", str(budget))
    flagged = [float(r["risk"]) for r in rows if r["flag"] == "1"]
    assert len(flagged) == budget
    assert not flagged or min(flagged) >= sorted((float(r["risk"]) for r in rows), reverse=True)[budget - 1]


@pytest.mark.parametrize("name", ["parties", "products", "sensors", "shipments"])
def test_any_file_but_the_events_may_be_missing(network: Path, tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    (folder / f"{name}.csv").unlink()
    judged(folder, tmp_path / "a.csv")


def test_events_alone_are_enough(network: Path, tmp_path: Path) -> None:
    (tmp_path / "n").mkdir()
    shutil.copy(network / "events.csv", tmp_path / "n")
    judged(tmp_path / "n", tmp_path / "a.csv")


@pytest.mark.parametrize("seed", range(4))
def test_empty_columns_are_borne_in_every_mixture(network: Path, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    folder = shutil.copytree(network, tmp_path / "n")
    for name in ("events", "parties", "products", "sensors", "shipments"):
        rows = table(folder / f"{name}.csv")
        blank = {
            c: "" for c in rows[0] if c not in ("item_id", "record_time" if seed % 2 else "event_time") and dice.random() < 0.5
        }
        save(folder / f"{name}.csv", [row | blank for row in rows])
    judged(folder, tmp_path / "a.csv")


def test_files_without_rows_are_borne(network: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    for name in ("parties", "products", "sensors", "shipments"):
        (folder / f"{name}.csv").write_text((network / f"{name}.csv").read_text("utf-8").splitlines()[0] + "\n", "utf-8")
    (folder / "labels.csv").write_text("item_id,label\n", "utf-8")
    judged(folder, tmp_path / "a.csv", "--train", str(folder))


def test_columns_that_are_not_there_count_as_empty(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "n"
    folder.mkdir()
    rows = table(network / "events.csv")
    save(folder / "events.csv", [{"item_id": r["item_id"], "event_time": r["event_time"]} for r in rows])
    judged(folder, tmp_path / "a.csv")
    assert "tells no action that is known" in capsys.readouterr().err


def test_an_item_called_like_nothing_has_its_row(network: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    rows = table(folder / "events.csv")
    names = dict(zip(dict.fromkeys(r["item_id"] for r in rows), ("NA", "null", "nan", "None"), strict=False))
    save(folder / "events.csv", [r | {"item_id": names.get(r["item_id"], r["item_id"])} for r in rows])
    assert {"NA", "null", "nan", "None"} <= {r["item_id"] for r in judged(folder, tmp_path / "a.csv")}


@pytest.mark.parametrize("label", ["fake", "2", "0.5"])
def test_a_label_that_is_none_is_named_with_its_row(
    decided: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], label: str
) -> None:
    folder = shutil.copytree(decided, tmp_path / "n")
    rows = table(folder / "labels.csv")
    save(folder / "labels.csv", [*rows[:3], rows[3] | {"label": label}, *rows[4:]])
    assert main(["detect", "--train", str(folder), "--score", str(folder), "-o", str(tmp_path / "a.csv")]) == 2
    assert f"labels.csv, row 5: the label '{label}' is none of 1" in capsys.readouterr().err


def test_hostile_cells_are_passed_over(network: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    rows = table(folder / "events.csv")[:400]
    ugly = [
        "",
        "NaN",
        "inf",
        "-1e999",
        "1e400",
        "soon",
        "\x00",
        "=1+1",
        "é\u202e",
        "9" * 400,
        "2034-13-45T99:99:99Z",
        "0001-01-01",
        "9999-12-31T00:00Z",
    ]
    columns = [c for c in rows[0] if c != "item_id"]
    for number, row in enumerate(rows):
        row[columns[number % len(columns)]] = ugly[number % len(ugly)].replace("\x00", "")
        row["actor_party"] = "nobody knows" if number % 7 == 0 else row["actor_party"]
    save(folder / "events.csv", rows)
    judged(folder, tmp_path / "a.csv")


def test_clocks_ten_years_off_and_mixed_forms_of_time_are_read(network: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    rows = table(folder / "events.csv")
    for number, row in enumerate(rows):
        t = row["event_time"]
        forms = [t, t.replace("T", " ").replace("Z", ""), t.replace("Z", "+00:00"), t.replace("Z", ".250Z"), t[:10], "1672531200"]
        row["event_time"] = (
            str(int(t[:4]) + (10 if number % 50 == 0 else -10)) + "-01-01T00:00:00Z" if number % 25 == 0 else forms[number % 6]
        )
    save(folder / "events.csv", rows)
    judged(folder, tmp_path / "a.csv")


def test_one_row_is_a_table(network: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    for name in ("events", "parties", "products", "sensors", "shipments"):
        save(folder / f"{name}.csv", table(network / f"{name}.csv")[:1])
    assert len(judged(folder, tmp_path / "a.csv")) == 1


@pytest.mark.parametrize(
    "raw",
    [b"", b"\n", b"\xff\xfe\x00a", "item_id,action\né,sell\n".encode("latin-1"), b"a,b\n1,2\n", b"item_id,action\n",
     b"item_id,action\n,sell\n", b"item_id,event_time\nx,never\n", b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
     b'item_id,event_time\n"x,2024-01-01\n', "item_id,event_time\nx,2024-01-01\n".encode("utf-16")],
)  # fmt: skip
def test_what_is_no_table_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], raw: bytes) -> None:
    (tmp_path / "events.csv").write_bytes(raw)
    refused(capsys, "--score", str(tmp_path), "-o", str(tmp_path / "a.csv"))
    assert not (tmp_path / "a.csv").exists()


def test_wrong_calls_are_one_line(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    score, out = str(network), str(tmp_path / "a.csv")
    assert "folder" in refused(capsys, "--score", str(tmp_path / "none"), "-o", out)
    assert "events.csv" in refused(capsys, "--score", str(tmp_path), "-o", out)
    assert "folder" in refused(capsys, "--score", score, "-o", str(tmp_path / "none" / "a.csv"))
    assert "folder" in refused(capsys, "--score", score, "-o", str(tmp_path))
    assert "budget" in refused(capsys, "--score", score, "-o", out, "--budget", "-1")
    assert "model" in refused(capsys, "--score", score, "-o", out, "--use", str(tmp_path / "none.npz"))
    assert "-o" in refused(capsys, "--score", score)
    assert "Nothing to do" in refused(capsys)
    (tmp_path / "m.npz").write_bytes((network / "events.csv").read_bytes())
    assert "model" in refused(capsys, "--score", score, "-o", out, "--use", str(tmp_path / "m.npz"))


def test_labels_of_one_sort_or_of_nobody_are_said_to_be_too_few(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = shutil.copytree(network, tmp_path / "n")
    items = list(dict.fromkeys(r["item_id"] for r in table(folder / "events.csv")))
    (folder / "labels.csv").write_text("item_id,label\nunknown,1\n" + "".join(f"{i},1\n" for i in items[:50]), "utf-8")
    rows = judged(network, tmp_path / "a.csv", "--train", str(folder))
    assert "too few" in capsys.readouterr().err
    assert rows == judged(network, tmp_path / "b.csv")


def test_json_lines_say_the_same(network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import orjson

    rows = judged(network, tmp_path / "a.csv", "--json")
    lines = [orjson.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["item_id"] for line in lines] == [row["item_id"] for row in rows]
