"""What can be kept of a contact that a file holds: each good value, and a word for each that is left out."""

import re

from server.directory.rules import InvalidEmail, check_email
from server.numbers import numbers
from server.phonebooks import rules
from server.phonebooks.rules import (
    Details,
    Email,
    InvalidContactEmail,
    InvalidContactNumber,
    Number,
    PhonebookError,
)

#: `Sara Gallo <sara@gallo.example>` (RFC 5322, Section 3.4).
_ANGLED = re.compile(r"<([^<>]+)>")
_REMARK = re.compile(r"[\[({]([^()\[\]{}]*)[\])}]")
#: Several values in one cell or property.
_SEVERAL_ADDRESSES = re.compile(r"[,;|\s]+|:::")
_SEVERAL_NUMBERS = re.compile(r"[,;|\n]|:::|\s/\s|\s-\s|\b(?:e|o|or|and|oppure)\b", re.IGNORECASE)
#: `sip:+39…@host`, `callto:`, `whatsapp:`; of a `tel:` URI the parameters are no part of the number.
_SCHEME = re.compile(r"^(?:sips?|tel|callto|whatsapp|phone|voice)\s*:\s*(?://)?", re.IGNORECASE)
#: What spreadsheets make of a long number when nobody stops them: most of its digits are gone.
_ROUNDED = re.compile(r"[0-9]+[.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_VALUES_MAX = 10
#: A value that is longer holds something else. Characters.
_ADDRESSES_MAX = 1_000


def salvage(given: Details, region: str) -> tuple[Details, list[PhonebookError]]:
    """(what is kept, what is not). The first has no `rules.faults`, unless there is nothing at all."""
    left_out: list[PhonebookError] = []
    remarks: list[str] = []
    phones: list[Number] = []
    for number in given.numbers[: rules.EACH_MAX]:
        found = _numbers(number.number, region)
        if not found:
            left_out.append(InvalidContactNumber(number.number.strip()[: rules.SHOWN_MAX]))
        for value, remark in found:
            phones.append(Number(value, number.label))
            if remark:
                remarks.append(f"{value}: {remark}")
    emails: list[Email] = []
    for email in given.emails[: rules.EACH_MAX]:
        addresses, whole = _addresses(email.address)
        if not whole:
            left_out.append(InvalidContactEmail(email.address.strip()[: rules.SHOWN_MAX]))
        emails += [Email(address, email.label) for address in addresses]
    surplus = [each.number for each in (*given.numbers[rules.EACH_MAX :], *phones[rules.EACH_MAX :])]
    surplus += [each.address for each in (*given.emails[rules.EACH_MAX :], *emails[rules.EACH_MAX :])]
    left_out += [rules.TooMany(value.strip()[: rules.SHOWN_MAX]) for value in surplus[: rules.LEFT_OUT_MAX]]
    texts = {"name": given.name, "organisation": given.organisation}
    for name, text in texts.items():
        if len(rules.one_line(text)) > rules.NAME_MAX:
            texts[name] = rules.one_line(text)[: rules.NAME_MAX]
            left_out.append(rules.Shortened(texts[name][: rules.SHOWN_MAX]))
    notes = "\n".join(filter(None, (given.notes.strip(), *remarks)))
    if len(notes) > rules.NOTES_MAX:
        left_out.append(rules.Shortened(notes[: rules.SHOWN_MAX]))
    return (
        Details(
            texts["name"],
            texts["organisation"],
            tuple(phones[: rules.EACH_MAX]),
            tuple(emails[: rules.EACH_MAX]),
            notes[: rules.NOTES_MAX],
        ),
        left_out,
    )


def _numbers(text: str, region: str) -> list[tuple[str, str]]:
    """(number, remark) of each number in a value; none when any part of it is no number."""
    text = text.strip()
    if len(text) > numbers.TYPED_MAX or _ROUNDED.fullmatch(text):
        return []
    if whole := _number(text, region):
        return [whole]
    parts = [part for part in _SEVERAL_NUMBERS.split(text) if part.strip()]
    if not 1 < len(parts) <= _VALUES_MAX:
        return []
    found = [number for part in parts if (number := _number(part, region))]
    return found if len(found) == len(parts) else []


def _number(text: str, region: str) -> tuple[str, str] | None:
    text = text.strip()
    if rules.number_key(text, region):
        return text, ""
    bare = _SCHEME.sub("", text).partition("@")[0]
    if rules.number_key(bare, region):
        return bare, ""
    remark = _REMARK.search(bare)
    if remark and any(c.isalpha() for c in remark[1]):
        rest = f"{bare[: remark.start()]} {bare[remark.end() :]}".strip()
        if rules.number_key(rest, region):
            return rest, " ".join(remark[1].split())
    return None


def _addresses(text: str) -> tuple[list[str], bool]:
    """The addresses of a value, and whether that is all that stands in it."""
    if len(text) > _ADDRESSES_MAX:
        return [], False
    if whole := _address(text) or _address(_REMARK.sub(" ", text)):
        return [whole], True
    # Without angles each word is an address, with them only what stands inside.
    parts = _ANGLED.findall(text) or [part for part in _SEVERAL_ADDRESSES.split(text) if part]
    found = [address for part in parts[:_VALUES_MAX] if (address := _address(part))]
    return found, 0 < len(found) == len(parts)


def _address(text: str) -> str | None:
    bare = text.strip().strip("\"'<>;,").strip()
    if bare.lower().startswith("mailto:"):
        bare = bare[7:].partition("?")[0]
    try:
        return check_email(bare)
    except InvalidEmail:
        return None
