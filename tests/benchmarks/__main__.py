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
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from tests.benchmarks import (
    accounts,
    call_log,
    chat,
    directory,
    greedy,
    house,
    lamps,
    mailboxes,
    media,
    meeting_phones,
    price,
    search,
    sfu,
    sfu_loop,
    sip,
)
from tests.benchmarks.bridge import bridge
from tests.benchmarks.janus import JANUS, janus
from tests.benchmarks.kamailio import KAMAILIO, kamailio
from tests.benchmarks.livekit import LIVEKIT, livekit
from tests.benchmarks.measure import interleaved, made
from tests.benchmarks.sippy import SIPPY, sippy
from tests.benchmarks.table import Row, markdown
from tests.support.media_servers import own_media
from tests.support.ports import free_port
from tests.support.postgresql import NotHere, OneDatabase, own_server
from tests.support.programs import found
from tests.support.rtpengine import rtpengine
from tests.support.sfu import SfuProcess, sfu_process
from tests.support.stack import Stack

_LOGINS = [("anna@unisono.example", "anna-demo"), ("bruno@unisono.example", "bruno-demo")]
#: As the bridge asks it: able to play keys, for which it takes calls through its codecs.
_PEER = "rtpengine (DTMF injection)"
_MEDIA_ROUNDS, _CPU_ROUNDS, _MEETING_ROUNDS = 2, 3, 3


def start(folder: Path) -> Iterator[Row]:
    """Start to ready."""
    yield Row("Start to ready", house.start_to_ready(folder), None, "s")


def chat_and_memory(folder: Path) -> Iterator[Row]:
    """Memory of a server that was started anew, then chat through its front."""
    # The first start makes keys, tables and people.
    with Stack.start(folder, demo=True, sfu=True) as stack:
        stack.wait_ready()
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


def call_logs(folder: Path) -> Iterator[Row]:
    """A page of a log of a million calls, through HTTP."""
    median, slowest = asyncio.run(call_log.page_ms(folder))
    yield Row("A page of a log of 1,000,000 calls: median of questions", median, None, "ms")
    yield Row("A page of a log of 1,000,000 calls: the slowest question", slowest, None, "ms")
    try:
        with own_server() as url:
            median, slowest = asyncio.run(_log_in_postgresql(folder, url))
    except NotHere:
        return
    yield Row("The same in PostgreSQL: median of questions", median, None, "ms")
    yield Row("The same in PostgreSQL: the slowest question", slowest, None, "ms")


def messages_found(folder: Path) -> Iterator[Row]:
    """Questions among a million messages."""
    yield from _found("", asyncio.run(search.answers(folder)))
    try:
        with own_server() as url:
            yield from _found(" in PostgreSQL", asyncio.run(_found_in_postgresql(folder, url)))
    except NotHere:
        return


def _found(where: str, measured: tuple[float, float, float]) -> Iterator[Row]:
    median, late, rate = measured
    yield Row(f"Search among 1,000,000 messages{where}: median", median, None, "ms")
    yield Row(f"Search among 1,000,000 messages{where}: 95th percentile", late, None, "ms")
    yield Row(f"Messages that come to be found{where}, in batches", rate, None, "/s")


async def _found_in_postgresql(folder: Path, url: str) -> tuple[float, float, float]:
    return await search.answers(folder, await OneDatabase(url).migrated())


async def _log_in_postgresql(folder: Path, url: str) -> tuple[float, float]:
    return await call_log.page_ms(folder, await OneDatabase(url).migrated())


def set_ups(folder: Path) -> Iterator[Row]:
    """SIP set-ups through the back-to-back user agent and through a proxy."""
    if found("sipp") is None or KAMAILIO is None:
        return
    yield from asyncio.run(_set_ups(folder))


async def _set_ups(folder: Path) -> list[Row]:
    callee, rows = free_port(), list[Row]()
    async with AsyncExitStack() as running:
        await running.enter_async_context(sip.answering(folder, callee))
        ours = await running.enter_async_context(bridge(folder / "bridge", callee))
        peers = {}
        for name, start_peer in {
            "Kamailio (proxy)": kamailio,
            **({"sippy (no media)": sippy} if SIPPY else {}),
        }.items():
            port = free_port()
            pid = await running.enter_async_context(start_peer(folder / name[:5], port, callee))
            peers[name] = sip.Relay(port, pid, reorders=start_peer is sippy)
        for name, theirs in peers.items():
            cpu = await interleaved(
                partial(sip.cpu_ms_a_setup, folder, ours),
                partial(sip.cpu_ms_a_setup, folder, theirs),
                _CPU_ROUNDS,
            )
            rows.append(Row("SIP: CPU of one call set up and ended, bridge alone", *cpu, "ms", name))
        best = await sip.setups_a_second(folder, ours)
        for name, theirs in peers.items():
            rate = best, await sip.setups_a_second(folder, theirs)
            rows.append(Row("SIP: set-ups a second, all in time", *rate, "1/s", name))
        costs = [await sip.cpu_ms_a_registration(folder, ours) for _ in range(_CPU_ROUNDS)]
        registered = await sip.registrations_a_second(folder, ours)
    registration = statistics.median(costs)
    return [
        *rows,
        Row("SIP: CPU of one registration, challenge included", registration, None, "ms"),
        Row("SIP: registrations a second, challenge included, all in time", registered, None, "1/s"),
    ]


