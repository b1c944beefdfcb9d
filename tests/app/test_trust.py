"""Trust packs and the attacks on whoever updates them: TUF's list (specification, section 1.5.2), each by its name."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import orjson
import pytest

from app import cli
from app.trust import MOST_BYTES, TrustPack, draft, first, pack_from, pin, read_pack, read_trust, save_pack, succeed, trust_of
from app.trust.remembered import Remembered
from chain.checkpoint import Checkpoint
from chain.errors import BadInput
from chain.evidence import Trust
from chain.journey import Item
from chain.keys import derive
from chain.notes import NoteSigner
from chain.seals import Consensus, Seals
from chain.witness_policy import Quorum, Voice

ISSUED = datetime(2026, 5, 1, tzinfo=UTC)
NOW = ISSUED + timedelta(days=30)
AT = int(NOW.timestamp())
A, B, C = (NoteSigner(f"{name}.example", name.encode() * 32) for name in "abc")
W = NoteSigner("wallet.example", derive(b"w" * 32, "wallet"))
NEW = NoteSigner("new.example", b"n" * 32)
OLD_V1 = {"chain_id": 5, "contract": "0x" + "aB" * 20, "code_hash": "0x" + "22" * 32, "max_age": 3600}
PINNED = Trust(5, b"\xab" * 20, b"\x22" * 32)


def pack(
    version: int = 1, *signers: NoteSigner, voices: tuple[NoteSigner, ...] = (A, B, W), at: int = AT, **changes: Any
) -> TrustPack:
    quorum = Quorum(2, tuple(Voice(one.key) for one in voices))
    trust = replace(PINNED, quorum=quorum, expires=ISSUED + timedelta(days=365), max_age=timedelta(days=7))
    made = draft(replace(trust, **changes), "Test consortium", version, int(ISSUED.timestamp()))
    return made.signed(*(one.cosign(made, at) for one in signers))


class Frozen(datetime):
    """The clock at NOW."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Frozen:
        return cls.fromtimestamp(AT, tz)


def body(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(dict(pack().body)) | changes


# ---- the file ------------------------------------------------------------------------------------------------------------


def test_a_pack_comes_back_from_its_file(tmp_path: Path) -> None:
    whole = pack(3, A, W, ages=(("952", timedelta(days=1)), ("9521", timedelta(hours=1))))
    save_pack(tmp_path / "trust.json", whole)
    assert read_pack(tmp_path / "trust.json") == whole
    assert read_trust(tmp_path / "trust.json") == whole.trust == trust_of(tmp_path)


SEALERS = Consensus(Seals.QBFT, (b"\x11" * 20, b"\x22" * 20))


def test_a_pack_with_validators_has_a_format_of_its_own_and_comes_back(tmp_path: Path) -> None:
    whole = pack(3, A, W, consensus=SEALERS)
    assert whole.body["format"] == "wayproof trust 3"
    assert whole.fingerprint != pack(3, A, W).fingerprint
    save_pack(tmp_path / "trust.json", whole)
    assert read_pack(tmp_path / "trust.json") == whole
    assert read_trust(tmp_path / "trust.json").consensus == SEALERS
    assert pack().body["format"] == "wayproof trust 2"
    assert pack().trust.consensus is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": "wayproof trust 2"},
        {"consensus": None},
        {"consensus": {}},
        {"consensus": {"kind": "qbft"}},
        {"consensus": {"kind": "pow", "validators": ["0x" + "11" * 20]}},
        {"consensus": {"kind": ["qbft"], "validators": ["0x" + "11" * 20]}},
        {"consensus": {"kind": "qbft", "validators": []}},
        {"consensus": {"kind": "qbft", "validators": "0x" + "11" * 20}},
        {"consensus": {"kind": "qbft", "validators": ["0x" + "11" * 20] * 2}},
        {"consensus": {"kind": "qbft", "validators": ["0x" + "1F" * 20, "0x" + "1f" * 20]}},
        {"consensus": {"kind": "qbft", "validators": ["0x" + "11" * 32]}},
        {"consensus": {"kind": "qbft", "validators": [17]}},
        {"consensus": {"kind": "qbft", "validators": ["0x" + "11" * 20], "threshold": 1}},
    ],
)
def test_validators_of_another_form_are_refused(change: dict[str, Any]) -> None:
    whole = copy.deepcopy(dict(pack(consensus=SEALERS).body))
    assert pack_from(whole).trust.consensus == SEALERS
    with pytest.raises(BadInput):
        pack_from(whole | change)
    with pytest.raises(BadInput):
        pack_from(body() | {"format": "wayproof trust 3"})


