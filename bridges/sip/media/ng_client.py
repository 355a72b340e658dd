"""One media server by the ng protocol: questions over UDP, repeated until they are answered."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from bridges.media.gateway import MediaUnavailable
from wire import ng
from wire.ng import MAX_MESSAGE, Body, Message, NgError

#: Seconds until a question is repeated, and again, and given up.
REPEAT = (0.3, 0.6, 1.0, 1.1)

Address = tuple[str, int]


class NgClient(asyncio.DatagramProtocol):
    """`open`, then `ask`; `close` at the end.

    Attributes:
        refused: the last question met nobody on that port (ICMP port unreachable).

    Args:
        address: where the server listens.
        on_answer: called with each answer in the order of their coming, before whoever asked has it.
    """

    def __init__(self, address: Address, on_answer: Callable[[Body], None] = lambda _: None) -> None:
        self.address = address
        self.refused = False
        #: Written and read by C, unlike bencode; rtpengine learnt it late.
        self.as_json = False
        self._on_answer = on_answer
        self._wire: asyncio.DatagramTransport | None = None
        self._answers: dict[str, asyncio.Future[Body]] = {}
        #: When each question without an answer is repeated.
        self._timers: dict[str, asyncio.TimerHandle] = {}
        # Cookies must differ from those of an earlier process of this bridge.
        self._prefix = secrets.token_hex(6)
        self._number = 0

    async def open(self) -> None:
        """Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, remote_addr=self.address)

    def close(self) -> None:
        """Questions that wait for an answer are given up."""
        if self._wire:
            self._wire.close()
            self._wire = None
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(MediaUnavailable("the bridge ends"))

    async def ask(self, body: Body, repeat: tuple[float, ...] = REPEAT) -> Body:
        """The answer, a refusal as well.

        Raises:
            MediaUnavailable: there was none.
        """
        self._number += 1
        cookie = f"{self._prefix}_{self._number}"
        data = bytes(Message(cookie, body, self.as_json))
        if len(data) > MAX_MESSAGE:
            # JSON takes six letters for most bytes of a sound, bencode one.
            data = bytes(Message(cookie, body))
        answer: asyncio.Future[Body] = asyncio.get_running_loop().create_future()
        self._answers[cookie] = answer
        self._send(data, cookie, iter(repeat))
        try:
            answered = await answer
        finally:
            del self._answers[cookie]
            if timer := self._timers.pop(cookie, None):
                timer.cancel()
        self.refused = False
        return answered

    def _send(self, data: bytes, cookie: str, patience: Iterator[float]) -> None:
        """Once, and again whenever patience ends while there is more of it."""
        seconds, answer = next(patience, None), self._answers[cookie]
        if answer.done():
            return
        if seconds is None or self._wire is None:
            host, port = self.address
            answer.set_exception(MediaUnavailable(f"the media server at {host}:{port} does not answer"))
            return
        self._wire.sendto(data)
        again = asyncio.get_running_loop().call_later(seconds, self._send, data, cookie, patience)
        self._timers[cookie] = again

    def connection_made(self, transport: Any) -> None:
        self._wire = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message = ng.read(data)
        except NgError:
            return
        answer = self._answers.get(message.cookie)
        if answer is not None and not answer.done():
            self._on_answer(message.body)
            answer.set_result(message.body)

    def error_received(self, exc: Exception) -> None:
        self.refused = isinstance(exc, ConnectionRefusedError)
