"""The words of the window: one place where a code becomes a sentence, so that a translator finds them all together.

Sentences about one item (findings, reasons) are made where the check is made; here are only the fixed ones.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from app.language import listed, number, spoken
from app.ui.language import counted
from chain.journey import Item, Unreadable
from chain.verdict import AsOf, Code, Kind, Outcome

if TYPE_CHECKING:
    from forecasting.demand.nodes import Parts

KIND_ICONS = {
    Kind.GENUINE: "shield-check",
    Kind.CAUTION: "triangle-alert",
    Kind.REJECTED: "octagon-x",
    Kind.UNKNOWN: "circle-question-mark",
}
OUTCOME_ICONS = {
    Outcome.PASS: "check",
    Outcome.FAIL: "x",
    Outcome.UNKNOWN: "circle-question-mark",
    Outcome.NOT_PROVABLE_OFFLINE: "cloud-off",
}
SEVERITY = {Kind.GENUINE: 0, Kind.UNKNOWN: 1, Kind.CAUTION: 2, Kind.REJECTED: 3}
"""Which of several verdicts is shown first: the higher."""


def say(text: str) -> str:
    """`text` in the user's language."""
    return QCoreApplication.translate("words", text)


def kind_word(kind: Kind) -> str:
    """The big word."""
    return {
        Kind.GENUINE: say("Genuine"),
        Kind.CAUTION: say("Caution"),
        Kind.REJECTED: say("Rejected"),
        Kind.UNKNOWN: say("Unknown"),
    }[kind]


def code_title(code: Code) -> str:
    """The verdict's code in two or three words."""
    return {
        Code.OK: say("Its journey is proven"),
        Code.STALE: say("Knowledge too old"),
        Code.NOT_ISSUED: say("Never issued"),
        Code.BAD_SIGNATURE: say("Signature is wrong"),
        Code.TAMPERED: say("Record was altered"),
        Code.CUSTODY_BROKEN: say("Hand-over is broken"),
        Code.WRONG_CUSTODIAN: say("Belongs elsewhere"),
        Code.RECALLED: say("Recalled"),
        Code.QUARANTINED: say("In quarantine"),
        Code.EXPIRED: say("Past its date"),
        Code.DECOMMISSIONED: say("Taken out of use"),
        Code.CLONE_PROVEN: say("Copied label"),
        Code.SUSPECTED: say("Looks unusual"),
        Code.UNREADABLE: say("Code not readable"),
        Code.NOT_WITNESSED: say("No witness vouches"),
        Code.NO_EVIDENCE: say("Not known here"),
    }[code]


def next_step(code: Code) -> str:
    """What to do now, in one or two short sentences."""
    return {
        Code.OK: say("Carry on with the next item."),
        Code.STALE: say("Connect to the network, then scan it again. Until then, keep it apart."),
        Code.NOT_ISSUED: say("Set it aside. Do not sell or ship it. Tell your supervisor: the label may be invented."),
        Code.BAD_SIGNATURE: say("Set it aside. Do not sell or ship it. Tell your supervisor: the label may be forged."),
        Code.TAMPERED: say("Set it aside. Do not record anything for it. Tell your supervisor and keep this screen."),
        Code.CUSTODY_BROKEN: say("Set it aside. Ask the sender for the missing hand-over, then scan it again."),
        Code.WRONG_CUSTODIAN: say("Check the delivery note. If it was just delivered, receive it; if not, set it aside."),
        Code.RECALLED: say("Take it off the shelf and put it with the recalled goods. Do not sell or ship it."),
        Code.QUARANTINED: say("Leave it in the quarantine area until it is released."),
        Code.EXPIRED: say("Do not sell or ship it. Put it with the expired goods."),
        Code.DECOMMISSIONED: say("Set it aside. It was sold, used or destroyed before, so it should not be here."),
        Code.CLONE_PROVEN: say("Set it aside. Do not sell or ship it. The same label is in use elsewhere: tell your supervisor."),
        Code.SUSPECTED: say("Look at the item and its seal, and compare with the journey. If in doubt, set it aside."),
        Code.UNREADABLE: say("Wipe the label and scan again, or type the code printed below it."),
        Code.NOT_WITNESSED: say("Keep it apart. Ask the sender for a file that your witnesses co-signed."),
        Code.NO_EVIDENCE: say("Keep it apart. Connect to the network, then scan it again."),
    }[code]


def outcome_word(outcome: Outcome) -> str:
    """How a check ended."""
    return {
        Outcome.PASS: say("Passed"),
        Outcome.FAIL: say("Failed"),
        Outcome.UNKNOWN: say("Not known"),
        Outcome.NOT_PROVABLE_OFFLINE: say("Not provable offline"),
    }[outcome]


