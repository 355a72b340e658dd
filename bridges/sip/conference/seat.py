"""A conference as one side of a call: a port where its sound comes and goes."""

from collections.abc import Mapping
from typing import Any, Protocol

from bridges.media.gateway import NoCommonCodec
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Confirmed, Gone, Post, TransferReport
from bridges.sip.b2bua.house_leg import HOPS, HouseLeg
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.voice.audio_port import AudioPort
from wire.record import AnsweredOn


class Seats(Protocol):
    """`bridges.sip.conference.focus.Focus`, seen from a seat."""

    def left(self, seat: "Seat") -> None: ...


class Seat(HouseLeg):
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
        self.port: AudioPort | None = None
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

    async def reoffer(self, sdp: str) -> str:
        if self.port is None:
            raise ReofferRefused("the seat is not there yet")
        try:
            answer = self.port.answer(sdp)
        except (MalformedSdp, NoCommonCodec) as error:
            raise ReofferRefused(str(error)) from error
        self.description, self.given = answer, sdp
        return answer

    def snapshot(self) -> dict[str, Any] | None:
        if self.left:
            return None
        return {
            "name": self.name,
            "conference": {
                "id": self.conference,
                "port": self.number,
                "calls": self.calls,
                "here": self.here,
            },
            "description": self.description,
            "given": self.given,
        }

    def adopt(self, kept: Mapping[str, Any]) -> None:
        """Be what `snapshot` was taken of. Raises `KeyError`, `TypeError`, `ValueError` for what is none."""
        self.description, self.given = str(kept["description"]), str(kept["given"])
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
        if self.port is None:
            return
        try:
            self.port.accept(sdp)
        except (MalformedSdp, NoCommonCodec):
            self._post(Gone(self.name, Cause.NOT_ACCEPTABLE))
            return
        self.given, self.here = sdp, True
        self._post(Confirmed(self.name))
        if self._report is not None:
            self._report.done()

    def drop(self, cause: Cause) -> None:
        super().drop(cause)
        if not self.here and self._report is not None:
            self._report.failed(cause)
