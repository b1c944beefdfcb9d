"""`Register.vy`, compiled once, with its calls encoded by hand, and a sender who signs with consecutive nonces."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from tiny_keccak import keccak256

from chain.devnet import CHAIN_ID, Devnet
from chain.keys import SigningKey
from chain.transaction import Transaction


@lru_cache(maxsize=1)
def bytecode() -> bytes:
    """The code that deploys it."""
    import vyper

    source = Path(__file__).with_name("Register.vy").read_text(encoding="utf-8")
    made: dict[str, Any] = vyper.compile_code(source, output_formats=["bytecode"])
    return bytes.fromhex(made["bytecode"].removeprefix("0x"))


def call(signature: str, *words: int | bytes) -> bytes:
    """Call data with static arguments."""
    return keccak256(signature.encode())[:4] + b"".join(
        word.rjust(32, b"\0") if isinstance(word, bytes) else word.to_bytes(32, "big") for word in words
    )


def record(unit: bytes, what: bytes = b"\x01" * 32) -> bytes:
    return call("record(bytes32,bytes32)", unit, what)


def record_many(units: list[bytes], what: bytes = b"\x01" * 32) -> bytes:
    return call("record_many(bytes32[],bytes32)", 64, what, len(units), *units)


def unit(number: int) -> bytes:
    """The id of a unit."""
    return keccak256(b"unit %d" % number)


class Sender:
    """A key and its next nonce."""

    def __init__(self, number: int = 1, chain_id: int = CHAIN_ID) -> None:
        self.key = SigningKey(number.to_bytes(32, "big"))
        self.address = self.key.address
        self.nonce = 0
        self._chain_id = chain_id

    def sign(self, to: bytes | None, data: bytes, gas: int = 1_000_000, nonce: int | None = None, **fees: Any) -> bytes:
        """The raw transaction with the next nonce (or with `nonce`, which then does not count)."""
        fields = {"max_fee": 0, "max_priority_fee": None, "value": 0} | fees
        used = self.nonce if nonce is None else nonce
        self.nonce += nonce is None
        return self.key.sign_transaction(Transaction(self._chain_id, used, to, data, gas, **fields))


def send(chain: Any, raw: bytes) -> dict[str, Any]:
    """The receipt of a transaction that was sent to a devnet, or to anvil, and mined at once."""
    return receipt_of(chain, chain.request("eth_sendRawTransaction", ["0x" + raw.hex()]))


def receipt_of(chain: Any, digest: str) -> dict[str, Any]:
    """The receipt of a mined transaction; anvil may answer null right after it has mined."""
    for _ in range(1_000):
        receipt: dict[str, Any] | None = chain.request("eth_getTransactionReceipt", [digest])
        if receipt is not None:
            return receipt
    raise AssertionError(f"no receipt of {digest}")


def deploy(chain: Any, sender: Sender) -> bytes:
    """The address of a new Register."""
    receipt = send(chain, sender.sign(None, bytecode(), gas=3_000_000))
    assert receipt["status"] == "0x1"
    return bytes.fromhex(receipt["contractAddress"][2:])


def founded(**options: Any) -> tuple[Devnet, Sender, bytes]:
    """A chain in memory with a Register on it, deployed by the sender it gives."""
    devnet = Devnet.open(None, **options)
    sender = Sender()
    return devnet, sender, deploy(devnet, sender)
