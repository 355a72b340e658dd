"""`/api/v1/queues`: the board of those who answer queues and of administrators, duty, figures and history."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import unquote

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import PERSON, Actor
from server.directory.service import Person
from server.edge import client_address, json_answer, read_body, read_query
from server.edge.operations import register
from server.edge.timezones import time_zone
from server.groups.rules import RingGroup
from server.numbers.numbers import display
from server.queues import rules
from server.queues.agents import Agent
from server.queues.export import FILE_NAMES, Language, as_csv
from server.queues.refusals import UnknownQueue
from server.queues.rules import Outcome, QueuedCall
from server.queues.service import Queues
from server.queues.supervising import TALKS, Supervising, may_listen
from wire.commands import ListenMode
from wire.record import Millis

#: Calls of a page of the history, those that figures are made of, and days that figures show.
PAGE, FIGURES_MOST, DAYS = 100, 20_000, 31

State = Literal["off", "ready", "ringing", "talking", "pausing", "leaving", "wrapping_up", "paused"]


class CallerShown(msgspec.Struct):
    """`number` as people write it; null where it is withheld."""

    name: str
    number: str | None


class WaitingRow(msgspec.Struct):
    """Somebody who waits, `since` when; `rings`: for an agent, at this moment; `call_back`: they hung up, and
    are called back when it is their turn."""

    id: str
    caller: CallerShown
    since: Millis
    rings: bool
    call_back: bool


class AgentRow(msgspec.Struct):
    """A member of a queue; `here`: its calls ring for them when they are on duty. `reason` is that of a
    break, "away" where calls were not taken; `until`: when wrapping up ends; `queue_id`: whose
    call they have; `may_be_heard`: I may listen to the call that they have now."""

    user_id: str
    name: str
    here: bool
    state: State
    since: Millis
    reason: str
    until: Millis | None
    queue_id: str | None
    may_be_heard: bool = False


class FiguresRow(msgspec.Struct):
    """A day of a queue, as `day` is on the reader's clock; times in seconds. `service_level` is a
    share of 1; of those that were answered so many were `called_back`."""

    day: str
    calls: int
    answered: int
    in_time: int
    abandoned: int
    elsewhere: int
    mean_wait: int
    longest_wait: int
    mean_talk: int
    called_back: int
    service_level: float | None


class QueueRow(msgspec.Struct):
    """A queue now, and its day until now; `mine`: I am in it. `answered_within`: seconds that count as good
    service."""

    id: str
    name: str
    extension: str
    mine: bool
    answered_within: int
    waiting: list[WaitingRow]
    agents: list[AgentRow]
    today: FiguresRow


class Boards(msgspec.Struct):
    """`me`: what I do as an agent; null: I am in no queue. `now` is the server's clock."""

    me: AgentRow | None
    queues: list[QueueRow]
    now: Millis


class DutyBody(msgspec.Struct, forbid_unknown_fields=True):
    """ "on" also ends a break, and wrapping up."""

    duty: Literal["on", "off", "break"]
    reason: Annotated[str, msgspec.Meta(max_length=60)] = ""


class HistoryRow(msgspec.Struct):
    """A call of a queue; `outcome` null: it waits, or how it left is not known yet; `called_back`: its caller
    hung up to be called. Times in seconds."""

    id: str
    caller: CallerShown
    arrived_at: Millis
    outcome: Outcome | None
    waited: int | None
    agent: str | None
    talked: int | None
    called_back: bool


class History(msgspec.Struct):
    """`days` the newest first; `calls` the newest of them, likewise."""

    days: list[FiguresRow]
    calls: list[HistoryRow]


class HistoryAsked(msgspec.Struct):
    """`since` is the first millisecond; `timezone` is one of the IANA database, of the reader's clock."""

    since: Millis | None = None
    timezone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"


class BoardsAsked(msgspec.Struct):
    """`timezone` as in the history."""

    timezone: Annotated[str, msgspec.Meta(max_length=64)] = "UTC"


class ListenBody(msgspec.Struct, forbid_unknown_fields=True):
    """How I take part: nobody hears me, the agent alone does, or both do."""

    mode: ListenMode = "listen"


class Listening(msgspec.Struct):
    """The call by which I listen, as it rings."""

    call_id: str


FindPerson = Callable[[str], Awaitable[Person | None]]


