"""What is wrong with a document, said so that its maker finds it: a path and a sentence.

A grave fault makes a document invalid. A remark is what the standard advises against, or what this program reads as well as
it can; a document with nothing but remarks is valid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """`path` is that of the member in the JSON form of the document, e.g. ``epcisBody.eventList[2].quantityList[0].uom``."""

    path: str
    words: str
    grave: bool = True

    def __str__(self) -> str:
        return f"{self.path or 'document'}: {self.words}"


def valid(faults: Iterable[Fault]) -> bool:
    """Whether none of the faults is grave."""
    return not any(fault.grave for fault in faults)


def shown(value: object) -> str:
    """A value in quotation marks for a sentence: not too long, nothing invisible in it."""
    text = "".join(c if c.isprintable() else "�" for c in (value if isinstance(value, str) else repr(value))[: _LONGEST + 1])
    return f"“{text if len(text) <= _LONGEST else text[:_LONGEST] + '…'}”"
