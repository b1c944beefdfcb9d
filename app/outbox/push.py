"""Push: what waits in the outbox goes to the network, or to a relayer's folder; what came too late becomes a conflict.

After a pull and before another: what is recorded is known from the proven replica alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.outbox import Outbox
from app.outbox.fees import HISTORY, forecast
from app.outbox.relay import Relayer
from app.outbox.relay_folder import Folder
from app.store import Store
from app.store.outbox import NOT_FINAL as NOT_FINAL
from app.store.outbox import Outgoing

if TYPE_CHECKING:
    from app.network import Network

HANDED_OVER = "with the relayer"
_SECONDS_A_BLOCK = 12


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: batches sent, batches left in a relayer's folder, and those that wait for lower fees."""

    sent: int = 0
    handed: int = 0
    saving: int = 0


def push(store: Store, network: Network) -> Pushed:
    """Send or hand over what waits. The replica must have been pulled.

    Raises:
        LedgerError: the network does not take it; it waits on.
        KeyLocked: something must be signed, and the keys are not open.
    """
    if not store.outbox.waiting():
        return Pushed()
    Outbox(store, network.keys, network.trust).settle()
    rows = store.outbox.waiting()
    if not rows:
        return Pushed()
    access = network.access
    if access is not None and access.relay != "own":
        return _handed(store, Folder(Path(access.relay)), rows)
    if access is not None and access.wait_cheap and _should_wait(network, rows, access.wait_cheap):
        return Pushed(saving=len(rows))
    peers = store.outbox.peers()
    batches = [*peers, *(row.batch for row in rows)]
    brought = Relayer(store, network.ledger, network.keys.relayer()).bring(batches)
    with store.transaction():
        for place, why in brought.waits.items():
            if place >= len(peers):
                store.outbox.tried(rows[place - len(peers)].id, why)
        for place in brought.recorded if access is not None and access.finality else ():
            if place >= len(peers):
                store.outbox.noted(rows[place - len(peers)].id, NOT_FINAL)
    return Pushed(sent=sum(place >= len(peers) for place in brought.recorded))


def _handed(store: Store, folder: Folder, rows: list[Outgoing]) -> Pushed:
    folder.put([*store.outbox.peers(), *(row.batch for row in rows)])
    with store.transaction():
        for row in rows:
            store.outbox.tried(row.id, folder.answer(row.batch) or HANDED_OVER)
    return Pushed(handed=len(rows))


def _should_wait(network: Network, rows: list[Outgoing], most: int) -> bool:
    """Whether all can wait, and fees are expected to fall before the oldest no longer can."""
    left = most - (datetime.fromtimestamp(time.time(), UTC) - rows[0].at) / timedelta(seconds=1)
    if left <= 0:
        return False
    fees = network.ledger.base_fees(HISTORY)
    return forecast(fees, max(1, min(int(left) // _SECONDS_A_BLOCK, len(fees) // 4))).wait
