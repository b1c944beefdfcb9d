"""`wayproof deploy`: a contract of one's own on a network, and the first organisation."""

from __future__ import annotations

import argparse

from app.console import OK, put
from app.network.arguments import access_from, passphrase_from
from app.network.entering import found_elsewhere
from app.network.membership import checked_party, roles_of
from chain import encoding


def run(called: argparse.Namespace) -> int:
    """`wayproof deploy --rpc URL --gln GLN ...`"""
    party = checked_party(called.gln, called.name, called.address, called.country, roles_of(called.roles))
    for digits in called.prefix:
        encoding.prefix_code(digits)
    trust = found_elsewhere(called.profile, access_from(called), party, called.prefix, passphrase_from(called))
    row = {
        "chain_id": trust.chain_id,
        "contract": "0x" + trust.contract.hex(),
        "code_hash": "0x" + trust.code_hash.hex(),
        "trust": str(called.profile / "trust.json"),
    }
    put(row, called.json, f"Contract {row['contract']} on network {trust.chain_id}; its trust pack is {row['trust']}")
    return OK
