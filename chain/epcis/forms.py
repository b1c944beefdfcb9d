"""The forms that single values of an EPCIS document must have: URIs, times, figures, words, identifiers.

Each check adds to a list of faults and goes on, so that a document is judged in one pass. URIs are those of RFC 3986: an EPCIS
identifier is compared byte by byte, so what needs escaping must be escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chain.epcis import vocabulary as cbv
from chain.epcis.faults import Fault, shown
from chain.epcis.identities import link_of
from chain.epcis.names import Names
from chain.epcis.times import is_stamp
from chain.gs1 import check_digit

_CHARACTER = r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})"
_AUTHORITY = (
    r"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?"
    r"(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)(?::\d*)?"
)
_URI = re.compile(
    rf"[A-Za-z][A-Za-z0-9+.\-]*:(?://{_AUTHORITY}(?:/{_CHARACTER}*)*|/?{_CHARACTER}+(?:/{_CHARACTER}*)*|/)?"
    rf"(?:\?(?:{_CHARACTER}|[/?])*)?(?:#(?:{_CHARACTER}|[/?])*)?",
    re.ASCII,
)
_NO_SECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_HEX = re.compile(r"[A-Fa-f0-9]+", re.ASCII)
# EPC schemes of GS1 keys; those of others (gid, usdod, adi, bic, imovn) are none of our business.
_KEYS = re.compile(
    r"urn:epc:(?:id|idpat|class):(?:sgtin|upui|lgtin|itip|sscc|sgln|pgln|grai|gdti|sgcn|gsrn|gsrnp|gsin|giai|ginc|cpi):"
)
_CHECKED = re.compile(r"https://id\.gs1\.org/(?:00|01|402|414|417|8017|8018)/(\d+)", re.ASCII)
_RETIRED = re.compile(r"https?://ns\.gs1\.org/cbv/")
_IN_FULL = re.compile(r"https?://(?:www\.)?gs1\.org/voc/")
_LONGEST = 4096


def is_uri(text: str) -> bool:
    """Whether a text is a URI with a scheme (RFC 3986)."""
    return len(text) <= _LONGEST and _URI.fullmatch(text) is not None


class Forms:
    """Checks values and collects what is wrong.

    `names` are the prefixes in force. `form` is how the event was written: where the XML schema is laxer than the JSON schema
    (any text is an xs:anyURI, no list forbids a value twice), what the JSON schema forbids is a remark.
    """

    def __init__(self, names: Names, form: str = "json") -> None:
        self.names = names
        self.strict = form != "xml"
        self.faults: list[Fault] = []

    def fault(self, path: str, words: str) -> None:
        """The document is invalid."""
        self.faults.append(Fault(path, words))

    def remark(self, path: str, words: str) -> None:
        """The document is valid all the same."""
        self.faults.append(Fault(path, words, grave=False))

    # ---- values ----------------------------------------------------------------------------------------------------------

    def text(self, value: object, path: str) -> str | None:
        """A text, or None where it is none."""
        if isinstance(value, str):
            return value
        self.fault(path, f"{shown(value)} must be a text")
        return None

    def uri(self, value: object, path: str) -> str | None:
        """A URI."""
        text = self.text(value, path)
        if text is not None and not is_uri(text):
            self.fault(path, f"{shown(text)} is not a URI")
            return None
        return text

    def loose_uri(self, value: object, path: str) -> None:
        """A URI; in XML any text."""
        if self.strict:
            self.uri(value, path)
        elif not is_uri(str(value)):
            self.remark(path, f"{shown(value)} is not a URI")

    def stamp(self, value: object, path: str) -> None:
        """A date and time with an offset."""
        text = self.text(value, path)
        if text is None or is_stamp(text):
            return
        if not self.strict and _NO_SECONDS.fullmatch(text) and is_stamp(text[:16] + ":00" + text[16:]):
            self.remark(path, f"{shown(text)} lacks its seconds")
        else:
            self.fault(path, f"{shown(text)} is not a date and time with an offset such as 2026-03-01T08:30:00.000+01:00")

    def number(self, value: object, path: str) -> None:
        """A number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(path, f"{shown(value)} must be a number")

    def boolean(self, value: object, path: str) -> None:
        """true or false."""
        if not isinstance(value, bool):
            self.fault(path, f"{shown(value)} must be true or false")

    def hexadecimal(self, value: object, path: str) -> None:
        """Hexadecimal digits."""
        text = self.text(value, path)
        if text is not None and not _HEX.fullmatch(text):
            self.fault(path, f"{shown(text)} must be hexadecimal digits")

    def unit(self, value: object, path: str) -> None:
        """A unit of measure."""
        text = self.text(value, path)
        if text is not None and not _UOM.fullmatch(text):
            self.fault(
                path, f"{shown(text)} is not a unit of measure: UN/ECE Recommendation 20 has two or three capitals or digits"
            )

    def word(self, value: object, path: str, words: cbv.Vocabulary) -> None:
        """A standard word, or a URI of somebody's own (CBV 2.0 section 6 and 7)."""
        text = self.text(value, path)
        if text is None or text in words.words:
            return
        if ":" not in text:
            if words.closed or not text:
                self.fault(path, f"{shown(text)} is not a {words.what} of CBV 2.0; a word of your own must be a URI")
            else:
                self.remark(path, f"{shown(text)} is not a {words.what} that this program knows")
            return
        if self.uri(text, path) is None:
            return
        full = self.names.address(text)
        bare = words.bare(full)
        if words.invented(full):
            self.fault(path, f"CBV 2.0 has no {words.what} {shown(text)}")
        elif text.startswith("urn:epcglobal:cbv:") or _RETIRED.match(text) or (not words.urn and _IN_FULL.match(text)):
            written = f"; it is written {shown(bare)}" if bare != full else ""
            self.fault(path, f"{shown(text)} is not how JSON writes a standard {words.what}{written}")
        elif full.startswith(cbv.CBV) and bare == full:
            self.remark(path, f"{shown(text)} is no word of CBV 2.0, though it has its address")

    def identifier(self, value: object, path: str) -> str | None:
        """A URI; where it is an EPC or a GS1 Digital Link, a right one."""
        text = self.uri(value, path)
        if text is None:
            return None
        if _KEYS.match(text):
            if link_of(text) is None:
                self.fault(path, f"{shown(text)} begins like an EPC and is none: its parts have the wrong lengths or characters")
        elif text.startswith("http"):
            link = link_of(text)
            key = _CHECKED.match(link) if link else None
            if key and check_digit(key[1][:-1]) != key[1][-1]:
                self.remark(path, f"the check digit of {shown(key[1])} is wrong")
        return text

    # ---- lists and objects -----------------------------------------------------------------------------------------------

    def each(self, value: object, path: str) -> Iterable[tuple[str, object]]:
        """The values of a list with their paths."""
        if not isinstance(value, list):
            self.fault(path, "this must be a list")
            return ()
        return [(f"{path}[{number}]", one) for number, one in enumerate(value)]

    def members(self, value: object, path: str) -> Mapping[str, object]:
        """An object; an empty one where it is none."""
        if isinstance(value, Mapping):
            return value
        self.fault(path, "this must be an object with members of its own")
        return {}

    def unique(self, values: Iterable[object], path: str) -> None:
        """No value twice."""
        seen: set[str] = set()
        for value in values:
            if isinstance(value, str) and value in seen:
                self.faults.append(Fault(path, f"{shown(value)} stands twice in the list", self.strict))
            seen.add(str(value))

    def extension(self, name: str, path: str, where: str) -> None:
        """The name of a member that is none of EPCIS: it must have a prefix, or be a URI."""
        if ":" not in name or not is_uri(name):
            self.fault(
                path, f"{shown(name)} is no member of {where}; a user extension needs a namespace, such as example:{name[:20]}"
            )
        elif self.names.expanded(name) == name and "//" not in name and not name.startswith("urn:"):
            self.remark(path, f"the prefix of {shown(name)} is not declared in the @context")
