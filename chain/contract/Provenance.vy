# pragma version 0.4.3
# pragma evm-version paris
# pragma optimize gas
"""
@title Provenance
@license Apache-2.0
@notice Who holds which goods, in one storage slot a unit, and every event as a leaf of an append-only RFC 6962 log.
@dev What is where:
     - `head[unit]` = keccak256(previous head, word, parent, lot, leaf). `word` is the unit's state and its sequence number
       (see "a unit's word"). The caller passes the state, the contract compares it with the head (compare-and-swap:
       the same event cannot be recorded twice), enforces the transition and writes the new head. A storage proof of this
       one slot shows the present state and commits to the whole history.
     - `log_size`, `log_root`, `frontier`: the log. A leaf is sha256(0x00 || entry), an entry is nine ABI words (`_enter`).
       Acts of the administration are entries too, so the log rebuilds all that decides about units. (Who the administrator
       is stands in its own slot; Born and FromLot tell no more than the heads commit to.)
     - A device may send its batches itself, or sign them (EIP-712, `_believe`) and let anybody send them: `record` and
       `commission` take its signature as a last argument, and what they record is the same.
     - Goods, places and prices are never here: `commitment` is a salted Merkle root over the event's fields.
     There is no proxy, no upgrade, no owner's back door into a unit: the administrator enrols organisations and prefixes and
     can stop a device, nothing more. Verbs are numbered as in chain/journey.py.
"""

MAX_BATCH: constant(uint256) = 100
MAX_PATH: constant(uint256) = 24
MAX_STEPS: constant(uint256) = 200
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
HANDLERS: constant(uint256) = 15   # everyone but a mere auditor
RECALLERS: constant(uint256) = 17  # ISSUER, AUDITOR
ALL_ROLES: constant(uint256) = 31

ITEM: constant(uint256) = 1
LOGISTIC: constant(uint256) = 2
LOT: constant(uint256) = 3

ACTIVE: constant(uint256) = 1
DECOMMISSIONED: constant(uint256) = 2

# A unit's word, from the lowest bit: custodian 24, receiver 24 (in transit to, or 0), issuer 24, held_by 24 (who put it in
# quarantine, or 0), recalled_by 24, children 24, kind 8, status 8, expiry 40, sequence number 56.
RECEIVER: constant(uint256) = 24
ISSUED_BY: constant(uint256) = 48
HELD_BY: constant(uint256) = 72
RECALLED_BY: constant(uint256) = 96
CHILDREN: constant(uint256) = 120
KIND: constant(uint256) = 144
STATUS: constant(uint256) = 152
EXPIRY: constant(uint256) = 160
NEXT: constant(uint256) = 2**200              # one more in the sequence number

ACCEPTED: constant(uint256) = 0
OVER: constant(uint256) = 1
DAMAGED: constant(uint256) = 2
SHORT: constant(uint256) = 3

M24: constant(uint256) = 2**24 - 1
M32: constant(uint256) = 2**32 - 1
M40: constant(uint256) = 2**40 - 1
LOW_S: constant(uint256) = 57896044618658097711785492504343953926418782139537452191302581570759080747168  # half the order, EIP-2
DOMAIN: constant(bytes32) = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
STATEMENT: constant(bytes32) = keccak256("Statement(address device,uint256 sequence,uint256 previous,bytes32 batch)")
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


struct Signature:
    device: address       # who signed, or nobody: then the sender is the device
    sequence: uint256     # counts the device's statements from 1
    v: uint256
    r: uint256
    s: uint256


struct Actor:
    device: address
    organisation: uint256
    roles: uint256


struct Correction:
    event_time: uint64
    commitment: bytes32
    unit: Unit            # as the corrected event left it
    entry: bytes32[9]     # the corrected event
    later: uint256        # how many of the batch's steps lead from there to the unit's present


struct Step:
    word: uint256
    parent: bytes32
    leaf: bytes32


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
corrected: HashMap[bytes32, bool]                 # keccak256(unit, leaf): an event is declared to be in error once
signed: public(HashMap[address, uint256])         # a device's last statement: its sequence number | its digest's high bits


