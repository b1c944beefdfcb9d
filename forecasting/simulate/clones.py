"""Attacks with codes: copied, used again, invented, harvested."""

from __future__ import annotations

import numpy as np

from forecasting.simulate.plot import HOLDING, Plot
from forecasting.simulate.shape import DAY
from forecasting.tables import DESTROY, LEDGER, OBSERVE, RECEIVE, SCAN, SELL, VERIFY


def clone_far(plot: Plot, count: int) -> None:
    """A copy enters the trade in another region while the original is on its way."""
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), *HOLDING)
        if not len(rows):
            continue
        anchor = int(plot.rng.choice(rows))
        home = int(plot.rows["actor"][anchor])
        first = np.inf
        for _ in range(1 + int(plot.rng.random() < 0.25)):
            party = plot.retailer(far=home, kilometres=0.25 * plot.shape.world_km)
            at = float(plot.rows["time"][anchor] + plot.rng.normal(0, 3) * DAY)
            first = min(first, _second_life(plot, item, party, at))
        plot.blame(item, "clone_far", first)


def clone_near(plot: Plot, count: int) -> None:
    """A copy is sold in a neighbouring shop: no distance gives it away, only that the one thing is in two hands."""
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), *HOLDING)
        rows = rows[plot.world.layer[plot.rows["actor"][rows].astype(int)] == plot.world.last]
        if not len(rows):
            continue
        anchor = int(plot.rng.choice(rows))
        party = plot.retailer(near=int(plot.rows["actor"][anchor]))
        at = float(plot.rows["time"][anchor] + plot.rng.normal(0, 4) * DAY)
        plot.blame(item, "clone_near", _second_life(plot, item, party, at))


def _second_life(plot: Plot, item: int, party: int, at: float) -> float:
    way = plot.rng.random()
    when = min(at, plot.end - plot.rng.uniform(0.1, 3) * DAY)
    if way < 0.3:
        source = plot.parent(party)
        when = plot.move(item, source, party, when, shipped=plot.rng.random() < 0.3)
    elif way < 0.65:
        plot.add(item=item, action=RECEIVE, actor=party, target=party, time=when)
    elif way < 0.8:
        plot.add(item=item, action=OBSERVE, actor=party, time=when)
    if way >= 0.8 or plot.rng.random() < 0.75:
        plot.sale(item, party, when + plot.rng.exponential(2) * DAY, 0.5)
    return when


def clone_consumer(plot: Plot, count: int) -> None:
    """One label copied many times: many phones verify one serial."""
    if plot.shape.verify <= 0:
        return
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), *HOLDING)
        if not len(rows):
            continue
        last = int(rows[-1])
        home = int(plot.rows["actor"][last])
        base = float(plot.rows["time"][last])
        wide = plot.rng.random() < 0.6
        phones = int(3 + plot.rng.geometric(0.2))
        times = base + plot.rng.uniform(-10, 60, phones) * DAY
        times = np.minimum(times, plot.end - plot.rng.uniform(0, 5, phones) * DAY)
        for at in times:
            near = plot.retailer(far=home) if wide and plot.rng.random() < 0.7 else plot.retailer(near=home)
            plot.scan(item, near, float(at))
        plot.blame(item, "clone_consumer", float(times.min()))


def replay(plot: Plot, count: int) -> None:
    """The code of a thing already sold or destroyed comes back on another."""
    done = 0
    for item in plot.victims(6 * count):
        rows = plot.of(plot.seen(item), SELL, DESTROY)
        if not len(rows):
            continue
        ended = int(rows[-1])
        at = float(plot.rows["time"][ended]) + plot.rng.uniform(2, 60) * DAY
        if at > plot.end - DAY:
            continue
        home = int(plot.rows["actor"][ended])
        party = home if plot.rng.random() < 0.2 else (plot.retailer() if plot.rng.random() < 0.5 else plot.retailer(near=home))
        if plot.rng.random() < 0.6:
            plot.move(item, plot.parent(party), party, at, shipped=plot.rng.random() < 0.5)
            plot.sale(item, party, at + plot.rng.uniform(3, 12) * DAY)
        else:
            plot.sale(item, party, at, 0.5)
        plot.blame(item, "replay", at)
        done += 1
        if done == count:
            return


