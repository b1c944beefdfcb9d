"""The network that an import records on: the profile's own, or one that is founded as old as the history it is to hold."""

from __future__ import annotations

from app.network import Network
from app.recorder import Recorder
from app.station import Station
from app.sync import Progress, pull

FOUNDED_BEFORE, ENROLLED_BEFORE = 3600, 1800  # seconds before the oldest record time


def founded(station: Station, at: int) -> None:
    """A network for a profile that has none, as old as the history that it is to hold."""
    station.join(Network.embedded_in(station.profile, at))


def recorder_of(station: Station, progress: Progress) -> Recorder:
    """A recorder on the present state of the network. No block is sealed by asking for it: blocks decide the log's root."""
    network = station.network()
    pull(station.store, network.ledger, network.trust, progress)
    return Recorder(network.ledger, station.store, network.keys)
