"""`/api/v1/people`: all colleagues."""

from collections.abc import Awaitable, Callable

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.service import Directory, Person, PersonView
from server.edge.operations import operation

#: Who is signed in; refuses the request otherwise.
SignedInPerson = Callable[[Request], Awaitable[Person]]


class People(msgspec.Struct):
    people: list[PersonView]


def blueprint(directory: Directory, signed_in: SignedInPerson) -> Blueprint:
    routes = Blueprint("directory", url_prefix="/api/v1")

    @operation("All colleagues", answer=People)
    async def people(request: Request) -> HTTPResponse:
        await signed_in(request)
        everyone = [directory.view(person) for person in await directory.everyone()]
        return HTTPResponse(msgspec.json.encode(People(everyone)), content_type="application/json")

    routes.add_route(people, "/people", methods=["GET"])
    return routes
