"""From co-signing to a verdict on a machine that has nothing else, through the command line and over loopback."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import orjson
import pytest
import zxingcpp

from app.cli import main
from app.network.keyring import DerivedKeys
from app.station import Station
from app.trust import witnessing
from app.trust.cosigning import signer_of
from app.trust.witnessing import Office, add, request_of, server
from chain.checkpoint import Checkpoint, read_note
from chain.errors import BadInput, BadProof
from chain.witness import Refused


@pytest.fixture(scope="module")
def world(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    profile = tmp_path_factory.mktemp("witness") / "demo"
    shutil.copytree(sample_world, profile)
    return profile


@pytest.fixture
def run(world: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """A command in the sample world, or in another profile: its exit status and its JSON."""

    def call(*arguments: object, profile: Path = world) -> tuple[int, dict[str, Any]]:
        status = main([*map(str, arguments), "--json", "--profile", str(profile)])
        told = capsys.readouterr()
        assert "Traceback" not in told.err
        assert status != 2 or told.err.count("\n") == 1
        return status, json.loads(told.out.splitlines()[0]) if told.out else {}

    return call


@pytest.fixture(scope="module")
def item(world: Path) -> str:
    with Station.open(world, offline=True) as station:
        return next(row.item.key for row in station.items("Mountain honey") if row.status == "in circulation")


@pytest.fixture
def office(world: Path, tmp_path: Path) -> Iterator[Office]:
    """A witness with a memory of its own in a copy of the world."""
    profile = tmp_path / "own"
    shutil.copytree(world, profile)
    (profile / "witness.sqlite").unlink(missing_ok=True)
    with Station.open(profile, offline=True) as station:
        yield Office(station, signer_of(DerivedKeys(), "one.example"))


# ---- the command line ----------------------------------------------------------------------------------------------------


def test_a_bundle_of_the_embedded_chain_is_genuine_where_there_is_nothing_else(
    run: Any, world: Path, item: str, tmp_path: Path
) -> None:
    file = tmp_path / "item.wayproof"
    assert run("bundle", item, "-o", file)[0] == 0
    status, row = run("verify", file, "--trust", world / "trust.json", profile=tmp_path / "nowhere")
    assert (status, row["verdict"], row["code"]) == (0, "GENUINE", "OK")
    assert not (tmp_path / "nowhere").exists()
    bare = {name: orjson.loads((world / "trust.json").read_bytes())[name] for name in ("chain_id", "contract", "code_hash")}
    (tmp_path / "bare.json").write_bytes(orjson.dumps(bare))
    status, row = run("verify", file, "--trust", tmp_path / "bare.json", profile=tmp_path / "nowhere")
    assert (status, row["verdict"], row["code"]) == (1, "UNKNOWN", "NOT_WITNESSED")


def test_outside_witnesses_from_their_keys_to_a_verdict(run: Any, world: Path, item: str, tmp_path: Path) -> None:
    """Two organisations give keys, sign the pack, sign a block; a third machine accepts the pack and checks the file."""
    keys = [run("witness", "one.example", "--key")[1]["key"], run("witness", "two.example", "--wallet", "--key")[1]["key"]]
    old, pack, note, file = (tmp_path / name for name in ("old.json", "pack.json", "block.note", "item.wayproof"))
    shutil.copy(world / "trust.json", old)
    revoked = [voice["key"] for voice in orjson.loads(old.read_bytes())["witnesses"]][:1]
    draft = [
        "trust",
        "draft",
        old,
        "--threshold",
        2,
        "--name",
        "Outside",
        "--max-age-of",
        "952=3600",
        "--max-age",
        7200,
        "-o",
        pack,
    ]
    assert run(*draft, *(part for key in keys for part in ("--witness", key)), "--revoke", revoked[0])[0] == 0
    assert run("trust", "accept", pack, "--trust", old)[0] == 2  # nobody signed it
    for name, wallet in (("one.example", []), ("two.example", ["--wallet"])):
        assert run("witness", name, *wallet, "--pack", pack)[0] == 0
    assert run("trust", "accept", pack, "--trust", old)[0] == 2  # the old pack's witnesses did not
    for name, wallet in (("warehouse.stand-in.invalid", []), ("inspector.stand-in.invalid", ["--wallet"])):
        assert run("witness", name, *wallet, "--pack", pack)[0] == 0
    status, row = run("trust", "accept", pack, "--trust", old)
    assert (status, row["version"], row["name"], row["max_age_s"]) == (0, 2, "Outside", 7200)
    assert run("trust", "show", old)[1]["fingerprint"] == row["fingerprint"]
    assert run("trust", "accept", pack, "--trust", old)[0] == 2  # once is enough

    assert run("witness", "one.example", "-o", note)[0] == 0
    status, row = run("witness", "two.example", "--wallet", "--note", note, "-o", note, "--offline")
    assert (status, row["signatures"]) == (0, 2)
    assert run("bundle", item, "-o", file, "--note", note)[0] == 0
    status, row = run("verify", file, "--trust", old, profile=tmp_path / "nowhere")
    assert (status, row["verdict"]) == (0, "GENUINE")
    assert "one.example, two.example" in next(f["why"] for f in row["findings"] if f["check"] == "witnesses")


def test_a_pack_can_ask_for_the_seals_of_validators(run: Any, world: Path, item: str, tmp_path: Path) -> None:
    """Drafted, shown, kept by the next version, replaced and dropped; the embedded chain's files have no seals."""
    file, first, second = tmp_path / "item.wayproof", tmp_path / "first.json", tmp_path / "second.json"
    told = ["0x" + "11" * 20, "0x" + "22" * 20]
    validators = [part for one in told[::-1] for part in ("--validator", one)]
    assert run("trust", "draft", world / "trust.json", "-o", first, "--consensus", "qbft", *validators)[0] == 0
    row = run("trust", "show", first)[1]
    assert row["consensus"] == {"kind": "qbft", "validators": told}
    assert run("bundle", item, "-o", file)[0] == 0
    status, found = run("verify", file, "--trust", first, profile=tmp_path / "nowhere")
    assert (status, found["verdict"], found["code"]) == (1, "UNKNOWN", "NOT_WITNESSED")
    for options, wanted in (
        ((), {"kind": "qbft", "validators": told}),
        (("--consensus", "ibft2"), {"kind": "ibft2", "validators": told}),
        (("--validator", told[0]), {"kind": "qbft", "validators": told[:1]}),
        (("--consensus", "none"), None),
    ):
        assert run("trust", "draft", first, "-o", second, *options)[0] == 0
        assert run("trust", "show", second)[1]["consensus"] == wanted
    for bad in (
        ("--validator", told[0]),
        ("--consensus", "clique"),
        ("--consensus", "none", "--validator", told[0]),
        ("--consensus", "qbft", "--validator", "0x11"),
        ("--consensus", "qbft", "--validator", told[0], "--validator", told[0]),
        ("--threshold", "0"),
        ("--name", ""),
    ):
        assert run("trust", "draft", world / "trust.json", "-o", second, *bad)[0] == 2


