"""`/api/v1/people`: all colleagues."""

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Directory, Person, PersonView
from server.edge import json_answer
from server.edge.operations import register


class People(msgspec.Struct):
    people: list[PersonView]


def blueprint(directory: Directory) -> Blueprint:
    routes = Blueprint("directory", url_prefix="/api/v1")

    @PERSON.operation("All colleagues", answer=People)
    async def people(me: Person, request: Request) -> HTTPResponse:
        everyone = [directory.view(person) for person in await directory.everyone()]
        return json_answer(People(everyone))

    register(routes, people, "/people", "GET")
    return routes