@deploy
def __init__():
    self.administrator = msg.sender


@internal
@pure
def _refuse(reason: String[32]):
    """@dev One place for all refusals: the words in an assert of their own would cost 150 bytes of code each."""
    raise reason


# ---- the log -------------------------------------------------------------------------------------------------------------

@internal
@pure
def _pair(left: bytes32, right: bytes32) -> bytes32:
    return sha256(concat(b"\x01", left, right))


@internal
def _append(leaves: DynArray[bytes32, MAX_BATCH]):
    """@dev RFC 6962 section 2.1, level by level: pairs go up a level, what is left alone waits in the frontier."""
    size: uint256 = self.log_size
    row: DynArray[bytes32, MAX_BATCH] = leaves
    width: uint256 = len(row)
    total: uint256 = size + width
    root: bytes32 = empty(bytes32)
    for level: uint256 in range(64):
        if total >> level == 0:
            break
        lone: bytes32 = empty(bytes32)
        waits: bool = (size >> level) & 1 == 1
        if waits:
            lone = self.frontier[level]
        pairs: uint256 = 0
        for i: uint256 in range(width, bound=MAX_BATCH):
            if waits:
                row[pairs] = self._pair(lone, row[i])
                pairs += 1
                waits = False
            else:
                lone = row[i]
                waits = True
        if waits:
            if width > 0:
                self.frontier[level] = lone
            if root == empty(bytes32):
                root = lone
            else:
                root = self._pair(lone, root)
        width = pairs
    self.log_size = total
    self.log_root = root


@internal
@view
def _enter(verb: uint256, actor: Actor, counterparty: uint256, event_time: uint256, commitment: bytes32,
           argument: bytes32, subject: bytes32) -> bytes32:
    """@dev The leaf of an entry. `subject` is the rolling keccak256 over the ids of its units."""
    return sha256(concat(
        b"\x00", convert(verb, bytes32), convert(actor.organisation, bytes32), convert(actor.device, bytes32),
        convert(counterparty, bytes32), convert(event_time, bytes32), convert(block.timestamp, bytes32), commitment,
        argument, subject))


@internal
def _administer(verb: uint256, organisation: uint256, counterparty: uint256, commitment: bytes32, argument: bytes32,
                units: DynArray[bytes32, MAX_BATCH]):
    """@dev An act of the administration: one entry, one leaf."""
    subject: bytes32 = empty(bytes32)
    for unit: bytes32 in units:
        subject = keccak256(concat(subject, unit))
    actor: Actor = Actor(device=msg.sender, organisation=organisation, roles=0)
    leaf: bytes32 = self._enter(verb, actor, counterparty, block.timestamp, commitment, argument, subject)
    log Recorded(index=self.log_size, organisation=organisation, verb=verb, device=msg.sender, counterparty=counterparty,
                 event_time=block.timestamp, record_time=block.timestamp, commitment=commitment, argument=argument,
                 units=units)
    self._append([leaf])


# ---- organisations, prefixes, devices ------------------------------------------------------------------------------------

@external
def offer_administration(to: address):
    """@notice First of two steps that hand the administration over."""
    if msg.sender != self.administrator:
        self._refuse("admin: only the administrator")
    self.successor = to


@external
def accept_administration():
    """@notice Second step, by the new administrator."""
    if msg.sender != self.successor:
        self._refuse("admin: not offered to you")
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
    if msg.sender != self.administrator:
        self._refuse("admin: only the administrator")
    if owner == empty(address):
        self._refuse("organisation: no owner")
    if roles > ALL_ROLES:
        self._refuse("organisation: unknown role")
    number: uint256 = self.organisation_count + 1
    if number > M24:
        self._refuse("organisation: too many")
    self.organisation_count = number
    word: uint256 = convert(owner, uint256) | (roles << 160)
    self.organisations[number] = word
    self._administer(convert(ENROL_ORGANISATION, uint256), 0, number, details, convert(word, bytes32), [])
    return number


