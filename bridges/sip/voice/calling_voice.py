"""The house calls somebody: the voice says why, and gives them to whoever they wanted to reach."""

from collections.abc import Callable
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Confirmed, Gone, Post, TransferAsked
from bridges.sip.b2bua.house_leg import HOPS
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET, Player
from bridges.sip.voice.port_leg import PortLeg
from logs import log
from wire.record import AnsweredOn
from wire.route import OWN_ANY

_log = log.get(__name__)
#: Frames of 20 ms before the voice begins, as telephones open their ear late, and after it.
_BREATH, _PAUSE = 20, 5


class CallingVoice(PortLeg):
    """The leg that calls, in the name of somebody, whoever wanted to reach them. It says `said` (a byte a
    sample), and gives the other side to all devices of who it calls for, or `to`. `ended` is told when it has
    nothing more to do; a later process does not go on with it."""

    answered_on: AnsweredOn = "announcement"

    def __init__(
        self,
        post: Post,
        port: AudioPort,
        said: bytes,
        ended: Callable[["CallingVoice"], None],
        to: str = OWN_ANY,
    ) -> None:
        super().__init__("caller", post)
        self.port: AudioPort = port
        self._ended, self.hops = ended, HOPS
        self.offer = self.description = port.offer()
        self._player = Player(QUIET)
        self._player.say([QUIET * _BREATH, said, QUIET * _PAUSE])
        self._to = to
        self._here = self._said = self._over = False

    @property
    def accepted(self) -> bool:
        return self._here

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Nobody hears that."""

    def accept(self, sdp: str) -> None:
        if self.takes(sdp):
            self._here = True
            self._post(Confirmed(self.name))

    def drop(self, cause: Cause) -> None:
        if not self._over:
            self._over = True
            self.port.close()
            self._ended(self)

    def snapshot(self) -> dict[str, Any] | None:
        return None if self._over else {"name": self.name, "announcement": {}}

    def tick(self) -> None:
        """The next 20 ms."""
        if not self._here or self._over:
            return
        self.port.send(self._player.frame())
        if not self._player.speaking and not self._said:
            self._said = True
            self._all_said()

    def _all_said(self) -> None:
        self._post(TransferAsked(self.name, self._to, _Fate(self._not_reached)))

    def _not_reached(self, cause: Cause) -> None:
        """They are busy again, or do not answer: whoever was called hangs up, or is hung up on."""
        _log.info("not_given_on", cause=cause.value)
        self._post(Gone(self.name, cause))
        self.drop(cause)


class TestingVoice(CallingVoice):
    """Who answers hears that calls ring there, and is hung up on."""

    def _all_said(self) -> None:
        self._post(Gone(self.name, Cause.NORMAL))
        self.drop(Cause.NORMAL)


class _Fate:
    """How the other one is called (`events.TransferReport`)."""

    def __init__(self, failed: Callable[[Cause], None]) -> None:
        self._failed = failed

    def accepted(self) -> None:
        """They are looked for."""

    def rings(self) -> None:
        """It rings there."""

    def done(self) -> None:
        """The two talk."""

    def failed(self, cause: Cause) -> None:
        self._failed(cause)
