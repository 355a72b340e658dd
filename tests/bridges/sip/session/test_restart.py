"""A session goes on in the next process as if nothing had been."""

import json
from typing import Any

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import (
    Flow,
    OutgoingRequest,
    Request,
    Response,
    Transport,
    parse_message,
    restore_request,
)
from bridges.sip.session.events import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    OfferAnswered,
    OfferRefused,
    Progress,
    Reason,
    Refreshed,
    Reinvite,
    Send,
)
from bridges.sip.session.states import State
from bridges.sip.session.uac import UacSession
from bridges.sip.session.uas import UasSession
from bridges.sip.transaction import ServerTransaction
from tests.bridges.sip.session.link import ANSWER, HELD, HOLD, A, End, Link, losing


def both(link: Link) -> tuple[End, End]:
    return link.a, link.b


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("hangs_up", [0, 1])
def test_an_established_session_is_ended_by_either_side(side: int, hangs_up: int) -> None:
    link = Link().connect()
    both(link)[side].restart()
    link.run(5)
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)
    end, other = both(link)[hangs_up], both(link)[1 - hangs_up]
    end.do(end.session.bye(link.now, Reason("Q.850", 16)))
    link.run(1)
    (ended,) = other.events(Ended)
    assert (ended.by, ended.reasons) == (EndedBy.BYE, (Reason("Q.850", 16),))
    assert end.session.over and other.session.over


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("offers", [0, 1])
def test_an_established_session_is_held_by_either_side(side: int, offers: int) -> None:
    link = Link().connect()
    both(link)[side].restart()
    end, other = both(link)[offers], both(link)[1 - offers]
    end.do(end.session.reoffer(HOLD, link.now, "hold"))
    link.run(0.1)
    assert [event.sdp for event in other.events(Reinvite)] == [HOLD]
    other.do(other.session.accept_offer(HELD, link.now))
    link.run(1)
    assert (end.session.offers.local, end.session.offers.remote) == (HOLD, HELD)
    assert (other.session.offers.local, other.session.offers.remote) == (HELD, HOLD)
    assert other.session._unacknowledged == {}


def test_our_requests_follow_those_of_the_process_before() -> None:
    link = Link().connect()
    link.a.restart()
    link.a.do(link.caller.bye(link.now))
    bye = link.a.last("BYE")
    assert bye.cseq.sequence > 1
    assert bye.to_tag == link.callee.local_tag


def test_a_callee_that_answers_after_our_restart_is_acknowledged() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.a.restart()
    link.run(40)
    assert len(link.b.sessions) == 1  # the repeated INVITE is no second call
    assert link.a.events(Ended) == []
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(1)
    assert [event.sdp for event in link.a.events(Answered)] == [ANSWER]
    assert len(link.b.events(Acknowledged)) == 1


def test_a_callee_that_answered_while_nobody_listened_is_acknowledged() -> None:
    link = Link(b_to_a=losing("200")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.a.restart()
    link.run(5)
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)


def test_a_callee_that_refused_while_nobody_listened_is_heard() -> None:
    link = Link(b_to_a=losing("486")).call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.b.do(link.callee.reject(486, None, link.now))
    link.a.restart()
    link.run(5)
    assert [event.status for event in link.a.events(Ended)] == [486]


def test_a_callee_that_rang_before_our_restart_is_cancelled() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.a.restart()
    link.a.do(link.caller.cancel(link.now, Reason("SIP", 200, "Call completed elsewhere")))
    link.run(1)
    (ended,) = link.b.events(Ended)
    assert (ended.by, ended.reasons) == (EndedBy.CANCEL, (Reason("SIP", 200, "Call completed elsewhere"),))
    assert [event.status for event in link.a.events(Ended)] == [487]


def test_a_call_that_was_being_cancelled_is_not_answered() -> None:
    link = Link().call(0.001)  # no provisional answer yet
    link.a.do(link.caller.cancel(link.now))
    link.a.restart()
    link.run(1)
    assert link.callee.ended
    assert [event.status for event in link.a.events(Ended)] == [487]


