"""RFC 4028 between two sessions: who refreshes, with what, and what happens when nobody does."""

from dataclasses import replace
from typing import Any

import pytest

from bridges.sip.message import Request, make_response
from bridges.sip.session.events import Answered, Ended, EndedBy, OfferAnswered, OfferRefused, Reinvite
from bridges.sip.session.states import State
from tests.bridges.sip.session.link import ANSWER, HELD, HOLD, OFFER, Fate, Link, inject

SILENT: Fate = lambda _, __: []  # noqa: E731


def times(link: Link, word: str) -> list[float]:
    return [time for time, sent in link.a.sent if sent == word]


def test_rfc4028_7_1_a_call_of_ours_offers_a_session_timer_and_refreshes_by_update() -> None:
    link = Link().connect()
    invite, answer = link.a.last("INVITE"), link.b.last("200")
    assert invite.header("session-expires") == "1800"
    assert "timer" in invite.tokens("supported")
    assert (answer.header("session-expires"), answer.tokens("require")) == ("1800;refresher=uac", ["timer"])
    link.run(4000)
    assert len(times(link, "UPDATE")) == 4
    assert times(link, "UPDATE")[0] == pytest.approx(900, abs=1)
    assert link.a.last("UPDATE").header("session-expires") == "1800;refresher=uac"
    assert not link.a.events(Ended)
    assert not link.b.events(Reinvite), "unseen"


def test_rfc4028_10_a_session_that_nobody_refreshes_ends_on_both_sides() -> None:
    link = Link().connect()
    link.a.fate = link.b.fate = SILENT
    link.run(2500)
    (ours,), (theirs,) = link.a.events(Ended), link.b.events(Ended)
    assert (ours.by, ours.status) == (EndedBy.TIMEOUT, 408), "the refresh was not answered"
    assert (theirs.by, theirs.phrase) == (EndedBy.TIMEOUT, "Session expired")
    assert link.b.last("BYE").header("reason") == 'SIP;cause=408;text="Session expired"'


def test_rfc4028_7_4_where_update_is_not_allowed_a_reinvite_refreshes() -> None:
    link = Link().connect()
    answering(link, 405)
    link.run(901)
    assert link.b.told[-1] == Reinvite(OFFER), "with the description of before"
    link.b.do(link.callee.accept_offer(ANSWER, link.now))
    link.run(0.1)
    assert not link.a.events(OfferAnswered), "the user asked for nothing"
    link.run(1000)
    assert times(link, "INVITE")[1:] == pytest.approx([900], abs=3)
    assert times(link, "UPDATE") == pytest.approx([900, 1801], abs=3), "its 200 says that it is allowed"


def test_rfc4028_9_the_callee_refreshes_where_the_caller_wishes_it() -> None:
    link = Link()
    wish = ("Session-Expires", "600;refresher=uas")
    link.caller.invite = replace(link.caller.invite, headers=(*link.caller.invite.headers[:-1], wish))
    link.connect()
    assert link.callee._session is not None
    assert link.callee._session.refresher_is_us
    link.run(310)
    assert "UPDATE" in link.b.words()
    assert link.b.last("UPDATE").header("session-expires") == "600;refresher=uac"


def refused(link: Link, *least: str) -> None:
    for value in least:
        invite = link.a.last("INVITE")
        assert isinstance(invite, Request)
        inject(link.a, make_response(invite, 422, to_tag="x", headers=[("Min-SE", value)]))


def test_rfc4028_7_3_a_422_is_answered_with_its_min_se() -> None:
    link = Link().call()
    refused(link, "3600")
    link.run(0.1)
    again = link.a.last("INVITE")
    assert (again.header("session-expires"), again.header("min-se")) == ("3600", "3600")
    assert again.cseq.sequence == 2
    assert not link.a.events(Ended)
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(0.1)
    assert link.a.events(Answered) == [Answered(ANSWER)]


def test_rfc4028_7_3_a_422_that_wants_more_and_more_is_a_refusal() -> None:
    link = Link().call()
    refused(link, "3600", "7200")
    assert link.a.events(Ended)[0].status == 422


def test_rfc4028_6_too_short_an_interval_is_answered_422() -> None:
    link = Link().connect()
    for body, status in ((b"", 422), (HOLD.encode(), 422)):
        headers = (("Session-Expires", "30"), ("Supported", "timer"))
        link.a.do(link.caller.request("UPDATE", "short", link.now, headers, body))
        link.run(0.1)
        if body:
            link.b.do(link.callee.accept_offer(HELD, link.now))
            link.run(0.1)
        assert link.a.told[-1].status == status
        assert link.a.told[-1].response.header("min-se") == "90"
    assert link.callee.offers.stable
    assert link.callee.offers.local == ANSWER


def answering(link: Link, *statuses: int) -> None:
    """The callee answers the next refreshes with these; 422 asks for 3,600 s."""
    left = list(statuses)
    original = link.callee._on_update

    def on_update(transaction: Any, now: float) -> None:
        if not left:
            original(transaction, now)
            return
        status = left.pop(0)
        headers = [("Min-SE", "3600")] if status == 422 else []
        link.callee._reply(transaction, status, headers=headers)

    link.callee._on_update = on_update  # type: ignore[method-assign]


def test_rfc4028_7_3_a_refresh_that_is_too_short_is_sent_again() -> None:
    link = Link().connect()
    answering(link, 422)
    link.run(901)
    assert len(times(link, "UPDATE")) == 2
    assert link.a.last("UPDATE").header("session-expires") == "3600;refresher=uac"


@pytest.mark.parametrize(("status", "ends"), [(481, True), (408, True), (500, False), (503, False)])
def test_rfc4028_10_what_a_refused_refresh_means(status: int, ends: bool) -> None:
    link = Link().connect()
    answering(link, status)
    link.run(901)
    assert bool(link.a.events(Ended)) is ends
    assert link.caller.ended is ends
    link.run(800)
    assert times(link, "UPDATE") == pytest.approx([900] if ends else [900, 1125], abs=1)
    assert link.callee.ended is ends


def test_rfc4028_9_a_reinvite_of_the_peers_refreshes_and_may_end_the_timer() -> None:
    link = Link().connect()
    link.a.do(link.caller.reoffer(HOLD, link.now))
    link.run(0.1)
    assert link.a.last("INVITE").header("session-expires") == "1800;refresher=uac"
    link.b.do(link.callee.accept_offer(HELD, link.now))
    link.run(0.1)
    assert link.callee._session is not None
    link.caller._session = None
    link.a.do(link.caller.reoffer(OFFER, link.now))
    link.run(0.1)
    link.b.do(link.callee.accept_offer(ANSWER, link.now))
    link.run(0.1)
    assert link.callee._session is None
    link.run(5000)
    assert link.callee.state is State.CONFIRMED
    assert not link.a.events(OfferRefused)
