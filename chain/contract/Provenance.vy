# pragma version 0.4.3
# pragma evm-version paris
# pragma optimize gas
"""
@title Provenance
@license Apache-2.0
@notice Who holds which goods, in one storage slot a unit, and every event as a leaf of an append-only RFC 6962 log.
@dev What is where:
     - `head[unit]` = keccak256(previous head, word, parent, lot, leaf). `word` is the unit's state and its sequence number
       in 232 bits (see `_unpack`). The caller passes the state, the contract compares it with the head (compare-and-swap:
       the same event cannot be recorded twice), enforces the transition and writes the new head. A storage proof of this
       one slot shows the present state and commits to the whole history.
     - `log_size`, `log_root`, `frontier`: the log. A leaf is sha256(0x00 || entry), an entry is nine ABI words (`_enter`).
       Acts of the administration are entries too, so the log alone rebuilds the contract's whole state.
     - Goods, places and prices are never here: `commitment` is a salted Merkle root over the event's fields.
     There is no proxy, no upgrade, no owner's back door into a unit: the administrator enrols organisations and prefixes and
     can stop a device, nothing more. Verbs are numbered as in chain/journey.py.
"""

MAX_BATCH: constant(uint256) = 100
MAX_PATH: constant(uint256) = 24
MAX_STEPS: constant(uint256) = 32
MAX_DRAWN: constant(uint256) = 25

COMMISSION: constant(uint8) = 1
COMMISSION_LOT: constant(uint8) = 2
SHIP: constant(uint8) = 3
RECEIVE: constant(uint8) = 4
PACK: constant(uint8) = 5
UNPACK: constant(uint8) = 6
OBSERVE: constant(uint8) = 7
QUARANTINE: constant(uint8) = 8
RELEASE: constant(uint8) = 9
RECALL: constant(uint8) = 10
LIFT: constant(uint8) = 11
DECOMMISSION: constant(uint8) = 12
CORRECT: constant(uint8) = 13
ANCHOR_MODEL: constant(uint8) = 14
ENROL_ORGANISATION: constant(uint8) = 32
SET_ROLES: constant(uint8) = 33
GRANT_PREFIX: constant(uint8) = 34
ENROL_DEVICE: constant(uint8) = 35
REVOKE_DEVICE: constant(uint8) = 36

ISSUER: constant(uint256) = 1
CARRIER: constant(uint256) = 2
KEEPER: constant(uint256) = 4
RETAILER: constant(uint256) = 8
AUDITOR: constant(uint256) = 16
HANDLERS: constant(uint256) = 15  # everyone but a mere auditor
ALL_ROLES: constant(uint256) = 31

ITEM: constant(uint256) = 1
LOGISTIC: constant(uint256) = 2
LOT: constant(uint256) = 3

ACTIVE: constant(uint256) = 1
DECOMMISSIONED: constant(uint256) = 2

ACCEPTED: constant(uint256) = 0
OVER: constant(uint256) = 1
DAMAGED: constant(uint256) = 2
SHORT: constant(uint256) = 3

M24: constant(uint256) = 2**24 - 1
M32: constant(uint256) = 2**32 - 1
M40: constant(uint256) = 2**40 - 1
ROOT_PREFIX: constant(uint256) = 10000        # a leading 1 and four digits: the shortest company prefix
INTERIOR: constant(uint256) = 2**255          # marks what is a part of a longer granted prefix


struct Act:
    verb: uint8
    count: uint8          # how many of the batch's units it is about
    counterparty: uint32  # SHIP: to whom
    event_time: uint64    # claimed, unix seconds
    commitment: bytes32   # salted Merkle root over the event's fields
    argument: bytes32     # the verb's own word


struct Birth:
    kind: uint8
    prefix: uint64        # company prefix as a number with a leading 1
    expiry: uint64        # unix seconds, 0 for none
    tail: bytes32         # names the unit under the prefix
    lot: bytes32          # the tail of its lot, or empty
    root: bytes32         # LOT: Merkle root over the ids of its units
    size: uint256         # LOT: how many


struct Unit:
    id: bytes32
    previous: bytes32     # the head before the last event
    leaf: bytes32         # the last event's leaf
    word: uint256
    parent: bytes32
    lot: bytes32


