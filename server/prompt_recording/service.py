"""A prompt is recorded by telephone: the administrator's devices ring, and what is said there is kept.

The id of a recording is that of its call, and of its sound, which a prompt names then as any other. So it is
found again, too, when this process was another one meanwhile.
"""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from server.attendants.rules import UnknownSound
from server.directory.ports import PersonByUserId
from server.edge.refusals import Refusal
from server.telephony.refusals import CallNotFound, NotPossibleNow, TooManyCommands
from server.telephony.trials import TrialBridge
from wire.commands import RingMeAnswer, RingMeRequest
from wire.route import Party
from wire.voicemail import RATE, KeptSound


class PromptNotKept(Refusal):
    """There is no room for the recording on the server."""

    code, status, logged = "prompt_not_kept", 503, "prompt_not_kept"


class KeptSounds(Protocol):
    """`Attendants`, seen from here."""

    async def sound(self, sound_id: str) -> KeptSound:
        """Raises `UnknownSound`, `BrokenSeal`."""

    async def keep_as(self, sound_id: str, sound: bytes) -> None:
        """Raises OSError, `SoundInUse`."""


class PromptRecordings:
    """`pace` says of a user id whether one more is allowed now: phones outside cost money."""

    def __init__(
        self,
        bridge: TrialBridge,
        sounds: KeptSounds,
        people: PersonByUserId,
        language: Callable[[str], Awaitable[Literal["it", "en"]]],
        pace: Callable[[str], bool],
        fresh_id: Callable[[], str],
    ) -> None:
        self._bridge, self._sounds, self._people = bridge, sounds, people
        self._language, self._pace, self._fresh_id = language, pace, fresh_id

    async def begin(self, user_id: str) -> RingMeAnswer:
        """Ring this person's devices. Raises `TooManyCommands`, `NotPossibleNow`."""
        person = await self._people.by_user_id(user_id)
        if person is None:
            raise NotPossibleNow
        if not self._pace(user_id):
            raise TooManyCommands
        party = Party(user_id, person.name, next(iter(person.extensions + person.numbers), None))
        request = RingMeRequest(self._fresh_id(), party, await self._language(user_id), prompt=True)
        answer = await self._bridge.ring_me(request)
        if answer is None:
            raise NotPossibleNow
        return answer

    async def look(self, recording_id: str) -> tuple[RingMeAnswer, float | None]:
        """How far it is, and its seconds once it is kept. Raises `CallNotFound`, `NotPossibleNow`."""
        try:
            seconds = len((await self._sounds.sound(recording_id)).sound) / RATE
        except UnknownSound:
            seconds = None
        answer = await self._bridge.rung(recording_id)
        if answer is None and seconds is None:
            raise NotPossibleNow
        if answer is not None and answer.step is None and seconds is None:
            raise CallNotFound
        return answer or RingMeAnswer(recording_id, over=True), seconds

    async def keep(self, recording_id: str, sound: bytes) -> None:
        """What was said; idempotent. Raises `PromptNotKept`, `SoundInUse`: it is a prompt of callers already,
        and its speaker goes on."""
        try:
            await self._sounds.keep_as(recording_id, sound)
        except OSError as error:
            raise PromptNotKept(error.strerror or "") from error