@external
def set_roles(organisation: uint256, roles: uint256):
    """@notice Change what an organisation may do; 0 suspends it."""
    if msg.sender != self.administrator:
        self._refuse("admin: only the administrator")
    if roles > ALL_ROLES:
        self._refuse("organisation: unknown role")
    word: uint256 = self.organisations[organisation]
    if word == 0:
        self._refuse("organisation: unknown")
    word = (word & (2**160 - 1)) | (roles << 160)
    self.organisations[organisation] = word
    self._administer(convert(SET_ROLES, uint256), 0, organisation, empty(bytes32), convert(word, bytes32), [])


@external
def grant_prefix(organisation: uint256, prefix: uint64):
    """
    @notice Let an organisation issue under a GS1 company prefix.
    @param prefix The prefix's 4 to 12 digits behind a leading 1. No granted prefix can be the beginning of another.
    """
    if msg.sender != self.administrator:
        self._refuse("admin: only the administrator")
    if self.organisations[organisation] == 0:
        self._refuse("organisation: unknown")
    code: uint256 = convert(prefix, uint256)
    digits: uint256 = 4
    first: uint256 = code // ROOT_PREFIX
    for _: uint256 in range(8):
        if first < 10:
            break
        first = first // 10
        digits += 1
    if first != 1:
        self._refuse("prefix: not 4 to 12 digits")
    if self.prefixes[code] != 0:
        self._refuse("prefix: overlaps another")
    shorter: uint256 = code
    for _: uint256 in range(8):
        if digits == 4:
            break
        shorter = shorter // 10
        digits -= 1
        taken: uint256 = self.prefixes[shorter]
        if taken != 0 and taken != INTERIOR:
            self._refuse("prefix: overlaps another")
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
    if msg.sender != self._owner(organisation):
        self._refuse("device: only the organisation")
    if device == empty(address):
        self._refuse("device: no address")
    if self.devices[device] != 0:
        self._refuse("device: enrolled already")
    if valid_from > valid_until or convert(valid_until, uint256) > M40:
        self._refuse("device: bad validity")
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
    if word == 0:
        self._refuse("device: unknown")
    if msg.sender != self.administrator and msg.sender != self._owner(organisation):
        self._refuse("device: only the organisation")
    if (word >> 112) & M40 != 0:
        self._refuse("device: revoked")
    if convert(suspect_since, uint256) > block.timestamp:
        self._refuse("device: suspected in the future")
    word = word | (self.log_size << 112) | (convert(suspect_since, uint256) << 152)
    self.devices[device] = word
    self._administer(convert(REVOKE_DEVICE, uint256), organisation, organisation, empty(bytes32), convert(word, bytes32),
                     [convert(device, bytes32)])


@internal
@view
def _actor(device: address) -> Actor:
    word: uint256 = self.devices[device]
    if word == 0:
        self._refuse("device: unknown")
    if (word >> 112) & M40 != 0:
        self._refuse("device: revoked")
    if block.timestamp < (word >> 32) & M40 or block.timestamp > (word >> 72) & M40:
        self._refuse("device: not valid now")
    organisation: uint256 = word & M32
    return Actor(device=device, organisation=organisation, roles=self.organisations[organisation] >> 160)


@internal
def _believe(by: Signature, batch: bytes32) -> Actor:
    """
    @dev The signer of a statement, once: a statement names this chain, this contract, its own number and, as
         `previous`, the word that the device's statement before it left here. So none is taken twice or out of turn.
    """
    actor: Actor = self._actor(by.device)
    previous: uint256 = self.signed[by.device]
    if by.sequence <= previous & M40:
        self._refuse("statement: taken already")
    if by.sequence != (previous & M40) + 1:
        self._refuse("statement: not its turn")
    domain: bytes32 = keccak256(abi_encode(DOMAIN, keccak256("Wayproof"), keccak256("1"), chain.id, self))
    digest: bytes32 = keccak256(concat(
        b"\x19\x01", domain, keccak256(abi_encode(STATEMENT, by.device, by.sequence, previous, batch))))
    if by.s > LOW_S or ecrecover(digest, by.v, by.r, by.s) != by.device:
        self._refuse("statement: bad signature")
    self.signed[by.device] = convert(digest, uint256) & ~M40 | by.sequence
    return actor


