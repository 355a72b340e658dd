"""`/api/v1/calendars`: calendars that say when I am in a meeting."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType
from sanic import Blueprint, HTTPResponse, Request

from server.calendars.rules import MOST, Appointment, Kind
from server.calendars.service import Calendars, Wanted
from server.directory.access import PERSON, Actor
from server.directory.service import Person
from server.edge import ApiError, client_address, json_answer, read_body
from server.edge.operations import register

_WRONG = (
    "calendar_error",
    "calendar_address_invalid",
    "calendar_needs_https",
    "calendar_address_forbidden",
    "calendar_not_found",
    "calendar_wrong_password",
    "calendar_unreachable",
    "calendar_certificate",
    "calendar_too_large",
    "calendar_too_slow",
    "calendar_not_a_calendar",
    "calendar_server_error",
)
_TOO_OFTEN = {429: ("too_many_attempts",)}
#: Takes one of the attempts of a person (an id) at servers outside; False: there is none for now.
Attempt = Callable[[str], bool]


class NewCalendar(msgspec.Struct, forbid_unknown_fields=True):
    """The secret address of a calendar (iCalendar), or the address of a CalDAV server with user name and
    password; `chosen` are addresses of those that were found there."""

    address: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
    user: Annotated[str, msgspec.Meta(max_length=256)] = ""
    password: Annotated[str, msgspec.Meta(max_length=1024)] = ""
    chosen: Annotated[list[str], msgspec.Meta(max_length=MOST)] = []


class CalendarsChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. `whole_days`: appointments of a day or more count; `silent`: nothing rings
    during appointments."""

    whole_days: bool | UnsetType = UNSET
    silent: bool | UnsetType = UNSET


class NextAppointment(msgspec.Struct):
    starts_at: int
    ends_at: int
    title: str
    whole_day: bool


class CalendarSeen(msgspec.Struct):
    """`host` of its address; `read_at` when it was last read, `problem` why it could not be since. `next` is
    the appointment that goes on or comes next, of those that make busy. Times in milliseconds since 1970."""

    id: str
    kind: Kind
    name: str
    host: str
    read_at: int
    problem: str | None
    next: NextAppointment | None


class CalendarFound(msgspec.Struct):
    url: str
    name: str


class CalendarsSeen(msgspec.Struct):
    """`busy_until`: when the appointment ends that goes on now. `found` are the calendars of an account of
    which none is added yet: some are to be chosen."""

    calendars: list[CalendarSeen]
    whole_days: bool
    silent: bool
    busy_until: int | None
    found: list[CalendarFound] = []


def blueprint(calendars: Calendars, attempt: Attempt) -> Blueprint:
    routes = Blueprint("calendars", url_prefix="/api/v1")

    async def seen(me: Person, found: list[CalendarFound] | None = None) -> HTTPResponse:
        view = await calendars.of(me)
        rows = [
            CalendarSeen(one.id, one.kind, one.name, one.host, one.read_at, one.problem, _next(one.next))
            for one in view.calendars
        ]
        return json_answer(CalendarsSeen(rows, view.whole_days, view.silent, view.busy_until, found or []))

    def must_not_be_too_often(me: Person) -> None:
        if not attempt(me.id):
            raise ApiError(429, "too_many_attempts", "too many attempts", headers={"Retry-After": "20"})

    @PERSON.operation("My calendars", answer=CalendarsSeen)
    async def list_(me: Person, request: Request) -> HTTPResponse:
        return await seen(me)

    @PERSON.operation(
        "Try a calendar, and add it",
        body=NewCalendar,
        answer=CalendarsSeen,
        refusals={400: _WRONG, 409: ("too_many_calendars", "calendar_twice"), **_TOO_OFTEN},
    )
    async def add(me: Person, request: Request) -> HTTPResponse:
        body = read_body(request, NewCalendar)
        must_not_be_too_often(me)
        wanted = Wanted(body.address, body.user.strip(), body.password, tuple(body.chosen))
        actor = Actor(me.user_id, client_address(request), me.id)
        found = await calendars.add(actor, me, wanted)
        return await seen(me, [CalendarFound(one.connection.url, one.name) for one in found])

    @PERSON.operation(
        "What my appointments do",
        body=CalendarsChange,
        answer=CalendarsSeen,
    )
    async def change(me: Person, request: Request) -> HTTPResponse:
        body = read_body(request, CalendarsChange)
        await calendars.change(
            me,
            whole_days=None if body.whole_days is UNSET else body.whole_days,
            silent=None if body.silent is UNSET else body.silent,
        )
        return await seen(me)

    @PERSON.operation(
        "Read one of my calendars now",
        answer=CalendarsSeen,
        refusals={400: _WRONG, 404: ("unknown_calendar",), **_TOO_OFTEN},
    )
    async def read(me: Person, request: Request, calendar_id: str) -> HTTPResponse:
        must_not_be_too_often(me)
        await calendars.read_again(me, calendar_id)
        return await seen(me)

    @PERSON.operation(
        "Remove one of my calendars", answer=CalendarsSeen, refusals={404: ("unknown_calendar",)}
    )
    async def remove(me: Person, request: Request, calendar_id: str) -> HTTPResponse:
        actor = Actor(me.user_id, client_address(request), me.id)
        await calendars.remove(actor, me, calendar_id)
        return await seen(me)

    register(routes, list_, "/calendars", "GET", name="list")
    register(routes, add, "/calendars", "POST")
    register(routes, change, "/calendars", "PATCH")
    register(routes, read, "/calendars/<calendar_id:str>/read", "POST")
    register(routes, remove, "/calendars/<calendar_id:str>", "DELETE")
    return routes


def _next(one: Appointment | None) -> NextAppointment | None:
    return None if one is None else NextAppointment(one.starts_at, one.ends_at, one.title, one.whole_day)
