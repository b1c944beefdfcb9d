"""Where the master secret lives, who gets it out, and what a damaged or hostile key file does."""

from __future__ import annotations

import copy
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from chain import keystore
from chain.errors import BadInput, KeyLocked, StoreError
from chain.keystore import FILE_NAME, Keystore, Ring, system_ring

PASSPHRASE = "correct horse battery"


class MemoryRing:
    """A keyring that lives in this process. `forgets` and `fails` are what real ones do on bad days."""

    def __init__(self, *, forgets: bool = False, fails: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.forgets, self.fails = forgets, fails

    def get_password(self, service: str, username: str) -> str | None:
        self._maybe_fail()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._maybe_fail()
        if not self.forgets:
            self.kept[service, username] = password

    def _maybe_fail(self) -> None:
        if self.fails:
            from keyring.errors import KeyringLocked

            raise KeyringLocked("nobody is logged in")


def the(ring: Ring | None) -> Callable[[], Ring | None]:
    return lambda: ring


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2id with as little memory as it takes, where the test is about something else."""
    monkeypatch.setattr(keystore, "_ARGON2", {"passes": 1, "memory_kib": 8, "lanes": 1})


def stored(folder: Path) -> dict[str, Any]:
    fields: dict[str, Any] = orjson.loads((folder / FILE_NAME).read_bytes())
    return fields


def test_a_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    assert not Keystore.exists(tmp_path)
    made = Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    assert Keystore.exists(tmp_path)
    opened = Keystore.open(tmp_path, PASSPHRASE, ring=the(None))
    assert (made.kept_in, opened.kept_in) == ("file", "file")
    assert opened.key("device/1").address == made.key("device/1").address != made.key("device/2").address
    fields = stored(tmp_path)
    assert {name: fields[name] for name in ("kdf", "passes", "memory_kib", "lanes", "aead")} == {
        "kdf": "argon2id", "passes": 3, "memory_kib": 65536, "lanes": 4, "aead": "chacha20-poly1305",
    }  # fmt: skip
    for wrong in ("correct horse batterz", "", "\u00e9"):
        with pytest.raises(KeyLocked, match=r"^[^.]+\.$"):
            Keystore.open(tmp_path, wrong, ring=the(None))
    with pytest.raises(KeyLocked, match="needs its passphrase"):
        Keystore.open(tmp_path, ring=the(None))


@pytest.mark.usefixtures("cheap")
def test_a_passphrase_typed_on_another_keyboard_is_the_same(tmp_path: Path) -> None:
    Keystore.create(tmp_path, "Stra\u00dfe caf\u00e9", ring=the(None))
    assert Keystore.open(tmp_path, "Stra\u00dfe cafe\u0301", ring=the(None)).kept_in == "file"


@pytest.mark.parametrize("bad", ["", "short", "1234567", "no text \ud800"])
def test_a_passphrase_that_is_short_or_no_text_makes_no_key(tmp_path: Path, bad: str) -> None:
    with pytest.raises(BadInput):
        Keystore.create(tmp_path, bad, ring=the(None))
    assert list(tmp_path.iterdir()) == []


def test_the_keyring_is_used_where_there_is_one_and_no_passphrase_is_given(tmp_path: Path) -> None:
    ring = MemoryRing()
    made = Keystore.create(tmp_path / "new profile", ring=the(ring))
    opened = Keystore.open(tmp_path / "new profile", ring=the(ring))
    assert (made.kept_in, opened.kept_in) == ("keyring", "keyring")
    assert opened.key("x").address == made.key("x").address
    (secret,) = ring.kept.values()
    assert secret not in (tmp_path / "new profile" / FILE_NAME).read_text()


def test_two_profiles_do_not_share_a_secret_in_one_keyring(tmp_path: Path) -> None:
    ring = MemoryRing()
    addresses = {Keystore.create(tmp_path / name, ring=the(ring)).key("x").address for name in "ab"}
    assert len(addresses) == len(ring.kept) == 2


@pytest.mark.usefixtures("cheap")
def test_a_passphrase_asks_for_the_file_even_where_there_is_a_keyring(tmp_path: Path) -> None:
    ring = MemoryRing()
    assert Keystore.create(tmp_path, PASSPHRASE, ring=the(ring)).kept_in == "file"
    assert ring.kept == {}


@pytest.mark.parametrize("ring", [None, MemoryRing(forgets=True), MemoryRing(fails=True)], ids=["none", "null", "locked"])
def test_without_a_keyring_that_keeps_there_is_no_key_without_a_passphrase(tmp_path: Path, ring: Ring | None) -> None:
    with pytest.raises(KeyLocked):
        Keystore.create(tmp_path, ring=the(ring))
    assert not Keystore.exists(tmp_path)


def test_a_keyring_that_went_away_is_named(tmp_path: Path) -> None:
    ring = MemoryRing()
    Keystore.create(tmp_path, ring=the(ring))
    with pytest.raises(KeyLocked, match="no keyring"):
        Keystore.open(tmp_path, ring=the(None))
    with pytest.raises(KeyLocked, match="no longer holds"):
        Keystore.open(tmp_path, ring=the(MemoryRing()))
    with pytest.raises(KeyLocked, match="is locked"):
        Keystore.open(tmp_path, ring=the(MemoryRing(fails=True)))
    for kept in ("AAAA", "not base64!", "\u00e9"):
        ring.kept = dict.fromkeys(ring.kept, kept)
        with pytest.raises(BadInput):
            Keystore.open(tmp_path, ring=the(ring))


def test_this_machines_keyring_is_offered_only_where_it_is_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    import keyring
    from keyring.backends import fail, null

    for useless in (fail.Keyring(), null.Keyring()):
        monkeypatch.setattr(keyring, "get_keyring", lambda useless=useless: useless)
        assert system_ring() is None

    class Usable(null.Keyring):
        priority = 5

    monkeypatch.setattr(keyring, "get_keyring", Usable)
    assert isinstance(system_ring(), Usable)


@pytest.mark.usefixtures("cheap")
def test_a_secret_that_is_there_is_never_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(BadInput, match="already"):
        Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    # a second instance that looked before the first had written
    monkeypatch.setattr(Keystore, "exists", staticmethod(lambda folder: False))
    with pytest.raises(StoreError):
        Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert Keystore.open(tmp_path, PASSPHRASE, ring=the(None)).key("x").address == first.key("x").address


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps access lists, not permission bits")
@pytest.mark.usefixtures("cheap")
def test_only_its_owner_reads_the_file(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize("call", ["open", "fsync", "link"])
@pytest.mark.usefixtures("cheap")
def test_a_full_disk_leaves_no_file_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    def full(*arguments: object, **options: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StoreError, match="cannot be written"):
            Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("cheap")
def test_folders_are_not_synced_where_the_system_has_no_handle_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    real = os.open
    monkeypatch.setattr(keystore.os, "open", lambda path, *rest: opened.append(path) or real(path, *rest))
    keystore._sync_folder(tmp_path)
    assert opened == [tmp_path]
    monkeypatch.setattr(keystore.os, "name", "nt")
    keystore._sync_folder(tmp_path)
    assert opened == [tmp_path]


def test_a_profile_without_a_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(KeyLocked, match="no signing key yet"):
        Keystore.open(tmp_path, PASSPHRASE, ring=the(None))
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        Keystore.open(tmp_path, PASSPHRASE, ring=the(None))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b'{"format":"wayproof keys 2"}', b" " * 5000])
def test_a_file_that_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(BadInput, match="damaged"):
        Keystore.open(tmp_path, PASSPHRASE, ring=the(None))


@pytest.mark.parametrize(
    "change",
    [
        {"kept_in": "clear"},
        {"kept_in": "keyring"},
        {"kept_in": "keyring", "name": ""},
        {"kdf": "md5"},
        {"aead": "none"},
        {"passes": 0},
        {"passes": 17},
        {"passes": True},
        {"passes": "1"},
        {"memory_kib": 1 << 30},
        {"lanes": 2},
        {"lanes": 0},
        {"salt": ""},
        {"salt": "AAAA"},
        {"nonce": 7},
        {"sealed": "not base64!"},
    ],
    ids=str,
)
@pytest.mark.usefixtures("cheap")
def test_a_hostile_key_file_is_refused_before_it_costs_anything(tmp_path: Path, change: dict[str, object]) -> None:
    Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    (tmp_path / FILE_NAME).write_bytes(orjson.dumps(stored(tmp_path) | change))
    with pytest.raises(BadInput, match="damaged"):
        Keystore.open(tmp_path, PASSPHRASE, ring=the(MemoryRing()))


@pytest.mark.parametrize("name", ["salt", "nonce", "sealed", "passes"])
@pytest.mark.usefixtures("cheap")
def test_an_altered_key_file_does_not_open(tmp_path: Path, name: str) -> None:
    Keystore.create(tmp_path, PASSPHRASE, ring=the(None))
    fields = stored(tmp_path)
    value = fields[name]
    fields[name] = value + 1 if name == "passes" else ("B" if value[0] == "A" else "A") + value[1:]
    (tmp_path / FILE_NAME).write_bytes(orjson.dumps(fields))
    with pytest.raises(KeyLocked):
        Keystore.open(tmp_path, PASSPHRASE, ring=the(None))


def test_a_locked_store_gives_no_keys_and_holds_no_secret(tmp_path: Path) -> None:
    store = Keystore.create(tmp_path, ring=the(MemoryRing()))
    held = store._master
    assert held is not None
    assert any(held)
    assert not store.locked
    assert held.hex() not in repr(store)
    store.lock()
    store.lock()
    assert store.locked
    assert not any(held)
    with pytest.raises(KeyLocked, match="locked"):
        store.key("x")
    assert repr(store) == "Keystore(locked, keyring)"


def test_a_store_is_not_copied(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        copy.copy(Keystore.create(tmp_path, ring=the(MemoryRing())))


@pytest.mark.usefixtures("cheap")
def test_seeds_belong_to_their_names_and_end_with_the_lock(tmp_path: Path) -> None:
    store = Keystore.create(tmp_path, "a long passphrase")
    assert store.seed("one") == Keystore.open(tmp_path, "a long passphrase").seed("one") != store.seed("two")
    assert store.secret("one") == Keystore.open(tmp_path, "a long passphrase").secret("one") != store.secret("two")
    assert store.secret("one") != store.seed("one"), "seeds are shown to others"
    store.lock()
    for ask in (store.seed, store.secret):
        with pytest.raises(KeyLocked):
            ask("one")


def test_where_the_secret_is_kept_is_told_without_opening_it(tmp_path: Path) -> None:
    assert Keystore.kept(tmp_path) == ""
    Keystore.create(tmp_path / "file", PASSPHRASE)
    Keystore.create(tmp_path / "ring", ring=the(MemoryRing()))
    assert [Keystore.kept(tmp_path / name) for name in ("file", "ring")] == ["file", "keyring"]
    (tmp_path / FILE_NAME).write_bytes(orjson.dumps({"format": stored(tmp_path / "file")["format"], "kept_in": "a drawer"}))
    with pytest.raises(BadInput, match="damaged"):
        Keystore.kept(tmp_path)
