"""The single-file verifier and the program say the same about every file, valid and hostile, under every trust pack."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tiny_keccak import keccak256

from app.demo.story import Story
from app.demo.units import plot
from app.printing import vouched
from app.trust import pack_from, read_pack
from app.trust.cosigning import MEMORY, NOTE, cosigned, kept_here
from chain import bundle, calls, rlp
from chain.errors import BadInput
from chain.journey import Party
from chain.keys import address_of, derive
from chain.notes import NoteSigner
from chain.policy import Situation
from chain.verdict import Code, Kind
from chain.witness_policy import Voice
from tests.golden.vectors import FOLDER, vectors
from tests.torture.bundles import PARTS, Sealed, Source, mutant, now, reseal
from tests.torture.second import DEPOT, FILE, judges, second


@pytest.fixture(scope="module")
def source(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A profile to write files from."""
    profile = tmp_path_factory.mktemp("second") / "demo"
    shutil.copytree(sample_world, profile)
    opened = Source(profile)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def pack(source: Source) -> bytes:
    return (source.station.profile / "trust.json").read_bytes()


def party(source: Source, name: str) -> Party:
    return next(p for p in source.parties if p.name == name)


def about(source: Source, code: Code, maker: str = "") -> Sealed:
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    return source.file(plot(story).item(code), party(source, "Linden Pharmacy"), party(source, maker) if maker else None)


@pytest.fixture(scope="module")
def genuine(source: Source) -> Sealed:
    return about(source, Code.OK, "Alba Pharma")


def both(source: Source, pack: bytes, data: bytes, asked: Situation | None = None) -> tuple[str, str]:
    """What both say; that they say the same is asserted."""
    first, other = judges(pack, source)
    source.trust, kept = pack_from(orjson.loads(pack)).trust, source.trust
    try:
        said = first(data, asked or now())
    finally:
        source.trust = kept
    assert other(data, asked or now()) == said
    return said


def changed(pack: bytes, **changes: Any) -> bytes:
    return orjson.dumps(orjson.loads(pack) | changes)


@pytest.mark.parametrize(
    "code",
    [code for code in Code if code not in (Code.UNREADABLE, Code.NOT_WITNESSED, Code.TAMPERED)],
    ids=lambda code: code.value,
)
def test_they_agree_about_every_fate(source: Source, pack: bytes, code: Code) -> None:
    both(source, pack, about(source, code, "Alba Pharma").data)
    both(source, pack, about(source, code, "Meridian Foods").data)


def test_they_agree_that_an_honest_file_is_genuine_and_later_stale(source: Source, pack: bytes, genuine: Sealed) -> None:
    assert both(source, pack, genuine.data) == ("GENUINE", "OK")
    later = Situation(datetime.now(UTC) + source.trust.max_age + timedelta(hours=2))
    assert both(source, pack, genuine.data, later) == ("UNKNOWN", "STALE")
    before = Situation(datetime.now(UTC) - timedelta(hours=2))
    assert both(source, pack, genuine.data, before)[0] == "UNKNOWN"


def test_they_agree_under_other_packs(source: Source, pack: bytes, genuine: Sealed) -> None:
    whole = orjson.loads(pack)
    voices = whole["witnesses"]
    silent = [voice | {"revoked": True} for voice in voices]
    late = [voice | {"from": int(datetime.now(UTC).timestamp()) + 9_000} for voice in voices]
    bare = {name: whole[name] for name in ("chain_id", "contract", "code_hash", "max_age")}
    unwitnessed = ("UNKNOWN", "NOT_WITNESSED")
    assert both(source, changed(pack, threshold=3), genuine.data) == ("GENUINE", "OK")
    assert both(source, orjson.dumps(bare), genuine.data) == unwitnessed
    assert both(source, changed(pack, witnesses=silent), genuine.data) == unwitnessed
    assert both(source, changed(pack, witnesses=late), genuine.data) == unwitnessed
    assert both(source, changed(pack, witnesses=[*silent[:2], voices[2]]), genuine.data) == unwitnessed
    assert both(source, changed(pack, witnesses=[*voices[:2], silent[2]]), genuine.data) == ("GENUINE", "OK")
    assert both(source, changed(pack, expires=1), genuine.data) == ("UNKNOWN", "STALE")
    digits = genuine.opened.label.item.gtin[1:9]
    assert both(source, changed(pack, max_age_by_prefix={digits: 1}), genuine.data)[1] in ("OK", "STALE")
    old = Situation(datetime.now(UTC) + timedelta(days=2))
    assert both(source, changed(pack, max_age_by_prefix={digits: 86_400}), genuine.data, old) == ("UNKNOWN", "STALE")
    assert both(source, changed(pack, max_age_by_prefix={digits: 86_400, digits + "9" * 9: 1}), genuine.data) == ("GENUINE", "OK")
    assert both(source, changed(pack, chain_id=1), genuine.data) == ("REJECTED", "TAMPERED")
    assert both(source, changed(pack, code_hash="0x" + "00" * 32), genuine.data) == ("REJECTED", "TAMPERED")
    assert both(source, changed(pack, local={"max_age": 1}), genuine.data, old) == ("UNKNOWN", "STALE")


