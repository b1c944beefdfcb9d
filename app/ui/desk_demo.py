"""`make desk-demo`: a whole delivery in a real window, by a scanner's key presses and a camera, with a picture of each step.

What happens is real: the sample world on the embedded chain, a delivery with one short and one extra line, a recalled case, a
copied label, a label before a camera whose frames come from files, the network gone and back; at the end the receipt is verified
by `wayproof verify` as a stranger would. Nothing is staged but the goods.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, Qt, QTimer

from app.desk.tasks import Task
from app.ui import theme
from app.ui.pages.desk import DeskPage
from app.ui.pages.desk_chooser import Wanted
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.screenshots import pin_font, save_picture, settle
from app.ui.window import Window
from chain import gs1
from chain.errors import WayproofError
from chain.journey import Item, Verb

if TYPE_CHECKING:
    from app.demo.story import Story
    from app.drafting import Draft
    from app.ui.door import Door

NOTE = "DN-2041"
_SIZE = (1240, 800)
_PATIENCE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """What stands on the truck: loose pieces, a good case, a recalled case, one piece too many; and a copied label."""

    loose: tuple[Item, ...]
    extra: Item
    case: Item
    boxed: tuple[Item, ...]
    recalled_case: Item
    recalled: tuple[Item, ...]
    copied: Item


def found(profile: Path) -> Delivery:
    """The sample world, and a delivery from its maker on its way to the shop."""
    from app import demo
    from app.demo.cast import case_of, prefix_of
    from app.demo.story import SEED, Story
    from app.demo.units import MAKER
    from app.recorder import Recorder
    from app.station import Station
    from chain import encoding
    from chain.verdict import Code

    plotted = demo.found(profile)
    with Station.open(profile) as station:
        now = datetime.fromisoformat(str(station.store.goods.setting("demo_now")))
        story = Story(now)
        story.chance.seed(SEED + 1)
        made = _goods(story, case_of(MAKER, 801), case_of(MAKER, 802), plotted.item(Code.CLONE_PROVEN))
        network = station.network()
        recorder = Recorder(network.ledger, station.store, network.keys)
        lot = encoding.unit_of(Item(gtin=made.recalled[0].gtin, lot="D9"), encoding.prefix_code(prefix_of(MAKER)))
        for drafts in _history(story, made, lot):
            recorder.record(drafts)
        station.sync()
    return made


def _goods(story: Story, case: Item, recalled_case: Item, copied: Item) -> Delivery:
    from app.demo.cast import PRODUCTS

    good = (story.now + timedelta(days=400)).date()

    def some(count: int, lot: str) -> tuple[Item, ...]:
        return tuple(story.item(PRODUCTS[0], good, lot) for _ in range(count))

    return Delivery(some(8, "D1"), some(1, "D2")[0], case, some(6, "D1"), recalled_case, some(4, "D9"), copied)


def _history(story: Story, made: Delivery, lot: bytes) -> list[list[Draft]]:
    from app.demo.cast import PRODUCTS
    from app.demo.units import HERE, MAKER

    at = int(story.now.timestamp()) - 86_400
    pieces = [*made.loose, made.extra, *made.boxed, *made.recalled]
    cases = [made.case, made.recalled_case]
    return [
        [story.draft(Verb.COMMISSION, MAKER, pieces, at, product=PRODUCTS[0]), story.draft(Verb.COMMISSION, MAKER, cases, at)],
        [
            story.draft(Verb.PACK, MAKER, [made.case, *made.boxed], at + 600),
            story.draft(Verb.PACK, MAKER, [made.recalled_case, *made.recalled], at + 600),
        ],
        [story.draft(Verb.SHIP, MAKER, [*made.loose, made.extra, *cases], at + 1200, to=HERE)],
        [story.draft(Verb.RECALL, MAKER, [], at + 3600, argument=lot)],
    ]


def note_of(made: Delivery, path: Path) -> Path:
    """The delivery note as the sender's program would write it: nine pieces where eight are on the truck, and nothing of D2."""
    from app.demo.cast import PRODUCTS, glns
    from app.demo.units import MAKER

    product = PRODUCTS[0]
    sender = glns(MAKER)
    rows = [
        "Code;GTIN;Lot;Qty;Name;Note;Sender",
        f";{product.gtin};D1;9;{product.name};{NOTE};{sender}",
        f"{made.case.key};;;1;Case of six, {product.name};{NOTE};{sender}",
        f"{made.recalled_case.key};;;1;Case of four, {product.name};{NOTE};{sender}",
    ]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


