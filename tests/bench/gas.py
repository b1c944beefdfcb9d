"""Gas of every verb, as a table in Markdown: `python -m tests.bench.gas [--source FILE.vy]`.

Alone: one event, one unit, one transaction. In a batch: 10 or 100 such events in one transaction, gas a unit. In one event: one
event over 100 units (PACK and UNPACK: a container and 99), gas a unit. The log has 1,000 entries before each; all storage that
is not written for the first time in that transaction is warm in nothing. With `--source` the table is of another contract text.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from chain import calls
from chain.calls import Act, Held, Minted
from chain.contract import build
from chain.encoding import ZERO
from chain.journey import Kind, Role, Verb
from tests.chain.contract import signing
from tests.chain.contract.evm import Done
from tests.chain.contract.pair import FOREVER, Lot, Pair, act, tag

HISTORY = 1000
BATCHES = (10, 100)


class Bench:
    """A contract with history, an organisation with all roles and another one to ship to."""

    def __init__(self, creation: bytes | None) -> None:
        self.pair = Pair(creation)
        self.org, self.other = self.pair.org(Role(31)), self.pair.org(Role(31))
        while (left := HISTORY - len(self.pair.log)) > 0:
            events = [(act(Verb.ANCHOR_MODEL, argument=tag(left, i)), ()) for i in range(min(left, 100))]
            self.pair.record(self.org.device, *events)

    def minted(self, count: int, kind: Kind = Kind.ITEM) -> list[Minted]:
        return [Minted(kind, self.org.prefix, tag("bench", kind, i)) for i in range(count)]

    def units(self, pair: Pair, count: int) -> list[bytes]:
        return pair.mint(self.org, "units", count=count)

    def commission(self, pair: Pair, count: int, together: bool) -> Done:
        """COMMISSION of so many items."""
        minted = self.minted(count)
        batch = [(act(Verb.COMMISSION), minted)] if together else [(act(Verb.COMMISSION, about=m), [m]) for m in minted]
        return pair.commission(self.org.device, *batch)

    def commission_lot(self, pair: Pair, count: int, together: bool) -> Done:
        """COMMISSION_LOT of so many lots, of a million units each."""
        lots = [replace(m, root=tag("root"), size=1_000_000) for m in self.minted(count, Kind.LOT)]
        batch = [(act(Verb.COMMISSION_LOT), lots)] if together else [(act(Verb.COMMISSION_LOT, about=m), [m]) for m in lots]
        return pair.commission(self.org.device, *batch)

    def over_units(self, verb: Verb, *before: Verb) -> Callable[[Pair, int, bool], Done]:
        """An event over so many units, after others."""

        def deed(pair: Pair, count: int, together: bool) -> Done:
            units = self.units(pair, count)
            for earlier in before:
                pair.do(self.org, earlier, *units, to=self.other.number)
            pair.evm.now += 60
            org = self.other if verb is Verb.RECEIVE else self.org
            one = act(verb, self.other.number if verb is Verb.SHIP else 0)
            if together:
                return pair.record(org.device, (one, [pair.held(unit) for unit in units]))
            return pair.record(org.device, *((replace(one, commitment=tag(unit)), [pair.held(unit)]) for unit in units))

        return deed

    def signed(self, pair: Pair, count: int, together: bool) -> Done:
        """OBSERVE as `over_units`, signed by a device and brought by somebody else; its first statement was before."""
        device, units = signing.enrolled(pair, self.org), self.units(pair, count)
        first = [(act(Verb.ANCHOR_MODEL, argument=tag("first")), list[Held]())]
        pair.record(device, *first, by=signing.over_record(pair, first))
        pair.evm.now += 60
        one, helds = act(Verb.OBSERVE), [pair.held(unit) for unit in units]
        batch = [(one, helds)] if together else [(replace(one, commitment=tag(held.unit)), [held]) for held in helds]
        return pair.record(device, *batch, by=signing.over_record(pair, batch))

    def containers(self, verb: Verb) -> Callable[[Pair, int, bool], Done]:
        """PACK or UNPACK: so many things, each with a container of its own, or all but one in one."""

        def deed(pair: Pair, count: int, together: bool) -> Done:
            units = self.units(pair, count)
            groups = [units] if together else [units[i : i + 2] for i in range(0, count - 1, 2)]
            if verb is Verb.UNPACK:
                for group in groups:
                    pair.do(self.org, Verb.PACK, *group)
            pair.evm.now += 60
            return pair.record(self.org.device, *((act(verb), [pair.held(unit) for unit in group]) for group in groups))

        return deed

    def correct(self, pair: Pair, count: int, together: bool) -> Done:
        """CORRECT of each unit's last event."""
        units = self.units(pair, count)
        pair.evm.now += 60
        return pair.correct(self.org.device, *(pair.correction(unit, 0) for unit in units))

    def about_none(self, verb: Verb) -> Callable[[Pair, int, bool], Done]:
        """RECALL or LIFT of whole lots, ANCHOR_MODEL."""

        def deed(pair: Pair, count: int, together: bool) -> Done:
            keys = [tag("model", i) for i in range(count)]
            if verb is not Verb.ANCHOR_MODEL:
                self.commission_lot(pair, count, True)
                keys = [m.birth.unit for m in self.minted(count, Kind.LOT)]
            if verb is Verb.LIFT:
                pair.record(self.org.device, *((act(Verb.RECALL, argument=key), ()) for key in keys))
            pair.evm.now += 60
            return pair.record(self.org.device, *((act(verb, argument=key), ()) for key in keys))

        return deed

    def draw(self, pair: Pair, count: int, together: bool) -> Done:
        """A drawing from a lot of 1,024."""
        lot = Lot(self.org.prefix, tag("lot"), tuple(tag("of", i) for i in range(1024)))
        pair.commission(self.org.device, (act(Verb.COMMISSION_LOT), [lot.minted]))
        birth, issuer, leaf = pair.model.lot_births[lot.id]
        return pair.draw(birth, lot.tail, issuer, leaf, lot.drawn(*range(count)))

    def table(self) -> str:
        """All of it, in Markdown."""
        unit, none = self.over_units, self.about_none
        rows: list[tuple[str, Callable[[Pair, int, bool], Done], Sequence[tuple[int, bool]]]] = []
        full = ((1, False), (10, False), (100, False), (100, True))
        apart = full[:3]
        pairs = ((2, False), *full[1:])
        rows += [
            ("commission an item", self.commission, full),
            ("commission a lot of a million", self.commission_lot, full),
            ("draw from a lot of 1,024", self.draw, ((1, True), (10, True), (25, True))),
            ("ship", unit(Verb.SHIP), full),
            ("receive", unit(Verb.RECEIVE, Verb.SHIP), full),
            ("pack (a unit: container or content)", self.containers(Verb.PACK), pairs),
            ("unpack", self.containers(Verb.UNPACK), pairs),
            ("observe", unit(Verb.OBSERVE), full),
            ("observe, signed and brought by another", self.signed, full),
            ("quarantine", unit(Verb.QUARANTINE), full),
            ("release", unit(Verb.RELEASE, Verb.QUARANTINE), full),
            ("recall", unit(Verb.RECALL), full),
            ("lift", unit(Verb.LIFT, Verb.RECALL), full),
            ("recall a lot", none(Verb.RECALL), apart),
            ("lift a lot", none(Verb.LIFT), apart),
            ("decommission", unit(Verb.DECOMMISSION), full),
            ("correct", self.correct, apart),
            ("anchor a model", none(Verb.ANCHOR_MODEL), apart),
        ]
        lines = [
            "| gas a unit | alone | in a batch of 10 | in a batch of 100 | in one event over 100 |",
            "|---|---:|---:|---:|---:|",
        ]
        for name, deed, sizes in rows:
            cells = []
            for count, together in sizes:
                done = deed(self.pair.copy(), count, together)
                note = "" if name[:4] != "draw" or count != 25 else " (25)"
                cells.append(f"{done.gas / count:,.0f}{note}")
            lines.append(f"| {name} | " + " | ".join(cells + ["–"] * (4 - len(cells))) + " |")
        return "\n".join([*lines, "", *self.administration()])

    def administration(self) -> list[str]:
        """What the administration's functions cost."""
        device = tag("new device")[:20]
        deeds: list[tuple[str, bytes, bytes | None]] = [
            ("enrol an organisation", calls.enrol_organisation(device, 31, tag("details")), None),
            ("set roles", calls.set_roles(1, 3), None),
            ("grant a prefix of 7 digits", calls.grant_prefix(1, 1_5012345), None),
            ("enrol a device", calls.enrol_device(1, device, 0, FOREVER), self.org.owner),
            ("revoke a device", calls.revoke_device(self.org.device, 1), None),
        ]
        lines = ["| administration | gas |", "|---|---:|"]
        for name, data, sender in deeds:
            pair = self.pair.copy()
            done = pair.administer(data, sender) if sender else pair.administer(data)
            lines.append(f"| {name} | {done.gas:,} |")
        return lines

    def speed(self) -> str:
        """How fast py-evm itself is on a batch: fewer instructions, faster imports."""
        pair = self.pair.copy()
        units = self.units(pair, 100)
        data = calls.record([(Act(Verb.OBSERVE, 0, ZERO), [pair.held(unit)]) for unit in units])
        start = time.process_time()
        for _ in range(5):
            pair.copy().evm.send(self.org.device, data)
        return f"py-evm: {500 / (time.process_time() - start):,.0f} events/s of CPU (observe, batches of 100)"


def creation_of(source: Path) -> bytes:
    """The creation code of another text of the contract."""
    with patch.object(build, "SOURCE", source):
        code = build.compiled()["bytecode"]
    assert isinstance(code, str)
    return bytes.fromhex(code[2:])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", type=Path, help="another text of the contract")
    chosen = parser.parse_args(arguments)
    bench = Bench(creation_of(chosen.source) if chosen.source else None)
    print(bench.table())
    print()
    print(f"code: {len(bench.pair.evm.code):,} bytes; {bench.speed()}")


if __name__ == "__main__":
    main()
