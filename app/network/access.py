"""How a profile reaches its network: `network.json`, where it belongs to another chain than its own embedded one.

What is trusted (chain, contract, code) is in the trust pack and not here: whoever changes this file changes whom the laptop asks,
and never what it believes. Addresses may hold a password, so only the owner may read the file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from app.whole import write_whole
from chain import strict_json
from chain.errors import BadInput

if TYPE_CHECKING:
    from chain.transport import Connection

FORMAT = "wayproof network 1"
FILE_NAME = "network.json"
GWEI = 10**9
_MOST_BYTES = 1 << 16
_MOST_NODES = 16
_MOST_GWEI = 1_000_000
_MOST_BLOCKS = 100_000


@dataclass(frozen=True, slots=True)
class Preset:
    """What a kind of network is held to where nothing else is said: finality in blocks, the cap in gwei, the rest in seconds."""

    finality: int
    fee_cap: int
    patience: int
    wait_cheap: int


PRESETS = {
    "private": Preset(finality=0, fee_cap=200, patience=60, wait_cheap=0),
    "consortium": Preset(
        finality=0, fee_cap=0, patience=60, wait_cheap=0
    ),  # QBFT and IBFT 2.0 are final at once and without fees
    "clique": Preset(finality=12, fee_cap=0, patience=120, wait_cheap=0),  # signers can fork a few blocks
    "public": Preset(finality=64, fee_cap=2, patience=300, wait_cheap=21_600),
}
"""By the name that `--kind` takes. The embedded chain is none of them: it is there where a profile joined no network."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where a network's nodes are and what to hold them to.

    Args:
        endpoints: http or https addresses, the preferred one first.
        enough: how many of them must name the same block.
        finality: how many blocks must stand on a block until the laptop takes it for settled.
        fee_cap: the most to pay, in wei a gas; 0 for a network without fees.
        patience: seconds to wait until a block holds what was sent.
        wait_cheap: seconds that what is waiting may wait for a cheaper hour.
        relay: "own" where a key of this profile sends, else the folder that a relayer looks into.
    """

    endpoints: tuple[str, ...]
    enough: int = 1
    finality: int = 0
    fee_cap: int = 200 * GWEI
    patience: int = 60
    wait_cheap: int = 0
    relay: str = "own"

    def __post_init__(self) -> None:
        """Raises BadInput."""
        if not 1 <= len(self.endpoints) <= _MOST_NODES:
            raise BadInput(f"A network has 1 to {_MOST_NODES} nodes to ask.")
        if len(set(self.endpoints)) != len(self.endpoints):
            raise BadInput("The same node is named twice: it would agree with itself.")
        if not 1 <= self.enough <= len(self.endpoints):
            raise BadInput(f"{self.enough} of {len(self.endpoints)} nodes cannot agree.")
        limits = (("finality", _MOST_BLOCKS), ("fee_cap", 1 << 128), ("patience", 86_400), ("wait_cheap", 30 * 86_400))
        for name, most in limits:
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
                raise BadInput(f"The network's {name} must be between 0 and {most}.")
        if not self.relay:
            raise BadInput("The network's relay is “own” or a folder.")

    def connect(self) -> Connection:
        """A connection to the nodes. Raises BadInput on an address that is none."""
        from chain.agreement import Agreed
        from chain.transport import HttpConnection

        nodes = [HttpConnection(url) for url in self.endpoints]
        return nodes[0] if len(nodes) == 1 else Agreed(nodes, self.enough)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """`connect` for a block of code, and closed behind it."""
        connection = self.connect()
        try:
            yield connection
        finally:
            close(connection)


def close(connection: Connection | None) -> None:
    """Close a connection that can be closed."""
    ending = getattr(connection, "close", None)
    if ending is not None:
        ending()


def access_of(profile: Path) -> Access | None:
    """How the profile reaches its network, None for the embedded chain. Raises BadInput on a damaged file."""
    path = profile / FILE_NAME
    if not path.exists():
        return None
    try:
        with path.open("rb") as file:
            fields: Any = strict_json.loads(file.read(_MOST_BYTES))
        if fields.pop("format") != FORMAT:
            raise KeyError("format")
        return Access(tuple(map(str, fields.pop("endpoints"))), **fields)
    except (BadInput, OSError, KeyError, TypeError, AttributeError) as cause:
        raise BadInput(f"{path} does not describe a network.", cause=repr(cause)) from cause


def with_limits(access: Access, fee_cap: str, finality: str) -> Access:
    """The same access with limits as a person typed them: the cap in gwei a gas, finality in blocks. Raises BadInput."""
    try:
        cap = Decimal(fee_cap.strip().replace(",", "."))
        wei = int(cap * GWEI) if cap.is_finite() and abs(cap) <= _MOST_GWEI else 0
    except InvalidOperation:
        wei = 0
    if wei <= 0:
        raise BadInput(f"Write the most to pay in gwei, as a number above 0 and up to {_MOST_GWEI:,}.")
    blocks = finality.strip()
    if not (blocks.isascii() and blocks.isdigit() and len(blocks) <= 6 and int(blocks) <= _MOST_BLOCKS):
        raise BadInput(f"Write finality as a number of blocks from 0 to {_MOST_BLOCKS:,}.")
    return replace(access, fee_cap=wei, finality=int(blocks))


def save_access(profile: Path, access: Access) -> None:
    """Write the profile's `network.json`, for its owner only. Raises StoreError."""
    fields = {name: getattr(access, name) for name in Access.__dataclass_fields__}
    path = profile / FILE_NAME
    write_whole(path, orjson.dumps({"format": FORMAT} | fields, option=orjson.OPT_INDENT_2) + b"\n")
    if os.name == "posix":
        path.chmod(0o600)
