"""What a call costs in all processes: `unisono serve` with the demo's people, sipp as phones and carrier.

`python -m tests.benchmarks.price [KIND …]` prints the CPU milliseconds of each process for a call set up
and ended.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from tests.benchmarks.measure import cpu_seconds
from tests.support.matrix_client import signed_in
from tests.support.office import ANNA, BRUNO, OUTSIDE, Office, office_of
from tests.support.ports import free_port
from tests.support.sipp import Sipp, SippError
from tests.support.stack import Stack

#: Phone to phone; a trunk to a desk phone whose owner has no client open; the same with one that rings.
Kind = Literal["phone", "trunk", "client"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_SIP = "tls_port = 0\ntrunk_calls = 1000\ntrunk_calls_per_second = 1000"
_TRUNK = """
[[trunks]]
name = "generator"
kind = "peer"
host = "127.0.0.1"
port = {port}
"""
#: Calls that warm up what is loaded on first use, those that count, and how many of them begin in a second.
_WARM_UP, _CALLS, _RATE = 20, 100, 10
#: Calls a second that are tried, one after the other, until one is too many, and for how many seconds.
RATES, _SECONDS, _KEPT_UP = (10, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200), 4, 1.25
#: Seconds for which a house without calls is watched.
_REST = 4.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A running house whose colleague Bruno has a phone that answers. `line` is the trunk's port."""

    office: Office
    folder: Path
    line: int

    def cpu(self) -> dict[str, float]:
        """CPU seconds used so far, by process."""
        return {
            name: cpu_seconds(pid) for name, pid in self.office.stack.children().items() if name != "carrier"
        }


@asynccontextmanager
async def exchange(folder: Path, extra: str = "") -> AsyncIterator[Exchange]:
    """Start it and register the phone."""
    line, phone = free_port(), free_port()
    with Stack.start(folder, demo=True, sip_lines=_SIP, extra=_TRUNK.format(port=line) + extra) as stack:
        stack.wait_ready()
        async with office_of(stack) as office, _answering(folder, phone):
            keys: dict[str, str | int] = {"contact_port": phone, "caller": BRUNO.extension}
            async with Sipp(
                folder / "register",
                "phone_registers",
                office.registrar,
                service=BRUNO.extension,
                credentials=(BRUNO.extension, BRUNO.sip_password),
                keys=keys,
            ) as registering:
                await registering.wait()
            yield Exchange(office, folder, line)


def _answering(folder: Path, port: int) -> Sipp:
    return Sipp(
        folder / "phone",
        "carrier_answers",
        "127.0.0.1",
        port=port,
        calls=10**7,
        timeout=3600,
        trace=False,
        keys={"rtp_port": 40_002},
    )


async def calls(house: Exchange, kind: Kind, number: int, rate: int) -> None:
    """So many calls to Bruno, `rate` a second. Raises `SippError` when one failed."""
    scenario = "phone_sets_up_and_ends" if kind == "phone" else "set_up_and_end"
    caller = ANNA.extension if kind == "phone" else OUTSIDE
    service = BRUNO.extension if kind == "phone" else BRUNO.number
    async with Sipp(
        house.folder / f"calls-{kind}",
        scenario,
        house.office.registrar,
        port=None if kind == "phone" else house.line,
        service=service,
        calls=number,
        rate=rate,
        timeout=60 + number // rate,
        trace=False,
        credentials=(ANNA.extension, ANNA.sip_password) if kind == "phone" else None,
        digest_uri=f"sip:{service}@{house.office.registrar}",
        keys={"rtp_port": 40_000, "caller": caller},
    ) as run:
        await run.wait(timeout=120 + number / rate)


async def cost(house: Exchange, kind: Kind, number: int = _CALLS, rate: int = _RATE) -> dict[str, float]:
    """CPU milliseconds a call, by process, above what it uses at rest. What follows the calls (records,
    presence) is counted, too."""
    async with AsyncExitStack() as clients:
        if kind == "client":
            url = house.office.stack.url
            await clients.enter_async_context(signed_in(url, BRUNO.email, BRUNO.password))
            await house.office.wait_online(BRUNO)
        else:
            # That of a run before is taken to be there for half a minute after it has gone.
            await house.office.wait_offline(BRUNO)
        await calls(house, kind, _WARM_UP, 10)
        await _quiet(house)
        first, at_rest = house.cpu(), time.monotonic()
        await asyncio.sleep(_REST)  # it is the time that is measured
        before, began = house.cpu(), time.monotonic()
        await calls(house, kind, number, rate)
        await _quiet(house)
        after, took = house.cpu(), time.monotonic() - began
    rest = {name: (before[name] - first[name]) / (began - at_rest) for name in after}
    return {name: (after[name] - before[name] - rest[name] * took) * 1000 / number for name in after}


async def setups_a_second(house: Exchange, kind: Kind) -> float:
    """The highest of :data:`RATES` at which the whole house sets up and ends every call in time; 0 when the
    first is too much."""
    best = 0
    for rate in RATES:
        began = time.monotonic()
        try:
            await calls(house, kind, rate * _SECONDS, rate)
        except (SippError, TimeoutError):
            break
        if time.monotonic() - began > _SECONDS * _KEPT_UP:
            break
        best = rate
        await _quiet(house)
    return best


async def _quiet(house: Exchange) -> None:
    """Wait until all that a run of calls left to be done is done: a second in which little CPU is used."""
    used = sum(house.cpu().values())
    for _ in range(30):
        await asyncio.sleep(1.0)  # it is the time that is measured
        now = sum(house.cpu().values())
        if now - used < 0.06:
            return
        used = now


def line(kind: Kind, costs: Mapping[str, float]) -> str:
    parts = "  ".join(f"{name} {cost:5.1f}" for name, cost in costs.items())
    return f"{kind:7} {sum(costs.values()):6.1f} ms in all   {parts}\n"


@dataclass(frozen=True, slots=True)
class Prices:
    """Milliseconds of CPU a call of each kind, of all processes together, and calls between phones that the
    house sets up in a second."""

    costs: dict[Kind, float]
    a_second: float


async def in_all(folder: Path, rounds: int = 2) -> Prices:
    """Medians, the kinds in turns."""
    found: dict[Kind, list[float]] = {kind: [] for kind in KINDS}
    async with exchange(folder) as house:
        for _ in range(rounds):
            for kind in KINDS:
                found[kind].append(sum((await cost(house, kind)).values()))
        await house.office.wait_offline(BRUNO)
        a_second = await setups_a_second(house, "phone")
    return Prices({kind: statistics.median(costs) for kind, costs in found.items()}, a_second)


async def _main(kinds: list[Kind], number: int, rate: int) -> None:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        async with exchange(Path(folder)) as house:
            for kind in kinds:
                sys.stdout.write(line(kind, await cost(house, kind, number, rate)))
                sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"of {', '.join(KINDS)}; all by default")
    parser.add_argument("--calls", type=int, default=_CALLS)
    parser.add_argument("--rate", type=int, default=_RATE)
    given = parser.parse_args()
    asyncio.run(_main(given.kinds or list(KINDS), given.calls, given.rate))
