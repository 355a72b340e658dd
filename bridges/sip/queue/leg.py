"""A queue as one side of a call: whoever is there waits, and hears music."""

from typing import Any, Protocol

from bridges.sip.b2bua.events import Changed, Post
from bridges.sip.queue import waiting
from bridges.sip.queue.waiting import Command, Waiting
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import Beneath
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import spoken
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg
from wire.record import AnsweredOn


class QueueKeeper(Keeper, Protocol):
    """`Hall`, seen from here."""

    def ask_place(self, leg: "QueueLeg") -> None:
        """Find out where the caller of this leg stands, and let it know."""

    def ask_call_back(self, leg: "QueueLeg") -> None:
        """Have the caller of this leg called back later, and let it know whether they are."""


class QueueLeg(VoiceLeg[Command]):
    """`call_id` is the record of the wait, by which the web knows it."""

    answered_on: AnsweredOn = "queue"

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        machine: Waiting,
        language: Language,
        call_id: str,
        keeper: QueueKeeper,
        music: bytes,
    ) -> None:
        super().__init__(name, post, port, machine, language, keeper, music)
        self.call_id = call_id
        self._machine, self._hall = machine, keeper
        self._player.beneath = Beneath.MUSIC

    def post(self, event: Any) -> None:
        """Tell the call that it is a leg of."""
        self._post(event)

    def placed(self, position: int, seconds: int | None) -> None:
        """Where the caller stands."""
        self._do(self._machine.placed(position, seconds, self._keeper.now()))

    def promised(self, granted: bool) -> None:
        """Whether the caller is called back when it is their turn."""
        now = self._keeper.now()
        self._do(self._machine.promised(now) if granted else self._machine.not_promised(now))
        self._post(Changed(self.name))

    @property
    def told(self) -> bool:
        """Whether the caller knows what they are to know before an agent talks with them."""
        return self._machine.told

    def dismiss(self) -> None:
        """Nobody will answer."""
        self._do(self._machine.dismissed(self._keeper.now()))

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any] | None:
        if self._machine.gone:
            return None
        return self._voice_snapshot(
            {
                "machine": self._machine.snapshot(),
                "language": self._language.value,
                "call_id": self.call_id,
            }
        )

    # --- inside ---

    def _begin(self, now: float) -> None:
        self._do(self._machine.begins(now))
        self._post(Changed(self.name))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case waiting.Say(words=words):
                    self._player.say([spoken(word, self._language) for word in words])
                case waiting.AskPlace():
                    self._hall.ask_place(self)
                case waiting.AskCallBack():
                    self._hall.ask_call_back(self)
                case waiting.HangUp():
                    self._hang_up()
