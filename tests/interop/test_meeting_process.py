"""The process in the rooms against the real SFU: one ear for all its telephones, and no noise in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count

import pytest
from livekit import rtc

from bridges.sip.meeting import link
from bridges.sip.meeting.process import RoomProcess
from tests.support.audio import decode_g711, encode_g711, tone, tone_share
from tests.support.patience import PATIENCE
from tests.support.sfu import Person, SfuProcess, hear, person, sfu_process, token

PCMU = ("PCMU", 8000)
FIRST_HZ, SECOND_HZ, ANNA_HZ = 600, 1500, 1000
_rooms = count()


@pytest.fixture(scope="module")
def sfu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SfuProcess]:
    with sfu_process(tmp_path_factory.mktemp("sfu")) as running:
        yield running


class Telephones:
    """The bridge's side: a tick every 20 ms, each telephone a tone, and what each hears."""

    def __init__(self, sfu: SfuProcess) -> None:
        self.sfu, self.room = sfu, f"room-{next(_rooms)}"
        self.process = RoomProcess(self._report, lambda: None, "warning")
        self.said: dict[int, bytes] = {}
        self.heard: dict[int, bytearray] = {}
        self.inside: set[int] = set()
        self.lost: dict[int, str] = {}

    def _report(self, report: link.Report) -> None:
        match report:
            case link.Mixed(heard=heard):
                for number, frame in heard.items():
                    self.heard.setdefault(number, bytearray()).extend(frame)
            case link.Entered(phone=phone):
                self.inside.add(phone)
            case link.Lost(phone=phone, why=why):
                self.lost[phone] = why

    async def tick(self) -> None:
        due, loop = 0, asyncio.get_running_loop()
        begun = loop.time()
        while True:
            at = due * 160 % 8000
            self.process.send(link.Tick({n: sound[at : at + 160] for n, sound in self.said.items()}))
            due += 1
            await asyncio.sleep(begun + due * 0.02 - loop.time())

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until `condition()` holds: reports come with every tick."""
        for _ in range(int(PATIENCE * 50)):
            if condition():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"never: {what}; lost: {self.lost}")

    async def enter(self, number: int, hz: float | None = None) -> None:
        jwt = token(f"phone-{number}", self.room)
        self.process.send(link.Enter(number, self.sfu.url, jwt, self.room))
        await self.until(lambda: number in self.inside, f"{number} is inside")
        if hz is not None:
            self.said[number] = encode_g711(tone(hz, 1.0), PCMU)

    async def hears(self, number: int, hz: float) -> None:
        """Until a quarter second of what it hears is this tone."""
        self.heard.pop(number, None)

        def there() -> bool:
            last = bytes(self.heard.get(number, b""))[-2000:]
            return len(last) == 2000 and tone_share(decode_g711(last, PCMU), 8000, hz) > 0.9

        await self.until(there, f"{number} hears {hz} Hz")

    async def silent(self, number: int) -> None:
        """Until a quarter second passes in which it hears nothing."""
        before, since = -1, 0

        def quiet() -> bool:
            nonlocal before, since
            now = len(self.heard.get(number, b""))
            before, since = now, since + 1 if now == before else 0
            return since > 12

        await self.until(quiet, f"{number} hears nothing")


@pytest.fixture
async def phones(sfu: SfuProcess) -> AsyncIterator[Telephones]:
    phones = Telephones(sfu)
    phones.process.start()
    ticking = asyncio.create_task(phones.tick())
    try:
        yield phones
    finally:
        ticking.cancel()
        await phones.process.stop()


async def test_all_hear_through_one_of_them_and_through_the_next_when_it_leaves(phones: Telephones) -> None:
    async with person(phones.sfu, "anna", phones.room) as anna:
        await anna.speak(ANNA_HZ)
        await anna.show(320, 180, simulcast=False)
        await phones.enter(1)
        await phones.enter(2)
        await phones.hears(1, ANNA_HZ)
        await phones.hears(2, ANNA_HZ)
        phones.process.send(link.Leave(1))
        await phones.hears(2, ANNA_HZ)
        await phones.enter(3)
        await phones.hears(3, ANNA_HZ)
        assert not phones.lost


async def test_they_hear_each_other_and_never_themselves(phones: Telephones) -> None:
    await phones.enter(1, FIRST_HZ)
    await phones.enter(2, SECOND_HZ)
    await phones.hears(1, SECOND_HZ)
    await phones.hears(2, FIRST_HZ)
    phones.process.send(link.SetMuted(2, True))
    await phones.silent(1)


async def test_others_see_that_they_speak(phones: Telephones) -> None:
    async with person(phones.sfu, "anna", phones.room) as anna:
        speaking = asyncio.Queue[list[str]]()
        anna.room.on(
            "active_speakers_changed", lambda who: speaking.put_nowait([one.identity for one in who])
        )
        await phones.enter(1, FIRST_HZ)
        await hear(await anna.next_track(rtc.TrackKind.KIND_AUDIO), FIRST_HZ)
        async with asyncio.timeout(PATIENCE):
            while "phone-1" not in await speaking.get():
                pass


async def test_what_is_encrypted_is_no_noise_to_who_has_no_key(phones: Telephones) -> None:
    async with encrypted(phones) as anna, person(phones.sfu, "bruno", phones.room) as bruno:
        await anna.speak(ANNA_HZ)
        await bruno.speak(SECOND_HZ)
        await phones.enter(1)
        # Encrypted sound played as it is would drown this.
        await phones.hears(1, SECOND_HZ)


@asynccontextmanager
async def encrypted(phones: Telephones) -> AsyncIterator[Person]:
    """Anna, whose sound only those with the key can hear."""
    keys = rtc.KeyProviderOptions(
        shared_key=b"which telephones are not given",
        ratchet_window_size=10,
        key_ring_size=256,
        key_derivation_function=rtc.KeyDerivationFunction.HKDF,
    )
    anna = Person(rtc.Room())
    options = rtc.RoomOptions(encryption=rtc.E2EEOptions(key_provider_options=keys))
    await anna.room.connect(phones.sfu.url, token("anna", phones.room), options)
    try:
        yield anna
    finally:
        await anna.leave()
