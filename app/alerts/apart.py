"""Long work in a process of its own: judging and learning then hold neither the window's interpreter nor its garbage collector
up, and can be stopped at any moment, even amid a library's loop.

The child is this program again, started in the way of the decoder's (a plain program on two pipes). Both ends are ours and on
this machine, so what goes between them is a pickle.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Any, TypeVar, cast

from app.alerts.proven import Watch
from chain.errors import WayproofError

T = TypeVar("T")
SWITCH = "--alerts-worker"  # the frozen program, called with this, is the child
HEARD = 0.1  # seconds between two looks at whether it is to stop
NICER = 5  # steps of priority that scans and the window have before it
_BOOT = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from app.alerts.apart import serve; sys.exit(serve())"
)


def command() -> list[str]:
    """How the child is started: the same interpreter or, in a frozen bundle, the same program with `SWITCH`."""
    if getattr(sys, "frozen", False):
        return [sys.executable, SWITCH]
    return [sys.executable, "-P", "-c", _BOOT, str(Path(__file__).parents[2])]


def apart(work: Callable[[Watch], T], watch: Watch) -> T:
    """Do `work` in a child and wait for it; call this in a thread that may wait.

    Args:
        work: a method of a frozen value, so that it can be pickled, and so can its answer; it tells the stage and the share done.
        watch: told in this thread; what it raises kills the child at once and goes on to the caller.

    Raises whatever of WayproofError the work raises, and WayproofError where the child ends without an answer.
    """
    calm = {"OMP_WAIT_POLICY": "PASSIVE"}  # threads that spin on a busy machine cost forty times their work
    told = ("starting", 0.0)
    watch(*told)
    child = subprocess.Popen(  # noqa: S603 - our own program
        command(), env=os.environ | calm, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    said: SimpleQueue[tuple[str, Any]] = SimpleQueue()
    listener = threading.Thread(target=_listen, args=(child.stdout, said), name="wayproof-apart", daemon=True)
    listener.start()
    try:
        with suppress(BrokenPipeError):  # then it ends without an answer
            pickle.dump(work, child.stdin)
            child.stdin.close()
        while True:
            watch(*told)
            try:
                kind, answer = said.get(timeout=HEARD)
            except Empty:
                continue
            if kind == "told":
                told = answer
            elif kind == "done":
                return cast("T", answer)
            else:
                raise answer
    finally:
        child.kill()
        child.wait()
        listener.join()
        for pipe in (child.stdin, child.stdout):
            with suppress(BrokenPipeError):
                pipe.close()


def _listen(pipe: IO[bytes], said: SimpleQueue[tuple[str, Any]]) -> None:
    try:
        while True:
            said.put(pickle.load(pipe))  # noqa: S301 - of our own child
    except (EOFError, OSError, pickle.UnpicklingError):
        said.put(("failed", WayproofError("This work ended before it was done: there may be too little memory. Try it again.")))


def serve() -> int:
    """The child's whole life: one piece of work from standard input, what is told and answered to standard output."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    if hasattr(os, "nice"):
        os.nice(NICER)

    def say(kind: str, what: object) -> None:
        pickle.dump((kind, what), out)
        out.flush()

    with suppress(BrokenPipeError):  # nobody waits for it any more
        work = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own parent
        try:
            answer = work(lambda stage, share: say("told", (stage, share)))
        except WayproofError as error:
            say("failed", error)
        else:
            say("done", answer)
    return 0
