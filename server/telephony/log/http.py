"""`/api/v1/calls`: a person's own log."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON
from server.directory.service import Person
from server.edge import json_answer, read_body, read_query
from server.edge.operations import register
from server.edge.timezones import time_zone
from server.telephony.http import CallsAsked
from server.telephony.log.export import FILE_NAMES, Language
from server.telephony.log.rules import Chosen, Kind, Where
from server.telephony.log.service import CallLog, LogPage
from wire.record import Millis


class LogAsked(CallsAsked):
    """`q`: words of a name, or a number in any spelling; `since` is the first millisecond, `until` the first
    one after."""

    kind: Kind | None = None
    where: Where | None = None
    since: Millis | None = None
    until: Millis | None = None
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""

    @property
    def chosen(self) -> Chosen:
        return Chosen(self.kind, self.where, self.since, self.until)


class ExportAsked(msgspec.Struct):
    """As the log is asked for. `timezone` is one of the IANA database, of the reader's clock."""

    kind: Kind | None = None
    where: Where | None = None
    since: Millis | None = None
    until: Millis | None = None
    q: Annotated[str, msgspec.Meta(max_length=200)] = ""
    timezone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"


class SeenUntil(msgspec.Struct, forbid_unknown_fields=True):
    """Milliseconds since 1970: the end of the latest call that was looked at."""

    until: Millis


def blueprint(log: CallLog, language: Callable[[Person], Awaitable[Language]]) -> Blueprint:
    """`language` is that of a person."""
    routes = Blueprint("call_log", url_prefix="/api/v1")

    @PERSON.operation("My calls, newest first", query=LogAsked, answer=LogPage)
    async def calls(me: Person, request: Request) -> HTTPResponse:
        asked = read_query(request, LogAsked)
        return json_answer(await log.page(me, asked.chosen, asked.q, asked.before, asked.limit))

    @PERSON.operation("I have seen what I missed until then", body=SeenUntil, status=204)
    async def seen(me: Person, request: Request) -> HTTPResponse:
        await log.see(me, read_body(request, SeenUntil).until)
        return HTTPResponse(None, 204)

    @PERSON.operation(
        "My calls as a file for spreadsheets, in my language",
        query=ExportAsked,
        files=("text/csv; charset=utf-8",),
        refusals={400: ("unknown_timezone",)},
    )
    async def export(me: Person, request: Request) -> None:
        asked = read_query(request, ExportAsked)
        chosen = Chosen(asked.kind, asked.where, asked.since, asked.until)
        words = await language(me)
        pieces = log.export(me, chosen, asked.q, words, time_zone(asked.timezone))
        first = await anext(pieces)
        name = FILE_NAMES[words]
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        response = await request.respond(content_type="text/csv; charset=utf-8", headers=headers)
        await response.send(first)
        async for piece in pieces:
            await response.send(piece)
        await response.eof()

    register(routes, export, "/calls/export", "GET")
    register(routes, calls, "/calls", "GET")
    register(routes, seen, "/calls/seen", "PUT")
    return routes
