"""A real LiveKit server as a peer, where somebody has built one: `python -m tests.support.livekit_server`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measure import log_file
from tests.support.livekit_server import BINARY
from tests.support.patience import PATIENCE
from tests.support.ports import free_block
from tests.support.sfu import KEY, SECRET

LIVEKIT = str(BINARY) if BINARY.exists() else shutil.which("livekit-server")


@dataclass(frozen=True, slots=True)
class Server:
    """A media server that speaks LiveKit's protocol."""

    url: str
    pid: int


@asynccontextmanager
async def livekit(folder: Path) -> AsyncIterator[Server]:
    """Runs it on the loopback until the end of the block, with the keys of our own tests."""
    port = free_block(4)
    config = f"""
port: {port}
bind_addresses: ["127.0.0.1"]
keys: {{{KEY}: {SECRET}}}
rtc: {{udp_port: {port + 1}, tcp_port: {port + 2}, use_external_ip: false, node_ip: 127.0.0.1,
      enable_loopback_candidate: true, interfaces: {{includes: [lo]}}}}
logging: {{level: warn}}
"""
    with log_file(folder, "livekit.log") as log:
        (folder / "livekit.yaml").write_text(config)
        process = await asyncio.create_subprocess_exec(
            LIVEKIT or "livekit-server", "--config", str(folder / "livekit.yaml"),
            stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await listening(port)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        await process.wait()


async def listening(port: int) -> None:
    """Wait until somebody takes TCP connections. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)  # it opens the port and tells nobody
            else:
                writer.close()
                return
