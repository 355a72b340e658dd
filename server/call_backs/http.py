"""`/api/v1/call-backs`: colleagues of whom I want to be told, by a call, that they are free."""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.call_backs.rules import Why
from server.call_backs.service import CallBacks, Waiting
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import register


class Listed(msgspec.Struct):
    """The one asked for first comes first."""

    call_backs: tuple[Waiting, ...]


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Annotated[str, msgspec.Meta(max_length=255)]
    why: Why = "busy"


def blueprint(call_backs: CallBacks) -> Blueprint:
    routes = Blueprint("call_backs", url_prefix="/api/v1/call-backs")

    @PERSON.operation("Who is to be free before the house calls us both", answer=Listed)
    async def list_(me: Person, request: Request) -> HTTPResponse:
        return json_answer(Listed(await call_backs.of(me)))

    @PERSON.operation(
        "Be called back when a colleague is free",
        body=Asked,
        answer=Listed,
        refusals={404: ("unknown_person",), 409: ("own_number", "too_many_call_backs")},
    )
    async def ask(me: Person, request: Request) -> HTTPResponse:
        asked = read_body(request, Asked)
        return json_answer(Listed(await call_backs.ask(me, asked.user_id, asked.why)))

    @PERSON.operation("Be called back no more", answer=Listed)
    async def cancel(me: Person, request: Request, call_back_id: str) -> HTTPResponse:
        return json_answer(Listed(await call_backs.cancel(me, unquote(call_back_id))))

    register(routes, list_, "", "GET", name="list")
    register(routes, ask, "", "POST")
    register(routes, cancel, "/<call_back_id:str>", "DELETE")
    return routes
