"""Calls of several: whoever calls one takes part at once."""

from typing import ClassVar

from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from bridges.sip.b2bua.legs.kind import (
    Calling,
    CannotGoOn,
    Kept,
    LegFailed,
    LegKind,
    Offered,
    Reach,
    Send,
)
from bridges.sip.b2bua.services import Services
from logs import log
from wire.record import AnsweredOn
from wire.route import ConferenceLeg, Plan
from wire.route import Leg as PlannedLeg

_log = log.get(__name__)


class ConferenceKind(LegKind[ConferenceLeg]):
    """A seat in it. The others are heard through it, each of whom is watched in their own call; so is whoever
    has it here."""

    name: ClassVar[str] = "conference"
    planned: ClassVar[type[PlannedLeg]] = ConferenceLeg
    key: ClassVar[str] = "conference"
    answered_on: ClassVar[AnsweredOn] = "conference"
    listened_to: ClassVar[bool] = False
    heard_by_people: ClassVar[bool] = True

    async def make(
        self, name: str, planned: ConferenceLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        conferences = calling.services.conferences
        if conferences is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            seat = await conferences.seat(name, planned.conference, calling.post)
        except OSError as error:
            _log.warning("no_seat", conference=planned.conference, why=str(error))
            raise LegFailed(Cause.BUSY) from error
        try:
            answer = await seat.reoffer(offered.sdp)
        except ReofferRefused as error:
            seat.drop(Cause.NOT_ACCEPTABLE)
            raise LegFailed(Cause.NOT_ACCEPTABLE) from error
        calling.post(Answers(name, answer))
        return seat, None

    def came_in(self, kept: Kept) -> bool:
        return bool(kept["conference"]["calls"])

    def adopt(
        self, kept: Kept, name: str, planned: ConferenceLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        return _restored(kept, calling)

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> Leg:
        if not kept["conference"]["here"]:
            raise CannotGoOn("nobody waits any more for whoever was called into the conference")
        return _restored(kept, calling)

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None


def _restored(kept: Kept, calling: Calling) -> Leg:
    conferences = calling.services.conferences
    if conferences is None:
        raise CannotGoOn("there are no calls of several any more")
    return conferences.restore(kept, calling.post)
