"""How organisations and laptops come into a consortium: a request with the key's own signature, an approval on the chain.

A laptop makes its keys itself and shows only their addresses. The administrator admits organisations, an organisation admits and
revokes its devices; nobody's key ever leaves the profile it was made in. Names stay off the chain: the list of members is a file,
and each line of it is held against the commitment that the log has for that organisation.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from app.network import ledger_over, pin, refuse_used
from app.network.access import Access, save_access
from app.network.keyring import Passphrase, StoredKeys
from app.store import Store
from chain import calls, encoding, strict_json
from chain.eip712 import Schema
from chain.errors import BadInput, BadProof
from chain.evidence import Trust
from chain.journey import NO_ROLE, Party, Role, Verb
from chain.keys import SigningKey, recover
from chain.keystore import Keystore
from chain.statement import domain

if TYPE_CHECKING:
    from app.network import Network
    from app.recorder import Recorder

REQUEST, MEMBERS = "wayproof request 1", "wayproof members 1"
MOST_BYTES = 1 << 22
KINDS = ("organisation", "device")
YEARS = 3 * 365 * 86_400  # how long a device is admitted for, if nothing else is said

_TEXTS = ("kind", "gln", "name", "address", "country")
_SCHEMA = Schema({"Request": [*({"name": name, "type": "string"} for name in _TEXTS), {"name": "key", "type": "address"}]})


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody asks to be admitted: as an organisation (`key` is its owner address) or as one of its devices."""

    kind: str
    party: Party
    key: bytes
    signature: bytes

    @classmethod
    def make(cls, kind: str, party: Party, key: SigningKey, trust: Trust) -> Request:
        """A request, signed by the key that is to be admitted."""
        draft = cls(kind, party, key.address, b"")
        return cls(kind, party, key.address, key.sign_digest(draft._digest(trust)))

    @classmethod
    def read(cls, path: Path, trust: Trust) -> Request:
        """A request out of a file. Raises BadInput where it is damaged, for another network, or not signed by its own key."""
        return cls.of(_json(path, REQUEST), trust, str(path))

    @classmethod
    def of(cls, fields: Mapping[str, Any], trust: Trust, source: str) -> Request:
        """A request out of its fields; `source` says in words where they come from. Raises BadInput as `read` does."""
        try:
            kind, gln, name, address, country = (_text(fields[part]) for part in _TEXTS)
            key, signature = bytes.fromhex(fields["key"][2:]), bytes.fromhex(fields["signature"][2:])
        except (KeyError, TypeError, ValueError) as cause:
            raise BadInput(f"{source} is not a request to join.", cause=repr(cause)) from cause
        found = cls(kind, Party(_gln(gln), name, address, country=country), key, signature)
        try:
            same = kind in KINDS and len(key) == 20 and recover(found._digest(trust), signature) == key
        except BadProof:
            same = False
        if not same:
            raise BadInput(f"The request {source} was not signed by its own key for this network.")
        return found

    @property
    def fields(self) -> dict[str, object]:
        """What a file or a code says of it."""
        return {"format": REQUEST, **self._texts(), "key": _hexed(self.key), "signature": _hexed(self.signature)}

    def write(self, path: Path) -> None:
        """Write it to a file. Raises StoreError."""
        from app.whole import write_whole

        write_whole(path, orjson.dumps(self.fields, option=orjson.OPT_INDENT_2) + b"\n")

    def _texts(self) -> dict[str, str]:
        p = self.party
        return dict(zip(_TEXTS, (self.kind, p.gln, p.name, p.address, p.country), strict=True))

    def _digest(self, trust: Trust) -> bytes:
        return _SCHEMA.digest(domain(trust.chain_id, trust.contract), "Request", {**self._texts(), "key": self.key})


def found(profile: Path, access: Access, party: Party, prefixes: Sequence[str], passphrase: Passphrase) -> Trust:
    """Deploy a contract, admit the first organisation with this laptop as its device, and make the profile belong to it.

    Raises:
        BadInput: the profile belongs to a network already.
        LedgerError: the network does not take it; the words say what to do.
    """
    from app.recorder import Member, Recorder

    refuse_used(profile)
    keys = opened_keys(profile, passphrase)
    with access.connected() as connection:
        ledger = ledger_over(connection, access)
        trust = Trust(ledger.chain_id(), ledger.deploy(keys.administrator()), calls.code_hash())
        pin(profile, trust)
        save_access(profile, access)
        with Store(profile / "wayproof.sqlite") as store:
            Recorder(ledger, store, keys).enrol([Member(party, tuple(prefixes))])
            settle(store, party.gln)
    return trust


def opened_keys(profile: Path, passphrase: Passphrase) -> StoredKeys:
    """The profile's keys, made where there are none."""
    if not Keystore.exists(profile):
        Keystore.create(profile, passphrase()).lock()
    return StoredKeys(profile, passphrase)


def settle(store: Store, gln: str) -> None:
    """This laptop is the party's."""
    with store.transaction():
        store.goods.set("here", gln)


