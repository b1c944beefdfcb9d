"""The words of the desk, in one place, so that a translator finds them together."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.desk.session import Line, Mark
from app.desk.tasks import Ending, Task
from chain.journey import Verb
from chain.verdict import Kind

TASK_ICONS = {
    Task.CHECK: "shield-check",
    Task.RECEIVE: "inbox",
    Task.SHIP: "truck",
    Task.PACK: "package",
    Task.UNPACK: "package-open",
    Task.COUNT: "boxes",
    Task.RETURN: "undo-2",
    Task.DECOMMISSION: "archive-x",
    Task.QUARANTINE: "octagon-pause",
    Task.RELEASE: "circle-play",
    Task.RECALL: "megaphone",
}
MARK_ICONS = {
    Mark.TAKEN: "package-check",
    Mark.NOTED: "info",
    Mark.BOX: "package-open",
    Mark.CLOSED: "package",
    Mark.EXTRA: "triangle-alert",
    Mark.TWICE: "history",
    Mark.REFUSED: "octagon-x",
    Mark.UNDONE: "undo-2",
    Mark.DAMAGED: "triangle-alert",
}


def say(text: str) -> str:
    """`text` in the user's language."""
    return QCoreApplication.translate("desk", text)


def task_word(task: Task) -> str:
    """What a task is called on its button."""
    return {
        Task.CHECK: say("Check"),
        Task.RECEIVE: say("Receive"),
        Task.SHIP: say("Ship"),
        Task.PACK: say("Pack"),
        Task.UNPACK: say("Unpack"),
        Task.COUNT: say("Count"),
        Task.RETURN: say("Send back"),
        Task.DECOMMISSION: say("Sell or destroy"),
        Task.QUARANTINE: say("Quarantine"),
        Task.RELEASE: say("Release"),
        Task.RECALL: say("Recall"),
    }[task]


def begin_with(task: Task) -> str:
    """What to do first, while nothing has been scanned."""
    if task is Task.PACK:
        return say("Scan the case or pallet first, then what goes into it.")
    if task is Task.UNPACK:
        return say("Scan a container to empty it, or one piece to take it out.")
    return say("Scan the first piece.")


def ending_word(ending: Ending) -> str:
    """Why goods end."""
    return {Ending.SOLD: say("Sold"), Ending.DISPENSED: say("Dispensed"), Ending.DESTROYED: say("Destroyed")}[ending]


def mark_word(mark: Mark) -> str:
    """The big word of an answer."""
    return {
        Mark.TAKEN: say("Taken"),
        Mark.NOTED: say("Seen"),
        Mark.BOX: say("Container"),
        Mark.CLOSED: say("Closed"),
        Mark.EXTRA: say("Extra"),
        Mark.TWICE: say("Twice"),
        Mark.REFUSED: say("Stop"),
        Mark.UNDONE: say("Taken back"),
        Mark.DAMAGED: say("Damaged"),
    }[mark]


def kind_of(line: Line) -> Kind:
    """In which colours an answer is shown: green only for genuine goods that were taken as they should."""
    if line.mark is Mark.REFUSED:
        return Kind.REJECTED
    if line.mark is Mark.NOTED:
        return Kind(line.kind) if line.kind else Kind.UNKNOWN
    if line.mark in (Mark.EXTRA, Mark.DAMAGED) or (line.mark is Mark.TAKEN and line.kind == Kind.CAUTION.value):
        return Kind.CAUTION
    if line.mark is Mark.TAKEN and line.kind == Kind.GENUINE.value:
        return Kind.GENUINE
    return Kind.UNKNOWN


def verb_word(verb: Verb) -> str:
    """What an event records."""
    return {
        Verb.COMMISSION: say("Issued"),
        Verb.SHIP: say("Shipped"),
        Verb.RECEIVE: say("Received"),
        Verb.PACK: say("Packed"),
        Verb.UNPACK: say("Unpacked"),
        Verb.OBSERVE: say("Counted"),
        Verb.QUARANTINE: say("Put in quarantine"),
        Verb.RELEASE: say("Released"),
        Verb.DECOMMISSION: say("Ended"),
    }.get(verb, verb.name.capitalize())


def undone_word(verb: Verb) -> str:
    """What is recorded to make up for an event."""
    return {
        Verb.PACK: say("Unpacked"),
        Verb.UNPACK: say("Packed"),
        Verb.QUARANTINE: say("Released"),
        Verb.RELEASE: say("Put in quarantine"),
        Verb.RECEIVE: say("Shipped back to the sender"),
    }[verb]


def post_word(state: str) -> str:
    """How far an event is."""
    return {"waiting": say("Waits for the network"), "recorded": say("Recorded"), "refused": say("Refused")}.get(state, state)
