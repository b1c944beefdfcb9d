# ruff: noqa: F811 - fixtures of another folder are imported and then named as arguments
"""This laptop's secret: locked by a person it stays locked, locked by itself it opens as it may; and codes of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.cast import glns
from app.handover import codes
from app.network import laptop
from app.network.keyring import StoredKeys
from app.network.membership import Request
from app.station import Station
from chain.errors import BadInput, KeyLocked
from chain.keys import SigningKey
from chain.keystore import Keystore
from tests.app.desk.conftest import founded, profile, station, yard  # noqa: F401 - fixtures
from tests.app.desk.yard import HERE, MAKER
from tests.chain.test_keystore import MemoryRing, the

PASSPHRASE = "eight or more characters"
GLN = "9521000000018"


def stored(folder: Path, told: str | None, ring: MemoryRing | None = None) -> StoredKeys:
    return StoredKeys(folder, lambda: told, idle=60, clock=lambda: 0.0, ring=the(ring))


def test_what_a_person_locked_stays_locked_even_where_the_keyring_or_the_environment_could_open_it(tmp_path: Path) -> None:
    ring = MemoryRing()
    Keystore.create(tmp_path / "ring", ring=the(ring))
    Keystore.create(tmp_path / "file", PASSPHRASE)
    for keys, kept in (
        (stored(tmp_path / "ring", None, ring), "keyring"),
        (stored(tmp_path / "file", PASSPHRASE), "file"),
    ):
        assert keys.kept_in == kept
        first = keys.device(GLN).address
        keys.lock()
        for _ in range(2):
            assert keys.locked
            with pytest.raises(KeyLocked, match="unlock them first"):
                keys.device(GLN)
        keys.unlock()
        assert (keys.locked, keys.device(GLN).address) == (False, first)


def test_a_wrong_passphrase_leaves_things_as_they_are(tmp_path: Path) -> None:
    Keystore.create(tmp_path, PASSPHRASE)
    keys = stored(tmp_path, None)
    with pytest.raises(KeyLocked, match="passphrase"):
        keys.unlock("another passphrase")
    with pytest.raises(KeyLocked, match="passphrase"):
        keys.unlock()
    assert keys.locked
    keys.unlock(PASSPHRASE)
    with pytest.raises(KeyLocked):
        keys.unlock("another passphrase")
    assert not keys.locked


def test_the_embedded_chain_has_nothing_to_lock_and_says_so(station: Station) -> None:
    found = laptop.look(station)
    assert (found.kept_in, found.locked) == ("public", False)
    assert found.party is not None
    assert found.party.gln == glns(HERE)
    assert found.mine is not None
    assert found.words == laptop.fingerprint(found.mine.address)
    for call in (laptop.lock, lambda one: laptop.unlock(one, None)):
        with pytest.raises(BadInput, match="nothing to lock"):
            call(station)
    with pytest.raises(BadInput, match="480"):
        laptop.lock_after(station, 2)
    laptop.lock_after(station, 15)
    assert laptop.look(station).minutes == 15


def test_a_request_goes_through_codes_and_only_its_own_organisation_takes_it(station: Station) -> None:
    wish = laptop.request(station)
    whole = codes.joined(laptop.request_texts(wish))
    assert whole is not None
    assert laptop.request_in(station, whole).fields == wish.fields
    maker = next(party for party in station.store.goods.parties() if party.gln == glns(MAKER))
    key = SigningKey(b"\x01" * 32)
    others = [Request.make("device", maker, key, station.network().trust)]
    assert station.here is not None
    others.append(Request.make("organisation", station.here, key, station.network().trust))
    for other in others:
        text = codes.joined(laptop.request_texts(other))
        assert text is not None
        with pytest.raises(BadInput):
            laptop.request_in(station, text)
    with pytest.raises(BadInput, match="36,500"):
        laptop.admit(station, wish, 0)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("WP-1-2-00000000:AA", True), (" WP-12-99-ABCDEF01:", True), ("WP-x-2-00000000:AA", False), ("WAYPROOF-BADGE:1", False),
     ("(01)09521000011014(21)WP-1-2-3", False), ("", False), ("WP-1-2", False)],
)  # fmt: skip
def test_a_code_of_another_laptop_is_told_from_goods(text: str, is_one: bool) -> None:
    assert codes.is_code(text) is is_one


def test_codes_are_counted_and_named_by_what_they_hold() -> None:
    parts = codes.texts({"format": "some form 1", "body": "x" * 10})
    assert codes.counted(parts) == (1, 1)
    assert codes.counted([]) == (0, 0)
    whole = codes.joined(parts)
    assert whole is not None
    assert codes.form_of(whole) == "some form 1"
    assert codes.read(whole, "some form 1")["body"] == "x" * 10
    with pytest.raises(BadInput, match="another step"):
        codes.read(whole, "another form 1")
    with pytest.raises(BadInput):
        codes.form_of("AAAA")
