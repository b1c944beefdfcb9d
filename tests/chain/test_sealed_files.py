"""Files of a network whose blocks are sealed, under a trust pack that names its validators: both verifiers ask for the seals."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import orjson
import pytest

from app.trust import pack_from
from chain import bundle, depot, rlp
from chain.devnet import Devnet
from chain.errors import BadInput, BadProof
from chain.header import Header
from chain.keys import ORDER
from chain.ledger import Ledger
from chain.seals import Consensus, Seals
from chain.verdict import Code, Verdict
from tests.chain.consortium import Consortium
from tests.chain.validators import KEYS, OUTSIDER, VALIDATORS, clique, hashed, moved, plain_header, sent
from tests.torture.bundles import PARTS, Sealed, Source, change_bytes, now, reseal
from tests.torture.second import judges, second

BFT = [Seals.QBFT, Seals.IBFT2]
GENUINE, TAMPERED, UNWITNESSED = ("GENUINE", "OK"), ("REJECTED", "TAMPERED"), ("UNKNOWN", "NOT_WITNESSED")


@pytest.fixture(scope="module")
def source(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A profile to write files from."""
    profile = tmp_path_factory.mktemp("sealed") / "demo"
    shutil.copytree(sample_world, profile)
    opened = Source(profile)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def genuine(source: Source) -> Sealed:
    """A file about an honest item."""
    row = next(row for row in source.station.items("Mountain honey") if row.status == "in circulation")
    return source.file(row.item, source.parties[0], next(p for p in source.parties if p.name == "Meridian Foods"))


@pytest.fixture(scope="module")
def plain(genuine: Sealed) -> Header:
    return plain_header(genuine.data)


def pack(source: Source, how: Seals | None = None, pinned: list[bytes] | None = None) -> bytes:
    """The trust pack of the sample world, with validators where a kind of network is given."""
    whole = orjson.loads((source.station.profile / "trust.json").read_bytes())
    if how is not None:
        told = ["0x" + one.hex() for one in (VALIDATORS if pinned is None else pinned)]
        whole |= {"format": "wayproof trust 3", "consensus": {"kind": how.value, "validators": told}}
    return orjson.dumps(whole)


def both(source: Source, trusted: bytes, data: bytes) -> tuple[str, str]:
    """What both verifiers say; that they say the same is asserted."""
    first, other = judges(trusted, source)
    source.trust, kept = pack_from(orjson.loads(trusted)).trust, source.trust
    try:
        said = first(data, now())
    finally:
        source.trust = kept
    assert other(data, now()) == said
    return said


def verdict(source: Source, trusted: bytes, data: bytes) -> Verdict:
    return bundle.verify(data, pack_from(orjson.loads(trusted)).trust, now())[1]


def block_finding(found: Verdict) -> str:
    return next(f.why for f in found.findings if f.check == "block")


