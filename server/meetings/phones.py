"""Telephones in meetings: dialling in with a PIN, being dialled out to, waiting for what becomes of them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from server.accounts import rules as account_rules
from server.accounts.throttling import Attempts
from server.directory.ports import PersonLookup
from server.directory.service import Person
from server.meetings import rules
from server.meetings.access import Access
from server.meetings.call_roster import CallRoster
from server.meetings.change_notifier import ChangeNotifier, changed_within
from server.meetings.guests import IssueTicket
from server.meetings.meeting import Meeting
from server.meetings.ports import MeetingById, PlaceReader, VisitorById
from server.meetings.refusals import (
    EncryptedMeeting,
    MayNotInvite,
    ModeratorsOnly,
    TelephonesUnavailable,
    UnknownPin,
    VisitorNotFound,
)
from server.meetings.visitor import NotReached, State, Visitor, VisitorView, not_reached, view
from server.numbers import numbers
from server.sealing import Seal

#: Nine digits, a thousand meetings: a guess hits once in a million. A caller mistypes a few times.
_CALLER = account_rules.Throttle(free=5, longest=900.0, first=5.0)
#: All callers of one line together, as carriers let anybody show any number: they are slowed, never refused.
_LINE = account_rules.Throttle(free=60, longest=1.0)
#: What telephones outside wait at most for one answer. Seconds.
LONGEST_WAIT = 60.0
_WITHHELD = {"it": "Numero nascosto", "en": "Withheld number"}


class MeetingByPin(MeetingById, Protocol):
    async def by_pin(self, pin_tag: str) -> Meeting | None: ...


class PhoneVisits(VisitorById, Protocol):
    async def media_key(self, visitor_id: str) -> str | None: ...

    async def put_media_key(self, visitor_id: str, sealed: str | None) -> None: ...


class PhoneArrivals(Protocol):
    async def arrive(self, meeting: Meeting, visitor: Visitor, cookie_hash: str | None = None) -> Visitor: ...

    async def leave(
        self, visitor: Visitor, *, hang_up: bool = True, not_reached: NotReached | None = None
    ) -> None: ...

    def there(self, visitor_id: str) -> AbstractContextManager[None]: ...


class PhonePlaces(PlaceReader, Protocol):
    def under_way(self, meeting: Meeting) -> bool: ...


class MeetingDialler(Protocol):
    async def dial(
        self, visitor_id: str, meeting_id: str, number: str, on_behalf_of: str, call_id: str
    ) -> None:
        """Raises `TelephonesUnavailable`."""


class Outside(Protocol):
    """The gate of calls outside. `call_id` is that of the call to come."""

    async def reserve(self, call_id: str, caller: Person, number: str) -> None:
        """Raises `TelephonyError`."""

    async def release(self, call_id: str) -> None: ...


class PublicNames(Protocol):
    async def known_to_all(self, number: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """`user_id` of a colleague's desk phone, which the bridge has authenticated; else what a carrier says.

    `via` is the way the call came: "trunk:<name>" from outside.
    """

    user_id: str | None
    number: str | None
    via: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """The answer to a PIN."""

    visitor_id: str
    meeting_id: str
    title: str
    state: State
    started: bool
    encrypted: bool


@dataclass(frozen=True, slots=True)
class PhoneTicket:
    """`url` is the media server's own. `secret`: the key of an encrypted meeting, where one was given."""

    url: str
    token: str
    identity: str
    room: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class PhonePlace:
    """The breakout that a telephone is assigned to; `number` from 1, `closes_at` in ms since the epoch."""

    number: int
    name: str
    closes_at: int | None


