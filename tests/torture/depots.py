"""Depot packs changed in every way a machine can think of: no item of one may be GENUINE over what the honest one does not tell.

`python -m tests.torture.depots N` founds a sample world, packs its goods, and changes the packs N times as in
`tests.torture.bundles`: taken apart, changed, mixed with another valid pack, put together again and sealed. Both verifiers judge
each.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.printing import vouched
from app.store import dossier
from chain import depot, encoding, rlp
from chain.depot import Expected, Inspection
from chain.errors import BadInput
from chain.evidence import Evidence, History
from chain.journey import Item, Party, Verb
from chain.keys import SigningKey
from chain.policy import Situation
from chain.replay import entries_of, organisations_of
from chain.verdict import Kind
from tests.torture.bundles import STRANGER, Source, change_bytes, change_tree, now
from tests.torture.second import second_depot

PARTS = (
    "checkpoint", "header", "nodes", "items", "entries", "lots", "histories", "hashes", "details", "places", "administration",
)  # fmt: skip


@dataclass(frozen=True)
class Packed:
    """A pack, its items, and the key that sealed it."""

    data: bytes
    items: list[Item]
    key: SigningKey

    @property
    def tree(self) -> list[Any]:
        """The body taken apart; a new copy each time."""
        outer: Any = rlp.decode(self.data[len(depot.MAGIC) :])
        found: Any = rlp.decode(outer[0])
        return list(found)

    def changed(self, name: str, change: Callable[[Any], Any], key: SigningKey | None = None) -> bytes:
        """The pack with another part, sealed again."""
        tree = self.tree
        tree[PARTS.index(name)] = change(tree[PARTS.index(name)])
        return depot.sealed(rlp.encode(tree), key or self.key)


def party(source: Source, name: str = "Harbour Warehouse") -> Party:
    """One of the sample world's."""
    return next(p for p in source.parties if p.name == name)


def evidence_of(source: Source, items: list[Item], who: Party) -> Evidence:
    """What a pack about items is written from, co-signed."""
    found = dossier.evidence_of(items, source.station.store, (who.organisation,))
    assert found is not None
    return replace(found, checkpoint=vouched(source.station, source.keys, items[0]).checkpoint)


def packed(source: Source, items: list[Item], by: str = "Harbour Warehouse") -> Packed:
    """The pack about some items, sealed by a party's device."""
    who = party(source, by)
    expected = [Expected(source.label(item), dossier.open_lots(source.station.store, item)) for item in items]
    key = source.keys.device(who.gln)
    return Packed(depot.write(expected, evidence_of(source, items, who), source.trust, key), items, key)


def packs(source: Source, sizes: Sequence[int], chance: random.Random) -> list[Packed]:
    """Packs of so many items each, all sorts of fates among them."""
    items = source.items()
    found: list[Packed] = []
    while len(found) < len(sizes):
        try:
            found.append(packed(source, chance.sample(items, sizes[len(found)])))
        except BadInput:  # the one unit whose record was edited on this laptop is among them
            continue
    return found


def mutant(honest: list[Packed], chance: random.Random) -> tuple[Packed, bytes]:
    """An honest pack and a changed one."""
    one, other = chance.choice(honest), chance.choice(honest)
    if chance.random() < 0.1:
        return one, change_bytes(one.data, chance)
    tree = one.tree
    for _ in range(1 if chance.random() < 0.8 else 2):
        change_tree(tree, other.tree, chance)
    key = chance.choices((one.key, other.key, STRANGER), (10, 1, 1))[0]
    return one, depot.sealed(rlp.encode(tree), key)


def told(found: Inspection, data: bytes, one: Packed) -> str:
    """``refused``; ``same``, ``less`` or ``map`` where some item is genuine and nothing is told but what was; or ``WRONG``."""
    good = [label for label, verdict in found.judged if verdict.kind is Kind.GENUINE]
    if not good:
        return "refused"
    was, made = depot.read(one.data), depot.read(data)
    a, b = was.evidence, made.evidence
    keys = {expected.label.item.key for expected in was.expected}
    if (a.checkpoint.bare, a.header) != (b.checkpoint.bare, b.header):
        return "WRONG"
    if any(label is None or label.item.key not in keys or not _told_alike(a, b, label.item) for label in good):
        return "WRONG"
    if a.places != b.places:
        return "map"
    return "same" if data == one.data else "less"


