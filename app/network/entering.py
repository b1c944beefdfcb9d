"""How a new profile comes into a network: it joins one that is there, or founds one. The commands and the first window use this.

What fails leaves the profile as new as it was, so that it can be tried again with another passphrase or another node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.network import join, pin, refuse_used
from app.network.access import Access
from app.network.membership import found, opened_keys, settle
from app.profile import is_new
from app.store import Store
from app.trust import TrustPack, pack_from, read_pack, save_pack
from chain import keystore, strict_json
from chain.errors import BadInput, WayproofError
from chain.journey import Party

if TYPE_CHECKING:
    from app.network.keyring import Passphrase, StoredKeys
    from chain.evidence import Trust

__all__ = ["enter", "found_elsewhere", "found_here", "read_shown"]


def read_shown(path: Path, texts: Sequence[str] | None = None) -> TrustPack:
    """A trust pack out of its file, or out of the texts of the codes in a picture of it. Raises BadInput."""
    if texts is None:
        return read_pack(path)
    for text in texts:
        try:
            return pack_from(strict_json.loads(text.encode()))
        except BadInput:
            continue
    raise BadInput(f"{path.name} holds no trust pack.")


def enter(profile: Path, access: Access, party: Party, pinned: TrustPack | Trust, passphrase: Passphrase) -> StoredKeys:
    """Make a profile belong to a network as one of a party's laptops; its keys.

    Raises BadInput where it belongs to one already, LedgerError where the nodes do not have the pinned contract, KeyLocked.
    """
    with _keys(profile, passphrase) as keys:
        if isinstance(pinned, TrustPack):
            join(profile, access, pinned.trust)
            save_pack(profile / "trust.json", pinned)
        else:
            join(profile, access, pinned)
            pin(profile, pinned)
    with Store(profile / "wayproof.sqlite") as store:
        with store.transaction():
            store.goods.add_parties([party])
        settle(store, party.gln)
    return keys


def found_elsewhere(profile: Path, access: Access, party: Party, prefixes: Sequence[str], passphrase: Passphrase) -> Trust:
    """Found a consortium on a network that is there; what was pinned. Raises as `membership.found` does."""
    with _keys(profile, passphrase):
        return found(profile, access, party, prefixes, passphrase)


def found_here(profile: Path, party: Party, prefixes: Sequence[str]) -> Trust:
    """Found a consortium on an embedded chain of its own; what was pinned.

    Its keys and witnesses come from a public seed: it convinces nobody else. Raises BadInput, LedgerError.
    """
    from app.recorder import Member, Recorder
    from app.station import Station

    refuse_used(profile)
    with Station.open(profile) as station:
        network = station.network()
        Recorder(network.ledger, station.store, network.keys).enrol([Member(party, tuple(prefixes))])
        station.sync()
        settle(station.store, party.gln)
        return network.trust


@contextmanager
def _keys(profile: Path, passphrase: Passphrase) -> Iterator[StoredKeys]:
    """The profile's keys; those that were made for nothing are taken away again."""
    refuse_used(profile)
    made = not keystore.Keystore.exists(profile)
    keys = opened_keys(profile, passphrase)
    try:
        yield keys
    except WayproofError:
        if made and is_new(profile):
            (profile / keystore.FILE_NAME).unlink(missing_ok=True)
        raise
