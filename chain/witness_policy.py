"""Whose word counts: the witness organisations that a user pinned, and how many of them must agree.

A quorum counts organisations, not keys: an organisation that changes its key has two for a while and one voice. A key speaks
within its time only, and once it is revoked it never spoke: whoever stole it dates his signatures as he likes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chain.errors import BadInput
from chain.notes import Cosignature, Statement, VerifierKey

FOREVER = (1 << 40) - 1
MOST_WITNESSES = 64


@dataclass(frozen=True, slots=True)
class Voice:
    """One key of a witness; times in unix seconds, both ends included. Its organisation is the key's name."""

    key: VerifierKey
    valid_from: int = 0
    valid_until: int = FOREVER
    revoked: bool = False

    def heard(self, at: int) -> bool:
        """Whether a signature of that second counts."""
        return not self.revoked and self.valid_from <= at <= self.valid_until


@dataclass(frozen=True, slots=True)
class Quorum:
    """`threshold` of these witnesses must agree.

    Raises BadInput where that can never be, where none is needed, or where one key stands twice: it would count double.
    """

    threshold: int
    voices: tuple[Voice, ...]

    def __post_init__(self) -> None:
        keys = {(voice.key.kind, voice.key.public) for voice in self.voices}
        ids = {(voice.key.name, voice.key.id) for voice in self.voices}
        if len(keys) != len(self.voices) or len(ids) != len(self.voices) or len(self.voices) > MOST_WITNESSES:
            raise BadInput("The witnesses of a trust pack each have keys of their own, and there are at most 64 keys.")
        if not 1 <= self.threshold <= len(self.names):
            raise BadInput("The number of witnesses that must agree is at least one and at most all of them.")

    @property
    def names(self) -> frozenset[str]:
        """The organisations, the silenced ones among them."""
        return frozenset(voice.key.name for voice in self.voices)

    def agreeing(self, statement: Statement, cosignatures: Iterable[Cosignature], first: int, last: int) -> dict[str, int]:
        """The organisations whose signatures under a statement count, each with the latest time at which it signed.

        Lines of unknown keys are passed over, as C2SP asks: a newer pack may know them. A signature before `first` or after
        `last` (unix seconds) does not count: nobody signs what is not there yet, or in the future.

        Raises BadProof where a line names a known key and is not by it.
        """
        known = {(voice.key.name, voice.key.id): voice for voice in self.voices}
        found: dict[str, int] = {}
        for cosignature in cosignatures:
            voice = known.get((cosignature.name, cosignature.key_id))
            if voice is None:
                continue
            voice.key.verify(statement, cosignature)
            if voice.heard(cosignature.at) and first <= cosignature.at <= last:
                found[cosignature.name] = max(cosignature.at, found.get(cosignature.name, 0))
        return found

    def agrees(self, names: Iterable[str]) -> bool:
        """Whether these organisations are enough."""
        return len(self.names.intersection(names)) >= self.threshold
