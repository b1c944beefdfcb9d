"""A camera: one robust pass a frame in turn, two agreeing sightings, and quiet while a code stays in view."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from app.decode import Code, LiveDecoder, Sighting, cascade, passes
from chain.errors import BadInput

LINK = "https://id.example/01/09506000134352/21/X1"
Grey = npt.NDArray[np.uint8]


def frame(text: str = LINK, scale: int = 5) -> Grey:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=scale, border=4)
    made.add_data(text)
    view = np.full((480, 640), 230, np.uint8)
    mark = np.asarray(made.make_image().get_image().convert("L"), np.uint8)
    view[60 : 60 + mark.shape[0], 90 : 90 + mark.shape[1]] = mark
    return view


def code(text: str, symbology: str = "QR Code") -> Code:
    return Code(text, symbology, False, ((0, 0), (9, 0), (9, 9), (0, 9)), text.encode())


def texts(codes: list[Code]) -> list[str]:
    return [c.text for c in codes]


def test_a_clear_frame_is_read_at_once_in_grey_and_in_colour() -> None:
    live = LiveDecoder()
    assert texts(live.frame(frame())) == [LINK]
    assert texts(live.frame(cv2.cvtColor(frame(), cv2.COLOR_GRAY2BGR).astype(np.uint8))) == [LINK]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(BadInput):
        LiveDecoder().frame(np.zeros((2, 2, 7), np.uint8))


def dim() -> Grey:
    grain = np.random.default_rng(7).normal(0, 1, (480, 640))
    return np.clip(frame() / 14.0 + 3 + grain, 0, 255).astype(np.uint8)


def test_robust_passes_take_turns_until_one_reads_and_that_one_keeps_its_turn() -> None:
    view = dim()
    assert not cascade.look(passes.FAST, view, 1.0)[0]
    live = LiveDecoder()
    seen = [texts(live.frame(view)) for _ in range(len(passes.PASSES) + 2)]
    first = seen.index([LINK])
    assert seen[first:] == [[LINK]] * (len(seen) - first)


def test_a_frame_gets_at_most_one_robust_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    look = cascade.look

    def noted(one: passes.Pass, *rest: object) -> tuple[list[Code], bool]:
        looked.append(one.name)
        return look(one, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(cascade, "look", noted)
    live, blank = LiveDecoder(), np.full((120, 160), 200, np.uint8)
    for _ in range(len(passes.PASSES) + 1):
        assert live.frame(blank) == []
    robust = [name for name in looked if name != passes.FAST.name]
    assert looked[::2] == [passes.FAST.name] * (len(passes.PASSES) + 1)
    assert robust == [one.name for one in passes.PASSES] + [passes.PASSES[0].name]


def test_a_weak_reading_of_one_robust_pass_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = code("9506000134352", "EAN-13")

    def look(one: passes.Pass, *_: object) -> tuple[list[Code], bool]:
        return ([] if one.name == passes.FAST.name else [weak]), False

    monkeypatch.setattr(cascade, "look", look)
    live, blank = LiveDecoder(), np.full((120, 160), 200, np.uint8)
    assert live.frame(blank) == []
    assert live.frame(blank) == [weak]


def test_two_sightings_make_a_report_and_then_there_is_quiet() -> None:
    sighting = Sighting()
    reports = [texts(sighting.see([code("A")], n / 15)) for n in range(30)]
    assert reports == [[], ["A"]] + [[]] * 28


def test_one_sighting_alone_is_no_report() -> None:
    sighting = Sighting()
    assert sighting.see([code("A")], 0.0) == []
    assert sighting.see([], 0.5) == []
    assert sighting.see([code("B")], 0.6) == []
    assert texts(sighting.see([code("A")], 1.0)) == ["A"]


def test_two_sightings_too_far_apart_do_not_agree() -> None:
    sighting = Sighting(agree=1.0, leave=5.0)
    assert sighting.see([code("A")], 0.0) == []
    assert sighting.see([code("A")], 1.5) == []
    assert texts(sighting.see([code("A")], 2.0)) == ["A"]


def test_a_code_that_flickers_stays_quiet_and_one_that_comes_back_is_reported_again() -> None:
    sighting = Sighting(leave=2.0)
    moments = [0.0, 0.1, 1.9, 3.8, 5.7]  # never away for more than 2 s
    assert [texts(sighting.see([code("A")], at)) for at in moments] == [[], ["A"], [], [], []]
    assert [texts(sighting.see([code("A")], at)) for at in (8.0, 8.1)] == [[], ["A"]]


def test_codes_are_followed_each_by_itself_also_twice_in_one_frame() -> None:
    sighting = Sighting()
    assert sighting.see([code("A"), code("A")], 0.0) == []
    assert texts(sighting.see([code("B"), code("A")], 0.1)) == ["A"]
    assert texts(sighting.see([code("B"), code("A")], 0.2)) == ["B"]


def test_the_same_text_in_another_symbology_is_another_code() -> None:
    sighting = Sighting()
    sighting.see([code("A")], 0.0)
    assert sighting.see([code("A", "Data Matrix")], 0.1) == []


def test_forget_starts_anew() -> None:
    sighting = Sighting()
    for at in (0.0, 0.1):
        sighting.see([code("A")], at)
    sighting.forget()
    assert [texts(sighting.see([code("A")], at)) for at in (0.2, 0.3)] == [[], ["A"]]


@given(st.lists(st.tuples(st.floats(0.01, 0.9), st.sets(st.sampled_from("ABC"))), max_size=60))
def test_nothing_is_reported_twice_in_a_row_without_having_left(steps: list[tuple[float, set[str]]]) -> None:
    sighting, at = Sighting(), 0.0
    last: dict[str, float] = {}
    quiet: set[str] = set()
    for pause, present in steps:
        at += pause
        quiet -= {name for name in quiet if at - last[name] > sighting.leave}
        reported = set(texts(sighting.see([code(name) for name in sorted(present)], at)))
        assert reported <= present
        assert not reported & quiet
        quiet |= reported
        last |= dict.fromkeys(present, at)
