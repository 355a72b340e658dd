"""Content of call events: what the specification forbids is named, and nothing else is."""

import json
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
        Invite(call_id="c", party_id="p", sdp=SDP, lifetime=60.0, on_behalf_of="@b:localhost"),
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
        ({"call_id": "x" * 1025}, "call_id"),
        ({"offer": None}, "offer"),
        ({"offer": {"type": "answer", "sdp": SDP}}, "offer"),
        ({"offer": {"type": "offer", "sdp": 5}}, "sdp"),
        ({"offer": {"type": "offer", "sdp": "hello"}}, "offer.sdp"),
        ({"offer": {"type": "offer", "sdp": SDP + "a" * 70000}}, "sdp"),
    ],
)
def test_malformed_invite_names_the_key(change: dict[str, Any], key: str) -> None:
    with pytest.raises(MalformedCallEvent, match=key):
        parse("m.call.invite", {**INVITE, **change})


@pytest.mark.parametrize(
    ("event_type", "body"),
    [
        ("m.call.answer", {"answer": {"type": "offer", "sdp": SDP}}),
        ("m.call.select_answer", {}),
        ("m.call.select_answer", {"selected_party_id": ""}),
        ("m.call.negotiate", {"description": {"type": "rollback", "sdp": SDP}}),
        ("m.call.negotiate", {"description": {"sdp": SDP}}),
    ],
)
def test_malformed_others(event_type: str, body: dict[str, Any]) -> None:
    with pytest.raises(MalformedCallEvent):
        parse(event_type, {"call_id": "c", "party_id": "p", "version": "1", **body})


#: What each event needs besides its call, and nothing else.
NEEDED: dict[str, dict[str, Any]] = {
    "m.call.invite": {"offer": {"sdp": SDP}},
    "m.call.candidates": {},
    "m.call.answer": {"answer": {"sdp": SDP}},
    "m.call.select_answer": {"selected_party_id": "q"},
    "m.call.negotiate": {"description": {"type": "offer", "sdp": SDP}},
    "m.call.hangup": {},
    "m.call.reject": {},
}
ODD: tuple[object, ...] = (
    None,
    "",
    5,
    -1,
    0,
    True,
    1.5,
    [],
    ["x"],
    {},
    {"x": 1},
    "x" * 300,
    "x" * 5000,
    10**30,
)
NOT_NEEDED = (
    "party_id",
    "version",
    "lifetime",
    "invitee",
    "reason",
    "capabilities",
    "candidates",
    "dest",
    "x",
)


@pytest.mark.parametrize("event_type", NEEDED)
@pytest.mark.parametrize("key", NOT_NEEDED)
def test_case_18_no_odd_field_that_is_not_needed_makes_an_event_vanish(event_type: str, key: str) -> None:
    """Case 18: a hangup with an odd reason, and its like in every call event."""
    for odd in ODD:
        event = parse(event_type, {"call_id": "c", **NEEDED[event_type], key: odd})
        assert event is not None
        assert (event.type, event.call_id) == (event_type, "c")
        json.dumps(event.content(), allow_nan=False)


@pytest.mark.parametrize("reason", ["", 5, "x" * 300, None, [], {}, True])
def test_case_18_an_odd_reason_is_as_good_as_none(reason: object) -> None:
    base = {"call_id": "c", "party_id": "p", "version": "1", "reason": reason}
    assert parse("m.call.hangup", base) == Hangup(call_id="c", party_id="p")
    assert parse("m.call.reject", base) == Reject(call_id="c", party_id="p")


@pytest.mark.parametrize(
    ("version", "party", "read"),
    [
        ("1", "p", ("1", "p")),
        (1, "p", ("1", "p")),
        ("0", "p", ("0", None)),
        (0, None, ("0", None)),
        (None, "p", ("1", "p")),
        (None, None, ("0", None)),
        (True, "p", ("1", "p")),
        ([], "p", ("1", "p")),
        ("org.example.next", "p", ("1", "p")),
        ("1", 5, ("1", "5")),
        ("1", None, ("1", None)),
        ("1", "p" * 1025, ("1", None)),
    ],
)
def test_case_18_version_and_party(version: object, party: object, read: tuple[str, str | None]) -> None:
    event = parse("m.call.hangup", {"call_id": "c", "party_id": party, "version": version})
    assert event is not None
    assert (event.version, event.party_id) == read


@pytest.mark.parametrize(
    ("lifetime", "seconds"),
    [
        (1000, 1.0),
        ("45000", 45.0),
        (1500.5, 1.5005),
        (None, 60.0),
        ("soon", 60.0),
        (0, 60.0),
        (-1, 60.0),
        (True, 60.0),
        (float("nan"), 60.0),
        (float("inf"), 300.0),
        (10**400, 300.0),
    ],
)
def test_case_18_a_lifetime_that_cannot_be_read_is_the_usual_one(lifetime: object, seconds: float) -> None:
    event = parse("m.call.invite", {**INVITE, "lifetime": lifetime})
    assert isinstance(event, Invite)
    assert event.lifetime == seconds


def test_case_18_candidates_that_can_be_read_are_read() -> None:
    odd: list[Any] = [
        5,
        None,
        {"candidate": 5},
        {"candidate": "x" * 1025},
        {"candidate": "a", "sdpMLineIndex": "0"},
        {"candidate": "b", "sdpMid": 0, "sdpMLineIndex": []},
        {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0},
    ]
    event = parse("m.call.candidates", {"call_id": "c", "party_id": "p", "version": "1", "candidates": odd})
    assert isinstance(event, Candidates)
    assert event.candidates == (Candidate("a", None, 0), Candidate("b", "0"), Candidate("", "0", 0))
    many = [{"candidate": "x"}] * 300
    event = parse("m.call.candidates", {"call_id": "c", "party_id": "p", "version": "1", "candidates": many})
    assert isinstance(event, Candidates)
    assert len(event.candidates) == 256


@pytest.mark.parametrize("invitee", [5, "", "bruno", ["@b:localhost"], "x" * 300, "@" + "x" * 2000])
def test_case_18_an_invitee_that_is_no_user_names_nobody(invitee: object) -> None:
    event = parse("m.call.invite", {**INVITE, "invitee": invitee})
    assert isinstance(event, Invite)
    assert event.invitee is None


@pytest.mark.parametrize("kind", ["offer", "OFFER ", None, 5, {}, ""])
def test_case_18_the_type_of_a_description_is_said_by_the_event(kind: object) -> None:
    event = parse("m.call.invite", {**INVITE, "offer": {"type": kind, "sdp": "\ufeff\r\n" + SDP}})
    assert isinstance(event, Invite)
    assert event.sdp == SDP


@pytest.mark.parametrize("content", [None, [], "x", 5])
def test_content_that_is_no_object(content: object) -> None:
    with pytest.raises(MalformedCallEvent):
        parse("m.call.hangup", content)
