"""The carrier's calls: those that come from the bridge, and those it is told to make."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import structlog

from bridges.carrier import session
from bridges.carrier.config import Config
from bridges.carrier.media import NoFreePort, RtpStream
from bridges.carrier.numbers import Plan, Play, e164, plan_of
from bridges.carrier.sound import After, Echo, Source, Tone, announcement
from bridges.sdp.errors import MalformedSdp
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    Call,
    Ended,
    Event,
    IncomingCall,
    NameAddress,
    Progress,
    Reinvite,
)
from bridges.sip.transport.endpoint import SipEndpoint

log = structlog.get_logger()

BRIDGE = "bridge"  # the name of the one trunk of the carrier's endpoint
_SILENT_FOR = 60.0  # seconds without a packet after which the other end is taken for dead
_REMEMBERED = 100  # ended calls that GET /v1/calls still shows


class CarrierCall:
    """One call. All its life is driven by the events of its SIP dialog and by two timers."""

    def __init__(self, config: Config, direction: str, number: str, caller: str, plan: Plan) -> None:
        self.id = secrets.token_hex(8)
        self.direction = direction  # "from_bridge" or "to_bridge"
        self.number = number  # the dialled one
        self.caller = caller
        self.plan = plan
        self.state = "calling"
        self.status = 0
        self.started_at = time.time()
        self.stream = RtpStream()
        self.sip: Call | None = None
        self.on_ended: Callable[[CarrierCall], None] | None = None
        self._config = config
        self._session_id = secrets.randbits(31)
        self._version = 0
        self._timers: list[asyncio.TimerHandle] = []
        self.log = log.bind(carrier_call_id=self.id, number=number, caller=caller)

    async def open(self) -> None:
        """Take an RTP port.

        :raises NoFreePort: when all are in use.
        """
        media = self._config.media
        await self.stream.open(media.host, _from_anywhere(media.rtp_port_min, media.rtp_port_max))

    def offer(self) -> str:
        """The session description that the carrier offers."""
        return session.offer(self._config.media.host, self.stream.port, self._session_id)

    def take(self, sip: IncomingCall) -> None:
        """Ring and answer a call from the bridge as its plan says."""
        answer = self.offer() if sip.sdp is None else self._answer(sip.sdp)
        self._attach(sip)
        if sip.ended:  # the caller gave up while the port was opened
            return
        sip.ring()
        self.state = "ringing"
        if self.plan.ring_for is not None:
            self._later(self.plan.ring_for, lambda: self._pick_up(sip, answer))

    def place(self, sip: Call) -> None:
        """Follow a call that was placed to the bridge."""
        self._attach(sip)

    def hang_up(self) -> None:
        """End it, in whatever state it is."""
        if self.sip is not None:
            self.sip.bye()

    def view(self) -> dict[str, Any]:
        """What ``GET /v1/calls`` tells of it."""
        return {
            "id": self.id,
            "sip_call_id": self.sip.call_id if self.sip else None,
            "direction": self.direction,
            "from": self.caller,
            "to": self.number,
            "state": self.state,
            "status": self.status,
            "started_at": round(self.started_at * 1000),
            "heard": {
                "packets": self.stream.received,
                "tone_hz": self.stream.ear.tone_hz(),
                "digits": self.stream.digits,
            },
        }

    def _attach(self, sip: Call) -> None:
        self.sip = sip
        self.log = self.log.bind(sip_call_id=sip.call_id)
        sip.listen(self._on_event)

    def _pick_up(self, sip: IncomingCall, answer: str) -> None:
        if sip.ended:
            return
        sip.answer(answer)
        self._speak()
        if self.plan.hang_up_after is not None:
            self._later(self.plan.hang_up_after, self.hang_up)

    def _speak(self) -> None:
        self.state = "answered"
        self.log.info("call_answered")
        echo = Echo()
        self.stream.play(self._source(echo), echo)
        self._watch()

    def _source(self, echo: Echo) -> Source | None:
        match self.plan.play:
            case Play.ECHO:
                return echo
            case Play.TONE:
                return Tone(self.plan.tone_hz)
            case Play.NOTHING:
                return None
            case Play.ANNOUNCEMENT_THEN_ECHO:
                return After(announcement(), echo)

    def _answer(self, sdp: str) -> str:
        """The answer to an offer; from now on the stream speaks to whoever made it."""
        self._version += 1
        answer = session.answer(
            sdp, self._config.media.host, self.stream.port, self._session_id, self._version
        )
        self._connect(sdp)
        return answer

    def _connect(self, sdp: str) -> None:
        remote = session.read(sdp)
        self.stream.connect(
            remote.host,
            remote.port,
            remote.codec.payload_type,
            remote.events.payload_type if remote.events else None,
        )
        self.stream.muted = not remote.direction.receives
        self.stream.held = not remote.direction.sends

    def _on_event(self, event: Event) -> None:
        try:
            self._follow(event)
        except (session.NotAcceptable, MalformedSdp) as error:
            self.log.warning("session_refused", why=str(error))
            self.hang_up()

    def _follow(self, event: Event) -> None:
        match event:
            case Progress():
                self.state = "ringing"
            case Answered(sdp):
                self._connect(sdp or "")
                self._speak()
            case Acknowledged(sdp) if sdp is not None:
                self._connect(sdp)
            case Reinvite(sdp):
                self._renegotiate(sdp)
            case Ended(status=status):
                self._ended(status)

    def _renegotiate(self, sdp: str | None) -> None:
        if self.sip is None:
            return
        try:
            self.sip.accept_reinvite(self.offer() if sdp is None else self._answer(sdp))
        except (session.NotAcceptable, MalformedSdp):
            self.sip.refuse_reinvite(488)

    def _ended(self, status: int) -> None:
        self.state, self.status = "ended", status
        for timer in self._timers:
            timer.cancel()
        self.stream.close()
        self.log.info("call_ended", status=status, heard=self.stream.received)
        if self.on_ended is not None:
            self.on_ended(self)

    def _watch(self) -> None:
        """Hang up on an end that has gone without a word: nobody else would notice."""
        now = asyncio.get_running_loop().time()
        if not self.stream.held and now - self.stream.last_heard > _SILENT_FOR:
            self.log.warning("nothing_heard", seconds=_SILENT_FOR)
            self.hang_up()
        elif self.state != "ended":
            self._later(_SILENT_FOR / 4, self._watch)

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        self._timers.append(asyncio.get_running_loop().call_later(seconds, act))


def _from_anywhere(first: int, last: int) -> Iterator[int]:
    """The ports of a range, beginning at a random one: a port just freed is not reused at once."""
    size = last - first + 1
    start = secrets.randbelow(size)
    return (first + (start + step) % size for step in range(size))


class Carrier:
    """All calls of the simulated carrier, live and remembered."""

    def __init__(self, config: Config, endpoint: SipEndpoint) -> None:
        self._config = config
        self._endpoint = endpoint
        self._live: dict[str, CarrierCall] = {}
        self._ended: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        endpoint.on_invite = self._take

    async def call_in(self, to: str, from_: str, tone_hz: int | None = None) -> str:
        """Call a number of the organisation through the bridge; the call's id.

        :param from_: a telephone number, or ``anonymous``.
        :param tone_hz: send this tone all the time, instead of the announcement and the echo.
        :raises NotANumber: for what is no telephone number.
        :raises NoFreePort: when all RTP ports are in use.
        """
        number = e164(to, self._config.region)
        anonymous = from_ == "anonymous"
        caller = from_ if anonymous else e164(from_, self._config.region)
        plan = Plan(play=Play.TONE, tone_hz=tone_hz) if tone_hz else Plan()
        call = await self._new("to_bridge", number, caller, plan)
        target = self._endpoint.trunk_target(BRIDGE, number)
        call.place(
            await self._endpoint.invite(
                target,
                from_=_caller_address(caller, self._config.sip.host),
                to=NameAddress(target.uri),
                sdp=call.offer(),
                headers=(("Privacy", "id"),) if anonymous else (),
            )
        )
        return call.id

    def calls(self) -> list[dict[str, Any]]:
        """All live calls and the latest that ended, oldest first."""
        return [*self._ended, *(call.view() for call in self._live.values())]

    def hang_up(self, call_id: str) -> bool:
        """End a call; ``False`` when there is no live call of that id."""
        call = self._live.get(call_id)
        if call is not None:
            call.hang_up()
        return call is not None

    def press(self, call_id: str, digits: str) -> bool:
        """Press keys in a call; ``False`` when there is no live call of that id.

        :raises ValueError: for what is no key, and when the other end takes none.
        """
        call = self._live.get(call_id)
        if call is not None:
            call.stream.press(digits)
        return call is not None

    async def _take(self, sip: IncomingCall) -> None:
        plan = plan_of(sip.dialled, self._config.region)
        if plan.refuse is not None:
            log.info("call_refused", number=sip.dialled, status=plan.refuse, sip_call_id=sip.call_id)
            sip.reject(plan.refuse)
            return
        try:
            call = await self._new("from_bridge", sip.dialled, sip.caller_number or "anonymous", plan)
        except NoFreePort:
            sip.reject(503)
            return
        try:
            call.take(sip)
        except session.NotAcceptable:
            self._refuse(call, sip, 488)
        except MalformedSdp:
            self._refuse(call, sip, 400)

    def _refuse(self, call: CarrierCall, sip: IncomingCall, status: int) -> None:
        del self._live[call.id]
        call.stream.close()
        sip.reject(status)

    async def _new(self, direction: str, number: str, caller: str, plan: Plan) -> CarrierCall:
        call = CarrierCall(self._config, direction, number, caller, plan)
        await call.open()
        call.on_ended = self._forget
        self._live[call.id] = call
        call.log.info("call_started", direction=direction)
        return call

    def _forget(self, call: CarrierCall) -> None:
        if self._live.pop(call.id, None):
            self._ended.append(call.view())


def _caller_address(caller: str, host: str) -> NameAddress:
    if caller == "anonymous":
        return NameAddress("sip:anonymous@anonymous.invalid", "Anonymous")  # RFC 3323, Section 4.1
    return NameAddress(f"sip:{caller}@{host};user=phone")
