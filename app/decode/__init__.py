"""Pictures, PDF pages and camera frames -> the texts of the codes on them.

Two ways in: `decode` and `texts` work in this process, for pictures one has made oneself and for tests; `DecodeWorker` and
`decode_files` work in a child that may die of what it is fed, for everything else. `LiveDecoder` and `Sighting` are for a
camera. What is read here is a claim and nothing more: it is neither parsed, nor believed, nor opened.

Importing this package loads no decoder; the first picture does.
"""

from app.decode.code import GS1_SEPARATOR, Code, distinct_texts
from app.decode.files import decode_files
from app.decode.live import LiveDecoder, Sighting
from app.decode.picture import MAX_BYTES, MAX_PAGES, MAX_PIXELS
from app.decode.still import decode, texts
from app.decode.worker import WORKER_SWITCH, Cancelled, DecoderDown, DecodeWorker

Decoder = DecodeWorker  # the shorter name

__all__ = [
    "Code",
    "decode",
    "texts",
    "distinct_texts",
    "decode_files",
    "DecodeWorker",
    "Decoder",
    "LiveDecoder",
    "Sighting",
    "Cancelled",
    "DecoderDown",
    "GS1_SEPARATOR",
    "WORKER_SWITCH",
    "MAX_BYTES",
    "MAX_PAGES",
    "MAX_PIXELS",
]
