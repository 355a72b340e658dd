"""What a meeting is, and the shape it has for those who are in its room."""

from dataclasses import dataclass

from server.notifications.service import Language


@dataclass(frozen=True, slots=True)
class Meeting:
    """The meeting of one room; times in milliseconds since the epoch. A cancelled one is nobody's."""

    id: str
    room_id: str
    sfu_room: str
    title: str
    organiser: str
    language: Language
    encrypted: bool
    created_at: int
    starts_at: int | None = None
    duration_minutes: int | None = None
    cancelled_at: int | None = None
    #: Of the invitations sent (RFC 5545, Section 3.8.7.4).
    sequence: int = 0

    def ends_at(self) -> int | None:
        if self.starts_at is None:
            return None
        return self.starts_at + (self.duration_minutes or DEFAULT_MINUTES) * 60_000


#: How long a meeting is planned for when nobody says.
DEFAULT_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Invitee:
    """Who is told by mail. `user_id` for colleagues."""

    email: str
    name: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class DialIn:
    """How telephones come in: any of `numbers` (E.164) from outside, `extension` inside, then the PIN."""

    numbers: tuple[str, ...]
    extension: str | None
    pin: str


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting as a member of its room sees it, in the shape of the API."""

    id: str
    room_id: str
    title: str
    organiser: str
    moderator: bool
    starts_at: int | None
    duration_minutes: int | None
    encrypted: bool
    live: bool
    participants: int
    created_at: int
    dial_in: DialIn | None
    #: Whether I may let people in.
    may_invite: bool
    #: Whether I may make links that lead past the lobby.
    may_skip_lobby: bool
    #: announced, runs or paused; null while it is not recorded.
    recording: str | None = None
