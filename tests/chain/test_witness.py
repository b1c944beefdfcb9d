"""A witness signs what goes on from what it signed before, and nothing else, whatever happens to the machine."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from chain import merkle
from chain.checkpoint import Checkpoint, read_note
from chain.errors import BadProof, StoreError
from chain.notes import NoteSigner
from chain.witness import CLOCK_SLACK, OtherSize, Refused, Witness

ORIGIN = "eip155:1/0x" + "11" * 20
START = datetime(2026, 5, 1, tzinfo=UTC)
NOW = int(START.timestamp()) + 10_000
LEAVES = [sha256(bytes([n])).digest() for n in range(40)]
FORKED = [*LEAVES[:5], *(sha256(leaf).digest() for leaf in LEAVES[5:])]
SIGNER = NoteSigner("one.example", b"1" * 32)


def statement(size: int, block: int | None = None, leaves: list[bytes] = LEAVES) -> Checkpoint:
    number = size if block is None else block
    name = sha256(f"{number}".encode()).digest()
    return Checkpoint(ORIGIN, size, merkle.root(leaves[:size]), number, name, name, START + timedelta(seconds=number))


def path(old: int, new: int, leaves: list[bytes] = LEAVES) -> tuple[bytes, ...]:
    return merkle.consistency_path(leaves, old, new) if 0 < old < new else ()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return Witness(tmp_path / "memory" / "witness.sqlite", SIGNER, ORIGIN)


def at_ten(witness: Witness) -> None:
    witness.cosign(statement(10), 0, (), NOW)


def test_it_signs_what_goes_on_from_before_and_remembers_it(witness: Witness) -> None:
    assert witness.last() is None
    assert witness.name == "one.example"
    for old, new in ((0, 3), (3, 3), (3, 10), (10, 33)):
        good = witness.cosign(statement(new), old, path(old, new), NOW)
        SIGNER.key.verify(statement(new), good)
        assert witness.last() == statement(new)
    assert witness.refusals() == ()


def test_a_newer_block_with_the_same_log_is_signed(witness: Witness) -> None:
    at_ten(witness)
    witness.cosign(statement(10, block=11), 10, (), NOW)
    last = witness.last()
    assert last is not None
    assert last.block == 11


@pytest.mark.parametrize(
    ("asked", "proof", "why"),
    [
        (statement(9, block=11), (), "smaller"),
        (statement(10, block=9), (), "went back"),
        (replace(statement(10, block=11), at=START), (), "went back"),
        (replace(statement(10), block_hash=bytes(32)), (), "same block"),
        (replace(statement(10), state_root=bytes(32)), (), "same block"),
        (statement(10, block=11, leaves=FORKED), (), "one size"),
        (statement(20, leaves=FORKED), path(10, 20, FORKED), "older one unchanged"),
        (statement(20, leaves=FORKED), path(10, 20), "older one unchanged"),
        (statement(20), (), "wrong length"),
        (statement(20), (*path(10, 20), bytes(32)), "wrong length"),
    ],
)
def test_a_fork_is_refused_and_kept_as_evidence(witness: Witness, asked: Checkpoint, proof: tuple[bytes, ...], why: str) -> None:
    at_ten(witness)
    told = replace(asked, signatures=(NoteSigner("two.example", b"2" * 32).cosign(asked, NOW),))
    for _ in range(2):  # the same lie is kept once
        with pytest.raises(Refused, match=why):
            witness.cosign(told, 10, proof, NOW)
    (kept,) = witness.refusals()
    assert kept.ours == statement(10).text
    assert read_note(kept.theirs) == told
    assert kept.at == NOW
    assert witness.last() == statement(10)
    witness.cosign(statement(20), 10, path(10, 20), NOW)


@pytest.mark.parametrize(
    ("asked", "old", "why"),
    [
        (replace(statement(20), origin="eip155:2/0x" + "11" * 20), 10, "signs for"),
        (statement(20), 9, "stands at size 10"),
        (statement(20), 0, "stands at size 10"),
        (statement(0), 10, "empty log"),
        (replace(statement(20), at=START + timedelta(seconds=10_000 + CLOCK_SLACK + 1)), 10, "later than this"),
    ],
)
def test_what_is_nobodys_lie_is_refused_without_a_record(witness: Witness, asked: Checkpoint, old: int, why: str) -> None:
    at_ten(witness)
    with pytest.raises(Refused, match=why) as refused:
        witness.cosign(asked, old, path(10, 20), NOW)
    assert refused.value.size == 10
    assert isinstance(refused.value, OtherSize) is ("stands" in why)
    assert witness.refusals() == ()


def test_a_first_statement_needs_no_proof(witness: Witness) -> None:
    with pytest.raises(Refused, match="no proof"):
        witness.cosign(statement(3), 0, (bytes(32),), NOW)
    assert witness.refusals()[0].ours == ""


def test_its_clock_does_not_go_back(witness: Witness) -> None:
    assert witness.cosign(statement(3), 0, (), NOW).at == NOW
    assert witness.cosign(statement(3), 3, (), NOW - 5_000).at == NOW


def test_two_witnesses_may_share_a_memory(tmp_path: Path) -> None:
    other = NoteSigner("two.example", b"2" * 32)
    one, two = (Witness(tmp_path / "witness.sqlite", signer, ORIGIN) for signer in (SIGNER, other))
    one.cosign(statement(10), 0, (), NOW)
    two.cosign(statement(3), 0, (), NOW)
    assert (one.last(), two.last()) == (statement(10), statement(3))


def test_a_changed_memory_signs_nothing(witness: Witness, tmp_path: Path) -> None:
    at_ten(witness)
    file = tmp_path / "memory" / "witness.sqlite"
    with sqlite3.connect(file) as database:
        database.execute("update signed set text = 'x'")
    with pytest.raises(StoreError, match="damaged"):
        witness.cosign(statement(20), 10, path(10, 20), NOW)
    database.close()


def test_a_memory_that_is_no_database_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "witness.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="nothing is signed"):
        Witness(tmp_path / "witness.sqlite", SIGNER, ORIGIN).cosign(statement(3), 0, (), NOW)


def test_a_database_error_in_the_middle_signs_nothing(witness: Witness, tmp_path: Path) -> None:
    at_ten(witness)
    with sqlite3.connect(tmp_path / "memory" / "witness.sqlite") as database:
        database.execute("drop table signed")
        database.execute("create table signed (witness text primary key, text text not null, at integer not null check (at < 0))")
    database.close()
    with pytest.raises(StoreError, match="nothing is signed"):
        witness.cosign(statement(3), 0, (), NOW)


KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from chain import notes
from tests.chain.test_witness import NOW, ORIGIN, SIGNER, path, statement
from chain.witness import Witness

notes.NoteSigner.cosign = lambda *_: os._exit(9)  # the power goes at the very moment of signing
witness = Witness(Path({file!r}), SIGNER, ORIGIN)
last = witness.last()
size = last.size if last else 0
witness.cosign(statement(size + 7), size, path(size, size + 7), NOW)
"""


def test_what_it_signs_is_on_the_disk_before_the_signature_exists(tmp_path: Path) -> None:
    """Killed while signing: the statement is remembered, so that a fork is refused after the restart."""
    file = tmp_path / "witness.sqlite"
    root = str(Path(__file__).parents[2])
    for times in range(1, 4):
        done = subprocess.run([sys.executable, "-c", KILLED.format(root=root, file=str(file))], check=False, capture_output=True)
        assert done.returncode == 9, done.stderr
        assert Witness(file, SIGNER, ORIGIN).last() == statement(7 * times)
    with pytest.raises(BadProof):
        Witness(file, SIGNER, ORIGIN).cosign(statement(21, block=22, leaves=FORKED), 21, (), NOW)
