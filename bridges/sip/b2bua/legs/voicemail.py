"""Mailboxes: a voice greets in somebody's place, and what the caller says is kept."""

from typing import ClassVar

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, Kept, Offered
from bridges.sip.b2bua.services import Services, Voicemail
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import VoicemailLeg


class VoicemailKind(HouseKind[VoicemailLeg, Voicemail]):
    """What was recorded when a call cannot go on is a message all the same."""

    name: ClassVar[str] = "voicemail"
    planned: ClassVar[type[PlannedLeg]] = VoicemailLeg
    key: ClassVar[str] = "voicemail"
    answered_on: ClassVar[AnsweredOn] = "voicemail"

    def service(self, services: Services) -> Voicemail | None:
        return services.voicemail

    async def answer(
        self, service: Voicemail, name: str, planned: VoicemailLeg, offered: Offered, calling: Calling
    ) -> Leg:
        post, caller = calling.post, offered.plan.shown
        if planned.listen:
            return await service.listen(name, planned, offered.sdp, post)
        if planned.access:
            return await service.admit(name, planned, offered.sdp, caller, post)
        return await service.answer(name, calling.call_id, planned, offered.sdp, caller, post)

    def restore(
        self, service: Voicemail, kept: Kept, planned: VoicemailLeg, age: float, calling: Calling
    ) -> Leg:
        return service.restore(kept, age, calling.post)
