"""Whose connection is closed when there are too many, and who is too slow (M7)."""

import asyncio
import resource
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from sanic import HTTPResponse, Request

from server.addresses import origin_of
from server.edge import errors, protocol
from server.edge.connections import Connections, Limits, Phase
from server.open_files import allow_many
from tests.support.clock import let_pass
from tests.support.patience import PATIENCE
from tests.support.served import bare_app, served

#: Seconds of a limit that is not to pass while a busy machine takes its time.
LONG = 20.0


@dataclass(eq=False)
class One:
    address: str = "192.0.2.1"
    phase: Phase = Phase.HEAD


def full(limits: Limits, phases: list[Phase], address: str = "192.0.2.1") -> tuple[Connections, list[One]]:
    book, found = Connections(limits), [One(address, phase) for phase in phases]
    assert [book.admit(one) for one in found] == [None] * len(found)
    return book, found


BUSY, IDLE, HEAD = Phase.BUSY, Phase.IDLE, Phase.HEAD


@pytest.mark.parametrize(
    ("phases", "goes"),
    [
        ([HEAD, HEAD, HEAD], 0),
        ([BUSY, HEAD, HEAD], 1),
        ([BUSY, IDLE, HEAD], 2),
        ([IDLE, IDLE, BUSY], 0),
        ([BUSY, BUSY, IDLE], 2),
        ([BUSY, BUSY, BUSY], None),
    ],
)
@pytest.mark.parametrize("bound", ["total", "by_address"])
def test_a_newcomer_takes_the_place_of_who_does_nothing(
    bound: str, phases: list[Phase], goes: int | None
) -> None:
    limits = Limits(total=3) if bound == "total" else Limits(by_address=3)
    book, there = full(limits, phases)
    new = One()
    assert book.admit(new) is (new if goes is None else there[goes])
    # One fewer is room enough.
    book, there = full(limits, phases[:2])
    assert book.admit(new) is None


def test_who_waits_is_bounded_by_address_and_nobody_elses() -> None:
    book, there = full(Limits(waiting=2), [BUSY, HEAD, HEAD])
    assert book.admit(One("192.0.2.2")) is None
    assert book.admit(One()) is there[1]
    book.forget(there[1])
    there[2].phase = IDLE
    assert book.admit(One()) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_bounded_in_all_and_by_who_waits_alone(address: str) -> None:
    book, there = full(Limits(total=4, by_address=2), [BUSY, BUSY, IDLE, BUSY], address)
    assert book.admit(One(address)) is there[2]


def test_proxies_in_front_count_by_address_themselves() -> None:
    limits = Limits(by_address=2, proxies=True)
    book, _ = full(limits, [BUSY, BUSY])
    assert book.admit(One()) is None
    book, _ = full(replace(limits, proxies=False), [BUSY, BUSY])
    new = One()
    assert book.admit(new) is new


def test_nothing_is_kept_of_who_is_gone() -> None:
    book, there = full(Limits(), [HEAD, BUSY])
    for one in there:
        book.forget(one)
        book.forget(one)
    assert len(book) == 0 and not book._by_address


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_a_subscriber_is_one_address(host: str, origin: str) -> None:
    assert origin_of(host) == origin


@asynccontextmanager
async def door(limits: Limits) -> AsyncIterator[tuple[str, int, asyncio.Event]]:
    """Host, port, and what is set when the slow handler is cancelled."""
    cancelled = asyncio.Event()

    async def live(_request: Request) -> HTTPResponse:
        return HTTPResponse("live")

    async def slow(_request: Request) -> HTTPResponse:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return HTTPResponse()

    async def long(request: Request) -> None:
        response = await request.respond()
        try:
            while True:
                await response.send(b"x" * 65_536)
        finally:
            cancelled.set()

    app = bare_app("door")
    errors.install(app)
    protocol.install(app, limits)
    app.add_route(live, "/live", methods=["GET", "POST"])
    app.add_route(slow, "/slow")
    app.add_route(long, "/long")
    async with served(app) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port), cancelled


async def ask(host: str, port: int) -> bytes:
    """A whole request and the first line of its answer."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    line = await asyncio.wait_for(reader.readline(), PATIENCE)
    writer.close()
    return line


async def ended(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side closes; nothing when it resets."""
    try:
        return await asyncio.wait_for(reader.read(), PATIENCE)
    except ConnectionError:
        return b""


