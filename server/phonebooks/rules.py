"""What a contact of a phonebook may hold, and by what it is found."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from server.directory.rules import EMAIL_MAX, InvalidEmail, check_email, fold, search_text
from server.edge.refusals import Refusal
from server.numbers import numbers

Book = Literal["company", "personal"]

NAME_MAX = 200
NOTES_MAX = 4000
LABEL_MAX = 40
#: Numbers, and e-mail addresses, of one contact.
EACH_MAX = 20
#: Contacts of one person, and of the organisation: what a phonebook holds, not what a database could.
PERSONAL_MAX = 10_000
COMPANY_MAX = 50_000
#: Of a value that is left out, so much is shown.
SHOWN_MAX = 100
#: Of one contact, so many things that are left out are named.
LEFT_OUT_MAX = 20
#: Of a file's headings, so many characters are read.
HEADINGS_MAX = 50_000
#: Contacts of one file; its size in bytes. Pictures inside vCards make files large.
IMPORT_MAX = 10_000
FILE_MAX = 10_000_000


class PhonebookError(Refusal):
    """A refusal of the phonebooks."""

    code = "phonebook"


class InvalidContactName(PhonebookError):
    """A contact has a name, an organisation, a number or an address; names have at most 200 characters."""

    code, field = "invalid_name", "name"


class InvalidOrganisation(PhonebookError):
    """The organisation's name is too long or holds control characters."""

    code, field = "invalid_organisation", "organisation"


class InvalidContactNumber(PhonebookError):
    """This is not a telephone number."""

    code, field = "invalid_number", "numbers"


class InvalidContactEmail(PhonebookError):
    """This is not an e-mail address."""

    code, field = "invalid_email", "emails"


class TooMany(PhonebookError):
    """A contact has at most 20 numbers and 20 e-mail addresses."""

    code = "too_many"


class NotesTooLong(PhonebookError):
    """Notes have at most 4000 characters."""

    code, field = "notes_too_long", "notes"


class PhonebookFull(PhonebookError):
    """This phonebook is full."""

    code, status = "phonebook_full", 409


class NotAnAdministrator(PhonebookError):
    """Only administrators change the company phonebook."""

    code, status = "administrators_only", 403


class UnknownContact(PhonebookError):
    """There is no such contact."""

    code, status = "unknown_contact", 404


class UnknownPerson(PhonebookError):
    """There is no such colleague."""

    code, status = "unknown_person", 404


class UnreadableFile(PhonebookError):
    """The file cannot be read as contacts."""

    code, field = "unreadable_file", "file"


class FileTooLarge(PhonebookError):
    """A file has at most 10 MB and 10,000 contacts."""

    code, status, field = "too_large", 413, "file"


class LeftOut(PhonebookError):
    """This could not be read and is left out."""

    code, field = "left_out", "file"


class ColumnLeftOut(PhonebookError):
    """This column is not read."""

    code, field = "column_left_out", "file"


class Shortened(PhonebookError):
    """This is too long and is shortened."""

    code = "shortened"


class ReadingAnother(PhonebookError):
    """Another file of yours is being read: wait until it is done."""

    code, status, field = "reading_another", 429, "file"


class FaultyLines(PhonebookError):
    """Some contacts of the file have faults; leave them out with skip_faulty=true."""

    code, status, field = "faulty_lines", 409, "file"


class InvalidCursor(PhonebookError):
    """The cursor is not one that a page gave."""

    code, field = "invalid_cursor", "cursor"


@dataclass(frozen=True, slots=True)
class Number:
    """`number` in E.164, or an extension or short number as it is dialled."""

    number: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Email:
    address: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """What people write about somebody. Checked by `check`, which gives it back tidied."""

    name: str = ""
    organisation: str = ""
    numbers: tuple[Number, ...] = ()
    emails: tuple[Email, ...] = ()
    notes: str = ""


def check(details: Details, region: str) -> Details:
    """`details` tidied, numbers in E.164. Raises the first `PhonebookError`; see `faults` for all."""
    found = faults(details, region)
    if found:
        raise found[0]
    return tidy(details, region)


def faults(details: Details, region: str) -> list[PhonebookError]:
    """Everything that is wrong with `details` that a person has typed."""
    found: list[PhonebookError] = []
    name, organisation = one_line(details.name), one_line(details.organisation)
    if len(name) > NAME_MAX or not (name or organisation or details.numbers or details.emails):
        found.append(InvalidContactName(name[:NAME_MAX]))
    if len(organisation) > NAME_MAX:
        found.append(InvalidOrganisation(organisation[:NAME_MAX]))
    if max(len(details.numbers), len(details.emails)) > EACH_MAX:
        found.append(TooMany())
    if len(details.notes) > NOTES_MAX:
        found.append(NotesTooLong())
    for number in details.numbers[:EACH_MAX]:
        if number_key(number.number, region) is None:
            found.append(InvalidContactNumber(number.number[: numbers.TYPED_MAX]))
    for email in details.emails[:EACH_MAX]:
        try:
            check_email(email.address)
        except InvalidEmail:
            found.append(InvalidContactEmail(email.address[:EMAIL_MAX]))
    return found


def tidy(details: Details, region: str) -> Details:
    """What is kept of `details` that have no `faults`: single spaces, E.164, nothing twice.

    Who has no name is called by organisation, address or number.
    """
    name, organisation = one_line(details.name), one_line(details.organisation)
    phones: dict[str, Number] = {}
    for given in details.numbers:
        if key := number_key(given.number, region):
            phones.setdefault(key, Number(key, one_line(given.label)[:LABEL_MAX]))
    emails: dict[str, Email] = {}
    for email in details.emails:
        address = check_email(email.address)
        emails.setdefault(address.casefold(), Email(address, one_line(email.label)[:LABEL_MAX]))
    reached_by = [*(email.address for email in emails.values()), *phones]
    return Details(
        name or organisation or next(iter(reached_by), "")[:NAME_MAX],
        organisation,
        tuple(phones.values()),
        tuple(emails.values()),
        _text(details.notes),
    )


def number_key(typed: str, region: str) -> str | None:
    """The form in which a number is kept and looked up; None for what is no number."""
    try:
        return numbers.to_e164(typed, region)
    except numbers.NotANumber:
        pass
    try:
        digits = numbers.clean(typed).digits
    except numbers.NotANumber:
        return None
    return digits if 2 <= len(digits) <= numbers.SHORT_DIGITS_MAX and digits.isdigit() else None


def sort_key(details: Details) -> str:
    """What lists follow: the same shape as a person's search text, which begins with the name."""
    return search_text(details.name, "").rstrip() + " "


def found_by(details: Details) -> str:
    """The words of name, organisation and addresses, each after a space, without case and accents."""
    addresses = " ".join(email.address for email in details.emails)
    return search_text(f"{details.name} {details.organisation}", addresses)


def digits_of(details: Details) -> str:
    """All digits by which a contact is found, each number after a space."""
    return "".join(" " + number.number.removeprefix("+") for number in details.numbers)


def fingerprint(details: Details) -> str:
    """Equal for two contacts that say the same, so that a file read twice adds nothing twice."""
    parts = [fold(details.name), fold(details.organisation)]
    parts += sorted(number.number for number in details.numbers)
    parts += sorted(email.address.casefold() for email in details.emails)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def one_line(text: str) -> str:
    """One line: control characters and directional marks that hide a name's true order are left out."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(text: str) -> str:
    """Several lines: PostgreSQL takes no NUL, and people see no other control characters."""
    kept = "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c in "\n\t")
    return kept.strip()
