"""Sessions that are offered anew while two talk, or before: carried, refused, taken back; what a hold is."""

from pathlib import Path

from bridges.sip.transport.api import (
    Acknowledged,
    OfferWithdrawn,
    Reinvite,
)
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    HUNG_UP,
    MATRIX_LEG,
    NOW,
    PHONE_LEG,
    TRUNK_LEG,
    House,
    answer_content,
    party,
    phones_talk,
    until,
)


async def test_an_early_offer_is_carried_to_who_is_heard_already() -> None:
    """RFC 3311: a caller that hears early media changes its session before anybody has answered."""
    house = House()
    house.plan([TRUNK_LEG])
    caller = await house.phone_calls("+390698765432")
    (trunk,) = await house.forks(1)
    trunk.rings(183, "early")
    await house.did(caller, "ring")
    trunk.reinvite_answer = None  # it takes no offer before the answer: what it last said counts
    caller.happen(Reinvite("early-offer", "UPDATE", 2))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "early>caller")
    assert house.gateway.offered[-1] == ("caller", "trunk-1", "early-offer")
    trunk.answers("late")
    assert await house.did(caller, "answer") == ("answer", "late>caller")


async def test_an_early_offer_of_a_called_line_is_answered() -> None:
    house = House()
    house.plan([TRUNK_LEG])
    caller = await house.phone_calls("+390698765432")
    (trunk,) = await house.forks(1)
    trunk.happen(Reinvite("early-offer", "UPDATE", 2))
    assert await house.did(trunk, "accept_reinvite")
    assert ("trunk-1", "caller", "early-offer") in house.gateway.offered
    assert not caller.ended


async def test_hold_by_a_phone_reaches_the_other_phone() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    caller.happen(Reinvite("hold-offer"))
    assert await house.did(phone, "reinvite") == ("reinvite", "hold-offer>phone-1:RTP")
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "reinvite-answer>caller")


async def test_a_hold_that_is_taken_back_gives_the_other_phone_its_old_session_again() -> None:
    """RFC 3261, Section 14.1: a cancelled re-INVITE never was, for the gateway and the other leg too."""
    house = House()
    caller, phone = await phones_talk(house)
    phone.reinvite_goes.clear()
    caller.happen(Reinvite("hold-offer", cseq=2))
    assert await house.did(phone, "reinvite") == ("reinvite", "hold-offer>phone-1:RTP")
    caller.withdrawn.add(2)
    caller.happen(OfferWithdrawn(2))
    phone.log.clear()
    phone.reinvite_goes.set()
    assert await house.did(phone, "reinvite") == ("reinvite", "caller-offer>phone-1:RTP")
    caller.happen(Reinvite("hold-offer", cseq=3))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "reinvite-answer>caller")


async def test_the_answer_to_an_offer_that_was_taken_back_is_not_given_to_the_next() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    phone.reinvite_goes.clear()
    caller.happen(Reinvite("hold-offer", cseq=2))
    await house.did(phone, "reinvite")
    caller.withdrawn.add(2)
    caller.happen(Reinvite("resume-offer", cseq=3))
    phone.reinvite_answer = "resume-answer"
    phone.reinvite_goes.set()
    await house.did(caller, "accept_reinvite")
    offers = [entry[1] for entry in phone.log if entry[0] == "reinvite"]
    assert offers == ["hold-offer>phone-1:RTP", "caller-offer>phone-1:RTP", "resume-offer>phone-1:RTP"]
    assert [entry for entry in caller.log if entry[0] == "accept_reinvite"] == [
        ("accept_reinvite", "resume-answer>caller")
    ]


async def test_an_offer_before_the_answer_is_refused() -> None:
    house = House()
    caller = await house.phone_calls()
    caller.happen(Reinvite("early-offer", "UPDATE", 2))
    assert await house.did(caller, "refuse_reinvite")


async def test_a_hold_that_the_other_side_will_not_hear_of_is_answered_here() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    phone.reinvite_answer = None
    caller.happen(Reinvite("hold-offer"))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 phone-answer>caller")


async def test_a_refresh_is_answered_with_the_session_as_it_stands() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    caller.happen(Reinvite("caller-offer"))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 phone-answer>caller")
    assert not [entry for entry in phone.log if entry[0] == "reinvite"]


