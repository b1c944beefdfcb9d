"""A witness organisation at work: it vouches for what its own node proved, and for nothing that it was merely told.

One-shot, with notes as files, or answering on loopback in the manner of C2SP tlog-witness (POST /add-checkpoint). Whoever talks
to it slowly, at length or in another form is cut off; it opens no connection to anybody but its own node.
"""

from __future__ import annotations

import base64
import binascii
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.station import Station
from app.trust.cosigning import MEMORY
from chain.checkpoint import Checkpoint, read_note
from chain.errors import BadInput, BadProof, WayproofError
from chain.notes import MOST_BYTES, Cosignature, NoteSigner
from chain.witness import OtherSize, Refused, Witness

DEADLINE = 10.0  # seconds that a request may take from its first byte to its last
MOST_HASHES = 64


class Office:
    """A witness beside an open profile. Used from one thread at a time."""

    def __init__(self, station: Station, signer: NoteSigner) -> None:
        if station.trust is None:
            raise BadInput("This profile belongs to no network yet, so there is nothing to be a witness of.")
        self._station = station
        self.witness = Witness(station.profile / MEMORY, signer, station.trust.origin)

    def newest(self) -> Checkpoint:
        """The newest checkpoint that this profile's own node proved. Raises BadInput."""
        with self._station.store.reading():
            found = self._station.store.replica.checkpoint()
        if found is None:
            raise BadInput("Nothing proven is on this laptop yet: sync first.")
        return found[0]

    def vouch(self, checkpoint: Checkpoint) -> Cosignature:
        """Sign a checkpoint with a proof out of this profile's own log. Raises BadInput where it is not one of ours, Refused."""
        self.known(checkpoint)
        last = self.witness.last()
        size = last.size if last else 0
        with self._station.store.reading():
            tiles = self._station.store.replica.tiles()
            proof = tiles.consistency_path(size, checkpoint.size) if 0 < size <= checkpoint.size else ()
        return self.witness.cosign(checkpoint, size, proof, int(time.time()))

    def known(self, checkpoint: Checkpoint) -> None:
        """That this profile's own node proved exactly this checkpoint. Raises BadInput."""
        with self._station.store.reading():
            if self._station.store.replica.header_of(checkpoint.bare) is None:
                raise BadInput(f"Block {checkpoint.block} as it stands in this note is not one that this profile's node proved.")


def add(office: Office, note: Checkpoint | None) -> Checkpoint:
    """The note with this witness's signature; without a note, one about the newest block."""
    checkpoint = note or office.newest()
    signature = office.vouch(checkpoint)
    others = {one for one in checkpoint.signatures if (one.name, one.key_id) != (signature.name, signature.key_id)}
    return replace(checkpoint, signatures=tuple(sorted({*others, signature})))


def request_of(body: bytes) -> tuple[int, tuple[bytes, ...], Checkpoint]:
    """Old size, consistency path and checkpoint of an add-checkpoint request. Raises BadProof."""
    head, gap, note = body.partition(b"\n\n")
    first, *hashes = head.split(b"\n")
    digits = first.removeprefix(b"old ")
    if not gap or not first.startswith(b"old ") or not digits.isdigit() or len(digits) > 20 or len(hashes) > MOST_HASHES:
        raise BadProof("this is not a request to add a checkpoint")
    try:
        path = tuple(base64.b64decode(line, validate=True) for line in hashes)
    except (binascii.Error, ValueError):
        path = (b"",)
    if any(len(one) != 32 for one in path):
        raise BadProof("a hash of the proof has not 32 bytes")
    return int(digits), path, read_note(note)


def answer(office: Office, body: bytes, refresh: Callable[[], object]) -> tuple[int, str]:
    """HTTP status and text for an add-checkpoint request (C2SP tlog-witness)."""
    try:
        old_size, path, checkpoint = request_of(body)
    except BadProof as bad:
        return 400, bad.words + "\n"
    try:
        try:
            office.known(checkpoint)
        except BadInput:
            refresh()
            office.known(checkpoint)
        signature = office.witness.cosign(checkpoint, old_size, path, int(time.time()))
    except OtherSize as other:
        return 409, f"{other.size}\n"
    except Refused as refused:
        return 422, refused.words + "\n"
    except BadInput as bad:
        return 403, bad.words + "\n"
    except WayproofError as error:
        return 503, error.words + "\n"
    return 200, signature.line + "\n"


def server(office: Office, port: int, refresh: Callable[[], object]) -> ThreadingHTTPServer:
    """A server on 127.0.0.1; port 0 takes a free one. Requests are answered one after the other."""
    turn = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def handle(self) -> None:
            cut = threading.Timer(DEADLINE, self._cut)
            cut.daemon = True
            cut.start()
            try:
                super().handle()
            except OSError:
                pass  # whoever asked is gone
            finally:
                cut.cancel()

        def _cut(self) -> None:
            try:
                self.connection.shutdown(2)
            except OSError:
                return  # it was over already

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if self.path != "/add-checkpoint":
                self._say(404, "there is only /add-checkpoint here\n")
            elif not (length.isascii() and length.isdigit()):
                self._say(411, "how long is it?\n")
            elif int(length) > MOST_BYTES:
                self._say(413, "no checkpoint is that long\n")
            else:
                body = self.rfile.read(int(length))
                if len(body) == int(length):
                    with turn:
                        self._say(*answer(office, body, refresh))

        def _say(self, status: int, words: str) -> None:
            data = words.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/x.tlog.size" if status == 409 else "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Standard error is for people."""

    made = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    made.daemon_threads = True
    return made