def test_the_200_whose_ack_was_lost_gets_it_again() -> None:
    link = Link(a_to_b=losing("ACK")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(0.1)
    assert not link.b.events(Acknowledged)
    link.a.restart()
    link.run(2)
    assert link.callee.state is State.CONFIRMED
    assert len(link.a.events(Answered)) == 1


def test_a_ring_time_goes_on() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(590)
    link.a.restart()
    link.run(20)
    assert [event.status for event in link.a.events(Ended)] == [408]
    assert link.callee.ended


def test_a_caller_that_rang_before_our_restart_is_answered() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.b.restart()
    link.run(30)
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(1)
    assert len(link.a.events(Answered)) == 1
    assert link.callee.state is State.CONFIRMED


@pytest.mark.parametrize("before", [True, False])
def test_a_repeated_invite_is_no_second_call(before: bool) -> None:
    link = Link(b_to_a=losing("100", "180")).call()
    link.b.do(link.callee.ring(180, None, link.now))
    if before:
        link.b.restart()
        link.run(1)
    else:
        link.b.do(link.callee.answer(ANSWER, link.now))
        link.b.restart()
        link.run(1)
    assert len(link.b.sessions) == 1
    if before:
        assert [event.status for event in link.a.events(Progress)] == [180]
    else:
        assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)


def test_a_caller_that_gives_up_after_our_restart_is_heard() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.b.restart()
    link.a.do(link.caller.cancel(link.now))
    link.run(1)
    assert [event.by for event in link.b.events(Ended)] == [EndedBy.CANCEL]
    assert [event.status for event in link.a.events(Ended)] == [487]


def test_a_caller_is_refused_after_our_restart() -> None:
    link = Link().call()
    link.b.restart()
    link.b.do(link.callee.reject(480, None, link.now))
    link.run(1)
    assert [event.status for event in link.a.events(Ended)] == [480]


def test_our_200_goes_on_being_repeated_until_its_ack() -> None:
    link = Link(a_to_b=losing("ACK"), b_to_a=losing("200")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.b.restart()
    link.run(3)
    assert len(link.b.events(Acknowledged)) == 1
    assert link.b.words().count("200") >= 3
    assert link.callee.state is State.CONFIRMED


def test_a_reliable_ringing_goes_on_until_its_prack() -> None:
    link = Link(a_to_b=losing("PRACK"), headers=(("Require", "100rel"),)).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(0.1)
    link.b.do(link.callee.answer(ANSWER, link.now))  # waits for the PRACK
    link.b.restart()
    link.run(3)
    assert len(link.a.events(Answered)) == 1
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)


def test_an_offer_of_the_peer_that_waited_is_told_again() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now, "hold"))
    link.run(0.1)
    link.b.told.clear()
    link.b.restart()
    assert [event.sdp for event in link.b.events(Reinvite)] == [HOLD]
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(1)
    assert [event.sdp for event in link.a.events(OfferAnswered)] == [HELD]
    assert link.callee._unacknowledged == {}


def test_an_update_of_the_peer_that_waited_is_told_again() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(0.1)
    link.caller.offers.receive_answer(ANSWER)
    link.callee.offers.send_answer(ANSWER)
    link.a.do(link.caller.reoffer(HOLD, link.now, "hold"))
    link.run(0.1)
    link.b.restart()
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(1)
    assert [event.sdp for event in link.a.events(OfferAnswered)] == [HELD]


def test_an_offer_of_ours_that_was_on_its_way_is_settled() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now, "hold"))
    link.a.restart()
    link.run(0.1)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(1)
    assert (link.caller.offers.local, link.caller.offers.remote) == (HOLD, HELD)
    assert link.callee._unacknowledged == {}
    assert not link.a.events(OfferAnswered)  # who asked has gone
    assert not link.a.events(OfferRefused)
    link.a.do(link.caller.reoffer("v=0 resumed\r\n", link.now, "resume"))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(ANSWER, link.now))
    link.run(1)
    assert len(link.a.events(OfferAnswered)) == 1


def test_the_answer_to_an_offer_that_nobody_remembers_is_acknowledged() -> None:
    link = Link().connect()
    snapshot = json.loads(json.dumps(link.caller.snapshot(link.now)))
    link.a.do(link.caller.reoffer(HOLD, link.now, "hold"))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.a.restart()  # of what stood on disk before
    link.a.session = UacSession.restore(link.a.agent, snapshot, link.now, link.now, no_transaction)
    link.a.sessions = {(link.a.session.call_id, link.a.session.local_tag): link.a.session}
    link.run(2)
    assert link.callee._unacknowledged == {}
    assert not link.callee.ended


@pytest.mark.parametrize("side", [0, 1])
def test_a_session_timer_goes_on(side: int) -> None:
    link = Link().connect()
    for _ in range(3):
        link.run(700)
        both(link)[side].restart()
    link.run(1500)
    assert link.a.words().count("UPDATE") == 4  # each half an hour's half, whoever was there meanwhile
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)


