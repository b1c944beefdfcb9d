"""How the stations of one program share a profile's network: opened once, and asked by one thread at a time.

A station belongs to a thread. One that works at scans must never wait for a node, so whatever talks to the network does it from
another thread with a station of its own (`Station.beside`); what they have in common is this link, and the file of the profile.
"""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.store.turns import Turns

if TYPE_CHECKING:
    from app.network import Network
    from app.network.access import Access
    from app.trust.remembered import SteadyClock
    from chain.evidence import Trust


class Link:
    """The way from a profile to its network.

    `trust` is what was pinned; `offline` forbids connections; `online` says whether the network answered last, None where it was
    not asked yet. Whoever asks the network holds `turn`; whoever writes to the profile's file has one of `writing`.
    """

    def __init__(self, profile: Path, trust: Trust | None, *, offline: bool = False) -> None:
        self._profile = profile
        self._network: Network | None = None
        self._opening = threading.Lock()
        self.turn = threading.RLock()
        self.writing = Turns()
        self.trust = trust
        self.offline = offline
        self.online: bool | None = False if offline else None

    @cached_property
    def clock(self) -> SteadyClock:
        """The time that verdicts are made at. Raises BadInput where what the profile remembers is damaged."""
        from app.trust.remembered import SteadyClock

        return SteadyClock(self._profile)

    def network(self) -> Network:
        """The profile's network, opened when first asked for; nothing is asked of it. Raises BadInput, LedgerError."""
        from app.network import Network

        with self._opening:
            if self._network is None:
                self.join(Network.open(self._profile))
            assert self._network is not None
            return self._network

    def join(self, network: Network) -> None:
        """Belong to a network that was opened elsewhere; the link closes it."""
        self._network, self.trust = network, network.trust

    def limit(self, access: Access) -> None:
        """Hold the network that is open to other limits from now on."""
        from app.network import ledger_over

        with self.turn:
            network = self._network
            if network is not None and network.connection is not None:
                network.access = access
                network.ledger = ledger_over(network.connection, access, network.trust.contract)

    def lock_if_idle(self, minutes: int) -> None:
        """Forget the profile's secret where nothing was signed for so long; the embedded chain has none."""
        from app.network.keyring import StoredKeys

        keys = self._network.keys if self._network is not None else None
        if isinstance(keys, StoredKeys):
            keys.idle = minutes * 60.0
            keys.lock_if_idle()

    def close(self) -> None:
        """Close the network."""
        with self._opening:
            if self._network is not None:
                self._network.close()
                self._network = None
