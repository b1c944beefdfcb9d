"""Sentences made in English are found again by their template; what is none is left alone."""

from __future__ import annotations

from time import thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.language import STYLES, load
from app.language.templates import Speaker, Template

SAID = {
    "The item is good until {day}.": "Die Ware ist gut bis {day}.",
    "{owner} issued this item.": "{owner} hat diese Ware ausgegeben.",
    "{name} has recalled {what}: do not use it.": "{what} wurde von {name} zurückgerufen: nicht verwenden.",
    "this item": "diese Ware",
    "The log holds {size} entries.": "Das Protokoll hat {size} Einträge.",
    "{count} days": "{count} Tage",
    "All is well.": "Alles ist gut.",
    "These records are {age} old.": "Diese Aufzeichnungen sind {age} alt.",
    "{a} saw {b}, {a} left.": "{b} gesehen von {a}.",
}


@pytest.fixture(scope="module")
def german() -> Speaker:
    return Speaker([Template.of(text, said) for text, said in SAID.items()], STYLES["de"])


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("The item is good until 2027-01-02.", "Die Ware ist gut bis 2027-01-02."),
        ("Alba Pharma issued this item.", "Alba Pharma hat diese Ware ausgegeben."),
        ("Alba has recalled this item: do not use it.", "diese Ware wurde von Alba zurückgerufen: nicht verwenden."),
        ("The log holds 51,204 entries.", "Das Protokoll hat 51.204 Einträge."),
        ("These records are 9 days old.", "Diese Aufzeichnungen sind 9 Tage alt."),
        ("All is well. These records are 9 days old. Zork.", "Alles ist gut. Diese Aufzeichnungen sind 9 Tage alt. Zork."),
        ("all is well", "all is well"),
        ("This item", "Diese Ware"),
        ("This item.", "Diese Ware."),
        ("  All is well. ", "  Alles ist gut. "),
        ("x saw y, x left.", "y gesehen von x."),
        ("x saw y, z left.", "x saw y, z left."),
        ("A name from a label", "A name from a label"),
        ("", ""),
    ],
)
def test_a_sentence_is_said(german: Speaker, sentence: str, said: str) -> None:
    assert german(sentence) == said


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_values_are_found_again_where_the_template_fits(first: str, second: str) -> None:
    template = Template.of("In {place} it was seen twice by {person}, they say.", "")
    found = template.values(f"In {first} it was seen twice by {second}, they say.")
    assert found is not None
    assert f"In {found['place']} it was seen twice by {found['person']}, they say." == (
        f"In {first} it was seen twice by {second}, they say."
    )


