"""`GET /api/v1/admin/calls-outside`: the limits of calls outside, and what is used of them."""

from collections.abc import Awaitable, Callable

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import json_answer
from server.edge.operations import register
from server.telephony.destinations import Destinations
from server.telephony.limits import Limits

#: How many calls outside go on.
Live = Callable[[], Awaitable[int]]


class CallsOutside(msgspec.Struct):
    """`regions` (ISO 3166) may be called, None stands for all; of the numbers 0 stands for no limit."""

    regions: list[str] | None
    premium: bool
    calls_at_once: int
    calls_at_once_a_trunk: int
    calls_at_once_in_all: int
    minutes_a_day: int
    live: int


def blueprint(destinations: Destinations, limits: Limits, live: Live) -> Blueprint:
    routes = Blueprint("calls_outside", url_prefix="/api/v1/admin")

    @ADMINISTRATOR.operation("The limits of calls outside", answer=CallsOutside)
    async def calls_outside(admin: Administrator, request: Request) -> HTTPResponse:
        shown = CallsOutside(
            regions=None if destinations.allowed is None else sorted(destinations.allowed),
            premium=destinations.premium,
            calls_at_once=limits.a_person,
            calls_at_once_a_trunk=limits.a_trunk,
            calls_at_once_in_all=limits.in_all,
            minutes_a_day=limits.minutes_a_day,
            live=await live(),
        )
        return json_answer(shown)

    register(routes, calls_outside, "/calls-outside", "GET")
    return routes
