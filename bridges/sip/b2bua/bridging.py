"""The media side of one call: what the gateway is told, and which legs it joined."""

import asyncio

from bridges.sip.b2bua.events import Key, Trickle
from bridges.sip.b2bua.leg import CallerLeg, Leg, ReofferRefused
from bridges.sip.media.gateway import MediaError, MediaGateway, Peer, Profile
from bridges.sip.sdp.errors import MalformedSdp
from logs import log
from wire.record import Audio

_log = log.get(__name__)


class Bridging:
    """One call in the gateway. `origin` is the leg that began it."""

    def __init__(self, gateway: MediaGateway, call_id: str, origin: CallerLeg) -> None:
        self._gateway, self._call_id, self._origin = gateway, call_id, origin
        self._reoffers = asyncio.Lock()
        #: The legs that were made a fresh offer, and whose answer to it comes with their ACK.
        self._asking: set[str] = set()
        #: Whether emergency services are called, for whom ports are kept.
        self.emergency = False

    async def offer_for(self, fork: str, profile: Profile, peer: Peer | None = None) -> str:
        """The offer to call a fork with, which is at `peer`. Raises MediaError, MalformedSdp."""
        origin = self._origin
        self.meet(origin)
        if peer is not None:
            self._gateway.meet(self._call_id, fork, peer)
        return await self._gateway.offer(
            self._call_id,
            origin.name,
            fork,
            origin.offer,
            origin.profile,
            profile,
            emergency=self.emergency,
        )

    def meet(self, leg: Leg) -> None:
        """Tell where a leg's signalling comes from by now."""
        if (peer := leg.peer) is not None:
            self._gateway.meet(self._call_id, leg.name, peer)

    async def answer_from(self, leg: Leg, sdp: str) -> str:
        """A fork's answer (or early answer), as the caller must read it. Raises MediaError, MalformedSdp."""
        self.meet(leg)
        return await self._gateway.answer(self._call_id, leg.name, self._origin.name, sdp)

    async def late_description(self, leg: Leg, other: Leg, sdp: str) -> None:
        """A leg answered, in its ACK, an offer of ours: the gateway learns where its audio goes now.

        Raises MediaError, MalformedSdp.
        """
        leg.description = sdp
        self.meet(leg)
        await self._gateway.offer(self._call_id, leg.name, other.name, sdp, leg.profile, other.profile)
        await self._gateway.answer(self._call_id, other.name, leg.name, other.description)

    async def reoffer(self, leg: Leg, other: Leg, sdp: str | None) -> None:
        """Carry a new offer of `leg` (hold, resume, refresh) to `other`, and its answer back.

        Where the other side has no word to say (a client without negotiation, or both asked at once)
        the gateway answers with what it last said: a phone's hold must never fail for that.
        """
        async with self._reoffers:
            if sdp is None:
                leg.accept_reoffer(await self._fresh_offer(leg, other))
                return
            if sdp == leg.description:
                # A refresh (RFC 3261, Section 14.2; RFC 4028): the session as it stands.
                leg.accept_reoffer(leg.given)
                return
            try:
                answer = await self._renegotiated(leg, other, sdp)
            except (MediaError, MalformedSdp) as error:
                _log.warning("reoffer_refused", leg=leg.name, why=str(error) or type(error).__name__)
                leg.refuse_reoffer()
                return
            leg.description, leg.given = sdp, answer
            leg.accept_reoffer(answer)

    async def _fresh_offer(self, leg: Leg, other: Leg) -> str:
        """What we can do, not what was last agreed on (RFC 6337, Section 5.3)."""
        try:
            offer = await self._gateway.fresh_offer(self._call_id, other.name, leg.name)
        except MediaError as error:
            _log.warning("no_fresh_offer", leg=leg.name, why=str(error) or type(error).__name__)
            return leg.given
        self._asking.add(leg.name)
        return offer

    def answers_fresh_offer(self, leg: Leg) -> bool:
        """Whether a description that comes with the ACK of `leg` is for `carry_answer`."""
        return leg.name in self._asking

    async def carry_answer(self, leg: Leg, other: Leg, sdp: str) -> None:
        """The answer to a fresh offer is told to the other side, if it changes anything there.

        Raises MediaError, MalformedSdp.
        """
        async with self._reoffers:
            self._asking.discard(leg.name)
            leg.given = await self._renegotiated(leg, other, sdp, if_changed=True)
            leg.description = sdp

    async def _renegotiated(self, leg: Leg, other: Leg, sdp: str, *, if_changed: bool = False) -> str:
        self.meet(leg)
        offer = await self._gateway.offer(
            self._call_id, leg.name, other.name, sdp, leg.profile, other.profile
        )
        try:
            if offer != other.given or not if_changed:
                other.description = await other.reoffer(offer)
                other.given = offer
        except ReofferRefused as error:
            _log.info("reoffer_answered_here", leg=leg.name, why=str(error))
        return await self._gateway.answer(self._call_id, other.name, leg.name, other.description)

    async def trickle(self, event: Trickle) -> None:
        """Pass ICE candidates on."""
        for candidate in event.candidates:
            await self._gateway.candidate(self._call_id, event.leg, candidate.candidate, candidate.sdp_mid)

    async def press(self, event: Key, other: Leg) -> None:
        """A key that came by signalling goes on as RFC 4733 events."""
        try:
            await self._gateway.send_dtmf(self._call_id, other.name, event.digit, event.duration_ms)
        except (MediaError, ValueError) as error:
            _log.info("key_not_sent", leg=other.name, why=str(error) or type(error).__name__)

    async def drop(self, fork: str) -> None:
        """A fork is over."""
        await self._gateway.delete(self._call_id, fork)

    async def close(self) -> None:
        """The call is over."""
        await self._gateway.delete(self._call_id)

    def audio(self, winner: str | None) -> Audio:
        """Which way sound was heard to pass; unknown for a call that was never joined."""
        report = self._gateway.report(self._call_id)
        if report is None or winner is None:
            return Audio()
        origin, fork = report.legs.get(self._origin.name), report.legs.get(winner)
        if origin is None or fork is None:
            return Audio()
        return Audio(
            caller_to_callee=origin.audio_seen and fork.packets_out > 0,
            callee_to_caller=fork.audio_seen and origin.packets_out > 0,
        )
