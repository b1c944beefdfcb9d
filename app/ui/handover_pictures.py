"""`make handover-pictures`: what takes two laptops (a hand-over, a contradiction, devices and keys), drawn light and dark.

What is on the pictures is real: two copies of the sample world, one kept by the giver and one by the taker, sign and answer each
other without a network. Nothing outside a temporary folder is touched but the pictures.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtWidgets import QApplication

from app.ui import theme
from app.ui.pages.desk import DeskPage
from app.ui.pages.devices import DevicesPage
from app.ui.preferences import Preferences
from app.ui.run import application, lanes_of
from app.ui.screenshots import pin_font, save_picture, settle
from app.ui.window import Window
from chain.errors import BadInput, StoreError
from chain.journey import Item

GIVER, TAKER = "Linden Pharmacy", "Harbour Warehouse"
_SIZE = (1240, 800)
_COUNT = 3


def draw(folder: Path, looks: Sequence[theme.Theme] = (theme.LIGHT, theme.DARK)) -> list[Path]:
    """All pictures into a folder; the files made."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt = application()
    qt.setCursorFlashTime(0)
    pin_font(qt)
    folder.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []
    with TemporaryDirectory() as apart:
        world = Path(apart) / "world"
        goods = _found(world)
        for look in looks:
            theme.apply(qt, look)
            made += _Pair(world, Path(apart) / look.name, folder, look.name).drawn(goods)
    return made


def _found(world: Path) -> list[Item]:
    """The sample world, and loose goods that the giver holds in it."""
    from app import demo
    from app.demo.cast import glns
    from app.known import known
    from app.station import Station
    from chain.encoding import ZERO
    from chain.journey import Status

    demo.found(world)
    with Station.open(world) as station:
        me = next(party for party in station.store.goods.parties() if party.gln == glns(GIVER))
        units = known(station.store).units
        found = []
        for unit, item, _ in station.store.goods.search("", 100_000, 0):
            try:
                held = units.get(unit) if item.serialised else None
            except StoreError:  # the sample world has a record that was altered, to be found by a scan
                continue
            state = held.state if held is not None else None
            if state is None or state.status is not Status.ACTIVE or state.custodian != me.organisation:
                continue
            if not (state.receiver or state.held_by or state.recalled_by or state.parent != ZERO):
                found.append(item)
    return found[: 2 * _COUNT]


