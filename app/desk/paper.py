"""A session on paper. Apart from `papers` because fpdf takes a second to import; loaded when something is printed."""

from __future__ import annotations

from contextlib import closing

from fpdf import FPDF  # noqa: TID253 - this module is loaded late, for fpdf
from fpdf.fonts import TTFFont  # noqa: TID253 - the same

from app.desk.desk import Finished
from app.desk.session import Mark
from app.labels import font_file

_FONT = "DejaVu"
_WIDTHS = (12.0, 24.0, 24.0, 62.0, 60.0)
_MOST = 5_000
_WORDS = {
    Mark.TAKEN: "taken", Mark.NOTED: "seen", Mark.BOX: "container", Mark.CLOSED: "closed", Mark.EXTRA: "extra",
    Mark.TWICE: "twice", Mark.REFUSED: "refused", Mark.UNDONE: "taken back", Mark.DAMAGED: "damaged",
}  # fmt: skip


class _Paper(FPDF):
    def footer(self) -> None:
        """The page's number."""
        self.set_y(-12)
        self.set_font(_FONT, size=8)
        self.cell(0, 6, f"{self.page_no()} / {{nb}}", align="C")

    def line_of(self, cells: tuple[str, ...], height: float = 6.0) -> None:
        """One row; what does not fit a cell is cut with an ellipsis."""
        for text, width in zip(cells, _WIDTHS, strict=True):
            self.cell(width, height, self._cut(text, width - 2))
        self.ln(height)

    def _cut(self, text: str, width: float) -> str:
        plain = "".join(one if one.isprintable() else " " for one in text)[:200]
        if self.get_string_width(plain) <= width:
            return plain
        while plain and self.get_string_width(plain + "…") > width:
            plain = plain[:-1]
        return plain + "…"


def render(done: Finished, title: str) -> bytes:
    """The pages as PDF; of a long session the first 5,000 lines."""
    paper = _Paper(unit="mm", format="A4")
    paper.set_creator("Wayproof")
    paper.set_margin(14)
    paper.add_font(_FONT, fname=font_file())
    with closing(_Font(paper)):
        paper.add_page()
        paper.set_font(_FONT, size=16)
        paper.cell(0, 10, paper._cut(title, 180))
        paper.ln(12)
        paper.set_font(_FONT, size=9)
        for text in _head(done):
            paper.cell(0, 5, paper._cut(text, 180))
            paper.ln(5)
        paper.ln(4)
        for one in done.whole.lines[:_MOST]:
            name = one.key or one.text
            cells = (str(one.n), f"{one.at:%H:%M:%S}", _WORDS[one.mark], name, one.name or one.why)
            paper.line_of(cells)
        return bytes(paper.output())


def _head(done: Finished) -> list[str]:
    session, tally = done.whole.session, done.whole.tally
    ended = f" - {session.finished:%Y-%m-%d %H:%M} UTC" if session.finished else ""
    told = [
        f"{session.begun:%Y-%m-%d %H:%M}{ended}",
        f"Taken {tally.taken}, extra {tally.extra}, refused {tally.refused}, twice {tally.twice}, taken back {tally.undone},"
        f" damaged {tally.damaged}",
    ]
    if session.by:
        told.append(f"By {session.by}")
    if done.note is not None and not done.note.number.startswith(("recall/", "count/")):
        told.append(f"Delivery note {done.note.number}")
    if done.against is not None:
        told += [f"Missing: {one.missing} of {one.line.name or one.line.key or one.line.gtin}" for one in done.against.missing]
        told += [f"Not on the note: {one.key}" for one in (*done.against.extra, *done.against.wrong_lot)]
    return told[:200]


class _Font:
    """Lets go of the font's file, which fpdf keeps open."""

    def __init__(self, paper: FPDF) -> None:
        self._font = paper.fonts[_FONT.lower()]

    def close(self) -> None:
        """See the class."""
        assert isinstance(self._font, TTFFont)
        self._font.close()
