"""All that are asked at the moment, and their one clock."""

import asyncio
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.screening.asking import Asking
from bridges.sip.screening.asking_leg import AskingLeg
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.voice_leg import VoiceLeg
from wire.route import MobileLeg


class Screener:
    """`b2bua.services.Screening`. `host` is where audio is received from the gateway."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._legs: list[VoiceLeg[Any]] = []
        self._clock = FrameClock(self._tick)

    async def ask(self, name: str, fork: str, planned: MobileLeg, sdp: str, post: Post) -> AskingLeg:
        """See there."""
        machine = Asking(planned.digits)
        port = await AudioPort.open(self._host)
        leg = AskingLeg(name, fork, post, port, machine, Language(planned.language), self)
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            raise
        self._legs.append(leg)
        self._clock.start()
        return leg

    def stop(self) -> None:
        """Who has not said anything by now is asked again by the next process, if there is one."""
        for leg in list(self._legs):
            leg.drop(Cause.INTERRUPTED)
        self._clock.stop()

    # --- `Keeper` ---

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def ended(self, leg: VoiceLeg[Any]) -> None:
        if leg in self._legs:
            self._legs.remove(leg)

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick(now)
        return bool(self._legs)
