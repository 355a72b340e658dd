"""`/api/v1`: meetings, as the members of their rooms see them."""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.meetings.links import NewLink
from server.meetings.meeting import MeetingView
from server.meetings.service import Change, Meetings, NewMeeting
from server.notifications.service import Language

Title = Annotated[str, msgspec.Meta(max_length=400)]
UserId = Annotated[str, msgspec.Meta(max_length=255)]
Email = Annotated[str, msgspec.Meta(max_length=320)]
Millis = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=24 * 60)]
People = Annotated[list[UserId], msgspec.Meta(max_length=200)]
Emails = Annotated[list[Email], msgspec.Meta(max_length=200)]

NOT_FOUND = {404: ("meeting_not_found",), 503: ("homeserver_unavailable",)}
_CHANGED = {
    400: ("invalid_title", "invalid_email", "address_in_title"),
    403: ("moderators_only",),
    429: ("too_many_invitations",),
    **NOT_FOUND,
}


class MeetingBody(msgspec.Struct, forbid_unknown_fields=True):
    """`starts_at` in milliseconds since the epoch; `invite` may hold colleagues' addresses too."""

    title: Title
    people: People = []
    invite: Emails = []
    starts_at: Millis | None = None
    duration_minutes: Minutes | None = None
    encrypted: bool = False
    language: Language | None = None


class ChangeBody(msgspec.Struct, forbid_unknown_fields=True):
    title: Title | None = None
    starts_at: Millis | None = None
    duration_minutes: Minutes | None = None
    invite: Emails | None = None


class MeetingList(msgspec.Struct):
    """Live ones first, then by their start."""

    meetings: list[MeetingView]


class MeetingApi:
    def __init__(self, meetings: Meetings) -> None:
        self._meetings = meetings

    def blueprint(self) -> Blueprint:
        routes = Blueprint("meetings", url_prefix="/api/v1")
        one = "/meetings/<meeting_id:str>"
        for handler, path, method in (
            (self.create, "/meetings", "POST"),
            (self.mine, "/meetings", "GET"),
            (self.get, one, "GET"),
            (self.change, one, "PATCH"),
            (self.cancel, one, "DELETE"),
            (self.invitation_link, f"{one}/invitation-link", "POST"),
            (self.of_room, "/rooms/<room_id:str>/meeting", "POST"),
        ):
            register(routes, handler, path, method)
        return routes

    @PERSON.operation(
        "Make a meeting, now or planned, with a room of its own",
        body=MeetingBody,
        answer=MeetingView,
        status=201,
        refusals={
            400: ("invalid_title", "invalid_email", "address_in_title"),
            404: ("unknown_person",),
            429: ("too_many_invitations",),
            503: ("homeserver_unavailable",),
        },
    )
    async def create(self, me: Person, request: Request) -> HTTPResponse:
        new = msgspec.structs.asdict(read_body(request, MeetingBody))
        return json_answer(await self._meetings.create(me, NewMeeting(**new)), 201)

    @PERSON.operation(
        "The meetings of my rooms", answer=MeetingList, refusals={503: ("homeserver_unavailable",)}
    )
    async def mine(self, me: Person, request: Request) -> HTTPResponse:
        return json_answer(MeetingList(await self._meetings.mine(me)))

    @PERSON.operation("A meeting", answer=MeetingView, refusals=NOT_FOUND)
    async def get(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(await self._meetings.get(me, meeting_id))

    @PERSON.operation(
        "Change a meeting; whoever was invited is told by mail",
        body=ChangeBody,
        answer=MeetingView,
        refusals=_CHANGED,
    )
    async def change(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        change = Change(**msgspec.structs.asdict(read_body(request, ChangeBody)))
        return json_answer(await self._meetings.change(me, meeting_id, change))

    @PERSON.operation(
        "Cancel a meeting; whoever was invited is told by mail",
        status=204,
        refusals={403: ("moderators_only",), **NOT_FOUND},
    )
    async def cancel(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        await self._meetings.cancel(me, meeting_id)
        return HTTPResponse(None, 204)

    @PERSON.operation(
        "The one link for whoever is invited from outside, made when missing",
        answer=NewLink,
        refusals={403: ("moderators_only",), **NOT_FOUND},
    )
    async def invitation_link(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(await self._meetings.invitation_link(me, meeting_id))

    @PERSON.operation(
        "The meeting of a room that I am in, made when missing",
        answer=MeetingView,
        refusals={404: ("room_not_found",), 503: ("homeserver_unavailable",)},
    )
    async def of_room(self, me: Person, request: Request, room_id: str) -> HTTPResponse:
        return json_answer(await self._meetings.of_room(me, unquote(room_id)))
