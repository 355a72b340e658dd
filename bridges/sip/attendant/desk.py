"""All attendants that callers are with at the moment: their one clock, and the sounds that were fetched."""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from bridges.sip.attendant.leg import AttendantLeg
from bridges.sip.attendant.menus import Menus
from bridges.sip.attendant.web import AttendantWeb
from bridges.sip.b2bua.events import Post
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.voice_leg import VoiceLeg
from bridges.sip.voicemail.greetings import Greetings
from logs import log
from wire.attendant import Named
from wire.route import AttendantLeg as PlannedLeg

_log = log.get(__name__)

#: How often a sound is asked for while the web is away, and the seconds between.
_TRIES, _PAUSE = 10, 1.0


class FrontDesk:
    """`b2bua.services.Attendants`. `host` is where audio is received from the gateway."""

    def __init__(self, host: str, web: AttendantWeb) -> None:
        self._host, self._web = host, web
        self._sounds = Greetings(web)
        self._legs: list[AttendantLeg] = []
        self._clock = FrameClock(self._tick)
        self._beside: set[asyncio.Task[None]] = set()

    async def answer(self, name: str, planned: PlannedLeg, sdp: str, post: Post) -> AttendantLeg:
        """Answer a caller. Raises OSError, MalformedSdp, NoCommonCodec."""
        leg = self._leg(name, post, await AudioPort.open(self._host), Menus(planned.menu), planned)
        try:
            leg.answer(sdp)
        except Exception:
            leg.port.close()
            raise
        self._add(leg)
        return leg

    def restore(self, kept: Mapping[str, Any], planned: PlannedLeg, age: float, post: Post) -> AttendantLeg:
        """See `b2bua.services.Attendants`; the caller is heard again soon after `resume`."""
        of = kept["attendant"]
        port = AudioPort.restore(of["port"], str(kept["given"]), age)
        leg = self._leg(str(kept["name"]), post, port, Menus.restore(planned.menu, of["machine"]), planned)
        leg.adopt(kept, lambda: self.later(self._reopen(leg)))
        return leg

    async def stop(self, *, leave: bool = False) -> None:
        """With `leave` the next process goes on with the callers that are there."""
        for leg in list(self._legs):
            if leave:
                leg.leave()
            else:
                leg.fail()
        self._clock.stop()
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- what legs want (`leg.Desk`) ---

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def ended(self, leg: VoiceLeg[Any]) -> None:
        if leg in self._legs:
            self._legs.remove(leg)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def at_hand(self, sound_id: str) -> bytes | None:
        return self._sounds.at_hand(sound_id)

    async def sound(self, sound_id: str) -> bytes:
        for _ in range(_TRIES):
            if sound := await self._sounds.of("", sound_id):
                return sound
            await asyncio.sleep(_PAUSE)
        return b""

    async def named(self, attendant_id: str, digits: str) -> list[Named]:
        try:
            return await self._web.named(attendant_id, digits)
        except (WebUnavailable, WebRefused) as error:
            _log.warning("names_not_asked", attendant=attendant_id, why=str(error))
            return []

    # --- inside ---

    def _leg(
        self, name: str, post: Post, port: AudioPort, machine: Menus, planned: PlannedLeg
    ) -> AttendantLeg:
        return AttendantLeg(name, post, port, machine, Language(planned.language), planned.attendant, self)

    async def _reopen(self, leg: AttendantLeg) -> None:
        if leg.gone:
            return
        self._add(leg)
        try:
            await leg.port.reopen()
        except OSError as error:
            _log.error("caller_not_heard_again", leg=leg.name, why=str(error))
            leg.fail()

    def _add(self, leg: AttendantLeg) -> None:
        self._legs.append(leg)
        self._clock.start()

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick(now)
        return bool(self._legs)
