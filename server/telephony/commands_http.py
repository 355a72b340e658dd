"""`/api/v1/calls`: calls in progress, and what their people do with them."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import Access, register
from server.telephony.commands import Commander, Commands
from server.telephony.pick_ups import RingingCall
from server.telephony.replies import TEXT_MAX, Replies
from wire.commands import Command as CallCommand
from wire.commands import CommandAnswer, PickUp
from wire.route import CallMeeting
from wire.state import LiveCall


class Live(msgspec.Struct):
    """My calls in progress, the oldest first, those that ring for me included; and those that ring for who is
    near me (a group, a department), which I may take."""

    calls: tuple[LiveCall, ...]
    ringing_near: tuple[RingingCall, ...] = ()


class ReplyWays(msgspec.Struct):
    """`text`: whether who calls can be sent a text message."""

    text: bool


class ReplyBody(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX)]


class Done(msgspec.Struct):
    """`slot`: where a call was parked; `meeting`: what it goes on as."""

    call_id: str
    slot: str | None
    meeting: CallMeeting | None


#: Who does something with a call, and where: the call may be wanted there.
COMMANDER: Access[Commander] = Access("person")
#: A union is no type to mypy.
_COMMAND: Any = CallCommand
_REFUSALS: dict[int, tuple[str, ...]] = {
    403: ("not_your_call", "not_allowed"),
    404: ("call_not_found",),
    409: ("not_possible_now", "target_not_reachable", "recording_not_possible"),
    429: ("too_many_attempts",),
    503: ("recording_not_kept", "meeting_not_possible"),
}


def blueprint(
    commands: Commands,
    live_calls: Callable[[str], tuple[LiveCall, ...]],
    ringing_near: Callable[[str], Awaitable[tuple[RingingCall, ...]]],
    replies: Replies,
) -> Blueprint:
    """`live_calls` of a user id, and what rings near them."""
    routes = Blueprint("call_commands", url_prefix="/api/v1/calls")

    @PERSON.operation("My calls in progress, on all of my devices", answer=Live)
    async def live(me: Person, request: Request) -> HTTPResponse:
        return json_answer(Live(live_calls(me.user_id), await ringing_near(me.user_id)))

    @COMMANDER.operation(
        "Do something with a call in progress", body=_COMMAND, answer=Done, refusals=_REFUSALS
    )
    async def command(me: Commander, request: Request, call_id: str) -> HTTPResponse:
        asked: CallCommand = read_body(request, _COMMAND)
        return _done(await commands.command(me, unquote(call_id), asked))

    @COMMANDER.operation(
        "Take a call that is parked or rings for somebody else",
        body=PickUp,
        answer=Done,
        refusals=_REFUSALS,
    )
    async def pick_up(me: Commander, request: Request) -> HTTPResponse:
        return _done(await commands.pick_up(me, read_body(request, PickUp)))

    @PERSON.operation(
        "How a call that rings for me can be replied to",
        answer=ReplyWays,
        refusals={404: ("call_not_found",)},
    )
    async def reply_ways(me: Person, request: Request, call_id: str) -> HTTPResponse:
        return json_answer(ReplyWays(await replies.possible(me, unquote(call_id))))

    @PERSON.operation(
        "Send who calls a text message, in place of an answer",
        body=ReplyBody,
        status=204,
        refusals={
            404: ("call_not_found",),
            409: ("no_text_messages",),
            429: ("too_many_attempts",),
            503: ("sms_failed",),
        },
    )
    async def reply(me: Person, request: Request, call_id: str) -> HTTPResponse:
        await replies.send(me, unquote(call_id), read_body(request, ReplyBody).text)
        return HTTPResponse(None, 204)

    register(routes, reply_ways, "/<call_id:str>/reply", "GET", name="reply_ways")
    register(routes, reply, "/<call_id:str>/reply", "POST", name="reply")
    register(routes, live, "/live", "GET", name="live_calls")
    register(routes, command, "/<call_id:str>/commands", "POST", name="call_command")
    register(routes, pick_up, "/pick-up", "POST")
    return routes


def _done(answer: CommandAnswer) -> HTTPResponse:
    return json_answer(Done(answer.call_id, answer.slot, answer.meeting))
