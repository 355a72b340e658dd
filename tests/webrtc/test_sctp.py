"""What the other side of a data channel may make us keep and walk."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    DataChunk,
    ForwardTsnChunk,
    RTCSctpTransport,
    SackChunk,
)

from webrtc.sctp import MAX_STREAMS, MAX_WAITING, WORK, WORK_AT_ONCE, Bounded

WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG


class Dtls:
    """As much of a transport as an association looks at."""

    state = "connected"


class End:
    """An association whose network is a list; `got` are the messages that came, `now` its clock."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.said: list[Any] = []
        self.now = 100.0
        self.one = RTCSctpTransport(Dtls())  # type: ignore[arg-type]
        self.one._last_received_tsn = 0

        async def say(chunk: Any) -> None:
            self.said.append(chunk)

        async def receive(_stream_id: int, _protocol: int, data: bytes) -> None:
            self.got.append(data)

        self.one._send_chunk = say  # type: ignore[method-assign]
        self.one._receive = receive  # type: ignore[method-assign, assignment]
        Bounded(self.one, lambda: self.now)

    async def take(self, *chunks: Any) -> None:
        for chunk in chunks:
            await self.one._receive_chunk(chunk)

    @property
    def kept(self) -> int:
        return sum(len(stream.reassembly) for stream in self.one._inbound_streams.values())


def data(tsn: int, flags: int = WHOLE, stream: int = 0, seq: int = 0, body: bytes = b"x") -> DataChunk:
    chunk = DataChunk(flags=flags)
    chunk.tsn, chunk.stream_id, chunk.stream_seq, chunk.user_data = tsn, stream, seq, body
    return chunk


def sack(cumulative: int, *gaps: tuple[int, int]) -> SackChunk:
    chunk = SackChunk()
    chunk.cumulative_tsn, chunk.advertised_rwnd, chunk.gaps = cumulative, 1 << 20, list(gaps)
    return chunk


async def least(work: Callable[[], Awaitable[None]], times: int = 3) -> float:
    """The least of some times, in seconds of this thread alone."""
    found = []
    for _ in range(times):
        began = time.thread_time()
        await work()
        found.append(time.thread_time() - began)
    return min(found)


@pytest.mark.parametrize("seed", range(5))
async def test_a_window_in_any_order_arrives_whole(seed: int) -> None:
    """Whatever is dropped comes again, as after any loss."""
    end, chance = End(), Random(seed)  # noqa: S311
    messages = [f"{number}".encode() for number in range(3000)]
    sent = {
        number + 1: data(number + 1, seq=number % 65536, body=body) for number, body in enumerate(messages)
    }
    while (before := end.one._last_received_tsn) is not None and before < len(messages):
        window = [tsn for tsn in range(before + 1, before + 901) if tsn in sent]
        chance.shuffle(window)
        await end.take(*(sent[tsn] for tsn in window if chance.random() > 0.05))
        end.now += 1
    assert end.got == messages


async def test_a_long_message_arrives() -> None:
    end = End()
    parts = [bytes([number]) * 1000 for number in range(65)]
    for number, part in enumerate(parts):
        flags = (number == 0) * SCTP_DATA_FIRST_FRAG | (number == 64) * SCTP_DATA_LAST_FRAG
        await end.take(data(number + 1, flags, body=part))
    assert end.got == [b"".join(parts)]


async def test_what_waits_for_a_lost_one_is_bounded() -> None:
    end = End()
    for tsn in range(2, 50_000):
        end.now += 0.1
        await end.take(data(tsn))
    assert len(end.one._sack_misordered) == MAX_WAITING
    await end.take(data(1))
    assert end.one._last_received_tsn == MAX_WAITING + 1


async def test_messages_without_end_are_bounded() -> None:
    end = End()
    for tsn in range(1, 50_000):
        end.now += 0.1
        await end.take(data(tsn, SCTP_DATA_FIRST_FRAG if tsn == 1 else 0))
    assert end.kept == 2 * MAX_WAITING


async def test_streams_are_bounded() -> None:
    end = End()
    forward = ForwardTsnChunk()
    forward.cumulative_tsn = 1
    forward.streams = [(number, 1) for number in range(300)]
    await end.take(*(data(2 + number, 0, stream=number) for number in range(200)), forward)
    assert len(end.one._inbound_streams) == MAX_STREAMS


async def test_an_acknowledgement_of_what_was_never_sent_is_walked_by_nobody() -> None:
    """One datagram of 1,200 bytes held all meetings of the process for seconds."""
    end = End()

    async def hostile() -> None:
        await end.take(sack(end.one._last_sacked_tsn, *[(1, 65_535)] * 290))

    assert await least(hostile) < 0.05
    end.one._sent_queue.extend(_sent(end, number) for number in range(100))
    assert await least(hostile) < 0.05


async def test_an_acknowledgement_with_gaps_is_believed_where_it_can_be_true() -> None:
    end = End()
    sent = [_sent(end, number) for number in range(6)]
    end.one._sent_queue.extend(sent)
    await end.take(sack(sent[0].tsn, (2, 2), (4, 60_000), (3, 5), (9, 8)))
    assert [chunk._acked for chunk in sent] == [False, False, True, False, True, True]


def _sent(end: End, number: int) -> DataChunk:
    chunk = data((end.one._last_sacked_tsn + 1 + number) % 2**32)
    chunk._acked = chunk._abandoned = chunk._retransmit = chunk._in_flight = False
    chunk._book_size, chunk._misses, chunk._sent_count, chunk._sent_time = 1, 0, 1, 0.0
    chunk._max_retransmits = chunk._expiry = None
    return chunk


async def test_so_much_work_is_made_and_no_more() -> None:
    """Sixty tiny chunks stand in one datagram."""
    end = End()
    for tsn in range(1, 100_000):
        await end.take(data(tsn))
    taken = len(end.got)
    assert taken == int(WORK_AT_ONCE / 2)
    end.now += 1
    for tsn in range(taken + 1, taken + 10_000):
        await end.take(data(tsn))
    assert len(end.got) - taken == int(WORK / 2)
