"""Honest things that look odd: what a detector must leave alone. Shares are per item and drawn anew for every network."""

from __future__ import annotations

import numpy as np

from forecasting.simulate.plot import Plot
from forecasting.simulate.shape import DAY
from forecasting.simulate.world import Ints
from forecasting.tables import COMMISSION, OBSERVE, PACK, RECEIVE, RETURN, SCAN, SELL, SHIP, UNPACK, VERIFY


def play(plot: Plot) -> None:
    """All oddities at this network's rates."""
    for odd, low, high in (
        (transfers, 5e-4, 1e-2), (parallel_trade, 2e-4, 1e-2), (left_behind, 3e-4, 4e-3), (express, 2e-4, 4e-3),
        (repacked, 3e-4, 5e-3),
        (strays, 1e-6, 5e-5), (wrong_batch, 1e-6, 5e-5), (curious, 1e-4, 3e-3), (shop_checks, 0.0, 0.0), (legacy, 1e-4, 5e-3),
        (recalls, 1e-4, 6e-3), (mislaid_returns, 1e-6, 5e-5), (slow_shelf, 5e-4, 5e-3), (typing_errors, 1e-6, 1e-4),
    ):  # fmt: skip
        if plot.rng.random() < 0.75:
            share = float(np.exp(plot.rng.uniform(np.log(max(low, 1e-9)), np.log(max(high, 1e-9)))))
            odd(plot, int(plot.rng.poisson(share * plot.honest)))


def _mates(plot: Plot, row: int) -> list[int]:
    same = (plot.rows["shipment"] == plot.rows["shipment"][row]) & (plot.rows["action"] == RECEIVE) & plot.alive
    return [int(i) for i in plot.rows["item"][same] if int(i) not in plot.used]


def _last_receipt(plot: Plot, item: int) -> int | None:
    rows = plot.of(plot.seen(item), RECEIVE)
    return int(rows[-1]) if len(rows) else None


def _later(plot: Plot, item: int, time: float) -> Ints:
    rows = plot.journey(item)
    return rows[plot.rows["time"][rows] > time]


def transfers(plot: Plot, count: int) -> None:
    """A shop helps a sister shop out: a few units go sideways and are sold there."""
    done = 0
    for head in plot.spare(count):
        row = _last_receipt(plot, head)
        if row is None or done >= count:
            continue
        shop = int(plot.rows["actor"][row])
        sister = plot.retailer(near=shop)
        at = float(plot.rows["time"][row]) + plot.rng.uniform(0.5, 12) * DAY
        group = _mates(plot, row)[: int(plot.rng.integers(1, 5))] or [head]
        number, ride = plot.shipment(), plot.ride(shop, sister)
        for item in group:
            plot.drop(_later(plot, item, float(plot.rows["time"][row]) + 3600))
            plot.add(item=item, action=SHIP, actor=shop, origin=shop, target=sister, shipment=number, time=at)
            plot.add(item=item, action=RECEIVE, actor=sister, origin=shop, target=sister, shipment=number, time=at + ride)
            plot.sale(item, sister, at + ride + plot.rng.exponential(10) * DAY, plot.shape.verify)
            plot.used.add(item)
        plot.legs([number], shop, sister, at, at + ride)
        done += len(group)


def parallel_trade(plot: Plot, count: int) -> None:
    """An importer the product names buys from a wholesaler and sells abroad, as it may."""
    done = 0
    for head in plot.spare(count):
        row = _last_receipt(plot, head)
        product = plot.product_of(head)
        if row is None or done >= count or not len(plot.world.parallel[product]):
            continue
        importer, home = int(plot.rng.choice(plot.world.parallel[product])), int(plot.rows["actor"][row])
        shop = plot.retailer(near=importer)
        at = float(plot.rows["time"][row]) + plot.rng.uniform(1, 15) * DAY
        first, second = plot.shipment(), plot.shipment()
        there = at + plot.ride(home, importer)
        again = there + plot.rng.uniform(1, 20) * DAY
        end = again + plot.ride(importer, shop)
        for item in _mates(plot, row)[: int(plot.rng.integers(1, 12))]:
            plot.drop(_later(plot, item, float(plot.rows["time"][row]) + 3600))
            for a, b, number, left, came in ((home, importer, first, at, there), (importer, shop, second, again, end)):
                plot.add(item=item, action=SHIP, actor=a, origin=a, target=b, shipment=number, time=left)
                plot.add(item=item, action=RECEIVE, actor=b, origin=a, target=b, shipment=number, time=came)
            plot.sale(item, shop, end + plot.rng.exponential(10) * DAY, plot.shape.verify)
            plot.used.add(item)
            done += 1
        plot.legs([first], home, importer, at, there)
        plot.legs([second], importer, shop, again, end)