class Driver:
    """Presses keys and buttons of a window, and keeps a picture of each step."""

    def __init__(self, window: Window, folder: Path, apart: Path) -> None:
        self.window, self.folder, self.apart = window, folder, apart
        self.steps: list[Path] = []

    @property
    def desk(self) -> DeskPage:
        """The desk page."""
        page = self.window.page("desk")
        assert isinstance(page, DeskPage)
        return page

    def scan(self, *items: Item) -> None:
        """A scanner's key presses, one code after the other, without a pause."""
        from PySide6.QtTest import QTest

        handle = self.window.windowHandle()
        for item in items:
            for char in gs1.element_string(item):
                if char == "\x1d":
                    QTest.keyClick(handle, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ControlModifier)
                else:
                    QTest.keyClick(handle, char)  # type: ignore[call-overload]
            QTest.keyClick(handle, Qt.Key.Key_Return)

    def hold(self, *items: Item) -> None:
        """Labels before the camera, one after the other, until each was taken."""
        from app import labels
        from app.ui.camera import Files

        frames = []
        for n, item in enumerate(items):
            frames.append(self.apart / f"frame-{n}.png")
            labels.png(labels.Label(item, gs1.element_string(item), ""), frames[-1])
        pane = self.desk.camera
        self.desk.open_tab("camera")
        loop, seen = QEventLoop(), list[str]()
        pane.scanned.connect(seen.append)
        pane.scanned.connect(lambda _: loop.quit() if len(seen) == len(items) else None)
        QTimer.singleShot(_PATIENCE_MS, loop, loop.quit)
        pane.camera.start(Files(frames, each=8, every_ms=80))
        loop.exec()
        if len(seen) < len(items):
            raise WayproofError("The camera did not read the labels that were held before it.")

    def press(self, key: Qt.Key) -> None:
        """One key of the keyboard, a moment after the scanner's."""
        from PySide6.QtTest import QTest

        QTest.qWait(300)
        QTest.keyClick(self.window.windowHandle(), key)
        settle(self.window)

    def ask(self, work: Callable[[Door], object]) -> None:
        """Do something in the store lane, and wait for it."""
        self.window.lanes.store(work, lambda _: None)
        settle(self.window)

    def keep(self, name: str) -> None:
        """A picture of the window as it is."""
        settle(self.window)
        self.steps.append(self.folder / f"{len(self.steps) + 1:02d}-{name}.png")
        save_picture(self.window.grab().toImage(), self.steps[-1])


def drive(driver: Driver, made: Delivery, note: Path, receipt: Path) -> None:
    """The delivery from the truck to the receipt."""
    window, desk = driver.window, driver.desk
    desk.sounds.loud = False
    window.open("desk")
    driver.keep("choose-a-task")
    desk.chooser.choose(Task.RECEIVE)
    driver.keep("receive-asks-for-the-note")
    desk.begin(Wanted(Task.RECEIVE, file=note))
    driver.keep("the-note-is-open")
    driver.scan(*made.loose[:5])
    driver.keep("five-pieces-scanned")
    driver.scan(made.recalled_case, *made.loose[5:7])
    driver.keep("a-recalled-case-stops-the-work")
    driver.press(Qt.Key.Key_F8)
    driver.scan(made.copied)
    driver.keep("a-copied-label")
    driver.press(Qt.Key.Key_F8)
    driver.hold(made.loose[7])
    driver.keep("a-label-from-the-camera")
    desk.camera.stop()
    desk.open_tab("work")
    driver.scan(made.loose[7], made.case)
    driver.keep("a-case-counts-for-its-content")
    driver.scan(made.extra)
    driver.keep("one-that-is-not-on-the-note")
    driver.press(Qt.Key.Key_F8)
    driver.ask(lambda door: _network(door, there=False))
    desk.finish()
    driver.keep("finished-without-a-network")
    desk.open_tab("waiting")
    driver.keep("what-waits")
    driver.ask(lambda door: _network(door, there=True))
    desk.queue.send.click()
    driver.keep("the-network-is-back")
    desk.open_tab("work")
    desk.show_finished()
    settle(window)
    desk.save_paper("receipt", receipt)
    driver.keep("the-receipt-is-signed")


def _network(door: Door, *, there: bool) -> None:
    """Pull the cable, or put it back."""
    link = door.desk.station.link
    link.offline, link.online = not there, there


def main(arguments: Sequence[str]) -> int:
    """Draw every step into a folder; the exit status of `wayproof verify` over the receipt."""
    folder = Path(arguments[0] if arguments else "docs/desk")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]-*.png"):
        old.unlink()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen" if not os.environ.get("DISPLAY") else "xcb")
    qt = application()
    qt.setCursorFlashTime(0)
    pin_font(qt)
    theme.apply(qt, theme.LIGHT)
    with TemporaryDirectory() as apart:
        profile = Path(apart) / "demo"
        made = found(profile)
        window = Window(lanes_of(profile), Path(apart), Preferences(theme="light", width=_SIZE[0], height=_SIZE[1]))
        driver = Driver(window, folder, Path(apart))
        receipt = Path(apart) / f"{NOTE}.receipt"
        try:
            _show(window)
            drive(driver, made, note_of(made, Path(apart) / f"{NOTE}.csv"), receipt)
        finally:
            window.close()
            window.deleteLater()
        for step in driver.steps:
            sys.stderr.write(f"saved {step}\n")
        from app.cli import main as wayproof

        return wayproof(
            ["verify", str(receipt), "--trust", str(profile / "trust.json"), "--profile", str(Path(apart) / "stranger")]
        )


def _show(window: Window) -> None:
    from PySide6.QtTest import QTest

    loop, said = QEventLoop(), list[str]()
    window.lanes.settled.connect(loop.quit)
    window.lanes.trouble.connect(said.append)
    QTimer.singleShot(_PATIENCE_MS, loop, loop.quit)
    window.show()
    loop.exec()
    window.lanes.settled.disconnect(loop.quit)
    if said:
        raise WayproofError(said[0])
    window.activateWindow()  # a bare X server has no window manager that would
    handle = window.windowHandle()
    handle.requestActivate()
    QTest.qWaitForWindowActive(handle, 3_000)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
