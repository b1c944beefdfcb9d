"""What a simulated network is like: its size, its habits and its noise, all drawn at random so that no two are alike.

Where the ranges come from: missed reads of 0.1 to 4 % are what RFID and hand-scanning field reports tell; the European medicine
system's alert rates (up to 3 % of scans, nearly all harmless) bound the sum of the clock, sync and duplicate noise; the USAID
SCMS deliveries (11.5 % late, 18.5 % recorded after delivery) give the delays and late records; consumers' places come from IP
addresses, which are tens of kilometres off and now and then in another country.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DAY = 86400.0


@dataclass(frozen=True, slots=True)
class Shape:
    """The dice of one network. Probabilities are per event unless said; times in seconds; distances in km."""

    # the network
    countries: int
    makers: int
    layers: tuple[int, ...]  # parties in each layer after the makers, retailers last
    carriers: int
    products: int
    batch: int
    horizon: float
    world_km: float
    site_km: float
    restricted: float  # share of products with a list of authorised countries
    cold: float  # share of products that are cold-chain
    # how goods move
    pallet: int
    units: int  # items in the last shipment to a retailer
    window: float  # departures are this far apart
    dwell: tuple[float, ...]  # median days per layer
    spread: float  # sigma of log dwell
    speed: float  # km/h door to door
    hold: float  # share of shipments held (customs, strikes) for days
    packs: bool
    hub_reads: float
    hub_places: bool
    stocktakes: float
    sells: bool
    verify: float  # consumers' scans per sold item
    returns: float
    inspections: float
    resale: float
    # noise
    miss_item: float
    miss_group: float
    double: float
    reroute: float
    clock_bad: float
    clock_zone: float
    clock_wild: float
    outages: float
    outage_days: float
    late: float
    late_days: float
    delay: float
    minute_clock: bool
    gps: float
    no_place: float
    ip_km: float
    ip_wild: float
    unknown_parties: float
    lapses: float
    no_device: bool
    temp_events: float
    sensor_step: float
    sensor_gap: float
    sensor_dead: float
    door: float
    left_cut: float
    declared_off: float

    @classmethod
    def draw(cls, rng: np.random.Generator, items: int) -> Shape:
        """A random shape fit for about `items` items."""

        def between(low: float, high: float) -> float:
            return float(np.exp(rng.uniform(np.log(low), np.log(high))))

        def maybe(share: float) -> bool:
            return bool(rng.random() < share)

        depth = int(rng.choice([2, 3, 3, 4]))
        retailers = int(between(max(12, items / 250), max(30, items / 25)))
        middle = [max(2, int(retailers ** ((i + 1) / (depth + 0.6)) * between(0.5, 1.2))) for i in range(depth - 1)]
        return cls(
            countries=int(rng.integers(2, 13)),
            makers=int(rng.integers(1, 7)),
            layers=(*middle, retailers),
            carriers=int(rng.integers(1, 9)),
            products=int(rng.integers(3, 30)),
            batch=int(between(40, 500)),
            horizon=between(100, 500) * DAY,
            world_km=between(300, 6000),
            site_km=between(30, 300),
            restricted=rng.uniform(0.3, 1.0),
            cold=rng.uniform(0.1, 0.7),
            pallet=int(between(24, 160)),
            units=int(between(1.2, 12)),
            window=between(0.5, 4) * DAY,
            dwell=tuple(between(2, 25) for _ in range(depth + 1)),
            spread=rng.uniform(0.15, 0.7),
            speed=between(15, 60),
            hold=between(0.002, 0.04),
            packs=maybe(0.75),
            hub_reads=rng.uniform(0, 1) if maybe(0.6) else 0.0,
            hub_places=maybe(0.6),
            stocktakes=between(0.002, 0.05) if maybe(0.6) else 0.0,
            sells=maybe(0.9),
            verify=between(0.03, 0.8) if maybe(0.85) else 0.0,
            returns=between(0.002, 0.04),
            inspections=between(0.001, 0.02),
            resale=rng.uniform(0.2, 0.8),
            miss_item=between(0.001, 0.04),
            miss_group=between(0.0005, 0.015),
            double=between(0.001, 0.03),
            reroute=between(0.001, 0.03),
            clock_bad=rng.uniform(0.02, 0.25),
            clock_zone=rng.uniform(0.0, 0.08),
            clock_wild=rng.uniform(0.0, 0.02) if maybe(0.5) else 0.0,
            outages=rng.uniform(0.0, 2.0),
            outage_days=between(0.3, 8),
            late=between(0.001, 0.03),
            late_days=between(0.2, 5),
            delay=between(5, 1200),
            minute_clock=maybe(0.2),
            gps=rng.uniform(0, 0.4) if maybe(0.5) else 0.0,
            no_place=rng.uniform(0, 0.3) if maybe(0.3) else 0.0,
            ip_km=between(8, 90),
            ip_wild=between(0.002, 0.04),
            unknown_parties=rng.uniform(0, 0.06) if maybe(0.4) else 0.0,
            lapses=rng.uniform(0, 0.03) if maybe(0.5) else 0.0,
            no_device=maybe(0.08),
            temp_events=rng.uniform(0.2, 1.0) if maybe(0.7) else 0.0,
            sensor_step=between(600, 7200),
            sensor_gap=between(0.01, 0.1),
            sensor_dead=between(0.003, 0.06),
            door=between(0.02, 0.3),
            left_cut=rng.uniform(0.0, 0.3) if maybe(0.15) else 0.0,
            declared_off=between(0.002, 0.03),
        )
