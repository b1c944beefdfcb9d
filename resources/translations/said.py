"""What the extraction cannot see by itself: literals that only look like sentences, and words that are said alone."""

from __future__ import annotations

NOT_SAID: frozenset[str] = frozenset((
    "already known", "known transaction", "already imported", "already in", "nonce too low", "nonce is too low", "invalid nonce",
    "already been used", "old nonce", "insufficient funds", "insufficient balance", "upfront cost", "less than block base fee",
    "gas price", "fee cap", "fee too low", "as many gas limits as calls", "name look-up", "the name has no address", "no result",
    "log ratio", "log hours", "log degrees", "a key store is not copied out of its process", "a signing key is not copied out of its process",
    "about line", "pdf", "zpl", "Error tokenizing data. C error:", "memory watchman", "label sheet", "lasts days", "salt {start}", "from {self}", "outbox {number}", "photo {photo_hash}", "of entry {entry}",
    "{scale_x} 0 0 {scale_y} {across} {down} cm", "{time_text} to {time_text2}", "on hand", "from other sites", "decided by",
    "{count} of {gtin}", "began {task}", "finished {task}", "{posts} events", "made of", "made into", "packed in", "data error",
    "a verdict needs at least one check", "a model that unpacks beyond bounds", "a model of other features", "the card is not this model's",
    "a share outside its bounds",
))  # fmt: skip
"""Signs by which answers of a network are told apart, names of columns and units, and words for programmers."""

_CHECKS = "chain/policy/__init__.py"
_FACTS = "forecasting/tables.py"
WORDS: dict[str, str] = {
    **dict.fromkeys((
        "label", "evidence", "trust", "block", "witnesses", "contract", "log", "issued", "history", "inclusion", "devices", "custody",
        "containers", "details", "recall", "quarantine", "expiry", "custodian", "contradiction", "copy", "age",
    ), _CHECKS),
    **dict.fromkeys((
        "commission", "pack", "ship", "receive", "unpack", "observe", "sell", "verify", "return", "destroy", "inspect",
    ), _FACTS),
    **dict.fromkeys(("recalled", "ended"), "app/station.py"),
    "naive": "forecasting/selection.py",
    **dict.fromkeys((
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March", "April", "May",
        "June", "July", "August", "September", "October", "November", "December", "day", "week", "month",
        "rising", "falling",
    ), "forecasting/demand/explanation.py"),
    **dict.fromkeys(
        ("German", "French", "Italian", "Spanish", "Nordic", "Swiss", "British", "an {names} keyboard"), "chain/gs1/causes.py"
    ),
    "PNG, JPEG, BMP, TIFF, WebP, GIF or PDF": "app/decode/picture.py",
    "{size} h": "forecasting/journeys.py",
    **dict.fromkeys(("price", "promotion", "prices", "promotions", "holidays"), "forecasting/demand/adjusting.py"),
    **dict.fromkeys((
        "issue", "shipment", "receiving", "packing", "unpacking", "reading", "release", "correction",
    ), "chain/policy/history.py"),
    "receipt": "app/desk/receipt.py",
    **dict.fromkeys(("seal", "memory", "file", "signer", "imported", "chain", "risk", "events"), "app/proofs.py"),
    **dict.fromkeys(("bytes read", "rows read", "rows", "rehearsal", "items", "entries", "proofs"), "app/exchange/claiming.py"),
}  # fmt: skip
"""Words that are shown alone or put into sentences, and where they are from."""
