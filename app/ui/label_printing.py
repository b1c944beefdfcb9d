"""An issue of labels through a printer, beside the window: written down in the store lane, sent in the free one, part by part.

What may be on paper is written down before it is sent (`app.labels.run`), so that closing the window, a power cut or a printer
that breaks off never leads to a label printed twice by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from threading import Event
from typing import TYPE_CHECKING

from app.ui.tasks import Lanes, Urgency
from chain.errors import BadInput, WayproofError

if TYPE_CHECKING:
    from app.labels import Label, Sheet
    from app.labels.printers import Printer
    from app.labels.run import Run
    from app.ui.door import Door

PAGES_A_PART = 5


class Printing:
    """One issue on its way through one printer.

    Args:
        progress: told how many labels were taken, of how many.
        done: called once when all were taken, or it was stopped.
        failed: called once with why it broke off.
    """

    def __init__(
        self,
        lanes: Lanes,
        issue: str,
        made: Sequence[Label],
        printer: Printer,
        sheet: Sheet,
        stop: Event,
        progress: Callable[[str, int, int], object],
        done: Callable[[Run], None],
        failed: Callable[[WayproofError], None],
    ) -> None:
        self._lanes, self._issue, self._made, self._printer, self._sheet = lanes, issue, made, printer, sheet
        self._stop, self._progress, self._done, self._failed = stop, progress, done, failed

    def go(self) -> None:
        """Send the next part."""
        self._lanes.store(self._begin, self._begun, self._failed, Urgency.IDLE)

    def _begin(self, door: Door) -> tuple[Run, range]:
        from app.labels import run
        from app.labels.run import A_PART

        size = A_PART if self._printer.thermal else self._sheet.columns * self._sheet.rows * PAGES_A_PART
        held = run.load(door.desk, self._issue)
        part = held.part(len(self._made), size)
        if part and not self._stop.is_set():
            held = run.begin(door.desk, held, part, self._printer.where)
        return held, part

    def _begun(self, found: tuple[Run, range]) -> None:
        held, part = found
        if not held.doubtful:  # all were taken, or somebody stopped it before this part was begun
            self._done(held)
            return
        some = self._made[part.start : part.stop]
        self._lanes.free(
            lambda: send(some, self._printer, self._sheet),
            lambda _: self._taken(held),
            lambda error: self._broke_off(held, error),
        )

    def _taken(self, held: Run) -> None:
        def work(door: Door) -> Run:
            from app.labels import run

            return run.taken(door.desk, held)

        self._lanes.store(work, self._next, self._failed, Urgency.IDLE)

    def _next(self, held: Run) -> None:
        self._progress("printed", held.sent, len(self._made))
        self.go()

    def _broke_off(self, held: Run, error: WayproofError) -> None:
        def work(door: Door) -> None:
            from app.labels import run
            from app.labels.sending import NotSent

            drawn = not isinstance(error, BadInput)  # a label that cannot be drawn is on no paper
            run.broke_off(door.desk, held, error if isinstance(error, NotSent) else NotSent(error.words, drawn))

        self._lanes.store(work, lambda _: self._failed(error), self._failed, Urgency.IDLE)


def send(made: Sequence[Label], printer: Printer, sheet: Sheet) -> None:
    """Send a part to a printer; sheets on Windows through Qt, as nothing else there takes a PDF. Raises BadInput, NotSent."""
    from app.labels import jobs

    if os.name == "nt" and not printer.thermal:
        from app.labels.sending import QUEUE
        from app.ui.sheet_printing import print_sheets

        print_sheets(made, sheet, printer.fit, printer.where.removeprefix(QUEUE))
    else:
        jobs.send_labels(made, printer, sheet)
