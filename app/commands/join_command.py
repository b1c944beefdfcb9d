"""`wayproof join`: this profile belongs to a network from now on, with keys of its own."""

from __future__ import annotations

import argparse
import re

from app.console import OK, existing_file, put
from app.network import ledger_over
from app.network.arguments import access_from, passphrase_from
from app.network.entering import enter
from app.network.membership import checked_party
from app.trust import read_pack
from chain import calls
from chain.errors import BadInput
from chain.evidence import Trust


def run(called: argparse.Namespace) -> int:
    """`wayproof join --rpc URL --trust TRUSTPACK --gln GLN`"""
    party = checked_party(called.gln, called.name, called.address, called.country)
    access = access_from(called)
    pack = read_pack(existing_file(str(called.trust))) if called.trust else None
    if pack is not None:
        trust = pack.trust
    else:
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", called.contract):
            raise BadInput("A contract's address is 0x and 40 hexadecimal digits.")
        contract = bytes.fromhex(called.contract[2:])
        with access.connected() as connection:
            trust = Trust(ledger_over(connection, access).chain_id(), contract, calls.code_hash())
    keys = enter(called.profile, access, party, pack or trust, passphrase_from(called))
    row = {
        "chain_id": trust.chain_id,
        "contract": "0x" + trust.contract.hex(),
        "device": "0x" + keys.device(party.gln).address.hex(),
        "owner": "0x" + keys.owner(party.gln).address.hex(),
    }
    words = f"Joined network {trust.chain_id}. This laptop's address is {row['device']}: ask with `wayproof device request`."
    put(row, called.json, words)
    return OK