def test_they_agree_about_changed_files(source: Source, pack: bytes, genuine: Sealed) -> None:
    files = [genuine, about(source, Code.STALE), about(source, Code.RECALLED), about(source, Code.CLONE_PROVEN)]
    chance = random.Random(8)
    for _ in range(250):
        both(source, pack, mutant(files, chance)[1])


def test_signatures_of_another_block_are_refused_by_both(source: Source, pack: bytes, genuine: Sealed) -> None:
    """A component swapped between two valid files: the witnesses' lines, one by one and all together."""
    place = PARTS.index("checkpoint")
    newer = replace(genuine.opened.evidence.checkpoint.bare, block=genuine.opened.evidence.checkpoint.block + 1)
    quorum = source.trust.quorum
    assert quorum is not None
    theirs = [
        [one.name.encode(), one.payload] for one in sorted(s.cosign(newer, 1_795_000_000) for s in kept_here(source.keys, quorum))
    ]
    for number in range(len(theirs)):
        tree = genuine.tree
        tree[place][7][number] = theirs[number]
        assert both(source, pack, reseal(tree, genuine.key)) == ("REJECTED", "TAMPERED")
    tree = genuine.tree
    tree[place][7] = theirs
    assert both(source, pack, reseal(tree, genuine.key)) == ("REJECTED", "TAMPERED")


def test_too_few_signatures_and_strangers_lines_are_not_enough(source: Source, pack: bytes, genuine: Sealed) -> None:
    place = PARTS.index("checkpoint")
    stranger = NoteSigner("stranger.example", b"s" * 32)
    at = int(datetime.now(UTC).timestamp())
    line = stranger.cosign(genuine.opened.evidence.checkpoint, at)
    for kept, said in (
        (3, ("GENUINE", "OK")),
        (2, ("GENUINE", "OK")),
        (1, ("UNKNOWN", "NOT_WITNESSED")),
        (0, ("UNKNOWN", "NOT_WITNESSED")),
    ):
        tree = genuine.tree
        tree[place][7] = sorted([*tree[place][7][:kept], [line.name.encode(), line.payload]])
        assert both(source, pack, reseal(tree, genuine.key)) == said


def test_a_forged_chain_is_not_genuine(source: Source, pack: bytes, tmp_path: Path) -> None:
    """Whoever builds a state of his own under the pinned contract's address and code has no witness for it."""
    from app import demo

    forged = tmp_path / "forged"
    demo.found(forged)
    (forged / "trust.json").write_bytes(
        changed((forged / "trust.json").read_bytes(), witnesses=[], threshold=0, format="x")[:0] or b""
    )
    (forged / "trust.json").write_bytes(orjson.dumps({n: orjson.loads(pack)[n] for n in ("chain_id", "contract", "code_hash")}))
    liar = Source(forged)
    try:
        item = next(row.item for row in liar.station.items("Mountain honey") if row.status == "in circulation")
        data = liar.file(item, party(liar, "Linden Pharmacy")).data
    finally:
        liar.close()
    assert both(source, pack, data) == ("UNKNOWN", "NOT_WITNESSED")


