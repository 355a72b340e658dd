"""Shows people out of breakouts that are not, or not any more, theirs."""

from collections.abc import AsyncIterator, Callable

from logs import log
from server.homeserver.errors import HomeserverError
from server.meetings.call_roster import CallRoster
from server.meetings.meeting import Meeting
from server.meetings.ports import BreakoutAdmission, IdentityReader, MeetingByCall, ParticipantRemover
from server.meetings.refusals import MediaUnavailable

_log = log.get(__name__)
#: Clients change rooms by themselves in less. Seconds.
PATIENCE = 15.0


class BreakoutEnforcer:
    """`clock` gives monotonic seconds."""

    def __init__(
        self,
        meetings: MeetingByCall,
        breakouts: BreakoutAdmission,
        identities: IdentityReader,
        media: ParticipantRemover,
        roster: CallRoster,
        clock: Callable[[], float],
    ) -> None:
        self._meetings = meetings
        self._breakouts = breakouts
        self._identities = identities
        self._media = media
        self._roster = roster
        self._clock = clock
        self._misplaced: dict[tuple[str, str], float] = {}

    async def enforce(self) -> None:
        """To be called every few seconds."""
        now = self._clock()
        self._misplaced = {each: self._misplaced.get(each, now) async for each in self._find()}
        for sfu_room, identity in [
            each for each, since in self._misplaced.items() if now - since >= PATIENCE
        ]:
            try:
                await self._media.remove(sfu_room, identity)
                _log.info("shown_out_of_breakout", identity=identity)
            except MediaUnavailable:
                _log.warning("not_shown_out_of_breakout", identity=identity)

    async def _find(self) -> AsyncIterator[tuple[str, str]]:
        """Who is in a breakout that they may not be in: its room, and their identity."""
        for main in self._roster.divided():
            there = [(room, who) for room in self._roster.breakouts(main) for who in self._roster.of(room)]
            meeting = await self._meetings.of_call(main) if there else None
            for sfu_room, identity in there:
                if meeting is not None and await self._is_misplaced(meeting, sfu_room, identity):
                    yield sfu_room, identity

    async def _is_misplaced(self, meeting: Meeting, sfu_room: str, identity: str) -> bool:
        user_id = await self._identities.user_of(sfu_room, identity)
        try:
            return not await self._breakouts.admits(meeting, sfu_room, user_id or "")
        except HomeserverError:
            return False
