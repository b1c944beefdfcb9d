"""Evidence files changed in every way a machine can think of: none may be GENUINE over anything but what the genuine one tells.

`python -m tests.torture.bundles N M` founds a sample world, looks that N changed files are refused and M genuine ones are not.
A change knows the format: it takes the file apart, changes, drops, doubles, moves or swaps pieces with another valid file, puts
it together again and has it sealed by its own device, by a device of another organisation, or by a stranger.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.network.keyring import DerivedKeys
from app.printing import vouched
from app.station import Station
from app.store import dossier
from app.trust.cosigning import kept_here
from chain import bundle, rlp
from chain.checkpoint import Checkpoint
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import Item, Party, Verb
from chain.keys import SigningKey, derive
from chain.label import Label, LabelDomain, label_text, read_label, sign_label
from chain.policy import Case, Situation
from chain.verdict import Kind, Verdict
from chain.verifier import Verifier

PARTS = (
    "label", "checkpoint", "header", "nodes", "entries", "histories", "inclusion", "details", "places", "administration",
    "open lots",
)  # fmt: skip
STRANGER = derive(b"a stranger with a key of his own", "device")


@dataclass(frozen=True)
class Sealed:
    """A genuine file, the key that sealed it, and whose that is."""

    data: bytes
    key: SigningKey
    party: Party

    @property
    def body(self) -> bytes:
        """The sealed bytes."""
        (found, _) = rlp.decode(self.data[len(bundle.MAGIC) :])
        assert isinstance(found, bytes)
        return found

    @property
    def tree(self) -> list[Any]:
        """The body taken apart; a new copy each time."""
        found = rlp.decode(self.body)
        assert isinstance(found, list)
        return found

    @cached_property
    def opened(self) -> bundle.Bundle:
        """What it says."""
        return bundle.read(self.data)


class Source:
    """Writes files out of a profile, by any of its parties. Close it."""

    def __init__(self, profile: Path) -> None:
        self.keys = DerivedKeys()
        self.station = Station.open(profile, offline=True)
        assert self.station.trust is not None
        self.trust: Trust = self.station.trust
        self.parties = self.station.store.goods.parties()

    def items(self) -> list[Item]:
        """Every item of the profile."""
        return [item for _, item, _ in self.station.store.goods.search("", 100_000, 0)]

    def label(self, item: Item, by: Party | None = None) -> Label:
        """An item's label, signed by a party's device where one is given."""
        domain = LabelDomain(self.trust.chain_id, self.trust.contract)
        signature = sign_label(item, self.keys.device(by.gln), domain) if by else ""
        label = read_label(label_text(item, signature)) if by else read_label(str(item))
        assert isinstance(label, Label)
        return replace(label, item=item)

    def file(self, item: Item, by: Party, maker: Party | None = None) -> Sealed:
        """The file about an item, sealed by a party's device. Raises BadInput."""
        evidence = vouched(self.station, self.keys, item, (by.organisation,))
        key = self.keys.device(by.gln)
        return Sealed(bundle.write(self.label(item, maker), evidence, self.trust, key), key, by)

    def cosigned(self, checkpoint: Checkpoint, at: int) -> list[Any]:
        """The rows of all stand-in witnesses' signatures under a checkpoint, made at a unix second."""
        assert self.trust.quorum is not None
        lines = sorted(signer.cosign(checkpoint, at) for signer in kept_here(self.keys, self.trust.quorum))
        return [[one.name.encode(), one.payload] for one in lines]

    def close(self) -> None:
        """Close the profile."""
        self.station.close()


def now() -> Situation:
    """Somebody with no place and no memory asks now."""
    return Situation(datetime.now(UTC))


def reseal(tree: list[Any], key: SigningKey) -> bytes:
    """A file around a changed body."""
    return bundle.sealed(rlp.encode(tree), key)


# ---- changing ------------------------------------------------------------------------------------------------------------


