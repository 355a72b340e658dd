"""Desk phones: one leg for each that is registered."""

from collections.abc import Iterator
from typing import ClassVar

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.flows import Flows
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.legs.kind import Calling, LegFailed, Offered, Reach, Send
from bridges.sip.b2bua.legs.sip import SipKind, encrypted
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipFork
from bridges.sip.message.diversion import Diverted, write_diversion
from bridges.sip.transport.api import Contact, NameAddress, OutgoingCall
from logs import log
from wire.record import AnsweredOn
from wire.route import Leg as PlannedLeg
from wire.route import PhoneLeg

_log = log.get(__name__)


class PhoneKind(SipKind[PhoneLeg]):
    """None for an extension without a registered phone."""

    name: ClassVar[str] = "phone"
    planned: ClassVar[type[PlannedLeg]] = PhoneLeg
    answered_on: ClassVar[AnsweredOn] = "desk_phone"

    def via(self, planned: PhoneLeg) -> str:
        return "sip"

    def line(self, planned: PhoneLeg) -> str | None:
        return None

    def devices(self, planned: PhoneLeg, services: Services) -> Iterator[Reach]:
        for contact in services.endpoint.contacts(planned.extension):
            yield Reach(contact, encrypted=encrypted(services, contact.transport))

    async def make(
        self, name: str, planned: PhoneLeg, reach: Reach, offered: Offered, calling: Calling
    ) -> tuple[Leg, Send | None]:
        if reach.contact is None:
            raise LegFailed(Cause.UNREACHABLE)
        endpoint, domain = calling.services.endpoint, calling.services.domain
        by = [Diverted(one.by.number, one.why, one.by.name) for one in offered.plan.forwarded]
        headers = write_diversion(by, domain)
        if calling.referred_by:
            headers.append(("Referred-By", f"<{calling.referred_by}>"))

        async def prepare(contact: Contact) -> OutgoingCall:
            call = await endpoint.prepare(
                endpoint.target_of(contact),
                from_=identity.display(offered.plan.shown, domain),
                to=NameAddress(f"sip:{planned.extension}@{domain}", offered.plan.callee.name or ""),
                sdp=offered.sdp,
                headers=headers,
                max_forwards=offered.hops,
            )
            calling.services.traces.claim(calling.call_id, call.call_id, name)
            return call

        try:
            call = await prepare(reach.contact)
        except OSError as error:
            _log.warning("phone_not_reached", extension=planned.extension, why=str(error))
            raise LegFailed(Cause.UNREACHABLE) from error
        flows = Flows(reach.contact, prepare, endpoint.flow_failed) if reach.contact.flows else None
        leg = SipFork(name, call, calling.post, profile=self.profile(reach), flows=flows)
        return leg, leg.start
