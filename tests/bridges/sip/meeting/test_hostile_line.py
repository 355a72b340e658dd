"""A line that is known by its address alone, and the sound of the dial-in: one forged datagram sends none."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from bridges.sip import app
from bridges.sip.app import _endpoint_config as endpoint_config
from bridges.sip.message import OutgoingRequest, Transport
from bridges.sip.transport.api import TrunkConfig
from tests.bridges.sip.meeting.surroundings import dial_in
from tests.bridges.sip.transport.endpoints import LOCAL, peer
from tests.support.clock import let_pass
from tests.support.patience import PATIENCE

_T1 = 2.0


@pytest.mark.parametrize("media", ["127.0.0.2", LOCAL], ids=["elsewhere", "same address"])
async def test_no_packet_goes_to_the_address_of_an_sdp_before_the_ack(
    tmp_path: Path, media: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M5: a forged INVITE with the address of a line had us send 40 kB to the address of its SDP."""
    # An answer is given up after 64 T1 without an ACK, which is no more than half a minute by default.
    monkeypatch.setattr(app, "_endpoint_config", lambda config: replace(endpoint_config(config), t1=_T1))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
        victim.bind((media, 0))
        victim.setblocking(False)
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {media}\r\ns=-\r\nc=IN IP4 {media}\r\nt=0 0\r\n"
            f"m=audio {victim.getsockname()[1]} RTP/AVP 0\r\n"
        )
        async with dial_in(tmp_path) as desk, peer() as line:
            endpoint = desk.bridge.endpoint
            await endpoint.replace_trunks([TrunkConfig("open", LOCAL, line.port, keep_alive=0)])
            invite = OutgoingRequest(
                method="INVITE",
                uri=f"sip:+390612345800@{LOCAL}:{endpoint.udp_port}",
                transport=Transport.UDP,
                sent_by=f"{LOCAL}:{line.port}",
                branch="z9hG4bKforged",
                from_=f"<sip:+3906@{LOCAL}>;tag=line",
                to=f"<sip:+390612345800@{LOCAL}>",
                call_id="forged",
                cseq=1,
                headers=(("Contact", f"<sip:line@{LOCAL}:{line.port}>"),),
                body=sdp.encode(),
                content_type="application/sdp",
            )
            line.send(invite.encode(), endpoint.udp_port)
            for _ in range(3):  # between them the voice would have said much
                answer = await line.response(lambda response: response.status == 200)
                let_pass(2 * _T1)
            with pytest.raises(BlockingIOError):
                victim.recv(2000)
            ack = OutgoingRequest(
                method="ACK",
                uri=invite.uri,
                transport=Transport.UDP,
                sent_by=invite.sent_by,
                branch="z9hG4bKack",
                from_=invite.from_,
                to=f"{invite.to};tag={answer.to_tag}",
                call_id="forged",
                cseq=1,
            )
            line.send(ack.encode(), endpoint.udp_port)
            loop = asyncio.get_running_loop()
            assert await asyncio.wait_for(loop.sock_recv(victim, 2000), PATIENCE)
