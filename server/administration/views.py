"""The shapes of the administration's API."""

from typing import Annotated, Literal

import msgspec

from server.administration.provisioning import Account, qr_svg, qr_text, settings
from server.administration.service import Device
from server.audit.service import Entry
from server.directory.rules import EMAIL_MAX, NAME_MAX, CallsOutside
from server.directory.service import Person, PersonChange, Role
from server.numbers import numbers

PAGE_MAX = 200
Id = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class PersonRow(msgspec.Struct):
    """A person as administrators see them; `id` is what the other addresses take.

    `calls_outside`: emergency numbers alone ("inside"), the own country, or all that the organisation may.
    """

    id: str
    user_id: str
    name: str
    email: str
    role: str
    department: str
    extensions: list[str]
    numbers: list[str]
    photo: str | None
    disabled: bool
    calls_outside: CallsOutside


class OnePerson(msgspec.Struct):
    person: PersonRow


class PeopleAsked(msgspec.Struct):
    """`q` finds words of name, e-mail and department, extensions and numbers."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    start: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 50


class PeoplePage(msgspec.Struct):
    """`total` people match; `next` is the following page's `start`, None when there is none."""

    people: list[PersonRow]
    total: int
    next: int | None


class PersonBody(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    name: Annotated[str, msgspec.Meta(max_length=2 * NAME_MAX)] | None = None
    email: Annotated[str, msgspec.Meta(max_length=2 * EMAIL_MAX)] | None = None
    department: Annotated[str, msgspec.Meta(max_length=400)] | None = None
    role: Role | None = None
    calls_outside: CallsOutside | None = None

    def change(self) -> PersonChange:
        return PersonChange(self.name, self.email, self.department, self.role, self.calls_outside)


class ExtensionBody(msgspec.Struct, forbid_unknown_fields=True):
    extension: Annotated[str, msgspec.Meta(max_length=20)]


class NumberBody(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]


class PhoneSettings(msgspec.Struct):
    """`file` is the name under which such a phone reads the text, if it reads files."""

    phone: str
    file: str | None
    text: str


class NewDevice(msgspec.Struct):
    """Shown once: the server keeps no password. `qr_svg` is an image of what mobile softphones scan."""

    person: PersonRow
    extension: str
    sip_password: str
    domain: str
    server: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    settings: list[PhoneSettings]
    qr_svg: str


class NumberOwner(msgspec.Struct):
    """The ring group that has a number."""

    id: str
    name: str
    extension: str


class NumberRow(msgspec.Struct):
    """A number outside: a person's, or a ring group's."""

    number: str
    display: str
    person: PersonRow | None = None
    group: NumberOwner | None = None


class Numbers(msgspec.Struct):
    numbers: list[NumberRow]


class Registration(msgspec.Struct):
    """A desk phone that is registered now; `expires_in` in seconds."""

    extension: str
    host: str
    transport: str
    user_agent: str | None
    expires_in: int


class Registrations(msgspec.Struct):
    registrations: list[Registration]


class AuditAsked(msgspec.Struct):
    before: Id | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 50


class AuditRow(msgspec.Struct):
    """`at` in milliseconds since the epoch; `actor` is a user id, "command line" or "nobody"."""

    id: int
    at: int
    actor: str
    action: str
    subject: str
    address: str
    details: dict[str, str]


class AuditPage(msgspec.Struct):
    """`next` is what to ask `before` for the following page; None when there is none."""

    entries: list[AuditRow]
    next: int | None


def person_row(person: Person) -> PersonRow:
    return PersonRow(
        id=person.id,
        user_id=person.user_id,
        name=person.name,
        email=person.email,
        role=person.role,
        department=person.department,
        extensions=list(person.extensions),
        numbers=list(person.numbers),
        photo=person.photo,
        disabled=person.disabled,
        calls_outside=person.calls_outside,
    )


def new_device(device: Device) -> NewDevice:
    account: Account = device.account
    return NewDevice(
        person=person_row(device.person),
        extension=account.extension,
        sip_password=account.password,
        domain=account.domain,
        server=account.server,
        port=account.port,
        transport=account.transport,
        settings=[PhoneSettings(one.phone, one.file, one.text) for one in settings(account)],
        qr_svg=qr_svg(qr_text(account)),
    )


def audit_row(entry: Entry) -> AuditRow:
    return AuditRow(
        entry.id, entry.at, entry.actor, entry.action, entry.subject, entry.address, dict(entry.details)
    )
