"""The decoding child: reads requests on standard input, answers on standard output, and may die of any of them.

Started by `app.decode.worker` and by nothing else. It gives itself a limit of memory before it looks at a picture, writes no
file, opens no connection, and knows neither the window nor the chain.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import IO, Any

from app.decode import wire
from chain.errors import BadInput

WATCH = 0.1  # seconds between two looks of the watchman, where the system itself sets no limit


def serve() -> int:
    """The child's whole life on standard input and output; its exit status."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a C library prints must not stand between two answers
    with requests, answers:
        try:
            headroom = wire.read_headroom(requests)
            _load()
            limit_memory(headroom)
            return answer_all(requests, answers)
        except (wire.Garbled, BrokenPipeError):
            return 1


def answer_all(requests: IO[bytes], answers: IO[bytes]) -> int:
    """Says that it is ready, then answers request after request until their stream ends.

    Raises:
        Garbled, BrokenPipeError: the parent is gone, or is not our parent.
    """
    from app.decode.live import LiveDecoder

    live = LiveDecoder()
    answers.write(wire.READY)
    answers.flush()
    while (request := wire.read_request(requests)) is not None:
        answers.write(wire.ACCEPTED)
        answers.flush()
        wire.send_answer(answers, _answer(request, live))
    return 0


def limit_memory(headroom: int) -> None:
    """From now on at most `headroom` bytes more: by RLIMIT_AS where the system enforces it, else by a watchman."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    now = _address_space()
    if now is not None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        top = now + headroom if hard == resource.RLIM_INFINITY else min(now + headroom, hard)
        resource.setrlimit(resource.RLIMIT_AS, (top, hard))
        return
    unit = 1 if sys.platform == "darwin" else 1024
    top = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit + headroom
    threading.Thread(target=_watch, args=(top, unit), name="memory watchman", daemon=True).start()


def _address_space() -> int | None:
    """Bytes of address space in use, None where the system does not say (and does not enforce RLIMIT_AS either)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


def _watch(top: int, unit: int) -> None:
    import resource

    pause = threading.Event()
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit <= top:
        pause.wait(WATCH)
    os._exit(137)


def _load() -> None:
    """What every picture needs, before the limit counts; the renderer of PDF waits for the first PDF."""
    import PIL.MpoImagePlugin
    import PIL.TiffImagePlugin
    import PIL.WebPImagePlugin

    import app.decode.cascade  # noqa: F401

    PIL.Image.preinit()


def _answer(request: wire.Request, live: Any) -> wire.Answer:
    import cv2

    from app.decode.picture import shown
    from app.decode.still import decode_pages

    source: Any = b""
    try:
        if request.op == wire.FRAME:
            return wire.Answer(tuple(live.frame(_frame(request))))
        if request.op == wire.STILL:
            return wire.Answer(tuple(decode_pages(_frame(request))[0]))
        source = os.fsdecode(bytes(request.payload)) if request.op == wire.PATH else bytes(request.payload)
        codes, more = decode_pages(source)
        return wire.Answer(tuple(codes), more)
    except BadInput as error:
        return wire.Answer(refused=error.words)
    except (MemoryError, cv2.error):
        return wire.Answer(refused=f"{shown(source)} needs more memory than a picture may take.")


def _frame(request: wire.Request) -> Any:
    import numpy as np

    height, width, channels = request.shape
    pixels = np.frombuffer(request.payload, np.uint8)
    if pixels.size != height * width * channels:
        raise BadInput("The frame is not as large as it says.")
    return pixels.reshape(height, width, channels)
