"""A mailbox as one side of a call: it greets the other side, and keeps what that says."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Changed, Post
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import spoken, tone
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg
from bridges.sip.voicemail import answering
from bridges.sip.voicemail.answering import Answering, Command
from bridges.sip.voicemail.listening_leg import AskingKeeper, ListeningLeg, Mailbox
from bridges.sip.voicemail.speech import is_speech
from bridges.sip.voicemail.spool import Recording
from logs import log
from wire.voicemail import RATE

_log = log.get(__name__)


class RecordingKeeper(Keeper, Protocol):
    """`Mailboxes`, seen from here."""

    def finish(self, recording: Recording) -> None:
        """The recording is a message from now on."""

    def judge(self, leg: "VoicemailLeg", pin: str) -> None:
        """Find out whether a PIN is right, and let the leg know."""


class VoicemailLeg(VoiceLeg[Command]):
    """`recording` is None where nothing can be kept."""

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        machine: Answering,
        language: Language,
        recording: Recording | None,
        keeper: RecordingKeeper,
    ) -> None:
        super().__init__(name, post, port, machine, language, keeper)
        self.recording = recording
        self._machine, self._finisher = machine, keeper
        self._first: Callable[[float], list[Command]] = self._begun
        self._keeps = False
        #: The id of the greeting of the owner's own, and its sound.
        self.greeting: str | None = None
        #: Whose mailbox it is, and the number that the call shows.
        self.user_id, self.caller = "", ""
        #: Once the owner has given the PIN, what plays the messages in place of this.
        self._listening: ListeningLeg | None = None
        self._own = b""

    def greet_with(self, sound: bytes) -> None:
        """In place of our words."""
        self._own, self._machine.greets_for = sound, len(sound) / RATE

    @property
    def is_to_greet(self) -> bool:
        """Whether its caller is greeted, or was when the process before ended."""
        return not self._keeps

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any] | None:
        if self._machine.gone or self._listening is not None:
            return None
        note = self.recording.note if self.recording is not None else None
        return self._voice_snapshot(
            {
                "machine": self._machine.snapshot(),
                "language": self._language.value,
                "note": note,
                "greeting": self.greeting,
                "user_id": self.user_id,
                "caller": self.caller,
            }
        )

    def adopt(self, kept: Mapping[str, Any], go_on: Callable[[], None]) -> None:
        super().adopt(kept, go_on)
        of = kept["voicemail"]
        self.greeting = of.get("greeting")
        self.user_id, self.caller = str(of.get("user_id", "")), str(of.get("caller", ""))
        self._keeps = self._machine.state is answering.State.RECORDING
        self._first = self._resumed

    # --- the owner ---

    @property
    def number(self) -> str | None:
        """The extension that the caller gave for theirs; None where it is known whose mailbox it is."""
        return self._machine.number if self._machine.access else None

    def open(self, mailbox: Mailbox, keeper: AskingKeeper) -> ListeningLeg | None:
        """The PIN is right: what plays the messages from now on; None where the caller has given
        up."""
        if self._machine.state is not answering.State.CHECKING:
            return None
        self._machine.opened()
        self._finish()
        self._listening = ListeningLeg(
            self.name, self._post, self.port, self._language, self.user_id, mailbox, keeper, by_pin=True
        )
        self._listening.established()
        self._post(Changed(self.name))
        return self._listening

    def refuse(self, *, too_many: bool) -> None:
        """The PIN is wrong, or too many were."""
        now = self._keeper.now()
        self._do(self._machine.too_many(now) if too_many else self._machine.wrong_pin(now))

    def not_judged(self) -> None:
        """Nobody can say whether it is right."""
        self._do(self._machine.unavailable(self._keeper.now()))

    def move(self, name: str, post: Post) -> None:
        super().move(name, post)
        if self._listening is not None:
            self._listening.move(name, post)

    def drop(self, cause: Cause) -> None:
        if self._listening is not None:
            self._listening.drop(cause)
        else:
            super().drop(cause)

    # --- VoiceLeg ---

    def _begin(self, now: float) -> None:
        self._do(self._first(now))

    def _listen(self, now: float) -> None:
        frame = self.port.playout.pop()
        if not self._keeps or self.recording is None:
            return
        if frame is not None and is_speech(frame):
            self._machine.heard(now)
        try:
            self.recording.add(frame or QUIET)
        except OSError as error:
            _log.error("voicemail_not_recorded", id=self.recording.note.id, why=str(error))
            self._do(self._machine.failed(now))

    # --- inside ---

    def _begun(self, now: float) -> list[Command]:
        can_keep = self._machine.full or self._machine.access or self.recording is not None
        return self._machine.begin(now) if can_keep else self._machine.failed(now)

    def _resumed(self, now: float) -> list[Command]:
        recorded = self.recording.seconds if self.recording is not None else 0.0
        return self._machine.resumed(recorded, now)

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case answering.Say(prompts=prompts, tone=with_tone):
                    clips = [self._clip(prompt) for prompt in prompts]
                    self._player.say([*clips, *([tone()] if with_tone else [])])
                case answering.Record():
                    self._keeps = True
                case answering.Finish():
                    self._finish()
                case answering.CheckPin(pin=pin):
                    self._finisher.judge(self, pin)
                case answering.HangUp():
                    self._hang_up()
        if commands:
            self._post(Changed(self.name))

    def _clip(self, prompt: Prompt) -> bytes:
        own = self._own if prompt is Prompt.VOICEMAIL_GREETING else b""
        return own or spoken(prompt, self._language)

    def _finish(self) -> None:
        recording, self.recording, self._keeps = self.recording, None, False
        if recording is not None:
            self._finisher.finish(recording)

    def _over(self) -> None:
        # A greeting that nobody heard out leaves a recording of nothing, which is no message.
        self._finish()
        super()._over()
