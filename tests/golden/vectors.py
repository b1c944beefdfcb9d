"""The published vectors of evidence files: `python -m tests.golden.vectors` makes them anew out of a fresh sample world.

`tests/golden/evidence/` holds the files, the trust packs, and `vectors.json`: for each file the pack, the unix second at which it
is looked at, and the verdict and code. Another implementation is right where it says the same. Make them anew where the contract
or the format changes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from app.demo.story import Story
from app.demo.units import plot
from app.trust import read_pack
from app.trust.cosigning import kept_here
from chain import bundle
from chain.policy import Situation
from chain.verdict import Code
from tests.torture.bundles import PARTS, STRANGER, Sealed, Source, reseal

FOLDER = Path(__file__).with_name("evidence")
FATES = (
    Code.OK, Code.BAD_SIGNATURE, Code.NOT_ISSUED, Code.CUSTODY_BROKEN, Code.RECALLED, Code.QUARANTINED, Code.EXPIRED,
    Code.DECOMMISSIONED, Code.SUSPECTED, Code.NO_EVIDENCE,
)  # fmt: skip


def vectors() -> list[dict[str, Any]]:
    """The published list."""
    found: list[dict[str, Any]] = orjson.loads((FOLDER / "vectors.json").read_bytes())
    return found


def make(profile: Path) -> None:
    """Write all vectors out of a sample world."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    rows = []
    pack = orjson.loads((profile / "trust.json").read_bytes())
    bare = {name: pack[name] for name in ("chain_id", "contract", "code_hash", "max_age")}
    silent = pack | {"witnesses": [voice | {"revoked": True} for voice in pack["witnesses"]]}
    packs = {"trust": pack, "trust-without-witnesses": bare, "trust-all-revoked": silent}
    for name, one in packs.items():
        (FOLDER / f"{name}.json").write_bytes(orjson.dumps(one, option=orjson.OPT_INDENT_2) + b"\n")
    source = Source(profile)
    try:
        now = int(datetime.now(UTC).timestamp())
        for name, data, pack_name, later in _files(source):
            (FOLDER / f"{name}.wayproof").write_bytes(data)
            asked = Situation(datetime.fromtimestamp(now + later, UTC))
            verdict = bundle.verify(data, read_pack(FOLDER / f"{pack_name}.json").trust, asked)[1]
            rows.append(
                {
                    "file": f"{name}.wayproof", "trust": f"{pack_name}.json", "now": now + later, "verdict": verdict.kind.value,
                    "code": verdict.code.value,
                }
            )  # fmt: skip
    finally:
        source.close()
    (FOLDER / "vectors.json").write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")


def _files(source: Source) -> Iterator[tuple[str, bytes, str, int]]:
    """(name, bytes, trust pack, seconds after the making at which it is looked at)."""
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    plotted = plot(story)
    makers = {party.name: party for party in source.parties}
    for code in FATES:
        maker = makers["Meridian Foods" if code is Code.BAD_SIGNATURE else "Alba Pharma"]
        name = code.value.lower().replace("_", "-")
        yield name, source.file(plotted.item(code), makers["Linden Pharmacy"], maker).data, "trust", 0
    good = source.file(plotted.item(Code.OK), makers["Linden Pharmacy"], makers["Alba Pharma"])
    other = source.file(plotted.item(Code.STALE), makers["Harbour Warehouse"], makers["Alba Pharma"])
    yield "stale", good.data, "trust", 30 * 86_400
    yield "not-witnessed", good.data, "trust-without-witnesses", 0
    yield "witnesses-revoked", good.data, "trust-all-revoked", 0
    yield "cut-short", good.data[:-1], "trust", 0
    yield "sealed-by-a-stranger", reseal(good.tree, STRANGER), "trust", 0
    yield "one-witness-left", _with_signatures(good, good.tree[1][7][:1]), "trust", 0
    yield "signatures-of-another-block", _of_another_block(source, good), "trust", 0
    for part in ("label", "nodes", "histories", "inclusion", "details"):
        tree = good.tree
        tree[PARTS.index(part)] = other.tree[PARTS.index(part)]
        yield f"swapped-{part}", reseal(tree, good.key), "trust", 0


def _with_signatures(good: Sealed, lines: list[Any]) -> bytes:
    tree = good.tree
    tree[PARTS.index("checkpoint")][7] = lines
    return reseal(tree, good.key)


def _of_another_block(source: Source, good: Sealed) -> bytes:
    quorum = source.trust.quorum
    assert quorum is not None
    checkpoint = good.opened.evidence.checkpoint
    at = checkpoint.signatures[0].at
    newer = replace(checkpoint.bare, block=checkpoint.block + 1)
    lines = sorted(signer.cosign(newer, at) for signer in kept_here(source.keys, quorum))
    return _with_signatures(good, [[one.name.encode(), one.payload] for one in lines])


def main() -> int:
    """Found a world, make the vectors, say what they are."""
    from app import demo

    with TemporaryDirectory() as folder:
        demo.found(Path(folder) / "demo")
        make(Path(folder) / "demo")
    for row in vectors():
        print(f"{row['verdict']:<9} {row['code']:<15} {row['file']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
