"""An evidence file says what the contract says, to whoever has the trust pack alone; whoever wrote it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from app.demo.story import Story
from app.demo.units import plot
from app.store import dossier
from chain import bundle, bundle_form, rlp
from chain.encoding import word
from chain.errors import BadInput, BadProof
from chain.evidence import Evidence
from chain.journey import NO_ROLE, Entry, Item, Party, Verb
from chain.notes import NoteSigner
from chain.pieces import Fields
from chain.policy import Situation
from chain.proven import Storage
from chain.travel import Sighting
from chain.verdict import Code, Kind, Outcome, Verdict
from chain.verifier import Verifier
from chain.witness_policy import Quorum, Voice
from tests.torture.bundles import PARTS, STRANGER, Sealed, Source, mutant, now, reseal, spots, told


@pytest.fixture(scope="module")
def source(sample_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    """A profile to write files from."""
    profile = tmp_path_factory.mktemp("bundles") / "demo"
    shutil.copytree(sample_world, profile)
    opened = Source(profile)
    yield opened
    opened.close()


def party(source: Source, name: str) -> Party:
    return next(p for p in source.parties if p.name == name)


def about(source: Source, code: Code, by: str = "Linden Pharmacy", maker: str = "") -> Sealed:
    """The file about the sample world's unit of a code."""
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    return source.file(plot(story).item(code), party(source, by), party(source, maker) if maker else None)


@pytest.fixture(scope="module")
def genuine(source: Source) -> Sealed:
    """A file about an honest unit with a signed label."""
    return about(source, Code.OK, maker="Alba Pharma")


@pytest.fixture(scope="module")
def other(source: Source) -> Sealed:
    """A file about another honest unit, made, packed and sold elsewhere, sealed by another organisation's device."""
    row = next(row for row in source.station.items("Mountain honey") if row.status == "in circulation")
    return source.file(row.item, party(source, "Pharmacie du Canal"), party(source, "Meridian Foods"))


def verdict(source: Source, data: bytes, asked: Situation | None = None) -> Verdict:
    return bundle.verify(data, source.trust, asked or now())[1]


def part(tree: list[Any], name: str) -> Any:
    return tree[PARTS.index(name)]


# ---- what a file says ----------------------------------------------------------------------------------------------------


def test_an_honest_file_is_genuine_with_every_finding(source: Source, genuine: Sealed) -> None:
    label, found = bundle.verify(genuine.data, source.trust, now())
    assert (found.kind, found.code) == (Kind.GENUINE, Code.OK)
    assert label is not None
    assert label.item.expiry is not None
    assert {f.outcome for f in found.findings} == {Outcome.PASS, Outcome.NOT_PROVABLE_OFFLINE}
    assert {f.check for f in found.findings} >= {"label signature", "history", "inclusion", "devices", "custody", "age", "seal"}
    words = {f.check: f.why for f in found.findings}
    assert words["seal"] == "A device of Linden Pharmacy sealed it."
    assert words["label signature"] == "Alba Pharma signed this label."


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (Code.RECALLED, Kind.REJECTED),
        (Code.DECOMMISSIONED, Kind.REJECTED),
        (Code.EXPIRED, Kind.REJECTED),
        (Code.QUARANTINED, Kind.REJECTED),
        (Code.NOT_ISSUED, Kind.REJECTED),
        (Code.CUSTODY_BROKEN, Kind.REJECTED),
        (Code.SUSPECTED, Kind.UNKNOWN),
        (Code.NO_EVIDENCE, Kind.UNKNOWN),
    ],
)
def test_a_file_about_such_a_unit_has_its_code(source: Source, code: Code, kind: Kind) -> None:
    found = verdict(source, about(source, code).data)
    assert (found.kind, found.code) == (kind, code)


def test_an_old_file_is_stale(source: Source, genuine: Sealed) -> None:
    found = verdict(source, genuine.data, Situation(datetime.now(UTC) + source.trust.max_age + timedelta(hours=2)))
    assert (found.kind, found.code) == (Kind.UNKNOWN, Code.STALE)


