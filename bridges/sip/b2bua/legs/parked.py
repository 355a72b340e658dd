"""Slots for parked calls: whoever is there waits with music."""

from typing import ClassVar

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
from wire.route import Leg as PlannedLeg
from wire.route import ParkLeg, Plan

_log = log.get(__name__)


class ParkedKind(LegKind[ParkLeg]):
    """It answers at once, and says nothing."""

    name: ClassVar[str] = "parked"
    planned: ClassVar[type[PlannedLeg]] = ParkLeg
    key: ClassVar[str] = "parked"
    answered_on: ClassVar[AnsweredOn] = "parked"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: ParkLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        parking = calling.services.parking
        if parking is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            return parking.park(name, planned.slot, offered.sdp, calling.post), None
        except OSError as error:
            _log.warning("call_not_parked", slot=planned.slot, why=str(error))
            raise LegFailed(Cause.BUSY) from error

    def adopt(
        self, kept: Kept, name: str, planned: ParkLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        parking = calling.services.parking
        if parking is None:
            raise CannotGoOn("there are no slots any more")
        return parking.restore(kept, calling.post)

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
