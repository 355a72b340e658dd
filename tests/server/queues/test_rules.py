"""Whose turn it is in a queue, for whom it rings, and what its day was like."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from server.forwarding.rules import ToNumber
from server.groups.rules import Member, RingGroup, Strategy, Waiting
from server.queues.agents import Agent, State
from server.queues.rules import (
    AGAIN,
    Figures,
    QueuedCall,
    expected_wait,
    figures,
    offers,
    on_duty,
    overdue,
    position,
)
from wire.route import Party

NOW = 1_700_000_000_000
A, B, C = "@a:x", "@b:x", "@c:x"


def queue(strategy: Strategy = "in_order", queue_id: str = "q", **more: Any) -> RingGroup:
    members = more.pop("members", (Member(A), Member(B), Member(C)))
    wanted = {"waiting": Waiting(), "members": members, "strategy": strategy} | more
    return RingGroup(id=queue_id, name=queue_id, extension="310", **wanted)


def call(call_id: str, waited: int = 10, queue_id: str = "q", **more: Any) -> QueuedCall:
    arrived = NOW - 1000 * waited
    wanted: dict[str, Any] = {"joined_at": arrived, "caller": Party(number="+391")} | more
    return QueuedCall(call_id, queue_id, arrived_at=arrived, **wanted)


def agents(**states: State | Agent) -> dict[str, Agent]:
    known = {"a": A, "b": B, "c": C}
    return {
        known[name]: one if isinstance(one, Agent) else Agent(known[name], one)
        for name, one in states.items()
    }


def rung(
    calls: list[QueuedCall],
    team: dict[str, Agent],
    *queues: RingGroup,
    took: dict[str, int] | None = None,
    away: frozenset[str] = frozenset(),
) -> list[tuple[str, tuple[str, ...]]]:
    known = {one.id: one for one in queues or (queue(),)}
    found = offers(known, calls, team, {"q": took or {}}, lambda one: one not in away, NOW)
    return [(offer.call.id, offer.user_ids) for offer in found]


READY = agents(a=State.READY, b=State.READY, c=State.READY)


@pytest.mark.parametrize(
    ("strategy", "took", "expected"),
    [
        ("all", {}, [("1", (A, B, C))]),
        ("in_order", {}, [("1", (A,)), ("2", (B,))]),
        ("longest_idle", {A: 9, B: 5}, [("1", (C,)), ("2", (B,))]),
        ("round_robin", {A: 9}, [("1", (B,)), ("2", (C,))]),
    ],
)
def test_the_queues_strategy_says_for_whom_each_rings(
    strategy: Strategy, took: dict[str, int], expected: list[tuple[str, tuple[str, ...]]]
) -> None:
    calls = [call("2", 5), call("1", 10)]
    assert rung(calls, READY, queue(strategy), took=took) == expected


def test_nobody_overtakes_and_no_two_calls_ring_for_one() -> None:
    calls = [call(str(number), 100 - number) for number in range(10)]
    assert rung(calls, READY) == [("0", (A,)), ("1", (B,)), ("2", (C,))]


def test_who_rings_is_not_offered_again_and_the_next_one_has_their_turn() -> None:
    busy = Agent(A, State.RINGING, call="1", record="r")
    assert rung([call("1", 20), call("2")], agents(a=busy, b=State.READY)) == [("2", (B,))]


@pytest.mark.parametrize(
    "team",
    [
        {},
        agents(a=State.PAUSED, b=State.TALKING, c=State.WRAPPING_UP),
        agents(a=Agent(A, State.READY, rests_until=NOW + 1), b=State.OFF),
        agents(a=Agent(A, State.READY, call="other")),
    ],
)
def test_it_rings_for_nobody_who_is_not_free(team: dict[str, Agent]) -> None:
    assert rung([call("1")], team) == []


def test_who_is_in_another_call_not_here_not_a_member_or_the_caller_is_left_out() -> None:
    assert rung([call("1")], READY, away=frozenset({A})) == [("1", (B,))]
    assert rung([call("1")], READY, queue(members=(Member(A, here=False), Member(B)))) == [("1", (B,))]
    assert rung([call("1", caller=Party(A))], READY) == [("1", (B,))]
    assert rung([call("1")], READY, queue(members=())) == []


def test_of_two_queues_with_the_same_people_the_older_call_goes_first() -> None:
    only = (Member(A),)
    two = queue(members=only), queue(queue_id="p", members=only)
    assert rung([call("1", 5), call("2", 10, "p")], READY, *two) == [("2", (A,))]


def test_who_is_not_heard_to_wait_yet_keeps_their_place_but_does_not_ring() -> None:
    calls = [call("1", 20, joined_at=None), call("2", 10)]
    assert rung(calls, READY) == [("2", (A,))]
    assert [position(one.id, calls) for one in calls] == [1, 2]
    assert position("3", calls) is None


def test_a_call_that_left_and_one_of_a_queue_that_is_no_more_do_not_ring() -> None:
    assert rung([call("1", left_at=NOW), call("2", queue_id="gone")], READY) == []


@pytest.mark.parametrize(
    ("waited", "more", "group", "expected"),
    [
        (899, {}, queue(otherwise=ToNumber("+39")), []),
        (900, {}, queue(otherwise=ToNumber("+39")), [("1", "elsewhere")]),
        (900, {}, queue(), [("1", "away")]),
        (900, {"sent_at": NOW - AGAIN + 1}, queue(), []),
        (900, {"sent_at": NOW - AGAIN}, queue(), [("1", "away")]),
        (900, {"joined_at": None}, queue(), []),
        (1, {}, queue(waiting=None), [("1", "away")]),
        (1, {"queue_id": "gone"}, queue(), [("1", "away")]),
    ],
)
def test_who_waited_for_too_long_or_whose_queue_is_gone_goes(
    waited: int, more: dict[str, Any], group: RingGroup, expected: list[tuple[str, str]]
) -> None:
    calls = [call("1", waited, **more)]
    assert [(one.id, to) for one, to in overdue({"q": group}, calls, (), NOW)] == expected
    assert overdue({"q": group}, calls, {"1"}, NOW) == []


def test_on_duty_are_those_who_are_here_also_on_a_break() -> None:
    team = agents(a=State.PAUSED, b=State.OFF, c=State.TALKING)
    assert [one.user_id for one in on_duty(queue(), team)] == [A, C]
    assert on_duty(queue(members=(Member(A, here=False),)), team) == []


def taken(waited: int, talked: int | None, **more: Any) -> QueuedCall:
    answered = NOW - 1000 * 1000 + 1000 * waited
    ended = None if talked is None else answered + 1000 * talked
    wanted = {"answered_at": answered, "left_at": answered, "ended_at": ended, "outcome": "answered"} | more
    return call(f"{waited}-{talked}", 1000, **wanted)


@pytest.mark.parametrize(
    ("place", "talks", "team", "expected"),
    [
        (1, [60, 60, 60], agents(a=State.TALKING), 70),
        (4, [60, 60, 60], agents(a=State.TALKING, b=State.READY), 140),
        (4, [60, 60, 60], agents(a=State.TALKING, b=State.PAUSED), 280),
        (1, [60, 60], agents(a=State.TALKING), None),
        (1, [60, 60, 60], {}, None),
        (1, [60, 60, 60], agents(a=State.PAUSING), None),
    ],
)
def test_the_expected_wait(
    place: int, talks: list[int], team: dict[str, Agent], expected: int | None
) -> None:
    latest = [taken(1, each) for each in talks]
    assert expected_wait(place, latest, list(team.values()), 10) == expected


def test_figures_add_up_by_day() -> None:
    calls = [
        taken(10, 60),
        taken(30, 120),
        taken(20, None),
        call("gave up", 1000, left_at=NOW - 1000 * 940, outcome="abandoned"),
        call("went", 1000, left_at=NOW - 1000 * 700, outcome="elsewhere"),
        call("full", 1000, left_at=NOW - 1000 * 1000, outcome="turned_away"),
        call("waits", 5),
    ]

    def day_of(at: int) -> date:
        return datetime.fromtimestamp(at / 1000, UTC).date()

    (day,) = figures(calls, 20, day_of)
    assert day == Figures(
        day_of(NOW),
        calls=7,
        answered=3,
        in_time=2,
        abandoned=1,
        elsewhere=2,
        mean_wait=84,
        longest_wait=300,
        mean_talk=90,
    )
    assert day.calls == day.answered + day.abandoned + day.elsewhere + 1
    assert day.service_level == pytest.approx(2 / 6)
    assert Figures(day_of(NOW)).service_level is None


def test_days_are_the_readers_the_newest_first() -> None:
    days = figures([call("1", 0), call("2", 86_400)], 20, lambda at: date.fromordinal(1 + at // 86_400_000))
    assert [one.calls for one in days] == [1, 1]
    assert days[0].day > days[1].day
