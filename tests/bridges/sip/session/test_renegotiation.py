"""RFC 3261, Section 14; RFC 3311; RFC 6337: another session, offered by either side or by both at once."""

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Request, make_response
from bridges.sip.session.events import (
    Acknowledged,
    Ended,
    EndedBy,
    OfferAnswered,
    OfferRefused,
    OfferWithdrawn,
    Reinvite,
)
from bridges.sip.session.states import State
from tests.bridges.sip.session.link import ANSWER, HELD, HOLD, OFFER, End, Link, inject, losing


def sides(link: Link, caller_offers: bool) -> tuple[End, End]:
    return (link.a, link.b) if caller_offers else (link.b, link.a)


def descriptions(end: End) -> tuple[str | None, str | None]:
    return end.session.offers.local, end.session.offers.remote


BOTH = pytest.mark.parametrize("caller_offers", [True, False])


@BOTH
def test_rfc3261_14_1_either_side_offers_another_session(caller_offers: bool) -> None:
    link = Link().connect()
    one, other = sides(link, caller_offers)
    one.do(one.session.reoffer(HOLD, link.now))
    link.run(0.1)
    assert other.told[-1] == Reinvite(HOLD)
    other.do(other.session.accept_offer(HELD, link.now))
    link.run(0.1)
    assert one.told[-1] == OfferAnswered(HELD)
    assert descriptions(one) == (HOLD, HELD)
    assert descriptions(other) == (HELD, HOLD)
    assert other.told[-1] == Reinvite(HOLD), "its ACK brings nothing"


@BOTH
def test_rfc3261_14_1_a_refused_reinvite_leaves_the_session_as_it_was(caller_offers: bool) -> None:
    link = Link().connect()
    one, other = sides(link, caller_offers)
    before = descriptions(one), descriptions(other)
    one.do(one.session.reoffer(HOLD, link.now))
    link.run(0.1)
    other.do(other.session.refuse_offer(488, link.now))
    link.run(0.1)
    assert one.told[-1] == OfferRefused(488, "Not Acceptable Here")
    assert (descriptions(one), descriptions(other)) == before
    one.do(one.session.reoffer(HOLD, link.now))
    link.run(0.1)
    assert other.told[-1] == Reinvite(HOLD), "and the next one is as good as the first"


@BOTH
def test_rfc3261_14_1_a_cancelled_reinvite_restores_the_old_session(caller_offers: bool) -> None:
    link = Link().connect()
    one, other = sides(link, caller_offers)
    before = descriptions(one), descriptions(other)
    one.do(one.session.reoffer(HOLD, link.now))
    link.run(0.1)
    cseq = other.session.offer_pending
    assert cseq is not None
    one.do(one.session.withdraw_offer(link.now))
    link.run(0.1)
    assert other.told[-2:] == [Reinvite(HOLD), OfferWithdrawn(cseq)]
    assert one.told[-1] == OfferRefused(487, "Request Terminated")
    assert (descriptions(one), descriptions(other)) == before
    assert other.session.offer_pending is None
    other.do(other.session.accept_offer(HELD, link.now))
    link.run(0.1)
    assert descriptions(other) == before[1], "too late, and harmless"


def test_rfc3261_9_1_an_answer_that_crosses_the_cancel_of_a_reinvite_counts() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.a.do(link.caller.withdraw_offer(link.now))
    link.run(0.1)
    assert link.a.told[-1] == OfferAnswered(HELD)
    assert descriptions(link.a) == (HOLD, HELD)


def test_rfc3261_9_1_a_reinvite_is_not_cancelled_before_a_provisional_answer() -> None:
    link = Link(b_to_a=losing("180")).connect()
    link.b.fate = lambda _, word: [1.0] if word == "100" else [0.01]
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.a.do(link.caller.withdraw_offer(link.now))
    link.run(0.4)
    assert "CANCEL" not in link.a.words()
    link.run(2)
    assert link.a.told[-1] == OfferRefused(487, "Request Terminated")
    assert not link.a.events(Ended)


