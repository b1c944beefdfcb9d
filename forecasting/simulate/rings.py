"""Attacks by parties: padded shipments, colluding rings, forged histories, stolen readers, swapped contents, broken cold
chains."""

from __future__ import annotations

import numpy as np

from forecasting.simulate.plot import HOLDING, Excursion, Plot
from forecasting.simulate.shape import DAY
from forecasting.tables import COMMISSION, OBSERVE, PACK, RECEIVE, SHIP, UNPACK


def cold_chain(plot: Plot, count: int) -> None:
    """A leg in a warm truck: told openly, left silent, smoothed over, or covered with another trip's readings."""
    left = count
    cold = np.flatnonzero(plot.world.cold[plot.goods.product])
    for _ in range(60):
        if left <= 0 or not len(cold):
            return
        head = int(plot.rng.choice(cold))
        rows = plot.of(plot.seen(head), SHIP)
        if not len(rows) or head in plot.kind:
            continue
        shipment = int(plot.rows["shipment"][int(plot.rng.choice(rows))])
        inside = plot.rows["item"][(plot.rows["shipment"] == shipment) & (plot.rows["action"] == SHIP)].astype(int)
        inside = [int(i) for i in inside if plot.world.cold[plot.goods.product[i]] and int(i) not in plot.kind]
        if not inside or len(inside) > max(3 * count, 60) or shipment in plot.excursions:
            continue
        hidden = str(plot.rng.choice(["", "", "", "silent", "smooth", "copied"]))
        plot.excursions[shipment] = Excursion(plot.rng.uniform(4, 18), plot.rng.uniform(0.15, 0.7), hidden)
        start = float(plot.rows["time"][(plot.rows["shipment"] == shipment) & (plot.rows["action"] == SHIP)].min())
        for item in inside:
            plot.blame(item, "cold_chain", start)
        left -= len(inside)


def volume(plot: Plot, count: int) -> None:
    """More arrives than was sent: extra units ride on a genuine delivery note."""
    left = count
    while left > 0:
        head = plot.victims(1)
        if not head:
            return
        rows = plot.of(plot.seen(head[0]), RECEIVE)
        if not len(rows):
            continue
        row = int(plot.rng.choice(rows))
        extra = int(min(left, 2 + plot.rng.geometric(0.15)))
        issued = plot.rng.random() < 0.4
        shipped = plot.rng.random() < 0.3
        for _ in range(extra):
            item = plot.coin(plot.product_of(head[0]), int(plot.goods.batch[head[0]]), guessed=plot.rng.random() < 0.5)
            after = plot.seen(head[0])
            number = plot.rows["shipment"][row]
            if issued:
                made = plot.of(after, COMMISSION)
                if len(made):
                    plot.add(
                        item=item, action=COMMISSION, actor=plot.rows["actor"][made[0]], time=plot.rows["time"][made[0]] + 600
                    )
            for other in after:
                same = plot.rows["shipment"][other] == number
                if plot.rows["time"][other] >= plot.rows["time"][row] or (shipped and same):
                    columns = {name: float(plot.rows[name][other]) for name in plot.rows}
                    if plot.rows["action"][other] < 7:
                        plot.add(**(columns | {"item": item, "time": columns["time"] + plot.rng.uniform(-300, 300)}))
            plot.blame(item, "volume", float(plot.rows["time"][row]))
        left -= extra


def collusion(plot: Plot, count: int) -> None:
    """Two to four parties cover for each other: two-sided hand-overs, all in order, of goods that came from nowhere."""
    world, left = plot.world, count
    while left > 0:
        hub = int(plot.rng.choice(world.at(int(plot.rng.integers(1, max(2, world.last))))))
        shops = plot.rng.choice(world.at(world.last), min(len(world.at(world.last)), int(plot.rng.integers(1, 4))), replace=False)
        donors = plot.victims(1)
        if not donors:
            return
        product, batch = plot.product_of(donors[0]), int(plot.goods.batch[donors[0]])
        number = min(left, int(8 + plot.rng.geometric(0.05)))
        when = float(world.start + plot.rng.uniform(0.3, 0.85) * plot.shape.horizon)
        reuse = plot.victims(number, 5) if plot.rng.random() < 0.4 else []
        forged = plot.rng.random() < 0.4
        step = 0
        while step < number:
            shop, size = int(plot.rng.choice(shops)), int(plot.rng.integers(1, 9))
            at, note = when + plot.rng.uniform(0, 40) * DAY, plot.shipment()
            box = plot.container() if plot.shape.packs else -1
            ride = plot.ride(hub, shop) * plot.rng.uniform(0.3, 1.0)
            for k in range(min(size, number - step)):
                item = reuse[step + k] if step + k < len(reuse) else plot.coin(product, batch, guessed=True)
                if item >= plot.honest and forged:
                    plot.add(item=item, action=COMMISSION, actor=world.maker[product], time=at - plot.rng.uniform(20, 60) * DAY)
                _ring_hop(plot, item, hub, shop, at + k * 20.0, ride, note, box)
                plot.blame(item, "collusion", at)
            step += size
        left -= number


