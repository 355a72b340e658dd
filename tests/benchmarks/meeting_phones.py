"""CPU of telephones in a meeting: one subscription and one mix for all, beside a subscription for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from bridges.sip.meeting import link
from bridges.sip.meeting.process import RoomProcess
from tests.benchmarks.measure import cpu_seconds
from tests.support.audio import decode_g711, encode_g711, tone, tone_share
from tests.support.patience import PATIENCE
from tests.support.sfu import SfuProcess, person, token

PHONES, SPEAKERS = 6, 2
_SECONDS = 6.0
_PCMU = ("PCMU", 8000)
_SPEAKER_HZ = 500


@dataclass
class _Bridge:
    """What the process in the rooms reports."""

    inside: set[int] = field(default_factory=set)
    heard: bytearray = field(default_factory=bytearray)
    up: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, report: link.Report) -> None:
        self.up.set()
        if isinstance(report, link.Entered):
            self.inside.add(report.phone)
        elif isinstance(report, link.Mixed):
            self.heard += report.heard.get(1, b"")


@asynccontextmanager
async def speakers(sfu: SfuProcess) -> AsyncIterator[None]:
    """People of the SDK who speak, all at the same pitch so that what is heard can be told."""
    async with AsyncExitStack() as stack:
        for number in range(SPEAKERS):
            one = await stack.enter_async_context(person(sfu, f"speaker-{number}", "meeting"))
            await one.speak(_SPEAKER_HZ)
        yield


async def cpu_ms_a_phone(sfu: SfuProcess, *, together: bool) -> float:
    """CPU milliseconds that one second of one telephone costs the process, averaged over all of them.

    :param together: False gives each telephone a subscription, decodings and a mix of its own.
    :raises RuntimeError: when the speakers were not heard: what does not work costs nothing.
    """
    bridge = _Bridge()
    process = RoomProcess(bridge.take, lambda: None, "error")
    process.start()
    await asyncio.wait_for(bridge.up.wait(), PATIENCE)
    ticking = asyncio.create_task(_tick(process))
    try:
        for phone in range(1, PHONES + 1):
            # The token names the room; the last word only says who shares an ear.
            ear = "meeting" if together else f"ear-{phone}"
            process.send(link.Enter(phone, sfu.url, token(f"phone-{phone}", "meeting"), ear))
        await _until_inside(bridge)
        await asyncio.sleep(2)  # connections settle
        before = cpu_seconds(process.pid or 0)
        await asyncio.sleep(_SECONDS)
        cost = cpu_seconds(process.pid or 0) - before
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
        await process.stop()
    if tone_share(decode_g711(bytes(bridge.heard[-4000:]), _PCMU), 8000, _SPEAKER_HZ) < 0.5:
        raise RuntimeError("the telephones do not hear the speakers: the measurement is worthless")
    return cost * 1000 / (_SECONDS * PHONES)


async def _until_inside(bridge: _Bridge) -> None:
    for _ in range(int(PATIENCE * 20)):
        if len(bridge.inside) == PHONES:
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("the telephones were not let in")


async def _tick(process: RoomProcess) -> None:
    """The bridge's clock; each telephone says something, quietly."""
    sound = encode_g711(tone(1500, 1.0, amplitude=300), _PCMU)
    loop = asyncio.get_running_loop()
    begun, count = loop.time(), 0
    while True:
        at = count * 160 % len(sound)
        process.send(link.Tick(dict.fromkeys(range(1, PHONES + 1), sound[at : at + 160])))
        count += 1
        await asyncio.sleep(begun + count * 0.02 - loop.time())
