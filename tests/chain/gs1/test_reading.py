"""What is refused, in which words, and which harmless cause is named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import gs1
from chain.gs1.causes import _US, LAYOUTS
from chain.journey import Item, Unreadable

LINK = "https://id.gs1.org/01/09506000134352/10/LOT7/21/ABC-123?17=271231"


def refused(text: str) -> Unreadable:
    answer = gs1.parse(text)
    assert isinstance(answer, Unreadable)
    return answer


def typed(text: str, by: tuple[str, str], on: tuple[str, str]) -> str:
    """What appears when a scanner set to one country types on a computer set to another."""
    return text.translate(dict(zip(map(ord, "".join(by)), "".join(on), strict=True)))


@given(
    st.text(max_size=80)
    | st.text("0123456789()]dQCeE^\x1dABC", max_size=60)
    | st.binary(max_size=80).map(lambda b: b.decode("latin-1"))
)
def test_any_text_gets_an_answer_in_printable_words(text: str) -> None:
    answer = gs1.parse(text)
    if isinstance(answer, Unreadable):
        assert answer.reason
        assert (answer.reason + answer.hint).isprintable()
    assert json.dumps(gs1.describe(text))
    assert isinstance(gs1.link_parameters(text), dict)
    assert isinstance(gs1.harmless_causes(text), tuple)


def test_naughty_strings_are_answered(shared: Path) -> None:
    files = sorted((shared / "vectors/strings").glob("*.json"))
    assert files
    for file in files:
        for text in json.loads(file.read_text(encoding="utf-8")):
            assert isinstance(gs1.parse(str(text)), Unreadable | Item)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "The text is empty."),
        (" \r\n", "The text is empty."),
        ("1" * 4097, "The text is too long: 4097 characters, at most 4096 are read."),
        ("(01)09506000134352\u202e(21)A", "Character number 19 turns the direction of writing"),
        ("(01)09506000134352\u200b(21)A", "Character number 19 is invisible"),
        ("\ufeff(01)09506000134352", "Character number 1 is invisible"),
        ("(01)09506000134352(21)А1", "“А” (U+0410, cyrillic capital letter a), does not exist in GS1 codes"),
        ("(01)0950600013435２(21)A", "fullwidth digit two"),
        ("(01)09506000134352(21)A\x00", "control character 0x00"),
        ("(01)09506000134352(21)A\ud800", "U+D800"),
        ("4006381333932", "its check digit is wrong (it would have to be 1)"),
        ("(01)09506000134353(21)A", "the check digit “3” is wrong"),
        ("https://id.gs1.org/01/09506000134353/21/A", "the check digit “3” is wrong"),
        ("(01)00000000000000(21)A", "all zeros"),
        ("(414)9506000134376", "names a place ((414) LOC No.), not an item"),
        ("(8006)095060001343520102(21)A", "one piece of an item"),
        ("(02)09506000134352(37)5", "the content of a logistic unit"),
        ("(91)ABC", "neither a GTIN nor an SSCC"),
        ("(01)09506000134352(21)A(21)B", "comes twice"),
        ("(01)09506000134352(37)5", "may not stand together"),
        ("https://id.gs1.org/01/09506000134352/21/A/10/B", "may not follow each other"),
        ("https://id.gs1.org/01/09506000134352?10=A", "belongs in its path"),
        ("https://id.gs1.org/01/09506000134352/21/A%E2%80%AE", "“A<E2><80><AE>”"),
        ("https://id.gs1.org/01/09506000134352/21/A%00", "zero byte"),
        ("]X0ABC", "carries no GS1 data"),
        ("]d1", "The code is empty"),
        ("]d1010950600013435221A1", "not printed as a GS1 code"),
        ("]E0400638133393", "should hold 13 digits"),
        ("urn:epc:id:gid:1.2.3", "not a GS1 key"),
    ],
)
def test_the_reason_is_in_words(text: str, reason: str) -> None:
    assert reason in refused(text).reason


@pytest.mark.parametrize("country", sorted(LAYOUTS))
def test_a_wrong_keyboard_layout_is_named(country: str) -> None:
    layout = LAYOUTS[country]
    if country == "British":  # the two differ in keys that only other texts use
        assert gs1.parse(typed(LINK, _US, layout)) == gs1.parse(LINK)
        return
    for text in (LINK, LINK.swapcase(), "(01)09506000134352(21)A1", "]d2010950600013435221A1\x1d10L1"):
        hint = refused(typed(text, _US, layout)).hint
        assert "types for a US keyboard" in hint
        assert country in hint
    hint = refused(typed(LINK, layout, _US)).hint
    assert "this computer is set to a US keyboard" in hint
    assert country in hint


def test_layouts_have_all_keys() -> None:
    assert {len(row) for layout in (_US, *LAYOUTS.values()) for row in layout} == {47}


@pytest.mark.parametrize(
    "text", [LINK.swapcase(), "]D2010950600013435221a1\x1d10l1", "]c1010950600013435221a1", LINK.upper() + "&wp=aBc".swapcase()]
)
def test_caps_lock_is_named(text: str) -> None:
    assert "Caps Lock" in refused(text).hint


def test_capitals_alone_are_no_caps_lock() -> None:
    assert isinstance(gs1.parse("HTTPS://ID.GS1.ORG/01/09506000134352/21/ABC%2f1"), Item)
    assert isinstance(gs1.parse("HTTPS://ID.GS1.ORG/01/09506000134352/21/ABC?wp=aB-c"), Item)
    assert isinstance(gs1.parse("HTTPS://example.com/01/09506000134352/21/abc"), Item)


@pytest.mark.parametrize(
    "text",
    [
        "010950600013435221SN12317271231",
        "010950600013435221SN1231727123110L7",
        "]C1010950600013435221SN1231727123110L7",
        "010950600013435210LOT17271231",
        "010950600013435221SN" + "17271231" + "15270630",
    ],
)
def test_a_swallowed_field_is_told_and_not_guessed(text: str) -> None:
    answer = gs1.parse(text, date(2026, 1, 1))
    assert isinstance(answer, Unreadable)
    assert "(17)271231" in answer.reason
    assert "separator" in answer.hint


def test_a_swallowed_field_is_told_where_the_value_grows_too_long() -> None:
    assert "run together" in refused("010950600013435221SN123456789012345617271231").hint


@pytest.mark.parametrize(
    "text",
    [
        "0109506000134352" + "21SN12317271231" + "\x1d",
        "\x1d0109506000134352" + "21SN12317271231",
        "(01)09506000134352(21)SN12317271231",
        "https://id.gs1.org/01/09506000134352/21/SN12317271231",
        "0109506000134352" + "17261231" + "21SN12317271231",
        "0109506000134352" + "21SN12317991231",
        "0109506000134352" + "21SN12317271331",
    ],
)
def test_a_serial_that_only_looks_so_is_read(text: str) -> None:
    assert isinstance(gs1.parse(text, date(2026, 1, 1)), Item)


@pytest.mark.parametrize("mark", ["<GS>", "{GS}", "~", "|", "#", "^]", "␝", " "])
def test_a_replaced_separator_is_named(mark: str) -> None:
    text = f"010950600013435221A1{mark}10L1{mark}17271231"
    answer = refused(text)
    assert "ASCII 29" in answer.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("(01)09506000134352(17)250931(21)A", "written as day, month, year"),
        ("(01)09506000134352(17)123125(21)A", "written as month, day, year (2025-12-31)"),
        ("https://example.com/products/7", "ordinary web address"),
        ("id.gs1.org/01/09506000134352/21/A", "https://"),
        ("4006381333932", "Scan again"),
        ("04252614", "UPC-E"),
        ("[)>\x1e06\x1dP123", "another standard"),
        ("HELLO", "no GS1 code"),
        ("(01)09506000134352(21)А1", "Scan the label itself"),
        ("(01)09506000134352(21)A(21)B", ""),
        ("(01)09506000134352(17)999999(21)A", ""),
    ],
)
def test_the_hint_says_what_to_do(text: str, hint: str) -> None:
    assert hint in refused(text).hint
    assert bool(hint) == bool(refused(text).hint)


def test_harmless_causes_of_a_text_that_reads_well() -> None:
    on = date(2026, 1, 1)
    (cause,) = gs1.harmless_causes("(01)09506000134352(17)311225(21)A", on)
    assert "2031-12-25" in cause
    assert "2025-12-31" in cause
    (cause,) = gs1.harmless_causes("010950600013435221AB10L7", on)
    assert "(10)" in cause
    assert gs1.harmless_causes("010950600013435221AB17991332", on) == ()
    assert gs1.harmless_causes("(01)09506000134352(17)271200(21)A", on) == ()
    (cause,) = gs1.harmless_causes("(01)09506000134352(21)abc", on)
    assert "Caps Lock" in cause
    assert gs1.harmless_causes("(01)09506000134352(21)ABC", on) == ()
    assert gs1.harmless_causes("(01)0950600013435", on) == ()


def test_describe_answers_for_the_command_line() -> None:
    answer = gs1.describe(LINK)
    assert answer["text"] == LINK
    assert [one["ai"] for one in answer["elements"]] == ["01", "10", "21", "17"]
    assert answer["elements"][0] == {"ai": "01", "title": "GTIN", "value": "09506000134352"}
    assert answer["item"] == {"gtin": "09506000134352", "serial": "ABC-123", "lot": "LOT7", "expiry": "2027-12-31", "sscc": ""}
    assert answer["digital_link"] == LINK
    assert "error" not in answer
    place = gs1.describe("(414)9506000134376(254)1")
    assert (place["item"], place["digital_link"]) == (None, "https://id.gs1.org/414/9506000134376/254/1")
    assert "error" not in place
    bad = gs1.describe("4006381333932")
    assert bad["elements"] == []
    assert bad["error"]
    assert bad["hint"]
    lonely = gs1.describe("(01)09506000134352(3922)0299")
    assert "without its partner" in lonely["error"]
    assert len(lonely["elements"]) == 2
    assert gs1.describe("(91)X")["digital_link"] is None
    assert json.dumps(gs1.describe("\ud800"))


def test_elements_are_judged_by_every_rule() -> None:
    assert [str(one) for one in gs1.elements("(01)09506000134352(21)A")] == ["(01)09506000134352", "(21)A"]
    with pytest.raises(gs1.BadAssociation, match=re.escape("(01)")):
        gs1.elements("(21)A")
    assert isinstance(gs1.parse("(01)09506000134352(3922)0299(21)A"), Item)


def test_parameters_of_a_text_that_is_no_link_are_none() -> None:
    assert gs1.link_parameters("(01)09506000134352") == gs1.link_parameters("") == {}
    assert gs1.link_parameters("]Q1https://x.example/01/09506000134352?wp=1") == {"wp": "1"}
    assert gs1.link_parameters("HTTPS://X.EXAMPLE/01/09506000134352?wp=1&wp=2&99=A&flag&%C3%A9=%C3%A9&b=%FF") == {
        "wp": "1",
        "flag": "",
        "Ã©": "é",
        "b": "ÿ",
    }


def test_nothing_but_the_standard_library_is_imported() -> None:
    code = "import sys; import chain.gs1; print(*{name.partition('.')[0] for name in sys.modules})"
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(root)!r}); {code}"]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(loaded.stdout.split()) - set(sys.stdlib_module_names) == {"chain", "__main__"}
    assert not {"socket", "urllib", "http"} & set(loaded.stdout.split())


@pytest.mark.parametrize("text", [LINK, "]d2010950600013435221ABC123\x1d1727123110L1"])
def test_reading_takes_no_time(text: str) -> None:
    """About 50 microseconds where the machine is idle; the bound leaves room for a busy one."""
    best = 1.0
    for _ in range(20):
        start = time.process_time()
        for _ in range(50):
            gs1.parse(text)
        best = min(best, (time.process_time() - start) / 50)
    assert best < 400e-6


def test_a_hostile_text_takes_no_time() -> None:
    start = time.process_time()
    for text in (
        "{" * 4096,
        "é" * 4096,
        "(01)" * 1024,
        "21" * 2048,
        "17250101" * 512,
        "https://a" + "/01/1" * 800,
        "21" + "1" * 4094,
    ):
        gs1.parse(text)
        gs1.harmless_causes(text)
    assert time.process_time() - start < 2
