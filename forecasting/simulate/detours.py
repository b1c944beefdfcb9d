"""Attacks on the way goods take, and on what is told about it: diversions, gaps, lies about time, wrong returns."""

from __future__ import annotations

import numpy as np

from forecasting.simulate.plot import HOLDING, Plot
from forecasting.simulate.shape import DAY
from forecasting.simulate.world import Ints
from forecasting.tables import COMMISSION, OBSERVE, PACK, RECEIVE, RETURN, SELL, SHIP, UNPACK


def _after(plot: Plot, item: int, row: int) -> Ints:
    rows = plot.journey(item)
    return np.asarray(rows[plot.rows["time"][rows] > plot.rows["time"][row]], np.int64)


def _turn(plot: Plot, item: int) -> int | None:
    """A receipt after which the item leaves its way, none where it never got that far."""
    rows = plot.of(plot.seen(item), RECEIVE)
    return int(plot.rng.choice(rows)) if len(rows) else None


def diversion_hard(plot: Plot, count: int) -> None:
    """Sold into a country the product is not meant for, or through a party without authorisation."""
    world = plot.world
    done = 0
    for item in plot.victims(4 * count):
        product = plot.product_of(item)
        turn = _turn(plot, item)
        banned = world.restricted[product] & ~world.allowed[product, world.country]
        pool = np.flatnonzero(banned & (world.layer > 0))
        outside = np.flatnonzero(world.layer == -3)
        if turn is None or (not len(pool) and not len(outside)):
            continue
        goal = int(plot.rng.choice(pool)) if len(pool) and plot.rng.random() < 0.7 else int(plot.rng.choice(outside))
        home, at = int(plot.rows["actor"][turn]), float(plot.rows["time"][turn]) + plot.rng.uniform(0.5, 15) * DAY
        if at > plot.end - DAY:
            continue
        plot.drop(_after(plot, item, turn))
        arrive = plot.move(item, home, goal, at, shipped=plot.rng.random() < 0.7, received=plot.rng.random() < 0.9)
        if plot.rng.random() < 0.7:
            plot.sale(item, goal, arrive + plot.rng.exponential(8) * DAY, 0.6)
        elif plot.shape.verify > 0:
            plot.scan(item, goal, arrive + plot.rng.exponential(12) * DAY)
        plot.blame(item, "diversion_hard", at)
        done += 1
        if done == count:
            return


