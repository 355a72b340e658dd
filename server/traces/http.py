"""`/api/v1/admin/calls` for administrators; `/internal/v1/call-traces` for the bridge.

GET  /admin/calls?before=&limit=      -> {calls, next}: everybody's calls, newest first
GET  /admin/calls/figures?since=&until=&by=&timezone=  -> {figures}: how many there were
GET  /admin/calls/<id>                -> {call, route, media, lanes, steps, left_out}
GET  /admin/calls/<id>/trace.txt      the same as text
GET  /admin/calls/<id>/trace.pcap     its SIP messages for Wireshark
POST /internal/v1/call-traces         {traces} -> 204, from the bridge alone
"""

from typing import Annotated
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import bearer, json_answer, read_body, read_query
from server.edge.operations import register
from server.edge.timezones import time_zone
from server.traces import rules
from server.traces.figures import By, Figures
from server.traces.ladder import Lane, RungStage, Step, as_text, ladder, stages
from server.traces.pcap import capture
from server.traces.service import TracedCall, Traces
from wire.record import AnsweredOn, Audio, CallRecord, Millis, Outcome, Sound
from wire.route import Party
from wire.trace import CallTrace, CallTraces, MediaPath

_UNKNOWN = {404: ("unknown_call",)}
_PCAP = "application/vnd.tcpdump.pcap"


class CallsAsked(msgspec.Struct):
    before: Annotated[int, msgspec.Meta(ge=0, le=2**53)] | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=rules.PAGE_MAX)] = 50


class CallOfAnybody(msgspec.Struct):
    """`via` is "matrix", "sip", "trunk:<name>" or "meeting". `traced`: whether there is more to see."""

    id: str
    via: str
    dialled: str
    caller: Party
    callee: Party
    started_at: int
    answered_at: int | None
    ended_at: int | None
    outcome: Outcome
    reason: str | None
    answered_on: AnsweredOn | None
    audio: Audio
    sound: Sound
    traced: bool


class CallsOfAll(msgspec.Struct):
    """`next` is what to ask `before` for the following page; None when there is none."""

    calls: list[CallOfAnybody]
    next: int | None


class FiguresAsked(msgspec.Struct):
    """`timezone` is one of the IANA database: whose days are meant."""

    since: Millis
    until: Millis
    by: By = "day"
    timezone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"


class FiguresOfAll(msgspec.Struct):
    """At most 366 days of them."""

    figures: list[Figures]


class TraceView(msgspec.Struct):
    """`refused`: why nothing was to ring; `left_out` messages in the middle did not fit into what is kept."""

    call: CallOfAnybody
    refused: str | None
    stages: list[RungStage]
    media: list[MediaPath]
    lanes: list[Lane]
    steps: list[Step]
    left_out: int


def blueprint(traces: Traces) -> Blueprint:
    routes = Blueprint("traces", url_prefix="/api/v1/admin")

    @ADMINISTRATOR.operation("Everybody's calls, newest first", query=CallsAsked, answer=CallsOfAll)
    async def calls(admin: Administrator, request: Request) -> HTTPResponse:
        asked = read_query(request, CallsAsked)
        listed = await traces.calls(admin, asked.before, asked.limit)
        found = [_call(one.record, traced=one.traced) for one in listed]
        more = found[-1].started_at if len(found) >= asked.limit else None
        return json_answer(CallsOfAll(found, more))

    @ADMINISTRATOR.operation("What was said for a call", answer=TraceView, refusals=_UNKNOWN)
    async def trace(admin: Administrator, request: Request, call_id: str) -> HTTPResponse:
        return json_answer(_view(await traces.read(admin, unquote(call_id), "page")))

    @ADMINISTRATOR.operation(
        "What was said for a call, as text",
        files=("text/plain; charset=utf-8",),
        refusals=_UNKNOWN,
    )
    async def text(admin: Administrator, request: Request, call_id: str) -> HTTPResponse:
        found = await traces.read(admin, unquote(call_id), "text")
        words = as_text(found.record, found.trace or CallTrace(id=found.record.id))
        return _file(words.encode(), "text/plain; charset=utf-8", f"{found.record.id}.txt")

    @ADMINISTRATOR.operation(
        "The SIP messages of a call, for Wireshark",
        files=(_PCAP,),
        refusals=_UNKNOWN,
    )
    async def pcap(admin: Administrator, request: Request, call_id: str) -> HTTPResponse:
        found = await traces.read(admin, unquote(call_id), "pcap")
        messages = found.trace.messages if found.trace else ()
        return _file(capture(messages), _PCAP, f"{found.record.id}.pcap")

    @ADMINISTRATOR.operation(
        "How many calls there were, by day, line or person",
        query=FiguresAsked,
        answer=FiguresOfAll,
        refusals={400: ("unknown_timezone",)},
    )
    async def counted(admin: Administrator, request: Request) -> HTTPResponse:
        asked = read_query(request, FiguresAsked)
        zone = time_zone(asked.timezone)
        return json_answer(
            FiguresOfAll(await traces.figures(admin, asked.by, asked.since, asked.until, zone))
        )

    register(routes, counted, "/calls/figures", "GET")
    register(routes, calls, "/calls", "GET")
    register(routes, trace, "/calls/<call_id:str>", "GET")
    register(routes, text, "/calls/<call_id:str>/trace.txt", "GET")
    register(routes, pcap, "/calls/<call_id:str>/trace.pcap", "GET")
    return routes


def internal_blueprint(traces: Traces, secret: str) -> Blueprint:
    routes = Blueprint("traces_internal", url_prefix="/internal/v1")

    async def take(request: Request) -> HTTPResponse:
        await traces.keep(read_body(request, CallTraces).traces)
        return HTTPResponse(None, 204)

    routes.on_request(bearer.only_for(secret))
    routes.add_route(take, "/call-traces", methods=["POST"])
    return routes


def _call(record: CallRecord, *, traced: bool) -> CallOfAnybody:
    return CallOfAnybody(
        id=record.id,
        via=record.via,
        dialled=record.dialled,
        caller=record.caller,
        callee=record.callee,
        started_at=record.started_at,
        answered_at=record.answered_at,
        ended_at=record.ended_at,
        outcome=record.outcome,
        reason=record.reason,
        answered_on=record.answered_on,
        audio=record.audio,
        sound=record.sound,
        traced=traced,
    )


def _view(found: TracedCall) -> TraceView:
    trace = found.trace or CallTrace(id=found.record.id)
    drawn = ladder(trace)
    return TraceView(
        call=_call(found.record, traced=found.trace is not None),
        refused=trace.plan.cause if trace.plan and trace.plan.outcome == "refuse" else None,
        stages=stages(trace.plan) if trace.plan else [],
        media=list(trace.media),
        lanes=list(drawn.lanes),
        steps=list(drawn.steps),
        left_out=trace.left_out,
    )


def _file(content: bytes, kind: str, name: str) -> HTTPResponse:
    safe = "".join(c for c in name if c.isalnum() or c in "-_.")
    headers = {"Content-Disposition": f'attachment; filename="call-{safe}"', "Cache-Control": "no-store"}
    return HTTPResponse(content, headers=headers, content_type=kind)
