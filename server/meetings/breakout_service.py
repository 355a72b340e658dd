"""Breakouts: opened, changed and closed by moderators, by time, or with their meeting."""

import asyncio
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from logs import log
from server.meetings.access import Access
from server.meetings.breakouts import Arrangement, Breakout, Place, Wanted, arrange
from server.meetings.call_roster import CallRoster
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.meeting import Meeting
from server.meetings.ports import MeetingById, VisitorByUser
from server.meetings.refusals import BreakoutNotFound
from server.meetings.visitor import Visitor

_log = log.get(__name__)
#: To change rooms takes people a moment, in which nobody may be in any. Milliseconds.
_ON_THE_WAY = 30_000


@dataclass(frozen=True, slots=True)
class Stored:
    """A breakout with the media server's names of its room and of its meeting's main room."""

    sfu_room: str
    meeting_id: str
    main: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class BreakoutView:
    """A breakout in the shape of the API: `people` who are assigned, `inside` identities of who is there."""

    id: str
    name: str
    people: list[str]
    inside: list[str]


@dataclass(frozen=True, slots=True)
class BreakoutsView:
    """`mine` is where I am assigned, `main` the identities in the main room.

    `closes_at` in ms since the epoch. The event `meetings` says `live` when somebody comes or goes, and
    `breakouts` when anything else of it changes.
    """

    breakouts: list[BreakoutView]
    mine: str | None
    main: list[str]
    closes_at: int | None


class BreakoutStore(Protocol):
    async def of_meeting(self, meeting_id: str) -> Arrangement: ...

    async def put(self, meeting_id: str, arrangement: Arrangement, now_ms: int) -> None: ...

    async def all(self) -> list[Stored]: ...

    async def forget_closed(self, before_ms: int) -> list[str]:
        """The names of their rooms."""


class MeetingByRoom(MeetingById, Protocol):
    async def of_room(self, room_id: str) -> Meeting | None: ...


class VisitorsOfMeeting(VisitorByUser, Protocol):
    async def of_meeting(self, meeting_id: str) -> list[Visitor]: ...


