"""Content of call events: what the specification forbids is named, and nothing else is."""

from typing import Any

import pytest

from bridges.sip.matrix_call.content import (
    Answer,
    CallEvent,
    Candidate,
    Candidates,
    Hangup,
    Invite,
    MalformedCallEvent,
    Negotiate,
    Reject,
    SelectAnswer,
    parse,
)

SDP = "v=0\r\n"
INVITE: dict[str, Any] = {
    "call_id": "c1",
    "party_id": "p1",
    "version": "1",
    "lifetime": 60000,
    "offer": {"type": "offer", "sdp": SDP},
}


@pytest.mark.parametrize(
    "event",
    [
        Invite(call_id="c", party_id="p", sdp=SDP, lifetime=60.0, invitee="@b:localhost"),
        Invite(call_id="c", party_id=None, version="0", sdp=SDP, lifetime=60.0),
        Candidates(call_id="c", party_id="p", candidates=(Candidate("candidate:1", "0", 0), Candidate(""))),
        Answer(call_id="c", party_id="p", sdp=SDP),
        SelectAnswer(call_id="c", party_id="p", selected_party_id="q"),
        Negotiate(call_id="c", party_id="p", kind="offer", sdp=SDP, lifetime=10.0),
        Hangup(call_id="c", party_id="p", reason="user_busy"),
        Reject(call_id="c", party_id="p", reason="No answer"),
        Reject(call_id="c", party_id="p"),
    ],
)
def test_what_is_built_is_read_back(event: CallEvent) -> None:
    assert parse(event.type, event.content()) == event


def test_version_0_has_no_party_and_an_integer_version() -> None:
    content = Hangup(call_id="c", party_id=None, version="0").content()
    assert content["version"] == 0
    assert "party_id" not in content


def test_future_versions_are_read_as_version_1() -> None:
    event = parse("m.call.invite", {**INVITE, "version": "7"})
    assert event is not None
    assert event.version == "1"


def test_types_that_are_not_acted_on_are_no_error() -> None:
    assert parse("m.call.sdp_stream_metadata_changed", {"call_id": 7}) is None


def test_an_overlong_lifetime_is_cut() -> None:
    event = parse("m.call.invite", {**INVITE, "lifetime": 10**9})
    assert isinstance(event, Invite)
    assert event.lifetime == 300.0


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"call_id": None}, "call_id"),
        ({"call_id": 7}, "call_id"),
        ({"call_id": "x" * 256}, "call_id"),
        ({"party_id": None}, "party_id"),
        ({"party_id": ["p"]}, "party_id"),
        ({"version": None}, "version"),
        ({"version": True}, "version"),
        ({"version": False}, "version"),
        ({"version": []}, "version"),
        ({"lifetime": "60000"}, "lifetime"),
        ({"lifetime": True}, "lifetime"),
        ({"lifetime": -1}, "lifetime"),
        ({"lifetime": 1.5}, "lifetime"),
        ({"offer": None}, "offer"),
        ({"offer": {"type": "answer", "sdp": SDP}}, "offer"),
        ({"offer": {"type": {}, "sdp": SDP}}, "offer"),
        ({"offer": {"type": "offer", "sdp": 5}}, "sdp"),
        ({"offer": {"type": "offer", "sdp": "hello"}}, "offer.sdp"),
        ({"offer": {"type": "offer", "sdp": SDP + "a" * 70000}}, "sdp"),
        ({"invitee": 5}, "invitee"),
    ],
)
def test_malformed_invite_names_the_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(MalformedCallEvent, match=key):
        parse("m.call.invite", {**INVITE, **change})


@pytest.mark.parametrize(
    ("event_type", "body"),
    [
        ("m.call.candidates", {"candidates": "x"}),
        ("m.call.candidates", {"candidates": [5]}),
        ("m.call.candidates", {"candidates": [{"candidate": 5}]}),
        ("m.call.candidates", {"candidates": [{"candidate": "x", "sdpMLineIndex": "0"}]}),
        ("m.call.candidates", {"candidates": [{"candidate": "x"}] * 257}),
        ("m.call.answer", {"answer": {"type": "offer", "sdp": SDP}}),
        ("m.call.select_answer", {}),
        ("m.call.negotiate", {"description": {"type": "rollback", "sdp": SDP}}),
        ("m.call.hangup", {"reason": 5}),
        ("m.call.reject", {"reason": ["x"]}),
    ],
)
def test_malformed_others(event_type: str, body: dict[str, Any]) -> None:
    with pytest.raises(MalformedCallEvent):
        parse(event_type, {"call_id": "c", "party_id": "p", "version": "1", **body})


@pytest.mark.parametrize("content", [None, [], "x", 5])
def test_content_that_is_no_object(content: object) -> None:
    with pytest.raises(MalformedCallEvent):
        parse("m.call.hangup", content)
