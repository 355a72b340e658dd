"""The bridge's in-process media gateway in a process of its own, so that its CPU time can be told apart.

``python -m tests.benchmarks.gateway_process`` reads one JSON object a line (``{"do": "offer", …}``) and
answers each with one line.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvloop

from bridges.sip.media.gateway import Profile
from bridges.sip.media.in_process import InProcessMediaGateway, MediaSettings
from tests.benchmarks.measure import log_file
from tests.support.ports import free_block

_RTP_PORTS = 200


async def _serve(first: int) -> None:
    gateway = InProcessMediaGateway(
        MediaSettings(
            host="127.0.0.1", webrtc_port=first, rtp_port_min=first + 2, rtp_port_max=first + 1 + _RTP_PORTS
        )
    )
    await gateway.start()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        reply = await _do(gateway, **json.loads(line))
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    await gateway.close()


async def _do(gateway: InProcessMediaGateway, do: str, call_id: str, **more: str) -> str:
    match do:
        case "offer":
            profiles = Profile(more["from_profile"]), Profile(more["to_profile"])
            return await gateway.offer(call_id, more["from_leg"], more["to_leg"], more["sdp"], *profiles)
        case "answer":
            return await gateway.answer(call_id, more["from_leg"], more["to_leg"], more["sdp"])
        case _:
            await gateway.delete(call_id)
            return ""


class GatewayProcess:
    """The other side of that pipe; the same methods as the gateway's."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._turn = asyncio.Lock()

    async def _ask(self, **message: Any) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            line = await asyncio.wait_for(self._process.stdout.readline(), 10)
        return str(json.loads(line))

    async def offer(
        self, call_id: str, from_leg: str, to_leg: str, sdp: str, from_profile: Profile, to_profile: Profile
    ) -> str:
        profiles = {"from_profile": from_profile.value, "to_profile": to_profile.value}
        return await self._ask(
            do="offer", call_id=call_id, from_leg=from_leg, to_leg=to_leg, sdp=sdp, **profiles
        )

    async def answer(self, call_id: str, from_leg: str, to_leg: str, sdp: str) -> str:
        return await self._ask(do="answer", call_id=call_id, from_leg=from_leg, to_leg=to_leg, sdp=sdp)

    async def delete(self, call_id: str) -> None:
        await self._ask(do="delete", call_id=call_id)


@asynccontextmanager
async def gateway_process(folder: Path) -> AsyncIterator[GatewayProcess]:
    """Run it on free ports; its complaints go into ``gateway.log``."""
    with log_file(folder, "gateway.log") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__, str(free_block(_RTP_PORTS + 2))),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            limit=1 << 20,
        )
        try:
            yield GatewayProcess(process)
        finally:
            process.terminate()
            await process.wait()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
