"""Who is called back when: order, what holds it up, and what becomes of it."""

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from server.call_backs.rules import (
    AGAIN_AFTER,
    AT_FIRST,
    LASTS,
    LOST,
    TRIES,
    CallBack,
    after,
    asked,
    due,
    expired,
    fulfilled,
    lost,
)
from wire.record import CALL_BACK, CallRecord, Transfer
from wire.route import Party

A, B, C, D = "@a", "@b", "@c", "@d"
T = 1_000_000
NOW = T + AT_FIRST


def waits(asker: str, wanted: str, at: int = 0, **more: Any) -> CallBack:
    return replace(asked(f"{asker}{wanted}", asker, wanted, "busy", T + at), not_before=0, **more)


def except_for(*busy: str) -> Callable[[str], bool]:
    return lambda who: who not in busy


@pytest.mark.parametrize(
    ("waiting", "busy", "expected"),
    [
        ([waits(A, B)], (), ["@a@b"]),
        ([waits(A, B)], (B,), []),
        ([waits(A, B)], (A,), []),
        # The first comes first; one at a time.
        ([waits(C, B, 2), waits(A, B, 1)], (), ["@a@b"]),
        # Who is in a call themselves lets the next one go first.
        ([waits(A, B, 1), waits(C, B, 2)], (A,), ["@c@b"]),
        # Both want each other: one call does.
        ([waits(A, B, 1), waits(B, A, 2)], (), ["@a@b"]),
        # Others are not held up.
        ([waits(A, B, 1), waits(C, D, 2)], (), ["@a@b", "@c@d"]),
        ([waits(A, B, 1), waits(A, D, 2)], (), ["@a@b"]),
        # A call is being made to one of them.
        ([waits(A, B, 1, call_id="x"), waits(C, B, 2), waits(D, A, 3)], (), []),
        # Nobody knows when somebody is there again who did not answer, until they have been in a call.
        ([waits(A, B, why="no_answer")], (), []),
        ([waits(A, B, why="no_answer", active=True)], (), ["@a@b"]),
        ([waits(A, B, expires_at=NOW)], (), []),
        ([replace(waits(A, B), not_before=NOW + 1)], (), []),
    ],
)
def test_who_is_called_now(waiting: list[CallBack], busy: tuple[str, ...], expected: list[str]) -> None:
    assert [one.id for one in due(waiting, except_for(*busy), NOW)] == expected


def test_it_begins_a_moment_after_it_was_asked_for_and_ends_in_time() -> None:
    one = asked("1", A, B, "busy", T)
    assert due([one], except_for(), NOW - 1) == []
    assert due([one], except_for(), NOW) == [one]
    assert expired([one], T + LASTS["busy"] - 1) == []
    assert expired([one], T + LASTS["busy"]) == [one]
    assert expired([replace(one, call_id="x")], T + LASTS["busy"]) == []


def test_a_call_that_the_bridge_does_not_know_was_not_made() -> None:
    one = waits(A, B, call_id="x", called_at=T)
    assert lost([one, waits(C, D)], lambda _: False, T + LOST) == [one]
    assert lost([one], lambda _: False, T + LOST - 1) == []
    assert lost([one], lambda call_id: call_id == "x", T + LOST) == []


ENDED = CallRecord(
    id="x", via=CALL_BACK, started_at=T, ended_at=T, caller=Party(B), callee=Party(A), outcome="missed"
)


def call(**more: Any) -> CallRecord:
    return replace(ENDED, **more)


MADE = waits(A, B, call_id="x", called_at=T)


@pytest.mark.parametrize(
    ("record", "left"),
    [
        (call(answered_at=T, transfer=Transfer(next="y"), outcome="answered"), None),
        (call(outcome="rejected"), None),
        (call(outcome="missed"), replace(MADE, call_id=None, tries=1, not_before=T + AGAIN_AFTER)),
        (call(outcome="busy"), replace(MADE, call_id=None, tries=1, not_before=T + AGAIN_AFTER)),
        (call(outcome="interrupted", answered_at=T), replace(MADE, call_id=None, not_before=T)),
        (
            call(answered_at=T, outcome="answered"),
            replace(MADE, call_id=None, tries=1, not_before=T + AGAIN_AFTER, why="no_answer"),
        ),
    ],
)
def test_what_is_left_after_the_call(record: CallRecord, left: CallBack | None) -> None:
    assert after(MADE, record, T) == left


def test_it_is_given_up_at_last() -> None:
    assert after(replace(MADE, tries=TRIES - 2), call(outcome="missed"), T) is not None
    assert after(replace(MADE, tries=TRIES - 1), call(outcome="missed"), T) is None


def test_who_have_talked_are_waited_for_no_more_whoever_called() -> None:
    waiting = [waits(A, B), waits(B, A), waits(A, C)]
    talked = {"via": "sip", "answered_at": T, "answered_on": "matrix"}
    assert fulfilled(waiting, call(**talked)) == waiting[:2]
    assert fulfilled(waiting, call(**talked | {"answered_on": "mobile"})) == waiting[:2]
    assert fulfilled(waiting, call(**talked | {"answered_on": "voicemail"})) == []
    assert fulfilled(waiting, call(**talked | {"answered_at": None})) == []
    assert fulfilled(waiting, call(**talked | {"via": CALL_BACK})) == []
