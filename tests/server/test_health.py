import asyncio

import aiohttp
import pytest

from server import health
from server.config import load
from server.storage import Database


async def ready() -> str | None:
    return None


async def not_ready() -> str | None:
    return "registering"


async def refused() -> str | None:
    raise aiohttp.ClientConnectionError


async def broken() -> str | None:
    raise ValueError


async def silent() -> str | None:
    await asyncio.Event().wait()
    return None


async def test_every_part_says_why_it_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.01)
    checks = {"a": ready, "b": not_ready, "c": refused, "d": broken, "e": silent}
    found = await health.examine(checks)
    assert {name: part.why for name, part in found.items()} == {
        "a": None,
        "b": "registering",
        "c": "not reachable",
        "d": "ValueError",
        "e": "no answer within 0.01 s",
    }
    assert [name for name, part in found.items() if part.ready] == ["a"]


async def test_whoever_asks_within_a_second_gets_what_was_found() -> None:
    """L12: strangers may ask; four processes and the database are asked once a second for all of them."""
    asked: list[str] = []
    why: list[str | None] = [None]
    now = [100.0]

    async def part() -> str | None:
        asked.append("part")
        await asyncio.sleep(0)
        return why[0]

    state = health.Health(load(), Database("sqlite+aiosqlite://"), lambda: now[0])
    state.checks = {"part": part}
    found = await asyncio.gather(*(state.examine() for _ in range(50)))
    assert len(asked) == 1 and all(parts["part"].ready for parts in found)
    now[0] += 0.99
    why[0] = "gone"
    assert (await state.examine())["part"].ready
    now[0] += 0.01
    assert not (await state.examine())["part"].ready
    # Whoever waits for it to come back need not wait for long.
    now[0] += 0.1
    why[0] = None
    assert (await state.examine())["part"].ready
    assert len(asked) == 3
    # Whoever watches from this machine is told what is, not what was.
    await state.examine(anew=True)
    assert len(asked) == 4