struct State:
    custodian: uint256
    receiver: uint256     # in transit to, or 0
    issuer: uint256
    held_by: uint256      # who put it in quarantine, or 0
    recalled_by: uint256
    children: uint256
    kind: uint256
    status: uint256
    expiry: uint256
    seq: uint256


struct Actor:
    organisation: uint256
    roles: uint256


struct Step:
    word: uint256
    parent: bytes32
    leaf: bytes32


struct Correction:
    act: Act
    unit: Unit
    entry: bytes32[9]     # the corrected entry
    steps: DynArray[Step, MAX_STEPS]  # from the corrected event to the unit's present, oldest first


struct LotRecord:
    prefix: uint64
    expiry: uint64
    tail: bytes32
    root: bytes32
    size: uint256
    issuer: uint256
    leaf: bytes32


struct Drawn:
    tail: bytes32
    index: uint256
    path: DynArray[bytes32, MAX_PATH]


event Recorded:
    index: indexed(uint256)
    organisation: indexed(uint256)
    verb: uint256
    device: address
    counterparty: uint256
    event_time: uint256
    record_time: uint256
    commitment: bytes32
    argument: bytes32
    units: DynArray[bytes32, MAX_BATCH]


event Born:
    unit: indexed(bytes32)
    kind: uint256
    prefix: uint256
    lot: bytes32
    expiry: uint256
    root: bytes32
    size: uint256


event FromLot:
    lot: indexed(bytes32)
    units: DynArray[bytes32, MAX_DRAWN]


# Slots are fixed by order and pinned in provenance.json: proofs name them by number.
log_size: public(uint256)
log_root: public(bytes32)
head: public(HashMap[bytes32, bytes32])
lots: public(HashMap[bytes32, uint256])           # issuer | recalled_by << 24
organisations: public(HashMap[uint256, uint256])  # owner | roles << 160
devices: public(HashMap[address, uint256])        # see `enrol_device`
prefixes: public(HashMap[uint256, uint256])       # organisation, or INTERIOR
models: public(HashMap[bytes32, uint256])         # organisation that anchored it
organisation_count: public(uint256)
administrator: public(address)
successor: public(address)
frontier: bytes32[64]


@deploy
def __init__():
    self.administrator = msg.sender


@internal
@pure
def _must(ok: bool, reason: String[32]):
    """@dev One place for the words of a refusal: a literal in each assert would cost 150 bytes of code."""
    assert ok, reason


# ---- the log -------------------------------------------------------------------------------------------------------------

@internal
@pure
def _pair(left: bytes32, right: bytes32) -> bytes32:
    return sha256(concat(b"\x01", left, right))


@internal
def _append(leaves: DynArray[bytes32, MAX_BATCH]):
    """@dev RFC 9162 section 2.1.2: a carry into the frontier for each leaf, then one fold from the right for the root."""
    size: uint256 = self.log_size
    for leaf: bytes32 in leaves:
        node: bytes32 = leaf
        level: uint256 = 0
        carry: uint256 = size
        for _: uint256 in range(64):
            if carry & 1 == 0:
                break
            node = self._pair(self.frontier[level], node)
            carry = carry >> 1
            level += 1
        self.frontier[level] = node
        size += 1
    root: bytes32 = empty(bytes32)
    started: bool = False
    rest: uint256 = size
    for level: uint256 in range(64):
        if rest == 0:
            break
        if rest & 1 == 1:
            if started:
                root = self._pair(self.frontier[level], root)
            else:
                root = self.frontier[level]
                started = True
        rest = rest >> 1
    self.log_size = size
    self.log_root = root


@internal
@view
def _enter(verb: uint256, organisation: uint256, counterparty: uint256, event_time: uint256, commitment: bytes32,
           argument: bytes32, subject: bytes32) -> bytes32:
    """@dev The leaf of an entry. `subject` is the rolling keccak256 over the ids of its units."""
    return sha256(concat(b"\x00", abi_encode(
        verb, organisation, msg.sender, counterparty, event_time, block.timestamp, commitment, argument, subject)))


