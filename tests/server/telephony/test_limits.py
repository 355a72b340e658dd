"""How many calls outside there may be at once, as a table."""

import pytest

from server.telephony.dialplan import Refusal, Trunk
from server.telephony.limits import Limits, Reservation

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
FIRST, SECOND = Trunk("first"), Trunk("second")
LIMITS = Limits(a_person=2, a_trunk=3, in_all=5, minutes_a_day=60)


def calls(*made: tuple[str, str]) -> list[Reservation]:
    return [Reservation(f"call-{index}", user, trunk, 0) for index, (user, trunk) in enumerate(made)]


@pytest.mark.parametrize(
    ("live", "minutes", "found"),
    [
        ([], 0, (FIRST, SECOND)),
        ([(ANNA, "first")], 59.9, (FIRST, SECOND)),
        ([(ANNA, "first"), (ANNA, "second")], 0, Refusal.TOO_MANY_CALLS),
        ([(BRUNO, "first")] * 2, 0, (FIRST, SECOND)),
        ([(BRUNO, "first")] * 3, 0, (SECOND,)),
        ([(BRUNO, "first")] * 3 + [(ANNA, "second")], 0, (SECOND,)),
        ([(BRUNO, "first")] * 5, 0, Refusal.LINES_BUSY),
        ([], 60, Refusal.MINUTES_USED),
        ([(BRUNO, "gone")] * 4, 0, (FIRST, SECOND)),
    ],
)
def test_what_a_further_call_may_take(
    live: list[tuple[str, str]], minutes: float, found: tuple[Trunk, ...] | Refusal
) -> None:
    assert LIMITS.trunks(ANNA, (FIRST, SECOND), calls(*live), minutes) == found


def test_all_trunks_full_are_lines_that_are_busy() -> None:
    full = calls(*[(BRUNO, "first")] * 3, (BRUNO, "second"), (BRUNO, "second"), (BRUNO, "second"))
    limits = Limits(a_trunk=3)
    assert limits.trunks(ANNA, (FIRST, SECOND), full, 0) is Refusal.LINES_BUSY


def test_nothing_is_limited_by_naught() -> None:
    many = calls(*[(ANNA, "first")] * 500)
    assert Limits().trunks(ANNA, (FIRST,), many, 10_000) == (FIRST,)