class _Pair:
    """Two windows on copies of a world."""

    def __init__(self, world: Path, apart: Path, folder: Path, look: str) -> None:
        self._apart, self._folder, self._look = apart, folder, look
        for name in ("giver", "taker"):
            shutil.copytree(world, apart / name)
        self.made: list[Path] = []

    def drawn(self, goods: Sequence[Item]) -> list[Path]:
        """All pictures in one look."""
        self._contradict(goods[_COUNT])
        self._ship(_unhindered(self._apart / "giver", goods))
        giver, taker = self._open("giver", GIVER), self._open("taker", TAKER)
        try:
            self._hand_over(giver, taker)
            self._contradiction(giver)
            self._devices(giver)
        finally:
            for window in (giver, taker):
                window.close()
                window.deleteLater()
            QApplication.processEvents()
        return self.made

    def _hand_over(self, giver: Window, taker: Window) -> None:
        mine, theirs = _desk(giver).handing, _desk(taker).handing
        mine.begin()
        self._keep(giver, "handover-start")
        mine.pane.start.shipments[0].click()
        _shown(giver)
        self._keep(giver, "handover-code")
        theirs.begin()
        settle(taker)
        for text in _texts(giver):
            theirs.pane.take(text)
        self._keep(taker, "handover-question")
        theirs.pane.asking.yes.click()
        _shown(taker)
        self._keep(taker, "handover-answer")
        mine.begin()

    def _contradiction(self, giver: Window) -> None:
        _desk(giver).handing.show_cases()
        self._keep(giver, "conflict")

    def _devices(self, giver: Window) -> None:
        giver.open("devices")
        settle(giver)
        page = giver.page("devices")
        assert isinstance(page, DevicesPage)
        self._keep(giver, "devices")
        page.show_request()
        settle(giver)
        self._keep(giver, "devices-request")

    def _keep(self, window: Window, name: str) -> None:
        settle(window)
        self.made.append(self._folder / f"{name}-{self._look}.png")
        save_picture(window.grab().toImage(), self.made[-1])

    def _open(self, name: str, party: str) -> Window:
        from app.demo.cast import glns
        from app.station import Station

        with Station.open(self._apart / name) as station:
            station.save(here=glns(party))
        window = Window(
            lanes_of(self._apart / name, offline=True), self._apart / name,
            Preferences(theme=self._look, width=_SIZE[0], height=_SIZE[1]), offline=True,
        )  # fmt: skip
        window.show()
        settle(window)
        for camera in (_desk(window).camera, _desk(window).handing.pane.taking.camera):
            camera.look_for(list)
        _desk(window).sounds.loud = False
        window.open("desk")
        settle(window)
        return window

    def _ship(self, goods: Sequence[Item]) -> None:
        from app import handover
        from app.demo.cast import glns
        from app.station import Station

        with Station.open(self._apart / "giver") as station:
            parties = {party.gln: party for party in station.store.goods.parties()}
            draft = handover.shipment(parties[glns(GIVER)], parties[glns(TAKER)], goods, datetime.now(UTC))
            station.outbox().add([draft])

    def _contradict(self, item: Item) -> None:
        """The giver's laptop ships a piece without a network, and a colleague counts it with one."""
        from app import handover
        from app.demo.cast import glns
        from app.desk import plan
        from app.desk.session import Session
        from app.desk.step import Step
        from app.desk.tasks import Task
        from app.recorder import Recorder
        from app.station import Station
        from chain.journey import Verb

        now = datetime.now(UTC)
        with Station.open(self._apart / "giver") as station:
            parties = {party.gln: party for party in station.store.goods.parties()}
            station.outbox().add([handover.shipment(parties[glns(GIVER)], parties[glns(TAKER)], [item], now)])
            session = Session("00000000-0000-4000-8000-000000000001", Task.COUNT, now, "", glns(GIVER))
            step = Step(Verb.OBSERVE, (item.key,), "cycle_counting", "in_progress")
            network = station.network()
            Recorder(network.ledger, station.store, network.keys).record([plan.draft(session, step, "1", glns(GIVER), now)])
            station.sync()
            station.outbox().settle()


def _unhindered(profile: Path, goods: Sequence[Item]) -> list[Item]:
    """Those that the contract lets go now: not past their date, of no recalled lot."""
    from app import handover
    from app.demo.cast import glns
    from app.drafting import apply_act
    from app.station import Station
    from chain.errors import RuleBroken

    found = []
    with Station.open(profile) as station:
        parties = {party.gln: party for party in station.store.goods.parties()}
        now = datetime.now(UTC)
        for item in goods[:_COUNT]:
            outbox = station.outbox()
            draft = handover.shipment(parties[glns(GIVER)], parties[glns(TAKER)], [item], now)
            act, things = outbox.acted(draft, outbox.prepared(draft)[1])
            device = outbox.keys.device(glns(GIVER)).address
            try:
                apply_act(outbox.foreseen(), act, things, device, int(now.timestamp()))
            except RuleBroken:
                continue
            found.append(item)
    return found


def _desk(window: Window) -> DeskPage:
    page = window.page("desk")
    assert isinstance(page, DeskPage)
    return page


def _shown(window: Window) -> None:
    settle(window)
    if not _desk(window).handing.pane.showing.codes.picture.codes:
        raise BadInput(_desk(window).handing.pane.end.why.text() or "No code was drawn.")


def _texts(window: Window) -> list[str]:
    """What the codes of the window's newest shipment say."""
    from app.handover import dock

    found: list[str] = []
    now = datetime.now(UTC)
    window.lanes.store(
        lambda door: dock.show(door.desk.station, dock.shipments(door.desk.station, now)[0].number, now)[1], found.extend
    )
    settle(window)
    return found


def main(arguments: Sequence[str]) -> int:
    """Draw into the folder that is named."""
    for path in draw(Path(arguments[0] if arguments else "docs/screenshots")):
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
