"""Invitations by mail, with what a calendar needs: sent, sent anew after a change, taken back."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from urllib.parse import quote

from server.directory.ports import PersonByUserId
from server.directory.service import Person
from server.meetings import calendars, local_time, rules, texts
from server.meetings.links import Link, NewLink
from server.meetings.meeting import DialIn, Invitee, Meeting
from server.meetings.texts import Letter, What
from server.notifications.service import Language, Mailer
from server.sealing import Seal

_HOUR = 3_600_000
#: How long a guest's link outlives the planned end, and how long one of a meeting without a plan works.
_LINGERS, _UNPLANNED = 12 * _HOUR, 7 * 24 * _HOUR


class InvitationLinkStore(Protocol):
    async def invitation_link(self, meeting_id: str) -> str | None:
        """Sealed."""

    async def put_invitation_link(self, meeting_id: str, sealed: str | None) -> None: ...


class LinkIssuer(Protocol):
    async def issue(self, meeting: Meeting, by: str, expires_at: int, *, lobby: bool) -> tuple[str, Link]: ...

    async def works_until(self, token: str, expires_at: int) -> Link | None:
        """A link that works, and is to work until then; None for one that does not work any more."""

    def url(self, token: str) -> str: ...


#: The language a colleague chose.
LanguageOf = Callable[[Person], Awaitable[Language]]
DialInOf = Callable[[str], Awaitable[DialIn | None]]


class Invitations:
    """`meetings.service.Post`. Without a `mailer` nobody is told."""

    def __init__(
        self,
        store: InvitationLinkStore,
        links: LinkIssuer,
        people: PersonByUserId,
        mailer: Mailer | None,
        seal: Seal,
        language_of: LanguageOf,
        *,
        organisation: str,
        origin: str,
        domain: str,
        region: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._links = links
        self._people = people
        self._mailer = mailer
        self._seal = seal
        self._language_of = language_of
        self._organisation = organisation
        self._origin = origin
        self._domain = domain
        self._region = region
        self._now_ms = now_ms

    @property
    def can_send(self) -> bool:
        return self._mailer is not None

    async def invited(
        self, meeting: Meeting, people: Sequence[Invitee], dial_in: DialIn | None, by: str
    ) -> None:
        """To a new meeting, or to one that was changed; `by` answers for the link that guests get."""
        what: What = "changed" if meeting.sequence else "invited"
        await self._send(meeting, people, what, dial_in, by)

    async def cancelled(self, meeting: Meeting, people: Sequence[Invitee]) -> None:
        await self._send(meeting, people, "cancelled", None, meeting.organiser)

    async def _send(
        self, meeting: Meeting, people: Sequence[Invitee], what: What, dial_in: DialIn | None, by: str
    ) -> None:
        organiser = await self._people.by_user_id(meeting.organiser)
        if self._mailer is None or organiser is None or not people:
            return
        guests = any(one.user_id is None for one in people) and what != "cancelled"
        link: str | None = (await self.guest_link(meeting, by)).url if guests else self._origin
        if meeting.encrypted and guests:
            link = None  # The key behind it is made in the organiser's browser, and is none of the server's.
        for one in people:
            language = await self._language(one, meeting)
            letter = self._letter(meeting, one, what, organiser, link, dial_in, language)
            calendar = self._calendar(meeting, one, letter, organiser, language)
            await self._mailer.send(one.email, texts.mail(language, letter, calendar), self._lives(meeting))

    def _letter(
        self,
        meeting: Meeting,
        to: Invitee,
        what: What,
        organiser: Person,
        link: str | None,
        dial_in: DialIn | None,
        language: Language,
    ) -> Letter:
        when = local_time.written(meeting.starts_at, self._region, language) if meeting.starts_at else ""
        inside = f"{self._origin}/#/meetings/room/{quote(meeting.room_id, safe='')}"
        return Letter(
            what,
            # Any Matrix client may name the room.
            meeting.title if to.user_id else rules.without_web_addresses(meeting.title),
            organiser.name,
            self._organisation,
            when,
            inside if to.user_id else link,
            to.user_id is None,
            dial_in,
            self._region,
        )

    def _calendar(
        self, meeting: Meeting, to: Invitee, letter: Letter, organiser: Person, language: Language
    ) -> str:
        """Nothing for a meeting without a plan."""
        ends_at = meeting.ends_at()
        if meeting.starts_at is None or ends_at is None:
            return ""
        appointment = calendars.Appointment(
            f"{meeting.id}@{self._domain}",
            meeting.sequence,
            letter.title,
            meeting.starts_at,
            ends_at,
            calendars.Address(organiser.name, organiser.email),
            letter.link,
            texts.description(language, letter),
        )
        method: calendars.Method = "CANCEL" if letter.what == "cancelled" else "REQUEST"
        return calendars.invitation(appointment, calendars.Address(to.name, to.email), method, self._now_ms())

    async def guest_link(self, meeting: Meeting, by: str) -> NewLink:
        """One link for all invitations of a meeting, so that an update does not hold another.

        It ends with whoever made it: then `by` makes another.
        """
        expires = max(meeting.ends_at() or 0, self._now_ms()) + (
            _LINGERS if meeting.starts_at else _UNPLANNED
        )
        sealed = await self._store.invitation_link(meeting.id)
        token = self._seal.open(sealed) if sealed else ""
        link = await self._links.works_until(token, expires) if token else None
        if link is None:
            token, link = await self._links.issue(meeting, by, expires, lobby=True)
            await self._store.put_invitation_link(meeting.id, self._seal.seal(token))
        return NewLink(link.id, self._links.url(token), link.expires_at, link.lobby, link.created_at)

    async def _language(self, one: Invitee, meeting: Meeting) -> Language:
        person = await self._people.by_user_id(one.user_id) if one.user_id else None
        return await self._language_of(person) if person else meeting.language

    def _lives(self, meeting: Meeting) -> int:
        """An invitation that arrives after the meeting helps nobody."""
        ends_at = meeting.ends_at()
        return _UNPLANNED if ends_at is None else max(_HOUR, ends_at - self._now_ms())
