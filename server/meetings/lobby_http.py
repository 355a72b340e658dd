"""`/api/v1/meetings/<id>/…`: links, visitors, moderation, telephones, for the members of a meeting's room."""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import client_address, json_answer, read_body
from server.edge.operations import register
from server.meetings.http import NOT_FOUND
from server.meetings.links import Links, LinkView, NewLink
from server.meetings.media import Source
from server.meetings.moderation import Moderation
from server.meetings.phones import Phones
from server.meetings.recording import MeetingRecordings, MeetingRecordingView
from server.meetings.visitor import VisitorView
from server.meetings.visitors import Decision, Verdict, Visitors
from server.numbers import numbers
from server.numbers.http import refuse_no_numbers
from wire.meeting_recording import What


class LinkBody(msgspec.Struct, forbid_unknown_fields=True):
    """`lobby`: whether somebody must let in whoever comes by the link."""

    hours: Annotated[float, msgspec.Meta(gt=0)] = 24
    lobby: bool = True


class LinkList(msgspec.Struct):
    """Those that work, the newest first."""

    links: list[LinkView]


class VisitorList(msgspec.Struct):
    """Those who are there, and those who went in the last ten minutes."""

    visitors: list[VisitorView]


class DecisionBody(msgspec.Struct, forbid_unknown_fields=True):
    """`allow_unencrypted` and `secret` (the key of the media) for a telephone in an encrypted meeting."""

    decision: Decision
    allow_unencrypted: bool = False
    secret: Annotated[str, msgspec.Meta(max_length=1024)] | None = None


class MuteBody(msgspec.Struct, forbid_unknown_fields=True):
    source: Source


class DialBody(msgspec.Struct, forbid_unknown_fields=True):
    number: Annotated[str, msgspec.Meta(max_length=numbers.TYPED_MAX)]
    allow_unencrypted: bool = False
    secret: Annotated[str, msgspec.Meta(max_length=1024)] | None = None


class RecordBody(msgspec.Struct, forbid_unknown_fields=True):
    what: What


class Dialling(msgspec.Struct):
    visitor: VisitorView


