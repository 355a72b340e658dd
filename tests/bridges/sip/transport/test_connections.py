"""Connections that we opened to lines: pinged, given up when nobody answers any more, made anew when lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridges.sip.message import Flow, Request, StreamFramer, Transport, make_response, parse_message
from bridges.sip.transport import connection, trunk_line
from bridges.sip.transport.api import TrunkConfig
from bridges.sip.transport.connection import PING, PONG, Connection
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import CONFIG, LOCAL, running, until, within


class Provider:
    """Takes every REGISTER over TCP; `pongs` says whether it answers pings."""

    def __init__(self) -> None:
        self.pongs = True
        self.port = 0
        self.registers: asyncio.Queue[tuple[Request, asyncio.StreamWriter]] = asyncio.Queue()
        self.pings: asyncio.Queue[None] = asyncio.Queue()
        self.closed: asyncio.Queue[None] = asyncio.Queue()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        framer, flow = StreamFramer(), Flow(Transport.TCP, LOCAL, 0)
        while data := await reader.read(65_536):
            for item in framer.feed(data):
                if not isinstance(item, bytes):
                    self.pings.put_nowait(None)
                    if self.pongs:
                        writer.write(b"\r\n")
                    continue
                request = parse_message(item, flow)
                assert isinstance(request, Request)
                contact = request.headers["contact"][0]
                writer.write(make_response(request, 200, to_tag="p", headers=[("Contact", contact)]))
                self.registers.put_nowait((request, writer))
        writer.close()
        self.closed.put_nowait(None)


@asynccontextmanager
async def registered() -> AsyncIterator[tuple[SipEndpoint, Provider]]:
    """An endpoint whose line is registered over TCP."""
    provider = Provider()
    server = await asyncio.start_server(provider.serve, LOCAL, 0)
    provider.port = server.sockets[0].getsockname()[1]
    line = TrunkConfig(
        "isp", LOCAL, provider.port, "register", Transport.TCP, username="0612345", password="x"
    )
    async with running(SipEndpoint(replace(CONFIG, trunks=(line,)))) as endpoint:
        up = asyncio.Event()
        endpoint.on_trunk_change = lambda status: up.set() if status.up else None
        await within(up.wait())
        yield endpoint, provider
    server.close()


def the_connection(endpoint: SipEndpoint) -> Connection:
    (connection,) = endpoint._core.network._connections.values()
    return connection


async def test_a_connection_that_we_opened_is_pinged() -> None:
    async with registered() as (endpoint, provider):
        connection, now = the_connection(endpoint), asyncio.get_running_loop().time()
        assert connection.keep(now + PING - 1)
        assert provider.pings.empty()
        assert connection.keep(now + PING)
        await within(provider.pings.get())
        assert connection.keep(now + PING + PONG), "nobody knows yet whether it answers at all"


async def test_one_that_answers_no_more_is_given_up() -> None:
    async with registered() as (endpoint, provider):
        network, now = endpoint._core.network, asyncio.get_running_loop().time()
        connection = the_connection(endpoint)
        connection.keep(now + PING)
        await within(provider.pings.get())
        await until(lambda: connection._answers_pings)
        provider.pongs = False
        network.sweep(now + 2 * PING)
        await within(provider.pings.get())
        network.sweep(now + 2 * PING + PONG - 1)
        assert provider.closed.empty()
        network.sweep(now + 2 * PING + PONG)
        await within(provider.closed.get())


async def test_a_line_that_lost_its_connection_registers_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trunk_line, "QUIET", 0.0)
    monkeypatch.setattr(trunk_line, "RECONNECT", 0.0)
    async with registered() as (_, provider):
        first, writer = await within(provider.registers.get())
        writer.close()
        again, _ = await within(provider.registers.get())
        assert again.call_id == first.call_id
        assert again.cseq.sequence > first.cseq.sequence


async def test_a_provider_that_closes_after_each_answer_is_not_asked_all_the_time() -> None:
    async with registered() as (endpoint, provider):
        _, writer = await within(provider.registers.get())
        writer.close()
        await within(provider.closed.get())
        await until(lambda: not endpoint._core.network.connections)
        (trunk,) = endpoint._trunks._trunks.values()
        due = endpoint._core.timers.get_timer()
        assert due is not None
        assert due - endpoint._core.now() > 60
        assert trunk.status().up


async def test_streams_of_nonsense_fill_no_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.log, "_now", lambda: 1e9)
    with caplog.at_level("INFO", "bridges"):
        async with running(SipEndpoint(CONFIG)) as endpoint:
            for _ in range(20):
                reader, writer = await asyncio.open_connection(LOCAL, endpoint.tcp_port)
                writer.write(b"nonsense\r\n\r\n")
                await within(reader.read())
                writer.close()
    assert [record.message for record in caplog.records].count("sip_stream_lost") == 1
