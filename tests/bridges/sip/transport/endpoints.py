"""Endpoints on loopback for tests, and a bare socket that says whatever it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, TypeVar, cast

from bridges.sip.auth.digest import ha1
from bridges.sip.message import Flow, Request, Response, Transport, parse_message
from bridges.sip.transport.api import (
    Account,
    Call,
    EndpointConfig,
    Event,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Target,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.support.patience import PATIENCE

LOCAL = "127.0.0.1"
REALM = "example.org"
OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
ANSWER = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
#: So long that nothing is repeated or given up while a busy machine takes its time; a test that is about that
#: lets time pass (`tests.support.clock`). `SILENCE` is what a request waits for an answer.
T1 = 10.0
SILENCE = 64 * T1

CONFIG = EndpointConfig(domain=REALM, realm=REALM, udp_port=0, tcp_port=0, t1=T1)

E_ = TypeVar("E_")


def account(username: str, password: str) -> Account:
    return Account(
        username=username,
        ha1_md5=ha1("MD5", username, REALM, password),
        ha1_sha256=ha1("SHA-256", username, REALM, password),
        user_id=f"@{username}:{REALM}",
    )


ACCOUNTS = {"201": account("201", "secret-201"), "202": account("202", "secret-202")}


async def accounts(username: str) -> Account | None:
    return ACCOUNTS.get(username)


class MemoryStore:
    """A `RegistrationStore` that says when it was written to."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Mapping[str, Any]]] = {}

    async def load(self) -> Sequence[Mapping[str, Any]]:
        return [row for rows in self.rows.values() for row in rows]

    async def save(self, username: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows[username] = list(rows)


@asynccontextmanager
async def running(endpoint: SipEndpoint) -> AsyncIterator[SipEndpoint]:
    await endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()


class Pair:
    """Two endpoints that are trunks of each other over UDP; `a` calls `b`."""

    def __init__(self, a: SipEndpoint, b: SipEndpoint, transport: Transport) -> None:
        self.a = a
        self.b = b
        self.transport = transport
        self.incoming: asyncio.Queue[IncomingCall] = asyncio.Queue()
        b.on_invite = self.incoming.put

    async def call(self, sdp: str | None = OFFER, **more: Any) -> tuple[OutgoingCall, IncomingCall]:
        port = self.b.udp_port if self.transport is Transport.UDP else self.b.tcp_port
        assert port is not None
        target = Target(f"sip:202@{LOCAL}:{port}", self.transport, LOCAL, port)
        outgoing = await self.a.invite(
            target,
            from_=NameAddress("sip:201@example.org", "Anna"),
            to=NameAddress(target.uri),
            sdp=sdp,
            **more,
        )
        return outgoing, await within(self.incoming.get())


@asynccontextmanager
async def pair(transport: Transport = Transport.UDP) -> AsyncIterator[Pair]:
    async with running(SipEndpoint(CONFIG)) as a:
        port = a.udp_port if transport is Transport.UDP else a.tcp_port
        assert port is not None
        trunk = TrunkConfig("a", LOCAL, port, transport=transport, keep_alive=0)
        async with running(SipEndpoint(replace(CONFIG, trunks=(trunk,)))) as b:
            yield Pair(a, b, transport)


async def within(awaitable: Any, seconds: float = PATIENCE) -> Any:
    async with asyncio.timeout(seconds):
        return await awaitable


async def until(found: Callable[[], E_]) -> E_:
    """Let the loop run until there is something."""
    for _ in range(int(PATIENCE / 0.01)):
        if value := found():
            return value
        await asyncio.sleep(0.01)
    raise AssertionError("never")


class Listener:
    """The events of a call, one by one."""

    def __init__(self, call: Call) -> None:
        self._queue: asyncio.Queue[Event] = asyncio.Queue()
        call.listen(self._queue.put_nowait)

    async def next(self, kind: type[E_], seconds: float = PATIENCE) -> E_:
        """The next event, which must be of this kind."""
        event = await within(self._queue.get(), seconds)
        assert isinstance(event, kind), event
        return event

    @property
    def empty(self) -> bool:
        return self._queue.empty()


class Peer(asyncio.DatagramProtocol):
    """A bare UDP socket: sends any bytes, and keeps the messages that come."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[Request | Response] = asyncio.Queue()
        self.flow = Flow(Transport.UDP, LOCAL, 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.put_nowait(parse_message(data, self.flow))

    def send(self, data: bytes, port: int | None) -> None:
        assert port is not None
        self._transport.sendto(data, (LOCAL, port))

    async def response(self, wanted: Callable[[Response], bool] = lambda _: True) -> Response:
        """The next response that is `wanted`."""
        while True:
            message = await within(self.received.get())
            if isinstance(message, Response) and wanted(message):
                return message

    async def request(self, method: str) -> Request:
        while True:
            message = await within(self.received.get())
            if isinstance(message, Request) and message.method == method:
                return message

    def close(self) -> None:
        self._transport.close()


@asynccontextmanager
async def peer(host: str = LOCAL) -> AsyncIterator[Peer]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(Peer, local_addr=(host, 0))
    try:
        yield protocol
    finally:
        transport.close()
