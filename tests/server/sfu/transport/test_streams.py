"""Streams of ICE-TCP: only those that prove whose they are stay."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from aioice import stun

from server.sfu.transport.port import MediaPort
from server.sfu.transport.streams import MAX_UNPROVED, StreamPort
from tests.support.patience import PATIENCE
from webrtc.framing import Deframer, frame
from webrtc.ice import Address, IceLite

PASSWORD = "p" * 24
RTP = bytes([0x80, 96]) + bytes(20)


class End:
    """A participant's end, with the media that came."""

    def __init__(self) -> None:
        self.ice = IceLite("ours", PASSWORD)
        self.ice.remote_ufrag = "theirs"
        self.media: asyncio.Queue[bytes] = asyncio.Queue()

    def checked(self) -> None: ...
    def receive_dtls(self, data: bytes, _now: float) -> None: ...

    def receive_media(self, data: bytes, _now: float) -> None:
        self.media.put_nowait(data)


class Port(MediaPort):
    """Tells of the streams that ended."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: asyncio.Queue[Address] = asyncio.Queue()

    def lose(self, source: Address) -> None:
        super().lose(source)
        self.lost.put_nowait(source)


def check() -> bytes:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.attributes["PRIORITY"] = 1
    message.attributes["ICE-CONTROLLING"] = 7
    message.add_message_integrity(PASSWORD.encode())
    return bytes(message)


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    made = Port()
    made.open("127.0.0.1", 0, "127.0.0.1")
    yield made
    made.close()


async def opened(port: MediaPort, patience: float = 30.0) -> StreamPort:
    streams = StreamPort(port, patience)
    await streams.open("127.0.0.1", 0)
    return streams


async def test_a_stream_that_proves_itself_carries_both_ways(port: MediaPort) -> None:
    streams, end = await opened(port), End()
    port.register(end)
    reader, writer = await asyncio.open_connection("127.0.0.1", streams.number)
    writer.write(frame(check()) + frame(RTP))
    async with asyncio.timeout(PATIENCE):
        assert await end.media.get() == RTP
        (response,) = Deframer().feed(await reader.read(4096))
        assert stun.parse_message(response).message_class is stun.Class.RESPONSE
        assert end.ice.address is not None
        port.send(b"media", end.ice.address)
        assert Deframer().feed(await reader.read(4096)) == [b"media"]
        port.forget(end)
        assert await reader.read() == b""
    writer.close()
    streams.close()


async def test_when_the_stream_ends_nothing_is_sent_there_any_more(port: Port) -> None:
    streams, end = await opened(port), End()
    port.register(end)
    reader, writer = await asyncio.open_connection("127.0.0.1", streams.number)
    writer.write(frame(check()))
    async with asyncio.timeout(PATIENCE):
        await reader.read(1)
        writer.close()
        await port.lost.get()
    assert not port.streams
    assert end.ice.address is None
    streams.close()


@pytest.mark.parametrize(
    ("said", "patience"),
    [
        pytest.param(frame(RTP), 0.05, id="no check"),
        pytest.param(b"", 0.05, id="nothing"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", 30.0, id="another protocol"),
    ],
)
async def test_who_proves_nothing_is_let_go(port: MediaPort, said: bytes, patience: float) -> None:
    streams = await opened(port, patience)
    reader, writer = await asyncio.open_connection("127.0.0.1", streams.number)
    writer.write(said)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(ConnectionError):
            if await reader.read() == b"":
                raise ConnectionResetError
    assert not port.streams
    writer.close()
    streams.close()


async def test_one_address_has_twenty_streams_that_prove_nothing(port: Port) -> None:
    """SECURITY L12: of 2,000 streams in all one address could take every one."""
    streams, end = await opened(port), End()
    port.register(end)
    made = [await asyncio.open_connection("127.0.0.1", streams.number) for _ in range(MAX_UNPROVED)]
    reader, writer = await asyncio.open_connection("127.0.0.1", streams.number)
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    writer.close()
    assert len(port.streams) == MAX_UNPROVED
    # Who proves whose they are takes nobody's place, and who leaves makes room.
    async with asyncio.timeout(PATIENCE):
        made[0][1].write(frame(check()))
        await made[0][0].read(1)
        made[1][1].close()
        await port.lost.get()
        made += [await asyncio.open_connection("127.0.0.1", streams.number) for _ in range(2)]
        for _, writer in made[-2:]:
            writer.write(frame(check()))
        for reader, _ in made[-2:]:
            assert await reader.read(1)
    for _, writer in made:
        writer.close()
    streams.close()