class Breakouts:
    """`roster` is told which rooms belong together. Args: now_ms, the wall clock."""

    def __init__(
        self,
        store: BreakoutStore,
        meetings: MeetingByRoom,
        visitors: VisitorsOfMeeting,
        access: Access,
        roster: CallRoster,
        changes: ChangeNotifier,
        *,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
    ) -> None:
        self._store = store
        self._meetings = meetings
        self._visitors = visitors
        self._access = access
        self._roster = roster
        self._changes = changes
        self._now_ms = now_ms
        self._fresh_id = fresh_id
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        #: By meeting, as they are stored: they are asked for all the time.
        self._open: dict[str, Arrangement] = {}
        #: By meeting: when they were arranged or closed.
        self._changed: dict[str, int] = {}

    async def load(self) -> None:
        """What an earlier process has left; before anything else is asked."""
        for one in await self._store.all():
            self._roster.divide(one.main, [one.sfu_room])
            if one.is_open and one.meeting_id not in self._open:
                self._open[one.meeting_id] = await self._store.of_meeting(one.meeting_id)

    # For members and moderators

    async def look(self, user_id: str, meeting_id: str) -> BreakoutsView:
        """Raises `MeetingNotFound`."""
        meeting, state = await self._access.member(meeting_id, user_id)
        return self._view(meeting, self.of(meeting), await self._present(meeting, state.members), user_id)

    def _view(
        self, meeting: Meeting, arrangement: Arrangement, present: Collection[str], user_id: str
    ) -> BreakoutsView:
        shown = [
            BreakoutView(
                one.id,
                one.name,
                [who for who in one.people if who in present],
                sorted(self._roster.of(one.sfu_room)),
            )
            for one in arrangement.breakouts
        ]
        mine = arrangement.place_of(user_id)
        main = sorted(self._roster.of(meeting.sfu_room))
        return BreakoutsView(shown, mine.id if mine else None, main, arrangement.closes_at)

    async def _present(self, meeting: Meeting, members: Iterable[str]) -> frozenset[str]:
        """Matrix users of the meeting; a visitor who is not let in yet may be assigned already."""
        return frozenset([*members, *(one.user_id for one in await self._visitors.of_meeting(meeting.id))])

    async def arrange(
        self,
        user_id: str,
        meeting_id: str,
        wanted: Sequence[Wanted],
        minutes: int | None,
        *,
        keep_end: bool = False,
    ) -> BreakoutsView:
        """Put these in the place of what there is. `minutes` until all close; `keep_end` leaves that alone.

        Raises `MeetingNotFound`, `ModeratorsOnly`, and what `arrange` of the rules does.
        """
        meeting, state = await self._access.moderator(meeting_id, user_id)
        async with self._lock(meeting.id):
            before = self.of(meeting)
            present = await self._present(meeting, state.members)
            former = await self._former(meeting, before, wanted, present)
            breakouts = arrange(before, wanted, meeting.room_id, present, former, self._fresh_id)
            end = before.closes_at if keep_end else self._in(minutes * 60_000 if minutes else None)
            after = Arrangement(breakouts, end)
            await self._put(meeting, after)
        _log.info("breakouts_arranged", meeting=meeting.id, breakouts=len(after.breakouts))
        await self._tell(meeting)
        return self._view(meeting, after, present, user_id)

    async def _former(
        self, meeting: Meeting, before: Arrangement, wanted: Sequence[Wanted], present: Collection[str]
    ) -> set[str]:
        former = {user_id for one in before.breakouts for user_id in one.people}
        for user_id in {who for one in wanted for who in one.people} - former - set(present):
            visitor = await self._visitors.by_user(user_id)
            if visitor is not None and visitor.meeting_id == meeting.id:
                former.add(user_id)
        return former

    def _in(self, milliseconds: int | None) -> int | None:
        return None if milliseconds is None else self._now_ms() + milliseconds

    async def close(self, user_id: str, meeting_id: str, within: int = 0) -> None:
        """After `within` seconds; fine where none are open. Raises `MeetingNotFound`, `ModeratorsOnly`."""
        meeting, _ = await self._access.moderator(meeting_id, user_id)
        if not within:
            await self.end(meeting)
            return
        async with self._lock(meeting.id):
            before = self.of(meeting)
            if not before.breakouts:
                return
            await self._put(meeting, replace(before, closes_at=self._in(within * 1000)))
        await self._tell(meeting)

    # By themselves

    async def end(self, meeting: Meeting) -> None:
        """They are closed, or their meeting is over."""
        if await self._end(meeting, lambda _: True):
            await self._tell(meeting)

    async def close_due(self) -> None:
        """Those whose time is over."""
        now = self._now_ms()

        def due(one: Arrangement) -> bool:
            return one.closes_at is not None and one.closes_at <= now

        for meeting_id in [meeting_id for meeting_id, one in self._open.items() if due(one)]:
            meeting = await self._meetings.get(meeting_id)
            if meeting is not None and await self._end(meeting, due):
                await self._tell(meeting)

    async def _end(self, meeting: Meeting, still: Callable[[Arrangement], bool]) -> bool:
        async with self._lock(meeting.id):
            before = self.of(meeting)
            if not before.breakouts or not still(before):
                return False
            await self._put(meeting, Arrangement())
        _log.info("breakouts_closed", meeting=meeting.id)
        return True

    async def forget_closed(self, before_ms: int) -> None:
        self._roster.unite(await self._store.forget_closed(before_ms))
        self._changed = {one: at for one, at in self._changed.items() if at >= before_ms}

    async def _put(self, meeting: Meeting, after: Arrangement) -> None:
        """Stored first: what is told or seen is true after any crash."""
        await self._store.put(meeting.id, after, self._now_ms())
        self._roster.divide(meeting.sfu_room, [one.sfu_room for one in after.breakouts])
        self._changed[meeting.id] = self._now_ms()
        self._open.pop(meeting.id, None)
        if after.breakouts:
            self._open[meeting.id] = after

    async def _tell(self, meeting: Meeting) -> None:
        self._changes.notify(meeting.id)
        await self._access.publish_change(meeting, "breakouts")

    def _lock(self, meeting_id: str) -> asyncio.Lock:
        return self._locks.setdefault(meeting_id, asyncio.Lock())

    # For whoever gives places and tickets

    def of(self, meeting: Meeting) -> Arrangement:
        return self._open.get(meeting.id, Arrangement())

    def place_of(self, meeting: Meeting, user_id: str) -> Place | None:
        """None for whoever belongs to the main room."""
        return self.of(meeting).place_of(user_id)

    def under_way(self, meeting: Meeting) -> bool:
        """Whether people have just been sent to breakouts, or back."""
        return self._now_ms() - self._changed.get(meeting.id, 0) < _ON_THE_WAY

    async def meetings(self) -> list[Meeting]:
        """Those that are divided at the moment."""
        found = [await self._meetings.get(meeting_id) for meeting_id in list(self._open)]
        return [meeting for meeting in found if meeting is not None]

    async def room_for(self, room_id: str, breakout_id: str, user_id: str) -> str | None:
        """The media server's name of a breakout of this Matrix room; None for whoever has no place there.

        Raises `BreakoutNotFound`, `HomeserverError`.
        """
        meeting = await self._meetings.of_room(room_id)
        one = self.of(meeting).get(breakout_id) if meeting else None
        if meeting is None or one is None:
            raise BreakoutNotFound
        return one.sfu_room if await self._may_enter(meeting, one, user_id) else None

    async def admits(self, meeting: Meeting, sfu_room: str, user_id: str) -> bool:
        """Whether somebody of a meeting may be in this room of it. Raises `HomeserverError`."""
        if sfu_room == meeting.sfu_room:
            return True
        one = self.of(meeting).in_room(sfu_room)
        return one is not None and await self._may_enter(meeting, one, user_id)

    async def _may_enter(self, meeting: Meeting, one: Breakout, user_id: str) -> bool:
        """Moderators go wherever they like."""
        if user_id in one.people:
            return True
        state = await self._access.room(meeting.room_id, user_id) if user_id else None
        return state is not None and state.is_moderator(user_id)
