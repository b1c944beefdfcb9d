"""The published vectors of evidence files: `python -m tests.golden.vectors` makes them anew out of a fresh sample world.

`tests/golden/evidence/` holds the files, the trust packs, and `vectors.json`: for each file the pack, the unix second at which it
is looked at, and the verdict and code; `depots.json` has the same for depot packs, with a verdict and code for each item. Another
implementation is right where it says the same. Make them anew where the contract or the format changes.
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
from chain import bundle, depot, rlp
from chain.policy import Situation
from chain.seals import Seals
from chain.verdict import Code
from tests.chain.validators import KEYS, OUTSIDER, VALIDATORS, clique, hashed, moved, plain_header, sent
from tests.torture.bundles import PARTS, STRANGER, Sealed, Source, reseal
from tests.torture.depots import PARTS as DEPOT_PARTS
from tests.torture.depots import packed

FOLDER = Path(__file__).with_name("evidence")
FATES = (
    Code.OK, Code.BAD_SIGNATURE, Code.NOT_ISSUED, Code.CUSTODY_BROKEN, Code.RECALLED, Code.QUARANTINED, Code.EXPIRED,
    Code.DECOMMISSIONED, Code.SUSPECTED, Code.NO_EVIDENCE,
)  # fmt: skip


def vectors() -> list[dict[str, Any]]:
    """The published list."""
    found: list[dict[str, Any]] = orjson.loads((FOLDER / "vectors.json").read_bytes())
    return found


def depots() -> list[dict[str, Any]]:
    """The published list of depot packs."""
    found: list[dict[str, Any]] = orjson.loads((FOLDER / "depots.json").read_bytes())
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
    for how in Seals:
        told = {"kind": how.value, "validators": ["0x" + one.hex() for one in VALIDATORS]}
        packs[f"trust-{how.value}"] = pack | {"format": "wayproof trust 3", "consensus": told}
    for name, one in packs.items():
        (FOLDER / f"{name}.json").write_bytes(orjson.dumps(one, option=orjson.OPT_INDENT_2) + b"\n")
    source = Source(profile)
    try:
        now = int(datetime.now(UTC).timestamp())
        for name, data, pack_name, later in (*_files(source), *_sealed(source)):
            (FOLDER / f"{name}.wayproof").write_bytes(data)
            asked = Situation(datetime.fromtimestamp(now + later, UTC))
            verdict = bundle.verify(data, read_pack(FOLDER / f"{pack_name}.json").trust, asked)[1]
            rows.append(
                {
                    "file": f"{name}.wayproof", "trust": f"{pack_name}.json", "now": now + later, "verdict": verdict.kind.value,
                    "code": verdict.code.value,
                }
            )  # fmt: skip
        packed_rows = [_judged(*one, now) for one in _depots(source)]
    finally:
        source.close()
    (FOLDER / "vectors.json").write_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
    (FOLDER / "depots.json").write_bytes(orjson.dumps(packed_rows, option=orjson.OPT_INDENT_2) + b"\n")


def _judged(name: str, data: bytes, pack_name: str, later: int, now: int) -> dict[str, Any]:
    """Write a depot pack; its row."""
    (FOLDER / f"{name}.wayproof").write_bytes(data)
    asked = Situation(datetime.fromtimestamp(now + later, UTC))
    found = depot.verify(data, read_pack(FOLDER / f"{pack_name}.json").trust, asked).judged
    items = [[label.item.key if label else "", v.kind.value, v.code.value] for label, v in found]
    return {"file": f"{name}.wayproof", "trust": f"{pack_name}.json", "now": now + later, "items": items}


def _files(source: Source) -> Iterator[tuple[str, bytes, str, int]]:
    """(name, bytes, trust pack, seconds after the making at which it is looked at)."""
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    plotted = plot(story)
    makers = {party.name: party for party in source.parties}
    for code in FATES:
        maker = makers["Meridian Foods" if code is Code.BAD_SIGNATURE else "Alba Pharma"]
        name = code.value.lower().replace("_", "-")
        yield name, source.file(plotted.item(code), makers["Linden Pharmacy"], maker).data, "trust", 0
    good = _good(source)
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


def _sealed(source: Source) -> Iterator[tuple[str, bytes, str, int]]:
    """Files of networks whose validators seal their blocks, and what is wrong with some."""
    good = _good(source)
    plain = plain_header(good.data)
    block = clique(plain)
    yield "clique", moved(source, good.data, good.key, block, block), "trust-clique", 0
    block = clique(plain, OUTSIDER)
    yield "clique-by-a-stranger", moved(source, good.data, good.key, block, block), "trust-clique", 0
    yield "without-seals", good.data, "trust-qbft", 0
    for how in (Seals.QBFT, Seals.IBFT2):
        shown = {
            "": sent(plain, how),
            "-by-a-quorum": sent(plain, how, KEYS[:3]),
            "-too-few-seals": sent(plain, how, KEYS[:2]),
            "-a-seal-of-a-stranger": sent(plain, how, [*KEYS[:3], OUTSIDER]),
            "-a-seal-twice": sent(plain, how, [*KEYS[:2], KEYS[0]]),
            "-seals-of-another-block": replace(
                plain, extra_data=sent(replace(plain, gas_used=plain.gas_used + 1), how).extra_data
            ),
        }
        for name, header in shown.items():
            yield how.value + name, moved(source, good.data, good.key, hashed(plain, how), header), f"trust-{how.value}", 0
        five = sorted([*VALIDATORS, OUTSIDER.address])
        data = moved(source, good.data, good.key, hashed(plain, how, five), sent(plain, how, KEYS, five))
        yield f"{how.value}-other-validators", data, f"trust-{how.value}", 0
        yield (
            f"{how.value}-of-another-kind",
            moved(source, good.data, good.key, hashed(plain, how), sent(plain, how)),
            "trust-clique",
            0,
        )


def _depots(source: Source) -> Iterator[tuple[str, bytes, str, int]]:
    """Depot packs, honest and hostile, like the files above."""
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    plotted = plot(story)
    fates = [plotted.item(code) for code in FATES if code is not Code.BAD_SIGNATURE]
    honey = sorted((row.item for row in source.station.items("Mountain honey") if row.status == "in circulation"), key=str)
    pack, other = packed(source, [*dict.fromkeys(fates)]), packed(source, honey[:3])
    yield "depot-all-fates", pack.data, "trust", 0
    yield "depot-genuine", other.data, "trust", 0
    yield "depot-stale", other.data, "trust", 30 * 86_400
    yield "depot-not-witnessed", other.data, "trust-without-witnesses", 0
    yield "depot-cut-short", other.data[:-1], "trust", 0
    yield "depot-sealed-by-a-stranger", depot.sealed(rlp.encode(other.tree), STRANGER), "trust", 0
    for name in ("nodes", "items", "entries", "histories", "hashes", "details", "administration"):
        theirs = packed(source, honey[3:6]).tree[DEPOT_PARTS.index(name)]
        yield f"depot-swapped-{name}", other.changed(name, lambda _, theirs=theirs: theirs), "trust", 0
    yield "depot-an-item-left-out", other.changed("items", lambda rows: rows[:-1]), "trust", 0
    yield "depot-a-hash-too-many", other.changed("hashes", lambda rows: [*rows, bytes(32)]), "trust", 0
    yield "depot-details-withheld", other.changed("details", lambda rows: [row for row in rows if b'"gln"' in row[1]]), "trust", 0
    yield (
        "depot-names-withheld",
        other.changed("details", lambda rows: [row for row in rows if b'"gln"' not in row[1]]),
        "trust",
        0,
    )
    plain = plain_header(other.data)
    for name, keys in (("", KEYS), ("-too-few-seals", KEYS[:2])):
        block, shown = hashed(plain, Seals.QBFT), sent(plain, Seals.QBFT, keys)
        yield f"depot-qbft{name}", moved(source, other.data, other.key, block, shown), "trust-qbft", 0
    yield "depot-without-seals", other.data, "trust-ibft2", 0


def _good(source: Source) -> Sealed:
    story = Story(datetime.fromisoformat(str(source.station.store.goods.setting("demo_now"))))
    makers = {party.name: party for party in source.parties}
    return source.file(plot(story).item(Code.OK), makers["Linden Pharmacy"], makers["Alba Pharma"])


def _with_signatures(good: Sealed, lines: list[Any]) -> bytes:
    tree = good.tree
    tree[PARTS.index("checkpoint")][7] = lines
    return reseal(tree, good.key)


def _of_another_block(source: Source, good: Sealed) -> bytes:
    checkpoint = good.opened.evidence.checkpoint
    at = checkpoint.signatures[0].at
    newer = replace(checkpoint.bare, block=checkpoint.block + 1)
    return _with_signatures(good, source.cosigned(newer, at))


def main() -> int:
    """Found a world, make the vectors, say what they are."""
    from app import demo

    with TemporaryDirectory() as folder:
        demo.found(Path(folder) / "demo")
        make(Path(folder) / "demo")
    for row in vectors():
        print(f"{row['verdict']:<9} {row['code']:<15} {row['file']}")
    for row in depots():
        print(f"{len(row['items']):>4} items, {sorted({code for _, _, code in row['items']})}  {row['file']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