def test_a_forged_label_is_a_bad_signature(source: Source) -> None:
    found = verdict(source, about(source, Code.OK, maker="Meridian Foods").data)
    assert (found.kind, found.code) == (Kind.REJECTED, Code.BAD_SIGNATURE)


def test_a_scan_far_from_where_the_file_says_it_is_proves_a_copy(source: Source) -> None:
    data = about(source, Code.CLONE_PROVEN).data
    place = source.station.store.goods.place(party(source, "Linden Pharmacy").gln)
    assert place is not None
    here = datetime.now(UTC)
    assert verdict(source, data, Situation(here, 0, (Sighting(here, place),))).code is Code.CLONE_PROVEN


@pytest.mark.parametrize("change", ["chain_id", "contract", "code_hash"])
def test_under_another_trust_it_is_refused(source: Source, genuine: Sealed, change: str) -> None:
    value: Any = 1 if change == "chain_id" else bytes(20) if change == "contract" else bytes(32)
    found = bundle.verify(genuine.data, replace(source.trust, **{change: value}), now())[1]
    assert found.kind is not Kind.GENUINE
    assert found.code is Code.TAMPERED


def test_without_enough_witnesses_it_is_never_genuine(source: Source, genuine: Sealed) -> None:
    """No quorum pinned; one pinned that did not sign; and one of the pinned ones only."""
    quorum = source.trust.quorum
    assert quorum is not None
    outside = Voice(NoteSigner("outside.example", b"o" * 32).key)
    mixed = Quorum(2, (quorum.voices[0], outside))
    for pinned, words in (
        (None, "names no witnesses"),
        (Quorum(1, (outside,)), "none did"),
        (mixed, "only maker.stand-in.invalid did"),
    ):
        found = bundle.verify(genuine.data, replace(source.trust, quorum=pinned), now())[1]
        assert (found.kind, found.code) == (Kind.UNKNOWN, Code.NOT_WITNESSED)
        assert words in found.reason


def test_under_an_expired_pack_it_is_stale(source: Source, genuine: Sealed) -> None:
    found = bundle.verify(genuine.data, replace(source.trust, expires=datetime(2020, 1, 1, tzinfo=UTC)), now())[1]
    assert (found.kind, found.code) == (Kind.UNKNOWN, Code.STALE)
    assert "expired on 2020-01-01" in found.reason


def test_what_a_laptop_proved_itself_needs_no_witness(source: Source, genuine: Sealed) -> None:
    evidence = dossier.evidence(source.station.store, genuine.opened.label.item)
    found = Verifier(replace(source.trust, quorum=None)).verify(genuine.opened.label, evidence, now())
    assert found.kind is Kind.GENUINE
    assert next(f.outcome for f in found.findings if f.check == "witnesses") is Outcome.NOT_PROVABLE_OFFLINE


def test_a_file_tells_of_nobody_but_those_of_its_journey(source: Source, genuine: Sealed) -> None:
    names = {p.name for p in genuine.opened.evidence.parties.values()}
    assert names == {"Alba Pharma", "Harbour Warehouse", "Linden Pharmacy"}


def test_records_that_do_not_hold_are_not_handed_out(source: Source) -> None:
    with pytest.raises(BadInput, match="would be refused"):
        about(source, Code.TAMPERED)


def test_a_device_that_the_contract_does_not_know_cannot_seal(source: Source, genuine: Sealed) -> None:
    evidence = dossier.evidence(source.station.store, genuine.opened.label.item)
    assert evidence is not None
    with pytest.raises(BadInput, match="not sealed by a device"):
        bundle.write(genuine.opened.label, evidence, source.trust, STRANGER)


def test_a_revoked_device_cannot_seal(source: Source, genuine: Sealed) -> None:
    evidence = dossier.evidence(source.station.store, genuine.opened.label.item)
    assert evidence is not None
    stolen = source.keys.device(party(source, "Harbour Warehouse").gln, 2)
    with pytest.raises(BadInput, match="not sealed by a device"):
        bundle.write(genuine.opened.label, evidence, source.trust, stolen)


