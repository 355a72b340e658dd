"""All prompts that are being recorded by telephone: their one clock, and their way to the web."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Literal, Protocol

import msgspec

from bridges.sip.b2bua.events import Post
from bridges.sip.prompt_recording.leg import PromptLeg
from bridges.sip.prompt_recording.machine import KEPT_WITHIN, PromptRecording
from bridges.sip.records.backoff import delay
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.voice_leg import VoiceLeg
from logs import log
from wire.prompt import RecordedPrompt, Step

_log = log.get(__name__)

#: Of how many recordings it is kept how far they are, and how often one is brought that nobody waits for.
_KNOWN, _TRIES = 50, 6


class Web(Protocol):
    """The part of the web's internal API that takes them."""

    async def put_bytes(self, path: str, body: bytes, timeout: float) -> None:
        """Raises WebUnavailable, WebRefused."""


class PromptRecordings:
    """`b2bua.services.PromptRecordings`. `host` is where audio is received from the gateway."""

    def __init__(self, host: str, web: Web) -> None:
        self._host, self._web = host, web
        self._legs: list[PromptLeg] = []
        self._machines: dict[str, PromptRecording] = {}
        self._clock = FrameClock(self._tick)
        self._beside: set[asyncio.Task[None]] = set()

    async def calling(self, call_id: str, language: Literal["it", "en"], post: Post) -> PromptLeg:
        """One that calls the speaker. Raises OSError."""
        port = await AudioPort.open(self._host)
        leg = PromptLeg(post, port, call_id, Language(language), self)
        self._legs.append(leg)
        self._machines[call_id] = leg.machine
        while len(self._machines) > _KNOWN:
            del self._machines[next(iter(self._machines))]
        self._clock.start()
        return leg

    def step(self, call_id: str) -> Step | None:
        """How far a recording is; None for a call that records none."""
        machine = self._machines.get(call_id)
        return machine.step if machine is not None else None

    async def stop(self) -> None:
        """What was said by now is on its way yet."""
        for leg in list(self._legs):
            leg.fail()
        self._clock.stop()
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- what legs want (`leg.Studio`) ---

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def ended(self, leg: VoiceLeg[Any]) -> None:
        if isinstance(leg, PromptLeg) and leg in self._legs:
            self._legs.remove(leg)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def keep(self, call_id: str, sound: bytes, *, patient: bool) -> bool:
        body = msgspec.msgpack.encode(RecordedPrompt(sound))
        for failures in range(1, (_TRIES if patient else 1) + 1):
            try:
                path = f"/internal/v1/prompt-recordings/{call_id}"
                await self._web.put_bytes(path, body, KEPT_WITHIN - 1)
            except WebRefused as error:
                _log.error("prompt_refused", call_id=call_id, why=str(error))
                return False
            except WebUnavailable as error:
                _log.warning("prompt_not_kept", call_id=call_id, why=str(error), failures=failures)
                if patient and failures < _TRIES:
                    await asyncio.sleep(delay(failures))
            else:
                _log.info("prompt_recorded", call_id=call_id, bytes=len(sound))
                return True
        return False

    # --- inside ---

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick(now)
        return bool(self._legs)