@internal
def _administer(verb: uint256, organisation: uint256, counterparty: uint256, commitment: bytes32, argument: bytes32,
                units: DynArray[bytes32, MAX_BATCH]):
    """@dev An act of the administration: one entry, one leaf."""
    subject: bytes32 = empty(bytes32)
    for unit: bytes32 in units:
        subject = keccak256(concat(subject, unit))
    leaf: bytes32 = self._enter(verb, organisation, counterparty, block.timestamp, commitment, argument, subject)
    log Recorded(index=self.log_size, organisation=organisation, verb=verb, device=msg.sender, counterparty=counterparty,
                 event_time=block.timestamp, record_time=block.timestamp, commitment=commitment, argument=argument,
                 units=units)
    self._append([leaf])


# ---- organisations, prefixes, devices ------------------------------------------------------------------------------------

@external
def offer_administration(to: address):
    """@notice First of two steps that hand the administration over."""
    self._must(msg.sender == self.administrator, "admin: only the administrator")
    self.successor = to


@external
def accept_administration():
    """@notice Second step, by the new administrator."""
    self._must(msg.sender == self.successor, "admin: not offered to you")
    self.administrator = msg.sender
    self.successor = empty(address)


@internal
@view
def _owner(organisation: uint256) -> address:
    return convert(self.organisations[organisation] & (2**160 - 1), address)


@external
def enrol_organisation(owner: address, roles: uint256, details: bytes32) -> uint256:
    """
    @notice Admit an organisation. Its number is the count so far plus one.
    @param owner The organisation's own address: it enrols and revokes its devices.
    @param roles Sum of ISSUER 1, CARRIER 2, KEEPER 4, RETAILER 8, AUDITOR 16.
    @param details Commitment to its name, GLN and address.
    """
    self._must(msg.sender == self.administrator, "admin: only the administrator")
    self._must(owner != empty(address), "organisation: no owner")
    self._must(roles <= ALL_ROLES, "organisation: unknown role")
    number: uint256 = self.organisation_count + 1
    self._must(number <= M24, "organisation: too many")
    self.organisation_count = number
    word: uint256 = convert(owner, uint256) | (roles << 160)
    self.organisations[number] = word
    self._administer(convert(ENROL_ORGANISATION, uint256), 0, number, details, convert(word, bytes32), [])
    return number


@external
def set_roles(organisation: uint256, roles: uint256):
    """@notice Change what an organisation may do; 0 suspends it."""
    self._must(msg.sender == self.administrator, "admin: only the administrator")
    self._must(roles <= ALL_ROLES, "organisation: unknown role")
    word: uint256 = self.organisations[organisation]
    self._must(word != 0, "organisation: unknown")
    word = (word & (2**160 - 1)) | (roles << 160)
    self.organisations[organisation] = word
    self._administer(convert(SET_ROLES, uint256), 0, organisation, empty(bytes32), convert(word, bytes32), [])


@external
def grant_prefix(organisation: uint256, prefix: uint64):
    """
    @notice Let an organisation issue under a GS1 company prefix.
    @param prefix The prefix's 4 to 12 digits behind a leading 1. No granted prefix can be the beginning of another.
    """
    self._must(msg.sender == self.administrator, "admin: only the administrator")
    self._must(self.organisations[organisation] != 0, "organisation: unknown")
    code: uint256 = convert(prefix, uint256)
    digits: uint256 = 4
    first: uint256 = code // ROOT_PREFIX
    for _: uint256 in range(8):
        if first < 10:
            break
        first = first // 10
        digits += 1
    self._must(first == 1 and code >= ROOT_PREFIX, "prefix: not 4 to 12 digits")
    self._must(self.prefixes[code] == 0, "prefix: overlaps another")
    shorter: uint256 = code
    for _: uint256 in range(8):
        if digits == 4:
            break
        shorter = shorter // 10
        digits -= 1
        taken: uint256 = self.prefixes[shorter]
        self._must(taken == 0 or taken == INTERIOR, "prefix: overlaps another")
        self.prefixes[shorter] = INTERIOR
    self.prefixes[code] = organisation
    self._administer(convert(GRANT_PREFIX, uint256), 0, organisation, empty(bytes32), convert(code, bytes32), [])


