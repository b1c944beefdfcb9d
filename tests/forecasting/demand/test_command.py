"""`wayproof forecast` as other programs call it: files in and out, exit statuses, one line per complaint."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.commands import forecast_command
from chain.errors import BadInput


def call(file: Path, output: Path, **options: object) -> argparse.Namespace:
    usual: dict[str, object] = {
        "file": file, "output": output, "freq": "D", "horizon": 7, "level": [80, 95], "keep_going": False, "lead_time": None,
        "cluster": None, "json": False,
    }  # fmt: skip
    return argparse.Namespace(**(usual | options))


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    random = np.random.default_rng(1)
    rows = [
        {"unique_id": name, "ds": str(np.datetime64("2024-03-01") + i), "y": int(random.poisson(mean))}
        for name, mean in (("0001", 3.0), ("0002", 40.0))
        for i in range(60)
    ]
    path = tmp_path / "sales.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_csv_in_csv_out_with_ids_as_they_were(sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    assert forecast_command.run(call(sales, out)) == 0
    table = pd.read_csv(out, dtype={"unique_id": str})
    assert list(table.columns) == ["unique_id", "ds", "mean", "lo-80", "hi-80", "lo-95", "hi-95", "model"]
    assert table["unique_id"].unique().tolist() == ["0001", "0002"]
    assert table["ds"].iloc[0] == "2024-04-30"
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "14 rows for 2 series" in printed.err


def test_json_is_one_object_a_line_and_nothing_else(sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert forecast_command.run(call(sales, tmp_path / "out.csv", json=True, lead_time=10)) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(rows) == 14 + 2
    assert rows[0]["ds"] == "2024-04-30"
    assert rows[-1]["lead_time"] == 10
    assert rows[-1]["lo-95"] <= rows[-1]["mean"] <= rows[-1]["hi-95"]
    assert (tmp_path / "out.lead.csv").is_file()


def test_parquet_goes_both_ways(sales: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="parquet needs pyarrow")
    table = pd.read_csv(sales, dtype={"unique_id": str})
    table.to_parquet(tmp_path / "sales.parquet")
    assert forecast_command.run(call(tmp_path / "sales.parquet", tmp_path / "out.parquet")) == 0
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == 14


def test_keep_going_leaves_the_bad_series_out_and_says_so(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sales.write_text(sales.read_text() + "0003,2024-03-01,lots\n")
    with pytest.raises(BadInput, match="0003: row 122: 'lots' is not a number"):
        forecast_command.run(call(sales, tmp_path / "out.csv"))
    assert not (tmp_path / "out.csv").exists()
    assert forecast_command.run(call(sales, tmp_path / "out.csv", keep_going=True)) == 1
    assert "'lots' is not a number. Left out." in capsys.readouterr().err
    assert set(pd.read_csv(tmp_path / "out.csv")["unique_id"]) == {1, 2}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xfea\x00\xff", "UTF-8"),
        (b"unique_id;ds;y\na;2024-01-01;2\na;2024-01-02;1.234\n", "row 3: '1.234' may be two numbers"),
        ("unique_id,ds,y\nK\u00e4se,2024-01-01,1\n".encode("latin-1"), "not text in UTF-8"),
        (b"unique_id,ds,y\na,2024-01-01,1,7\n", "more fields than the header"),
        (b"unique_id,ds,y,Y\na,2024-01-01,1,7\n", "column 'y' twice"),
        (b"unique_id,ds,y\n,2024-01-01,1\n,2024-01-02,1\n", "Row 2 has no unique_id"),
        (b"\n \n", "is empty"),
        (b"a,b\n1,2\n", "column 'unique_id' is missing"),
        (b"unique_id,ds,y,y\na,2024-01-01,1,7\n", "column 'y' twice"),
        (b"\n\nunique_id,ds,y\na,2024-01-01,1\n\na,2024-01-02,x\n", "a: row 6: 'x' is not a number"),
        (b"sep=;\nunique_id;ds;y\na;2024-01-01;1,5\na;2024-01-02;x\n", "a: row 4: 'x' is not a number"),
        ("unique_id,ds,y\na,2024-01-01,x\n".encode("utf-16"), "a: row 2: 'x' is not a number"),
        (b'unique_id,ds,y\na,2024-01-01,1\n"a,2024-01-02,1\n', "a quotation mark in line 3 is never closed"),
        (b"unique_id,ds,y\n", "no rows"),
        (b'unique_id,ds,y\n"1,2', "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_one_line(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=words) as caught:
        forecast_command.run(call(path, tmp_path / "out.csv"))
    assert "\n" not in caught.value.words


def test_semicolons_tabs_decimal_commas_and_capitals_are_read(sales: Path, tmp_path: Path) -> None:
    answers = []
    for name, (mark, decimal) in {"a": (",", "."), "b": (";", ","), "c": ("\t", ".")}.items():
        table = pd.read_csv(sales, dtype={"unique_id": str})
        table["y"] += 0.5
        table.columns = ["Unique_ID", " ds", "Y"] if name == "b" else table.columns
        table.to_csv(tmp_path / f"{name}.csv", sep=mark, decimal=decimal, index=False)
        assert forecast_command.run(call(tmp_path / f"{name}.csv", tmp_path / f"{name}.out.csv")) == 0
        answers.append((tmp_path / f"{name}.out.csv").read_text())
    assert answers[0] == answers[1] == answers[2]


def test_rows_in_any_order_and_dates_with_a_zone_are_the_same_table(sales: Path, tmp_path: Path) -> None:
    table = pd.read_csv(sales, dtype={"unique_id": str})
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "mixed.csv", index=False)
    table.assign(ds=table["ds"] + "T21:00:00+02:00").to_csv(tmp_path / "zone.csv", index=False)
    answers = set()
    for path in (sales, tmp_path / "mixed.csv", tmp_path / "zone.csv"):
        assert forecast_command.run(call(path, tmp_path / "out.csv")) == 0
        answers.add((tmp_path / "out.csv").read_text())
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("bad,2024-03-01,7\n", "has one row"),
        ("bad,2024-03-01,0\nbad,2024-03-02,0\n", "only zeros"),
        ("bad,2024-03-01,\nbad,2024-03-02,\n", "no value at all"),
        ("bad,2024-03-01,1\nbad,2024-03-01,2\n", "more than once"),
        ("bad,2024-03-01,1\nbad,1.3.2024,2\n", "is not a date"),
        ("".join(f"bad,{np.datetime64('2024-03-01') + 7 * i},2\n" for i in range(9)), "mixed frequencies"),
        (
            "".join(f"bad,{np.datetime64('2023-03-01') + i},2\n" for i in range(9))
            + "".join(f"bad,2023-{month:02}-01,2\n" for month in range(5, 12)),
            "mixed frequencies",
        ),
        (",2024-03-01,3\n", "no unique_id"),
    ],
)
def test_one_bad_series_costs_a_line_and_no_other_series(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, words: str
) -> None:
    sales.write_text(sales.read_text() + rows)
    with pytest.raises(BadInput, match=words):
        forecast_command.run(call(sales, tmp_path / "out.csv"))
    assert forecast_command.run(call(sales, tmp_path / "out.csv", keep_going=True, json=True)) == 1
    out, err = capsys.readouterr()
    assert sum(words in line for line in err.splitlines()) == 1
    last = json.loads(out.splitlines()[-1])
    assert words in last["reason"]
    table = pd.read_csv(tmp_path / "out.csv", dtype={"unique_id": str})
    assert set(table["unique_id"]) == {"0001", "0002"}
    assert np.isfinite(table.drop(columns=["unique_id", "ds", "model"]).to_numpy()).all()


def test_a_row_with_too_many_fields_is_left_out_and_reported(
    sales: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sales.write_text(sales.read_text() + "0002,2024-05-01,4,5\n")
    with pytest.raises(BadInput, match="line 122 has 4 fields, the header 3"):
        forecast_command.run(call(sales, tmp_path / "out.csv"))
    assert forecast_command.run(call(sales, tmp_path / "out.csv", keep_going=True)) == 1
    assert "A row has 4 fields" in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong", [{"horizon": 0}, {"horizon": -3}, {"horizon": 401}, {"level": [0]}, {"level": [100]}, {"lead_time": 0}]
)
def test_calls_that_make_no_sense_are_refused(sales: Path, tmp_path: Path, wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        forecast_command.run(call(sales, tmp_path / "out.csv", **wrong))


def test_one_word_among_decimal_commas_costs_its_own_series_only(sales: Path, tmp_path: Path) -> None:
    table = pd.read_csv(sales, dtype={"unique_id": str})
    table["y"] = [f"{y + 1000:,}".replace(",", ".") + ",5" for y in table["y"]]
    table.to_csv(tmp_path / "commas.csv", sep=";", index=False)
    table.loc[len(table)] = ["0003", "2024-03-01", "lots"]
    table.to_csv(tmp_path / "word.csv", sep=";", index=False)
    assert forecast_command.run(call(tmp_path / "commas.csv", tmp_path / "a.csv")) == 0
    assert forecast_command.run(call(tmp_path / "word.csv", tmp_path / "b.csv", keep_going=True)) == 1
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b.csv").read_text()
    assert pd.read_csv(tmp_path / "a.csv")["mean"].between(1000, 1100).all()


def test_the_sales_are_never_written_over(sales: Path) -> None:
    before = sales.read_text()
    with pytest.raises(BadInput, match="holds the sales"):
        forecast_command.run(call(sales, sales))
    assert sales.read_text() == before


def test_an_unknown_country_is_told_however_short_the_past(sales: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'XX' is not a country"):
        forecast_command.run(call(sales, tmp_path / "out.csv", holidays="XX"))


def test_spreadsheet_text_names_that_look_empty_and_spaces_are_read(sales: Path, tmp_path: Path) -> None:
    table = pd.read_csv(sales, dtype={"unique_id": str})
    table["unique_id"] = table["unique_id"].replace({"0001": "NA", "0002": "null"})
    table.to_csv(tmp_path / "wide.csv", sep="\t", encoding="utf-16", index=False)
    table.loc[3, "unique_id"] = " NA "
    table.to_csv(tmp_path / "narrow.csv", index=False)
    answers = set()
    for name in ("wide", "narrow"):
        assert forecast_command.run(call(tmp_path / f"{name}.csv", tmp_path / "out.csv")) == 0
        answers.add((tmp_path / "out.csv").read_text())
    (answer,) = answers
    assert {line.split(",")[0] for line in answer.splitlines()[1:]} == {"NA", "null"}


def test_a_plan_that_cannot_be_used_is_named_with_its_row(sales: Path, tmp_path: Path) -> None:
    table = pd.read_csv(sales, dtype={"unique_id": str}).assign(price=3.0)
    table.to_csv(sales, index=False)
    plan = tmp_path / "plan.csv"
    for text, words in (
        ("unique_id,ds,price\n\n0001,2024-05-02,cheap\n", "plan.csv: 0001: row 3: 'cheap' is not a price"),
        ("unique_id,ds,price\n0001,2024-05-33,2\n", "plan.csv: 0001: row 2: '2024-05-33' is not a date"),
        ("unique_id,ds,price\n0009,2024-05-03,2\n", "plan.csv names '0009', which the sales do not have"),
    ):
        plan.write_text(text)
        with pytest.raises(BadInput, match=words):
            forecast_command.run(call(sales, tmp_path / "out.csv", future=plan))


def test_names_with_commas_and_quotes_come_back_as_they_were(sales: Path, tmp_path: Path) -> None:
    table = pd.read_csv(sales, dtype={"unique_id": str})
    table["unique_id"] = table["unique_id"].replace({"0001": 'honey, "500 g"'})
    table.to_csv(tmp_path / "names.csv", index=False)
    plain, named = tmp_path / "plain.out.csv", tmp_path / "names.out.csv"
    assert forecast_command.run(call(sales, plain)) == forecast_command.run(call(tmp_path / "names.csv", named)) == 0
    back = pd.read_csv(named, dtype={"unique_id": str})
    assert set(back["unique_id"]) == {'honey, "500 g"', "0002"}
    assert plain.read_text().splitlines()[0] == named.read_text().splitlines()[0]
    assert '"' not in plain.read_text()


def test_paths_that_do_not_exist_are_refused(sales: Path, tmp_path: Path) -> None:
    for wrong in (
        call(tmp_path / "no.csv", tmp_path / "o.csv"),
        call(sales, tmp_path / "no" / "o.csv"),
        call(sales, tmp_path / "o.doc"),
    ):
        with pytest.raises(BadInput):
            forecast_command.run(wrong)


def test_a_cluster_that_is_not_there_is_named(sales: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"distributed|No Dask scheduler"):
        forecast_command.run(call(sales, tmp_path / "out.csv", cluster="tcp://127.0.0.1:9"))
