"""The meeting as one side of a call: the other side is a telephone, wherever it is."""

from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, Confirmed, Gone, Noted, Post
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.media.gateway import NoCommonCodec, Profile
from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import Opened
from bridges.sip.sdp.errors import MalformedSdp
from wire.record import AnsweredOn

#: The Max-Forwards of calls that begin here (RFC 3261, Section 8.1.1.6).
HOPS = 70


class _MeetingLeg:
    """What both share."""

    profile = Profile.RTP
    answered_on: AnsweredOn = "meeting"
    idle = True
    peer = None

    def __init__(self, name: str, post: Post) -> None:
        self.name, self._post = name, post
        self.description = self.given = ""
        self.visit: Visit | None = None

    def over(self) -> None:
        """The visit is over; the telephone is still there."""
        self._post(Gone(self.name, Cause.NORMAL))

    def opened(self, meeting: Opened) -> None:
        """The meeting is known."""
        self._post(Noted(self.name, meeting.title))

    def drop(self, cause: Cause) -> None:
        if self.visit is not None:
            self.visit.end(cause.value)

    async def reoffer(self, sdp: str) -> str:
        try:
            if self.visit is not None:
                return self.visit.port.answer(sdp)
        except (MalformedSdp, NoCommonCodec) as error:
            raise ReofferRefused(str(error)) from error
        raise ReofferRefused("the meeting has been left")

    def accept_reoffer(self, sdp: str) -> None:
        """A meeting never offers anything anew."""

    def refuse_reoffer(self) -> None:
        """The same."""

    def get_timer(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> None:
        """The visit keeps its own time."""

    def snapshot(self) -> dict[str, Any] | None:
        """A later process only has to say that the visitor has gone: the SFU notices by itself."""
        if self.visit is None or self.visit.visitor_id is None:
            return None
        return {"meeting": {"visitor_id": self.visit.visitor_id}}

    async def said(self) -> None:
        """The floor says the rest."""

    def established(self) -> None:
        """The telephone is there."""

    async def answers(self) -> bool | None:
        """A meeting in which nobody speaks sends nothing."""
        return True


class MeetingFork(_MeetingLeg):
    """A telephone dialled in: the meeting answers, with the voice that asks for the PIN."""

    def begin(self, visit: Visit, answer: str) -> None:
        """Answer the call."""
        self.visit, self.description = visit, answer
        self._post(Answers(self.name, answer))

    def established(self) -> None:
        """Only now does the voice begin: a caller known by one datagram has shown that it is there."""
        if self.visit is not None:
            self.visit.dialled_in()


class MeetingCaller(_MeetingLeg):
    """A meeting calls a telephone, which is the visitor `visitor_id`."""

    def __init__(self, post: Post, visitor_id: str) -> None:
        super().__init__("caller", post)
        self.offer, self.hops = "", HOPS
        self._visitor_id = visitor_id

    def begin(self, visit: Visit) -> None:
        """What is offered to the telephone comes from the visit's port."""
        self.visit = visit
        visit.visitor_id = self._visitor_id
        self.offer = self.description = visit.port.offer()

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Members see that the telephone is being called."""

    def accept(self, sdp: str) -> None:
        if self.visit is None:
            return
        try:
            self.visit.port.accept(sdp)
        except (MalformedSdp, NoCommonCodec):
            self._post(Gone(self.name, Cause.NOT_ACCEPTABLE))
            return
        self.visit.dialled_out(self._visitor_id)
        self._post(Confirmed(self.name))
