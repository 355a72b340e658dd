"""Queues: whoever is there waits with music until they are sent on."""

from typing import ClassVar

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.house import HouseKind
from bridges.sip.b2bua.legs.kind import Calling, Kept, Offered
from bridges.sip.b2bua.services import Queues, Services
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import QueueLeg


class QueueKind(HouseKind[QueueLeg, Queues]):
    """Over a restart the caller keeps their place."""

    name: ClassVar[str] = "queue"
    planned: ClassVar[type[PlannedLeg]] = QueueLeg
    key: ClassVar[str] = "queue"
    answered_on: ClassVar[AnsweredOn] = "queue"

    def service(self, services: Services) -> Queues | None:
        return services.queues

    async def answer(
        self, service: Queues, name: str, planned: QueueLeg, offered: Offered, calling: Calling
    ) -> Leg:
        return await service.wait(name, calling.call_id, planned, offered.sdp, calling.post)

    def restore(self, service: Queues, kept: Kept, planned: QueueLeg, age: float, calling: Calling) -> Leg:
        return service.restore(kept, age, calling.post)
