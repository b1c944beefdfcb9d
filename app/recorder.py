"""Recording: drafts of events become transactions, transactions a block, and the block's own log the new state.

A draft names parties by GLN and items by identity; what the contract wants besides (the unit's present state, the prefix, the
commitment) is worked out here from the replica. The rules are asked first, in Python, so that a draft that the contract would
refuse is refused with its reason before anything is sent. A draft that is on the log already is skipped: the same import run
twice records nothing twice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.drafting import BIRTHS, Acted, Drafting, advance, apply_act, catch_up, sketch
from app.drafting import Draft as Draft
from app.known import known
from app.network.keyring import Keys
from app.store import Store
from chain import calls, encoding
from chain.calls import MAX_BATCH
from chain.errors import BadInput
from chain.journey import NO_ROLE, Entry, Party, Role, Verb
from chain.keys import SigningKey
from chain.ledger import Ledger

FOREVER = encoding.M40
ADMINISTRATION_PER_BLOCK = 200
TRANSACTION_GAS = 16_000_000  # below the cap of newer forks (EIP-7825); a batch of 100 takes a third of it


@dataclass(frozen=True, slots=True)
class Member:
    """A party to be enrolled, with the company prefixes (digits) it may issue under."""

    party: Party
    prefixes: tuple[str, ...] = ()


class Recorder(Drafting):
    """Records drafts through a ledger with the keys of this laptop.

    Args:
        ledger: the contract's network.
        store: the profile; what its replica does not know yet is asked of the network.
        keys: whose events can be signed here.
    """

    def __init__(self, ledger: Ledger, store: Store, keys: Keys) -> None:
        super().__init__(store, keys, known(store))
        self.ledger = ledger
        self.gas = 0
        self._unproven: set[bytes] = set()
        self._enrolled: dict[bytes, int] = {}
        self._learn(store.replica.administration())
        self._learn(catch_up(self.world, store, ledger))

    def recorded(self, draft: Draft) -> bool:
        """Whether a draft is on the log already, word for word."""
        return self._stands(self.prepared(draft)[1])

    def _stands(self, commitment: bytes) -> bool:
        return commitment in self._unproven or self.store.outbox.on_the_log(commitment)

    def enrol(self, members: Sequence[Member], at: int | None = None) -> None:
        """Enrol parties, grant their prefixes, enrol one device each.

        Those already enrolled are left as they are, but for the roles that they lack; a suspended one gets none.
        """
        for start in range(0, len(members), ADMINISTRATION_PER_BLOCK):
            self._enrol(members[start : start + ADMINISTRATION_PER_BLOCK], at)

    def enrol_device(self, gln: str, number: int, valid_from: int = 0, valid_until: int = FOREVER, at: int | None = None) -> None:
        """One more device of an organisation."""
        address = self.keys.device(gln, number).address
        data = calls.enrol_device(self._organisation(gln), address, valid_from, valid_until)
        self.send([(self.keys.owner(gln), data)], at)

    def revoke_device(self, gln: str, number: int, suspect_since: int = 0, at: int | None = None) -> None:
        """Stop a device for good."""
        data = calls.revoke_device(self.keys.device(gln, number).address, suspect_since)
        self.send([(self.keys.owner(gln), data)], at)

    def record(self, drafts: Sequence[Draft], at: int | None = None) -> tuple[Entry, ...]:
        """Record drafts in one block where the network allows; no unit may be in two of them.

        Args:
            drafts: in any order of parties; each party's keep their order.
            at: the block's time in unix seconds, on the embedded chain.

        Returns: the new entries; drafts that are on the log already have none.

        Raises RuleBroken with the contract's reason where a draft breaks a rule, before anything is sent.
        """
        prepared = [(draft, *self.prepared(draft)) for draft in drafts]
        todo = [row for row in prepared if not self._stands(row[2])]
        batches: dict[tuple[str, int, bool], list[Acted]] = {}
        for draft, fields, commitment, seed in todo:
            del fields, seed
            births = draft.verb in BIRTHS
            batches.setdefault((draft.party, draft.device, births), []).append(self.acted(draft, commitment))
        self._ask(batches, at)
        self.remember((row[0], row[1], row[2], row[3]) for row in todo)
        sends = [
            (self.keys.device(party, device), data)
            for (party, device, births), acts in batches.items()
            for data in _transactions(acts, births)
        ]
        return self.send(sends, at)

    def _ask(self, batches: Mapping[tuple[str, int, bool], Sequence[Acted]], at: int | None) -> None:
        """The contract's rules, asked on a copy of the state. Raises RuleBroken."""
        world = sketch(self.world)
        now = int(time.time()) if at is None else at
        for (party, device, _), acts in batches.items():
            address = self.keys.device(party, device).address
            for act, things in acts:
                apply_act(world, act, things, address, now)

    def send(self, sends: Sequence[tuple[SigningKey, bytes]], at: int | None = None) -> tuple[Entry, ...]:
        """Send calls, each from its key, in one block where the network allows; the entries that they made."""
        if not sends:
            return ()
        by_key: dict[SigningKey, list[bytes]] = {}
        for key, data in sends:
            by_key.setdefault(key, []).append(data)
        signed = [one for key, datas in by_key.items() for one in self.ledger.sign(key, datas, TRANSACTION_GAS)]
        sent = self.ledger.submit(signed, at)
        self.gas += sum(one.gas for one in sent)
        blocks = [one.block for one in sent]
        entries: list[Entry] = []
        for chunk in self.ledger.logs(min(blocks), max(blocks)):
            advance(self.world, chunk)
            entries.extend(chunk.entries)
        self._learn(entries)
        return tuple(entries)

    def _learn(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._unproven.add(entry.commitment)
            if entry.verb is Verb.ENROL_ORGANISATION:
                self._enrolled[entry.commitment] = entry.counterparty

    def _enrol(self, members: Sequence[Member], at: int | None) -> None:
        """What is on the log already is found by its commitment, so that an enrolment that died half-way goes on."""
        administrator = self.keys.administrator()
        sends: list[tuple[SigningKey, bytes]] = []
        parties: list[Party] = []
        details: list[tuple[bytes, Mapping[str, object], bytes]] = []
        last = len(self.world.organisations)
        for member in members:
            party = member.party
            fields: dict[str, object] = {"gln": party.gln, "name": party.name, "address": party.address, "country": party.country}
            seed = self.keys.seed(f"party/{party.gln}")
            commitment = encoding.commitment(fields, seed)
            number = self._enrolled.get(commitment)
            if number is None:
                number = last = last + 1
                sends.append(
                    (administrator, calls.enrol_organisation(self.keys.owner(party.gln).address, party.roles, commitment))
                )
            elif (have := self._roles(number)) and party.roles & ~have:
                party = replace(party, roles=have | party.roles)
                sends.append((administrator, calls.set_roles(number, party.roles)))
            for code in map(encoding.prefix_code, member.prefixes):
                if code not in self.world.prefixes:
                    sends.append((administrator, calls.grant_prefix(number, code)))
            details.append((commitment, fields, seed))
            parties.append(replace(party, organisation=number))
        with self.store.transaction():
            self.store.goods.add_details(details)
        self.send(sends, at)
        with self.store.transaction():
            self.store.goods.add_parties(parties)
        self._organisations |= {party.gln: party.organisation for party in parties}
        devices = [(self.keys.owner(p.gln), p.organisation, self.keys.device(p.gln).address) for p in parties]
        self.send(
            [
                (owner, calls.enrol_device(number, device, 0, FOREVER))
                for owner, number, device in devices
                if device not in self.world.devices
            ],
            None if at is None else at + 1,
        )

    def _roles(self, number: int) -> Role:
        return self.world.organisations[number][1] if number in self.world.organisations else NO_ROLE


def _transactions(acts: Sequence[Acted], births: bool) -> list[bytes]:
    """Calldata for as few transactions as the contract's batch size allows, in order."""
    found: list[bytes] = []
    batch: list[Acted] = []
    units = 0

    def close() -> None:
        if batch:
            found.append(calls.commission(batch) if births else calls.record(batch))  # type: ignore[arg-type]

    for act, things in acts:
        if len(things) > MAX_BATCH:
            raise BadInput(f"one event can be about {MAX_BATCH} units at most, not {len(things)}")
        if len(batch) == MAX_BATCH or units + len(things) > MAX_BATCH:
            close()
            batch, units = [], 0
        batch.append((act, things))
        units += len(things)
    close()
    return found
