"""The child process: it may be killed, hang, run out of memory or talk nonsense, and the caller goes on."""

from __future__ import annotations

import io
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st

from app.decode import WORKER_SWITCH, Cancelled, Code, DecoderDown, DecodeWorker, decode_files, wire, worker
from chain.errors import BadInput

LINK = "https://id.example/01/09506000134352/21/X1"
MEGA = 1024 * 1024


def pixels(text: str = LINK) -> npt.NDArray[np.uint8]:
    made = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, box_size=4, border=4)
    made.add_data(text)
    return np.asarray(made.make_image().get_image().convert("L"), np.uint8)


def png(picture: npt.NDArray[np.uint8]) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", compress_level=1)
    return file.getvalue()


def slow() -> bytes:
    """A picture without a code that takes the cascade well over a tenth of a second."""
    return png(np.random.default_rng(5).integers(0, 256, (1200, 1600), np.uint8))


@pytest.fixture(scope="module")
def shared_worker() -> Iterator[DecodeWorker]:
    with DecodeWorker() as made:
        yield made


@pytest.fixture
def label(tmp_path: Path) -> Path:
    path = tmp_path / "label.png"
    path.write_bytes(png(pixels()))
    return path


def test_reads_paths_bytes_and_arrays(shared_worker: DecodeWorker, label: Path) -> None:
    for image in (label, str(label), label.read_bytes(), pixels(), np.dstack([pixels()] * 3)):
        (code,) = shared_worker.decode(image)
        assert (code.text, code.symbology, code.gs1, code.aim) == (LINK, "QR Code", False, "]Q1")
        assert code.data == LINK.encode()
    assert shared_worker.pid is not None


def test_gives_the_same_as_decoding_in_this_process(shared_worker: DecodeWorker, label: Path) -> None:
    from app.decode import decode

    assert shared_worker.decode(label) == decode(label)


def test_a_relative_path_is_this_process_s(shared_worker: DecodeWorker, label: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(label.parent)
    assert [c.text for c in shared_worker.decode("label.png")] == [LINK]


def test_a_file_name_that_is_no_text_is_opened(shared_worker: DecodeWorker, tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"l\xe4bel.png")
    with open(path, "wb") as file:
        file.write(png(pixels()))
    (row,) = decode_files([os.fsdecode(path)], shared_worker)
    assert row["codes"] == [{"text": LINK, "symbology": "QR Code", "gs1": False}]
    assert str(row["source"]).isprintable()


def test_refusals_come_through_as_sentences_and_leave_the_child_alive(shared_worker: DecodeWorker, tmp_path: Path) -> None:
    shared_worker.start()
    before = shared_worker.pid
    (tmp_path / "note.txt").write_text("not a picture")
    (tmp_path / "cut.png").write_bytes(png(pixels())[:90])
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(200 * MEGA)
    for name, words in (
        ("nowhere.png", "There is no file nowhere.png."),
        ("note.txt", "note.txt is not a picture (PNG, JPEG, BMP, TIFF, WebP, GIF or PDF)."),
        ("cut.png", "cut.png is damaged or cut off."),
        ("huge.png", "huge.png has 200 MB; pictures may have up to 64 MB."),
    ):
        with pytest.raises(BadInput) as error:
            shared_worker.decode(tmp_path / name)
        assert error.value.words == words
    assert shared_worker.pid == before


def test_frames_of_a_camera_and_arrays_that_are_none(shared_worker: DecodeWorker) -> None:
    assert [c.text for c in shared_worker.frame(pixels())] == [LINK]
    for wrong in (np.zeros((4, 4), np.float64), np.zeros((0, 3), np.uint8), np.zeros((3, 3, 2), np.uint8), np.zeros(9, np.uint8)):
        with pytest.raises(BadInput):
            shared_worker.frame(wrong)  # type: ignore[arg-type]


def test_a_child_killed_while_idle_is_replaced_without_a_word(label: Path) -> None:
    with DecodeWorker() as own:
        own.start()
        first = own.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        assert [c.text for c in own.decode(label)] == [LINK]
        assert own.pid not in (None, first)


def test_a_child_that_dies_before_it_accepts_is_replaced_without_a_word(label: Path) -> None:
    with DecodeWorker() as own:
        own.start()
        first = own.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)  # it lives, but will never take the request
        threading.Timer(0.2, os.kill, (first, signal.SIGKILL)).start()
        assert [c.text for c in own.decode(label)] == [LINK]


