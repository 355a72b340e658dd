"""How a line writes telephone numbers, and how what it sends is read."""

from dataclasses import dataclass
from typing import Literal

import phonenumbers

from server.numbers import numbers

#: E.164 with and without its plus sign, with 00 in its place, as dialled at home, as the caller dialled it.
Form = Literal["e164", "plain", "00", "national", "dialled"]
CallerForm = Literal["e164", "plain", "00", "national"]
#: "auto" tries what carriers use; "plain" is E.164 without plus, "national" as dialled at home.
InboundForm = Literal["auto", "plain", "national"]


@dataclass(frozen=True, slots=True)
class NumberForms:
    """Of one line. `callee_prefix` stands before every number that is called but the emergency ones;
    `inbound_prefix` is taken off the numbers that come in, where it stands."""

    callee: Form = "e164"
    caller: CallerForm = "e164"
    inbound: InboundForm = "auto"
    callee_prefix: str = ""
    inbound_prefix: str = ""


def written(number: str, form: Form, region: str, dialled: str = "") -> str:
    """An E.164 `number` in that form, for a line of `region` (ISO 3166). A short number stays as it is."""
    if not number.startswith("+"):
        return number
    if form == "dialled":
        return _digits(dialled) or number
    if form == "plain":
        return number[1:]
    if form == "00":
        return "00" + number[1:]
    return _national(number, region) if form == "national" else number


def called(
    number: str, forms: NumberForms, region: str, *, dialled: str = "", emergency: bool = False
) -> str:
    """What is dialled on the line for `number`."""
    return number if emergency else forms.callee_prefix + written(number, forms.callee, region, dialled)


def candidates(text: str, forms: NumberForms, region: str) -> tuple[str, ...]:
    """What the line may mean by `text`, in E.164, likeliest first."""
    text = _without_prefix(text, forms.inbound_prefix)
    digits = _digits(text)
    if forms.inbound == "auto" or digits.startswith(("+", "00")):
        return numbers.e164_candidates(text, region)
    spelling = f"+{digits}" if forms.inbound == "plain" else digits
    try:
        return (numbers.to_e164(spelling, region),)
    except numbers.NotANumber:
        return ()


def caller(text: str | None, forms: NumberForms, region: str) -> str | None:
    """The number that a caller on the line shows; None when it is withheld or unreadable."""
    if not text:
        return None
    if forms.inbound != "auto" and (found := candidates(text, forms, region)):
        return found[0]
    return numbers.caller_number(_without_prefix(text, forms.inbound_prefix), region)


def _without_prefix(text: str, prefix: str) -> str:
    return text.removeprefix(prefix) if prefix and len(text) > len(prefix) else text


def _digits(text: str) -> str:
    try:
        return numbers.clean(text).digits
    except numbers.NotANumber:
        return ""


def _national(number: str, region: str) -> str:
    """As dialled in `region`: abroad with the prefix that is dialled there for it."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    text = phonenumbers.format_out_of_country_calling_number(parsed, region)
    return "".join(char for char in text if char.isdigit())
