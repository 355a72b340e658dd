"""What one guest who takes all that they can get costs the others: how soon one is in, and what one hears.

The guest is a program on the same machine, which costs by itself. So it is also let loose on another media
server while the same meeting is measured: what is left of the difference is ours.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp
from livekit import rtc

from tests.benchmarks.measure import cpu_seconds
from tests.support.audio import tone_share
from tests.support.greed import WAYS, Guest, greedy
from tests.support.sfu import RATE, SfuProcess, connected, token

SECONDS = 60.0
_ROOM = "greedy"
_HZ = 440.0
#: What is looked at for the tone: a tenth of a second.
_WINDOW = RATE // 10
#: Seconds between two who come in.
_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class Felt:
    """`join` in ms; `heard` in per cent of the time; `cpu` of the server in per cent of a core."""

    join: float
    heard: float
    cpu: float


async def felt(unit: SfuProcess, greedy_in: SfuProcess | None = None) -> Felt:
    """In a minute of a meeting; `greedy_in`: the server in whose meeting a greedy guest is, too."""
    async with (
        connected(unit.url, token("anna", _ROOM)) as anna,
        connected(unit.url, token("bruno", _ROOM)) as bruno,
    ):
        await anna.speak(_HZ)
        await bruno.hears(_HZ)
        tone = bruno._aside[-1]
        with _guest(greedy_in) if greedy_in else _nobody():
            began = cpu_seconds(unit.process.pid)
            heard, joins = await asyncio.gather(_heard(tone), _joins(unit))
            spent = cpu_seconds(unit.process.pid) - began
    return Felt(statistics.median(joins), heard, 100 * spent / SECONDS)


async def _heard(track: rtc.RemoteTrack) -> float:
    """The share of the time in which the tone is heard, in per cent."""
    stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1)
    until, found = time.monotonic() + SECONDS, 0
    samples: list[int] = []
    async for event in stream:
        samples += event.frame.data
        if len(samples) >= _WINDOW:
            found += tone_share(samples, RATE, _HZ) > 0.8
            samples = []
        if time.monotonic() > until:
            break
    await stream.aclose()
    return 100 * found / (SECONDS * RATE / _WINDOW)


async def _joins(unit: SfuProcess) -> list[float]:
    found = []
    for number in range(int(SECONDS / _EVERY)):
        began = time.monotonic()
        async with connected(unit.url, token(f"joins-{number}", _ROOM)):
            found.append(1000 * (time.monotonic() - began))
        await asyncio.sleep(max(0.0, _EVERY - (time.monotonic() - began)))
    return found


@contextmanager
def _nobody() -> Iterator[None]:
    yield


@contextmanager
def _guest(unit: SfuProcess) -> Iterator[None]:
    """Another process: what it does takes none of our time."""
    process = multiprocessing.get_context("spawn").Process(target=_be_greedy, args=(unit.http,))
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _be_greedy(url: str) -> None:
    asyncio.run(_take_all(url))


async def _take_all(url: str) -> None:
    """In every way, one after the other and over again."""
    async with aiohttp.ClientSession() as http:
        while True:
            for way in WAYS.values():
                async with greedy(Guest(http, url, lambda identity: token(identity, _ROOM)), way):
                    await asyncio.sleep(SECONDS / len(WAYS))
