"""`/api/v1/services/ring-me`: which of my devices ring."""

from urllib.parse import unquote

from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer
from server.edge.operations import register
from server.telephony.trials import Trials
from wire.commands import RingMeAnswer


def blueprint(trials: Trials) -> Blueprint:
    routes = Blueprint("ring_me", url_prefix="/api/v1/services/ring-me")

    @PERSON.operation(
        "Ring those of my devices that a call would ring now",
        answer=RingMeAnswer,
        refusals={409: ("not_possible_now",), 429: ("too_many_attempts",)},
    )
    async def ring(me: Person, request: Request) -> HTTPResponse:
        return json_answer(await trials.ring(me))

    @PERSON.operation(
        "Which of them ring, and which was answered",
        answer=RingMeAnswer,
        refusals={404: ("call_not_found",), 409: ("not_possible_now",)},
    )
    async def look(me: Person, request: Request, call_id: str) -> HTTPResponse:
        return json_answer(await trials.look(me, unquote(call_id)))

    register(routes, ring, "", "POST")
    register(routes, look, "/<call_id:str>", "GET")
    return routes
