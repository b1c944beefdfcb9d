"""EPCIS 2.0 and CBV 2.0: events as fields that commitments bind, documents in and out, their rules, and the event hash.

Nothing named in a document is ever opened or fetched, no context and no schema.
"""

from __future__ import annotations

from chain.epcis.events import event_of, event_of_members, hash_of, identified, members_of, pre_hash_of
from chain.epcis.fields import event_of_fields, fields_of
from chain.epcis.times import NEVER, local_time, time_of, time_text, utc_offset
from chain.epcis.told import Told

__all__ = [
    "NEVER",
    "Told",
    "event_of",
    "event_of_fields",
    "event_of_members",
    "fields_of",
    "hash_of",
    "identified",
    "local_time",
    "members_of",
    "pre_hash_of",
    "time_of",
    "time_text",
    "utc_offset",
]
