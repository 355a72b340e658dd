"""The voice as one side of a call: it says what it has to say, once, and the call is over."""

from collections.abc import Callable
from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Gone, Post
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET, Player
from bridges.sip.voice.port_leg import PortLeg
from wire.record import AnsweredOn

#: Frames of 20 ms before the voice begins, as telephones open their ear late, and after it.
_BREATH, _PAUSE = 20, 15


class AnnouncementLeg(PortLeg):
    """`said` is what it says, a byte a sample; `ended` is told when it has nothing more to do."""

    answered_on: AnsweredOn = "announcement"

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        said: bytes,
        ended: Callable[["AnnouncementLeg"], None],
    ) -> None:
        super().__init__(name, post)
        self.port: AudioPort = port
        self._ended = ended
        self._player = Player(QUIET)
        self._player.say([QUIET * _BREATH, said, QUIET * _PAUSE])
        self._begun = self._over = False

    def answer(self, sdp: str) -> None:
        """Answer what was offered. Raises MalformedSdp, NoCommonCodec."""
        self.answers_with(self.port.answer(sdp))

    def established(self) -> None:
        self._begun = True

    def drop(self, cause: Cause) -> None:
        if not self._over:
            self._over = True
            self.port.close()
            self._ended(self)

    def snapshot(self) -> dict[str, Any] | None:
        return None if self._over else {"name": self.name, "announcement": {}}

    def tick(self) -> None:
        """The next 20 ms."""
        if not self._begun or self._over:
            return
        self.port.send(self._player.frame())
        if not self._player.speaking:
            self.drop(Cause.NORMAL)
            self._post(Gone(self.name, Cause.NORMAL))
