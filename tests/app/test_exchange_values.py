"""Single values of a row: dates by their form, numbers, templates; refused where they are something else."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.exchange.rows import Row, RowRefused
from app.exchange.values import ALWAYS, Before, Cells, Choice, Figure, Form, Moment, Text, Told, When
from chain.errors import BadInput

CELLS = Cells(frozenset(("", "N/A")))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def row(**cells: str) -> Row:
    return Row(2, tuple(cells.values()), {name: place for place, name in enumerate(cells)})


@given(st.dates(min_value=date(1971, 1, 1), max_value=date(2069, 12, 31)))
def test_a_date_is_read_back_from_every_form(day: date) -> None:
    texts = {
        "D-Mon-YY": f"{day.day}-{MONTHS[day.month - 1]}-{day:%y}",
        "M/D/YY": f"{day.month}/{day.day}/{day:%y}",
        "DD.MM.YYYY": f"{day:%d.%m.%Y}",
        "YYYY-MM-DD": f"{day:%Y-%m-%d}",
        "ISO": f"{day:%Y-%m-%d}",
    }
    for pattern, text in texts.items():
        assert Form(pattern, time(12)).of(text) == datetime.combine(day, time(12), UTC), pattern


@given(st.integers(86_400 * 366, 86_400 * 80_000), st.integers(-840, 840))
def test_an_iso_time_keeps_its_offset(seconds: int, minutes: int) -> None:
    aware = datetime.fromtimestamp(seconds, UTC)
    text = aware.astimezone(timezone(timedelta(minutes=minutes))).isoformat()
    found = Form("ISO").of(text)
    assert found is not None
    assert (found, found.utcoffset()) == (aware, timedelta(minutes=minutes))


@given(st.text(max_size=20), st.sampled_from(["D-Mon-YY", "M/D/YY", "YYYY-MM-DD hh:mm:ss", "ISO"]))
def test_any_text_is_a_date_of_the_form_or_none(text: str, pattern: str) -> None:
    found = Form(pattern).of(text)
    assert found is None or 1970 < found.year < 2200


@pytest.mark.parametrize(
    "text", ["31-Feb-10", "0-Jan-10", "1-Foo-10", "1-Jan-2010", "1-Jan-10 ", "١-Jan-10", "Date Not Captured"]
)
def test_what_is_no_date_is_refused_with_its_column(text: str) -> None:
    with pytest.raises(RowRefused, match="is not a date of the form D-Mon-YY") as raised:
        Told("when", Form("D-Mon-YY"), CELLS).of(row(when=text))
    assert raised.value.column == "when"


@pytest.mark.parametrize("pattern", ["YYYY", "YYYY-MM", "hh:mm", "YYYY YY MM DD", "D D Mon YY", "words"])
def test_a_form_without_a_whole_date_is_refused(pattern: str) -> None:
    with pytest.raises(BadInput, match="form"):
        Form(pattern)


@pytest.mark.parametrize(
    ("text", "value"),
    [("19", 19), ("-3", -3), ("780.34", 780.34), ("", None), ("N/A", None), ("See DN-304 (ID#:10589)", "See DN-304 (ID#:10589)")],
)
def test_numbers_and_the_words_that_may_stand_for_them(text: str, value: object) -> None:
    assert Figure("n", False, ("See * (ID#:*)",), CELLS).of(row(n=text)) == value


@pytest.mark.parametrize("text", ["1e5", "1,234", "NaN", "0x10", "1234567890123456", "٣", "see elsewhere", "+5", "1."])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(RowRefused, match="is not a number"):
        Figure("n", False, ("See * (ID#:*)",), CELLS).of(row(n=text))


def test_a_whole_number_has_no_fraction() -> None:
    with pytest.raises(RowRefused, match="is not a whole number"):
        Figure("n", True, (), CELLS).of(row(n="1.5"))


def test_a_template_gives_nothing_where_a_cell_holds_nothing() -> None:
    text = Text("{a} of {b}", CELLS)
    assert (text.of(row(a="1", b="2")), text.of(row(a="1", b="N/A")), text.columns) == ("1 of 2", "", ("a", "b"))


def test_a_cell_cannot_bring_a_template_of_its_own() -> None:
    assert Text("{a}!", CELLS).of(row(a="{b}", b="secret")) == "{b}!"


@pytest.mark.parametrize("template", ["{a", "a}", "{}", "{a}{", "{{a}}"])
def test_braces_that_do_not_close_are_refused(template: str) -> None:
    with pytest.raises(BadInput, match="braces"):
        Text(template, CELLS)


def test_the_first_text_whose_condition_holds_counts() -> None:
    choice = Choice(
        (
            (When({"via": frozenset(("RDC", "hub"))}), Text("centre", CELLS)),
            (ALWAYS, Text("{site}", CELLS)),
            (ALWAYS, Text("x", CELLS)),
        )
    )
    said = [choice.of(row(via=via, site=site)) for via, site in (("hub", "s"), ("drop", "s"), ("drop", "N/A"))]
    assert said == ["centre", "s", "x"]


def test_control_characters_are_refused_and_line_breaks_are_spaces() -> None:
    assert CELLS.of(row(a="one\ntwo\t three"), "a") == "one two three"
    with pytest.raises(RowRefused, match="control character"):
        CELLS.of(row(a="one\x1btwo"), "a")


DAY = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 1, 1)).map(date.isoformat)


@given(DAY, DAY, DAY, st.integers(0, 99), st.integers(0, 99))
def test_times_never_run_backwards(made: str, got: str, booked: str, before: int, margin: int) -> None:
    said = row(made=made, got=got, booked=booked)
    recorded = Form("ISO", time(23, 59, 59)).of(booked)
    assert recorded is not None
    later = {"recordTime": recorded}
    moments = {
        "receive": Moment((Told("got", Form("ISO", time(12)), CELLS),)),
        "ship": Moment((Before("receive", before),)),
        "commission": Moment((Told("made", Form("ISO"), CELLS),), Before("ship", margin)),
    }
    for name, moment in moments.items():
        later[name], basis = moment.of(said, later)
        told = {"receive": Form("ISO", time(12)).of(got), "commission": Form("ISO").of(made)}.get(name)
        assert (basis == "") == (later[name] == told)
    assert later["commission"] <= later["ship"] - timedelta(days=margin)
    assert later["ship"] <= later["receive"] <= later["recordTime"]


def test_a_time_that_hangs_on_an_event_which_the_row_lacks_is_refused() -> None:
    with pytest.raises(RowRefused, match="the receive, which this row does not have"):
        Moment((Before("receive", 3),)).of(row(a="1"), {"recordTime": datetime.now(UTC)})


@given(st.lists(st.sampled_from(["", "N/A"]), min_size=1, max_size=3))
def test_a_row_without_any_time_is_refused(cells: list[str]) -> None:
    assume(cells)
    said = row(**{f"c{n}": cell for n, cell in enumerate(cells)})
    moment = Moment(tuple(Told(f"c{n}", Form("ISO"), CELLS) for n in range(len(cells))))
    with pytest.raises(RowRefused, match="no time"):
        moment.of(said, {"recordTime": datetime.now(UTC)})
