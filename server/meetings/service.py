"""Meetings: made, found, changed and cancelled by the members of their rooms."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from server.directory.ports import PersonByEmail, PersonByUserId
from server.directory.service import Person
from server.homeserver.room_state import RoomState
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.call_roster import CallRoster
from server.meetings.links import NewLink
from server.meetings.meeting import DialIn, Invitee, Meeting, MeetingView
from server.meetings.refusals import (
    InvalidEmail,
    InvalidTitle,
    MailNotConfigured,
    MeetingNotFound,
    ModeratorsOnly,
    RoomNotFound,
    UnknownPerson,
)
from server.notifications.service import Language
from server.sealing import Seal

#: A meeting stays in the list for this long after its planned end. Milliseconds.
_STAYS = 12 * 3_600_000
#: Rooms that meet without a plan are listed up to so many: each costs the homeserver a question.
_UNPLANNED = 50
#: PINs tried before giving up; nine digits are seldom taken.
_PINS_TRIED = 20
#: Questions to the homeserver at a time for one list.
_AT_ONCE = 8


class PinTaken(Exception):
    """Another meeting has this PIN."""


class RoomTaken(Exception):
    """The room has a meeting already."""


class MeetingStore(Protocol):
    async def add(self, meeting: Meeting, pin_tag: str, sealed_pin: str) -> None:
        """Raises `RoomTaken`, `PinTaken`."""

    async def put(self, meeting: Meeting) -> None: ...

    async def get(self, meeting_id: str) -> Meeting | None: ...

    async def of_room(self, room_id: str) -> Meeting | None: ...

    async def in_rooms(self, room_ids: Collection[str]) -> list[Meeting]:
        """Those that are not cancelled."""

    async def sealed_pin(self, meeting_id: str) -> str: ...

    async def invitees(self, meeting_id: str) -> list[Invitee]: ...

    async def put_invitees(self, meeting_id: str, people: Sequence[Invitee]) -> None: ...


class MeetingRooms(Protocol):
    """What is asked of the homeserver; raises `HomeserverError`."""

    async def create(self, organiser: str, name: str, people: Sequence[str], *, encrypted: bool) -> str: ...

    async def joined(self, user_id: str) -> set[str]: ...

    async def allow_calls(self, room_id: str, as_user: str) -> bool: ...

    async def bring(self, room_id: str, user_id: str, by: str) -> None: ...

    async def rename(self, room_id: str, name: str, as_user: str) -> None: ...

    async def leave(self, room_id: str, user_id: str) -> None: ...


class PersonByAddress(PersonByUserId, PersonByEmail, Protocol):
    """The directory; the homeserver must know whoever is brought into a room."""


class Post(Protocol):
    """Tells people by mail."""

    @property
    def can_send(self) -> bool: ...

    async def invited(
        self, meeting: Meeting, people: Sequence[Invitee], dial_in: DialIn | None, by: str
    ) -> None: ...

    async def cancelled(self, meeting: Meeting, people: Sequence[Invitee]) -> None: ...

    async def guest_link(self, meeting: Meeting, by: str) -> NewLink: ...


class OutsideMail(Protocol):
    async def take(self, user_id: str, title: str, count: int) -> None:
        """Before so many people outside are told. Raises `AddressInTitle`, `TooManyInvitations`."""


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """`people` are colleagues' user ids, `invite` e-mail addresses of anybody."""

    title: str
    people: Sequence[str] = ()
    invite: Sequence[str] = ()
    starts_at: int | None = None
    duration_minutes: int | None = None
    encrypted: bool = False
    language: Language | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed; None stays as it is. `invite` adds people."""

    title: str | None = None
    starts_at: int | None = None
    duration_minutes: int | None = None
    invite: Sequence[str] | None = None


#: Told of a meeting that is cancelled.
Ending = Callable[[Meeting], Awaitable[None]]
EnsureUser = Callable[[str, str], Awaitable[str]]
CheckEmail = Callable[[str], str | None]


class Meetings:
    """Args: ensure_user, makes sure that the homeserver knows a localpart by a name; check_email, an address
    in the form it is sent to, or None; dial_in, numbers and extension; lobby_optional,
    whether links may lead past the lobby; now_ms, the wall clock."""

    def __init__(
        self,
        store: MeetingStore,
        access: Access,
        rooms: MeetingRooms,
        people: PersonByAddress,
        roster: CallRoster,
        post: Post,
        outside: OutsideMail,
        seal: Seal,
        *,
        ensure_user: EnsureUser,
        check_email: CheckEmail,
        dial_in: tuple[tuple[str, ...], str],
        lobby_optional: bool,
        language: Language,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
        fresh_pin: Callable[[], str],
    ) -> None:
        self._store = store
        self._access = access
        self._rooms = rooms
        self._people = people
        self._roster = roster
        self._post = post
        self._outside = outside
        self._seal = seal
        self._ensure_user = ensure_user
        self._check_email = check_email
        self._numbers, self._extension = dial_in
        self._lobby_optional = lobby_optional
        self._language: Language = language
        self._now_ms = now_ms
        self._fresh_id = fresh_id
        self._fresh_pin = fresh_pin
        self._making = asyncio.Lock()
        #: How a meeting is recorded: announced, runs or paused.
        self.recording: Callable[[str], str | None] = lambda _meeting_id: None
        self.ending: list[Ending] = []

    # Making

    async def create(self, me: Person, new: NewMeeting) -> MeetingView:
        """A meeting in a room of its own.

        Raises `InvalidTitle`, `InvalidEmail`, `UnknownPerson`, `AddressInTitle`, `TooManyInvitations`.
        """
        title, invitees = _title(new.title), await self._invitees(new.invite)
        named = [one.user_id for one in invitees if one.user_id]
        colleagues = [
            await self._colleague(user_id)
            for user_id in dict.fromkeys([*new.people, *named])
            if user_id != me.user_id
        ]
        await self._outside.take(me.user_id, title, _outside(invitees))
        for person in (me, *colleagues):
            await self._ensure_matrix_user(person)
        ids = [one.user_id for one in colleagues]
        room_id = await self._rooms.create(me.user_id, title, ids, encrypted=new.encrypted)
        meeting = await self._add(room_id, title, me.user_id, new)
        told = _united([Invitee(one.email, one.name, one.user_id) for one in colleagues], invitees)
        if new.starts_at is not None or invitees:
            await self._invite(meeting, [one for one in told if one.user_id != me.user_id], me.user_id)
        await self._access.publish_change(meeting, "meeting")
        return await self._view(meeting, await self._access.room(room_id, me.user_id), me.user_id)

    async def _invite(self, meeting: Meeting, people: Sequence[Invitee], by: str) -> None:
        await self._store.put_invitees(meeting.id, people)
        await self._post.invited(meeting, people, await self.dial_in(meeting.id), by)

    async def _ensure_matrix_user(self, person: Person) -> None:
        """A colleague who never signed in may have no Matrix user yet."""
        await self._ensure_user(person.user_id[1:].partition(":")[0], person.name)

    async def of_room(self, me: Person, room_id: str) -> MeetingView:
        """The meeting of a room that I am in, made when missing. Raises `RoomNotFound`."""
        state = await self._access.room(room_id, me.user_id)
        if state is None:
            raise RoomNotFound
        await self._rooms.allow_calls(room_id, me.user_id)
        meeting = await self._store.of_room(room_id)
        if meeting is None or meeting.cancelled_at is not None:
            meeting = await self._make(me, room_id, state)
        meeting = await self._access.refresh_from_room(meeting, state)
        return await self._view(meeting, state, me.user_id)

    async def _make(self, me: Person, room_id: str, state: RoomState) -> Meeting:
        async with self._making:
            known = await self._store.of_room(room_id)
            if known is not None and known.cancelled_at is None:
                return known
            if known is not None:
                meeting = replace(known, cancelled_at=None, starts_at=None, duration_minutes=None)
                await self._store.put(meeting)
                return meeting
            title = rules.title(state.name) or _names(state) or me.name
            return await self._add(room_id, title, me.user_id, NewMeeting(title, encrypted=state.encrypted))

    async def _add(self, room_id: str, title: str, organiser: str, new: NewMeeting) -> Meeting:
        meeting = Meeting(
            self._fresh_id(),
            room_id,
            rules.room_name(room_id),
            title,
            organiser,
            new.language or self._language,
            new.encrypted,
            self._now_ms(),
            new.starts_at,
            new.duration_minutes,
        )
        for _ in range(_PINS_TRIED):
            pin = self._fresh_pin()
            try:
                await self._store.add(meeting, self._seal.tag("meeting-pin", pin), self._seal.seal(pin))
            except PinTaken:
                continue
            return meeting
        raise PinTaken

    async def _colleague(self, user_id: str) -> Person:
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise UnknownPerson
        return person

    async def _invitees(self, emails: Sequence[str]) -> list[Invitee]:
        """Raises `InvalidEmail`, `MailNotConfigured`."""
        if emails and not self._post.can_send:
            raise MailNotConfigured
        return [await self._invitee(email) for email in dict.fromkeys(emails)]

    async def _invitee(self, text: str) -> Invitee:
        email = self._check_email(text)
        if email is None:
            raise InvalidEmail
        person = await self._people.by_email(email)
        return Invitee(person.email, person.name, person.user_id) if person else Invitee(email, "")

    # Finding

    async def mine(self, me: Person) -> list[MeetingView]:
        """Those that are live, planned, or of rooms that meet without a plan; live first, then upcoming."""
        now = self._now_ms()
        found = await self._store.in_rooms(await self._rooms.joined(me.user_id))
        live = [meeting for meeting in found if self._roster.in_call(meeting.sfu_room)]
        wanted = live + _worth_listing([one for one in found if one not in live], now)
        gate = asyncio.Semaphore(_AT_ONCE)

        async def seen(meeting: Meeting) -> MeetingView:
            async with gate:
                state = await self._access.room(meeting.room_id, me.user_id)
            if state is not None:
                meeting = await self._access.refresh_from_room(meeting, state)
            return await self._view(meeting, state, me.user_id)

        return sorted(await asyncio.gather(*map(seen, wanted)), key=_order)

    async def get(self, me: Person, meeting_id: str) -> MeetingView:
        """Raises `MeetingNotFound`."""
        meeting, state = await self._access.member(meeting_id, me.user_id)
        return await self._view(meeting, state, me.user_id)

    async def _view(self, meeting: Meeting, state: RoomState | None, user_id: str) -> MeetingView:
        if state is None:
            raise MeetingNotFound
        inside = self._roster.in_call(meeting.sfu_room)
        return MeetingView(
            meeting.id,
            meeting.room_id,
            meeting.title if state.name else _names(state, without=user_id) or meeting.title,
            meeting.organiser,
            state.is_moderator(user_id),
            meeting.starts_at,
            meeting.duration_minutes,
            meeting.encrypted,
            bool(inside),
            len(inside),
            meeting.created_at,
            await self.dial_in(meeting.id),
            state.may_invite(user_id),
            self._lobby_optional and state.may_invite(user_id),
            self.recording(meeting.id),
        )

    async def dial_in(self, meeting_id: str) -> DialIn | None:
        """How telephones come in; None where none can."""
        if not self._numbers and not self._extension:
            return None
        pin = self._seal.open(await self._store.sealed_pin(meeting_id))
        return DialIn(self._numbers, self._extension or None, pin)

    # Changing

    async def change(self, me: Person, meeting_id: str, change: Change) -> MeetingView:
        """Raises `MeetingNotFound`, `ModeratorsOnly`, `InvalidTitle`, `InvalidEmail`, `AddressInTitle`,
        `TooManyInvitations`."""
        meeting, state = await self._require_organiser_or_moderator(me, meeting_id)
        changed = replace(
            meeting,
            title=_title(change.title) if change.title is not None else meeting.title,
            starts_at=change.starts_at if change.starts_at is not None else meeting.starts_at,
            duration_minutes=change.duration_minutes or meeting.duration_minutes,
            sequence=meeting.sequence + 1,
        )
        before, more = await self._store.invitees(meeting_id), await self._invitees(change.invite or ())
        told = _united(before, more)
        same = replace(changed, sequence=meeting.sequence) == meeting
        news = [one for one in told if one not in before] if same else told
        await self._outside.take(me.user_id, changed.title, _outside(news))
        for one in more:
            await self._bring(meeting, state, one, me)
        if changed.title != meeting.title:
            await self._rooms.rename(meeting.room_id, changed.title, me.user_id)
        await self._store.put(changed)
        await self._store.put_invitees(meeting_id, told)
        await self._post.invited(changed, news, await self.dial_in(meeting_id), me.user_id)
        await self._access.publish_change(changed, "meeting")
        return await self._view(changed, replace(state, name=changed.title), me.user_id)

    async def invitation_link(self, me: Person, meeting_id: str) -> NewLink:
        """The link for all who are invited from outside, made when missing.

        The mail of an encrypted meeting does not hold it: our client puts the key behind it, which is not
        known here, and whoever invites sends it. Raises `MeetingNotFound`, `ModeratorsOnly`.
        """
        meeting, _ = await self._require_organiser_or_moderator(me, meeting_id)
        return await self._post.guest_link(meeting, me.user_id)

    async def _bring(self, meeting: Meeting, state: RoomState, one: Invitee, me: Person) -> None:
        if one.user_id is not None and one.user_id not in state.members:
            await self._ensure_matrix_user(await self._colleague(one.user_id))
            await self._rooms.bring(meeting.room_id, one.user_id, me.user_id)

    async def cancel(self, me: Person, meeting_id: str) -> None:
        """Raises `MeetingNotFound`, `ModeratorsOnly`."""
        meeting, _ = await self._require_organiser_or_moderator(me, meeting_id)
        cancelled = replace(meeting, cancelled_at=self._now_ms(), sequence=meeting.sequence + 1)
        await self._store.put(cancelled)
        await self._post.cancelled(cancelled, await self._store.invitees(meeting_id))
        await self._store.put_invitees(meeting_id, [])
        for end in self.ending:
            await end(cancelled)
        await self._access.publish_change(cancelled, "meeting")

    async def discard(self, me: Person, meeting_id: str) -> None:
        """A meeting that I have just made is to have been none: its room is left by all. Raises
        `MeetingNotFound`, `ModeratorsOnly`, `HomeserverError`."""
        meeting, state = await self._require_organiser_or_moderator(me, meeting_id)
        await self.cancel(me, meeting_id)
        for user_id in sorted(state.members, key=me.user_id.__eq__):
            await self._rooms.leave(meeting.room_id, user_id)

    async def _require_organiser_or_moderator(self, me: Person, meeting_id: str) -> tuple[Meeting, RoomState]:
        """For whoever organised the meeting, and moderators."""
        meeting, state = await self._access.member(meeting_id, me.user_id)
        if meeting.organiser != me.user_id and not state.is_moderator(me.user_id):
            raise ModeratorsOnly
        return meeting, state


def _title(text: str) -> str:
    title = rules.title(text)
    if title is None:
        raise InvalidTitle
    return title


def _names(state: RoomState, without: str = "") -> str | None:
    """What a room without a name is called: by who is in it, to each of them by the others."""
    names = sorted(
        name
        for user_id, name in state.members.items()
        if user_id != without and rules.kind_of(user_id) == "member"
    )
    return rules.title(", ".join(names[:5]))


def _united(known: Sequence[Invitee], more: Sequence[Invitee]) -> list[Invitee]:
    return list({one.email: one for one in (*more, *known)}.values())


def _outside(people: Sequence[Invitee]) -> int:
    return sum(one.user_id is None for one in people)


def _worth_listing(idle: Sequence[Meeting], now: int) -> list[Meeting]:
    """What is planned or was until lately, and the newest of rooms that meet without a plan."""
    planned = [one for one in idle if (ends := one.ends_at()) is not None and ends + _STAYS > now]
    unplanned = sorted((one for one in idle if one.starts_at is None), key=lambda one: -one.created_at)
    return planned + unplanned[:_UNPLANNED]


def _order(view: MeetingView) -> tuple[bool, bool, int]:
    """Live ones first, then by their start, then those without a plan, the newest first."""
    planned = view.starts_at is not None
    return (not view.live, not planned, view.starts_at if view.starts_at is not None else -view.created_at)
