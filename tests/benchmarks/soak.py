"""Group calls for a long time: people come, speak, mute, break off and leave; nothing may be left behind.

`python -m tests.benchmarks.soak --minutes 30` prints what the process holds whenever it is empty, and ends
with exit code 1 when it holds more at the end than after the first rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import secrets
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import aiohttp
from livekit import rtc
from livekit.protocol import models
from livekit.protocol import rtc as signal

from tests.support.sfu import Person, SfuProcess, hear, person, sfu_process, token
from tests.support.sfu_wire import Wire, join, left_alone, load

#: Rounds between two looks at the empty process; so many are at a time, as they wait more than they work.
_ROUNDS, _AT_ONCE = 6, 3
#: Memory that the interpreter may keep for later, above what the first rounds needed. MB.
_ALLOWED = 16.0


@dataclass(frozen=True)
class Holding:
    """What the empty process holds."""

    seconds: float
    rounds: int
    tasks: int
    files: int
    ports: int
    threads: int
    memory: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.0f} s  {self.rounds:5d} rounds  {self.tasks:3d} tasks  {self.files:3d} files  "
            f"{self.ports:3d} ports  {self.threads:3d} threads  {self.memory:6.1f} MB"
        )


def holding(pid: int, tasks: int, rounds: int, seconds: float) -> Holding:
    process = Path("/proc") / str(pid)
    links = [_target(link) for link in (process / "fd").iterdir()]
    lines = (process / "status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    ports = sum(link.startswith("socket:") for link in links)
    memory = int(status["VmRSS"].split()[0]) / 1024
    return Holding(seconds, rounds, tasks, len(links), ports, int(status["Threads"]), memory)


def _target(link: Path) -> str:
    with contextlib.suppress(OSError):
        return str(link.readlink())
    return ""


def leaks(first: Holding, last: Holding) -> list[str]:
    """What the process holds more of than before; empty when all is well."""
    found = [
        f"{name}: {getattr(first, name)} -> {getattr(last, name)}"
        for name in ("tasks", "files", "ports")
        if getattr(last, name) > getattr(first, name)
    ]
    # A thread or two more are the resolver's and OpenSSL's, not one for each participant.
    if last.threads > first.threads + 2:
        found.append(f"threads: {first.threads} -> {last.threads}")
    if last.memory > first.memory + _ALLOWED:
        found.append(f"memory: {first.memory:.1f} -> {last.memory:.1f} MB")
    return found


async def soak(sfu: SfuProcess, minutes: float, seed: int = 1) -> list[Holding]:
    """What the empty process holds, from time to time, until `minutes` are over; two times at least."""
    began = time.monotonic()
    found: list[Holding] = []
    rounds = 0
    async with aiohttp.ClientSession() as http:
        while len(found) < 2 or time.monotonic() - began < 60 * minutes:
            for _ in range(_ROUNDS // _AT_ONCE):
                stories = [random.Random(f"{seed} {rounds + n}") for n in range(_AT_ONCE)]  # noqa: S311 (repeatable)
                rooms = [f"soak-{rounds + n}" for n in range(_AT_ONCE)]
                rounds += _AT_ONCE
                await asyncio.gather(*map(round_of, repeat(http), repeat(sfu), rooms, stories))
            await left_alone(http, sfu, 120)
            tasks = await settled(http, sfu, found[0].tasks if found else 0)
            found.append(holding(sfu.process.pid, tasks, rounds, time.monotonic() - began))
            sys.stdout.write(f"{found[-1]}\n")
            sys.stdout.flush()
    return found


async def settled(http: aiohttp.ClientSession, sfu: SfuProcess, before: int) -> int:
    """Tasks, once those that end WebSockets have ended: as few as `before`, or the fewest of 20 looks."""
    fewest = (await load(http, sfu))["tasks"]
    for _ in range(20):
        if fewest <= before:
            break
        await asyncio.sleep(0.25)
        fewest = min(fewest, (await load(http, sfu))["tasks"])
    return fewest


async def round_of(http: aiohttp.ClientSession, sfu: SfuProcess, room: str, chance: random.Random) -> None:
    """A meeting with people who behave, and some who do not."""
    strangers(sfu, chance)
    await asyncio.gather(
        conversation(sfu, room, single=chance.random() < 0.5),
        comings_and_goings(http, sfu, room, chance),
        comings_and_goings(http, sfu, f"{room}-other", chance),
    )


async def conversation(sfu: SfuProcess, room: str, *, single: bool) -> None:
    """Two hear each other; one mutes, speaks again, writes something, and both leave."""
    async with person(sfu, "anna", room, single=single) as anna, person(sfu, "bruno", room) as bruno:
        published = await anna.speak(440)
        await bruno.show(160, 96, simulcast=False)
        await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)
        await _mute_and_speak(anna, published)
        await anna.room.local_participant.set_attributes({"hand": "1"})
        await anna.room.local_participant.publish_data(secrets.token_bytes(1000))


async def _mute_and_speak(anna: Person, published: rtc.LocalTrackPublication) -> None:
    if isinstance(published.track, rtc.LocalAudioTrack):
        published.track.mute()
        await asyncio.sleep(0.1)
        published.track.unmute()


async def comings_and_goings(
    http: aiohttp.ClientSession, sfu: SfuProcess, room: str, chance: random.Random
) -> None:
    """People without media: some leave, some vanish, some come again, some are replaced by themselves."""
    for number in range(4):
        wire = await join(http, sfu, token(f"guest-{number % 3}", room))
        sid = (await wire.next("join")).participant.sid
        await wire.send(add_track=signal.AddTrackRequest(cid="c", type=models.AUDIO))
        if chance.random() < 0.5:
            wire = await _again(http, sfu, room, number % 3, sid, wire)
        if chance.random() < 0.7:
            await wire.send(leave=signal.LeaveRequest())
        await wire.socket.close()


async def _again(
    http: aiohttp.ClientSession, sfu: SfuProcess, room: str, number: int, sid: str, wire: Wire
) -> Wire:
    again = await join(http, sfu, token(f"guest-{number}", room), f"&reconnect=1&sid={sid}")
    await again.next("reconnect")
    await wire.socket.close()
    return again


def strangers(sfu: SfuProcess, chance: random.Random) -> None:
    """Datagrams of nobody."""
    port = int(sfu.http.rpartition(":")[2]) + 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(20):
            stranger.sendto(chance.randbytes(chance.randint(1, 1200)), ("127.0.0.1", port))


async def _main(minutes: float) -> int:
    with tempfile.TemporaryDirectory() as folder, sfu_process(Path(folder)) as sfu:
        found = await soak(sfu, minutes)
    # The first looks include what is loaded and compiled on first use.
    first = found[min(len(found) // 5, len(found) - 2)]
    faults = leaks(first, found[-1])
    sys.stdout.write("\n".join(faults) + "\n" if faults else "nothing left behind\n")
    return 1 if faults else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    sys.exit(asyncio.run(_main(parser.parse_args().minutes)))
