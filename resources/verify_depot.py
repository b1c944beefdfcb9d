#!/usr/bin/env python3
"""A second verifier of Wayproof depot packs, beside verify_wayproof.py in the same folder: it needs that file and Python, no more.

    python verify_depot.py PACK --trust TRUSTPACK [--item ITEM] [--json]

Written from docs/evidence.md, section "Depot pack"; it shares no line with the program. Each item is judged by verify_wayproof.py
over what is about it, and what was proven for one is not proven again for the next. It is slow, being Python to the bottom. Exit
status: 0 all GENUINE, 1 anything else, 2 bad input.
"""
import argparse, hashlib, json, os, signal, sys
from datetime import datetime
from functools import lru_cache

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from verify_wayproof import UTC, Bad, Case, File, Label, Missing, ascending, need, organisations, read_pack, verify, whole

MOST_ITEMS = 50_000

def halves(low, high):
    """Where RFC 6962 splits a range of leaves."""
    return low + (1 << (high - low - 1).bit_length() - 1)

def siblings(index, low, high):
    """The ranges of leaves whose roots make the path of a leaf, from the leaf upwards (RFC 9162, section 2.1.3.1)."""
    if high - low == 1: return []
    middle = halves(low, high)
    return [*siblings(index, low, middle), (middle, high)] if index < middle else [*siblings(index, middle, high), (low, middle)]

def paths(leaves, size, hashes):
    """The path of each leaf; `hashes` are the roots of the largest ranges without any of these, from left to right, and no more."""
    indices, rest, known = sorted(leaves), list(hashes)[::-1], {}
    need(all(0 <= index < size for index in indices), "a place is not inside the tree")
    def fill(low, high, inside):
        if not inside: known[low, high] = need(rest, "a hash is missing", rest).pop()
        elif high - low == 1: known[low, high] = leaves[low]
        else:
            middle = halves(low, high)
            left = fill(low, middle, [index for index in inside if index < middle])
            right = fill(middle, high, [index for index in inside if index >= middle])
            known[low, high] = hashlib.sha256(b"\x01" + left + right).digest()
        return known[low, high]
    if indices: fill(0, size, indices)
    return need(not rest, "a hash too many", {index: [known[span] for span in siblings(index, 0, size)] for index in indices})

class Depot(File):
    """An opened pack: a file about many items."""
    MAGICS, SEAL, MOST = (b"wayproof depot 1\n", b"wayproof depot 2\n"), b"\x19wayproof depot", 96 << 20
    CHECKPOINT, ENTRIES, HISTORIES, DETAILS, PLACES = (File.FORM[place] for place in (1, 4, 5, 7, 8))
    FORM = (CHECKPOINT, 0, [0], [("t", "n")], ENTRIES, [(32, 32, 0, 0, [32])], HISTORIES, [32], DETAILS, PLACES, ["n"])

    def parts(self, today, check, header, nodes, items, entries, lots, histories, hashes, details, places, admin):
        self.items = [(Label(link, today), open_lots) for link, open_lots in items]
        need(1 <= len(items) <= MOST_ITEMS and ascending([label.key for label, _ in self.items]), "too many items, or none")
        ascending([row[0] for row in lots])
        births, members = {lot: [root, size, expiry] for lot, root, size, expiry, _ in lots}, {row[0]: {} for row in lots}
        for unit, birth, _, place in histories:  # of a unit of a lot: the lot and the index in it
            if place: members[need(not birth and len(place) == 2 and place[0] in births, "no such lot", place[0])][whole(place[1])] = unit
        need(all(members.values()), "a lot that no unit is of")
        inside = {lot: paths({n: hashlib.sha256(b"\0" + unit).digest() for n, unit in members[lot].items()}, whole(size), told)
                  for lot, _, size, _, told in lots}
        rows = []
        for unit, birth, indices, place in histories:
            index = whole(place[1]) if place else 0
            path = inside[place[0]][index] if place and members[place[0]][index] == unit else []
            rows.append((unit, births[place[0]], indices, [*place, path]) if place else (unit, birth, indices, []))
        super().parts(today, None, check, header, nodes, entries, rows, [], details, places, admin, 0)
        self.paths = paths({index: entry.leaf for index, entry in self.entries.items()}, self.size, hashes)

