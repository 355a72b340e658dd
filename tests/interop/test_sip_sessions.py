"""Sessions with sipp at the other end: reliable ringing, UPDATE, session timers, offers asked for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridges.sip.message import Transport
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    Event,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    Reinvite,
    Target,
    TrunkConfig,
)
from tests.interop.test_sip_registration import registrar
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.sipp import Sipp

TRANSPORTS = pytest.mark.parametrize("transport", ["udp", "tcp"])


def description(mark: str) -> str:
    """A session that can be told from others."""
    return (
        "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
        f"a={mark}\r\n"
    )


@TRANSPORTS
async def test_rfc3262_sipp_requires_reliable_ringing_updates_early_and_asks_for_an_offer(
    tmp_path: Path, transport: str
) -> None:
    port = free_port()
    trunk = TrunkConfig("sipp", "127.0.0.1", port, transport=Transport(transport.upper()), keep_alive=0)
    async with registrar(trunk) as endpoint:
        heard: list[Event] = []
        over = asyncio.Event()

        def happened(call: IncomingCall, event: Event) -> None:
            heard.append(event)
            if isinstance(event, Reinvite) and event.method == "UPDATE":
                call.accept_reinvite(description("updated"))
                call.answer(description("updated"))
            elif isinstance(event, Reinvite):
                call.accept_reinvite(description("full"))
            elif isinstance(event, Ended):
                over.set()

        async def incoming(call: IncomingCall) -> None:
            call.listen(lambda event: happened(call, event))
            call.ring(183, description("early"))

        endpoint.on_invite = incoming
        remote = f"127.0.0.1:{endpoint.udp_port}"
        async with Sipp(
            tmp_path, "requires_reliable_ringing", remote, port=port, transport=transport
        ) as sipp:
            await sipp.wait()
            await asyncio.wait_for(over.wait(), PATIENCE)
        kinds = [type(event) for event in heard]
        assert kinds == [Reinvite, Acknowledged, Reinvite, Acknowledged, Ended]
        assert [event.sdp is None for event in heard if isinstance(event, Reinvite)] == [False, True]
        assert "a=resumed" in str(heard[3])
        assert isinstance(heard[4], Ended) and heard[4].by is EndedBy.BYE


@TRANSPORTS
async def test_rfc3262_sipp_rings_reliably_after_it_wanted_a_longer_session(
    tmp_path: Path, transport: str
) -> None:
    async with registrar() as endpoint:
        async with Sipp(
            tmp_path, "rings_reliably", f"127.0.0.1:{endpoint.udp_port}", transport=transport
        ) as sipp:
            target = Target("sip:1@127.0.0.1", Transport(transport.upper()), "127.0.0.1", sipp.port)
            call = await endpoint.invite(
                target,
                from_=NameAddress("sip:a@b"),
                to=NameAddress("sip:1@b"),
                sdp=description("ours"),
            )
            heard = [event async for event in hung_up_once_answered(call)]
            await sipp.wait()
        progress, answered = heard[0], heard[1]
        assert isinstance(progress, Progress) and "a=early" in (progress.sdp or "")
        assert progress.early_media == "sendrecv"
        assert answered == Answered(None), "the answer has been given"


async def hung_up_once_answered(call: OutgoingCall) -> AsyncIterator[Event]:
    async for event in call.events():
        yield event
        if isinstance(event, Answered):
            call.bye()
