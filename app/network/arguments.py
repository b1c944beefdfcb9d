"""The arguments of the commands that have to do with networks, keys, and laptops without one; nothing heavy is imported here."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.network.access import Access

Add = Callable[[str, str], argparse.ArgumentParser]

KINDS = ("private", "consortium", "clique", "public")  # of `access.PRESETS`, which the command line need not load


def add_to(add: Add, common: argparse.ArgumentParser) -> None:
    """Register the commands; `add(name, words)` makes a subcommand, `common` are the options of all."""
    _deploy(add)
    _join(add)
    _member(add, common)
    _device(add, common)
    _relay(add)
    _letters(add)
    _handover(add, common)


def access_from(called: argparse.Namespace) -> Access:
    """How the network is reached, as the options say. Raises BadInput."""
    from app.network.access import GWEI, PRESETS, Access

    preset = PRESETS[called.kind]
    said = {name: getattr(called, name) for name in ("finality", "fee_cap", "patience", "wait_cheap")}
    limits = {name: getattr(preset, name) if value is None else value for name, value in said.items()}
    limits["fee_cap"] *= GWEI
    return Access(
        endpoints=tuple(called.rpc),
        enough=called.enough or len(called.rpc) // 2 + 1,
        relay=str(Path(called.relay).absolute()) if called.relay else "own",
        **limits,
    )


def passphrase_from(called: argparse.Namespace) -> Callable[[], str | None]:
    """Where the passphrase comes from: the file named, the environment, the person, or (None) the keyring."""
    from app.network.keyring import passphrase_in, told_passphrase

    if getattr(called, "password_file", None) is not None:
        path: Path = called.password_file
        return lambda: passphrase_in(path)
    return told_passphrase


def _network(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rpc", nargs="+", required=True, metavar="URL", help="nodes of the network, the preferred one first")
    parser.add_argument(
        "--enough", type=int, default=0, metavar="K", help="how many of them must agree; more than half if left out"
    )
    parser.add_argument(
        "--kind", choices=KINDS, default=KINDS[0], help="what is usual on such a network, where the next four say nothing"
    )
    parser.add_argument("--finality", type=int, metavar="BLOCKS", help="blocks on top until a block is settled")
    parser.add_argument("--fee-cap", type=int, metavar="GWEI", help="the most to pay for a gas")
    parser.add_argument("--patience", type=int, metavar="SECONDS", help="how long to wait for a block")
    parser.add_argument("--wait-cheap", type=int, metavar="SECONDS", help="how long events may wait for lower fees")
    parser.add_argument("--relay", metavar="FOLDER", help="a relayer's folder; this profile's own key sends if left out")
    _party(parser)
    _secret(parser)


def _party(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--gln", required=True, metavar="GLN", help="the organisation's Global Location Number")
    parser.add_argument("--name", default="", help="its name")
    parser.add_argument("--address", default="", help="its address")
    parser.add_argument("--country", default="", metavar="CC", help="its country")


def _secret(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="the passphrase of this profile's keys, in its first line"
    )


def _deploy(add: Add) -> None:
    parser = add("deploy", "put a contract of your own on a network and found a consortium there")
    _network(parser)
    parser.add_argument("--roles", default="issuer,carrier,keeper,retailer,auditor", metavar="ROLES", help="of the founder")
    parser.add_argument("--prefix", nargs="*", default=[], metavar="DIGITS", help="its GS1 company prefixes")


def _join(add: Add) -> None:
    parser = add("join", "make this profile belong to a network, with keys of its own")
    _network(parser)
    pinned = parser.add_mutually_exclusive_group(required=True)
    pinned.add_argument("--trust", type=Path, metavar="TRUSTPACK", help="the consortium's trust pack")
    pinned.add_argument("--contract", metavar="ADDRESS", help="only the contract's address, where there is no pack yet")


def _member(add: Add, common: argparse.ArgumentParser) -> None:
    parser = add("member", "organisations of the consortium: ask to join, admit, list")
    doing = parser.add_subparsers(dest="doing", metavar="request|approve|list|learn", required=True, parser_class=type(parser))
    request = doing.add_parser("request", help="write a request to be admitted", parents=[common])
    request.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    approve = doing.add_parser("approve", help="admit the organisation of a request (the administrator)", parents=[common])
    approve.add_argument("file", type=Path, metavar="REQUEST")
    approve.add_argument("--roles", required=True, metavar="ROLES", help="issuer,carrier,keeper,retailer,auditor")
    approve.add_argument("--prefix", nargs="*", default=[], metavar="DIGITS")
    listed = doing.add_parser("list", help="the members that this laptop knows; with -o as a file for others", parents=[common])
    listed.add_argument("-o", "--output", type=Path, metavar="FILE")
    learn = doing.add_parser("learn", help="take over the members' names from such a file", parents=[common])
    learn.add_argument("file", type=Path, metavar="FILE")
    for one in (request, approve, listed, learn):
        _secret(one)


def _device(add: Add, common: argparse.ArgumentParser) -> None:
    parser = add("device", "laptops of an organisation: ask to be admitted, admit, revoke")
    words = "request|approve|revoke|list"
    doing = parser.add_subparsers(dest="doing", metavar=words, required=True, parser_class=type(parser))
    request = doing.add_parser("request", help="write a request for this laptop", parents=[common])
    request.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    approve = doing.add_parser("approve", help="admit the laptop of a request (its organisation)", parents=[common])
    approve.add_argument("file", type=Path, metavar="REQUEST")
    approve.add_argument("--days", type=int, default=3 * 365, metavar="N", help="how long it may record")
    revoke = doing.add_parser("revoke", help="stop a laptop at once and for good (its organisation)", parents=[common])
    revoke.add_argument("address", metavar="0xADDRESS")
    revoke.add_argument(
        "--suspect-since", metavar="TIME", help="from when its events are to be doubted, e.g. 2026-05-01T08:00+02:00"
    )
    listed = doing.add_parser("list", help="the laptops of this organisation, with their fingerprints in words", parents=[common])
    for one in (request, approve, revoke, listed):
        _secret(one)


def _relay(add: Add) -> None:
    parser = add("relay", "send what laptops left in a folder to the network, and answer them there")
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--watch", type=float, metavar="SECONDS", help="go on, looking again after so many seconds")
    _secret(parser)


def _letters(add: Add) -> None:
    parser = add("letters", "give the details of goods shipped to whoever receives them, and take those of goods that came")
    parser.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="a share or a stick; the relay folder if left out")
    parser.add_argument("--again", action="store_true", help="also what was left before")
    _secret(parser)


def _handover(add: Add, common: argparse.ArgumentParser) -> None:
    parser = add("handover", "hand goods over between two laptops without a network")
    words = "offer|accept|finish|cases|accuse|judge"
    doing = parser.add_subparsers(dest="doing", metavar=words, required=True, parser_class=type(parser))
    offer = doing.add_parser("offer", help="the shipper's signed statement, as the texts of QR codes", parents=[common])
    offer.add_argument("items", nargs="+", metavar="ITEM")
    offer.add_argument("--to", required=True, metavar="GLN", help="who receives")
    accept = doing.add_parser("accept", help="countersign a scanned statement", parents=[common])
    accept.add_argument("texts", nargs="+", metavar="TEXT", help="what the codes say, or files with it")
    finish = doing.add_parser("finish", help="keep the receiver's countersignature", parents=[common])
    finish.add_argument("texts", nargs="+", metavar="TEXT")
    listed = doing.add_parser(
        "cases", help="events that contradict each other; with -o both sides of one in a file", parents=[common]
    )
    listed.add_argument("--case", metavar="CASE", help="which one, as the list names it")
    listed.add_argument("-o", "--output", type=Path, metavar="EVIDENCE")
    accuse = doing.add_parser("accuse", help="make evidence of two contradicting offers; needs no profile", parents=[common])
    accuse.add_argument("one", type=Path, metavar="FILE", help="what the codes of one say")
    accuse.add_argument("other", type=Path, metavar="FILE", help="what the codes of the other say")
    accuse.add_argument("-o", "--output", type=Path, required=True, metavar="EVIDENCE")
    judge = doing.add_parser("judge", help="check such evidence; needs no profile", parents=[common])
    judge.add_argument("file", type=Path, metavar="EVIDENCE")
    for one in (accuse, judge):
        one.add_argument("--trust", type=Path, required=True, metavar="TRUSTPACK")
    for one in (offer, accept, finish, listed):
        _secret(one)
