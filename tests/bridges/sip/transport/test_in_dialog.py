"""The user agent server against a bare socket that plays a trunk: repeats, DTMF, UPDATE, refusals."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bridges.sip.message import OutgoingRequest, Response, Transport
from bridges.sip.message.reply import Header, make_response
from bridges.sip.session.refer import EXPIRES
from bridges.sip.transport.api import (
    Acknowledged,
    Dtmf,
    Ended,
    EndedBy,
    IncomingCall,
    Reason,
    Referred,
    Refreshed,
    Reinvite,
    Replaces,
    TrunkConfig,
)
from bridges.sip.transport.endpoint import SipEndpoint
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    CONFIG,
    LOCAL,
    OFFER,
    SILENCE,
    T1,
    Listener,
    Peer,
    peer,
    running,
    within,
)
from tests.support.clock import let_pass


class Line:
    """A trunk's side of one call."""

    def __init__(self, socket: Peer, endpoint: SipEndpoint) -> None:
        self.socket = socket
        self.endpoint = endpoint
        self.cseq = 0
        self.tag: str | None = None
        self.rseq: str | None = None

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
async def line(headers: tuple[Header, ...] = ()) -> AsyncIterator[tuple[Line, IncomingCall]]:
    """A trunk whose INVITE has come in."""
    async with peer() as socket:
        trunk = TrunkConfig("line", LOCAL, socket.port, keep_alive=0)
        endpoint = SipEndpoint(replace(CONFIG, trunks=(trunk,)))
        found: list[IncomingCall] = []

        async def take(call: IncomingCall) -> None:
            found.append(call)
            call.ring()

        endpoint.on_invite = take
        async with running(endpoint):
            caller = Line(socket, endpoint)
            caller.send(caller.request("INVITE", headers, OFFER))
            ringing = await socket.response(lambda r: r.status == 180)
            caller.tag, caller.rseq = ringing.to_tag, ringing.header("rseq")
            yield caller, found[0]


@asynccontextmanager
async def talking(headers: tuple[Header, ...] = ()) -> AsyncIterator[tuple[Line, IncomingCall, Listener]]:
    async with line(headers) as (caller, call):
        heard = Listener(call)
        call.answer(ANSWER)
        await caller.socket.response(lambda r: r.status == 200)
        caller.send(caller.request("ACK"))
        await heard.next(Acknowledged)
        yield caller, call, heard


async def test_an_answer_is_repeated_until_its_ack() -> None:
    async with line() as (caller, call):
        call.answer(ANSWER)
        heard = Listener(call)
        for gap in (T1, 2 * T1, 4 * T1, 0):
            answer = await caller.socket.response(lambda r: r.status == 200)
            assert answer.sdp() == ANSWER
            let_pass(gap)
        caller.send(caller.request("ACK"))
        await heard.next(Acknowledged)


async def test_a_call_hung_up_right_after_the_answer_waits_for_the_ack_before_its_bye() -> None:
    async with line() as (caller, call):
        call.answer(ANSWER)
        call.bye()
        for gap in (T1, 2 * T1, 0):
            await caller.socket.response(lambda r: r.status == 200)
            let_pass(gap)
        assert not call.ended
        caller.send(caller.request("ACK"))
        bye = await caller.socket.request("BYE")
        assert (await Listener(call).next(Acknowledged)) and call.ended
        assert bye.from_tag == call.local_tag


async def test_a_call_that_is_never_acknowledged_is_hung_up() -> None:
    async with line() as (caller, call):
        call.answer(ANSWER)
        let_pass(SILENCE)
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
        await heard.next(Refreshed)
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
    async with talking() as (caller, call, _):
        asking = asyncio.create_task(call.probe())
        options = await caller.socket.request("OPTIONS")
        assert (options.from_tag, options.to_tag) == (call.local_tag, "line")
        if status is None:
            let_pass(SILENCE)
        else:
            answer = f"SIP/2.0 {status} Whatever\r\n" + "".join(
                f"{name}: {value}\r\n"
                for name in ("Via", "From", "To", "Call-ID", "CSeq")
                for value in options.headers[name.lower()]
            )
            caller.socket.send(f"{answer}Content-Length: 0\r\n\r\n".encode(), caller.endpoint.udp_port)
        assert await within(asking) is knows
        assert not call.ended


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
        assert (await caller.say(caller.request("PUBLISH"))).status == 405
        require = (("Require", "unheard-of"),)
        refused = await caller.say(caller.request("INVITE", require, OFFER))
        assert (refused.status, refused.header("unsupported")) == (420, "unheard-of")
        stranger = replace(caller.request("BYE"), from_="<sip:x@y>;tag=other")
        assert (await caller.say(stranger)).status == 481
        assert heard.empty
        bye = caller.request("BYE", (("Reason", 'Q.850;cause=16;text="Normal; really"'),))
        assert (await caller.say(bye)).status == 200
        assert (await heard.next(Ended)).reasons == (Reason("Q.850", 16, "Normal; really"),)


async def test_a_bye_that_crosses_ours_is_answered() -> None:
    """RFC 3261, Section 15.1.2: 200, though the call has ended; and nothing once ours is answered."""
    async with talking() as (caller, call, heard):
        call.bye()
        assert (await heard.next(Ended)).by is EndedBy.LOCAL
        ours = await caller.socket.request("BYE")
        assert (await caller.say(caller.request("BYE"))).status == 200
        caller.socket.send(make_response(ours, 200), caller.endpoint.udp_port)
        answer = await caller.say(caller.request("OPTIONS"))
        assert answer.status == 481
        assert not caller.endpoint._core.leaving