def test_a_note_of_other_witnesses_makes_a_file_of_an_older_block(source: Source, genuine: Sealed) -> None:
    """Without keys of its own a profile uses the note it was given, and as of that note's block."""
    station, trust = source.station, source.trust
    checkpoint = genuine.opened.evidence.checkpoint
    voice = NoteSigner("outside.example", b"o" * 32)
    assert trust.quorum is not None
    theirs = replace(trust, quorum=replace(trust.quorum, threshold=1, voices=(Voice(voice.key),)))
    note = station.profile / NOTE
    kept = note.read_bytes()
    signed = replace(checkpoint, signatures=(voice.cosign(checkpoint, int(datetime.now(UTC).timestamp())),))
    try:
        station.trust = theirs
        note.write_bytes(b"nothing")
        tiles = station.store.replica.tiles()
        assert cosigned(station.profile, theirs, checkpoint.bare, tiles, source.keys).signatures == ()
        note.write_bytes(signed.note())
        evidence = vouched(station, source.keys, genuine.opened.label.item)
        assert evidence.checkpoint == signed
        with station.store.transaction():  # a newer block that nobody signed
            station.store.replica.pin(replace(checkpoint.bare, block=checkpoint.block + 1), b"")
        assert vouched(station, source.keys, genuine.opened.label.item).checkpoint == signed
    finally:
        with station.store.transaction():
            station.store.replica.rewind(station.store.replica.size(), checkpoint.block)
        station.trust = trust
        note.write_bytes(kept)
    assert (station.profile / MEMORY).exists()


@pytest.mark.parametrize("row", vectors(), ids=lambda row: row["file"])
def test_both_say_what_the_published_vectors_say(row: dict[str, Any]) -> None:
    data, pack = ((FOLDER / row[name]).read_bytes() for name in ("file", "trust"))
    asked = Situation(datetime.fromtimestamp(row["now"], UTC))
    first = bundle.verify(data, pack_from(orjson.loads(pack)).trust, asked)[1]
    other = second()["verify"](data, second()["read_pack"](pack), row["now"])
    assert (first.kind.value, first.code.value) == other[:2] == (row["verdict"], row["code"])


# ---- its own mathematics -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("file", "most"), [(FILE, 500), (DEPOT, 150)])
def test_it_is_one_small_file_of_the_standard_library(file: Path, most: int) -> None:
    lines = file.read_text().splitlines()
    assert len(lines) <= most
    assert max(map(len, lines)) <= 180
    imports = [line.partition(" ")[2].partition(" import ")[0] for line in lines if line.startswith(("import ", "from "))]
    roots = {name.strip().split(".")[0] for line in imports for name in line.split(",")}
    assert roots <= {*sys.stdlib_module_names, *(["verify_wayproof"] if file == DEPOT else [])}


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    def made(pack: bytes) -> bytes:
        value = json.loads(pack)
        change(value)
        return json.dumps(value).encode()

    return made


PACKS: dict[str, Callable[[bytes], bytes]] = {
    "a key revoked and not": lambda pack: pack.replace(b'"revoked": false', b'"revoked": true, "revoked": false', 1),
    "a threshold twice": lambda pack: pack.replace(b'"threshold"', b'"thresh\\u006fld": 3, "threshold"'),
    "another alphabet": lambda pack: pack.decode().encode("utf-16"),
    "a mark before it": lambda pack: b"\xef\xbb\xbf" + pack,
    "without end": lambda pack: pack + b" " * (1 << 20),
    "one key for two": _changed(lambda pack: pack["witnesses"].append(pack["witnesses"][0] | {"until": 5})),
    "an end that is not": _changed(lambda pack: pack["witnesses"][0].update(until=1 << 63)),
    "revoked is a number": _changed(lambda pack: pack["witnesses"][0].update(revoked=0)),
    "no end": _changed(lambda pack: pack.pop("expires")),
    "no threshold": _changed(lambda pack: pack.pop("threshold")),
    "more than all": _changed(lambda pack: pack.update(threshold=4)),
    "no format": _changed(lambda pack: pack.pop("format")),
    "a later format": _changed(lambda pack: pack.update(format="wayproof trust 4")),
    "an unknown member": _changed(lambda pack: pack.update(unless="it rains")),
    "no name": _changed(lambda pack: pack.update(name="\u202e")),
    "an age without digits": _changed(lambda pack: pack.update(max_age_by_prefix={"": 10**9})),
    "a local that is a list": _changed(lambda pack: pack.update(local=["max_age"])),
    "signatures that are none": _changed(lambda pack: pack.update(signatures={})),
    "a shouted address": _changed(lambda pack: pack.update(contract=pack["contract"].replace("0x", "0X"))),
}


