"""The house calls whoever is to say a prompt, and keeps what they say."""

from collections.abc import Coroutine
from typing import Any, Protocol

from bridges.sip.b2bua.events import Confirmed, Post
from bridges.sip.b2bua.house_leg import HOPS
from bridges.sip.prompt_recording import machine
from bridges.sip.prompt_recording.machine import Command, PromptRecording
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language, Prompt
from bridges.sip.voice.sounds import spoken, tone
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg
from bridges.sip.voicemail.speech import message_of
from wire.prompt import LONGEST
from wire.record import AnsweredOn
from wire.voicemail import RATE


class Studio(Keeper, Protocol):
    """`PromptRecordings`, seen from here."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done beside the call."""

    async def keep(self, call_id: str, sound: bytes, *, patient: bool) -> bool:
        """Whether the web has it; `patient`: nobody waits, and it is tried several times."""


class PromptLeg(VoiceLeg[Command]):
    """The leg that calls; `call_id` is that of the record. A later process does not go on with it."""

    answered_on: AnsweredOn = "announcement"

    def __init__(self, post: Post, port: AudioPort, call_id: str, language: Language, studio: Studio) -> None:
        self.machine = PromptRecording()
        super().__init__("caller", post, port, self.machine, language, studio)
        self.call_id, self._studio, self.hops = call_id, studio, HOPS
        self.offer = self.description = port.offer()
        self._here = self._records = False
        self._sound = bytearray()

    # --- CallerLeg ---

    @property
    def accepted(self) -> bool:
        return self._here

    def ring(self, status: int = 180, sdp: str | None = None) -> None:
        """Nobody hears that."""

    def accept(self, sdp: str) -> None:
        if self.takes(sdp):
            self._here = True
            self._post(Confirmed(self.name))
            self.established()

    def established(self) -> None:
        # It is what called that is established first; nobody is there to hear it yet.
        if self._here:
            super().established()

    def snapshot(self) -> dict[str, Any] | None:
        return None if self.machine.gone else {"name": self.name, "announcement": {}}

    # --- VoiceLeg ---

    def _begin(self, now: float) -> None:
        self._do(self.machine.begin(now))

    def _listen(self, now: float) -> None:
        frame = self.port.playout.pop()
        if self._records and len(self._sound) < LONGEST * RATE:
            self._sound += frame or QUIET

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case machine.Say(prompts=prompts, tone=with_tone):
                    self._player.say([*self._clips(prompts), *([tone()] if with_tone else [])])
                case machine.Record():
                    self._sound, self._records = bytearray(), True
                case machine.End():
                    self._ended()
                case machine.PlayBack(before=before):
                    after = self._clips((Prompt.PROMPT_REVIEW,))
                    self._player.say([*self._clips(before), bytes(self._sound), *after])
                case machine.Keep(confirmed=confirmed):
                    self._keep(confirmed=confirmed)
                case machine.HangUp():
                    self._hang_up()

    # --- inside ---

    def _clips(self, prompts: tuple[Prompt, ...]) -> list[bytes]:
        return [spoken(prompt, self._language) for prompt in prompts]

    def _ended(self) -> None:
        self._records = False
        self._sound = bytearray(message_of(bytes(self._sound)))
        self._do(self.machine.recorded(bool(self._sound), self._keeper.now()))

    def _keep(self, *, confirmed: bool) -> None:
        if self._sound:
            self._studio.later(self._kept(bytes(self._sound), confirmed=confirmed))
        else:
            self.machine.lost()

    async def _kept(self, sound: bytes, *, confirmed: bool) -> None:
        there = await self._studio.keep(self.call_id, sound, patient=not confirmed)
        now = self._keeper.now()
        self._do(self.machine.kept(now) if there else self.machine.not_kept(now))
