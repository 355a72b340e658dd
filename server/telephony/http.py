"""`/api/v1`: dialling, direct rooms, the call log, the state of the telephone service."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.numbers import numbers
from server.numbers.http import refuse_no_numbers
from server.telephony.records import PAGE_MAX, CallRecords
from server.telephony.service import Dialled, Telephony
from server.telephony.star_codes import StarCode
from server.telephony.state import PhoneState
from wire.record import Heard, SoundTrouble


class Dial(msgspec.Struct, forbid_unknown_fields=True):
    """`on_behalf_of`: the user id of the colleague in whose name I call."""

    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]
    on_behalf_of: Annotated[str, msgspec.Meta(max_length=255)] | None = None


class DirectRoom(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Annotated[str, msgspec.Meta(max_length=255)]


class OtherHeard(msgspec.Struct, forbid_unknown_fields=True):
    """How the other side of my latest call in a room was heard. In `troubles`, "caller" is me."""

    room_id: Annotated[str, msgspec.Meta(max_length=255)]
    heard: Heard
    troubles: Annotated[tuple[SoundTrouble, ...], msgspec.Meta(max_length=20)] = ()


class RoomAnswer(msgspec.Struct):
    room_id: str


class TelephoneState(msgspec.Struct):
    """`ready`: whether calls to telephones can be made; `desk_phones`: extensions with one registered;
    `codes`: what I dial at mine about calls in progress, and to set where calls go."""

    ready: bool
    desk_phones: list[str]
    codes: tuple[StarCode, ...]


class CallsAsked(msgspec.Struct):
    before: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=PAGE_MAX)] = 50


def blueprint(
    telephony: Telephony,
    records: CallRecords,
    phones: PhoneState,
    ready: Callable[[], bool],
    codes: Callable[[str], Awaitable[tuple[StarCode, ...]]],
) -> Blueprint:
    """`codes` of a user id."""
    routes = Blueprint("telephony", url_prefix="/api/v1")

    @PERSON.operation(
        "Find whom a number reaches, and the room to call in",
        body=Dial,
        answer=Dialled,
        refusals={
            400: ("not_a_number",),
            403: (
                "country_not_allowed",
                "premium_number",
                "class_of_service",
                "not_their_delegate",
                "not_for_them",
            ),
            404: ("unknown_number",),
            409: ("own_number", "no_trunk", "lines_busy"),
            429: ("too_many_calls", "minutes_used"),
            503: ("homeserver_unavailable",),
        },
    )
    async def dial(me: Person, request: Request) -> HTTPResponse:
        wanted = read_body(request, Dial)
        return json_answer(await telephony.dial(me, wanted.number, wanted.on_behalf_of))

    @PERSON.operation(
        "The direct room with somebody, made when missing",
        body=DirectRoom,
        answer=RoomAnswer,
        refusals={404: ("unknown_person",), 409: ("own_number",), 503: ("homeserver_unavailable",)},
    )
    async def direct_room(me: Person, request: Request) -> HTTPResponse:
        room = await telephony.direct_room(me, read_body(request, DirectRoom).user_id)
        return json_answer(RoomAnswer(room))

    @PERSON.operation(
        "Say how the other side was heard in a call",
        body=OtherHeard,
        status=204,
        refusals={404: ("unknown_call",)},
    )
    async def heard(me: Person, request: Request) -> HTTPResponse:
        said = read_body(request, OtherHeard)
        await records.heard_by(me.user_id, said.room_id, said.heard, said.troubles)
        return HTTPResponse(None, 204)

    @PERSON.operation("How the telephone service is", answer=TelephoneState)
    async def state(me: Person, request: Request) -> HTTPResponse:
        registered = phones.snapshot.registered if ready() else ()
        return json_answer(TelephoneState(ready(), sorted(registered), await codes(me.user_id)))

    register(routes, dial, "/dial", "POST")
    register(routes, direct_room, "/rooms/direct", "POST")
    register(routes, heard, "/calls/heard", "POST")
    register(routes, state, "/telephony", "GET")
    refuse_no_numbers(routes)
    return routes
