"""What an import will record, and in which blocks, worked out and rehearsed before anything is sent.

Lines are taken in the order of their record times, then of their names, in chunks. In a chunk, an item's first event goes into
the first block, its second into the second, and so on: no block holds two events of one item. A chunk's blocks are not earlier
than its newest record time. All of this follows from the file alone, so that on an empty network the same file gives the same
log, byte by byte, and an import that died goes on with the very blocks that are missing.

The rehearsal asks the contract's rules in Python (`chain.custody`), so that a row which the contract would refuse is refused like
any other, with its number and the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.exchange.rows import Row
from app.exchange.telling import Line
from app.recorder import Draft, Recorder
from chain import custody, encoding
from chain.custody import Rules, World
from chain.encoding import ZERO, State
from chain.errors import RuleBroken
from chain.journey import Entry, Item, Party, Role, Verb

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Block:
    """Drafts that are recorded together, and the earliest time of their block in unix seconds."""

    at: int
    drafts: tuple[Draft, ...]


def order(line: Line) -> tuple[object, ...]:
    """Where a line stands: by record time, then by name (numbers by their value), then by its place in the file."""
    number = int(line.name) if line.name.isascii() and line.name.isdigit() else -1
    return line.record_time, number, line.name, line.row


def blocks(lines: Sequence[Line]) -> Iterator[Block]:
    """The blocks of one chunk of lines that stand in order."""
    waves: list[list[Draft]] = []
    last: dict[str, int] = {}
    for line in lines:
        for _, draft in line.drafts:
            wave = max((last.get(item.key, 0) for item in draft.items), default=0)
            last |= dict.fromkeys((item.key for item in draft.items), wave + 1)
            if wave == len(waves):
                waves.append([])
            waves[wave].append(draft)
    newest = max((int(line.record_time.timestamp()) for line in lines), default=0)
    for wave_ in waves:
        yield Block(newest, tuple(wave_))


def chunks(rows: Sequence[Row], size: int = CHUNK) -> Iterator[Sequence[Row]]:
    """Rows in chunks of `size`, the last one shorter."""
    for at in range(0, len(rows), size):
        yield rows[at : at + size]


@dataclass(slots=True)
class Rehearsal:
    """The contract's rules, asked about lines in the order in which they would be recorded.

    Args:
        parties: who will be enrolled, by GLN, with the roles they will have.
        prefixes: the company prefixes that will be granted, by GLN.
        recorder: with the present state of the network; None where there is none yet.
    """

    parties: Mapping[str, Party]
    prefixes: Mapping[str, str]
    recorder: Recorder | None = None
    _world: World = field(default_factory=World)
    _states: dict[bytes, State] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _owners: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.recorder is not None:
            self._world = self.recorder.world
            self._numbers = dict(self.recorder.organisations)

    def refusal(self, line: Line) -> str:
        """Why the contract would refuse one of a line's events, "" where it would take them all."""
        changed: dict[bytes, State] = {}
        for name, draft in line.drafts:
            try:
                for item in draft.items:
                    unit = encoding.unit_of(item, self._prefix(item, draft))
                    state = changed.get(unit) or self._states.get(unit) or self._present(unit)
                    if state is not None and self._recorded(unit, draft):
                        continue
                    changed[unit] = self._after(draft, item, unit, state, line)
            except RuleBroken as broken:
                return f"the contract would refuse the {name}: {broken.reason}"
        self._states |= changed
        return ""

    def _after(self, draft: Draft, item: Item, unit: bytes, state: State | None, line: Line) -> State:
        me, roles = self._number(draft.party), self.parties[draft.party].roles
        if draft.verb is Verb.COMMISSION:
            custody.must(state is None, "unit: issued already")
            custody.must(bool(roles & (custody.HANDLERS if item.sscc else Role.ISSUER)), "role: may not commission")
            return State(me, issuer=me, kind=encoding.kind_of(item), expiry=encoding.expiry_seconds(item.expiry))
        if state is None:
            raise RuleBroken("unit: not issued")
        to, at, now = self._number(draft.counterparty), draft.event.event_time, line.record_time
        entry = Entry(0, draft.verb, me, b"", to, int(at.timestamp()), int(now.timestamp()), ZERO, draft.argument, (unit,))
        recalled = state.lot != ZERO and self._world.lots.get(state.lot, (0, 0))[1] != 0
        return custody.transition(state, entry, Rules(me, roles, entry.record_time, encoding.M24, recalled))

    def _present(self, unit: bytes) -> State | None:
        held = self._world.units.get(unit)
        return held.state if held else None

    def _recorded(self, unit: bytes, draft: Draft) -> bool:
        return self.recorder is not None and unit in self._world.units and self.recorder.recorded(draft)

    def _prefix(self, item: Item, draft: Draft) -> int:
        """The company prefix an item is under; only its owner issues under it."""
        if len(self._owners) < len(self.prefixes):
            self._owners = {encoding.prefix_code(digits): gln for gln, digits in self.prefixes.items()}
        for code in encoding.prefixes_of(item):
            number = self._world.prefixes.get(code)
            owner = self._owners.get(code) if number is None else None
            if number is not None or owner is not None:
                yours = owner == draft.party if number is None else number == self._numbers.get(draft.party)
                custody.must(yours or draft.verb is not Verb.COMMISSION, "prefix: not yours")
                return code
        raise RuleBroken("prefix: not yours")

    def _number(self, gln: str) -> int:
        """A party's number on the contract, or a stand-in that no party has."""
        return self._numbers.setdefault(gln, encoding.M24 - len(self._numbers)) if gln else 0