def test_rfc3261_14_1_glare_both_get_491_and_the_one_without_the_call_id_is_first() -> None:
    link = Link().connect()
    start = link.now
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.b.do(link.callee.reoffer("v=0 other\r\n", link.now))
    link.run(0.5)
    assert link.a.words()[-2:] == ["491", "ACK"]
    assert link.b.words()[-2:] == ["491", "ACK"]
    link.b.agent.luck = 0.5
    link.run(0.6)
    assert link.a.told[-2:] == [OfferRefused(491, "Request Pending"), Reinvite("v=0 other\r\n")]
    again = [time for time, word in link.b.sent if word == "INVITE"][-1]
    assert again - (start - 100) == pytest.approx(1.0 + 0.02, abs=0.01)
    link.a.do(link.caller.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.b.told[-1] == OfferAnswered(HELD)
    assert descriptions(link.a) == (HELD, "v=0 other\r\n")


def test_rfc3261_14_1_after_glare_the_owner_of_the_call_id_asks_again_if_the_other_does_not() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.b.do(link.callee.reoffer("v=0 other\r\n", link.now))
    link.run(0.1)
    link.b.do(link.callee.withdraw_offer(link.now))
    assert link.b.told[-1] == OfferRefused(487, "Request Terminated")
    link.run(4)
    assert link.b.told[-1] == Reinvite(HOLD)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.a.told[-1] == OfferAnswered(HELD)


def test_rfc3261_14_1_glare_does_not_go_on_for_ever() -> None:
    link = Link().connect()
    link.a.fate = lambda _, __: []
    link.a.do(link.caller.reoffer(HOLD, link.now))
    for number in range(4):
        invite = link.a.last("INVITE")
        assert isinstance(invite, Request) and invite.cseq.sequence == 2 + number
        inject(link.a, make_response(invite, 491))
        link.run(4.01)
    last = link.a.last("INVITE")
    assert isinstance(last, Request) and last.cseq.sequence == 5
    assert link.a.told[-1] == OfferRefused(491, "Request Pending")
    assert descriptions(link.a) == (OFFER, ANSWER)


def test_rfc3261_14_2_a_second_reinvite_before_the_first_is_answered_is_told_to_wait() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    link.a.do(link.caller.request("INVITE", "second", link.now, body=b"v=0"))
    link.run(0.1)
    assert link.a.told[-1].status == 500
    assert len(link.b.events(Reinvite)) == 1


def test_rfc6337_5_3_a_reinvite_without_offer_gets_one_and_its_ack_the_answer() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(None, link.now))
    link.run(0.1)
    assert link.b.told[-1] == Reinvite(None)
    link.b.do(link.callee.accept_offer(OFFER, link.now))
    link.run(0.1)
    assert link.a.told[-1] == OfferAnswered(OFFER, offers=True)
    assert "ACK" not in link.a.words()[-1:]
    link.run(1)
    link.a.do(link.caller.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.b.told[-1] == Acknowledged(HELD)
    assert descriptions(link.b) == (OFFER, HELD)
    link.run(5)
    assert not link.b.session._unacknowledged


def test_rfc3264_an_ack_that_owes_the_answer_and_has_none_leaves_the_session_as_it_was() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(None, link.now))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(HOLD, link.now))
    link.run(0.1)
    link.a.do(link.caller.accept_offer(None, link.now))
    link.run(0.1)
    assert link.b.told[-1] == Acknowledged(None)
    assert descriptions(link.b) == (ANSWER, OFFER)
    assert link.b.session.offers.stable