def _told_alike(a: Evidence, b: Evidence, item: Item) -> bool:
    """Whether both tell the same about one item: its history and those of what it was in, who was who, and every detail.

    What is about other items of the pack alone may be changed: that makes those TAMPERED. Names of organisations may be left out.
    """
    mine, other = _about(a, item), _about(b, item)
    entries = entries_of(mine)
    organisations = set(organisations_of(entries))
    roles = [[e for e in one.administration if e.counterparty in organisations] for one in (a, b)]
    events, names = {e.index for e in entries}, {e.index for e in roles[0] if e.verb is Verb.ENROL_ORGANISATION}
    return (
        mine == other
        and roles[0] == roles[1]
        and all(b.details.get(index) == a.details.get(index) for index in events)
        and all(b.details.get(index) in (None, a.details.get(index)) for index in names)
    )


def _about(evidence: Evidence, item: Item) -> dict[bytes, History]:
    """The histories of an item, of what it was packed in, and of their lots."""
    found: dict[bytes, History] = {}
    todo = [encoding.unit_of(item, code) for code in encoding.prefixes_of(item)]
    while todo:
        unit = todo.pop()
        history = evidence.histories.get(unit)
        if history is None or unit in found:
            continue
        found[unit] = history
        todo += [entry.units[0] for entry in history.entries if entry.verb is Verb.PACK and entry.units[0] != unit]
        todo += [history.birth.lot] if history.birth else []
        todo += [history.membership.lot] if history.membership else []
    return found


Told = list[tuple[str, str]]


def both(data: bytes, source: Source, pack: Any, asked: Situation) -> tuple[Inspection, Told, Told]:
    """What the program finds, and (verdict, code) of each item by it and by the second verifier."""
    found = depot.verify(data, source.trust, asked)
    theirs = [row[1:3] for row in second_depot()["verify_depot"](data, pack, asked.now.timestamp())]
    return found, [(v.kind.value, v.code.value) for _, v in found.judged], theirs


def alike(ours: Told, theirs: Told) -> bool:
    """Whether both say the same; a pack that one of them cannot open is one in which the other takes no item."""
    return ours == theirs or (1 in (len(ours), len(theirs)) and {*ours, *theirs} == {("REJECTED", "TAMPERED")})


def run(profile: Path, count: int, seed: int = 5) -> tuple[Counter[str], int, float]:
    """How many ended how, about how many both verifiers differ, and changed packs a second."""
    chance = random.Random(seed)
    source = Source(profile)
    try:
        pack = second_depot()["read_pack"]((profile / "trust.json").read_bytes())
        honest = packs(source, (1, 2, 3, 5, 8), chance)
        counts: Counter[str] = Counter()
        differ = 0
        started = time.perf_counter()
        for number in range(len(honest) + count):
            one, data = (honest[number], honest[number].data) if number < len(honest) else mutant(honest, chance)
            found, ours, theirs = both(data, source, pack, now())
            how = told(found, data, one)
            counts[how] += 1
            differ += not alike(ours, theirs)
            if how == "WRONG" or not alike(ours, theirs):
                print(how, ours, theirs, data.hex(), file=sys.stderr)
        return counts, differ, (len(honest) + count) / (time.perf_counter() - started)
    finally:
        source.close()


def main(count: int) -> int:
    """Found a world, run, print. The exit status."""
    from app import demo

    with TemporaryDirectory() as folder:
        demo.found(Path(folder) / "demo")
        copy = Path(folder) / "copy"
        shutil.copytree(Path(folder) / "demo", copy)
        counts, differ, rate = run(copy, count)
    ends = ", ".join(f"{how} {n}" for how, n in sorted(counts.items()))
    print(f"changed depot packs: {count}, {rate:.0f} a second: {ends}; told differently by the second verifier: {differ}")
    return 1 if counts["WRONG"] or differ else 0


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
