"""All that the voice says at the moment, and its one clock."""

from typing import Literal

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.voice.announcement import AnnouncementLeg
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.calling_voice import CallingVoice, TestingVoice
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import spoken
from wire.route import OWN_ANY, QUEUE_CALLER
from wire.route import AnnouncementLeg as PlannedLeg


class Announcer:
    """`b2bua.services.Announcements`. `host` is where audio is received from the gateway."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._legs: list[AnnouncementLeg | CallingVoice] = []
        self._clock = FrameClock(self._tick)

    async def calling(self, language: Literal["it", "en"], post: Post, to: str = OWN_ANY) -> CallingVoice:
        """One that calls somebody. Raises OSError."""
        words = Prompt.QUEUE_CALLS if to == QUEUE_CALLER else Prompt.COLLEAGUE_FREE
        said = spoken(words, Language(language))
        leg = CallingVoice(post, await AudioPort.open(self._host), said, self._legs.remove, to)
        self._legs.append(leg)
        self._clock.start()
        return leg

    async def testing(self, language: Literal["it", "en"], post: Post) -> CallingVoice:
        """One that tries which devices ring. Raises OSError."""
        said = spoken(Prompt.RING_ME, Language(language))
        leg = TestingVoice(post, await AudioPort.open(self._host), said, self._legs.remove)
        self._legs.append(leg)
        self._clock.start()
        return leg

    async def answer(self, name: str, planned: PlannedLeg, sdp: str, post: Post) -> AnnouncementLeg:
        """Say it to a caller. Raises OSError, MalformedSdp, NoCommonCodec."""
        said = spoken(Prompt(planned.say), Language(planned.language))
        port = await AudioPort.open(self._host)
        leg = AnnouncementLeg(name, post, port, said, self._legs.remove)
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            raise
        self._legs.append(leg)
        self._clock.start()
        return leg

    def stop(self) -> None:
        """What is not said by now is not said."""
        for leg in list(self._legs):
            leg.drop(Cause.INTERRUPTED)
        self._clock.stop()

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick()
        return bool(self._legs)
