"""A conference as one side of a call: a port where its sound comes and goes."""

from collections.abc import Mapping
from typing import Any, Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Confirmed, Gone, Post, TransferReport
from bridges.sip.b2bua.house_leg import HOPS
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.port_leg import PortLeg
from wire.record import AnsweredOn


class Seats(Protocol):
    """`bridges.sip.conference.focus.Focus`, seen from a seat."""

    def left(self, seat: "Seat") -> None: ...


class Seat(PortLeg):
    """One of those who take part in `conference`, as their call sees it. `port` is None until it is open.

    Attributes:
        calls: whether its call began here.
        here: whether whoever has it has answered.
    """

    answered_on: AnsweredOn = "conference"
    calls = False

    def __init__(self, name: str, conference: str, post: Post, seats: Seats) -> None:
        super().__init__(name, post)
        self.conference, self._seats = conference, seats
        self.number = 0
        self.here = True
        self.left = False

    def opened(self, port: AudioPort) -> None:
        """Sound comes and goes from now on; at an earlier process's port it goes on as was agreed."""
        if self.left:
            port.close()
            return
        self.port, self.number = port, port.number
        if self.given:
            port.accept(self.given)

    def failed(self) -> None:
        """It has no port, and never will."""
        self._post(Gone(self.name, Cause.MEDIA_FAILED))

    def drop(self, cause: Cause) -> None:
        if self.left:
            return
        self.left = True
        if self.port is not None:
            self.port.close()
        self._seats.left(self)

    def snapshot(self) -> dict[str, Any] | None:
        if self.left:
            return None
        return self._snapshot(
            {"id": self.conference, "port": self.number, "calls": self.calls, "here": self.here}
        )

    def adopt(self, kept: Mapping[str, Any]) -> None:
        """Be what `snapshot` was taken of. Raises `KeyError`, `TypeError`, `ValueError` for what is none."""
        self._adopt(kept)
        self.number = int(kept["conference"]["port"])


class CallingSeat(Seat):
    """Somebody is called into the conference. `report` hears how that goes."""

    calls = True

    def __init__(self, conference: str, post: Post, seats: Seats, report: TransferReport | None) -> None:
        super().__init__("caller", conference, post, seats)
        self._report = report
        self.offer, self.hops, self.here = "", HOPS, False

    def opened(self, port: AudioPort) -> None:
        super().opened(port)
        if not self.description:
            self.offer = self.description = port.offer()

    @property
    def accepted(self) -> bool:
        return self.here

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        if self._report is not None:
            self._report.rings()

    def accept(self, sdp: str) -> None:
        if not self.takes(sdp):
            return
        self.here = True
        self._post(Confirmed(self.name))
        if self._report is not None:
            self._report.done()

    def drop(self, cause: Cause) -> None:
        super().drop(cause)
        if not self.here and self._report is not None:
            self._report.failed(cause)
