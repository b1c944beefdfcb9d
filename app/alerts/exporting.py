"""A case as files for somebody else: case.json with everything, case.csv to read, the sealed evidence, the photos.

The evidence proves the journey without any of the rest; the statistics are this laptop's opinion and say so.
"""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from app.alerts.case import Alert, Decided, Run
from app.exchange.spreadsheet import safe
from app.whole import write_whole
from chain.epcis import time_text
from chain.errors import BadInput, WayproofError
from chain.journey import Step

if TYPE_CHECKING:
    from app.station import Station

LAST_SECOND = 253_402_300_799  # of the year 9999: claimed times may be anything
STEPS = ("log_index", "verb", "event_time", "record_time", "block", "party", "counterparty", "place", "suspicious")


def write(station: Station, alert: Alert, run: Run, folder: Path) -> list[Path]:
    """Write the files of a case; those that were written. Without the keys or the network the evidence is left out, and case.json
    says why. Raises BadInput, StoreError."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder} is a file, not a folder.")
    steps = station.journey(alert.suspect.item).steps
    made: list[Path] = []
    missing = ""
    try:
        from app.printing import sealed

        made.append(_put(folder / "evidence.wayproof", sealed(station, alert.suspect.item.key)))
    except WayproofError as error:
        missing = error.words
    photos = [_photo(one, folder) for one in alert.decisions if one.photo]
    made += [path for path in photos if path is not None]
    made.append(_put(folder / "case.csv", _csv(alert, steps)))
    told = _case(alert, run, steps, missing)
    made.append(_put(folder / "case.json", orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)))
    return sorted(made)


def _put(path: Path, data: bytes) -> Path:
    write_whole(path, data)
    return path


def _photo(one: Decided, folder: Path) -> Path | None:
    try:
        return _put(folder / Path(one.photo).name, Path(one.photo).read_bytes())
    except OSError:  # its hash stands in case.json all the same
        return None


def _case(alert: Alert, run: Run, steps: tuple[Step, ...], missing: str) -> dict[str, object]:
    s = alert.suspect
    return {
        "item": s.item.key, "product": s.product, "opened": time_text(alert.opened), "worth": alert.worth,
        "proof": {"verdict": s.proof.kind, "code": s.proof.code, "why": s.proof.why},
        "statistics": {
            "risk": s.risk, "p_value": s.p_value, "flagged": s.flagged, "kind": s.kind, "without": s.without,
            "harmless": s.harmless, "reasons": [{"words": c.words, "log_entries": list(c.entries)} for c in s.causes],
            "suspicious_entries": list(s.entries), "ties": list(s.ties),
        },
        "run": {
            "at": time_text(run.at), "model": run.card, "log_size": run.size, "log_root": run.root.hex(), "block": run.block,
            "scans_up_to": run.scans, "flagged_from_risk": run.cutoff,
        },
        "decisions": [
            {
                "at": time_text(d.at), "by": d.by, "decision": d.decision.value, "note": d.note,
                "photo": Path(d.photo).name if d.photo else "", "photo_sha256": d.photo_hash, "risk": d.risk, "model": d.model,
            }
            for d in alert.decisions
        ],
        "journey": [dict(zip(STEPS, _row(step, s.entries), strict=True)) for step in steps],
        "evidence": "evidence.wayproof" if not missing else "", "evidence_missing": missing,
    }  # fmt: skip


def _csv(alert: Alert, steps: tuple[Step, ...]) -> bytes:
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(STEPS)
    for step in steps:
        out.writerow([safe(cell) if isinstance(cell, str) else cell for cell in _row(step, alert.suspect.entries)])
    return text.getvalue().encode()


def _row(step: Step, suspicious: tuple[int, ...]) -> tuple[str | int | bool, ...]:
    entry = step.entry
    return (
        entry.index, entry.verb.name.lower(), _moment(entry.event_time), _moment(entry.record_time), entry.block,
        step.actor.name if step.actor else "", step.counterparty.name if step.counterparty else "",
        step.place.name if step.place else "", entry.index in suspicious,
    )  # fmt: skip


def _moment(seconds: int) -> str:
    return time_text(datetime.fromtimestamp(min(seconds, LAST_SECOND), UTC))
