"""Webhooks over the wire: in order, again when they did not arrive, never in anybody's way."""

import asyncio
from typing import Any

import pytest
from aiohttp import web
from livekit.protocol import models

from server.sfu.signal import token
from server.sfu.signal.webhook import Happening
from server.sfu.transport.webhooks import Webhooks
from tests.support.patience import PATIENCE

SECRET = "s" * 40


class Receiver:
    """Answers with `answers` first, then with 200; `got` are the names of rooms that arrived."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: asyncio.Queue[str] = asyncio.Queue()

    async def take(self, request: web.Request) -> web.Response:
        token.verify(request.headers["Authorization"], {"key": SECRET}, 1.8e9)
        content: Any = await request.json()
        await self.got.put(content["room"]["name"])
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    async def start(self) -> tuple[web.AppRunner, str]:
        app = web.Application()
        app.add_routes([web.post("/hook", self.take)])
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook"


@pytest.mark.parametrize(
    ("answers", "seen"),
    [
        pytest.param((), ["a", "b"], id="taken"),
        pytest.param((500, 503), ["a", "a", "a", "b"], id="failing at first"),
        pytest.param((401,), ["a", "b"], id="refused"),
    ],
)
async def test_what_happens_arrives_in_order(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[int, ...], seen: list[str]
) -> None:
    monkeypatch.setattr("server.sfu.transport.webhooks.time.time", lambda: 1.8e9)
    receiver = Receiver(*answers)
    runner, url = await receiver.start()
    hooks = Webhooks(url, "key", SECRET)
    await hooks.start()
    for name in "ab":
        hooks.tell(Happening("room_started", models.Room(name=name)))
    async with asyncio.timeout(PATIENCE):
        assert [await receiver.got.get() for _ in seen] == seen
    await hooks.stop()
    assert receiver.got.empty()
    await runner.cleanup()


async def test_a_deaf_receiver_holds_nobody_up() -> None:
    hooks = Webhooks("http://127.0.0.1:9/hook", "key", SECRET)
    await hooks.start()
    hooks.tell(Happening("room_started", models.Room(name="a")))
    async with asyncio.timeout(PATIENCE):
        await hooks.stop()
