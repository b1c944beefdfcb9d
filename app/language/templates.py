"""Sentences found again: an English sentence with its values put in, matched to the template it was made from.

The rooms below the window say plain English, and store it. Here such a sentence is taken apart by the templates of a catalogue
and put together again in another language; a value that is a sentence or a word of the catalogue itself is translated too.
What fits no template stays as it is: text from labels, files and other companies is never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

LONGEST = 4000
_DEEPEST = 5
_THIN = 12
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?=\.\d+$|$)")
_GAP = re.compile(r"(?<=[.!?:;,])\s+")
_END = ".;:,"
_HEAD = ";:, "
_STOPS = re.compile(r"[.;:?!] ")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Template:
    """English and its translation. `literals` is one longer than `names`; the sentence is literal, value, literal, ..."""

    text: str
    said: str
    literals: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, text: str, said: str) -> Template:
        """A template of its text; ``{{`` is a brace."""
        literals, names = [""], list[str]()
        for literal, name, _, _ in Formatter().parse(text):
            literals[-1] += literal
            if name is not None:
                names.append(name)
                literals.append("")
        return cls(text, said, tuple(literals), tuple(names))

    @property
    def anchor(self) -> str:
        """Its longest literal: where that is not in a sentence, the template need not be tried."""
        return max(self.literals, key=len)

    @property
    def weight(self) -> int:
        """How much of it is literal: of two that fit, the heavier is meant."""
        return sum(map(len, self.literals))

    def values(self, sentence: str) -> dict[str, str] | None:
        """The values in a sentence made from this template, None where it was not. Linear in the sentence's length."""
        first, last = self.literals[0], self.literals[-1]
        if not self.names:
            return {} if sentence == first else None
        if len(sentence) < len(first) + len(last) or not sentence.startswith(first) or not sentence.endswith(last):
            return None
        at, end = len(first), len(sentence) - len(last)
        found: dict[str, str] = {}
        for place, name in enumerate(self.names):
            middle = next((one for one in self.literals[place + 1 : -1] if one), "")  # of neighbours the first takes all
            stop = sentence.find(middle, at, end) if middle else end
            if place and not self.literals[place]:
                stop = at
            if stop < 0:
                return None
            value = sentence[at:stop]
            at = stop + len(self.literals[place + 1]) if place + 1 < len(self.names) else stop
            if found.setdefault(name, value) != value:
                return None
        thin = self.weight < _THIN
        return None if thin and any(_STOPS.search(value) or len(value) > 60 for value in found.values()) else found


class Speaker:
    """Says sentences in one language. `grouping` stands between the thousands of a number."""

    def __init__(self, templates: Iterable[Template], grouping: str = ",") -> None:
        self._whole: dict[str, str] = {}
        self._holed: list[tuple[str, Template]] = []
        self._grouping = grouping
        for template in templates:
            if template.names:
                self._holed.append((template.anchor, template))
            else:
                self._whole[template.literals[0]] = template.said
        self._holed.sort(key=lambda pair: -pair[1].weight)
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
            return self._number(sentence)
        said = self._one(bare, depth)
        if said is None:
            said = self._parts(bare, depth)
        return None if said is None else sentence.replace(bare, said, 1)

    def _one(self, bare: str, depth: int) -> str | None:
        """A single sentence: as it is, without the stops around it, or with its first letter in the other case."""
        head = bare[: len(bare) - len(bare.lstrip(_HEAD))]
        if head and len(head) < len(bare):
            inner = self._one(bare[len(head) :], depth)
            return None if inner is None else head + inner
        said = self._exact(bare, depth)
        if said is None and bare[-1] in _END and len(bare) > 1:
            shorter = self._exact(bare[:-1], depth)
            said = None if shorter is None else shorter.rstrip("。") + bare[-1]
        if said is None:
            turned = bare[0].swapcase() + bare[1:]
            other = self._exact(turned, depth)
            if other is None and turned[-1] in _END and len(turned) > 1:
                shorter = self._exact(turned[:-1], depth)
                other = None if shorter is None else shorter.rstrip("。") + turned[-1]
            if other is not None:
                said = other[0].upper() + other[1:] if bare[0].isupper() else other
        return said

    def _exact(self, bare: str, depth: int) -> str | None:
        said = self._whole.get(bare)
        if said is not None:
            return said
        for anchor, template in self._holed:
            if anchor in bare:
                values = template.values(bare)
                if values is not None:
                    return template.said.format_map({name: self._value(value, depth) for name, value in values.items()})
        return None

    def _value(self, value: str, depth: int) -> str:
        return self._spoken(value, depth + 1) or value

    def _parts(self, bare: str, depth: int) -> str | None:
        """Several sentences behind each other: the longest runs of them that are known are translated, the others stay."""
        pieces = list(_pieces(bare))
        if len(pieces) < 2:
            return None
        out, place, known = list[str](), 0, False
        while place < len(pieces):
            for end in range(min(len(pieces), place + 6), place, -1):
                run = "".join(pieces[place:end])
                said = None if end - place == len(pieces) else self._one(run.strip(), depth)
                if said is not None:
                    out.append(run.replace(run.strip(), said, 1))
                    place, known = end, True
                    break
            else:
                out.append(pieces[place])
                place += 1
        return "".join(out) if known else None

    def _number(self, text: str) -> str | None:
        if self._grouping == ",":
            return None
        turned = _NUMBER.sub(lambda found: found.group().replace(",", self._grouping), text.strip())
        return None if turned == text.strip() else text.replace(text.strip(), turned, 1)


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
