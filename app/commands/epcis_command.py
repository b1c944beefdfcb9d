"""`wayproof epcis check FILE...` and `wayproof epcis hash FILE...`: the standards' judgement of a file, without a profile."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from app.console import NOT_GENUINE, OK, Meter, existing_file, put
from chain.epcis import Document, Fault, Told, check_event, check_head, open_document

LARGE = 16 * 1024 * 1024  # bytes from which on progress is shown
_EVERY = 1000


def run(called: argparse.Namespace) -> int:
    """`wayproof epcis check|hash FILE...`"""
    return check(called) if called.doing == "check" else hash(called)


def check(called: argparse.Namespace) -> int:
    """Name each fault of the documents; status 1 where one is invalid."""
    status = OK
    for path in _paths(called):
        document = open_document(path)
        grave = remarks = events = 0
        for number, faults in _judged(document, str(path)):
            events = number
            for fault in faults:
                grave += fault.grave
                remarks += not fault.grave
                row = {"source": str(path), "path": fault.path, "why": fault.words, "grave": fault.grave}
                put(row, called.json, f"{'fault ' if fault.grave else 'remark'}  {fault}")
        status = NOT_GENUINE if grave else status
        summary = {"source": str(path), "valid": not grave, "events": events, "faults": grave, "remarks": remarks}
        words = f"{path} is {'not valid' if grave else 'valid'}: {events:,} events, {grave:,} faults, {remarks:,} remarks"
        put(summary, called.json, words)
    return status


def hash(called: argparse.Namespace) -> int:
    """Print the CBV 2.0 event hash of each event, one a line, in the order of the documents."""
    for path in _paths(called):
        document = open_document(path)
        for told in _told(document, str(path)):
            text = told.pre_hash if getattr(called, "prehash", False) else ""
            row = {"source": str(path), "event": told.number, "id": told.members.get("eventID"), "hash": told.hash}
            put(row | ({"prehash": text} if text else {}), called.json, f"{told.hash}\n{text}" if text else told.hash)
    return OK


def _paths(called: argparse.Namespace) -> list[Path]:
    files = getattr(called, "files", None) or [called.file]
    return [existing_file(str(file)) for file in files]


def _judged(document: Document, name: str) -> Iterator[tuple[int, list[Fault]]]:
    """The faults around the events, then those of each event, with the number of events so far."""
    yield 0, check_head(document)
    for told in _told(document, name):
        yield told.number + 1, check_event(told)


def _told(document: Document, name: str) -> Iterator[Told]:
    """The events, with progress where there are many."""
    meter = Meter() if document.size > LARGE else None
    for told in document:
        yield told
        if meter is not None and told.number % _EVERY == 0:
            meter(name, document.done, document.size)
    if meter is not None:
        meter(name, document.size, document.size)
