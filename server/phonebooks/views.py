"""Contacts and people in the shape of the API."""

from typing import Annotated

import msgspec

from server.directory.service import FoundNumber, PersonView
from server.numbers import numbers
from server.phonebooks import rules
from server.phonebooks.rules import Book, Details, Email, Number
from server.phonebooks.service import Contact


class NumberView(msgspec.Struct):
    """`number` to dial, `display` to read."""

    number: str
    label: str
    display: str


class EmailView(msgspec.Struct):
    address: str
    label: str


class ContactView(msgspec.Struct):
    """A contact. `updated_at` in milliseconds since the epoch."""

    id: str
    phonebook: Book
    name: str
    organisation: str
    numbers: list[NumberView]
    emails: list[EmailView]
    notes: str
    favourite: bool
    updated_at: int


class PersonEntry(msgspec.Struct, tag_field="kind", tag="person"):
    person: PersonView
    favourite: bool


class ContactEntry(msgspec.Struct, tag_field="kind", tag="contact"):
    contact: ContactView


class NumberEntry(msgspec.Struct, tag_field="kind", tag="number"):
    """A number that nobody has: it can be dialled."""

    number: str
    display: str


class NumberBody(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]
    label: Annotated[str, msgspec.Meta(max_length=rules.LABEL_MAX)] = ""


class EmailBody(msgspec.Struct, forbid_unknown_fields=True):
    address: Annotated[str, msgspec.Meta(max_length=320)]
    label: Annotated[str, msgspec.Meta(max_length=rules.LABEL_MAX)] = ""


class DetailsBody(msgspec.Struct, forbid_unknown_fields=True):
    """A contact as people write it; what is left out is empty. It has a name or an organisation."""

    name: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    organisation: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    numbers: Annotated[list[NumberBody], msgspec.Meta(max_length=rules.EACH_MAX)] = []
    emails: Annotated[list[EmailBody], msgspec.Meta(max_length=rules.EACH_MAX)] = []
    notes: Annotated[str, msgspec.Meta(max_length=rules.NOTES_MAX)] = ""

    def details(self) -> Details:
        return Details(
            self.name,
            self.organisation,
            tuple(Number(n.number, n.label) for n in self.numbers),
            tuple(Email(e.address, e.label) for e in self.emails),
            self.notes,
        )


class NewContact(DetailsBody, forbid_unknown_fields=True):
    phonebook: Book = "personal"


class DraftView(msgspec.Struct):
    """A contact of a file, before it is kept."""

    name: str
    organisation: str
    numbers: list[NumberView]
    emails: list[EmailView]


class FaultView(msgspec.Struct):
    """`line` of the file (1-based); `code` is stable, `value` is what stands there.

    `kept`: the contact comes all the same, without that value."""

    line: int
    code: str
    field: str | None
    message: str
    value: str
    kept: bool


def contact_view(contact: Contact, favourite: bool, region: str) -> ContactView:
    details = contact.details
    return ContactView(
        id=contact.id,
        phonebook=contact.book,
        name=details.name,
        organisation=details.organisation,
        numbers=_numbers(details, region),
        emails=_emails(details),
        notes=details.notes,
        favourite=favourite,
        updated_at=contact.updated_at,
    )


def draft_view(details: Details, region: str) -> DraftView:
    return DraftView(details.name, details.organisation, _numbers(details, region), _emails(details))


def number_entry(found: FoundNumber) -> NumberEntry:
    return NumberEntry(found.number, found.display)


def _numbers(details: Details, region: str) -> list[NumberView]:
    return [NumberView(n.number, n.label, numbers.display(n.number, region)) for n in details.numbers]


def _emails(details: Details) -> list[EmailView]:
    return [EmailView(e.address, e.label) for e in details.emails]