@dataclass(frozen=True, slots=True)
class PhoneState:
    """`state` is "admitted" for a telephone that was dialled: it may connect as soon as it answers.

    `sfu` is of the breakout when there is a `place`, else of the main room.
    """

    state: State
    started: bool
    sfu: PhoneTicket | None
    place: PhonePlace | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What whoever waits for a telephone was told, None where nothing.

    `room` is that of its ticket, `closes_at` when that is closed (0: nobody knows).
    """

    state: State | None = None
    started: bool | None = None
    room: str | None = None
    closes_at: int | None = None

    def is_still(self, now: PhoneState) -> bool:
        moved = self.room is not None and now.sfu is not None and now.sfu.room != self.room
        closes_at = (now.place.closes_at if now.place else None) or 0
        put_off = self.closes_at is not None and closes_at != self.closes_at
        return now.state is self.state and now.started is self.started and not moved and not put_off


async def pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


class Phones:
    """Args: sfu_url, gives the media server's own address (ws) for a room; issue, gives its tickets."""

    def __init__(
        self,
        meetings: MeetingByPin,
        found: PhoneVisits,
        visitors: PhoneArrivals,
        access: Access,
        people: PersonLookup,
        names: PublicNames,
        bridge: MeetingDialler,
        outside: Outside,
        attempts: Attempts,
        seal: Seal,
        roster: CallRoster,
        changes: ChangeNotifier,
        places: PhonePlaces,
        issue: IssueTicket,
        *,
        sfu_url: Callable[[str], str],
        domain: str,
        region: str,
        now_ms: Callable[[], int],
        fresh_id: Callable[[], str],
    ) -> None:
        self._meetings = meetings
        self._found = found
        self._visitors = visitors
        self._access = access
        self._people = people
        self._names = names
        self._bridge = bridge
        self._outside = outside
        self._attempts = attempts
        self._seal = seal
        self._roster = roster
        self._changes = changes
        self._places = places
        self._issue = issue
        self._sfu_url = sfu_url
        self._domain = domain
        self._region = region
        self._now_ms = now_ms
        self._fresh_id = fresh_id

    # Dialling in

    async def enter(self, pin: str, caller: Caller) -> Entered:
        """A telephone that gave a PIN. Colleagues who are in the room go in, others wait to be let in.

        Raises `UnknownPin`, `TooManyAttempts`, `MeetingFull`, `HomeserverError`.
        """
        meeting = await self._access.current(await self._by_pin(pin, caller))
        member = await self._is_member(meeting, caller)
        visitor = await self._visitor(meeting, caller.number, caller.user_id)
        state = State.ADMITTED if member and not meeting.encrypted else State.WAITING
        visitor = await self._visitors.arrive(meeting, replace(visitor, state=state))
        started = self._started(meeting)
        return Entered(visitor.id, meeting.id, meeting.title, visitor.state, started, meeting.encrypted)

    def _started(self, meeting: Meeting) -> bool:
        """While people move between breakouts the call may be empty for a moment; it has not ended."""
        return self._roster.started(meeting.sfu_room) or self._places.under_way(meeting)

    async def _by_pin(self, pin: str, caller: Caller) -> Meeting:
        """A right PIN passes, whoever has guessed before: only wrong ones are counted and refused.

        Where a line's callers have guessed a lot, all its answers take a moment longer.
        """
        line = account_rules.subject("meeting-pin", caller.via)
        if caller.user_id is None:
            await pause(await self._attempts.wait([(line, _LINE)]))
        meeting = await self._meetings.by_pin(self._seal.tag("meeting-pin", pin))
        if meeting is not None and meeting.cancelled_at is None:
            return meeting
        if caller.user_id is None:
            await self._note(line)
        who = caller.user_id or caller.number or f"withheld {caller.via}"
        await self._attempts.count([(account_rules.subject("meeting-pin-from", who), _CALLER)])
        raise UnknownPin

    async def _note(self, line: str) -> None:
        try:
            await self._attempts.count([(line, _LINE)])
        except account_rules.TooManyAttempts:
            # It is slow already.
            return

    async def _is_member(self, meeting: Meeting, caller: Caller) -> bool:
        if caller.user_id is None:
            return False
        return await self._access.room(meeting.room_id, caller.user_id) is not None

    async def _visitor(self, meeting: Meeting, number: str | None, user_id: str | None) -> Visitor:
        read = numbers.caller_number(number, self._region) if user_id is None else number
        visitor_id = self._fresh_id()
        return Visitor(
            visitor_id,
            meeting.id,
            "phone",
            State.WAITING,
            await self._name(meeting, read, user_id),
            f"@{rules.PHONE_PREFIX}{visitor_id}:{self._domain}",
            self._now_ms(),
            read,
            vouched_by=user_id,
        )

    async def _name(self, meeting: Meeting, number: str | None, user_id: str | None) -> str:
        """A colleague's, the company phonebook's, or the number in a form that others may see.

        Never what a private phonebook or the caller says: everybody in the meeting reads it.
        """
        person = await self._people.by_user_id(user_id) if user_id else None
        if person is not None:
            return person.name
        if number is None:
            return _WITHHELD[meeting.language]
        return await self._names.known_to_all(number) or rules.masked(number)

    # Out of a call

    async def bring(self, meeting_id: str, caller: Caller, by: str) -> str:
        """Somebody who talks in a call that the member `by` has made this meeting of; the visitor's id.

        Nobody waits for Matrix: they are in the room as soon as their sound is. Raises `MeetingNotFound`,
        `MeetingFull`, `EncryptedMeeting`, `HomeserverError`.
        """
        meeting, _ = await self._access.member(meeting_id, by)
        if meeting.encrypted:
            raise EncryptedMeeting
        visitor = await self._visitor(meeting, caller.number, caller.user_id)
        visitor = replace(visitor, state=State.CALLING, vouched_by=by)
        return (await self._visitors.arrive(meeting, visitor)).id

    # Dialling out

    async def call(
        self, me: Person, meeting_id: str, dialled: str, *, allow_unencrypted: bool, secret: str | None
    ) -> VisitorView:
        """Call a number or an extension into the meeting, as the dial box understands them.

        Who may not invite into the room calls those who are in it alone. Raises `MeetingNotFound`,
        `numbers.NotANumber`, `EncryptedMeeting`, `ModeratorsOnly`, `MayNotInvite`, `MeetingFull`,
        `TelephonesUnavailable`, `TelephonyError`.
        """
        meeting, room = await self._access.member(meeting_id, me.user_id)
        if meeting.encrypted and not allow_unencrypted:
            raise EncryptedMeeting
        if meeting.encrypted and not room.is_moderator(me.user_id):
            raise ModeratorsOnly
        number, colleague = await self._read(dialled)
        if not room.may_invite(me.user_id) and (colleague is None or colleague.user_id not in room.members):
            raise MayNotInvite
        visitor = await self._visitor(meeting, number, colleague.user_id if colleague else None)
        visitor = replace(visitor, state=State.CALLING, vouched_by=me.user_id, unencrypted=meeting.encrypted)
        call_id = self._fresh_id()
        if colleague is None:
            await self._outside.reserve(call_id, me, number)
        try:
            await self._dial(meeting, visitor, secret, me, call_id)
        except Exception:
            await self._outside.release(call_id)
            raise
        return view(visitor)

    async def _dial(
        self, meeting: Meeting, visitor: Visitor, secret: str | None, me: Person, call_id: str
    ) -> None:
        await self._visitors.arrive(meeting, visitor)
        if meeting.encrypted and secret is not None:
            await self._found.put_media_key(visitor.id, self._seal.seal(secret))
        try:
            await self._bridge.dial(visitor.id, meeting.id, visitor.number or "", me.user_id, call_id)
        except TelephonesUnavailable:
            await self._visitors.leave(visitor, hang_up=False)
            raise

    async def _read(self, dialled: str) -> tuple[str, Person | None]:
        """The number to call, and the colleague who has it. Raises `numbers.NotANumber`."""
        digits = numbers.clean(dialled).digits
        if (colleague := await self._people.by_extension(digits)) is not None:
            return digits, colleague
        number = numbers.to_e164(dialled, self._region)
        return number, await self._people.by_number(number)

    # What becomes of them

    async def wait(self, visitor_id: str, wait: float, known: Known) -> PhoneState:
        """The telephone's state, at once when it differs from what was known, else after `wait` seconds.

        Raises `VisitorNotFound`.
        """
        with self._visitors.there(visitor_id):
            return await self._wait(visitor_id, wait, known)

    async def _wait(self, visitor_id: str, wait: float, known: Known) -> PhoneState:
        visitor, meeting = await self._get(visitor_id)
        changed = self._changes.listen(meeting.id)
        clock = asyncio.get_running_loop().time
        until = clock() + min(wait, LONGEST_WAIT)
        while True:
            state = await self._state(visitor, meeting)
            same = known.is_still(state)
            if not same or not visitor.active or not await changed_within(changed, max(0.0, until - clock())):
                return state
            changed = self._changes.listen(meeting.id)
            visitor, meeting = await self._get(visitor_id)

    async def _get(self, visitor_id: str) -> tuple[Visitor, Meeting]:
        visitor = await self._found.get(visitor_id)
        meeting = await self._meetings.get(visitor.meeting_id) if visitor else None
        if visitor is None or meeting is None or visitor.kind != "phone":
            raise VisitorNotFound
        return visitor, meeting

    async def _state(self, visitor: Visitor, meeting: Meeting) -> PhoneState:
        shown = State.ADMITTED if visitor.state is State.CALLING else visitor.state
        started = self._started(meeting)
        if not visitor.inside:
            return PhoneState(shown, started, None)
        place = self._places.place_of(meeting, visitor.user_id)
        ticket = await self._ticket(visitor, place.sfu_room if place else meeting.sfu_room)
        told = PhonePlace(place.number, place.name, place.closes_at) if place else None
        return PhoneState(shown, started, ticket, told)

    async def _ticket(self, visitor: Visitor, sfu_room: str) -> PhoneTicket:
        mark = {"unencrypted": "1"} if visitor.unencrypted else {}
        ticket = self._issue(visitor.identity, sfu_room, visitor.name, "phone", **mark)
        sealed = await self._found.media_key(visitor.id)
        secret = self._seal.open(sealed) if sealed else None
        return PhoneTicket(self._sfu_url(sfu_room), ticket.jwt, visitor.identity, sfu_room, secret)

    async def hung_up(self, visitor_id: str, reason: str) -> None:
        """`reason` is the bridge's word. Raises `VisitorNotFound`."""
        visitor, _ = await self._get(visitor_id)
        if visitor.active:
            await self._visitors.leave(visitor, hang_up=False, not_reached=not_reached(reason))
