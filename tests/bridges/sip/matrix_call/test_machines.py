"""The three roles in a Matrix call, told as stories with an explicit clock."""

import json

import pytest

from bridges.sip.machine import LocalMisuse
from bridges.sip.matrix_call import callee as callee_machine
from bridges.sip.matrix_call import observer as observer_machine
from bridges.sip.matrix_call.callee import SELECT_TIMEOUT, CalleeParty
from bridges.sip.matrix_call.caller import CallerParty
from bridges.sip.matrix_call.caller import State as CallerState
from bridges.sip.matrix_call.content import (
    Answer,
    CallEvent,
    Candidate,
    Candidates,
    Hangup,
    Invite,
    Negotiate,
    Reject,
    SelectAnswer,
)
from bridges.sip.matrix_call.machine import (
    Answered,
    End,
    Ended,
    Established,
    Ignored,
    Output,
    RemoteCandidates,
    Renegotiate,
    Send,
)
from bridges.sip.matrix_call.observer import GRACE, MAX_DURATION, Observer

A, B = "@anna:localhost", "@bruno:localhost"
SDP = "v=0\r\n"
INVITE = Invite(call_id="c", party_id="web-a", sdp=SDP, lifetime=60.0)
OLD_INVITE = Invite(call_id="c", party_id=None, version="0", sdp=SDP, lifetime=60.0)


def answer(party: str | None, version: str = "1") -> Answer:
    return Answer(call_id="c", party_id=party, version=version, sdp=SDP)


def select(selected: str) -> SelectAnswer:
    return SelectAnswer(call_id="c", party_id="web-a", selected_party_id=selected)


def hangup(party: str | None, reason: str = "user_hangup", version: str = "1") -> Hangup:
    return Hangup(call_id="c", party_id=party, reason=reason, version=version)


def reject(party: str) -> Reject:
    return Reject(call_id="c", party_id=party)


def sent(outputs: list[Output]) -> list[CallEvent]:
    return [output.event for output in outputs if isinstance(output, Send)]


def ignored(outputs: list[Output]) -> bool:
    return len(outputs) == 1 and isinstance(outputs[0], Ignored)


# --- the bridge calls ---


def invited() -> CallerParty:
    party = CallerParty("c", "bridge", B)
    assert [event.type for event in sent(party.invite(SDP, 45.0, 100.0))] == ["m.call.invite"]
    return party


def test_first_answer_is_selected_and_later_ones_are_not() -> None:
    party = invited()
    outputs = party.receive(B, answer("web-b"), 101.0)
    assert sent(outputs) == [
        SelectAnswer(call_id="c", party_id="bridge", selected_party_id="web-b"),
        Candidates(call_id="c", party_id="bridge", candidates=(Candidate("", "0", 0),)),
    ]
    assert outputs[2:] == [Answered("web-b", SDP), Established("web-b")]
    assert ignored(party.receive(B, answer("phone-b"), 101.1))
    assert party.get_timer() is None


def test_candidates_that_came_before_the_answer_are_kept_for_the_party_that_wins() -> None:
    party = invited()
    ours, theirs = Candidate("candidate:1"), Candidate("candidate:2")
    party.receive(B, Candidates(call_id="c", party_id="web-b", candidates=(ours,)), 101.0)
    party.receive(B, Candidates(call_id="c", party_id="phone-b", candidates=(theirs,)), 101.0)
    assert party.receive(B, answer("web-b"), 101.0)[-1] == RemoteCandidates((ours,))
    late = Candidates(call_id="c", party_id="phone-b", candidates=(theirs,))
    assert ignored(party.receive(B, late, 102.0))


def test_a_rejection_by_any_device_ends_the_call() -> None:
    party = invited()
    assert party.receive(B, reject("web-b"), 101.0) == [Ended(End.REJECTED, None)]
    assert party.state is CallerState.ENDED
    assert party.hangup("user_hangup") == []


@pytest.mark.parametrize("reason", ["user_busy", "replaced"])
def test_a_device_may_say_busy_for_the_person(reason: str) -> None:
    assert invited().receive(B, hangup("web-b", reason), 101.0) == [Ended(End.REJECTED, "user_busy")]


def test_a_device_without_microphone_does_not_silence_the_others() -> None:
    party = invited()
    assert ignored(party.receive(B, hangup("web-b", "user_media_failed"), 101.0))
    assert party.receive(B, answer("phone-b"), 102.0)


def test_an_unanswered_invitation_expires_with_a_hangup() -> None:
    party = invited()
    assert party.get_timer() == 145.0
    assert party.handle_timer(144.0) == []
    outputs = party.handle_timer(145.0)
    assert sent(outputs) == [Hangup(call_id="c", party_id="bridge", reason="invite_timeout")]
    assert outputs[-1] == Ended(End.EXPIRED, "invite_timeout")


