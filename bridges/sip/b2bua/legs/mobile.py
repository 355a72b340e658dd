"""Phones outside that are one of somebody's devices: who answers is asked before they have the call."""

from collections.abc import Iterator
from typing import ClassVar

from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import Calling, Kept, Offered, Reach, Send
from bridges.sip.b2bua.legs.sip import SipKind
from bridges.sip.b2bua.legs.trunk import TrunkKind
from bridges.sip.b2bua.services import Services
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import MobileLeg, Plan


class MobileKind(SipKind[MobileLeg]):
    """A line that is no answer for its callee: what it says concerns this phone alone."""

    name: ClassVar[str] = "mobile"
    planned: ClassVar[type[PlannedLeg]] = MobileLeg
    answered_on: ClassVar[AnsweredOn] = "mobile"

    def __init__(self, lines: TrunkKind) -> None:
        self._lines = lines

    def via(self, planned: MobileLeg) -> str:
        return self._lines.via(planned.line)

    def line(self, planned: MobileLeg) -> str | None:
        return planned.line.trunk

    def devices(self, planned: MobileLeg, services: Services) -> Iterator[Reach]:
        return self._lines.devices(planned.line, services)

    async def make(
        self, name: str, planned: MobileLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        leg, send = await self._lines.make(name, planned.line, reach, offered, calling)
        leg.answered_on = "mobile"
        return leg, send

    def adopt(
        self, kept: Kept, name: str, planned: MobileLeg, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        leg = super().adopt(kept, name, planned, plan, age, calling)
        leg.answered_on = "mobile"
        return leg
