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

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, Literal, Protocol, cast
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from server.directory.service import FoundNumber, Person, PersonView
from server.edge import read_body, read_query
from server.edge.errors import error_response
from server.edge.operations import operation
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
_STATUS: dict[type[rules.PhonebookError], int] = {
    rules.UnknownContact: 404,
    rules.UnknownPerson: 404,
    rules.NotAnAdministrator: 403,
    rules.PhonebookFull: 409,
    rules.FaultyLines: 409,
    rules.FileTooLarge: 413,
    rules.ReadingAnother: 429,
}
_WRONG_DETAILS = (
    "invalid_name", "invalid_organisation", "invalid_number", "invalid_email", "too_many", "notes_too_long",
)  # fmt: skip

#: Who is signed in; refuses the request otherwise.
SignedInPerson = Callable[[Request], Awaitable[Person]]


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


class Colleagues(Protocol):
    """The directory, as this API needs it."""

    def view(self, person: Person) -> PersonView: ...

    async def by_number(self, e164: str) -> Person | None: ...


class Api:
    """The handlers; one is made a process."""

    def __init__(
        self,
        phonebooks: Phonebooks,
        favourites: Favourites,
        listing: Listing,
        files: ContactFiles,
        cards: Cards,
        colleagues: Colleagues,
        signed_in: SignedInPerson,
        region: str,
    ) -> None:
        self._phonebooks = phonebooks
        self._favourites = favourites
        self._listing = listing
        self._files = files
        self._cards = cards
        self._colleagues = colleagues
        self._signed_in = signed_in
        self._region = region

    def blueprint(self) -> Blueprint:
        routes = Blueprint("phonebooks", url_prefix="/api/v1")
        one = "/contacts/<contact_id:str>"
        routes.add_route(self.search, "/search", methods=["GET"])
        routes.add_route(self.lookup, "/lookup", methods=["GET"])
        routes.add_route(self.tab, "/contacts", methods=["GET"])
        routes.add_route(self.add, "/contacts", methods=["POST"])
        routes.add_route(self.get, one, methods=["GET"])
        routes.add_route(self.replace, one, methods=["PUT"])
        routes.add_route(self.remove, one, methods=["DELETE"])
        routes.add_route(self.contact_calls, f"{one}/calls", methods=["GET"])
        routes.add_route(self.person, "/people/<user_id:str>", methods=["GET"])
        routes.add_route(self.person_calls, "/people/<user_id:str>/calls", methods=["GET"])
        # Sanic marks streaming handlers, and methods cannot be marked.
        routes.add_route(self._streaming(), "/contacts/import", methods=["POST"], stream=True)
        routes.add_route(self.export, "/contacts/export", methods=["GET"])
        person, contact = "/favourites/people/<user_id:str>", "/favourites/contacts/<contact_id:str>"
        routes.add_route(self.mark_person, person, methods=["PUT"])
        routes.add_route(self.unmark_person, person, methods=["DELETE"])
        routes.add_route(self.mark_contact, contact, methods=["PUT"])
        routes.add_route(self.unmark_contact, contact, methods=["DELETE"])
        routes.exception(rules.PhonebookError)(_refused)
        return routes

    # Looking

    @operation("Find colleagues, contacts and numbers", query=Search, answer=Results)
    async def search(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        found = await self._listing.search(me, read_query(request, Search).q)
        results = [
            views.number_entry(one) if isinstance(one, FoundNumber) else self._entry(one) for one in found
        ]
        return _json(Results(results))

    @operation("Whom a telephone number belongs to, for me", query=Looked, answer=WhoIs)
    async def lookup(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        key = rules.number_key(read_query(request, Looked).number, self._region)
        found: Contact | Person | None = None
        if key is not None:
            found = await self._phonebooks.with_number(me, key) or await self._colleagues.by_number(key)
        if found is None:
            return _json(WhoIs(None, None))
        marked = found.id in await self._favourites.targets(me)
        name = found.name if isinstance(found, Person) else found.details.name
        return _json(WhoIs(name, self._entry(Entry(found, marked))))

    @operation(
        "A page of the contact list",
        query=TabAsked,
        answer=Entries,
        refusals={400: ("invalid_cursor",)},
    )
    async def tab(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        asked = read_query(request, TabAsked)
        page = await self._listing.tab(me, asked.tab, asked.cursor, asked.limit)
        return _json(Entries([self._entry(entry) for entry in page.entries], page.next))

    # Contacts

    @operation(
        "Add a contact",
        body=views.NewContact,
        answer=OneContact,
        status=201,
        refusals={400: _WRONG_DETAILS, 403: ("administrators_only",), 409: ("phonebook_full",)},
    )
    async def add(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        body = read_body(request, views.NewContact)
        contact = await self._phonebooks.add(me, body.phonebook, body.details())
        return _json(OneContact(self._view(contact, False)), 201)

    @operation("A contact", answer=ContactCard, refusals={404: ("unknown_contact",)})
    async def get(self, request: Request, contact_id: str) -> HTTPResponse:
        me = await self._signed_in(request)
        contact = await self._phonebooks.get(me, contact_id)
        marked = contact.id in await self._favourites.targets(me)
        return _json(ContactCard(self._view(contact, marked), await self._cards.rooms_of(me, contact)))

    @operation("A colleague", answer=PersonCard, refusals={404: ("unknown_person",)})
    async def person(self, request: Request, user_id: str) -> HTTPResponse:
        me = await self._signed_in(request)
        person = await self._cards.colleague(unquote(user_id))
        marked = person.id in await self._favourites.targets(me)
        room = await self._cards.room_with(me, person.user_id)
        return _json(PersonCard(self._colleagues.view(person), marked, room))

    @operation(
        "My calls with a contact", query=CallsAsked, answer=CallPage, refusals={404: ("unknown_contact",)}
    )
    async def contact_calls(self, request: Request, contact_id: str) -> HTTPResponse:
        me, asked = await self._signed_in(request), read_query(request, CallsAsked)
        contact = await self._phonebooks.get(me, contact_id)
        return _json(await self._cards.calls_to(me, contact, asked.before, asked.limit))

    @operation(
        "My calls with a colleague", query=CallsAsked, answer=CallPage, refusals={404: ("unknown_person",)}
    )
    async def person_calls(self, request: Request, user_id: str) -> HTTPResponse:
        me, asked = await self._signed_in(request), read_query(request, CallsAsked)
        person = await self._cards.colleague(unquote(user_id))
        return _json(await self._cards.calls_with(me, person, asked.before, asked.limit))

    @operation(
        "Replace what a contact holds",
        body=views.DetailsBody,
        answer=OneContact,
        refusals={400: _WRONG_DETAILS, 403: ("administrators_only",), 404: ("unknown_contact",)},
    )
    async def replace(self, request: Request, contact_id: str) -> HTTPResponse:
        me = await self._signed_in(request)
        details = read_body(request, views.DetailsBody).details()
        contact = await self._phonebooks.replace(me, contact_id, details)
        marked = contact.id in await self._favourites.targets(me)
        return _json(OneContact(self._view(contact, marked)))

    @operation(
        "Delete a contact",
        status=204,
        refusals={403: ("administrators_only",), 404: ("unknown_contact",)},
    )
    async def remove(self, request: Request, contact_id: str) -> HTTPResponse:
        me = await self._signed_in(request)
        await self._phonebooks.remove(me, contact_id)
        return HTTPResponse(None, 204)

    # Files

    def _streaming(self) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
        @operation(
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
        async def read_in(request: Request) -> HTTPResponse:
            return await self._read_in(request)

        return read_in

    async def _read_in(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        asked = read_query(request, ImportAsked)
        content = await _whole(request)
        if asked.step == "commit":
            found = await self._files.read_in(me, asked.phonebook, content, skip_faulty=asked.skip_faulty)
        else:
            found = await self._files.preview(me, asked.phonebook, content)
        return _json(self._imported(found))

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

    @operation("A phonebook as a file", query=ExportAsked, files=("text/csv", "text/vcard"))
    async def export(self, request: Request) -> HTTPResponse:
        me = await self._signed_in(request)
        asked = read_query(request, ExportAsked)
        file = await self._files.export(me, asked.phonebook, asked.format)
        headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
        return HTTPResponse(file.content, headers=headers, content_type=file.media_type)

    # Favourites

    @operation("Make a colleague a favourite", status=204, refusals={404: ("unknown_person",)})
    async def mark_person(self, request: Request, user_id: str) -> HTTPResponse:
        return await self._mark(request, self._favourites.mark_person, unquote(user_id), True)

    @operation("Make a colleague a favourite no more", status=204, refusals={404: ("unknown_person",)})
    async def unmark_person(self, request: Request, user_id: str) -> HTTPResponse:
        return await self._mark(request, self._favourites.mark_person, unquote(user_id), False)

    @operation("Make a contact a favourite", status=204, refusals={404: ("unknown_contact",)})
    async def mark_contact(self, request: Request, contact_id: str) -> HTTPResponse:
        return await self._mark(request, self._favourites.mark_contact, contact_id, True)

    @operation("Make a contact a favourite no more", status=204, refusals={404: ("unknown_contact",)})
    async def unmark_contact(self, request: Request, contact_id: str) -> HTTPResponse:
        return await self._mark(request, self._favourites.mark_contact, contact_id, False)

    async def _mark(
        self,
        request: Request,
        mark: Callable[[Person, str, bool], Awaitable[None]],
        target: str,
        marked: bool,
    ) -> HTTPResponse:
        await mark(await self._signed_in(request), target, marked)
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


async def _refused(_request: Request, error: rules.PhonebookError) -> HTTPResponse:
    return error_response(_STATUS.get(type(error), 400), error.code, str(error), error.field)


def _json(body: object, status: int = 200) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), status, content_type="application/json")
