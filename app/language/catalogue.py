"""Catalogues: the words of the window in one language, as a GNU gettext `.po` file that a translator and a diff can read.

Only what Wayproof needs of the format (gettext manual, "The Format of PO Files"): comments, references, flags, msgctxt, msgid,
msgid_plural, msgstr. It is read directly at the start; nothing is compiled. A file that breaks the form is refused whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter

from chain.errors import BadInput

DOMAIN = "domain"
"""The context of sentences that are made where a check is made, and are found again by their template."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_UNESCAPES = {"\\": "\\", '"': '"', "n": "\n", "t": "\t"}
_WIDTH = 118

Key = tuple[str, str]
"""Context ("" for the window's own) and English text."""


@dataclass(slots=True)
class Entry:
    """One text. `said` holds its translation, one for each plural form where there is a `plural`; empty while untranslated.

    `where` are the files that say it, `notes` what a translator should know, `same` that it may stay as in English.
    """

    text: str
    context: str = ""
    plural: str = ""
    said: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    same: bool = False
    unsure: bool = False

    @property
    def key(self) -> Key:
        """What it is found by."""
        return self.context, self.text

    @property
    def done(self) -> bool:
        """Whether every form is translated and nothing is marked as unsure."""
        return bool(self.said) and all(self.said) and not self.unsure


@dataclass(slots=True)
class Catalogue:
    """The texts of one language by their keys, in the order of the file; `language` as ISO 639-1."""

    language: str
    entries: dict[Key, Entry] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Catalogue:
        """A catalogue from its file. Raises BadInput with the line where the form is broken."""
        made = cls(path.stem)
        try:
            lines = path.read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"The translations in {path.name} cannot be read.", path=path) from error
        for entry in _entries(path.name, lines):
            if entry.text:
                if entry.key in made.entries:
                    raise BadInput(f"{path.name} holds “{entry.text[:60]}” twice.")
                made.entries[entry.key] = entry
        return made

    def write(self, path: Path) -> None:
        """The catalogue as a file; the same entries give the same bytes."""
        head = ('msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in (
            "Project-Id-Version: Wayproof", f"Language: {self.language}", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit",
        )))  # fmt: skip
        blocks = ["\n".join(head), *("\n".join(_lines(entry)) for entry in self.entries.values())]
        path.write_text("\n\n".join(blocks) + "\n", encoding="utf-8", newline="\n")


def holes(text: str) -> tuple[str, ...]:
    """The names of the placeholders in a text, sorted; a doubled brace is a brace. Raises BadInput for a broken one."""
    try:
        return tuple(sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None))
    except ValueError as error:
        raise BadInput(f"A brace stands alone in “{text[:60]}”.") from error


def _entries(name: str, lines: list[str]) -> Iterator[Entry]:
    block: list[tuple[int, str]] = []
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            block.append((number, line.strip()))
        elif block:
            yield _entry(name, block)
            block = []


def _entry(name: str, block: list[tuple[int, str]]) -> Entry:
    texts: dict[str, str] = {}
    comments: dict[str, list[str]] = {":": [], ".": [], ",": []}
    last = ""
    for number, line in block:
        if line.startswith("#"):
            comments.setdefault(line[1:2], []).append(line[2:].strip())
            continue
        keyword, quote, _ = line.partition('"')
        last = keyword.strip() or last
        if not quote or not line.endswith('"') or len(line) == len(keyword) + 1 or not last:
            raise BadInput(f"{name}, line {number}: this is neither a comment nor a text in quotes.")
        texts[last] = texts.get(last, "") + _unescaped(line[len(keyword) + 1 : -1], name, number)
    if "msgid" not in texts:
        raise BadInput(f"{name}, line {block[0][0]}: an entry without a msgid.")
    forms = [texts[keyword] for keyword in sorted(texts) if keyword.startswith("msgstr")]
    flags = {flag.strip() for line in comments[","] for flag in line.split(",")}
    return Entry(
        texts["msgid"], texts.get("msgctxt", ""), texts.get("msgid_plural", ""), tuple(forms) if any(forms) else (),
        tuple(where for line in comments[":"] for where in line.split()), tuple(comments["."]), "same" in flags, "fuzzy" in flags,
    )  # fmt: skip


def _unescaped(text: str, name: str, number: int) -> str:
    if "\\" not in text and '"' not in text:
        return text
    out, place = [], 0
    while place < len(text):
        char = text[place]
        if char == '"' or (char == "\\" and text[place + 1 : place + 2] not in _UNESCAPES):
            raise BadInput(f"{name}, line {number}: a quote or backslash that is not escaped.")
        out.append(_UNESCAPES[text[place + 1]] if char == "\\" else char)
        place += 2 if char == "\\" else 1
    return "".join(out)


def _lines(entry: Entry) -> Iterator[str]:
    yield from (f"#. {note}" for note in entry.notes)
    yield from (f"#: {where}" for where in entry.where)
    flags = [flag for flag, on in (("fuzzy", entry.unsure), ("same", entry.same)) if on]
    if flags:
        yield f"#, {', '.join(flags)}"
    if entry.context:
        yield from _keyword("msgctxt", entry.context)
    yield from _keyword("msgid", entry.text)
    if entry.plural:
        yield from _keyword("msgid_plural", entry.plural)
        for number, form in enumerate(entry.said or ("", "")):
            yield from _keyword(f"msgstr[{number}]", form)
    else:
        yield from _keyword("msgstr", entry.said[0] if entry.said else "")


def _keyword(keyword: str, text: str) -> Iterator[str]:
    escaped = "".join(_ESCAPES.get(char, char) for char in text)
    if len(keyword) + len(escaped) + 3 <= _WIDTH:
        yield f'{keyword} "{escaped}"'
        return
    yield f'{keyword} ""'
    yield from (f'"{part}"' for part in _wrapped(escaped))


def _wrapped(text: str) -> Iterable[str]:
    line = ""
    for word in text.split(" "):
        piece = word if not line else f" {word}"
        if line and len(line) + len(piece) > _WIDTH:
            yield line + " "
            line = word
        else:
            line += piece
    yield line