def left_behind(plot: Plot, count: int) -> None:
    """Forgotten in a corner: one unit follows its company weeks later."""
    for item in plot.spare(count):
        rows = plot.of(plot.seen(item), RECEIVE)
        if len(rows):
            row = int(plot.rng.choice(rows))
            plot.rows["time"][_later(plot, item, float(plot.rows["time"][row]) + 3600)] += plot.rng.exponential(10) * DAY + DAY
            plot.used.add(item)


def slow_shelf(plot: Plot, count: int) -> None:
    """It stands on the shelf for months."""
    for item in plot.spare(count):
        rows = plot.of(plot.seen(item), SELL)
        if len(rows):
            plot.rows["time"][_later(plot, item, float(plot.rows["time"][rows[-1]]) - 1)] += plot.rng.uniform(20, 120) * DAY
            plot.used.add(item)


def express(plot: Plot, count: int) -> None:
    """An emergency: straight from the maker or the depot to the shop, past the layers between."""
    done = 0
    for head in plot.spare(count):
        rows = plot.of(plot.seen(head), RECEIVE)
        if len(rows) < 2 or done >= count:
            continue
        row, last = int(rows[0]), int(rows[-1])
        group = [i for i in _mates(plot, last) if len(plot.of(plot.journey(i), RECEIVE)) >= 2]
        home, shop = int(plot.rows["actor"][row]), int(plot.rows["actor"][last])
        at = float(plot.rows["time"][row]) + plot.rng.uniform(0.2, 3) * DAY
        number, ride = plot.shipment(), plot.ride(home, shop) * 0.6
        for item in group:
            plot.drop(_later(plot, item, float(plot.rows["time"][row]) + 3600))
            plot.add(item=item, action=SHIP, actor=home, origin=home, target=shop, shipment=number, time=at)
            plot.add(item=item, action=RECEIVE, actor=shop, origin=home, target=shop, shipment=number, time=at + ride)
            plot.sale(item, shop, at + ride + plot.rng.exponential(10) * DAY, plot.shape.verify)
            plot.used.add(item)
            done += 1
        plot.legs([number], home, shop, at, at + ride)


def repacked(plot: Plot, count: int) -> None:
    """A torn box is opened and closed again."""
    for item in plot.spare(count):
        row = _last_receipt(plot, item)
        if row is not None:
            who, at = int(plot.rows["actor"][row]), float(plot.rows["time"][row]) + plot.rng.uniform(0.1, 2) * DAY
            plot.add(item=item, action=UNPACK, actor=who, container=plot.rows["container"][row], time=at)
            plot.add(item=item, action=PACK, actor=who, container=plot.container(), time=at + plot.rng.uniform(600, 9000))
            plot.used.add(item)


def strays(plot: Plot, count: int) -> None:
    """A reader picks up the unit of a neighbour. A serial typed wrongly hits none: those of medicines are drawn so that a guess
    finds an issued one in less than one of 10,000 tries (Regulation (EU) 2016/161, article 4), and sales are not typed.
    """
    for item in plot.spare(count):
        rows = plot.seen(item)
        if len(rows):
            row = int(plot.rng.choice(rows))
            at = float(plot.rows["time"][row]) + plot.rng.normal(0, 2) * DAY
            action = int(plot.rng.choice([OBSERVE, OBSERVE, OBSERVE, UNPACK, RECEIVE]))
            plot.add(item=item, action=action, actor=plot.retailer(near=max(int(plot.rows["actor"][row]), 0)), time=at)
            plot.used.add(item)


def wrong_batch(plot: Plot, count: int) -> None:
    """One record names another batch."""
    for item in plot.spare(count):
        rows = plot.seen(item)
        if len(rows):
            plot.set(int(plot.rng.choice(rows)), batch=float(plot.rng.choice(plot.goods.batch)))
            plot.used.add(item)