@external
def enrol_device(organisation: uint256, device: address, valid_from: uint64, valid_until: uint64):
    """
    @notice Let a device record for its organisation.
    @dev Word: organisation | valid_from << 32 | valid_until << 72 | revoked_at << 112 | suspect_since << 152. Times are
         unix seconds, both ends included; revoked_at is the log's size at the revocation: what stands before it stays valid.
    """
    self._must(msg.sender == self._owner(organisation), "device: only the organisation")
    self._must(device != empty(address), "device: no address")
    self._must(self.devices[device] == 0, "device: enrolled already")
    self._must(valid_from <= valid_until and convert(valid_until, uint256) <= M40, "device: bad validity")
    word: uint256 = organisation | (convert(valid_from, uint256) << 32) | (convert(valid_until, uint256) << 72)
    self.devices[device] = word
    self._administer(convert(ENROL_DEVICE, uint256), organisation, organisation, empty(bytes32), convert(word, bytes32),
                     [convert(device, bytes32)])


@external
def revoke_device(device: address, suspect_since: uint64):
    """
    @notice Stop a device at once and for good, by its organisation or the administrator.
    @param suspect_since From when (unix seconds) its events are to be doubted; 0 if none is.
    """
    word: uint256 = self.devices[device]
    organisation: uint256 = word & M32
    self._must(word != 0, "device: unknown")
    self._must(msg.sender == self.administrator or msg.sender == self._owner(organisation),
               "device: only the organisation")
    self._must((word >> 112) & M40 == 0, "device: revoked")
    self._must(convert(suspect_since, uint256) <= block.timestamp, "device: suspected in the future")
    word = word | (self.log_size << 112) | (convert(suspect_since, uint256) << 152)
    self.devices[device] = word
    self._administer(convert(REVOKE_DEVICE, uint256), organisation, organisation, empty(bytes32), convert(word, bytes32),
                     [convert(device, bytes32)])


@internal
@view
def _actor() -> Actor:
    word: uint256 = self.devices[msg.sender]
    self._must(word != 0, "device: unknown")
    self._must((word >> 112) & M40 == 0, "device: revoked")
    self._must(block.timestamp >= (word >> 32) & M40 and block.timestamp <= (word >> 72) & M40, "device: not valid now")
    organisation: uint256 = word & M32
    return Actor(organisation=organisation, roles=self.organisations[organisation] >> 160)


# ---- units ---------------------------------------------------------------------------------------------------------------

@internal
@pure
def _identify(kind: uint256, prefix: uint256, tail: bytes32) -> bytes32:
    return keccak256(abi_encode(kind, prefix, tail))


@internal
@pure
def _unpack(word: uint256) -> State:
    return State(
        custodian=word & M24,
        receiver=(word >> 24) & M24,
        issuer=(word >> 48) & M24,
        held_by=(word >> 72) & M24,
        recalled_by=(word >> 96) & M24,
        children=(word >> 120) & M24,
        kind=(word >> 144) & 255,
        status=(word >> 152) & 255,
        expiry=(word >> 160) & M40,
        seq=word >> 200,
    )


@internal
@pure
def _pack(s: State) -> uint256:
    return (s.custodian | (s.receiver << 24) | (s.issuer << 48) | (s.held_by << 72) | (s.recalled_by << 96)
            | (s.children << 120) | (s.kind << 144) | (s.status << 152) | (s.expiry << 160) | (s.seq << 200))


@internal
@pure
def _digest(previous: bytes32, word: uint256, parent: bytes32, lot: bytes32, leaf: bytes32) -> bytes32:
    return keccak256(abi_encode(previous, word, parent, lot, leaf))


@internal
@pure
def _lot_digest(root: bytes32, size: uint256, expiry: uint256, issuer: uint256, leaf: bytes32) -> bytes32:
    """@dev Six words, so that no lot can pass for a unit (five)."""
    return keccak256(abi_encode(LOT, root, size, expiry, issuer, leaf))


@internal
@view
def _check(unit: Unit) -> bytes32:
    """@dev The unit's head, where it is what the caller says."""
    at: bytes32 = self.head[unit.id]
    self._must(at != empty(bytes32), "unit: not issued")
    self._must(at == self._digest(unit.previous, unit.word, unit.parent, unit.lot, unit.leaf), "unit: stale")
    return at