def test_a_file_without_witnesses_is_still_read_and_vouches_for_nothing(tmp_path: Path) -> None:
    (tmp_path / "trust.json").write_bytes(orjson.dumps(OLD_V1))
    trust = trust_of(tmp_path)
    assert trust == replace(PINNED, max_age=timedelta(hours=1))
    assert trust is not None
    pin(tmp_path, replace(trust, max_age=timedelta(hours=2)))
    assert trust_of(tmp_path) == replace(trust, max_age=timedelta(hours=2))
    assert trust_of(tmp_path / "nowhere") is None


def test_an_own_age_changes_neither_fingerprint_nor_signatures(tmp_path: Path) -> None:
    whole = pack(1, A, B)
    save_pack(tmp_path / "trust.json", whole)
    pin(tmp_path, replace(whole.trust, max_age=timedelta(days=1)))
    again = read_pack(tmp_path / "trust.json")
    assert again.trust.max_age == timedelta(days=1)
    assert (again.fingerprint, again.signatures) == (whole.fingerprint, whole.signatures)


def test_the_fingerprint_is_eight_words_to_read_aloud_and_is_of_what_the_pack_says() -> None:
    words = pack().fingerprint.split()
    assert len(words) == 8
    assert all(len(word) == 5 and word[1] in "aiou" and word[3] in "aiou" for word in words)
    assert pack(1, A).fingerprint == pack(1, B).fingerprint
    assert len({pack().fingerprint, pack(2).fingerprint, pack(max_age=timedelta(days=8)).fingerprint}) == 3


def test_proquints_are_those_of_the_proposal() -> None:
    from app.trust import _proquint

    assert [_proquint(bytes(two)) for two in ((127, 0), (0, 1), (63, 84), (220, 193))] == ["lusab", "babad", "gutih", "tugad"]


@pytest.mark.parametrize(
    "change",
    [
        {"version": 0}, {"version": "1"}, {"version": True}, {"version": 1.0}, {"chain_id": -1}, {"chain_id": None},
        {"contract": "0x12"}, {"contract": "ab" * 21}, {"contract": None}, {"code_hash": "0x" + "zz" * 32}, {"max_age": 0},
        {"max_age": 10**12}, {"max_age": "7"}, {"max_age_by_prefix": []}, {"max_age_by_prefix": {"95x": 1}},
        {"max_age_by_prefix": {"9": 0}},
        {"threshold": 0}, {"threshold": 4}, {"witnesses": {}}, {"witnesses": []}, {"witnesses": [1]}, {"witnesses": None},
        {"expires": 10**15}, {"issued": -1}, {"name": ""}, {"name": "a\nb"}, {"name": 7}, {"name": "x" * 101},
        {"format": "wayproof trust 3"}, {"extra": 1}, {"local": 1}, {"local": {"max_age": 0}}, {"signatures": 7},
        {"signatures": ["x"]}, {"signatures": [None]},
    ],
    ids=str,
)  # fmt: skip
def test_a_pack_of_another_form_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        pack_from(body() | change)


def test_a_pack_lacks_nothing() -> None:
    for name in set(body()) - {"format", "witnesses"}:
        whole = body()
        del whole[name]
        with pytest.raises(BadInput):
            pack_from(whole)
    odd: tuple[object, ...] = (None, [], 7, "pack", {}, {"chain_id": 5})
    for other in odd:
        with pytest.raises(BadInput):
            pack_from(other)


@pytest.mark.parametrize("change", [{"from": "0"}, {"revoked": 1}, {"key": 7}, {"key": "a+b+c"}, {"more": 1}, {"until": 1 << 41}])
def test_a_witness_of_another_form_is_refused(change: dict[str, Any]) -> None:
    whole = body()
    whole["witnesses"][0] |= change
    with pytest.raises(BadInput):
        pack_from(whole)


