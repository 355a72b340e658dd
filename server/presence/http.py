"""`/api/v1/presence`: how I am; `/internal/v1/presence`: how everybody is, for the bridge."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import bearer, json_answer, read_body
from server.edge.operations import register
from server.presence.choices import Choice, Choices, Chosen
from wire.presence import PresenceState

#: Past the year 2200.
_LATEST = 2**43


class ChosenPresence(msgspec.Struct, forbid_unknown_fields=True):
    """On the phone is nobody's choice: it is shown by itself, and what was chosen is back afterwards. `until`
    ends the text, in milliseconds since the epoch."""

    state: Chosen
    status_text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    until: Annotated[int, msgspec.Meta(ge=0, le=_LATEST)] | None = None


def blueprint(choices: Choices) -> Blueprint:
    routes = Blueprint("presence", url_prefix="/api/v1")

    @PERSON.operation(
        "Say how I am",
        body=ChosenPresence,
        status=204,
        refusals={400: ("until_is_past",), 503: ("homeserver_unavailable",)},
    )
    async def choose(me: Person, request: Request) -> HTTPResponse:
        wanted = read_body(request, ChosenPresence)
        text = " ".join(wanted.status_text.split())
        await choices.choose(me, Choice(wanted.state, text, wanted.until))
        return HTTPResponse(None, 204)

    @PERSON.operation("How I said that I am", answer=Choice)
    async def chosen(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await choices.of(me))

    register(routes, choose, "/presence", "PUT")
    register(routes, chosen, "/presence", "GET")
    return routes


def internal_blueprint(secret: str, everybody: Callable[[], PresenceState]) -> Blueprint:
    routes = Blueprint("presence_internal", url_prefix="/internal/v1")

    async def presence(_request: Request) -> HTTPResponse:
        return json_answer(everybody())

    routes.on_request(bearer.only_for(secret))
    routes.add_route(presence, "/presence", methods=["GET"])
    return routes