@settings(deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_it(text: str) -> None:
    speaker = Speaker([Template.of(text_, said) for text_, said in SAID.items()])
    assert isinstance(speaker(text), str)


def test_a_hostile_text_costs_no_time() -> None:
    speaker = Speaker([Template.of("{a}, {b}, {c}, {d}, {e}, {f} and {g} came.", "{a}{b}{c}{d}{e}{f}{g}")])
    began = thread_time()
    speaker("a, " * 1300)
    speaker(", and came. " * 300)
    assert thread_time() - began < 1.0


ORDER = {
    "Order {quantity} now.": "Jetzt {quantity} bestellen.",
    "{lasts} is there, a delivery takes {lead}{tail}.": "{lasts} da, Lieferung {lead}{tail}.",
    "a delivery takes {lead}; {wasted} of it will expire first": "Lieferung {lead}; davon laufen {wasted} ab",
    "{count} days": "{count} Tage",
    "The {what} by {who} is late.": "{what} ({who}) ist spät.",
    "shipment": "Versand",
    "{here} and {there} differ.": "{here} ist nicht {there}.",
    "this and that": "dieses",
    "a {names} keyboard": "eine Tastatur ({names})",
    "German": "deutsch",
    "Swiss": "schweizerisch",
    "{names} are used.": "Benutzt: {names}.",
    "prices": "Preise",
    "holidays": "Feiertage",
    "Entries {named} and {more} more.": "Einträge {named} und {more} weitere.",
    "Told by {names}.": "Gesagt von {names}.",
    "{wasted} will expire.": "Es verfallen {wasted}.",
    "a price 10 % lower sells {more} %": "10 % billiger: {more} %",
    "a promotion {more} %": "eine Aktion {more} %",
    "{owner} issued this item.": "Ausgegeben von {owner}.",
}


@pytest.fixture(scope="module")
def orders() -> Speaker:
    return Speaker([Template.of(text, said) for text, said in ORDER.items()], STYLES["de"])


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("a delivery takes 5 days; 4 of it will expire first", "Lieferung 5 Tage; davon laufen 4 ab"),
        ("The shipment by Alba Pharma is late.", "Versand (Alba Pharma) ist spät."),
        ("this and that and 5 days differ.", "dieses ist nicht 5 Tage."),
        ("A and B and C differ.", "A ist nicht B and C."),
        ("a German or Swiss keyboard", "eine Tastatur (deutsch oder schweizerisch)"),
        ("Prices and holidays are used.", "Benutzt: Preise und Feiertage."),
        ("Entries 12, 15, 19 and 4 more.", "Einträge 12, 15, 19 und 4 weitere."),
        ("Told by Smith and Sons.", "Gesagt von Smith and Sons."),
        ("Told by Swiss and Sons.", "Gesagt von Swiss and Sons."),
        ("Order 30 now. 4 will expire.", "Jetzt 30 bestellen. Es verfallen 4."),
        ("a price 10 % lower sells +5 %, a promotion +3 %", "10 % billiger: +5 %, eine Aktion +3 %"),
        ("a price 10 % lower sells +5 %, a promotion +3 %, Yule +9 %", "10 % billiger: +5 %, eine Aktion +3 %, Yule +9 %"),
        ("St. Gall, Smith and Co issued this item.", "Ausgegeben von St. Gall, Smith and Co."),
    ],
)
def test_what_is_within_a_sentence_is_said_too(orders: Speaker, sentence: str, said: str) -> None:
    assert orders(sentence) == said


def test_arabic_and_chinese_have_marks_of_their_own() -> None:
    told = {
        "It lasts {counted}": "يكفي {counted}",
        "takes {lead}": "مدة التوريد {lead}",
        "Of entries {named}.": "القيود {named}.",
    }
    arabic = Speaker([Template.of(text, said) for text, said in told.items()], STYLES["ar"])
    assert arabic("It lasts 3, takes 4; it lasts 5.") == "يكفي 3، مدة التوريد 4؛ يكفي 5."
    assert arabic("Of entries 12, 15, 1,904.") == "القيود 12، 15، 1,904."
    assert arabic("Alba, Linden and Sons") == "Alba, Linden and Sons"
    chinese = Speaker([Template.of("it is whole", "完整"), Template.of("a {kinds} box", "{kinds}箱"),
                       Template.of("red", "红"), Template.of("blue", "蓝")], STYLES["zh"])  # fmt: skip
    assert chinese("It is whole, red; it is whole.") == "完整，红；完整。"
    assert chinese("a red, blue box") == "红、蓝箱"
    assert chinese("a red or blue box") == "红或蓝箱"


@pytest.mark.parametrize(
    ("code", "sentence", "said"),
    [
        ("ar", "1 day", "يوم واحد"),
        ("ar", "2 days", "يومان"),
        ("ar", "9 days", "9 أيام"),
        ("ar", "11 days", "11 يومًا"),
        ("ar", "100 days", "100 يوم"),
        ("ar", "3 hours", "3 ساعات"),
        ("de", "1 hour", "1 Stunde"),
        ("de", "1,200 hours", "1.200 Stunden"),
    ],
)
def test_a_count_takes_the_plural_form_of_its_language(code: str, sentence: str, said: str) -> None:
    assert load(code).speaker(sentence) == said


def test_what_is_no_number_is_not_counted() -> None:
    counting = Template.of("{count} days", "{count} Tage", ("{count} Tag", "{count} Tage"))
    speaker = Speaker([counting])
    assert speaker("several days") == "several days"
    assert speaker("7 days") == "7 Tage"
    assert speaker("1 days") == "1 Tag"
