"""What the chain says is here, and what a recall concerns: the whole stock looked through once, when a task asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.desk import tables
from app.exchange.rows import quoted
from app.standings import bring_up
from app.store import Store
from app.store.standings import Standing
from chain.encoding import ZERO
from chain.errors import BadInput
from chain.journey import Item, Party, Status

MOST = 20_000
"""Lines of a recall notice."""
DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Held:
    """One thing and where it is by the records: `here`, `coming` (on its way here), `away`, or `ended`; `holder` is a name."""

    item: Item
    product: str
    where: str
    holder: str
    carrier: str


def stock(store: Store, here: str) -> Iterator[Held]:
    """Every thing that is known by name, and where it is by the newest checkpoint.

    What the log told since the last time is told first. Raises StoreError where that does not fit what was proven.
    """
    bring_up(store)
    with store.reading():
        parties: Mapping[int, Party] = {one.organisation: one for one in store.goods.parties() if one.organisation}
        units = store.standings.all()
        names = {unit: (item, product) for unit, item, product in store.standings.named() if unit in units}
    for unit, (item, product) in names.items():
        outer = units[unit]
        for _ in range(DEEPEST):
            if outer.parent == ZERO or outer.parent not in units:
                break
            outer = units[outer.parent]
        where, holder = _where(units[unit], outer, parties, here)
        yield Held(item, product, where, holder, names.get(outer.unit, (item, ""))[0].key)


def _where(state: Standing, outer: Standing, parties: Mapping[int, Party], here: str) -> tuple[str, str]:
    party, towards = parties.get(outer.custodian), parties.get(outer.receiver)
    name = party.name if party is not None else f"organisation {outer.custodian}"
    if state.status == Status.DECOMMISSIONED:
        return "ended", name
    if towards is not None:
        return ("coming" if towards.gln == here else "away"), f"{name}, on its way to {towards.name}"
    return ("here" if party is not None and party.gln == here else "away"), name


def expected(held: Iterable[Held]) -> dict[str, Held]:
    """What a count should find: everything that is here."""
    return {one.item.key: one for one in held if one.where == "here"}


# ---- recalls -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecallNotice:
    """What a recall is about: whole products (GTINs), lots of a product, ranges of its serial numbers, single things."""

    products: frozenset[str] = frozenset()
    lots: frozenset[tuple[str, str]] = frozenset()
    ranges: tuple[tuple[str, str, str], ...] = ()
    keys: frozenset[str] = frozenset()

    def concerns(self, item: Item) -> bool:
        """Whether a thing is meant."""
        if item.key in self.keys or item.gtin in self.products or (item.lot and (item.gtin, item.lot) in self.lots):
            return True
        return any(item.gtin == gtin and _between(first, item.serial, last) for gtin, first, last in self.ranges)

    @property
    def empty(self) -> bool:
        """True where it is about nothing."""
        return not (self.products or self.lots or self.ranges or self.keys)


def _between(first: str, serial: str, last: str) -> bool:
    """Serial numbers of digits are numbers, others are in the order of their characters and of the length of the ends."""
    if serial.isdigit() and first.isdigit() and last.isdigit():
        return int(first) <= int(serial) <= int(last)
    return len(first) <= len(serial) <= len(last) and first <= serial <= last


def read_recall(path: Path) -> RecallNotice:
    """A notice from a CSV or XLSX file with the columns gtin (or code), lot, serial, first and last. Raises BadInput."""
    rows = tables.opened(path)
    ours = tables.columns(rows.columns)
    if not {"code", "gtin"} & ours.keys():
        raise BadInput(f"{path} has no column for the goods (code or gtin).")
    if len(rows.rows) > MOST:
        raise BadInput(f"{path} has more than {MOST:,} lines: split it.")
    found = []
    for row in rows.rows:
        cells = {name: tables.cell(row, ours, name) for name in ("code", "gtin", "serial", "lot", "first", "last")}
        try:
            item = tables.named(cells["code"], cells["gtin"], cells["serial"], "")
            found.append((item, cells["lot"] or item.lot, cells["first"], cells["last"]))
        except BadInput as error:
            raise BadInput(f"{path}, row {row.number}: {error.words}") from None
    return _notice(found)


def typed_recall(text: str) -> RecallNotice:
    """A notice that was typed, a line each:

    ``GTIN``, ``GTIN LOT``, ``GTIN FIRST..LAST``, or the code of one thing. Raises BadInput.
    """
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if len(words) > 2:
            raise BadInput(f"{quoted(line)}: write the GTIN and, behind it, a lot or FIRST..LAST.")
        code = words[0]
        item = tables.named("" if code.isdigit() else code, code, "", "")
        first, dots, last = words[1].partition("..") if len(words) == 2 else ("", "", "")
        lot = "" if dots else first
        found.append((item, lot or item.lot, first if dots else "", last))
    return _notice(found)


def _notice(found: Iterable[tuple[Item, str, str, str]]) -> RecallNotice:
    products, lots, keys = set[str](), set[tuple[str, str]](), set[str]()
    ranges: list[tuple[str, str, str]] = []
    for item, lot, first, last in found:
        if bool(first) != bool(last):
            raise BadInput("A range of serial numbers needs its first and its last.")
        if first:
            ranges.append((item.gtin, first, last))
        elif item.serialised:
            keys.add(item.key)
        elif lot:
            lots.add((item.gtin, lot))
        else:
            products.add(item.gtin)
    notice = RecallNotice(frozenset(products), frozenset(lots), tuple(ranges), frozenset(keys))
    if notice.empty:
        raise BadInput("This recall notice names no goods.")
    return notice
