"""North American coupons: the data behind AI (8110) and AI (8112), field by field.

Sources: North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols; GS1 AI (8112) Coupon Data
Specification. Most fields are preceded by a digit that tells their length. Whether a coupon is worth anything is not asked.
"""

from __future__ import annotations

from chain.gs1.character_sets import csetnumeric
from chain.gs1.faults import Fault
from chain.gs1.prefixes import Prefixes, gcppos1
from chain.gs1.times import yymmdd

_REQUIREMENT_CODES = "012349"


class _Wrong(Exception):
    def __init__(self, code: str, start: int, length: int) -> None:
        super().__init__(code)
        self.fault = Fault(code, start, length)


class _Reader:
    """A place in the digits; every step forward names what it misses."""

    __slots__ = ("at", "data", "prefixes")

    def __init__(self, data: str, prefixes: Prefixes | None = None) -> None:
        self.data = data
        self.prefixes = prefixes
        self.at = 0

    def wrong(self, code: str, length: int = 1) -> _Wrong:
        return _Wrong(code, self.at, length)

    def has(self, digit: str) -> bool:
        """Step over the digit that announces an optional field, where it is next."""
        found = self.data.startswith(digit, self.at)
        self.at += found
        return found

    def digit(self, allowed: str, missing: str, invalid: str) -> str:
        if self.at == len(self.data):
            raise _Wrong(missing, 0, len(self.data))
        if self.data[self.at] not in allowed:
            raise self.wrong(invalid)
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length: int, truncated: str) -> str:
        rest = len(self.data) - self.at
        if rest < length:
            raise _Wrong(truncated, self.at, rest) if rest else _Wrong(truncated, 0, len(self.data))
        self.at += length
        return self.data[self.at - length : self.at]

    def sized(self, name: str, allowed: str, extra: int = 0) -> str:
        """A field behind the digit of its length; 9 announces an empty one where it is allowed."""
        digit = self.digit(allowed, f"COUPON_MISSING_{name}_VLI", f"COUPON_INVALID_{name}_LENGTH")
        length = 0 if extra and digit == "9" and allowed != _ANY else int(digit) + extra
        return self.take(length, f"COUPON_TRUNCATED_{name}")

    def company(self, name: str, allowed: str) -> None:
        """A sized field that holds a company prefix."""
        value = self.sized(name, allowed, 6)
        if value:
            fault = gcppos1(value, self.prefixes)
            if fault:
                raise _Wrong(fault.code, self.at - len(value), len(value))

    def purchase(self, which: str) -> None:
        """A purchase requirement, its code and its family code."""
        self.sized(f"{which}_PURCHASE_REQUIREMENT", "12345")
        self.digit(
            _REQUIREMENT_CODES,
            f"COUPON_MISSING_{which}_PURCHASE_REQUIREMENT_CODE",
            f"COUPON_INVALID_{which}_PURCHASE_REQUIREMENT_CODE",
        )
        self.take(3, f"COUPON_TRUNCATED_{which}_PURCHASE_FAMILY_CODE")

    def day(self, short: str, invalid: str) -> str:
        value = self.take(6, short)
        if yymmdd(value):
            raise _Wrong(invalid, self.at - 6, 6)
        return value

    def end(self) -> None:
        if self.at != len(self.data):
            raise self.wrong("COUPON_EXCESS_DATA", len(self.data) - self.at)


_ANY = "0123456789"


def couponcode(data: str, prefixes: Prefixes | None = None) -> Fault | None:
    """The coupon data of AI (8110)."""
    fault = csetnumeric(data)
    if fault:
        return fault
    try:
        _coupon(_Reader(data, prefixes))
    except _Wrong as wrong:
        return wrong.fault
    return None


def _coupon(read: _Reader) -> None:
    read.company("GCP", "0123456")
    read.take(6, "COUPON_TRUNCATED_OFFER_CODE")
    read.sized("SAVE_VALUE", "12345")
    read.purchase("1ST")
    if read.has("1"):
        name = "ADDITIONAL_PURCHASE_RULES_CODE"
        read.digit("0123", f"COUPON_MISSING_{name}", f"COUPON_INVALID_{name}")
        read.purchase("2ND")
        read.company("2ND_PURCHASE_GCP", "01234569")
    if read.has("2"):
        read.purchase("3RD")
        read.company("3RD_PURCHASE_GCP", "01234569")
    _validity(read)
    if read.has("5"):
        read.sized("SERIAL_NUMBER", _ANY, 6)
    if read.has("6"):
        read.company("RETAILER_GCP_OR_GLN", "1234567")
    if read.has("9"):
        read.digit("01256", "COUPON_MISSING_SAVE_VALUE_CODE", "COUPON_INVALID_SAVE_VALUE_CODE")
        item = "SAVE_VALUE_APPLIES_TO_ITEM"
        read.digit("012", f"COUPON_MISSING_{item}", f"COUPON_INVALID_{item}")
        read.digit(_ANY, "COUPON_MISSING_STORE_COUPON_FLAG", "")
        read.digit("01", "COUPON_MISSING_DONT_MULTIPLY_FLAG", "COUPON_INVALID_DONT_MULTIPLY_FLAG")
    read.end()


def _validity(read: _Reader) -> None:
    expiry = ""
    if read.has("3"):
        # The misspelling of the second name is GS1's.
        expiry = read.day("COUPON_TOO_SHORT_FOR_EXPIRATION_DATE", "COUPON_INVALID_EXIPIRATION_DATE")
    if read.has("4"):
        start = read.day("COUPON_TOO_SHORT_FOR_START_DATE", "COUPON_INVALID_START_DATE")
        if expiry and start > expiry:
            raise _Wrong("COUPON_EXPIRATION_BEFORE_START", read.at - 14, 14)


def couponposoffer(data: str) -> Fault | None:
    """The positive offer file coupon of AI (8112)."""
    fault = csetnumeric(data)
    if fault:
        return fault
    read = _Reader(data)
    try:
        read.digit("01", "COUPON_MISSING_FORMAT_CODE", "COUPON_INVALID_FORMAT_CODE")
        read.sized("FUNDER", "0123456", 6)
        read.take(6, "COUPON_TRUNCATED_OFFER_CODE")
        read.sized("SERIAL_NUMBER", _ANY, 6)
        read.end()
    except _Wrong as wrong:
        return wrong.fault
    return None