def _ring_hop(plot: Plot, item: int, hub: int, shop: int, at: float, ride: float, note: int, box: int) -> None:
    if box >= 0:
        plot.add(item=item, action=PACK, actor=hub, container=box, time=at - 4000)
    plot.add(item=item, action=SHIP, actor=hub, origin=hub, target=shop, shipment=note, container=box, time=at)
    plot.add(item=item, action=RECEIVE, actor=shop, origin=hub, target=shop, shipment=note, container=box, time=at + ride)
    if box >= 0:
        plot.add(item=item, action=UNPACK, actor=shop, container=box, time=at + ride + 3000)
    if plot.rng.random() < 0.3:
        back = plot.shipment()
        plot.add(item=item, action=SHIP, actor=shop, origin=shop, target=hub, shipment=back, time=at + 3 * DAY + ride)
        plot.add(item=item, action=RECEIVE, actor=hub, origin=shop, target=hub, shipment=back, time=at + 4 * DAY + 2 * ride)
    elif plot.rng.random() < 0.8:
        plot.sale(item, shop, at + ride + plot.rng.exponential(5) * DAY)


def poisoned(plot: Plot, count: int) -> None:
    """A whole past is written at once: claimed over months, recorded in an hour, by one reader of a rogue party."""
    left = count
    while left > 0:
        donors = plot.victims(min(left, int(6 + plot.rng.geometric(0.06))), 5)
        if not donors:
            return
        rogue = int(plot.rng.choice(plot.world.at(int(plot.rng.integers(1, plot.world.last + 1)))))
        shared = plot.rng.random() < 0.5
        reader = 10_000_000 + rogue
        for donor in donors:
            rows = plot.of(plot.seen(donor), COMMISSION, PACK, SHIP, RECEIVE, UNPACK)
            if len(rows) < 3:
                continue
            item = plot.coin(plot.product_of(donor), int(plot.goods.batch[donor]), guessed=True)
            written = float(plot.rows["time"][rows[-1]]) + plot.rng.uniform(1, 30) * DAY
            slip = plot.rng.uniform(-2, 2) * DAY
            for row in rows:
                columns = {name: float(plot.rows[name][row]) for name in plot.rows}
                true = written + plot.rng.uniform(0, 3000)
                columns |= {"item": item, "time": true, "shift": columns["time"] + slip - true, "lag": 30.0}
                columns["device"] = reader if shared else -1
                plot.add(**columns)
            if plot.world.layer[rogue] == plot.world.last:
                plot.sale(item, rogue, written + plot.rng.exponential(10) * DAY)
            plot.blame(item, "poisoned", written)
        left -= len(donors)


def rogue_device(plot: Plot, count: int) -> None:
    """A stolen reader records in its owner's name from somewhere else, or another party's reader is used."""
    left = count
    while left > 0:
        thief = plot.retailer()
        items = plot.victims(min(left, int(3 + plot.rng.geometric(0.1))), 5)
        if not items:
            return
        owner = int(plot.rows["actor"][plot.seen(items[0])[-1]])
        reader = 10_000_000 + max(owner, 0)
        for item in items:
            rows = plot.of(plot.seen(item), *HOLDING)
            if not len(rows):
                continue
            at = float(plot.rows["time"][rows[-1]]) + plot.rng.uniform(0.1, 6) * DAY
            way = plot.rng.random()
            columns = {"item": item, "actor": owner if way < 0.6 else thief, "device": reader, "time": min(at, plot.end - 3600)}
            columns |= {"lat": plot.world.lat[thief], "lon": plot.world.lon[thief]}
            columns["action"] = [RECEIVE, OBSERVE, SHIP, UNPACK][int(plot.rng.integers(0, 4))]
            if columns["action"] == SHIP:
                columns |= {"origin": columns["actor"], "target": thief}
            plot.add(**columns)
            plot.blame(item, "rogue_device", at)
        left -= len(items)


def substitution(plot: Plot, count: int) -> None:
    """The content is swapped. Perfectly, it leaves no trace; clumsily, the box is opened and closed where nobody does that."""
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), RECEIVE)
        if not len(rows):
            continue
        row = int(plot.rng.choice(rows))
        at = float(plot.rows["time"][row])
        if plot.rng.random() < 0.5:
            plot.blame(item, "substitution_perfect", at)
            continue
        party = int(plot.rows["actor"][row])
        carrier = int(plot.rng.choice(plot.world.at(-1)))
        who = carrier if plot.rng.random() < 0.5 else party
        before = at - plot.rng.uniform(0.2, 2) * DAY if who == carrier else at + plot.rng.uniform(0.1, 3) * DAY
        box = plot.container()
        plot.add(item=item, action=UNPACK, actor=who, container=plot.rows["container"][row], time=before)
        plot.add(item=item, action=PACK, actor=who, container=box, time=before + plot.rng.uniform(900, 30_000))
        plot.blame(item, "substitution", before)


def relabel(plot: Plot, count: int) -> None:
    """Another batch or product stands on later reads: a new label on an old thing."""
    for item in plot.victims(count):
        rows = plot.seen(item)
        cut = int(plot.rng.integers(1, max(2, len(rows) - 1)))
        product = plot.product_of(item)
        batch = int(plot.rng.choice(plot.goods.batch))
        other = int(plot.rng.integers(0, len(plot.world.maker))) if plot.rng.random() < 0.3 else product
        plot.set(rows[cut:], batch=batch, product=other)
        plot.blame(item, "relabel", float(plot.rows["time"][rows[cut]]))
