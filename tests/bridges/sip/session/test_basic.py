"""RFC 3261, Sections 9, 13 and 15: a session begins, is taken back, and ends, over a wire that loses."""

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.message import Request, Response, make_response
from bridges.sip.session.events import (
    Acknowledged,
    Answered,
    Ended,
    EndedBy,
    Progress,
    Reason,
)
from bridges.sip.session.states import State
from tests.bridges.sip.session.link import ANSWER, OFFER, Link, inject, losing


def test_rfc3261_13_a_call_rings_is_answered_and_hung_up() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    assert (link.caller.state, link.callee.state) == (State.EARLY, State.EARLY)
    link.b.do(link.callee.answer(ANSWER, link.now))
    assert link.callee.state is State.CONNECTING
    link.run(0.1)
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)
    assert link.a.told[1:] == [Answered(ANSWER)]
    assert link.b.told == [Acknowledged(None)]
    assert (link.caller.offers.local, link.caller.offers.remote) == (OFFER, ANSWER)
    assert (link.callee.offers.local, link.callee.offers.remote) == (ANSWER, OFFER)
    link.a.do(link.caller.bye(link.now, Reason("Q.850", 16)))
    link.run(0.1)
    assert link.a.told[-1] == Ended(EndedBy.LOCAL)
    assert link.b.told[-1] == Ended(EndedBy.BYE, reasons=(Reason("Q.850", 16),))
    assert link.a.words() == ["INVITE", "ACK", "BYE"]
    assert link.b.words() == ["100", "180", "200", "200"]
    assert link.caller.over and link.callee.over


