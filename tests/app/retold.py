"""The contract's state told again from the whole log: what `app.known` reads unit by unit is held against it."""

from __future__ import annotations

from app.store import Store
from chain.custody import World


def rebuilt(store: Store) -> World:
    """The contract's state out of the replica's entries."""
    world = World()
    births = store.replica.births()
    drawn = {unit: lot for unit, lot in store.replica.drawn() if unit not in births}
    for entry in store.replica.entries():
        for unit in entry.units:
            if unit in drawn and unit not in world.units:
                world.draw(drawn[unit], unit)
        world.apply(entry, births)
    return world