class Api:
    """`find` is the directory, by user id; `language` is that of a person."""

    def __init__(
        self,
        queues: Queues,
        find: FindPerson,
        region: str,
        language: Callable[[Person], Awaitable[Language]],
        now_ms: Callable[[], int],
        supervising: Supervising,
    ) -> None:
        self._supervising = supervising
        self._queues, self._find, self._region = queues, find, region
        self._language, self._now = language, now_ms

    def blueprint(self) -> Blueprint:
        routes, one = Blueprint("queues", url_prefix="/api/v1"), "/queues/<queue_id:str>"
        register(routes, self.boards, "/queues", "GET")
        register(routes, self.duty, "/queues/duty", "PUT")
        register(routes, self.history, f"{one}/calls", "GET")
        register(routes, self.export, f"{one}/calls.csv", "GET")
        register(routes, self.listen, f"{one}/agents/<user_id:str>/listen", "POST")
        register(routes, self.listen_otherwise, "/queues/listenings/<call_id:str>", "PUT")
        return routes

    @PERSON.operation(
        "Queues that I answer or look after",
        query=BoardsAsked,
        answer=Boards,
        refusals={400: ("unknown_timezone",)},
    )
    async def boards(self, me: Person, request: Request) -> HTTPResponse:
        zone, now = time_zone(read_query(request, BoardsAsked).timezone), self._now()
        midnight = datetime.fromtimestamp(now / 1000, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        rows = [await self._row(queue, me, midnight) for queue in await self._seen_by(me)]
        mine = any(row.mine for row in rows)
        agent = await self._queues.agent(me.user_id) if mine else None
        shown = _agent(me.user_id, me.name, agent, here=True) if mine else None
        return json_answer(Boards(shown, rows, now))

    @PERSON.operation(
        "Go on duty, off duty, or on a break",
        body=DutyBody,
        answer=AgentRow,
        refusals={409: ("not_an_agent", "not_on_duty")},
    )
    async def duty(self, me: Person, request: Request) -> HTTPResponse:
        body = read_body(request, DutyBody)
        match body.duty:
            case "on":
                agent = await self._queues.sign_in(me)
            case "off":
                agent = await self._queues.sign_out(me)
            case "break":
                printable = "".join(one if one.isprintable() else " " for one in body.reason)
                agent = await self._queues.pause(me, " ".join(printable.split()))
        return json_answer(_agent(me.user_id, me.name, agent, here=True))

    @PERSON.operation(
        "The calls of a queue, and its figures by day",
        query=HistoryAsked,
        answer=History,
        refusals={400: ("unknown_timezone",), 404: ("unknown_queue",)},
    )
    async def history(self, me: Person, request: Request, queue_id: str) -> HTTPResponse:
        asked = read_query(request, HistoryAsked)
        queue, zone = await self._one(me, queue_id), time_zone(asked.timezone)
        calls = await self._book(queue, asked.since)

        def day_of(at: int) -> date:
            return datetime.fromtimestamp(at / 1000, zone).date()

        days = rules.figures(calls, _in_time(queue), day_of)
        names = await self._names(calls[:PAGE])
        shown = [self._history_row(call, names) for call in calls[:PAGE]]
        return json_answer(History([_figures(one) for one in days], shown))

    @PERSON.operation(
        "The calls of a queue as a file for spreadsheets, in my language",
        query=HistoryAsked,
        files=("text/csv; charset=utf-8",),
        refusals={400: ("unknown_timezone",), 404: ("unknown_queue",)},
    )
    async def export(self, me: Person, request: Request, queue_id: str) -> HTTPResponse:
        asked = read_query(request, HistoryAsked)
        queue, zone = await self._one(me, queue_id), time_zone(asked.timezone)
        calls, words = await self._book(queue, asked.since), await self._language(me)
        content = as_csv(calls, await self._names(calls), words, zone)
        disposition = f'attachment; filename="{FILE_NAMES[words]}"'
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return HTTPResponse(content.encode(), headers=headers, content_type="text/csv; charset=utf-8")

    @PERSON.operation(
        "Ring my devices, to hear an agent's call of a queue that I look after",
        body=ListenBody,
        answer=Listening,
        refusals={404: ("unknown_queue",), 409: ("cannot_listen", "not_talking", "your_own_call")},
    )
    async def listen(self, me: Person, request: Request, queue_id: str, user_id: str) -> HTTPResponse:
        mode, actor = read_body(request, ListenBody).mode, Actor(me.user_id, client_address(request))
        call_id = await self._supervising.listen(me, actor, queue_id, unquote(user_id), mode)
        return json_answer(Listening(call_id))

    @PERSON.operation(
        "Be heard by nobody, by the agent alone, or by both, by a call by which I listen",
        body=ListenBody,
        status=204,
        refusals={404: ("unknown_listening",), 409: ("cannot_listen",)},
    )
    async def listen_otherwise(self, me: Person, request: Request, call_id: str) -> HTTPResponse:
        await self._supervising.change(me, unquote(call_id), read_body(request, ListenBody).mode)
        return HTTPResponse(None, 204)

    # --- whose, and what of them ---

    async def _seen_by(self, me: Person) -> list[RingGroup]:
        if me.role == "administrator":
            return await self._queues.all()
        own = await self._queues.of(me.user_id)
        mine = {one.id for one in own}
        return own + [one for one in await self._supervising.of(me.user_id) if one.id not in mine]

    async def _one(self, me: Person, queue_id: str) -> RingGroup:
        found = next((one for one in await self._seen_by(me) if one.id == queue_id), None)
        if found is None:
            raise UnknownQueue
        return found

    async def _book(self, queue: RingGroup, since: int | None) -> list[QueuedCall]:
        now = self._now()
        first = now - round(timedelta(days=DAYS).total_seconds() * 1000) if since is None else since
        return await self._queues.book(queue, first, now + 1, FIGURES_MOST)

    async def _row(self, queue: RingGroup, me: Person, midnight: datetime) -> QueueRow:
        board = await self._queues.board(queue)
        today = await self._book(queue, round(midnight.timestamp() * 1000))
        figures = rules.figures(today, _in_time(queue), lambda _: midnight.date())
        ringing = {agent.call for _, agent, _ in board.agents if agent is not None}
        agents = []
        for user_id, agent, here in board.agents:
            person = await self._find(user_id)
            if person is not None:
                row = _agent(user_id, person.name, agent, here=here)
                row.may_be_heard = self._may_hear(queue, me, agent)
                agents.append(row)
        return QueueRow(
            id=queue.id,
            name=queue.name,
            extension=queue.extension,
            mine=any(one.user_id == me.user_id for one in queue.members),
            answered_within=_in_time(queue),
            waiting=[
                WaitingRow(
                    call.id,
                    self._caller(call),
                    call.arrived_at,
                    call.id in ringing,
                    call.hung_up_at is not None,
                )
                for call in board.waiting
            ],
            agents=agents,
            today=_figures(figures[0] if figures else rules.Figures(midnight.date())),
        )

    def _may_hear(self, queue: RingGroup, me: Person, agent: Agent | None) -> bool:
        if agent is None or agent.user_id == me.user_id or agent.queue_id != queue.id:
            return False
        return may_listen(queue, me.user_id) and agent.state in TALKS and agent.record is not None

    def _caller(self, call: QueuedCall) -> CallerShown:
        number = call.caller.number
        return CallerShown(call.caller.name, display(number, self._region) if number else None)

    def _history_row(self, call: QueuedCall, names: dict[str, str]) -> HistoryRow:
        talked = call.ended_at - call.answered_at if call.ended_at and call.answered_at else None
        return HistoryRow(
            id=call.id,
            caller=self._caller(call),
            arrived_at=call.arrived_at,
            outcome=call.outcome,
            waited=None if call.waited is None else round(call.waited / 1000),
            agent=names.get(call.agent or ""),
            talked=None if talked is None else round(talked / 1000),
            called_back=call.hung_up_at is not None,
        )

    async def _names(self, calls: Iterable[QueuedCall]) -> dict[str, str]:
        """Of those who took them."""
        found = {}
        for user_id in {call.agent for call in calls if call.agent is not None}:
            person = await self._find(user_id)
            found[user_id] = person.name if person is not None else user_id
        return found


def _in_time(queue: RingGroup) -> int:
    return queue.waiting.answered_within if queue.waiting is not None else 0


def _agent(user_id: str, name: str, agent: Agent | None, *, here: bool) -> AgentRow:
    known = agent or Agent(user_id)
    return AgentRow(
        user_id=user_id,
        name=name,
        here=here,
        state=known.state.value,
        since=known.since,
        reason=known.reason,
        until=known.until,
        queue_id=known.queue_id,
    )


def _figures(of: rules.Figures) -> FiguresRow:
    level = of.service_level
    return FiguresRow(
        day=of.day.isoformat(),
        calls=of.calls,
        answered=of.answered,
        in_time=of.in_time,
        abandoned=of.abandoned,
        elsewhere=of.elsewhere,
        mean_wait=of.mean_wait,
        longest_wait=of.longest_wait,
        mean_talk=of.mean_talk,
        called_back=of.called_back,
        service_level=None if level is None else round(level, 3),
    )
