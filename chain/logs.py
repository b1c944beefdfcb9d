"""The contract's log entries out of `eth_getLogs` answers, range by range.

A general decoder needs half a millisecond an entry; here an answer is checked and cut in one pass. What is noticed: another
contract's entries, entries out of range or order, given twice, of two blocks under one number, of a reorganised block, gaps. What
is not: whether an entry is true, and whether the last ones were left out. The proven size and root of the log show that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chain import rpc
from chain.calls import FromLot, read_log
from chain.custody import World
from chain.errors import LedgerError
from chain.journey import Birth, Entry, Verb

_FULL = 4000  # logs in an answer that is large enough: about 5 MB
_CALM = 4  # good answers after a refused one before the range grows again
_PATIENCE = 2  # refusals for slowness in a row before it is the network and not the range


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the contract logged in the blocks `first` to `last`, both included.

    `entries` have consecutive indices. `births` maps unit ids to what COMMISSION wrote about them; `drawn` are units that got a
    head of their own. `blocks` maps the numbers of the blocks that have entries here to the hashes that the node gives them.
    """

    first: int
    last: int
    entries: tuple[Entry, ...]
    births: Mapping[bytes, Birth] = field(default_factory=dict)
    drawn: tuple[FromLot, ...] = ()
    blocks: Mapping[int, bytes] = field(default_factory=dict)

    def replay(self, world: World) -> None:
        """Apply it to the state before it. Raises RuleBroken with the contract's reason where the contract would have.

        A unit is drawn as soon as its lot is there, which is before its first entry: a drawing changes nothing else.
        """
        waiting = list(self.drawn)
        waiting = _draw(waiting, world)
        for entry in self.entries:
            world.apply(entry, self.births)
            if waiting and entry.verb is Verb.COMMISSION_LOT:
                waiting = _draw(waiting, world)
        for one in waiting:
            raise LedgerError("The network sent units of a lot that was never commissioned.", lot=one.lot.hex())


def _draw(waiting: list[FromLot], world: World) -> list[FromLot]:
    rest = []
    for one in waiting:
        if one.lot in world.lot_births:
            for unit in one.units:
                world.draw(one.lot, unit)
        else:
            rest.append(one)
    return rest


def read_chunk(answer: object, contract: str, first: int, last: int) -> Chunk:
    """One `eth_getLogs` answer for the blocks `first` to `last`.

    Args:
        contract: its address as DATA in small letters.

    Raises:
        LedgerError: anything that this contract cannot have logged there, in that order.
    """
    entries: list[Entry] = []
    births: dict[bytes, Birth] = {}
    drawn: list[FromLot] = []
    blocks: dict[int, bytes] = {}
    block, block_text, block_hash, place = first - 1, "", "", -1
    unhex = bytes.fromhex
    try:
        for log in rpc.items(answer):
            if log["address"] != contract and log["address"].lower() != contract:
                raise _wrong("of another contract")
            if log.get("removed"):
                raise _wrong("that a reorganisation took back")
            if log["blockNumber"] != block_text:
                block_text, block_hash, place = log["blockNumber"], log["blockHash"], -1
                number = rpc.quantity(block_text)
                if not block < number <= last:
                    raise _wrong("out of range or order", block=number)
                block = number
                blocks[block] = rpc.data(block_hash, 32)
            elif log["blockHash"] != block_hash:
                raise _wrong("of two blocks with one number", block=block)
            if (at := int(log["logIndex"], 16)) <= place:
                raise _wrong("out of order", block=block)
            place = at
            one = read_log([unhex(topic[2:]) for topic in log["topics"]], unhex(log["data"][2:]), block)
            if isinstance(one, Entry):
                if entries and one.index != entries[-1].index + 1:
                    raise _gap(entries[-1].index + 1, one.index)
                entries.append(one)
            elif isinstance(one, Birth):
                if one.unit in births:
                    raise _wrong("twice", block=block)
                births[one.unit] = one
            else:
                drawn.append(one)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _wrong("that cannot be read", why=type(error).__name__) from error
    return Chunk(first, last, tuple(entries), births, tuple(drawn), blocks)


class Ranges:
    """Reads blocks in ranges as large as the network likes: halved where it refuses, grown again where it does not.

    Args:
        ask: the `eth_getLogs` answer for the blocks from and to. Raises LedgerError.
        contract: its address as DATA in small letters.
        span: blocks of the first range.
    """

    def __init__(self, ask: Callable[[int, int], Any], contract: str, span: int) -> None:
        self._ask = ask
        self._contract = contract
        self._span = span
        self._calm = _CALM

    def read(self, first: int, last: int, index: int | None = None, size: int | None = None) -> Iterator[Chunk]:
        """Chunks that together cover `first` to `last` without a gap, in order.

        `index` is that of the first entry and `size` that after the last one, where they are known. Without the index of what
        follows, nobody can tell that a range's last entries were left out: of a node that answers too much with less and no
        error, ask for small ranges. Raises LedgerError; reading can go on after what was given before.
        """
        slow = 0
        while first <= last:
            until = min(first + self._span - 1, last)
            try:
                answer = self._ask(first, until)
                chunk = read_chunk(answer, self._contract, first, until)
                if chunk.entries and index is not None and chunk.entries[0].index != index:
                    raise _gap(index, chunk.entries[0].index)
                after = chunk.entries[-1].index + 1 if chunk.entries else index
                if until == last and None not in (after, size) and after != size:
                    raise _gap(size, after)
            except LedgerError as error:
                slow = slow + 1 if error.details.get("slow") else 0
                if until == first or slow >= _PATIENCE or not _smaller_may_do(error):
                    raise
                self._span, self._calm = (until - first + 1) // 2, 0
                continue
            slow = 0
            self._calm += 1
            if self._calm > _CALM and len(answer) < _FULL:
                self._span *= 2
            elif len(answer) > 2 * _FULL:
                self._span = max(self._span // 2, 1)
            index = after
            first = until + 1
            yield chunk


def _smaller_may_do(error: LedgerError) -> bool:
    """Whether a smaller range may be answered. Nodes have no common word for "too much", so any refusal of theirs counts."""
    if rpc.busy(error) or rpc.lacks(error):
        return False
    return any(error.details.get(name) for name in ("code", "large", "slow", "gap"))


def _wrong(what: str, **details: object) -> LedgerError:
    return LedgerError(f"The network sent entries of the log {what}.", **details)


def _gap(expected: int | None, found: int | None) -> LedgerError:
    return LedgerError("The network left out entries of the log, or sent them twice.", gap=True, expected=expected, found=found)