async def test_a_reinvite_without_offer_gets_a_fresh_one_and_its_answer_is_carried_on() -> None:
    """Case 8: on each side; the other one is told of the resume by a re-INVITE of its own."""
    house = House()
    caller, phone = await phones_talk(house)
    phone.happen(Reinvite(None))
    assert await house.did(phone, "accept_reinvite") == ("accept_reinvite", "caller>fresh>phone-1")
    phone.happen(Acknowledged("resumed"))
    assert await house.did(caller, "reinvite") == ("reinvite", "resumed>caller:RTP")
    caller.happen(Reinvite(None))
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "phone-1>fresh>caller")
    caller.happen(Acknowledged("resumed too"))
    assert await house.did(phone, "reinvite") == ("reinvite", "resumed too>phone-1:RTP")


async def test_a_reoffer_without_common_codec_is_refused_and_the_call_goes_on() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    phone.happen(Reinvite("no-codec"))
    await house.did(phone, "refuse_reinvite")
    assert not caller.ended


async def test_hold_towards_a_browser_is_negotiated() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    caller = await house.phone_calls()
    invite = await house.sent("m.call.invite")
    house.room_event(BRUNO, "m.call.answer", answer_content("web-b", invite["call_id"]))
    await house.did(caller, "answer")
    caller.happen(Reinvite("hold-offer"))
    offer = await house.sent("m.call.negotiate")
    assert offer["description"] == {"type": "offer", "sdp": "hold-offer>matrix-1:WEBRTC"}
    answer = {"description": {"type": "answer", "sdp": "v=0 hold-answer"}, "lifetime": 1000}
    house.room_event(BRUNO, "m.call.negotiate", party("web-b", invite["call_id"]) | answer)
    assert await house.did(caller, "accept_reinvite") == ("accept_reinvite", "v=0 hold-answer>caller")
    again = {"description": {"type": "offer", "sdp": "v=0 resume"}, "lifetime": 1000}
    house.room_event(BRUNO, "m.call.negotiate", party("web-b", invite["call_id"]) | again)
    assert await house.did(caller, "reinvite") == ("reinvite", "v=0 resume>caller:RTP")


async def test_caller_without_offer_gets_ours_and_answers_in_its_ack() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp=None)
    (phone,) = await house.forks(1)
    phone.answers()
    assert await house.did(caller, "answer") == ("answer", "v=0 phone-answer>caller")
    caller.happen(Acknowledged("ack-answer"))
    await until(lambda: house.records.last["answered_at"], "answered")
    assert house.gateway.joined[-1] == ("phone-1", "caller", "v=0 phone-answer")


async def test_caller_without_offer_that_never_answers_ours_is_ended() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    caller = await house.phone_calls(sdp=None)
    (phone,) = await house.forks(1)
    phone.answers()
    await house.did(caller, "answer")
    caller.happen(Acknowledged(None))
    await house.did(phone, "bye")
    await house.ended()


AUDIO = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"


async def test_hold_plays_music_to_the_other_side_and_is_told_to_both() -> None:
    house = House()
    _, phone = await phones_talk(house)
    phone.happen(Reinvite(AUDIO + "a=inactive\r\n"))
    await house.did(phone, "accept_reinvite")
    await until(lambda: house.gateway.playing == {"caller": Path("hold.ogg")}, "music")
    await until(lambda: [wait["by"] for wait in house.records.last["waits"]] == ["callee"], "the wait")
    held = house.exchange.telephony_state().live
    assert (held[ANNA][0].state, held[ANNA][0].held_by, held[BRUNO][0].held_by) == ("held", "peer", "me")
    phone.happen(Reinvite(AUDIO))
    await until(lambda: not house.gateway.playing, "silence")
    await until(lambda: house.records.last["waits"][0]["until"] is not None, "the end of the wait")
    assert house.exchange.telephony_state().live[ANNA][0].state == "talking"


async def test_a_wait_ends_with_the_call() -> None:
    house = House()
    caller, phone = await phones_talk(house)
    phone.happen(Reinvite(AUDIO + "a=sendonly\r\n"))
    await until(lambda: house.records.last["waits"], "the wait")
    caller.happen(HUNG_UP)
    record = await house.ended()
    assert list(record["waits"]) == [{"by": "callee", "since": NOW, "until": NOW}]
