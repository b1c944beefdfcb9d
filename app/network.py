"""Which network a profile belongs to: the embedded chain in its own folder, or a node somewhere; and what was pinned of it.

Opening the embedded chain for the first time founds a consortium of its own: the contract is deployed and pinned as the
profile's trust. Nothing here is needed, and nothing is loaded, to verify offline.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from app.keyring import DerivedKeys, Keys
from chain import calls
from chain.errors import BadInput, StoreError
from chain.evidence import Trust

if TYPE_CHECKING:
    from chain.devnet import Devnet
    from chain.ledger import Ledger

EMBEDDED_CHAIN_ID = 9_506
HEARTBEAT = 3600  # seconds after which an idle embedded chain says that it is still there


def trust_of(profile: Path) -> Trust | None:
    """What the profile pinned, None where nothing is. Raises BadInput on a damaged file."""
    path = profile / "trust.json"
    return read_trust(path) if path.exists() else None


def read_trust(path: Path) -> Trust:
    """A trust pack's file. Raises BadInput."""
    try:
        if path.stat().st_size <= 1 << 20:
            return trust_from(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        pass
    raise BadInput(f"The trust pack {path} cannot be read.")


def trust_from(pack: object) -> Trust:
    """A trust pack's JSON as Trust. Raises BadInput."""
    try:
        assert isinstance(pack, dict)
        return Trust(
            chain_id=int(pack["chain_id"]),
            contract=bytes.fromhex(str(pack["contract"])[2:]),
            code_hash=bytes.fromhex(str(pack["code_hash"])[2:]),
            max_age=timedelta(seconds=int(pack.get("max_age", 7 * 86400))),
        )
    except (AssertionError, KeyError, ValueError, TypeError):
        raise BadInput("This is not a Wayproof trust pack.") from None


def pin(profile: Path, trust: Trust) -> None:
    """Write the profile's trust pack."""
    pack = {
        "chain_id": trust.chain_id,
        "contract": "0x" + trust.contract.hex(),
        "code_hash": "0x" + trust.code_hash.hex(),
        "max_age": int(trust.max_age.total_seconds()),
    }
    write_whole(profile / "trust.json", orjson.dumps(pack, option=orjson.OPT_INDENT_2))


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".tmp")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as cause:
        raise StoreError(f"{path} cannot be written: check the disk and its permissions.", cause=repr(cause)) from cause


@dataclass(slots=True)
class Network:
    """An open network: the ledger of the pinned contract, the trust, and the keys kept here."""

    ledger: Ledger
    trust: Trust
    keys: Keys
    embedded: Devnet | None = None

    @classmethod
    def embedded_in(cls, profile: Path, founded_at: int | None = None) -> Network:
        """The embedded chain of a profile, founded where there is none.

        Args:
            founded_at: the time of the block that deploys the contract, unix seconds; None for now.

        Raises LedgerError where another program has it open.
        """
        from chain.devnet import Devnet
        from chain.ledger import Ledger
        from chain.rpc import contract_address

        profile.mkdir(parents=True, exist_ok=True)
        devnet = Devnet.open(profile / "chain.sqlite", chain_id=EMBEDDED_CHAIN_ID)
        keys = DerivedKeys()
        trust = trust_of(profile)
        if trust is None:
            administrator = keys.administrator()
            address = contract_address(administrator.address, 0)
            if int(devnet.request("eth_getTransactionCount", ["0x" + administrator.address.hex(), "latest"]), 16) == 0:
                Ledger(devnet).deploy(administrator, at=founded_at)
            Ledger(devnet, address).verify_code()
            trust = Trust(EMBEDDED_CHAIN_ID, address, calls.code_hash())
            pin(profile, trust)
        return cls(Ledger(devnet, trust.contract), trust, keys, devnet)

    def heartbeat(self, idle: float = HEARTBEAT) -> None:
        """An embedded chain idle for so many seconds seals an empty block, so that its last word is not taken for old."""
        if self.embedded is not None and time.time() - self.ledger.head().timestamp > idle:
            self.embedded.request("evm_mine", [])

    def close(self) -> None:
        """Close what was opened."""
        with suppress(AttributeError):
            if self.embedded is not None:
                self.embedded.close()
