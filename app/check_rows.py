"""A check as other programs read it (JSON) and as a terminal shows it."""

from __future__ import annotations

from app.checks import Check
from chain.journey import Item


def row_of(source: str, check: Check) -> dict[str, object]:
    """A check as the JSON object that other programs rely on."""
    item, verdict = check.item, check.verdict
    as_of = verdict.as_of
    return {
        "source": source,
        "text": check.scan.text,
        "item": {
            "key": item.key,
            "gtin": item.gtin,
            "serial": item.serial,
            "lot": item.lot,
            "expiry": item.expiry,
            "sscc": item.sscc,
        }
        if isinstance(item, Item)
        else None,
        "verdict": verdict.kind.value,
        "code": verdict.code.value,
        "as_of": {"block": as_of.block, "time": as_of.at, "age_s": round(as_of.age.total_seconds(), 3)} if as_of else None,
        "findings": [
            {"check": f.check, "outcome": f.outcome.value, "why": f.why, "code": f.code.value} for f in verdict.findings
        ],
        "risk": {
            "score": check.risk.score,
            "reasons": [{"feature": r.feature, "words": r.words, "weight": r.weight} for r in check.risk.reasons],
        }
        if check.risk
        else None,
        "ms": round(check.ms, 3),
    }


def words_of(source: str, check: Check) -> str:
    verdict = check.verdict
    age = f" (as of block {verdict.as_of.block}, {verdict.as_of.at:%Y-%m-%d %H:%M} UTC)" if verdict.as_of else ""
    name = check.item.key if isinstance(check.item, Item) else " ".join(source.split())
    reason = " ".join(verdict.reason.split())  # names in it come from strangers: none begins a line of its own
    return f"{verdict.kind.value:<9} {verdict.code.value:<15} {name}\n          {reason}{age}"
