"""Decoding in a child process that can die without taking the window along.

Decoders of barcodes, pictures and PDF have had memory bugs; a picture may also be made to take all memory or all time. The
child has a limit of memory and a deadline, is started with the first picture, stays for the next ones and is started anew
after its death. It is a plain program on two pipes (not `multiprocessing`), so that it starts the same way from a checkout,
an installed package and a frozen bundle, imports no window, and cannot answer with a pickle.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.decode import wire
from app.decode.code import Code
from app.decode.picture import MAX_PIXELS, check_file, check_size, shown
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

WORKER_SWITCH = "--decode-worker"  # the frozen program, called with this, is the child: see `child.serve`
HEADROOM = 1536 * 1024 * 1024  # bytes beside what the loaded libraries take; 50 megapixels were seen to need 1,050 MB
DEADLINE = 20.0  # seconds for one picture
LAST_BREATH = 1.0  # seconds for a child that closed its pipes to be gone
START = 60.0  # seconds for the child to load its libraries, on a cold disk

_BOOT = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from app.decode.child import serve; sys.exit(serve())"
)

_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # their pools are never used and cost address space


class Cancelled(WayproofError):
    """The job was stopped because its caller no longer wants it."""


class DecoderDown(WayproofError):
    """The child cannot be started: nothing is known about the picture."""


@dataclass(slots=True, eq=False)
class _Job:
    child: subprocess.Popen[bytes]
    why: str = ""  # "late" or "cancelled" where this side ended it

    def end(self, why: str) -> None:
        self.why = self.why or why
        self.child.kill()


class DecodeWorker:
    """One child, one job at a time; safe to call from several threads. Close it, or use it as a context manager.

    Args:
        deadline: seconds one picture may take.
        memory: bytes the child may take beside its libraries.
    """

    def __init__(self, *, deadline: float = DEADLINE, memory: int = HEADROOM) -> None:
        self.deadline = deadline
        self.memory = memory
        self._turn = threading.Lock()  # held during a job
        self._state = threading.Lock()  # guards the two below
        self._child: subprocess.Popen[bytes] | None = None
        self._job: _Job | None = None

    def __enter__(self) -> DecodeWorker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process number of the living child, None where there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> None:
        """Starts the child now, so that the first picture need not wait. Raises DecoderDown."""
        with self._turn:
            self._living()

    def decode(self, image: str | os.PathLike[str] | bytes | npt.NDArray[np.uint8]) -> list[Code]:
        """All codes of a picture; arguments as `app.decode.decode`.

        Raises:
            BadInput: the picture cannot be read, took longer than the deadline, or killed the child.
            Cancelled: `cancel` was called meanwhile.
            DecoderDown: the child does not start.
        """
        return self.read(image)[0]

    def read(self, image: str | os.PathLike[str] | bytes | npt.NDArray[np.uint8]) -> tuple[list[Code], bool]:
        """As `decode`; and whether pages behind the last one that was looked at were left out."""
        if isinstance(image, bytes):
            check_size(len(image), shown(image))
            request = wire.Request(wire.BYTES, image)
        elif isinstance(image, str | os.PathLike):
            check_file(image)
            request = wire.Request(wire.PATH, os.fsencode(os.path.abspath(image)))
        else:
            return self.frame(image, still=True), False
        answer = self._do(request, shown(image))
        return list(answer.codes), answer.more

    def frame(self, frame: npt.NDArray[np.uint8], *, still: bool = False) -> list[Code]:
        """The codes of one camera frame (one robust pass only, see `LiveDecoder`), or of a `still` picture (all passes)."""
        height, width, channels = frame.shape if frame.ndim == 3 else (*frame.shape, 1) if frame.ndim == 2 else (0, 0, 0)
        if frame.dtype.name != "uint8" or not 0 < height * width <= MAX_PIXELS or channels not in (1, 3, 4):
            raise BadInput("The frame is not a picture of bytes.", shape=frame.shape, dtype=frame.dtype.name)
        pixels = frame.tobytes()
        op = wire.STILL if still else wire.FRAME
        return list(self._do(wire.Request(op, pixels, (height, width, channels)), "the frame").codes)

    def cancel(self) -> None:
        """Ends the job that is under way, if any: its caller gets Cancelled."""
        with self._state:
            if self._job is not None:
                self._job.end("cancelled")

    def close(self) -> None:
        """Ends the child. The worker may be used again; it then starts a new one."""
        self.cancel()
        with self._turn:
            self._discard()

    def _do(self, request: wire.Request, name: str) -> wire.Answer:
        with self._turn:
            answer = self._try(request, name)
            if answer is None:  # the child had died idle, before it saw the request
                answer = self._try(request, name)
            if answer is None:
                raise DecoderDown("The decoder stops before it reads anything.")
        if answer.refused:
            raise BadInput(answer.refused)
        return answer

    def _try(self, request: wire.Request, name: str) -> wire.Answer | None:
        """The answer; None where the child was dead before it accepted the request."""
        child = self._living()
        job = _Job(child)
        with self._state:
            self._job = job
        accepted = False
        timer = threading.Timer(self.deadline, job.end, ("late",))
        timer.daemon = True
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            wire.send_request(child.stdin, request)
            accepted = wire.take(child.stdout, 1) == wire.ACCEPTED
            return wire.read_answer(child.stdout)
        except (OSError, wire.Garbled) as error:
            with suppress(subprocess.TimeoutExpired):
                child.wait(LAST_BREATH)  # so that the log can say how it died
            code = self._discard()
            if job.why == "cancelled":
                raise Cancelled(f"Reading {name} was stopped.") from error
            if job.why == "late":
                raise BadInput(f"{name} took longer than {self.deadline:g} s to read and was given up.") from error
            if accepted:
                raise BadInput(f"{name} made the decoder stop and was not read.", exit=code) from error
            return None
        except BaseException:  # an interrupt: the answer that is on its way must not be taken for the next one's
            self._discard()
            raise
        finally:
            timer.cancel()
            with self._state:
                self._job = None

    def _living(self) -> subprocess.Popen[bytes]:
        """The child, started if need be."""
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._discard()
        child = subprocess.Popen(  # noqa: S603 - our own program
            command(), env=os.environ | _ONE_THREAD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._child = child
        timer = threading.Timer(START, child.kill)
        timer.daemon = True
        timer.start()
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            wire.send_headroom(child.stdin, self.memory)
            ready = child.stdout.read(1) == wire.READY
        except OSError:
            ready = False
        finally:
            timer.cancel()
        if not ready:
            raise DecoderDown("The decoder cannot be started; try to install the program again.", exit=self._discard())
        return child

    def _discard(self) -> int | None:
        """Ends the child and lets go of it; its exit status."""
        child, self._child = self._child, None
        if child is None:
            return None
        child.kill()
        code = child.wait()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        return code


def command() -> list[str]:
    """How the child is started: the same interpreter or, in a frozen bundle, the same program with `WORKER_SWITCH`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, WORKER_SWITCH]
    return [sys.executable, "-P", "-c", _BOOT, str(Path(__file__).parents[2])]