def age(span: timedelta) -> str:
    """An age in the coarsest unit that says enough: ``just now``, ``3 min ago``, ``5 h ago``, ``12 days ago``."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return say("just now")
    if minutes < 60:
        return counted("{count} min ago", "{count} min ago", minutes).format(count=minutes)
    hours = minutes // 60
    if hours < 48:
        return counted("{count} h ago", "{count} h ago", hours).format(count=hours)
    return counted("{count} day ago", "{count} days ago", hours // 24).format(count=hours // 24)


def span(length: timedelta) -> str:
    """A length of time: ``4 hours``, ``7 days``."""
    hours = round(length.total_seconds() / 3600)
    if hours < 48 and hours != 24:
        return counted("{count} hour", "{count} hours", hours).format(count=hours)
    days = round(hours / 24)
    return counted("{count} day", "{count} days", days).format(count=days)


def as_of(known: AsOf | None, since: timedelta = timedelta()) -> str:
    """How old the truth behind a verdict is; `since` is what has passed since it was given."""
    if known is None:
        return say("Nothing proven is known here yet")
    return say("As of block {block}, {age}").format(block=number(known.block), age=age(known.age + since))


def moment(at: datetime) -> str:
    """A point in time in this machine's zone: ``3 May 2027, 14:05``."""
    local = at.astimezone() if 1 < at.year < 9999 else at  # files may tell any time; zones end with the calendar
    return say("{day}, {time}").format(day=day(local), time=f"{local:%H:%M}")


def taken_back(count: int) -> str:
    """What a reorganisation undid, and what that means."""
    told = counted(
        "{count} event was taken back by the network. Scans that say something else now were judged again.",
        "{count} events were taken back by the network. Scans that say something else now were judged again.",
        count,
    )
    return told.format(count=number(count))


def day(at: datetime) -> str:
    """A day: ``3 May 2027``."""
    return say("{day} {month} {year}").format(day=at.day, month=_months()[at.month - 1], year=at.year)


def month(at: date) -> str:
    """A month's short name, with the year in January."""
    name = _months()[at.month - 1]
    return say("{month} {year}").format(month=name, year=at.year) if at.month == 1 else name


def _months() -> tuple[str, ...]:
    return (
        say("Jan"), say("Feb"), say("Mar"), say("Apr"), say("May"), say("Jun"),
        say("Jul"), say("Aug"), say("Sep"), say("Oct"), say("Nov"), say("Dec"),
    )  # fmt: skip


def weekdays() -> tuple[str, ...]:
    """The short names of the days, from Monday on."""
    return say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun")


def kind_of_sales(kind: str) -> str:
    """How a product sells (a class of forecasting.demand), in a sentence."""
    return {
        "smooth": say("It sells steadily."),
        "erratic": say("It sells often, in very different amounts."),
        "intermittent": say("It sells now and then."),
        "lumpy": say("It sells now and then, in very different amounts."),
    }[kind]


def apart(place: str, parts: Parts) -> str:
    """What a site's total is made of, in two sentences."""
    days = (
        say("Mondays"), say("Tuesdays"), say("Wednesdays"), say("Thursdays"), say("Fridays"), say("Saturdays"), say("Sundays"),
    )  # fmt: skip
    best, high = max(range(7), key=parts.week.__getitem__), max(range(12), key=parts.year.__getitem__)
    said = say(
        "{place}, all products: {growth} % over the time shown, most on {day} ({week} % of a usual day), highest in {month}."
    )
    told = said.format(
        place=place, growth=f"{100 * parts.growth:+.0f}", day=days[best], week=f"{100 * parts.week[best]:.0f}",
        month=_months()[high],
    )  # fmt: skip
    if parts.bends:
        bends = listed(day(bend.astype("datetime64[s]").item().replace(tzinfo=UTC)) for bend in parts.bends)
        told += " " + say("The trend turned on {days}.").format(days=bends)
    if parts.holidays:
        name = min(parts.holidays, key=parts.holidays.__getitem__)
        share = f"{100 * parts.holidays[name]:.0f}"
        told += " " + say("The quietest holiday is {name} ({share} %).").format(name=name, share=share)
    return told


def unix(seconds: int) -> datetime:
    """Unix seconds as an aware datetime; what lies outside the calendar is its nearest end."""
    return datetime.fromtimestamp(min(max(seconds, 0), 253_402_300_799), UTC)


def identity(item: Item | Unreadable, text: str = "") -> str:
    """An item in one short line; an unreadable one as the text that was scanned."""
    if isinstance(item, Unreadable):
        return text or spoken(item.reason)
    if item.sscc:
        return say("Logistic unit {sscc}").format(sscc=item.sscc)
    named = item.serial or (say("lot {lot}").format(lot=item.lot) if item.lot else "")
    return f"{item.gtin}  ·  {named}" if named else item.gtin


def parts(item: Item) -> list[tuple[str, str]]:
    """What the label says, as (name, value) in the words of a warehouse."""
    if item.sscc:
        found = [(say("Logistic unit (SSCC)"), item.sscc)]
    else:
        found = [(say("Product (GTIN)"), item.gtin)]
        if item.serial:
            found.append((say("Serial number"), item.serial))
    if item.lot:
        found.append((say("Lot"), item.lot))
    if item.expiry is not None:
        found.append((say("Use by"), day(datetime(item.expiry.year, item.expiry.month, item.expiry.day, tzinfo=UTC))))
    return found
