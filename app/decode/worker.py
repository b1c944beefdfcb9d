"""The caller's side of the decoder's process: started with the first picture, again when it died, stopped by a deadline."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from app.decode.code import Code
from chain.errors import BadInput

DEADLINE = 30.0
SWITCH = "--decode-worker"


def command() -> list[str]:
    """How to start the process, from the sources and from the frozen program."""
    return [sys.executable, SWITCH] if getattr(sys, "frozen", False) else [sys.executable, "-m", "app", SWITCH]


class Decoder:
    """Reads pictures in a process of its own. Use as a context manager; for one thread.

    Args:
        deadline: seconds for one file, after which the process is stopped and the file refused.
    """

    def __init__(self, deadline: float = DEADLINE) -> None:
        self._deadline = deadline
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()

    def read(self, path: Path) -> tuple[tuple[Code, ...], float]:
        """The codes in a file, and milliseconds. Raises BadInput with one sentence."""
        for _ in range(2):  # a process that died while idle is started again
            answer = self._asked(path)
            if answer is not None:
                break
        else:
            raise BadInput(f"{path} makes the decoder fail: it was not read.")
        if "error" in answer:
            raise BadInput(str(answer["error"]))
        return tuple(_code(row) for row in answer["codes"]), float(answer["ms"])

    def _asked(self, path: Path) -> dict[str, Any] | None:
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(os.fsencode(path).hex().encode() + b"\n")
            process.stdin.flush()
            line = self._lines.get(timeout=self._deadline)
        except queue.Empty:
            self.close()
            raise BadInput(f"{path} takes longer than {self._deadline:.0f} seconds to read: it was left.") from None
        except OSError:
            line = b""
        if not line:
            self.close()
            return None
        answer = orjson.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            root = Path(__file__).resolve().parents[2]
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=root
            )
            self._lines = queue.Queue()
            threading.Thread(target=_listen, args=(self._process, self._lines), daemon=True).start()
        return self._process

    def close(self) -> None:
        """Stop the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    _shut(pipe)
            self._process = None

    def __enter__(self) -> Decoder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def decode_files(paths: Iterable[str]) -> Iterator[dict[str, Any]]:
    """A row a file: {"source", "codes": [{"text", "symbology", "gs1"}], "ms"}, or {"source", "error"} with one sentence."""
    with Decoder() as decoder:
        for source in paths:
            try:
                codes, ms = decoder.read(Path(source).absolute())
            except BadInput as error:
                yield {"source": source, "error": error.words}
                continue
            shown = [{"text": code.text, "symbology": code.symbology, "gs1": code.gs1} for code in codes]
            yield {"source": source, "codes": shown, "ms": ms}


def _listen(process: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.put(line)
    except (OSError, ValueError):
        pass  # closed by `close`
    lines.put(b"")


def _shut(pipe: Any) -> None:
    with suppress(OSError):  # the other end is gone, which is what was wanted
        pipe.close()


def _code(row: dict[str, Any]) -> Code:
    corners = [(int(x), int(y)) for x, y in row["position"]]
    position = (corners[0], corners[1], corners[2], corners[3])
    data = bytes.fromhex(row["data"])
    return Code(row["text"], row["symbology"], row["gs1"], position, data, row["aim"], row["page"])