class LobbyApi:
    def __init__(
        self,
        links: Links,
        visitors: Visitors,
        moderation: Moderation,
        phones: Phones,
        recordings: MeetingRecordings,
    ) -> None:
        self._links = links
        self._visitors = visitors
        self._moderation = moderation
        self._phones = phones
        self._recordings = recordings

    def blueprint(self) -> Blueprint:
        routes = Blueprint("meeting_lobby", url_prefix="/api/v1/meetings/<meeting_id:str>")
        participant = "/participants/<identity:str>"
        for handler, path, method in (
            (self.make_link, "/links", "POST"),
            (self.links, "/links", "GET"),
            (self.revoke_link, "/links/<link_id:str>", "DELETE"),
            (self.visitors, "/visitors", "GET"),
            (self.decide, "/visitors/<visitor_id:str>", "POST"),
            (self.mute, participant + "/mute", "POST"),
            (self.remove, participant, "DELETE"),
            (self.dial, "/phones", "POST"),
            (self.recording, "/recording", "GET"),
            (self.record, "/recording", "POST"),
        ):
            # Sanic's own `unquote` holds only where no other blueprint came before: who needs it does it.
            register(routes, handler, path, method)
        refuse_no_numbers(routes)
        return routes

    @PERSON.operation(
        "Make a link for guests; its address is told this once",
        body=LinkBody,
        answer=NewLink,
        status=201,
        refusals={400: ("link_too_long",), 403: ("lobby_required", "may_not_invite"), **NOT_FOUND},
    )
    async def make_link(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        body = read_body(request, LinkBody)
        return json_answer(await self._links.make(me.user_id, meeting_id, body.hours, lobby=body.lobby), 201)

    @PERSON.operation("The links for guests that work", answer=LinkList, refusals=NOT_FOUND)
    async def links(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(LinkList(await self._links.of_meeting(me.user_id, meeting_id)))

    @PERSON.operation(
        "Withdraw a link; guests who are inside stay",
        status=204,
        refusals={404: ("meeting_not_found", "link_unknown"), 503: ("homeserver_unavailable",)},
    )
    async def revoke_link(self, me: Person, request: Request, meeting_id: str, link_id: str) -> HTTPResponse:
        await self._links.revoke(me.user_id, meeting_id, link_id)
        return HTTPResponse(None, 204)

    @PERSON.operation("Who is at the door", answer=VisitorList, refusals=NOT_FOUND)
    async def visitors(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(VisitorList(await self._visitors.of_meeting(me.user_id, meeting_id)))

    @PERSON.operation(
        "Let a visitor in, or refuse them",
        body=DecisionBody,
        status=204,
        refusals={
            403: ("moderators_only", "may_not_invite"),
            404: ("meeting_not_found", "visitor_not_found"),
            409: ("already_decided", "encrypted_meeting"),
            503: ("homeserver_unavailable",),
        },
    )
    async def decide(self, me: Person, request: Request, meeting_id: str, visitor_id: str) -> HTTPResponse:
        verdict = Verdict(**msgspec.structs.asdict(read_body(request, DecisionBody)))
        await self._visitors.decide(me.user_id, meeting_id, visitor_id, verdict)
        return HTTPResponse(None, 204)

    @PERSON.operation(
        "Mute what a participant sends",
        body=MuteBody,
        status=204,
        refusals={
            403: ("moderators_only",),
            404: ("meeting_not_found", "participant_not_found"),
            503: ("homeserver_unavailable", "media_unavailable"),
        },
    )
    async def mute(self, me: Person, request: Request, meeting_id: str, identity: str) -> HTTPResponse:
        source = read_body(request, MuteBody).source
        await self._moderation.mute(me.user_id, meeting_id, unquote(identity), source)
        return HTTPResponse(None, 204)

    @PERSON.operation(
        "Remove a participant until the call ends",
        status=204,
        refusals={
            403: ("moderators_only",),
            404: ("meeting_not_found", "participant_not_found"),
            409: ("already_decided",),
            503: ("homeserver_unavailable", "media_unavailable"),
        },
    )
    async def remove(self, me: Person, request: Request, meeting_id: str, identity: str) -> HTTPResponse:
        await self._moderation.remove(me.user_id, meeting_id, unquote(identity))
        return HTTPResponse(None, 204)

    @PERSON.operation(
        "Call a telephone into the meeting",
        body=DialBody,
        answer=Dialling,
        status=202,
        refusals={
            400: ("not_a_number",),
            403: (
                "moderators_only",
                "may_not_invite",
                "country_not_allowed",
                "premium_number",
                "class_of_service",
            ),
            404: ("meeting_not_found",),
            409: ("encrypted_meeting", "meeting_full", "no_trunk", "lines_busy"),
            429: ("too_many_calls", "minutes_used"),
            503: ("homeserver_unavailable", "telephones_unavailable"),
        },
    )
    async def dial(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        body = read_body(request, DialBody)
        visitor = await self._phones.call(
            me,
            meeting_id,
            body.number,
            allow_unencrypted=body.allow_unencrypted,
            secret=body.secret,
        )
        return json_answer(Dialling(visitor), 202)

    @PERSON.operation("How the meeting is recorded", answer=MeetingRecordingView, refusals=NOT_FOUND)
    async def recording(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(await self._recordings.of(me.user_id, meeting_id))

    @PERSON.operation(
        "Begin, pause, go on with or end the recording of a meeting; everybody in it sees that",
        body=RecordBody,
        status=204,
        refusals={
            403: ("moderators_only", "recording_not_allowed"),
            404: ("meeting_not_found",),
            409: ("encrypted_not_recorded", "meeting_not_started", "meeting_not_recorded_now"),
            503: ("homeserver_unavailable", "telephones_unavailable", "recording_not_kept"),
        },
    )
    async def record(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        what = read_body(request, RecordBody).what
        await self._recordings.want(me.user_id, meeting_id, what, client_address(request))
        return HTTPResponse(None, 204)
