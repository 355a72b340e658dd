"""`/api/v1/hours`: opening hours, for administrators."""

from collections.abc import Callable
from typing import Annotated

import msgspec
from sanic import Blueprint, HTTPResponse, Request

from server.directory.access import ADMINISTRATOR, Administrator
from server.edge import json_answer, read_body
from server.edge.operations import register
from server.hours import rules
from server.hours.rules import Holiday, Hours, Opening, Schedule, ScheduleException, Standing
from server.hours.service import OpeningHours

_WRONG: dict[int, tuple[str, ...]] = {
    400: ("invalid_name", "unknown_timezone", "invalid_date", "ends_before_it_begins"),
    404: ("unknown_hours",),
    409: ("name_taken", "too_many_hours"),
}


class HoursBody(msgspec.Struct, forbid_unknown_fields=True):
    """The whole of some opening hours. All times are of the clock of `timezone`, one of the IANA database."""

    name: Annotated[str, msgspec.Meta(max_length=4 * rules.NAME_MAX)]
    timezone: Annotated[str, msgspec.Meta(max_length=64)]
    week: Annotated[list[Opening], msgspec.Meta(max_length=rules.OPENINGS_MAX)] = []
    holidays: Annotated[list[Holiday], msgspec.Meta(max_length=rules.HOLIDAYS_MAX)] = []
    exceptions: Annotated[list[ScheduleException], msgspec.Meta(max_length=rules.EXCEPTIONS_MAX)] = []

    def hours(self, hours_id: str) -> Hours:
        schedule = Schedule(
            timezone=self.timezone,
            week=tuple(self.week),
            holidays=tuple(self.holidays),
            exceptions=tuple(self.exceptions),
        )
        return Hours(hours_id, self.name, schedule)


class HoursRow(msgspec.Struct):
    """`now` is what holds at the moment, until `changes_at` (milliseconds since 1970; null: for a year)."""

    id: str
    name: str
    timezone: str
    week: tuple[Opening, ...]
    holidays: tuple[Holiday, ...]
    exceptions: tuple[ScheduleException, ...]
    now: Standing
    changes_at: int | None


class HoursList(msgspec.Struct):
    hours: list[HoursRow]


class OneHours(msgspec.Struct):
    hours: HoursRow


class Api:
    """`now_ms` is the wall clock."""

    def __init__(self, hours: OpeningHours, now_ms: Callable[[], int]) -> None:
        self._hours, self._now_ms = hours, now_ms

    def blueprint(self) -> Blueprint:
        routes, one = Blueprint("hours", url_prefix="/api/v1"), "/hours/<hours_id:str>"
        register(routes, self.list_, "/hours", "GET", name="list")
        register(routes, self.add, "/hours", "POST")
        register(routes, self.change, one, "PUT")
        register(routes, self.remove, one, "DELETE")
        return routes

    @ADMINISTRATOR.operation("Opening hours", answer=HoursList)
    async def list_(self, admin: Administrator, request: Request) -> HTTPResponse:
        return json_answer(HoursList([self._row(one) for one in await self._hours.all()]))

    @ADMINISTRATOR.operation(
        "Make opening hours", body=HoursBody, answer=OneHours, status=201, refusals=_WRONG
    )
    async def add(self, admin: Administrator, request: Request) -> HTTPResponse:
        hours = await self._hours.add(admin, read_body(request, HoursBody).hours(""))
        return json_answer(OneHours(self._row(hours)), 201)

    @ADMINISTRATOR.operation("Replace opening hours", body=HoursBody, answer=OneHours, refusals=_WRONG)
    async def change(self, admin: Administrator, request: Request, hours_id: str) -> HTTPResponse:
        hours = await self._hours.change(admin, read_body(request, HoursBody).hours(hours_id))
        return json_answer(OneHours(self._row(hours)))

    @ADMINISTRATOR.operation(
        "Remove opening hours", status=204, refusals={404: ("unknown_hours",), 409: ("in_use",)}
    )
    async def remove(self, admin: Administrator, request: Request, hours_id: str) -> HTTPResponse:
        await self._hours.remove(admin, hours_id)
        return HTTPResponse(None, 204)

    def _row(self, hours: Hours) -> HoursRow:
        schedule, now = hours.schedule, self._now_ms()
        return HoursRow(
            id=hours.id,
            name=hours.name,
            timezone=schedule.timezone,
            week=schedule.week,
            holidays=schedule.holidays,
            exceptions=schedule.exceptions,
            now=rules.standing_at(schedule, now),
            changes_at=rules.next_change(schedule, now),
        )