@pytest.mark.parametrize("name", PACKS)
def test_both_refuse_the_same_trust_packs(name: str, pack: bytes, tmp_path: Path) -> None:
    """A pack that one of them read another way would make a file genuine for one person and not for the next."""
    readable = json.dumps(json.loads(pack)).encode()  # the spelling that the changes look for
    file = tmp_path / "trust.json"
    file.write_bytes(readable)
    assert read_pack(file).trust.quorum is not None
    assert second()["read_pack"](readable)["witnesses"]
    bad = PACKS[name](readable)
    assert bad != readable
    file.write_bytes(bad)
    with pytest.raises(BadInput):
        read_pack(file)
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        second()["read_pack"](bad)


@given(st.binary(max_size=600))
def test_its_keccak_is_keccak(data: bytes) -> None:
    assert _slow_keccak()(data) == keccak256(data)


def _slow_keccak() -> Any:
    import runpy

    if not hasattr(_slow_keccak, "kept"):
        _slow_keccak.kept = runpy.run_path(str(FILE))["keccak"]
    return _slow_keccak.kept


@given(st.binary(min_size=32, max_size=32), st.integers(1, 40))
def test_it_recovers_who_signed(digest: bytes, number: int) -> None:
    key = derive(b"k" * 32, str(number))
    signature = key.sign_digest(digest)
    assert second()["signer"](digest, signature) == key.address
    other = second()["recover"](digest, signature[:64], signature[64] - 27 ^ 1)
    assert other != key.address
    exponent_one = PrivateKey(number.to_bytes(32, "big"))  # small keys go through the edge cases of addition
    signature = exponent_one.sign_recoverable(digest, hasher=None)
    assert second()["recover"](digest, signature[:64], signature[64]) == address_of(exponent_one.public_key)


def test_it_knows_where_the_contract_keeps_things() -> None:
    assert {name: calls.slot(name) for name in second()["SLOTS"]} == second()["SLOTS"]


@given(st.recursive(st.binary(max_size=70), lambda inner: st.lists(inner, max_size=5), max_leaves=20))
def test_it_reads_rlp(tree: Any) -> None:
    data = rlp.encode(tree)
    assert second()["unrlp"](data) == tree


@given(st.binary(max_size=60))
def test_it_refuses_the_rlp_that_the_program_refuses(data: bytes) -> None:
    from chain.errors import BadProof

    try:
        ours: Any = rlp.decode(data)
    except BadProof:
        ours = None
    try:
        theirs: Any = second()["unrlp"](data)
    except second()["Bad"]:
        theirs = None
    assert ours == theirs


# ---- its command line ----------------------------------------------------------------------------------------------------


def run(*arguments: object, file: Path = FILE) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-I", str(file), *map(str, arguments)], check=False, capture_output=True, text=True)


def test_its_command_line(source: Source, pack: bytes, genuine: Sealed, tmp_path: Path) -> None:
    trust, good, bad, none = (tmp_path / name for name in ("trust.json", "good.wayproof", "bad.wayproof", "none"))
    trust.write_bytes(pack)
    good.write_bytes(genuine.data)
    bad.write_bytes(genuine.data[:-1])
    done = run(good, "--trust", trust)
    assert (done.returncode, done.stdout.split()[:2]) == (0, ["GENUINE", "OK"])
    done = run(good, "--trust", trust, "--json")
    assert json.loads(done.stdout)["verdict"] == "GENUINE"
    done = run(bad, "--trust", trust)
    assert (done.returncode, done.stdout.split()[:2]) == (1, ["REJECTED", "TAMPERED"])
    for arguments in ((none, "--trust", trust), (good, "--trust", none), (good, "--trust", good), (good,)):
        done = run(*arguments)
        assert done.returncode == 2
        assert "Traceback" not in done.stderr


def test_an_empty_file_and_one_without_end_are_refused_by_both(source: Source, pack: bytes) -> None:
    for data in (b"", b"wayproof 1\n", b"wayproof 2\n", b"wayproof 2\n" + bytes(bundle.MOST)):
        assert both(source, pack, data) == (Kind.REJECTED.value, "TAMPERED")
