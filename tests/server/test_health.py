import asyncio

import aiohttp
import pytest

from server import health


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
