"""From sales to orders: sliders, overrides, transfers, look-alikes, and the order as a file."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from app.sales import ordering
from app.sales.planning import AHEAD, Knobs, Outlook, arrivals, provenance
from app.store import Store
from chain.errors import BadInput
from forecasting.reorder import Override
from tests.app.shop_year import LAST, SITES, sold

HONEY = "09521000022010@9521000000316"
MINE = Override(17, "Ada", "fair on Saturday", datetime(2026, 11, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def outlook() -> Outlook:
    return Outlook.learn(sold(young=9))


def test_the_most_urgent_comes_first_and_closed_days_are_not_sold_on(outlook: Outlook) -> None:
    plan = outlook.plan(Knobs())
    assert [line.advice.urgency for line in plan.lines] == sorted((line.advice.urgency for line in plan.lines), reverse=True)
    assert plan.lines[0].place == "Linden Pharmacy"
    for line in plan.lines:
        weekday = [date.fromisoformat(str(day)).weekday() for day in line.forecast.ds]
        if not line.young:
            assert all(mean == 0 for mean, day in zip(line.forecast.mean, weekday, strict=True) if day == 6)
            high = line.forecast.intervals[95][1]
            assert all(value == 0 for value, day in zip(high, weekday, strict=True) if day == 6)
        assert sum(line.forecast.mean) > 0


def test_more_service_a_longer_lead_and_a_longer_review_order_more(outlook: Outlook) -> None:
    def ordered(knobs: Knobs) -> float:
        plan = outlook.plan(knobs)
        return sum(line.advice.proposed + max(line.moved, 0) for line in plan.lines if line.place == "Linden Pharmacy")

    usual = ordered(Knobs())
    assert ordered(Knobs(service=0.99)) > usual
    assert ordered(Knobs(lead=10)) > usual
    assert ordered(Knobs(review=21)) > usual
    with pytest.raises(BadInput, match="together"):
        outlook.plan(Knobs(lead=AHEAD, review=7))


def test_the_lead_time_is_the_chains_own(outlook: Outlook) -> None:
    line = outlook.plan(Knobs()).lines[0]
    assert (line.lead, line.trips) == (2.0, 10)
    assert "10 deliveries to Linden Pharmacy took 2.0 days" in arrivals(line)
    assert outlook.plan(Knobs(lead=6)).lines[0].lead == 6


def test_what_another_site_can_spare_is_not_ordered(outlook: Outlook) -> None:
    plan = outlook.plan(Knobs())
    assert plan.transfers
    for gtin, move in plan.transfers:
        assert (move.origin, move.target) == tuple(reversed(SITES))
        line = next(one for one in plan.lines if one.series.gtin == gtin and one.series.site == move.target)
        assert line.moved == move.quantity
        assert "another site" in line.advice.words
    alone = Outlook.learn(replace(sold(), series=tuple(one for one in sold().series if one.site == next(iter(SITES)))))
    assert sum(line.advice.quantity for line in alone.plan(Knobs()).lines) > sum(line.advice.quantity for line in plan.lines)


def test_what_keeps_for_days_only_is_ordered_for_days_only(outlook: Outlook) -> None:
    def needed(outlook: Outlook) -> dict[str, float]:
        return {line.unique_id: line.advice.proposed + max(line.moved, 0) for line in outlook.plan(Knobs(review=21)).lines}

    free = needed(outlook)
    short = replace(outlook, series=tuple(replace(one, life=5.0) for one in outlook.series))
    assert needed(replace(outlook, series=tuple(replace(one, life=400.0) for one in outlook.series))) == free
    capped = needed(short)
    assert any(free.values())
    assert any(capped.values())
    assert all(0 <= capped[name] < free[name] for name in free if free[name])
    words = [line.advice.words for line in short.plan(Knobs(review=21)).lines if free[line.unique_id]]
    assert all("within the 5 days that it keeps" in one or "another site" in one for one in words)


def test_an_override_is_named_and_wins(outlook: Outlook) -> None:
    line = next(one for one in outlook.plan(Knobs(), {HONEY: MINE}).lines if one.unique_id == HONEY)
    assert line.advice.quantity == 17
    assert "Ada orders 17" in line.advice.words


def test_a_new_product_sells_like_the_one_that_a_person_picks(outlook: Outlook) -> None:
    young = next(line for line in outlook.plan(Knobs()).lines if line.young)
    liked = next(line for line in outlook.plan(Knobs(), None, {young.unique_id: HONEY}).lines if line.young)
    assert liked.forecast.model == f"like {HONEY}"
    honey = next(line for line in outlook.plan(Knobs()).lines if line.unique_id == HONEY)
    ratio = liked.forecast.mean.sum() / honey.forecast.mean.sum()
    assert 0.2 < ratio < 0.9
    low, high = liked.forecast.intervals[80]
    assert ((low <= liked.forecast.mean + 1e-9) & (liked.forecast.mean <= high + 1e-9)).all()


def test_each_number_says_where_it_comes_from(outlook: Outlook) -> None:
    line = outlook.plan(Knobs()).lines[0]
    day = next(day for day in line.series.lines)
    assert "proven by entry" in provenance(line, day)
    sunday = next(line.series.day(i) for i, value in enumerate(line.series.values) if math.isnan(value))
    assert "closed" in provenance(line, sunday)
    assert "not in the books" in provenance(line, date(1999, 1, 1))
    assert line.series.day(len(line.series.values) - 1) == LAST


def test_nothing_sold_is_an_empty_plan() -> None:
    assert Outlook.learn(replace(sold(), series=())).plan(Knobs()).lines == ()


def test_a_years_total_is_taken_apart() -> None:
    parts = Outlook.learn(sold(days=371)).take_apart(next(iter(SITES)))
    assert int(np.argmax(parts.week)) == 4
    with pytest.raises(BadInput, match="year of days"):
        Outlook.learn(sold()).take_apart(next(iter(SITES)))


def test_overrides_are_kept_in_the_profile(tmp_path: Path) -> None:
    store = Store(tmp_path / "wayproof.sqlite")
    assert ordering.keep_override(store, HONEY, MINE) == {HONEY: MINE}
    assert ordering.overrides(store) == {HONEY: MINE}
    with store.transaction():
        store.goods.set(ordering.KEPT, {"bad": {"quantity": "x"}, HONEY: {"quantity": 1, "author": "", "reason": "", "at": ""}})
    assert ordering.overrides(store) == {}
    assert ordering.keep_override(store, HONEY, None) == {}
    assert ordering.own_sites(store) == []
    store.close()


def test_the_order_leaves_as_csv_workbook_and_document(outlook: Outlook, tmp_path: Path) -> None:
    from openpyxl import load_workbook

    evil = Override(5, "=cmd()", "+1", datetime(2026, 1, 1, tzinfo=UTC))
    plan = outlook.plan(Knobs(), {HONEY: evil})
    for name in ("o.csv", "o.xlsx", "o.pdf"):
        assert ordering.write_order(plan, tmp_path / name) >= 3
    rows = list(csv.DictReader(io.StringIO((tmp_path / "o.csv").read_text(encoding="utf-8-sig"))))
    mine = next(row for row in rows if row["product"] == "Mountain honey" and row["order"] == "5")
    assert (mine["decided by"], mine["reason"]) == ("'=cmd()", "'+1")
    sheet = load_workbook(tmp_path / "o.xlsx").active
    assert [cell.value for cell in sheet[1]] == list(ordering.COLUMNS)
    assert sheet.max_row == len(rows) + 1
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    assert (tmp_path / "o.pdf").read_bytes().startswith(b"%PDF")
    with pytest.raises(BadInput, match="ends in"):
        ordering.write_order(plan, tmp_path / "o.doc")
    with pytest.raises(BadInput, match="cannot be written"):
        ordering.write_order(plan, tmp_path / "no" / "o.csv")
    with pytest.raises(BadInput, match="nothing to order"):
        ordering.write_order(Outlook.learn(replace(sold(), series=())).plan(Knobs()), tmp_path / "o.csv")
