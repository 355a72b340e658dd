"""Calls of several: whoever calls one takes part at once."""

from typing import ClassVar

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers
from bridges.sip.b2bua.leg import Leg, ReofferRefused
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, CannotGoOn, Kept, LegFailed, Offered
from bridges.sip.b2bua.services import Conferences, Services
from logs import log
from wire.record import AnsweredOn
from wire.route import ConferenceLeg
from wire.route import Leg as PlannedLeg

_log = log.get(__name__)


class ConferenceKind(HouseKind[ConferenceLeg, Conferences]):
    """A seat in it. The others are heard through it, each of whom is watched in their own call; so is whoever
    has it here."""

    name: ClassVar[str] = "conference"
    planned: ClassVar[type[PlannedLeg]] = ConferenceLeg
    key: ClassVar[str] = "conference"
    answered_on: ClassVar[AnsweredOn] = "conference"
    heard_by_people: ClassVar[bool] = True

    def service(self, services: Services) -> Conferences | None:
        return services.conferences

    async def answer(
        self, service: Conferences, name: str, planned: ConferenceLeg, offered: Offered, calling: Calling
    ) -> Leg:
        try:
            seat = await service.seat(name, planned.conference, calling.post)
        except OSError as error:
            _log.warning("no_seat", conference=planned.conference, why=str(error))
            raise LegFailed(Cause.BUSY) from error
        try:
            answer = await seat.reoffer(offered.sdp)
        except ReofferRefused as error:
            seat.drop(Cause.NOT_ACCEPTABLE)
            raise LegFailed(Cause.NOT_ACCEPTABLE) from error
        calling.post(Answers(name, answer))
        return seat

    def came_in(self, kept: Kept) -> bool:
        return bool(kept["conference"]["calls"])

    def restore(
        self, service: Conferences, kept: Kept, planned: ConferenceLeg, age: float, calling: Calling
    ) -> Leg:
        return service.restore(kept, calling.post)

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> Leg:
        if not kept["conference"]["here"]:
            raise CannotGoOn("nobody waits any more for whoever was called into the conference")
        return self.there(calling).restore(kept, calling.post)
