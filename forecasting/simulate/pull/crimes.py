"""Attacks on the second simulator's trade, one unit at a time. Each marks the reads it made or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np

from forecasting.simulate.pull.goods import CARRIER, DAY, DEPOT, HOUR, SHOP, STRANGER, Read, Trade, Unit
from forecasting.tables import COMMISSION, DESTROY, OBSERVE, PACK, RECEIVE, RETURN, SCAN, SELL, SHIP, UNPACK, VERIFY


class Crimes:
    """The attackers of one network."""

    def __init__(self, trade: Trade) -> None:
        self.t, self.rng = trade, trade.rng
        self.phones = 0
        self.done: Counter[str] = Counter()

    # ---- moves -------------------------------------------------------------------------------------------------------------

    def victim(self, least: int = 4) -> Unit | None:
        """An untouched unit with a history."""
        for _ in range(200):
            unit = self.t.units[int(self.rng.integers(len(self.t.units)))]
            if not unit.kind and sum(read.time < self.t.end - 2 * DAY for read in unit.reads) >= least:
                return unit
        return None

    def blame(self, unit: Unit, kind: str, at: float) -> None:
        """From now on it is illicit."""
        unit.kind, unit.onset = kind, at
        self.done[kind] += 1

    def put(self, unit: Unit, read: Read) -> None:
        """One more read, by an attack."""
        read.mark = True
        unit.reads.append(read)

    def phone(self) -> int:
        """A phone not seen before."""
        self.phones += 1
        return -1000 - self.phones

    def scan(self, unit: Unit, near: int, at: float, phone: int | None = None) -> None:
        """A consumer's scan near a party."""
        device = self.phone() if phone is None else phone
        self.put(unit, Read(VERIFY, -2 - near, at, channel=SCAN, device=device))

    def shop(self, far: int | None = None, near: int | None = None) -> int:
        """A shop: anyone, far from a party, or one of its neighbours."""
        shops = np.flatnonzero(self.t.role == SHOP)
        if far is None and near is None:
            return int(self.rng.choice(shops))
        km = self.t.km(far if far is not None else int(near or 0), shops)
        order = shops[np.argsort(km)]
        half = order[len(order) // 2 :] if far is not None else order[1 : max(2, len(order) // 8)]
        return int(self.rng.choice(half if len(half) else order))

    def carried(self, unit: Unit, a: int, b: int, at: float, *, sent: bool = True, got: bool = True) -> float:
        """A hop on no delivery of the trade; returns the arrival."""
        ride = float(self.t.km(a, b)) / 40 * HOUR + self.rng.gamma(2.0, 6.0) * HOUR
        if sent:
            self.put(unit, Read(SHIP, a, at, a, b))
        if got:
            self.put(unit, Read(RECEIVE, b, at + ride, a if self.t.habits.named else -1, b if self.t.habits.named else -1))
        return at + ride

    def sold(self, unit: Unit, shop: int, at: float) -> None:
        """It is sold, or scanned by its buyer where sales are not recorded."""
        if self.t.habits.sells:
            self.put(unit, Read(SELL, shop, at))
        else:
            self.scan(unit, shop, at + self.rng.exponential(2) * DAY)

    def forged(self, donor: Unit, serial: str = "?") -> Unit:
        """A unit that no maker issued."""
        unit = Unit(donor.product, donor.batch, serial)
        self.t.units.append(unit)
        return unit

    def like(self, read: Read, after: float) -> Read:
        """The read again, some seconds later."""
        return Read(read.action, read.actor, read.time + after, read.origin, read.target, read.box, read.note)

    def later(self, unit: Unit, place: int) -> list[Read]:
        """The reads after one."""
        return [r for r in unit.reads if r.time > unit.reads[place].time]

    def pick(self, places: list[int]) -> int:
        """One of them."""
        return places[int(self.rng.integers(len(places)))]

    # ---- copied and invented codes -----------------------------------------------------------------------------------------

    def clone_far(self, unit: Unit) -> None:
        """A copy turns up in shops far away while the original is under way."""
        rng, place = self.rng, self.pick(list(range(len(unit.reads))))
        at = unit.reads[place].time + rng.normal(0, 4) * DAY
        for _ in range(1 + int(rng.random() < 0.3)):
            shop = self.shop(far=unit.reads[place].actor)
            if rng.random() < 0.7:
                self.put(unit, Read(RECEIVE, shop, at, -1, shop if self.t.habits.named else -1))
            self.sold(unit, shop, at + rng.exponential(3) * DAY)
        self.blame(unit, "clone_far", at)

    def clone_near(self, unit: Unit) -> None:
        """A copy is sold round the corner."""
        held = unit.at(RECEIVE, UNPACK, SELL)
        if held:
            read = unit.reads[held[-1]]
            at, shop = read.time + self.rng.normal(0, 3) * DAY, self.shop(near=read.actor)
            self.put(unit, Read(RECEIVE, shop, at))
            self.sold(unit, shop, at + self.rng.exponential(2) * DAY)
            self.blame(unit, "clone_near", at)

    def clone_consumer(self, unit: Unit) -> None:
        """Many buyers hold one code."""
        last = unit.reads[-1]
        times = last.time + self.rng.uniform(-15, 45, int(4 + self.rng.poisson(4))) * DAY
        for at in times:
            self.scan(unit, self.shop(far=last.actor) if self.rng.random() < 0.6 else self.shop(near=last.actor), float(at))
        self.blame(unit, "clone_consumer", float(times.min()))

    def replay(self, unit: Unit) -> None:
        """An emptied package is filled and sold again."""
        ends = unit.at(SELL, DESTROY)
        if ends:
            read = unit.reads[ends[-1]]
            at, shop = read.time + self.rng.uniform(3, 50) * DAY, self.shop()
            self.put(unit, Read(RECEIVE, shop, at))
            self.sold(unit, shop, at + self.rng.exponential(5) * DAY)
            self.blame(unit, "replay", at)

    def unissued(self, donor: Unit) -> None:
        """A made-up serial comes in with a delivery."""
        got = donor.at(RECEIVE)
        if got:
            unit, place = self.forged(donor, "?near" if self.rng.random() < 0.5 else "?"), self.pick(got)
            for read in [donor.reads[place], *self.later(donor, place)]:
                self.put(unit, self.like(read, self.rng.uniform(1, 90)))
            self.blame(unit, "unissued", donor.reads[place].time)

    def guessed(self, donor: Unit) -> None:
        """One phone tries serials."""
        shop, phone = self.shop(), self.phone()
        at = self.t.start + self.rng.uniform(0.2, 0.97) * (self.t.end - self.t.start)
        for _ in range(int(2 + self.rng.poisson(4))):
            unit = self.forged(donor, "?near")
            at += self.rng.uniform(5, 60)
            self.scan(unit, shop, at, phone)
            self.blame(unit, "guessed", at)

    def harvesting(self, unit: Unit) -> None:
        """Somebody in the warehouse photographs a delivery's codes."""
        got = [p for p in unit.at(RECEIVE) if unit.reads[p].note >= 0]
        if not got:
            return
        read, phone = unit.reads[self.pick(got)], self.phone()
        at = read.time + self.rng.uniform(1, 40) * HOUR
        for mate in self.t.legs[read.note].units[:40]:
            if not mate.kind:
                at += self.rng.uniform(1, 8)
                self.scan(mate, read.actor, at, phone)
                self.blame(mate, "harvesting", at)

    # ---- other ways --------------------------------------------------------------------------------------------------------

    def _leave(self, unit: Unit, goal: int, kind: str, wait: float, through: int | None = None) -> None:
        got = unit.at(RECEIVE)
        if not got:
            return
        place = self.pick(got)
        home, at = unit.reads[place].actor, unit.reads[place].time + wait
        if at > self.t.end - DAY:
            return
        unit.reads = unit.reads[: place + 1]
        if through is not None:
            at = self.carried(unit, home, through, at) + self.rng.uniform(2, 20) * DAY
            home = through
        at = self.carried(unit, home, goal, at, sent=self.rng.random() < 0.7)
        self.sold(unit, goal, at + self.rng.exponential(8) * DAY)
        self.blame(unit, kind, at)

    def diversion_hard(self, unit: Unit) -> None:
        """Into a country it is not meant for, or to somebody without a licence."""
        shops = [int(s) for s in np.flatnonzero(self.t.role == SHOP) if not self.t.fits(unit.product, int(s))]
        goal = int(self.rng.choice(shops)) if shops and self.rng.random() < 0.7 else self.t.party(STRANGER)
        self._leave(unit, goal, "diversion_hard", self.rng.uniform(0.5, 10) * DAY)

    def diversion_slow(self, unit: Unit) -> None:
        """Single units trickle to another region, some through a trader."""
        through = self.t.party(STRANGER, DEPOT) if self.rng.random() < 0.5 else None
        self._leave(unit, self.shop(far=unit.reads[-1].actor), "diversion_slow", self.rng.uniform(3, 40) * DAY, through)

    def missing_handover(self, unit: Unit) -> None:
        """One delivery has no record for it."""
        notes = sorted({r.note for r in unit.reads if r.note >= 0})[:-1] or [-9]
        note = notes[int(self.rng.integers(len(notes)))]
        gone = [r for r in unit.reads if r.note == note and r.action == SHIP]
        gone += [r for r in unit.reads if gone and r.action == RECEIVE and r.time > gone[0].time][:1]
        after = [r for r in unit.reads if gone and r.time > gone[-1].time and r not in gone]
        if gone and after:
            unit.reads = [r for r in unit.reads if r not in gone]
            after[0].mark = True
            self.blame(unit, "missing_handover", gone[0].time)

    def out_of_order(self, unit: Unit) -> None:
        """Received before it was sent."""
        got = unit.at(RECEIVE, SELL)
        if got:
            place = self.pick(got)
            read = unit.reads[place]
            before = unit.reads[max(0, place - 1)]
            read.time = before.time - self.rng.uniform(1, 10) * DAY
            read.mark = True
            unit.reads.sort(key=lambda r: r.time)
            self.blame(unit, "out_of_order", read.time)

    def backdating(self, unit: Unit) -> None:
        """A claim of long ago, recorded today."""
        read = unit.reads[self.pick(unit.at(COMMISSION, RECEIVE, SHIP, SELL))]
        read.claimed, read.recorded, read.mark = read.time - self.rng.uniform(3, 60) * DAY, read.time + 60, True
        self.blame(unit, "backdating", read.time)

    def dwell(self, unit: Unit) -> None:
        """It stands somewhere for weeks, alone."""
        places = unit.at(RECEIVE, SHIP)
        if len(places) > 1:
            later = self.later(unit, self.pick(places[:-1]))
            wait = self.rng.uniform(15, 70) * DAY
            if later and later[0].time + wait < self.t.end:
                for read in later:
                    read.time += wait
                    read.mark = True
                self.blame(unit, "dwell", later[0].time - wait)

    def return_fraud(self, unit: Unit) -> None:
        """Returned for credit by a shop that never had it."""
        shop, last = self.shop(), unit.reads[-1]
        goal, at = self.t.supplier[shop][0], min(last.time + self.rng.uniform(1, 20) * DAY, self.t.end - 2 * DAY)
        if shop != last.actor:
            self.put(unit, Read(RETURN, shop, at, shop, goal))
            self.put(unit, Read(RECEIVE, goal, at + DAY, shop, goal))
            self.blame(unit, "return_fraud", at)

    # ---- whole deliveries --------------------------------------------------------------------------------------------------

    def _delivery(self, unit: Unit, most: int = 60) -> int:
        notes = [r.note for r in unit.reads if r.note >= 0 and r.action == SHIP and len(self.t.legs[r.note].units) <= most]
        return notes[int(self.rng.integers(len(notes)))] if notes else -1

    def cold_chain(self, unit: Unit) -> None:
        """A delivery gets warm; some hide it."""
        note = self._delivery(unit)
        if note < 0 or not self.t.cold[unit.product] or self.t.legs[note].heat:
            return
        leg = self.t.legs[note]
        leg.heat = float(self.rng.uniform(3, 20))
        leg.hidden = str(self.rng.choice(["", "", "", "silent", "smooth", "copied"]))
        for mate in leg.units:
            if self.t.cold[mate.product] and not mate.kind:
                self.blame(mate, "cold_chain", leg.left)

    def volume(self, unit: Unit) -> None:
        """A delivery arrives with more than it left with."""
        note = self._delivery(unit, 10_000)
        if note >= 0:
            for _ in range(int(2 + self.rng.poisson(4))):
                extra = self.forged(unit, "?near" if self.rng.random() < 0.5 else "?")
                for read in unit.reads:
                    if read.note == note and read.action == SHIP and self.rng.random() < 0.6:
                        continue
                    if read.time >= self.t.legs[note].left and read.channel != SCAN:
                        self.put(extra, self.like(read, self.rng.uniform(1, 200)))
                self.blame(extra, "volume", self.t.legs[note].came)

    def collusion(self, donor: Unit) -> None:
        """A depot and its friends trade among themselves what was never made."""
        rng, hub = self.rng, self.t.party(DEPOT)
        friends = [self.shop() for _ in range(int(rng.integers(1, 4)))]
        when = self.t.start + rng.uniform(0.3, 0.85) * (self.t.end - self.t.start)
        for friend in friends:
            units, at = [], when + rng.uniform(0, 25) * DAY
            for _ in range(int(3 + rng.poisson(4))):
                unit = self.forged(donor, "?near")
                if rng.random() < 0.4:
                    self.put(unit, Read(COMMISSION, int(self.t.maker[donor.product]), at - rng.uniform(10, 30) * DAY))
                units.append(unit)
                self.blame(unit, "collusion", at)
            before = [len(unit.reads) for unit in units]
            self.t.send(hub, friend, units, at, at + rng.uniform(4, 40) * HOUR)
            for unit, known in zip(units, before, strict=True):
                for read in unit.reads[known:]:
                    read.mark = True
                self.sold(unit, friend, at + rng.uniform(3, 12) * DAY)

    def poisoned(self, donor: Unit) -> None:
        """A past that never was is written in one sitting."""
        rng = self.rng
        written = donor.reads[-1].time + rng.uniform(2, 20) * DAY
        for _ in range(int(2 + rng.poisson(3))):
            unit = self.forged(donor, "?near")
            for read in donor.reads:
                if read.channel != SCAN:
                    copy = self.like(read, rng.uniform(-3, 3) * HOUR)
                    copy.recorded = written + rng.uniform(0, 1800)
                    self.put(unit, copy)
            self.blame(unit, "poisoned", written)

    def rogue_device(self, unit: Unit) -> None:
        """A stolen reader acts for its owner from elsewhere."""
        place = self.pick(unit.at(RECEIVE, SHIP, SELL) or [0])
        read, thief = unit.reads[place], self.shop(far=unit.reads[place].actor)
        spot = (float(self.t.lat[thief]), float(self.t.lon[thief]))
        action = int(self.rng.choice([OBSERVE, RECEIVE, UNPACK]))
        self.put(unit, Read(action, read.actor, read.time + self.rng.uniform(2, 90) * HOUR, place=spot, geo=1))
        self.blame(unit, "rogue_device", read.time)

    def substitution(self, unit: Unit) -> None:
        """The box is opened by somebody who does not open boxes."""
        got = unit.at(RECEIVE)
        if got:
            read, who = unit.reads[self.pick(got)], self.t.party(CARRIER)
            at = read.time - self.rng.uniform(1, 20) * HOUR
            self.put(unit, Read(UNPACK, who, at, box=read.box))
            self.put(unit, Read(PACK, who, at + self.rng.uniform(600, 9000), box=read.box))
            self.blame(unit, "substitution", at)

    def relabel(self, unit: Unit) -> None:
        """Later reads tell another batch."""
        place = self.pick(list(range(1, len(unit.reads))))
        batch = int(self.rng.integers(1, self.t.batches + 1))
        if batch != unit.batch:
            for read in unit.reads[place:]:
                read.batch, read.mark = batch, True
            self.blame(unit, "relabel", unit.reads[place].time)


KINDS = (
    "clone_far", "clone_near", "clone_consumer", "replay", "unissued", "guessed", "harvesting", "diversion_hard",
    "diversion_slow", "missing_handover", "out_of_order", "backdating", "dwell", "return_fraud", "cold_chain", "volume",
    "collusion", "poisoned", "rogue_device", "substitution", "relabel",
)  # fmt: skip


def play(trade: Trade, share: float) -> None:
    """All attacks, until about `share` of the units are illicit, each class about as often as the others."""
    crimes = Crimes(trade)
    wanted = max(3, round(share * len(trade.units) / len(KINDS)))
    for kind in trade.rng.permutation(list(KINDS)):
        act: Callable[[Unit], None] = getattr(crimes, str(kind))
        for _ in range(8 * wanted):
            if crimes.done[str(kind)] >= wanted:
                break
            unit = crimes.victim()
            if unit is not None:
                act(unit)
    for unit in trade.units:
        unit.reads.sort(key=lambda read: read.time)
