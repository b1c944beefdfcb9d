"""EPCIS 2.0 and CBV 2.0: events as fields that commitments bind, documents in and out, their rules, and the event hash.

Nothing named in a document is ever opened or fetched, no context and no schema.
"""

from __future__ import annotations

from chain.epcis.document_rules import check_head, faults_of
from chain.epcis.event_rules import check_event
from chain.epcis.events import event_of, event_of_members, hash_of, identified, members_of, pre_hash_of
from chain.epcis.faults import Fault, valid
from chain.epcis.fields import event_of_fields, fields_of
from chain.epcis.hashing import ni
from chain.epcis.intents import Intent, NotRecordable, draft_of, gln_of
from chain.epcis.masters import Master, masters_of
from chain.epcis.names import Names
from chain.epcis.reading import Document, open_document
from chain.epcis.times import NEVER, local_time, time_of, time_text, utc_offset
from chain.epcis.told import Told
from chain.epcis.writing import bare_event, document, write

__all__ = [
    "open_document",
    "Document",
    "Told",
    "Master",
    "masters_of",
    "Names",
    "faults_of",
    "check_head",
    "check_event",
    "Fault",
    "valid",
    "event_of",
    "event_of_members",
    "members_of",
    "hash_of",
    "pre_hash_of",
    "identified",
    "ni",
    "document",
    "bare_event",
    "write",
    "draft_of",
    "Intent",
    "NotRecordable",
    "gln_of",
    "fields_of",
    "event_of_fields",
    "NEVER",
    "local_time",
    "time_of",
    "time_text",
    "utc_offset",
]