def curious(plot: Plot, count: int) -> None:
    """A family, a resale or a social-media post: one unit scanned by several phones, some of them on a journey. Where hardly
    anybody scans, such units are rarer too."""
    if plot.shape.verify <= 0:
        return
    for item in plot.spare(round(count * min(1.0, plot.shape.verify / 0.3))):
        rows = plot.of(plot.seen(item), SELL, RECEIVE)
        if len(rows):
            row = int(rows[-1])
            shop, at = int(plot.rows["actor"][row]), float(plot.rows["time"][row])
            for _ in range(int(1 + plot.rng.geometric(0.4))):
                away = plot.rng.random() < 0.15
                plot.scan(item, plot.retailer(far=shop) if away else shop, at + plot.rng.exponential(12) * DAY)
            plot.used.add(item)


def shop_checks(plot: Plot, count: int) -> None:
    """Some shops check everything they receive with a phone or a desk scanner on the scan channel."""
    del count
    if plot.shape.verify <= 0 or plot.rng.random() < 0.5:
        return
    shops = plot.world.at(plot.world.last)
    keen = shops[plot.rng.random(len(shops)) < plot.rng.uniform(0.01, 0.3)]
    phones = {int(shop): plot.phone() for shop in keen}
    rows = np.flatnonzero((plot.rows["action"] == RECEIVE) & np.isin(plot.rows["actor"], keen) & plot.alive)
    whole = plot.rng.random() < 0.5
    for row in rows:
        if whole or plot.rng.random() < 0.2:
            shop = int(plot.rows["actor"][row])
            at = float(plot.rows["time"][row]) + 4000 + plot.rng.uniform(0, 1500)
            plot.add(
                item=float(plot.rows["item"][row]), action=VERIFY, channel=SCAN, actor=-2 - shop, device=phones[shop], time=at
            )


def legacy(plot: Plot, count: int) -> None:
    """Batches from before the system: no commissioning on record."""
    batches = plot.rng.permutation(int(plot.goods.batch.max()) + 1)
    done = 0
    for batch in batches:
        items = np.flatnonzero(plot.goods.batch == batch)
        if done + len(items) > 2 * count + 20:
            break
        part = np.isin(plot.rows["item"], items) & (plot.rows["action"] == COMMISSION)
        plot.alive &= ~part
        plot.used.update(map(int, items))
        done += len(items)
        if done >= count:
            break


def recalls(plot: Plot, count: int) -> None:
    """A batch is called back: what is unsold returns from many shops at once."""
    batch = int(plot.rng.choice(plot.goods.batch))
    done = 0
    for item in np.flatnonzero(plot.goods.batch == batch):
        row = _last_receipt(plot, int(item))
        if row is None or done >= count or int(item) in plot.used:
            continue
        shop, at = int(plot.rows["actor"][row]), float(plot.rows["time"][row]) + plot.rng.uniform(0.2, 6) * DAY
        goal, number = plot.parent(shop), plot.shipment()
        plot.drop(_later(plot, int(item), at))
        there = at + plot.ride(shop, goal)
        plot.add(item=int(item), action=RETURN, actor=shop, origin=shop, target=goal, shipment=number, time=at)
        plot.add(item=int(item), action=RECEIVE, actor=goal, origin=shop, target=goal, shipment=number, time=there)
        plot.legs([number], shop, goal, at, there)
        plot.used.add(int(item))
        done += 1


def mislaid_returns(plot: Plot, count: int) -> None:
    """A customer brings it back to another shop of the chain, which returns it."""
    for item in plot.spare(count):
        rows = plot.of(plot.seen(item), SELL)
        if len(rows):
            shop = plot.retailer(near=int(plot.rows["actor"][rows[-1]]))
            at = float(plot.rows["time"][rows[-1]]) + plot.rng.uniform(1, 20) * DAY
            goal = plot.parent(shop)
            number, there = plot.shipment(), at + plot.ride(shop, goal)
            plot.add(item=item, action=RETURN, actor=shop, origin=shop, target=goal, shipment=number, time=at)
            plot.add(item=item, action=RECEIVE, actor=goal, origin=shop, target=goal, shipment=number, time=there)
            plot.legs([number], shop, goal, at, there)
            plot.used.add(item)


def typing_errors(plot: Plot, count: int) -> None:
    """A date typed by hand: a day, a month or a year off."""
    for item in plot.spare(count):
        rows = plot.seen(item)
        if len(rows):
            slip = float(plot.rng.choice([1, 1, 30, 365])) * DAY * float(plot.rng.choice([-1, 1]))
            plot.set(int(plot.rng.choice(rows)), shift=slip, lag=float(plot.rng.exponential(600)))
            plot.used.add(item)
