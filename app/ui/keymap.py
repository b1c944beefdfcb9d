"""What a scanner's keyboard really types: prefix and suffix, and a table of keys learnt from one printed code.

A wedge types for the keyboard of some country; where the computer is set to another one, or Caps Lock is on, other characters
come out. A person scans the calibration code once; what arrives is compared with what is printed, and every later burst is read
back. Nothing is guessed: where one character came out for two, or keys were swallowed, that is said and nothing is translated.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from chain.errors import BadInput

NAME = "scanner.json"
LONGEST = 20
"""Characters of a prefix or suffix."""
_MEANT = (
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    "-./:?=&%_()!\"'*+,;<>[]#@$^{}|\\"  # all of ASCII but the two keys that some countries cannot tell apart
)
_REST = "0"
CODE = "".join(one + _REST for one in _MEANT)
"""The text of the calibration code: each character with a 0 behind it, so that a dead key swallows none of its neighbours."""
_LARGEST_FILE = 1 << 16


@dataclass(frozen=True, slots=True)
class Keymap:
    """How to read a scanner: what it puts before and behind each code, and which character is meant by which."""

    prefix: str = ""
    suffix: str = ""
    table: dict[str, str] = field(default_factory=dict)

    def read(self, burst: str) -> str:
        """A burst as it was meant."""
        text = burst.removeprefix(self.prefix) if self.prefix else burst
        text = text.removesuffix(self.suffix) if self.suffix else text
        return "".join(self.table.get(one, one) for one in text) if self.table else text

    def framed(self, prefix: str, suffix: str) -> Keymap:
        """The same with another prefix and suffix. Raises BadInput."""
        if len(prefix) > LONGEST or len(suffix) > LONGEST:
            raise BadInput(f"A prefix or suffix has at most {LONGEST} characters.")
        return replace(self, prefix=prefix, suffix=suffix)

    def learnt(self, burst: str) -> Keymap:
        """The map that a scan of the calibration code teaches. Raises BadInput with what to do where it cannot be learnt."""
        got = burst.removeprefix(self.prefix) if self.prefix else burst
        got = got.removesuffix(self.suffix) if self.suffix else got
        if len(got) != len(CODE):
            raise BadInput(
                f"{len(got)} characters came instead of {len(CODE)}: some keys are swallowed, or something stands before or"
                " behind the code. Set the scanner and this computer to the same country, then scan again."
            )
        rest = got[1::2]
        table: dict[str, str] = {}
        for meant, came in zip(_MEANT, got[::2], strict=True):
            if table.setdefault(came, meant) != meant:
                raise BadInput(
                    f"“{came}” came for “{table[came]}” and for “{meant}”: such codes cannot be told apart. Set the scanner and "
                    "this computer to the same country, then scan again."
                )
        if len(set(rest)) != 1 or table.get(rest[0]) != _REST:
            raise BadInput("This is not the calibration code, or keys were lost: scan the code on this page again.")
        return replace(self, table={came: meant for came, meant in table.items() if came != meant})

    @property
    def words(self) -> str:
        """What was found, in one sentence."""
        if not self.table:
            return "The scanner and this computer agree: nothing has to be translated."
        if all(came == meant.swapcase() for came, meant in self.table.items()):
            return "Caps Lock is on where this scanner types: small and capital letters are put right from now on."
        return f"The scanner types for another keyboard: {len(self.table)} keys are put right from now on."

    @classmethod
    def load(cls, profile: Path) -> Keymap:
        """What was kept in a profile, or nothing where that is missing or nonsense."""
        path = profile / NAME
        try:
            if path.stat().st_size > _LARGEST_FILE:
                return cls()
            kept = orjson.loads(path.read_bytes())
        except (OSError, orjson.JSONDecodeError):
            return cls()
        if not isinstance(kept, dict):
            return cls()
        prefix, suffix, table = kept.get("prefix"), kept.get("suffix"), kept.get("table")
        if not (isinstance(prefix, str) and isinstance(suffix, str) and isinstance(table, dict)):
            return cls()
        good = all(isinstance(a, str) and isinstance(b, str) and len(a) == len(b) == 1 for a, b in table.items())
        known = good and set(table.values()) <= set(_MEANT) and max(len(prefix), len(suffix)) <= LONGEST
        return cls(prefix, suffix, table) if known else cls()

    def save(self, profile: Path) -> None:
        """Keep it in a profile. Raises BadInput where the disk refuses."""
        data = orjson.dumps({"prefix": self.prefix, "suffix": self.suffix, "table": self.table}, option=orjson.OPT_INDENT_2)
        try:
            profile.mkdir(parents=True, exist_ok=True)
            (profile / NAME).write_bytes(data)
        except OSError as cause:
            raise BadInput("The scanner's settings cannot be kept: check the disk.", cause=repr(cause)) from cause
