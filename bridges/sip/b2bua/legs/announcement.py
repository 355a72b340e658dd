"""The voice that says what became of a code."""

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
from wire.route import AnnouncementLeg, Plan
from wire.route import Leg as PlannedLeg

_log = log.get(__name__)


class AnnouncementKind(LegKind[AnnouncementLeg]):
    """It answers at once, and lasts a few seconds: no process goes on with it."""

    name: ClassVar[str] = "announcement"
    planned: ClassVar[type[PlannedLeg]] = AnnouncementLeg
    key: ClassVar[str] = "announcement"
    answered_on: ClassVar[AnsweredOn] = "announcement"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: AnnouncementLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        announcements = calling.services.announcements
        if announcements is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            leg = await announcements.answer(name, planned, offered.sdp, calling.post)
        except OSError as error:
            _log.error("announcement_not_made", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error
        return leg, None

    def adopt(
        self, kept: Kept, name: str, planned: AnnouncementLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        raise CannotGoOn("it ended with its process")

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
