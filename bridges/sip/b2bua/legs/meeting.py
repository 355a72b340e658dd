"""The dial-in: a voice that asks for the PIN of a meeting."""

from typing import ClassVar

from bridges.media.gateway import MediaError
from bridges.sdp.errors import MalformedSdp
from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.leg import CallerLeg, Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, CannotGoOn, Kept, Offered
from bridges.sip.b2bua.services import Meetings, Services
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import MeetingLeg


class MeetingKind(HouseKind[MeetingLeg, Meetings]):
    """Over a restart its telephone is out of the meeting for a moment, and comes back."""

    name: ClassVar[str] = "meeting"
    planned: ClassVar[type[PlannedLeg]] = MeetingLeg
    key: ClassVar[str] = "meeting"
    answered_on: ClassVar[AnsweredOn] = "meeting"

    def service(self, services: Services) -> Meetings:
        return services.meetings

    async def answer(
        self, service: Meetings, name: str, planned: MeetingLeg, offered: Offered, calling: Calling
    ) -> Leg:
        shown, via = offered.plan.shown, calling.via
        return await service.answer(name, calling.call_id, offered.sdp, shown, via, calling.post)

    def came_in(self, kept: Kept) -> bool:
        """Whether the meeting called the telephone."""
        return bool(kept.get("called"))

    def restore(
        self, service: Meetings, kept: Kept, planned: MeetingLeg, age: float, calling: Calling
    ) -> Leg:
        return service.restore(kept, age, calling.post)

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> CallerLeg:
        try:
            return self.there(calling).restore_caller(kept, age, calling.post)
        except (MalformedSdp, MediaError) as error:
            raise CannotGoOn(str(error)) from error

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        if (visitor_id := kept["meeting"].get("visitor_id")) is not None:
            services.meetings.forget(str(visitor_id))
        return None