@internal
def _advance(unit: Unit, at: bytes32, after: State, parent: bytes32, leaf: bytes32):
    s: State = after
    s.seq += 1
    self.head[unit.id] = self._digest(at, self._pack(s), parent, unit.lot, leaf)


@internal
@view
def _movable(s: State, lot: bytes32, towards: uint256):
    """@dev What blocks a shipment, and packing too, or a pallet would carry it past."""
    self._must(s.held_by == 0, "unit: quarantined")
    self._must(s.expiry == 0 or block.timestamp < s.expiry, "unit: expired")
    if s.recalled_by != 0 or (lot != empty(bytes32) and (self.lots[lot] >> 24) != 0):
        self._must(towards == s.issuer, "unit: recalled")


@internal
@view
def _held(s: State, parent: bytes32, organisation: uint256):
    """@dev In the actor's hands, free to act on."""
    self._must(s.status == ACTIVE, "unit: decommissioned")
    self._must(parent == empty(bytes32), "unit: packed")
    self._must(s.custodian == organisation, "unit: not custodian")
    self._must(s.receiver == 0, "unit: in transit")


@internal
@view
def _transition(e: Act, actor: Actor, unit: Unit) -> State:
    """@dev One unit, one verb; PACK and UNPACK are `_aggregate`'s."""
    s: State = self._unpack(unit.word)
    me: uint256 = actor.organisation
    if e.verb != OBSERVE:
        self._must(s.status == ACTIVE, "unit: decommissioned")
    if e.verb == SHIP:
        self._must(actor.roles & HANDLERS != 0, "role: may not ship")
        self._held(s, unit.parent, me)
        to: uint256 = convert(e.counterparty, uint256)
        self._must(to != me and to != 0 and to <= self.organisation_count, "ship: no such receiver")
        self._movable(s, unit.lot, to)
        s.receiver = to
    elif e.verb == RECEIVE:
        self._must(actor.roles & HANDLERS != 0, "role: may not receive")
        self._must(s.receiver != 0, "unit: not shipped")
        self._must(s.receiver == me, "unit: not shipped to you")
        outcome: uint256 = convert(e.argument, uint256)
        self._must(outcome <= SHORT, "receive: unknown outcome")
        s.receiver = 0
        if outcome != SHORT:
            s.custodian = me
        if (outcome == DAMAGED or outcome == SHORT) and s.held_by == 0:
            s.held_by = me
    elif e.verb == OBSERVE:
        self._must(actor.roles != 0, "role: may not observe")
        self._must((unit.parent == empty(bytes32) and (s.custodian == me or s.receiver == me)) or s.issuer == me
                   or actor.roles & AUDITOR != 0, "unit: not yours to observe")
    elif e.verb == QUARANTINE:
        self._must(actor.roles != 0, "role: may not quarantine")
        self._must(s.held_by == 0, "unit: quarantined")
        self._must((unit.parent == empty(bytes32) and s.custodian == me) or s.issuer == me
                   or actor.roles & AUDITOR != 0, "unit: not yours to quarantine")
        s.held_by = me
    elif e.verb == RELEASE:
        self._must(actor.roles != 0, "role: may not release")
        self._must(s.held_by != 0, "unit: not quarantined")
        self._must(s.held_by == me or actor.roles & AUDITOR != 0, "unit: not yours to release")
        s.held_by = 0
    elif e.verb == RECALL:
        self._must(actor.roles & (ISSUER | AUDITOR) != 0, "role: may not recall")
        self._must(s.recalled_by == 0, "unit: recalled")
        self._must(s.issuer == me or actor.roles & AUDITOR != 0, "unit: not yours to recall")
        s.recalled_by = me
    elif e.verb == LIFT:
        self._must(actor.roles & (ISSUER | AUDITOR) != 0, "role: may not lift")
        self._must(s.recalled_by != 0, "unit: not recalled")
        self._must(s.recalled_by == me or actor.roles & AUDITOR != 0, "unit: not yours to lift")
        s.recalled_by = 0
    elif e.verb == DECOMMISSION:
        self._must(actor.roles & HANDLERS != 0, "role: may not decommission")
        self._held(s, unit.parent, me)
        self._must(s.children == 0, "unit: not empty")
        s.status = DECOMMISSIONED
    else:
        self._must(False, "event: verb not for units")
    return s


