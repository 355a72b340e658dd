"""Slots for parked calls: whoever is there waits with music."""

from typing import ClassVar

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, Kept, LegFailed, Offered
from bridges.sip.b2bua.services import Parking, Services
from logs import log
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import ParkLeg

_log = log.get(__name__)


class ParkedKind(HouseKind[ParkLeg, Parking]):
    """It says nothing."""

    name: ClassVar[str] = "parked"
    planned: ClassVar[type[PlannedLeg]] = ParkLeg
    key: ClassVar[str] = "parked"
    answered_on: ClassVar[AnsweredOn] = "parked"

    def service(self, services: Services) -> Parking | None:
        return services.parking

    async def answer(
        self, service: Parking, name: str, planned: ParkLeg, offered: Offered, calling: Calling
    ) -> Leg:
        try:
            return service.park(name, planned.slot, offered.sdp, calling.post)
        except OSError as error:
            _log.warning("call_not_parked", slot=planned.slot, why=str(error))
            raise LegFailed(Cause.BUSY) from error

    def restore(self, service: Parking, kept: Kept, planned: ParkLeg, age: float, calling: Calling) -> Leg:
        return service.restore(kept, calling.post)
