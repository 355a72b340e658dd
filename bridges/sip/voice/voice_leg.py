"""A voice as one side of a call: what mailboxes (that record, and that are listened to) and queues share."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Gone, Post
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET, Player
from bridges.sip.voice.port_leg import PortLeg
from bridges.sip.voice.prompts import Language
from wire.record import AnsweredOn

#: What a machine has the leg do.
C = TypeVar("C")
#: Seconds from the answer until the voice begins: telephones open their ear a moment after it.
_BREATH = 0.4


class Keeper(Protocol):
    """`Mailboxes`, `Hall` or `FrontDesk`, seen from here."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def ended(self, leg: "VoiceLeg[Any]") -> None:
        """Its caller has gone."""


class VoiceMachine(Protocol[C]):
    """What decides; see `Answering`, `Listening` and `Waiting`."""

    @property
    def gone(self) -> bool: ...

    def said(self, now: float) -> list[C]: ...

    def key(self, key: str, now: float) -> list[C]: ...

    def hung_up(self) -> list[C]: ...

    def get_timer(self) -> float | None: ...

    def handle_timer(self, now: float) -> list[C]: ...


class VoiceLeg(PortLeg, Generic[C]):
    """`voice` decides what is said, in `language`; `music` is what may be heard beneath, a byte a sample."""

    answered_on: AnsweredOn = "voicemail"

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        voice: VoiceMachine[C],
        language: Language,
        keeper: Keeper,
        music: bytes = QUIET,
    ) -> None:
        super().__init__(name, post)
        self.port: AudioPort = port
        self._language, self._keeper = language, keeper
        self._voice = voice
        self._player = Player(music)
        self._begin_at: float | None = None
        self._ticks = False
        #: Sets going what an earlier process's caller was restored to.
        self._go_on: Callable[[], None] = lambda: None
        port.on_key = lambda key: self._do(voice.key(key, keeper.now()))

    # --- the call ---

    def answer(self, sdp: str) -> None:
        """Answer what was offered. Raises MalformedSdp, NoCommonCodec."""
        self.answers_with(self.port.answer(sdp))

    def established(self) -> None:
        """Only now does the voice begin: a caller known by one datagram has shown that it is there."""
        if self._begin_at is None:
            self._begin_at = self._keeper.now() + _BREATH

    def drop(self, cause: Cause) -> None:
        if not self._voice.gone:
            self._do(self._voice.hung_up())
            self._over()

    @property
    def gone(self) -> bool:
        """Whether the call is over, or about to be."""
        return self._voice.gone

    # --- over a restart ---

    def _voice_snapshot(self, own: Mapping[str, Any]) -> dict[str, Any]:
        begun = self._ticks or self._begin_at is not None
        return self._snapshot({**own, "port": self.port.snapshot(), "begun": begun})

    def adopt(self, kept: Mapping[str, Any], go_on: Callable[[], None]) -> None:
        """Be what `snapshot` was taken of; `go_on` is called by `resume`. Raises KeyError."""
        self._adopt(kept)
        self._go_on = go_on
        if kept[self.answered_on]["begun"]:
            self._begin_at = self._keeper.now()

    def resume(self) -> None:
        self._go_on()

    def leave(self) -> None:
        """It is another process's from now on."""
        self.port.close()

    def fail(self) -> None:
        """Something of ours went wrong: the call is to end."""
        if not self._voice.gone:
            self._do(self._voice.hung_up())
            self._over()
            self._post(Gone(self.name, Cause.FAILED))

    # --- every 20 ms ---

    def tick(self, now: float) -> None:
        """Let the caller hear the next 20 ms."""
        if not self._ticks:
            # Before a telephone has shown that it is there, not even silence is sent.
            if self._begin_at is None or now < self._begin_at:
                return
            self._ticks = True
            self._begin(now)
        due = self._voice.get_timer()
        if due is not None and now >= due:
            self._do(self._voice.handle_timer(now))
        self._listen(now)
        if self._voice.gone:
            return
        speaking = self._player.speaking
        self.port.send(self._player.frame())
        if speaking and not self._player.speaking:
            self._do(self._voice.said(now))

    # --- what the kinds differ in ---

    @abstractmethod
    def _begin(self, now: float) -> None:
        """The caller hears us."""

    @abstractmethod
    def _do(self, commands: list[C]) -> None:
        """What the machine says."""

    def _listen(self, now: float) -> None:
        """What the caller says meanwhile."""
        self.port.playout.pop()

    def _hang_up(self) -> None:
        """We end the call."""
        self._over()
        self._post(Gone(self.name, Cause.NORMAL))

    def _over(self) -> None:
        self.port.close()
        self._keeper.ended(self)