def test_only_the_selected_party_can_hang_up() -> None:
    party = invited()
    party.receive(B, answer("web-b"), 101.0)
    assert ignored(party.receive(B, hangup("phone-b"), 102.0))
    assert party.receive(B, hangup("web-b", "ice_failed"), 103.0) == [Ended(End.HANGUP, "ice_failed")]


def test_strangers_and_our_own_echo_are_ignored() -> None:
    party = invited()
    assert ignored(party.receive("@mallory:localhost", reject("x"), 101.0))
    assert ignored(party.receive(A, answer("web-a"), 101.0))
    assert ignored(party.receive(B, Reject(call_id="other", party_id="x"), 101.0))
    assert ignored(party.receive(B, answer("bridge"), 101.0))


def test_version_0_callee_is_understood() -> None:
    party = invited()
    outputs = party.receive(B, answer(None, "0"), 101.0)
    assert sent(outputs) == []
    assert party.receive(B, hangup(None, version="0"), 102.0) == [Ended(End.HANGUP, "user_hangup")]
    assert invited().receive(B, hangup(None, version="0"), 101.0) == [Ended(End.REJECTED, "user_hangup")]


def test_negotiation_in_both_directions() -> None:
    party = invited()
    with pytest.raises(LocalMisuse):
        party.negotiate("offer", SDP)
    party.receive(B, answer("web-b"), 101.0)
    offer = Negotiate(call_id="c", party_id="web-b", kind="offer", sdp=SDP)
    assert party.receive(B, offer, 102.0) == [Renegotiate("offer", SDP)]
    assert [event.type for event in sent(party.negotiate("answer", SDP))] == ["m.call.negotiate"]


def test_a_call_that_was_never_sent_needs_no_hangup() -> None:
    assert CallerParty("c", "bridge", B).hangup("user_hangup") == [Ended(End.LOCAL, "user_hangup")]


def test_inviting_twice_is_our_mistake() -> None:
    with pytest.raises(LocalMisuse):
        invited().invite(SDP, 1.0, 100.0)


# --- the bridge is called ---


def called(invite: Invite = INVITE) -> CalleeParty:
    return CalleeParty(invite, A, B, "bridge", 60.0, 100.0)


def test_our_answer_stands_once_it_is_selected() -> None:
    party = called()
    assert [event.type for event in sent(party.answer(SDP, 105.0))] == ["m.call.answer", "m.call.candidates"]
    assert party.receive(A, select("bridge"), 105.1) == [Established("bridge")]
    assert party.get_timer() is None
    assert party.receive(A, hangup("web-a"), 110.0) == [Ended(End.HANGUP, "user_hangup")]


def test_another_device_answers_while_we_ring() -> None:
    party = called()
    assert party.receive(B, answer("web-b"), 101.0) == [Ended(End.ANSWERED_ELSEWHERE, "web-b")]
    assert ignored(party.receive(A, select("web-b"), 101.1))
    with pytest.raises(LocalMisuse):
        party.answer(SDP, 102.0)


def test_both_answered_and_the_caller_chose_the_other() -> None:
    party = called()
    party.answer(SDP, 101.0)
    assert ignored(party.receive(B, answer("web-b"), 101.0))
    outputs = party.receive(A, select("web-b"), 101.2)
    assert outputs == [Ended(End.ANSWERED_ELSEWHERE, "web-b")]
    assert party.hangup("user_hangup") == []


def test_the_browser_declines_while_we_ring() -> None:
    assert called().receive(B, reject("web-b"), 101.0) == [Ended(End.REJECTED, None)]


def test_a_decline_that_crosses_our_answer_leaves_the_choice_to_the_caller() -> None:
    party = called()
    party.answer(SDP, 101.0)
    assert ignored(party.receive(B, reject("web-b"), 101.0))
    assert party.receive(A, select("bridge"), 101.5) == [Established("bridge")]


def test_caller_gives_up() -> None:
    assert called().receive(A, hangup("web-a"), 101.0) == [Ended(End.CANCELLED, "user_hangup")]


def test_another_device_of_the_caller_cannot_end_the_call() -> None:
    assert ignored(called().receive(A, hangup("phone-a"), 101.0))


def test_invitation_expires_silently() -> None:
    party = called()
    assert party.get_timer() == 160.0
    assert party.handle_timer(160.0) == [Ended(End.EXPIRED, "invite_timeout")]


def test_a_caller_that_never_selects_is_hung_up() -> None:
    party = called()
    party.answer(SDP, 101.0)
    assert party.get_timer() == 101.0 + SELECT_TIMEOUT
    outputs = party.handle_timer(101.0 + SELECT_TIMEOUT)
    assert [event.type for event in sent(outputs)] == ["m.call.hangup"]
    assert outputs[-1] == Ended(End.NOT_SELECTED, "invite_timeout")


def test_we_reject_for_the_person_but_leave_a_ringing_call_silently() -> None:
    party = called()
    assert [event.type for event in sent(party.reject("Nobody is reachable"))] == ["m.call.reject"]
    assert party.state is callee_machine.State.ENDED
    assert sent(called().hangup("user_hangup")) == []


