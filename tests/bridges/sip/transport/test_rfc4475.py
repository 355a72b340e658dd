"""RFC 4475: each torture test message over UDP and TCP, and the answer that its section asks for.

Answers over UDP go to the port in Via, so the messages come from a loopback address that is ours alone.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bridges.sip.message import Transport
from bridges.sip.transport.api import IncomingCall, TrunkConfig
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import CONFIG, LOCAL, accounts, running, within
from tests.bridges.sip.transport.test_hostile import request

SENDER = "127.44.75.1"
#: Ports in the messages' topmost Via; 5060 where none is named.
PORTS = (5060, 5050, 5070)
#: What a call that came in is answered, so that it is seen to have come in.
BUSY = 486
#: A response: nobody asked for it, and nobody is answered.
NOTHING = 0


@dataclass(frozen=True)
class Message:
    """`status` over UDP; `stream` over TCP, where the length of the body has to be told."""

    name: str
    status: int
    stream: int

    @property
    def data(self) -> bytes:
        return MESSAGES[self.name]


def read() -> dict[str, bytes]:
    """The messages by section and name."""
    text = Path(__file__).with_name("rfc4475.txt").read_text("utf-8")
    _, *pieces = re.split(r"(?m)^=== (.+)\n", text)
    return {name: on_the_wire(said) for name, said in zip(pieces[::2], pieces[1::2], strict=True)}


def on_the_wire(text: str) -> bytes:
    data = text.replace("\n", "\r\n").encode()
    return re.sub(rb"<hex>([0-9A-F]*)</hex>", lambda match: bytes.fromhex(match[1].decode()), data)


MESSAGES = read()


def message(name: str, status: int, stream: int | None = None) -> Message:
    return Message(name, status, status if stream is None else stream)


ALL = [
    # Within a dialog that nobody knows.
    message("3.1.1.1 wsinv", 481),
    message("3.1.1.2 intmeth", 501),
    message("3.1.1.3 esc01", BUSY),
    message("3.1.1.4 escnull", 401),
    message("3.1.1.5 esc02", 501),
    message("3.1.1.6 lwsdisp", 200),
    message("3.1.1.7 longreq", BUSY),
    message("3.1.1.8 dblreq", 401),
    message("3.1.1.9 semiuri", 200),
    message("3.1.1.10 transports", 200),
    message("3.1.1.11 mpart01", 405),
    message("3.1.1.12 unreason", NOTHING),
    message("3.1.1.13 noreason", NOTHING),
    message("3.1.2.1 badinv01", 400),
    # Over a stream the rest may still come.
    message("3.1.2.2 clerr", 400, NOTHING),
    message("3.1.2.3 ncl", 400),
    message("3.1.2.4 scalar02", 400),
    message("3.1.2.5 scalarlg", NOTHING),
    message("3.1.2.6 quotbal", 400),
    message("3.1.2.7 ltgtruri", 400),
    message("3.1.2.8 lwsruri", 400),
    # From here to badaspec: what may be refused, and may be understood if nothing is made of what is wrong.
    message("3.1.2.9 lwsstart", BUSY),
    message("3.1.2.10 trws", 200),
    message("3.1.2.11 escruri", BUSY),
    message("3.1.2.12 baddate", BUSY),
    message("3.1.2.13 regbadct", 400),
    message("3.1.2.14 badaspec", 200),
    message("3.1.2.15 baddn", 400),
    message("3.1.2.16 badvers", 505),
    message("3.1.2.17 mismatch01", 400),
    message("3.1.2.18 mismatch02", 400),
    message("3.1.2.19 bigcode", NOTHING),
    message("3.2.1 badbranch", 200),
    message("3.3.1 insuf", 400),
    message("3.3.2 unkscm", 416),
    message("3.3.3 novelsc", 416),
    message("3.3.4 unksm2", 416),
    message("3.3.5 bext01", 420),
    message("3.3.6 invut", 415),
    message("3.3.7 regaut01", 401),
    message("3.3.8 multi01", 400),
    message("3.3.9 mcl01", 400),
    message("3.3.10 bcast", NOTHING),
    message("3.3.11 zeromf", 200),
    message("3.3.12 cparam01", 401),
    message("3.3.13 cparam02", 401),
    message("3.3.14 regescrt", 401),
    message("3.3.15 sdp01", 406),
    # Content-Length is missing, without which a stream cannot be followed.
    message("3.4.1 inv2543", BUSY, 400),
]


class Ear(asyncio.DatagramProtocol):
    """Hears what comes to a port."""

    def __init__(self, heard: "asyncio.Queue[bytes]") -> None:
        self._heard = heard

    def datagram_received(self, data: bytes, _addr: Any) -> None:
        self._heard.put_nowait(data)


def status_of(answer: bytes) -> int:
    found = re.match(rb"SIP/2\.0 (\d{3}) ", answer)
    assert found, answer
    return int(found[1])


@asynccontextmanager
async def listening() -> AsyncIterator[SipEndpoint]:
    """A registrar that knows the sender as a line; calls that come in are busy."""
    trunk = TrunkConfig("line", SENDER, PORTS[0], keep_alive=0)
    endpoint = SipEndpoint(replace(CONFIG, trunks=(trunk,)), accounts)

    async def busy(call: IncomingCall) -> None:
        call.reject(BUSY)

    endpoint.on_invite = busy
    async with running(endpoint):
        yield endpoint


def to_the_question(answer: bytes) -> bool:
    """Whether this answers what was asked after the message."""
    return b"call999999" in answer


async def first(one: Callable[[], Awaitable[bytes]], *, silent: bool) -> bytes:
    """The first final answer; to the message itself, unless it is to be met with silence."""
    while True:
        answer: bytes = await within(one())
        if status_of(answer) >= 200 and (silent or not to_the_question(answer)):
            return answer


async def over_udp(endpoint: SipEndpoint, data: bytes, *, silent: bool = False) -> bytes:
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    ends = [
        await loop.create_datagram_endpoint(lambda: Ear(heard), local_addr=(SENDER, port)) for port in PORTS
    ]
    try:
        assert endpoint.udp_port is not None
        for said in (data, request("OPTIONS", 999_999, PORTS[0]).encode()):
            ends[0][0].sendto(said, (LOCAL, endpoint.udp_port))
        return await first(heard.get, silent=silent)
    finally:
        for transport, _ in ends:
            transport.close()


async def over_tcp(endpoint: SipEndpoint, data: bytes, *, silent: bool = False) -> bytes:
    reader, writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port, local_addr=(SENDER, 0))
    writer.write(data)
    writer.write(request("OPTIONS", 999_999, PORTS[0], transport=Transport.TCP).encode())
    try:
        return await first(lambda: reader.readuntil(b"\r\n\r\n"), silent=silent)
    finally:
        writer.close()


def test_every_message_of_the_rfc_is_here() -> None:
    assert [one.name for one in ALL] == list(MESSAGES)
    assert len(MESSAGES) == 49


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name.replace(" ", "_"))
async def test_the_answer_over_udp_is_that_of_its_section(one: Message) -> None:
    silent = one.status == NOTHING
    async with listening() as endpoint:
        answer = await over_udp(endpoint, one.data, silent=silent)
    assert (status_of(answer), to_the_question(answer)) == (200 if silent else one.status, silent)


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.name.replace(" ", "_"))
async def test_the_answer_over_tcp_is_that_of_its_section(one: Message) -> None:
    silent = one.stream == NOTHING
    async with listening() as endpoint:
        if one.name.endswith("clerr"):
            await waits_for_the_rest(endpoint, one.data)
            return
        answer = await over_tcp(endpoint, one.data, silent=silent)
    assert (status_of(answer), to_the_question(answer)) == (200 if silent else one.stream, silent)


async def waits_for_the_rest(endpoint: SipEndpoint, data: bytes) -> None:
    """Once all that Content-Length tells of has come, the call is heard of."""
    rest = b" " * (9999 - len(data.partition(b"\r\n\r\n")[2]))
    assert status_of(await over_tcp(endpoint, data + rest)) == BUSY


async def test_3_3_5_bext01_says_what_it_does_not_support() -> None:
    async with listening() as endpoint:
        answer = await over_udp(endpoint, MESSAGES["3.3.5 bext01"])
    assert b"\r\nUnsupported: nothingSupportsThis, nothingSupportsThisEither\r\n" in answer
    assert b"noProxiesSupportThis" not in answer


async def test_3_3_1_insuf_is_answered_with_what_it_brought() -> None:
    async with listening() as endpoint:
        answer = await over_udp(endpoint, MESSAGES["3.3.1 insuf"])
    assert b"\r\nCSeq: 193942 INVITE\r\n" in answer
    assert not re.search(rb"(?im)^(from|to|call-id):", answer)


async def test_3_1_1_8_dblreq_is_two_requests_over_tcp() -> None:
    """The second has no Contact."""
    found: list[int] = []
    async with listening() as endpoint:
        reader, writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port, local_addr=(SENDER, 0))
        writer.write(MESSAGES["3.1.1.8 dblreq"])
        while len(found) < 2:
            found.append(status_of(await within(reader.readuntil(b"\r\n\r\n"))))
        writer.close()
    assert found == [401, 400]
