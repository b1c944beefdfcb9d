"""The Ethereum block header: the 32 bytes by which everybody names a block, and the state root under them.

A storage proof is worth what its state root is worth, and a state root is worth what its header is worth: so a header is
believed only as the whole of its fields, hashed here. What a node says its hash is, is compared and never used.

The shapes from Frontier to Prague are known, told apart by the number of their fields; a header with others is refused,
because what is not understood cannot be hashed. Whether a header is on the chain, and who sealed it, is decided elsewhere
(a proof-of-authority seal stands in `extra_data`; `dataclasses.replace` gives the header that was signed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import BadProof

MAX_EXTRA = 64 * 1024  # 32 bytes by the Yellow Paper, but seals and validator lists stand there too

# name, name in JSON-RPC, and the width: bytes > 0 of a byte string, 0 for any, < 0 for a number of so many bits.
_FIELDS = (
    ("parent_hash", "parentHash", 32),
    ("uncles_hash", "sha3Uncles", 32),
    ("coinbase", "miner", 20),
    ("state_root", "stateRoot", 32),
    ("transactions_root", "transactionsRoot", 32),
    ("receipts_root", "receiptsRoot", 32),
    ("logs_bloom", "logsBloom", 256),
    ("difficulty", "difficulty", -256),
    ("number", "number", -64),
    ("gas_limit", "gasLimit", -64),
    ("gas_used", "gasUsed", -64),
    ("timestamp", "timestamp", -64),
    ("extra_data", "extraData", 0),
    ("mix_hash", "mixHash", 32),
    ("nonce", "nonce", 8),
    ("base_fee", "baseFeePerGas", -256),  # London, EIP-1559
    ("withdrawals_root", "withdrawalsRoot", 32),  # Shanghai, EIP-4895
    ("blob_gas_used", "blobGasUsed", -64),  # Cancun, EIP-4844
    ("excess_blob_gas", "excessBlobGas", -64),
    ("parent_beacon_root", "parentBeaconBlockRoot", 32),  # Cancun, EIP-4788
    ("requests_hash", "requestsHash", 32),  # Prague, EIP-7685
)
_ALWAYS = 15
_COUNTS = frozenset({_ALWAYS, 16, 17, 20, 21})
_values = attrgetter(*(name for name, _, _ in _FIELDS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One block header (Yellow Paper section 4.4.3 and the EIPs named above).

    `timestamp` in unix seconds, gas and fees in units and wei; the fields of later forks are None before them. A header checks
    itself when it is built and raises BadProof.
    """

    parent_hash: bytes
    uncles_hash: bytes
    coinbase: bytes
    state_root: bytes
    transactions_root: bytes
    receipts_root: bytes
    logs_bloom: bytes
    difficulty: int
    number: int
    gas_limit: int
    gas_used: int
    timestamp: int
    extra_data: bytes
    mix_hash: bytes
    nonce: bytes
    base_fee: int | None = None
    withdrawals_root: bytes | None = None
    blob_gas_used: int | None = None
    excess_blob_gas: int | None = None
    parent_beacon_root: bytes | None = None
    requests_hash: bytes | None = None

    def __post_init__(self) -> None:
        fields = self._fields()
        if len(fields) not in _COUNTS:
            raise BadProof("The block header has the fields of no known fork.", fields=len(fields))
        for value, (name, _, width) in zip(fields, _FIELDS, strict=False):
            if not _fits(value, width):
                raise BadProof(f"The block header is wrong in its field {name}.", field=name)

    @classmethod
    def from_rlp(cls, data: bytes) -> Header:
        """Read a header from its canonical RLP, or raise BadProof."""
        if len(data) > MAX_EXTRA + 1024:
            raise BadProof("The block header is too long.", length=len(data))
        items = rlp.decode(data)
        if isinstance(items, bytes) or len(items) not in _COUNTS:
            raise BadProof("The block header has the fields of no known fork.", fields=len(items))
        fields: dict[str, rlp.Tree | int] = {
            name: rlp.number(item, -width) if width < 0 else item for item, (name, _, width) in zip(items, _FIELDS, strict=False)
        }
        return cls(**fields)  # type: ignore[arg-type]  # __post_init__ refuses what does not fit

    @classmethod
    def from_rpc(cls, block: object, *, expect: bool = True) -> Header:
        """Read a header from a block as `eth_getBlockByNumber` answers it (hex texts; numbers and bytes are taken too).

        With `expect` the block's own ``hash`` must be there and be the hash of these fields. Raises BadProof, also where
        the answer is no block at all.
        """
        if not isinstance(block, Mapping):
            raise BadProof("The network answered with no block.", answer=type(block).__name__)
        fields: dict[str, bytes | int] = {}
        for place, (name, key, width) in enumerate(_FIELDS):
            value = block.get(key)
            if value is not None:
                fields[name] = _number(value, key) if width < 0 else _data(value, key)
            elif place < _ALWAYS:
                raise BadProof("The block header lacks a field.", field=key)
        header = cls(**fields)  # type: ignore[arg-type]  # __post_init__ refuses what does not fit
        if expect and _data(block.get("hash"), "hash") != header.hash:
            raise BadProof("The block's hash is not the hash of its header.", number=header.number, hash=header.hash.hex())
        return header

    def rlp(self) -> bytes:
        """The canonical RLP of the header."""
        return rlp.encode(self._fields())

    @property
    def hash(self) -> bytes:
        """keccak-256 of `rlp()`: the block's name."""
        return keccak256(self.rlp())

    def _fields(self) -> list[bytes | int]:
        """The fields up to the last that is set; a gap stays in as None and is refused by `__post_init__`."""
        values = list(_values(self))
        while len(values) > _ALWAYS and values[-1] is None:
            values.pop()
        return values


def _fits(value: object, width: int) -> bool:
    if width < 0:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << -width
    return isinstance(value, bytes) and (len(value) == width or (not width and len(value) <= MAX_EXTRA))


def _number(value: object, key: str) -> int:
    """A JSON-RPC quantity: 0x and hex digits. Leading zeros are taken, since the hash decides."""
    return value if isinstance(value, int) else int(_hex(value, key) or "0", 16)


def _data(value: object, key: str) -> bytes:
    """JSON-RPC data: 0x and an even number of hex digits."""
    if isinstance(value, bytes):
        return bytes(value)
    text = _hex(value, key)
    if len(text) % 2:
        raise BadProof("The block header has a field of half a byte.", field=key)
    return bytes.fromhex(text)


def _hex(value: object, key: str) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 2 * MAX_EXTRA + 2
        or not value.startswith("0x")
        or not _DIGITS.issuperset(value[2:])
    ):
        raise BadProof("The block header has a field that is not hexadecimal.", field=key)
    return value[2:]


_DIGITS = frozenset("0123456789abcdefABCDEF")
