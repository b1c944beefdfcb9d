"""Make `land.bin` from Natural Earth outlines: python -m resources.map.build node_modules/world-atlas/countries-50m.json

Source: npm `world-atlas` 2.0.2 (ISC, Michael Bostock), which packs Natural Earth 1:50m (public domain). The rings of that file
cross the antimeridian as if on a sphere; a flat map would draw streaks across the whole world. Here every ring is unrolled,
cut at +-180 degrees and, where it goes round a pole, closed along that pole. Nothing here runs when the program runs.

Layout of `land.bin` (zlib-compressed): b"WPMAP1", then two sections, land rings (closed, odd-even fill) and border lines (open).
Each section is a little-endian u32 count, then for each line a u32 count of points and that many pairs of i16 (lon, lat) in steps
of 180 / 32767 degrees.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from itertools import pairwise
from pathlib import Path

Point = tuple[float, float]
Line = list[Point]
STEP = 180 / 32767
TOLERANCE = 0.012  # degrees; about a kilometre, a tenth of a pixel on a map of a continent
SMALLEST = 0.004  # square degrees; islands below are dust at every zoom this map offers


def decode_arcs(topology: dict) -> list[Line]:
    """The arcs of a quantised TopoJSON file in degrees (TopoJSON specification 2.1.3: delta-encoded)."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for raw in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in raw:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        arcs.append(line)
    return arcs


def ring_of(indexes: list[int], arcs: list[Line]) -> Line:
    """One ring: its arcs joined; a negative index is an arc read backwards."""
    ring: Line = []
    for index in indexes:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


def unroll(line: Line) -> Line:
    """The same line without jumps of more than half the world between neighbours."""
    out = [line[0]]
    for lon, lat in line[1:]:
        last = out[-1][0]
        while lon - last > 180:
            lon -= 360
        while lon - last < -180:
            lon += 360
        out.append((lon, lat))
    return out


def close_round_pole(ring: Line) -> Line:
    """A ring that winds round the world is closed along the pole it surrounds."""
    turn = ring[-1][0] - ring[0][0]
    if abs(turn) < 180:
        return ring
    pole = -90.0 if sum(lat for _, lat in ring) < 0 else 90.0
    return [*ring, (ring[-1][0], pole), (ring[0][0], pole)]


def clip(ring: Line, edge: float, keep_right: bool) -> Line:
    """Sutherland-Hodgman against one meridian."""
    out: Line = []
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        a_in, b_in = ((ax >= edge), (bx >= edge)) if keep_right else ((ax <= edge), (bx <= edge))
        if a_in:
            out.append((ax, ay))
        if a_in != b_in:
            out.append((edge, ay + (by - ay) * (edge - ax) / (bx - ax)))
    return out


def cut(ring: Line) -> list[Line]:
    """A ring as the pieces that lie between -180 and 180."""
    ring = close_round_pole(unroll(ring))
    low, high = min(x for x, _ in ring), max(x for x, _ in ring)
    pieces = []
    for shift in (-720, -360, 0, 360, 720):
        if high + shift <= -180 or low + shift >= 180:
            continue
        piece = clip(clip([(x + shift, y) for x, y in ring], -180, True), 180, False)
        if len(piece) >= 3:
            pieces.append(piece)
    return pieces


def simplify(line: Line, tolerance: float) -> Line:
    """Douglas-Peucker (1973), iterative; ends are kept."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = line[first], line[last]
        dx, dy = bx - ax, by - ay
        length = dx * dx + dy * dy
        worst, where = tolerance * tolerance, -1
        for i in range(first + 1, last):
            px, py = line[i]
            t = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / length)) if length else 0.0
            ex, ey = px - ax - t * dx, py - ay - t * dy
            if ex * ex + ey * ey > worst:
                worst, where = ex * ex + ey * ey, i
        if where >= 0:
            keep.add(where)
            spans += [(first, where), (where, last)]
    return [line[i] for i in sorted(keep)]


def area(ring: Line) -> float:
    """Area in square degrees (shoelace)."""
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True))) / 2


def pack(lines: list[Line]) -> bytes:
    """One section of the file."""
    out = [struct.pack("<I", len(lines))]
    for line in lines:
        numbers = [round(value / STEP) for point in line for value in point]
        out.append(struct.pack(f"<I{len(numbers)}h", len(line), *numbers))
    return b"".join(out)


def build(source: Path) -> bytes:
    """The bytes of `land.bin` from a world-atlas countries file."""
    topology = json.loads(source.read_bytes())
    arcs = decode_arcs(topology)
    land = topology["objects"]["land"]
    polygons = [polygon for shape in land.get("geometries", [land]) for polygon in (
        shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]])]
    rings = [piece for polygon in polygons for indexes in polygon for piece in cut(ring_of(indexes, arcs))]
    rings = [simplify(ring, TOLERANCE) for ring in rings if area(ring) > SMALLEST]
    rings = [ring for ring in rings if len(ring) >= 3]

    owners: dict[int, set[int]] = {}
    for number, shape in enumerate(topology["objects"]["countries"]["geometries"]):
        country = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for polygon in country:
            for indexes in polygon:
                for index in indexes:
                    owners.setdefault(index if index >= 0 else ~index, set()).add(number)
    shared = [arcs[index] for index, who in sorted(owners.items()) if len(who) > 1]
    borders = [simplify(line, TOLERANCE) for line in shared]
    for line in borders:
        for (ax, _), (bx, _) in pairwise(line):
            if abs(ax - bx) > 180:
                raise SystemExit("a border crosses the antimeridian: cut it too")
    print(f"{len(rings)} rings, {sum(map(len, rings))} points; {len(borders)} borders, {sum(map(len, borders))} points")
    return zlib.compress(b"WPMAP1" + pack(rings) + pack(borders), 9)


if __name__ == "__main__":
    target = Path(__file__).with_name("land.bin")
    target.write_bytes(build(Path(sys.argv[1])))
    print(f"{target}: {target.stat().st_size} bytes")