def test_an_organisation_that_was_suspended_cannot_seal(source: Source, genuine: Sealed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Storage, "roles", lambda *_: NO_ROLE)
    found = verdict(source, genuine.data)
    assert "suspended" in next(f.why for f in found.findings if f.check == "seal")


def test_an_item_that_no_link_can_name_whole_has_no_file(genuine: Sealed) -> None:
    item = Item(sscc="106141412345678908", lot="L1")  # a logistic unit has no lot of its own
    with pytest.raises(BadInput, match="cannot be written"):
        bundle_form.canonical(replace(genuine.opened.label, item=item))


def test_the_same_evidence_gives_the_same_bytes(source: Source, genuine: Sealed) -> None:
    assert about(source, Code.OK, maker="Alba Pharma").data == genuine.data


# ---- damaged -------------------------------------------------------------------------------------------------------------


def test_cut_short_anywhere_it_is_tampered(source: Source, genuine: Sealed) -> None:
    for end in range(0, len(genuine.data), 7):
        assert verdict(source, genuine.data[:end]).code is Code.TAMPERED


def test_with_bytes_behind_it_is_tampered(source: Source, genuine: Sealed) -> None:
    assert verdict(source, genuine.data + b"\0").code is Code.TAMPERED


def test_a_flipped_bit_anywhere_is_tampered(source: Source, genuine: Sealed) -> None:
    chance = random.Random(4)
    for _ in range(1_000):
        place = chance.randrange(len(genuine.data))
        data = bytearray(genuine.data)
        data[place] ^= 1 << chance.randrange(8)
        assert verdict(source, bytes(data)).code is Code.TAMPERED


@pytest.mark.parametrize("outer", [b"", [], [b""], [b"", b"", b""], [[], b""], [b"", []], [b"", b""]])
def test_another_shape_is_tampered(source: Source, outer: Any) -> None:
    assert verdict(source, bundle.MAGIC + rlp.encode(outer)).code is Code.TAMPERED


def test_too_large_a_file_is_not_looked_at(source: Source) -> None:
    assert verdict(source, bundle.MAGIC + bytes(bundle.MOST)).code is Code.TAMPERED


def test_another_spelling_of_the_same_is_tampered(source: Source, genuine: Sealed) -> None:
    body = genuine.body
    length = len(body).to_bytes(4, "big")  # a leading zero in the length
    inner = b"\xbb" + length + body + b"\xb8\x41" + genuine.key.sign_digest(bytes(32))
    whole = b"\xfb" + len(inner).to_bytes(4, "big") + inner
    assert verdict(source, bundle.MAGIC + whole).code is Code.TAMPERED


# ---- changed and sealed again --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["own", "other", "stranger"])
@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_another_valid_file_is_never_taken(source: Source, genuine: Sealed, other: Sealed, name: str, by: str) -> None:
    place = PARTS.index(name)
    tree, theirs = genuine.tree, other.tree
    if tree[place] == theirs[place]:
        assert name in ("checkpoint", "header", "open lots"), "the same in every file of one block"
        return
    tree[place] = theirs[place]
    key = {"own": genuine.key, "other": other.key, "stranger": STRANGER}[by]
    assert verdict(source, reseal(tree, key)).kind is not Kind.GENUINE


def test_two_parts_of_another_valid_file_are_never_taken(source: Source, genuine: Sealed, other: Sealed) -> None:
    for first, second in combinations(range(len(PARTS)), 2):
        tree, theirs = genuine.tree, other.tree
        tree[first], tree[second] = theirs[first], theirs[second]
        for key in (genuine.key, other.key) if tree != genuine.tree else ():
            how, _ = told(reseal(tree, key), genuine, source.trust)
            assert how == "refused", (PARTS[first], PARTS[second])