def test_a_draft_names_witnesses_and_an_end() -> None:
    with pytest.raises(BadInput):
        draft(PINNED, "x", 1, 0)


# ---- TUF's attacks -------------------------------------------------------------------------------------------------------


def refused(new: TrustPack, why: str, old: TrustPack | None = None, now: datetime = NOW) -> None:
    with pytest.raises(BadInput, match=why):
        succeed(old or pack(), new, now)


def test_the_next_version_signed_by_enough_witnesses_of_both_takes_its_place() -> None:
    new = pack(2, A, W, voices=(A, W, NEW))
    assert succeed(pack(), new, NOW) is new
    third = pack(3, A, NEW, voices=(A, W, NEW))
    assert succeed(new, third, NOW) is third


def test_arbitrary_pack() -> None:
    strangers = (C, NEW)
    refused(pack(2, *strangers, voices=strangers), "2 witnesses of your pack must have signed")
    refused(pack(2), "and 0 did")


def test_rollback() -> None:
    refused(pack(2, A, B), "only version 4 can follow", old=pack(3))
    refused(pack(3, A, B), "only version 4 can follow", old=pack(3))


def test_fast_forward() -> None:
    refused(pack(1 << 30, A, B), "only version 2 can follow")


def test_indefinite_freeze(tmp_path: Path) -> None:
    """Without news the pack runs out, and a clock set back does not help."""
    new = pack(2, A, B)
    refused(new, "expired", now=ISSUED + timedelta(days=365))
    remembered = Remembered(tmp_path)
    late = ISSUED + timedelta(days=400)
    assert remembered.now(late) == late
    assert Remembered(tmp_path).now(ISSUED) == late


def test_endless_data(tmp_path: Path) -> None:
    path = tmp_path / "pack.json"
    path.write_bytes(orjson.dumps(OLD_V1) + b" " * MOST_BYTES)
    with pytest.raises(BadInput, match="larger than any trust pack"):
        read_pack(path)
    path.write_bytes(b"[" * 70_000)
    with pytest.raises(BadInput, match="nested"):
        read_pack(path)


def test_mix_and_match() -> None:
    """Signatures of one pack under another, and those of a checkpoint under a pack."""
    new, other = pack(2), pack(2, A, B, max_age=timedelta(days=6))
    refused(new.signed(*other.signatures), "not by its witnesses")
    checkpoint = Checkpoint(PINNED.origin, 7, bytes(32), 5, bytes(32), bytes(32), NOW)
    refused(new.signed(A.cosign(checkpoint, AT), B.cosign(checkpoint, AT)), "not by its witnesses")
    refused(new.signed(A.cosign(new, AT), W.cosign(checkpoint, AT)), "not by its witnesses")


def test_wrong_installation() -> None:
    for change in ({"chain_id": 6}, {"contract": bytes(20)}, {"code_hash": bytes(32)}):
        refused(pack(2, A, B, **change), "another network or contract")


def test_key_compromise_below_the_threshold() -> None:
    """One stolen key signs what it likes, also as several lines, under names of its own and with other dates."""
    many = [replace(A.cosign(pack(2), AT + n)) for n in range(5)]
    refused(pack(2).signed(*many), "and 1 did")
    thief = NoteSigner("thief.example", b"a" * 32)
    refused(pack(2).signed(A.cosign(pack(2), AT), thief.cosign(pack(2), AT)), "and 1 did")


def test_a_revoked_key_cannot_vote_for_its_return() -> None:
    quorum = Quorum(2, (Voice(A.key, revoked=True), Voice(B.key), Voice(W.key)))
    refused(pack(2, A, B), "and 1 did", old=pack(quorum=quorum))


def test_the_new_witnesses_must_be_there_and_want_it() -> None:
    refused(pack(2, A, B, voices=(C, NEW)), "2 witnesses of the new pack")


def test_extraneous_members_are_refused() -> None:
    with pytest.raises(BadInput, match="does not have the members"):
        pack_from(body(depends_on="https://attacker.example/more.json"))


