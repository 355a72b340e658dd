"""The meeting as one side of a call: the other side is a telephone, wherever it is."""

from collections.abc import Callable, Mapping
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Changed, Confirmed, Gone, Noted, Post
from bridges.sip.b2bua.house_leg import HOPS
from bridges.sip.meeting.visit import Visit
from bridges.sip.meeting.web import Opened
from bridges.sip.voice.port_leg import PortLeg
from wire.record import AnsweredOn


class _MeetingLeg(PortLeg):
    """What both share."""

    answered_on: AnsweredOn = "meeting"

    def __init__(self, name: str, post: Post) -> None:
        super().__init__(name, post)
        self.visit: Visit | None = None
        #: Sets going what an earlier process's telephone was restored to.
        self._go_on: Callable[[], None] = lambda: None

    def adopt(self, kept: Mapping[str, Any], visit: Visit, go_on: Callable[[], None]) -> None:
        """Be what `snapshot` was taken of; `go_on` is called by `resume`. Raises KeyError, TypeError."""
        self._visited(visit)
        self._go_on = go_on
        self._adopt(kept)

    def _visited(self, visit: Visit) -> None:
        self.visit, self.port = visit, visit.port

    def over(self) -> None:
        """The visit is over; the telephone is still there."""
        self._post(Gone(self.name, Cause.NORMAL))

    def changed(self) -> None:
        """The telephone has come further, or pressed a key."""
        self._post(Changed(self.name))

    def opened(self, meeting: Opened) -> None:
        """The meeting is known."""
        self._post(Noted(self.name, meeting.title))

    def drop(self, cause: Cause) -> None:
        if self.visit is not None:
            self.visit.end(cause.value)

    def snapshot(self) -> dict[str, Any] | None:
        return None if self.visit is None else self._snapshot(self.visit.snapshot())

    def resume(self) -> None:
        self._go_on()


class MeetingFork(_MeetingLeg):
    """A telephone dialled in: the meeting answers, with the voice that asks for the PIN."""

    def begin(self, visit: Visit, answer: str) -> None:
        """Answer the call."""
        self._visited(visit)
        self.answers_with(answer)

    def bring(self, visit: Visit, visitor_id: str) -> None:
        """Whoever talks already is this visitor of a meeting."""
        self._visited(visit)
        visit.brought(visitor_id)

    async def inside(self) -> None:
        """Until the telephone is in the meeting's room. Raises OSError when it cannot be."""
        if self.visit is None or not await self.visit.arrival:
            raise OSError("the meeting's room was not reached")

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
        self._accepted = False

    def begin(self, visit: Visit) -> None:
        """What is offered to the telephone comes from the visit's port."""
        self._visited(visit)
        visit.visitor_id = self._visitor_id
        self.offer = self.description = visit.port.offer()

    @property
    def accepted(self) -> bool:
        return self._accepted

    def adopt(self, kept: Mapping[str, Any], visit: Visit, go_on: Callable[[], None]) -> None:
        super().adopt(kept, visit, go_on)
        self.offer, self._accepted = self.description, bool(kept["accepted"])

    def snapshot(self) -> dict[str, Any] | None:
        kept = super().snapshot()
        return kept and kept | {"called": True, "accepted": self._accepted}

    def resume(self) -> None:
        super().resume()
        if self._accepted:
            self._post(Confirmed(self.name))

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Members see that the telephone is being called."""

    def accept(self, sdp: str) -> None:
        if self.visit is None or not self.takes(sdp):
            return
        self._accepted = True
        self.visit.dialled_out(self._visitor_id)
        self._post(Confirmed(self.name))
