"""`/api/v1/search`: messages that people find. `/internal/v1/search`: the homeserver tells what is said."""

from collections.abc import Callable
from typing import Annotated, Any, cast

import msgspec
from sanic import Blueprint, HTTPResponse, Request
from sanic.http import Http

from logs import log
from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import ApiError, bearer, json_answer, read_query
from server.edge.operations import register
from server.edge.timezones import time_zone
from server.search import question
from server.search.service import PAGE, Feed, Hits, Search

_log = log.get(__name__)
#: Bytes of a transaction: Synapse puts at most 100 events of 64 kB into one.
_TRANSACTION_MAX = 16_000_000
_REFUSALS: dict[int, tuple[str, ...]] = {
    400: ("search_too_short", "search_too_long", "search_no_date", "unknown_timezone"),
    429: ("too_many_attempts",),
    503: ("homeserver_unavailable",),
}


class SearchAsked(msgspec.Struct):
    """`q`: words, "words in quotes", and filters: `from:`, `in:`, `before:`, `after:`, `has:file`. Days are
    those of `timezone`, one of the IANA database. `before` is the `next` of the page before."""

    q: Annotated[str, msgspec.Meta(max_length=20_000)]
    timezone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"
    before: Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=50)] = PAGE


def blueprint(search: Search, allowed: Callable[[str], bool], domain: str) -> Blueprint:
    """`allowed`: whether a user id may ask once more now."""
    routes = Blueprint("search", url_prefix="/api/v1/search")

    @PERSON.operation(
        "Messages that I may read, newest first", query=SearchAsked, answer=Hits, refusals=_REFUSALS
    )
    async def messages(me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, SearchAsked)
        wanted = question.read(asked.q, time_zone(asked.timezone), lambda name: f"@{name}:{domain}")
        if not allowed(me.user_id):
            raise ApiError(
                429, "too_many_attempts", "too many questions at once", headers={"Retry-After": "1"}
            )
        return json_answer(await search.find(me.user_id, wanted, asked.before, asked.limit))

    register(routes, messages, "/messages", "GET", name="search_messages")
    return routes


def internal_blueprint(feed: Feed, hs_token: str) -> Blueprint:
    """The application service `unisono-search` (Matrix spec v1.16, "Application Service API")."""
    routes = Blueprint("search_feed", url_prefix="/internal/v1/search/_matrix/app/v1")

    async def transaction(request: Request, txn: str) -> HTTPResponse:
        body = await _whole(request)
        events = body.get("events") if isinstance(body, dict) else None
        if not isinstance(events, list):
            raise ApiError(400, "invalid_field", "a transaction has events", "events")
        await feed.take(events)
        return json_answer({})

    async def ping(_request: Request) -> HTTPResponse:
        return json_answer({})

    routes.on_request(bearer.only_for(hs_token))
    routes.add_route(transaction, "/transactions/<txn:str>", methods=["PUT"], stream=True)
    routes.add_route(ping, "/ping", methods=["POST"])
    return routes


async def _whole(request: Request) -> Any:
    """The JSON body, which may be larger than people's."""
    stream = cast(Http, request.stream)
    stream.request_max_size = _TRANSACTION_MAX
    parts: list[bytes] = []
    while (part := await stream.read()) is not None:
        parts.append(part)
    try:
        return msgspec.json.decode(b"".join(parts))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, "invalid_json", "the body is not valid JSON") from error
