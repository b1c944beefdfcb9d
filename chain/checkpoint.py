"""What witnesses vouch for: the contract's log and the chain's state as of one block, as a text that people can read.

The text is a C2SP checkpoint (origin, size, root) with four lines of ours behind it, so that tools for transparency logs read
it; for wallets it is typed data with the same fields. A checkpoint claims nothing by itself.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from chain import notes
from chain.eip712 import Schema
from chain.errors import BadProof
from chain.notes import Cosignature

LAST_SECOND = 253_402_300_799  # of the year 9999

_ORIGIN = re.compile(r"eip155:([1-9][0-9]{0,77})/(0x[0-9a-f]{40})")
_TEXT = re.compile(
    r"(?P<origin>[!-~]{1,200})\n(?P<size>0|[1-9][0-9]{0,19})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"block (?P<block>0|[1-9][0-9]{0,19})\nhash 0x(?P<block_hash>[0-9a-f]{64})\nstate 0x(?P<state_root>[0-9a-f]{64})\n"
    r"time (?P<at>0|[1-9][0-9]{0,11})\n"
)
_SCHEMA = Schema(
    {
        "Checkpoint": [
            {"name": "witness", "type": "string"},
            {"name": "cosignedAt", "type": "uint64"},
            {"name": "size", "type": "uint64"},
            {"name": "root", "type": "bytes32"},
            {"name": "block", "type": "uint64"},
            {"name": "blockHash", "type": "bytes32"},
            {"name": "stateRoot", "type": "bytes32"},
            {"name": "time", "type": "uint64"},
        ]
    }
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement about a contract as of a block: `size` and `root` of its log, the block's hash, state root and time.

    `origin` is ``eip155:<chain id>/<contract address>``; `at` is aware UTC; `signatures` are witnesses', ascending, empty where
    the block was read from the user's own node. A `notes.Statement`.
    """

    origin: str
    size: int
    root: bytes
    block: int
    block_hash: bytes
    state_root: bytes
    at: datetime
    signatures: tuple[Cosignature, ...] = ()

    @property
    def text(self) -> str:
        """The note's text."""
        root = base64.b64encode(self.root).decode("ascii")
        return (
            f"{self.origin}\n{self.size}\n{root}\nblock {self.block}\nhash 0x{self.block_hash.hex()}\n"
            f"state 0x{self.state_root.hex()}\ntime {int(self.at.timestamp())}\n"
        )

    def typed_digest(self, witness: str, at: int) -> bytes:
        """The 32 bytes that a wallet signs. Raises BadProof on an origin that names no chain and contract."""
        named = _ORIGIN.fullmatch(self.origin)
        if named is None:
            raise BadProof("the checkpoint's origin names no chain and contract", origin=self.origin[:200])
        domain = {"name": "Wayproof", "version": "1", "chainId": int(named[1]) % (1 << 256), "verifyingContract": named[2]}
        message = {
            "witness": witness,
            "cosignedAt": at,
            "size": self.size,
            "root": self.root,
            "block": self.block,
            "blockHash": self.block_hash,
            "stateRoot": self.state_root,
            "time": int(self.at.timestamp()),
        }
        return _SCHEMA.digest(domain, "Checkpoint", message)

    @property
    def bare(self) -> Checkpoint:
        """The same without signatures."""
        return replace(self, signatures=())

    def note(self) -> bytes:
        """The signed note."""
        return notes.write(self.text, self.signatures)


def statement_of(text: str) -> Checkpoint:
    """The checkpoint that a note's text makes. Raises BadProof on any other spelling."""
    found = _TEXT.fullmatch(text)
    root = base64.b64decode(found["root"]) if found else b""
    if found is None or base64.b64encode(root).decode("ascii") != found["root"] or int(found["at"]) > LAST_SECOND:
        raise BadProof("this note is not a checkpoint of a Wayproof contract")
    size, block = int(found["size"]), int(found["block"])
    if max(size, block) >= 1 << 64:
        raise BadProof("this checkpoint has a number that no chain reaches")
    return Checkpoint(
        origin=found["origin"],
        size=size,
        root=root,
        block=block,
        block_hash=bytes.fromhex(found["block_hash"]),
        state_root=bytes.fromhex(found["state_root"]),
        at=datetime.fromtimestamp(int(found["at"]), UTC),
    )


def read_note(data: bytes) -> Checkpoint:
    """A checkpoint with the signatures under it. Raises BadProof; whose signatures they are is not looked at."""
    text, cosignatures = notes.read(data)
    return replace(statement_of(text), signatures=cosignatures)
