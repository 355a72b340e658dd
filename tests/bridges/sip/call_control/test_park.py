"""A slot as one side of a call, and over a restart."""

import pytest

from bridges.sip.b2bua.causes import Cause
from bridges.sip.b2bua.events import Answers, CallInput
from bridges.sip.call_control.park import Park
from bridges.sip.call_control.parked_leg import waiting

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=rtcp:4001\r\na=sendrecv\r\n"
)


def park(changes: list[None]) -> Park:
    return Park(["700", "701"], 120.0, lambda: changes.append(None))


def test_a_slot_describes_itself_as_one_that_holds() -> None:
    assert waiting(OFFER) == (
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 9 RTP/AVP 8 0\r\na=rtpmap:8 PCMA/8000\r\na=sendonly\r\n"
    )


async def test_a_slot_answers_at_once_and_is_free_when_its_leg_is_dropped() -> None:
    changes: list[None] = []
    posted: list[CallInput] = []
    slots = park(changes)
    leg = slots.park("parked-2", None, OFFER, posted.append)
    assert posted == [Answers("parked-2", waiting(OFFER))]
    assert (slots.slot_of(leg), slots.leg_at("700")) == ("700", leg)
    with pytest.raises(OSError, match="700"):
        slots.park("parked-3", "700", OFFER, posted.append)
    leg.drop(Cause.NORMAL)
    leg.drop(Cause.NORMAL)
    assert (slots.leg_at("700"), leg.snapshot(), len(changes)) == (None, None, 2)
    slots.close()


async def test_the_next_process_finds_the_call_in_its_slot_unless_there_is_none_any_more() -> None:
    before = park([])
    kept = before.park("parked-2", "701", OFFER, lambda _: None).snapshot()
    assert kept is not None
    after = park([])
    leg = after.restore(kept, lambda _: None)
    assert (leg.name, leg.slot, after.leg_at("701")) == ("parked-2", "701", leg)
    with pytest.raises(ValueError, match="701"):
        Park([], 120.0, lambda: None).restore(kept, lambda _: None)
    before.close()
    after.close()
