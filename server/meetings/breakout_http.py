"""`/api/v1/meetings/<id>/breakouts`: how a meeting is divided, for the members of its room."""

from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body, read_query
from server.edge.operations import register
from server.meetings.breakout_service import Breakouts, BreakoutsView
from server.meetings.breakouts import CLOSE_WITHIN_MAX, MINUTES_MAX, Wanted
from server.meetings.http import NOT_FOUND, People

_MODERATORS = {403: ("moderators_only",), **NOT_FOUND}


class WantedBody(msgspec.Struct, forbid_unknown_fields=True):
    """`id` of one that is open keeps it; `people` are Matrix user ids, of visitors too."""

    name: Annotated[str, msgspec.Meta(max_length=400)]
    people: People = []
    id: Annotated[str, msgspec.Meta(max_length=32)] | None = None


class BreakoutsBody(msgspec.Struct, forbid_unknown_fields=True):
    """The whole arrangement. `minutes` until all close, from now; null for no end; left out, the end that
    there is stays."""

    breakouts: Annotated[list[WantedBody], msgspec.Meta(min_length=1, max_length=500)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=MINUTES_MAX)] | msgspec.UnsetType | None = msgspec.UNSET


class CloseQuery(msgspec.Struct):
    """`in`: seconds until they close; at once without."""

    within: Annotated[int, msgspec.Meta(ge=0, le=CLOSE_WITHIN_MAX)] = msgspec.field(name="in", default=0)


class BreakoutApi:
    def __init__(self, breakouts: Breakouts) -> None:
        self._breakouts = breakouts

    def blueprint(self) -> Blueprint:
        routes = Blueprint("breakouts", url_prefix="/api/v1/meetings/<meeting_id:str>/breakouts")
        for handler, method in ((self.look, "GET"), (self.arrange, "PUT"), (self.close, "DELETE")):
            register(routes, handler, "", method)
        return routes

    @PERSON.operation("The breakouts of a meeting", answer=BreakoutsView, refusals=NOT_FOUND)
    async def look(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        return json_answer(await self._breakouts.look(me.user_id, meeting_id))

    @PERSON.operation(
        "Divide a meeting into breakouts, or change how it is divided",
        body=BreakoutsBody,
        answer=BreakoutsView,
        refusals={
            400: ("person_twice", "not_in_the_meeting", "too_many_breakouts", "invalid_name"),
            **_MODERATORS,
        },
    )
    async def arrange(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        body = read_body(request, BreakoutsBody)
        wanted = [Wanted(one.name, one.people, one.id) for one in body.breakouts]
        keep = body.minutes is msgspec.UNSET
        minutes = None if isinstance(body.minutes, msgspec.UnsetType) else body.minutes
        return json_answer(
            await self._breakouts.arrange(me.user_id, meeting_id, wanted, minutes, keep_end=keep)
        )

    @PERSON.operation(
        "Close the breakouts: everybody comes back to the main room",
        query=CloseQuery,
        status=204,
        refusals=_MODERATORS,
    )
    async def close(self, me: Person, request: Request, meeting_id: str) -> HTTPResponse:
        await self._breakouts.close(me.user_id, meeting_id, read_query(request, CloseQuery).within)
        return HTTPResponse(None, 204)