def unissued(plot: Plot, count: int) -> None:
    """Serials that no maker issued are put into the trade below the maker."""
    for donor in plot.victims(count):
        rows = plot.of(plot.seen(donor), RECEIVE)
        if not len(rows):
            continue
        entry = int(plot.rng.choice(rows))
        item = plot.coin(plot.product_of(donor), int(plot.goods.batch[donor]), guessed=plot.rng.random() < 0.5)
        party, at = int(plot.rows["actor"][entry]), float(plot.rows["time"][entry])
        with_mates = plot.rng.random() < 0.5
        plot.add(
            item=item, action=RECEIVE, actor=party, origin=plot.rows["origin"][entry] if with_mates else -1, target=party,
            shipment=plot.rows["shipment"][entry] if with_mates else -1, time=at,
        )  # fmt: skip
        _rest_of_way(plot, item, donor, entry, party, at)
        plot.blame(item, "unissued", at)


def _rest_of_way(plot: Plot, item: int, donor: int, entry: int, party: int, at: float) -> None:
    """From `entry` on, the coined item goes where the donor went, or is sold where it is."""
    rows = plot.seen(donor)
    later = rows[plot.rows["time"][rows] > plot.rows["time"][entry]]
    if plot.rng.random() < 0.6 and len(later):
        for row in later:
            if plot.rows["action"][row] != VERIFY:
                columns = {name: float(plot.rows[name][row]) for name in plot.rows}
                plot.add(**(columns | {"item": item}))
    elif plot.world.layer[party] == plot.world.last:
        plot.sale(item, party, at + plot.rng.exponential(10) * DAY)
    else:
        shop = int(plot.rng.choice(plot.world.children[party])) if len(plot.world.children[party]) else plot.retailer()
        arrive = plot.move(item, party, shop, at + plot.rng.exponential(6) * DAY)
        plot.sale(item, shop, arrive + plot.rng.exponential(10) * DAY)


def guessed(plot: Plot, count: int) -> None:
    """Somebody tries serials: phones or one reader ask about things that were never made."""
    left = count
    while left > 0:
        run = min(left, int(1 + plot.rng.geometric(0.12)))
        donors = plot.victims(1)
        if not donors:
            return
        shop, at = plot.retailer(), float(plot.world.start + plot.rng.uniform(0.2, 0.98) * plot.shape.horizon)
        phone = plot.phone()
        for _ in range(run):
            item = plot.coin(plot.product_of(donors[0]), int(plot.goods.batch[donors[0]]), guessed=True)
            if plot.shape.verify > 0 and plot.rng.random() < 0.85:
                plot.scan(item, shop, at, phone)
            else:
                plot.add(item=item, action=SELL if plot.shape.sells else OBSERVE, actor=shop, time=at)
            plot.blame(item, "guessed", at)
            at += plot.rng.exponential(90)
        left -= run


def harvesting(plot: Plot, count: int) -> None:
    """A phone or stolen reader collects the codes of a whole lot in one go; copies of some are seen later."""
    left = count
    while left > 0:
        head = plot.victims(1)
        if not head:
            return
        rows = plot.of(plot.seen(head[0]), RECEIVE)
        if not len(rows):
            continue
        row = int(plot.rng.choice(rows))
        party, shipment = int(plot.rows["actor"][row]), plot.rows["shipment"][row]
        mates = plot.rows["item"][(plot.rows["shipment"] == shipment) & (plot.rows["action"] == RECEIVE)].astype(int)
        batch = np.flatnonzero(plot.goods.batch == plot.goods.batch[head[0]])
        pool = mates if len(mates) >= 8 or plot.rng.random() < 0.3 else batch
        chosen = [int(i) for i in pool if int(i) not in plot.kind][: min(left, int(10 + plot.rng.geometric(0.03)))]
        at, phone = float(plot.rows["time"][row]) + plot.rng.uniform(0.05, 3) * DAY, plot.phone()
        inside = plot.rng.random() < 0.5
        for item in chosen:
            at += plot.rng.uniform(1, 12)
            if inside and plot.shape.verify <= 0:
                plot.add(item=item, action=OBSERVE, actor=party, channel=LEDGER, time=at, device=phone)
            else:
                plot.add(item=item, action=VERIFY, channel=SCAN, actor=-2 - party, time=at, device=phone)
            plot.blame(item, "harvesting", at)
            if plot.rng.random() < 0.25:
                later = at + plot.rng.uniform(5, 60) * DAY
                plot.scan(item, plot.retailer(far=party), later)
        left -= max(1, len(chosen))