def test_another_files_seal_is_tampered(source: Source, genuine: Sealed, other: Sealed) -> None:
    seal = rlp.decode(other.data[len(bundle.MAGIC) :])[1]
    assert verdict(source, bundle.MAGIC + rlp.encode([genuine.body, seal])).code is Code.TAMPERED


def test_sealed_again_by_anyone_else_it_is_tampered(source: Source, genuine: Sealed, other: Sealed) -> None:
    for key in (other.key, STRANGER, source.keys.device(party(source, "Harbour Warehouse").gln, 2)):
        assert verdict(source, reseal(genuine.tree, key)).code is Code.TAMPERED


def test_every_piece_is_needed_once_and_in_its_place(source: Source, other: Sealed) -> None:
    """Dropped, doubled, or moved to the front; the deepest pieces of the longest parts by samples."""
    chance = random.Random(5)
    ways = list(spots(other.tree))
    for path in chance.sample(ways, min(80, len(ways))):
        for how in ("drop", "double", "move"):
            tree = other.tree
            above: Any = tree
            for step in path[:-1]:
                above = above[step]
            piece = above.pop(path[-1])
            if how == "double":
                above[path[-1] : path[-1]] = [piece, piece]
            elif how == "move":
                above.insert(0, piece)
            if tree != other.tree:
                assert told(reseal(tree, other.key), other, source.trust)[0] in ("refused", "less", "map"), (path, how)


def test_changed_with_knowledge_of_the_format_it_never_tells_something_else(
    source: Source, genuine: Sealed, other: Sealed
) -> None:
    chance = random.Random(6)
    ends: dict[str, int] = {}
    for _ in range(300):
        one, data = mutant([genuine, other], chance)
        how, found = told(data, one, source.trust)
        ends[how] = ends.get(how, 0) + 1
        assert how != "WRONG", (found, data.hex())
    assert ends["refused"] > 250


def changed_entries(one: Sealed, verb: Verb) -> list[Any]:
    """The body without one administrative or other entry of that verb, everywhere it is named."""
    tree = one.tree
    entry = next(e for e in part(tree, "entries") if e[1] == bytes((verb,)))
    index = entry[0]
    part(tree, "entries").remove(entry)
    for name in ("inclusion", "details"):
        tree[PARTS.index(name)] = [row for row in part(tree, name) if row[0] != index]
    for history in part(tree, "histories"):
        history[2] = [i for i in history[2] if i != index]
    tree[PARTS.index("administration")] = [i for i in part(tree, "administration") if i != index]
    return tree


@pytest.mark.parametrize("verb", [Verb.ENROL_ORGANISATION, Verb.SHIP, Verb.COMMISSION, Verb.PACK, Verb.UNPACK])
def test_an_entry_left_out_everywhere_is_tampered(source: Source, other: Sealed, verb: Verb) -> None:
    assert verdict(source, reseal(changed_entries(other, verb), other.key)).code is Code.TAMPERED


@pytest.mark.parametrize(("place", "change"), [(1, {"size": 1}), (2, {"root": bytes(32)})])
def test_another_log_than_the_contracts_is_tampered_whoever_signed_it(
    source: Source, genuine: Sealed, place: int, change: dict[str, Any]
) -> None:
    was = genuine.opened.evidence.checkpoint
    tree = genuine.tree
    checkpoint = part(tree, "checkpoint")
    checkpoint[place] = b"\x01" if place == 1 else bytes(32)
    checkpoint[7] = source.cosigned(replace(was.bare, **change), was.signatures[0].at)
    found = verdict(source, reseal(tree, genuine.key))
    assert found.code is Code.TAMPERED
    assert "log's size or root" in next(f.why for f in found.findings if f.check == "log")