async def test_half_open_requests_beyond_the_bound_are_closed_and_a_live_one_is_answered() -> None:
    async with door(Limits(waiting=20, young_seconds=0, head_seconds=PATIENCE)) as (host, port, _):
        halves = []
        for _ in range(60):
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /live HTTP/1.1\r\nHost:")
            halves.append((reader, writer))
        assert await ask(host, port) == b"HTTP/1.1 200 OK\r\n"
        assert [await ended(reader) for reader, _ in halves[:40]] == [b""] * 40
        # The youngest may go on, though the live one has taken a place.
        reader, writer = halves[-1]
        writer.write(b" x\r\nConnection: close\r\n\r\n")
        assert (await ended(reader)).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_connections_in_all_are_bounded_and_a_live_one_is_answered() -> None:
    async with door(Limits(total=10, young_seconds=0, head_seconds=PATIENCE)) as (host, port, _):
        idle = [await asyncio.open_connection(host, port) for _ in range(10)]
        assert await ask(host, port) == b"HTTP/1.1 200 OK\r\n"
        assert await ended(idle[0][0]) == b""


async def test_many_who_come_at_once_are_all_answered() -> None:
    """Those behind a proxy, or in one office, after a restart."""
    async with door(Limits(waiting=5, young_seconds=PATIENCE)) as (host, port, _):
        answers = await asyncio.gather(*(ask(host, port) for _ in range(60)))
        assert answers == [b"HTTP/1.1 200 OK\r\n"] * 60


async def test_a_newcomer_is_turned_away_when_all_are_at_work() -> None:
    async with door(Limits(total=2, young_seconds=PATIENCE, head_seconds=PATIENCE)) as (
        host,
        port,
        cancelled,
    ):
        for _ in range(2):
            _, writer = await asyncio.open_connection(host, port)
            writer.write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        reader, working = await asyncio.open_connection(host, port)
        working.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await ended(reader) == b""
        writer.transport.abort()
        await asyncio.wait_for(cancelled.wait(), PATIENCE)
        assert await ask(host, port) == b"HTTP/1.1 200 OK\r\n"


async def test_a_head_that_drips_is_ended_in_time() -> None:
    """Each byte used to give it another minute."""
    async with door(Limits(head_seconds=0.3)) as (host, port, _):
        reader, writer = await asyncio.open_connection(host, port)
        answer = asyncio.create_task(ended(reader))
        writer.write(b"GET /live HTTP/1.1\r\nX-Slow: ")
        began = time.monotonic()
        while not answer.done():
            assert time.monotonic() - began < PATIENCE
            writer.write(b"x")
            await asyncio.wait({answer}, timeout=0.02)
        # A reset that answers a late byte may take the words away.
        assert (await answer)[:12] in (b"HTTP/1.1 408", b"")


async def test_a_connection_that_says_nothing_is_ended_and_one_that_is_kept_alive_is_not() -> None:
    async with door(Limits(head_seconds=LONG)) as (host, port, _):
        kept_reader, kept = await asyncio.open_connection(host, port)
        for _ in range(2):
            reader, _writer = await asyncio.open_connection(host, port)
            # Once this is answered, the connection before it has been taken, too.
            kept.write(b"GET /live HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200" in await asyncio.wait_for(kept_reader.readuntil(b"\r\n\r\nlive"), PATIENCE)
            let_pass(LONG)
            assert await ended(reader) == b""


async def test_a_body_that_drips_is_ended_and_one_that_flows_is_not() -> None:
    head = b"POST /live HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"
    async with door(Limits(body_seconds=0.2, body_rate=50.0)) as (host, port, _):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head)
        assert (await ended(reader)).startswith(b"HTTP/1.1 408")
    async with door(Limits(body_seconds=LONG, body_rate=50.0)) as (host, port, _):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(head)
        answer = asyncio.create_task(reader.readline())
        for _ in range(20):
            writer.write(b"x" * 5_000)
            let_pass(LONG / 4)
            await asyncio.wait({answer}, timeout=0.05)
        assert await asyncio.wait_for(answer, PATIENCE) == b"HTTP/1.1 200 OK\r\n"


async def test_an_answer_that_nobody_takes_is_ended() -> None:
    async with door(Limits(write_seconds=0.2)) as (host, port, cancelled):
        with socket.create_connection((host, port)) as deaf:
            deaf.sendall(b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n")
            await asyncio.wait_for(cancelled.wait(), PATIENCE)


@pytest.fixture
def few_files() -> Iterator[int]:
    """The soft limit of 1,024 that most machines give."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_of_open_files_is_raised(few_files: int) -> None:
    assert allow_many() == min(few_files, 65_536)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (min(few_files, 65_536), few_files)
