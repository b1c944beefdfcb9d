"""The command line that other programs rely on: `wayproof` opens the window, a subcommand runs without one.

With `--json` there is one JSON object a line on standard output and nothing else; messages go to standard error. Exit status:
0 all GENUINE or done, 1 done and something was not GENUINE, 2 the input or the call was bad. Nothing heavy is imported here.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from app.console import BAD, OK, ready, say, show
from app.network import arguments as network_arguments
from chain.errors import BadInput, WayproofError

_DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")  # without any of them Qt ends the process


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one line, and to which only whole names of options are options."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"allow_abbrev": False} | how)

    def error(self, message: str) -> NoReturn:
        """Say it and leave with status 2."""
        self.exit(BAD, f"wayproof: {message} (see wayproof --help)\n")


def _folder(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("the folder has no name")
    return Path(text)


def default_profile() -> Path:
    """The user's profile folder: WAYPROOF_PROFILE, or the platform's place for a program's data."""
    chosen = os.environ.get("WAYPROOF_PROFILE")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("wayproof", appauthor=False)


def parser() -> Parser:
    """All commands and their options."""
    common = Parser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one JSON object a line, nothing else")
    common.add_argument("--profile", type=_folder, default=argparse.SUPPRESS, metavar="DIR", help="the folder of the profile")
    top = Parser(prog="wayproof", description="Scan the code on a product and prove its journey.", parents=[common])
    top.add_argument("--version", action="store_true", help="print the version")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)

    def add(name: str, words: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=words, description=words, parents=[common])

    demo = add("demo", "a sample consortium on the embedded chain, with one unit for each verdict")
    demo.add_argument("--headless", action="store_true", help="print the table of verdicts and open no window")
    demo.add_argument("--screenshots", type=Path, metavar="DIR", help="save pictures of the main pages there")
    decode = add("decode", "read the codes on pictures; nothing is verified")
    decode.add_argument("images", nargs="+", metavar="IMAGE")
    scan = add("scan", "verify the items on pictures or behind texts")
    scan.add_argument("sources", nargs="+", metavar="IMAGE_OR_TEXT")
    scan.add_argument("--offline", action="store_true", help="open no connection: judge by what this laptop holds")
    gs1 = add("gs1", "parse GS1 element strings and Digital Links")
    gs1.add_argument("texts", nargs="+", metavar="TEXT")
    bring = add("import", "bring in a file's history: EPCIS 2.0 JSON-LD, EPCIS 1.2 or 2.0 XML, CSV, XLSX")
    bring.add_argument("file", type=Path, metavar="FILE")
    bring.add_argument("--mapping", metavar="NAME_OR_FILE", help="how columns become events; found by the header if left out")
    bring.add_argument("--keep-going", action="store_true", help="leave out bad rows and events, and report each")
    bring.add_argument("--record", action="store_true", help="record the events on the network instead of keeping them as claims")
    out = add("export", "write events with their hashes to an EPCIS 2.0, CSV or XLSX file")
    out.add_argument("items", nargs="*", metavar="ITEM", help="whose journeys; all items if none is named")
    out.add_argument("--day", metavar="YYYY-MM-DD", help="events of this day (UTC) only")
    out.add_argument("--everything", action="store_true", help="all events that this laptop knows")
    out.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="a .jsonld, .json, .csv or .xlsx file")
    add("sync", "pull and prove what is new on the network")
    labels = add("labels", "print labels of items, signed by their issuer where its key is kept here")
    labels.add_argument("items", nargs="*", metavar="ITEM")
    labels.add_argument("-o", "--output", type=Path, metavar="LABELS.pdf", help="a .pdf sheet, a .zpl file or one .png")
    labels.add_argument("--sheet", metavar="NAME", help="a sheet such as L7160, or TABLE.csv:NAME; A4 with 3 x 8 if left out")
    labels.add_argument("--printer", metavar="WHERE", help="a printer: HOST[:PORT] for its raw port, queue:NAME for the system's")
    labels.add_argument("--symbol", choices=("qr", "datamatrix"), default="qr", help="a QR code, or a GS1 Data Matrix")
    labels.add_argument("--printer-draws", action="store_true", help="in ZPL, leave the Data Matrix to the printer (^BX)")
    labels.add_argument("--dpi", type=int, metavar="N", help="of the print head: 203, 300 or 600; 0 for a printer of sheets")
    labels.add_argument("--label", metavar="WxH", help="the size of a label on the roll, or of the paper, in mm, such as 45x60")
    labels.add_argument("--test-page", action="store_true", help="print rulers to measure how the printer is off")
    labels.add_argument("--measured", metavar="L,T,A,D", help="keep for --printer what was measured on its test page, in mm")
    epcis = add("epcis", "check EPCIS documents, or print the hashes of their events; needs no profile")
    doing = epcis.add_subparsers(dest="doing", metavar="check|hash", required=True, parser_class=Parser)
    for name, words in (("check", "validity, with every fault named"), ("hash", "the CBV 2.0 hash of each event, one a line")):
        one = doing.add_parser(name, help=words, description=words, parents=[common])
        one.add_argument("files", nargs="+", metavar="FILE")
        if name == "hash":
            one.add_argument("--prehash", action="store_true", help="the text that is hashed as well")
    bundle = add("bundle", "write the sealed evidence of one item to a file, or of many to a depot pack")
    bundle.add_argument("item", nargs="*", metavar="ITEM")
    bundle.add_argument("--from", dest="source", type=Path, metavar="ITEMS.txt", help="one item a line; up to 50,000")
    bundle.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="usually ending in .wayproof")
    bundle.add_argument("--note", type=Path, metavar="NOTE", help="a co-signed block; it is kept in the profile")
    verify = add("verify", "check an evidence file, receipt or audit trail; needs no profile and no network")
    verify.add_argument("file", type=Path, metavar="FILE")
    verify.add_argument("--trust", type=Path, required=True, metavar="TRUSTPACK", help="the trust pack (trust.json of a profile)")
    verify.add_argument("--item", metavar="ITEM", help="of a depot pack, only what it says about this item")
    pack = add("trust", "look at a trust pack, or let a newer one take its place")
    doing = pack.add_subparsers(dest="doing", metavar="show|accept|pin|draft", required=True, parser_class=Parser)
    one = doing.add_parser("show", help="what it says, and its fingerprint in words", parents=[common])
    one.add_argument("pack", type=Path, metavar="PACK")
    one.add_argument("--qr", action="store_true", help="also draw the fingerprint as a QR code")
    one = doing.add_parser(
        "accept", help="put a newer pack in the place of an older one, if its witnesses say so", parents=[common]
    )
    one.add_argument("pack", type=Path, metavar="NEW")
    one.add_argument("--trust", type=Path, required=True, metavar="OLD", help="the pack's file; it is replaced")
    one = doing.add_parser(
        "pin", help="put a first pack with witnesses in the place of a profile's pack that has none", parents=[common]
    )
    one.add_argument("pack", type=Path, metavar="PACK")
    one.add_argument(
        "--fingerprint", metavar="WORDS", help="the eight words, as heard from whoever made the pack; else asked for"
    )
    one.add_argument("--force", action="store_true", help="even where the profile's pack has witnesses: they are lost")
    one = doing.add_parser("draft", help="the next version of a pack, for its witnesses to sign", parents=[common])
    one.add_argument("pack", type=Path, metavar="OLD", help="the pack to go on from (trust.json of a profile)")
    one.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="one more witness (wayproof witness NAME --key)"
    )
    one.add_argument("--revoke", action="append", default=[], metavar="KEY", help="a key that counts for nothing from now on")
    one.add_argument("--threshold", type=int, metavar="K", help="how many witnesses must agree")
    one.add_argument("--name", help="what the pack is called")
    one.add_argument("--days", type=int, default=365, metavar="N", help="how long it holds")
    one.add_argument("--max-age", type=int, metavar="SECONDS", help="how old knowledge may be")
    one.add_argument("--max-age-of", action="append", default=[], metavar="DIGITS=SECONDS", help="the same for some goods")
    one.add_argument(
        "--consensus", choices=("qbft", "ibft2", "clique", "none"), help="how the network seals its blocks: files must show it"
    )
    one.add_argument("--validator", action="append", default=[], metavar="0x…", help="who may; all of them, in place of the old")
    one.add_argument("-o", "--output", type=Path, required=True, metavar="PACK")
    witness = add("witness", "co-sign the newest block that this profile's own node proved; never a fork")
    witness.add_argument("name", metavar="NAME", help="the witness's name in trust packs, such as inspectorate.example")
    witness.add_argument("--wallet", action="store_true", help="the key is one as wallets have it (EIP-712)")
    witness.add_argument("--key", action="store_true", help="print the public key for the trust pack")
    witness.add_argument("--pack", type=Path, metavar="PACK", help="sign this trust pack instead of a block")
    witness.add_argument("--note", type=Path, metavar="NOTE", help="sign the block of this note and keep its other signatures")
    witness.add_argument("--once", action="store_true", help="sign once and leave (the default)")
    witness.add_argument("--serve", type=int, metavar="PORT", help="answer on 127.0.0.1 (C2SP tlog-witness) until input ends")
    witness.add_argument("--offline", action="store_true", help="ask no node: sign what this profile holds")
    witness.add_argument("-o", "--output", type=Path, metavar="NOTE", help="where the signed note goes; else to standard output")
    ahead = add("forecast", "what series of sales will do next, with intervals")
    ahead.add_argument("file", type=Path, metavar="SALES.csv", help="columns unique_id, ds, y; on_hand, price, promotion")
    ahead.add_argument("--freq", choices=("D", "W", "MS"), default="D", help="days, weeks or months")
    ahead.add_argument("--horizon", type=int, default=28, metavar="N", help="periods ahead")
    ahead.add_argument("--level", type=int, nargs="+", default=[80, 95], metavar="PERCENT", help="intervals")
    ahead.add_argument("--lead-time", type=int, metavar="N", help="periods over which totals are given as well")
    ahead.add_argument("--trees", action="store_true", help="combine with a global tree model where there is enough data")
    ahead.add_argument("--jobs", type=int, default=0, metavar="N", help="processes (0: all cores where the table is large)")
    ahead.add_argument("--cluster", metavar="ADDRESS", help="a Dask scheduler")
    ahead.add_argument("--future", type=Path, metavar="FILE", help="prices and promotions to come: unique_id, ds, price ...")
    ahead.add_argument("--holidays", metavar="COUNTRY", help="two letters: holidays are used where they help")
    ahead.add_argument("--resume", action="store_true", help="go on with the same call that was stopped (parts in OUT.csv.parts)")
    ahead.add_argument("--keep-going", action="store_true", help="leave out series that cannot be used and report each")
    ahead.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.csv")
    detect = add("detect", "the risk of every item of a network's tables, with reasons")
    detect.add_argument(
        "--train", type=Path, action="append", metavar="DIR", help="a network with decided cases; may be repeated"
    )
    detect.add_argument("--score", type=Path, metavar="DIR", help="the network to judge")
    detect.add_argument("-o", "--output", type=Path, metavar="RISKS.csv")
    detect.add_argument("--model", type=Path, metavar="OUT", help="keep what was learned, with its model card")
    detect.add_argument("--use", type=Path, metavar="MODEL", help="start from a model kept before")
    detect.add_argument(
        "--budget", type=int, metavar="N", help="flag at most N items; without it, one flag in twenty may be false"
    )
    detect.add_argument("--random-state", type=int, default=0, metavar="N", help="everything random follows from it")
    model = add("model", "learn a detector's model from decided cases, choose one, vouch for one, or prove who did")
    doing = model.add_subparsers(dest="doing", metavar="learn|use|anchor|verify", required=True, parser_class=Parser)
    words = "learn from what was decided on the alerts page, and judge by it if it passes the canary"
    doing.add_parser("learn", help=words, description=words, parents=[common])
    words = "judge by this model from now on"
    using = doing.add_parser("use", help=words, description=words, parents=[common])
    using.add_argument("file", metavar="MODEL", help="a model's file, or `shipped` for the one that comes with the program")
    for name, words in (("anchor", "record its hashes as this station's party"), ("verify", "who anchored it; needs no network")):
        one = doing.add_parser(name, help=words, description=words, parents=[common])
        one.add_argument("file", metavar="MODEL", help="a model's file, or `shipped` for the one that comes with the program")
        if name == "anchor":
            one.add_argument("--password-file", type=Path, metavar="FILE", help="the passphrase of this profile's keys")
    network_arguments.add_to(add, common)
    add("selftest", "every part once")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words == ["--decode-worker"]:
        from app.decode.child import serve

        return serve()
    if words == ["--alerts-worker"]:
        from app.alerts import apart

        return apart.serve()
    ready()
    called = parser().parse_args(arguments)
    called.json = getattr(called, "json", False)
    called.profile = getattr(called, "profile", None) or default_profile()
    try:
        with _terminable(called.command is not None):
            return _run(called)
    except WayproofError as error:
        say(f"wayproof: {' '.join(error.words.splitlines())}")
        return BAD
    except BrokenPipeError:  # whoever reads the output has had enough; nobody knows what the rest would have said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say("wayproof: the output was closed before all of it was written")
        return BAD
    except KeyboardInterrupt as stopped:
        say("wayproof: stopped; what was acknowledged is kept")
        return 128 + (signal.SIGTERM if isinstance(stopped, Terminated) else signal.SIGINT)
    except OSError as error:
        _log(called.profile, traceback.format_exc())
        about = f"{error.filename} cannot be used" if error.filename else "The system refuses to read or write"
        say(f"wayproof: {about}: {error.strerror or error}")
        return BAD
    except Exception as error:  # noqa: BLE001 - the last door: a person gets a sentence, the log gets the trace
        where = _log(called.profile, traceback.format_exc())
        say(f"wayproof: something went wrong inside ({type(error).__name__}); {where}")
        return BAD


class Terminated(KeyboardInterrupt):
    """The system asked the program to end (SIGTERM): as Ctrl-C, so that drafts and helpers are cleared away."""


@contextmanager
def _terminable(wanted: bool) -> Iterator[None]:
    def end(*_: object) -> NoReturn:
        raise Terminated

    if not wanted or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _run(called: argparse.Namespace) -> int:
    if called.version:
        from importlib.metadata import version

        show(f"wayproof {version('wayproof')}")
        return OK
    if called.command is None:
        if sys.platform.startswith("linux") and not any(map(os.environ.get, _DISPLAYS)):
            raise BadInput("There is no display here to open the window on; wayproof --help lists what works without one.")
        from app.ui.run import run

        return run(called.profile)
    command = import_module(f"app.commands.{called.command}_command")
    status = int(command.run(called))
    sys.stdout.flush()  # what cannot be written must not be noticed only after the status is known
    return status


def _log(profile: Path, text: str) -> str:
    """Keep the details; where they are, in words."""
    path = profile / "wayproof.log"
    try:
        profile.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(text.rstrip() + "\n")
    except OSError:
        return "the log could not be written"
    return f"the details are in {path}"
