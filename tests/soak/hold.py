"""How long calls stand, and who tells a phone that sipp plays when one of its calls is over."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

#: What a phone's scenario waits for while a call stands. No tag in To: it would become that of the dialog.
_OVER = """\
MESSAGE sip:phone@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKover
Max-Forwards: 70
From: <sip:soak@127.0.0.1>;tag=soak
To: <sip:phone@127.0.0.1>
Call-ID: {call_id}
CSeq: 1 MESSAGE
Content-Length: 0

"""


class Phone(Protocol):
    """One that sipp plays: its UDP port, and where it writes down the Call-ID of each call that stands."""

    port: int
    log: Path


class Hold:
    """A call stands for `seconds`, or as long as all are kept."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._let_go: asyncio.Event | None = None

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Calls that come to stand in this block stay until its end."""
        self._let_go = let_go = asyncio.Event()
        try:
            yield
        finally:
            self._let_go = None
            let_go.set()

    async def over(self) -> None:
        """Wait until a call that stands now is to be ended."""
        if self._let_go is not None:
            await self._let_go.wait()
        else:
            await asyncio.sleep(self.seconds)

    @asynccontextmanager
    async def ends_calls_of(self, phone: Phone) -> AsyncIterator[None]:
        """Meanwhile each call of a phone that writes down which of them stand is ended when it is over."""
        ends: set[asyncio.Task[None]] = set()
        watching = asyncio.create_task(self._watch(phone, ends))
        try:
            yield
        finally:
            for task in (watching, *ends):
                task.cancel()
            await asyncio.gather(watching, *ends, return_exceptions=True)

    async def _watch(self, phone: Phone, ends: set[asyncio.Task[None]]) -> None:
        begun = ""
        with phone.log.open() as log:
            while True:
                *standing, begun = (begun + log.read()).split("\n")
                for call_id in standing:
                    ends.add(task := asyncio.create_task(self._end(phone, call_id.strip())))
                    task.add_done_callback(ends.discard)
                await asyncio.sleep(0.05)  # a file grows without telling anybody

    async def _end(self, phone: Phone, call_id: str) -> None:
        await self.over()
        data = _OVER.format(call_id=call_id).replace("\n", "\r\n").encode()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as told:
            told.sendto(data, ("127.0.0.1", phone.port))