def test_rfc3261_13_3_1_4_a_2xx_is_repeated_until_its_ack() -> None:
    link = Link(b_to_a=losing("200", "200", "200")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(10)
    assert [time for time, word in link.b.sent if word == "200"] == [0.1, 0.6, 1.6, 3.6]
    assert link.callee.state is State.CONFIRMED


def test_rfc3261_13_2_2_4_a_lost_ack_is_sent_again_for_each_2xx() -> None:
    link = Link(a_to_b=losing("ACK", "ACK")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(10)
    assert link.a.words().count("ACK") == 3
    assert link.a.events(Answered) == [Answered(ANSWER)]
    assert link.callee.state is State.CONFIRMED
    acks = {link.a.messages[number] for number, word in enumerate(link.a.words()) if word == "ACK"}
    assert len(acks) == 1, "the very same"


def test_rfc3261_13_3_1_4_without_an_ack_the_session_ends_after_64_t1() -> None:
    link = Link(a_to_b=lambda _, word: [] if word == "ACK" else [0.01]).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.run(31.9)
    assert not link.callee.ended
    link.run(1)
    assert link.b.events(Ended)[0].by is EndedBy.TIMEOUT
    assert link.a.events(Ended)[0].by is EndedBy.BYE


def test_rfc3261_15_no_bye_before_the_ack() -> None:
    link = Link(b_to_a=losing("200")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.b.do(link.callee.bye(link.now))
    link.run(0.3)
    assert "BYE" not in link.b.words()
    link.run(1)
    assert link.b.words()[-1] == "BYE"
    assert link.b.told == [Acknowledged(None), Ended(EndedBy.LOCAL)]
    assert link.a.told[-1].by is EndedBy.BYE


def test_rfc3261_17_2_1_an_invite_that_comes_again_after_the_ack_is_absorbed() -> None:
    link = Link(a_to_b=lambda n, word: [0.01, 5.0] if word == "INVITE" else [0.01]).connect()
    link.run(10)
    assert len(link.b.sessions) == 1
    assert link.b.told == [Acknowledged(None)]
    assert link.callee.state is State.CONFIRMED


def test_rfc3261_9_1_a_cancel_waits_for_a_provisional_answer() -> None:
    link = Link(b_to_a=losing("100"))
    link.a.do(link.caller.start(link.now))
    link.a.do(link.caller.cancel(link.now, Reason("SIP", 200, "Call completed elsewhere")))
    link.run(0.4)
    assert link.a.words() == ["INVITE"]
    link.run(1)
    assert "CANCEL" in link.a.words()
    assert link.a.told == [Ended(EndedBy.LOCAL, 487, "Request Terminated")]
    assert link.b.told == [
        Ended(EndedBy.CANCEL, 487, reasons=(Reason("SIP", 200, "Call completed elsewhere"),))
    ]


def test_rfc3261_9_1_a_2xx_that_crosses_the_cancel_is_acknowledged_and_hung_up() -> None:
    link = Link().call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.a.do(link.caller.cancel(link.now))
    link.run(0.1)
    assert link.a.told == [Ended(EndedBy.LOCAL, 487, "Request Terminated")]
    assert link.b.told == [Acknowledged(None), Ended(EndedBy.BYE)]
    assert link.b.words().count("487") == 0


def test_rfc3261_9_2_a_cancel_after_the_answer_changes_nothing() -> None:
    link = Link(b_to_a=losing("200")).call()
    link.b.do(link.callee.answer(ANSWER, link.now))
    link.a.do(link.caller.cancel(link.now))
    link.run(0.2)
    assert link.callee.state is State.CONNECTING
    link.run(5)
    assert link.callee.ended and link.caller.ended


def test_rfc3261_9_1_a_cancel_that_nobody_hears_ends_the_call_after_64_t1() -> None:
    link = Link().call()
    link.b.fate = lambda _, __: []
    link.a.do(link.caller.cancel(link.now))
    link.run(31.9)
    assert not link.a.told
    link.run(1)
    assert link.a.told == [Ended(EndedBy.LOCAL, 487, "Request Terminated")]


@pytest.mark.parametrize(
    ("status", "contacts", "moved_to"),
    [
        (302, ["<sip:203@192.0.2.1;user=phone>;q=0.5"], "sip:203@192.0.2.1;user=phone"),
        (301, ["<sip:203@a>, <sip:204@a>"], "sip:203@a"),
        (302, ["<mailto:b@example.org>"], None),
        (302, ["<<<"], None),
        (302, [], None),
        (380, ["<sip:203@a>"], None),
        (486, ["<sip:203@a>"], None),
    ],
)
def test_rfc3261_21_3_a_phone_names_who_is_to_be_called(
    status: int, contacts: list[str], moved_to: str | None
) -> None:
    link = Link().call()
    link.b.do(link.callee.reject(status, None, link.now, [("Contact", each) for each in contacts]))
    link.run(0.1)
    (ended,) = link.a.events(Ended)
    assert (ended.by, ended.status, ended.moved_to) == (EndedBy.REFUSED, status, moved_to)


@pytest.mark.parametrize("status", [486, 603, 302])
def test_rfc3261_13_2_2_3_a_refusal_ends_it(status: int) -> None:
    link = Link(b_to_a=losing(str(status))).call()
    link.b.do(link.callee.reject(status, None, link.now, [("Reason", "Q.850;cause=17")]))
    link.run(5)
    (ended,) = link.a.events(Ended)
    assert (ended.by, ended.status, ended.reasons) == (EndedBy.REFUSED, status, (Reason("Q.850", 17),))
    assert link.a.words().count("ACK") == 1
    assert link.b.told == [Ended(EndedBy.LOCAL, status)]


def test_rfc3261_15_1_2_a_bye_that_crosses_a_bye_is_answered_200() -> None:
    link = Link().connect()
    link.a.do(link.caller.bye(link.now))
    link.b.do(link.callee.bye(link.now))
    link.run(0.1)
    assert link.a.words()[-2:] == ["BYE", "200"]
    assert link.b.words()[-2:] == ["BYE", "200"]
    assert link.caller.over and link.callee.over
    assert [event.by for event in link.a.events(Ended)] == [EndedBy.LOCAL]


def test_rfc3261_15_a_caller_may_end_an_early_dialog_by_bye() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(0.1)
    link.a.do(link.caller.request("BYE", None, link.now))
    link.run(0.1)
    assert link.b.events(Ended)[0].by is EndedBy.BYE
    assert link.a.events(Ended)[0].status == 487


def test_rfc3261_13_2_2_4_forks_that_answer_late_are_acknowledged_and_hung_up() -> None:
    link = Link().connect()
    invite = link.a.last("INVITE")
    assert isinstance(invite, Request)
    for _ in range(2):
        inject(
            link.a,
            make_response(
                invite, 200, to_tag="late", headers=[("Contact", "<sip:c@192.0.2.9>")], body=b"v=0"
            ),
        )
    assert link.a.words()[-3:] == ["ACK", "BYE", "ACK"], "repeated: acknowledged again, hung up once"
    bye = link.a.last("BYE")
    assert bye.to_tag == "late"
    assert link.caller.state is State.CONFIRMED
    assert link.a.events(Answered) == [Answered(ANSWER)]


def test_rfc3261_12_2_2_what_is_out_of_order_or_of_strangers_is_refused() -> None:
    link = Link().connect()
    link.a.do(link.caller.request("OPTIONS", "first", link.now))
    link.run(0.1)
    (done,) = [event for event in link.a.told if getattr(event, "token", None)]
    assert done.status == 200
    assert link.caller.dialog is not None
    link.caller.dialog.local_cseq -= 2
    link.a.do(link.caller.request("OPTIONS", "second", link.now))
    link.run(0.1)
    assert link.a.told[-1].status == 500
    link.caller.dialog.remote = link.caller.dialog.remote.replace("tag=", "tag=x")
    link.a.do(link.caller.request("OPTIONS", "third", link.now))
    link.run(0.1)
    assert link.a.told[-1].status == 481
    link.a.do(link.caller.request("DANCE", "fourth", link.now))


def test_rfc3261_13_2_1_the_offer_may_come_in_the_2xx_and_the_answer_in_the_ack() -> None:
    link = Link(sdp=None).connect(OFFER)
    assert link.a.told == [Answered(OFFER, offers=True)]
    assert (link.caller.state, link.callee.state) == (State.CONNECTING, State.CONNECTING)
    link.run(2)
    link.a.do(link.caller.accept_offer(ANSWER, link.now))
    link.run(0.1)
    assert link.b.told == [Acknowledged(ANSWER)]
    assert (link.callee.offers.local, link.callee.offers.remote) == (OFFER, ANSWER)
    assert link.caller.state is State.CONFIRMED


def test_rfc3261_13_2_2_4_a_caller_that_owes_the_answer_to_the_offer_hangs_up_in_time() -> None:
    link = Link(sdp=None).connect(OFFER)
    link.run(40)
    assert link.a.words()[-2:] != ["INVITE"]
    assert link.caller.ended and link.callee.ended


def test_rfc3261_13_2_2_4_hanging_up_before_the_answer_in_the_ack_acknowledges_all_the_same() -> None:
    link = Link(sdp=None).connect(OFFER)
    link.a.do(link.caller.bye(link.now))
    link.run(0.1)
    assert link.a.words()[-2:] == ["ACK", "BYE"]
    assert link.callee.ended


def test_rfc3261_17_1_1_2_silence_is_a_timeout() -> None:
    link = Link(a_to_b=lambda _, __: []).call(40)
    assert link.a.told == [Ended(EndedBy.TIMEOUT, 408, "Request Timeout")]


def test_rfc3261_16_6_11_a_call_that_rings_for_ten_minutes_is_given_up() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(180, None, link.now))
    link.run(700)
    assert link.a.events(Ended)[0].status == 408
    assert link.b.events(Ended)[0].by is EndedBy.CANCEL


def test_rfc3326_4_reasons_of_a_refusal_reach_the_caller() -> None:
    link = Link().call()
    link.b.do(link.callee.ring(183, None, link.now))
    link.b.do(
        link.callee.reject(480, "Away", link.now, [("Reason", 'Q.850;cause=20;text="Subscriber absent"')])
    )
    link.run(0.1)
    assert link.a.events(Ended) == [
        Ended(EndedBy.REFUSED, 480, "Away", (Reason("Q.850", 20, "Subscriber absent"),))
    ]


def test_rfc5009_8_early_media_is_told_with_the_progress() -> None:
    link = Link().call()
    invite = link.a.last("INVITE")
    assert isinstance(invite, Request)
    for value, expected in (
        ("sendrecv", "sendrecv"),
        ("gated, SENDONLY", "sendonly"),
        ("supported", None),
        ("gated", "gated"),
    ):
        headers = [("P-Early-Media", value)]
        inject(link.a, make_response(invite, 183, to_tag="x", headers=headers))
        assert link.a.events(Progress)[-1].early_media == expected


def test_our_own_mistakes_are_told_and_change_nothing() -> None:
    link = Link().call()
    with pytest.raises(LocalMisuse):
        link.callee.ring(200, None, link.now)
    with pytest.raises(LocalMisuse):
        link.callee.reject(200, None, link.now)
    with pytest.raises(LocalMisuse):
        link.callee.reoffer(OFFER, link.now)
    with pytest.raises(LocalMisuse):
        link.caller.request("INFO", None, link.now)
    link.b.do(link.callee.answer(ANSWER, link.now))
    with pytest.raises(LocalMisuse):
        link.callee.answer(ANSWER, link.now)
    with pytest.raises(LocalMisuse):
        link.callee.reject(486, None, link.now)
    link.run(0.1)
    with pytest.raises(LocalMisuse):
        link.caller.cancel(link.now)
    assert (link.caller.state, link.callee.state) == (State.CONFIRMED, State.CONFIRMED)
    response = link.b.last("200")
    assert isinstance(response, Response)
