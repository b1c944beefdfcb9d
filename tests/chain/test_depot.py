"""A depot pack says of each item what a file of its own says, and is refused whole where anything in it was changed."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain import bundle, bundle_form, depot, depot_form, encoding, merkle, rlp
from chain.depot import Expected, Inspection
from chain.encoding import ZERO
from chain.errors import BadInput, BadProof
from chain.evidence import History, Membership
from chain.journey import Birth, Entry, Item, Kind, Verb
from chain.merkle import leaf_hash
from chain.multiproof import SharedPaths, shared_hashes
from chain.pieces import Fields, read_history
from chain.storage_proof import SharedNodes
from chain.verdict import Code, Outcome
from chain.verdict import Kind as Word
from chain.witness_policy import Quorum
from tests.torture.bundles import STRANGER, Source, now
from tests.torture.depots import PARTS, Packed, evidence_of, packed, party
from tests.torture.depots import told as ends

ABSENT = "(01)09521000011014(21)NEVERMADE"


@pytest.fixture(scope="module")
def source(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A profile to write packs from."""
    profile = tmp_path_factory.mktemp("depot") / "demo"
    shutil.copytree(sample_world, profile)
    opened = Source(profile)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def items(source: Source) -> list[Item]:
    """Items that a file can be written of."""
    found = []
    for item in source.items():
        try:
            source.file(item, party(source))
        except BadInput:
            continue
        found.append(item)
    return found


@pytest.fixture(scope="module")
def pack(source: Source, items: list[Item]) -> Packed:
    """A pack of honest items, the first twelve of those that are genuine, which share a case."""
    genuine = [one for one in items if source.station.store and told(source, one) is Code.OK]
    return packed(source, genuine[:12])


@pytest.fixture(scope="module")
def other(source: Source, items: list[Item]) -> Packed:
    """Another, of other items."""
    genuine = [one for one in items if told(source, one) is Code.OK]
    return packed(source, genuine[-3:])


def told(source: Source, item: Item) -> Code:
    return bundle.verify(source.file(item, party(source)).data, source.trust, now())[1].code


def judged(source: Source, data: bytes, processes: int = 1) -> Inspection:
    return depot.verify(data, source.trust, now(), processes)


def codes(source: Source, data: bytes, processes: int = 1) -> set[Code]:
    return {verdict.code for _, verdict in judged(source, data, processes).judged}


# ---- what a pack says ----------------------------------------------------------------------------------------------------


def test_of_each_item_it_says_word_for_word_what_a_file_of_its_own_says(source: Source, items: list[Item]) -> None:
    """Genuine, recalled, expired, sold and never issued ones together."""
    chosen = sorted([*items[::5], Item(gtin="09521000011014", serial="NEVERMADE")], key=lambda item: item.key)
    whole = packed(source, chosen)
    found = judged(source, whole.data)
    assert [label.item.key for label, _ in found.judged if label] == [item.key for item in chosen]
    assert found.checkpoint is not None
    kinds = set()
    for item, (_, verdict) in zip(chosen, found.judged, strict=True):
        _, alone = bundle.verify(source.file(item, party(source)).data, source.trust, now())
        if verdict.code is Code.NOT_ISSUED:  # whose maker the pack names because of its other items
            assert [(f.check, f.outcome, f.code) for f in verdict.findings] == [
                (f.check, f.outcome, f.code) for f in alone.findings
            ]
        else:
            assert [f for f in verdict.findings if f.check != "age"] == [f for f in alone.findings if f.check != "age"]
        assert (verdict.kind, verdict.code) == (alone.kind, alone.code)
        kinds.add(verdict.kind)
    assert {Word.GENUINE, Word.REJECTED} <= kinds


def test_two_processes_say_what_one_says(source: Source, pack: Packed) -> None:
    alone, together = judged(source, pack.data), judged(source, pack.data, 2)
    assert [label for label, _ in alone.judged] == [label for label, _ in together.judged]
    assert [v.findings[:-2] for _, v in alone.judged] == [v.findings[:-2] for _, v in together.judged]
    assert {v.kind for _, v in together.judged} == {Word.GENUINE}
    verdicts, tally = depot._elsewhere(pack.data, source.trust, now(), 1, 4)
    assert [v.code for v in verdicts] == [Code.OK] * 3
    assert codes(source, pack.data[:-1], 2) == {Code.TAMPERED}
    assert not tally.odd