# ---- units ---------------------------------------------------------------------------------------------------------------

@internal
@pure
def _identify(kind: uint256, prefix: uint256, tail: bytes32) -> bytes32:
    return keccak256(abi_encode(kind, prefix, tail))


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
def _check(unit: Unit, leaf: bytes32) -> bytes32:
    """@dev The unit's head, where it is what the caller says. An event's leaf can stand only once in a unit's history."""
    at: bytes32 = self.head[unit.id]
    if at == empty(bytes32):
        self._refuse("unit: not issued")
    if at != self._digest(unit.previous, unit.word, unit.parent, unit.lot, unit.leaf):
        self._refuse("unit: stale")
    if unit.leaf == leaf:
        self._refuse("event: recorded already")
    return at


@internal
@view
def _held(word: uint256, parent: bytes32, organisation: uint256):
    """@dev In the actor's hands, free to act on."""
    if (word >> STATUS) & 255 != ACTIVE:
        self._refuse("unit: decommissioned")
    if parent != empty(bytes32):
        self._refuse("unit: packed")
    if word & M24 != organisation:
        self._refuse("unit: not custodian")
    if (word >> RECEIVER) & M24 != 0:
        self._refuse("unit: in transit")


@internal
@view
def _movable(word: uint256, lot: bytes32, towards: uint256):
    """@dev What blocks a shipment, and packing too, or a pallet would carry it past."""
    if (word >> HELD_BY) & M24 != 0:
        self._refuse("unit: quarantined")
    expiry: uint256 = (word >> EXPIRY) & M40
    if expiry != 0 and block.timestamp >= expiry:
        self._refuse("unit: expired")
    if (word >> RECALLED_BY) & M24 != 0 or (lot != empty(bytes32) and self.lots[lot] >> 24 != 0):
        if towards != (word >> ISSUED_BY) & M24:
            self._refuse("unit: recalled")


@internal
def _apply(e: Act, actor: Actor, unit: Unit, container: bytes32, leaf: bytes32):
    """@dev One verb on one unit: compare its head, change its word, write its head."""
    at: bytes32 = self._check(unit, leaf)
    word: uint256 = unit.word
    parent: bytes32 = unit.parent
    me: uint256 = actor.organisation
    auditor: bool = actor.roles & AUDITOR != 0
    receiver: uint256 = (word >> RECEIVER) & M24
    held_by: uint256 = (word >> HELD_BY) & M24
    mine: bool = (word >> ISSUED_BY) & M24 == me
    here: bool = parent == empty(bytes32) and word & M24 == me
    if e.verb != OBSERVE and (word >> STATUS) & 255 != ACTIVE:
        self._refuse("unit: decommissioned")
    if e.verb == OBSERVE:
        if actor.roles == 0:
            self._refuse("role: may not observe")
        if not (here or (parent == empty(bytes32) and receiver == me) or mine or auditor):
            self._refuse("unit: not yours to observe")
    elif e.verb == SHIP:
        if actor.roles & HANDLERS == 0:
            self._refuse("role: may not ship")
        self._held(word, parent, me)
        to: uint256 = convert(e.counterparty, uint256)
        if to == me or to == 0 or to > self.organisation_count:
            self._refuse("ship: no such receiver")
        self._movable(word, unit.lot, to)
        word |= to << RECEIVER
    elif e.verb == RECEIVE:
        if actor.roles & HANDLERS == 0:
            self._refuse("role: may not receive")
        if receiver == 0:
            self._refuse("unit: not shipped")
        if receiver != me:
            self._refuse("unit: not shipped to you")
        outcome: uint256 = convert(e.argument, uint256)
        if outcome > SHORT:
            self._refuse("receive: unknown outcome")
        word ^= me << RECEIVER
        if outcome != SHORT:
            word = (word ^ (word & M24)) | me
        if outcome >= DAMAGED and held_by == 0:
            word |= me << HELD_BY
    elif e.verb == PACK:
        self._held(word, parent, me)
        self._movable(word, unit.lot, max_value(uint256))
        if unit.id == container:
            self._refuse("pack: into itself")
        parent = container
    elif e.verb == UNPACK:
        if parent != container:
            self._refuse("unit: not in this container")
        parent = empty(bytes32)
        word = (word ^ (word & M24)) | me
    elif e.verb == QUARANTINE:
        if actor.roles == 0:
            self._refuse("role: may not quarantine")
        if held_by != 0:
            self._refuse("unit: quarantined")
        if not here and not mine and not auditor:
            self._refuse("unit: not yours to quarantine")
        word |= me << HELD_BY
    elif e.verb == RELEASE:
        if actor.roles == 0:
            self._refuse("role: may not release")
        if held_by == 0:
            self._refuse("unit: not quarantined")
        if held_by != me and not auditor:
            self._refuse("unit: not yours to release")
        word ^= held_by << HELD_BY
    elif e.verb == RECALL:
        if actor.roles & RECALLERS == 0:
            self._refuse("role: may not recall")
        if (word >> RECALLED_BY) & M24 != 0:
            self._refuse("unit: recalled")
        if not mine and not auditor:
            self._refuse("unit: not yours to recall")
        word |= me << RECALLED_BY
    elif e.verb == LIFT:
        recalled_by: uint256 = (word >> RECALLED_BY) & M24
        if actor.roles & RECALLERS == 0:
            self._refuse("role: may not lift")
        if recalled_by == 0:
            self._refuse("unit: not recalled")
        if recalled_by != me and not auditor:
            self._refuse("unit: not yours to lift")
        word ^= recalled_by << RECALLED_BY
    elif e.verb == DECOMMISSION:
        if actor.roles & HANDLERS == 0:
            self._refuse("role: may not decommission")
        self._held(word, parent, me)
        if (word >> CHILDREN) & M24 != 0:
            self._refuse("unit: not empty")
        word ^= (ACTIVE ^ DECOMMISSIONED) << STATUS
    else:
        self._refuse("event: verb not for units")
    self.head[unit.id] = self._digest(at, word + NEXT, parent, unit.lot, leaf)


