"""The tasks of the desk on a real chain: what is taken, what is refused and why, and what is on the log afterwards."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.demo.cast import case_of, glns
from app.desk import plan
from app.desk.clash import clashes
from app.desk.desk import Answer, Desk
from app.desk.notes import Note, NoteLine
from app.desk.people import Rank
from app.desk.session import Mark, Session, State
from app.desk.step import Step
from app.desk.stock import typed_recall
from app.desk.tasks import Ending, Task
from app.desk.units import Units
from app.recorder import Recorder
from app.station import Station
from chain import gs1
from chain.errors import BadInput
from chain.journey import Item, Receipt, Scan, Verb
from chain.verdict import Code
from tests.app.desk.yard import DRUG, HERE, MAKER, OTHER, Yard


def scan(desk: Desk, item: Item) -> Answer:
    return desk.scan(gs1.digital_link(item))


def marks(desk: Desk, *items: Item) -> list[Mark]:
    answers = [scan(desk, item) for item in items]
    return [answer.line.mark for answer in answers if answer.line is not None]


def code(station: Station, item: Item) -> Code:
    return station.check(station_scan(item)).verdict.code


def station_scan(item: Item) -> Scan:
    return Scan(gs1.digital_link(item), datetime.now(UTC))


def last_verb(station: Station, item: Item) -> Verb:
    return station.journey(item).steps[-1].entry.verb


def test_receiving_against_a_note_names_what_is_missing_extra_short_and_wrong(desk: Desk, station: Station, yard: Yard) -> None:
    lines = [
        NoteLine(1, gtin=DRUG.gtin, lot="L1", quantity=5),
        NoteLine(2, key=yard.case.key),
        NoteLine(3, key=yard.away[0].key, gtin=DRUG.gtin),
        NoteLine(4, key=yard.recalled.key, gtin=DRUG.gtin),
    ]
    desk.begin(Task.RECEIVE, note=Note("DN-1", tuple(lines), sender=glns(MAKER)))
    assert marks(desk, *yard.coming[:4], yard.coming[0], yard.case) == [Mark.TAKEN] * 4 + [Mark.TWICE, Mark.TAKEN]
    wrong = scan(desk, yard.other_lot).line
    assert wrong is not None
    assert (wrong.mark, wrong.stops) == (Mark.EXTRA, True)
    assert wrong.why == "The delivery note says lot L1; this is lot L2."
    refused = scan(desk, yard.recalled).line
    assert refused is not None
    assert (refused.mark, refused.code, refused.stops) == (Mark.REFUSED, "RECALLED", True)
    stranger = scan(desk, yard.away[1]).line
    assert stranger is not None
    assert stranger.mark is Mark.REFUSED
    done = desk.finish()
    assert done.against is not None
    assert [(one.line.n, one.missing) for one in done.against.lines] == [(1, 1), (2, 0), (3, 1), (4, 1)]
    assert [one.key for one in done.against.wrong_lot] == [yard.other_lot.key]
    assert done.whole.session.state is State.DONE
    assert [(post.step.outcome.name, post.state) for post in done.posts if post.step.outcome is not None] == [
        ("ACCEPTED", "recorded"), ("OVER", "recorded"), ("SHORT", "recorded"),
    ]  # fmt: skip
    assert last_verb(station, yard.coming[0]) is Verb.RECEIVE
    assert code(station, yard.coming[0]) is Code.OK
    assert code(station, yard.boxed[0]) is Code.OK
    assert last_verb(station, yard.coming[5]) is Verb.SHIP  # on its way still


def test_a_container_counts_for_what_is_in_it_and_a_piece_of_it_is_not_counted_again(desk: Desk, yard: Yard) -> None:
    desk.begin(Task.RECEIVE, note=Note("DN-2", tuple(NoteLine(n, one.key) for n, one in enumerate(yard.boxed, 1))))
    assert marks(desk, yard.case, yard.boxed[0]) == [Mark.TAKEN, Mark.TWICE]
    progress = desk.progress()
    assert progress is not None
    assert progress.clean


def test_pieces_of_a_container_bring_it_in_and_the_one_that_is_missing_is_held(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.RECEIVE, note=Note("DN-3", tuple(NoteLine(n, one.key) for n, one in enumerate(yard.boxed, 1))))
    assert marks(desk, *yard.boxed[:3]) == [Mark.TAKEN] * 3
    done = desk.finish()
    assert [(post.step.verb, post.state) for post in done.posts] == [
        (Verb.RECEIVE, "recorded"), (Verb.UNPACK, "recorded"), (Verb.QUARANTINE, "recorded"),
    ]  # fmt: skip
    assert code(station, yard.boxed[3]) is Code.QUARANTINED
    assert code(station, yard.boxed[0]) is Code.OK


def test_damage_is_recorded(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.RECEIVE)
    assert marks(desk, yard.coming[0]) == [Mark.TAKEN]
    desk.damaged()
    with pytest.raises(BadInput, match="already"):
        desk.damaged()
    done = desk.finish()
    assert done.posts[0].step.outcome is not None
    assert done.posts[0].step.outcome.name == "DAMAGED"
    assert code(station, yard.coming[0]) is Code.QUARANTINED


def test_a_case_is_refused_for_what_is_in_it(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.CHECK)
    line = scan(desk, yard.recalled_case).line
    assert line is not None
    assert (line.mark, line.kind, line.code, line.stops) == (Mark.NOTED, "REJECTED", "RECALLED", True)
    desk.finish()
    desk.begin(Task.RECEIVE, note=Note("DN-1", (NoteLine(1, yard.recalled_case.key), NoteLine(2, yard.case.key))))
    refused = scan(desk, yard.recalled_case).line
    assert refused is not None
    assert (refused.mark, refused.code) == (Mark.REFUSED, "RECALLED")
    assert refused.why == "2 pieces in this container are recalled."
    assert marks(desk, yard.case) == [Mark.TAKEN]
    done = desk.finish()
    assert [post.step.outcome for post in done.posts] == [Receipt.ACCEPTED, Receipt.SHORT]
    assert code(station, yard.recalled_case) is Code.QUARANTINED


def test_what_was_taken_back_is_on_the_list_and_not_on_the_log(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.RECEIVE)
    marks(desk, *yard.coming[:3])
    undone = desk.undo()
    assert (undone.mark, undone.of) == (Mark.UNDONE, 3)
    desk.undo(1)
    with pytest.raises(BadInput, match="nothing to take back"):
        desk.undo(1)
    whole = desk.open
    assert whole is not None
    assert [line.mark for line in whole.lines] == [Mark.TAKEN] * 3 + [Mark.UNDONE] * 2
    assert (whole.tally.taken, whole.tally.undone) == (1, 2)
    done = desk.finish()
    assert [post.step.keys for post in done.posts] == [(yard.coming[1].key,)]
    assert last_verb(station, yard.coming[2]) is Verb.SHIP


def test_a_session_survives_the_end_of_the_program_with_every_line(profile: Path, yard: Yard) -> None:
    with Station.open(profile) as station:
        desk = Desk(station)
        desk.begin(Task.RECEIVE)
        marks(desk, *yard.coming[:2])
        before = desk.open
    with Station.open(profile) as station:
        again = Desk(station)
        assert again.open == before
        assert marks(again, yard.coming[0]) == [Mark.TWICE]
        again.finish()
        assert Desk(station).open is None


def test_ship_needs_a_receiver_and_refuses_what_is_packed_held_or_recalled(desk: Desk, station: Station, yard: Yard) -> None:
    for bad in ("", "1", desk.here.gln):
        with pytest.raises(BadInput, match="who the goods go to"):
            desk.begin(Task.SHIP, other=bad)
    desk.begin(Task.SHIP, other=glns(OTHER))
    answers = [
        scan(desk, one).line for one in (yard.stock[0], yard.stock_boxed[0], yard.bought[0], yard.coming[0], yard.stock_case)
    ]
    assert [line.mark for line in answers if line] == [Mark.TAKEN, Mark.REFUSED, Mark.REFUSED, Mark.REFUSED, Mark.TAKEN]
    assert answers[1] is not None
    assert answers[1].step == "Scan the container instead, or unpack it first."
    assert answers[3] is not None
    assert answers[3].step == "Receive it first."
    done = desk.finish()
    assert [post.state for post in done.posts] == ["recorded"]
    assert last_verb(station, yard.stock[0]) is Verb.SHIP
    assert code(station, yard.stock_boxed[0]) is Code.WRONG_CUSTODIAN


def test_recalled_goods_go_back_to_their_maker_and_nowhere_else(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.RETURN, other=glns(OTHER))
    line = scan(desk, yard.bought[0]).line
    assert line is not None
    assert (line.mark, line.step) == (Mark.REFUSED, f"Send it to {MAKER}.")
    desk.finish()
    desk.begin(Task.RETURN, other=glns(MAKER))
    assert marks(desk, yard.bought[0]) == [Mark.TAKEN]
    assert [post.state for post in desk.finish().posts] == ["recorded"]
    assert last_verb(station, yard.bought[0]) is Verb.SHIP


def test_packing_begins_with_the_container_and_scanning_it_again_closes_it(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.UNPACK)
    assert marks(desk, yard.stock_case) == [Mark.TAKEN]
    desk.finish()
    assert last_verb(station, yard.stock_boxed[0]) is Verb.UNPACK
    desk.begin(Task.PACK)
    assert marks(desk, yard.stock[0], yard.stock_case, yard.stock_case) == [Mark.REFUSED, Mark.BOX, Mark.TWICE]
    assert marks(desk, *yard.stock[:3], yard.stock_case) == [Mark.TAKEN] * 3 + [Mark.CLOSED]
    done = desk.finish()
    assert [(post.step.verb, len(post.step.keys), post.state) for post in done.posts] == [(Verb.PACK, 4, "recorded")]
    undone = desk.posting.make_up(done.whole.session.id, 1)
    assert (undone.step.verb, undone.state) == (Verb.UNPACK, "recorded")
    with pytest.raises(BadInput, match="made up for already"):
        desk.posting.make_up(done.whole.session.id, 1)


def test_packing_into_a_new_sscc_of_ones_own_issues_it_and_one_of_somebody_else_is_refused_in_words(
    desk: Desk, station: Station, yard: Yard
) -> None:
    fresh, foreign = case_of(MAKER, 950), case_of(MAKER, 951)
    station.save(here=glns(MAKER))
    assert code(station, fresh) is Code.NOT_ISSUED
    desk.begin(Task.PACK)
    assert marks(desk, fresh, *yard.away, fresh) == [Mark.BOX, Mark.TAKEN, Mark.TAKEN, Mark.CLOSED]
    posts = desk.finish().posts
    assert [(post.step.verb, post.state) for post in posts] == [(Verb.COMMISSION, "recorded"), (Verb.PACK, "recorded")]
    assert code(station, fresh) is Code.OK
    assert station.trust is not None
    unit = Units(station.store, station.trust).find(yard.away[0])
    assert unit is not None
    assert unit.box == fresh
    station.save(here=glns(HERE))
    desk.begin(Task.PACK)
    assert marks(desk, foreign, yard.stock[2]) == [Mark.BOX, Mark.TAKEN]
    posts = desk.finish().posts
    assert [post.state for post in posts] == ["refused", "refused"]
    assert posts[0].reason == "Its number belongs to another company."
    assert code(station, yard.stock[2]) is Code.OK


def test_only_a_lead_makes_up_for_a_quarantine(desk: Desk, yard: Yard) -> None:
    lead = desk.shift.enrol("Ada", Rank.LEAD, "2580")
    desk.shift.sign_in(number=lead.id, pin="2580")
    ben = desk.shift.enrol("Ben", Rank.WORKER, "3691")
    desk.shift.sign_in(number=ben.id, pin="3691")
    desk.begin(Task.QUARANTINE)
    marks(desk, yard.stock[0])
    number = desk.finish().whole.session.id
    with pytest.raises(BadInput, match="Only a person who leads"):
        desk.posting.make_up(number, 1)
    desk.shift.sign_in(number=lead.id, pin="2580")
    assert desk.posting.make_up(number, 1).state == "recorded"


def faster(desk: Desk, station: Station, yard: Yard) -> str:
    """A quarantine that waits here while a colleague's laptop counts the same piece; the session's number."""
    station.offline = True
    desk.begin(Task.QUARANTINE)
    marks(desk, yard.stock[0])
    number = desk.finish().whole.session.id
    station.offline = False
    network, now = station.network(), datetime.now(UTC)
    session = Session(str(uuid.uuid4()), Task.COUNT, now, "", desk.here.gln)
    step = Step(Verb.OBSERVE, (yard.stock[0].key,), "cycle_counting", "in_progress")
    Recorder(network.ledger, station.store, network.keys).record([plan.draft(session, step, "1", desk.here.gln, now)])
    station.sync()
    station.outbox().settle()
    return number


def test_when_somebody_else_was_faster_both_sides_are_told_until_a_person_has_seen_it(
    desk: Desk, station: Station, yard: Yard
) -> None:
    number = faster(desk, station, yard)
    (clash,) = clashes(station)
    assert clash.ours == f"quarantine {yard.stock[0].key}"
    assert clash.why == "Somebody else recorded something about it in the meantime."
    assert [(one.verb, one.by) for one in clash.theirs] == [(Verb.OBSERVE, HERE)]
    desk.posting.seen(clash.number)
    assert clashes(station) == ()
    (post,) = desk.posting.posts(number)
    assert (post.state, desk.posting.waiting()) == ("refused", [])
    assert desk.finished(number).whole.session.state is State.DONE
    assert desk.trail.acts()[-1].act == "conflict seen"
    assert code(station, yard.stock[0]) is Code.OK


def test_one_piece_can_be_taken_out_of_a_container(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.UNPACK)
    assert marks(desk, yard.stock_boxed[1], yard.stock[0]) == [Mark.TAKEN, Mark.REFUSED]
    desk.finish()
    assert station.trust is not None
    units = Units(station.store, station.trust)
    out, inside = units.find(yard.stock_boxed[1]), units.find(yard.stock_boxed[0])
    assert out is not None
    assert inside is not None
    assert (out.box, inside.box) == (None, yard.stock_case)


def test_a_count_names_what_is_missing_and_what_should_not_be_here(desk: Desk, yard: Yard) -> None:
    desk.begin(Task.COUNT)
    assert marks(desk, *yard.stock[:7], yard.stock_case, yard.bought[0]) == [Mark.TAKEN] * 9
    assert marks(desk, yard.away[0], yard.coming[0]) == [Mark.EXTRA, Mark.EXTRA]
    done = desk.finish()
    assert {one.item.key for one in done.missing} == {yard.stock[7].key, yard.bought[1].key}
    assert done.against is not None
    assert len(done.against.extra) == 2
    assert [post.state for post in done.posts] == ["recorded"]


def test_sold_goods_are_gone_for_good_and_recalled_ones_can_only_be_destroyed(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.DECOMMISSION, ending=Ending.SOLD)
    assert marks(desk, yard.stock[0], yard.bought[0], yard.stock_case) == [Mark.TAKEN, Mark.REFUSED, Mark.REFUSED]
    done = desk.finish()
    assert code(station, yard.stock[0]) is Code.DECOMMISSIONED
    with pytest.raises(BadInput, match="cannot be taken back"):
        desk.posting.make_up(done.whole.session.id, 1)
    desk.begin(Task.DECOMMISSION, ending=Ending.DESTROYED)
    assert marks(desk, yard.bought[0]) == [Mark.TAKEN]
    assert [post.state for post in desk.finish().posts] == ["recorded"]


def test_quarantine_and_release(desk: Desk, station: Station, yard: Yard) -> None:
    desk.begin(Task.QUARANTINE)
    assert marks(desk, yard.stock[0], yard.away[0]) == [Mark.TAKEN, Mark.REFUSED]
    desk.finish()
    assert code(station, yard.stock[0]) is Code.QUARANTINED
    desk.begin(Task.RELEASE)
    assert marks(desk, yard.stock[0], yard.stock[1]) == [Mark.TAKEN, Mark.REFUSED]
    desk.finish()
    assert code(station, yard.stock[0]) is Code.OK


def test_a_recall_lists_what_is_here_and_where_the_rest_went_and_holds_what_is_found(
    desk: Desk, station: Station, yard: Yard
) -> None:
    notice = typed_recall(f"{DRUG.gtin} L3\n")
    where = [one.where for one in desk.affected(notice)]
    assert where.count("here") == 11
    desk.begin(Task.RECALL, recall=notice)
    assert marks(desk, yard.stock[0], yard.bought[0], yard.stock_boxed[0]) == [Mark.TAKEN, Mark.NOTED, Mark.REFUSED]
    done = desk.finish()
    assert [post.state for post in done.posts] == ["recorded"]
    assert code(station, yard.stock[0]) is Code.QUARANTINED


def test_without_a_network_what_is_finished_waits_and_goes_out_once(profile: Path, yard: Yard) -> None:
    with Station.open(profile) as station:
        desk = Desk(station)
        station.offline = True
        desk.begin(Task.RECEIVE)
        marks(desk, *yard.coming[:2])
        done = desk.finish()
        assert (done.waiting, done.whole.session.state) == (1, State.POSTING)
    with Station.open(profile) as station:
        desk = Desk(station)
        assert [post.tries for post in desk.posting.waiting()] == [1]
        pushed = desk.posting.push()
        assert [post.state for post in pushed] == ["recorded"]
        assert desk.posting.waiting() == []
        size = station.status().events
        assert desk.posting.push() == ()
        assert station.status().events == size
        assert desk.finished(done.whole.session.id).whole.session.state is State.DONE


def test_what_waited_is_sent_with_the_next_task_and_said(desk: Desk, station: Station, yard: Yard) -> None:
    station.offline = True
    desk.begin(Task.RECEIVE)
    marks(desk, yard.coming[0])
    assert desk.finish().waiting == 1
    station.offline = False
    desk.begin(Task.CHECK)
    marks(desk, yard.stock[0])
    done = desk.finish()
    assert (done.earlier, done.waiting, done.whole.session.state) == (1, 0, State.DONE)
    assert desk.posting.waiting() == []
    assert [one.state for one in desk.sessions()] == [State.DONE, State.DONE]


def test_what_the_contract_refuses_of_many_is_named_and_the_rest_is_recorded(
    desk: Desk, station: Station, yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the scan and the finish the goods were sold at another till."""
    desk.begin(Task.QUARANTINE)
    marks(desk, *yard.stock[:3])
    monkeypatch.setattr(station.store.desk, "sessions", lambda *_: [])
    other = Desk(station)
    other.begin(Task.DECOMMISSION, ending=Ending.SOLD)
    marks(other, yard.stock[1])
    other.finish()
    (post,) = desk.finish().posts
    assert post.state == "refused"
    assert post.reason == f"{yard.stock[1].key}: It was sold, used up or destroyed."
    assert code(station, yard.stock[0]) is Code.QUARANTINED
    assert code(station, yard.stock[2]) is Code.QUARANTINED


def test_a_desk_without_a_place_says_what_to_do(desk: Desk, station: Station) -> None:
    station.save(here="")
    with pytest.raises(BadInput, match="choose that under Settings"):
        desk.begin(Task.RECEIVE)


def test_unreadable_and_half_codes_stop_the_work_in_words(desk: Desk) -> None:
    desk.begin(Task.RECEIVE)
    for text in ("PARCEL 4711", "", "\x00", "(01)" + DRUG.gtin, "<b>x</b>", "9" * 5000):
        line = desk.scan(text).line
        assert line is not None
        assert (line.mark, line.stops) == (Mark.REFUSED, True)
        assert line.why
        assert line.step


def test_checking_needs_no_party_and_counts_verdicts(desk: Desk, yard: Yard) -> None:
    desk.begin(Task.CHECK)
    answers = [scan(desk, one).line for one in (yard.stock[0], yard.bought[0])]
    assert [(line.mark, line.stops) for line in answers if line] == [(Mark.NOTED, False), (Mark.NOTED, True)]
    assert desk.finish().posts == ()