# ---- sealed as it must be ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", BFT)
def test_a_block_that_enough_pinned_validators_sealed_is_genuine(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    for keys in (KEYS, KEYS[:3], KEYS[1:]):
        data = moved(source, genuine.data, genuine.key, hashed(plain, how), sent(plain, how, keys))
        assert data.startswith(b"wayproof 3\n")
        assert both(source, pack(source, how), data) == GENUINE
        words = block_finding(verdict(source, pack(source, how), data))
        assert words == f"Block {plain.number} is whole, and {len(keys)} of the 4 validators that you pinned sealed it."


def test_a_block_that_a_pinned_signer_signed_is_genuine(source: Source, genuine: Sealed, plain: Header) -> None:
    """Of Clique the signature is in the block's hash: the file is of version 2."""
    for named in ((), VALIDATORS):
        block = clique(plain, KEYS[2], named)
        data = moved(source, genuine.data, genuine.key, block, block)
        assert data.startswith(b"wayproof 2\n")
        assert both(source, pack(source, Seals.CLIQUE), data) == GENUINE


@pytest.mark.parametrize("how", BFT)
def test_a_pack_without_validators_judges_as_before(source: Source, genuine: Sealed, plain: Header, how: Seals) -> None:
    """With and without seals; whose they are is then nobody's question."""
    block = hashed(plain, how)
    for shown in (block, sent(plain, how), sent(plain, how, [OUTSIDER])):
        data = moved(source, genuine.data, genuine.key, block, shown)
        assert both(source, pack(source), data) == GENUINE
        assert "sealed" not in block_finding(verdict(source, pack(source), data))


@pytest.mark.parametrize("how", BFT)
def test_validators_that_a_contract_names_are_compared_with_the_pinned_ones(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    """Besu names none in the header where a contract chooses them."""
    for keys, said in ((KEYS[:3], GENUINE), (KEYS[:2], TAMPERED)):
        data = moved(source, genuine.data, genuine.key, hashed(plain, how, []), sent(plain, how, keys, []))
        assert both(source, pack(source, how), data) == said


def test_what_this_laptops_own_node_says_needs_no_seals(source: Source, genuine: Sealed) -> None:
    from app.store import dossier
    from chain.verifier import Verifier

    evidence = dossier.evidence(source.station.store, genuine.opened.label.item)
    trust = pack_from(orjson.loads(pack(source, Seals.QBFT))).trust
    assert Verifier(trust).verify(genuine.opened.label, evidence, now()).code is Code.OK


# ---- not sealed, or by others --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", BFT)
def test_a_file_without_seals_is_not_believed_where_they_are_asked_for(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    for data in (genuine.data, moved(source, genuine.data, genuine.key, hashed(plain, how), hashed(plain, how))):
        assert both(source, pack(source, how), data) == UNWITNESSED
        assert "carries no seals" in verdict(source, pack(source, how), data).reason
    assert both(source, pack(source, Seals.CLIQUE), genuine.data) == TAMPERED


@pytest.mark.parametrize("how", BFT)
def test_validators_that_changed_ask_for_a_newer_pack(source: Source, genuine: Sealed, plain: Header, how: Seals) -> None:
    """An honest block after a fifth validator came in accuses nobody; the next pack takes it."""
    five = sorted([*VALIDATORS, OUTSIDER.address])
    data = moved(source, genuine.data, genuine.key, hashed(plain, how, five), sent(plain, how, [*KEYS, OUTSIDER], five))
    assert both(source, pack(source, how), data) == UNWITNESSED
    assert "get the newest version" in verdict(source, pack(source, how), data).reason
    assert both(source, pack(source, how, five), data) == GENUINE
    block = clique(plain, OUTSIDER, five)
    data = moved(source, genuine.data, genuine.key, block, block)
    assert both(source, pack(source, Seals.CLIQUE), data) == UNWITNESSED
    assert both(source, pack(source, Seals.CLIQUE, five), data) == GENUINE


def respelt(seals: list[Any]) -> list[Any]:
    high = (ORDER - int.from_bytes(seals[0][32:64], "big")).to_bytes(32, "big")
    return [seals[0][:32] + high + bytes((1 - seals[0][64],)), *seals[1:]]


@pytest.mark.parametrize(
    "change",
    [
        lambda seals: seals[:2],
        lambda seals: [*seals[:2], seals[0]],
        lambda seals: [*seals, seals[0]],
        lambda seals: [seals[0], seals[0], seals[0]],
        lambda seals: [seals[0][:64] + b"\x02", *seals[1:]],
        lambda seals: [seals[0][:64], *seals[1:]],
        lambda seals: [seals[0][:64] + bytes((1 - seals[0][64],)), *seals[1:]],
        lambda seals: [bytes(65), *seals[1:]],
        lambda seals: [[], *seals[1:]],
        lambda _: [],
        respelt,
    ],
)
@pytest.mark.parametrize("how", BFT)
def test_seals_that_were_taken_away_doubled_or_changed_are_tampered(
    source: Source, genuine: Sealed, plain: Header, how: Seals, change: Callable[[list[Any]], list[Any]]
) -> None:
    shown = sent(plain, how)
    parts: Any = rlp.decode(shown.extra_data)
    shown = replace(shown, extra_data=rlp.encode([*parts[:4], change(parts[4])]))
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), shown)
    assert both(source, pack(source, how), data) == TAMPERED


@pytest.mark.parametrize("how", BFT)
def test_a_seal_of_a_stranger_is_tampered(source: Source, genuine: Sealed, plain: Header, how: Seals) -> None:
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), sent(plain, how, [*KEYS[:3], OUTSIDER]))
    assert both(source, pack(source, how), data) == TAMPERED
    assert "no validator that you pinned" in verdict(source, pack(source, how), data).reason
    block = clique(plain, OUTSIDER)
    assert both(source, pack(source, Seals.CLIQUE), moved(source, genuine.data, genuine.key, block, block)) == TAMPERED