@internal
def _record_lot_or_model(e: Act, actor: Actor):
    """@dev Events about no unit: a whole lot (its id is the argument) or a model (its hash is)."""
    if e.verb == RECALL or e.verb == LIFT:
        lot: uint256 = self.lots[e.argument]
        issuer: uint256 = lot & M24
        by: uint256 = lot >> 24
        if lot == 0:
            self._refuse("lot: unknown")
        if e.verb == RECALL:
            if actor.roles & RECALLERS == 0:
                self._refuse("role: may not recall")
            if issuer != actor.organisation and actor.roles & AUDITOR == 0:
                self._refuse("lot: not yours to recall")
            if by != 0:
                self._refuse("lot: recalled")
            self.lots[e.argument] = issuer | (actor.organisation << 24)
        else:
            if actor.roles & RECALLERS == 0:
                self._refuse("role: may not lift")
            if by == 0:
                self._refuse("lot: not recalled")
            if by != actor.organisation and actor.roles & AUDITOR == 0:
                self._refuse("lot: not yours to lift")
            self.lots[e.argument] = issuer
    elif e.verb == ANCHOR_MODEL:
        if actor.roles == 0:
            self._refuse("role: may not anchor")
        if e.argument == empty(bytes32):
            self._refuse("model: no hash")
        if self.models[e.argument] != 0:
            self._refuse("model: anchored already")
        self.models[e.argument] = actor.organisation
    else:
        self._refuse("event: no units")


