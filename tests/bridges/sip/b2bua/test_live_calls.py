"""Calls in progress, as each of their people sees them: the rules, and over an exchange."""

from typing import Any

from bridges.sip.b2bua import identity
from bridges.sip.b2bua.live_calls import MatrixCall, Progress, by_user
from tests.bridges.sip.b2bua.fake_sip import ANNA
from tests.bridges.sip.b2bua.fakes import (
    BRUNO,
    GHOST,
    MATRIX_LEG,
    PHONE_LEG,
    ROOM,
    House,
    answer_content,
    party,
    until,
)
from wire.record import CallRecord, Wait
from wire.route import Party
from wire.state import LiveCall

ANNA_PARTY, BRUNO_PARTY = Party(ANNA, "Anna", "201"), Party(BRUNO, "Bruno", "202")
OUTSIDE = Party(GHOST, "06 9876 5432", "+390698765432")


def record(**change: Any) -> CallRecord:
    given: dict[str, Any] = {
        "id": "01A",
        "via": "sip",
        "started_at": 1_000,
        "caller": ANNA_PARTY,
        "callee": BRUNO_PARTY,
    }
    return CallRecord(**given | change)


def test_a_ringing_call_is_seen_from_both_sides() -> None:
    rung = [MatrixCall("!a:x", "01A-matrix-1"), MatrixCall("!a:x", "01A-matrix-2")]
    assert by_user([Progress(record(), rung=rung)]) == {
        ANNA: (LiveCall("01A", "outbound", BRUNO_PARTY, "ringing", 1_000, "desk_phone"),),
        BRUNO: (
            LiveCall(
                "01A", "inbound", ANNA_PARTY, "ringing", 1_000, None, "!a:x", matrix_call_id="01A-matrix-2"
            ),
        ),
    }


def test_an_answered_call_says_on_which_device() -> None:
    answered = record(via="matrix", answered_at=2_000, answered_on="desk_phone")
    mine, theirs = (
        by_user([Progress(answered, MatrixCall("!a:x", "web-1"))])[user][0] for user in (ANNA, BRUNO)
    )
    assert (mine.state, mine.since, mine.on, mine.matrix_call_id) == ("talking", 2_000, "matrix", "web-1")
    assert (theirs.state, theirs.on, theirs.room_id) == ("talking", "desk_phone", "!a:x")


def test_who_holds_is_seen_from_both_sides() -> None:
    over, mine, theirs = Wait("caller", 3_000, 4_000), Wait("caller", 5_000), Wait("callee", 6_000)
    for waits, state, by in (
        ((over,), "talking", (None, None)),
        ((over, mine), "held", ("me", "peer")),
        ((theirs,), "held", ("peer", "me")),
        ((mine, theirs), "held", ("both", "both")),
    ):
        answered = record(answered_at=2_000, answered_on="desk_phone", waits=waits)
        seen = [by_user([Progress(answered)])[user][0] for user in (ANNA, BRUNO)]
        assert [call.state for call in seen] == [state, state]
        assert tuple(call.held_by for call in seen) == by


def test_outside_parties_and_meetings_have_no_calls_of_their_own() -> None:
    outbound = Progress(record(callee=OUTSIDE, answered_at=2_000, answered_on="outside"))
    inbound = Progress(record(id="01B", via="trunk:isp", caller=OUTSIDE, withheld=True))
    meeting = Progress(record(id="01C", via="meeting", caller=ANNA_PARTY, callee=OUTSIDE))
    seen = by_user([outbound, inbound, meeting])
    assert {user: [call.call_id for call in calls] for user, calls in seen.items()} == {
        ANNA: ["01A"],
        BRUNO: ["01B"],
    }
    assert seen[BRUNO][0].peer == Party()  # who withheld name and number


def test_the_oldest_call_comes_first() -> None:
    calls = [Progress(record(id=name, started_at=at)) for name, at in (("b", 2), ("c", 1), ("a", 2))]
    assert [call.call_id for call in by_user(calls)[ANNA]] == ["c", "a", "b"]


def test_a_fork_names_its_call() -> None:
    for call_id in ("01HZZ", "0f-with-dashes"):
        assert identity.call_of_fork(identity.fork_call_id(call_id, "matrix-12")) == call_id


async def test_a_desk_phones_call_rings_in_the_browser_and_is_talked_there() -> None:
    house = House()
    house.plan([MATRIX_LEG])
    await house.phone_calls()
    invite = await house.sent("m.call.invite")
    call_id = house.exchange.calls()[0]["id"]
    ringing = house.exchange.telephony_state().live
    assert [call.state for call in (*ringing[ANNA], *ringing[BRUNO])] == ["ringing", "ringing"]
    (theirs,) = ringing[BRUNO]
    assert (theirs.call_id, theirs.room_id, theirs.matrix_call_id) == (call_id, ROOM, invite["call_id"])
    answer = answer_content("web-b") | {"call_id": invite["call_id"]}
    house.room_event(BRUNO, "m.call.answer", answer)
    await until(lambda: house.records.last["answered_at"], "answered")
    talking = house.exchange.telephony_state().live
    assert [(call.state, call.on) for call in (*talking[ANNA], *talking[BRUNO])] == [
        ("talking", "desk_phone"),
        ("talking", "matrix"),
    ]
    house.room_event(BRUNO, "m.call.hangup", party("web-b") | {"call_id": invite["call_id"]})
    await house.ended()
    assert house.exchange.telephony_state().live == {}


async def test_a_browsers_call_is_known_by_the_name_that_it_gave() -> None:
    house = House()
    house.endpoint.phones = {"202": 1}
    house.plan([PHONE_LEG])
    house.browser_calls()
    await house.forks(1)
    live = house.exchange.telephony_state().live
    ((mine,), (theirs,)) = live[ANNA], live[BRUNO]
    assert (mine.room_id, mine.on) == (ROOM, "matrix")
    assert mine.matrix_call_id == theirs.matrix_call_id == answer_content("web-b")["call_id"]
