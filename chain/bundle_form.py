"""The bytes of an evidence file's body: pieces into canonical RLP and back, each field in the type it must have.

Nothing is judged here. What a reader gets is untrusted, and is only what has one spelling: lists in their order, labels in the
form that this program prints, no piece that the format has no use for. Refuses everything else with BadProof.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chain import gs1, rlp
from chain.encoding import organisation_word
from chain.errors import BadInput, BadProof, MissingNode
from chain.evidence import Detail, Evidence
from chain.journey import Entry, Party, Unreadable, Verb
from chain.label import PARAMETER, Label, read_label
from chain.pieces import (
    Fields,
    checkpoint_row,
    detail_row,
    entry_row,
    history_row,
    in_one_form,
    place_row,
    read_administration,
    read_checkpoint,
    read_detail,
    read_entry,
    read_history,
    read_place,
)
from chain.replay import entries_of
from chain.storage_proof import SharedNodes

Paths = Mapping[int, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Body:
    """A body that was read: label, evidence, and the nodes and paths that a verification will ask for."""

    label: Label
    evidence: Evidence
    nodes: SharedNodes
    paths: Paths


def canonical(label: Label) -> Label:
    """The label in the one form that a file has it in: a Digital Link of its item, with its signature where it has one.

    Raises BadInput where the item cannot be written so that it reads the same.
    """
    query = {PARAMETER: label.signature} if label.signature else {}
    text = gs1.digital_link(label.item, **query)
    again = read_label(text)
    if isinstance(again, Unreadable) or (again.item, again.signature) != (label.item, label.signature):
        raise BadInput(f"{label.item.key} cannot be written as a Digital Link.")
    return again


def parties_of(administration: Iterable[Entry], details: Mapping[int, Detail]) -> dict[int, Party]:
    """Organisations as their enrolment tells them, where its details are known; roles as they were last set."""
    found: dict[int, Party] = {}
    for entry in administration:
        roles = organisation_word(int.from_bytes(entry.argument, "big"))[1]
        if entry.verb is Verb.ENROL_ORGANISATION and entry.index in details:
            told = details[entry.index].fields
            gln, name, address, country = (str(told.get(field, "")) for field in ("gln", "name", "address", "country"))
            found[entry.counterparty] = Party(gln, name, address, roles, entry.counterparty, country)
        elif entry.counterparty in found:
            found[entry.counterparty] = replace(found[entry.counterparty], roles=roles)
    return found


# ---- writing -------------------------------------------------------------------------------------------------------------


def encode(label: Label, evidence: Evidence, nodes: Sequence[bytes], paths: Paths) -> bytes:
    """The body's bytes. `nodes` ascending; `paths` by index."""
    entries = {entry.index: entry for entry in (*entries_of(evidence.histories), *evidence.administration)}
    return rlp.encode(
        [
            label.text.encode(),
            checkpoint_row(evidence.checkpoint),
            evidence.header,
            list(nodes),
            [entry_row(entries[index]) for index in sorted(entries)],
            [history_row(evidence.histories[unit]) for unit in sorted(evidence.histories)],
            [[index, list(paths[index])] for index in sorted(paths)],
            [detail_row(index, detail) for index, detail in sorted(evidence.details.items())],
            [place_row(evidence.places[gln]) for gln in sorted(evidence.places)],
            sorted(entry.index for entry in evidence.administration),
            evidence.open_lots,
        ]
    )


# ---- reading -------------------------------------------------------------------------------------------------------------


def decode(body: bytes) -> Body:
    """What a body holds. Raises BadProof."""
    return in_one_form(body, _opened, lambda read: encode(read.label, read.evidence, read.nodes.nodes, read.paths), "proof file")


def _opened(fields: Fields) -> Body:
    label = read_label(fields.words())
    if isinstance(label, Unreadable) or not label.item.serialised or label != canonical(label):
        raise BadProof("the proof file is about no item")
    checkpoint = read_checkpoint(fields.part())
    header = fields.blob()
    nodes = SharedNodes(fields.blobs())
    entries = {entry.index: entry for entry in map(read_entry, fields.parts())}
    histories = {history.unit: history for history in (read_history(part, entries) for part in fields.parts())}
    paths = dict(map(_read_path, fields.parts()))
    details = dict(map(read_detail, fields.parts()))
    places = {place.gln: place for place in map(read_place, fields.parts())}
    administration = read_administration(fields, entries)
    open_lots = fields.number()
    fields.end()
    evidence = Evidence(
        item=label.item,
        checkpoint=checkpoint,
        header=header,
        node=nodes,
        inclusion=_inclusion(paths),
        histories=histories,
        details=details,
        parties=parties_of(administration, details),
        places=places,
        administration=administration,
        open_lots=open_lots,
        whole=True,
        carried=True,
    )
    return Body(label, evidence, nodes, paths)


def _inclusion(paths: Paths) -> Callable[[int], Sequence[bytes]]:
    def inclusion(index: int) -> Sequence[bytes]:
        if index not in paths:
            raise MissingNode("the path of an entry in the log is not in the file", index=index)
        return paths[index]

    return inclusion


def _read_path(f: Fields) -> tuple[int, tuple[bytes, ...]]:
    index, path = f.number(), f.blobs(32)
    f.end()
    return index, path