@external
def record(events: DynArray[Act, MAX_BATCH], units: DynArray[Unit, MAX_BATCH], by: Signature = empty(Signature)):
    """
    @notice Record up to 100 events over up to 100 units, all or nothing. Each event takes the next `count` units.
    @dev PACK and UNPACK: the first unit is the container. RECALL, LIFT (of a lot) and ANCHOR_MODEL take no unit.
         A signature is over the units' states and not over their heads: a head holds the block time of the event before,
         which a device that signs two events without a network cannot know; a state holds its number in the unit's history.
    """
    if len(events) == 0:
        self._refuse("batch: empty")
    actor: Actor = empty(Actor)
    if by.device == empty(address):
        actor = self._actor(msg.sender)
    else:
        batch: bytes32 = empty(bytes32)
        for e: Act in events:
            batch = keccak256(abi_encode(batch, e))
        for unit: Unit in units:
            batch = keccak256(abi_encode(batch, unit.id, unit.word, unit.parent, unit.lot))
        actor = self._believe(by, batch)
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    next: uint256 = 0
    for e: Act in events:
        count: uint256 = convert(e.count, uint256)
        if next + count > len(units):
            self._refuse("batch: units missing")
        ids: DynArray[bytes32, MAX_BATCH] = []
        subject: bytes32 = empty(bytes32)
        for i: uint256 in range(count, bound=MAX_BATCH):
            id: bytes32 = units[next + i].id
            ids.append(id)
            subject = keccak256(concat(subject, id))
        leaf: bytes32 = self._enter(convert(e.verb, uint256), actor, convert(e.counterparty, uint256),
                                    convert(e.event_time, uint256), e.commitment, e.argument, subject)
        if count == 0:
            self._record_lot_or_model(e, actor)
        elif e.verb == PACK or e.verb == UNPACK:
            if actor.roles & HANDLERS == 0:
                self._refuse("role: may not pack")
            if count == 1:
                self._refuse("pack: nothing to pack")
            container: Unit = units[next]
            at: bytes32 = self._check(container, leaf)
            self._held(container.word, container.parent, actor.organisation)
            word: uint256 = container.word
            children: uint256 = (word >> CHILDREN) & M24
            if e.verb == PACK:
                if children + count - 1 > M24:
                    self._refuse("pack: too many")
                word += (count - 1) << CHILDREN
            else:
                if children < count - 1:
                    self._refuse("unit: not in this container")
                word -= (count - 1) << CHILDREN
            for i: uint256 in range(1, count, bound=MAX_BATCH):
                self._apply(e, actor, units[next + i], container.id, leaf)
            self.head[container.id] = self._digest(at, word + NEXT, container.parent, container.lot, leaf)
        else:
            for i: uint256 in range(count, bound=MAX_BATCH):
                self._apply(e, actor, units[next + i], empty(bytes32), leaf)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(e.verb, uint256), device=actor.device,
                     counterparty=convert(e.counterparty, uint256), event_time=convert(e.event_time, uint256),
                     record_time=block.timestamp, commitment=e.commitment, argument=e.argument, units=ids)
        leaves.append(leaf)
        index += 1
        next += count
    if next != len(units):
        self._refuse("batch: units left over")
    self._append(leaves)


@external
def commission(events: DynArray[Act, MAX_BATCH], births: DynArray[Birth, MAX_BATCH], by: Signature = empty(Signature)):
    """
    @notice Bring units into being: items and logistic units one by one (COMMISSION), or a lot as the Merkle root of its
            units' ids (COMMISSION_LOT). Each event takes the next `count` births. What is born how is part of the entry: its
            argument is the rolling keccak256 over the births, so that the log tells it truly.
    """
    if len(events) == 0:
        self._refuse("batch: empty")
    actor: Actor = empty(Actor)
    if by.device == empty(address):
        actor = self._actor(msg.sender)
    else:
        batch: bytes32 = empty(bytes32)
        for e: Act in events:
            batch = keccak256(abi_encode(batch, e))
        for b: Birth in births:
            batch = keccak256(abi_encode(batch, b))
        actor = self._believe(by, batch)
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    next: uint256 = 0
    for e: Act in events:
        count: uint256 = convert(e.count, uint256)
        if e.verb != COMMISSION and e.verb != COMMISSION_LOT:
            self._refuse("event: verb not for births")
        if count == 0:
            self._refuse("event: no units")
        if next + count > len(births):
            self._refuse("batch: units missing")
        ids: DynArray[bytes32, MAX_BATCH] = []
        lots: DynArray[bytes32, MAX_BATCH] = []
        subject: bytes32 = empty(bytes32)
        facts: bytes32 = empty(bytes32)
        for i: uint256 in range(count, bound=MAX_BATCH):
            b: Birth = births[next + i]
            kind: uint256 = convert(b.kind, uint256)
            prefix: uint256 = convert(b.prefix, uint256)
            id: bytes32 = self._identify(kind, prefix, b.tail)
            lot: bytes32 = empty(bytes32)
            if b.lot != empty(bytes32):
                lot = self._identify(LOT, prefix, b.lot)
            ids.append(id)
            lots.append(lot)
            subject = keccak256(concat(subject, id))
            facts = keccak256(abi_encode(facts, kind, prefix, lot, convert(b.expiry, uint256), b.root, b.size))
        leaf: bytes32 = self._enter(convert(e.verb, uint256), actor, convert(e.counterparty, uint256),
                                    convert(e.event_time, uint256), e.commitment, facts, subject)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(e.verb, uint256), device=actor.device,
                     counterparty=convert(e.counterparty, uint256), event_time=convert(e.event_time, uint256),
                     record_time=block.timestamp, commitment=e.commitment, argument=facts, units=ids)
        for i: uint256 in range(count, bound=MAX_BATCH):
            self._bear(e.verb, actor, births[next + i], ids[i], lots[i], leaf)
        leaves.append(leaf)
        index += 1
        next += count
    if next != len(births):
        self._refuse("batch: units left over")
    self._append(leaves)


