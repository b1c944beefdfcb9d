"""What a mapping says about a single value, ready to be asked for a row: texts, conditions, numbers, times.

A rule gives a value, "" or None where the row has none, or refuses the row in a sentence that names the column. Nothing is
guessed: a date is of the form the mapping names or it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache

from app.exchange.rows import Dated, Row, RowRefused, quoted
from chain.errors import BadInput

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TOKENS = {
    "YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{2})", "Mon": r"(?P<name>[A-Za-z]{3})", "MM": r"(?P<month>\d{2})",
    "M": r"(?P<month>\d{1,2})", "DD": r"(?P<day>\d{2})", "D": r"(?P<day>\d{1,2})", "hh": r"(?P<hour>\d{2})",
    "mm": r"(?P<minute>\d{2})", "ss": r"(?P<second>\d{2})",
}  # fmt: skip
_TOKEN = re.compile("|".join(sorted(_TOKENS, key=len, reverse=True)))
_COLUMN = re.compile(r"\{([^{}]*)\}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?", re.ASCII)
_DIGITS = 15  # what a JSON number keeps exactly everywhere
PIVOT = 70  # a year of two digits below it is in the 2000s
FIRST_YEAR, LAST_YEAR = 1970, 2199


@dataclass(frozen=True, slots=True)
class Cells:
    """How cells are read: those that say one of `absent` hold nothing."""

    absent: frozenset[str] = frozenset()

    def of(self, row: Row, column: str) -> str:
        """The text in a column, "" where it holds nothing. Refuses control characters other than line breaks and tabs."""
        text = row[column]
        if text in self.absent:
            return ""
        if not text.isprintable():
            text = " ".join(text.split())
            if any(ord(character) < 32 or 127 <= ord(character) < 160 for character in text):
                raise RowRefused("a control character stands in the text", column)
        return text


@dataclass(frozen=True, slots=True)
class Text:
    """A template: ``{Column}`` stands for a cell. It gives "" where one of its cells holds nothing."""

    template: str
    cells: Cells
    columns: tuple[str, ...] = field(init=False)
    plain: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(_COLUMN.findall(self.template)))
        if "{" in _COLUMN.sub("", self.template) or "}" in _COLUMN.sub("", self.template) or "" in self.columns:
            raise BadInput(f"{quoted(self.template)} has braces that do not close around the name of a column")
        object.__setattr__(self, "plain", len(self.columns) == 1 and self.template == f"{{{self.columns[0]}}}")

    def of(self, row: Row) -> str:
        """The text for a row."""
        if self.plain:
            return self.cells.of(row, self.columns[0])
        found = {column: self.cells.of(row, column) for column in self.columns}
        if not all(found.values()):
            return ""
        return _COLUMN.sub(lambda match: found[match[1]], self.template)


@dataclass(frozen=True, slots=True)
class When:
    """A condition: each of these columns says one of these texts."""

    texts: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        return tuple(self.texts)

    def holds(self, row: Row) -> bool:
        """Whether it is so in this row. Cells are compared as they are, `absent` or not."""
        return all(row[column] in texts for column, texts in self.texts.items())


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Choice:
    """Texts in order of preference: the first whose condition holds and which is not empty."""

    options: tuple[tuple[When, Text], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        return tuple(name for when, text in self.options for name in (*when.columns, *text.columns))

    def of(self, row: Row) -> str:
        """The text for a row, "" where there is none."""
        for when, text in self.options:
            if (not when.texts or when.holds(row)) and (found := text.of(row)):
                return found
        return ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a column; texts that match one of `words` (``*`` for anything) are kept as texts."""

    column: str
    whole: bool
    words: tuple[str, ...]
    cells: Cells

    @property
    def columns(self) -> tuple[str, ...]:
        """The column it looks at."""
        return (self.column,)

    def of(self, row: Row) -> int | float | str | None:
        """The number, the words that stand for it, or None where the cell holds nothing."""
        text = self.cells.of(row, self.column)
        if not text:
            return None
        if _NUMBER.fullmatch(text) and len(text.strip("-").replace(".", "")) <= _DIGITS and not (self.whole and "." in text):
            return float(text) if "." in text else int(text)
        if any(fnmatchcase(text, pattern) for pattern in self.words):
            return text
        raise RowRefused(f"{quoted(text)} is not a {'whole number' if self.whole else 'number'}", self.column)


@dataclass(frozen=True, slots=True)
class Form:
    """How a column writes dates: ``D-Mon-YY``, ``M/D/YY``, ``YYYY-MM-DD``, ``DD.MM.YYYY hh:mm`` ..., or ``ISO`` (RFC 3339).

    YYYY, YY (00 to 69 are the 2000s), Mon (English), MM, M, DD, D, hh, mm, ss; everything else stands for itself. `at` is the
    time of day taken where the form has none. Times without an offset are UTC.
    """

    pattern: str
    at: time = time()
    expression: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "expression", None if self.pattern == "ISO" else _expression(self.pattern))

    def of(self, text: str) -> datetime | None:
        """The time, None where the text is not of this form. A date cell of a workbook needs no form."""
        if isinstance(text, Dated):
            return _bounded(text.at.replace(tzinfo=UTC) if text.clocked else datetime.combine(text.at.date(), self.at, UTC))
        return _moment(self, text)


