"""The table of AIs: generated, complete and consistent."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from chain.errors import BadInput
from chain.gs1 import build_table, table
from chain.gs1.dictionary import AI_LENGTH, FIXED_LENGTH, KNOWN, RULES, rule_at, rule_of


def test_the_table_is_what_the_generator_makes_of_the_dictionary(shared: Path, tmp_path: Path) -> None:
    made = tmp_path / "table.py"
    assert build_table.main([str(shared / "vectors/gs1/gs1-syntax-dictionary.txt"), str(made)]) == 0
    assert made.read_text(encoding="utf-8") == Path(table.__file__).read_text(encoding="utf-8")


def test_no_ai_begins_with_another() -> None:
    assert len(KNOWN) > 500
    assert all(len(ai) == AI_LENGTH[ai[:2]] for ai in KNOWN)


def test_lengths_without_separator_are_those_of_the_first_two_digits() -> None:
    for ai in KNOWN:
        rule = RULES[ai]
        assert rule.fixed == (ai[:2] in FIXED_LENGTH)
        if rule.fixed:
            assert rule.minimum == rule.maximum == FIXED_LENGTH[ai[:2]]


def test_rules_say_what_the_dictionary_says() -> None:
    gtin = RULES["01"]
    assert (gtin.title, gtin.fixed, gtin.attribute, gtin.maximum) == ("GTIN", True, True, 14)
    assert gtin.qualifiers == (("22", "10", "21"), ("235",))
    assert gtin.excluded == ("255", "37")
    assert RULES["253"].qualifiers == ((),)
    assert RULES["10"].qualifiers is None
    assert RULES["8030"].required[0][1] == ("01", "21")
    assert RULES["3920"].required == ((("01",),), (("30",), ("31nn",), ("32nn",), ("35nn",), ("36nn",)))
    assert [part.optional for part in RULES["8008"].components] == [False, False, True, True]


def test_an_unknown_ai_is_refused_unless_asked_for() -> None:
    assert rule_of("89") is None
    assert rule_of("89", unknown=True) is not None
    assert rule_of("3106", unknown=True) == rule_at("3106000123", 0, unknown=True)
    assert rule_of("310", unknown=True) is None
    assert rule_of("8x", unknown=True) is None
    assert rule_at("89123", 0, unknown=True) is None


@pytest.mark.parametrize(
    "line",
    [
        "1x  X..20",
        "10 ! X..20",
        "10 ? Q..20",
        "10 ?",
        "10 ? X..20 req",
        "10 ? [X..20",
        "10-123 X..20",
        "10 X..20 # a;b",
        "10 X2 ex=a",
    ],
)
def test_a_line_that_is_not_understood_stops_the_generator(line: str) -> None:
    with pytest.raises(BadInput, match="Line 2"):
        build_table.rows("# comment\n" + line)


SMALL = """\
# Release: 2031-01-01
# Copyright (c) 2030 One maker
# Copyright (c) 2031 Another maker

01         *?  N14,csum,gcppos2   ex=255,37 dlpkey=22,10,21|235   # GTIN
3920-3929  ?   N..15              req=01 req=30,31nn ex=392n      # PRICE
8008           N8 [N2],mi [N2],ss
"""


def test_the_generator_runs_as_a_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dictionary, made = tmp_path / "dictionary.txt", tmp_path / "table.py"
    dictionary.write_text(SMALL, encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["build_table.py", str(dictionary), str(made)])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(build_table.__file__, run_name="__main__")
    assert ended.value.code == 0
    written = runpy.run_path(str(made))
    assert written["RELEASE"] == "2031-01-01"
    assert "Copyright (c) 2030 One maker,\nCopyright (c) 2031 Another maker\n" in written["__doc__"]
    assert written["ROWS"].strip().split("\n") == [
        "01;01;*?;N14,csum,gcppos2;;255,37;=22,10,21|235;GTIN",
        "3920;3929;?;N..15;01 30,31nn;392n;;PRICE",
        "8008;8008;;N8 [N2],mi [N2],ss;;;;",
    ]


def test_a_dictionary_without_a_release_is_of_an_unknown_one() -> None:
    assert 'RELEASE = "unknown"' in build_table.source("10 ? X..20")


def test_the_generator_wants_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert build_table.main([]) == 2
    assert "usage" in capsys.readouterr().err
