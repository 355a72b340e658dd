"""One's own mailbox as one side of a call: it plays messages to its owner."""

from collections.abc import Coroutine
from typing import Any, Protocol

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Post, TransferAsked
from bridges.sip.routing.client import WebRefused, WebUnavailable
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language, Words
from bridges.sip.voice.sounds import spoken, tone
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg
from bridges.sip.voicemail import listening
from bridges.sip.voicemail.listening import Command, Listening, Waits
from bridges.sip.voicemail.speech import message_of
from logs import log
from wire.voicemail import GREETING_MOST, RATE

_log = log.get(__name__)


class Mailbox(Protocol):
    """`MailboxWeb`, seen from here; each raises WebUnavailable, WebRefused."""

    async def messages(self, user_id: str) -> list[Waits]: ...

    async def sound(self, user_id: str, message_id: str) -> bytes: ...

    async def mark_seen(self, user_id: str, message_id: str) -> None: ...

    async def delete(self, user_id: str, message_id: str) -> None: ...

    async def greet_with(self, user_id: str, sound: bytes) -> None: ...


class AskingKeeper(Keeper, Protocol):
    """`Mailboxes`, seen from here."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done beside the call."""


class CalledBack:
    """`events.TransferReport`: who left a message is called for who listened to it."""

    def __init__(self, leg: "ListeningLeg") -> None:
        self._leg = leg

    def accepted(self) -> None:
        """Their devices are looked for."""

    def rings(self) -> None:
        """They ring."""

    def done(self) -> None:
        """The two talk."""

    def failed(self, cause: Cause) -> None:
        self._leg.not_called_back(cause)


class ListeningLeg(VoiceLeg[Command]):
    """Of the mailbox of `user_id`. A restart of the bridge ends it: its owner dials again."""

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        language: Language,
        user_id: str,
        mailbox: Mailbox,
        keeper: AskingKeeper,
        *,
        by_pin: bool = False,
    ) -> None:
        self._machine = Listening(by_pin=by_pin)
        super().__init__(name, post, port, self._machine, language, keeper)
        self._user_id, self._mailbox, self._asker = user_id, mailbox, keeper
        self._sound = b""
        #: The greeting that is being recorded; it is not, once it is whole.
        self._greeting, self._records = bytearray(), False

    def snapshot(self) -> dict[str, Any] | None:
        return None

    def not_called_back(self, cause: Cause) -> None:
        """Whoever left the message could not be reached."""
        _log.info("not_called_back", leg=self.name, cause=cause.value)
        self._do(self._machine.not_called_back(self._keeper.now()))

    # --- VoiceLeg ---

    def _begin(self, now: float) -> None:
        self._asker.later(self._open())

    def _listen(self, now: float) -> None:
        frame = self.port.playout.pop()
        if self._records and len(self._greeting) < GREETING_MOST * RATE:
            self._greeting += frame or QUIET

    # --- inside ---

    async def _open(self) -> None:
        try:
            found = await self._mailbox.messages(self._user_id)
        except (WebUnavailable, WebRefused) as error:
            self._away(error)
        else:
            self._do(self._machine.opened(found, self._keeper.now()))

    async def _load(self, message_id: str) -> None:
        try:
            self._sound = await self._mailbox.sound(self._user_id, message_id)
        except (WebUnavailable, WebRefused) as error:
            self._away(error)
        else:
            self._do(self._machine.loaded(len(self._sound) / RATE, self._keeper.now()))

    async def _keep(self) -> None:
        try:
            await self._mailbox.greet_with(self._user_id, bytes(self._greeting))
        except (WebUnavailable, WebRefused) as error:
            self._away(error)
        else:
            self._do(self._machine.kept(self._keeper.now()))

    async def _tell(self, telling: Coroutine[Any, Any, None]) -> None:
        try:
            await telling
        except (WebUnavailable, WebRefused) as error:
            # It is as it was, and is played the next time.
            _log.warning("mailbox_not_changed", leg=self.name, why=str(error))

    def _away(self, error: Exception) -> None:
        _log.warning("mailbox_not_opened", leg=self.name, why=str(error))
        self._do(self._machine.unavailable(self._keeper.now()))

    def _do(self, commands: list[Command]) -> None:
        mailbox, me = self._mailbox, self._user_id
        for command in commands:
            match command:
                case listening.Say(words=words, tone=with_tone):
                    self._player.say([*self._clips(words), *([tone()] if with_tone else [])])
                case listening.Load(message_id=message_id):
                    self._asker.later(self._load(message_id))
                case listening.Play(words=words):
                    self._player.say([*self._clips(words), self._sound])
                case listening.MarkSeen(message_id=message_id):
                    self._asker.later(self._tell(mailbox.mark_seen(me, message_id)))
                case listening.Delete(message_id=message_id):
                    self._asker.later(self._tell(mailbox.delete(me, message_id)))
                case listening.CallBack(number=number):
                    self._post(TransferAsked(self.name, number, CalledBack(self)))
                case listening.HangUp():
                    self._hang_up()
                case _:
                    self._greet(command)

    def _greet(self, command: Command) -> None:
        match command:
            case listening.RecordGreeting():
                self._greeting, self._records = bytearray(), True
            case listening.EndGreeting():
                self._records = False
                self._greeting = bytearray(message_of(bytes(self._greeting)))
                self._do(self._machine.recorded(bool(self._greeting), self._keeper.now()))
            case listening.PlayGreeting(words=words):
                self._player.say([bytes(self._greeting), *self._clips(words)])
            case listening.KeepGreeting():
                self._asker.later(self._keep())

    def _clips(self, words: tuple[Words, ...]) -> list[bytes]:
        return [spoken(word, self._language) for word in words]