def test_it_is_smaller_than_the_files_one_by_one(source: Source, pack: Packed) -> None:
    assert len(pack.data) < sum(len(source.file(item, party(source)).data) for item in pack.items) / 2


def test_the_order_of_the_items_does_not_matter(source: Source, pack: Packed) -> None:
    assert packed(source, pack.items[::-1]).data == pack.data


def test_without_enough_witnesses_no_item_is_genuine(source: Source, pack: Packed) -> None:
    quorum = source.trust.quorum
    assert quorum is not None
    strict = Quorum(len(quorum.names), quorum.voices)
    for pinned, tree in ((None, lambda c: c), (strict, lambda c: [*c[:7], c[7][:1]])):
        data = pack.changed("checkpoint", tree)
        found = depot.verify(data, replace(source.trust, quorum=pinned), now()).judged
        assert {verdict.code for _, verdict in found} == {Code.NOT_WITNESSED}


@pytest.mark.parametrize("change", ["contract", "code_hash"])
def test_under_another_trust_all_are_refused(source: Source, pack: Packed, change: str) -> None:
    trust = replace(source.trust, **{change: bytes(20 if change == "contract" else 32)})  # type: ignore[arg-type]  # by name
    assert {verdict.code for _, verdict in depot.verify(pack.data, trust, now()).judged} == {Code.TAMPERED}


# ---- what is not written -------------------------------------------------------------------------------------------------


def test_an_item_twice_none_and_too_many_are_refused(source: Source, pack: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="stands twice"):
        packed(source, [pack.items[0], pack.items[0]])
    evidence = evidence_of(source, pack.items, party(source))
    with pytest.raises(BadInput, match="1 to 50,000 items, not 0"):
        depot.write([], evidence, source.trust, pack.key)
    monkeypatch.setattr(depot, "MOST", 1_000)
    with pytest.raises(BadInput, match="Write several"):
        packed(source, pack.items)


def test_records_that_do_not_hold_are_not_handed_out(source: Source, items: list[Item], pack: Packed) -> None:
    edited = next(one for one in source.items() if one not in items)
    with pytest.raises(BadInput, match="would be refused"):
        packed(source, [*pack.items, edited])


def test_a_stranger_cannot_seal(source: Source, pack: Packed) -> None:
    evidence = evidence_of(source, pack.items, party(source))
    with pytest.raises(BadInput, match="not sealed by a device"):
        depot.write([Expected(source.label(pack.items[0]))], evidence, source.trust, STRANGER)
    assert codes(source, depot.sealed(rlp.encode(pack.tree), STRANGER)) == {Code.TAMPERED}


# ---- damaged, and changed with knowledge of the format -------------------------------------------------------------------


def test_cut_short_anywhere_and_flipped_anywhere_it_is_tampered(source: Source, pack: Packed) -> None:
    chance = random.Random(7)
    for _ in range(100):
        place = chance.randrange(len(pack.data))
        assert codes(source, pack.data[:place]) == {Code.TAMPERED}
        flipped = pack.data[:place] + bytes((pack.data[place] ^ 1 << chance.randrange(8),)) + pack.data[place + 1 :]
        assert codes(source, flipped) == {Code.TAMPERED}
    assert codes(source, pack.data + b"\0") == {Code.TAMPERED}
    assert codes(source, depot.MAGIC + bytes(depot.MOST)) == {Code.TAMPERED}


@pytest.mark.parametrize("outer", [b"", [], [b""], [b"", b"", b""], [[], b""], [b"", []], [b"", b""]])
def test_another_shape_is_tampered(source: Source, outer: Any) -> None:
    assert codes(source, depot.MAGIC + rlp.encode(outer)) == {Code.TAMPERED}


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_another_pack_is_never_taken(source: Source, pack: Packed, other: Packed, name: str) -> None:
    theirs = other.tree[PARTS.index(name)]
    if theirs == pack.tree[PARTS.index(name)]:
        assert name in ("checkpoint", "header", "lots", "administration", "places"), "the same in every pack of one block"
        return
    found = judged(source, pack.changed(name, lambda _: theirs)).judged
    if name == "places":  # the sender's word, and said to be
        assert {f.outcome for _, v in found for f in v.findings if f.check == "contradiction"} == {Outcome.NOT_PROVABLE_OFFLINE}
        return
    assert Word.GENUINE not in {v.kind for _, v in found}


