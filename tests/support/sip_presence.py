"""Somebody who holds a SIP address and answers that they are there."""

from __future__ import annotations

import asyncio
from typing import Any


class Present(asyncio.DatagramProtocol):
    """Answers every request at a UDP port of the loopback with 200, as carriers do with OPTIONS.

    ``await present.hold()`` takes the port, ``await present.release()`` gives it to somebody else.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._wire: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    async def hold(self) -> None:
        loop = asyncio.get_running_loop()
        self._closed.clear()
        self._wire, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", self._port)
        )

    async def release(self) -> None:
        """The port is free afterwards."""
        if self._wire is not None:
            self._wire.abort()
            self._wire = None
            await self._closed.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        lines = data.decode("utf-8", "replace").split("\r\n")
        if lines[0].startswith(("ACK ", "SIP/2.0 ")) or self._wire is None:
            return
        kept = ("via:", "from:", "to:", "call-id:", "cseq:")
        headers = [line for line in lines[1:] if line.lower().startswith(kept)]
        answer = ["SIP/2.0 200 OK", *headers, "Content-Length: 0", "", ""]
        self._wire.sendto("\r\n".join(answer).encode(), addr)
