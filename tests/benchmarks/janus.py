"""Janus of Debian with its video room, as a peer for measurements."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.benchmarks.bots.bot import Bot
from tests.benchmarks.livekit import listening
from tests.benchmarks.measure import log_file
from tests.support.patience import PATIENCE
from tests.support.ports import free_block

JANUS = shutil.which("janus")
ROOM = 4711
_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu/janus")
_RTP = 200


@dataclass(frozen=True, slots=True)
class JanusProcess:
    """:ivar host: where it takes media; it leaves the loopback out."""

    url: str
    host: str
    pid: int


@asynccontextmanager
async def janus(folder: Path) -> AsyncIterator[JanusProcess]:
    """Runs it with the video room and WebSockets alone, until the end of the block."""
    port, rtp, host = free_block(1), free_block(_RTP), _own_address()
    libraries = _libraries()
    settings = {
        "janus.jcfg": f"""
            general: {{ configs_folder = "{folder}", plugins_folder = "{libraries}/plugins",
                        transports_folder = "{libraries}/transports", debug_level = 3 }}
            media: {{ rtp_port_range = "{rtp}-{rtp + _RTP - 1}" }}
            nat: {{ ice_enforce_list = "{host}", full_trickle = false }}
            plugins: {{ disable = "{_others(libraries / "plugins", "videoroom")}" }}
            transports: {{ disable = "{_others(libraries / "transports", "websockets")}" }}
            events: {{ broadcast = false }}
            """,
        "janus.transport.websockets.jcfg": f"""
            general: {{ json = "compact", ws = true, ws_port = {port}, ws_ip = "127.0.0.1", wss = false }}
            """,
        "janus.plugin.videoroom.jcfg": f"""
            room-{ROOM}: {{ description = "bench", publishers = 50, bitrate = 2000000, audiocodec = "opus",
                            videocodec = "vp8", notify_joining = false }}
            """,
    }
    with log_file(folder, "janus.log") as log:
        for name, text in settings.items():
            (folder / name).write_text(text)
        process = await asyncio.create_subprocess_exec(
            JANUS or "janus", "-F", str(folder), stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        await listening(port)
        yield JanusProcess(f"ws://127.0.0.1:{port}", host, process.pid)
    finally:
        process.terminate()
        await process.wait()


class JanusBot(Bot):
    """Publishes into the room, then subscribes to all who are in it, on one more connection."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session = self._transactions = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks_beside: list[asyncio.Task[None]] = []
        self._private = self._own = 0

    async def enter(self, http: aiohttp.ClientSession, url: str) -> None:
        """Joins and plays; returns once the server has taken its media."""
        self._socket = await http.ws_connect(url, protocols=("janus-protocol",), max_msg_size=0)
        self._tasks_beside = [asyncio.create_task(self._read(self._socket))]
        self._session = (await self._ask("create"))["data"]["id"]
        self._tasks_beside.append(asyncio.create_task(self._keep_alive()))
        handle = await self._attach()
        joined = await self._say(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        self._private = joined["plugindata"]["data"]["private_id"]
        offer = {"type": "offer", "sdp": self.offer()}
        answered = await self._say(handle, {"request": "configure"}, offer)
        await self.publish(answered["jsep"]["sdp"])
        self._own = joined["plugindata"]["data"]["id"]

    async def watch(self) -> None:
        """Subscribes to everybody else, once all are there."""
        handle = await self._attach()
        listed = await self._say(handle, {"request": "listparticipants", "room": ROOM}, event=False)
        feeds = [one["id"] for one in listed["plugindata"]["data"]["participants"] if one["publisher"]]
        streams = [{"feed": feed} for feed in feeds if feed != self._own]
        body = {"request": "join", "ptype": "subscriber", "room": ROOM, "streams": streams}
        offered = await self._say(handle, body | {"private_id": self._private})
        text = offered["jsep"]["sdp"]
        await self._say(handle, {"request": "start"}, {"type": "answer", "sdp": self.answer(text)})
        self.listen(text)

    async def leave(self) -> None:
        for task in self._tasks_beside:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await self.close()

    async def _attach(self) -> int:
        return int((await self._ask("attach", plugin="janus.plugin.videoroom"))["data"]["id"])

    async def _say(
        self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None, *, event: bool = True
    ) -> dict[str, Any]:
        more = {"jsep": jsep} if jsep else {}
        return await self._ask("message", event=event, handle_id=handle, body=body, **more)

    async def _ask(self, janus: str, *, event: bool = False, **more: Any) -> dict[str, Any]:
        """One request and its answer; of an `event` the acknowledgement is passed over."""
        assert self._socket
        self._transactions += 1
        name = f"{'event' if event else 'plain'}-{self._transactions}"
        self._waiting[name] = asyncio.get_running_loop().create_future()
        session = {"session_id": self._session} if self._session else {}
        await self._socket.send_json({"janus": janus, "transaction": name, **session, **more})
        async with asyncio.timeout(PATIENCE):
            answer = await self._waiting[name]
        del self._waiting[name]
        if answer["janus"] == "error" or "error" in answer.get("plugindata", {}).get("data", {}):
            raise RuntimeError(f"Janus refused {janus}: {answer}")
        return answer

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            told = message.json()
            name = told.get("transaction", "")
            waiting = self._waiting.get(name)
            if waiting is None or waiting.done() or (told["janus"] == "ack" and name.startswith("event")):
                continue
            waiting.set_result(told)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(20)
            await self._ask("keepalive")


def _libraries() -> Path:
    """Where Debian puts them on this machine."""
    return next(iter(sorted(Path("/usr/lib").glob("*/janus"))), _LIBRARIES)


def _others(folder: Path, kept: str) -> str:
    return ",".join(sorted(path.name for path in folder.glob("*.so") if kept not in path.name))


def _own_address() -> str:
    """The address of this machine that its default route starts from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])