def diversion_slow(plot: Plot, count: int) -> None:
    """A few of each delivery trickle away through brokers and turn up, late and singly, in another region."""
    done = 0
    while done < count:
        heads = plot.victims(1, 6)
        if not heads:
            return
        turn = _turn(plot, heads[0])
        if turn is None:
            continue
        home = int(plot.rows["actor"][turn])
        goal = plot.retailer(far=home, kilometres=0.15 * plot.shape.world_km)
        brokers = plot.world.at(int(plot.rng.integers(1, plot.world.last + 1)))
        broker = int(plot.rng.choice(brokers))
        shipment = plot.rows["shipment"][turn]
        mates = plot.rows["item"][(plot.rows["shipment"] == shipment) & (plot.rows["action"] == RECEIVE)].astype(int)
        free = [int(i) for i in mates if int(i) not in plot.kind]
        for item in free[: max(1, min(len(free) // 6 + 1, 6, count - done))]:
            rows = plot.of(plot.journey(item), RECEIVE)
            rows = rows[plot.rows["shipment"][rows] == shipment]
            at = float(plot.rows["time"][turn]) + plot.rng.uniform(5, 50) * DAY
            if not len(rows) or at > plot.end - DAY:
                continue
            plot.drop(_after(plot, item, int(rows[0])))
            if plot.rng.random() < 0.5:
                arrive = plot.move(item, home, broker, at)
                at = arrive + plot.rng.uniform(3, 30) * DAY
                arrive = plot.move(item, broker, goal, at, shipped=plot.rng.random() < 0.7)
            else:
                arrive = plot.move(item, home, goal, at, shipped=plot.rng.random() < 0.6)
            plot.sale(item, goal, arrive + plot.rng.exponential(10) * DAY, 0.5)
            plot.blame(item, "diversion_slow", at)
            done += 1
        done += 0 if free else 1


def missing_handover(plot: Plot, count: int) -> None:
    """A whole stay is missing: the item leaves one party's hands and is next seen two parties on, alone."""
    done = 0
    for item in plot.victims(4 * count, 6):
        rows = plot.seen(item)
        receipts = plot.of(rows, RECEIVE)
        if len(receipts) < 2:
            continue
        gone = int(plot.rng.choice(receipts[:-1]))
        party = plot.rows["actor"][gone]
        whole = plot.rng.random() < 0.5
        times, at = plot.rows["time"], plot.rows["time"][gone]
        if whole:
            lost = rows[(plot.rows["actor"][rows] == party) | ((plot.rows["target"][rows] == party) & (times[rows] <= at))]
            lost = lost[times[lost] < times[receipts[-1]]]
        else:
            number = plot.rows["shipment"][gone]
            lost = rows[(plot.rows["shipment"][rows] == number) & (plot.rows["action"][rows] != OBSERVE)]
            lost = np.concatenate([lost, rows[(plot.rows["action"][rows] == UNPACK) & (times[rows] > at)][:1]])
        plot.drop(lost)
        plot.touch(_after(plot, item, gone)[:1])
        if plot.rng.random() < 0.5:
            later = plot.journey(item)
            later = later[times[later] > at]
            plot.delay(later, plot.rng.uniform(2, 20) * DAY)
        plot.blame(item, "missing_handover", float(at))
        done += 1
        if done == count:
            return


def out_of_order(plot: Plot, count: int) -> None:
    """Records in an order that cannot be: received before it was shipped, sold before it came."""
    done = 0
    for item in plot.victims(3 * count):
        rows = plot.of(plot.seen(item), RECEIVE, SELL, UNPACK)
        if not len(rows):
            continue
        row = int(plot.rng.choice(rows))
        before = plot.journey(item)
        before = before[plot.rows["time"][before] < plot.rows["time"][row]]
        shipped = plot.of(before, SHIP, RECEIVE, PACK)
        if not len(shipped):
            continue
        at = float(plot.rows["time"][shipped[-1]]) - plot.rng.uniform(1.2, 10) * DAY
        plot.set(row, time=at)
        plot.blame(item, "out_of_order", at)
        done += 1
        if done == count:
            return


def backdating(plot: Plot, count: int) -> None:
    """What was done is claimed to have been done days or weeks earlier; the record's own time tells."""
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), COMMISSION, SHIP, RECEIVE, SELL, UNPACK)
        if not len(rows):
            continue
        row = int(plot.rng.choice(rows))
        back = plot.rng.uniform(2, 40) * DAY
        plot.set(row, shift=-back, lag=plot.rng.exponential(300))
        if plot.rng.random() < 0.4:
            party = plot.rows["actor"][row]
            same = plot.seen(item)
            same = same[plot.rows["actor"][same] == party]
            plot.set(same, shift=-back, lag=float(plot.rng.exponential(300)))
        plot.blame(item, "backdating", float(plot.rows["time"][row]))


def dwell(plot: Plot, count: int) -> None:
    """Held back far longer than its mates, at one party or on the road (a theft, a swap, a private stock)."""
    done = 0
    for item in plot.victims(4 * count, 5):
        rows = plot.of(plot.seen(item), RECEIVE, SHIP)
        if len(rows) < 2:
            continue
        row = int(plot.rng.choice(rows[:-1]))
        usual = plot.shape.dwell[min(len(plot.shape.dwell) - 1, 1)] * DAY
        wait = usual * plot.rng.uniform(3, 10) + plot.rng.uniform(6, 25) * DAY
        later = _after(plot, item, row)
        if not len(later) or plot.rows["time"][later[0]] + wait > plot.end:
            continue
        plot.delay(later, wait)
        plot.blame(item, "dwell", float(plot.rows["time"][row]))
        done += 1
        if done == count:
            return


def return_fraud(plot: Plot, count: int) -> None:
    """A shop returns for credit what it never held."""
    for item in plot.victims(count):
        rows = plot.of(plot.seen(item), *HOLDING)
        if not len(rows):
            continue
        row = int(rows[-1])
        at = float(plot.rows["time"][row]) + plot.rng.uniform(1, 30) * DAY
        if at > plot.end - DAY:
            at = plot.end - DAY
        home = int(plot.rows["actor"][row])
        shop = plot.retailer(near=home) if plot.rng.random() < 0.5 else plot.retailer()
        goal = plot.parent(shop)
        number = plot.shipment()
        plot.add(item=item, action=RETURN, actor=shop, origin=shop, target=goal, shipment=number, time=at)
        if plot.rng.random() < 0.8:
            plot.add(
                item=item, action=RECEIVE, actor=goal, origin=shop, target=goal, shipment=number, time=at + plot.ride(shop, goal)
            )  # fmt: skip
        plot.blame(item, "return_fraud", at)
