"""Lines: a number of the world, called through a trunk."""

from collections.abc import Iterator
from typing import ClassVar

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import Calling, LegFailed, Offered, Reach, Send
from bridges.sip.b2bua.legs.sip import SipKind, encrypted
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipFork
from bridges.sip.message.diversion import Diverted, write_diversion, write_history
from bridges.sip.transport.api import NameAddress
from bridges.sip.trunk import AnswerLimits
from logs import log
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import TrunkLeg

_log = log.get(__name__)


class TrunkKind(SipKind[TrunkLeg]):
    """One for each leg of the plan, whether or not its line can be used."""

    name: ClassVar[str] = "trunk"
    planned: ClassVar[type[PlannedLeg]] = TrunkLeg
    answered_on: ClassVar[AnsweredOn] = "outside"

    def via(self, planned: TrunkLeg) -> str:
        return f"trunk:{planned.trunk}"

    def line(self, planned: TrunkLeg) -> str | None:
        return planned.trunk

    def devices(self, planned: TrunkLeg, services: Services) -> Iterator[Reach]:
        try:
            target = services.endpoint.trunk_target(planned.trunk, planned.number)
        except (KeyError, ValueError):
            yield Reach()
        else:
            yield Reach(line_host=target.host, encrypted=encrypted(services, target.transport))

    async def make(
        self, name: str, planned: TrunkLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        endpoint, plan = calling.services.endpoint, offered.plan
        status = next((s for s in endpoint.trunk_status() if s.name == planned.trunk), None)
        if status is None or not status.usable:
            why = "no such trunk" if status is None else status.why
            _log.warning("trunk_not_usable", trunk=planned.trunk, why=why)
            raise LegFailed(Cause.NO_TRUNK)
        try:
            target = endpoint.trunk_target(planned.trunk, planned.number)
        except ValueError as error:
            raise LegFailed(Cause.NOT_FOUND) from error
        host = calling.services.domain
        by = [Diverted(one.number, one.why) for one in planned.diversions]
        forwarded = (*write_diversion(by, host), *write_history(by, planned.number, host))
        # The house shows its number to the world, not the names of its people.
        caller, identities = endpoint.trunk_caller(
            planned.trunk, planned.from_number or None, hidden=plan.withheld
        )
        try:
            call = await endpoint.prepare(
                target,
                from_=caller,
                to=NameAddress(target.uri),
                sdp=offered.sdp,
                headers=(*identities, *forwarded),
                credentials=endpoint.trunk_credentials(planned.trunk),
                max_forwards=offered.hops,
            )
        except OSError as error:
            _log.warning("trunk_not_reached", trunk=planned.trunk, why=str(error))
            raise LegFailed(Cause.NO_TRUNK) from error
        # Nobody hangs up on those who help, however fast they answer.
        limits = AnswerLimits() if plan.emergency else endpoint.trunk_answer_limits(planned.trunk)
        calling.services.traces.claim(calling.call_id, call.call_id, name)
        leg = SipFork(name, call, calling.post, profile=self.profile(reach), limits=limits)
        return leg, leg.start
