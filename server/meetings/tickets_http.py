"""`/livekit/sfu/get` and `/livekit/get_token` (MSC4195): tokens for any Matrix client, from any origin."""

from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.homeserver.errors import HomeserverUnreachable, MatrixRefusal
from server.meetings import rules
from server.meetings.refusals import BreakoutNotFound
from server.meetings.tickets import NotAllowed, Tickets

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": "*",
    "Cache-Control": "no-store",
}
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=255)]


class OpenIdToken(msgspec.Struct):
    """As `POST /user/…/openid/request_token` gives it."""

    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    matrix_server_name: Name


class SfuRequest(msgspec.Struct):
    """`slot_id` is ours: that of a breakout, in the place of the room's one call."""

    room: Name
    openid_token: OpenIdToken
    device_id: Name
    slot_id: Name = rules.ROOM_CALL


class Member(msgspec.Struct):
    id: Name
    claimed_device_id: Name
    claimed_user_id: str = ""


class TokenRequest(msgspec.Struct):
    room_id: Name
    slot_id: Name
    openid_token: OpenIdToken
    member: Member


def blueprint(tickets: Tickets) -> Blueprint:
    routes = Blueprint("tickets", url_prefix="/livekit")

    async def sfu_get(request: Request) -> HTTPResponse:
        asked = msgspec.json.decode(request.body, type=SfuRequest)
        openid = asked.openid_token
        ticket = await tickets.ticket(
            openid.matrix_server_name,
            openid.access_token,
            asked.room,
            asked.device_id,
            lambda user_id: rules.plain_identity(user_id, asked.device_id),
            asked.slot_id,
        )
        return _json(ticket)

    async def get_token(request: Request) -> HTTPResponse:
        asked = msgspec.json.decode(request.body, type=TokenRequest)
        openid, member = asked.openid_token, asked.member
        ticket = await tickets.ticket(
            openid.matrix_server_name,
            openid.access_token,
            asked.room_id,
            member.claimed_device_id,
            lambda user_id: rules.hashed_identity(user_id, member.claimed_device_id, member.id),
            asked.slot_id,
        )
        return _json(ticket)

    async def preflight(_request: Request) -> HTTPResponse:
        return HTTPResponse(None, 204, headers=CORS)

    async def delegate_delayed_leave(_request: Request) -> HTTPResponse:
        """Element Call takes anything but 404 for a yes, and would be missed for an hour after a crash."""
        return _json({"errcode": "M_UNRECOGNIZED", "error": "Leaves are not delegated to this service"}, 404)

    for path, handler in (
        ("/sfu/get", sfu_get),
        ("/get_token", get_token),
        ("/delegate_delayed_leave", delegate_delayed_leave),
    ):
        routes.add_route(handler, path, methods=["POST"])
        routes.add_route(preflight, path, methods=["OPTIONS"], name=f"{handler.__name__}_preflight")
    routes.exception(NotAllowed)(_not_allowed)
    routes.exception(BreakoutNotFound)(_not_found)
    routes.exception(msgspec.MsgspecError)(_unreadable)
    routes.exception(HomeserverUnreachable, MatrixRefusal)(_unreachable)
    return routes


def _json(content: object, status: int = 200) -> HTTPResponse:
    return HTTPResponse(msgspec.json.encode(content), status, headers=CORS, content_type="application/json")


async def _not_allowed(_request: Request, error: NotAllowed) -> HTTPResponse:
    return _json({"errcode": "M_FORBIDDEN", "error": str(error)}, 403)


async def _not_found(_request: Request, error: BreakoutNotFound) -> HTTPResponse:
    return _json({"errcode": "M_NOT_FOUND", "error": str(error)}, 404)


async def _unreadable(_request: Request, _error: msgspec.MsgspecError) -> HTTPResponse:
    return _json({"errcode": "M_BAD_JSON", "error": "The request lacks what is needed"}, 400)


async def _unreachable(_request: Request, _error: Exception) -> HTTPResponse:
    return _json({"errcode": "M_UNKNOWN", "error": "The homeserver is not reachable at the moment"}, 502)
