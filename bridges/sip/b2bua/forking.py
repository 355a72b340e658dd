"""Turns the legs of a plan into calls on the way: one for each registered phone, trunk, or Matrix user."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from bridges.sip.appservice.sender import Lane
from bridges.sip.b2bua import identity
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Gone, Post, Rings
from bridges.sip.b2bua.leg import Leg
from bridges.sip.b2bua.matrix_leg import MatrixFork
from bridges.sip.b2bua.services import Services
from bridges.sip.b2bua.sip_leg import SipFork
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.media.gateway import Peer, Profile
from bridges.sip.transport.api import Contact, NameAddress
from logs import log
from wire.route import Leg as PlannedLeg
from wire.route import MatrixLeg, MeetingLeg, PhoneLeg, Plan, TrunkLeg

_log = log.get(__name__)


_KINDS: dict[type[PlannedLeg], str] = {MatrixLeg: "matrix", TrunkLeg: "trunk", MeetingLeg: "meeting"}


class LegFailed(Exception):
    """A fork could not even be sent."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause.value)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Fork:
    """One device to be called: its name in the call, and what it is."""

    name: str
    planned: PlannedLeg
    contact: Contact | None = None
    line_host: str | None = None

    @property
    def profile(self) -> Profile:
        """The transport of its audio."""
        return Profile.WEBRTC if isinstance(self.planned, MatrixLeg) else Profile.RTP

    @property
    def peer(self) -> Peer | None:
        """Where a phone registered from; of a line, where its calls go."""
        if self.contact is not None:
            return Peer(self.contact.host, authenticated=True)
        return Peer(self.line_host) if self.line_host else None


class Forking:
    """Makes the forks of one call, and lets them ring with `send`. `register` makes room events reach a
    Matrix fork."""

    def __init__(
        self,
        call_id: str,
        services: Services,
        post: Post,
        register: Callable[[str, str, MatrixFork], None],
    ) -> None:
        self._call_id, self._services, self._post = call_id, services, post
        self._register = register
        #: The way that the call came (`wire.route`).
        self.via = ""
        self._count = 0
        self._unsent: list[Callable[[], None]] = []

    def devices(self, planned: PlannedLeg) -> Iterator[Fork]:
        """The devices behind a leg of the plan; none for an extension without a registered phone."""
        if isinstance(planned, PhoneLeg):
            for contact in self._services.endpoint.contacts(planned.extension):
                yield Fork(self._name("phone"), planned, contact)
        else:
            line = self._line_host(planned) if isinstance(planned, TrunkLeg) else None
            yield Fork(self._name(_KINDS[type(planned)]), planned, line_host=line)

    def _line_host(self, planned: TrunkLeg) -> str | None:
        with suppress(KeyError, ValueError):
            return self._services.endpoint.trunk_target(planned.trunk, planned.number).host
        return None

    async def start(self, fork: Fork, sdp: str, plan: Plan, timeout: float, hops: int) -> Leg:
        """Prepare to call a device with our offer; `hops` is the Max-Forwards of an INVITE.

        Nothing rings before `send`. The dial-in, which rings nowhere, answers at once.
        Raises LegFailed, and for a meeting MalformedSdp, MediaError.
        """
        match fork.planned:
            case MatrixLeg():
                return self._matrix(fork, fork.planned, sdp, timeout)
            case TrunkLeg():
                return await self._trunk(fork, fork.planned, sdp, plan, hops)
            case PhoneLeg():
                return await self._phone(fork, fork.planned, sdp, plan, hops)
            case MeetingLeg():
                return await self._meeting(fork, sdp, plan)

    def send(self) -> None:
        """Let what was started since the last time ring."""
        unsent, self._unsent = self._unsent, []
        for send in unsent:
            send()

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count}"

    def _matrix(self, fork: Fork, planned: MatrixLeg, sdp: str, timeout: float) -> MatrixFork:
        # A later stage may call the same person again: that is another Matrix call.
        matrix_call_id = f"{self._call_id}-{fork.name}"
        party = CallerParty(matrix_call_id, identity.party_id(self._call_id, fork.name), planned.user_id)
        lane = Lane(
            self._services.homeserver,
            matrix_call_id,
            planned.as_user,
            planned.room_id,
            lambda: self._post(Gone(fork.name, Cause.FAILED)),
        )
        leg = MatrixFork(fork.name, party, lane, self._post)
        self._register(planned.room_id, matrix_call_id, leg)
        self._unsent.append(lambda: self._invite_matrix(leg, sdp, timeout))
        return leg

    def _invite_matrix(self, leg: MatrixFork, sdp: str, timeout: float) -> None:
        leg.invite(sdp, timeout)
        # A Matrix leg is planned only for somebody whose client is there or woken by a push: it rings.
        self._post(Rings(leg.name))

    async def _phone(self, fork: Fork, planned: PhoneLeg, sdp: str, plan: Plan, hops: int) -> SipFork:
        if fork.contact is None:
            raise LegFailed(Cause.UNREACHABLE)
        endpoint, domain = self._services.endpoint, self._services.domain
        try:
            call = await endpoint.prepare(
                endpoint.target_of(fork.contact),
                from_=identity.display(plan.shown, domain),
                to=NameAddress(f"sip:{planned.extension}@{domain}", plan.callee.name or ""),
                sdp=sdp,
                max_forwards=hops,
            )
        except OSError as error:
            _log.warning("phone_not_reached", extension=planned.extension, why=str(error))
            raise LegFailed(Cause.UNREACHABLE) from error
        self._unsent.append(call.start)
        return SipFork(fork.name, call, self._post, trunk=False)

    async def _meeting(self, fork: Fork, sdp: str, plan: Plan) -> Leg:
        meetings = self._services.meetings
        try:
            return await meetings.answer(fork.name, self._call_id, sdp, plan.shown, self.via, self._post)
        except OSError as error:
            _log.error("meeting_not_reached", why=str(error))
            raise LegFailed(Cause.UNAVAILABLE) from error

    async def _trunk(self, fork: Fork, planned: TrunkLeg, sdp: str, plan: Plan, hops: int) -> SipFork:
        endpoint = self._services.endpoint
        status = next((s for s in endpoint.trunk_status() if s.name == planned.trunk), None)
        if status is None or not status.usable:
            why = "no such trunk" if status is None else status.why
            _log.warning("trunk_not_usable", trunk=planned.trunk, why=why)
            raise LegFailed(Cause.NO_TRUNK)
        try:
            target = endpoint.trunk_target(planned.trunk, planned.number)
        except ValueError as error:
            raise LegFailed(Cause.NOT_FOUND) from error
        # The house shows its number to the world, not the names of its people.
        caller, identities = endpoint.trunk_caller(
            planned.trunk, planned.from_number or None, hidden=plan.withheld
        )
        try:
            call = await endpoint.prepare(
                target,
                from_=caller,
                to=NameAddress(target.uri),
                sdp=sdp,
                headers=identities,
                credentials=endpoint.trunk_credentials(planned.trunk),
                max_forwards=hops,
            )
        except OSError as error:
            _log.warning("trunk_not_reached", trunk=planned.trunk, why=str(error))
            raise LegFailed(Cause.NO_TRUNK) from error
        self._unsent.append(call.start)
        return SipFork(fork.name, call, self._post, trunk=True)
