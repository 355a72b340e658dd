"""Calls between two endpoints over real sockets."""

import asyncio
import gc
import weakref

import pytest

from bridges.sip.message import Transport
from bridges.sip.message.reply import make_response
from bridges.sip.transport.api import (
    ANSWERED_ELSEWHERE,
    Acknowledged,
    Answered,
    CallRefused,
    CallStateError,
    Ended,
    EndedBy,
    FromTrunk,
    IncomingCall,
    NameAddress,
    OutgoingCall,
    Progress,
    Reason,
    Reinvite,
    Target,
)
from tests.bridges.sip.transport.endpoints import (
    ANSWER,
    LOCAL,
    OFFER,
    SILENCE,
    T1,
    Listener,
    Pair,
    pair,
    peer,
    within,
)
from tests.support.clock import let_pass

TRANSPORTS = pytest.mark.parametrize("transport", [Transport.UDP, Transport.TCP])


async def answered(link: Pair) -> tuple[Listener, Listener, OutgoingCall, IncomingCall]:
    outgoing, incoming = await link.call()
    incoming.answer(ANSWER)
    caller, callee = Listener(outgoing), Listener(incoming)
    await caller.next(Answered)
    await callee.next(Acknowledged)
    return caller, callee, outgoing, incoming


@TRANSPORTS
async def test_a_call_rings_is_answered_and_hung_up_by_the_caller(transport: Transport) -> None:
    async with pair(transport) as link:
        outgoing, incoming = await link.call()
        caller, callee = Listener(outgoing), Listener(incoming)
        assert (incoming.dialled, incoming.sdp, incoming.caller_number) == ("202", OFFER, "201")
        assert incoming.caller.name == "Anna"
        assert incoming.origin == FromTrunk("a")
        incoming.ring()
        incoming.ring(183, ANSWER)
        assert (await caller.next(Progress)).status == 180
        assert (await caller.next(Progress)).sdp == ANSWER
        incoming.answer(ANSWER)
        assert (await caller.next(Answered)).sdp == ANSWER
        await callee.next(Acknowledged)
        assert outgoing.remote_tag == incoming.local_tag
        outgoing.bye(Reason("Q.850", 16))
        assert await callee.next(Ended) == Ended(EndedBy.BYE, reasons=(Reason("Q.850", 16),))
        assert (await caller.next(Ended)).by is EndedBy.LOCAL


@TRANSPORTS
async def test_the_callee_hangs_up(transport: Transport) -> None:
    async with pair(transport) as link:
        caller, callee, _, incoming = await answered(link)
        incoming.bye()
        assert (await caller.next(Ended)).by is EndedBy.BYE
        assert (await callee.next(Ended)).by is EndedBy.LOCAL


async def test_who_listened_to_a_call_lives_no_longer_than_it() -> None:
    """Its transactions wait 32 s for repeats; with all that a call is made of that was 50 kB each."""
    async with pair() as link:
        caller, callee, outgoing, _ = await answered(link)
        outgoing.bye()
        await callee.next(Ended)
        await caller.next(Ended)
        heard_by = [weakref.ref(caller._queue), weakref.ref(callee._queue)]
        del caller, callee
        gc.collect()
        assert len(link.a._core.layer) and len(link.b._core.layer)
        assert [queue() for queue in heard_by] == [None, None]


async def test_an_invite_without_offer_gets_ours_and_its_answer_comes_with_the_call() -> None:
    async with pair() as link:
        outgoing, incoming = await link.call(sdp=None)
        assert incoming.sdp is None
        incoming.answer(OFFER)
        assert (await Listener(outgoing).next(Answered)).sdp == OFFER


@TRANSPORTS
async def test_a_refusal_carries_status_and_reason(transport: Transport) -> None:
    async with pair(transport) as link:
        outgoing, incoming = await link.call()
        incoming.reject(486, headers=[("Reason", 'Q.850;cause=17;text="User busy"')])
        ended = await Listener(outgoing).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.REFUSED, 486)
        assert ended.reasons == (Reason("Q.850", 17, "User busy"),)
        assert (await Listener(incoming).next(Ended)).by is EndedBy.LOCAL


@TRANSPORTS
async def test_a_cancel_says_that_the_call_was_answered_elsewhere(transport: Transport) -> None:
    async with pair(transport) as link:
        outgoing, incoming = await link.call()
        incoming.ring()
        caller, callee = Listener(outgoing), Listener(incoming)
        await caller.next(Progress)
        outgoing.cancel(ANSWERED_ELSEWHERE)
        assert await callee.next(Ended) == Ended(EndedBy.CANCEL, 487, reasons=(ANSWERED_ELSEWHERE,))
        assert await caller.next(Ended) == Ended(EndedBy.LOCAL, 487, "Request Terminated")
        incoming.answer(ANSWER)  # too late, and harmless
        incoming.bye()


async def test_an_answer_that_crosses_the_cancel_is_hung_up() -> None:
    async with pair() as link:
        outgoing, incoming = await link.call()
        incoming.answer(ANSWER)
        outgoing.cancel()
        assert (await Listener(outgoing).next(Ended)).by is EndedBy.LOCAL
        callee = Listener(incoming)
        await callee.next(Acknowledged)
        assert (await callee.next(Ended)).by is EndedBy.BYE


