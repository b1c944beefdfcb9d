"""A device whose key the tests hold, and the statements that it signs."""

from __future__ import annotations

from collections.abc import Sequence

from chain import calls
from chain.keys import SigningKey
from chain.statement import Acts, Births, Statement, commission_hash, record_hash
from tests.chain.contract.evm import CHAIN_ID, CONTRACT
from tests.chain.contract.pair import FOREVER, Org, Pair, Signed, tag

KEY = SigningKey(tag("a device's key"))


def enrolled(pair: Pair, org: Org, key: SigningKey = KEY, until: int = FOREVER) -> bytes:
    """The address of the key, enrolled as a device of the organisation."""
    pair.administer(calls.enrol_device(org.number, key.address, 0, until), org.owner)
    return key.address


def stated(pair: Pair, batch: bytes, key: SigningKey = KEY, skip: int = 0) -> Signed:
    """The device's next statement (or a later one, `skip`) over a batch's hash, signed."""
    statement = Statement.after(pair.model.signed.get(key.address, 0) + skip, key.address, batch)
    return statement, statement.sign(key, CHAIN_ID, CONTRACT)


def over_record(pair: Pair, batch: Acts, key: SigningKey = KEY) -> Signed:
    """The device's next statement over a batch of `record`."""
    return stated(pair, record_hash(batch), key)


def over_commission(pair: Pair, batch: Births, key: SigningKey = KEY) -> Signed:
    """The device's next statement over a batch of `commission`."""
    return stated(pair, commission_hash(batch), key)


def arguments(by: Signed) -> Sequence[object]:
    """The statement as the ABI names it."""
    statement, signature = by
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    return statement.device, statement.sequence, signature[64], r, s
