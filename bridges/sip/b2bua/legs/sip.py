"""What phones and lines share as legs: a SIP dialog of ours."""

from abc import abstractmethod
from contextlib import suppress
from typing import ClassVar

from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import Calling, Kept, LegKind, P
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipCaller, SipFork
from bridges.sip.message import Transport
from bridges.sip.transport.api import Credentials, FromTrunk
from bridges.sip.trunk import AnswerLimits
from logs import log
from wire.route import Plan

_log = log.get(__name__)


def encrypted(services: Services, transport: Transport) -> bool:
    """Whether SRTP is offered: its keys stand in the message, so that only TLS is worth it."""
    return services.srtp and transport.secure


class SipKind(LegKind[P]):
    """A phone or a line."""

    key: ClassVar[str] = "sip"
    rings_until_told: ClassVar[bool] = True

    def came_in(self, kept: Kept) -> bool:
        return bool(kept["sip"].get("side") == "uas")

    @abstractmethod
    def line(self, planned: P) -> str | None:
        """The trunk that it is a call of, if any."""

    def adopt(
        self, kept: Kept, name: str, planned: P, plan: Plan | None, age: float, calling: Calling
    ) -> Leg:
        endpoint, trunk = calling.services.endpoint, self.line(planned)
        credentials: Credentials | None = None
        with suppress(KeyError):  # a line that is not known yet, or no more
            credentials = endpoint.trunk_credentials(trunk) if trunk else None
        call = endpoint.restore_outgoing(kept["sip"], age=age, credentials=credentials)
        calling.services.traces.claim(calling.call_id, call.call_id, name)
        emergency = plan is not None and plan.emergency
        limits = AnswerLimits() if emergency and trunk else _limits(calling.services, trunk)
        return SipFork.restore(kept, call, calling.post, limits=limits)

    def adopt_caller(self, kept: Kept, age: float, calling: Calling) -> SipCaller:
        call = calling.services.endpoint.restore_incoming(kept["sip"], age=age)
        calling.services.traces.claim(calling.call_id, call.call_id, kept["name"])
        trunk = call.origin.name if isinstance(call.origin, FromTrunk) else None
        return SipCaller.restore(kept, call, calling.post, limits=_limits(calling.services, trunk))

    def end_snapshot(self, kept: Kept, call_id: str, services: Services) -> Lane | None:
        try:
            services.endpoint.bye_snapshot(kept["sip"])
        except ValueError as error:
            _log.warning("leg_not_ended", call_id=call_id, why=str(error))
        return None


def _limits(services: Services, trunk: str | None) -> AnswerLimits | None:
    """Those of a line, which may not be known yet, or no more."""
    if trunk is None:
        return None
    try:
        return services.endpoint.trunk_answer_limits(trunk)
    except KeyError:
        return AnswerLimits()
