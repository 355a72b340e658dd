"""The decision who may be in a call."""

import pytest

from server.meetings.admission import Bearer, Refusal, refusal


@pytest.mark.parametrize(
    ("bearer", "why"),
    [
        (Bearer("member"), None),
        (Bearer("member", member=True), None),
        (Bearer("member", here=False), Refusal.NOBODY_HERE),
        (Bearer("member", here=False, member=True), Refusal.NOBODY_HERE),
        (Bearer("member", signed_in=False), Refusal.SIGNED_OUT),
        (Bearer("member", signed_in=False, member=True), Refusal.SIGNED_OUT),
        (Bearer("member", removed=True), Refusal.REMOVED),
        (Bearer("member", removed=True, member=True), Refusal.REMOVED),
        (Bearer("member", member=False), Refusal.NOT_A_MEMBER),
        (Bearer("guest", inside=True), None),
        (Bearer("guest"), Refusal.NOT_LET_IN),
        (Bearer("phone", inside=True), None),
        (Bearer("phone"), Refusal.NOT_LET_IN),
    ],
)
def test_who_may_be_in_a_call(bearer: Bearer, why: Refusal | None) -> None:
    assert refusal(bearer) is why
