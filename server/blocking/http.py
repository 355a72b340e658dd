"""`/api/v1/blocked`: whose calls from outside do not ring me."""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.blocking.service import BlockedCallers, BlockList
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.numbers import numbers

_REFUSALS: dict[int, tuple[str, ...]] = {
    400: ("not_a_number",),
    409: ("emergency_number", "too_many_blocked"),
}


class NewBlocked(msgspec.Struct, forbid_unknown_fields=True):
    """A number in any spelling; null for all callers who withhold theirs."""

    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)] | None


def blueprint(blocked: BlockList) -> Blueprint:
    routes = Blueprint("blocked", url_prefix="/api/v1")

    @PERSON.operation("Whom I have blocked", answer=BlockedCallers)
    async def list_(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await blocked.of(me))

    @PERSON.operation("Block a caller", body=NewBlocked, answer=BlockedCallers, refusals=_REFUSALS)
    async def block(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await blocked.block(me, read_body(request, NewBlocked).number))

    @PERSON.operation("Block a caller no more", answer=BlockedCallers, refusals={400: ("not_a_number",)})
    async def unblock(me: Person, request: Request, number: str) -> HTTPResponse:
        return json_answer(await blocked.unblock(me, unquote(number)[: numbers.TYPED_MAX]))

    @PERSON.operation("Callers who withhold their number may ring me again", answer=BlockedCallers)
    async def unblock_withheld(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await blocked.unblock(me, None))

    register(routes, list_, "/blocked", "GET")
    register(routes, block, "/blocked", "POST")
    register(routes, unblock, "/blocked/numbers/<number:str>", "DELETE")
    register(routes, unblock_withheld, "/blocked/withheld", "DELETE")
    return routes
