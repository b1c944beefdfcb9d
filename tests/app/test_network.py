"""Profiles on a real second node (anvil): founding, joining, admission, reorganisations, fees, and keys that stay locked away."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app import cli
from app.network import Network
from app.network.access import Access, access_of, save_access
from app.network.keyring import StoredKeys
from app.outbox.push import push
from app.outbox.relay_folder import ANSWER, STATEMENT, Folder
from app.printing import printed
from chain.errors import BadInput, KeyLocked, LedgerError, RuleBroken
from chain.journey import Scan, Verb
from chain.keystore import Keystore
from chain.verdict import Code
from tests.app.anvil_network import DEPOT, MAKER, PREFIX, Consortium, draft, item, opened, passphrase
from tests.chain.anvil import Anvil


@pytest.fixture
def consortium(anvil: Anvil, tmp_path: Path) -> Consortium:
    return Consortium(tmp_path, anvil.url).founded()


def called(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> dict[str, object]:
    """The last JSON row that a command printed."""
    assert cli.main([*words, "--json"]) == status
    lines = capsys.readouterr().out.splitlines()
    row: dict[str, object] = orjson.loads(lines[-1]) if lines else {}
    return row


def test_a_consortium_from_the_command_line(
    anvil: Anvil, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("eight or more characters\n")
    monkeypatch.setenv("WAYPROOF_PASSWORD_FILE", str(secret))
    maker, depot, lane = str(tmp_path / "maker"), str(tmp_path / "depot"), str(tmp_path / "lane")
    rpc = ("--rpc", anvil.url)
    put = called(capsys, "deploy", *rpc, "--gln", MAKER.gln, "--name", "Maker", "--prefix", PREFIX, "--profile", maker)
    assert called(capsys, "deploy", *rpc, "--gln", MAKER.gln, "--profile", maker, status=2) == {}
    depots = ("--gln", DEPOT.gln, "--name", "Depot", "--profile", depot)
    row = called(capsys, "join", *rpc, "--trust", f"{maker}/trust.json", *depots)
    assert row["contract"] == put["contract"]
    wish = str(tmp_path / "wish.json")
    called(capsys, "member", "request", "-o", wish, "--profile", depot)
    row = called(capsys, "member", "approve", wish, "--roles", "keeper", "--profile", maker)
    assert (row["organisation"], row["name"]) == (2, "Depot")
    assert called(capsys, "member", "approve", wish, "--roles", "keeper", "--profile", maker, status=2) == {}
    members = str(tmp_path / "members.json")
    assert called(capsys, "member", "list", "-o", members, "--profile", maker)["members"] == 2
    assert called(capsys, "member", "learn", members, "--profile", depot)["members"] == 2
    device = called(capsys, "device", "request", "-o", wish, "--profile", depot)["address"]
    assert called(capsys, "device", "approve", wish, "--profile", maker, status=2) == {}
    assert called(capsys, "device", "approve", wish, "--profile", depot)["address"] == device
    called(capsys, "join", *rpc, "--contract", str(put["contract"]), "--gln", DEPOT.gln, "--profile", lane)
    called(capsys, "member", "learn", members, "--profile", lane)
    lost = called(capsys, "device", "request", "-o", wish, "--profile", lane)["address"]
    called(capsys, "device", "approve", wish, "--profile", depot)
    since = ("--suspect-since", "1970-01-01T00:00:01Z")
    assert called(capsys, "device", "revoke", str(lost), *since, "--profile", depot)["address"] == lost
    assert called(capsys, "device", "revoke", str(lost), "--profile", depot, status=2) == {}
    assert called(capsys, "sync", "--profile", maker)["events"] == 7
    edited = orjson.loads(Path(wish).read_bytes())
    Path(wish).write_bytes(orjson.dumps(edited | {"gln": MAKER.gln}))
    assert called(capsys, "device", "approve", wish, "--profile", maker, status=2) == {}


def test_events_wait_in_the_outbox_and_are_sent_by_the_laptops_own_key(consortium: Consortium) -> None:
    with opened(consortium.maker) as station:
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [n]) for n in range(3)])
        station.outbox().add([draft(Verb.OBSERVE, MAKER, [1])])
        assert station.status().waiting == 2
        assert station.status().since is not None
        pushed = station.send()
        assert (pushed.sent, station.status().waiting) == (2, 0)
        assert station.send().sent == 0
        assert station.status().events == 7


def test_a_reorganisation_takes_verdicts_back_and_the_outbox_tells_it_again(consortium: Consortium, anvil: Anvil) -> None:
    with opened(consortium.maker) as station:
        anvil.request("evm_mine")
        before = anvil.request("evm_snapshot")
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        for number in range(2, 8):
            station.outbox().add([draft(Verb.COMMISSION, MAKER, [number])])
            station.send()
        scan = Scan(item(1).key, datetime.now(UTC))
        issued = station.check(scan).verdict.code
        anvil.request("evm_revert", [before])
        for _ in range(12):
            anvil.request("evm_mine")
        station.sync()
        assert issued is not Code.NOT_ISSUED
        assert station.check(scan).verdict.code is Code.NOT_ISSUED
        assert station.status().waiting == 7
        station.send()
        assert station.status().waiting == 0
        assert station.check(scan).verdict.code is issued
        assert sum(entry.verb is Verb.COMMISSION for entry in station.store.replica.entries()) == 7


def test_what_is_not_deep_enough_does_not_count_yet(consortium: Consortium, anvil: Anvil) -> None:
    save_access(consortium.maker, Access((anvil.url,), finality=3, patience=20))
    with opened(consortium.maker) as station:
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1]), draft(Verb.OBSERVE, MAKER, [1])])
        station.send()
        assert station.status().waiting == 2
        station.send()
        for _ in range(3):
            anvil.request("evm_mine")
        station.sync()
        assert station.status().waiting == 0
        assert sum(entry.verb is Verb.OBSERVE for entry in station.store.replica.entries()) == 1


def test_stuck_and_dropped_transactions_are_replaced_and_count_once(consortium: Consortium, anvil: Anvil) -> None:
    save_access(consortium.maker, Access((anvil.url,), patience=1))
    with opened(consortium.maker) as station:
        relayer = "0x" + station.network().keys.relayer().address.hex()
        anvil.request("anvil_setBalance", [relayer, hex(10**24)])
        anvil.request("anvil_setNextBlockBaseFeePerGas", [hex(10**9)])
        anvil.request("evm_mine")
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [2])])
        anvil.request("evm_setAutomine", [False])
        station.sync()
        with pytest.raises(LedgerError, match="no block holds them yet"):
            push(station.store, station.network())
        kept = station.store.outbox.transmissions(bytes.fromhex(relayer[2:]))
        assert [one.nonce for one in kept] == [0, 1]
        anvil.request("anvil_dropTransaction", ["0x" + kept[0].hash.hex()])
        anvil.request("evm_setAutomine", [True])
        station.send()
        assert station.status().waiting == 0
        assert station.store.outbox.transmissions(bytes.fromhex(relayer[2:])) == []
        assert sum(entry.verb is Verb.COMMISSION for entry in station.store.replica.entries()) == 2


def test_a_queue_that_can_wait_is_sent_when_the_base_fee_is_low(consortium: Consortium, anvil: Anvil) -> None:
    """A base fee with peaks on a real node: nothing is sent on a peak, and all of it in the valley after it."""

    def block(gwei: int) -> None:
        anvil.request("anvil_setNextBlockBaseFeePerGas", [hex(gwei * 10**9)])
        anvil.request("evm_mine")

    save_access(consortium.maker, Access((anvil.url,), wait_cheap=3600, patience=20))
    with opened(consortium.maker) as station:
        relayer = "0x" + station.network().keys.relayer().address.hex()
        anvil.request("anvil_setBalance", [relayer, hex(10**24)])
        for at in range(420):
            block(40 if at % 32 < 8 else 10)
        block(40)
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        station.sync()
        assert push(station.store, station.network()).saving == 1
        assert anvil.request("eth_getTransactionCount", [relayer, "latest"]) == "0x0"
        assert station.status().waiting == 1
        for _ in range(8):
            block(10)
        station.sync()
        assert push(station.store, station.network()).sent == 1
        station.sync()
        assert station.status().waiting == 0


def test_the_cap_in_the_settings_is_kept(consortium: Consortium, anvil: Anvil) -> None:
    save_access(consortium.maker, Access((anvil.url,), fee_cap=10**9, patience=5))
    with opened(consortium.maker) as station:
        anvil.request("anvil_setNextBlockBaseFeePerGas", [hex(10**10)])
        anvil.request("evm_mine")
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        with pytest.raises(LedgerError, match="absurd fee"):
            station.send()
        assert station.status().waiting == 1


def test_a_laptop_without_coins_uses_the_relayers_folder(consortium: Consortium, anvil: Anvil, tmp_path: Path) -> None:
    shared = tmp_path / "relay"
    consortium.with_depot(Access((anvil.url,), patience=20, relay=str(shared)))
    with opened(consortium.maker) as maker, opened(consortium.depot) as depot:
        maker.outbox().add([draft(Verb.COMMISSION, MAKER, [1]), draft(Verb.SHIP, MAKER, [1], DEPOT.gln)])
        maker.send()
        depot.sync()
        depot.outbox().add([draft(Verb.RECEIVE, DEPOT, [1])])
        assert depot.send().handed == 1
        (shared / f"rubbish{STATEMENT}").write_bytes(b"\xff" * 100)
        network = maker.network()
        from app.outbox.relay import Relayer

        maker.sync()
        done = Folder(shared).serve(Relayer(maker.store, network.ledger, network.keys.relayer()))
        assert (done.recorded, done.refused) == (1, 1)
        depot.sync()
        assert depot.status().waiting == 0
        assert sorted(path.name for path in shared.iterdir()) == [f"rubbish{ANSWER}", f"rubbish{STATEMENT}"]


def test_an_unknown_laptop_is_told_so_and_waits(consortium: Consortium, anvil: Anvil) -> None:
    consortium.with_depot()
    with opened(consortium.depot) as depot:
        later = draft(Verb.RECEIVE, DEPOT, [1])
        with pytest.raises((RuleBroken, BadInput)):
            depot.outbox().add([later])
        assert depot.status().waiting == 0


def test_no_key_is_in_the_profile_in_the_clear(consortium: Consortium) -> None:
    with opened(consortium.maker) as station:
        station.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        station.send()
    store = Keystore.open(consortium.maker, passphrase())
    master = store._master
    assert master is not None
    secrets = [bytes(master)]
    names = ("administrator", f"owner/{MAKER.gln}", f"device/{MAKER.gln}/1", "relayer")
    secrets += [store.key(name)._key.secret for name in names]
    content = b"".join(path.read_bytes() for path in sorted(consortium.maker.rglob("*")) if path.is_file())
    assert b"sealed" in content
    for secret in secrets:
        for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), base64.b64encode(secret), secret[::-1]):
            assert form not in content


def test_keys_are_locked_after_a_while_and_opened_again_when_needed(tmp_path: Path) -> None:
    Keystore.create(tmp_path, passphrase())
    now, asked = [0.0], []

    def ask() -> str:
        asked.append(now[0])
        return passphrase()

    keys = StoredKeys(tmp_path, ask, idle=60, clock=lambda: now[0])
    assert keys.locked
    first = keys.device(MAKER.gln).address
    now[0] = 59
    keys.seed("urn:x")
    assert asked == [0]
    now[0] = 120
    assert keys.locked
    assert keys.device(MAKER.gln).address == first
    assert asked == [0, 120]
    wrong = StoredKeys(tmp_path, lambda: "another passphrase")
    with pytest.raises(KeyLocked):
        wrong.relayer()


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b'{"format":"wayproof network 1"}', b'{"format":"wayproof network 1","endpoints":["http://x"],"enough":2}',
     b'{"format":"wayproof network 1","endpoints":["http://x"],"odd":2}', b'{"format":"wayproof network 1","endpoints":[]}',
     b'{"format":"wayproof network 1","endpoints":["http://x","http://x"]}',
     b'{"format":"wayproof network 1","endpoints":["http://x"],"finality":-1}', b"\xff"],
)  # fmt: skip
def test_a_damaged_description_of_the_network_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "network.json").write_bytes(text)
    with pytest.raises(BadInput):
        access_of(tmp_path)
    with pytest.raises(BadInput):
        Network.open(tmp_path)


def test_a_network_that_is_another_one_is_not_joined(consortium: Consortium, tmp_path: Path) -> None:
    from dataclasses import replace

    from app.network import join, trust_of

    trust = trust_of(consortium.maker)
    assert trust is not None
    elsewhere = replace(trust, chain_id=trust.chain_id + 1)
    for wrong in (elsewhere, replace(trust, contract=b"\x01" * 20), replace(trust, code_hash=bytes(32))):
        with pytest.raises((BadInput, LedgerError)):
            join(tmp_path / "new", consortium.access, wrong)
        assert access_of(tmp_path / "new") is None
    with pytest.raises(BadInput, match="already"):
        join(consortium.maker, consortium.access, trust)


def test_nobody_prints_the_labels_of_another_organisation(consortium: Consortium) -> None:
    consortium.with_depot()
    with opened(consortium.maker) as maker:
        maker.outbox().add([draft(Verb.COMMISSION, MAKER, [1])])
        maker.send()
        assert printed(maker, item(1).key).text
        known = maker.store.goods.search("", 9, 0)
    with opened(consortium.depot) as depot:
        depot.sync()
        with depot.store.transaction():
            depot.store.goods.add_items(known)
        with pytest.raises(BadInput, match="no device of"):
            printed(depot, item(1).key)
