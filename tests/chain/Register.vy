# pragma version 0.4.3
# pragma evm-version paris
"""
@title Register
@notice What the tests of the embedded chain run: storage, logs, hashes, reasons, time, value, a batch.
"""

event Recorded:
    index: indexed(uint256)
    unit: indexed(bytes32)
    actor: indexed(address)
    at: uint256
    digest: bytes32

event Cleared:
    unit: bytes32

size: public(uint256)
root: public(bytes32)
head: public(HashMap[bytes32, bytes32])


@internal
def _record(unit: bytes32, what: bytes32):
    assert what != empty(bytes32), "unit: nothing to record"
    digest: bytes32 = sha256(concat(b"\x00", unit, what, convert(block.timestamp, bytes32)))
    self.head[unit] = keccak256(concat(self.head[unit], unit, what, digest))
    self.root = sha256(concat(b"\x01", self.root, digest))
    log Recorded(index=self.size, unit=unit, actor=msg.sender, at=block.timestamp, digest=digest)
    self.size += 1


@external
def record(unit: bytes32, what: bytes32):
    self._record(unit, what)


@external
def record_many(units: DynArray[bytes32, 100], what: bytes32):
    for unit: bytes32 in units:
        self._record(unit, what)


@external
def clear(unit: bytes32):
    assert self.head[unit] != empty(bytes32), "unit: unknown"
    self.head[unit] = empty(bytes32)
    log Cleared(unit=unit)


@external
def refuse():
    raise


@external
def divide(by: uint256) -> uint256:
    return 100 // by


@external
@view
def now() -> (uint256, uint256, uint256, bytes32):
    return block.timestamp, block.number, chain.id, blockhash(block.number - 1)


@external
@payable
def pay():
    assert msg.value > 1, "pay: too little"
