"""The voice that asks, as the other side of the mobile phone until it is known."""

from typing import Any

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Asked, CallInput, Post, Verdict
from bridges.sip.screening import asking
from bridges.sip.screening.asking import Asking, Command
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import spoken
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg


class AskingLeg(VoiceLeg[Command]):
    """It is no leg of the call: the call hears of it what becomes of the `fork`, and nothing else."""

    def __init__(
        self,
        name: str,
        fork: str,
        post: Post,
        port: AudioPort,
        machine: Asking,
        language: Language,
        keeper: Keeper,
    ) -> None:
        super().__init__(name, _unheard, port, machine, language, keeper)
        self._fork, self._tell, self._machine = fork, post, machine

    def press(self, key: str) -> None:
        """A key came by signalling."""
        self._do(self._machine.key(key, self._keeper.now()))

    def snapshot(self) -> dict[str, Any] | None:
        return None

    def fail(self) -> None:
        if not self._machine.gone:
            self.drop(Cause.FAILED)
            self._tell(Asked(self._fork, Verdict.NOTHING))

    def _begin(self, now: float) -> None:
        self._do(self._machine.begin(now))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case asking.Say(words=words):
                    self._player.say([spoken(word, self._language) for word in words])
                case asking.Tell(verdict=verdict):
                    self._over()
                    self._tell(Asked(self._fork, verdict))


def _unheard(_event: CallInput) -> None:
    """What a leg of a call would say of itself."""