@pytest.mark.parametrize("side", [0, 1])
def test_a_snapshot_that_a_refresh_makes_out_of_date_is_told_of(side: int) -> None:
    link = Link().connect()
    end = both(link)[side]
    end.told.clear()
    link.run(899)
    assert not end.told
    link.run(2)
    assert end.told == [Refreshed()]
    end.told.clear()
    end.session.symmetric = True
    other = both(link)[1 - side]
    end.arrive(parse_message(options_of(other), Flow(Transport.UDP, A, 40_000)))
    assert end.events(Refreshed) == [Refreshed()]
    assert end.session.flow.port == 40_000


def options_of(end: End) -> bytes:
    """The next request of this side."""
    assert end.session.dialog is not None
    branch = end.agent.new_branch()
    transport, sent_by = Transport.UDP, end.agent.sent_by(end.session.flow)
    request = end.session.dialog.request("OPTIONS", transport=transport, sent_by=sent_by, branch=branch)
    return request.encode()


def test_a_session_timer_that_ran_out_meanwhile_ends_the_session() -> None:
    link = Link().connect()
    snapshot = json.loads(json.dumps(link.callee.snapshot(link.now)))
    made, link.now = link.now, link.now + 1790
    restored = UasSession.restore(link.b.agent, snapshot, made, link.now, link.b._resume)
    told = restored.handle_timer(link.now)
    assert [event.by for event in told if isinstance(event, Ended)] == [EndedBy.TIMEOUT]


def test_what_has_ended_is_not_remembered() -> None:
    link = Link().connect()
    link.a.do(link.caller.bye(link.now))
    with pytest.raises(LocalMisuse):
        link.caller.snapshot(link.now)


@pytest.mark.parametrize("reachable", [True, False])
def test_a_phone_that_rings_over_a_connection_that_is_gone(reachable: bool) -> None:
    """It is called again where it is to be found now; else it answers over the connection that it opens."""
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    snapshot = {**link.caller.snapshot(link.now), "symmetric": True}
    snapshot["flow"] = Flow(Transport.TCP, "192.0.2.2", 40_000).snapshot()
    there = Flow(Transport.TCP, "192.0.2.2", 5060)
    link.a.agent.ways = {link.caller.invite.uri: there} if reachable else {}
    restored = UacSession.restore(link.a.agent, snapshot, link.now, link.now, no_transaction)
    sent = [output.flow for output in restored.resume(link.now) if isinstance(output, Send)]
    assert sent == ([there] if reachable else [])
    link.b.do(link.callee.answer(ANSWER, link.now))
    answer = link.b.last("200")
    assert isinstance(answer, Response)
    told = restored.receive_response(answer, link.now)
    assert [event.sdp for event in told if isinstance(event, Answered)] == [ANSWER]
    assert restored.state is State.CONFIRMED


def no_transaction(request: Request, data: bytes, accepted: bool) -> ServerTransaction:
    raise AssertionError(request.method)


def damaged(snapshot: dict[str, Any]) -> list[Any]:
    """Without each of its values, and with each of another type."""
    found: list[Any] = [{}]
    for name in snapshot:
        found.append({key: value for key, value in snapshot.items() if key != name})
    return found


def test_a_damaged_snapshot_is_told_from_a_session() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    for snapshot in damaged(link.caller.snapshot(link.now)):
        with pytest.raises(ValueError, match=r"snapshot"):
            UacSession.restore(link.a.agent, snapshot, 0.0, 0.0, no_transaction)
    for snapshot in damaged(link.callee.snapshot(link.now)):
        with pytest.raises(ValueError, match=r"snapshot"):
            UasSession.restore(link.b.agent, snapshot, 0.0, 0.0, link.b._resume)


def test_a_request_received_is_read_back_as_it_was() -> None:
    flow = Flow(Transport.TCP, A, 40_000)
    invite = Link().call().b.session.invite  # type: ignore[attr-defined]
    for request in (invite, Link(sdp=None).call().callee.invite):
        request.flow = flow
        request.headers["from"] = ['"Andr\udce9" <sip:201@192.0.2.1>;tag=1']
        again = restore_request(json.loads(json.dumps(request.snapshot())))
        assert (again.flow, again.headers, again.body) == (flow, request.headers, request.body)
        assert (again.method, again.target) == (request.method, request.target)


def test_a_response_is_no_request() -> None:
    link = Link().connect()
    answer = link.b.last("200")
    assert isinstance(answer, Response)
    flow = Flow(Transport.UDP, A, 5060).snapshot()
    with pytest.raises(ValueError, match="response"):
        restore_request({"data": link.b.messages[-1].decode(), "flow": flow})
    with pytest.raises(ValueError, match="request"):
        restore_request({"data": "INVITE", "flow": flow})
    assert OutgoingRequest.restore(link.caller.invite.snapshot()) == link.caller.invite
