"""`/internal/v1`: what the telephone bridge asks of meetings, and what the media server tells."""

import hashlib
import hmac
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import unquote

import msgspec
from google.protobuf import json_format
from livekit.protocol import webhook
from sanic import Blueprint, HTTPResponse, Request

from server.edge import ApiError, bearer, json_answer, read_body, read_query
from server.meetings.call_roster import Participant
from server.meetings.calls import Calls
from server.meetings.phones import LONGEST_WAIT, Caller, Known, Phones
from server.meetings.recording import MeetingRecordings
from server.meetings.visitor import State
from server.sfu.signal.token import BadToken, verify
from wire.meeting_recording import MeetingRecorded

Short = Annotated[str, msgspec.Meta(max_length=255)]


class CallerBody(msgspec.Struct):
    user_id: Short | None = None
    number: Short | None = None
    name: str | None = None


class PinBody(msgspec.Struct):
    pin: Annotated[str, msgspec.Meta(max_length=32)]
    caller: CallerBody = msgspec.field(default_factory=CallerBody)
    call_id: Short = ""
    #: The way the call came: `wire.route.RouteRequest`.
    via: Short = ""


class BroughtBody(msgspec.Struct):
    """Who talks in a call that goes on as a meeting, and which member made it so."""

    caller: CallerBody
    by: Short


class GoneBody(msgspec.Struct):
    """Why, in the bridge's words."""

    reason: Short = "normal"


class WaitAsked(msgspec.Struct):
    """`state`, `started`, `room` (of the last ticket) and `closes_at` (of the place; 0: none) are what was
    known; without `wait` the answer comes at once."""

    wait: Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT)] = 0
    state: State | None = None
    started: bool | None = None
    room: Short | None = None
    closes_at: Annotated[int, msgspec.Meta(ge=0)] | None = None


def bridge_blueprint(secret: str, phones: Phones, recordings: MeetingRecordings) -> Blueprint:
    routes = Blueprint("meetings_internal", url_prefix="/internal/v1/meetings")
    one = "/visitors/<visitor_id:str>"

    async def pin(request: Request) -> HTTPResponse:
        body = read_body(request, PinBody)
        return json_answer(
            await phones.enter(body.pin, Caller(body.caller.user_id, body.caller.number, body.via))
        )

    async def brought(request: Request, meeting_id: str) -> HTTPResponse:
        body = read_body(request, BroughtBody)
        caller = Caller(body.caller.user_id, body.caller.number)
        visitor_id = await phones.bring(unquote(meeting_id), caller, body.by)
        return json_answer({"visitor_id": visitor_id})

    async def state(request: Request, visitor_id: str) -> HTTPResponse:
        asked = read_query(request, WaitAsked)
        known = Known(asked.state, asked.started, asked.room or None, asked.closes_at)
        return json_answer(await phones.wait(visitor_id, asked.wait, known))

    async def hung_up(request: Request, visitor_id: str) -> HTTPResponse:
        body = read_body(request, GoneBody) if request.body else GoneBody()
        await phones.hung_up(visitor_id, body.reason)
        return HTTPResponse(None, 204)

    async def recorded(request: Request, meeting_id: str) -> HTTPResponse:
        told = read_body(request, MeetingRecorded)
        return json_answer(await recordings.told(unquote(meeting_id), told))

    routes.on_request(bearer.only_for(secret))
    routes.add_route(pin, "/pin", methods=["POST"])
    routes.add_route(brought, "/<meeting_id:str>/phones", methods=["POST"])
    routes.add_route(recorded, "/<meeting_id:str>/recording", methods=["PUT"])
    routes.add_route(state, one, methods=["GET"])
    routes.add_route(hung_up, one, methods=["DELETE"])
    return routes


def webhook_blueprint(keys: Mapping[str, str], calls: Calls, now: Callable[[], float]) -> Blueprint:
    """`keys` are secrets by API key, `now` in seconds since 1970."""
    routes = Blueprint("sfu_webhook", url_prefix="/internal/v1/sfu")

    async def receive(request: Request) -> HTTPResponse:
        # LiveKit sends the token alone, without the name of a scheme.
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        event = read_webhook(request.body, token, keys, now())
        room, participant = event.room.name, event.participant
        connection = Participant(participant.identity, participant.sid)
        if connection.kind == "recorder":
            return HTTPResponse(None, 204)
        if event.event == "participant_joined" and not participant.permission.hidden:
            await calls.joined(room, connection)
        elif event.event in {"participant_left", "participant_connection_aborted"}:
            await calls.left(room, connection)
        elif event.event == "room_finished":
            await calls.finished(room)
        return HTTPResponse(None, 204)

    routes.add_route(receive, "/webhook", methods=["POST"])
    return routes


def read_webhook(body: bytes, token: str, keys: Mapping[str, str], now: float) -> webhook.WebhookEvent:
    """What the media server tells (LiveKit, "Webhooks"): signed by a token that holds the body's SHA-256.

    Raises `ApiError` 401 for what it has not signed, 400 for what is no event.
    """
    try:
        verify(token, keys, now)
        claimed = msgspec.json.decode(_payload(token), type=_Digest).sha256
        signed = hmac.compare_digest(b64decode(claimed), hashlib.sha256(body).digest())
    except (BadToken, NotBase64, ValueError) as error:
        raise ApiError(401, "not_authorised", "not signed by the media server") from error
    if not signed:
        raise ApiError(401, "not_authorised", "the body is not what was signed")
    try:
        event = webhook.WebhookEvent()
        json_format.Parse(body, event, ignore_unknown_fields=True)
    except (json_format.ParseError, UnicodeDecodeError) as error:
        raise ApiError(400, "invalid_json", "not a webhook event") from error
    return event


class _Digest(msgspec.Struct):
    sha256: str


def _payload(token: str) -> bytes:
    """The claims of a token that was verified before."""
    part = token.split(".")[1]
    return b64decode(part + "=" * (-len(part) % 4), altchars=b"-_")
