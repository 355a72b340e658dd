"""Guests: from the link through the door into the meeting, without an account that they would see."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from server.accounts import rules as account_rules
from server.accounts.throttling import Attempts
from server.edge.operations import Access
from server.meetings import rules
from server.meetings.breakouts import Place
from server.meetings.change_notifier import ChangeNotifier
from server.meetings.links import Link
from server.meetings.meeting import Meeting
from server.meetings.ports import MeetingById, PlaceReader
from server.meetings.refusals import InvalidName, LinkRevoked, NotAGuest
from server.meetings.tickets import Ticket
from server.meetings.visitor import State, Visitor

#: One token is tried again and again by a guest whose network is bad, never by so many.
_THROTTLE = account_rules.LINK_THROTTLE
#: A whole office may come from one address; who fills waiting rooms is slowed down.
_ARRIVALS = account_rules.Throttle(free=60, longest=60.0, memory=600.0)


class VisitorByCookie(Protocol):
    async def by_cookie(self, cookie_hash: str) -> Visitor | None: ...


class LinkReader(Protocol):
    async def look(self, token: str) -> Link: ...


class VisitorArrivals(Protocol):
    async def arrive(self, meeting: Meeting, visitor: Visitor, cookie_hash: str | None = None) -> Visitor: ...

    async def leave(self, visitor: Visitor, *, hang_up: bool = True) -> None: ...

    def seen(self, visitor_id: str) -> None: ...


class IssueTicket(Protocol):
    def __call__(
        self, identity: str, sfu_room: str, name: str, kind: rules.Kind, **attributes: str
    ) -> Ticket: ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link says of its meeting."""

    title: str
    organisation: str
    encrypted: bool
    lobby: bool
    starts_at: int | None
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class Guest:
    """A guest as their own page sees them."""

    id: str
    name: str
    state: State


@dataclass(frozen=True, slots=True)
class About:
    title: str
    encrypted: bool
    recorded: bool = False


@dataclass(frozen=True, slots=True)
class MediaTicket:
    url: str
    token: str
    identity: str


@dataclass(frozen=True, slots=True)
class GuestPlace:
    """The breakout that the guest is assigned to; `closes_at` in milliseconds since the epoch."""

    id: str
    name: str
    closes_at: int | None


@dataclass(frozen=True, slots=True)
class Visit:
    """Who the guest is, where, and how to connect once they are let in."""

    guest: Guest
    meeting: About
    breakout: GuestPlace | None
    sfu: MediaTicket | None


@dataclass(frozen=True, slots=True)
class Visiting:
    """Who comes with the cookie of a visit, and to which meeting."""

    visitor: Visitor
    meeting: Meeting


GUEST: Access[Visiting] = Access("guest")


class Guests:
    """Args: issue, gives tickets of the media server; organisation, its name; domain, of Matrix."""

    def __init__(
        self,
        links: LinkReader,
        meetings: MeetingById,
        found: VisitorByCookie,
        visitors: VisitorArrivals,
        attempts: Attempts,
        changes: ChangeNotifier,
        places: PlaceReader,
        issue: IssueTicket,
        *,
        organisation: str,
        domain: str,
        now_ms: Callable[[], int],
        fresh_token: Callable[[], str],
        fresh_id: Callable[[], str],
    ) -> None:
        self._links = links
        self._meetings = meetings
        self._found = found
        self._visitors = visitors
        self._attempts = attempts
        self._changes = changes
        self._places = places
        self._issue = issue
        self._organisation = organisation
        self._domain = domain
        self._now_ms = now_ms
        self._fresh_token = fresh_token
        self._fresh_id = fresh_id
        #: Whether a meeting is recorded now.
        self.recorded: Callable[[str], bool] = lambda _meeting_id: False

    async def look(self, token: str, address: str) -> Invitation:
        """Raises `LinkUnknown`, `LinkExpired`, `LinkRevoked`, `TooManyAttempts`."""
        link, meeting = await self._opened(token, address)
        return Invitation(
            meeting.title,
            self._organisation,
            meeting.encrypted,
            link.lobby,
            meeting.starts_at,
            self.recorded(meeting.id),
        )

    async def join(self, token: str, name: str, address: str, cookie: str | None) -> tuple[str, Guest]:
        """Come to the door under a name; the cookie that proves it from then on.

        A browser is one guest: who it was before (`cookie`) leaves. Raises what `look` raises, `InvalidName`,
        `MeetingFull`, `TooManyAttempts`, `HomeserverError`.
        """
        await self._attempts.count([(account_rules.from_subject("meeting-guest-from", address), _ARRIVALS)])
        link, meeting = await self._opened(token, address)
        shown = rules.guest_name(name)
        if shown is None:
            raise InvalidName
        before = await self._visitor(cookie)
        if before is not None and before.active:
            await self._visitors.leave(before)
        fresh, visitor_id = self._fresh_token(), self._fresh_id()
        visitor = Visitor(
            visitor_id,
            meeting.id,
            "guest",
            State.WAITING if link.lobby else State.ADMITTED,
            shown,
            f"@{rules.GUEST_PREFIX}{visitor_id}:{self._domain}",
            self._now_ms(),
            link_id=link.id,
            vouched_by=link.created_by,
        )
        arrived = await self._visitors.arrive(meeting, visitor, account_rules.token_hash(fresh))
        return fresh, _guest(arrived)

    async def _opened(self, token: str, address: str) -> tuple[Link, Meeting]:
        """Counted before it is judged; who has a link that works may try again for ever."""
        subject = account_rules.from_subject("meeting-link-from", address)
        await self._attempts.count([(subject, _THROTTLE)])
        link = await self._links.look(token)
        meeting = await self._meetings.get(link.meeting_id)
        if meeting is None or meeting.cancelled_at is not None:
            raise LinkRevoked
        await self._attempts.forgive(subject)
        return link, meeting

    async def visit(self, guest: Visiting, *, main: bool = False) -> Visit:
        """With a fresh ticket for whoever is inside: of their place, or of the main room."""
        visitor, meeting = guest.visitor, guest.meeting
        self._visitors.seen(visitor.id)
        place = self._places.place_of(meeting, visitor.user_id) if visitor.inside else None
        sfu_room = meeting.sfu_room if main or place is None else place.sfu_room
        about = About(meeting.title, meeting.encrypted, self.recorded(meeting.id))
        ticket = self._ticket(visitor, sfu_room) if visitor.inside else None
        return Visit(_guest(visitor), about, guest_place(place), ticket)

    def _ticket(self, visitor: Visitor, sfu_room: str) -> MediaTicket:
        ticket = self._issue(visitor.identity, sfu_room, visitor.name, "guest")
        return MediaTicket(ticket.url, ticket.jwt, visitor.identity)

    async def who(self, cookie: str | None) -> Visiting:
        """Raises `NotAGuest`. Who has left is told so for a while: their visit is shown as it ended."""
        visitor = await self._visitor(cookie)
        meeting = await self._meetings.get(visitor.meeting_id) if visitor else None
        if visitor is None or meeting is None:
            raise NotAGuest
        return Visiting(visitor, meeting)

    async def _visitor(self, cookie: str | None) -> Visitor | None:
        return await self._found.by_cookie(account_rules.token_hash(cookie)) if cookie else None

    async def leave(self, guest: Visiting) -> None:
        if guest.visitor.active:
            await self._visitors.leave(guest.visitor)


def guest_place(place: Place | None) -> GuestPlace | None:
    return GuestPlace(place.id, place.name, place.closes_at) if place else None


def _guest(visitor: Visitor) -> Guest:
    return Guest(visitor.id, visitor.name, visitor.state)
