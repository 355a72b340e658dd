"""What the parts of meetings ask each other and their stores, a name for each question."""

from typing import Protocol

from server.meetings.breakouts import Place
from server.meetings.meeting import Meeting
from server.meetings.visitor import Visitor


class MeetingById(Protocol):
    async def get(self, meeting_id: str) -> Meeting | None: ...


class MeetingByCall(Protocol):
    async def of_call(self, sfu_room: str) -> Meeting | None: ...


class VisitorById(Protocol):
    async def get(self, visitor_id: str) -> Visitor | None: ...


class VisitorByUser(Protocol):
    """By the Matrix user that stands for them."""

    async def by_user(self, user_id: str) -> Visitor | None: ...


class IdentityReader(Protocol):
    async def user_of(self, sfu_room: str, identity: str) -> str | None:
        """The Matrix user of a participant."""


class ParticipantRemover(Protocol):
    async def remove(self, sfu_room: str, identity: str) -> None:
        """Raises `MediaUnavailable`."""


class BreakoutAdmission(Protocol):
    async def admits(self, meeting: Meeting, sfu_room: str, user_id: str) -> bool:
        """Raises `HomeserverError`."""


class PlaceReader(Protocol):
    def place_of(self, meeting: Meeting, user_id: str) -> Place | None:
        """The breakout that somebody is assigned to; None for whoever belongs to the main room."""
