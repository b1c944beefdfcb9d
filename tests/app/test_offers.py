"""Prices and promotions beside proven sales: read from a merchant's table, learnt from, and tried for the days to come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from app.sales import Sales
from app.sales.offers import Offer, Offers, read_offers
from app.sales.planning import AHEAD, Knobs, Line, Outlook
from chain.errors import BadInput
from tests.app.shop_year import LAST, sold

DAYS = 360


def promoted() -> tuple[Sales, str]:
    """A year of two shops in which every third week is advertised and sells two and a half times as much; and its table."""
    sales = sold(DAYS)
    weeks = (np.arange(DAYS) // 7) % 3 == 0
    series = tuple(replace(one, values=np.where(weeks, np.round(2.5 * one.values), one.values)) for one in sales.series)
    gtins = sorted({one.gtin for one in series})
    first = LAST - timedelta(days=DAYS - 1)
    rows = [
        f"{gtin},{first + timedelta(days=i)},{4.0 if weeks[i] else 5.0},{int(weeks[i])}" for gtin in gtins for i in range(DAYS)
    ]
    return replace(sales, series=series), "\n".join(["unique_id,ds,price,promotion", *rows, ""])


@pytest.fixture(scope="module")
def outlook(tmp_path_factory: pytest.TempPathFactory) -> Outlook:
    sales, table = promoted()
    path = tmp_path_factory.mktemp("offers") / "prices.csv"
    path.write_text(table)
    return Outlook.learn(sales, offers=read_offers(path, sales.series))


def line_of(outlook: Outlook, **tried: Offer) -> Line:
    return next(line for line in outlook.plan(Knobs(), planned=tried).lines if line.unique_id in (tried or {line.unique_id}))


def test_what_promotions_do_is_learnt_and_said(outlook: Outlook) -> None:
    assert outlook.responsive
    assert outlook.said_of_offers.startswith("Prices and promotions are used")
    line = line_of(outlook)
    assert "promotion" in outlook.explain(line.unique_id).words
    assert len(line.offered) == sum((np.arange(DAYS) // 7) % 3 == 0)


def test_a_tried_promotion_sells_more_on_its_days_only_and_orders_more(outlook: Outlook) -> None:
    for line in outlook.plan(Knobs(review=14.0)).lines[:3]:
        first = line.series.day(len(line.series.values)) + timedelta(days=2)
        offer = Offer(first, 7, 4.0, True)
        plan = outlook.plan(Knobs(review=14.0), planned={line.unique_id: offer})
        with_it = next(one for one in plan.lines if one.unique_id == line.unique_id)
        share = with_it.forecast.mean[:AHEAD] / np.maximum(line.forecast.mean, 1e-9)
        inside = (np.arange(AHEAD) >= 2) & (np.arange(AHEAD) < 9) & (line.forecast.mean > 0)
        assert (share[inside] > 1.8).all()
        assert np.allclose(share[~inside & (line.forecast.mean > 0)], 1.0)
        assert with_it.advice.reorder_point > 1.2 * line.advice.reorder_point
        assert first in with_it.offered
        assert first not in line.offered


def test_without_a_table_nothing_can_be_tried() -> None:
    plain = Outlook.learn(sold(DAYS))
    assert not plain.responsive
    assert plain.said_of_offers == ""
    line = line_of(plain)
    offer = Offer(line.series.day(len(line.series.values)), 7, None, True)
    assert np.array_equal(line_of(plain, **{line.unique_id: offer}).forecast.mean, line.forecast.mean)


def test_a_gtin_is_meant_at_every_site_and_a_day_ahead_is_kept(tmp_path: Path) -> None:
    sales = sold(60)
    one = sales.series[0]
    ahead = LAST + timedelta(days=3)
    path = tmp_path / "prices.csv"
    path.write_text(f"unique_id,ds,price\n{one.gtin.lstrip('0')},{ahead},2.5\nsomething else,{ahead},9\n")
    offers = read_offers(path, sales.series)
    assert set(offers.told) == {other.unique_id for other in sales.series if other.gtin == one.gtin}
    rows = offers.rows(sales.series, 60, 10)
    assert rows["price"][0, 62] == 2.5
    assert np.isfinite(rows["price"]).sum() == len(offers.told)
    assert "promotion" not in rows


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("ds,price\n2024-01-01,3\n", "column 'unique_id' is missing"),
        ("unique_id,ds\na,2024-01-01\n", "neither a column price nor a column promotion"),
        ("unique_id,ds,price\na,2024-01-01,cheap\n", "a: row 2: 'cheap' is not a price"),
        ("unique_id,ds,price\na,1.1.2024,3\n", "a: row 2: '1.1.2024' is not a date"),
        ("unique_id,ds,price\na,2024-01-01,3\n", "names no product that is sold here"),
    ],
)
def test_a_table_that_cannot_be_used_is_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=words):
        read_offers(path, sold(30).series)


@pytest.mark.parametrize("wrong", [(0, 3.0, False), (57, 3.0, False), (7, 0.0, False), (7, float("nan"), True), (7, None, False)])
def test_offers_that_make_no_sense_are_refused(wrong: tuple[int, float | None, bool]) -> None:
    with pytest.raises(BadInput):
        Offer(LAST, *wrong)


def test_nothing_told_is_nothing_known() -> None:
    assert Offers({}).rows(sold(30).series, 30, 5) == {}
