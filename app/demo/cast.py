"""Who and what is in the sample world: parties in real cities, their GLNs and prefixes, and the goods they make.

Everything is under GS1's prefix 952, which is set aside for demonstrations; no party here exists.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.recorder import Member
from chain import gs1
from chain.journey import Item, Party, Place, Role


def gln(reference: int) -> str:
    """A GLN under the demonstration prefix."""
    digits = f"9521000{reference:05d}"
    return digits + gs1.check_digit(digits)


@dataclass(frozen=True, slots=True)
class Product:
    """Goods with a GTIN: `maker` is a GLN, `chilled` says whether its journey carries temperatures."""

    gtin: str
    name: str
    maker: str
    chilled: bool = False


def _site(reference: int, name: str, city: str, lat: float, lon: float, country: str, roles: Role) -> tuple[Party, Place]:
    number = gln(reference)
    return Party(number, name, f"{city}, {country}", roles, 0, country), Place(number, f"{name}, {city}", lat, lon, country)


SITES = (
    _site(1, "Alba Pharma", "Basel", 47.5596, 7.5886, "CH", Role.ISSUER),
    _site(2, "Meridian Foods", "Lyon", 45.7640, 4.8357, "FR", Role.ISSUER),
    _site(3, "Solvent Optics", "Kyoto", 35.0116, 135.7681, "JP", Role.ISSUER),
    _site(11, "Northwind Logistics", "Rotterdam", 51.9244, 4.4777, "NL", Role.CARRIER),
    _site(12, "Blue Crane Freight", "Nairobi", -1.2921, 36.8219, "KE", Role.CARRIER),
    _site(21, "Harbour Warehouse", "Hamburg", 53.5511, 9.9937, "DE", Role.KEEPER),
    _site(22, "Vistula Depot", "Warsaw", 52.2297, 21.0122, "PL", Role.KEEPER),
    _site(31, "Linden Pharmacy", "Berlin", 52.5200, 13.4050, "DE", Role.RETAILER),
    _site(32, "Pharmacie du Canal", "Paris", 48.8566, 2.3522, "FR", Role.RETAILER),
    _site(33, "Uhuru Chemist", "Nairobi", -1.2864, 36.8172, "KE", Role.RETAILER),
    _site(41, "Medicines Inspectorate", "Brussels", 50.8503, 4.3517, "BE", Role.AUDITOR),
)
PARTIES = {party.name: party for party, _ in SITES}
PLACES = tuple(place for _, place in SITES)

_PREFIXES = {
    "Alba Pharma": "952100001",
    "Meridian Foods": "952100002",
    "Solvent Optics": "952100003",
    "Harbour Warehouse": "952100021",
}
MEMBERS = tuple(Member(party, (_PREFIXES[party.name],) if party.name in _PREFIXES else ()) for party, _ in SITES)


def glns(name: str) -> str:
    """A party's GLN by its name."""
    return PARTIES[name].gln


def prefix_of(name: str) -> str:
    """A maker's company prefix by its name."""
    return _PREFIXES[name]


def _product(maker: str, reference: int, name: str, chilled: bool = False) -> Product:
    digits = f"0{_PREFIXES[maker]}{reference:03d}"
    return Product(digits + gs1.check_digit(digits), name, glns(maker), chilled)


PRODUCTS = (
    _product("Alba Pharma", 101, "Cardiol 20 mg, 30 tablets"),
    _product("Alba Pharma", 102, "Insulin Alba 100 U/ml, 5 pens", chilled=True),
    _product("Meridian Foods", 201, "Mountain honey 500 g"),
    _product("Meridian Foods", 202, "Raw-milk cheese 250 g", chilled=True),
    _product("Solvent Optics", 301, "Contact lens solution 360 ml"),
)


def case_of(maker: str, number: int) -> Item:
    """A maker's shipping case."""
    digits = f"1{_PREFIXES[maker]}{number:07d}"
    return Item(sscc=digits + gs1.check_digit(digits))
