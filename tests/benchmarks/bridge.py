"""The bridge alone, as a relay between two trunks, with a stand-in for the web process that routes all calls.

What the real web process adds to a call's set-up is another process's CPU; here the bridge is measured as
Kamailio is, which routes by one line of its configuration.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from server.directory.rules import ha1
from tests.benchmarks.measure import log_file
from tests.benchmarks.sip import CALLED, CALLER, PASSWORD, Relay
from tests.support.ports import free_block, free_port

_SECRET = "between the bridge and this stand-in"
_RTP_PORTS = 1000
_START = 30.0


def _plan() -> dict[str, Any]:
    leg = {"kind": "trunk", "trunk": "callee", "number": CALLED, "from_number": CALLER}
    return {
        "outcome": "ring",
        "cause": None,
        "caller": {"user_id": None, "name": CALLER, "number": CALLER},
        "callee": {"user_id": None, "name": CALLED, "number": CALLED},
        "ghost": None,
        "room_id": None,
        "stages": [{"timeout": 30.0, "legs": [leg]}],
    }


async def _route(_request: web.Request) -> web.Response:
    return web.json_response(_plan())


async def _account(request: web.Request) -> web.Response:
    username = request.match_info["username"]
    md5, sha256 = ha1(username, "localhost", PASSWORD)
    person = {"user_id": f"@{username}:localhost", "name": username}
    return web.json_response({"username": username, "ha1_md5": md5, "ha1_sha256": sha256, **person})


async def _accept(_request: web.Request) -> web.Response:
    return web.Response(status=204)


async def _anything(_request: web.Request) -> web.Response:
    return web.json_response({"versions": ["v1.11"], "user_id": "@unisono-telephone:localhost"})


@asynccontextmanager
async def _stand_in() -> AsyncIterator[str]:
    """The internal API of web and the few answers of a homeserver that the bridge asks for at start."""
    app = web.Application()
    app.router.add_post("/internal/v1/route", _route)
    app.router.add_get("/internal/v1/sip/accounts/{username}", _account)
    app.router.add_put("/internal/v1/{rest:.*}", _accept)
    app.router.add_post("/internal/v1/{rest:.*}", _accept)
    app.router.add_route("*", "/{rest:.*}", _anything)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


def _configure(folder: Path, web_url: str, first: int, callee_port: int, control_port: int) -> Path:
    def peer(name: str, port: int) -> dict[str, Any]:
        return {"name": name, "kind": "peer", "host": "127.0.0.1", "port": port, "transport": "udp"}

    config = {
        "domain": "localhost",
        "realm": "localhost",
        "region": "IT",
        "sip": {"host": "127.0.0.1", "udp_port": first, "tcp_port": first},
        "control": {"host": "127.0.0.1", "port": control_port},
        "media": {
            "host": "127.0.0.1",
            "webrtc_port": first + 1,
            "rtp_port_min": first + 4,
            "rtp_port_max": first + 3 + _RTP_PORTS,
        },
        "homeserver_url": web_url,
        "web_url": web_url,
        "as_token": _SECRET,
        "hs_token": _SECRET,
        "internal_secret": _SECRET,
        "database": str(folder / "bridge.db"),
        "trunks": [peer("caller", first + 2), peer("callee", callee_port)],
        "log": {"level": "warning"},
    }
    path = folder / "sip.json"
    path.write_text(json.dumps(config))
    return path


async def _wait_ready(control_port: int, process: asyncio.subprocess.Process, log: Path) -> None:
    deadline = asyncio.get_running_loop().time() + _START
    async with aiohttp.ClientSession() as http:
        while asyncio.get_running_loop().time() < deadline and process.returncode is None:
            try:
                async with http.get(f"http://127.0.0.1:{control_port}/health/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise RuntimeError(f"the bridge is not ready; see {log}")


@asynccontextmanager
async def bridge(folder: Path, callee_port: int) -> AsyncIterator[Relay]:
    """Run it relaying to ``callee_port``."""
    first, control_port = free_block(4 + _RTP_PORTS), free_port()
    with log_file(folder, "bridge.log") as log:
        async with _stand_in() as web_url:
            config = _configure(folder, web_url, first, callee_port, control_port)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bridges.sip", "--config", str(config)), stdout=log, stderr=log
            )
            try:
                await _wait_ready(control_port, process, folder / "bridge.log")
                yield Relay(first, process.pid, caller_port=first + 2)
            finally:
                if process.returncode is None:
                    process.terminate()
                    await process.wait()