def when_accepted(monkeypatch: pytest.MonkeyPatch, act: object) -> None:
    """Calls `act` once, in the middle of the next job."""
    assert callable(act)
    take, done = wire.take, []

    def taking(stream: io.BufferedIOBase, length: int) -> bytes:
        data = take(stream, length)  # type: ignore[arg-type]
        if data == wire.ACCEPTED and not done:
            done.append(True)
            act()
        return data

    monkeypatch.setattr(wire, "take", taking)


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_child_killed_in_the_middle_of_a_picture_fails_that_picture_only(
    blow: signal.Signals, label: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DecodeWorker() as own:
        own.start()
        first = own.pid
        assert first is not None
        when_accepted(monkeypatch, lambda: os.kill(first, blow))
        with pytest.raises(BadInput, match="made the decoder stop") as error:
            own.decode(slow())
        assert error.value.details["exit"] == -blow
        assert [c.text for c in own.decode(label)] == [LINK]
        assert own.pid not in (None, first)


def test_a_picture_that_takes_too_long_is_given_up(label: Path) -> None:
    with DecodeWorker() as own:
        own.start()
        own.deadline = 0.05
        with pytest.raises(BadInput, match=r"took longer than 0\.05 s"):
            own.decode(slow())
        own.deadline = 30.0
        assert [c.text for c in own.decode(label)] == [LINK]


def test_cancel_ends_the_job_and_only_that(label: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with DecodeWorker() as own:
        own.cancel()  # nothing is under way
        own.start()
        when_accepted(monkeypatch, own.cancel)
        with pytest.raises(Cancelled):
            own.decode(slow())
        assert [c.text for c in own.decode(label)] == [LINK]


def test_an_interrupt_does_not_mix_up_answers(label: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with DecodeWorker() as own:
        when_accepted(monkeypatch, interrupt)
        with pytest.raises(KeyboardInterrupt):
            own.decode(png(pixels("FIRST")))
        assert [c.text for c in own.decode(label)] == [LINK]


def test_memory_is_limited(label: Path) -> None:
    with DecodeWorker(memory=128 * MEGA) as own:
        with pytest.raises(BadInput, match=r"more memory|made the decoder stop"):
            own.decode(png(np.zeros((7000, 7000), np.uint8)))
        assert [c.text for c in own.decode(label)] == [LINK]


def test_a_watchman_stands_in_where_the_system_sets_no_limit() -> None:
    greedy = (
        "from app.decode import child; child._address_space = lambda: None; child.limit_memory(40 << 20)\n"
        "hoard = []\n"
        "while True: hoard.append(bytearray(b'x' * (8 << 20)))\n"
    )
    done = subprocess.run([sys.executable, "-c", greedy], capture_output=True, timeout=60, check=False)
    assert done.returncode == 137


def test_callers_from_several_threads_get_their_own_answers(shared_worker: DecodeWorker) -> None:
    answers: dict[int, list[str]] = {}

    def ask(n: int) -> None:
        answers[n] = [c.text for c in shared_worker.decode(png(pixels(f"UNIT-{n}")))]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {n: [f"UNIT-{n}"] for n in range(6)}


def test_closing_ends_the_child_and_a_closed_worker_starts_again(label: Path) -> None:
    own = DecodeWorker()
    own.start()
    first = own.pid
    assert first is not None
    own.close()
    assert own.pid is None
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)
    assert [c.text for c in own.decode(label)] == [LINK]
    own.close()


def test_the_child_ends_with_its_parent() -> None:
    parent = (
        "import sys; from app.decode import DecodeWorker; w = DecodeWorker(); w.start(); print(w.pid, flush=True); "
        "import os; os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    child = int(done.stdout)
    for _ in range(600):
        try:
            with open(f"/proc/{child}/stat") as file:
                if file.read().split()[2] == "Z":
                    return
        except (FileNotFoundError, ProcessLookupError):
            return
        threading.Event().wait(0.05)
    pytest.fail("the child lives on")


def test_a_child_that_cannot_start_is_reported(monkeypatch: pytest.MonkeyPatch, label: Path) -> None:
    monkeypatch.setattr(worker, "command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    with DecodeWorker() as own, pytest.raises(DecoderDown):
        own.decode(label)


def test_a_child_that_talks_nonsense_fails_the_picture(monkeypatch: pytest.MonkeyPatch, label: Path) -> None:
    speech = wire.READY + wire.ACCEPTED + struct.pack(">I", 4) + b"[[[["
    monkeypatch.setattr(
        worker,
        "command",
        lambda: [sys.executable, "-c", f"import os, time; os.write(1, {speech!r}); os.read(0, 1 << 20); time.sleep(60)"],
    )
    with DecodeWorker() as own, pytest.raises(BadInput, match="made the decoder stop"):
        own.decode(label)


def test_in_a_frozen_bundle_the_program_itself_is_the_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert worker.command() == [sys.executable, WORKER_SWITCH]


def test_the_program_called_with_the_switch_is_the_child() -> None:
    first = wire.Request(wire.FRAME, pixels().tobytes(), (*pixels().shape, 1))
    spoken = io.BytesIO()
    wire.send_headroom(spoken, 1 << 30)
    wire.send_request(spoken, first)
    done = subprocess.run(
        [sys.executable, "-m", "app", WORKER_SWITCH], input=spoken.getvalue(), capture_output=True, timeout=60, check=True
    )
    heard = io.BytesIO(done.stdout)
    assert heard.read(2) == wire.READY + wire.ACCEPTED
    assert [c.text for c in wire.read_answer(heard).codes] == [LINK]


def test_the_child_knows_neither_the_window_nor_the_chain() -> None:
    asked = (
        "import sys; from app.decode import child; child._load()\n"
        "print([m for m in ('PySide6', 'web3', 'eth', 'sklearn', 'pandas', 'sqlite3', 'socket') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_folder_of_the_caller_is_no_place_to_import_from(label: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (label.parent / "cv2.py").write_text("raise SystemExit('imported from the working directory')")
    monkeypatch.chdir(label.parent)
    with DecodeWorker() as own:
        assert [c.text for c in own.decode(label)] == [LINK]


def test_files_are_decoded_one_after_the_other_and_bad_ones_do_not_stop_the_rest(
    label: Path, shared_worker: DecodeWorker
) -> None:
    (label.parent / "bad.png").write_bytes(b"no")
    names = [str(label), str(label.parent / "bad.png"), str(label.parent / "gone.png"), str(label)]
    rows = list(decode_files(names, shared_worker))
    assert [row["source"] for row in rows] == names
    assert [set(row) for row in rows] == [
        {"source", "codes", "ms"},
        {"source", "error"},
        {"source", "error"},
        {"source", "codes", "ms"},
    ]
    assert rows[0]["codes"] == [{"text": LINK, "symbology": "QR Code", "gs1": False}]
    assert 0 < rows[0]["ms"] < 20_000
    assert rows[2]["error"] == "There is no file gone.png."
    assert shared_worker.pid is not None


def test_pages_that_were_left_out_are_noted(tmp_path: Path, shared_worker: DecodeWorker) -> None:
    from PIL import Image

    blank = [Image.new("1", (30, 30), 1)] * 21
    blank[0].save(tmp_path / "scan.tif", save_all=True, append_images=blank[1:])
    (row,) = decode_files([tmp_path / "scan.tif"], shared_worker)
    assert row["note"] == "Only the first 20 pages were read."
    assert row["codes"] == []


CODES = st.builds(
    Code,
    st.text(st.characters(codec="utf-8"), max_size=50),
    st.sampled_from(["QR Code", "Data Matrix"]),
    st.booleans(),
    st.tuples(*[st.tuples(st.integers(-9, 70_000), st.integers(-9, 70_000))] * 4),
    st.binary(max_size=50),
    st.sampled_from(["", "]d2"]),
    st.integers(0, 19),
)


@given(codes=st.lists(CODES, max_size=4), more=st.booleans(), refused=st.text(st.characters(codec="utf-8"), max_size=30))
def test_an_answer_comes_through_as_it_was(codes: list[Code], more: bool, refused: str) -> None:
    answer, stream = wire.Answer(tuple(codes), more, refused), io.BytesIO()
    wire.send_answer(stream, answer)
    stream.seek(0)
    assert wire.read_answer(stream) == answer


@given(
    op=st.sampled_from([wire.PATH, wire.BYTES, wire.STILL, wire.FRAME]),
    payload=st.binary(max_size=99),
    shape=st.tuples(*[st.integers(0, 2**32 - 1)] * 3),
)
def test_a_request_comes_through_as_it_was(op: bytes, payload: bytes, shape: tuple[int, int, int]) -> None:
    request, stream = wire.Request(op, payload, shape), io.BytesIO()
    wire.send_request(stream, request)
    stream.seek(0)
    assert wire.read_request(stream) == request
    assert wire.read_request(stream) is None


@given(noise=st.binary(max_size=200))
def test_noise_is_not_taken_for_an_answer(noise: bytes) -> None:
    with pytest.raises(wire.Garbled):
        wire.read_answer(io.BytesIO(noise))
    with pytest.raises(wire.Garbled):
        wire.read_answer(io.BytesIO(struct.pack(">I", len(noise)) + noise))


def test_an_answer_that_is_too_long_is_not_read() -> None:
    with pytest.raises(wire.Garbled, match="too long"):
        wire.read_answer(io.BytesIO(struct.pack(">I", wire.MAX_ANSWER + 1) + b"{}"))


@pytest.mark.parametrize(
    "row",
    [
        '["t","s",true,[[0,0],[0,0],[0,0]],"",  "]d2",0]',
        '["t","s",1,[[0,0],[0,0],[0,0],[0,0]],"","",0]',
        '["t","s",true,[[0,0],[0,0],[0,0],[0,0]],"zz","",0]',
        '[1,"s",true,[[0,0],[0,0],[0,0],[0,0]],"","",0]',
        '["t","s",true,[[0,0],[0,0],[0,0],[0]],"","",0]',
        '{"text":"t"}',
    ],
)
def test_a_code_that_is_none_is_not_believed(row: str) -> None:
    text = f'{{"codes":[{row}],"more":false,"refused":""}}'.encode()
    with pytest.raises(wire.Garbled):
        wire.read_answer(io.BytesIO(struct.pack(">I", len(text)) + text))
