"""`/api/v1/people` and `/api/v1/search`."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.service import Directory, FoundNumber, Person
from server.edge import read_query

#: Who is signed in; refuses the request otherwise.
SignedInPerson = Callable[[Request], Awaitable[Person]]


class Search(msgspec.Struct):
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""


def blueprint(directory: Directory, signed_in: SignedInPerson) -> Blueprint:
    routes = Blueprint("directory", url_prefix="/api/v1")

    async def people(request: Request) -> HTTPResponse:
        await signed_in(request)
        return _json({"people": [directory.view(person) for person in await directory.everyone()]})

    async def search(request: Request) -> HTTPResponse:
        await signed_in(request)
        found = await directory.search(read_query(request, Search).q)
        return _json({"results": [_result(directory, one) for one in found]})

    routes.add_route(people, "/people", methods=["GET"])
    routes.add_route(search, "/search", methods=["GET"])
    return routes


def _result(directory: Directory, one: Person | FoundNumber) -> dict[str, Any]:
    if isinstance(one, FoundNumber):
        return {"kind": "number", "number": one.number, "display": one.display}
    return {"kind": "person", "person": directory.view(one)}


def _json(body: object) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), content_type="application/json")
