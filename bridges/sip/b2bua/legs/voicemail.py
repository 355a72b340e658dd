"""Mailboxes: a voice greets in somebody's place, and what the caller says is kept."""

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
from wire.route import Leg as PlannedLeg
from wire.route import Plan, VoicemailLeg

_log = log.get(__name__)


class VoicemailKind(LegKind[VoicemailLeg]):
    """It answers at once. What was recorded when a call cannot go on is a message all the same."""

    name: ClassVar[str] = "voicemail"
    planned: ClassVar[type[PlannedLeg]] = VoicemailLeg
    key: ClassVar[str] = "voicemail"
    answered_on: ClassVar[AnsweredOn] = "voicemail"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: VoicemailLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        voicemail, caller = calling.services.voicemail, offered.plan.shown
        if voicemail is None:
            raise LegFailed(Cause.NOT_FOUND)
        post = calling.post
        try:
            if planned.listen:
                leg = await voicemail.listen(name, planned, offered.sdp, post)
            else:
                leg = await voicemail.answer(name, calling.call_id, planned, offered.sdp, caller, post)
        except OSError as error:
            _log.error("voicemail_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error
        return leg, None

    def adopt(
        self, kept: Kept, name: str, planned: VoicemailLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        voicemail = calling.services.voicemail
        if voicemail is None:
            raise CannotGoOn("there is no voicemail any more")
        try:
            return voicemail.restore(kept, age, calling.post)
        except (MalformedSdp, MediaError, OSError) as error:
            raise CannotGoOn(str(error)) from error

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
