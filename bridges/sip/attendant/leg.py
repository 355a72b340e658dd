"""An attendant as one side of a call: it says its menus, and gives the other side on."""

from collections.abc import Coroutine
from typing import Any, Protocol

from bridges.sip.attendant import menus
from bridges.sip.attendant.menus import Clip, Command, Menus
from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Changed, Post, TransferAsked
from bridges.sip.voice.audio_port import AudioPort
from bridges.sip.voice.player import QUIET
from bridges.sip.voice.prompts import Language
from bridges.sip.voice.sounds import spoken
from bridges.sip.voice.voice_leg import Keeper, VoiceLeg
from logs import log
from wire.attendant import Named
from wire.record import AnsweredOn

_log = log.get(__name__)


class Desk(Keeper, Protocol):
    """`FrontDesk`, seen from here."""

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Have it done beside the call."""

    def at_hand(self, sound_id: str) -> bytes | None:
        """A sound that was fetched before."""

    async def sound(self, sound_id: str) -> bytes:
        """G.711 mu-law; nothing where it cannot be had."""

    async def named(self, attendant_id: str, digits: str) -> list[Named]:
        """Whose name may be spelled so; nobody where that cannot be asked."""


class GivenOn:
    """`events.TransferReport`: somebody is called for who chose them."""

    def __init__(self, leg: "AttendantLeg") -> None:
        self._leg = leg

    def accepted(self) -> None:
        """Their devices are looked for."""

    def rings(self) -> None:
        """They ring; the caller hears music."""

    def done(self) -> None:
        """The two talk."""

    def failed(self, cause: Cause) -> None:
        self._leg.not_reached(cause)


class AttendantLeg(VoiceLeg[Command]):
    """Of the attendant with this id."""

    answered_on: AnsweredOn = "attendant"

    def __init__(
        self,
        name: str,
        post: Post,
        port: AudioPort,
        machine: Menus,
        language: Language,
        attendant_id: str,
        desk: Desk,
    ) -> None:
        super().__init__(name, post, port, machine, language, desk)
        self._machine, self._attendant_id, self._desk = machine, attendant_id, desk
        #: Of what is to be said: what was fetched for something before is not said any more.
        self._saying = 0

    def not_reached(self, cause: Cause) -> None:
        """Whoever was chosen could not be reached."""
        _log.info("attendant_not_reached", leg=self.name, cause=cause.value)
        self._do(self._machine.not_reached(self._keeper.now()))

    def given_on(self) -> GivenOn:
        """`b2bua.leg.GivesOn`: an earlier process gave the caller on."""
        self._machine.is_told()
        return GivenOn(self)

    # --- over a restart ---

    def snapshot(self) -> dict[str, Any] | None:
        if self._machine.gone:
            return None
        return self._voice_snapshot({"machine": self._machine.snapshot()})

    # --- VoiceLeg ---

    def _begin(self, now: float) -> None:
        self._do(self._machine.begin(now))

    def _do(self, commands: list[Command]) -> None:
        for command in commands:
            match command:
                case menus.Say(clips=clips):
                    self._say(clips)
                case menus.Find(digits=digits):
                    self._desk.later(self._find(digits))
                case menus.GoOn(to=to):
                    self._post(TransferAsked(self.name, to, GivenOn(self)))
                case menus.HangUp():
                    self._hang_up()
        if commands:
            self._post(Changed(self.name))

    def _say(self, clips: tuple[Clip, ...]) -> None:
        self._saying += 1
        found = [self._at_hand(clip) for clip in clips]
        if all(sound is not None for sound in found):
            self._player.say([sound for sound in found if sound is not None])
        else:
            self._player.say(())
            self._desk.later(self._fetch(clips, self._saying))

    def _at_hand(self, clip: Clip) -> bytes | None:
        return self._desk.at_hand(clip) if isinstance(clip, str) else spoken(clip, self._language)

    async def _fetch(self, clips: tuple[Clip, ...], saying: int) -> None:
        sounds = [
            await self._desk.sound(clip) if isinstance(clip, str) else spoken(clip, self._language)
            for clip in clips
        ]
        if saying == self._saying and not self._machine.gone:
            # What cannot be had is said in no time.
            self._player.say([*sounds, QUIET])

    async def _find(self, digits: str) -> None:
        named = await self._desk.named(self._attendant_id, digits)
        self._do(self._machine.found(named, self._keeper.now()))
