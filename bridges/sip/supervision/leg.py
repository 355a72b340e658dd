"""The house calls a supervisor, and lets them hear a call of an agent beside the two who talk."""

from collections.abc import Callable, Mapping
from typing import Any

from bridges.media.gateway import MediaError, MediaGateway, NoCommonCodec, Profile
from bridges.sdp.direction import Direction
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Confirmed, Gone, Post
from bridges.sip.b2bua.house_leg import HOPS
from bridges.sip.b2bua.media_session import direction_of
from bridges.sip.b2bua.services import Overheard
from bridges.sip.conference.mixer import mix_minus
from bridges.sip.supervision.rules import HEARD_BY, KEYS, Talker
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.port_leg import PortLeg
from logs import log
from wire.commands import ListenMode, ListenRequest
from wire.record import AnsweredOn

_log = log.get(__name__)

_ME = "me"


class Tap:
    """What one of the two says comes here, and what is sent here that one alone hears. It is no leg of their
    call: whatever becomes of it, the two talk on.

    Attributes:
        speaks: whether the one is heard to be spoken to; what carries the call may not be able to.
    """

    def __init__(self, gateway: MediaGateway, call_id: str, name: str, port: AudioPort) -> None:
        self._gateway, self._call_id, self.name, self.port = gateway, call_id, name, port
        self.speaks = False

    async def open(self, leg: str) -> None:
        """Raises MediaError, MalformedSdp."""
        offer = await self._gateway.subscribe(
            self._call_id, leg, self.name, Profile.RTP, told=Direction.SENDRECV
        )
        answer = self.port.answer(offer)
        await self._gateway.subscriber_answers(self._call_id, self.name, answer)
        self.speaks = direction_of(offer) == "sendrecv"

    async def close(self) -> None:
        """The two are alone again."""
        self.port.close()
        try:
            await self._gateway.unsubscribe(self._call_id, self.name)
        except MediaError as error:
            _log.debug("tap_gone_before", why=str(error) or type(error).__name__)


class SupervisorLeg(PortLeg):
    """The leg that calls whoever is to listen. `overheard` says where the two talk; None: not any more.
    `answered` is told when the supervisor is there, `changed` when they are heard by others than before,
    `ended` when it has nothing more to do; a later process does not go on with it.

    Attributes:
        mode: how they take part.
        taps: by whose sound they are of; none before they are there.
        here: whether they hear the two.
    """

    answered_on: AnsweredOn = "announcement"

    def __init__(
        self,
        post: Post,
        port: AudioPort,
        wanted: ListenRequest,
        overheard: Callable[[], Overheard | None],
        answered: Callable[["SupervisorLeg"], None],
        changed: Callable[[], None],
        ended: Callable[["SupervisorLeg"], None],
    ) -> None:
        super().__init__("caller", post)
        self.port: AudioPort = port
        self.wanted, self.mode = wanted, wanted.mode
        self._overheard, self._answered, self._changed, self._ended = overheard, answered, changed, ended
        self.hops = HOPS
        self.offer = self.description = port.offer()
        self.place = overheard()
        self.taps: Mapping[Talker, Tap] = {}
        self._accepted = self._over = False
        port.on_key = self._press

    @property
    def accepted(self) -> bool:
        return self._accepted

    @property
    def here(self) -> bool:
        return bool(self.taps) and not self._over

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._over

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Nobody hears that."""

    def accept(self, sdp: str) -> None:
        if self.takes(sdp):
            self._accepted = True
            self._post(Confirmed(self.name))
            self._answered(self)

    def hear(self, taps: Mapping[Talker, Tap]) -> None:
        """The two are heard from now on."""
        self.taps = taps
        self._changed()

    def change(self, mode: ListenMode) -> bool:
        """Be heard by others, or by nobody; False where what carries the call cannot do that."""
        if self._over or (self.taps and not all(self.taps[one].speaks for one in HEARD_BY[mode])):
            return False
        if mode != self.mode:
            _log.info("listening_changed", call_id=self.wanted.call_id, mode=mode)
            self.mode = mode
            self._changed()
        return True

    def end(self, cause: Cause) -> None:
        """We hang up."""
        if not self._over:
            self._post(Gone(self.name, cause))
            self.drop(cause)

    def drop(self, cause: Cause) -> None:
        if not self._over:
            self._over = True
            self.port.close()
            self._ended(self)

    def snapshot(self) -> dict[str, Any] | None:
        return None if self._over else {"name": self.name, "announcement": {}}

    def tick(self) -> None:
        """The next 20 ms. Whether it still is the call that may be heard is looked at for each of them."""
        place = self._overheard()
        if not self._over and (place is None or place != self.place):
            _log.info("listened_call_over", call_id=self.wanted.call_id)
            self.end(Cause.NORMAL if self._accepted else Cause.CANCELLED)
        if self._over or place is None:
            return
        mine = self.port.playout.pop()
        if not self.taps:
            if self._accepted:
                self.port.send(QUIET)
            return
        said = {name: tap.port.playout.pop() for name, tap in self.taps.items()}
        # Who waits, or lets the other wait, talks with nobody, and believes that nobody hears them.
        self.port.send(QUIET if place.held else mix_minus({_ME: None, **said})[_ME])
        # Who holds says nothing to us: what comes is music, or nothing.
        spoken = None if self.port.held or place.held else mine
        for name in HEARD_BY[self.mode]:
            self.taps[name].port.send(spoken or QUIET)

    def _press(self, key: str) -> None:
        if (mode := KEYS.get(key)) is not None:
            self.change(mode)


#: What may go wrong when the two are to be heard.
NOT_HEARD = (MediaError, MalformedSdp, NoCommonCodec, OSError)
