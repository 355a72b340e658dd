"""RFC 3262 and RFC 3311: provisional answers that are not lost, and what is agreed on before the answer."""

from typing import Any

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Request, Response, make_response
from bridges.sip.session.events import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    OfferAnswered,
    Progress,
    Reinvite,
)
from bridges.sip.session.states import State
from tests.bridges.sip.session.link import ANSWER, HELD, HOLD, OFFER, Link, inject, losing

REQUIRED = (("Require", "100rel"),)


def early(**more: Any) -> Link:
    """A call whose answer was given by a reliable 183."""
    link = Link(headers=REQUIRED, **more).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(0.1)
    return link


def test_rfc3262_3_a_provisional_answer_is_acknowledged_and_not_repeated() -> None:
    link = early()
    link.run(5)
    assert link.b.words() == ["100", "183", "200"]
    assert link.a.words() == ["INVITE", "PRACK"]
    answer = link.b.last("183")
    assert answer.tokens("require") == ["100rel"]
    prack = link.a.last("PRACK")
    assert prack.header("rack") == f"{answer.header('rseq')} 1 INVITE"
    assert link.a.events(Progress)[0].sdp == ANSWER
    assert link.caller.offers.complete and link.callee.offers.complete


def test_rfc3262_3_it_is_repeated_with_doubling_gaps_until_its_prack() -> None:
    link = Link(b_to_a=losing("183", "183", "183", "183", "183"), headers=REQUIRED).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(20)
    times = [time for time, word in link.b.sent if word == "183"]
    assert [round(time - times[0], 2) for time in times] == [0, 0.5, 1.5, 3.5, 7.5, 15.5]
    assert len(link.a.events(Progress)) == 1


def test_rfc3262_3_a_lost_prack_is_sent_again_by_its_transaction() -> None:
    link = Link(a_to_b=losing("PRACK"), headers=REQUIRED).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(5)
    assert link.a.words().count("PRACK") == 2
    assert len(link.a.events(Progress)) == 1, "the repeated 183 counts for nothing"


def test_rfc3262_3_without_a_prack_the_invite_is_refused_after_64_t1() -> None:
    link = Link(a_to_b=lambda _, word: [] if word == "PRACK" else [0.01], headers=REQUIRED).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(40)
    assert link.b.events(Ended) == [Ended(EndedBy.TIMEOUT, 504, "No PRACK")]
    assert link.a.events(Ended)[0].status == 504


def test_rfc3262_3_the_next_one_waits_for_the_prack_of_the_first() -> None:
    link = Link(a_to_b=losing("PRACK"), headers=REQUIRED).call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.run(0.1)
    assert "183" not in link.b.words()
    link.run(2)
    assert [event.status for event in link.a.events(Progress)] == [180, 183]
    first, second = (
        link.b.messages[link.b.words().index(word)].split(b"RSeq: ")[1].split(b"\r\n")[0]
        for word in ("180", "183")
    )
    assert int(second) == int(first) + 1


def test_rfc3262_3_a_2xx_waits_for_the_prack_of_an_answer() -> None:
    link = Link(a_to_b=losing("PRACK"), headers=REQUIRED).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.b.do(link.callee.answer(ANSWER, link.now))
    with pytest.raises(LocalMisuse):
        link.callee.answer(ANSWER, link.now)
    link.run(0.1)
    assert not link.callee.answered
    link.run(2)
    assert link.callee.state is State.CONFIRMED
    answer = link.b.last("200")
    assert answer.body == b"", "the answer has been given"
    assert link.a.events(Answered) == [Answered(None)]
    assert (link.caller.offers.local, link.caller.offers.remote) == (OFFER, ANSWER)


def test_rfc3262_3_a_2xx_does_not_wait_for_the_prack_of_a_plain_ringing() -> None:
    link = Link(a_to_b=lambda _, word: [] if word == "PRACK" else [0.01], headers=REQUIRED).call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(40)
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)


def test_rfc3262_4_a_gap_in_the_numbers_is_not_acknowledged() -> None:
    link = Link().call()
    invite = link.a.last("INVITE")
    assert isinstance(invite, Request)
    for rseq, pracks in ((7, 1), (9, 1), (7, 1), (8, 2), (9, 3)):
        headers = [("Require", "100rel"), ("RSeq", str(rseq)), ("Contact", "<sip:c@192.0.2.2>")]
        inject(link.a, make_response(invite, 183, to_tag="far", headers=headers))
        assert link.a.words().count("PRACK") == pracks, rseq


