"""The CSV files of DETECT_FORMAT.md into Tables. Any file but events.csv may be missing; what cannot be used is one BadInput."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from chain.errors import BadInput
from forecasting import cells
from forecasting.cells import BLANK, Codebook
from forecasting.tables import (
    ACTIONS,
    CHANNELS,
    LEDGER,
    SCAN,
    SOURCES,
    VERIFY,
    Codes,
    Events,
    Labels,
    Parties,
    Products,
    Sensors,
    Shipments,
    Tables,
    no_labels,
    no_sensors,
)  # fmt: skip

COLUMNS = {
    "events": ("event_id", "item_id", "product_id", "batch_id", "action", "actor_party", "from_party", "to_party", "device_id",
               "container_id", "shipment_id", "lat", "lon", "geo_source", "event_time", "record_time", "channel",
               "temperature_c"),
    "parties": ("party_id", "role", "country", "lat", "lon", "authorised", "licence_from", "licence_to"),
    "products": ("product_id", "manufacturer", "category", "cold_chain", "temp_min", "temp_max", "authorised_countries",
                 "parallel_importers"),
    "sensors": ("container_id", "shipment_id", "time", "temp_c"),
    "shipments": ("shipment_id", "from_party", "to_party", "ship_time", "declared_units"),
    "labels": ("item_id", "label", "attack_class", "onset_time"),
}  # fmt: skip
NEEDED = {
    "events": ("item_id",), "parties": ("party_id",), "products": ("product_id",), "sensors": ("time", "temp_c"),
    "shipments": ("shipment_id",), "labels": ("item_id", "label"),
}  # fmt: skip
TEXTS = frozenset(("event_id", "event_time", "record_time", "time", "lat", "lon", "temp_c", "ship_time"))


def read(folder: Path) -> Tables:
    """The tables of one folder. Raises BadInput where events.csv is missing or a file is not such a table."""
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}.")
    frames = {name: cells.load(folder / f"{name}.csv", COLUMNS[name], NEEDED[name], TEXTS) for name in COLUMNS}
    frame = frames["events"]
    if frame is None:
        raise BadInput(f"{folder} holds no events.csv: without events nothing can be judged.")
    return _Reader(folder).tables(frames)


class _Reader:
    """One reading: the codebooks that the tables share."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.items = Codebook(frozenset(("",)))  # whatever else an item is called, it gets its row
        self.parties, self.products, self.batches = Codebook(), Codebook(), Codebook()
        self.devices, self.containers, self.shipments = Codebook(), Codebook(), Codebook()
        self.countries = Codebook(BLANK - {"na"})  # Namibia
        self.roles, self.categories, self.kinds = Codebook(), Codebook(), Codebook()

    def tables(self, frames: dict[str, Any]) -> Tables:
        """All tables. Ids of every file are read before any table is made, so that codes mean the same everywhere."""
        events = self._events(frames["events"])
        frames["events"] = None
        items = self.items.names
        notes, people, goods = frames["shipments"], frames["parties"], frames["products"]
        note = self._notes(notes) if notes is not None else None
        listed = self.parties.read(people["party_id"]) if people is not None else None
        made = self._made(goods) if goods is not None else None
        sensors = self._sensors(frames["sensors"])
        labels = self._labels(frames["labels"])
        parties = self._parties(people, listed)
        products = self._products(goods, made)
        missing = tuple(name for name, frame in frames.items() if frame is None and name != "events")
        return Tables(
            events, parties, products, sensors, self._shipments(note), labels, items, self.parties.names, self.products.names,
            self.roles.names, self.countries.names, missing,
            {"device": self.devices.names, "shipment": self.shipments.names, "container": self.containers.names,
             "batch": self.batches.names},
        )  # fmt: skip

    def _events(self, frame: Any) -> Events:
        again = frame.duplicated(["event_id", "item_id", "action", "event_time", "record_time"])
        frame = frame[~(again & (frame["event_id"] != ""))]
        action = cells.words(frame["action"], ACTIONS)
        channel = cells.words(frame["channel"], CHANNELS)
        channel = np.where(channel >= 0, channel, np.where(action == VERIFY, SCAN, LEDGER)).astype(np.int32)
        events = Events(
            self.items.read(frame["item_id"]), self.products.read(frame["product_id"]), self.batches.read(frame["batch_id"]),
            action, self.parties.read(frame["actor_party"]), self.parties.read(frame["from_party"]),
            self.parties.read(frame["to_party"]), self.devices.read(frame["device_id"]),
            self.containers.read(frame["container_id"]), self.shipments.read(frame["shipment_id"]),
            cells.numbers(frame["lat"], 90), cells.numbers(frame["lon"], 360),
            cells.words(frame["geo_source"], SOURCES), cells.times(frame["event_time"]), cells.times(frame["record_time"]),
            channel, cells.numbers(frame["temperature_c"], 250),
        )  # fmt: skip
        path = self.folder / "events.csv"
        if not len(self.items):
            raise BadInput(f"{path} names no item.")
        if np.isnan(events.claimed).all() and np.isnan(events.recorded).all():
            raise BadInput(f"{path} holds no readable time: ISO 8601 in UTC is expected.")
        return events

    def _notes(self, frame: Any) -> tuple[Codes, Codes, Codes, Any]:
        sent = self.parties.read(frame["from_party"]), self.parties.read(frame["to_party"])
        return self.shipments.read(frame["shipment_id"]), *sent, frame

    def _shipments(self, note: tuple[Codes, Codes, Codes, Any] | None) -> Shipments:
        size = len(self.shipments)
        empty = np.full(size, -1, np.int32)
        found = Shipments(empty, empty.copy(), np.full(size, np.nan), np.full(size, np.nan))
        if note is not None:
            code, origin, target, frame = note
            fine = code >= 0
            found.origin[code[fine]], found.target[code[fine]] = origin[fine], target[fine]
            found.time[code[fine]] = cells.times(frame["ship_time"])[fine]
            found.declared[code[fine]] = cells.numbers(frame["declared_units"], 1e9)[fine]
        return found

    def _made(self, frame: Any) -> tuple[Codes, Codes, list[list[int]], list[list[int]]]:
        lands = [[self.countries.code(c) for c in cells.several(str(t))] for t in frame["authorised_countries"]]
        importers = [[self.parties.code(p) for p in cells.several(str(t))] for t in frame["parallel_importers"]]
        return self.products.read(frame["product_id"]), self.parties.read(frame["manufacturer"]), lands, importers

    def _parties(self, frame: Any | None, code: Codes | None) -> Parties:
        size = len(self.parties)
        codes, numbers = np.full(size, -1, np.int32), np.full(size, np.nan)
        found = Parties(
            np.zeros(size, bool), codes, codes.copy(), numbers, numbers.copy(), numbers.copy(), numbers.copy(), numbers.copy()
        )
        if frame is not None and code is not None:
            fine = code >= 0
            at = code[fine]
            found.known[at] = True
            found.role[at], found.country[at] = self.roles.read(frame["role"])[fine], self.countries.read(frame["country"])[fine]
            found.lat[at], found.lon[at] = cells.numbers(frame["lat"], 90)[fine], cells.numbers(frame["lon"], 360)[fine]
            found.authorised[at] = cells.answers(frame["authorised"])[fine]
            found.licence_from[at], found.licence_to[at] = (cells.times(frame[n])[fine] for n in ("licence_from", "licence_to"))
        return found

    def _products(self, frame: Any | None, made: tuple[Codes, Codes, list[list[int]], list[list[int]]] | None) -> Products:
        size, lands = len(self.products), len(self.countries)
        codes, numbers = np.full(size, -1, np.int32), np.full(size, np.nan)
        found = Products(
            codes, codes.copy(), numbers, numbers.copy(), numbers.copy(), np.zeros(size, bool), np.zeros((size, lands), bool),
            np.zeros((size, len(self.parties)), bool),
        )  # fmt: skip
        if frame is None or made is None:
            return found
        code, maker, allowed, importers = made
        fine = code >= 0
        at = code[fine]
        found.manufacturer[at], found.category[at] = maker[fine], self.categories.read(frame["category"])[fine]
        found.cold[at] = cells.answers(frame["cold_chain"])[fine]
        found.low[at], found.high[at] = cells.numbers(frame["temp_min"], 250)[fine], cells.numbers(frame["temp_max"], 250)[fine]
        for row in np.flatnonzero(fine):
            found.allowed[code[row], allowed[row]] = True
            found.restricted[code[row]] = bool(allowed[row])
            found.importers[code[row], importers[row]] = True
        return found

    def _sensors(self, frame: Any | None) -> Sensors:
        if frame is None:
            return no_sensors()
        return Sensors(
            self.containers.read(frame["container_id"]), self.shipments.read(frame["shipment_id"]), cells.times(frame["time"]),
            cells.numbers(frame["temp_c"], 250),
        )  # fmt: skip

    def _labels(self, frame: Any | None) -> Labels:
        found = no_labels(len(self.items))
        if frame is None:
            return found
        known = dict(self.items.codes)
        code = np.array([known.get(str(name).strip(), -1) for name in frame["item_id"]], np.int64)
        label = cells.numbers(frame["label"], 1)
        blank = frame["label"].astype(str).str.strip().str.lower().isin(BLANK).to_numpy()
        odd = np.flatnonzero(~np.isin(label, (-1, 0, 1)) & ~blank)
        if odd.size:
            said = f"{self.folder / 'labels.csv'}, row {odd[0] + 2}: the label {str(frame['label'].iloc[odd[0]])[:40]!r}"
            raise BadInput(f"{said} is none of 1 (illicit), 0 (honest) and -1 (not decided).")
        kind = self.kinds.read(frame["attack_class"])
        fine = (code >= 0) & ~np.isnan(label)
        found.label[code[fine]] = label[fine].astype(np.int32)
        found.kind[code[fine]] = kind[fine]
        found.kinds = tuple(self.kinds.names)
        return found
