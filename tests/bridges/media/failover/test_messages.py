"""What the stand-by keeps of what it is told."""

from __future__ import annotations

import pytest

from bridges.media.call_state import (
    CallState,
    Counters,
    LatchState,
    LegState,
    PartyState,
    PlainState,
    Playing,
    WebRtcState,
)
from bridges.media.failover.messages import (
    Beat,
    Changed,
    Ended,
    Event,
    Farewell,
    Hello,
    Message,
    Played,
    Replica,
    decode,
    encode,
)
from bridges.media.gateway import Peer, Profile
from bridges.sdp.codecs import PCMU, TELEPHONE_EVENT
from bridges.sdp.crypto import Crypto
from bridges.sdp.direction import Direction
from bridges.sdp.writing import PLAIN_LAYOUT
from webrtc.srtp import SrtpKeys


def leg(number: int) -> LegState:
    latch = LatchState(("192.0.2.1", 4000), Peer("192.0.2.1", authenticated=True), None, ("192.0.2.1", 4000))
    return LegState(
        number=number,
        name=f"leg-{number}",
        profile=Profile.SDES,
        ssrc=7,
        stream_name="unisono",
        direction=Direction.SENDONLY,
        understood={PCMU.key: 0, TELEPHONE_EVENT.key: 101},
        received={0: PCMU.key},
        ptime=30,
        joined_at=12.5,
        vouched_at=0.0,
        blocked=False,
        keys_blocked=True,
        playing=Playing("/a/file.wav", 0),
        plain=PlainState(("192.0.2.9", 20_000), True, latch, latch, (Crypto(1, "x", b"\0\xff"),)),
        webrtc=WebRtcState("u", "p", b"pem", keys=SrtpKeys(1, b"a", b"b"), addresses=(("::1", 4, 0, 0),)),
    )


def call(call_id: str, *numbers: int) -> CallState:
    asked = (PCMU, TELEPHONE_EVENT), Direction.SENDRECV
    parties = tuple(
        PartyState(
            leg(number), PLAIN_LAYOUT, None, asked, Direction.INACTIVE, False, {PCMU.key: 0}, 1, 2, None
        )
        for number in numbers
    )
    return CallState(call_id, 1.5, parties, {"leg-1": "leg-2"}, {"leg-1": Peer("192.0.2.1", proven=False)})


@pytest.mark.parametrize(
    "message",
    [
        Hello("life", ({"event": "gone", "number": 4},)),
        Changed(call("c", 1, 2), (2,)),
        Ended("c"),
        Played("digest", b"\0\xff"),
        Beat((Counters(1, 70_000, audio_seen=True, alive_at=3.5), Counters(2))),
        Event({"event": "silent", "number": 5, "seconds": 60}),
        Farewell(succeed=True),
    ],
)
def test_a_message_is_read_as_it_was_written(message: Message) -> None:
    assert decode(encode(message)) == message


def told(*messages: Message) -> Replica:
    replica = Replica()
    for message in messages:
        replica.take(message)
    return replica


def test_legs_that_left_a_call_or_ended_with_it_are_gone() -> None:
    replica = told(
        Hello("life"), Changed(call("c", 1, 2)), Changed(call("d", 3)), Beat((Counters(1), Counters(3)))
    )
    assert replica.take(Changed(call("c", 2, 4))) == {1}
    assert set(replica.counters) == {3}
    assert replica.take(Ended("c")) == {2, 4}
    assert replica.take(Ended("c")) == set()
    assert list(replica.calls) == ["d"]


@pytest.mark.parametrize("left", [Changed(call("d", 3)), Ended("d")])
@pytest.mark.parametrize("first", ["the one it left", "the one it came to"])
def test_a_leg_that_went_over_to_another_call_is_there(left: Message, first: str) -> None:
    replica = told(Hello("life"), Changed(call("c", 1)), Changed(call("d", 2, 3)), Beat((Counters(2),)))
    came = Changed(call("c", 1, 2), (2,))
    messages = [left, came] if first == "the one it left" else [came, left]
    gone = set().union(*(replica.take(message) for message in messages))
    if first == "the one it came to":
        assert 2 not in gone
        assert 2 in replica.counters
    assert {party.leg.number for party in replica.calls["c"].parties} == {1, 2}


def test_a_new_process_has_none_of_the_calls_of_the_one_before() -> None:
    replica = told(Hello("one"), Changed(call("c", 1)), Event({"number": 1}))
    assert replica.take(Hello("two", ({"number": 7},))) == {1}
    assert (replica.calls, replica.events) == ({}, [{"number": 7}])


def test_one_that_ends_on_purpose_leaves_nothing_but_what_it_hands_over() -> None:
    replica = told(Hello("one"), Changed(call("c", 1)))
    assert replica.take(Farewell(succeed=True)) == set()
    assert list(replica.calls) == ["c"] and replica.hello is not None
    assert replica.take(Farewell()) == {1}
    assert replica.hello is None and replica.calls == {}


def test_the_newest_counters_of_each_leg_count() -> None:
    replica = told(
        Hello("one"),
        Changed(call("c", 1, 2)),
        Beat((Counters(1, 5), Counters(2, 6))),
        Beat((Counters(1, 9),)),
    )
    assert [replica.counters[number].index for number in (1, 2)] == [9, 6]
