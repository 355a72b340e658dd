"""`/api/v1`: search, contacts, favourites, files of contacts.

    GET    /search?q=                     -> {results: [entry | {kind: "number", number, display}]}
    GET    /contacts?tab=&cursor=&limit=  -> {entries: [entry], next}; tab: all, internal, company, personal,
                                             favourites; sorted by name
    POST   /contacts                      a contact into `phonebook` (company: administrators only) -> 201
    GET    /contacts/<id>                 -> {contact, rooms}
    PUT    /contacts/<id>                 replace -> {contact}
    DELETE /contacts/<id>                 -> 204
    GET    /contacts/<id>/calls, /people/<user_id>/calls     the history with somebody, as GET /calls
    GET    /people/<user_id>              -> {person, favourite, room_id}
    GET    /lookup?number=                -> {name, entry}: whom a number belongs to, for me
    PUT, DELETE /favourites/people/<user_id>, /favourites/contacts/<id>     -> 204
    POST   /contacts/import?phonebook=&step=preview|commit&skip_faulty=     body: the CSV or vCard file itself
    GET    /contacts/export?phonebook=&format=csv|vcard                     -> the file

An entry is {kind: "person", person, favourite} or {kind: "contact", contact}.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, Protocol, cast
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from server.directory.access import PERSON
from server.directory.ports import PersonByNumber
from server.directory.service import FoundNumber, Person, PersonView
from server.edge import json_answer, read_body, read_query
from server.edge.operations import register
from server.phonebooks import drafts, rules, views
from server.phonebooks.cards import Cards
from server.phonebooks.favourites import Favourites
from server.phonebooks.files import ContactFiles, Format
from server.phonebooks.listing import CURSOR_MAX, Entry, Listing, Tab
from server.phonebooks.rules import Book
from server.phonebooks.service import Contact, Phonebooks
from server.phonebooks.views import ContactEntry, ContactView, NumberEntry, PersonEntry
from server.telephony.http import CallsAsked
from server.telephony.records import Page as CallPage

PAGE_MAX = 200
_WRONG_DETAILS = (
    "invalid_name", "invalid_organisation", "invalid_number", "invalid_email", "too_many", "notes_too_long",
)  # fmt: skip


class Search(msgspec.Struct):
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Results(msgspec.Struct):
    results: list[PersonEntry | ContactEntry | NumberEntry]


class TabAsked(msgspec.Struct):
    tab: Tab = "all"
    cursor: Annotated[str, msgspec.Meta(max_length=CURSOR_MAX)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 50


class Entries(msgspec.Struct):
    entries: list[PersonEntry | ContactEntry]
    next: str | None


class OneContact(msgspec.Struct):
    contact: ContactView


class ContactCard(msgspec.Struct):
    """`rooms` by number: where calls with it are found again."""

    contact: ContactView
    rooms: dict[str, str]


class PersonCard(msgspec.Struct):
    """`room_id` is None while the two have no direct room."""

    person: PersonView
    favourite: bool
    room_id: str | None


class Looked(msgspec.Struct):
    number: Annotated[str, msgspec.Meta(max_length=200)]


class WhoIs(msgspec.Struct):
    """`name` is None when nobody is known by the number."""

    name: str | None
    entry: PersonEntry | ContactEntry | None


class ImportAsked(msgspec.Struct):
    phonebook: Book = "personal"
    step: Literal["preview", "commit"] = "preview"
    skip_faulty: bool = False


class Imported(msgspec.Struct):
    """`count` contacts are (or would be) added, the first of them shown; `incomplete` of them lack something
    that stands in the file; `duplicates` are there already, `faulty` are not added."""

    count: int
    duplicates: int
    faulty: int
    incomplete: int
    faults: list[views.FaultView]
    contacts: list[views.DraftView]


class ExportAsked(msgspec.Struct):
    phonebook: Book = "personal"
    format: Format = "csv"


class ColleagueViews(PersonByNumber, Protocol):
    """The directory, as this API needs it."""

    def view(self, person: Person) -> PersonView: ...


class Api:
    """The handlers; one is made a process."""

    def __init__(
        self,
        phonebooks: Phonebooks,
        favourites: Favourites,
        listing: Listing,
        files: ContactFiles,
        cards: Cards,
        colleagues: ColleagueViews,
        region: str,
    ) -> None:
        self._phonebooks = phonebooks
        self._favourites = favourites
        self._listing = listing
        self._files = files
        self._cards = cards
        self._colleagues = colleagues
        self._region = region

    def blueprint(self) -> Blueprint:
        routes = Blueprint("phonebooks", url_prefix="/api/v1")
        one = "/contacts/<contact_id:str>"
        register(routes, self.search, "/search", "GET")
        register(routes, self.lookup, "/lookup", "GET")
        register(routes, self.tab, "/contacts", "GET")
        register(routes, self.add, "/contacts", "POST")
        register(routes, self.get, one, "GET")
        register(routes, self.replace, one, "PUT")
        register(routes, self.remove, one, "DELETE")
        register(routes, self.contact_calls, f"{one}/calls", "GET")
        register(routes, self.person, "/people/<user_id:str>", "GET")
        register(routes, self.person_calls, "/people/<user_id:str>/calls", "GET")
        register(routes, self.read_in, "/contacts/import", "POST", streams=True)
        register(routes, self.export, "/contacts/export", "GET")
        person, contact = "/favourites/people/<user_id:str>", "/favourites/contacts/<contact_id:str>"
        register(routes, self.mark_person, person, "PUT")
        register(routes, self.unmark_person, person, "DELETE")
        register(routes, self.mark_contact, contact, "PUT")
        register(routes, self.unmark_contact, contact, "DELETE")
        return routes

    # Looking

    @PERSON.operation("Find colleagues, contacts and numbers", query=Search, answer=Results)
    async def search(self, me: Person, request: Request) -> HTTPResponse:
        found = await self._listing.search(me, read_query(request, Search).q)
        results = [
            views.number_entry(one) if isinstance(one, FoundNumber) else self._entry(one) for one in found
        ]
        return json_answer(Results(results))

    @PERSON.operation("Whom a telephone number belongs to, for me", query=Looked, answer=WhoIs)
    async def lookup(self, me: Person, request: Request) -> HTTPResponse:
        key = rules.number_key(read_query(request, Looked).number, self._region)
        found: Contact | Person | None = None
        if key is not None:
            found = await self._phonebooks.with_number(me, key) or await self._colleagues.by_number(key)
        if found is None:
            return json_answer(WhoIs(None, None))
        marked = found.id in await self._favourites.targets(me)
        name = found.name if isinstance(found, Person) else found.details.name
        return json_answer(WhoIs(name, self._entry(Entry(found, marked))))

    @PERSON.operation(
        "A page of the contact list",
        query=TabAsked,
        answer=Entries,
        refusals={400: ("invalid_cursor",)},
    )
    async def tab(self, me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, TabAsked)
        page = await self._listing.tab(me, asked.tab, asked.cursor, asked.limit)
        return json_answer(Entries([self._entry(entry) for entry in page.entries], page.next))

    # Contacts

    @PERSON.operation(
        "Add a contact",
        body=views.NewContact,
        answer=OneContact,
        status=201,
        refusals={400: _WRONG_DETAILS, 403: ("administrators_only",), 409: ("phonebook_full",)},
    )
    async def add(self, me: Person, request: Request) -> HTTPResponse:
        body = read_body(request, views.NewContact)
        contact = await self._phonebooks.add(me, body.phonebook, body.details())
        return json_answer(OneContact(self._view(contact, False)), 201)

    @PERSON.operation("A contact", answer=ContactCard, refusals={404: ("unknown_contact",)})
    async def get(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        contact = await self._phonebooks.get(me, contact_id)
        marked = contact.id in await self._favourites.targets(me)
        return json_answer(ContactCard(self._view(contact, marked), await self._cards.rooms_of(me, contact)))

    @PERSON.operation("A colleague", answer=PersonCard, refusals={404: ("unknown_person",)})
    async def person(self, me: Person, request: Request, user_id: str) -> HTTPResponse:
        person = await self._cards.colleague(unquote(user_id))
        marked = person.id in await self._favourites.targets(me)
        room = await self._cards.room_with(me, person.user_id)
        return json_answer(PersonCard(self._colleagues.view(person), marked, room))

    @PERSON.operation(
        "My calls with a contact", query=CallsAsked, answer=CallPage, refusals={404: ("unknown_contact",)}
    )
    async def contact_calls(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        asked = read_query(request, CallsAsked)
        contact = await self._phonebooks.get(me, contact_id)
        return json_answer(await self._cards.calls_to(me, contact, asked.before, asked.limit))

    @PERSON.operation(
        "My calls with a colleague", query=CallsAsked, answer=CallPage, refusals={404: ("unknown_person",)}
    )
    async def person_calls(self, me: Person, request: Request, user_id: str) -> HTTPResponse:
        asked = read_query(request, CallsAsked)
        person = await self._cards.colleague(unquote(user_id))
        return json_answer(await self._cards.calls_with(me, person, asked.before, asked.limit))

    @PERSON.operation(
        "Replace what a contact holds",
        body=views.DetailsBody,
        answer=OneContact,
        refusals={400: _WRONG_DETAILS, 403: ("administrators_only",), 404: ("unknown_contact",)},
    )
    async def replace(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        details = read_body(request, views.DetailsBody).details()
        contact = await self._phonebooks.replace(me, contact_id, details)
        marked = contact.id in await self._favourites.targets(me)
        return json_answer(OneContact(self._view(contact, marked)))

    @PERSON.operation(
        "Delete a contact",
        status=204,
        refusals={403: ("administrators_only",), 404: ("unknown_contact",)},
    )
    async def remove(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        await self._phonebooks.remove(me, contact_id)
        return HTTPResponse(None, 204)

    # Files

    @PERSON.operation(
        "Read a CSV or vCard file in, or see first what that would do",
        query=ImportAsked,
        answer=Imported,
        takes_files=("text/csv", "text/vcard"),
        refusals={
            400: ("unreadable_file",),
            403: ("administrators_only",),
            409: ("faulty_lines", "phonebook_full"),
            413: ("too_large",),
            429: ("reading_another",),
        },
    )
    async def read_in(self, me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, ImportAsked)
        content = await _whole(request)
        if asked.step == "commit":
            found = await self._files.read_in(me, asked.phonebook, content, skip_faulty=asked.skip_faulty)
        else:
            found = await self._files.preview(me, asked.phonebook, content)
        return json_answer(self._imported(found))

    def _imported(self, found: drafts.Preview) -> Imported:
        return Imported(
            count=len(found.good),
            duplicates=found.duplicates,
            faulty=found.faulty,
            incomplete=found.incomplete,
            faults=[
                views.FaultView(f.line, f.code, f.field, f.message, f.value, f.kept) for f in found.faults
            ],
            contacts=[views.draft_view(details, self._region) for details in found.good[: drafts.SHOWN]],
        )

    @PERSON.operation("A phonebook as a file", query=ExportAsked, files=("text/csv", "text/vcard"))
    async def export(self, me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, ExportAsked)
        file = await self._files.export(me, asked.phonebook, asked.format)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return HTTPResponse(file.content, headers=headers, content_type=file.media_type)

    # Favourites

    @PERSON.operation("Make a colleague a favourite", status=204, refusals={404: ("unknown_person",)})
    async def mark_person(self, me: Person, request: Request, user_id: str) -> HTTPResponse:
        return await self._mark(me, self._favourites.mark_person, unquote(user_id), True)

    @PERSON.operation("Make a colleague a favourite no more", status=204, refusals={404: ("unknown_person",)})
    async def unmark_person(self, me: Person, request: Request, user_id: str) -> HTTPResponse:
        return await self._mark(me, self._favourites.mark_person, unquote(user_id), False)

    @PERSON.operation("Make a contact a favourite", status=204, refusals={404: ("unknown_contact",)})
    async def mark_contact(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        return await self._mark(me, self._favourites.mark_contact, contact_id, True)

    @PERSON.operation("Make a contact a favourite no more", status=204, refusals={404: ("unknown_contact",)})
    async def unmark_contact(self, me: Person, request: Request, contact_id: str) -> HTTPResponse:
        return await self._mark(me, self._favourites.mark_contact, contact_id, False)

    async def _mark(
        self,
        me: Person,
        mark: Callable[[Person, str, bool], Awaitable[None]],
        target: str,
        marked: bool,
    ) -> HTTPResponse:
        await mark(me, target, marked)
        return HTTPResponse(None, 204)

    # Shapes

    def _view(self, contact: Contact, favourite: bool) -> ContactView:
        return views.contact_view(contact, favourite, self._region)

    def _entry(self, entry: Entry) -> PersonEntry | ContactEntry:
        if isinstance(entry.who, Person):
            return PersonEntry(self._colleagues.view(entry.who), entry.favourite)
        return ContactEntry(self._view(entry.who, entry.favourite))


async def _whole(request: Request) -> bytes:
    """The body, up to the size that a file may have: larger than what JSON requests may be."""
    stream = cast(Http, request.stream)
    stream.request_max_size = rules.FILE_MAX + 1
    parts: list[bytes] = []
    size = 0
    while (chunk := await stream.read()) is not None:
        size += len(chunk)
        if size > rules.FILE_MAX:
            raise rules.FileTooLarge
        parts.append(chunk)
    return b"".join(parts)
