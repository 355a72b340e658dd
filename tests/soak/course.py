"""The course of a soak: warm-up, what a call of each kind holds, then rounds of all kinds at once."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.secrets import load_or_create
from tests.soak.hold import Hold
from tests.soak.holding import Holding, holding, leaks, slope
from tests.soak.people import House, configuration, house
from tests.soak.scenarios import SCENARIOS, Scenario
from tests.support.patience import PATIENCE
from tests.support.stack import Stack

#: Seconds that a call stands.
HOLD = 4.0
STANDING = tuple(scenario for scenario in SCENARIOS if scenario.stands)
#: So many calls of one kind at once are looked at, to see what each holds.
AT_ONCE = (3, 6)
_PARTS = ("web", "homeserver", "sip", "media", "carrier")

Held = dict[str, Holding]


@dataclass(frozen=True, slots=True)
class Share:
    """What each call of a kind holds in a process: handles that are no sockets, and ports; None: not the same
    for each."""

    files: int | None
    ports: int | None


@dataclass
class Course:
    """All that came out. `idle` is what the processes held after the warm-up and after each round."""

    rate: float
    calls: dict[str, int] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    shares: dict[str, dict[str, Share]] = field(default_factory=dict)
    idle: list[Held] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def steady(self) -> Held:
        """What was held once all that is loaded on first use had been loaded: after a fifth of the rounds."""
        return self.idle[min(len(self.idle) // 5, len(self.idle) - 2)]

    @property
    def faults(self) -> list[str]:
        """What is not as it should be, in words."""
        first, last = self.steady, self.idle[-1]
        left = [f"{part} {word}" for part in last for word in leaks(first[part], last[part])]
        uneven = [
            f"{kind}: {part} does not hold the same for each call"
            for kind, parts in self.shares.items()
            for part, share in parts.items()
            if share.files is None or share.ports is None
        ]
        return [*self.failed, *uneven, *left]


@asynccontextmanager
async def soaked(folder: Path, hold: float = HOLD) -> AsyncIterator[House]:
    """A house that nobody else uses; a call stands for `hold` seconds."""
    with await asyncio.to_thread(Stack.start, folder, demo=True, extra=configuration()) as stack:
        await asyncio.to_thread(stack.wait_ready)
        secret = load_or_create(stack.data / "secrets").internal_secret
        async with house(stack, folder, secret, Hold(hold)) as people:
            yield people


async def soak(
    people: House,
    minutes: float,
    rate: float,
    *,
    round_seconds: float = 60.0,
    looked_at: Sequence[Scenario] = STANDING,
) -> Course:
    """Run it, two rounds at least; `looked_at` are the kinds of which is found what each call holds."""
    # One call of each kind that does not count: rooms are made, and the web hears who is online.
    await _round(people, Course(rate), 1.0)
    course, began = Course(rate), time.monotonic()
    await _round(people, course, min(round_seconds, 10.0))
    await idle(people)
    for scenario in looked_at:
        course.shares[scenario.name] = await shares(people, course, scenario)
    course.idle.append(await idle(people))
    _say(course, "warm-up")
    while len(course.idle) < 3 or time.monotonic() - began < 60 * minutes:
        await _round(people, course, round_seconds)
        course.idle.append(await idle(people))
        _say(course, f"{time.monotonic() - began:.0f} s")
    course.seconds = time.monotonic() - began
    return course


def _say(course: Course, when: str) -> None:
    memory = "  ".join(f"{part} {held.memory:.1f} MB" for part, held in course.idle[-1].items())
    sys.stdout.write(f"{when}: {sum(course.calls.values())} calls, {len(course.failed)} failed  {memory}\n")
    sys.stdout.flush()


async def _round(people: House, course: Course, seconds: float) -> None:
    """All kinds at once, together at the course's rate."""
    each = course.rate / len(SCENARIOS)
    calls = max(1, round(each * seconds))
    await asyncio.gather(*(_run(people, course, scenario, calls, each) for scenario in SCENARIOS))


async def _run(people: House, course: Course, scenario: Scenario, calls: int, rate: float) -> None:
    course.calls[scenario.name] = course.calls.get(scenario.name, 0) + calls
    failed = [f"{scenario.name}: {word}" for word in await scenario.run(people, calls, rate)]
    sys.stdout.writelines(f"{word}\n" for word in failed)  # at once: an hour is long
    course.failed += failed


async def shares(people: House, course: Course, scenario: Scenario) -> dict[str, Share]:
    """What each call of this kind holds, by process."""
    looks = [(0, await idle(people))]
    for calls in AT_ONCE:
        with people.hold.kept():
            running = asyncio.create_task(_run(people, course, scenario, calls, 10 * calls))
            looks.append((calls, await standing(people, course, scenario, calls, running)))
        await running
        await idle(people)
    return {
        part: Share(
            slope([(calls, held[part].files) for calls, held in looks]),
            slope([(calls, held[part].ports) for calls, held in looks]),
        )
        for part in _PARTS
    }


async def standing(
    people: House, course: Course, scenario: Scenario, calls: int, running: asyncio.Task[None]
) -> Held:
    """What is held while so many calls stand at once."""
    for _ in range(int(20 * PATIENCE)):
        if running.done():
            break
        if await people.calls(answered=True) == calls:
            return now(people)
        await asyncio.sleep(0.1)  # the bridge's list has no events
    course.failed.append(f"{scenario.name}: never {calls} at once")
    return now(people)


async def idle(people: House) -> Held:
    """What is held when there are no calls, once it changes no more."""
    held = now(people)
    for _ in range(int(2 * PATIENCE)):
        await asyncio.sleep(0.5)  # handles are closed when they are, and nobody tells
        before, held = held, now(people)
        if not await people.calls() and _counts(before) == _counts(held):
            return held
    return held


def _counts(held: Held) -> list[tuple[int, int]]:
    return [(each.files, each.ports) for each in held.values()]


def now(people: House) -> Held:
    """What each process holds at this moment."""
    pids = people.stack.children()
    return {part: holding(pids[part]) for part in _PARTS}
