"""The sample world: a consortium on the embedded chain, its history, a year of sales, one unit for each verdict, and the table.

It lives in a profile of its own and is founded anew each time, so that it ends today. Everything in it is the real program: real
contract, real blocks, labels printed to pictures and read back by the decoder, verdicts made offline.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app import labels
from app.demo.cast import MEMBERS, PLACES, glns
from app.demo.sales import SHOPS, Year
from app.demo.story import Story, ordered
from app.demo.units import DEPOT, HERE, MAKER, STOLEN_DEVICE, Fate, Plot, plot
from app.network import Network, write_whole
from app.recorder import Recorder
from app.station import Station
from app.sync import Progress, pull, silent
from chain import encoding
from chain.epcis import fields_of
from chain.errors import BadInput
from chain.journey import Item, Scan
from chain.keys import SigningKey, derive
from chain.label import LabelDomain
from chain.verdict import Code, Kind

MARK = "sample-world.txt"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what was expected of a scan and what came; `picture` is the label that was scanned."""

    expected: Code
    got: Code
    kind: Kind
    what: str
    reason: str
    ms: float
    picture: Path

    @property
    def agrees(self) -> bool:
        """True where the verdict is the expected one."""
        return self.expected is self.got


def run(profile: Path, *, headless: bool, as_json: bool, screenshots: Path | None) -> int:
    """`wayproof demo`: found the world, print the table, open the window where there is one. The exit status."""
    from app.console import Meter, put, say

    say(f"Founding the sample world in {profile}")
    found(profile, Meter())
    failed = 0
    for row in table(profile):
        failed += not row.agrees
        words = f"{'ok  ' if row.agrees else 'FAIL'} {row.expected.value:<15} {row.got.value:<15} {row.ms:6.1f} ms  {row.reason}"
        put(
            {
                "code": row.expected.value, "expected": row.expected.value, "got": row.got.value, "verdict": row.kind.value,
                "what": row.what, "reason": row.reason, "ms": round(row.ms, 3), "picture": str(row.picture), "ok": row.agrees,
            },
            as_json,
            words,
        )  # fmt: skip
    status = 1 if failed else 0
    bare = headless or os.environ.get("DEMO_HEADLESS") == "1" or not has_display()
    if screenshots is not None or (bare and not headless):
        from app.ui.screenshots import save_screenshots

        folder = screenshots or profile / "screenshots"
        for picture in save_screenshots(profile, folder):
            say(f"saved {picture}")
    if bare:
        return status
    from app.ui.run import run as open_window

    return open_window(profile) or status


def has_display() -> bool:
    """Whether a window can be opened here."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def found(profile: Path, progress: Progress = silent, now: datetime | None = None) -> Plot:
    """Make the world anew in a profile of its own. Raises BadInput where the folder holds something else."""
    _clear(profile)
    story = Story((now or datetime.now(UTC)).replace(microsecond=0))
    with Station.open(profile) as station:
        network = Network.embedded_in(profile, founded_at=Year(story).opens - 7200)
        station.join(network)
        plotted = _record(station, network, story, progress)
        network.heartbeat(0)
        with station.store.transaction():
            station.store.goods.forget_details(_commitments(network, plotted, plotted.item(Code.NO_EVIDENCE)))
        pull(station.store, network.ledger, network.trust, progress)
        station.save(here=glns(HERE))
        _print_labels(profile, network, plotted)
    _edit_a_record(profile, plotted.item(Code.TAMPERED))
    return plotted


def table(profile: Path) -> Iterator[Row]:
    """Scan the pictures of the table's labels, offline, and compare."""
    from app.decode import decode_files

    with Station.open(profile, offline=True) as station:
        for fate, picture in _labelled(profile, station):
            codes = next(iter(decode_files([str(picture)]))).get("codes") or [{"text": ""}]
            check = station.check(Scan(codes[0]["text"], datetime.now(UTC) + fate.later, via="demo"))
            yield Row(fate.code, check.verdict.code, check.verdict.kind, fate.what, check.verdict.reason, check.ms, picture)


def _labelled(profile: Path, station: Station) -> list[tuple[Fate, Path]]:
    story = Story(datetime.fromisoformat(str(station.store.goods.setting("demo_now"))))
    return [(fate, _picture(profile, fate.code)) for fate in plot(story).fates]


def _picture(profile: Path, code: Code) -> Path:
    return profile / "labels" / f"{code.value.lower()}.png"


def _clear(profile: Path) -> None:
    if profile.exists() and any(profile.iterdir()) and not (profile / MARK).exists():
        raise BadInput(f"{profile} holds something that is not a sample world: choose another profile.")
    shutil.rmtree(profile, ignore_errors=True)
    write_whole(profile / MARK, b"A sample world of Wayproof. It is founded anew by each `wayproof demo`.\n")


def remove(profile: Path) -> None:
    """Take a sample world away again, whole or half made; anything else stays."""
    if (profile / MARK).exists():
        shutil.rmtree(profile, ignore_errors=True)


def _record(station: Station, network: Network, story: Story, progress: Progress) -> Plot:
    with station.store.transaction():
        station.store.goods.add_places(PLACES)
        station.store.goods.set("demo_now", story.now.isoformat())
        station.store.goods.set("sites", [glns(shop) for shop in SHOPS])
    recorder = Recorder(network.ledger, station.store, network.keys)
    year = Year(story)
    recorder.enrol(MEMBERS, at=year.opens - 3600)
    recorder.enrol_device(glns(DEPOT), STOLEN_DEVICE, at=year.opens - 1800)
    plotted = plot(story)
    blocks = ordered([*plotted.blocks, *story.batches(), *year.blocks()])
    for done, block in enumerate(blocks, 1):
        recorder.record(block.drafts, at=block.at)
        progress("blocks", done, len(blocks))
    recorder.revoke_device(glns(DEPOT), STOLEN_DEVICE, plotted.stolen_since)
    return plotted


def _commitments(network: Network, plotted: Plot, item: Item) -> list[bytes]:
    """The commitments of all events of one item."""
    drafts = (draft for block in plotted.blocks for draft in block.drafts if item in draft.items)
    return [encoding.commitment(fields_of(draft.event), network.keys.seed(draft.event.event_id)) for draft in drafts]


def _print_labels(profile: Path, network: Network, plotted: Plot) -> None:
    """The pictures that the table scans: genuine labels, a forger's, and one that is none."""
    domain = LabelDomain(network.trust.chain_id, network.trust.contract)
    (profile / "labels").mkdir(exist_ok=True)
    for fate in plotted.fates:
        if fate.code is Code.UNREADABLE:
            label = labels.Label(Item(), "PARCEL 4711", "A parcel label")
        else:
            key = _forger() if fate.code is Code.BAD_SIGNATURE else network.keys.device(glns(MAKER))
            label = labels.signed_label(fate.item, key, domain, fate.what)
        labels.png(label, _picture(profile, fate.code))


def _forger() -> SigningKey:
    return derive(b"a forger who owns a printer.....", "label")


def _edit_a_record(profile: Path, item: Item) -> None:
    """What somebody with this laptop and a database editor could do: backdate a receipt by a day."""
    database = sqlite3.connect(profile / "wayproof.sqlite")
    with database:
        row = database.execute("select unit from items where key = ?", (item.key,)).fetchone()
        database.execute(
            "update events set event_time = event_time - 86400"
            " where verb = 4 and idx in (select idx from about where subject = ?)",
            row,
        )
    database.close()
