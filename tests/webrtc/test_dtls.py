"""The adapter to aiortc: keys come out, and only for the right certificate."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

import pytest

from webrtc.dtls import SLICE, Certificate, DtlsFailed, DtlsSession, SrtpError

Fingerprints = tuple[tuple[str, str], ...]


@dataclass
class Ends:
    """A server and a client, whose datagrams reach each other."""

    server: DtlsSession
    client: DtlsSession
    server_prints: Fingerprints
    client_prints: Fingerprints

    @classmethod
    def make(cls) -> Ends:
        server_certificate, client_certificate = Certificate(), Certificate()
        sessions: list[DtlsSession] = []
        sessions.append(
            DtlsSession(server_certificate, server=True, send=lambda data: void(sessions[1].receive(data)))
        )
        sessions.append(
            DtlsSession(client_certificate, server=False, send=lambda data: void(sessions[0].receive(data)))
        )
        server, client = sessions
        return cls(server, client, (server_certificate.fingerprint,), (client_certificate.fingerprint,))

    async def close(self) -> None:
        await self.client.close()
        await self.server.close()


def void(_: object) -> None:
    """A datagram's sender is not told whether it arrived."""


async def test_both_ends_get_keys_that_fit() -> None:
    ends = Ends.make()
    (_, server_tx), (client_rx, client_tx) = await asyncio.gather(
        ends.server.handshake(ends.client_prints), ends.client.handshake(ends.server_prints)
    )
    packet = b"\x80\x00\x00\x01" + bytes(8) + b"sound" * 20
    protected = server_tx.protect(packet)
    assert protected[12:] != packet[12:]
    assert client_rx.unprotect(protected) == packet
    with pytest.raises(SrtpError):
        client_rx.unprotect(client_tx.protect(packet))
    with pytest.raises(SrtpError):
        client_rx.unprotect(protected[:-1] + bytes([protected[-1] ^ 1]))
    await ends.close()


async def test_a_certificate_that_was_not_announced_fails() -> None:
    ends = Ends.make()
    outcomes = await asyncio.gather(
        ends.server.handshake(ends.server_prints), ends.client.handshake(ends.server_prints),
        return_exceptions=True,
    )  # fmt: skip
    assert isinstance(outcomes[0], DtlsFailed)
    await ends.close()


async def test_without_an_answer_it_fails_in_time() -> None:
    lonely = DtlsSession(Certificate(), server=False, send=lambda _: None)
    with pytest.raises(DtlsFailed):
        await lonely.handshake((("sha-256", "AB"),), timeout=0.01)
    await lonely.close()


async def test_a_flood_does_not_pile_up() -> None:
    session = DtlsSession(Certificate(), server=True, send=lambda _: None)
    taken = [session.receive(b"\x16" * 100) for _ in range(1000)]
    assert taken.count(True) < 100
    await session.close()


class Counted:
    """A share that takes down what was spent, and bids wait so many times."""

    def __init__(self, waits: int) -> None:
        self.waits, self.spendings = waits, 0

    def spent(self, seconds: float, now: float) -> None:
        assert seconds >= 0
        assert now > 0
        self.spendings += 1

    def wait(self, _now: float) -> float:
        self.waits -= 1
        return 0.001 if self.waits >= 0 else 0.0


async def test_what_a_datagram_costs_is_counted_and_waited_for() -> None:
    pace = Counted(waits=3)
    session = DtlsSession(Certificate(), server=True, send=lambda _: None, waiting=8, pace=pace)
    for number in range(8):
        assert session.receive(bytes([20, number]))
    assert not session.receive(b"one too many")
    for number in range(8):
        assert await session._ice._recv() == bytes([20, number])
    assert pace.spendings == 7
    assert pace.waits < 0


async def test_a_full_queue_lets_others_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """256 datagrams were worked off in one go, and nobody else was served meanwhile."""
    clock = iter(range(10_000))
    monkeypatch.setattr(time, "thread_time", lambda: next(clock) * SLICE)
    session = DtlsSession(Certificate(), server=True, send=lambda _: None, waiting=64)
    for _ in range(64):
        session.receive(bytes([20]))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(others())
    for _ in range(64):
        await session._ice._recv()
    task.cancel()
    assert turns >= 30
