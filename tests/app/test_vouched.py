"""What must vouch for a node's block beside its header: pinned validators, and what witnesses co-signed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.network import EMBEDDED_CHAIN_ID, join
from app.network.access import Access
from app.network.keyring import DerivedKeys
from app.recorder import Member, Recorder
from app.station import Station
from app.store import Store
from app.sync import pull
from app.trust.cosigning import NOTE, founded, signer_of, vouched
from app.vouched import check_seals
from chain import notes
from chain.checkpoint import Checkpoint
from chain.devnet import Devnet
from chain.errors import LedgerError
from chain.evidence import Trust
from chain.journey import Verb
from chain.ledger import Ledger
from chain.seals import Consensus, Seals
from chain.witness_policy import Quorum, Voice
from tests.app.anvil_network import Consortium, opened
from tests.app.test_sync import DEPOT, MAKER, START, World, draft, world
from tests.chain.anvil import Anvil
from tests.chain.validators import KEYS, VALIDATORS
from tests.torture.sealing import FORGERS
from tests.torture.yard import Sealed, Shared

__all__ = ["world"]  # a fixture
NAMES = ("one.example", "two.example", "three.example")


def pinned(trust: Trust, how: Seals = Seals.QBFT) -> Trust:
    return replace(trust, consensus=Consensus(how, tuple(VALIDATORS)))


def over(world: World, chain: Shared) -> Ledger:
    return Ledger(chain, world.trust.contract)


def test_a_chain_that_the_pinned_validators_sealed_is_taken_with_its_seals(world: World) -> None:
    ledger, trust = over(world, Sealed(world.devnet, keys=KEYS[1:])), pinned(world.trust)
    assert pull(world.store, ledger, trust).entries
    world.recorder.record([draft(Verb.SHIP, MAKER, 1, DEPOT.gln)])
    assert pull(world.store, ledger, trust).entries == 1
    newest = world.store.replica.checkpoint()
    assert newest is not None
    check_seals(trust, ledger.proven(newest[0].block))


def unsealed(devnet: Devnet) -> Shared:
    return Shared(devnet)


def by_a_minority(devnet: Devnet) -> Shared:
    return Sealed(devnet, keys=KEYS[:2])


def with_a_stranger(devnet: Devnet) -> Shared:
    return Sealed(devnet, keys=[*KEYS[:2], FORGERS[0]])


def by_forgers(devnet: Devnet) -> Shared:
    return Sealed(devnet, keys=FORGERS, named=[key.address for key in FORGERS])


@pytest.mark.parametrize(
    ("chain", "words"),
    [
        (unsealed, "carries no seals of the validators"),
        (by_a_minority, "3 validators must have sealed the block, and 2 did"),
        (with_a_stranger, "sealed by one who is no validator that you pinned"),
        (by_forgers, "get the newest version of the pack"),
    ],
)
def test_a_block_that_they_did_not_seal_is_refused_in_one_sentence_and_nothing_is_taken(
    world: World, chain: Callable[[Devnet], Shared], words: str
) -> None:
    ledger = over(world, chain(world.devnet))
    with pytest.raises(LedgerError, match=words) as refused:
        pull(world.store, ledger, pinned(world.trust))
    assert refused.value.words.startswith("Nothing was taken from this node")
    assert refused.value.words.count(". ") == 0
    assert world.store.replica.checkpoint() is None
    assert world.store.replica.size() == 0
    assert pull(world.store, ledger, world.trust).entries, "a pack without validators passes over seals"


def test_seals_of_another_kind_of_network_are_refused(world: World) -> None:
    with pytest.raises(LedgerError, match="Nothing was taken"):
        pull(world.store, over(world, Sealed(world.devnet)), pinned(world.trust, Seals.IBFT2))
    with pytest.raises(LedgerError, match="not sealed as your trust pack asks"):
        pull(world.store, over(world, Shared(world.devnet)), pinned(world.trust, Seals.CLIQUE))


def test_a_network_whose_blocks_are_not_sealed_is_not_joined_with_a_pack_that_asks_for_it(anvil: Anvil, tmp_path: Path) -> None:
    consortium = Consortium(tmp_path, anvil.url).founded()
    with Station.open(consortium.maker, offline=True) as station:
        trust = station.trust
    assert trust is not None
    with pytest.raises(LedgerError, match="carries no seals of the validators"):
        join(tmp_path / "new", consortium.access, pinned(trust))
    assert not (tmp_path / "new" / "network.json").exists()
    join(tmp_path / "new", Access((anvil.url,)), trust)


# ---- witnesses ---------------------------------------------------------------------------------------------------------------


def pulled(world: World) -> Checkpoint:
    pull(world.store, world.ledger, world.trust)
    newest = world.store.replica.checkpoint()
    assert newest is not None
    return newest[0]


def test_a_log_that_goes_on_from_what_witnesses_co_signed_is_taken_and_so_is_an_older_one(world: World, tmp_path: Path) -> None:
    signed = pulled(world)
    world.recorder.record([draft(Verb.SHIP, MAKER, n, DEPOT.gln) for n in range(3)])
    later = pulled(world)
    with Store(tmp_path / "other.sqlite") as store:
        assert pull(store, world.ledger, world.trust, vouched=signed).entries == later.size
        assert pull(store, world.ledger, world.trust, vouched=later).entries == 0
        far = replace(later, size=later.size + 9, block=later.block + 9)
        assert pull(store, world.ledger, world.trust, vouched=far).entries == 0, "the node is behind the witnesses, no more"


@pytest.mark.parametrize("change", ["root", "longer", "shorter", "hash"])
def test_a_log_that_contradicts_what_witnesses_co_signed_is_refused_and_nothing_is_taken(
    world: World, change: str, tmp_path: Path
) -> None:
    signed = pulled(world)
    other = {
        "root": replace(signed, size=signed.size - 1, block=signed.block - 1),
        "longer": replace(signed, size=signed.size + 1),
        "shorter": replace(signed, size=signed.size - 1, block=signed.block + 1),
        "hash": replace(signed, block_hash=bytes(32)),
    }[change]
    with Store(tmp_path / "other.sqlite") as store:
        with pytest.raises(LedgerError, match=f"your witnesses co-signed another log at block {other.block}"):
            pull(store, world.ledger, world.trust, vouched=other)
        assert store.replica.checkpoint() is None
        assert not list(store.replica.entries())
        assert pull(store, world.ledger, world.trust, vouched=signed).entries == signed.size


def test_no_reorganisation_goes_behind_what_witnesses_co_signed(world: World, tmp_path: Path) -> None:
    before = pulled(world)
    world.recorder.record([draft(Verb.SHIP, MAKER, 1, DEPOT.gln)])
    signed, keys = pulled(world), DerivedKeys()
    with Devnet.open(None, chain_id=EMBEDDED_CHAIN_ID) as other, Store(tmp_path / "other.sqlite") as elsewhere:
        ledger = Ledger(other)
        ledger.deploy(keys.administrator(), at=int(START.timestamp()))
        branch = Recorder(ledger, elsewhere, keys)
        branch.enrol([Member(MAKER, ("952100001",)), Member(DEPOT)], at=int(START.timestamp()) + 60)
        for n in range(100, 110):
            branch.record([draft(Verb.COMMISSION, MAKER, n)])
        with pytest.raises(LedgerError, match="your witnesses co-signed another log"):
            pull(world.store, ledger, world.trust, vouched=signed)
        newest = world.store.replica.checkpoint()
        assert newest is not None
        assert newest[0] == signed
        assert len(list(world.store.replica.entries())) == signed.size > before.size
        assert pull(world.store, ledger, world.trust).taken_back, "without their word it is followed, and said"


def test_only_a_note_that_enough_pinned_witnesses_signed_counts(world: World, tmp_path: Path) -> None:
    checkpoint, keys = pulled(world), world.recorder.keys
    signers = [signer_of(keys, name) for name in NAMES]
    trust = replace(world.trust, quorum=Quorum(2, tuple(Voice(one.key) for one in signers)))
    at = int(checkpoint.at.timestamp()) + 60
    signatures = [one.cosign(checkpoint, at) for one in signers]

    def noted(*which: int, of: Checkpoint = checkpoint) -> Checkpoint | None:
        (tmp_path / NOTE).write_bytes(notes.write(of.text, sorted(signatures[one] for one in which)))
        return vouched(tmp_path, trust)

    assert vouched(tmp_path, trust) is None, "no note"
    assert noted(0) is None
    assert noted(0, 2) == checkpoint
    assert vouched(tmp_path, world.trust) is None, "no witnesses are pinned"
    assert vouched(tmp_path, trust, checkpoint.at - timedelta(days=1)) is None, "signed in the future"
    assert vouched(tmp_path, replace(trust, contract=bytes(20))) is None
    assert vouched(tmp_path, founded(world.trust, keys).trust) is None, "stand-ins"
    assert noted(0, 1, of=replace(checkpoint, size=checkpoint.size - 1)) is None, "signatures of another checkpoint"


def test_a_profile_with_a_note_takes_nothing_that_contradicts_it(anvil: Anvil, tmp_path: Path) -> None:
    consortium = Consortium(tmp_path, anvil.url).founded()
    with opened(consortium.maker) as station:
        station.sync()
        newest = station.store.replica.checkpoint()
        assert newest is not None
        signer = signer_of(station.network().keys, NAMES[0])
        station.network().trust = replace(station.network().trust, quorum=Quorum(1, (Voice(signer.key),)))
        for told, fits in ((newest[0], True), (replace(newest[0], root=bytes(32)), False), (newest[0], True)):
            at = int(told.at.timestamp()) + 60
            (station.profile / NOTE).write_bytes(notes.write(told.text, [signer.cosign(told, at)]))
            if fits:
                station.sync()
            else:
                with pytest.raises(LedgerError, match="your witnesses co-signed another log"):
                    station.sync()
        assert station.store.replica.checkpoint() == newest


def test_no_event_whatever_it_is_called_shows_the_key_of_a_witness() -> None:
    keys = DerivedKeys()
    shown = notes.NoteSigner("w.example", keys.seed("witness/w.example"))
    assert signer_of(keys, "w.example").key != shown.key
