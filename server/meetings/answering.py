"""How the meetings' blueprints answer and refuse."""

import math

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from logs import log
from server.accounts.rules import TooManyAttempts
from server.edge import client_address
from server.edge.errors import error_response
from server.homeserver.errors import HomeserverError
from server.meetings.refusals import MeetingError

_log = log.get(__name__)
_BACK = {"Retry-After": "2"}


def answer(body: object, status: int = 200) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), status, content_type="application/json")


def refuse_by_name(routes: Blueprint) -> None:
    routes.exception(MeetingError)(_refused)
    routes.exception(TooManyAttempts)(_throttled)
    routes.exception(HomeserverError)(_homeserver_away)


async def _refused(_request: Request, error: MeetingError) -> HTTPResponse:
    return error_response(error.status, error.code, str(error), error.field)


async def _throttled(request: Request, error: TooManyAttempts) -> HTTPResponse:
    _log.warning("meetings_throttled", address=client_address(request))
    wait = {"Retry-After": str(math.ceil(error.retry_after))}
    return error_response(429, error.code, "too many attempts; wait before the next", headers=wait)


async def _homeserver_away(_request: Request, error: HomeserverError) -> HTTPResponse:
    _log.error("homeserver_failed", why=str(error))
    return error_response(503, "homeserver_unavailable", "the chat server does not answer", headers=_BACK)
