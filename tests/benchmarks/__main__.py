"""``python -m tests.benchmarks [NAME …] [--out FILE]``: measures, prints a table, writes it as Markdown.

Every figure with a peer was taken beside that peer in the same run, so that the ratio means something on any
machine; the figures by themselves do not. Nothing is asserted. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import statistics
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import (
    accounts,
    chat,
    directory,
    greedy,
    house,
    media,
    meeting_phones,
    sfu,
    sfu_loop,
    sip,
)
from tests.benchmarks.bridge import bridge
from tests.benchmarks.gateway_process import gateway_process
from tests.benchmarks.janus import JANUS, janus
from tests.benchmarks.kamailio import KAMAILIO, kamailio
from tests.benchmarks.livekit import LIVEKIT, livekit
from tests.benchmarks.measure import interleaved
from tests.benchmarks.rtpengine import RTPENGINE, rtpengine
from tests.benchmarks.table import Row, markdown
from tests.support.ports import free_port
from tests.support.programs import found
from tests.support.sfu import SfuProcess, sfu_process
from tests.support.stack import Stack

_LOGINS = [("anna@unisono.example", "anna-demo"), ("bruno@unisono.example", "bruno-demo")]
_MEDIA_ROUNDS, _CPU_ROUNDS, _MEETING_ROUNDS = 2, 3, 3


def start(folder: Path) -> Iterator[Row]:
    """Start to ready."""
    yield Row("Start to ready", house.start_to_ready(folder), None, "s")


def chat_and_memory(folder: Path) -> Iterator[Row]:
    """Memory of a fresh server, then chat through its front."""
    with Stack.start(folder, demo=True, sfu=True) as stack:
        stack.wait_ready()
        memory = house.idle_memory(stack)
        latency, throughput = asyncio.run(_chat(stack))
    yield Row("Idle memory, all processes", memory["whole"], memory["homeserver"], "MB", "Synapse in it")
    yield Row("Chat: send to the other's sync, median", *latency, "ms", "Synapse directly")
    yield Row("Chat: messages a second, 10 at once", *throughput, "1/s", "Synapse directly")


async def _chat(stack: Stack) -> tuple[tuple[float, float], tuple[float, float]]:
    homeserver = f"http://127.0.0.1:{stack.ports.homeserver}"
    async with chat.two_ways(stack.url, homeserver, _LOGINS) as (front, direct):
        return await chat.latency(front, direct), await chat.throughput(front, direct)


def sign_ins(folder: Path) -> Iterator[Row]:
    """Signing in, and how much of it is Argon2."""
    logins = [*_LOGINS, ("chiara@unisono.example", "chiara-demo")]
    with Stack.start(folder, demo=True) as stack:
        stack.wait_ready()
        one = asyncio.run(accounts.one_ms(stack.url, logins[0]))
        rate = asyncio.run(accounts.a_second(stack.url, logins))
    yield Row("Sign-in, one person, median", *one, "ms", "Argon2 check alone")
    yield Row("Sign-ins a second, three at once, each signing out", *rate, "1/s", "Argon2 checks alone")


def searches(folder: Path) -> Iterator[Row]:
    """Search over the directory and both phonebooks, through HTTP."""
    median, slowest = asyncio.run(directory.search_ms(folder))
    yield Row("Search among 10,000 contacts: median of queries", median, None, "ms")
    yield Row("Search among 10,000 contacts: the slowest query", slowest, None, "ms")


def set_ups(folder: Path) -> Iterator[Row]:
    """SIP set-ups through the back-to-back user agent and through a proxy."""
    if found("sipp") is None or KAMAILIO is None:
        return
    cpu, rate = asyncio.run(_set_ups(folder))
    yield Row("SIP: CPU of one call set up and ended", *cpu, "ms", "Kamailio (proxy)")
    yield Row("SIP: set-ups a second, all in time", *rate, "1/s", "Kamailio (proxy)")


async def _set_ups(folder: Path) -> tuple[tuple[float, float], tuple[float, float]]:
    callee, port = free_port(), free_port()
    async with (
        sip.answering(folder, callee),
        bridge(folder / "bridge", callee) as ours,
        kamailio(folder / "kamailio", port, callee) as pid,
    ):
        theirs = sip.Relay(port, pid)
        cpu = await interleaved(
            lambda: sip.cpu_ms_a_setup(folder, ours), lambda: sip.cpu_ms_a_setup(folder, theirs), _CPU_ROUNDS
        )
        return cpu, (await sip.setups_a_second(folder, ours), await sip.setups_a_second(folder, theirs))


def bridged_calls(folder: Path) -> Iterator[Row]:
    """CPU of a call between a browser and a telephone."""
    if RTPENGINE is None:
        return
    cost = asyncio.run(_bridged_calls(folder))
    yield Row("Media: CPU a second of a bridged call, DTLS-SRTP to RTP", *cost, "ms", "rtpengine")


async def _bridged_calls(folder: Path) -> tuple[float, float]:
    async with gateway_process(folder / "gateway") as ours, rtpengine(folder / "rtpengine") as theirs:
        return await interleaved(
            lambda: media.cpu_ms_a_call(ours), lambda: media.cpu_ms_a_call(theirs), _MEDIA_ROUNDS
        )


def forwarding(_folder: Path) -> Iterator[Row]:
    """The loop that sends each packet on to all who watch."""
    rate = asyncio.run(sfu_loop.packets_a_second())
    yield Row("Meeting: packets out a second and core, the loop alone", rate, None, "1/s")


def meetings(folder: Path) -> Iterator[Row]:
    """Ten people in one meeting, and how soon one sees who is there."""
    for name, peer, theirs in (
        ("LiveKit server", LIVEKIT, _in_livekit),
        ("Janus (video room)", JANUS, _in_janus),
    ):
        if peer is not None:
            yield from asyncio.run(theirs(folder, name))


async def _in_livekit(folder: Path, name: str) -> list[Row]:
    async with sfu.ours(folder / "sfu-1") as ours, livekit(folder / "livekit") as theirs:
        costs = [
            (await sfu.complete(lambda: sfu.meeting(ours)), await sfu.complete(lambda: sfu.meeting(theirs)))
            for _ in range(_MEETING_ROUNDS)
        ]
        frame = await interleaved(
            lambda: sfu.first_frame_ms(ours), lambda: sfu.first_frame_ms(theirs), _MEETING_ROUNDS
        )
    return [*_meeting_rows(costs, name), Row("Meeting: join to first picture, median", *frame, "ms", name)]


async def _in_janus(folder: Path, name: str) -> list[Row]:
    async with sfu.ours(folder / "sfu-2") as ours, janus(folder / "janus") as theirs:
        costs = [
            (
                await sfu.complete(lambda: sfu.meeting(ours)),
                await sfu.complete(lambda: sfu.meeting_in_janus(theirs)),
            )
            for _ in range(_MEETING_ROUNDS)
        ]
    return _meeting_rows(costs, name)


def _meeting_rows(costs: list[tuple[sfu.Cost, sfu.Cost]], peer: str) -> list[Row]:
    def both(figure: Callable[[sfu.Cost], float]) -> tuple[float, float]:
        pairs = [(figure(ours), figure(theirs)) for ours, theirs in costs]
        return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)

    # Only the first meeting of a process finds it as small as it began.
    first = costs[0][0].memory, costs[0][1].memory
    return [
        Row("Meeting of 10, 360p, all see all: CPU of the server", *both(lambda one: one.cpu), "%", peer),
        Row("Meeting of 10: packets out a second and core", *both(lambda one: one.packets), "1/s", peer),
        Row("Meeting of 10: memory a participant", *first, "MB", peer),
    ]


def telephones(folder: Path) -> Iterator[Row]:
    """Telephones in a meeting: one ear for all of them, or one each."""
    with sfu_process(folder) as unit:
        cost = asyncio.run(_telephones(unit))
    what = f"Meeting: CPU a second of a telephone, {meeting_phones.PHONES} in it and people who speak"
    yield Row(what, *cost, "ms", "a subscription each")


async def _telephones(unit: SfuProcess) -> tuple[float, float]:
    async with meeting_phones.speakers(unit):
        return await interleaved(
            lambda: meeting_phones.cpu_ms_a_phone(unit, together=True),
            lambda: meeting_phones.cpu_ms_a_phone(unit, together=False),
            _MEDIA_ROUNDS,
        )


def greed(folder: Path) -> Iterator[Row]:
    """A minute with a guest who sends all that they may, and one without."""
    with sfu_process(folder, log={"level": "warning"}) as unit:
        without = asyncio.run(greedy.felt(unit, greed=False))
        beside = asyncio.run(greedy.felt(unit, greed=True))
    peer = "without the guest"
    yield Row("Meeting with a greedy guest: join of others, median", beside.join, without.join, "ms", peer)
    yield Row("Meeting with a greedy guest: others hear each other", beside.heard, without.heard, "%", peer)
    yield Row("Meeting with a greedy guest: CPU of the server", beside.cpu, without.cpu, "%", peer)


BENCHMARKS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "start": start,
    "chat": chat_and_memory,
    "accounts": sign_ins,
    "directory": searches,
    "sip": set_ups,
    "media": bridged_calls,
    "forwarding": forwarding,
    "meetings": meetings,
    "greed": greed,
    "telephones": telephones,
}


def main() -> int:
    """Run what was named, or all."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default"
    )
    parser.add_argument(
        "--out", type=Path, default=Path("build/benchmarks.md"), help="Markdown file to write"
    )
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    for name in arguments.names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        with house.scratch() as folder:
            rows += BENCHMARKS[name](Path(folder))
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    text = f"{markdown(rows)}\n{machine}; everything on one machine, load generators included.\n"
    sys.stdout.write(text)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
