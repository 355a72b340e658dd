"""The ng protocol on a UDP socket: each message is done once, however often it is repeated."""

import asyncio
import socket
from collections import OrderedDict
from ipaddress import ip_address
from typing import Any

from bridges.media.config import Network
from bridges.media.ng.control import Control
from logs.plain import Log
from wire import ng
from wire.ng import Message, NgError

log = Log(__name__)

#: Seconds for which an answer is given again, and how many are kept. Our client repeats for three seconds.
_REMEMBERED, _ANSWERS = 10.0, 4096


class NgServer(asyncio.DatagramProtocol):
    """Made by `open`; `close` at the end.

    Args:
        control: what does the commands.
        clients: networks that may ask; messages from elsewhere are dropped.
    """

    def __init__(self, control: Control, clients: tuple[Network, ...]) -> None:
        self._control = control
        self._clients = clients
        #: The answer to each message, by its sender's host and cookie, oldest first; and when it came.
        self._answers: OrderedDict[tuple[str, str], tuple[float, asyncio.Task[bytes]]] = OrderedDict()
        self._wire: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()
        self.port = 0

    async def open(self, host: str, port: int, bound: socket.socket | None = None) -> None:
        """Binds `host`:`port` (0: any), or takes what is `bound`. Raises OSError."""
        loop = asyncio.get_running_loop()
        where: dict[str, Any] = {"sock": bound} if bound else {"local_addr": (host, port)}
        wire, _ = await loop.create_datagram_endpoint(lambda: self, **where)
        self.port = wire.get_extra_info("sockname")[1]

    @property
    def fileno(self) -> int:
        """The socket's number; -1 when it is closed."""
        return int(self._wire.get_extra_info("socket").fileno()) if self._wire else -1

    async def close(self) -> None:
        """Returns when the socket is closed."""
        if self._wire:
            self._wire.close()
            self._wire = None
            await self._closed.wait()

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        address = ip_address(addr[0].partition("%")[0])
        if not any(address in network for network in self._clients):
            log.seldom("ng_stranger", host=addr[0])
            return
        try:
            message = ng.read(data)
        except NgError as error:
            self._refuse(error, addr)
            return
        task = self._answer(addr[0], message)
        task.add_done_callback(lambda done: self._send(done, addr))

    def _answer(self, host: str, message: Message) -> asyncio.Task[bytes]:
        """The answer that is being made, or was made, for this cookie."""
        now = asyncio.get_running_loop().time()
        self._forget(now)
        key = host, message.cookie
        kept = self._answers.get(key)
        if kept is None:
            kept = now, asyncio.create_task(self._do(message))
            self._answers[key] = kept
        return kept[1]

    async def _do(self, message: Message) -> bytes:
        return bytes(Message(message.cookie, await self._control.do(message.body), message.as_json))

    def _forget(self, now: float) -> None:
        while self._answers:
            at, task = next(iter(self._answers.values()))
            if len(self._answers) < _ANSWERS and (at > now - _REMEMBERED or not task.done()):
                return
            self._answers.popitem(last=False)

    def _refuse(self, error: NgError, addr: Any) -> None:
        log.seldom("ng_unreadable", host=addr[0], why=str(error))
        if error.cookie is not None and self._wire:
            answer = Message(error.cookie, {"result": "error", "error-reason": str(error)[:200]})
            self._wire.sendto(bytes(answer), addr)

    def _send(self, done: asyncio.Task[bytes], addr: Any) -> None:
        if self._wire and not done.cancelled():
            self._wire.sendto(done.result(), addr)
