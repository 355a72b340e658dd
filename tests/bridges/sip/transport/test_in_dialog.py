"""The user agent server against a bare socket that plays a trunk: repeats, DTMF, UPDATE, refusals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridges.sip.message import OutgoingRequest, Response, Transport
from bridges.sip.message.reply import Header
from bridges.sip.transport.api import (
    Acknowledged,
    Dtmf,
    Ended,
    EndedBy,
    IncomingCall,
    Reason,
    Reinvite,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from bridges.sip.transport.incoming import UasCall
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    QUICK,
    Listener,
    Peer,
    peer,
    running,
    within,
)


class Line:
    """A trunk's side of one call."""

    def __init__(self, socket: Peer, endpoint: SipEndpoint) -> None:
        self.socket = socket
        self.endpoint = endpoint
        self.cseq = 0
        self.tag: str | None = None

    def request(
        self, method: str, headers: tuple[Header, ...] = (), body: str = "", **more: str
    ) -> OutgoingRequest:
        if method != "ACK":
            self.cseq += 1
        own = f"{LOCAL}:{self.socket.port}"
        to = f"<sip:202@{LOCAL}>"
        return OutgoingRequest(
            method=method,
            uri=f"sip:202@{LOCAL}:{self.endpoint.udp_port}",
            transport=Transport.UDP,
            sent_by=own,
            branch=f"z9hG4bK{method}{self.cseq}",
            from_=f"<sip:+3906@{own}>;tag=line",
            to=f"{to};tag={self.tag}" if self.tag else to,
            call_id=f"line-{self.socket.port}",
            cseq=self.cseq,
            headers=(("Contact", f"<sip:line@{own}>"), *headers),
            body=body.encode(),
            content_type=more.get("content_type", "application/sdp"),
        )

    def send(self, request: OutgoingRequest) -> None:
        self.socket.send(request.encode(), self.endpoint.udp_port)

    async def say(self, request: OutgoingRequest) -> Response:
        """The final response."""
        self.send(request)
        return await self.socket.response(lambda r: r.branch == request.branch and r.status >= 200)


@asynccontextmanager
async def line(t1: float = 0.5, headers: tuple[Header, ...] = ()) -> AsyncIterator[tuple[Line, IncomingCall]]:
    """A trunk whose INVITE has come in."""
    async with peer() as socket:
        trunk = TrunkConfig("line", LOCAL, socket.port, keep_alive=0)
        endpoint = SipEndpoint(replace(CONFIG, t1=t1, trunks=(trunk,)))
        found: list[IncomingCall] = []

        async def take(call: IncomingCall) -> None:
            found.append(call)
            call.ring()

        endpoint.on_invite = take
        async with running(endpoint):
            caller = Line(socket, endpoint)
            caller.send(caller.request("INVITE", headers, OFFER))
            ringing = await socket.response(lambda r: r.status == 180)
            caller.tag = ringing.to_tag
            yield caller, found[0]


@asynccontextmanager
async def talking(
    t1: float = 0.5, headers: tuple[Header, ...] = ()
) -> AsyncIterator[tuple[Line, IncomingCall, Listener]]:
    async with line(t1, headers) as (caller, call):
        heard = Listener(call)
        call.answer(ANSWER)
        await caller.socket.response(lambda r: r.status == 200)
        caller.send(caller.request("ACK"))
        await heard.next(Acknowledged)
        yield caller, call, heard


async def test_an_answer_is_repeated_until_its_ack() -> None:
    async with line(QUICK) as (caller, call):
        call.answer(ANSWER)
        heard = Listener(call)
        for _ in range(4):
            answer = await caller.socket.response(lambda r: r.status == 200)
            assert answer.sdp() == ANSWER
        caller.send(caller.request("ACK"))
        await heard.next(Acknowledged)


async def test_a_call_hung_up_right_after_the_answer_waits_for_the_ack_before_its_bye() -> None:
    async with line(QUICK) as (caller, call):
        call.answer(ANSWER)
        call.bye()
        for _ in range(3):
            await caller.socket.response(lambda r: r.status == 200)
        assert not call.ended
        caller.send(caller.request("ACK"))
        bye = await caller.socket.request("BYE")
        assert (await Listener(call).next(Acknowledged)) and call.ended
        assert bye.from_tag == call.local_tag