def lamp_changes(_folder: Path) -> Iterator[Row]:
    """Busy lamps that all show one colleague."""
    median, slowest, cpu = asyncio.run(lamps.told_ms())
    yield Row(f"{lamps.LAMPS:,} lamps of one colleague: told of a change, median", median, None, "ms")
    yield Row(f"{lamps.LAMPS:,} lamps of one colleague: told of a change, p95", slowest, None, "ms")
    yield Row(f"{lamps.LAMPS:,} lamps of one colleague: CPU of a change for all", cpu, None, "ms")


def prices(folder: Path) -> Iterator[Row]:
    """What a call costs the whole house."""
    if found("sipp") is None:
        return
    whole = asyncio.run(price.in_all(folder))
    words: dict[price.Kind, str] = {
        "phone": "phone to phone",
        "trunk": "from a line to a desk phone",
        "client": "the same, and a Matrix client rings, too",
    }
    for kind, cost in whole.costs.items():
        yield Row(f"SIP: CPU of one call in all processes, {words[kind]}", cost, None, "ms")
    yield Row("SIP: set-ups a second of the whole house, phone to phone", whole.a_second, None, "1/s")


def recordings(folder: Path) -> Iterator[Row]:
    """Mailboxes that record at once, on one core."""
    if found("sipp") is None:
        return
    said = asyncio.run(mailboxes.recorded(folder))
    what = f"{mailboxes.MAILBOXES} mailboxes recording, the house on one core"
    yield Row(f"{what}: CPU of all processes", said.in_all / 10, None, "%")
    yield Row(f"{what}: kept of what is said, the worst of them", 100 * said.kept, None, "%")


def bridged_calls(folder: Path) -> Iterator[Row]:
    """CPU of a call between a browser and a telephone."""
    if found("rtpengine") is None:
        return
    cost, ours, theirs = asyncio.run(_bridged_calls(made(folder)))
    yield Row("Media: CPU a second of a bridged call, DTLS-SRTP to RTP", *cost, "ms", _PEER)
    what = "Media: delay of a packet on its way through, 99th percentile"
    yield Row(what, ours.delay, theirs.delay, "ms", _PEER)
    yield Row("Media: packets lost on their way through", ours.lost, theirs.lost, "%", _PEER)


async def _bridged_calls(folder: Path) -> tuple[tuple[float, float], media.Passage, media.Passage]:
    with own_media(folder, pairs=100) as own, rtpengine(folder, pairs=100) as peer:
        async with media.carried_by(own) as ours, media.carried_by(peer) as theirs:
            cost = await interleaved(
                lambda: media.cpu_ms_a_call(ours), lambda: media.cpu_ms_a_call(theirs), _MEDIA_ROUNDS
            )
            ways = [(await media.passage(ours), await media.passage(theirs)) for _ in range(_MEDIA_ROUNDS)]
            return cost, _middle([own for own, _ in ways]), _middle([other for _, other in ways])


def _middle(ways: list[media.Passage]) -> media.Passage:
    return media.Passage(
        statistics.median(way.delay for way in ways), statistics.median(way.lost for way in ways)
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
    """A meeting with a guest who sends all that they may, one with that guest elsewhere, one without."""
    quiet = {"level": "warning"}
    with (
        sfu_process(made(folder / "ours"), log=quiet) as unit,
        sfu_process(made(folder / "other"), log=quiet) as other,
    ):
        without = asyncio.run(greedy.felt(unit))
        elsewhere = asyncio.run(greedy.felt(unit, other))
        beside = asyncio.run(greedy.felt(unit, unit))
    peer = "the guest elsewhere"
    yield Row("Meeting with a greedy guest: join of others, median", beside.join, elsewhere.join, "ms", peer)
    yield Row("Meeting with a greedy guest: others hear each other", beside.heard, elsewhere.heard, "%", peer)
    yield Row("Meeting with a greedy guest: CPU of the server", beside.cpu, elsewhere.cpu, "%", peer)
    peer = "no guest at all"
    yield Row("The guest elsewhere: join of others, median", elsewhere.join, without.join, "ms", peer)
    yield Row("The guest elsewhere: others hear each other", elsewhere.heard, without.heard, "%", peer)


BENCHMARKS: dict[str, Callable[[Path], Iterator[Row]]] = {
    "start": start,
    "chat": chat_and_memory,
    "accounts": sign_ins,
    "directory": searches,
    "calllog": call_logs,
    "search": messages_found,
    "sip": set_ups,
    "lamps": lamp_changes,
    "price": prices,
    "mailboxes": recordings,
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