class About:
    """What a pack holds about one of its items."""
    def __init__(self, depot, label, open_lots): self.__dict__.update(vars(depot), label=label, open_lots=open_lots)

class Item(Case):
    """One item of a pack. Storage, histories told again and the checks that look at no item are those of the whole pack."""
    def __init__(self, whole_pack, sealer, label, open_lots):
        super().__init__(About(whole_pack.f, label, open_lots), whole_pack.pack, whole_pack.now)
        self.slot, self.states, self.trust, self.block, self.witnesses, self.log = whole_pack.slot, whole_pack.states, *whole_pack.shared
        try: self.f.histories = self.needed()
        except (Bad, Missing): self.f.histories = {}
        self.involved = organisations(self.entries()) | {sealer}
        self.f.admin = [entry for entry in self.f.admin if entry.to in self.involved]
    def seal(self): """Of all items together: `spare` looks at it when they were judged."""

class Pack(Case):
    """The pack as a whole."""
    def __init__(self, depot, pack, now):
        super().__init__(depot, pack, now)
        self.shared = tuple(lru_cache(None)(check) for check in (self.trust, self.block, self.witnesses, self.log))
    def spare(self, items):
        """That no piece is there which no item needs. Raises Bad."""
        f, kept = self.f, {unit: history for item in items for unit, history in item.f.histories.items()}
        admin = [entry for entry in f.admin if any(entry.to in item.involved for item in items)]
        need(kept == f.histories and admin == f.admin and not f.nodes.unused, "pieces that no item needs")
        need(f.details.keys() <= f.entries.keys() and f.places.keys() <= {d.place for d in f.details.values()}, "pieces that no item needs")
        need(not any(item.f.open_lots and item.f.histories for item in items), "open lots of an item that is on the contract")

def verify_depot(data, pack, now):
    """[(item, verdict, code, findings)] of a pack's bytes at a unix second; one row without an item where it cannot be read."""
    try: whole_pack = Pack(Depot(data, datetime.fromtimestamp(now, UTC).date()), pack, now)
    except (Bad, ValueError, TypeError, IndexError, AttributeError, KeyError, OverflowError, RecursionError) as bad:
        return [("", "REJECTED", "TAMPERED", [("file", "FAIL", "TAMPERED", str(bad))])]
    sealer, why = 0, ""
    try: sealer = whole_pack.sealer()
    except (Bad, Missing) as bad: why = str(bad) or "a piece is missing"
    items = [Item(whole_pack, sealer, *one) for one in whole_pack.f.items]
    judged = [(item.f.label.key, *verify(b"", pack, now, item)) for item in items]
    try: why or whole_pack.spare(items)
    except Bad as bad: why = str(bad)
    failed = ("seal", "FAIL", "TAMPERED", why)
    return [(key, "REJECTED", "TAMPERED", [*findings[:-1], failed]) for key, _, _, findings in judged] if why else judged

def main():
    parser = argparse.ArgumentParser(description="Check a Wayproof depot pack.")
    parser.add_argument("file")
    parser.add_argument("--trust", required=True, metavar="TRUSTPACK")
    parser.add_argument("--item", help="only what it says about this item, such as (01)09506000134352(21)A1")
    parser.add_argument("--json", action="store_true")
    called = parser.parse_args()
    try:
        with open(called.trust, "rb") as pack, open(called.file, "rb") as file:
            trusted, data = read_pack(pack.read((1 << 20) + 1)), file.read(Depot.MOST + 1)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as fault:
        return print(f"verify_depot: the trust pack or the file cannot be read ({type(fault).__name__}: {fault})", file=sys.stderr) or 2
    judged = verify_depot(data, trusted, datetime.now(UTC).timestamp())
    if called.item and judged[0][0]: judged = [row for row in judged if row[0] == called.item]
    if not judged: return print(f"verify_depot: the pack says nothing about {called.item}", file=sys.stderr) or 2
    for key, verdict, code, findings in judged:
        row = dict(item=key, verdict=verdict, code=code, findings=findings)
        print(json.dumps(row) if called.json else f"{verdict:<9} {code:<15} {key}".rstrip())
    return 0 if all(verdict == "GENUINE" for _, verdict, _, _ in judged) else 1

if __name__ == "__main__": sys.exit((hasattr(signal, "SIGPIPE") and signal.signal(signal.SIGPIPE, signal.SIG_DFL), main())[1])
