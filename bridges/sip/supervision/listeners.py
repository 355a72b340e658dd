"""All supervisors who are called or listen at the moment, and their one clock."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bridges.media.gateway import MediaGateway
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post
from bridges.sip.b2bua.services import Overheard
from bridges.sip.supervision.leg import NOT_HEARD, SupervisorLeg, Tap
from bridges.sip.supervision.rules import Talker
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.clock import FrameClock
from logs import log
from wire.commands import ListenMode, ListenRequest
from wire.state import Listener, Listens

_log = log.get(__name__)


#: Frames after which the web is told of all calls once more while somebody listens: five seconds. It is away
#: where that does not come through (`lapse`).
_TOLD = 250


class Listeners:
    """`b2bua.services.Supervision`. `host` is where audio is received from the gateway; `changed` is told
    when somebody listens, or listens otherwise."""

    def __init__(self, host: str, gateway: MediaGateway, changed: Callable[[], None]) -> None:
        self._host, self._gateway, self._changed = host, gateway, changed
        self._legs: list[SupervisorLeg] = []
        self._clock = FrameClock(self._tick)
        self._aside: set[asyncio.Task[None]] = set()
        self._ticks = 0

    async def calling(
        self,
        wanted: ListenRequest,
        post: Post,
        overheard: Callable[[], Overheard | None],
        tapped: Callable[[], None],
    ) -> SupervisorLeg:
        """One that calls a supervisor; `tapped` is told before the two are heard, and after.

        Raises OSError.
        """

        def answered(leg: SupervisorLeg) -> None:
            self._later(self._hear(leg, tapped))

        def ended(leg: SupervisorLeg) -> None:
            self._legs.remove(leg)
            self._later(self._close(leg, tapped))

        port = await AudioPort.open(self._host)
        leg = SupervisorLeg(post, port, wanted, overheard, answered, self._changed, ended)
        self._legs.append(leg)
        self._clock.start()
        return leg

    def listeners(self, call_id: str) -> tuple[Listener, ...]:
        """Who listens to the call with this record."""
        return tuple(
            Listener(leg.wanted.person, leg.mode)
            for leg in self._legs
            if leg.here and leg.wanted.listened == call_id
        )

    def agent_of(self, call_id: str) -> str | None:
        """The agent whose call with this record is listened to, by user id."""
        return next((leg.wanted.agent.user_id for leg in self._legs if leg.wanted.listened == call_id), None)

    def listens(self, call_id: str) -> Listens | None:
        """What is listened to by the call with this record."""
        leg = self._leg(call_id)
        if leg is None:
            return None
        wanted = leg.wanted
        return Listens(wanted.listened, wanted.queue, wanted.agent, leg.mode, here=leg.here)

    def taps(self, call_id: str) -> list[str]:
        """The names of those who only listen in the gateway's call with this id."""
        return [
            name
            for leg in self._legs
            if leg.accepted and leg.place is not None and leg.place.media_id == call_id
            for name in _names(leg).values()
        ]

    def change(self, call_id: str, mode: ListenMode) -> bool:
        """Listen, whisper or join, by the call with this record; False where that cannot be."""
        leg = self._leg(call_id)
        return leg is not None and leg.change(mode)

    def lapse(self) -> None:
        """The web does not learn who listens: it can neither write it down nor show it, nor say whether they
        still may."""
        for leg in list(self._legs):
            _log.warning("listening_untold", call_id=leg.wanted.call_id)
            leg.end(Cause.NORMAL if leg.accepted else Cause.CANCELLED)

    def stop(self) -> None:
        """Nobody listens any more."""
        for leg in list(self._legs):
            leg.drop(Cause.INTERRUPTED)
        self._clock.stop()

    async def closed(self) -> None:
        """All that was begun is done."""
        await asyncio.gather(*self._aside, return_exceptions=True)

    # --- beside the calls ---

    async def _hear(self, leg: SupervisorLeg, tapped: Callable[[], None]) -> None:
        """Let them hear the two who talk."""
        place = leg.place
        if place is None:
            return
        tapped()
        taps: dict[Talker, Tap] = {}
        try:
            sides: tuple[tuple[Talker, str], ...] = (("agent", place.agent), ("other", place.other))
            for talker, name in sides:
                port = await AudioPort.open(self._host)
                taps[talker] = Tap(self._gateway, place.media_id, _names(leg)[talker], port)
                await taps[talker].open(name)
        except NOT_HEARD as error:
            _log.warning("call_not_heard", call_id=leg.wanted.call_id, why=str(error) or type(error).__name__)
            leg.end(Cause.MEDIA_FAILED)
        if leg.over:
            for tap in taps.values():
                await tap.close()
            return
        leg.hear(taps)
        if not leg.change(leg.mode):
            leg.change("listen")

    async def _close(self, leg: SupervisorLeg, tapped: Callable[[], None]) -> None:
        for tap in leg.taps.values():
            await tap.close()
        tapped()
        self._changed()

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)

    def _leg(self, call_id: str) -> SupervisorLeg | None:
        return next((leg for leg in self._legs if leg.wanted.call_id == call_id), None)

    def _tick(self, now: float) -> bool:
        self._ticks += 1
        if self._ticks % _TOLD == 0:
            self._changed()
        for leg in list(self._legs):
            leg.tick()
        return bool(self._legs)


def _names(leg: SupervisorLeg) -> dict[Talker, str]:
    """What its taps are called in the gateway."""
    return {"agent": f"{leg.wanted.call_id}-agent", "other": f"{leg.wanted.call_id}-other"}
