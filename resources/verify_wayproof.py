#!/usr/bin/env python3
"""A second verifier of Wayproof evidence files: this one file, Python's standard library, and nothing of the program it checks.
    python verify_wayproof.py FILE --trust TRUSTPACK [--json]
Written from docs/evidence.md, it shares no line with the program: where they disagree, one is wrong. Status: 0 GENUINE, 1 anything else, 2 bad input.
"""
import argparse, base64, hashlib, json, math, re, signal, struct, sys
from datetime import date, datetime, timezone
from functools import lru_cache
SLOTS = dict(log_size=1, log_root=2, head=3, lots=4, organisations=5, devices=6, prefixes=7, organisation_count=9)
COMMISSION, COMMISSION_LOT, SHIP, RECEIVE, PACK, UNPACK, OBSERVE, QUARANTINE, RELEASE, RECALL, LIFT, END, CORRECT = range(1, 14)
ORDER = "TAMPERED BAD_SIGNATURE NOT_ISSUED CLONE_PROVEN RECALLED DECOMMISSIONED CUSTODY_BROKEN QUARANTINED EXPIRED NOT_WITNESSED NO_EVIDENCE SUSPECTED STALE OK".split()
VERBS, ISSUER, AUDITOR, HANDLERS, ZERO, CLOCK, ZONES, UTC = {*range(1, 15), *range(32, 37)}, 1, 16, 15, bytes(32), 900, 26 * 3600, timezone.utc
class Bad(ValueError): """The file contradicts itself or the chain it names."""
class Missing(Exception): """A piece that is needed is not in the file."""
def need(ok, why, value=None):
    if not ok: raise Bad(why)
    return value
