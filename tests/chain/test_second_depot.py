"""The second verifier's part for depot packs and the program say the same of every item, in valid packs and in hostile ones."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trust import pack_from
from chain import bundle_form, depot, depot_form, merkle, rlp
from chain.evidence import History, Membership
from chain.journey import Birth, Entry, Kind, Verb
from chain.merkle import leaf_hash
from chain.multiproof import shared_hashes
from chain.policy import Situation
from chain.verdict import Code
from tests.chain.test_second_verifier import run
from tests.golden.vectors import FOLDER, depots
from tests.torture.bundles import Source, now
from tests.torture.depots import Packed, alike, both, evidence_of, mutant, packs, party, told
from tests.torture.second import DEPOT, second, second_depot


@pytest.fixture(scope="module")
def source(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A profile to write packs from."""
    profile = tmp_path_factory.mktemp("second") / "demo"
    shutil.copytree(sample_world, profile)
    opened = Source(profile)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pack(source: Source) -> bytes:
    return (source.station.profile / "trust.json").read_bytes()


@pytest.fixture(scope="module")
def honest(source: Source) -> list[Packed]:
    """Packs of one item and of four, whatever their fates."""
    return packs(source, (1, 4), random.Random(11))


@pytest.mark.parametrize("row", depots(), ids=lambda row: row["file"])
def test_both_say_of_every_item_what_the_published_depot_packs_say(row: dict[str, Any]) -> None:
    data, trusted = ((FOLDER / row[name]).read_bytes() for name in ("file", "trust"))
    asked = Situation(datetime.fromtimestamp(row["now"], UTC))
    found = depot.verify(data, pack_from(orjson.loads(trusted)).trust, asked).judged
    ours = [[label.item.key if label else "", v.kind.value, v.code.value] for label, v in found]
    theirs = second_depot()["verify_depot"](data, second()["read_pack"](trusted), row["now"])
    assert ours == [list(one[:3]) for one in theirs] == row["items"]


def test_they_agree_about_changed_packs_and_no_item_is_told_otherwise(source: Source, pack: bytes, honest: list[Packed]) -> None:
    chance = random.Random(12)
    trusted = second()["read_pack"](pack)
    for number in range(62):
        one, data = (honest[number], honest[number].data) if number < 2 else mutant(honest, chance)
        found, ours, theirs = both(data, source, trusted, now())
        assert alike(ours, theirs), data.hex()
        assert told(found, data, one) != "WRONG", data.hex()


@given(size=st.integers(1, 70), data=st.data())
def test_its_paths_are_the_paths_and_have_one_spelling(size: int, data: st.DataObject) -> None:
    leaves = [sha256(bytes((n,))).digest() for n in range(size)]
    chosen = sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1)))
    hashes = shared_hashes(chosen, size, lambda index: merkle.inclusion_path(leaves, index, size))
    found = second_depot()["paths"]({index: leaves[index] for index in chosen}, size, hashes)
    assert {index: tuple(path) for index, path in found.items()} == {n: merkle.inclusion_path(leaves, n, size) for n in chosen}
    for wrong in ((*hashes, bytes(32)), hashes[1:]):
        if wrong != hashes:
            with pytest.raises(second_depot()["Bad"]):
                second_depot()["paths"]({index: leaves[index] for index in chosen}, size, wrong)


def test_units_of_a_lot_share_their_places_in_it_for_both(source: Source, pack: bytes) -> None:
    """The form alone: units that stand on the contract as one root, which the sample world has none of."""
    lot, units = bytes(31) + b"\x63", [bytes(31) + bytes((n,)) for n in range(1, 6)]
    leaves = [leaf_hash(unit) for unit in units]
    item = next(one for one in source.items())
    base = evidence_of(source, [item], party(source))
    birth = Birth(lot, Kind.LOT, 0, bytes(32), root=merkle.root(leaves), size=5, expiry=7)
    first = Entry(0, Verb.COMMISSION_LOT, 1, bytes(20), 0, 5, 6, bytes(32), bytes(32), (lot,))
    histories = {
        unit: History(unit, birth, (first,), Membership(lot, n, merkle.inclusion_path(leaves, n, 5)))
        for n, unit in enumerate(units[:3])
    }
    evidence = replace(base, histories=histories, administration=(), details={}, places={}, parties={})
    expected = [depot.Expected(bundle_form.canonical(source.label(item)))]
    body = depot_form.encode(expected, evidence, [], depot_form.paths_of(evidence))
    key = source.keys.device(party(source).gln)
    opened = second_depot()["Depot"](depot.sealed(body, key), datetime.now(UTC).date())
    assert {unit: tuple(h["place"][2]) for unit, h in opened.histories.items()} == {
        unit: h.membership.path for unit, h in histories.items() if h.membership
    }
    for change in (
        lambda tree: tree[5].append([bytes(31) + b"\x64", bytes(32), b"\x01", b"", []]),  # a lot that no unit is of
        lambda tree: tree[6][0][3].append([]),  # a place with a path of its own
        lambda tree: tree[6][0][3].__setitem__(0, bytes(32)),  # a lot that is not described
        lambda tree: tree[5][0][4].pop(),
        lambda tree: tree[6][0][3].__setitem__(1, b"\x01"),  # the place of another unit
    ):
        tree: Any = rlp.decode(body)
        change(tree)
        data = depot.sealed(rlp.encode(tree), key)
        assert second_depot()["verify_depot"](data, second()["read_pack"](pack), 1.8e9)[0][1:3] == ("REJECTED", "TAMPERED")
        assert {v.code for _, v in depot.verify(data, source.trust, now()).judged} == {Code.TAMPERED}


def test_its_command_line(honest: list[Packed], pack: bytes, tmp_path: Path) -> None:
    trust, good, none = (tmp_path / name for name in ("trust.json", "good.wayproof", "none"))
    trust.write_bytes(pack)
    good.write_bytes(honest[1].data)
    done = run(good, "--trust", trust, "--json", file=DEPOT)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["item"] for row in rows] == sorted(item.key for item in honest[1].items)
    assert done.returncode == (0 if {row["verdict"] for row in rows} == {"GENUINE"} else 1)
    one = run(good, "--trust", trust, "--item", rows[1]["item"], file=DEPOT)
    assert one.stdout.split()[:3] == [rows[1]["verdict"], rows[1]["code"], rows[1]["item"]]
    good.write_bytes(honest[1].data[:-1])
    assert (run(good, "--trust", trust, file=DEPOT).stdout.split()[:2]) == ["REJECTED", "TAMPERED"]
    for arguments in ((none, "--trust", trust), (good, "--trust", none), (good, "--trust", good), (good,)):
        done = run(*arguments, file=DEPOT)
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    good.write_bytes(honest[1].data)
    done = run(good, "--trust", trust, "--item", "(01)09506000134352(21)NOBODY", file=DEPOT)
    assert (done.returncode, done.stdout) == (2, "")
