"""Which network a profile belongs to: the embedded chain in its own folder, or a node somewhere; and what was pinned of it.

Opening the embedded chain for the first time founds a consortium of its own: the contract is deployed and pinned as the
profile's trust. Every other network is joined, once, with a trust pack or by deploying a contract there (`wayproof join`,
`wayproof deploy`): from then on the profile belongs to it. Nothing here is needed, and nothing is loaded, to verify offline.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.network.access import Access, access_of, close, save_access
from app.network.keyring import DerivedKeys, Keys, Passphrase, StoredKeys
from app.trust import pin as pin
from app.trust import read_trust as read_trust
from app.trust import save_pack
from app.trust import trust_of as trust_of
from app.trust.cosigning import founded
from app.vouched import check_seals
from app.whole import write_whole as write_whole
from chain import calls
from chain.errors import BadInput, BadProof, LedgerError
from chain.evidence import Trust

if TYPE_CHECKING:
    from chain.devnet import Devnet
    from chain.ledger import Ledger
    from chain.transport import Connection

EMBEDDED_CHAIN_ID = 9_506
HEARTBEAT = 3600  # seconds after which an idle embedded chain says that it is still there


@dataclass(slots=True)
class Network:
    """An open network: the ledger of the pinned contract, the trust, and the keys kept here."""

    ledger: Ledger
    trust: Trust
    keys: Keys
    embedded: Devnet | None = None
    access: Access | None = None
    connection: Connection | None = None

    @classmethod
    def open(cls, profile: Path, passphrase: Passphrase | None = None) -> Network:
        """The network that the profile belongs to; the embedded chain where it was never joined to another.

        Nothing is asked of the network yet, and no key is opened.

        Raises BadInput where the profile's files are damaged, LedgerError where another program has the embedded chain open.
        """
        access = access_of(profile)
        if access is None:
            return cls.embedded_in(profile)
        trust = trust_of(profile)
        if trust is None:
            raise BadInput("This profile names a network and trusts no contract on it: join it again.")
        connection = access.connect()
        return cls(
            ledger_over(connection, access, trust.contract),
            trust,
            StoredKeys(profile, passphrase),
            access=access,
            connection=connection,
        )

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
            pack = founded(Trust(EMBEDDED_CHAIN_ID, address, calls.code_hash()), keys, founded_at)
            save_pack(profile / "trust.json", pack)
            trust = pack.trust
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
        close(self.connection)


def ledger_over(connection: Connection, access: Access, contract: bytes | None = None) -> Ledger:
    """A ledger that keeps to a profile's limits."""
    from chain.ledger import Ledger

    return Ledger(connection, contract, fee_cap=access.fee_cap, finality=access.finality, patience=access.patience)


def join(profile: Path, access: Access, trust: Trust) -> None:
    """Make a profile belong to a network, after its nodes showed the pinned contract with the pinned code.

    Raises:
        BadInput: the profile belongs to a network already, or trusts another contract.
        LedgerError: the nodes are on another network or have another contract there, or their block lacks its seals.
    """
    refuse_used(profile)
    if trust.code_hash != calls.code_hash():
        raise BadInput("The trust pack pins a contract of another version of this program.")
    with access.connected() as connection:
        ledger = ledger_over(connection, access, trust.contract)
        if ledger.chain_id() != trust.chain_id:
            raise LedgerError("These nodes are on another network than the trust pack.", chain_id=ledger.chain_id())
        try:
            check_seals(trust, ledger.proven(ledger.head().number))
        except BadProof as bad:
            raise LedgerError(f"The pinned contract is not on this network: {bad.words}", **bad.details) from bad
    save_access(profile, access)


def refuse_used(profile: Path) -> None:
    """Raise BadInput where a profile belongs to a network already: what it knows would be of another chain."""
    if access_of(profile) is not None or (profile / "chain.sqlite").exists() or trust_of(profile) is not None:
        raise BadInput(f"The profile {profile} belongs to a network already: choose another folder with --profile.")
