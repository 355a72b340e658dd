"""The dial-in: a voice that asks for the PIN of a meeting."""

from typing import ClassVar

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.leg import CallerLeg, Leg
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
from wire.route import MeetingLeg, Plan

_log = log.get(__name__)


class MeetingKind(LegKind[MeetingLeg]):
    """It rings nowhere. Over a restart its telephone is out of the meeting for a moment, and comes back."""

    name: ClassVar[str] = "meeting"
    planned: ClassVar[type[PlannedLeg]] = MeetingLeg
    key: ClassVar[str] = "meeting"
    answered_on: ClassVar[AnsweredOn] = "meeting"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: MeetingLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        meetings, shown = calling.services.meetings, offered.plan.shown
        try:
            leg = await meetings.answer(name, calling.call_id, offered.sdp, shown, calling.via, calling.post)
        except OSError as error:
            _log.error("meeting_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error
        return leg, None

    def came_in(self, kept: Kept) -> bool:
        """Whether the meeting called the telephone."""
        return bool(kept.get("called"))

    def adopt(
        self, kept: Kept, name: str, planned: MeetingLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        try:
            return calling.services.meetings.restore(kept, age, calling.post)
        except (MalformedSdp, MediaError) as error:
            raise CannotGoOn(str(error)) from error

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> CallerLeg:
        try:
            return calling.services.meetings.restore_caller(kept, age, calling.post)
        except (MalformedSdp, MediaError) as error:
            raise CannotGoOn(str(error)) from error

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        if (visitor_id := kept["meeting"].get("visitor_id")) is not None:
            services.meetings.forget(str(visitor_id))
        return None
