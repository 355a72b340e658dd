"""SIP set-ups a second: sipp calls sipp through a relay, every call is answered and hung up at once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import cpu_seconds
from tests.support.sipp import Sipp, SippError

#: Calls a second that are tried, one after the other, until one is too many.
RATES = (25, 50, 75, 100, 150, 200, 300, 400, 600, 800)
_SECONDS = 3
_KEPT_UP = 1.25  # a run that took longer than this much of its nominal time did not keep up
CALLED, CALLER = "+390612345099", "+390698765432"
#: Of every phone that registers; registrations a second that leave time, and those that are tried.
PASSWORD, _REGISTERS_A_SECOND = "of a phone", 100
REGISTRATIONS = (100, 200, 300, 400, 500, 600, 800, 1000, 1200, 1500)


@dataclass(frozen=True, slots=True)
class Relay:
    """Something that takes calls on a UDP port of 127.0.0.1 and passes them to a sipp that answers."""

    port: int
    pid: int
    caller_port: int | None = None  # where the caller must sit, if the relay knows its peers by address
    reorders: bool = False  # whether its answers overtake each other


async def _run(folder: Path, relay: Relay, rate: int, seconds: int) -> tuple[float, float]:
    """Elapsed seconds and CPU seconds of the relay for ``rate`` calls a second.

    :raises SippError: when a call failed.
    """
    cpu, began = cpu_seconds(relay.pid), time.monotonic()
    async with Sipp(
        folder / f"caller-{rate}",
        "set_up_and_end",
        f"127.0.0.1:{relay.port}",
        port=relay.caller_port,
        service=CALLED,
        calls=rate * seconds,
        rate=rate,
        timeout=5 * seconds,
        trace=False,
        lenient=relay.reorders,
        keys={"rtp_port": 40_000, "caller": CALLER},
    ) as caller:
        await caller.wait()
    return time.monotonic() - began, cpu_seconds(relay.pid) - cpu


async def setups_a_second(folder: Path, relay: Relay) -> float:
    """The highest of :data:`RATES` at which every call succeeds in time; 0 when the first is too much."""
    best = 0
    for rate in RATES:
        try:
            elapsed, _ = await _run(folder, relay, rate, _SECONDS)
        except SippError:
            break
        if elapsed > _SECONDS * _KEPT_UP:
            break
        best = rate
    return best


async def cpu_ms_a_setup(folder: Path, relay: Relay, rate: int = 25) -> float:
    """CPU milliseconds of the relay for one call set up and ended, at a rate that leaves it time."""
    _, cpu = await _run(folder, relay, rate, _SECONDS)
    return cpu * 1000 / (rate * _SECONDS)


async def cpu_ms_a_registration(folder: Path, relay: Relay) -> float:
    """CPU milliseconds of the registrar for one REGISTER with the one that it challenged before."""
    _, cpu = await _register(folder, relay, _REGISTERS_A_SECOND)
    return cpu * 1000 / (_REGISTERS_A_SECOND * _SECONDS)


async def registrations_a_second(folder: Path, relay: Relay) -> float:
    """The highest of :data:`REGISTRATIONS` at which all succeed in time, each of two REGISTERs; 0 when the
    first is too much."""
    best = 0
    for rate in REGISTRATIONS:
        try:
            elapsed, _ = await _register(folder, relay, rate)
        except SippError:
            break
        if elapsed > _SECONDS * _KEPT_UP:
            break
        best = rate
    return best


async def _register(folder: Path, relay: Relay, rate: int) -> tuple[float, float]:
    """Elapsed seconds and CPU seconds of the registrar for so many registrations a second.

    :raises SippError: when one failed.
    """
    before, began = cpu_seconds(relay.pid), time.monotonic()
    async with Sipp(
        folder / f"registers-{rate}",
        "phone_registers",
        f"127.0.0.1:{relay.port}",
        service="201",
        calls=rate * _SECONDS,
        rate=rate,
        timeout=30,
        trace=False,
        credentials=("201", PASSWORD),
        keys={"contact_port": 5099, "caller": "201"},
    ) as phones:
        await phones.wait()
    return time.monotonic() - began, cpu_seconds(relay.pid) - before


def answering(folder: Path, port: int) -> Sipp:
    """The called party behind the relay, for as many calls as come."""
    return Sipp(
        folder / "callee",
        "carrier_answers",
        "127.0.0.1",
        port=port,
        calls=10**7,
        timeout=3600,
        trace=False,
        keys={"rtp_port": 40_002},
    )
