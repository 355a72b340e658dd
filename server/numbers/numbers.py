"""Telephone numbers as people type, paste and carriers send them.

Everything inside Unisono is E.164 with its plus sign (`+390612345000`), an extension (`201`) or a
short number of the region (`112`). This module is where the rest becomes one of them, and where
E.164 becomes something to read again.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType, shortnumberinfo

#: The longest number this house hands out inside; longer digit strings are looked up outside only.
SHORT_DIGITS_MAX = 6
#: Long enough for any pasted signature line with a number in it, short enough to cost nothing.
TYPED_MAX = 200

#: Parsing a number costs a good part of a route decision, and people dial the same ones again and again.
_remembered = lru_cache(maxsize=4096)

_SCHEME = re.compile(r"^(?:tel|callto)\s*:\s*(?://)?", re.IGNORECASE)
_LABEL = re.compile(
    r"^(?:telefono|telephone|tel|phone|ph|cellulare|cell|cel|mobile|mob|fisso|fax|numero|number|num|nr|n°|t|m)"
    r"\b[.:\s]*",
    re.IGNORECASE,
)
_INSIDE = re.compile(
    r"[\s,;(\[]*(?:;ext=|\b(?:interno|int|extension|extn|ext|est|derivato)\b[.:\s]*|x\s*|#)\s*(\d{1,6})[\s)\]]*$",
    re.IGNORECASE,
)
_PARAMETERS = re.compile(r";[a-z-]+(?:=[^;]*)?", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\s().\[\]/\-\u2010-\u2015\u2212·_]+")
_DIGITS = re.compile(r"\+?[0-9]{1,20}")


class NotANumber(ValueError):
    """What was typed holds letters, or no digits, or too many of them."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Digits somebody dialled, cleaned of all that people write around them.

    `digits` has a leading `+` when an international number was written. `inside` is the extension
    behind a main number ("06 1234567 int. 3"), which nobody can dial through in one go.
    """

    digits: str
    inside: str | None = None


def clean(text: str) -> Typed:
    """The digits in `text`: typed, pasted out of a signature, or a `tel:` URI (RFC 3966).

    Raises `NotANumber` when letters remain ("1-800-FLOWERS"): guessing at letters dials strangers.
    """
    if len(text) > TYPED_MAX:
        raise NotANumber("too long for a telephone number")
    # Pasted text carries directional marks (Cf) and full-width digits; NFKC folds the latter.
    folded = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in folded if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace()).strip()
    bare = _SCHEME.sub("", visible)
    bare = _LABEL.sub("", bare)
    found = _INSIDE.search(bare)
    inside = found.group(1) if found and found.start() > 0 else None
    if found and inside:
        bare = bare[: found.start()]
    digits = _PUNCTUATION.sub("", _PARAMETERS.sub("", bare))
    if not digits.isascii() or not _DIGITS.fullmatch(digits):
        raise NotANumber("not a telephone number")
    return Typed(digits, inside)


def to_e164(text: str, region: str) -> str:
    """`text` as E.164, read as somebody in `region` (ISO 3166, "IT") would dial it.

    Raises `NotANumber` when no such number can exist, which is so for extensions and short numbers.
    """
    return _e164(clean(text).digits, region)


@_remembered
def _e164(digits: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException as error:
        raise NotANumber("not a telephone number") from error
    # Possible, not valid: the tables of valid ranges are always older than the numbers in use.
    if not phonenumbers.is_possible_number(parsed):
        raise NotANumber("no telephone number has this length")
    return phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def e164_candidates(text: str, region: str) -> tuple[str, ...]:
    """What a carrier may mean by `text`, likeliest first: many send E.164 without its plus sign."""
    try:
        digits = clean(text).digits
    except NotANumber:
        return ()
    found: list[str] = []
    for spelling in (digits, "+" + digits.removeprefix("+").removeprefix("00")):
        try:
            number = _e164(spelling, region)
        except NotANumber:
            continue
        if number not in found:
            found.append(number)
    return tuple(found)


def caller_number(text: str | None, region: str) -> str | None:
    """The number an outside caller shows, or None when it is withheld or unreadable.

    A number that calls in without its plus sign is read nationally first; a short service number
    (a carrier's own "187") stays as it is.
    """
    if not text:
        return None
    candidates = e164_candidates(text, region)
    if candidates:
        return _likeliest(candidates)
    try:
        digits = clean(text).digits
    except NotANumber:
        return None
    return digits if 3 <= len(digits) <= SHORT_DIGITS_MAX and digits.isdigit() else None


def _likeliest(candidates: tuple[str, ...]) -> str:
    """The first number in a range that is known to be in use, or else the first."""
    for number in candidates:
        if phonenumbers.is_valid_number(phonenumbers.parse(number)):
            return number
    return candidates[0]


@_remembered
def is_emergency(digits: str, region: str) -> bool:
    """Whether `digits` reaches the emergency services of `region`."""
    return shortnumberinfo.is_emergency_number(digits, region)


@_remembered
def is_short_service(digits: str, region: str) -> bool:
    """Whether `digits` is a short number of the public network in `region` (coast guard, helplines)."""
    if not digits.isdigit() or len(digits) > SHORT_DIGITS_MAX:
        return False
    parsed = phonenumbers.PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region), national_number=int(digits)
    )
    return shortnumberinfo.is_valid_short_number_for_region(parsed, region)


@_remembered
@_remembered
def takes_texts(number: str) -> bool:
    """Whether `number` (E.164) may be a mobile telephone of a country.

    No satellite telephone, no network of all countries, no number that costs more: a text message there costs
    many times as much. In some countries (United States) mobile and fixed numbers look alike.
    """
    parsed = _parsed(number)
    if parsed is None or phonenumbers.region_code_for_number(parsed) in {None, "001"}:
        return False
    kind = phonenumbers.number_type(parsed)
    return kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def display(number: str, region: str) -> str:
    """`number` as people in `region` write it: national at home, international abroad.

    An extension, a short number, and what is no number at all are their own display.
    """
    parsed = _parsed(number)
    if parsed is None:
        return number
    home = parsed.country_code == phonenumbers.country_code_for_region(region)
    return phonenumbers.format_number(
        parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    )


@_remembered
def international(number: str) -> str:
    """`number` with its country code and spaces ("+39 06 9876 5432"), to name an outside party."""
    parsed = _parsed(number)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL) if parsed else number


def _parsed(number: str) -> phonenumbers.PhoneNumber | None:
    if not number.startswith("+"):
        return None
    try:
        return phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None


def tel_uri(number: str) -> str:
    """The `tel:` URI of an E.164 number (RFC 3966, Section 3)."""
    return f"tel:{number}"