def _expression(pattern: str) -> re.Pattern[str]:
    at, parts, seen = 0, [], []
    for token in _TOKEN.finditer(pattern):
        parts += [re.escape(pattern[at : token.start()]), _TOKENS[token[0]]]
        seen.append(token[0])
        at = token.end()
    parts.append(re.escape(pattern[at:]))
    try:
        made = re.compile("".join(parts), re.ASCII)
    except re.error:
        raise BadInput(f"the form {quoted(pattern)} names a part of the date twice") from None
    names = set(made.groupindex)
    if len(names & {"year", "short"}) != 1 or len(names & {"month", "name"}) != 1 or "day" not in names:
        raise BadInput(f"the form {quoted(pattern)} needs a year (YYYY or YY), a month (MM, M or Mon) and a day (DD or D)")
    return made


@lru_cache(maxsize=16_384)
def _moment(form: Form, text: str) -> datetime | None:
    try:
        if form.expression is None:
            if "T" not in text and " " not in text:
                return datetime.combine(date.fromisoformat(text), form.at, UTC)
            at = datetime.fromisoformat(text)
            return _bounded(at if at.tzinfo else at.replace(tzinfo=UTC))
        match = form.expression.fullmatch(text)
        if match is None:
            return None
        part = match.groupdict()
        year = int(part["year"]) if "year" in part else int(part["short"]) + (2000 if int(part["short"]) < PIVOT else 1900)
        month = int(part["month"]) if "month" in part else _MONTHS.index(part["name"].lower()) + 1
        day = date(year, month, int(part["day"]))
        if not part.keys() & {"hour", "minute", "second"}:
            return _bounded(datetime.combine(day, form.at, UTC))
        clock = time(int(part.get("hour") or 0), int(part.get("minute") or 0), int(part.get("second") or 0))
        return _bounded(datetime.combine(day, clock, UTC))
    except (ValueError, OverflowError):
        return None


def _bounded(at: datetime) -> datetime | None:
    return at if FIRST_YEAR < at.year < LAST_YEAR else None


@dataclass(frozen=True, slots=True)
class Told:
    """A time that a column holds."""

    column: str
    form: Form
    cells: Cells

    def of(self, row: Row) -> datetime | None:
        """The time, None where the cell holds nothing; refuses what is not of the form."""
        text = self.cells.of(row, self.column)
        if not text:
            return None
        at = self.form.of(text)
        if at is None:
            raise RowRefused(f"{quoted(text)} is not a date of the form {self.form.pattern}", self.column)
        return at


@dataclass(frozen=True, slots=True)
class Before:
    """A time derived from a later event's: so many days before it, by what a column says or always the same."""

    event: str
    days: int
    column: str = ""
    cases: Mapping[str, int] = field(default_factory=dict)

    def of(self, row: Row, later: Mapping[str, datetime]) -> tuple[datetime, str]:
        """The time and, in words, where it is from. `later`: the times of the events behind it by name, the next one last."""
        if self.event not in later:
            raise RowRefused(f"a time hangs on the {self.event}, which this row does not have")
        days = self.cases.get(row[self.column], self.days) if self.column else self.days
        return later[self.event] - timedelta(days=days), f"{days} days before {self.event}"


@dataclass(frozen=True, slots=True)
class Moment:
    """When an event was: the first option that the row has a time for, and not later than `latest`."""

    options: tuple[Told | Before, ...]
    latest: Before | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        rules = (*self.options, *((self.latest,) if self.latest else ()))
        return tuple(rule.column for rule in rules if rule.column)

    def of(self, row: Row, later: Mapping[str, datetime]) -> tuple[datetime, str]:
        """The time and, where no column holds it as it is, words on what it is derived from. Refuses a row without one."""
        at, basis = self._first(row, later)
        name = next(reversed(list(later)))
        bound = later[name]
        words = f"not after {name}"
        if self.latest is not None and (earlier := self.latest.of(row, later))[0] < bound:
            bound, words = earlier
        if at <= bound:
            return at, basis
        return bound, words if basis else f"{words}; the file says {at:%Y-%m-%d}"

    def _first(self, row: Row, later: Mapping[str, datetime]) -> tuple[datetime, str]:
        for rule in self.options:
            if isinstance(rule, Before):
                return rule.of(row, later)
            if (at := rule.of(row)) is not None:
                return at, ""
        raise RowRefused("there is no time here", ", ".join(dict.fromkeys(self.columns)))
