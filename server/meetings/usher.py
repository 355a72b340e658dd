"""Shows people out of breakouts that are not, or not any more, theirs."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from logs import log
from server.homeserver.errors import HomeserverError
from server.meetings.live import Live
from server.meetings.meeting import Meeting
from server.meetings.refusals import MediaUnavailable

_log = log.get(__name__)
#: Clients change rooms by themselves in less. Seconds.
PATIENCE = 15.0


class FindMeetings(Protocol):
    async def of_call(self, sfu_room: str) -> Meeting | None: ...


class Breakouts(Protocol):
    async def admits(self, meeting: Meeting, sfu_room: str, user_id: str) -> bool:
        """Raises `HomeserverError`."""


class Identities(Protocol):
    async def user_of(self, sfu_room: str, identity: str) -> str | None: ...


class Media(Protocol):
    async def remove(self, sfu_room: str, identity: str) -> None:
        """Raises `MediaUnavailable`."""


class Usher:
    """`clock` gives monotonic seconds."""

    def __init__(
        self,
        meetings: FindMeetings,
        breakouts: Breakouts,
        identities: Identities,
        media: Media,
        live: Live,
        clock: Callable[[], float],
    ) -> None:
        self._meetings = meetings
        self._breakouts = breakouts
        self._identities = identities
        self._media = media
        self._live = live
        self._clock = clock
        self._astray: dict[tuple[str, str], float] = {}

    async def usher(self) -> None:
        """To be called every few seconds."""
        now = self._clock()
        self._astray = {each: self._astray.get(each, now) async for each in self._find()}
        for sfu_room, identity in [each for each, since in self._astray.items() if now - since >= PATIENCE]:
            try:
                await self._media.remove(sfu_room, identity)
                _log.info("shown_out_of_breakout", identity=identity)
            except MediaUnavailable:
                _log.warning("not_shown_out_of_breakout", identity=identity)

    async def _find(self) -> AsyncIterator[tuple[str, str]]:
        """Who is in a breakout that they may not be in: its room, and their identity."""
        for main in self._live.divided():
            there = [(room, who) for room in self._live.breakouts(main) for who in self._live.of(room)]
            meeting = await self._meetings.of_call(main) if there else None
            for sfu_room, identity in there:
                if meeting is not None and await self._is_astray(meeting, sfu_room, identity):
                    yield sfu_room, identity

    async def _is_astray(self, meeting: Meeting, sfu_room: str, identity: str) -> bool:
        user_id = await self._identities.user_of(sfu_room, identity)
        try:
            return not await self._breakouts.admits(meeting, sfu_room, user_id or "")
        except HomeserverError:
            return False
