"""Sentences found again: an English sentence with its values put in, matched to the template it was made from.

The rooms below the window say plain English, and store it. Here such a sentence is taken apart by the templates of a catalogue
and put together again in another language; a value that is a sentence or a word of the catalogue itself is translated too.
What fits no template stays as it is: text from labels, files and other companies is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter

LONGEST = 4000
_DEEPEST = 5
_THIN = 12
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?=\.\d+$|$)")
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})*|\d{1,15}")
_GAP = re.compile(r"(?<=[.!?:;,])\s+")
_END = ".;:,"
_HEAD = ";:, "
_STOPS = re.compile(r"[.;:?!] ")
_JOINT = re.compile(r"(, (?:and|or) | and | or | with | / |, |; )")
_SPLITS = 4
_TRIED = 64
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes what is between texts: `grouping` of thousands, `marks` for the Latin , ; : and . (a full-width mark
    takes the white space behind it), words for "and", "or" and "with", and `between` the things of a list."""

    grouping: str = ","
    marks: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    between: str = ", "

    def ended(self, text: str, mark: str) -> str:
        """A text with the mark behind it that stood behind its English."""
        return text.rstrip("。") + self.marks.get(mark, mark)

    def joint(self, english: str) -> str:
        """What joins two things, for an English ``", "``, ``"; "`` or ``" and "``."""
        if english == ", ":
            return self.between
        word = english.strip(", ")
        if word in self.words:
            return self.words[word]
        return "".join(self.marks.get(char, char) for char in english) if word else english


WIDE = frozenset("。，；：、")


@dataclass(frozen=True, slots=True)
class Template:
    """English and its translation. `literals` is one longer than `names`; the sentence is literal, value, literal, ...

    `forms` are the plural forms of a template that counts; it fits only where its ``{count}`` is a whole number.
    """

    text: str
    said: str
    literals: tuple[str, ...]
    names: tuple[str, ...]
    forms: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, said: str, forms: tuple[str, ...] = ()) -> Template:
        """A template of its text; ``{{`` is a brace."""
        literals, names = [""], list[str]()
        for literal, name, _, _ in Formatter().parse(text):
            literals[-1] += literal
            if name is not None:
                names.append(name)
                literals.append("")
        return cls(text, said, tuple(literals), tuple(names), forms)

    @property
    def anchor(self) -> str:
        """Its longest literal: where that is not in a sentence, the template need not be tried."""
        return max(self.literals, key=len)

    @property
    def weight(self) -> int:
        """How much of it is literal: of two that fit, the heavier is meant."""
        return sum(map(len, self.literals))

    def values(self, sentence: str) -> dict[str, str] | None:
        """The values in a sentence made from this template, None where it was not: the first of its splits."""
        return next(self.splits(sentence), None)

    def splits(self, sentence: str) -> Iterator[dict[str, str]]:
        """Every way in which a sentence can be made from this template, at most _SPLITS: "a and b and c" of ``{x} and {y}``."""
        first, last = self.literals[0], self.literals[-1]
        if not self.names:
            if sentence == first:
                yield {}
            return
        if len(sentence) < len(first) + len(last) or not sentence.startswith(first) or not sentence.endswith(last):
            return
        if not last and sentence[-1] in _END:  # a mark behind it is not of its last value
            return
        end = len(sentence) - len(last)
        ways: list[tuple[int, int, tuple[str, ...]]] = [(0, len(first), ())]  # the next place, where it begins, values so far
        given = tried = 0
        while ways and given < _SPLITS and tried < _TRIED:
            tried += 1
            place, at, values = ways.pop()
            if place == len(self.names):
                found = self._named(values)
                if found is not None:
                    given += 1
                    yield found
                continue
            stops = list(self._stops(sentence, place, at, end))
            over = len(self.literals[place + 1]) if place + 1 < len(self.names) else 0
            ways += [(place + 1, stop + over, (*values, sentence[at:stop])) for stop in reversed(stops)]

    def _stops(self, sentence: str, place: int, at: int, end: int) -> Iterator[int]:
        """Where the value that begins `at` may end."""
        middle = next((one for one in self.literals[place + 1 : -1] if one), "")  # of neighbours the first takes all
        if place and not self.literals[place]:
            yield at
        elif not middle:
            yield end
        else:
            stop = sentence.find(middle, at, end)
            for _ in range(_SPLITS):
                if stop < 0:
                    return
                yield stop
                stop = sentence.find(middle, stop + 1, end)

    def _named(self, values: tuple[str, ...]) -> dict[str, str] | None:
        found: dict[str, str] = {}
        for name, value in zip(self.names, values, strict=True):
            if found.setdefault(name, value) != value:
                return None
        thin = self.weight < _THIN
        return None if thin and any(_STOPS.search(value) or len(value) > 60 for value in found.values()) else found