@pytest.mark.parametrize("how", BFT)
@pytest.mark.parametrize("field", ["parent_hash", "gas_used", "logs_bloom", "number", "round"])
def test_seals_of_another_block_are_tampered(source: Source, genuine: Sealed, plain: Header, how: Seals, field: str) -> None:
    """Good seals of the same validators over a block that differs in one field, under the header of this one."""
    if field == "round":
        theirs: Any = rlp.decode(sent(plain, how).extra_data)
        theirs[3] = b"\x03" if how is Seals.QBFT else b"\0\0\0\3"
    else:
        value = getattr(plain, field)
        other = replace(plain, **{field: value + 1 if isinstance(value, int) else bytes(len(value) - 1) + b"\x77"})
        theirs = rlp.decode(sent(other, how).extra_data)
    shown = replace(plain, extra_data=rlp.encode(theirs))
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), shown)
    assert both(source, pack(source, how), data) == TAMPERED


def test_one_kind_of_network_is_not_taken_for_another(source: Source, genuine: Sealed, plain: Header) -> None:
    """Also where the seals are good and only the hash that the witnesses signed is of the other kind."""
    for how, other in ((Seals.QBFT, Seals.IBFT2), (Seals.IBFT2, Seals.QBFT)):
        data = moved(source, genuine.data, genuine.key, hashed(plain, how), sent(plain, how))
        assert both(source, pack(source, other), data) == TAMPERED
        assert both(source, pack(source, Seals.CLIQUE), data) == TAMPERED
        parts: Any = rlp.decode(sent(plain, how).extra_data)
        crossed = replace(plain, extra_data=rlp.encode([*parts[:3], *([] if how is Seals.QBFT else [b"", []])]))
        data = moved(source, genuine.data, genuine.key, crossed, sent(plain, how))
        assert both(source, pack(source, how), data) == TAMPERED
    block = clique(plain)
    assert both(source, pack(source, Seals.QBFT), moved(source, genuine.data, genuine.key, block, block)) == UNWITNESSED


@pytest.mark.parametrize("how", BFT)
@pytest.mark.parametrize(
    "change",
    [
        lambda parts: [parts[0], b"", *parts[2:]],
        lambda parts: [parts[0], [b"\x01" * 19], *parts[2:]],
        lambda parts: [parts[0], [[]], *parts[2:]],
        lambda parts: [*parts[:3], [], parts[4]],
        lambda parts: [*parts[:3], b"\0", parts[4]],
        lambda parts: [*parts[:3], b"\x01" * 33, parts[4]],
        lambda parts: [parts[0], [n.to_bytes(20, "big") for n in range(1025)], *parts[2:]],
    ],
)
def test_extra_data_of_another_shape_is_tampered(
    source: Source, genuine: Sealed, plain: Header, how: Seals, change: Callable[[list[Any]], list[Any]]
) -> None:
    """The witnesses sign whatever its hash would be."""
    parts = change(rlp.decode(sent(plain, how).extra_data))  # type: ignore[arg-type]  # a list, as made above
    block = replace(plain, extra_data=rlp.encode([*parts[:3], *([b"", []] if how is Seals.QBFT else [])]))
    shown = replace(plain, extra_data=rlp.encode(parts))
    assert both(source, pack(source, how), moved(source, genuine.data, genuine.key, block, shown)) == TAMPERED


