"""Fifty callers speak to fifty mailboxes at once: what it costs, and how much of it is kept.

The callers are sipp on an outside line, with a packet of sound each 20 ms. Once all are recorded, all
processes of the house have one core together; the callers have the others.
`python -m tests.benchmarks mailboxes`.
"""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bridges.sdp.codecs import PCMU
from tests.benchmarks.measure import cpu_seconds, made, tree
from tests.support.audio import encode_g711, tone
from tests.support.office import OUTSIDE
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sipp import Sipp
from tests.support.stack import Ports, Stack

MAILBOXES = 50
#: Seconds that are looked at, and those that a caller stays: the greeting, the start of all, and the look.
_LOOK, _STAYS = 15.0, 150.0
#: Seconds of a start: so many people have so many passwords.
_START = 300.0
#: Callers that begin in a second, and RTP ports: four of each call.
_RATE, _PORTS = 2, 4 * MAILBOXES + 50
_NUMBERS = "+3906123400"
_RATE_OF_SOUND = 8000
_SETTINGS = """
[telephony]
calls_at_once = 0
calls_at_once_a_trunk = 0
calls_at_once_in_all = 0

[[trunks]]
name = "generator"
kind = "peer"
host = "127.0.0.1"
port = {port}
"""
_PERSON = """
[[demo.people]]
email = "mailbox{n}@unisono.example"
password = "of a mailbox {n}"
name = "Mailbox {n}"
extension = "{extension}"
sip_password = "of a phone {n}"
number = "{numbers}{n}"
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """While all were recording: milliseconds of CPU a second of each process, and the share of what was said
    that lies in the files, of the mailbox that has least of it."""

    cpu: dict[str, float]
    kept: float

    @property
    def in_all(self) -> float:
        return sum(self.cpu.values())


async def recorded(folder: Path) -> Recorded:
    """Let them all speak.

    :raises TimeoutError: when not all are recorded in time.
    """
    line = free_port()
    people = "".join(
        _PERSON.format(n=number, extension=300 + number, numbers=_NUMBERS)
        for number in range(1, MAILBOXES + 1)
    )
    with ExitStack() as ends:
        stack = ends.enter_context(
            Stack.start(
                folder,
                demo=True,
                ports=Ports.free(_PORTS),
                sip_lines=f"tls_port = 0\ntrunk_calls = {MAILBOXES}\ntrunk_calls_per_second = {_RATE}",
                voicemail_lines="by_default = true",
                extra=_SETTINGS.format(port=line) + people,
            )
        )
        stack.wait_ready(_START)
        said = made(folder / "callers") / "said.ulaw"
        said.write_bytes(encode_g711(tone(440, 1.0), PCMU.key))
        async with Sipp(
            said.parent,
            "leaves_a_message",
            f"127.0.0.1:{stack.ports.sip}",
            port=line,
            service=_NUMBERS,
            calls=MAILBOXES,
            rate=_RATE,
            hold=_STAYS,
            timeout=int(_STAYS + PATIENCE),
            trace=False,
            keys={"caller": OUTSIDE},
        ) as callers:
            spool = stack.data / "sip" / "voicemail"
            await _all_recording(spool)
            _on_one_core(stack.process.pid)
            found = await _looked_at(stack, spool)
            await callers.wait(_STAYS + PATIENCE)
    return found


def _on_one_core(pid: int) -> None:
    core = {min(os.sched_getaffinity(0))}
    for member in tree(pid):
        for thread in Path(f"/proc/{member}/task").iterdir():
            os.sched_setaffinity(int(thread.name), core)


def _sizes(spool: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in spool.glob("*.ulaw")}


async def _all_recording(spool: Path) -> None:
    for _ in range(int(10 * _STAYS)):
        sizes = _sizes(spool)
        if len(sizes) == MAILBOXES and min(sizes.values()) > 0:
            return
        await asyncio.sleep(0.1)  # files grow and tell nobody
    raise TimeoutError(f"{len(_sizes(spool))} of {MAILBOXES} mailboxes are recording")


async def _looked_at(stack: Stack, spool: Path) -> Recorded:
    pids = {name: pid for name, pid in stack.children().items() if name != "carrier"}
    before, sizes, began = _used(pids), _sizes(spool), time.monotonic()
    await asyncio.sleep(_LOOK)  # it is the time that is measured
    after, now, took = _used(pids), _sizes(spool), time.monotonic() - began
    least = min(now[name] - size for name, size in sizes.items())
    cpu = {name: (after[name] - before[name]) * 1000 / took for name in pids}
    return Recorded(cpu, least / (took * _RATE_OF_SOUND))


def _used(pids: dict[str, int]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name, pid in pids.items()}
