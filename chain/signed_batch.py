"""A signed statement with the batch that it is over, as it travels: to a relayer's folder, or as QR codes to the next dock.

One canonical RLP form, read strictly: what two readers could understand differently is refused. A unit travels as its id and its
state; the head before it is added by whoever sends the batch, because only the chain knows the block times in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from chain import calls, encoding, rlp
from chain.calls import MAX_BATCH, Act, Held, Minted
from chain.encoding import ZERO, word
from chain.errors import BadProof
from chain.journey import Kind, Verb
from chain.keys import SigningKey
from chain.statement import Acts, Births, Statement, commission_hash, record_hash

MAX_BYTES = 64 * 1024
_MARK = b"wayproof statement 1"
_BIRTHS = (Verb.COMMISSION, Verb.COMMISSION_LOT)

Acted = tuple[Act, tuple[Held, ...] | tuple[Minted, ...]]


@dataclass(frozen=True)
class SignedBatch:
    """A device's statement, its signature (65 bytes), and the acts in it. Nothing is checked until `verify`.

    Either all acts are births (and go to `commission`) or none. The units' heads and leaves are zero.
    """

    chain_id: int
    contract: bytes
    statement: Statement
    signature: bytes
    acts: tuple[Acted, ...]

    @classmethod
    def make(cls, key: SigningKey, previous: int, acts: Sequence[Acted], chain_id: int, contract: bytes) -> SignedBatch:
        """A batch signed by a device as the statement behind the one that left `previous`."""
        bare = tuple((act, tuple(_bare(thing) for thing in things)) for act, things in acts)
        statement = Statement.after(previous, key.address, _hash(bare))  # type: ignore[arg-type]  # all births or none
        signature = statement.sign(key, chain_id, contract)
        return cls(chain_id, contract, statement, signature, bare)  # type: ignore[arg-type]

    @cached_property
    def digest(self) -> bytes:
        """What was signed."""
        return self.statement.digest(self.chain_id, self.contract)

    @property
    def left(self) -> int:
        """The word that it leaves in the contract."""
        return self.statement.left(self.digest)

    @property
    def born(self) -> bool:
        """Whether its acts are births."""
        return self.acts[0][0].verb in _BIRTHS

    @property
    def units(self) -> tuple[bytes, ...]:
        """The ids of all units in it, in order."""
        return tuple(_unit_of(thing) for _, things in self.acts for thing in things)

    @property
    def commitments(self) -> tuple[bytes, ...]:
        """The commitments of its acts."""
        return tuple(act.commitment for act, _ in self.acts)

    def expected(self) -> dict[bytes, encoding.State]:
        """The state in which each unit was signed; empty for births."""
        return {held.unit: held.state for _, things in self.acts for held in things if isinstance(held, Held)}

    def verify(self) -> None:
        """That the device signed exactly this. Raises BadProof."""
        if not self.acts or len({act.verb in _BIRTHS for act, _ in self.acts}) != 1:
            raise BadProof("A statement is over births or over other events.")
        if _hash(self.acts) != self.statement.batch:
            raise BadProof("The statement is over another batch.")
        self.statement.verify(self.signature, self.chain_id, self.contract)

    def calldata(self, present: Mapping[bytes, Held]) -> bytes:
        """The call that brings it to the contract; `present` are the units as they are now."""
        by = self.statement.words(self.signature)
        if self.born:
            return calls.commission(self.acts, by)  # type: ignore[arg-type]  # births, as `born` says
        return calls.record([(act, [present[_unit_of(thing)] for thing in things]) for act, things in self.acts], by)

    def to_bytes(self) -> bytes:
        """The canonical form."""
        s = self.statement
        acts: list[rlp.Plain] = [
            [
                [act.verb, act.event_time, act.counterparty, act.commitment, act.argument],
                [_words(thing) for thing in things],
            ]
            for act, things in self.acts
        ]
        head: list[rlp.Plain] = [self.chain_id, self.contract, s.device, s.sequence, word(s.previous), self.signature]
        return rlp.encode([_MARK, head, acts])

    @classmethod
    def from_bytes(cls, data: bytes) -> SignedBatch:
        """Read the canonical form and verify it. Raises BadProof."""
        if len(data) > MAX_BYTES:
            raise BadProof("A signed statement is never that long.", length=len(data))
        try:
            mark, head, rows = _list(rlp.decode(data), 3)
            chain_id, contract, device, sequence, previous, signature = _list(head, 6)
            acts = tuple(_read(row) for row in _list(rows))
            found = cls(
                rlp.number(chain_id, 64),
                _fixed(contract, 20),
                Statement(_fixed(device, 20), rlp.number(sequence, 40), int.from_bytes(_fixed(previous, 32), "big"), ZERO),
                _fixed(signature, 65),
                acts,
            )
        except (ValueError, OverflowError) as cause:
            raise BadProof("This is not a signed statement.", cause=repr(cause)) from cause
        if mark != _MARK or not acts or len(acts) > MAX_BATCH or len(found.units) > MAX_BATCH:
            raise BadProof("This is not a signed statement of a size that the contract takes.")
        found = replace(found, statement=replace(found.statement, batch=_hash(acts)))
        found.verify()
        return found


def _hash(acts: Sequence[Acted]) -> bytes:
    if acts and acts[0][0].verb in _BIRTHS:
        births: Births = acts  # type: ignore[assignment]
        return commission_hash(births)
    others: Acts = acts  # type: ignore[assignment]
    return record_hash(others)


def _bare(thing: Held | Minted) -> Held | Minted:
    return replace(thing, previous=ZERO, leaf=ZERO) if isinstance(thing, Held) else thing


def _unit_of(thing: Held | Minted) -> bytes:
    return thing.unit if isinstance(thing, Held) else thing.birth.unit


def _words(thing: Held | Minted) -> list[rlp.Plain]:
    if isinstance(thing, Held):
        return [thing.unit, encoding.pack(thing.state), thing.state.parent, thing.state.lot]
    return [thing.kind, thing.prefix, thing.tail, thing.expiry, thing.lot_tail, thing.root, thing.size]


def _read(row: rlp.Tree) -> Acted:
    head, things = _list(row, 2)
    verb, event_time, counterparty, commitment, argument = _list(head, 5)
    act = Act(
        Verb(rlp.number(verb, 8)),
        rlp.number(event_time, 64),
        _fixed(commitment, 32),
        rlp.number(counterparty, 32),
        _fixed(argument, 32),
    )
    if act.verb in _BIRTHS:
        return act, tuple(_minted(one) for one in _list(things))
    return act, tuple(_held(one) for one in _list(things))


def _held(row: rlp.Tree) -> Held:
    unit, packed, parent, lot = _list(row, 4)
    state = encoding.unpack(rlp.number(packed), _fixed(parent, 32), _fixed(lot, 32))
    return Held(_fixed(unit, 32), ZERO, ZERO, state)


def _minted(row: rlp.Tree) -> Minted:
    kind, prefix, tail, expiry, lot_tail, root, size = _list(row, 7)
    return Minted(
        Kind(rlp.number(kind, 8)),
        rlp.number(prefix, 64),
        _fixed(tail, 32),
        rlp.number(expiry, 64),
        _fixed(lot_tail, 32),
        _fixed(root, 32),
        rlp.number(size),
    )


def _list(item: rlp.Tree, length: int | None = None) -> list[rlp.Tree]:
    if not isinstance(item, list) or length not in (None, len(item)):
        raise BadProof("This is not a signed statement.")
    return item


def _fixed(item: rlp.Tree, size: int) -> bytes:
    if not isinstance(item, bytes) or len(item) != size:
        raise BadProof("This is not a signed statement: a field has a wrong length.")
    return item