# ---- Keccak-256 (the original padding), secp256k1, Ed25519 ---------------------------------------------------------------
M64, ROUNDS, STEPS, _bit, _x, _y = (1 << 64) - 1, [0] * 24, [], 1, 1, 0
for _t in range(24):
    STEPS.append((_x, _y, (_t + 1) * (_t + 2) // 2 % 64))
    _x, _y = _y, (2 * _x + 3 * _y) % 5
    for _j in range(7):
        ROUNDS[_t] |= (_bit & 1) << (1 << _j) - 1
        _bit = _bit << 1 ^ (0x171 if _bit & 0x80 else 0)
def keccak(data):
    data = bytearray(data) + b"\x01" + bytes(-(len(data) + 1) % 136)
    data[-1] |= 0x80
    a = [[0] * 5 for _ in range(5)]
    for at in range(0, len(data), 136):
        for i, lane in enumerate(struct.unpack_from("<17Q", data, at)): a[i % 5][i // 5] ^= lane
        for constant in ROUNDS:
            c = [a[x][0] ^ a[x][1] ^ a[x][2] ^ a[x][3] ^ a[x][4] for x in range(5)]
            d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & M64) for x in range(5)]
            b = [[a[0][0] ^ d[0]] + [0] * 4, *([0] * 5 for _ in range(4))]
            for x, y, r in STEPS: b[y][(2 * x + 3 * y) % 5] = ((a[x][y] ^ d[x]) << r | (a[x][y] ^ d[x]) >> (64 - r)) & M64
            a = [[b[x][y] ^ (~b[(x + 1) % 5][y] & b[(x + 2) % 5][y]) for y in range(5)] for x in range(5)]
            a[0][0] ^= constant
    return struct.pack("<4Q", *(a[x][0] for x in range(4)))
P, N = 2**256 - 2**32 - 977, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
G = (0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798, 0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8, 1)
def plus(p, q):
    """The sum of any two points (x : y : z) of y^2 = x^3 + 7 (Renes, Costello and Batina 2016, section 3.3)."""
    (x, y, z), (u, v, w) = p, q
    a, b, c, s, t = x * v + u * y, y * w + v * z, 21 * (x * w + u * z), y * v + 21 * z * w, y * v - 21 * z * w
    return (a * t - b * c) % P, (s * t + 3 * x * u * c) % P, (b * s + 3 * x * u * a) % P
def both_times(a, p, b, q, zero, add):  # a * p + b * q
    sums, total = (None, p, q, add(p, q)), zero
    for bit in range(255, -1, -1):
        total, which = add(total, total), (a >> bit & 1) | (b >> bit & 1) << 1
        total = add(total, sums[which]) if which else total
    return total
def recover(digest, compact, parity):
    """The address that signed, None where no key can have (SEC 1, section 4.1.6; s must be low)."""
    r, s = int.from_bytes(compact[:32], "big"), int.from_bytes(compact[32:], "big")
    need(0 < r < N and 0 < s <= N // 2, "a signature's numbers are out of range")
    y = pow(r**3 + 7, (P + 1) // 4, P)
    if (y * y - r**3 - 7) % P: return None
    inverse, point = pow(r, -1, N), (r, y if y & 1 == parity else P - y, 1)
    x, y, z = both_times(-int.from_bytes(digest, "big") * inverse % N, G, s * inverse % N, point, (0, 1, 0), plus)
    return keccak(word(x * pow(z, -1, P) % P) + word(y * pow(z, -1, P) % P))[12:] if z else None
def signer(digest, signature):
    need(len(signature) == 65 and signature[64] in (27, 28), "a signature has a wrong form")
    return recover(digest, signature[:64], signature[64] - 27) or need(False, "no key can have made a signature")
Q, L, D = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493, -121665 * pow(121666, -1, 2**255 - 19) % (2**255 - 19)
def edwards(p, q):
    a, b, c, d = (p[1] - p[0]) * (q[1] - q[0]) % Q, (p[1] + p[0]) * (q[1] + q[0]) % Q, 2 * p[3] * q[3] * D % Q, 2 * p[2] * q[2] % Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % Q, g * h % Q, f * g % Q, e * h % Q
def edwards_point(spelt):
    y, sign = int.from_bytes(spelt, "little") & (1 << 255) - 1, spelt[31] >> 7
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    x = x * pow(2, (Q - 1) // 4, Q) % Q if (x * x - square) % Q else x
    if (x * x - square) % Q or (not x and sign): return None
    x = x if x & 1 == sign else Q - x
    return x, y % Q, 1, x * y % Q
def ed25519(public, message, signature):  # RFC 8032, section 5.1.7, without cofactor
    point, s = edwards_point(public), int.from_bytes(signature[32:], "little")
    if point is None or s >= L: return False
    h, minus = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L, (-point[0] % Q, point[1], 1, -point[3] % Q)
    x, y, z, _ = both_times(s, edwards_point(b"\x58" + b"\x66" * 31), h, minus, (0, 1, 1, 0), edwards)
    i = pow(z, -1, Q)
    return ((y * i % Q) | (x * i % Q & 1) << 255).to_bytes(32, "little") == signature[:32]
# ---- RLP, the storage trie, the log's tree -------------------------------------------------------------------------------
def unrlp(data, most=None):
    item, end = unrlp_at(data, 0, 0, iter(range(1001 + len(data) // 8 if most is None else most)))
    return need(end == len(data) and enrlp(item) == data, "bytes that are not in their one spelling", item)
def unrlp_at(data, at, depth, left):
    need(at < len(data) and depth <= 16 and next(left, None) is not None, "RLP ends early, is too deep or has too many pieces")
    first, items = data[at], []
    start, size = at + (first > 0x7F), 1 if first < 0x80 else first - 0x80 if first < 0xC0 else first - 0xC0
    if size > 55: start, size = start + size - 55, int.from_bytes(data[start : start + size - 55], "big")
    if first < 0xC0: return data[start : start + size], start + size
    end = start + size
    while start < end:
        item, start = unrlp_at(data, start, depth + 1, left)
        items.append(item)
    return items, start
def enrlp(item):
    body = item if isinstance(item, bytes) else b"".join(map(enrlp, item))
    size, first = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big"), 0x80 if isinstance(item, bytes) else 0xC0
    if len(body) > 55: return bytes((first + 55 + len(size),)) + size + body
    return body if first == 0x80 and len(body) == 1 and body[0] < 0x80 else bytes((first + len(body),)) + body
def whole(item, bits=64): return int.from_bytes(need(isinstance(item, bytes) and item[:1] != b"\0" and 8 * len(item) <= bits, "no number of its size", item), "big")
def ascending(things): return need(all(a < b for a, b in zip(things, things[1:])), "pieces are not in their order", things)
def take(item, form):
    """A piece in the form it must have: a size of bytes (0: any), n a number, t text, c a coordinate, [form] a list, (form, ...) a record; place: any list."""
    if form == "place": return need(isinstance(item, list), "a part has another shape", item)
    if isinstance(form, (list, tuple)):
        many = len(form) if isinstance(form, tuple) else len(item)
        need(isinstance(item, list) and len(item) == many, "a part has another shape")
        return [take(one, inner) for one, inner in zip(item, form if isinstance(form, tuple) else form * many)]
    need(isinstance(item, bytes) and form in (0, "n", "t", "c", len(item)), "a part has the wrong size")
    if form == "c": return None if not item else need(math.isfinite(float(item)) and repr(float(item)).encode() == item, "no number", float(item))
    return whole(item) if form == "n" else item if isinstance(form, int) else item.decode()
class Nodes:
    def __init__(self, nodes):
        self.by_hash = {keccak(node): node for node in ascending(nodes)}
        self.unused = set(self.by_hash)
    def walk(self, root, key):
        """The value at a hashed key under a trie root, None where it is shown to be absent (Yellow Paper, appendix D)."""
        path, node = key.hex(), b"" if root == keccak(b"\x80") else root
        while node:
            if isinstance(node, bytes):
                self.unused.discard(take(node, 32))
                if node not in self.by_hash: raise Missing
                node = unrlp(self.by_hash[node])
            need(isinstance(node, list) and len(node) in (2, 17), "no node of a trie")
            if len(node) == 17:
                node, path = node[int(need(path, "a key ends in a branch", path)[0], 16)], path[1:]
                continue
            flag = node[0][0] >> 4 if node[0] and isinstance(node[0], bytes) else 9
            need(flag < 2 or (flag < 4 and isinstance(node[1], bytes)), "a short node of another shape")
            steps = node[0].hex()[1 if flag & 1 else 2 :]
            if flag > 1 or not path.startswith(steps): return node[1] if flag > 1 and steps == path else None
            node, path = node[1], path[len(steps):]
def fold(leaf, index, size, path, root):  # RFC 9162, section 2.1.3.2
    need(0 <= index < size, "a place is not inside the tree")
    inner = (index ^ (size - 1)).bit_length()
    need(len(path) == inner + bin(index >> inner).count("1"), "a path has the wrong length")
    for level, other in enumerate(path):
        leaf = hashlib.sha256(b"\x01" + (other + leaf if level >= inner or index >> level & 1 else leaf + other)).digest()
    need(leaf == root, "an entry is not in the tree at its place")
def tree(leaves):
    return hashlib.sha256(b"\x01" + tree(leaves[: (half := 1 << (len(leaves) - 1).bit_length() - 1)]) + tree(leaves[half:])).digest() if leaves[1:] else leaves[0]
def word(value): return value.to_bytes(32, "big")
# ---- the label -----------------------------------------------------------------------------------------------------------
LINK = re.compile(r"https://id\.gs1\.org/(?:00/(\d{18})|01/(\d{14})(?:/10/([^/?]+))?/21/([^/?]+))(?:\?(?=.)(?:17=(\d{6}))?(?:(?:(?<=\d)&)?wp=([^&]+))?)?", re.ASCII)
def unescaped(value, query=False):
    raw = re.sub(rb"%(..)", lambda m: bytes([int(m[1], 16)]), (value.replace("+", " ") if query else value).encode()) if re.fullmatch(
        r"(?:[A-Za-z0-9\-._~+]|%[0-9A-F]{2})+", value) else b""
    again = "".join("+" if query and b == 32 else chr(b) if re.match(r"[A-Za-z0-9\-._~]", chr(b)) else f"%{b:02X}" for b in raw)
    return need(again == value, "a label is not in its one spelling", raw)
class Label:
    def __init__(self, link, today):
        found = LINK.fullmatch(link)
        need(found and len(link) <= 4096, "a label is not in its one spelling")
        self.sscc, self.gtin, lot, serial, expiry, signature = (part or "" for part in found.groups())
        key = self.sscc or self.gtin
        weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(key)))
        need(weighed % 10 == 0 and key.strip("0") and not (self.sscc and expiry), "a label names nothing")
        self.lot, self.serial = (unescaped(part).decode("latin-1") if part else "" for part in (lot, serial))
        need(not [part for part in (self.lot, self.serial) if part and not re.fullmatch(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}", part)], "characters not of GS1")
        self.signature, ahead = unescaped(signature, True).decode() if signature else "", int(expiry[:2] or 0) - today.year % 100
        year = today.year + ahead - (100 if ahead >= 51 else 0 if ahead > -50 else -100)
        self.expiry = date(year, int(expiry[2:4]), int(expiry[4:])) if expiry else None
        self.key, self.digits = f"(00){key}" if self.sscc else f"(01){key}(21){self.serial}", key[1:]
    def signers(self, chain_id, contract):
        said = [self.key] + ([f"(10){self.lot}"] if self.lot else []) + ([f"(17){self.expiry:%y%m%d}"] if self.expiry else [])
        digest = keccak(b"\x19wayproof label 1\n" + word(chain_id) + contract + "\x1d".join(said).encode())
        raw = base64.urlsafe_b64decode(self.signature + "==") if re.fullmatch(r"[A-Za-z0-9_-]{85}[AQgw]", self.signature) else bytes(64)
        try: return [one for one in (recover(digest, raw, 0), recover(digest, raw, 1)) if one]
        except Bad: return []
# ---- the file ------------------------------------------------------------------------------------------------------------
FORM = ("t", ("t", "n", 32, "n", 32, 32, "n", [("t", 0)]), 0, [0], [("n", "n", "n", 20, "n", "n", "n", 32, 32, [32])],
        [(32, [0], ["n"], "place")], [("n", [32])], [("n", "t", 32)], [("t", "t", "c", "c", "t")], ["n"], "n")
class Entry:
    def __init__(self, index, verb, by, device, to, claimed, recorded, commitment, argument, units):
        self.index, self.verb, self.by, self.device, self.to, self.claimed, self.recorded = index, verb, by, device, to, claimed, recorded
        self.commitment, self.argument, self.units, rolled = commitment, argument, units, need(verb in VERBS, "no verb of the contract", ZERO)
        for unit in units: rolled = keccak(rolled + unit)
        self.leaf = hashlib.sha256(b"\0" + word(verb) + word(by) + bytes(12) + device + word(to) + word(claimed) + word(recorded) + commitment + argument + rolled).digest()
class Detail:
    """Fields as they are spelt: the commitment is over the bytes."""
    def __init__(self, body, seed):
        decoder, at, self.seed, self.spelt = json.JSONDecoder(), 1, seed, []
        fields = json.loads(body)
        while body[at : at + 1] not in ("}", ""):
            name, start = decoder.raw_decode(body, at)
            end = decoder.raw_decode(body, start + 1)[1]
            self.spelt.append((name, body[start + 1 : end]))
            at = end + (body[end : end + 1] == ",")
        again = ",".join(json.dumps(name, ensure_ascii=False) + ":" + value for name, value in ascending(self.spelt))
        stamp = datetime.fromisoformat(str(fields.get("eventTime", "1970-01-01T00:00:00Z")).replace("Z", "+00:00"))
        need(body == "{" + again + "}" and stamp.tzinfo and len(fields) == len(self.spelt), "details in another spelling")
        self.time, point = math.trunc(stamp.timestamp()), fields.get("readPoint", "")
        self.place = str(point.get("id", "")) if isinstance(point, dict) else str(point)
    def commits(self):
        salts = (hashlib.sha256(b"wayproof salt 1\0" + self.seed + n.encode()).digest()[:16] for n, _ in self.spelt)
        leaves = [hashlib.sha256(b"\0" + salt + n.encode() + b"\0" + v.encode()).digest() for salt, (n, v) in zip(salts, self.spelt)]
        return tree(need(leaves, "details without a field", leaves))
def forms(sent):
    """(kind, fields) of a header in each form that a network hashes: as it came, or without round and seals as QBFT and IBFT 2.0 leave them out."""
    yield "clique", sent
    try: parts = unrlp(sent[12])
    except Bad: return
    if isinstance(parts, list) and len(parts) == 5 and len(parts[0]) == 32 and isinstance(parts[4], list):
        for kind, rest in (("qbft", [b"", []]), ("ibft2", [])): yield kind, [*sent[:12], enrlp(parts[:3] + rest), *sent[13:]]
class File:
    MAGICS, SEAL, MOST, FORM = (b"wayproof 2\n", b"wayproof 3\n"), b"\x19wayproof evidence", 32 << 20, FORM
    def __init__(self, data, today):
        magic = data[: len(self.MAGICS[0])]
        need(magic in self.MAGICS and len(data) <= self.MOST, "not a file of this kind and version")
        body, seal = take(unrlp(data[len(magic) :], 3), (0, 0))
        self.sealed_by = signer(keccak(self.SEAL + magic[-3:] + body), seal)
        self.parts(today, *take(unrlp(body), self.FORM))
        need((self.kind in ("qbft", "ibft2")) == (magic == self.MAGICS[1]), "the header is not in the form of its version")
    def parts(self, today, link, check, header, nodes, entries, histories, paths, details, places, admin, open_lots):
        self.origin, self.size, self.root, self.block, self.block_hash, self.state_root, self.at, self.cosignatures = check
        need(self.at < 253402300800 and len(ascending(self.cosignatures)) <= 64, "a time that no calendar has, or too many signatures")
        need(all(re.fullmatch(r"[!-*,-~]{1,100}", name) and len(line) in (76, 77) and 0 < int.from_bytes(line[4:12], "big") < 1 << 40
                 for name, line in self.cosignatures), "no signature of a witness")
        self.label, self.open_lots, self.paths = link if link is None else Label(link, today), open_lots, dict(paths)
        self.nodes, self.sent = Nodes(nodes), need(len(header) <= 66560, "a header without end", take(unrlp(header), [0]))
        self.kind, self.fields = next((form for form in forms(self.sent) if keccak(enrlp(form[1])) == self.block_hash), ("", []))
        for rows in (entries, histories, paths, details, places): ascending([row[0] for row in rows])
        self.entries, self.details = {row[0]: Entry(*row) for row in entries}, {row[0]: Detail(*row[1:]) for row in details}
        self.admin, self.places, self.histories = self.named(admin), {row[0]: row for row in places}, {row[0]: self.history(*row) for row in histories}
        used = {e.index for h in self.histories.values() for e in h["entries"]} | set(admin)
        need(used == self.entries.keys() and all(e.verb in (32, 33) for e in self.admin), "an entry belongs to nothing, or elsewhere")
    def named(self, indices): return [need(i in self.entries, "an entry is not here", self.entries.get(i)) for i in ascending(indices)]
    def history(self, unit, birth, indices, place):
        h = {"unit": unit, "entries": self.named(indices), "birth": None, "place": None}
        if place:
            h["place"] = take(place, (32, "n", [32]))
            h["birth"] = dict(zip(("root", "size", "expiry"), take(birth, (32, "n", "n"))), kind=1, lot=place[0])
        elif birth:
            h["birth"] = dict(zip(("kind", "lot", "expiry"), take(birth, ("n", 32, "n"))))
            need(h["birth"]["kind"] in (1, 2, 3), "a birth of another shape")
        return need(birth or all(e.verb in (RECALL, LIFT) for e in h["entries"]), "a history without a beginning", h)
# ---- what the file shows -------------------------------------------------------------------------------------------------
def organisations(entries): return {n for e in entries for n in (e.by, e.to if e.verb == SHIP else 0) if n}
class Case:
    """One file under one trust pack at one time: the contract read through proofs, the histories told again, and the checks.
    A check gives (outcome, code), or None where it passes; Bad is FAIL and TAMPERED, Missing is UNKNOWN and NO_EVIDENCE."""
    def __init__(self, file, pack, now):
        self.f, self.pack, self.now, self.slot, self.states = file, pack, now, lru_cache(None)(self.read), lru_cache(None)(self.replay)
    def storage(self):
        account = self.f.nodes.walk(self.header() or self.f.state_root, keccak(self.pack["contract"]))
        _, _, root, code = take(unrlp(need(account, "the contract is not in that block", account)), (0, 0, 32, 32))
        return need(code == self.pack["code_hash"], "the contract's code is another", root)
    def read(self, name, key=None):
        value = self.f.nodes.walk(self.storage(), keccak(word(SLOTS[name]) if key is None else keccak(word(SLOTS[name]) + key)))
        return need(value is None or whole(unrlp(value), 256), "a zero is stored", whole(unrlp(value), 256) if value else 0)
    def device(self, address):  # (organisation, from, until, revoked at, suspect since), None where it is unknown
        packed = self.slot("devices", bytes(12) + address)
        return (packed & 2**32 - 1, *(packed >> s & 2**40 - 1 for s in (32, 72, 112, 152))) if packed else None
    def granted(self):
        owners = ((code, self.slot("prefixes", word(code))) for code in (int("1" + self.f.label.digits[:length]) for length in range(4, 13)))
        return next(((code, owner) for code, owner in owners if owner and not owner >> 255), (0, 0))
    def unit(self):
        if not self.granted()[1]: raise Missing
        return keccak(word(2 if self.f.label.sscc else 1) + word(self.granted()[0]) + keccak(self.f.label.key.encode()))
    def recalls(self, lot): return [e for e in self.f.histories.get(lot, {"entries": ()})["entries"] if e.argument == lot and not e.units]
    def roles(self, organisation, index):
        mine = [(e.index, int.from_bytes(e.argument, "big"), e.verb) for e in self.f.admin if e.to == organisation]
        need(mine and mine[0][2] == 32 and mine[-1][1] == self.slot("organisations", word(organisation)), "other roles")
        return ([0] + [packed >> 160 for at, packed, _ in mine if at < index])[-1]
    def entries(self, histories=None):
        return [e for _, e in sorted({e.index: e for h in (self.f.histories if histories is None else histories).values() for e in h["entries"]}.items())]
    def replay(self, unit):
        """A unit's states, one after each entry; the last leads to the head in storage."""
        h, proven = self.f.histories.get(unit), word(self.slot("head", unit))
        if h is None or not h["entries"]: raise need(proven == ZERO, "a history was taken out", Missing)
        first, birth, head, states = h["entries"][0], h["birth"], ZERO, []
        need(birth and first.verb in (COMMISSION, COMMISSION_LOT) and birth["expiry"] < 1 << 40 and (h["place"] or unit in first.units), "another beginning")
        if h["place"]:
            made = keccak(word(3) + birth["root"] + word(birth["size"]) + word(birth["expiry"]) + word(first.by) + first.leaf)
            need(made == word(self.slot("head", h["place"][0])), "the lot is another")
            fold(hashlib.sha256(b"\0" + unit).digest(), h["place"][1], birth["size"], h["place"][2], birth["root"])
        for e in h["entries"]:
            states.append(self.after(unit, states[-1], e) if states else dict(holder=e.by, receiver=0, issuer=e.by, held=0, recalled=0, children=0,
                          kind=birth["kind"], status=1, expiry=birth["expiry"], seq=1, parent=ZERO, lot=birth["lot"]))
            *numbers, parent, lot = states[-1].values()
            packed = sum(n << shift for n, shift in zip(numbers, (0, 24, 48, 72, 96, 120, 144, 152, 160, 200)))
            head = keccak(head + word(packed) + parent + lot + e.leaf)
        return need(head == proven or (proven == ZERO and h["place"] and len(states) == 1), "the history is not the contract's", states)
    def after(self, unit, s, e):
        """The contract's rules: what an entry does to a unit. Raises Bad where it would not have been recorded."""
        need(unit in e.units and e.by < 1 << 24 and e.to < 1 << 24, "an event about other units")
        roles, me, outcome = self.roles(e.by, e.index), e.by, int.from_bytes(e.argument, "big")
        recalled = s["recalled"] or (s["lot"] != ZERO and [a.verb for a in self.recalls(s["lot"]) if a.index < e.index][-1:] == [RECALL])
        handler, recaller, auditor, active = roles & HANDLERS, roles & (ISSUER | AUDITOR), roles & AUDITOR, s["status"] == 1
        owned, mine, count = s["issuer"] == me or auditor, s["holder"] == me and s["parent"] == ZERO, self.slot("organisation_count")
        free, moves = active and mine and not s["receiver"], not s["held"] and (not s["expiry"] or e.recorded < s["expiry"])
        packed = s["children"] + (len(e.units) - 1) * (1 if e.verb == PACK else -1)
        rules = {CORRECT: (True, {}),
            PACK: (handler and free and moves and not recalled, {"parent": e.units[0]}),
            UNPACK: (handler and active and s["parent"] == e.units[0], {"parent": ZERO, "holder": me}),
            SHIP: (handler and free and 0 < e.to <= count and e.to != me and moves and (not recalled or e.to == s["issuer"]), {"receiver": e.to}),
            RECEIVE: (active and handler and s["receiver"] == me and outcome <= 3, {
                "receiver": 0, "holder": s["holder"] if outcome == 3 else me, "held": s["held"] or (me if outcome in (2, 3) else 0)}),
            OBSERVE: (roles and (owned or (s["parent"] == ZERO and me in (s["holder"], s["receiver"]))), {}),
            QUARANTINE: (active and roles and not s["held"] and (mine or owned), {"held": me}),
            RELEASE: (active and roles and s["held"] and (s["held"] == me or auditor), {"held": 0}),
            RECALL: (active and recaller and not s["recalled"] and owned, {"recalled": me}),
            LIFT: (active and recaller and s["recalled"] and (s["recalled"] == me or auditor), {"recalled": 0}),
            END: (handler and free and not s["children"], {"status": 2})}
        if e.verb in (PACK, UNPACK) and e.units[0] == unit:
            rules[e.verb] = (handler and free and 0 <= packed < 1 << 24, {"children": packed})
        need(rules.get(e.verb, (False,))[0], f"the contract would not have recorded entry {e.index}")
        return s | rules[e.verb][1] | {"seq": s["seq"] + 1}
    def around(self):
        states = [self.states(self.unit())[-1]]
        while states[-1]["parent"] != ZERO and len(states) < 9: states.append(self.states(states[-1]["parent"])[-1])
        return states
    def boxes(self):
        seen = [self.unit()]
        for this in seen:  # it grows on the way
            packed = (e.units[0] for e in self.states(this) and self.f.histories[this]["entries"] if e.verb == PACK)
            seen += [box for box in dict.fromkeys(packed) if box not in (ZERO, *seen)]
        return seen[1:]
    def label_signature(self):
        label, owner = self.f.label, self.granted()[1]
        for address in label.signers(self.pack["chain_id"], self.pack["contract"]) if label.signature else ():
            device = self.device(address)
            if device and device[0] == owner: return ("UNKNOWN", "SUSPECTED") if device[4] else None
        return ("FAIL", "BAD_SIGNATURE") if label.signature else ("NOT_PROVABLE_OFFLINE", "OK")
    def trust(self):
        need(self.f.origin == f"eip155:{self.pack['chain_id']}/0x{self.pack['contract'].hex()}", "another network or contract")
        return ("UNKNOWN", "STALE") if self.pack["expires"] is not None and self.now >= self.pack["expires"] else None
    def header(self):
        told = (*self.f.fields[3:4], *map(whole, self.f.fields[8:12:3])) if len(self.f.fields) in (15, 16, 17, 20, 21) else ()
        need(told == (self.f.state_root, self.f.block, self.f.at), "another header")
    def block(self):
        """The header; where validators are pinned, their seals too: of QBFT and IBFT 2.0 ceil(2n / 3) of them, of Clique one."""
        f, (kind, pinned) = self.f, self.header() or self.pack["consensus"]
        if not kind: return None
        if kind == "clique":
            rest, named, seals = f.sent[12][:-65], f.sent[12][32:-65], [f.sent[12][-65:]]
            need(len(rest) >= 32 and not len(named) % 20 and f.sent[14] in (bytes(8), b"\xff" * 8)[: 1 if named else 2], "no seal of Clique")
            named = [named[at : at + 20] for at in range(0, len(named), 20)]
        elif f.kind == "clique": return "UNKNOWN", "NOT_WITNESSED"
        else:
            *parts, seals = unrlp(f.sent[12])
            named, rest = take(parts[1], [20]), enrlp(parts + ([[]] if kind == "qbft" else []))
            need(whole(parts[3], 32) >= 0 if kind == "qbft" else take(parts[3], 4), "a round of another form")
        if need(len(named) <= 1024, "too many validators") is None and named and {*named} != pinned: return "UNKNOWN", "NOT_WITNESSED"
        digest = keccak(enrlp([*f.sent[:12], rest, *f.sent[13:]]))
        found = [signer(digest, need(seal[64] < 2, "a seal of a wrong form", seal[:64]) + bytes((27 + seal[64],))) for seal in take(seals, [65])]
        enough = kind == f.kind and len(found) == len({*found}) >= (1 if kind == "clique" else -(-2 * len(pinned) // 3))
        need(enough and pinned >= {*found}, "the block is not sealed by enough of the pinned validators, or by others")
    def witnesses(self):
        f, agreeing = self.f, set()
        note = (f"{f.origin}\n{f.size}\n{base64.b64encode(f.root).decode()}\nblock {f.block}\nhash 0x{f.block_hash.hex()}\n"
                f"state 0x{f.state_root.hex()}\ntime {f.at}\n")
        for name, line in f.cosignatures:
            at, sig = int.from_bytes(line[4:12], "big"), line[12:]
            for v in (v for v in self.pack["witnesses"] if (v["name"], v["id"]) == (name, line[:4])):
                need(len(sig) == 64 and ed25519(v["public"], f"cosignature/v1\ntime {at}\n{note}".encode(), sig) if v["kind"] == 4
                     else signer(self.typed(name, at), sig) == v["public"], "a signature is not by its witness")
                if not v["revoked"] and v["from"] <= at <= v["until"] and f.at - CLOCK <= at <= int(self.now + CLOCK): agreeing.add(name)
        return None if self.pack["witnesses"] and len(agreeing) >= self.pack["threshold"] else ("UNKNOWN", "NOT_WITNESSED")
    def typed(self, name, at):  # the EIP-712 digest that a witness's wallet signs
        f, domain = self.f, keccak(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        domain += keccak(b"Wayproof") + keccak(b"1") + word(self.pack["chain_id"]) + bytes(12) + self.pack["contract"]
        kind = "string witness,uint64 cosignedAt,uint64 size,bytes32 root,uint64 block,bytes32 blockHash,bytes32 stateRoot,uint64 time"
        said = keccak(name.encode()) + word(at) + word(f.size) + f.root + word(f.block) + f.block_hash + f.state_root + word(f.at)
        return keccak(b"\x19\x01" + keccak(domain) + keccak(keccak(f"Checkpoint({kind})".encode()) + said))
    def log(self): need(self.slot("log_size") == self.f.size and self.slot("log_root") == int.from_bytes(self.f.root, "big"), "another log")
    def issued(self):
        if not self.granted()[1]: return "FAIL", "NOT_ISSUED"
        here = self.slot("head", self.unit()) or (self.f.histories.get(self.unit(), {"place": 0})["place"] and self.states(self.unit()))
        if not here and self.f.open_lots: raise Missing
        return None if here else ("FAIL", "NOT_ISSUED")
    def inclusion(self):
        for e in (*self.entries(), *self.f.admin): fold(e.leaf, e.index, self.f.size, self.f.paths[e.index], self.f.root)
        if not self.entries(): raise Missing
    def devices(self):
        found = [(e, self.device(e.device)) for e in self.entries()]
        if not found: raise Missing
        need(all(d and d[0] == e.by and d[1] <= e.recorded <= d[2] and (not d[3] or e.index < d[3]) for e, d in found), "a device not valid then")
        return ("UNKNOWN", "SUSPECTED") if any(d[4] and e.recorded >= d[4] for e, d in found) else None
    def custody(self):
        for unit in (self.unit(), *self.boxes()):
            told = [(e.claimed, e.recorded) for e in self.states(unit) and self.f.histories[unit]["entries"]]
            late = [a - b for a, b in told] + [a[0] - b[0] for a, b in zip(told, told[1:])]
            if max(late) > ZONES: return "FAIL", "CUSTODY_BROKEN"
        for number in sorted(organisations(self.entries())): self.roles(number, self.f.size)
    def details(self):
        known = self.f.details
        need(all(known[e.index].commits() == e.commitment for e in (*self.entries(), *self.f.admin) if e.index in known), "details of another event")
        self.boxes()
        need(all(known[e.index].time == e.claimed for e in self.entries() if e.index in known), "details of another time")
        return None if all(e.index in known for e in self.entries()) else ("UNKNOWN", "NO_EVIDENCE")
    def label_fields(self):
        s, label = self.states(self.unit())[-1], self.f.label
        seconds = (label.expiry.toordinal() - date(1970, 1, 1).toordinal() + 1) * 86400 if label.expiry else s["expiry"]
        lot = keccak(word(3) + word(self.granted()[0]) + keccak(f"(01){label.gtin}(10){label.lot}".encode())) if label.lot else s["lot"]
        need((seconds, lot) == (s["expiry"], s["lot"]), "another lot or expiry")
    def recall(self):
        if any(s["recalled"] or (s["lot"] != ZERO and self.slot("lots", s["lot"]) >> 24) for s in self.around()): return "FAIL", "RECALLED"
        verbs = [[e.verb for e in self.recalls(s["lot"])] for s in self.around()]
        need(all(told == [RECALL, LIFT] * (len(told) // 2) for told in verbs), "a recall or its end was taken out")
    def quarantine(self): return ("FAIL", "QUARANTINED") if any(s["held"] for s in self.around()) else None
    def in_use(self): return ("FAIL", "DECOMMISSIONED") if self.states(self.unit())[-1]["status"] == 2 else None
    def expiry(self): return ("FAIL", "EXPIRED") if 0 < self.states(self.unit())[-1]["expiry"] <= self.now else None
    def custodian(self): return need(len(self.around()) < 9, "containers without end", ("NOT_PROVABLE_OFFLINE", "OK"))
    def contradiction(self):
        seen, unit = [], self.unit()
        for e in self.states(unit) and self.f.histories[unit]["entries"]:
            place = self.f.places.get(self.f.details[e.index].place) if e.index in self.f.details else None
            live = abs(e.recorded - e.claimed) <= CLOCK and e.recorded <= self.f.at and e.verb not in (RECALL, LIFT, CORRECT)
            if place and live and None not in place[2:4] and -90 <= place[2] <= 90 and -180 <= place[3] <= 180:
                seen.append((e.recorded, *map(math.radians, place[2:4])))
        seen.sort(key=lambda one: one[0])
        for (t1, a, b), (t2, p, q) in zip(seen, seen[1:]):
            h = math.sin((p - a) / 2) ** 2 + math.cos(a) * math.cos(p) * math.sin((q - b) / 2) ** 2
            km, hours = 2 * 6371.0088 * math.asin(math.sqrt(min(1.0, h))), (t2 - t1 + 1800) / 3600
            if km >= 100 and km / hours > 1000: return "FAIL", "CLONE_PROVEN"
        return "NOT_PROVABLE_OFFLINE", "OK"
    def age(self):
        fitting = [(len(begin), limit) for begin, limit in self.pack["ages"].items() if self.f.label.digits.startswith(begin)]
        return ("UNKNOWN", "STALE") if not -CLOCK <= self.now - self.f.at <= max(fitting, default=(0, self.pack["max_age"]))[1] else None
    def needed(self):
        """The histories that the item's journey is made of."""
        kept, todo = {}, [self.unit() if self.granted()[1] else ZERO]
        for unit in todo:  # it grows on the way
            if unit in self.f.histories and unit not in kept:
                h = kept[unit] = self.f.histories[unit]
                lot = h["birth"]["lot"] if h["birth"] else ZERO
                kept |= {lot: {"unit": lot, "entries": self.recalls(lot), "birth": None, "place": None}} if self.recalls(lot) else {}
                todo += [e.units[0] for e in h["entries"] if e.verb == PACK and e.units and e.units[0] != unit]
        return kept
    def sealer(self):
        d = self.device(self.f.sealed_by)
        need(d and not d[3] and d[1] <= self.f.at <= d[2], "not sealed by a device that the contract knows")
        return need(self.slot("organisations", word(d[0])) >> 160, "sealed by an organisation that was suspended", d[0])
    def seal(self):
        f, sealer, kept = self.f, self.sealer(), self.needed()
        used = self.entries(kept)
        admin = [e for e in f.admin if e.to in organisations(used) | {sealer}]
        indices, points = {e.index for e in (*used, *admin)}, {detail.place for detail in f.details.values()}
        need(kept == f.histories and admin == f.admin and f.details.keys() <= indices and not f.nodes.unused and f.places.keys() <= points
             and not (kept and f.open_lots) and f.paths.keys() == indices, "it holds pieces without use")
CHECKS = "label_signature trust block witnesses log issued inclusion devices custody details label_fields recall quarantine in_use expiry custodian contradiction age seal".split()
def verify(data, pack, now, case=None):
    """(verdict, code, findings) over a file's bytes, or over a case, at a unix second; a finding is (check, outcome, code, why)."""
    try: case, findings = case or Case(File(data, datetime.fromtimestamp(now, UTC).date()), pack, now), []
    except (Bad, ValueError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as bad:  # a part of another shape
        return "REJECTED", "TAMPERED", [("file", "FAIL", "TAMPERED", str(bad))]
    for name in CHECKS:
        try: findings.append((name, *(getattr(case, name)() or ("PASS", "OK")), ""))
        except (Bad, Missing, KeyError) as bad:
            fails = isinstance(bad, Bad) or name == "seal"
            findings.append((name, *(("FAIL", "TAMPERED") if fails else ("UNKNOWN", "NO_EVIDENCE")), str(bad) or "a piece is missing"))
    if any(code == "NOT_ISSUED" for _, _, code, _ in findings):  # then there is no history to miss
        findings = [finding for finding in findings if finding[2] != "NO_EVIDENCE"]
    for outcome, verdict in (("FAIL", "REJECTED"), ("UNKNOWN", "UNKNOWN"), ("PASS", "GENUINE")):
        if codes := [code for _, found, code, _ in findings if found == outcome]: return verdict, min(codes, key=ORDER.index), findings
def read_pack(data):  # a trust pack's file, in the form of docs/evidence.md and no other; raises ValueError, KeyError, TypeError, AttributeError
    def once(pairs): return need(len({name for name, _ in pairs}) == len(pairs), "a name stands twice", dict(pairs))
    def number(n, most=(1 << 40) - 1, least=0): return need(type(n) is int and least <= n <= most, "a number", n)
    def octets(text, size): return need(re.fullmatch(f"0x[0-9a-fA-F]{{{2 * size}}}", text), "an address or a hash", bytes.fromhex(text[2:]))
    raw, age, last, mark = json.loads(data.decode(), object_pairs_hook=once), 100 * 365 * 86400, 253402300799, b"wayproof eip712 1\n"
    local = need(len(data) <= 1 << 20 and type(raw.get("local", {})) is dict and type(raw.get("signatures", [])) is list, "its shape", raw.get("local", {}))
    pack = dict(chain_id=number(raw["chain_id"], (1 << 256) - 1), contract=octets(raw["contract"], 20), code_hash=octets(raw["code_hash"], 32), expires=None,
                max_age=[number(one, age, 1) for one in (raw.get("max_age", 604800), local.get("max_age", raw.get("max_age", 604800)))][1],
                ages={}, threshold=1, witnesses=[], consensus=(None, set()))
    if not {"format", "witnesses"} & {*raw}: return pack  # of the old form: it vouches for no file
    need({*raw} - {"signatures", "local", "consensus"} == {*("format name version chain_id contract code_hash issued expires max_age max_age_by_prefix "
         "threshold witnesses").split()} and raw["format"] == f"wayproof trust {2 + ('consensus' in raw)}", "another form")
    need(0 < len(raw["name"]) <= 100 and raw["name"].isprintable(), "its name"), number(raw["version"], least=1), number(raw["issued"], last)
    pack.update(expires=number(raw["expires"], last), ages={need(re.fullmatch("[0-9]{1,17}", d), "digits", d): number(n, age, 1) for d, n in raw["max_age_by_prefix"].items()})
    if "consensus" in raw:
        kind, told = raw["consensus"]["kind"], [octets(one, 20) for one in need(len(raw["consensus"]) == 2, "its members", raw["consensus"]["validators"])]
        pack["consensus"] = need(kind in ("qbft", "ibft2", "clique") and 0 < len(told) == len({*told}), "its validators", (kind, {*told}))
    for row in need(len(raw["witnesses"]) <= 64, "too many witnesses", raw["witnesses"]):
        name, found, spelt = need(re.fullmatch(r"[!-*,-~]{1,100}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{28,70}=*", row["key"]), "a witness's key is none", row["key"].split("+", 2))
        material = base64.b64decode(spelt, validate=True)
        head, size = {4: (b"\x04", 32), 255: (b"\xff" + mark, 20)}[material[0]]
        need(material[:len(head)] == head and len(material) == len(head) + size and base64.b64encode(material).decode() == spelt, "a witness's key is spelt another way")
        need(hashlib.sha256(name.encode() + b"\n" + material).hexdigest()[:8] == found and len(row) == 4 and type(row["revoked"]) is bool, "a witness's members")
        need(number(row["from"]) >= 0 <= number(row["until"]) and all(material[len(head):] != other["public"] for other in pack["witnesses"]), "one key twice")
        pack["witnesses"].append(dict(row, name=name, id=bytes.fromhex(found), kind=material[0], public=material[len(head):]))
    return dict(pack, threshold=number(raw["threshold"], len({witness["name"] for witness in pack["witnesses"]}), 1))
def main():
    p = argparse.ArgumentParser(description="Check a Wayproof evidence file.")
    called = (p.add_argument("file"), p.add_argument("--trust", required=True, metavar="TRUSTPACK"), p.add_argument("--json", action="store_true"), p.parse_args())[-1]
    try:
        with open(called.trust, "rb") as pack, open(called.file, "rb") as file:
            trusted, data = read_pack(pack.read((1 << 20) + 1)), file.read((32 << 20) + 1)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as fault:
        return print(f"verify_wayproof: the trust pack or the file cannot be read ({type(fault).__name__}: {fault})", file=sys.stderr) or 2
    verdict, code, findings = verify(data, trusted, datetime.now(UTC).timestamp())
    told = "\n".join([f"{verdict} {code}", *(f"  {outcome:<20} {check} {why}".rstrip() for check, outcome, _, why in findings)])
    print(json.dumps(dict(verdict=verdict, code=code, findings=findings)) if called.json else told)
    return 0 if verdict == "GENUINE" else 1
if __name__ == "__main__": sys.exit((hasattr(signal, "SIGPIPE") and signal.signal(signal.SIGPIPE, signal.SIG_DFL), main())[1])
