"""What a verifier is given: a checkpoint, the entries of a unit and of what it travelled in, and the pieces of the proofs.

An Evidence claims nothing by itself. It is a view: pieces are asked for by hash or index, so that a replica of a million
events and a file on a USB stick look the same to the verifier. A piece that is not here raises MissingNode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chain import encoding
from chain.checkpoint import Checkpoint as Checkpoint
from chain.journey import Birth, Entry, Event, Item, Party, Place
from chain.seals import Consensus
from chain.witness_policy import Quorum


@dataclass(frozen=True, slots=True)
class Trust:
    """What the user pinned: the chain, the contract, its code, how old a checkpoint may be, and whose word counts.

    `ages` are (digits, age): for goods whose GTIN without its first digit (or SSCC without its first) begins with these digits,
    the longest such beginning decides instead of `max_age`. `quorum` is None where no witnesses are pinned: then nothing in a
    file shows that its block was ever on the chain. After `expires` the pack vouches for nothing. Where `consensus` is
    pinned, the block of a file must carry seals of the network's validators as well.
    """

    chain_id: int
    contract: bytes
    code_hash: bytes
    max_age: timedelta = timedelta(days=7)
    ages: tuple[tuple[str, timedelta], ...] = ()
    quorum: Quorum | None = None
    expires: datetime | None = None
    consensus: Consensus | None = None

    @property
    def origin(self) -> str:
        """The origin that checkpoints must carry."""
        return f"eip155:{self.chain_id}/0x{self.contract.hex()}"

    def age_limit(self, item: Item) -> timedelta:
        """How old the knowledge about an item may be."""
        digits = encoding.issuer_digits(item)
        fitting = [(len(begin), age) for begin, age in self.ages if digits.startswith(begin)]
        return max(fitting)[1] if fitting else self.max_age


@dataclass(frozen=True, slots=True)
class Detail:
    """The content behind an entry's commitment: the event's fields and the seed of its salts. `event` is read from the fields."""

    fields: Mapping[str, object]
    seed: bytes
    event: Event


@dataclass(frozen=True, slots=True)
class Membership:
    """A unit's place in a lot that was commissioned as a Merkle root: its index and the path to the root."""

    lot: bytes
    index: int
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All entries about one unit in the order of the log, and how it was born.

    For a unit of a lot, `birth` is the lot's, the first entry the lot's commission, and `membership` says where it is in it.
    For a lot that was never commissioned as such (units name it), `entries` are its recalls and lifts only.
    """

    unit: bytes
    birth: Birth | None
    entries: tuple[Entry, ...]
    membership: Membership | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known here about one item.

    `header` is the RLP of the checkpoint's block header as the node sent it, its validators' seals in it where it has any, or in
    the form that its hash is over. `node` gives a trie node by its keccak256, `inclusion` the RFC 6962
    path of a leaf index in the checkpoint's log; both raise MissingNode. `histories` maps unit ids: the item's own, every
    container's it was in, and its lot's. `details` maps log indices, `parties` organisation numbers.
    `administration` holds the entries that set the roles of the organisations involved; `places` maps GLNs; `open_lots` counts
    the lots under the item's prefix that were commissioned as a root whose list of units is not here. `whole` says that the
    source holds the checkpoint's whole log, so that a history it lacks was taken out; `removed` are entries whose details it
    once had. `carried` says that it came in a file, so that only witnesses show that its block was on the chain.
    """

    item: Item
    checkpoint: Checkpoint
    header: bytes
    node: Callable[[bytes], bytes]
    inclusion: Callable[[int], Sequence[bytes]]
    histories: Mapping[bytes, History] = field(default_factory=dict)
    details: Mapping[int, Detail] = field(default_factory=dict)
    parties: Mapping[int, Party] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    administration: tuple[Entry, ...] = ()
    open_lots: int = 0
    whole: bool = False
    removed: frozenset[int] = frozenset()
    carried: bool = False
