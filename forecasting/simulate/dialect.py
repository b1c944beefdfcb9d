"""How a network writes its tables: which columns it fills, who records a return, whether carriers take custody. Harmless, all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecasting.simulate.world import Array, World
from forecasting.tables import COMMISSION, OBSERVE, PACK, RECEIVE, RETURN, SCAN, SELL, SHIP, UNPACK


@dataclass(frozen=True, slots=True)
class Dialect:
    """Habits of writing, each of which some networks have."""

    carriers_hold: bool = False
    no_unpack: bool = False
    no_observe: bool = False
    received_without_note: bool = False
    received_without_names: bool = False
    named_everywhere: bool = False
    return_by_receiver: bool = False
    scans_by_shop: bool = False
    sites_unplaced: bool = False
    box_on_birth: bool = False
    no_notes: bool = False
    no_boxes: bool = False
    plain_ids: bool = False

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Dialect:
        """Random habits; most networks have few."""

        def some(share: float) -> bool:
            return bool(rng.random() < share)

        return cls(
            some(0.2), some(0.15), some(0.15), some(0.1), some(0.2), some(0.2), some(0.3), some(0.15), some(0.15), some(0.15),
            some(0.06), some(0.06), some(0.3),
        )  # fmt: skip

    def carry(self, world: World, rows: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        """Carriers' hand-overs put into every leg that has both its ends, before noise."""
        if not self.carriers_hold:
            return rows
        ship = np.flatnonzero((rows["action"] == SHIP) & (rows["shipment"] >= 0))
        come = np.flatnonzero((rows["action"] == RECEIVE) & (rows["shipment"] >= 0))
        key = rows["item"] * (rows["shipment"].max() + 2) + rows["shipment"]
        order = come[np.argsort(key[come], kind="stable")]
        at = np.searchsorted(key[order], key[ship])
        fit = at < len(order)
        fit[fit] = key[order[at[fit]]] == key[ship[fit]]
        a, b = ship[fit], order[at[fit]]
        good = rows["time"][b] > rows["time"][a] + 7200
        a, b = a[good], b[good]
        carriers = world.at(-1)
        who = carriers[(rows["shipment"][a].astype(np.int64) * 31) % len(carriers)].astype(np.float64)
        early = {name: column[a].copy() for name, column in rows.items()}
        early |= {"action": np.full(len(a), float(RECEIVE)), "actor": who, "origin": rows["actor"][a], "target": who}
        early["time"] = rows["time"][a] + rng.uniform(300, 1800, len(a))
        late = {name: column[b].copy() for name, column in rows.items()}
        late |= {"action": np.full(len(b), float(SHIP)), "actor": who, "origin": who, "target": rows["actor"][b]}
        late["time"] = rows["time"][b] - rng.uniform(300, 1800, len(b))
        # the carrier is where the goods are: at the sender's gate, then at the receiver's
        for part, near in ((early, rows["actor"][a]), (late, rows["actor"][b])):
            place = np.maximum(near, 0).astype(np.int64)
            part |= {
                "lat": world.lat[place],
                "lon": world.lon[place],
                "shift": np.zeros(len(place)),
                "lag": np.full(len(place), np.nan),
            }
        changed = {name: column.copy() for name, column in rows.items()}
        changed["target"][a] = who
        changed["origin"][b] = who
        return {name: np.concatenate([changed[name], early[name], late[name]]) for name in rows}

    def write(self, rows: dict[str, Array]) -> dict[str, Array]:
        """The rows as this network would write them, after noise."""
        keep = np.ones(len(rows["item"]), bool)
        if self.no_unpack:
            keep &= rows["action"] != UNPACK
        if self.no_observe:
            keep &= rows["action"] != OBSERVE
        rows = {name: column[keep].copy() for name, column in rows.items()}
        action = rows["action"]
        if self.received_without_note:
            rows["shipment"][action == RECEIVE] = -1
        if self.received_without_names:
            rows["origin"][action == RECEIVE] = -1
            rows["target"][action == RECEIVE] = -1
        if self.return_by_receiver:
            back = action == RETURN
            rows["actor"][back] = np.where(rows["target"][back] >= 0, rows["target"][back], rows["actor"][back])
        if self.named_everywhere:
            bare = np.isin(action, (COMMISSION, PACK, UNPACK, OBSERVE, SELL)) & (rows["channel"] != SCAN)
            rows["origin"][bare] = rows["actor"][bare]
        if self.no_notes:
            rows["shipment"][:] = -1
        if self.no_boxes:
            rows["container"][:] = -1
        if self.box_on_birth:
            self._box(rows)
        return rows

    @staticmethod
    def _box(rows: dict[str, Array]) -> None:
        packed = np.flatnonzero(rows["action"] == PACK)[::-1]
        first = np.full(int(rows["item"].max()) + 1, -1.0)
        first[rows["item"][packed].astype(np.int64)] = rows["container"][packed]
        born = rows["action"] == COMMISSION
        rows["container"][born] = first[rows["item"][born].astype(np.int64)]
