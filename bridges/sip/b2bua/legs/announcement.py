"""The voice that says what became of a code."""

from typing import ClassVar

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, Offered
from bridges.sip.b2bua.services import Announcements, Services
from wire.record import AnsweredOn
from wire.route import AnnouncementLeg
from wire.route import Leg as PlannedLeg


class AnnouncementKind(HouseKind[AnnouncementLeg, Announcements]):
    """It lasts a few seconds: no process goes on with it."""

    name: ClassVar[str] = "announcement"
    planned: ClassVar[type[PlannedLeg]] = AnnouncementLeg
    key: ClassVar[str] = "announcement"
    answered_on: ClassVar[AnsweredOn] = "announcement"

    def service(self, services: Services) -> Announcements | None:
        return services.announcements

    async def answer(
        self,
        service: Announcements,
        name: str,
        planned: AnnouncementLeg,
        offered: Offered,
        calling: Calling,
    ) -> Leg:
        return await service.answer(name, planned, offered.sdp, calling.post)
