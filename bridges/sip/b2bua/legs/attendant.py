"""Automatic attendants: a voice offers a menu of keys, and gives the caller on."""

from typing import ClassVar

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.leg import Leg
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
from wire.route import AttendantLeg, Plan
from wire.route import Leg as PlannedLeg

_log = log.get(__name__)


class AttendantKind(LegKind[AttendantLeg]):
    """It answers at once. Over a restart the caller is in the same menu again."""

    name: ClassVar[str] = "attendant"
    planned: ClassVar[type[PlannedLeg]] = AttendantLeg
    key: ClassVar[str] = "attendant"
    answered_on: ClassVar[AnsweredOn] = "attendant"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: AttendantLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        attendants = calling.services.attendants
        if attendants is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            return await attendants.answer(name, planned, offered.sdp, calling.post), None
        except OSError as error:
            _log.error("attendant_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error

    def adopt(
        self, kept: Kept, name: str, planned: AttendantLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        attendants = calling.services.attendants
        if attendants is None:
            raise CannotGoOn("there are no attendants any more")
        try:
            return attendants.restore(kept, planned, age, calling.post)
        except (MalformedSdp, MediaError, OSError) as error:
            raise CannotGoOn(str(error)) from error

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
