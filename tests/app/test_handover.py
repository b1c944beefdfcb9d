"""Goods change hands between two laptops without a network, by QR texts; both halves are recorded later, and lies convict."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from app import cli, handover
from app.handover import Offer, case_file
from app.handover.codes import joined, texts
from app.handover.dispute import Dispute
from app.network import trust_of
from app.outbox import TOO_LATE
from app.station import Station
from chain.encoding import commitment
from chain.errors import BadInput, RuleBroken
from chain.evidence import Trust
from chain.journey import Item, Party, Scan, Verb
from chain.policy import Situation
from chain.signed_batch import SignedBatch
from chain.verdict import Code, Kind, Outcome
from tests.app.anvil_network import DEPOT, MAKER, PASSPHRASE, Consortium, draft, item, opened
from tests.chain.anvil import Anvil

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def both(anvil: Anvil, tmp_path: Path) -> Consortium:
    """A maker with ten items and a depot, both synced, and then on their own."""
    consortium = Consortium(tmp_path, anvil.url).founded().with_depot()
    with opened(consortium.maker) as maker:
        maker.outbox().add([draft(Verb.COMMISSION, MAKER, [n]) for n in range(10)])
        maker.send()
    with opened(consortium.depot) as depot:
        depot.sync()
    return consortium


def party(station: Station, gln: str) -> Party:
    return next(one for one in station.store.goods.parties() if one.gln == gln)


def trust(consortium: Consortium) -> Trust:
    found = trust_of(consortium.maker)
    assert found is not None
    return found


def shipped(station: Station, items: list[Item], to: str = DEPOT.gln) -> Offer:
    sent = handover.shipment(party(station, MAKER.gln), party(station, to), items, NOW)
    return handover.offer(station.outbox(), station.store, [sent])


def taken(station: Station, whole: str) -> SignedBatch:
    what = handover.offered(whole, station.network().trust)
    me = party(station, DEPOT.gln)
    answer = handover.receipt(me, party(station, MAKER.gln), what.items, NOW)
    return handover.accept(station.outbox(), station.store, what, me, answer, NOW)


def whole(codes: list[str]) -> str:
    text = joined(codes)
    assert text is not None
    return text


def judged(data: bytes, pinned: Trust) -> tuple[Kind, Code]:
    verdict = case_file.judge(data, pinned, Situation(datetime.now(UTC))).verdict
    return verdict.kind, verdict.code


def recorded(station: Station, verb: Verb) -> int:
    return sum(entry.verb is verb for entry in station.store.replica.entries())


@pytest.mark.parametrize("first", ["shipper", "receiver"])
def test_both_halves_are_recorded_whoever_finds_the_network_first(both: Consortium, first: str) -> None:
    with opened(both.maker) as maker, opened(both.depot) as depot:
        offer = shipped(maker, [item(1), item(2)])
        codes = handover.offer_texts(offer)
        receipt = taken(depot, whole(codes[::-1] + codes))
        back = handover.answer_texts(offer.id, receipt)
        assert handover.answered(whole(back), offer.batch) == receipt
        depot.outbox().add([draft(Verb.OBSERVE, DEPOT, [1])])
        assert (maker.status().waiting, depot.status().waiting) == (1, 2)
        order = [maker, depot] if first == "shipper" else [depot, maker]
        for station in order:
            station.sync()
            station.send()
        assert (maker.status().waiting, depot.status().waiting) == (0, 0)
        assert [recorded(depot, verb) for verb in (Verb.SHIP, Verb.RECEIVE, Verb.OBSERVE)] == [1, 1, 1]
        assert depot.store.outbox.peers() == []


def test_what_happened_before_comes_with_the_code_and_is_kept_where_the_log_has_it(both: Consortium) -> None:
    def details(station: Station) -> Outcome:
        verdict = station.judge(Scan(item(1).key, NOW)).verdict
        return next(one.outcome for one in verdict.findings if one.check == "details")

    with opened(both.maker) as maker, opened(both.depot) as depot:
        offer = shipped(maker, [item(1)])
        assert len(offer.before) == 1
        issue, seed = offer.before[0]
        forged = {**issue, "bizStep": "destroying"}
        odd = replace(offer, before=((forged, seed), offer.before[0]))
        assert details(depot) is Outcome.UNKNOWN
        taken(depot, whole(handover.offer_texts(odd)))
        assert details(depot) is Outcome.PASS
        assert depot.store.goods.detail(commitment(forged, seed)) is None
        noise = ["".join(commitment({"n": [n, m]}, bytes(32)).hex() for m in range(20)) for n in range(9)]
        many = replace(offer, before=tuple((forged | {"n": text}, bytes(32)) for text in noise))
        assert handover.offer_texts(many) == handover.offer_texts(replace(offer, before=())), "it would take many codes more"
        value = {"format": handover.OFFER, "batch": base64.b64encode(offer.batch.to_bytes()).decode(), "acts": []}
        for text in ({"fields": {}, "seed": "?"}, {"fields": 1, "seed": ""}, {"seed": ""}, 7):
            with pytest.raises(BadInput):
                handover.offered(whole(texts(value | {"before": [text]})), trust(both))


def test_an_offer_travels_in_as_many_codes_as_it_needs(both: Consortium) -> None:
    with opened(both.maker) as maker, opened(both.depot) as depot:
        codes = handover.offer_texts(shipped(maker, [item(n) for n in range(10)]))
        assert len(codes) > 1
        assert all(set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-:") for code in codes)
        assert joined(codes[:-1]) is None
        assert len(taken(depot, whole(codes)).units) == 10


def test_the_command_line_does_it_with_files(
    both: Consortium, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYPROOF_PASSWORD", PASSPHRASE)
    assert cli.main(["handover", "offer", item(3).key, "--to", DEPOT.gln, "--profile", str(both.maker)]) == 0
    (tmp_path / "offer").write_text(capsys.readouterr().out)
    accepting = ["handover", "accept", str(tmp_path / "offer"), "--profile", str(both.depot)]
    assert cli.main(accepting) == 0
    (tmp_path / "answer").write_text(capsys.readouterr().out)
    assert cli.main(["handover", "finish", str(tmp_path / "answer"), "--profile", str(both.maker), "--json"]) == 0
    assert "offer" in orjson.loads(capsys.readouterr().out)
    assert cli.main(accepting) == 2
    assert cli.main(["handover", "finish", str(tmp_path / "offer"), "--profile", str(both.maker)]) == 2
    assert cli.main(["sync", "--profile", str(both.maker), "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert (told["sent"], told["waiting"], told["conflicts"]) == (1, 0, 0)


def test_a_unit_handed_over_twice_convicts_and_only_one_is_recorded(both: Consortium, tmp_path: Path) -> None:
    """A dishonest shipper copies its profile, and one says shipped where the other says used up."""
    import shutil

    shutil.copytree(both.maker, tmp_path / "copy")
    with opened(both.maker) as maker, opened(tmp_path / "copy") as copy, opened(both.depot) as depot:
        one = shipped(maker, [item(1)])
        copy.outbox().add([draft(Verb.DECOMMISSION, MAKER, [1])])
        [other] = copy.store.outbox.waiting()
        taken(depot, whole(handover.offer_texts(one)))
        copy.send()
        found = Dispute.between(one.batch, other.batch)
        assert found is not None
        assert found.same_device
        evidence = case_file.write(found.unit, found.one, None, found.other, None, b"")
        assert judged(evidence, trust(both)) == (Kind.GENUINE, Code.OK)
        assert judged(evidence, replace(trust(both), chain_id=5)) == (Kind.REJECTED, Code.BAD_SIGNATURE)
        for at in range(0, len(evidence), 41):
            broken = evidence[:at] + bytes((evidence[at] ^ 1,)) + evidence[at + 1 :]
            assert judged(broken, trust(both))[0] is Kind.REJECTED
        depot.sync()
        depot.send()
        assert [conflict.ours.reason for conflict in depot.conflicts()] == [TOO_LATE]
        depot.close_conflict(depot.conflicts()[0].ours.id)
        assert depot.conflicts() == []
        assert recorded(depot, Verb.RECEIVE) == 0
        assert Dispute.between(one.batch, one.batch) is None
        assert Dispute.between(one.batch, shipped(maker, [item(2)]).batch) is None


def test_evidence_of_a_contradiction_is_checked_without_a_profile(
    both: Consortium, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import shutil

    shutil.copytree(both.maker, tmp_path / "copy")
    with opened(both.maker) as maker, opened(tmp_path / "copy") as copy:
        for name, station in (("one", maker), ("other", copy)):
            (tmp_path / name).write_text("\n".join(handover.offer_texts(shipped(station, [item(1)]))))
        (tmp_path / "else").write_text("\n".join(handover.offer_texts(shipped(maker, [item(2)]))))
    pack, evidence = ("--trust", str(both.maker / "trust.json")), str(tmp_path / "evidence")
    assert cli.main(["handover", "accuse", str(tmp_path / "one"), str(tmp_path / "other"), *pack, "-o", evidence]) == 0
    capsys.readouterr()
    assert cli.main(["handover", "judge", evidence, *pack, "--json"]) == 0
    assert orjson.loads(capsys.readouterr().out)["contradiction"] is True
    assert cli.main(["handover", "accuse", str(tmp_path / "one"), str(tmp_path / "else"), *pack, "-o", evidence]) == 1
    assert cli.main(["handover", "judge", str(tmp_path / "one"), *pack]) == 2


def test_what_is_not_offered_to_us_or_has_moved_on_is_not_signed_for(both: Consortium) -> None:
    with opened(both.maker) as maker, opened(both.depot) as depot:
        text = whole(handover.offer_texts(shipped(maker, [item(1)])))
        what = handover.offered(text, trust(both))
        me = party(maker, MAKER.gln)
        with pytest.raises(BadInput, match="somebody else"):
            handover.accept(maker.outbox(), maker.store, what, me, handover.receipt(me, me, what.items, NOW), NOW)
        us = party(depot, DEPOT.gln)
        with pytest.raises(BadInput, match="exactly"):
            handover.accept(depot.outbox(), depot.store, what, us, handover.receipt(us, me, [item(2)], NOW), NOW)
        taken(depot, text)
        with pytest.raises(BadInput, match="already"):
            taken(depot, text)
        assert depot.status().waiting == 1


def test_an_offer_by_a_laptop_that_may_not_ship_is_refused(both: Consortium) -> None:
    with opened(both.maker) as maker, opened(both.depot) as depot:
        text = whole(handover.offer_texts(shipped(maker, [item(1)])))
        from app.network.membership import revoke_device

        network = maker.network()
        revoke_device(network, maker.store, MAKER.gln, network.keys.device(MAKER.gln).address)
        depot.sync()
        with pytest.raises(RuleBroken, match="device: revoked"):
            taken(depot, text)


def test_damaged_codes_are_refused(both: Consortium) -> None:
    with opened(both.maker) as maker:
        offer = shipped(maker, [item(1), item(2), item(3)])
        codes = handover.offer_texts(offer)
    text = whole(codes)
    value = orjson.loads(zlib.decompress(base64.b32decode(text + "=" * (-len(text) % 8))))
    changes: list[dict[str, object]] = [
        {"batch": value["batch"][:-8]},
        {"batch": "%"},
        {"acts": []},
        {"acts": [value["acts"][0] | {"fields": value["acts"][0]["fields"] | {"eventID": "urn:x"}}]},
        {"acts": [value["acts"][0] | {"items": value["acts"][0]["items"][:2]}]},
        {"acts": [value["acts"][0] | {"items": [*value["acts"][0]["items"][:2], ["09521000011014", "S9", "", ""]]}]},
        {"acts": [value["acts"][0] | {"items": [1, 2, 3]}]},
        {"format": handover.ANSWER},
    ]
    for change in changes:
        with pytest.raises(BadInput):
            handover.offered(whole(texts(value | change)), trust(both))
    doubled = ["WP-1-2-00000000:AA", "WP-1-2-00000000:AB"]
    mixed = ["WP-1-2-00000000:AA", "WP-2-2-00000001:AB"]
    for broken in (doubled, mixed, ["WP-1-1-00000000:AAAA"], ["WP-3-2-00000000:AA"], ["rubbish"], [""], ["WP-x-2-00000000:AA"]):
        with pytest.raises(BadInput):
            joined(broken)
    with pytest.raises(BadInput):
        handover.offered("A" * 64, trust(both))
    with pytest.raises(BadInput):
        handover.offered(text, replace(trust(both), contract=b"\x01" * 20))
