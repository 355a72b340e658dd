"""Guests and telephones at the door of a meeting: let in, refused, inside, gone."""

import asyncio
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from logs import log
from server.audit.service import NOBODY, Audit
from server.homeserver.errors import HomeserverError
from server.meetings.access import Access
from server.meetings.call_roster import CallRoster
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.meeting import Meeting
from server.meetings.ports import MeetingById
from server.meetings.refusals import (
    AlreadyDecided,
    EncryptedMeeting,
    MayNotInvite,
    MediaUnavailable,
    MeetingError,
    MeetingFull,
    ModeratorsOnly,
    VisitorNotFound,
)
from server.meetings.visitor import NotReached, State, Visitor, VisitorView, view
from server.meetings.visitor_account import VisitorAccount
from server.sealing import Seal

_log = log.get(__name__)
#: Members see for so long what became of a visitor. Milliseconds.
_REMEMBERED = 10 * 60_000
#: A telephone rings for longer than a guest may be away. Seconds.
_RINGS = 180.0

Decision = Literal["admit", "refuse"]


class VisitorStore(Protocol):
    async def add(self, visitor: Visitor, cookie_hash: str | None = None) -> None: ...

    async def put(self, visitor: Visitor) -> None: ...

    async def move(self, visitor: Visitor, to: State, now_ms: int) -> Visitor | None:
        """None when the state may not follow (any more)."""

    async def get(self, visitor_id: str) -> Visitor | None: ...

    async def by_user(self, user_id: str) -> Visitor | None: ...

    async def of_meeting(self, meeting_id: str) -> list[Visitor]: ...

    async def recent(self, meeting_id: str, since_ms: int) -> list[Visitor]: ...

    async def active(self) -> list[Visitor]: ...

    async def leftovers(self) -> list[Visitor]: ...

    async def count(self, meeting_id: str) -> int: ...

    async def put_media_key(self, visitor_id: str, sealed: str | None) -> None: ...


class Door(Protocol):
    """The media server, which lets nobody stay who is gone."""

    async def remove(self, sfu_room: str, identity: str) -> None: ...


