"""A window needs no station: a stand-in door with a small world in it, and checks and journeys to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.alerts.case import Alert, Figures, Run
from app.checks import Check, ItemRow, Settings, Status
from app.family import Family
from app.sales import Sales
from chain.journey import Entry, Event, Item, Journey, Party, Place, Scan, Step, Unreadable, Verb
from chain.verdict import AsOf, Code, Finding, Kind, Outcome, Verdict
from forecasting.anomaly import Reason, Risk
from forecasting.reorder import Override
from tests.app.shop_year import sold

NOON = datetime(2026, 5, 3, 12, 0, tzinfo=UTC)
AS_OF = AsOf(12_345, NOON, timedelta(minutes=3))
ITEM = Item("09521000011019", "K7Q2-84XM-19PD", "L2605", date(2028, 4, 30))

BASEL = Place("9521000000019", "Alba Pharma, Basel", 47.5596, 7.5886, "CH")
ROTTERDAM = Place("9521000000118", "Northwind Logistics, Rotterdam", 51.9244, 4.4777, "NL")
HAMBURG = Place("9521000000217", "Harbour Warehouse, Hamburg", 53.5511, 9.9937, "DE")
NAIROBI = Place("9521000000330", "Uhuru Chemist, Nairobi", -1.2864, 36.8172, "KE")
ALBA = Party(BASEL.gln, "Alba Pharma", organisation=1)
NORTHWIND = Party(ROTTERDAM.gln, "Northwind Logistics", organisation=4)
HARBOUR = Party(HAMBURG.gln, "Harbour Warehouse", organisation=6)
CHEMIST = Party(NAIROBI.gln, "Uhuru Chemist", organisation=10)

ANSWERS: dict[Code, tuple[Kind, str]] = {
    Code.OK: (Kind.GENUINE, ""),
    Code.STALE: (Kind.UNKNOWN, "These records are 9 days old; the limit for such goods is 7 days. Sync, then scan again."),
    Code.NOT_ISSUED: (Kind.REJECTED, "Alba Pharma never issued this item: the contract has no such serial."),
    Code.BAD_SIGNATURE: (
        Kind.REJECTED,
        "The label's signature is not the issuer's: this label was not printed by the maker, or its text was changed.",
    ),
    Code.TAMPERED: (
        Kind.REJECTED,
        "The records here do not match the contract: the details of entry 81 were changed after it was recorded.",
    ),
    Code.CUSTODY_BROKEN: (Kind.REJECTED, "It left Basel, but nobody has received it since."),
    Code.WRONG_CUSTODIAN: (
        Kind.REJECTED,
        "By the records Vistula Depot holds this item, not you. If a delivery note is not synced yet, sync"
        " and scan again; otherwise keep it apart.",
    ),
    Code.RECALLED: (Kind.REJECTED, "Alba Pharma has recalled this item: do not use or sell it, send it back to the maker."),
    Code.QUARANTINED: (Kind.REJECTED, "Harbour Warehouse has put this item in quarantine: keep it apart until it is released."),
    Code.EXPIRED: (Kind.REJECTED, "This item expired on 2026-04-30: do not use or sell it."),
    Code.DECOMMISSIONED: (
        Kind.REJECTED,
        "This item was sold, used up or destroyed on 2026-04-12: whatever carries its code now is not it.",
    ),
    Code.CLONE_PROVEN: (
        Kind.REJECTED,
        "This code was seen in Uhuru Chemist, Nairobi and 95 minutes later in Harbour Warehouse, Hamburg, 6,370 km away: there"
        " are two things with this code, and one is a copy.",
    ),
    Code.SUSPECTED: (Kind.CAUTION, "It was seen in Rotterdam and in Lyon within two hours, faster than its goods travel."),
    Code.UNREADABLE: (
        Kind.UNKNOWN,
        "(01) GTIN “09521000011018”: the check digit “8” is wrong, so a digit was misread or mistyped.",
    ),
    Code.NOT_WITNESSED: (
        Kind.UNKNOWN,
        "2 of your witnesses must have co-signed this block, and none did: nothing else vouches for it.",
    ),
    Code.NO_EVIDENCE: (Kind.UNKNOWN, "This laptop holds no proof about this item."),
}
_OUTCOMES = {Kind.GENUINE: Outcome.PASS, Kind.REJECTED: Outcome.FAIL}


def check_of(code: Code, *, why: str | None = None, text: str = "", item: Item | Unreadable = ITEM) -> Check:
    """A check that ended with `code`."""
    kind, said = ANSWERS[code]
    if code is Code.UNREADABLE and isinstance(item, Item):
        item = Unreadable(said, "Scan again, or compare with the number printed beside the code.")
    findings = (
        Finding("label", Outcome.PASS, "The label can be read and its check digit fits."),
        Finding("log", Outcome.PASS, "The log is complete and has the root that the contract proves."),
        Finding("custody", _OUTCOMES.get(kind, Outcome.UNKNOWN), said if why is None else why, code),
        Finding("copied label", Outcome.NOT_PROVABLE_OFFLINE, "A perfect copy of a genuine label cannot be told from it here."),
    )
    risk = None
    if code is Code.SUSPECTED:
        reasons = (
            Reason("speed", "Two places within two hours that are 650 km apart.", 0.7),
            Reason("route", "This lane was never used for this product before.", 0.3),
        )
        risk = Risk(0.83, reasons)
    scan = Scan(text or "010952100001101921K7Q2-84XM-19PD", NOON, via="wedge")
    return Check(scan, item, Verdict(kind, code, findings, AS_OF), risk, 3.4)


def step(
    verb: Verb, actor: Party, place: Place | None, days: float, *, to: Party | None = None, late: float = 0.01, box: str = ""
) -> Step:
    """One step of a made-up journey, `days` after its beginning, recorded `late` days after it happened."""
    at = int((NOON - timedelta(days=60) + timedelta(days=days)).timestamp())
    unit = box.encode().ljust(32, b"\0") if box else b"\x01" * 32
    entry = Entry(
        index=int(days * 10), verb=verb, organisation=actor.organisation, device=bytes(20),
        counterparty=to.organisation if to else 0, event_time=at, record_time=at + int(late * 86_400), commitment=bytes(32),
        argument=bytes(32), units=(unit, b"\x01" * 32) if box else (unit,), block=100 + int(days * 40),
    )  # fmt: skip
    parent = f"https://id.gs1.org/00/{box}" if box else ""
    event = Event("urn:uuid:1", "ObjectEvent", "OBSERVE", NOON, parent_id=parent)
    return Step(entry, event, actor, to, place)


def journey_of(item: Item = ITEM) -> Journey:
    """From Basel to Nairobi in a case on a pallet, with one step nobody placed."""
    case, pallet = "195210000100000017", "195210000100000024"
    return Journey(
        item,
        (
            step(Verb.COMMISSION, ALBA, BASEL, 0),
            step(Verb.PACK, ALBA, BASEL, 1, box=case),
            step(Verb.PACK, ALBA, BASEL, 1.2, box=pallet),
            step(Verb.SHIP, ALBA, BASEL, 2, to=NORTHWIND),
            step(Verb.RECEIVE, NORTHWIND, ROTTERDAM, 4, to=ALBA),
            step(Verb.OBSERVE, NORTHWIND, None, 6),
            step(Verb.SHIP, NORTHWIND, ROTTERDAM, 8, to=HARBOUR, late=4),
            step(Verb.RECEIVE, HARBOUR, HAMBURG, 9, to=NORTHWIND),
            step(Verb.UNPACK, HARBOUR, HAMBURG, 10, box=pallet),
            step(Verb.UNPACK, HARBOUR, HAMBURG, 10.5, box=case),
            step(Verb.SHIP, HARBOUR, HAMBURG, 20, to=CHEMIST),
            step(Verb.RECEIVE, CHEMIST, NAIROBI, 34, to=HARBOUR),
            step(Verb.RECALL, ALBA, BASEL, 55),
        ),
    )


class QuietDesk:
    """A desk at which nothing happens."""

    open = note = None

    @property
    def posting(self) -> QuietDesk:
        return self

    @property
    def shift(self) -> QuietDesk:
        return self

    name = ""

    def progress(self) -> None:
        return None

    def waiting(self) -> list[object]:
        return []

    def remembered(self, name: str) -> str:
        return ""

    operators = waiting

    def sessions(self, limit: int = 50) -> list[object]:
        return []


class QuietAlerts:
    """Alerts of a laptop whose goods were judged, and nothing was found."""

    def queue(self) -> list[Alert]:
        return []

    def figures(self) -> Figures:
        return Figures(0, 0, 9_310, 51_204, None, 0)

    def last_run(self, risks: bool = True) -> Run:
        return Run(NOON, "", {}, 51_204, bytes(32), 12_345, 0, 9_310, 51_204, 0, 0, 0.0)


@dataclass
class World:
    """A stand-in for the station: answers by the code's name at the head of a text (``RECALLED 17``), else GENUINE."""

    profile: Path = Path("/profile")
    checked: list[Scan] = field(default_factory=list)
    refined: list[Check] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    better: Callable[[Check], Check] = lambda check: check
    count: int = 120
    kept: Settings = field(default_factory=lambda: Settings(Path("/profile"), HARBOUR.gln, (ALBA, NORTHWIND, HARBOUR, CHEMIST)))
    online: bool | None = None
    closed: bool = False
    sold: Sales = field(default_factory=sold)
    decided: dict[str, Override] = field(default_factory=dict)
    kin: dict[str, Family] = field(default_factory=dict)
    alerts: QuietAlerts = field(default_factory=QuietAlerts)
    desk: QuietDesk = field(default_factory=lambda: QuietDesk())

    def check(self, scan: Scan) -> Check:
        self.checked.append(scan)
        name = scan.text.split(" ")[0]
        code = Code[name] if name in Code.__members__ else Code.OK
        return replace(check_of(code, text=scan.text), scan=scan)

    def refine(self, check: Check) -> Check:
        self.refined.append(check)
        return self.better(check)

    def journey(self, item: Item) -> Journey:
        self.calls.append(f"journey {item.key}")
        return journey_of(item)

    def family(self, item: Item) -> Family:
        return self.kin.get(item.key, Family(item))

    def items(self, query: str = "", limit: int = 200, offset: int = 0) -> list[ItemRow]:
        self.calls.append(f"items {query!r} {limit} {offset}")
        products = ("Cardiol 20 mg, 30 tablets", "Insulin Alba 100 U/ml, 5 pens", "Mountain honey 500 g")
        holders = ("Harbour Warehouse", "Linden Pharmacy", "Northwind Logistics", "Uhuru Chemist")
        states = ("in circulation", "in circulation", "on its way", "recalled")
        rows = [
            ItemRow(
                Item("09521000011019", f"K{number:05d}", "L2605"), products[number % 3], holders[number % 4], states[number % 4],
                NOON - timedelta(hours=7 * number), number.to_bytes(32, "big"),
            )
            for number in range(self.count)
        ]  # fmt: skip
        return [row for row in rows if query.lower() in f"{row.item.key} {row.product}".lower()][offset : offset + limit]

    def recent(self, limit: int = 50) -> list[Check]:
        return []

    def status(self) -> Status:
        return Status(self.online, AS_OF, 3, 51_204, 9_310, HARBOUR)

    def settings(self) -> Settings:
        return self.kept

    def save(self, *, here: str | None = None, max_age: timedelta | None = None) -> Settings:
        if here is not None:
            self.kept = replace(self.kept, here=here)
        if max_age is not None:
            self.kept = replace(self.kept, max_age=max_age)
        return self.kept

    def sales(self, progress: Callable[[str, int, int], None] | None = None) -> Sales:
        self.calls.append("sales")
        if progress is not None:
            progress("reading the log", 1, 2)
        return self.sold

    def overrides(self) -> dict[str, Override]:
        return dict(self.decided)

    def decide(self, unique_id: str, by: Override | None) -> dict[str, Override]:
        self.decided.pop(unique_id, None)
        if by is not None:
            self.decided[unique_id] = by
        return dict(self.decided)

    def close(self) -> None:
        self.closed = True
