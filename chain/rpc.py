"""The vocabulary of Ethereum's JSON-RPC: quantities, data, refusals and the reasons of a revert, read without trust.

A value is what the specification says (execution-apis: QUANTITY and DATA are hexadecimal texts) or a LedgerError; a reason is one
that the contract can have given, so that no page and no address written by a node reaches a person as words of the program.
"""

from __future__ import annotations

import re
from typing import Any

from tiny_keccak import keccak256

from chain import rlp
from chain.errors import LedgerError, RuleBroken

METHOD_NOT_FOUND = -32601

_ERROR = bytes.fromhex("08c379a0")  # Error(string)
_REASON = re.compile(r"[a-z]{1,20}: [a-z0-9 ,'-]{1,40}")  # as Provenance.vy writes them, 32 bytes at most
_BUSY = re.compile(r"rate.?limit|too many requests|request rate|requests per|compute units")
_UNKNOWN_REASON = "refused without a reason"


def quantity(value: object) -> int:
    """A QUANTITY as a number below 2**256. Raises LedgerError."""
    if isinstance(value, str) and value.startswith("0x") and 2 < len(value) <= 66:
        try:
            return int(value, 16)
        except ValueError:
            pass
    raise LedgerError("The network sent something that is not a number.", value=str(value)[:80])


def data(value: object, length: int | None = None) -> bytes:
    """DATA as bytes, of that length where one is given. Raises LedgerError."""
    if isinstance(value, str) and value.startswith("0x"):
        try:
            found = bytes.fromhex(value[2:])
        except ValueError:
            pass
        else:
            if length is None or len(found) == length:
                return found
    raise LedgerError("The network sent something that is not data of the right length.", value=str(value)[:80], length=length)


def hexed(value: bytes | int) -> str:
    """A number as QUANTITY, bytes as DATA."""
    return hex(value) if isinstance(value, int) else "0x" + value.hex()


def fields(value: object) -> dict[str, Any]:
    """A JSON object. Raises LedgerError."""
    if isinstance(value, dict):
        return value
    raise LedgerError("The network's answer has another shape than it must have.", kind=type(value).__name__)


def items(value: object, count: int | None = None) -> list[Any]:
    """A JSON array, of that length where one is given. Raises LedgerError."""
    if isinstance(value, list) and count in (None, len(value)):
        return value
    raise LedgerError("The network's answer has another shape than it must have.", kind=type(value).__name__)


def taken(answer: Any) -> Any:
    """One result of a batch; raises the LedgerError that stands in its place."""
    if isinstance(answer, LedgerError):
        raise answer
    return answer


def message(error: LedgerError) -> str:
    """What the node said, in small letters: to recognise it by, not to be shown."""
    return str(error.details.get("message") or error.words).lower()


def busy(error: LedgerError) -> bool:
    """True where the node asks to come back later."""
    return bool(error.details.get("busy") or error.details.get("code") == 429 or _BUSY.search(message(error)))


def lacks(error: LedgerError) -> bool:
    """True where the node does not offer the method."""
    return error.details.get("code") == METHOD_NOT_FOUND


def reason(output: object) -> str:
    """The contract's reason in what a call reverted with (bytes, DATA, or a node's own text), "" where there is none."""
    if isinstance(output, str):
        found = re.search(r"0x([0-9a-fA-F]*)", output)
        if found is None:
            return _known(output.rpartition("reverted: ")[2])
        try:
            output = bytes.fromhex(found[1])
        except ValueError:
            return ""
    if not isinstance(output, bytes) or output[:4] != _ERROR or len(output) < 68:
        return ""
    length = int.from_bytes(output[36:68], "big")
    return _known(output[68 : 68 + min(length, 64)].decode("ascii", "replace"))


def broken_rule(error: LedgerError) -> RuleBroken | None:
    """What the contract said where an error of eth_call or eth_estimateGas is a revert, None where it is something else."""
    found = reason(error.details.get("data")) or reason(error.details.get("message"))
    if found or error.details.get("code") == 3 or "revert" in message(error):
        return RuleBroken(found or _UNKNOWN_REASON)
    return None


def contract_address(sender: bytes, nonce: int) -> bytes:
    """The 20-byte address of a contract that `sender` creates with that nonce (Yellow Paper, section 7)."""
    return keccak256(rlp.encode([sender, nonce]))[12:]


def _known(text: str) -> str:
    return text if _REASON.fullmatch(text) else ""
