"""The SFU killed in mid meeting, and data for somebody whose line is narrow."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
from aiohttp import web
from livekit import rtc

from server.sfu.signal.token import mint, one_of, verify
from tests.support.impaired_path import Conditions, impaired_path
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.sfu import KEY, SECRET, Person, SfuProcess, connected, hear, person, sfu_process


async def test_all_are_back_soon_after_the_process_was_killed(tmp_path: Path) -> None:
    port = free_block(2)
    with contextlib.ExitStack() as processes:
        sfu = processes.enter_context(sfu_process(tmp_path, port=port))
        async with person(sfu, "anna", "kill") as anna, person(sfu, "bruno", "kill") as bruno:
            await anna.speak(440)
            await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)
            sfu.process.send_signal(signal.SIGKILL)
            sfu.process.wait()
            await asyncio.to_thread(processes.enter_context, sfu_process(tmp_path, port=port))
            await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)


async def test_nothing_written_reliably_to_a_slow_reader_is_lost(tmp_path: Path) -> None:
    """5 MB over 16 Mbit/s: the writer has to wait for the reader."""
    port = free_block(3)
    media = {"port": port + 1, "advertised_port": port + 2}
    with (
        sfu_process(tmp_path, port=port, media=media) as sfu,
        impaired_path(port + 2, port + 1) as path,
    ):
        path.down = Conditions(rate=16_000_000, queue=200_000)
        async with person(sfu, "anna", "slow") as anna, person(sfu, "bruno", "slow") as bruno:
            await _first_packet(anna, bruno)
            for number in range(340):
                await anna.room.local_participant.publish_data(number.to_bytes(2, "big") + bytes(15_000))
            got: list[int] = []
            async with asyncio.timeout(3 * PATIENCE):
                while not got or got[-1] != 339:
                    got.append(int.from_bytes((await bruno.data.get()).data[:2], "big"))
            assert [number for number in got if number != 0xFFFF] == list(range(340))


async def _first_packet(anna: Person, bruno: Person) -> None:
    """Until data passes: channels open a moment after joining."""
    async with asyncio.timeout(PATIENCE):
        while bruno.data.empty():
            await anna.room.local_participant.publish_data(b"\xff\xff")
            await asyncio.sleep(0.2)


class Relay:
    """A way to the media server whose WebSockets break, as networks do; `tokens` came with them, in order."""

    def __init__(self, sfu: SfuProcess) -> None:
        self.url = ""
        self.tokens: list[str] = []
        self._sfu = sfu
        self._open: list[web.WebSocketResponse] = []

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[Relay]:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._relay)
        runner = web.AppRunner(app, max_line_size=65_536, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"ws://127.0.0.1:{runner.addresses[0][1]}"
        yield self
        await runner.cleanup()

    def breaks(self) -> None:
        for socket in self._open:
            assert socket._req is not None and socket._req.transport is not None
            socket._req.transport.abort()
        self._open.clear()

    async def _relay(self, request: web.Request) -> web.StreamResponse:
        header = request.headers.get("Authorization", "")
        self.tokens.append(
            one_of([header.removeprefix("Bearer "), *request.query.getall("access_token", [])])
        )
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        headers = {"Authorization": header} if header else {}
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(f"{self._sfu.http}{request.raw_path}", headers=headers) as upstream,
        ):
            self._open.append(socket)

            async def outward() -> None:
                async for message in upstream:
                    await socket.send_bytes(message.data)

            task = asyncio.create_task(outward())
            async for message in socket:
                await upstream.send_bytes(message.data)
            task.cancel()
        return socket


async def test_a_client_comes_back_with_the_token_that_it_was_sent(tmp_path: Path) -> None:
    """Case 21: the token that it joined with runs out while it is in the room."""
    now = int(time.time())
    video = {"room": "long", "roomJoin": True}
    ending = {"sub": "anna", "iat": now - 3590, "nbf": now - 3590, "exp": now + 10, "video": video}
    with sfu_process(tmp_path) as sfu:
        async with Relay(sfu).listening() as relay:
            first = mint(KEY, SECRET, ending)
            async with connected(relay.url, first) as anna, person(sfu, "bruno", "long") as bruno:
                await anna.speak(440)
                await hear(await bruno.next_track(rtc.TrackKind.KIND_AUDIO), 440)
                back = asyncio.Event()
                anna.room.on("reconnected", lambda *_: back.set())
                async with asyncio.timeout(PATIENCE):
                    while relay.tokens[-1] == first:
                        back.clear()
                        relay.breaks()
                        await back.wait()
                assert verify(relay.tokens[-1], {KEY: SECRET}, time.time()).exp > now + 3000
