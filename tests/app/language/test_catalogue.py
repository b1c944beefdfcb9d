"""Catalogues are written and read without loss, and a broken file is refused with its line."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.language.catalogue import Catalogue, Entry, holes
from chain.errors import BadInput

_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")) | st.sampled_from('\n\t"\\'), min_size=1, max_size=300
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(_TEXT, _TEXT, st.booleans(), st.booleans()), max_size=6), st.sampled_from(("", "domain")))
def test_what_is_written_is_read(tmp_path: Path, texts: list[tuple[str, str, bool, bool]], context: str) -> None:
    made = Catalogue("de")
    for text, said, plural, same in texts:
        entry = Entry(text, context, text + "s" if plural else "", (said, said) if plural else (said,), ("app/a.py",), (), same)
        made.entries[entry.key] = entry
    made.write(tmp_path / "de.po")
    assert Catalogue.read(tmp_path / "de.po") == made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text('msgidstrctx "\\n#[]0', max_size=200).map(str.encode))
def test_no_file_breaks_the_reader(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "de.po").write_bytes(content)
    with suppress(BadInput):
        Catalogue.read(tmp_path / "de.po")


@pytest.mark.parametrize(
    "content",
    [
        'msgid "a"\nmsgstr "b\n',
        'msgid "a"b"\nmsgstr ""\n',
        'msgstr "b"\n',
        'msgid "\\q"\n',
        'msgid "a"\n\nmsgid "a"\n',
        "hello\n",
    ],
)
def test_a_broken_form_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "de.po").write_text(content, "utf-8")
    with pytest.raises(BadInput):
        Catalogue.read(tmp_path / "de.po")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"de\.po"):
        Catalogue.read(tmp_path / "de.po")


def test_placeholders_are_named_and_doubled_braces_are_braces() -> None:
    assert holes("{b} of {a} {{c}}") == ("a", "b")
    with pytest.raises(BadInput):
        holes("one { alone")