def test_signatures_from_the_future_or_before_the_issue_do_not_count() -> None:
    refused(pack(2, A, B, at=AT + 3600), "and 0 did")
    refused(pack(2, A, B, at=int(ISSUED.timestamp()) - 1), "and 0 did")


def test_packs_without_witnesses_do_not_follow_each_other() -> None:
    refused(pack_from(OLD_V1), "compare the fingerprint")
    refused(pack(2, A, B), "compare the fingerprint", old=pack_from(OLD_V1))


# ---- memory --------------------------------------------------------------------------------------------------------------


def test_a_laptop_does_not_go_back_to_an_older_pack_or_to_another_of_the_same_version(tmp_path: Path) -> None:
    Remembered(tmp_path).accept(pack(2))
    Remembered(tmp_path).accept(pack(2))
    with pytest.raises(BadInput, match="version 1; version 2 was used"):
        Remembered(tmp_path).accept(pack(1))
    with pytest.raises(BadInput, match="says something else"):
        Remembered(tmp_path).accept(pack(2, max_age=timedelta(days=900)))
    with pytest.raises(BadInput):
        Remembered(tmp_path).accept(pack_from(OLD_V1))
    Remembered(tmp_path).accept(pack(3))


def checkpoint(size: int, block: int, root: bytes = bytes(32)) -> Checkpoint:
    return Checkpoint(PINNED.origin, size, root, block, bytes(32), bytes(32), NOW)


def test_witnesses_that_say_two_things_are_caught(tmp_path: Path) -> None:
    assert Remembered(tmp_path).contradicts(checkpoint(7, 5)) == ""
    for other in (checkpoint(7, 5, b"\x01" * 32), checkpoint(7, 6, b"\x01" * 32), checkpoint(8, 4), checkpoint(6, 9)):
        assert "another history" in Remembered(tmp_path).contradicts(other)
    for fine in (checkpoint(7, 5), checkpoint(3, 2), checkpoint(9, 8), checkpoint(9, 9)):
        assert Remembered(tmp_path).contradicts(fine) == ""
    assert "another history" in Remembered(tmp_path).contradicts(checkpoint(8, 9))


def test_of_stand_ins_only_the_time_is_remembered(tmp_path: Path) -> None:
    stand_ins = tuple(NoteSigner(f"{name}.stand-in.invalid", name.encode() * 32) for name in "xy")
    for age in (1, 2):
        remembered = Remembered(tmp_path)
        remembered.accept(pack(1, voices=stand_ins, max_age=timedelta(days=age)))
        assert remembered.contradicts(checkpoint(7, 5, bytes([age]) * 32)) == ""


def test_a_machine_without_a_profile_remembers_nothing_and_makes_none(tmp_path: Path) -> None:
    remembered = Remembered(tmp_path / "nowhere")
    assert remembered.now(NOW) == NOW
    remembered.accept(pack(2))
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"[]", b'{"latest":"x","packs":{},"checkpoints":{}}', b'{"latest":-1,"packs":{},"checkpoints":{}}',
             b'{"latest":1,"packs":[],"checkpoints":{}}', b'{"latest":1,"packs":{"a":1},"checkpoints":{}}',
             b'{"latest":1,"packs":{},"checkpoints":{"a":"b"}}'],
)  # fmt: skip
def test_a_damaged_memory_is_told_and_not_thrown_away(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "remembered.json").write_bytes(text)
    with pytest.raises(BadInput, match="damaged"):
        Remembered(tmp_path)


def test_the_longest_beginning_decides_how_old_knowledge_may_be() -> None:
    trust = replace(PINNED, ages=(("952", timedelta(days=3)), ("9521000", timedelta(days=1)), ("106", timedelta(days=2))))
    ages: Callable[[Item], int] = lambda item: trust.age_limit(item).days  # noqa: E731
    assert ages(Item(gtin="09521000011014", serial="1")) == 1
    assert ages(Item(gtin="19521999999990", serial="1")) == 3
    assert ages(Item(sscc="106141412345678908")) == 7
    assert ages(Item(sscc="010614141234567891")) == 2
    assert ages(Item(gtin="04012345000009", serial="1")) == 7


# ---- a first pack with witnesses ----------------------------------------------------------------------------------------------