def test_rfc3262_4_forks_number_their_answers_apart() -> None:
    link = Link().call()
    invite = link.a.last("INVITE")
    assert isinstance(invite, Request)
    for tag, rseq in (("one", 7), ("two", 100), ("one", 8)):
        headers = [("Require", "100rel"), ("RSeq", str(rseq)), ("Contact", f"<sip:{tag}@192.0.2.2>")]
        inject(link.a, make_response(invite, 183, to_tag=tag, headers=headers))
        prack = link.a.last("PRACK")
        assert (prack.to_tag, prack.header("rack")) == (tag, f"{rseq} 1 INVITE")


def test_rfc3262_3_a_prack_of_nothing_is_refused() -> None:
    link = early()
    link.a.do(link.caller.request("PRACK", "stray", link.now, (("RAck", "1 1 INVITE"),)))
    link.run(0.1)
    assert link.a.told[-1].status == 481


def test_rfc3262_5_the_offer_of_a_reliable_answer_is_answered_by_the_prack() -> None:
    link = Link(sdp=None, headers=REQUIRED).call()
    link.b.do(link.callee.ring(180, None, link.now))
    assert "180" not in link.b.words(), "the first reliable one must make the offer"
    link.b.do(link.callee.ring(183, OFFER, link.now))
    link.run(0.1)
    assert link.a.told[-1].offers and link.a.told[-1].sdp == OFFER
    link.a.do(link.caller.accept_offer(ANSWER, link.now))
    link.run(0.1)
    assert link.b.told == [OfferAnswered(ANSWER)]
    link.b.do(link.callee.answer(OFFER, link.now))
    link.run(0.1)
    assert link.a.told[-1] == Answered(None)
    assert link.b.told[-1] == Acknowledged(None)
    assert (link.callee.offers.local, link.callee.offers.remote) == (OFFER, ANSWER)


def test_rfc6337_3_1_1_an_answer_that_differs_from_the_early_one_is_offered_after_the_ack() -> None:
    link = early()
    link.b.do(link.callee.answer("v=0 another\r\n", link.now))
    link.run(0.1)
    assert link.b.last("200").body == b""
    assert link.a.told[-1] == Reinvite("v=0 another\r\n")


def test_rfc3311_5_1_before_the_answer_the_session_is_changed_by_update() -> None:
    link = early()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    assert link.b.told[-1] == Reinvite(HOLD, "UPDATE")
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.a.told[-1] == OfferAnswered(HELD)
    link.b.do(link.callee.reoffer("v=0 other\r\n", link.now))
    link.run(0.1)
    assert link.a.told[-1] == Reinvite("v=0 other\r\n", "UPDATE")
    link.a.do(link.caller.accept_offer(OFFER, link.now))
    link.run(0.1)
    assert link.b.told[-1] == OfferAnswered(OFFER)
    assert (link.callee.state, link.caller.state) == (State.EARLY, State.EARLY)


def test_rfc3311_5_2_updates_of_both_at_once_are_glare() -> None:
    link = early()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.b.do(link.callee.reoffer("v=0 other\r\n", link.now))
    link.run(0.2)
    assert link.a.words()[-1] == link.b.words()[-1] == "491"
    link.run(2)
    assert link.a.told[-1] == Reinvite("v=0 other\r\n", "UPDATE")


def test_rfc3311_5_2_an_update_before_the_first_answer_is_refused() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.a.do(link.caller.request("UPDATE", "early", link.now, body=HOLD.encode()))
    link.b.do(link.callee.request("UPDATE", "early", link.now, body=HOLD.encode()))
    link.run(0.1)
    assert (link.a.told[-1].status, link.b.told[-1].status) == (500, 491)


def test_rfc3262_3_a_caller_that_only_could_is_not_asked_for_pracks() -> None:
    link = Link().call()
    invite = link.a.last("INVITE")
    assert "100rel" in invite.tokens("supported")
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.b.do(link.callee.answer("v=0 another\r\n", link.now))
    link.run(0.1)
    assert "PRACK" not in link.a.words()
    assert link.a.events(Answered) == [Answered("v=0 another\r\n")]


def test_rfc3261_9_2_a_cancel_ends_reliable_ringing_too() -> None:
    link = Link(b_to_a=losing("183"), headers=REQUIRED).call()
    link.b.do(link.callee.ring(183, ANSWER, link.now))
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.a.do(link.caller.cancel(link.now))
    link.run(5)
    assert link.b.events(Ended)[0].by is EndedBy.CANCEL
    assert link.b.words().count("183") == 1
    assert isinstance(link.b.last("487"), Response)
