"""`wayproof verify`: check an evidence file, a depot pack, a receipt, an audit trail or a case with nothing else at hand."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from app.check_rows import row_of, words_of
from app.checks import Check
from app.console import NOT_GENUINE, OK, existing_file, put
from app.proofs import not_in, open_proof
from chain.errors import BadInput
from chain.journey import Item, Scan, Unreadable
from chain.label import Label, read_label
from chain.verdict import Kind


def run(called: argparse.Namespace) -> int:
    """`wayproof verify FILE --trust TRUSTPACK [--item ITEM]`"""
    path = existing_file(str(called.file))
    asked = _asked(called.item) if called.item else None
    opened = open_proof(path, existing_file(str(called.trust)), called.profile)
    checks = _only(opened.checks, asked) if asked else opened.checks
    said = "\n" + opened.said if opened.said else ""
    for check in checks:
        put(row_of(str(path), check), called.json, words_of(str(path), check) + said.replace("\n", "\n          "))
    return OK if all(check.verdict.kind is Kind.GENUINE for check in checks) else NOT_GENUINE


def _asked(text: str) -> Label:
    """The item that a text names. Raises BadInput."""
    label = read_label(text)
    if isinstance(label, Unreadable):
        raise BadInput(f"{label.reason} {label.hint}".strip())
    return label


def _only(found: Sequence[Check], asked: Label) -> list[Check]:
    """What a file says about one item; where it is damaged, that."""
    mine = [one for one in found if not isinstance(one.item, Item) or one.item.key == asked.item.key]
    first = found[0]
    return mine or [replace(first, scan=Scan(asked.text, first.scan.at, via="file"), item=asked.item, verdict=not_in(asked))]
