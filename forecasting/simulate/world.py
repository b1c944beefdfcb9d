"""Who is there: countries, parties in layers, products, lanes. Drawn from a Shape; ids and names carry no meaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.simulate.shape import DAY, Shape

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
START = 1_672_531_200.0  # 2023-01-01, moved by a random number of days per network
MAKER = 0
TITLES = (
    ("manufacturer", "producer", "maker"),
    ("distributor", "importer", "national_dc"),
    ("wholesaler", "depot", "regional_dc"),
    ("subwholesaler", "broker", "hub"),
    ("retailer", "pharmacy", "shop", "hospital"),
)


@dataclass(slots=True)
class World:
    """Parties by number: makers first, then each layer, then carriers, parallel importers, outsiders and authorities."""

    layer: Ints  # 0 makers .. last retailers; -1 carriers, -2 parallel importers, -3 outsiders, -4 authorities
    country: Ints
    lat: Array
    lon: Array
    role: list[str]
    authorised: NDArray[np.bool_]
    licence_from: Array
    licence_to: Array
    known: NDArray[np.bool_]
    children: list[Ints]
    share: list[Array]
    maker: Ints  # per product
    cold: NDArray[np.bool_]
    low: Array
    high: Array
    allowed: NDArray[np.bool_]
    restricted: NDArray[np.bool_]
    parallel: list[Ints]
    popularity: Array
    category: Ints
    start: float
    country_at: tuple[Array, Array]
    waiting: Array  # factor on the dwell per party

    @property
    def last(self) -> int:
        """The retailers' layer."""
        return int(self.layer.max())

    def at(self, layer: int) -> Ints:
        """The parties of a layer."""
        return np.flatnonzero(self.layer == layer)

    def km(self, a: Ints | int, b: Ints | int) -> Array:
        """Great-circle distance between parties."""
        return km_between(self.lat[a], self.lon[a], self.lat[b], self.lon[b])


def km_between(lat1: Array, lon1: Array, lat2: Array, lon2: Array) -> Array:
    """Haversine distance in km."""
    p, q = np.radians(lat1), np.radians(lat2)
    h = np.sin((q - p) / 2) ** 2 + np.cos(p) * np.cos(q) * np.sin(np.radians(lon2 - lon1) / 2) ** 2
    found: Array = 2 * 6371.0088 * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
    return found


def moved(rng: np.random.Generator, lat: Array, lon: Array, km: Array | float) -> tuple[Array, Array]:
    """Points a normal error of `km` (per axis) away."""
    dy, dx = rng.normal(size=np.shape(lat)) * km, rng.normal(size=np.shape(lat)) * km
    north = np.clip(lat + dy / 111.2, -85, 85)
    east = lon + dx / (111.2 * np.maximum(np.cos(np.radians(north)), 0.1))
    return north, (east + 180) % 360 - 180


def build(shape: Shape, rng: np.random.Generator) -> World:
    """A world of the shape."""
    layers = [shape.makers, *shape.layers]
    extra = [shape.carriers, max(1, shape.layers[0]), max(4, sum(layers) // 25), 2]
    layer = np.concatenate(
        [np.full(n, i) for i, n in enumerate(layers)] + [np.full(n, -1 - i) for i, n in enumerate(extra)]
    ).astype(np.int64)
    total = len(layer)
    mid_lat, mid_lon = rng.uniform(-35, 55), rng.uniform(-180, 180)
    at_lat, at_lon = moved(
        rng, np.full(shape.countries, mid_lat), np.full(shape.countries, mid_lon), np.full(shape.countries, shape.world_km / 2)
    )
    weights = rng.dirichlet(np.full(shape.countries, 1.0))
    country = rng.choice(shape.countries, total, p=weights)
    lat, lon = moved(rng, at_lat[country], at_lon[country], np.full(total, shape.site_km))
    start = START + float(rng.integers(-2000, 900)) * DAY
    depth = len(layers)
    titles = [TITLES[0], *TITLES[1 : depth - 1], TITLES[-1]]
    named = [[str(rng.choice(t)) for _ in range(2)] for t in titles]
    others = ("carrier", "parallel_importer", str(rng.choice(["broker", "trader", "wholesaler", "retailer"])), "authority")
    role = [named[k][int(rng.random() < 0.2)] if k >= 0 else others[-1 - k] for k in layer]
    authorised = np.ones(total, bool)
    authorised[layer == -3] = rng.random(int((layer == -3).sum())) < 0.5
    since = start - rng.uniform(100, 3000, total) * DAY
    until = start + shape.horizon + rng.uniform(100, 2000, total) * DAY
    lapsed = rng.random(total) < shape.lapses
    until[lapsed] = start + rng.uniform(0.3, 1.0, int(lapsed.sum())) * shape.horizon
    known = rng.random(total) >= shape.unknown_parties
    children, share = _lanes(layer, country, lat, lon, rng)
    maker = rng.integers(0, shape.makers, shape.products)
    cold = rng.random(shape.products) < shape.cold
    restricted = rng.random(shape.products) < shape.restricted
    allowed = rng.random((shape.products, shape.countries)) < rng.uniform(0.3, 0.9, (shape.products, 1))
    allowed[np.arange(shape.products), np.argmax(weights * rng.random((shape.products, shape.countries)), axis=1)] = True
    frozen = cold & (rng.random(shape.products) < 0.15)
    low, high = np.where(frozen, -25.0, np.where(cold, 2.0, 15.0)), np.where(frozen, -15.0, np.where(cold, 8.0, 25.0))
    importers = np.flatnonzero(layer == -2)
    parallel = [
        rng.choice(importers, int(rng.integers(0, min(3, len(importers)) + 1)), replace=False) for _ in range(shape.products)
    ]
    popularity = rng.dirichlet(np.full(shape.products, 0.7))
    return World(
        layer, country, lat, lon, role, authorised, since, until, known, children, share, maker, cold, low, high, allowed,
        restricted, parallel, popularity, rng.integers(0, 5, shape.products), start, (at_lat, at_lon),
        np.exp(rng.normal(0, 0.35, total)),
    )  # fmt: skip


def _lanes(layer: Ints, country: Ints, lat: Array, lon: Array, rng: np.random.Generator) -> tuple[list[Ints], list[Array]]:
    """Each party below the makers buys from one to three of the layer above, near ones rather; sales are unequal."""
    children: list[list[int]] = [[] for _ in layer]
    for k in range(1, int(layer.max()) + 1):
        above, below = np.flatnonzero(layer == k - 1), np.flatnonzero(layer == k)
        for party in below:
            km = km_between(lat[above], lon[above], lat[party], lon[party])
            likes = np.exp(-km / 400.0) * np.where(country[above] == country[party], 4.0, 1.0) + 1e-4
            count = min(len(above), int(rng.choice([1, 1, 2, 3]))) if k > 1 else min(len(above), 1 + int(rng.integers(0, 4)))
            for parent in rng.choice(above, count, replace=False, p=likes / likes.sum()):
                children[parent].append(int(party))
        for parent in above:
            if not children[parent]:
                children[parent].append(int(rng.choice(below)))
    found = [np.array(c, np.int64) for c in children]
    return found, [rng.dirichlet(np.full(len(c), 0.8)) if len(c) else np.empty(0) for c in found]