@internal
def _bear(verb: uint8, actor: Actor, b: Birth, id: bytes32, lot: bytes32, leaf: bytes32):
    """@dev One unit or lot comes into being."""
    me: uint256 = actor.organisation
    kind: uint256 = convert(b.kind, uint256)
    prefix: uint256 = convert(b.prefix, uint256)
    expiry: uint256 = convert(b.expiry, uint256)
    if kind == LOGISTIC:
        if actor.roles & HANDLERS == 0:
            self._refuse("role: may not commission")
    else:
        if actor.roles & ISSUER == 0:
            self._refuse("role: may not commission")
    if self.prefixes[prefix] != me:
        self._refuse("prefix: not yours")
    if self.head[id] != empty(bytes32):
        self._refuse("unit: issued already")
    if expiry > M40:
        self._refuse("unit: bad expiry")
    if verb == COMMISSION_LOT:
        if kind != LOT:
            self._refuse("event: verb not for births")
        if b.root == empty(bytes32) or b.size == 0 or b.size > 2**MAX_PATH:
            self._refuse("lot: bad size")
        if lot != empty(bytes32):
            self._refuse("lot: in a lot")
        if self.lots[id] == 0:
            self.lots[id] = me
        self.head[id] = self._lot_digest(b.root, b.size, expiry, me, leaf)
    else:
        if kind != ITEM and kind != LOGISTIC:
            self._refuse("event: verb not for births")
        if b.root != empty(bytes32) or b.size != 0:
            self._refuse("unit: has a lot's root")
        if lot != empty(bytes32) and self.lots[lot] == 0:
            self.lots[lot] = me
        self.head[id] = self._digest(empty(bytes32), self._born(me, kind, expiry), empty(bytes32), lot, leaf)
    log Born(unit=id, kind=kind, prefix=prefix, lot=lot, expiry=expiry, root=b.root, size=b.size)


@internal
@pure
def _born(issuer: uint256, kind: uint256, expiry: uint256) -> uint256:
    """@dev A unit's first word."""
    return issuer | (issuer << ISSUED_BY) | (kind << KIND) | (ACTIVE << STATUS) | (expiry << EXPIRY) | NEXT