async def test_a_call_that_is_never_acknowledged_is_hung_up() -> None:
    async with line(QUICK) as (caller, call):
        call.answer(ANSWER)
        assert (await Listener(call).next(Ended)).by is EndedBy.TIMEOUT
        await caller.socket.request("BYE")


async def test_a_repeated_invite_is_answered_again_and_rings_once() -> None:
    async with line() as (caller, call):
        caller.cseq = 0
        caller.tag = None
        caller.send(caller.request("INVITE", (), OFFER))
        assert (await caller.socket.response()).status == 180
        assert not call.ended


async def test_digits_by_info_are_heard() -> None:
    async with talking() as (caller, _, heard):
        relay = caller.request(
            "INFO", body="Signal=5\r\nDuration=240\r\n", content_type="application/dtmf-relay"
        )
        assert (await caller.say(relay)).status == 200
        assert await heard.next(Dtmf) == Dtmf("5", 240)
        assert (
            await caller.say(caller.request("INFO", body="#", content_type="application/dtmf"))
        ).status == 200
        assert await heard.next(Dtmf) == Dtmf("#")
        assert (await caller.say(caller.request("INFO"))).status == 200
        assert (await caller.say(caller.request("INFO", body="<x/>", content_type="text/xml"))).status == 415


async def test_update_refreshes_unseen_and_with_sdp_is_asked() -> None:
    async with talking() as (caller, call, heard):
        timer = (("Session-Expires", "1800"), ("Supported", "timer"))
        answer = await caller.say(caller.request("UPDATE", timer))
        assert (answer.status, answer.header("session-expires")) == (200, "1800;refresher=uac")
        tiny = (("Session-Expires", "10"), ("Supported", "timer"))
        refused = await caller.say(caller.request("UPDATE", tiny))
        assert (refused.status, refused.header("min-se")) == (422, "90")
        request = caller.request("UPDATE", (), OFFER)
        caller.send(request)
        assert await heard.next(Reinvite) == Reinvite(OFFER, "UPDATE")
        call.accept_reinvite(ANSWER)
        assert (await caller.socket.response(lambda r: r.branch == request.branch)).sdp() == ANSWER


@pytest.mark.parametrize(
    ("status", "knows"), [(200, True), (405, True), (501, True), (481, False), (None, None)]
)
async def test_case_10_a_peer_that_sends_no_media_is_asked_whether_it_knows_the_call(
    status: int | None, knows: bool | None
) -> None:
    """Case 10: OPTIONS within the dialog show a dead side better than silence does."""
    async with talking(QUICK) as (caller, call, _):
        asking = asyncio.create_task(call.probe())
        options = await caller.socket.request("OPTIONS")
        assert (options.from_tag, options.to_tag) == (call.local_tag, "line")
        if status is not None:
            answer = f"SIP/2.0 {status} Whatever\r\n" + "".join(
                f"{name}: {value}\r\n"
                for name in ("Via", "From", "To", "Call-ID", "CSeq")
                for value in options.headers[name.lower()]
            )
            caller.socket.send(f"{answer}Content-Length: 0\r\n\r\n".encode(), caller.endpoint.udp_port)
        assert await within(asking) is knows
        assert not call.ended


def age_session(call: IncomingCall, seconds: float) -> None:
    """Let the session be older than it is, instead of waiting."""
    assert isinstance(call, UasCall)
    assert call._session is not None
    call._session.since -= seconds
    call._watch_session()


async def test_a_session_that_is_not_refreshed_ends() -> None:
    headers = (("Session-Expires", "90"), ("Supported", "timer"))
    async with talking(headers=headers) as (caller, call, heard):
        age_session(call, 100)
        assert (await heard.next(Ended)).by is EndedBy.TIMEOUT
        bye = await caller.socket.request("BYE")
        assert "408" in (bye.header("reason") or "")


async def test_a_session_that_we_refresh_is_refreshed() -> None:
    headers = (("Session-Expires", "90;refresher=uas"), ("Supported", "timer"), ("Allow", "INVITE, UPDATE"))
    async with talking(headers=headers) as (caller, call, _):
        age_session(call, 50)
        update = await caller.socket.request("UPDATE")
        assert update.header("session-expires") == "90;refresher=uac"