def test_rfc3261_14_our_offer_waits_for_the_ack_to_our_answer() -> None:
    link = Link(a_to_b=losing("ACK")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.b.do(link.callee.reoffer(HOLD, link.now))
    link.run(0.3)
    assert "INVITE" not in link.b.words()
    link.run(1)
    assert link.a.told[-1] == Reinvite(HOLD)


def test_rfc3261_14_1_the_2xx_to_a_reinvite_comes_again_and_so_does_its_ack() -> None:
    link = Link(a_to_b=losing()).connect()
    link.a.fate = losing("ACK", "ACK")
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(5)
    assert link.a.words().count("ACK") == 1 + 3
    assert not link.b.session._unacknowledged
    assert len(link.a.events(OfferAnswered)) == 1


def test_rfc3261_12_2_1_2_a_reinvite_answered_481_ends_the_session() -> None:
    link = Link().connect()
    link.b.sessions.clear()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    assert [type(event) for event in link.a.told[-2:]] == [OfferRefused, Ended]
    assert link.a.events(Ended)[0].by is EndedBy.TIMEOUT
    assert link.a.words()[-1] == "BYE"


def test_rfc3261_15_hanging_up_ends_what_is_offered_and_asked() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    link.b.do(link.callee.bye(link.now))
    link.run(0.1)
    assert [type(event) for event in link.a.told[-2:]] == [OfferRefused, Ended]
    assert "487" in link.b.words()
    assert link.b.told[-1] == Ended(EndedBy.LOCAL)
    assert link.caller.over and link.callee.over


def test_rfc3311_5_2_an_update_offers_like_a_reinvite() -> None:
    link = Link().connect()
    link.a.do(link.caller.request("UPDATE", "update", link.now, body=HOLD.encode()))
    link.run(0.1)
    assert link.b.told[-1] == Reinvite(HOLD, "UPDATE")
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert (link.a.told[-1].status, link.a.told[-1].response.sdp()) == (200, HELD)


def test_rfc3261_20_32_and_rfc5621_8_what_is_not_understood_is_refused() -> None:
    link = Link().connect()
    for headers, kind, status in (
        ((("Require", "unheard-of"),), "application/sdp", 420),
        ((), "text/xml", 415),
    ):
        link.a.do(link.caller.request("UPDATE", "x", link.now, headers, b"v=0", kind))
        link.run(0.1)
        assert link.a.told[-1].status == status
    assert not link.b.events(Reinvite)


def test_only_one_offer_of_ours_is_open() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    with pytest.raises(LocalMisuse):
        link.caller.reoffer(HOLD, link.now)
    assert link.caller.state is State.CONFIRMED


def test_rfc4028_7_4_an_offer_waits_for_the_refresh_that_is_under_way() -> None:
    link = Link().connect()
    link.caller._peer_updates = False
    link.run(900.05)
    assert link.b.told[-1] == Reinvite(OFFER)
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    assert len(link.b.events(Reinvite)) == 1
    link.b.do(link.callee.accept_offer(ANSWER, link.now))
    link.run(0.1)
    assert link.b.told[-1] == Reinvite(HOLD)
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.a.events(OfferAnswered) == [OfferAnswered(HELD)]


def test_rfc4028_7_4_an_offer_that_waits_can_be_withdrawn_and_ends_with_the_session() -> None:
    for leave in (True, False):
        link = Link().connect()
        link.caller._peer_updates = False
        link.run(900.05)
        link.a.do(link.caller.reoffer(HOLD, link.now))
        link.a.do(link.caller.withdraw_offer(link.now) if leave else link.caller.bye(link.now))
        assert link.a.events(OfferRefused) == [OfferRefused(487, "Request Terminated")]


def test_rfc3261_14_1_an_offer_after_one_that_was_taken_back_is_not_taken_for_it() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now, "first"))
    link.run(0.1)
    link.a.do(link.caller.withdraw_offer(link.now))
    link.a.do(link.caller.reoffer("v=0 second\r\n", link.now, "second"))
    link.run(0.1)
    assert link.a.events(OfferRefused)[0].token == "first"
    assert link.b.told[-1] == Reinvite("v=0 second\r\n")
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert (link.a.told[-1], link.a.told[-1].token) == (OfferAnswered(HELD), "second")


def test_rfc3264_a_2xx_without_an_answer_leaves_the_session_as_it_was() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(None, link.now))
    link.run(0.1)
    assert link.a.told[-1] == OfferAnswered(None)
    assert descriptions(link.a) == (OFFER, ANSWER)


def test_rfc6337_3_1_1_a_2xx_without_a_description_repeats_the_early_one() -> None:
    link = Link().call()
    invite = link.a.last("INVITE")
    assert isinstance(invite, Request)
    contact = [("Contact", "<sip:c@192.0.2.2>")]
    inject(link.a, make_response(invite, 183, to_tag="x", headers=contact, body=ANSWER.encode()))
    inject(link.a, make_response(invite, 200, to_tag="x", headers=contact))
    assert descriptions(link.a) == (OFFER, ANSWER)