def test_version_0_caller_is_understood() -> None:
    party = called(OLD_INVITE)
    outputs = party.answer(SDP, 101.0)
    assert sent(outputs)[0].content()["version"] == 0
    assert outputs[-1] == Established(None)
    assert party.receive(A, hangup(None, version="0"), 102.0) == [Ended(End.HANGUP, "user_hangup")]
    assert [event.type for event in sent(called(OLD_INVITE).reject("no"))] == ["m.call.hangup"]


def test_candidates_and_offers_of_the_caller_reach_us() -> None:
    party = called()
    candidate = Candidate("candidate:1", "0", 0)
    early = Candidates(call_id="c", party_id="web-a", candidates=(candidate,))
    assert party.receive(A, early, 101.0) == [RemoteCandidates((candidate,))]
    party.answer(SDP, 101.0)
    party.receive(A, select("bridge"), 101.0)
    offer = Negotiate(call_id="c", party_id="web-a", kind="offer", sdp=SDP)
    assert party.receive(A, offer, 102.0) == [Renegotiate("offer", SDP)]
    assert [event.type for event in sent(party.negotiate("answer", SDP))] == ["m.call.negotiate"]


# --- the bridge watches ---


def watched(invite: Invite = INVITE) -> Observer:
    return Observer(invite, A, B, 60.0, 100.0)


def test_a_call_between_browsers_from_invite_to_hangup() -> None:
    observer = watched()
    assert observer.receive(B, answer("web-b"), 101.0) == [Answered("web-b")]
    assert observer.receive(A, select("web-b"), 101.0) == [Established("web-b")]
    assert ignored(observer.receive(B, hangup("phone-b"), 102.0))
    assert observer.receive(B, hangup("web-b"), 110.0) == [Ended(End.HANGUP, "user_hangup")]
    assert observer.get_timer() is None


@pytest.mark.parametrize(
    ("sender", "event", "how"),
    [
        (A, hangup("web-a"), End.CANCELLED),
        (A, hangup("web-a", "invite_timeout"), End.EXPIRED),
        (A, hangup("web-a", "replaced"), End.CANCELLED),
        (B, reject("web-b"), End.REJECTED),
        (B, hangup("web-b", "user_busy"), End.REJECTED),
        (B, hangup(None, version="0"), End.REJECTED),
    ],
)
def test_how_an_unanswered_call_ends(sender: str, event: CallEvent, how: End) -> None:
    (output,) = watched().receive(sender, event, 101.0)
    assert isinstance(output, Ended)
    assert output.how is how


def test_the_callers_choice_counts_when_there_were_two_answers() -> None:
    observer = watched()
    observer.receive(B, answer("web-b"), 101.0)
    assert ignored(observer.receive(B, answer("phone-b"), 101.0))
    observer.receive(A, select("phone-b"), 101.0)
    assert ignored(observer.receive(B, hangup("web-b", "answered_elsewhere"), 102.0))
    assert observer.receive(B, hangup("phone-b"), 103.0) == [Ended(End.HANGUP, "user_hangup")]


def test_a_call_that_a_device_of_ours_took_ends_as_that_device_says() -> None:
    observer = watched()
    observer.receive(B, answer("ours"), 101.0)
    observer.take()
    assert observer.receive(A, hangup("web-a"), 102.0) == []
    assert observer.give_back() == [Ended(End.HANGUP, "user_hangup")]
    assert observer.give_back() == []


def test_a_call_that_was_given_back_ends_as_its_clients_say() -> None:
    observer = watched()
    observer.take()
    observer.receive(B, answer("web-b"), 101.0)
    assert observer.give_back() == []
    assert observer.receive(B, hangup("web-b"), 102.0) == [Ended(End.HANGUP, "user_hangup")]


def test_a_call_that_both_clients_forgot_is_closed() -> None:
    observer = watched()
    assert observer.get_timer() == 160.0 + GRACE
    assert observer.handle_timer(160.0 + GRACE) == [Ended(End.EXPIRED, "invite_timeout")]
    observer = watched()
    observer.receive(B, answer("web-b"), 101.0)
    assert observer.get_timer() == 101.0 + MAX_DURATION


def test_a_watched_call_survives_a_restart() -> None:
    observer = watched()
    observer.receive(B, answer("web-b"), 101.0)
    stored = json.loads(json.dumps(observer.snapshot(102.0)))
    again = Observer.restore(stored, 5.0, 7.0)
    assert again.state is observer_machine.State.ANSWERED
    assert again.get_timer() == pytest.approx(5.0 + MAX_DURATION - 1.0)
    assert again.receive(A, hangup("web-a"), 6.0) == [Ended(End.HANGUP, "user_hangup")]


def test_after_a_restart_an_answer_that_was_missed_is_understood_from_the_choice() -> None:
    observer = Observer.restore(watched().snapshot(101.0), 5.0, 7.0)
    assert observer.receive(A, select("web-b"), 6.0) == [Answered("web-b"), Established("web-b")]
