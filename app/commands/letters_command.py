"""`wayproof letters`: details of goods that were shipped go to whoever receives them, those of goods that came are taken."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from app.commands.member_command import here, opened
from app.console import NOT_GENUINE, OK, put
from app.letters import Exchanged, exchange, relay_folder
from chain.errors import BadInput


def run(called: argparse.Namespace) -> int:
    """`wayproof letters [FOLDER] [--again]`"""
    with opened(called) as station:
        here(station)
        folder = called.folder or relay_folder(station.network())
        if folder is None:
            raise BadInput("This profile has no relay folder: name the folder in which the other side looks.")
        if not folder.is_dir():
            raise BadInput(f"There is no folder {folder}.")
        done = exchange(station, folder, again=called.again)
    put(asdict(done), called.json, words(done))
    return NOT_GENUINE if done.refused else OK


def words(done: Exchanged) -> str:
    """What an exchange did, for people."""
    said = f"{done.left} letters left; {done.taken} taken, with the details of {done.details} events that were not here"
    said += f"; {done.waiting} wait: sync, or open the keys" if done.waiting else ""
    return said + (f"; {done.refused} refused: what they say was never recorded" if done.refused else "")