async def test_a_second_reinvite_waits_and_a_cancelled_one_is_gone() -> None:
    async with talking() as (caller, _, heard):
        first = caller.request("INVITE", (), OFFER)
        caller.send(first)
        await heard.next(Reinvite)
        assert (await caller.say(caller.request("INVITE", (), OFFER))).status == 500
        caller.send(first.cancel())
        response = await caller.socket.response(
            lambda r: r.branch == first.branch and r.cseq.method == "INVITE" and r.status > 100
        )
        assert response.status == 487


async def test_a_reinvite_without_offer_gets_ours_and_the_ack_brings_the_answer() -> None:
    async with talking() as (caller, call, heard):
        request = caller.request("INVITE")
        caller.send(request)
        assert await heard.next(Reinvite) == Reinvite(None)
        call.accept_reinvite(OFFER)
        answer = await caller.socket.response(lambda r: r.branch == request.branch and r.status == 200)
        assert answer.sdp() == OFFER
        caller.send(caller.request("ACK", body=ANSWER))
        assert await heard.next(Acknowledged) == Acknowledged(ANSWER)


async def test_what_is_out_of_order_foreign_or_not_understood_is_refused() -> None:
    async with talking() as (caller, _, heard):
        caller.cseq = 10
        assert (await caller.say(caller.request("INFO"))).status == 200
        caller.cseq = 5
        assert (await caller.say(caller.request("INFO"))).status == 500
        caller.cseq = 20
        assert (await caller.say(caller.request("REFER"))).status == 405
        require = (("Require", "100rel"),)
        refused = await caller.say(caller.request("INVITE", require, OFFER))
        assert (refused.status, refused.header("unsupported")) == (420, "100rel")
        stranger = replace(caller.request("BYE"), from_="<sip:x@y>;tag=other")
        assert (await caller.say(stranger)).status == 481
        assert heard.empty
        bye = caller.request("BYE", (("Reason", 'Q.850;cause=16;text="Normal; really"'),))
        assert (await caller.say(bye)).status == 200
        assert (await heard.next(Ended)).reasons == (Reason("Q.850", 16, "Normal; really"),)


async def test_a_bye_before_the_answer_ends_the_ringing() -> None:
    async with line() as (caller, call):
        invite_branch = "z9hG4bKINVITE1"
        assert (await caller.say(caller.request("BYE"))).status == 200
        assert (await caller.socket.response(lambda r: r.branch == invite_branch)).status == 487
        assert (await Listener(call).next(Ended)).by is EndedBy.BYE


async def test_a_cancel_from_another_host_is_nobodys_business() -> None:
    async with line() as (caller, call):
        invite = replace(caller.request("INVITE"), branch="z9hG4bKINVITE1", cseq=1)
        async with peer("127.0.0.2") as stranger:
            stranger.send(invite.cancel().encode(), caller.endpoint.udp_port)
            assert (await stranger.response()).status == 481
            assert not call.ended


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("OPTIONS", (), 200),
        ("SUBSCRIBE", (), 489),
        ("PUBLISH", (), 405),
        ("MESSAGE", (), 405),
        ("DANCE", (), 501),
        ("BYE", (), 481),
        ("UPDATE", (), 481),
        ("CANCEL", (), 481),
        ("INVITE", (("Require", "100rel"),), 420),
        ("INVITE", (("Session-Expires", "20"), ("Supported", "timer")), 422),
    ],
)
async def test_requests_outside_calls_get_the_right_refusal(
    method: str, headers: tuple[Header, ...], status: int
) -> None:
    async with line() as (first, _):
        caller = Line(first.socket, first.endpoint)
        caller.cseq = 70
        before = len(first.endpoint._core.layer)
        assert (await caller.say(caller.request(method, headers))).status == status
        assert len(first.endpoint._core.layer) == before


async def test_a_request_without_hops_left_goes_no_further() -> None:
    async with line() as (first, _):
        caller = Line(first.socket, first.endpoint)
        caller.cseq = 70
        assert (await caller.say(replace(caller.request("OPTIONS"), max_forwards=0))).status == 483