@pytest.mark.parametrize(
    "change",
    [
        lambda b: replace(b, extra_data=b.extra_data[1:]),
        lambda b: replace(b, extra_data=b.extra_data[:-1] + b"\x1b"),
        lambda b: replace(b, extra_data=b.extra_data[:32] + b"\x01" * 21 + b.extra_data[32:]),
        lambda b: replace(b, nonce=b"\x01" * 8),
        lambda b: replace(b, number=b.number, gas_used=b.gas_used + 1),
        lambda b: replace(clique(b, KEYS[0], VALIDATORS), nonce=b"\xff" * 8),
    ],
)
def test_a_block_of_clique_that_was_changed_is_tampered(
    source: Source, genuine: Sealed, plain: Header, change: Callable[[Header], Header]
) -> None:
    block = change(clique(plain))
    assert both(source, pack(source, Seals.CLIQUE), moved(source, genuine.data, genuine.key, block, block)) == TAMPERED


# ---- versions, packs, the way in ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", BFT)
def test_each_version_has_its_form_of_the_header(source: Source, genuine: Sealed, plain: Header, how: Seals) -> None:
    block, shown = hashed(plain, how), sent(plain, how)
    for one, magic in ((shown, bundle.MAGIC), (block, bundle.MAGIC_SEALS), (plain, bundle.MAGIC_SEALS)):
        data = moved(source, genuine.data, genuine.key, block, one, magic)
        assert both(source, pack(source), data) == TAMPERED
    good = moved(source, genuine.data, genuine.key, block, shown)
    assert both(source, pack(source), good.replace(b"wayproof 3\n", b"wayproof 2\n", 1)) == TAMPERED
    assert both(source, pack(source), genuine.data.replace(b"wayproof 2\n", b"wayproof 3\n", 1)) == TAMPERED
    with pytest.raises(BadProof):
        bundle.read(moved(source, genuine.data, genuine.key, block, block, bundle.MAGIC_SEALS))


@pytest.mark.parametrize("how", BFT)
def test_a_file_of_another_block_lends_no_part_to_the_same_items_file(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    """Every part, every two parts, and every two fields of the checkpoint: two files that differ in nothing but the block."""
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), hashed(plain, how))
    theirs = Sealed(data, genuine.key, genuine.party).tree
    assert [name for name, a, b in zip(PARTS, genuine.tree, theirs, strict=True) if a != b] == ["checkpoint", "header"]
    assert both(source, pack(source), reseal(theirs, genuine.key)) == GENUINE
    tried = 0
    for parts in (lambda tree: tree, lambda tree: tree[PARTS.index("checkpoint")]):
        for one, two in combinations_with_replacement(range(len(parts(theirs))), 2):
            tree = genuine.tree
            for place in (one, two):
                parts(tree)[place] = parts(theirs)[place]
            if tree not in (genuine.tree, theirs):
                tried += 1
                assert verdict(source, pack(source), reseal(tree, genuine.key)).code is Code.TAMPERED, (one, two)
    assert tried == 2 * 10 + 2 * 7 + 1


@pytest.mark.parametrize("how", BFT)
def test_changed_sealed_files_are_told_alike_and_never_genuine(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    chance = random.Random(9)
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), sent(plain, how))
    for _ in range(25):
        mutant = change_bytes(data, chance)
        assert mutant == data or both(source, pack(source, how), mutant) == TAMPERED


