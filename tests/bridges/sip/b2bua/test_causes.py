"""One table of causes: complete, and the same from every side."""

import pytest

from bridges.sip.b2bua.causes import TABLE, Cause, best, from_matrix, from_plan, from_status, reason

OUTCOMES = {"answered", "missed", "rejected", "busy", "cancelled", "unreachable", "failed", "interrupted"}


def test_every_cause_has_a_row_with_a_known_outcome_and_a_final_status() -> None:
    assert set(TABLE) == set(Cause)
    for row in TABLE.values():
        assert row.outcome in OUTCOMES
        assert 400 <= row.status < 700


@pytest.mark.parametrize(
    ("status", "trunk", "cause"),
    [
        (486, False, Cause.BUSY),
        (600, False, Cause.BUSY),
        (603, True, Cause.REJECTED),
        (699, False, Cause.REJECTED),
        (404, True, Cause.NOT_FOUND),
        (484, True, Cause.NOT_FOUND),
        (480, False, Cause.UNREACHABLE),
        (408, False, Cause.UNREACHABLE),
        (408, True, Cause.NO_TRUNK),
        (503, True, Cause.NO_TRUNK),
        (503, False, Cause.UNREACHABLE),
        (407, True, Cause.NO_TRUNK),
        (488, False, Cause.NOT_ACCEPTABLE),
        (606, False, Cause.NOT_ACCEPTABLE),
        (487, False, Cause.CANCELLED),
        (301, False, Cause.FAILED),
    ],
)
def test_cause_of_a_sip_status(status: int, trunk: bool, cause: Cause) -> None:
    assert from_status(status, trunk=trunk) is cause


@pytest.mark.parametrize(
    ("word", "cause"),
    [
        (None, Cause.NORMAL),
        ("user_hangup", Cause.NORMAL),
        ("user_busy", Cause.BUSY),
        ("ice_failed", Cause.MEDIA_FAILED),
        ("something new", Cause.NORMAL),
    ],
)
def test_cause_of_a_matrix_reason(word: str | None, cause: Cause) -> None:
    assert from_matrix(word) is cause


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("not_found", 404),
        ("unreachable", 480),
        ("no_trunk", 503),
        ("forbidden", 403),
        ("own_number", 403),
        ("country_not_allowed", 403),
        ("premium_number", 403),
        ("a word of tomorrow", 500),
    ],
)
def test_status_of_a_refused_route(word: str, status: int) -> None:
    assert TABLE[from_plan(word)].status == status


@pytest.mark.parametrize(
    ("causes", "told"),
    [
        ([Cause.BUSY, Cause.BUSY], Cause.BUSY),
        ([Cause.BUSY, Cause.UNREACHABLE], Cause.BUSY),
        ([Cause.BUSY, Cause.NO_ANSWER], Cause.NO_ANSWER),
        ([Cause.UNREACHABLE, Cause.REJECTED, Cause.BUSY], Cause.REJECTED),
        ([Cause.NO_TRUNK, Cause.NOT_FOUND], Cause.NOT_FOUND),
        ([], Cause.UNREACHABLE),
    ],
)
def test_the_most_telling_failure_is_told(causes: list[Cause], told: Cause) -> None:
    assert best(causes) is told


def test_a_fork_that_lost_is_told_in_the_words_phones_understand() -> None:
    assert reason(Cause.ANSWERED_ELSEWHERE) == ("SIP", 200, "Call completed elsewhere")
    assert reason(Cause.BUSY)[:2] == ("Q.850", 17)