def approve_organisation(recorder: Recorder, request: Request, roles: Role, prefixes: Sequence[str]) -> int:
    """Admit an organisation with its own key as owner; its number. Raises BadInput, RuleBroken, LedgerError."""
    party = request.party
    if request.kind != "organisation":
        raise BadInput("This is the request of a device: its organisation approves it.")
    if not roles:
        raise BadInput("An organisation needs at least one role.")
    if party.gln in recorder.organisations:
        raise BadInput(f"The party with GLN {party.gln} is a member already.")
    fields, seed = party_fields(party), recorder.keys.seed(f"party/{party.gln}")
    commitment = encoding.commitment(fields, seed)
    administrator = recorder.keys.administrator()
    with recorder.store.transaction():
        recorder.store.goods.add_details([(commitment, fields, seed)])
    codes = [encoding.prefix_code(digits) for digits in prefixes]
    entries = recorder.send([(administrator, calls.enrol_organisation(request.key, roles, commitment))])
    [number] = [entry.counterparty for entry in entries if entry.commitment == commitment]
    recorder.send([(administrator, calls.grant_prefix(number, code)) for code in codes])
    with recorder.store.transaction():
        member = Party(party.gln, party.name, party.address, roles, number, party.country)
        recorder.store.goods.add_parties([member])
    return number


def approve_device(network: Network, store: Store, request: Request, until: int | None = None) -> int:
    """Let a device record for this laptop's organisation until a unix second; the organisation's number."""
    if request.kind != "device":
        raise BadInput("This is the request of an organisation: the administrator approves it.")
    number = _organisation(store, request.party.gln)
    last = int(time.time()) + YEARS if until is None else until
    data = calls.enrol_device(number, request.key, 0, last)
    network.ledger.send(network.keys.owner(request.party.gln), [data])
    return number


def revoke_device(network: Network, store: Store, gln: str, device: bytes, suspect_since: int = 0) -> None:
    """Stop a device of this laptop's organisation at once and for good."""
    _organisation(store, gln)
    network.ledger.send(network.keys.owner(gln), [calls.revoke_device(device, suspect_since)])


def write_members(store: Store, path: Path) -> int:
    """Write the members that this laptop knows, with what proves their names; how many."""
    from app.whole import write_whole

    rows = []
    for entry in store.replica.entries():
        if entry.verb is Verb.ENROL_ORGANISATION:
            detail = store.goods.detail(entry.commitment)
            if detail is not None:
                rows.append({"organisation": entry.counterparty, "fields": dict(detail.fields), "seed": _hexed(detail.seed)})
    whole = {"format": MEMBERS, "members": rows}
    write_whole(path, orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b"\n")
    return len(rows)


def learn_members(store: Store, path: Path) -> int:
    """Take over names from a file, each only where the log has its commitment; how many. Raises BadInput."""
    entries = {e.commitment: e for e in store.replica.entries() if e.verb in (Verb.ENROL_ORGANISATION, Verb.SET_ROLES)}
    roles: dict[int, Role] = {}
    for entry in store.replica.entries():
        if entry.verb in (Verb.ENROL_ORGANISATION, Verb.SET_ROLES):
            roles[entry.counterparty] = encoding.organisation_word(int.from_bytes(entry.argument, "big"))[1]
    parties, details = [], []
    try:
        for row in _json(path, MEMBERS)["members"]:
            fields, seed = row["fields"], bytes.fromhex(row["seed"][2:])
            commitment = encoding.commitment(fields, seed)
            if commitment not in entries:
                raise BadInput(f"The network has no member as {path} tells it ({fields.get('name')}): sync first.")
            number = entries[commitment].counterparty
            texts = [_text(fields[name]) for name in ("gln", "name", "address", "country")]
            parties.append(Party(texts[0], texts[1], texts[2], roles[number], number, texts[3]))
            details.append((commitment, fields, seed))
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise BadInput(f"{path} is not a list of members.", cause=repr(cause)) from cause
    with store.transaction():
        store.goods.add_parties(parties)
        store.goods.add_details(details)
    return len(parties)


def party_fields(party: Party) -> dict[str, object]:
    """What an organisation's commitment is over."""
    return {"gln": party.gln, "name": party.name, "address": party.address, "country": party.country}


def checked_party(gln: str, name: str, address: str = "", country: str = "", roles: Role = NO_ROLE) -> Party:
    """A party as a person typed it. Raises BadInput."""
    return Party(_gln(gln), _text(name), _text(address), roles, country=_text(country))


def roles_of(words: str) -> Role:
    """Roles out of words with commas between them. Raises BadInput."""
    found = NO_ROLE
    for word in filter(None, (part.strip().upper() for part in words.split(","))):
        if word not in Role.__members__:
            raise BadInput(f"There is no role “{word.lower()}”: use issuer, carrier, keeper, retailer or auditor.")
        found |= Role[word]
    return found


def _organisation(store: Store, gln: str) -> int:
    number = next((p.organisation for p in store.goods.parties() if p.gln == gln and p.organisation), 0)
    if not number:
        raise BadInput(f"The party with GLN {gln} is no member that this laptop knows: sync, and learn the list of members.")
    return number


def _gln(gln: str) -> str:
    from chain import gs1

    if len(gln) != 13 or not (gln.isascii() and gln.isdigit()) or gs1.check_digit(gln[:-1]) != gln[-1]:
        raise BadInput(f"“{gln}” is not a GLN: it has 13 digits, the last of which is a check digit.")
    return gln


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 500 or not value.isprintable():
        raise BadInput("A name or an address is a text of at most 500 characters.")
    return value


def _json(path: Path, form: str) -> Mapping[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as cause:
        raise BadInput(f"{path} cannot be read.", cause=repr(cause)) from cause
    value = strict_json.loads(data) if len(data) <= MOST_BYTES else None
    if not isinstance(value, dict) or value.get("format") != form:
        raise BadInput(f"{path} is not a file of the form “{form}”.")
    return value


def _hexed(data: bytes) -> str:
    return "0x" + data.hex()
