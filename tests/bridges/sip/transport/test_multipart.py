"""Descriptions inside multipart bodies, over real sockets (field case 4)."""

from bridges.sip.message.reply import make_response
from bridges.sip.transport.api import Answered, NameAddress, Progress, Reinvite, Target, Transport
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    Listener,
    peer,
    running,
    within,
)
from tests.bridges.sip.transport.test_hostile import request
from tests.bridges.sip.transport.test_in_dialog import talking
from tests.bridges.sip.transport.test_odd_messages import line

MIXED = "multipart/mixed;boundary=b"
ISUP = (
    b"Content-Type: application/isup;version=itu-t92+\r\n"
    b"Content-Disposition: signal;handling=%s\r\n\r\n\x01\x00\xe9"
)


def mixed(sdp: str, handling: bytes = b"optional") -> bytes:
    first = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + sdp.encode()
    return first + b"\r\n--b\r\n" + ISUP % handling + b"\r\n--b--\r\n"


async def test_an_outside_call_with_sdp_inside_multipart_rings() -> None:
    """Case 4: SDP and an optional ISUP part in an INVITE; a required one is 415."""
    async with line() as (endpoint, socket, calls):
        wrong = request("INVITE", 2, socket.port, body=mixed(OFFER, b"required"), content_type=MIXED)
        socket.send(wrong.encode(), endpoint.udp_port)
        refused = await socket.response()
        assert (refused.status, "application/sdp" in (refused.header("accept") or "")) == (415, True)
        right = request("INVITE", 1, socket.port, body=mixed(OFFER), content_type=MIXED)
        socket.send(right.encode(), endpoint.udp_port)
        assert (await within(calls.get())).sdp == OFFER.rstrip() + "\r\n"


async def test_answers_inside_multipart_are_read() -> None:
    """Case 4: a 183 and a 200 whose description stands beside an ISUP part."""
    async with peer() as callee, running(SipEndpoint(CONFIG)) as endpoint:
        target = Target(f"sip:1@{LOCAL}:{callee.port}", Transport.UDP, LOCAL, callee.port)
        call = await endpoint.invite(
            target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER
        )
        heard = Listener(call)
        asked = await callee.request("INVITE")
        for status, kind in ((183, Progress), (200, Answered)):
            data = make_response(asked, status, to_tag="t", body=mixed(ANSWER), content_type=MIXED)
            callee.send(data, endpoint.udp_port)
            event: Progress | Answered = await heard.next(kind)
            assert (event.sdp or "").rstrip() == ANSWER.rstrip()


async def test_a_reinvite_inside_multipart_is_an_offer_and_a_strange_body_is_415() -> None:
    """Case 4: the same within a call, by INVITE and UPDATE."""
    async with talking() as (caller, call, heard):
        body = mixed(OFFER).decode("latin-1").replace("\xe9", "x")
        for method in ("INVITE", "UPDATE"):
            strange = caller.request(method, body="<x/>", content_type="text/xml")
            assert (await caller.say(strange)).status == 415
            if method == "INVITE":
                caller.send(caller.request("ACK"))
            caller.send(caller.request(method, body=body, content_type=MIXED))
            offer = await heard.next(Reinvite)
            assert (offer.sdp or "").rstrip() == OFFER.rstrip()
            call.accept_reinvite(ANSWER)
            assert (await caller.socket.response(lambda r: r.status == 200)).sdp() == ANSWER
            if method == "INVITE":
                caller.send(caller.request("ACK"))