@pytest.mark.parametrize("how", BFT)
def test_what_is_written_over_a_sealed_header_carries_its_seals(
    source: Source, genuine: Sealed, plain: Header, how: Seals
) -> None:
    """As from a profile that synced with such a network."""
    data = moved(source, genuine.data, genuine.key, hashed(plain, how), sent(plain, how))
    opened = bundle.read(data)
    assert bundle.write(opened.label, opened.evidence, source.trust, genuine.key) == data


@pytest.mark.parametrize("how", BFT)
def test_depot_packs_carry_seals_as_well(source: Source, genuine: Sealed, plain: Header, how: Seals) -> None:
    item = genuine.opened.label.item
    evidence = genuine.opened.evidence
    expected = [depot.Expected(source.label(item))]
    trust = pack_from(orjson.loads(pack(source, how))).trust
    bare = depot.write(expected, evidence, trust, genuine.key)
    assert bare.startswith(b"wayproof depot 1\n")
    for keys, code in ((KEYS, Code.OK), (KEYS[:2], Code.TAMPERED)):
        data = moved(source, bare, genuine.key, hashed(plain, how), sent(plain, how, keys))
        assert data.startswith(b"wayproof depot 2\n")
        assert {v.code for _, v in depot.verify(data, trust, now()).judged} == {code}
    whole = depot.read(moved(source, bare, genuine.key, hashed(plain, how), sent(plain, how)))
    assert depot.is_pack(depot.write(whole.expected, whole.evidence, trust, genuine.key))
    assert {v.code for _, v in depot.verify(bare, trust, now()).judged} == {Code.NOT_WITNESSED}
    for one, magic in ((sent(plain, how), depot.MAGIC), (hashed(plain, how), depot.MAGIC_SEALS)):
        with pytest.raises(BadProof, match="form of its version"):
            depot.read(moved(source, bare, genuine.key, hashed(plain, how), one, magic))


def test_validators_that_are_none_cannot_be_pinned(source: Source) -> None:
    for kind, told in (
        ("qbft", []),
        ("qbft", ["0x" + "11" * 19]),
        ("qbft", ["0x" + "11" * 20] * 2),
        ("poa", ["0x" + "11" * 20]),
    ):
        whole = orjson.loads(pack(source)) | {"format": "wayproof trust 3", "consensus": {"kind": kind, "validators": told}}
        with pytest.raises(BadInput):
            pack_from(whole)
        with pytest.raises((ValueError, KeyError, TypeError)):
            second()["read_pack"](orjson.dumps(whole))
    with pytest.raises(BadInput):
        Consensus(Seals.QBFT, ())


@pytest.mark.parametrize("how", BFT)
def test_the_ledger_keeps_a_header_as_it_was_sent(how: Seals) -> None:
    """A node of a consortium: every block is answered with seals in it, under the hash of the form without them."""
    with Devnet.open(None) as devnet:
        ledger = Ledger(devnet)
        Consortium(ledger).found()
        _sealed_as_sent(ledger, how)


def _sealed_as_sent(ledger: Ledger, how: Seals) -> None:
    number = ledger.head().number
    inner = ledger._rpc

    class Consensual:
        def request(self, method: str, params: Any) -> Any:
            answer = inner.request(method, params)
            if method != "eth_getBlockByNumber":
                return answer
            header = Header.from_rpc(answer)
            extra = "0x" + sent(header, how).extra_data.hex()
            return {**answer, "extraData": extra, "hash": "0x" + hashed(header, how).hash.hex()}

    found = Ledger(Consensual(), ledger.contract).proven(number)
    assert found.header == hashed(ledger.header(number), how)
    assert found.sent == sent(ledger.header(number), how)
    assert Consensus(how, tuple(VALIDATORS)).sealers(found.sent, found.header.hash) == frozenset(VALIDATORS)