class Telephones(Protocol):
    async def hang_up(self, visitor_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """`allow_unencrypted` lets a telephone into an encrypted meeting; `secret` is the key it hears with."""

    decision: Decision
    allow_unencrypted: bool = False
    secret: str | None = None


class Visitors:
    """Args: most, how many a meeting takes at once; grace, seconds that one whose connection is gone may be
    away; clock, monotonic seconds; now_ms, the wall clock."""

    def __init__(
        self,
        store: VisitorStore,
        meetings: MeetingById,
        access: Access,
        account: VisitorAccount,
        roster: CallRoster,
        door: Door,
        telephones: Telephones,
        seal: Seal,
        changes: ChangeNotifier,
        audit: Audit,
        *,
        most: int,
        grace: float,
        now_ms: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._meetings = meetings
        self._access = access
        self._account = account
        self._roster = roster
        self._door = door
        self._telephones = telephones
        self._seal = seal
        self._changes = changes
        self._audit = audit
        self._most = most
        self._grace = grace
        self._now_ms = now_ms
        self._clock = clock
        self._began = clock()
        self._seen: dict[str, float] = {}
        self._waiting: Counter[str] = Counter()
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    # At the door

    async def arrive(self, meeting: Meeting, visitor: Visitor, cookie_hash: str | None = None) -> Visitor:
        """A new visitor, in the state they start in. Raises `MeetingFull`, `HomeserverError`."""
        if await self._store.count(meeting.id) >= self._most:
            raise MeetingFull
        self.seen(visitor.id)
        await self._store.add(replace(visitor, state=_before_entry(visitor)), cookie_hash)
        if visitor.state is State.ADMITTED:
            visitor = await self._enter_at_once(replace(visitor, state=State.WAITING), meeting)
        await self._tell(meeting)
        return visitor

    async def _enter_at_once(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        """A visitor who could not be let in knows of it and comes again: this visit is over."""
        try:
            return await self._enter(visitor, meeting)
        except (HomeserverError, MeetingError):
            await self._store.move(visitor, State.LEFT, self._now_ms())
            raise

    async def _enter(self, visitor: Visitor, meeting: Meeting) -> Visitor:
        """Into the room, then ADMITTED. Raises `AlreadyDecided` for whoever has left meanwhile."""
        visitor = await self._account.enter(visitor, meeting)
        admitted = await self._store.move(visitor, State.ADMITTED, self._now_ms())
        if admitted is None:
            await self._part(visitor, meeting)
            raise AlreadyDecided
        about = {"room": meeting.room_id, "meeting": meeting.title, "kind": visitor.kind}
        if visitor.link_id is not None:
            about["link"] = visitor.link_id
        actor = visitor.vouched_by or NOBODY
        await self._audit.record("visitor.admitted", actor=actor, subject=visitor.name, details=about)
        return admitted

    async def of_meeting(self, user_id: str, meeting_id: str) -> list[VisitorView]:
        """Raises `MeetingNotFound`."""
        meeting, _ = await self._access.member(meeting_id, user_id)
        found = await self._store.recent(meeting.id, self._now_ms() - _REMEMBERED)
        return [view(visitor) for visitor in found]

    async def decide(self, user_id: str, meeting_id: str, visitor_id: str, verdict: Verdict) -> None:
        """Let in or refuse, once, whoever of the members is first.

        Raises `MeetingNotFound`, `VisitorNotFound`, `AlreadyDecided`, and `MayNotInvite` for whoever lets in
        without the right to invite; for a telephone in an encrypted meeting
        `EncryptedMeeting`, or `ModeratorsOnly` when it would be allowed in by no moderator.
        """
        meeting, room = await self._access.member(meeting_id, user_id)
        async with self._lock(visitor_id):
            visitor = await self._find(meeting, visitor_id)
            if visitor.state is not State.WAITING:
                raise AlreadyDecided
            if verdict.decision == "refuse":
                await self._refuse(visitor, meeting)
                return
            if not room.may_invite(user_id):
                raise MayNotInvite
            if visitor.kind == "phone" and meeting.encrypted:
                visitor = await self._unencrypted(visitor, verdict, moderator=room.is_moderator(user_id))
            await self._enter(replace(visitor, vouched_by=user_id), meeting)
        await self._tell(meeting)

    async def _refuse(self, visitor: Visitor, meeting: Meeting) -> None:
        if await self._store.move(visitor, State.REFUSED, self._now_ms()) is None:
            raise AlreadyDecided
        await self._after(visitor, meeting, hang_up=True)

    async def _unencrypted(self, visitor: Visitor, verdict: Verdict, *, moderator: bool) -> Visitor:
        if not verdict.allow_unencrypted:
            raise EncryptedMeeting
        if not moderator:
            raise ModeratorsOnly
        if verdict.secret is not None:
            await self._store.put_media_key(visitor.id, self._seal.seal(verdict.secret))
        return replace(visitor, unencrypted=True)

    async def _find(self, meeting: Meeting, visitor_id: str) -> Visitor:
        visitor = await self._store.get(visitor_id)
        if visitor is None or visitor.meeting_id != meeting.id:
            raise VisitorNotFound
        return visitor

    # Inside

    def seen(self, visitor_id: str) -> None:
        """Their page or their telephone has just shown that it is there."""
        self._seen[visitor_id] = self._clock()

    @contextmanager
    def there(self, visitor_id: str) -> Iterator[None]:
        """Their page or their telephone is waiting for news all the time."""
        self._waiting[visitor_id] += 1
        try:
            yield
        finally:
            self._waiting[visitor_id] -= 1
            if not self._waiting[visitor_id]:
                del self._waiting[visitor_id]
            self.seen(visitor_id)

    async def connected(self, visitor: Visitor, meeting: Meeting) -> None:
        """Their media arrived: they are in the room's call for all Matrix clients.

        A telephone whose caller has left the room while it rang has no place there.
        """
        self.seen(visitor.id)
        try:
            await self._connected(visitor, meeting)
        except MayNotInvite:
            await self.leave(visitor)

    async def _connected(self, visitor: Visitor, meeting: Meeting) -> None:
        async with self._lock(visitor.id):
            if visitor.state is State.CALLING:
                visitor = await self._enter(visitor, meeting)
                await self._tell(meeting)
            visitor = await self._account.enter(visitor, meeting)
            if visitor.delay_id is None:
                await self._account.enter_call(visitor, meeting)

    async def disconnected(self, visitor: Visitor, meeting: Meeting) -> None:
        self.seen(visitor.id)
        async with self._lock(visitor.id):
            await self._account.leave_call(visitor, meeting)

    # Going

    async def leave(
        self, visitor: Visitor, *, hang_up: bool = True, not_reached: NotReached | None = None
    ) -> None:
        """By their own will, by being away for too long, or because a telephone was not reached.

        Fine for whoever is gone already.
        """
        await self._go(visitor, State.LEFT, hang_up=hang_up, not_reached=not_reached)

    async def remove(self, visitor: Visitor) -> None:
        """By a moderator. Raises `AlreadyDecided` for whoever is not inside."""
        if not await self._go(visitor, State.REMOVED, hang_up=True):
            raise AlreadyDecided

    async def end(self, meeting: Meeting) -> None:
        """The meeting is over, or cancelled: nobody waits or stays."""
        for visitor in await self._store.of_meeting(meeting.id):
            await self._go(visitor, State.LEFT, hang_up=True)

    async def _go(
        self, visitor: Visitor, to: State, *, hang_up: bool, not_reached: NotReached | None = None
    ) -> bool:
        async with self._lock(visitor.id):
            current = await self._store.get(visitor.id)
            meeting = await self._meetings.get(visitor.meeting_id)
            if current is None or meeting is None:
                return False
            gone = await self._store.move(current, to, self._now_ms())
            if gone is not None and not_reached is not None and current.state is State.CALLING:
                gone = replace(gone, not_reached=not_reached)
                await self._store.put(gone)
            if gone is not None:
                await self._after(gone, meeting, hang_up=hang_up)
        return gone is not None

    async def _after(self, visitor: Visitor, meeting: Meeting, *, hang_up: bool) -> None:
        """What follows from having gone, each on its own: what fails is mended by `tidy`."""
        self._seen.pop(visitor.id, None)
        for sfu_room in {meeting.sfu_room, *self._roster.where(meeting.sfu_room, visitor.identity)}:
            try:
                await self._door.remove(sfu_room, visitor.identity)
            except MediaUnavailable:
                _log.warning("visitor_not_disconnected", visitor=visitor.id)
        if visitor.kind == "phone" and hang_up:
            await self._telephones.hang_up(visitor.id)
        await self._part(visitor, meeting)
        await self._store.put_media_key(visitor.id, None)
        await self._tell(meeting)

    async def _part(self, visitor: Visitor, meeting: Meeting) -> None:
        try:
            await self._account.leave(visitor, meeting)
        except HomeserverError as error:
            _log.warning("visitor_stays_in_matrix", visitor=visitor.id, why=str(error))

    # From time to time

    async def tidy(self) -> None:
        """Send home who is away for too long; remove what is left of those who went."""
        for visitor in await self._store.leftovers():
            meeting = await self._meetings.get(visitor.meeting_id)
            if meeting is not None:
                async with self._lock(visitor.id):
                    await self._part(visitor, meeting)
        for visitor in await self._store.active():
            meeting = await self._meetings.get(visitor.meeting_id)
            if meeting is not None and self._away(visitor, meeting):
                _log.info("visitor_away_too_long", visitor=visitor.id, kind=visitor.kind)
                await self.leave(visitor)

    def _away(self, visitor: Visitor, meeting: Meeting) -> bool:
        if self._waiting[visitor.id] or self._roster.where(meeting.sfu_room, visitor.identity):
            self.seen(visitor.id)
            return False
        # After a restart everybody gets their time to come back.
        last = self._seen.get(visitor.id, self._began)
        longest = max(_RINGS, self._grace) if visitor.state is State.CALLING else self._grace
        return self._clock() - last > longest

    async def stay(self) -> None:
        """Put off the leaves that the homeserver would send for those who are in calls."""
        for visitor in await self._store.active():
            meeting = await self._meetings.get(visitor.meeting_id)
            if meeting is None or not self._roster.where(meeting.sfu_room, visitor.identity):
                continue
            try:
                if visitor.sync_from is None or visitor.delay_id is None:
                    await self.connected(visitor, meeting)
                else:
                    await self._account.stay_in_call(visitor, meeting)
            except (HomeserverError, MeetingError) as error:
                _log.warning("visitor_not_in_call", visitor=visitor.id, why=str(error))

    async def _tell(self, meeting: Meeting) -> None:
        self._changes.notify(meeting.id)
        await self._access.publish_change(meeting, "visitors")

    def _lock(self, visitor_id: str) -> asyncio.Lock:
        return self._locks.setdefault(visitor_id, asyncio.Lock())


def _before_entry(visitor: Visitor) -> State:
    """Whoever needs nobody to let them in is WAITING until the homeserver has let them in."""
    return State.WAITING if visitor.state is State.ADMITTED else visitor.state
