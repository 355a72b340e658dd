"""Radicale, a CalDAV server, with a calendar or two of Anna's."""

import asyncio
import base64
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from tests.support.patience import PATIENCE
from tests.support.ports import free_port

USER, PASSWORD = "anna", "app password è"
_MKCALENDAR = (
    '<?xml version="1.0"?><c:mkcalendar xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><set><prop>'
    "<displayname>{name}</displayname></prop></set></c:mkcalendar>"
)


class Radicale:
    """`url` is the root of the server, where people begin."""

    def __init__(self, url: str) -> None:
        self.url = url

    async def ask(self, method: str, path: str, body: str) -> int:
        pair = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        async with (
            aiohttp.ClientSession(headers={"Authorization": f"Basic {pair}"}) as session,
            session.request(method, f"{self.url}/{USER}/{path}", data=body.encode()) as response,
        ):
            return response.status

    async def make(self, calendar: str, name: str) -> None:
        assert await self.ask("MKCALENDAR", f"{calendar}/", _MKCALENDAR.format(name=name)) == 201

    async def put(self, calendar: str, uid: str, file: bytes) -> None:
        assert await self.ask("PUT", f"{calendar}/{uid}.ics", file.decode()) in {201, 204}


@asynccontextmanager
async def radicale(folder: Path) -> AsyncIterator[Radicale]:
    port = free_port()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n", "utf-8")
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{port}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\n"
        "htpasswd_encryption = plain\ndelay = 0\n"
        f"[storage]\nfilesystem_folder = {folder / 'collections'}\n[logging]\nlevel = warning\n",
        "utf-8",
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "radicale",
        "--config",
        str(folder / "config"),
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                except OSError:
                    assert process.returncode is None, "radicale has ended"
                    await asyncio.sleep(0.05)
        yield Radicale(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        await process.wait()