@internal
def _aggregate(e: Act, actor: Actor, container: Unit, unit: Unit, leaf: bytes32):
    """@dev PACK or UNPACK of one unit; the container has been checked and is written once, by `record`."""
    at: bytes32 = self._check(unit)
    s: State = self._unpack(unit.word)
    if e.verb == PACK:
        self._held(s, unit.parent, actor.organisation)
        self._movable(s, unit.lot, max_value(uint256))
        self._must(unit.id != container.id, "pack: into itself")
        self._advance(unit, at, s, container.id, leaf)
    else:
        self._must(unit.parent == container.id, "unit: not in this container")
        s.custodian = actor.organisation
        self._advance(unit, at, s, empty(bytes32), leaf)


@internal
def _record_lot_or_model(e: Act, actor: Actor):
    """@dev Events about no unit: a whole lot (its id is the argument) or a model (its hash is)."""
    if e.verb == RECALL or e.verb == LIFT:
        lot: uint256 = self.lots[e.argument]
        issuer: uint256 = lot & M24
        by: uint256 = lot >> 24
        self._must(lot != 0, "lot: unknown")
        if e.verb == RECALL:
            self._must(actor.roles & (ISSUER | AUDITOR) != 0, "role: may not recall")
            self._must(issuer == actor.organisation or actor.roles & AUDITOR != 0, "lot: not yours to recall")
            self._must(by == 0, "lot: recalled")
            self.lots[e.argument] = issuer | (actor.organisation << 24)
        else:
            self._must(actor.roles & (ISSUER | AUDITOR) != 0, "role: may not lift")
            self._must(by != 0, "lot: not recalled")
            self._must(by == actor.organisation or actor.roles & AUDITOR != 0, "lot: not yours to lift")
            self.lots[e.argument] = issuer
    elif e.verb == ANCHOR_MODEL:
        self._must(actor.roles != 0, "role: may not anchor")
        self._must(e.argument != empty(bytes32), "model: no hash")
        self._must(self.models[e.argument] == 0, "model: anchored already")
        self.models[e.argument] = actor.organisation
    else:
        self._must(False, "event: no units")


@external
def record(events: DynArray[Act, MAX_BATCH], units: DynArray[Unit, MAX_BATCH]):
    """
    @notice Record up to 100 events over up to 100 units, all or nothing. Each event takes the next `count` units.
    @dev PACK and UNPACK: the first unit is the container. RECALL, LIFT (of a lot) and ANCHOR_MODEL take no unit.
    """
    self._must(len(events) > 0, "batch: empty")
    actor: Actor = self._actor()
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    next: uint256 = 0
    for e: Act in events:
        count: uint256 = convert(e.count, uint256)
        self._must(next + count <= len(units), "batch: units missing")
        ids: DynArray[bytes32, MAX_BATCH] = []
        subject: bytes32 = empty(bytes32)
        for i: uint256 in range(count, bound=MAX_BATCH):
            ids.append(units[next + i].id)
            subject = keccak256(concat(subject, units[next + i].id))
        leaf: bytes32 = self._enter(convert(e.verb, uint256), actor.organisation, convert(e.counterparty, uint256),
                                    convert(e.event_time, uint256), e.commitment, e.argument, subject)
        if count == 0:
            self._record_lot_or_model(e, actor)
        elif e.verb == PACK or e.verb == UNPACK:
            self._must(actor.roles & HANDLERS != 0, "role: may not pack")
            self._must(count > 1, "pack: nothing to pack")
            container: Unit = units[next]
            at: bytes32 = self._check(container)
            s: State = self._unpack(container.word)
            self._held(s, container.parent, actor.organisation)
            if e.verb == PACK:
                s.children += count - 1
            else:
                self._must(s.children >= count - 1, "unit: not in this container")
                s.children -= count - 1
            for i: uint256 in range(1, count, bound=MAX_BATCH):
                self._aggregate(e, actor, container, units[next + i], leaf)
            self._advance(container, at, s, container.parent, leaf)
        else:
            for i: uint256 in range(count, bound=MAX_BATCH):
                unit: Unit = units[next + i]
                at: bytes32 = self._check(unit)
                self._advance(unit, at, self._transition(e, actor, unit), unit.parent, leaf)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(e.verb, uint256), device=msg.sender,
                     counterparty=convert(e.counterparty, uint256), event_time=convert(e.event_time, uint256),
                     record_time=block.timestamp, commitment=e.commitment, argument=e.argument, units=ids)
        leaves.append(leaf)
        index += 1
        next += count
    self._must(next == len(units), "batch: units left over")
    self._append(leaves)


