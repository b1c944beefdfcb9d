"""An issue of labels on its way through a printer: each label once, whatever is killed or breaks off in between.

Before a part goes to the printer it is written down that it may be on paper; after it was taken, that it is. A part that was
begun and not taken is never sent again by the program: nothing that a printer can be asked tells whether a label came out.
Somebody looks at the last label and says which one it is, and the run goes on behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import orjson

from app.labels import Label
from app.labels.printers import Keeper, Printer
from app.labels.sending import NotSent
from app.sync import Progress, silent
from chain.errors import BadInput

A_PART = 25
"""Labels that are sent at once: as many as somebody may have to look through."""


@dataclass(frozen=True, slots=True)
class Run:
    """How far an issue is at a printer: `sent` labels were taken; those up to `begun` may have been."""

    issue: str
    where: str = ""
    sent: int = 0
    begun: int = 0

    @property
    def doubtful(self) -> bool:
        """Whether somebody has to look which label came out last."""
        return self.begun > self.sent

    def part(self, count: int, size: int = A_PART) -> range:
        """The labels that go next, of so many in all. Raises BadInput where somebody has to look first."""
        if self.doubtful:
            raise BadInput(
                f"Labels {self.sent + 1:,} to {self.begun:,} may have been printed when it broke off: "
                "look at the last label that came out, and say which one it is."
            )
        return range(self.sent, min(self.sent + size, count))


def load(keeper: Keeper, issue: str) -> Run:
    """How far an issue is; at its beginning where nothing was printed."""
    try:
        told = orjson.loads(keeper.remembered(_name(issue)) or b"{}")
        return Run(issue, str(told.get("where", "")), int(told.get("sent", 0)), int(told.get("begun", 0)))
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        raise BadInput("How far this issue was printed cannot be read: say which label came out last.") from None


def begin(keeper: Keeper, run: Run, part: range, where: str) -> Run:
    """Write down that a part goes to a printer now."""
    return _keep(keeper, replace(run, where=where, begun=part.stop))


def taken(keeper: Keeper, run: Run) -> Run:
    """Write down that the printer took it."""
    return _keep(keeper, replace(run, sent=run.begun))


def broke_off(keeper: Keeper, run: Run, error: NotSent) -> Run:
    """Write down that it did not: where nothing of it can be on paper, the part is as if it was never begun."""
    return run if error.begun else _keep(keeper, replace(run, begun=run.sent))


def resolve(keeper: Keeper, run: Run, last: int) -> Run:
    """Somebody looked: `last` labels came out whole (0 for none). It goes on with the next one.

    Labels before a finished part may be printed again this way, too: after a torn roll, say. Raises BadInput out of range.
    """
    if not 0 <= last <= run.begun:
        raise BadInput(f"Say a label between 0 and {run.begun:,}: no later one was sent.")
    return _keep(keeper, replace(run, sent=last, begun=last))


def number_of(serials: Sequence[str], text: str) -> int:
    """Which label somebody means: its number, or the serial on it. Raises BadInput."""
    said = text.strip()
    if said in serials:
        return serials.index(said) + 1
    if said.isascii() and said.isdigit() and len(said) <= 6:
        return int(said)
    raise BadInput("No label of this issue has that serial number.")


def print_all(
    keeper: Keeper,
    issue: str,
    made: Sequence[Label],
    printer: Printer,
    send: Callable[[Sequence[Label], Printer], object],
    progress: Progress = silent,
    cancelled: Callable[[], bool] = lambda: False,
    size: int = A_PART,
) -> Run:
    """Print what is not printed yet, part by part. Raises BadInput (in doubt), NotSent."""
    run = load(keeper, issue)
    while part := run.part(len(made), size):
        if cancelled():
            break
        run = begin(keeper, run, part, printer.where)
        try:
            send(made[part.start : part.stop], printer)
        except NotSent as error:
            broke_off(keeper, run, error)
            raise
        run = taken(keeper, run)
        progress("printed", run.sent, len(made))
    return run


def _keep(keeper: Keeper, run: Run) -> Run:
    keeper.remember(_name(run.issue), orjson.dumps({"where": run.where, "sent": run.sent, "begun": run.begun}).decode())
    return run


def _name(issue: str) -> str:
    return f"run/{issue}"