ENGLISH_STYLE = Style()


class Speaker:
    """Says sentences in one language."""

    def __init__(
        self, templates: Iterable[Template], style: Style = ENGLISH_STYLE, form: Callable[[int], int] = lambda n: int(n != 1)
    ) -> None:
        self._form = form
        self._whole: dict[str, str] = {}
        self._holed: list[tuple[str, Template]] = []
        self._style = style
        for template in templates:
            if template.names:
                self._holed.append((template.anchor, template))
            else:
                self._whole[template.literals[0]] = template.said
        self._holed.sort(key=lambda pair: (-pair[1].weight, not pair[1].forms))
        self._cached = lru_cache(maxsize=4096)(self._say)

    def __call__(self, sentence: str) -> str:
        """A sentence, several of them, or a word, in this language; unchanged where it is none of the catalogue's."""
        return self._cached(sentence) if 0 < len(sentence) <= LONGEST else sentence

    def _say(self, sentence: str) -> str:
        return self._spoken(sentence, 0) or sentence

    def _spoken(self, sentence: str, depth: int) -> str | None:
        """A translation, or None where not even a part is known."""
        bare = sentence.strip()
        if not bare or depth > _DEEPEST:
            return None
        if not _LETTER.search(bare):
            return self._number(sentence, depth)
        said = self._one(bare, depth)
        if said is None and depth:
            said = self._listed(bare, depth)
        if said is None:
            said = self._parts(bare, depth)[0]
        return None if said is None else sentence.replace(bare, said, 1)

    def _one(self, bare: str, depth: int) -> str | None:
        """A single sentence: as it is, without the stops around it, or with its first letter in the other case."""
        head = bare[: len(bare) - len(bare.lstrip(_HEAD))]
        if head and len(head) < len(bare):
            inner = self._one(bare[len(head) :], depth)
            return None if inner is None else "".join(self._style.marks.get(char, char) for char in head) + inner
        said = self._exact(bare, depth)
        if said is None and bare[-1] in _END and len(bare) > 1:
            shorter = self._exact(bare[:-1], depth)
            said = None if shorter is None else self._style.ended(shorter, bare[-1])
        if said is None:
            turned = bare[0].swapcase() + bare[1:]
            other = self._exact(turned, depth)
            if other is None and turned[-1] in _END and len(turned) > 1:
                shorter = self._exact(turned[:-1], depth)
                other = None if shorter is None else self._style.ended(shorter, turned[-1])
            if other is not None:
                said = other[0].upper() + other[1:] if bare[0].isupper() else other
        return said

    def _exact(self, bare: str, depth: int) -> str | None:
        said = self._whole.get(bare)
        if said is not None:
            return said
        for anchor, template in self._holed:
            if anchor in bare:
                ways = list(template.splits(bare))
                if template.forms:
                    ways = [way for way in ways if _WHOLE.fullmatch(way.get("count", ""))]
                if ways:
                    best = ways[0] if len(ways) == 1 else max(ways, key=lambda way: self._plausible(way, depth))
                    apart = self._apart(bare, best, depth)
                    if apart is not None:
                        return apart
                    return self._formed(template, best).format_map(
                        {name: self._value(value, depth) for name, value in best.items()}
                    )
        return None

    def _formed(self, template: Template, values: Mapping[str, str]) -> str:
        """A template's translation, in the plural form that its count takes."""
        if not template.forms:
            return template.said
        return template.forms[min(self._form(int(values["count"].replace(",", ""))), len(template.forms) - 1)]

    def _apart(self, bare: str, values: Mapping[str, str], depth: int) -> str | None:
        """What fits one template but is several sentences: "Order 30 now. 4 expire." is made of ``{count} expire.``, too."""
        long = [value for value in values.values() if _GAP.search(value)]
        if not long or depth >= _DEEPEST:
            return None
        said, first, every = self._parts(bare, depth + 1)
        strange = any(self._spoken(value, depth + 1) is None for value in long)
        return said if every or (strange and first) else None

    def _plausible(self, values: Mapping[str, str], depth: int) -> int:
        """How many of the values are numbers, or said by the catalogue."""
        return sum(not _LETTER.search(one) or self._spoken(one, depth + 1) is not None for one in values.values())

    def _value(self, value: str, depth: int) -> str:
        return self._spoken(value, depth + 1) or value

    def _parts(self, bare: str, depth: int) -> tuple[str | None, bool, bool]:
        """Several sentences behind each other: the longest runs of them that are known are translated, the others stay.

        Also whether the first is known, and whether all are.
        """
        pieces = list(_pieces(bare))
        if len(pieces) < 2:
            return None, False, False
        out, place, known = list[str](), 0, list[bool]()
        while place < len(pieces):
            for end in range(min(len(pieces), place + 6), place, -1):
                run = "".join(pieces[place:end])
                said = None if end - place == len(pieces) else self._one(run.strip(), depth)
                if said is not None:
                    if known and not known[-1]:
                        out[-1] = self._before(out[-1])
                    out.append(said if said[-1] in WIDE else run.replace(run.strip(), said, 1))
                    place = end
                    known.append(True)
                    break
            else:
                out.append(pieces[place])
                place += 1
                known.append(False)
        return "".join(out) if any(known) else None, known[0], all(known)

    def _before(self, piece: str) -> str:
        """A piece that is not translated, before one that is: the mark at its end as the language has it."""
        bare = piece.rstrip()
        mark = self._style.marks.get(bare[-1:], "")
        return bare[:-1] + mark + ("" if mark in WIDE else piece[len(bare) :]) if mark else piece

    def _listed(self, bare: str, depth: int) -> str | None:
        """A list such as "German or Swiss", of which everything is known; one with a name in it may be a name itself."""
        first, *others = _JOINT.split(bare)
        if not others:
            return None
        out, known = list[str](), False
        for joint, piece in zip(("", *others[::2]), (first, *others[1::2]), strict=True):
            said = self._one(piece, depth) if _LETTER.search(piece) else self._number(piece, depth) or piece
            if said is None or not piece:
                return None
            out += [self._style.joint(joint), said]
            known = known or piece != said or bool(_LETTER.search(joint))
        return "".join(out) if known else None

    def _number(self, text: str, depth: int) -> str | None:
        """A number, or (within a sentence) several of them; None where it is written as in English."""
        bare = text.strip()
        pieces = bare.split(", ") if depth else [bare]
        turned = self._style.between.join(_NUMBER.sub(self._grouped, piece) for piece in pieces)
        return None if turned == bare else text.replace(bare, turned, 1)

    def _grouped(self, found: re.Match[str]) -> str:
        return found.group().replace(",", self._style.grouping)


def _pieces(text: str) -> Iterator[str]:
    """A text in its clauses, the white space behind each with it: put together they are the text."""
    start = 0
    for gap in _GAP.finditer(text):
        yield text[start : gap.end()]
        start = gap.end()
    yield text[start:]


def templates(said: Mapping[str, str]) -> list[Template]:
    """Templates of English texts and their translations."""
    return [Template.of(text, translation) for text, translation in said.items()]