def test_two_parts_of_another_pack_are_never_taken(source: Source, pack: Packed, other: Packed) -> None:
    """Nothing is told of an item but what its own pack tells."""
    for first, second in combinations(range(len(PARTS)), 2):
        tree, theirs = pack.tree, other.tree
        tree[first], tree[second] = theirs[first], theirs[second]
        if tree != pack.tree:
            data = depot.sealed(rlp.encode(tree), pack.key)
            assert ends(judged(source, data), data, pack) in ("refused", "map"), (PARTS[first], PARTS[second])


@pytest.mark.parametrize("name", ["nodes", "items", "entries", "histories", "hashes", "details", "places", "administration"])
def test_a_piece_that_is_dropped_doubled_or_moved_is_noticed(source: Source, pack: Packed, name: str) -> None:
    chance = random.Random(8)
    rows = pack.tree[PARTS.index(name)]
    for place in chance.sample(range(len(rows)), min(3, len(rows))):
        for changed in ([*rows[:place], *rows[place + 1 :]], [*rows, rows[place]], [*rows[1:], rows[0]]):
            if (
                changed == rows
                or (name == "items" and len(changed) < len(rows))
                or (name == "places" and len(changed) < len(rows))
            ):
                continue  # places are the sender's word; a list of fewer items is looked at below
            if name == "details" and len(changed) < len(rows) and b'"gln"' in rows[place][1]:
                continue  # the name of an organisation may be withheld
            found = judged(source, pack.changed(name, lambda _: changed)).judged  # noqa: B023 - called at once
            kinds = {v.kind for _, v in found}
            if len(changed) < len(rows):  # withheld by who sealed it: what is whole without it stays true
                assert kinds != {Word.GENUINE}, (name, place)
            else:
                assert Word.GENUINE not in kinds, (name, place)


def test_an_item_left_out_leaves_pieces_that_nobody_needs(source: Source, pack: Packed) -> None:
    found = judged(source, pack.changed("items", lambda rows: rows[:-1])).judged
    assert len(found) == len(pack.items) - 1
    assert {v.code for _, v in found} == {Code.TAMPERED}
    assert {f.check for _, v in found for f in v.findings if f.code is Code.TAMPERED} == {"seal"}


def test_one_altered_entry_makes_all_tampered(source: Source, pack: Packed) -> None:
    for place in range(0, len(pack.tree[4]), 5):

        def later(rows: Any, place: int = place) -> Any:
            rows[place][6] = (int.from_bytes(rows[place][6], "big") + 60).to_bytes(4, "big")
            return rows

        assert codes(source, pack.changed("entries", later)) == {Code.TAMPERED}


def test_a_node_added_is_tampered(source: Source, pack: Packed, other: Packed) -> None:
    spare = next(node for node in other.tree[2] if node not in pack.tree[2])
    assert codes(source, pack.changed("nodes", lambda rows: sorted([*rows, spare]))) == {Code.TAMPERED}


def test_places_that_nobody_reads_are_tampered(source: Source, pack: Packed) -> None:
    more = [b"9999999999999", b"Nowhere", b"", b"", b""]
    assert codes(source, pack.changed("places", lambda rows: [*rows, more])) == {Code.TAMPERED}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("items", lambda _: []),
        ("items", lambda rows: [[b"parcel 4711", b""], *rows[1:]]),
        ("items", lambda rows: [[rows[0][0] + b"?utm=1", b""], *rows[1:]]),
        ("items", lambda rows: [[rows[0][0].replace(b"id.gs1.org", b"example.org"), b""], *rows[1:]]),
        ("items", lambda rows: [[rows[0][0], b"\x01"], *rows[1:]]),
        ("items", lambda rows: rows[::-1]),
        ("lots", lambda _: [[bytes(32), bytes(32), b"\x01", b"", []]]),
        ("administration", lambda rows: [*rows, b"\x7f\xff"]),
        ("checkpoint", lambda c: [c[0], b"\x01", *c[2:]]),
        ("hashes", lambda rows: [*rows, bytes(32)]),
        ("hashes", lambda rows: rows[:-1]),
        ("details", lambda rows: [[rows[0][0], b"{", rows[0][2]], *rows[1:]]),
    ],
)
def test_what_no_pack_holds_is_tampered(source: Source, pack: Packed, name: str, change: Any) -> None:
    assert codes(source, pack.changed(name, change)) == {Code.TAMPERED}


