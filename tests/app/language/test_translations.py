"""The catalogues hold every text of the source, finished; and every sentence of the domain is found again by its template."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from app import language
from app.language import Tongue
from app.language.catalogue import DOMAIN, Catalogue, Entry, holes
from app.language.plurals import FORMS, PLURALS
from app.language.templates import Template
from resources.translations import build, sources
from resources.translations.faults import faults
from resources.translations.pseudo import CLOSE, OPEN, pseudo

PRESENT = sorted(path.stem for path in language.folder().glob("*.po"))
_SAMPLES = ("4711", "Alba Pharma", "2027-05-03", "K00017", "Linden 9", "0.5")


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Entry]:
    return sources.entries()


@pytest.mark.parametrize("code", PRESENT)
def test_a_catalogue_holds_exactly_what_the_source_says(code: str, found: dict[tuple[str, str], Entry]) -> None:
    kept = Catalogue.read(language.folder() / f"{code}.po").entries
    missing = [text for _, text in found.keys() - kept.keys()]
    assert not missing, f"run `make translations` and translate: {missing[:10]}"
    assert not [text for _, text in kept.keys() - found.keys()], "run `make translations`: texts that are no longer said"


@pytest.mark.parametrize("code", PRESENT)
def test_a_catalogue_is_finished(code: str) -> None:
    assert code in language.LANGUAGES
    kept = Catalogue.read(language.folder() / f"{code}.po")
    wrong = [f"{entry.text}: {fault}" for entry in kept.entries.values() for fault in faults(entry, code)]
    assert not wrong, f"{len(wrong)} faults, the first: {wrong[:10]}"


def test_every_room_of_the_program_is_extracted_or_left_out_on_purpose() -> None:
    covered = {*sources._files(sources.ROOMS), *sources._files(sources.WINDOW)}
    forgotten = [
        str(path.relative_to(sources.ROOT))
        for path in sorted((sources.ROOT / "app").rglob("*.py"))
        if path not in covered
        and not path.relative_to(sources.ROOT).as_posix().startswith(sources.APART)
        and any(sources._said(ast.parse(path.read_text("utf-8"))))
    ]
    assert not forgotten, "name these in ROOMS or APART of resources/translations/sources.py"
    assert all((sources.ROOT / room).exists() for room in (*sources.ROOMS, *sources.APART)), "a room is gone"


def test_every_text_of_the_window_is_a_literal() -> None:
    computed = [
        f"{path.name}:{line}"
        for path in (sources.ROOT / "app/ui").rglob("*.py")
        for line in sources.computed(ast.parse(path.read_text("utf-8")))
    ]
    assert not computed, "tr() and counted() take literals: put values in with .format(name=...)"


def test_every_text_has_named_placeholders_and_no_rich_text(found: dict[tuple[str, str], Entry]) -> None:
    for entry in found.values():
        assert all(name.isidentifier() for name in holes(entry.text)), entry.text
        forms = (entry.text,) * (2 if entry.plural else 1)
        english = replace(entry, said=forms, same=True)
        assert not [fault for fault in faults(english, "de") if "sentence" not in fault], entry.text


def test_every_sentence_of_the_domain_is_found_again(found: dict[tuple[str, str], Entry]) -> None:
    speaker = Tongue.of(pseudo()).speaker
    lost = []
    for entry in found.values():
        if entry.context != DOMAIN:
            continue
        values = dict(zip(holes(entry.text), _SAMPLES * 3, strict=False))
        sentence, wanted = entry.text.format_map(values), f"{OPEN}{entry.text.format_map(values)}{CLOSE}"
        said = speaker(sentence)
        whole = said.replace(OPEN, "").replace(CLOSE, "") == sentence and said.startswith(OPEN)
        if not whole or (said != wanted and not _heavier(entry, found)):
            lost.append((sentence, said))
    assert not lost, f"{len(lost)} lost, the first: {lost[:10]}"


def _heavier(entry: Entry, found: dict[tuple[str, str], Entry]) -> bool:
    """Whether another template fits the same sentence, as ``{a} was {b}`` does of ``{a} was late``."""
    values = dict(zip(holes(entry.text), _SAMPLES * 3, strict=False))
    sentence = entry.text.format_map(values)
    mine = Template.of(entry.text, "")
    others = (Template.of(other.text, "") for other in found.values() if other.context == DOMAIN and other is not entry)
    return any(other.weight >= mine.weight and other.values(sentence) is not None for other in others)


def test_a_new_sentence_is_extracted() -> None:
    tree = ast.parse(
        'def f(n):\n    """No words."""\n    why = f"The {n.colour} box of {len(lids)} lids is gone."\n    raise E(why)\n'
    )
    assert list(sources._said(tree)) == ["The {colour} box of {lids} lids is gone."]


def test_what_is_translated_is_kept_when_the_source_changes(found: dict[tuple[str, str], Entry]) -> None:
    first, second = list(found.values())[:2]
    old = Catalogue("de", {first.key: replace(first, said=("Erstes",)), ("", "gone"): Entry("gone", said=("weg",))})
    new = build.merged(old)
    assert new.entries[first.key].said == ("Erstes",)
    assert not new.entries[second.key].said
    assert ("", "gone") not in new.entries


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        ("{count} items", "Waren", "lacks"),
        ("Close", "Close", "same"),
        ("Close", "<b>Zu</b>", "rich"),
        ("Close", "Zu ", "space"),
        ("Close", "Zu\u200f", "seen"),
        ("It is gone.", "Es ist weg", "sentence"),
        ("Close", "{x} zu", "has not"),
        ("Close", "", "not"),
        ("Close", "{", "brace"),
    ],
)
def test_a_bad_translation_is_named(text: str, said: str, fault: str) -> None:
    assert any(fault in one for one in faults(Entry(text, said=(said,)), "de"))


def test_every_language_has_its_plural_forms() -> None:
    assert set(language.LANGUAGES) <= set(FORMS) == set(PLURALS)
    for code, rule in PLURALS.items():
        assert {rule(n) for n in range(200)} == set(range(FORMS[code])), code


@pytest.mark.parametrize(
    ("wanted", "system", "code"),
    [
        ("de", ["fr"], "de"),
        ("system", ["de-CH", "en"], "de"),
        ("system", ["zh-Hans-CN"], "zh"),
        ("system", ["zh-TW", "fr"], "fr"),
        ("system", ["zh-Hant-HK"], "en"),
        ("system", [], "en"),
        ("klingon", ["ar_EG"], "ar"),
        ("system", ["C"], "en"),
    ],
)
def test_the_language_is_chosen(wanted: str, system: list[str], code: str) -> None:
    assert language.choose(wanted, system) == code
