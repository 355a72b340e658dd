"""A mailbox as one side of a call: it greets the other side, and keeps what that says."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bridges.media.gateway import NoCommonCodec
from bridges.sdp.errors import MalformedSdp
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, Changed, Gone, Post
from bridges.sip.b2bua.house_leg import HouseLeg
from bridges.sip.b2bua.leg import ReofferRefused
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET, Player
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import spoken, tone
from bridges.sip.voicemail import answering
from bridges.sip.voicemail.answering import Answering, Command
from bridges.sip.voicemail.speech import is_speech
from bridges.sip.voicemail.spool import Recording
from logs import log
from wire.record import AnsweredOn

_log = log.get(__name__)

#: Seconds from the answer until the voice begins: telephones open their ear a moment after it.
_BREATH = 0.4


class Keeper(Protocol):
    """`Attendant`, seen from here."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def finish(self, recording: Recording) -> None:
        """The recording is a message from now on."""

    def ended(self, leg: "VoicemailLeg") -> None:
        """Its caller has gone."""


class VoicemailLeg(HouseLeg):
    """`recording` is None where nothing can be kept."""

    answered_on: AnsweredOn = "voicemail"

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        machine: Answering,
        language: Language,
        recording: Recording | None,
        keeper: Keeper,
    ) -> None:
        super().__init__(name, post)
        self.port, self.recording = port, recording
        self._machine, self._language, self._keeper = machine, language, keeper
        self._player = Player(QUIET)
        self._begin_at: float | None = None
        self._begin: Callable[[float], list[Command]] = self._begun
        self._ticks = False
        self._keeps = False
        self._go_on: Callable[[], None] = lambda: None
        port.on_key = self._key

    # --- the call ---

    def answer(self, sdp: str) -> None:
        """Answer what was offered. Raises MalformedSdp, NoCommonCodec."""
        self.description = self.port.answer(sdp)
        self._post(Answers(self.name, self.description))

    def established(self) -> None:
        """Only now does the voice begin: a caller known by one datagram has shown that it is there."""
        if self._begin_at is None:
            self._begin_at = self._keeper.now() + _BREATH

    def drop(self, cause: Cause) -> None:
        if self._machine.state is not answering.State.GONE:
            self._do(self._machine.hung_up())
            self._over()

    async def reoffer(self, sdp: str) -> str:
        try:
            return self.port.answer(sdp)
        except (MalformedSdp, NoCommonCodec) as error:
            raise ReofferRefused(str(error)) from error

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any] | None:
        if self._machine.state is answering.State.GONE:
            return None
        note = self.recording.note if self.recording is not None else None
        return {
            "name": self.name,
            "voicemail": {
                "machine": self._machine.snapshot(),
                "language": self._language.value,
                "note": note,
                "port": self.port.snapshot(),
                "begun": self._ticks or self._begin_at is not None,
            },
            "description": self.description,
            "given": self.given,
        }

    def adopt(self, kept: Mapping[str, Any], go_on: Callable[[], None]) -> None:
        """Be what `snapshot` was taken of; `go_on` is called by `resume`. Raises KeyError."""
        self.description, self.given = str(kept["description"]), str(kept["given"])
        self._keeps = self._machine.state is answering.State.RECORDING
        self._begin, self._go_on = self._resumed, go_on
        if kept["voicemail"]["begun"]:
            self._begin_at = self._keeper.now()

    def resume(self) -> None:
        self._go_on()

    def leave(self) -> None:
        """It is another process's from now on."""
        self.port.close()

    def fail(self) -> None:
        """Something of ours went wrong: the call is to end, what was heard is kept."""
        self._do(self._machine.hung_up())
        self._over()
        self._post(Gone(self.name, Cause.FAILED))

    # --- every 20 ms ---

    def tick(self, now: float) -> None:
        """Let the caller hear the next 20 ms, and keep what is heard of them."""
        if not self._ticks:
            # Before a telephone has shown that it is there, not even silence is sent.
            if self._begin_at is None or now < self._begin_at:
                return
            self._ticks = True
            self._do(self._begin(now))
        due = self._machine.get_timer()
        if due is not None and now >= due:
            self._do(self._machine.handle_timer(now))
        self._listen(now)
        if self._machine.state is answering.State.GONE:
            return
        speaking = self._player.speaking
        self.port.send(self._player.frame())
        if speaking and not self._player.speaking:
            self._do(self._machine.said(now))

    def _listen(self, now: float) -> None:
        frame = self.port.playout.pop()
        if not self._keeps or self.recording is None:
            return
        if frame is not None and is_speech(frame):
            self._machine.heard(now)
        try:
            self.recording.add(frame or QUIET)
        except OSError as error:
            _log.error("voicemail_not_recorded", id=self.recording.note.id, why=error.strerror)
            self._do(self._machine.failed(now))

    # --- inside ---

    def _begun(self, now: float) -> list[Command]:
        can_keep = self._machine.full or self.recording is not None
        return self._machine.begin(now) if can_keep else self._machine.failed(now)

    def _resumed(self, now: float) -> list[Command]:
        recorded = self.recording.seconds if self.recording is not None else 0.0
        return self._machine.resumed(recorded, now)

    def _key(self, key: str) -> None:
        self._do(self._machine.key(key, self._keeper.now()))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case answering.Say(prompts=prompts, tone=with_tone):
                    clips = [spoken(prompt, self._language) for prompt in prompts]
                    self._player.say([*clips, *([tone()] if with_tone else [])])
                case answering.Record():
                    self._keeps = True
                case answering.Finish():
                    self._finish()
                case answering.HangUp():
                    self._over()
                    self._post(Gone(self.name, Cause.NORMAL))
        if commands:
            self._post(Changed(self.name))

    def _finish(self) -> None:
        recording, self.recording, self._keeps = self.recording, None, False
        if recording is not None:
            self._keeper.finish(recording)

    def _over(self) -> None:
        # A greeting that nobody heard out leaves a recording of nothing, which is no message.
        self._finish()
        self.port.close()
        self._keeper.ended(self)