def spots(tree: Any, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    """The way to every piece, lists and leaves alike."""
    for place, piece in enumerate(tree):
        yield (*path, place)
        if isinstance(piece, list):
            yield from spots(piece, (*path, place))


def at(tree: Any, path: tuple[int, ...]) -> Any:
    """The piece at the end of a way."""
    for place in path:
        tree = tree[place]
    return tree


def change_leaf(leaf: bytes, chance: random.Random) -> bytes:
    """Other bytes in place of some."""
    how = chance.randrange(6)
    if how == 0 or not leaf:
        return chance.randbytes(chance.choice((1, 2, 20, 32)))
    if how == 1:
        return b""
    if how == 2:
        return leaf[:-1]
    if how == 3:
        return (int.from_bytes(leaf, "big") + chance.choice((-1, 1, 60, 86_400)) & (1 << 8 * len(leaf)) - 1).to_bytes(
            len(leaf), "big"
        )
    if how == 4:
        return chance.randbytes(len(leaf))
    place = chance.randrange(len(leaf))
    return leaf[:place] + bytes((leaf[place] ^ 1 << chance.randrange(8),)) + leaf[place + 1 :]


def change_tree(tree: list[Any], other: list[Any], chance: random.Random) -> None:
    """One change somewhere in a body; parts are as likely as each other, however large."""
    part = chance.randrange(len(tree))
    inside = [(part, *path) for path in spots(tree[part])] if isinstance(tree[part], list) else []
    path = chance.choice(inside or [(part,)]) if chance.random() < 0.9 else (part,)
    above, place = at(tree, path[:-1]), path[-1]
    how = chance.randrange(5)
    if how == 0 and len(path) > 1:
        del above[place]
    elif how == 1 and len(path) > 1:
        above.insert(chance.randrange(len(above) + 1), above[place])
    elif how == 2 and len(path) > 1:
        swap = chance.randrange(len(above))
        above[place], above[swap] = above[swap], above[place]
    elif how == 3:
        with_other = [p for p in ([(part, *q) for q in spots(other[part])] if isinstance(other[part], list) else []) if p]
        above[place] = at(other, chance.choice(with_other or [(part,)]) if len(path) > 1 else path)
    elif isinstance(above[place], bytes):
        above[place] = change_leaf(above[place], chance)
    else:
        above[place] = []


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    """One change of the bare bytes."""
    place = chance.randrange(len(data))
    how = chance.randrange(4)
    if how == 0:
        return data[:place]
    if how == 1:
        return data[:place] + data[place + 1 :]
    if how == 2:
        return data[:place] + chance.randbytes(1) + data[place:]
    return data[:place] + bytes((data[place] ^ 1 << chance.randrange(8),)) + data[place + 1 :]


def mutant(files: list[Sealed], chance: random.Random) -> tuple[Sealed, bytes]:
    """A genuine file and a changed one."""
    one, other = chance.choice(files), chance.choice(files)
    if chance.random() < 0.1:
        return one, change_bytes(one.data, chance)
    tree = one.tree
    for _ in range(1 if chance.random() < 0.8 else 2):
        change_tree(tree, other.tree, chance)
    key = chance.choices((one.key, other.key, STRANGER), (8, 3, 1))[0]
    return one, reseal(tree, key)


# ---- judging -------------------------------------------------------------------------------------------------------------


def told(data: bytes, one: Sealed, trust: Trust) -> tuple[str, Verdict]:
    """How a changed file ended.

    ``refused``; ``same`` where it tells what the genuine one tells; ``less`` where it only withholds what may be withheld (a
    label's signature, lot or expiry; the name of an organisation; one witness of more than needed); ``map`` where its places lie
    elsewhere, which the verdict says that it does not prove; ``WRONG`` where it is taken for genuine and tells something else.
    """
    _, verdict = bundle.verify(data, trust, now())
    if verdict.kind is not Kind.GENUINE:
        return "refused", verdict
    was, made = one.opened, bundle.read(data)
    a, b = was.evidence, made.evidence
    bound = ("header", "histories", "administration", "open_lots", "removed", "whole")
    enrolments = {e.index for e in a.administration if e.verb is Verb.ENROL_ORGANISATION}
    gone = a.details.keys() - b.details.keys()
    kept = {index: detail for index, detail in a.details.items() if index not in gone}
    if (
        made.label.item.key != was.label.item.key
        or a.checkpoint.bare != b.checkpoint.bare
        or any(getattr(a, name) != getattr(b, name) for name in bound)
        or b.details != kept
        or not gone <= enrolments
        or was.nodes.nodes != made.nodes.nodes
    ):
        return "WRONG", verdict
    if a.places != b.places:
        contradiction = next(f for f in verdict.findings if f.check == "contradiction")
        return ("map" if contradiction.outcome.value == "NOT_PROVABLE_OFFLINE" else "WRONG"), verdict
    less = gone or made.label != was.label or a.checkpoint != b.checkpoint
    return ("less" if less else "same"), verdict


def honest(source: Source, each: int, chance: random.Random) -> tuple[list[Sealed], int, int]:
    """Files about every item by some of the parties: the genuine ones, how many were made, and how many of an item that the
    laptop itself holds to be genuine were not."""
    files: list[Sealed] = []
    made = refused = 0
    for item in source.items():
        for party in chance.sample(source.parties, each):
            try:
                one = source.file(item, party)
            except BadInput:  # the one unit whose record was edited on this laptop
                continue
            made += 1
            kind = bundle.verify(one.data, source.trust, now())[1].kind
            evidence = dossier.evidence(source.station.store, item)
            local = Verifier(source.trust).verify(source.label(item), evidence, now()).kind
            refused += kind is not local
            if kind is Kind.GENUINE:
                files.append(one)
    return files, made, refused


def genuine(source: Source, count: int, chance: random.Random) -> tuple[int, int]:
    """Generated genuine files, how many of them were taken and how many refused.

    Each is about an item that the laptop itself holds to be genuine, sealed by any party's device, its label signed by its maker
    or not, under the signatures of any witnesses that are enough, with or without the names of organisations.
    """
    assert source.trust.quorum is not None
    makers = {party.organisation: party for party in source.parties}
    good: list[tuple[Item, Party]] = []
    for item in source.items():
        evidence = dossier.evidence(source.station.store, item)
        assert evidence is not None
        if Verifier(source.trust).verify(source.label(item), evidence, now()).kind is Kind.GENUINE:
            good.append((item, makers[Case(source.label(item), evidence, source.trust, now()).granted[1]]))
    taken = 0
    for _ in range(count):
        item, maker = chance.choice(good)
        one = source.file(item, chance.choice(source.parties), maker if chance.random() < 0.5 else None)
        tree = one.tree
        lines = tree[PARTS.index("checkpoint")][7]
        kept = sorted(chance.sample(lines, chance.randint(source.trust.quorum.threshold, len(lines))))
        tree[PARTS.index("checkpoint")][7] = kept
        if chance.random() < 0.2:
            details = PARTS.index("details")
            tree[details] = [row for row in tree[details] if b'"gln"' not in row[1]]
        taken += bundle.verify(reseal(tree, one.key), source.trust, now())[1].kind is Kind.GENUINE
    return taken, count - taken


def run(
    profile: Path, count: int, seed: int = 1, each: int = 2, honest_ones: int = 0
) -> tuple[Counter[str], tuple[int, int], tuple[int, int], float]:
    """How many changed ones ended how, (made, wrongly refused) of one file about every item whatever its fate, (taken, refused)
    of the generated genuine ones, and changed ones a second."""
    chance = random.Random(seed)
    source = Source(profile)
    try:
        files, made, refused = honest(source, each, chance)
        generated = genuine(source, honest_ones, chance)
        counts: Counter[str] = Counter()
        started = time.perf_counter()
        for _ in range(count):
            one, data = mutant(files, chance)
            try:
                how, verdict = told(data, one, source.trust)
            except (BadProof, BadInput):
                how, verdict = "RAISED", None
            counts["same" if data == one.data else how] += 1
            if how in ("WRONG", "RAISED"):
                print(how, verdict, data.hex(), file=sys.stderr)
        return counts, (made, refused), generated, count / (time.perf_counter() - started)
    finally:
        source.close()


def main(count: int, honest_ones: int) -> int:
    """Found a world, run, print. The exit status."""
    from app import demo

    with TemporaryDirectory() as folder:
        profile = Path(folder) / "demo"
        demo.found(profile)
        copy = Path(folder) / "copy"
        shutil.copytree(profile, copy)
        counts, (made, refused), (taken, lost), rate = run(copy, count, honest_ones=honest_ones)
    print(f"files of every item, whatever its fate: {made}, judged otherwise than by the laptop that wrote them: {refused}")
    print(f"generated genuine files: {taken + lost}, taken {taken}, refused {lost}")
    print(f"changed files: {count}, {rate:.0f} a second: " + ", ".join(f"{how} {n}" for how, n in sorted(counts.items())))
    return 1 if counts["WRONG"] or counts["RAISED"] or refused or lost else 0


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    raise SystemExit(main(*given, *(2_000, 1_000)[len(given) :]))
