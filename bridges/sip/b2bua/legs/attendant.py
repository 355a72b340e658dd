"""Automatic attendants: a voice offers a menu of keys, and gives the caller on."""

from typing import ClassVar

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, Kept, Offered
from bridges.sip.b2bua.services import Attendants, Services
from wire.record import AnsweredOn
from wire.route import AttendantLeg
from wire.route import Leg as PlannedLeg


class AttendantKind(HouseKind[AttendantLeg, Attendants]):
    """Over a restart the caller is in the same menu again."""

    name: ClassVar[str] = "attendant"
    planned: ClassVar[type[PlannedLeg]] = AttendantLeg
    key: ClassVar[str] = "attendant"
    answered_on: ClassVar[AnsweredOn] = "attendant"

    def service(self, services: Services) -> Attendants | None:
        return services.attendants

    async def answer(
        self, service: Attendants, name: str, planned: AttendantLeg, offered: Offered, calling: Calling
    ) -> Leg:
        return await service.answer(name, planned, offered.sdp, calling.post)

    def restore(
        self, service: Attendants, kept: Kept, planned: AttendantLeg, age: float, calling: Calling
    ) -> Leg:
        return service.restore(kept, planned, age, calling.post)
