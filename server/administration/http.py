"""`/api/v1/admin`: what administrators do. Everybody else gets 403 `administrators_only`.

GET    /admin/people?q=&start=&limit=   -> {people, total, next}; the disabled too
GET    /admin/people/<id>               -> {person}
PATCH  /admin/people/<id>               {name, email, department, role, calls_outside}, each optional
                                        -> {person}; another e-mail address or role: 403 `password_again`,
                                        see /account/proof
POST   /admin/people/<id>/disable, /enable     -> {person}
DELETE /admin/people/<id>               -> 204
POST   /admin/people/<id>/extensions    {extension} -> 201 a new device: password, settings, QR, shown once
POST   /admin/extensions/<extension>/password  -> a new device
DELETE /admin/extensions/<extension>    -> {person}
GET    /admin/registrations             -> the desk phones that are registered now
GET    /admin/numbers                   -> all outside numbers and whose they are
POST   /admin/people/<id>/numbers       {number} -> 201 {person}
DELETE /admin/numbers/<number>          -> {person}
GET    /admin/audit?before=&limit=      -> who did what, newest first
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.administration import rules, views
from server.administration.service import Actor, Administration
from server.audit.service import Entry
from server.directory.rules import DirectoryError, PersonNotFound, query_digits, query_words, search_text
from server.directory.service import Person
from server.edge import ApiError, client_address, read_body, read_query
from server.edge.errors import error_response
from server.edge.operations import operation
from server.numbers import numbers
from server.numbers.numbers import display

_STATUS: dict[type[Exception], int] = {
    rules.UnknownPerson: 404,
    rules.UnknownExtension: 404,
    rules.UnknownNumber: 404,
    rules.LastAdministrator: 409,
    rules.OwnAccount: 409,
    PersonNotFound: 404,
}
_TAKEN = {"email_taken", "extension_taken", "number_taken"}
_NOBODY = {404: ("unknown_person",)}
_SPARED = {**_NOBODY, 409: ("own_account", "last_administrator")}

SignedInPerson = Callable[[Request], Awaitable[Person]]


class AuditPages(Protocol):
    async def page(self, before: int | None = None, limit: int = ...) -> Sequence[Entry]:
        """Newest first."""


class Bridge(Protocol):
    async def registrations(self) -> list[dict[str, Any]]: ...


class AdministratorGate:
    """Lets administrators in, and says who they are."""

    def __init__(self, signed_in: SignedInPerson, proved: Callable[[Request], Awaitable[None]]) -> None:
        self._signed_in = signed_in
        #: Raises `ApiError` 403 `password_again` where the session's password was not given lately.
        self.proved = proved

    async def administrator(self, request: Request) -> Actor:
        """Raises `ApiError` 401 `not_signed_in`, 403 `administrators_only`."""
        person = await self._signed_in(request)
        if person.role != "administrator":
            raise ApiError(403, "administrators_only", "only administrators may do this")
        return Actor(person.user_id, client_address(request), person.id)


class Api:
    def __init__(
        self,
        administration: Administration,
        audit: AuditPages,
        bridge: Bridge,
        gate: AdministratorGate,
        region: str,
    ) -> None:
        self._administration = administration
        self._audit = audit
        self._bridge = bridge
        self._gate = gate
        self._region = region

    def blueprint(self) -> Blueprint:
        routes = Blueprint("administration", url_prefix="/api/v1/admin")
        person, extension = "/people/<person_id:str>", "/extensions/<extension:str>"
        routes.add_route(self.people, "/people", methods=["GET"])
        routes.add_route(self.person, person, methods=["GET"])
        routes.add_route(self.change, person, methods=["PATCH"])
        routes.add_route(self.remove, person, methods=["DELETE"])
        routes.add_route(self.disable, f"{person}/disable", methods=["POST"])
        routes.add_route(self.enable, f"{person}/enable", methods=["POST"])
        routes.add_route(self.add_extension, f"{person}/extensions", methods=["POST"])
        routes.add_route(self.new_password, f"{extension}/password", methods=["POST"])
        routes.add_route(self.remove_extension, extension, methods=["DELETE"])
        routes.add_route(self.registrations, "/registrations", methods=["GET"])
        routes.add_route(self.numbers, "/numbers", methods=["GET"])
        routes.add_route(self.add_number, f"{person}/numbers", methods=["POST"])
        routes.add_route(self.remove_number, "/numbers/<number:str>", methods=["DELETE"])
        routes.add_route(self.audit, "/audit", methods=["GET"])
        refuse_by_name(routes)
        return routes

    # People

    @operation("People", access="administrator", query=views.PeopleAsked, answer=views.PeoplePage)
    async def people(self, request: Request) -> HTTPResponse:
        await self._gate.administrator(request)
        asked = read_query(request, views.PeopleAsked)
        everybody = await self._administration.people()
        found = [person for person in everybody if self._matches(person, asked.q)]
        end = asked.start + asked.limit
        rows = [views.person_row(person) for person in found[asked.start : end]]
        return _json(views.PeoplePage(rows, len(found), end if end < len(found) else None))

    def _matches(self, person: Person, query: str) -> bool:
        text = search_text(f"{person.name} {person.department}", person.email)
        if all(" " + word in text for word in query_words(query)):
            return True
        reached = [*person.extensions, *person.numbers]
        return any(digits in number for digits in query_digits(query, self._region) for number in reached)

    @operation("A person", access="administrator", answer=views.OnePerson, refusals=_NOBODY)
    async def person(self, request: Request, person_id: str) -> HTTPResponse:
        await self._gate.administrator(request)
        return _person(await self._administration.person(person_id))

    @operation(
        "Change a person",
        access="administrator",
        body=views.PersonBody,
        answer=views.OnePerson,
        refusals={
            **_SPARED,
            400: ("invalid_name", "invalid_email", "invalid_department"),
            403: ("password_again",),
            409: ("own_account", "last_administrator", "email_taken"),
        },
    )
    async def change(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        wanted = read_body(request, views.PersonBody).change()
        if await self._administration.opens_account(person_id, wanted):
            await self._gate.proved(request)
        return _person(await self._administration.change(actor, person_id, wanted))

    @operation(
        "Disable a person: ends sessions, devices and desk phones",
        access="administrator",
        answer=views.OnePerson,
        refusals=_SPARED,
    )
    async def disable(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        return _person(await self._administration.disable(actor, person_id))

    @operation("Enable a person again", access="administrator", answer=views.OnePerson, refusals=_NOBODY)
    async def enable(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        return _person(await self._administration.enable(actor, person_id))

    @operation("Remove a person for good", access="administrator", status=204, refusals=_SPARED)
    async def remove(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        await self._administration.remove(actor, person_id)
        return HTTPResponse(None, 204)

    # Extensions and their phones

    @operation(
        "Give a person an extension and a password for its phones",
        access="administrator",
        body=views.ExtensionBody,
        answer=views.NewDevice,
        status=201,
        refusals={**_NOBODY, 400: ("invalid_extension", "extension_reserved"), 409: ("extension_taken",)},
    )
    async def add_extension(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        wanted = read_body(request, views.ExtensionBody).extension
        device = await self._administration.add_extension(actor, person_id, wanted)
        return _json(views.new_device(device), 201)

    @operation(
        "Make a new password for an extension's phones",
        access="administrator",
        answer=views.NewDevice,
        refusals={404: ("unknown_extension",)},
    )
    async def new_password(self, request: Request, extension: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        return _json(views.new_device(await self._administration.new_password(actor, extension)))

    @operation(
        "Take an extension away",
        access="administrator",
        answer=views.OnePerson,
        refusals={404: ("unknown_extension",)},
    )
    async def remove_extension(self, request: Request, extension: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        return _person(await self._administration.remove_extension(actor, extension))

    @operation("Desk phones that are registered", access="administrator", answer=views.Registrations)
    async def registrations(self, request: Request) -> HTTPResponse:
        await self._gate.administrator(request)
        found = await self._bridge.registrations()
        return _json(views.Registrations(msgspec.convert(found, list[views.Registration])))

    # Numbers

    @operation("Outside numbers", access="administrator", answer=views.Numbers)
    async def numbers(self, request: Request) -> HTTPResponse:
        await self._gate.administrator(request)
        rows = [
            views.NumberRow(number, display(number, self._region), views.person_row(person))
            for person in await self._administration.people()
            for number in person.numbers
        ]
        return _json(views.Numbers(sorted(rows, key=lambda row: row.number)))

    @operation(
        "Give a person an outside number",
        access="administrator",
        body=views.NumberBody,
        answer=views.OnePerson,
        status=201,
        refusals={**_NOBODY, 400: ("invalid_number",), 409: ("number_taken",)},
    )
    async def add_number(self, request: Request, person_id: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        number = read_body(request, views.NumberBody).number
        return _person(await self._administration.add_number(actor, person_id, number), 201)

    @operation(
        "Take an outside number away",
        access="administrator",
        answer=views.OnePerson,
        refusals={400: ("invalid_number",), 404: ("unknown_number",)},
    )
    async def remove_number(self, request: Request, number: str) -> HTTPResponse:
        actor = await self._gate.administrator(request)
        typed = unquote(number)[: numbers.TYPED_MAX]
        return _person(await self._administration.remove_number(actor, typed))

    # Who did what

    @operation("Who did what", access="administrator", query=views.AuditAsked, answer=views.AuditPage)
    async def audit(self, request: Request) -> HTTPResponse:
        await self._gate.administrator(request)
        asked = read_query(request, views.AuditAsked)
        entries = await self._audit.page(asked.before, asked.limit)
        following = entries[-1].id if len(entries) == asked.limit else None
        return _json(views.AuditPage([views.audit_row(entry) for entry in entries], following))


def refuse_by_name(routes: Blueprint) -> None:
    """Translate the refusals of directory and administration, once."""
    routes.exception(rules.AdministrationError)(_refused)
    routes.exception(DirectoryError)(_refused)


async def _refused(_request: Request, error: rules.AdministrationError | DirectoryError) -> HTTPResponse:
    status = 409 if error.code in _TAKEN else _STATUS.get(type(error), 400)
    return error_response(status, error.code, str(error), error.field)


def _person(person: Person, status: int = 200) -> HTTPResponse:
    return _json(views.OnePerson(views.person_row(person)), status)


def _json(body: object, status: int = 200) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), status, content_type="application/json")
