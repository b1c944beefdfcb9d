"""A simulated network as the CSV files of DETECT_FORMAT.md."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from forecasting.simulate.network import Network
from forecasting.tables import ACTIONS, CHANNELS, SOURCES, Tables


def write(network: Network, folder: Path, decided: Iterable[int] | None = None) -> None:
    """Write the tables; labels.csv holds the items of `decided` (none where it is None)."""
    folder.mkdir(parents=True, exist_ok=True)
    t = network.tables
    e = t.events
    _table(folder / "events.csv", (
        "event_id", "item_id", "product_id", "batch_id", "action", "actor_party", "from_party", "to_party", "device_id",
        "container_id", "shipment_id", "lat", "lon", "geo_source", "event_time", "record_time", "channel", "temperature_c",
    ), [
        [f"E{n}" for n in range(len(e))], _ids(e.item, t.items), _ids(e.product, t.product_ids), _coded(e.batch, "B"),
        [ACTIONS[a] for a in e.action], _ids(e.actor, t.party_ids), _ids(e.origin, t.party_ids), _ids(e.target, t.party_ids),
        _coded(e.device, "D"), _coded(e.container, "K"), _coded(e.shipment, "S"), _numbers(e.lat, 5), _numbers(e.lon, 5),
        [SOURCES[g] for g in e.geo], _times(e.claimed), _times(e.recorded), [CHANNELS[c] for c in e.channel],
        _numbers(e.temperature, 1),
    ])  # fmt: skip
    _parties(t, folder)
    _products(t, folder)
    s = t.sensors
    _table(folder / "sensors.csv", ("container_id", "shipment_id", "time", "temp_c"),
           [_coded(s.container, "K"), _coded(s.shipment, "S"), _times(s.time), _numbers(s.value, 1)])  # fmt: skip
    n = t.shipments
    fine = np.flatnonzero(~np.isnan(n.declared))
    _table(folder / "shipments.csv", ("shipment_id", "from_party", "to_party", "ship_time", "declared_units"), [
        [f"S{k}" for k in fine], _ids(n.origin[fine], t.party_ids), _ids(n.target[fine], t.party_ids), _times(n.time[fine]),
        [f"{u:.0f}" for u in n.declared[fine]],
    ])  # fmt: skip
    if decided is not None:
        rows = list(decided)
        _table(folder / "labels.csv", ("item_id", "label", "attack_class", "onset_time"), [
            [t.items[r] for r in rows], [str(int(network.illicit[r])) for r in rows], [str(network.kind[r]) for r in rows],
            _times(network.onset[rows]),
        ])  # fmt: skip


def _parties(t: Tables, folder: Path) -> None:
    p = t.parties
    own = [int(k) for k in np.flatnonzero(p.known)]
    _table(folder / "parties.csv", ("party_id", "role", "country", "lat", "lon", "authorised", "licence_from", "licence_to"), [
        [t.party_ids[k] for k in own], _ids(p.role[own], t.roles), _ids(p.country[own], t.countries), _numbers(p.lat[own], 5),
        _numbers(p.lon[own], 5), [f"{a:.0f}" for a in p.authorised[own]], _times(p.licence_from[own]), _times(p.licence_to[own]),
    ])  # fmt: skip


def _products(t: Tables, folder: Path) -> None:
    g = t.products
    count = len(t.product_ids)
    lands = [";".join(t.countries[int(c)] for c in np.flatnonzero(g.allowed[k])) if g.restricted[k] else "" for k in range(count)]
    importers = [";".join(t.party_ids[int(c)] for c in np.flatnonzero(g.importers[k])) for k in range(count)]
    _table(folder / "products.csv", (
        "product_id", "manufacturer", "category", "cold_chain", "temp_min", "temp_max", "authorised_countries",
        "parallel_importers",
    ), [
        list(t.product_ids), _ids(g.manufacturer, t.party_ids), [f"cat{c}" for c in g.category], [f"{c:.0f}" for c in g.cold],
        _numbers(g.low, 1), _numbers(g.high, 1), lands, importers,
    ])  # fmt: skip


def _ids(codes: Sequence[int] | np.ndarray, names: Sequence[str]) -> list[str]:
    return [names[c] if c >= 0 else "" for c in np.asarray(codes)]


def _coded(codes: np.ndarray, letter: str) -> list[str]:
    return [f"{letter}{c}" if c >= 0 else "" for c in codes]


def _numbers(values: np.ndarray, places: int) -> list[str]:
    return ["" if np.isnan(v) else f"{v:.{places}f}" for v in values]


def _times(values: np.ndarray) -> list[str]:
    return ["" if np.isnan(v) else datetime.fromtimestamp(float(v), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for v in values]


def _table(path: Path, header: Sequence[str], columns: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(header)
        out.writerows(zip(*columns, strict=True))
