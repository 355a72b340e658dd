"""Messages that are nearly right, over real sockets: answered, and the call goes on (field cases 1 and 2)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridges.sip.message import Request, Response
from bridges.sip.message.reply import make_response
from bridges.sip.transport.api import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    IncomingCall,
    NameAddress,
    Target,
    Transport,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    Listener,
    Peer,
    peer,
    running,
    within,
)
from tests.bridges.sip.transport.test_hostile import OPTIONS, connect, read_message, request

INVITE_HEADERS = (("Contact", "<sip:101@127.0.0.1>"),)


@asynccontextmanager
async def line() -> AsyncIterator[tuple[SipEndpoint, Peer, asyncio.Queue[IncomingCall]]]:
    """An endpoint that knows a bare socket as its trunk, and the calls that come in."""
    async with peer() as socket:
        endpoint = SipEndpoint(
            replace(CONFIG, trunks=(TrunkConfig("line", LOCAL, socket.port, keep_alive=0),))
        )
        calls: asyncio.Queue[IncomingCall] = asyncio.Queue()
        endpoint.on_invite = calls.put
        async with running(endpoint):
            yield endpoint, socket, calls


def invite(socket: Peer) -> bytes:
    return request("INVITE", 1, socket.port, body=OFFER.encode()).encode()


def within_dialog(method: str, cseq: int, answer: Response, socket: Peer) -> bytes:
    made = request(method, 100 + cseq, socket.port, call_id="call1", cseq=cseq, to=answer.headers["to"][0])
    return made.encode()


ODD_LINES = [
    (b"From: <sip:201@x>", b'From: "Caf\xe9 Prova" <sip:201@x>'),
    (b"To: <sip:202@x>", b"To: Caf\xe9 <sip:202@x>"),
    (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nSubject: \xff\xfe\x80"),
    (b"Max-Forwards: 70", b"Max-Forwards: 70\r\nX-\xe9: 1"),
    (b"Call-ID: call1", b"Call-ID: call1\xe9"),
    (b";rport", b";rport;x=\xe9"),
    (b"Contact: <sip:", b"Contact: Caf\xe9 <sip:"),
]


@pytest.mark.parametrize(("old", "new"), ODD_LINES)
async def test_a_call_with_one_latin1_letter_rings_is_answered_and_hung_up(old: bytes, new: bytes) -> None:
    """Case 1: bytes that are not UTF-8, in every header, inside and outside of calls."""
    async with line() as (endpoint, socket, calls):

        def odd(data: bytes) -> bytes:
            return data.replace(old, new, 1)

        socket.send(odd(invite(socket)), endpoint.udp_port)
        call = await within(calls.get())
        call.caller.name.encode()
        listener = Listener(call)
        call.answer(ANSWER)
        ok = await socket.response(lambda r: r.status == 200)
        assert ok.branch == "z9hG4bK1"
        socket.send(odd(within_dialog("ACK", 1, ok, socket)), endpoint.udp_port)
        await listener.next(Acknowledged)
        socket.send(odd(within_dialog("BYE", 2, ok, socket)), endpoint.udp_port)
        assert (await socket.response(lambda r: r.cseq.method == "BYE")).status == 200
        assert (await listener.next(Ended)).by is EndedBy.BYE


async def test_the_callee_reads_the_name_with_a_replaced_letter() -> None:
    """Case 1: users expect the call, with a replaced letter."""
    async with line() as (endpoint, socket, calls):
        socket.send(invite(socket).replace(b"<sip:201@x>", b'"Caf\xe9 Prova" <sip:201@x>'), endpoint.udp_port)
        assert (await within(calls.get())).caller.name == "Caf\ufffd Prova"


async def test_answers_with_bytes_that_are_not_utf8_reach_the_call() -> None:
    """Case 1: a 180, a 200 and a BYE of the other side with a Latin-1 letter are heard."""
    async with peer() as callee, running(SipEndpoint(CONFIG)) as endpoint:
        target = Target(f"sip:1@{LOCAL}:{callee.port}", Transport.UDP, LOCAL, callee.port)
        call = await endpoint.invite(
            target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER
        )
        listener = Listener(call)
        asked: Request = await callee.request("INVITE")
        headers = [("Contact", f"<sip:1@{LOCAL}:{callee.port}>"), ("Server", "Caf_")]
        ok = make_response(asked, 200, to_tag="t", headers=headers, body=ANSWER.encode())
        callee.send(ok.replace(b"Caf_", b"Caf\xe9").replace(b"To: ", b"To: Caf\xe9 "), endpoint.udp_port)
        assert (await listener.next(Answered)).sdp == ANSWER
        ack = await callee.request("ACK")
        bye = request("BYE", 7, callee.port, call_id=ack.call_id, to=ack.headers["from"][0], cseq=1)
        data = replace(bye, from_="<sip:1@b>;tag=t", headers=(("Reason", 'Q.850;cause=16;text="fine"'),))
        callee.send(data.encode().replace(b"fine", b"\xe9\xe8"), endpoint.udp_port)
        ended = await listener.next(Ended)
        assert (ended.by, ended.reasons[0].text) == (EndedBy.BYE, "\ufffd\ufffd")


@pytest.mark.parametrize("extra", [b"garbage", b"X Debug Info: 1", b"X: a\x01b", b"Expires: soon"])
async def test_a_header_line_that_is_none_costs_nothing(extra: bytes) -> None:
    """Case 2: an INVITE with a line that is no header rings."""
    async with line() as (endpoint, socket, calls):
        socket.send(invite(socket).replace(b"Max-", extra + b"\r\nMax-", 1), endpoint.udp_port)
        await within(calls.get())


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b" SIP/2.0\r\n", b"\r\n", 400),
        (b" SIP/2.0\r\n", b" SIP/7.0\r\n", 505),
        (b"To: <sip:202@x>", b"To: <sip:202@", 400),
        (b"CSeq: 1 INVITE", b"CSeq: 1 OPTIONS", 400),
        (b"Max-Forwards: 70", b"Max-Forwards: -7", 400),
        (b"Contact: <", b"Contact: <<", 400),
        (b"Content-Length: ", b"Content-Length: 9", 400),
    ],
)
async def test_a_request_that_cannot_be_read_is_answered(old: bytes, new: bytes, status: int) -> None:
    """Case 2: whatever still names Via, From, To, Call-ID and CSeq gets an answer."""
    async with line() as (endpoint, socket, _):
        socket.send(invite(socket).replace(old, new, 1), endpoint.udp_port)
        assert (await socket.response()).status == status


async def test_an_answer_with_one_unusable_header_still_counts() -> None:
    """Case 2: a 200 whose Record-Route, Content-Length and extra line are none is not lost."""
    async with peer() as callee, running(SipEndpoint(CONFIG)) as endpoint:
        target = Target(f"sip:1@{LOCAL}:{callee.port}", Transport.UDP, LOCAL, callee.port)
        call = await endpoint.invite(
            target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER
        )
        asked = await callee.request("INVITE")
        ok = make_response(
            asked, 200, to_tag="t", headers=[("Contact", "<<"), ("Record-Route", "<")], body=b"x"
        )
        callee.send(ok.replace(b"Content-Length: 1", b"Content-Length: x\r\ngarbage"), endpoint.udp_port)
        await Listener(call).next(Answered)
        assert (await callee.request("ACK")).target == target.uri


async def test_a_stream_that_cannot_be_followed_is_answered_before_it_is_closed() -> None:
    """Case 2: over TCP a request without Content-Length is answered 400, not dropped."""
    async with running(SipEndpoint(CONFIG)) as endpoint:
        reader, writer = await connect(endpoint)
        writer.write(OPTIONS + OPTIONS.replace(b"Content-Length: 0", b"X: 0"))
        assert [await read_message(reader), await read_message(reader)] == [200, 400]
        assert await within(reader.read()) == b""
        writer.close()
