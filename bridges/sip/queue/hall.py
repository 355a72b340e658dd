"""All who wait in queues at the moment: their one clock, and their way on."""

import asyncio
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post, TransferAsked
from bridges.sip.queue.leg import QueueLeg
from bridges.sip.queue.waiting import Waiting
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import music as built_in
from bridges.sip.voice.voice_leg import VoiceLeg
from logs import log
from wire.queue import Place
from wire.route import QUEUE_AGENTS, QUEUE_ELSEWHERE
from wire.route import QueueLeg as PlannedLeg

_log = log.get(__name__)
#: Seconds that making the music ready may take.
_MAKING = 30.0
#: Seconds in which a call says whether it looks for somebody.
_BEGINNING = 2.0


class Places(Protocol):
    """`QueueWeb`, seen from here."""

    async def place(self, call_id: str) -> Place:
        """Raises WebUnavailable, WebRefused."""

    async def call_back(self, call_id: str) -> None:
        """Raises WebUnavailable, WebRefused."""


class SentOn:
    """A caller is to talk with somebody (`events.TransferReport`). What becomes of that the record says."""

    def __init__(self, call_id: str) -> None:
        self._call_id = call_id
        #: Whether somebody is looked for; then there is a record of it.
        self.tried: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def accepted(self) -> None:
        if not self.tried.done():
            self.tried.set_result(True)

    def rings(self) -> None:
        """Their devices ring."""

    def done(self) -> None:
        _log.info("queued_call_taken", call_id=self._call_id)

    def failed(self, cause: Cause) -> None:
        """The caller waits on."""
        if not self.tried.done():
            self.tried.set_result(False)
        _log.info("queued_call_not_taken", call_id=self._call_id, cause=cause.value)


class Hall:
    """`b2bua.services.Queues`. `host` is where audio is received from the gateway, `music` what is played;
    None: nothing."""

    def __init__(self, host: str, places: Places, music: Path | None) -> None:
        self._host, self._places, self._music_at = host, places, music
        self._music: bytes | None = None
        self._legs: list[QueueLeg] = []
        self._clock = FrameClock(self._tick)
        self._beside: set[asyncio.Task[None]] = set()

    async def wait(self, name: str, call_id: str, planned: PlannedLeg, sdp: str, post: Post) -> QueueLeg:
        """Let a caller wait. Raises OSError, MalformedSdp, NoCommonCodec."""
        music = await self._played()
        machine = Waiting(
            welcome=planned.welcome,
            announce=planned.announce,
            call_back=planned.call_back,
            listened=planned.listened,
        )
        port = await AudioPort.open(self._host)
        leg = QueueLeg(name, post, port, machine, Language(planned.language), call_id, self, music)
        try:
            leg.answer(sdp)
        except Exception:
            port.close()
            raise
        self._add(leg)
        return leg

    def restore(self, kept: Mapping[str, Any], age: float, post: Post) -> QueueLeg:
        """See `b2bua.services.Queues`; the caller hears music again soon after `resume`."""
        of = kept["queue"]
        port = AudioPort.restore(of["port"], str(kept["given"]), age)
        machine, language = Waiting.restore(of["machine"]), Language(of["language"])
        music = self._music or built_in()
        leg = QueueLeg(str(kept["name"]), post, port, machine, language, str(of["call_id"]), self, music)
        leg.adopt(kept, lambda: self._later(self._reopen(leg)))
        return leg

    async def send_on(self, call_id: str, to: Literal["agents", "elsewhere", "away"]) -> bool:
        """Somebody's turn has come, or their time is over; False if nobody waits by this record, or
        they are being sent on already."""
        leg = next((one for one in self._legs if one.call_id == call_id and not one.gone), None)
        if leg is None:
            return False
        if to == "away":
            leg.dismiss()
            return True
        if to == "agents" and not leg.told:
            return False  # soon
        report = SentOn(call_id)
        leg.post(TransferAsked(leg.name, QUEUE_AGENTS if to == "agents" else QUEUE_ELSEWHERE, report))
        try:
            async with asyncio.timeout(_BEGINNING):
                return await report.tried
        except TimeoutError:
            return False

    def is_of_a_queue(self, leg: object) -> bool:
        """Whether a leg stands for a queue."""
        return isinstance(leg, QueueLeg)

    async def stop(self, *, leave: bool = False) -> None:
        """With `leave` the next process goes on with those who wait."""
        for leg in list(self._legs):
            if leave:
                leg.leave()
            else:
                leg.fail()
        self._clock.stop()
        if self._beside:
            await asyncio.wait(self._beside, timeout=1)

    # --- what legs want (`QueueKeeper`) ---

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def ended(self, leg: VoiceLeg[Any]) -> None:
        if leg in self._legs:
            self._legs.remove(leg)

    def ask_place(self, leg: QueueLeg) -> None:
        self._later(self._tell_place(leg))

    def ask_call_back(self, leg: QueueLeg) -> None:
        self._later(self._ask_call_back(leg))

    # --- inside ---

    async def _ask_call_back(self, leg: QueueLeg) -> None:
        try:
            await self._places.call_back(leg.call_id)
        except (WebUnavailable, WebRefused) as error:
            _log.info("caller_not_called_back", call_id=leg.call_id, why=str(error))
            leg.promised(False)
        else:
            leg.promised(True)

    async def _tell_place(self, leg: QueueLeg) -> None:
        try:
            place = await self._places.place(leg.call_id)
        except (WebUnavailable, WebRefused) as error:
            _log.info("place_not_told", call_id=leg.call_id, why=str(error))
        else:
            leg.placed(place.position, place.seconds)

    async def _reopen(self, leg: QueueLeg) -> None:
        if leg.gone:
            return
        self._add(leg)
        try:
            await leg.port.reopen()
        except OSError as error:
            _log.error("caller_not_heard_again", leg=leg.name, why=str(error))
            leg.fail()

    async def _played(self) -> bytes:
        """The music of the house, made ready once."""
        if self._music is None:
            self._music = QUIET if self._music_at is None else await _made_ready(self._music_at)
        return self._music

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _add(self, leg: QueueLeg) -> None:
        self._legs.append(leg)
        self._clock.start()

    def _tick(self, now: float) -> bool:
        for leg in list(self._legs):
            leg.tick(now)
        return bool(self._legs)


async def _made_ready(path: Path) -> bytes:
    command = (sys.executable, "-m", "bridges.sip.queue.music_file", str(path))
    pipe, nothing = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        async with asyncio.timeout(_MAKING):
            process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stdin=nothing)
            made, _ = await process.communicate()
    except (OSError, TimeoutError) as error:
        _log.error("music_not_made", why=str(error) or "too slow")
        made = b""
    return made or built_in()