@external
def draw(lot: LotRecord, units: DynArray[Drawn, MAX_DRAWN]):
    """
    @notice Give units of a lot a head of their own, before their first event. Anybody may: nothing is decided here.
    @dev The head starts at the lot's own leaf. Inclusion as in RFC 9162 section 2.1.3.2.
    """
    if len(units) == 0:
        self._refuse("batch: empty")
    prefix: uint256 = convert(lot.prefix, uint256)
    expiry: uint256 = convert(lot.expiry, uint256)
    id: bytes32 = self._identify(LOT, prefix, lot.tail)
    if self.head[id] == empty(bytes32):
        self._refuse("lot: unknown")
    if self.head[id] != self._lot_digest(lot.root, lot.size, expiry, lot.issuer, lot.leaf):
        self._refuse("lot: stale")
    word: uint256 = self._born(lot.issuer, ITEM, expiry)
    ids: DynArray[bytes32, MAX_DRAWN] = []
    for d: Drawn in units:
        unit: bytes32 = self._identify(ITEM, prefix, d.tail)
        if d.index >= lot.size:
            self._refuse("lot: not in it")
        node: bytes32 = sha256(concat(b"\x00", unit))
        at: uint256 = d.index
        last: uint256 = lot.size - 1
        for other: bytes32 in d.path:
            if last == 0:
                self._refuse("lot: not in it")
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
        if last != 0 or node != lot.root:
            self._refuse("lot: not in it")
        if self.head[unit] != empty(bytes32):
            self._refuse("unit: issued already")
        self.head[unit] = self._digest(empty(bytes32), word, empty(bytes32), id, lot.leaf)
        ids.append(unit)
    log FromLot(lot=id, units=ids)


@external
def correct(corrections: DynArray[Correction, MAX_BATCH], steps: DynArray[Step, MAX_STEPS]):
    """
    @notice Declare up to 100 recorded events to be in error (EPCIS 2.0 errorDeclaration), each by the organisation that
            recorded it, once, or a custodian of old could make the present one's every call stale. History stays; the
            entry's `argument` is the corrected event's leaf.
    @dev Each takes the next `later` steps, oldest first: each is hashed onto the state before it, and the last must give the
         unit's head. With none, the corrected event is the unit's last.
    """
    if len(corrections) == 0:
        self._refuse("batch: empty")
    actor: Actor = self._actor(msg.sender)
    if actor.roles == 0:
        self._refuse("role: may not correct")
    index: uint256 = self.log_size
    leaves: DynArray[bytes32, MAX_BATCH] = []
    next: uint256 = 0
    for c: Correction in corrections:
        at: bytes32 = self.head[c.unit.id]
        if at == empty(bytes32):
            self._refuse("unit: not issued")
        if c.later > len(steps) - next:
            self._refuse("batch: steps missing")
        node: bytes32 = self._digest(c.unit.previous, c.unit.word, c.unit.parent, c.unit.lot, c.unit.leaf)
        word: uint256 = c.unit.word
        parent: bytes32 = c.unit.parent
        for i: uint256 in range(c.later, bound=MAX_STEPS):
            word = steps[next + i].word
            parent = steps[next + i].parent
            node = self._digest(node, word, parent, c.unit.lot, steps[next + i].leaf)
        if node != at:
            self._refuse("unit: stale")
        if sha256(concat(b"\x00", abi_encode(c.entry))) != c.unit.leaf:
            self._refuse("correct: another event")
        if convert(c.entry[1], uint256) != actor.organisation:
            self._refuse("correct: not your event")
        if convert(c.entry[0], uint256) == convert(CORRECT, uint256):
            self._refuse("correct: a correction")
        mark: bytes32 = keccak256(concat(c.unit.id, c.unit.leaf))
        if self.corrected[mark]:
            self._refuse("correct: corrected already")
        self.corrected[mark] = True
        subject: bytes32 = keccak256(concat(empty(bytes32), c.unit.id))
        leaf: bytes32 = self._enter(convert(CORRECT, uint256), actor, 0, convert(c.event_time, uint256),
                                    c.commitment, c.unit.leaf, subject)
        self.head[c.unit.id] = self._digest(at, word + NEXT, parent, c.unit.lot, leaf)
        log Recorded(index=index, organisation=actor.organisation, verb=convert(CORRECT, uint256), device=msg.sender,
                     counterparty=0, event_time=convert(c.event_time, uint256), record_time=block.timestamp,
                     commitment=c.commitment, argument=c.unit.leaf, units=[c.unit.id])
        leaves.append(leaf)
        index += 1
        next += c.later
    if next != len(steps):
        self._refuse("batch: steps left over")
    self._append(leaves)