@external
def commission(events: DynArray[Act, MAX_BATCH], births: DynArray[Birth, MAX_BATCH]):
    """
    @notice Bring units into being: items and logistic units one by one (COMMISSION), or a lot as the Merkle root of its
            units' ids (COMMISSION_LOT). Each event takes the next `count` births.
    """
    self._must(len(events) > 0, "batch: empty")
    actor: Actor = self._actor()
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    next: uint256 = 0
    for e: Act in events:
        count: uint256 = convert(e.count, uint256)
        self._must(e.verb == COMMISSION or e.verb == COMMISSION_LOT, "event: verb not for births")
        self._must(count > 0, "event: no units")
        self._must(next + count <= len(births), "batch: units missing")
        ids: DynArray[bytes32, MAX_BATCH] = []
        subject: bytes32 = empty(bytes32)
        for i: uint256 in range(count, bound=MAX_BATCH):
            id: bytes32 = self._identify(convert(births[next + i].kind, uint256),
                                         convert(births[next + i].prefix, uint256), births[next + i].tail)
            ids.append(id)
            subject = keccak256(concat(subject, id))
        leaf: bytes32 = self._enter(convert(e.verb, uint256), actor.organisation, convert(e.counterparty, uint256),
                                    convert(e.event_time, uint256), e.commitment, e.argument, subject)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(e.verb, uint256), device=msg.sender,
                     counterparty=convert(e.counterparty, uint256), event_time=convert(e.event_time, uint256),
                     record_time=block.timestamp, commitment=e.commitment, argument=e.argument, units=ids)
        for i: uint256 in range(count, bound=MAX_BATCH):
            self._bear(e.verb, actor, births[next + i], ids[i], leaf)
        leaves.append(leaf)
        index += 1
        next += count
    self._must(next == len(births), "batch: units left over")
    self._append(leaves)


@internal
def _bear(verb: uint8, actor: Actor, b: Birth, id: bytes32, leaf: bytes32):
    me: uint256 = actor.organisation
    kind: uint256 = convert(b.kind, uint256)
    prefix: uint256 = convert(b.prefix, uint256)
    expiry: uint256 = convert(b.expiry, uint256)
    if kind == LOGISTIC:
        self._must(actor.roles & HANDLERS != 0, "role: may not commission")
    else:
        self._must(actor.roles & ISSUER != 0, "role: may not commission")
    self._must(self.prefixes[prefix] == me, "prefix: not yours")
    self._must(self.head[id] == empty(bytes32), "unit: issued already")
    self._must(expiry <= M40, "unit: bad expiry")
    lot: bytes32 = empty(bytes32)
    if verb == COMMISSION_LOT:
        self._must(kind == LOT, "event: verb not for births")
        self._must(b.root != empty(bytes32) and b.size > 0 and b.size <= 2**MAX_PATH, "lot: bad size")
        self._must(b.lot == empty(bytes32), "lot: in a lot")
        if self.lots[id] == 0:
            self.lots[id] = me
        self.head[id] = self._lot_digest(b.root, b.size, expiry, me, leaf)
    else:
        self._must(kind == ITEM or kind == LOGISTIC, "event: verb not for births")
        self._must(b.root == empty(bytes32) and b.size == 0, "unit: has a lot's root")
        if b.lot != empty(bytes32):
            lot = self._identify(LOT, prefix, b.lot)
            if self.lots[lot] == 0:
                self.lots[lot] = me
        self.head[id] = self._digest(empty(bytes32), self._born(me, kind, expiry), empty(bytes32), lot, leaf)
    log Born(unit=id, kind=kind, prefix=prefix, lot=lot, expiry=expiry, root=b.root, size=b.size)


@internal
@pure
def _born(issuer: uint256, kind: uint256, expiry: uint256) -> uint256:
    return self._pack(State(custodian=issuer, receiver=0, issuer=issuer, held_by=0, recalled_by=0, children=0, kind=kind,
                            status=ACTIVE, expiry=expiry, seq=1))