async def test_a_caller_that_requires_it_gets_reliable_ringing() -> None:
    """RFC 3262: RSeq and Require in the 180, PRACK, 200; then the answer."""
    async with line(headers=(("Require", "100rel"),)) as (caller, call):
        call.ring(183, ANSWER)
        prack = caller.request("PRACK", (("RAck", "1 1 INVITE"),))
        assert (await caller.say(prack)).status == 481, "of another one"
        rseq = caller.rseq
        assert (await caller.say(caller.request("PRACK", (("RAck", f"{rseq} 1 INVITE"),)))).status == 200
        early = await caller.socket.response(lambda r: r.status == 183)
        assert (early.sdp(), early.tokens("require")) == (ANSWER, ["100rel"])
        rack = ("RAck", f"{early.header('rseq')} 1 INVITE")
        assert (await caller.say(caller.request("PRACK", (rack,)))).status == 200
        call.answer(ANSWER)
        assert (await caller.socket.response(lambda r: r.cseq.method == "INVITE")).status == 200


async def test_a_bye_before_the_answer_ends_the_ringing() -> None:
    async with line() as (caller, call):
        invite_branch, bye = "z9hG4bKINVITE1", caller.request("BYE")
        caller.send(bye)
        assert (await caller.socket.response(lambda r: r.branch == invite_branch)).status == 487
        assert (await caller.socket.response(lambda r: r.branch == bye.branch)).status == 200
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
        ("INVITE", (("Require", "unheard-of"),), 420),
        ("INVITE", (("Require", "replaces"), ("Replaces", "c;to-tag=1")), 400),
        ("INVITE", (("Replaces", "c;to-tag=1;from-tag=2"), ("Replaces", "d;to-tag=1;from-tag=2")), 400),
        ("PRACK", (), 481),
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


async def test_rfc3891_an_invite_says_whose_place_it_takes_and_may_require_that() -> None:
    named = (("Require", "replaces"), ("Replaces", "c@h;to-tag=1;from-tag=2;early-only"))
    async with line(headers=named) as (caller, call):
        assert call.replaces == Replaces("c@h", "1", "2", early_only=True)
        caller.cseq = 70
        options = await caller.say(caller.request("OPTIONS", (("Require", "replaces"),)))
        assert (options.status, options.header("supported")) == (200, "100rel, replaces, timer")


async def test_a_request_without_hops_left_goes_no_further() -> None:
    async with line() as (first, _):
        caller = Line(first.socket, first.endpoint)
        caller.cseq = 70
        assert (await caller.say(replace(caller.request("INVITE"), max_forwards=0))).status == 483
        assert (await caller.say(replace(caller.request("OPTIONS"), max_forwards=0))).status == 200


REFER_TO = ("Refer-To", "<sip:203@example.org>")


async def test_a_refer_is_followed_and_told_how_its_call_goes() -> None:
    """RFC 3515, Section 2.4.4 and 2.4.5: 202, then NOTIFYs with a fragment of the answers."""
    async with talking() as (caller, call, heard):
        refer = caller.request("REFER", (REFER_TO, ("Referred-By", "<sip:201@example.org>")))
        caller.send(refer)
        asked = await heard.next(Referred)
        assert (asked.target, asked.referred_by) == ("sip:203@example.org", "<sip:201@example.org>")
        call.accept_refer(asked.number)
        assert (await caller.socket.response(lambda r: r.branch == refer.branch)).status == 202
        for status, state in ((100, "active"), (180, "active"), (200, "terminated")):
            if status > 100:
                call.notify_refer(asked.number, status)
            notify = await caller.socket.request("NOTIFY")
            assert notify.body.startswith(f"SIP/2.0 {status} ".encode())
            assert notify.header("event") == f"refer;id={refer.cseq}"
            assert (notify.header("subscription-state") or "").startswith(state)
            caller.socket.send(make_response(notify, 200, to_tag="line"), caller.endpoint.udp_port)
        call.notify_refer(asked.number, 486)  # nothing is told any more
        call.bye()
        await caller.socket.request("BYE")


async def test_a_refer_may_be_refused_and_nonsense_is() -> None:
    async with talking() as (caller, call, heard):
        caller.send(refer := caller.request("REFER", (REFER_TO,)))
        call.refuse_refer((await heard.next(Referred)).number, 403)
        assert (await caller.socket.response(lambda r: r.branch == refer.branch)).status == 403
        assert (await caller.say(caller.request("REFER"))).status == 400
        assert (await caller.say(caller.request("REFER", (("Refer-To", "<mailto:a@b>"),)))).status == 416


async def test_a_subscription_that_nobody_ends_runs_out() -> None:
    async with talking() as (caller, call, heard):
        caller.send(caller.request("REFER", (REFER_TO,)))
        call.accept_refer((await heard.next(Referred)).number)
        first = await caller.socket.request("NOTIFY")
        caller.socket.send(make_response(first, 200, to_tag="line"), caller.endpoint.udp_port)
        let_pass(EXPIRES)
        last = await caller.socket.request("NOTIFY")
        assert last.header("subscription-state") == "terminated;reason=timeout"
