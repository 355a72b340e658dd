"""`/api/v1`: dialling, direct rooms, the call log, the state of the telephone service."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from logs import log
from server.directory.service import Person
from server.edge import read_body, read_query
from server.edge.errors import error_response
from server.edge.operations import operation
from server.homeserver.client import PresenceState
from server.homeserver.errors import HomeserverError
from server.numbers import numbers
from server.telephony.on_the_phone import OnThePhone, SavedPresence
from server.telephony.records import PAGE_MAX, CallRecords
from server.telephony.records import Page as CallPage
from server.telephony.refusals import TelephonyError
from server.telephony.service import Dialled, Telephony
from server.telephony.state import PhoneState

_log = log.get(__name__)

#: Who is signed in; refuses the request otherwise.
SignedInPerson = Callable[[Request], Awaitable[Person]]


class Dial(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]


class DirectRoom(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Annotated[str, msgspec.Meta(max_length=255)]


class ChosenPresence(msgspec.Struct, forbid_unknown_fields=True):
    """On the phone is nobody's choice: it is shown by itself, and what was chosen is back afterwards."""

    state: Literal["available", "away", "busy", "offline"]
    status_text: Annotated[str, msgspec.Meta(max_length=200)] = ""


_PRESENCE: dict[str, PresenceState] = {
    "available": "online",
    "away": "unavailable",
    "busy": "busy",
    "offline": "offline",
}


class RoomAnswer(msgspec.Struct):
    room_id: str


class TelephoneState(msgspec.Struct):
    """`ready`: whether calls to telephones can be made; `desk_phones`: extensions with one registered."""

    ready: bool
    desk_phones: list[str]


class CallsAsked(msgspec.Struct):
    before: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 50


def blueprint(
    telephony: Telephony,
    records: CallRecords,
    phones: PhoneState,
    on_the_phone: OnThePhone,
    ready: Callable[[], bool],
    signed_in: SignedInPerson,
) -> Blueprint:
    routes = Blueprint("telephony", url_prefix="/api/v1")

    @operation(
        "Find whom a number reaches, and the room to call in",
        body=Dial,
        answer=Dialled,
        refusals={
            400: ("not_a_number",),
            403: ("country_not_allowed", "premium_number", "class_of_service"),
            404: ("unknown_number",),
            409: ("own_number", "no_trunk", "lines_busy"),
            429: ("too_many_calls", "minutes_used"),
            503: ("homeserver_unavailable",),
        },
    )
    async def dial(request: Request) -> HTTPResponse:
        me = await signed_in(request)
        return _json(await telephony.dial(me, read_body(request, Dial).number))

    @operation(
        "The direct room with somebody, made when missing",
        body=DirectRoom,
        answer=RoomAnswer,
        refusals={404: ("unknown_person",), 409: ("own_number",), 503: ("homeserver_unavailable",)},
    )
    async def direct_room(request: Request) -> HTTPResponse:
        me = await signed_in(request)
        room = await telephony.direct_room(me, read_body(request, DirectRoom).user_id)
        return _json(RoomAnswer(room))

    @operation("My calls, newest first", query=CallsAsked, answer=CallPage)
    async def calls(request: Request) -> HTTPResponse:
        me = await signed_in(request)
        asked = read_query(request, CallsAsked)
        return _json(await records.calls_of(me.user_id, asked.before, asked.limit))

    @operation("How the telephone service is", answer=TelephoneState)
    async def state(request: Request) -> HTTPResponse:
        await signed_in(request)
        registered = phones.snapshot.registered if ready() else ()
        return _json(TelephoneState(ready(), sorted(registered)))

    @operation(
        "Say how I am",
        body=ChosenPresence,
        status=204,
        refusals={503: ("homeserver_unavailable",)},
    )
    async def presence(request: Request) -> HTTPResponse:
        me = await signed_in(request)
        wanted = read_body(request, ChosenPresence)
        text = " ".join(wanted.status_text.split())
        await on_the_phone.choose(me.user_id, SavedPresence(_PRESENCE[wanted.state], text))
        return HTTPResponse(None, 204)

    routes.add_route(presence, "/presence", methods=["PUT"])
    routes.add_route(dial, "/dial", methods=["POST"])
    routes.add_route(direct_room, "/rooms/direct", methods=["POST"])
    routes.add_route(calls, "/calls", methods=["GET"])
    routes.add_route(state, "/telephony", methods=["GET"])
    refuse_by_name(routes)
    return routes


def refuse_by_name(routes: Blueprint) -> None:
    """Translate the refusals of telephony and of the homeserver, once."""
    refuse_calls(routes)
    routes.exception(numbers.NotANumber)(_not_a_number)
    routes.exception(HomeserverError)(_homeserver_failed)


def refuse_calls(routes: Blueprint) -> None:
    """Translate the refusals of telephony alone."""
    routes.exception(TelephonyError)(_refused)


async def _refused(_request: Request, error: TelephonyError) -> HTTPResponse:
    return error_response(error.status, error.code, str(error))


async def _not_a_number(_request: Request, error: numbers.NotANumber) -> HTTPResponse:
    return error_response(400, "not_a_number", str(error), "number")


async def _homeserver_failed(_request: Request, error: HomeserverError) -> HTTPResponse:
    _log.error("homeserver_failed", why=str(error))
    return error_response(
        503, "homeserver_unavailable", "the chat server does not answer", headers={"Retry-After": "2"}
    )


def _json(body: Any) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(body), content_type="application/json")