def test_details_left_out_are_not_genuine(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    shipment = next(e[0] for e in part(tree, "entries") if e[1] == bytes((Verb.SHIP,)))
    tree[PARTS.index("details")] = [row for row in part(tree, "details") if row[0] != shipment]
    found = verdict(source, reseal(tree, genuine.key))
    assert found.kind is not Kind.GENUINE


def test_a_name_that_was_never_enrolled_is_tampered(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    row = next(row for row in part(tree, "details") if b"Alba Pharma" in row[1])
    row[1] = row[1].replace(b"Alba Pharma", b"Alva Pharma")
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


def test_a_name_can_be_withheld_and_is_then_a_number(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    tree[PARTS.index("details")] = [row for row in part(tree, "details") if b"Alba Pharma" not in row[1]]
    found = verdict(source, reseal(tree, genuine.key))
    assert found.kind is Kind.GENUINE
    assert next(f.why for f in found.findings if f.check == "issued") == "organisation 1 issued this item."


def test_places_can_be_told_wrongly_and_prove_nothing(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    for row in part(tree, "places"):
        row[2] = b"1.5"
    found = verdict(source, reseal(tree, genuine.key))
    assert next(f.outcome for f in found.findings if f.check == "contradiction") is Outcome.NOT_PROVABLE_OFFLINE


@pytest.mark.parametrize("number", [b"nan", b"inf", b"1e999", b"1.50", b"x", b"\xff", b"1_0"])
def test_a_coordinate_that_is_none_is_tampered(source: Source, genuine: Sealed, number: bytes) -> None:
    tree = genuine.tree
    part(tree, "places")[0][2] = number
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


@pytest.mark.parametrize("number", [b"91.0", b"-1000.0"])
def test_a_coordinate_beyond_the_earth_is_no_crash(source: Source, genuine: Sealed, number: bytes) -> None:
    tree = genuine.tree
    part(tree, "places")[0][2] = number
    assert verdict(source, reseal(tree, genuine.key)).code is Code.OK


def test_details_that_are_empty_are_tampered(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    part(tree, "details")[-1][1] = b"{}"
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


@pytest.mark.parametrize("text", [b"[]", b"1", b"null", b'{"a":1,"a":1}', b"{", b'{"eventTime":3}', b'{"b":1,"a":2}', b"\xff"])
def test_details_of_another_shape_are_tampered(source: Source, genuine: Sealed, text: bytes) -> None:
    tree = genuine.tree
    part(tree, "details")[-1][1] = text
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


def test_a_header_from_the_end_of_time_is_no_crash(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    header = rlp.decode(part(tree, "header"))
    header[11] = b"\xff" * 8  # type: ignore[index]
    tree[PARTS.index("header")] = rlp.encode(header)
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("label", lambda _: b"(01)09506000134352"),
        ("label", lambda _: b"parcel 4711"),
        ("label", lambda text: text + b"&utm=1"),
        ("label", lambda text: text.replace(b"id.gs1.org", b"example.org")),
        ("label", lambda _: b"\xff"),
        ("checkpoint", lambda c: [*c[:7], [b"signed"]]),
        ("checkpoint", lambda c: [*c[:7], [[b"signed", b""]]]),
        ("checkpoint", lambda c: [*c[:7], [[*c[7][0], b""], *c[7][1:]]]),
        ("checkpoint", lambda c: [*c[:7], c[7][::-1]]),
        ("checkpoint", lambda c: [*c[:7], [c[7][0], *c[7]]]),
        ("checkpoint", lambda c: [*c[:7], [[name, payload[:4] + bytes(8) + payload[12:]] for name, payload in c[7]]]),
        ("checkpoint", lambda c: [*c[:7], [[name, payload[:-1] + bytes((payload[-1] ^ 1,))] for name, payload in c[7]]]),
        ("label", lambda text: text.partition(b"/21/")[0]),
        ("checkpoint", lambda c: [*c[:6], b"\xff" * 8, []]),
        ("checkpoint", lambda c: [*c, b""]),
        ("checkpoint", lambda c: [*c[:7], [[*c[7][0][:2], b"", b""], *c[7][1:]]]),
        ("checkpoint", lambda c: c[:-1]),
        ("checkpoint", lambda _: b""),
        ("inclusion", lambda rows: [*rows, [b"\x7f\xff\xff", []]]),
        ("inclusion", lambda rows: [[*rows[0], b""], *rows[1:]]),
        ("details", lambda rows: [*rows, [b"\x7f\xff\xff", b"{}", bytes(32)]]),
        ("places", lambda rows: [*rows, [b"9999", b"Nowhere", b"", b"", b""]]),
        ("open lots", lambda _: b"\x01"),
        ("open lots", lambda _: b"\x00"),
        ("open lots", lambda _: []),
        ("administration", lambda rows: rows[::-1]),
        ("administration", lambda rows: [*rows, b"\x7f\xff\xff"]),
        ("entries", lambda rows: [[rows[0][0], b"\x63", *rows[0][2:]], *rows[1:]]),
    ],
)
def test_what_no_file_holds_is_tampered(source: Source, genuine: Sealed, name: str, change: Any) -> None:
    tree = genuine.tree
    tree[PARTS.index(name)] = change(part(tree, name))
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


def test_an_entry_of_a_journey_is_none_of_the_administration(source: Source, genuine: Sealed) -> None:
    tree = genuine.tree
    tree[PARTS.index("administration")] = [e[0] for e in part(tree, "entries")]
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


@pytest.mark.parametrize(
    ("birth", "membership"),
    [
        ([], None),
        ([], [bytes(32), b"", []]),
        ([b"\x01", bytes(32), b"", b""], None),
        ([b"\x63", bytes(32), b""], None),
        ([bytes(32), b"\x01", b"\x05"], [bytes(32), b"", []]),
        ([bytes(32), b"\x01"], [bytes(32), b"", []]),
    ],
)
def test_a_history_of_another_beginning_is_tampered(source: Source, genuine: Sealed, birth: Any, membership: Any) -> None:
    tree = genuine.tree
    history = part(tree, "histories")[0]
    history[1] = birth
    history[3] = membership or []
    assert verdict(source, reseal(tree, genuine.key)).code is Code.TAMPERED


def test_a_history_of_another_item_is_one_too_many(source: Source, genuine: Sealed, other: Sealed) -> None:
    """All pieces of a second, valid journey beside the first."""
    tree, theirs = genuine.tree, other.tree
    for name in ("nodes", "entries", "histories", "inclusion", "details", "places", "administration"):
        rows = {rlp.encode(row): row for row in (*part(tree, name), *part(theirs, name))}.values()
        first = (lambda row: row) if name == "nodes" else (lambda row: _first(row))
        tree[PARTS.index(name)] = sorted(rows, key=first)
    found = verdict(source, reseal(tree, genuine.key))
    assert [f.check for f in found.findings if f.outcome is Outcome.FAIL] == ["seal"]
    assert found.code is Code.TAMPERED


def _first(row: Any) -> Any:
    head = row if isinstance(row, bytes) else row[0]
    return (len(head), head) if len(head) < 9 else head


# ---- the pieces of the form ----------------------------------------------------------------------------------------------


def test_an_organisation_is_told_as_it_was_enrolled_and_as_it_may_act_now(genuine: Sealed) -> None:
    evidence: Evidence = genuine.opened.evidence
    enrolment = evidence.administration[0]
    suspended = replace(enrolment, index=enrolment.index + 999, verb=Verb.SET_ROLES, argument=word(0))
    told_ = bundle_form.parties_of((*evidence.administration, suspended), evidence.details)
    assert not told_[enrolment.counterparty].roles
    assert told_[enrolment.counterparty].name == evidence.parties[enrolment.counterparty].name
    unknown: Entry = replace(suspended, counterparty=99)
    assert 99 not in bundle_form.parties_of((unknown,), {})


def test_fields_that_are_no_list_are_refused() -> None:
    with pytest.raises(BadProof):
        Fields(b"text")
    with pytest.raises(BadProof):
        Fields([b"", b""]).end()
    with pytest.raises(BadProof):
        Fields([]).blob()
