"""Identities for parties, sites and shipments of a file that has none: under GS1's prefix 952, set aside for demonstrations.

They are computed from names alone, so that the same file, or a longer one of the same source, gives the same identities on
every machine. Nobody is issued numbers of this prefix, so they cannot be mistaken for, or collide with, a real company's.

| what | digits |
|---|---|
| company prefix of a party | 952, then 7 digits of SHA-256 over mapping and name |
| GLN of a party | its prefix, 00, check digit |
| GLN of a site | 952, 7 digits and 01 to 99 of SHA-256 over mapping and name, check digit |
| SSCC of a shipment | extension digit and 6 digits hold its number (below 10,000,000) around the issuer's prefix, check digit |
"""

from __future__ import annotations

import hashlib

from chain import gs1
from chain.errors import BadInput

DEMONSTRATION = "952"
LARGEST = 9_999_999  # an SSCC has 17 digits before its check digit, 10 of them the prefix


def prefix_of_name(source: str, name: str) -> str:
    """The demonstration company prefix (10 digits) of a party that a source (a mapping's name) calls by this name."""
    return f"{DEMONSTRATION}{_number('party', source, name) % 10**7:07d}"


def party_gln(prefix: str) -> str:
    """The GLN of the party that owns a demonstration prefix of 10 digits."""
    return _checked(prefix + "00")


def site_gln(source: str, name: str) -> str:
    """The demonstration GLN of a site; never one that a party has."""
    number = _number("site", source, name)
    return _checked(f"{DEMONSTRATION}{number % 10**7:07d}{number // 10**7 % 99 + 1:02d}")


def sscc(prefix: str, number: int) -> str:
    """The SSCC of a shipment's number under a demonstration prefix of 10 digits. Raises BadInput on a number too large."""
    if not 0 <= number <= LARGEST:
        raise BadInput(f"a shipment's number is at most {LARGEST:,} to fit into an SSCC")
    extension, reference = divmod(number, 10**6)
    return _checked(f"{extension}{prefix}{reference:06d}")


def _checked(digits: str) -> str:
    return digits + gs1.check_digit(digits)


def _number(what: str, source: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"wayproof {what} 1\0{source}\0{name}".encode()).digest()[:8], "big")
