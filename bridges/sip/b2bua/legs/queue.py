"""Queues: whoever is there waits with music until they are sent on."""

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
from wire.route import Plan, QueueLeg

_log = log.get(__name__)


class QueueKind(LegKind[QueueLeg]):
    """It answers at once."""

    name: ClassVar[str] = "queue"
    planned: ClassVar[type[PlannedLeg]] = QueueLeg
    key: ClassVar[str] = "queue"
    answered_on: ClassVar[AnsweredOn] = "queue"
    listened_to: ClassVar[bool] = False

    async def make(
        self, name: str, planned: QueueLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        queues = calling.services.queues
        if queues is None:
            raise LegFailed(Cause.NOT_FOUND)
        try:
            leg = await queues.wait(name, calling.call_id, planned, offered.sdp, calling.post)
        except OSError as error:
            _log.error("queue_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error
        return leg, None

    def adopt(
        self, kept: Kept, name: str, planned: QueueLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        queues = calling.services.queues
        if queues is None:
            raise CannotGoOn("there are no queues any more")
        try:
            return queues.restore(kept, age, calling.post)
        except (MalformedSdp, MediaError, OSError) as error:
            raise CannotGoOn(str(error)) from error

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        return None