def test_an_entry_of_a_journey_is_none_of_the_administration(source: Source, pack: Packed) -> None:
    indices = [row[0] for row in pack.tree[4]]
    assert codes(source, pack.changed("administration", lambda _: indices)) == {Code.TAMPERED}


# ---- shared paths --------------------------------------------------------------------------------------------------------


@given(size=st.integers(1, 70), data=st.data())
def test_shared_paths_are_the_paths_and_have_one_spelling(size: int, data: st.DataObject) -> None:
    leaves = [sha256(bytes((n,))).digest() for n in range(size)]
    chosen = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    hashes = shared_hashes(chosen, size, lambda index: merkle.inclusion_path(leaves, index, size))
    shown = {index: leaves[index] for index in chosen}
    paths = SharedPaths(shown, size, hashes)
    for index in chosen:
        merkle.verify_inclusion(leaves[index], index, size, paths(index), merkle.root(leaves))
    for other_list in ((*hashes, ZERO), hashes[:-1]):
        if other_list != hashes:
            with pytest.raises(BadProof):
                SharedPaths(shown, size, other_list)


def test_a_unit_of_a_lot_that_is_not_in_the_pack_is_refused() -> None:
    unit, place = encoding.word(1), [encoding.word(99), b""]
    with pytest.raises(KeyError):
        read_history(Fields([unit, [], [], [*place]]), {}, {})
    assert read_history(Fields([unit, [], [], [*place]]), {}, {place[0]: Birth(place[0], Kind.LOT, 0, ZERO)}).membership


def test_paths_of_no_leaf_or_of_one_outside_are_refused() -> None:
    assert SharedPaths({}, 5, ()) is not None
    for leaves, size, hashes in (({}, 5, (ZERO,)), ({5: ZERO}, 5, ()), ({0: ZERO}, 1 << 64, ()), ({0: ZERO}, 2, (b"short",))):
        with pytest.raises(BadProof):
            SharedPaths(leaves, size, hashes)


def test_units_of_a_lot_share_their_places_in_it(source: Source, pack: Packed) -> None:
    """The form alone: what binds a lot is the same as in a file of one item."""
    base = evidence_of(source, pack.items, party(source))
    units = [encoding.word(n) for n in range(1, 6)]
    leaves = [leaf_hash(unit) for unit in units]
    lot = encoding.word(99)
    birth = Birth(lot, Kind.LOT, 0, ZERO, root=merkle.root(leaves), size=5, expiry=7)
    first = Entry(0, Verb.COMMISSION_LOT, 1, bytes(20), 0, 5, 6, ZERO, ZERO, (lot,))
    histories = {
        unit: History(unit, birth, (first,), Membership(lot, n, merkle.inclusion_path(leaves, n, 5)))
        for n, unit in enumerate(units[:3])
    }
    evidence = replace(base, histories=histories, administration=(), details={}, places={}, parties={})
    paths = depot_form.paths_of(evidence)
    assert len(paths.lots[lot]) == 2
    expected = [Expected(source.label(pack.items[0]))]
    expected = [replace(expected[0], label=bundle_form.canonical(expected[0].label))]
    body = depot_form.encode(expected, evidence, [], paths)
    read = depot_form.decode(body)
    assert read.evidence.histories == histories
    assert isinstance(read.nodes, SharedNodes)
    tree: Any = rlp.decode(body)
    tree[6][0][3][1] = b"\x01"  # the place of another unit
    with pytest.raises(BadProof):
        depot_form.decode(rlp.encode(tree))