BARE = TrustPack(PINNED, {**OLD_V1})


def pinning_refused(new: TrustPack, why: str, told: str | None = None, old: TrustPack = BARE, now: datetime = NOW) -> None:
    with pytest.raises(BadInput, match=why):
        first(old, new, new.fingerprint if told is None else told, now)


def test_a_first_pack_with_witnesses_is_taken_on_its_fingerprint_alone() -> None:
    new = pack(1, A, B)
    assert first(BARE, new, new.fingerprint, NOW) is new
    assert first(BARE, new, f"  {new.fingerprint.upper().replace(' ', '-')}\n", NOW) is new
    for told in ("", new.fingerprint[:-1], new.fingerprint.rpartition(" ")[0], pack(2, A, B).fingerprint):
        pinning_refused(new, "not the fingerprint", told)


def test_what_may_not_be_pinned() -> None:
    pinning_refused(BARE, "no witnesses")
    pinning_refused(pack(1, A), "2 witnesses of the new pack must have signed the new one, and 1 did")
    pinning_refused(pack(1, A, NEW), "2 witnesses of the new pack must have signed the new one, and 1 did")
    pinning_refused(pack(1, A, B, contract=b"\x01" * 20), "another network or contract")
    pinning_refused(pack(1, A, B, code_hash=b"\x01" * 32), "another network or contract")
    pinning_refused(pack(1, A, B), "expired", now=ISSUED + timedelta(days=366))
    pinning_refused(pack(2, A, B), "trust accept", old=pack(1, A, B))
    assert first(pack(1, A, B), pack(2, A, B), pack(2).fingerprint, NOW, force=True).version == 2


def command(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = cli.main(["trust", "pin", *map(str, words)])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_pinning_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.trust_command.datetime", Frozen)
    profile, file = tmp_path / "p", tmp_path / "pack.json"
    new = pack(1, A, B)
    save_pack(file, new)
    said = command(capsys, file, "--profile", profile, "--fingerprint", new.fingerprint)
    assert said[0] == 2
    assert "belongs to no network yet" in said[1]
    assert not profile.exists()
    profile.mkdir()
    save_pack(profile / "trust.json", BARE)
    before = (profile / "trust.json").read_bytes()
    for words in ([], ["--fingerprint", "gabab"], ["--force", "--fingerprint", pack(2).fingerprint]):
        code, told = command(capsys, file, "--profile", profile, *words)
        assert (code, new.fingerprint in told) == (2, False)
        assert "fingerprint" in told
        assert (profile / "trust.json").read_bytes() == before
    code, told = command(capsys, file, "--profile", profile, "--json", "--fingerprint", new.fingerprint)
    assert (code, orjson.loads(told)["version"]) == (0, 1)
    assert read_pack(profile / "trust.json") == new
    assert command(capsys, file, "--profile", profile, "--fingerprint", new.fingerprint)[0] == 2, "it is this pack already"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_fingerprint_is_asked_for_and_never_shown_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.trust_command.datetime", Frozen)
    new = pack(1, A, B)
    save_pack(tmp_path / "pack.json", new)
    save_pack(tmp_path / "trust.json", BARE)
    monkeypatch.setattr("sys.stdin", Terminal("bo bo\n"))
    code, told = command(capsys, tmp_path / "pack.json", "--profile", tmp_path)
    assert (code, new.fingerprint in told) == (2, False)
    assert "eight words" in told
    monkeypatch.setattr("sys.stdin", Terminal(f"{new.fingerprint}\n"))
    assert command(capsys, tmp_path / "pack.json", "--profile", tmp_path)[0] == 0
    assert read_pack(tmp_path / "trust.json") == new


def test_an_older_first_pack_does_not_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.commands.trust_command.datetime", Frozen)
    save_pack(tmp_path / "old.json", pack(1, A, B))
    save_pack(tmp_path / "trust.json", pack(3, A, B))
    Remembered(tmp_path).accept(pack(3, A, B))
    words = ["trust", "pin", str(tmp_path / "old.json"), "--profile", str(tmp_path), "--force", "--fingerprint"]
    assert cli.main([*words, pack(1).fingerprint]) == 2
    assert read_pack(tmp_path / "trust.json").version == 3
