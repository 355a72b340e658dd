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

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.administration import views
from server.administration.service import Administration
from server.audit.service import Entry
from server.directory.access import ADMINISTRATOR, Administrator
from server.directory.rules import query_digits, query_words, search_text
from server.directory.service import Person
from server.edge import json_answer, read_body, read_query
from server.edge.operations import register
from server.groups.service import GroupReader
from server.numbers import numbers
from server.numbers.numbers import display

_NOBODY = {404: ("unknown_person",)}
_SPARED = {**_NOBODY, 409: ("own_account", "last_administrator")}


class AuditPages(Protocol):
    async def page(self, before: int | None = None, limit: int = ...) -> Sequence[Entry]:
        """Newest first."""


class RegistrationReader(Protocol):
    async def registrations(self) -> list[dict[str, Any]]: ...


class Api:
    def __init__(
        self,
        administration: Administration,
        audit: AuditPages,
        bridge: RegistrationReader,
        region: str,
        groups: GroupReader,
    ) -> None:
        self._administration = administration
        self._audit = audit
        self._bridge = bridge
        self._region = region
        self._groups = groups

    def blueprint(self) -> Blueprint:
        routes = Blueprint("administration", url_prefix="/api/v1/admin")
        person, extension = "/people/<person_id:str>", "/extensions/<extension:str>"
        register(routes, self.people, "/people", "GET")
        register(routes, self.person, person, "GET")
        register(routes, self.change, person, "PATCH")
        register(routes, self.remove, person, "DELETE")
        register(routes, self.disable, f"{person}/disable", "POST")
        register(routes, self.enable, f"{person}/enable", "POST")
        register(routes, self.add_extension, f"{person}/extensions", "POST")
        register(routes, self.new_password, f"{extension}/password", "POST")
        register(routes, self.remove_extension, extension, "DELETE")
        register(routes, self.registrations, "/registrations", "GET")
        register(routes, self.numbers, "/numbers", "GET")
        register(routes, self.add_number, f"{person}/numbers", "POST")
        register(routes, self.remove_number, "/numbers/<number:str>", "DELETE")
        register(routes, self.audit, "/audit", "GET")
        return routes

    # People

    @ADMINISTRATOR.operation("People", query=views.PeopleAsked, answer=views.PeoplePage)
    async def people(self, admin: Administrator, request: Request) -> HTTPResponse:
        asked = read_query(request, views.PeopleAsked)
        everybody = await self._administration.people()
        found = [person for person in everybody if self._matches(person, asked.q)]
        end = asked.start + asked.limit
        rows = [views.person_row(person) for person in found[asked.start : end]]
        return json_answer(views.PeoplePage(rows, len(found), end if end < len(found) else None))

    def _matches(self, person: Person, query: str) -> bool:
        text = search_text(f"{person.name} {person.department}", person.email)
        if all(" " + word in text for word in query_words(query)):
            return True
        reached = [*person.extensions, *person.numbers]
        return any(digits in number for digits in query_digits(query, self._region) for number in reached)

    @ADMINISTRATOR.operation("A person", answer=views.OnePerson, refusals=_NOBODY)
    async def person(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        return _person(await self._administration.person(person_id))

    @ADMINISTRATOR.operation(
        "Change a person",
        body=views.PersonBody,
        answer=views.OnePerson,
        refusals={
            **_SPARED,
            400: ("invalid_name", "invalid_email", "invalid_department"),
            403: ("password_again",),
            409: ("own_account", "last_administrator", "email_taken"),
        },
    )
    async def change(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        wanted = read_body(request, views.PersonBody).change()
        if await self._administration.opens_account(person_id, wanted):
            admin.must_be_proved()
        return _person(await self._administration.change(admin, person_id, wanted))

    @ADMINISTRATOR.operation(
        "Disable a person: ends sessions, devices and desk phones",
        answer=views.OnePerson,
        refusals=_SPARED,
    )
    async def disable(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        return _person(await self._administration.disable(admin, person_id))

    @ADMINISTRATOR.operation("Enable a person again", answer=views.OnePerson, refusals=_NOBODY)
    async def enable(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        return _person(await self._administration.enable(admin, person_id))

    @ADMINISTRATOR.operation("Remove a person for good", status=204, refusals=_SPARED)
    async def remove(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        await self._administration.remove(admin, person_id)
        return HTTPResponse(None, 204)

    # Extensions and their phones

    @ADMINISTRATOR.operation(
        "Give a person an extension and a password for its phones",
        body=views.ExtensionBody,
        answer=views.NewDevice,
        status=201,
        refusals={**_NOBODY, 400: ("invalid_extension", "extension_reserved"), 409: ("extension_taken",)},
    )
    async def add_extension(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        wanted = read_body(request, views.ExtensionBody).extension
        device = await self._administration.add_extension(admin, person_id, wanted)
        return json_answer(views.new_device(device), 201)

    @ADMINISTRATOR.operation(
        "Make a new password for an extension's phones",
        answer=views.NewDevice,
        refusals={404: ("unknown_extension",)},
    )
    async def new_password(self, admin: Administrator, request: Request, extension: str) -> HTTPResponse:
        return json_answer(views.new_device(await self._administration.new_password(admin, extension)))

    @ADMINISTRATOR.operation(
        "Take an extension away",
        answer=views.OnePerson,
        refusals={404: ("unknown_extension",)},
    )
    async def remove_extension(self, admin: Administrator, request: Request, extension: str) -> HTTPResponse:
        return _person(await self._administration.remove_extension(admin, extension))

    @ADMINISTRATOR.operation("Desk phones that are registered", answer=views.Registrations)
    async def registrations(self, admin: Administrator, request: Request) -> HTTPResponse:
        found = await self._bridge.registrations()
        return json_answer(views.Registrations(msgspec.convert(found, list[views.Registration])))

    # Numbers

    @ADMINISTRATOR.operation("Outside numbers", answer=views.Numbers)
    async def numbers(self, admin: Administrator, request: Request) -> HTTPResponse:
        rows = [
            views.NumberRow(number, display(number, self._region), views.person_row(person))
            for person in await self._administration.people()
            for number in person.numbers
        ]
        rows += [
            views.NumberRow(
                number,
                display(number, self._region),
                group=views.NumberOwner(group.id, group.name, group.extension),
            )
            for group in await self._groups.groups()
            for number in group.numbers
        ]
        return json_answer(views.Numbers(sorted(rows, key=lambda row: row.number)))

    @ADMINISTRATOR.operation(
        "Give a person an outside number",
        body=views.NumberBody,
        answer=views.OnePerson,
        status=201,
        refusals={**_NOBODY, 400: ("invalid_number",), 409: ("number_taken",)},
    )
    async def add_number(self, admin: Administrator, request: Request, person_id: str) -> HTTPResponse:
        number = read_body(request, views.NumberBody).number
        return _person(await self._administration.add_number(admin, person_id, number), 201)

    @ADMINISTRATOR.operation(
        "Take an outside number away",
        answer=views.OnePerson,
        refusals={400: ("invalid_number",), 404: ("unknown_number",)},
    )
    async def remove_number(self, admin: Administrator, request: Request, number: str) -> HTTPResponse:
        typed = unquote(number)[: numbers.TYPED_MAX]
        return _person(await self._administration.remove_number(admin, typed))

    # Who did what

    @ADMINISTRATOR.operation("Who did what", query=views.AuditAsked, answer=views.AuditPage)
    async def audit(self, admin: Administrator, request: Request) -> HTTPResponse:
        asked = read_query(request, views.AuditAsked)
        entries = await self._audit.page(asked.before, asked.limit)
        following = entries[-1].id if len(entries) == asked.limit else None
        return json_answer(views.AuditPage([views.audit_row(entry) for entry in entries], following))


def _person(person: Person, status: int = 200) -> HTTPResponse:
    return json_answer(views.OnePerson(views.person_row(person)), status)