@TRANSPORTS
async def test_both_sides_can_offer_another_session(transport: Transport) -> None:
    async with pair(transport) as link:
        outgoing, incoming = await link.call()
        incoming.answer(ANSWER)
        sides = [(outgoing, Listener(outgoing)), (incoming, Listener(incoming))]
        await sides[0][1].next(Answered)
        await sides[1][1].next(Acknowledged)
        for (one, _), (other, heard) in ((sides[0], sides[1]), (sides[1], sides[0])):
            call = other
            task = asyncio.ensure_future(one.reinvite("v=0 hold\r\n"))
            assert await heard.next(Reinvite) == Reinvite("v=0 hold\r\n")
            call.accept_reinvite("v=0 held\r\n")
            assert await within(task) == "v=0 held\r\n"
            task = asyncio.ensure_future(one.reinvite(OFFER))
            await heard.next(Reinvite)
            call.refuse_reinvite(488)
            with pytest.raises(CallRefused) as caught:
                await within(task)
            assert caught.value.status == 488
        outgoing.bye()
        await sides[1][1].next(Ended)


async def test_a_call_that_ends_ends_the_wait_for_another_session() -> None:
    async with pair() as link:
        outgoing, incoming = await link.call()
        incoming.answer(ANSWER)
        caller, callee = Listener(outgoing), Listener(incoming)
        await caller.next(Answered)
        await callee.next(Acknowledged)
        task = asyncio.ensure_future(outgoing.reinvite(OFFER))
        await callee.next(Reinvite)
        incoming.bye()
        with pytest.raises(CallRefused):
            await within(task)
        assert (await callee.next(Ended)).by is EndedBy.LOCAL


async def test_hops_left_are_told_and_passed_on() -> None:
    async with pair() as link:
        _, incoming = await link.call(max_forwards=12)
        assert incoming.max_forwards == 12


async def test_a_call_to_nobody_times_out() -> None:
    async with pair() as link:
        target = Target(f"sip:1@{LOCAL}:9", Transport.UDP, LOCAL, 9)
        call = await link.a.invite(target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER)
        let_pass(SILENCE)
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.TIMEOUT, 408)


async def test_a_silent_trunk_is_given_up_early_and_cancelled_when_it_wakes_up() -> None:
    async with pair() as link, peer() as asleep:
        target = Target(f"sip:1@{LOCAL}", Transport.UDP, LOCAL, asleep.port, answer_within=4 * T1)
        call = await link.a.invite(target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER)
        invite = await asleep.request("INVITE")
        let_pass(4 * T1)
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.TIMEOUT, 408)
        ringing = make_response(invite, 180, to_tag="late")
        asleep.send(ringing, link.a.udp_port)
        assert (await asleep.request("CANCEL")).call_id == call.call_id


async def test_a_call_to_a_host_that_does_not_exist_fails_at_once() -> None:
    async with pair() as link:
        target = Target("sip:1@nowhere.invalid", Transport.UDP, "nowhere.invalid", 5060)
        call = await link.a.invite(target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER)
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status, ended.phrase) == (EndedBy.TRANSPORT, 503, "Host Unknown")


async def test_a_call_over_tcp_to_a_closed_port_fails_at_once() -> None:
    async with pair() as link:
        target = Target(f"sip:1@{LOCAL}:9;transport=tcp", Transport.TCP, LOCAL, 9)
        call = await link.a.invite(target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER)
        ended = await Listener(call).next(Ended)
        assert (ended.by, ended.status) == (EndedBy.TRANSPORT, 503)


async def test_a_prepared_call_sends_nothing_before_its_start() -> None:
    async with pair() as link:
        given_up, outgoing = [await prepared(link) for _ in range(2)]
        given_up.cancel()
        given_up.start()
        assert (await Listener(given_up).next(Ended)).status == 487
        assert link.a._core.layer._clients == {}
        outgoing.start()
        outgoing.start()
        incoming = await within(link.incoming.get())
        incoming.ring()
        await Listener(outgoing).next(Progress)
        assert link.incoming.empty()


async def prepared(link: Pair) -> OutgoingCall:
    assert link.b.udp_port is not None
    target = Target(f"sip:202@{LOCAL}:{link.b.udp_port}", Transport.UDP, LOCAL, link.b.udp_port)
    anna = NameAddress("sip:201@example.org", "Anna")
    return await link.a.prepare(target, from_=anna, to=NameAddress(target.uri), sdp=OFFER)


async def test_misuse_is_told_to_the_user_of_the_api() -> None:
    async with pair() as link:
        outgoing, incoming = await link.call()
        with pytest.raises(CallStateError):
            incoming.ring(200)
        incoming.answer(ANSWER)
        with pytest.raises(CallStateError):
            incoming.answer(ANSWER)
        await Listener(outgoing).next(Answered)
        with pytest.raises(CallStateError):
            outgoing.cancel()


async def test_an_exception_in_the_user_of_the_api_is_answered_500() -> None:
    async with pair() as link:

        async def broken(_: object) -> None:
            raise RuntimeError("of the caller of the API")

        link.b.on_invite = broken
        target = Target(f"sip:1@{LOCAL}", Transport.UDP, LOCAL, link.b.udp_port or 0)
        call = await link.a.invite(target, from_=NameAddress("sip:a@b"), to=NameAddress("sip:1@b"), sdp=OFFER)
        assert (await Listener(call).next(Ended)).status == 500