@external
def draw(lot: LotRecord, units: DynArray[Drawn, MAX_DRAWN]):
    """
    @notice Give units of a lot a head of their own, before their first event. Anybody may: nothing is decided here.
    @dev The head starts at the lot's own leaf. Inclusion as in RFC 9162 section 2.1.3.2.
    """
    prefix: uint256 = convert(lot.prefix, uint256)
    expiry: uint256 = convert(lot.expiry, uint256)
    id: bytes32 = self._identify(LOT, prefix, lot.tail)
    self._must(self.head[id] != empty(bytes32), "lot: unknown")
    self._must(self.head[id] == self._lot_digest(lot.root, lot.size, expiry, lot.issuer, lot.leaf), "lot: stale")
    word: uint256 = self._born(lot.issuer, ITEM, expiry)
    ids: DynArray[bytes32, MAX_DRAWN] = []
    for d: Drawn in units:
        unit: bytes32 = self._identify(ITEM, prefix, d.tail)
        self._must(d.index < lot.size, "lot: not in it")
        node: bytes32 = sha256(concat(b"\x00", unit))
        at: uint256 = d.index
        last: uint256 = lot.size - 1
        for other: bytes32 in d.path:
            self._must(last > 0, "lot: not in it")
            if at & 1 == 1 or at == last:
                node = self._pair(other, node)
                for _: uint256 in range(256):
                    if at & 1 == 1 or at == 0:
                        break
                    at = at >> 1
                    last = last >> 1
            else:
                node = self._pair(node, other)
            at = at >> 1
            last = last >> 1
        self._must(last == 0 and node == lot.root, "lot: not in it")
        self._must(self.head[unit] == empty(bytes32), "unit: issued already")
        self.head[unit] = self._digest(empty(bytes32), word, empty(bytes32), id, lot.leaf)
        ids.append(unit)
    log FromLot(lot=id, units=ids)


@external
def correct(corrections: DynArray[Correction, MAX_BATCH]):
    """
    @notice Declare up to 100 recorded events to be in error (EPCIS 2.0 errorDeclaration), each by the organisation that
            recorded it. History stays; `argument` becomes the corrected event's leaf.
    @dev `steps` lead from the state after the corrected event to the present: each is hashed onto the one before, and the
         last must give the unit's head. With none, the corrected event is the unit's last.
    """
    self._must(len(corrections) > 0, "batch: empty")
    actor: Actor = self._actor()
    self._must(actor.roles != 0, "role: may not correct")
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    for c: Correction in corrections:
        self._must(c.act.verb == CORRECT and c.act.count == 1, "event: verb not for corrections")
        at: bytes32 = self.head[c.unit.id]
        self._must(at != empty(bytes32), "unit: not issued")
        node: bytes32 = self._digest(c.unit.previous, c.unit.word, c.unit.parent, c.unit.lot, c.unit.leaf)
        word: uint256 = c.unit.word
        parent: bytes32 = c.unit.parent
        for step: Step in c.steps:
            node = self._digest(node, step.word, step.parent, c.unit.lot, step.leaf)
            word = step.word
            parent = step.parent
        self._must(node == at, "unit: stale")
        self._must(sha256(concat(b"\x00", abi_encode(c.entry))) == c.unit.leaf, "correct: another event")
        self._must(convert(c.entry[1], uint256) == actor.organisation, "correct: not your event")
        subject: bytes32 = keccak256(concat(empty(bytes32), c.unit.id))
        leaf: bytes32 = self._enter(convert(CORRECT, uint256), actor.organisation, 0,
                                    convert(c.act.event_time, uint256), c.act.commitment, c.unit.leaf, subject)
        s: State = self._unpack(word)
        s.seq += 1
        self.head[c.unit.id] = self._digest(at, self._pack(s), parent, c.unit.lot, leaf)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(CORRECT, uint256), device=msg.sender,
                     counterparty=0, event_time=convert(c.act.event_time, uint256), record_time=block.timestamp,
                     commitment=c.act.commitment, argument=c.unit.leaf, units=[c.unit.id])
        leaves.append(leaf)
        index += 1
    self._append(leaves)
