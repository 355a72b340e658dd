"""A recording by telephone, as the web sees it; it is found when the house has begun anew."""

from __future__ import annotations

import errno
from itertools import count
from typing import Literal

import pytest

from server.attendants.rules import UnknownSound
from server.directory.service import Person
from server.prompt_recording.service import PromptNotKept, PromptRecordings
from server.telephony.refusals import CallNotFound, NotPossibleNow, TooManyCommands
from wire.commands import RingMeAnswer, RingMeRequest
from wire.voicemail import RATE, KeptSound

ANNA = Person("1", "@anna:localhost", "Anna", "anna@unisono.example", "administrator", ("201",))
CHIARA = "@chiara:localhost"


class Bridge:
    def __init__(self) -> None:
        self.asked: list[RingMeRequest] = []
        self.away = False

    async def ring_me(self, request: RingMeRequest) -> RingMeAnswer | None:
        self.asked.append(request)
        return None if self.away else RingMeAnswer(request.call_id, step="called")

    async def rung(self, call_id: str) -> RingMeAnswer | None:
        known = any(one.call_id == call_id for one in self.asked)
        return None if self.away else RingMeAnswer(call_id, step="recording" if known else None)


class Sounds:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.full = False

    async def sound(self, sound_id: str) -> KeptSound:
        if sound_id not in self.kept:
            raise UnknownSound
        return KeptSound(self.kept[sound_id])

    async def keep_as(self, sound_id: str, sound: bytes) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.kept[sound_id] = sound


class People:
    async def by_user_id(self, user_id: str) -> Person | None:
        return ANNA if user_id == ANNA.user_id else None


async def italian(_user_id: str) -> Literal["it", "en"]:
    return "it"


def recordings(bridge: Bridge, sounds: Sounds, allowed: int = 2) -> PromptRecordings:
    ids, left = count(1), iter([True] * allowed)
    pace = lambda _user_id: next(left, False)  # noqa: E731 - one line of a test
    return PromptRecordings(bridge, sounds, People(), italian, pace, lambda: f"{next(ids):032x}")


async def test_the_devices_of_who_asks_ring_and_what_nobody_knows_is_not_found() -> None:
    bridge, sounds = Bridge(), Sounds()
    made = recordings(bridge, sounds)
    begun = await made.begin(ANNA.user_id)
    (asked,) = bridge.asked
    assert (asked.person.number, asked.language, asked.prompt) == ("201", "it", True)
    found, seconds = await made.look(begun.call_id)
    assert (found.step, found.over, seconds) == ("recording", False, None)
    with pytest.raises(CallNotFound):
        await made.look("0" * 32)


async def test_what_is_kept_is_found_without_the_bridge_and_by_a_later_process() -> None:
    bridge, sounds = Bridge(), Sounds()
    begun = await recordings(bridge, sounds).begin(ANNA.user_id)
    await recordings(bridge, sounds).keep(begun.call_id, b"\xff" * 2 * RATE)
    bridge.away = True
    found, seconds = await recordings(bridge, sounds).look(begun.call_id)
    assert (found.call_id, found.over, seconds) == (begun.call_id, True, 2.0)


async def test_a_full_disk_is_said_in_words() -> None:
    sounds = Sounds()
    sounds.full = True
    with pytest.raises(PromptNotKept) as caught:
        await recordings(Bridge(), sounds).keep("0" * 32, b"\xff")
    assert (caught.value.status, caught.value.code) == (503, "prompt_not_kept")


async def test_there_are_not_too_many_and_none_without_the_bridge_or_the_person() -> None:
    bridge = Bridge()
    made = recordings(bridge, Sounds())
    bridge.away = True
    with pytest.raises(NotPossibleNow):
        await made.begin(ANNA.user_id)
    with pytest.raises(NotPossibleNow):
        await made.look(f"{1:032x}")
    bridge.away = False
    await made.begin(ANNA.user_id)
    with pytest.raises(TooManyCommands):
        await made.begin(ANNA.user_id)
    with pytest.raises(NotPossibleNow):
        await made.begin(CHIARA)
