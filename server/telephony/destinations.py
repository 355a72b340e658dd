"""Which numbers outside may be called: by region, and by what they cost.

Toll fraud calls what pays the called: premium numbers, satellites, far countries. None of it concerns
emergency numbers, which are looked at before.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ShortNumberCost, shortnumberinfo

from server.directory.rules import CallsOutside
from server.telephony.dialplan import Outside, Refusal
from server.telephony.neighbours import NEIGHBOURS

#: Words of `[telephony] allowed` beside region codes.
HOME, AROUND, ANYWHERE = "home", "neighbours", "*"
#: What callers pay more for than for an ordinary call. Personal numbers and pagers are priced by their
#: owner; "UAN" stays out: in most countries (the Swiss 058) it costs what a landline does.
_DEAR = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.PAGER,
    }
)
#: Beginnings of national numbers that are dear whether or not the tables of valid ranges know the rest, by
#: country code. Italy's 10xx chooses another carrier for the call.
_DEAR_BEGINNINGS: dict[int, tuple[str, ...]] = {
    1: ("500", "900", "976"),
    33: ("81", "82", "89"),
    34: ("803", "806", "807", "901", "902", "905", "907"),
    39: ("10", "12", "144", "16", "178", "199", "4", "70", "84", "89"),
    41: ("84", "90"),
    43: ("810", "820", "821", "828", "90", "93"),
    44: ("70", "84", "87", "9"),
    49: ("137", "138", "180", "190", "900"),
}
#: Without a region: satellites (870, 881), networks (882, 883), shared and premium cost (808, 979), and more.
#: The caller of the international freephone pays nothing.
_FREEPHONE, _NOWHERE = 800, phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY
_remembered = lru_cache(maxsize=4096)


@dataclass(frozen=True, slots=True)
class Destinations:
    """Args: home, the organisation's region (ISO 3166); allowed, regions, or None for all of them;
    premium, whether numbers that cost more than an ordinary call are allowed, wherever they are.
    """

    home: str
    allowed: frozenset[str] | None = None
    premium: bool = True

    def refusal(self, outside: Outside, calls_outside: CallsOutside = "all") -> Refusal | None:
        """Why somebody of this class of service may not call there; None when they may."""
        if outside.emergency:
            return None
        if not self._may_call(outside.number, calls_outside):
            return Refusal.CLASS_OF_SERVICE
        if not self.premium and is_premium(outside.number, self.home):
            return Refusal.PREMIUM_NUMBER
        region = region_of(outside.number, self.home)
        if self.allowed is None or region == _NOWHERE or region in self.allowed:
            return None
        return Refusal.COUNTRY_NOT_ALLOWED

    def _may_call(self, number: str, calls_outside: CallsOutside) -> bool:
        region = region_of(number, self.home)
        # Regions that share the country code of the own one are dialled as it is (the Vatican's +39).
        code = phonenumbers.country_code_for_region
        around = region in NEIGHBOURS.get(self.home, ()) and code(region) == code(self.home)
        national = region in {self.home, _NOWHERE} or around
        return calls_outside == "all" or (calls_outside == "national" and national)


def regions(words: Iterable[str], home: str) -> frozenset[str] | None:
    """The regions that `[telephony] allowed` stands for; None for all of them."""
    found: set[str] = set()
    for word in words:
        if word == ANYWHERE:
            return None
        found |= {HOME: {home}, AROUND: NEIGHBOURS.get(home, frozenset())}.get(word, {word})
    return frozenset(found)


@_remembered
def region_of(number: str, home: str) -> str:
    """Where `number` (E.164, or a short one of `home`) is; "001" for what belongs to none."""
    if not number.startswith("+"):
        return home
    parsed = phonenumbers.parse(number)
    # Ranges are younger than their tables: what no table knows is taken for its country code's first region.
    first = phonenumbers.region_code_for_country_code(parsed.country_code or 0)
    return phonenumbers.region_code_for_number(parsed) or first


@_remembered
def is_premium(number: str, home: str) -> bool:
    """Whether a call to `number` (E.164, or a short one of `home`) costs more than an ordinary one."""
    if not number.startswith("+"):
        return _short_is_premium(number, home)
    parsed = phonenumbers.parse(number)
    country_code = parsed.country_code or 0
    if phonenumbers.region_code_for_country_code(country_code) == _NOWHERE:
        return country_code != _FREEPHONE
    kind = phonenumbers.number_type(parsed)
    if kind != PhoneNumberType.UNKNOWN:
        return kind in _DEAR
    beginnings = _DEAR_BEGINNINGS.get(country_code, ())
    return phonenumbers.national_significant_number(parsed).startswith(beginnings) or _begins_dear(parsed)


def _begins_dear(parsed: PhoneNumber) -> bool:
    """Networks stop reading when they know enough: further digits do not make a premium number another."""
    digits = parsed.national_number or 0
    while digits >= 10:
        digits //= 10
        shorter = PhoneNumber(
            country_code=parsed.country_code,
            national_number=digits,
            italian_leading_zero=parsed.italian_leading_zero,
            number_of_leading_zeros=parsed.number_of_leading_zeros,
        )
        if phonenumbers.number_type(shorter) in _DEAR:
            return True
    return False


def _short_is_premium(number: str, home: str) -> bool:
    parsed = PhoneNumber(country_code=phonenumbers.country_code_for_region(home), national_number=int(number))
    cost = shortnumberinfo.expected_cost_for_region(parsed, home)
    return cost == ShortNumberCost.PREMIUM_RATE