def test_a_pack_with_validators_says_so_in_words(world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = tmp_path / "pack.json"
    told = "0x" + "11" * 20
    assert main(["trust", "draft", str(world / "trust.json"), "-o", str(pack), "--consensus", "clique", "--validator", told]) == 0
    assert main(["trust", "show", str(pack)]) == 0
    assert capsys.readouterr().out.endswith(f"blocks carry seals of clique by:\n    {told}\n")


def test_a_packs_fingerprint_is_drawn_as_a_code(run: Any, world: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = run("trust", "show", world / "trust.json", "--qr")[1]
    assert main(["trust", "show", str(world / "trust.json"), "--qr"]) == 0
    lines = capsys.readouterr().out.rstrip("\n").partition("\n\n")[2].split("\n")
    pixels = [[mark in wanted for mark in line] for line in lines for wanted in ("▀█", "▄█")]
    image = numpy.kron(numpy.where(numpy.array(pixels), 0, 255).astype(numpy.uint8), numpy.ones((4, 4), numpy.uint8))
    [found] = zxingcpp.read_barcodes(image)
    assert found.text == f"{row['origin']} version {row['version']} {row['fingerprint']}"


def test_a_clock_that_is_set_back_does_not_make_old_knowledge_fresh(run: Any, world: Path, item: str, tmp_path: Path) -> None:
    file, own = tmp_path / "item.wayproof", tmp_path / "own"
    own.mkdir()
    run("bundle", item, "-o", file)
    later = 30 * 86_400 + int(read_note((world / "checkpoint.note").read_bytes()).at.timestamp())
    (own / "remembered.json").write_bytes(orjson.dumps({"latest": later, "packs": {}, "checkpoints": {}}))
    status, row = run("verify", file, "--trust", world / "trust.json", profile=own)
    assert (status, row["verdict"], row["code"]) == (1, "UNKNOWN", "STALE")
    assert orjson.loads((own / "remembered.json").read_bytes())["latest"] == later


def test_a_block_that_contradicts_what_was_seen_is_refused(run: Any, world: Path, item: str, tmp_path: Path) -> None:
    """Stand-ins are not remembered; the same witnesses under real names are."""
    file, own, pack = tmp_path / "item.wayproof", tmp_path / "own", tmp_path / "pack.json"
    own.mkdir()
    run("bundle", item, "-o", file)
    seen = read_note((world / "checkpoint.note").read_bytes())
    other = replace(seen.bare, root=bytes(32))
    (own / "remembered.json").write_bytes(orjson.dumps({"latest": 0, "packs": {}, "checkpoints": {seen.origin: other.text}}))
    draft = ("trust", "draft", world / "trust.json", "-o", pack, "--witness", run("witness", "one.example", "--key")[1]["key"])
    assert run(*draft)[0] == 0
    status, row = run("verify", file, "--trust", pack, profile=own)
    assert (status, row["verdict"], row["code"]) == (1, "REJECTED", "TAMPERED")
    assert row["findings"][-1]["check"] == "memory"


@pytest.mark.parametrize(
    "arguments",
    [
        ("trust", "show", "{none}"),
        ("trust", "show", "{empty}"),
        ("trust", "show", "{folder}"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--threshold", "9"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--days", "0"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--witness", "no key"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--revoke", "no key"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--max-age", "-1"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--max-age-of", "952"),
        ("trust", "draft", "{trust}", "-o", "{out}", "--max-age-of", "x=7"),
        ("trust", "accept", "{trust}", "--trust", "{none}"),
        ("witness", "a name with blanks", "--key"),
        ("witness", "one.example", "--note", "{empty}"),
        ("witness", "one.example", "--note", "{none}"),
        ("witness", "one.example", "--pack", "{empty}"),
        ("bundle", "(01)09521000011014(21)1", "-o", "{out}", "--note", "{empty}"),
        ("verify", "{none}", "--trust", "{trust}"),
        ("verify", "{empty}", "--trust", "{empty}"),
        ("verify", "{trust}", "--trust", "{folder}"),
    ],
)
def test_a_bad_call_is_one_clear_line(run: Any, world: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "empty").write_bytes(b"")
    names = {"none": tmp_path / "none", "empty": tmp_path / "empty", "folder": tmp_path, "out": tmp_path / "out"}
    status, _ = run(*(one.format(trust=world / "trust.json", **names) for one in arguments))
    assert status == 2


def test_without_a_network_there_is_nothing_to_be_a_witness_of(run: Any, tmp_path: Path) -> None:
    assert run("witness", "one.example", profile=tmp_path / "new")[0] == 2


# ---- vouching ------------------------------------------------------------------------------------------------------------


def test_a_witness_vouches_for_what_its_own_node_proved_and_for_nothing_else(office: Office) -> None:
    newest = office.newest()
    good = add(office, None)
    assert good.bare == newest
    assert len(add(office, good).signatures) == 1  # its own line is renewed, not doubled
    for lie in (replace(newest, root=bytes(32)), replace(newest, block=newest.block + 1), replace(newest, block_hash=bytes(32))):
        with pytest.raises(BadInput, match="not one that this profile's node proved"):
            add(office, lie)


def test_a_block_before_the_last_is_refused(office: Office, world: Path) -> None:
    add(office, None)
    with Station.open(world, offline=True) as station:
        older = next(one for one in station.store.replica.checkpoints() if one.size <= office.newest().size)
    earlier = replace(older, block=older.block - 1)
    office.known = lambda _: None  # type: ignore[method-assign]  # as if its node had proven it then
    with pytest.raises(Refused, match="went back"):
        office.vouch(earlier)
    assert len(office.witness.refusals()) == 1


# ---- over loopback -------------------------------------------------------------------------------------------------------


@pytest.fixture
def port(office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a witness that answers; it cuts whoever needs more than a second."""
    monkeypatch.setattr(witnessing, "DEADLINE", 1.0)
    with server(office, 0, lambda: None) as made:
        working = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        working.start()
        yield made.server_address[1]
        made.shutdown()
        working.join()


def ask(port: int, body: bytes, path: str = "/add-checkpoint", method: str = "POST") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body)
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, told


def request(checkpoint: Checkpoint, old: int = 0, *hashes: bytes) -> bytes:
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in hashes), "", ""]
    return "\n".join(lines).encode() + checkpoint.note()


def test_it_answers_as_c2sp_describes(port: int, office: Office) -> None:
    newest = office.newest()
    status, line = ask(port, request(newest))
    assert status == 200
    signed = read_note(newest.note() + line.encode())
    office.witness._signer.key.verify(newest, signed.signatures[0])
    assert ask(port, request(newest, newest.size))[0] == 200
    assert ask(port, request(newest)) == (409, f"{newest.size}\n")  # it stands elsewhere
    assert ask(port, request(newest, newest.size, bytes(32)))[0] == 422  # a spare hash
    assert ask(port, request(replace(newest, root=bytes(32)), newest.size))[0] == 403  # its node knows nothing of that
    for body in (
        b"",
        b"old 0\n\n",
        b"old x\n\n" + newest.note(),
        b"old 0\nAAAA\n\n" + newest.note(),
        b"old 0\n!\n\n" + newest.note(),
    ):
        assert ask(port, body)[0] == 400
    assert ask(port, b"", "/")[0] == 404
    assert ask(port, b"", method="GET")[0] == 501


def test_endless_data_is_refused_unread(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n")
        assert b" 413 " in raw.recv(4096)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")
        assert b" 411 " in raw.recv(4096)


def test_slow_retrieval_is_cut_off_and_keeps_nobody_waiting(port: int, office: Office) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as slow:
        slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nold 0")
        assert ask(port, request(office.newest()))[0] == 200
        assert slow.recv(4096) == b""


def test_requests_of_another_form_are_refused() -> None:
    for body in (b"old 1", b"old 1\n\nx", b"new 1\n\nx", b"old 999999999999999999999\n\nx", b"old 1\n" + b"x\n" * 99 + b"\nx"):
        with pytest.raises(BadProof):
            request_of(body)
