"""Who works at the desk: operators with a PIN or a badge, and what their role lets them do.

A PIN is kept as an argon2id hash (RFC 9106), a badge as the SHA-256 of a code of 128 random bits. A badge's code begins with a
word that no GS1 code begins with, so that no product can sign anybody in and no badge is ever checked, recorded or sent as goods.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from app.desk.tasks import MODES, Task
from chain.errors import BadInput

BADGE = "WAYPROOF-BADGE:"
_BADGE_FORM = re.compile(r"WAYPROOF-BADGE:[0-9A-Z]{26}")
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that is misread by hand
_PIN = re.compile(r"[0-9]{4,12}")
LONGEST_NAME = 80


class Rank(Enum):
    """What a person may do here."""

    WORKER = "worker"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Operator:
    """A person who works here. `pin` and `badge` are hashes, "" where there is none; nobody is ever deleted, only let go."""

    id: str
    name: str
    rank: Rank = Rank.WORKER
    pin: str = ""
    badge: str = ""
    active: bool = True

    def may(self, task: Task) -> bool:
        """Whether this person may do a task."""
        return self.active and (self.rank is Rank.LEAD or not MODES[task].leads)


def named(name: str) -> str:
    """A name that can be kept. Raises BadInput."""
    tidy = " ".join("".join(one if one.isprintable() else " " for one in name).split())
    if not tidy or len(tidy) > LONGEST_NAME:
        raise BadInput(f"A name has 1 to {LONGEST_NAME} letters.")
    return tidy


def new_badge() -> str:
    """The text of a new badge's code: 130 random bits."""
    return BADGE + "".join(secrets.choice(_ALPHABET) for _ in range(26))


def is_badge(text: str) -> bool:
    """True for whatever claims to be a badge, in any case that a keyboard may have made of it, well-formed or not."""
    return text.strip(" \t\r\n").upper().startswith(BADGE)


def badge_hash(text: str) -> str:
    """What is kept of a badge. Raises BadInput where it is no badge of this program."""
    code = text.strip(" \t\r\n").upper()
    if not _BADGE_FORM.fullmatch(code):
        raise BadInput("This badge cannot be read: scan it again, or sign in with your PIN.")
    return hashlib.sha256(code.encode()).hexdigest()


def pin_hash(pin: str) -> str:
    """What is kept of a PIN: argon2id with argon2-cffi's parameters. Raises BadInput on anything but 4 to 12 digits, and on the
    PINs that are guessed first."""
    from argon2 import PasswordHasher

    if not _PIN.fullmatch(pin):
        raise BadInput("A PIN has 4 to 12 digits.")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise BadInput("This PIN is guessed too easily: choose one that is not a row of digits.")
    return PasswordHasher().hash(pin)


def pin_fits(operator: Operator, pin: str) -> bool:
    """Whether a PIN is this person's."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return bool(operator.pin) and PasswordHasher().verify(operator.pin, pin)
    except (VerificationError, InvalidHashError):
        return False
