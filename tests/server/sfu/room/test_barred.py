"""How long those stay out who sent far too much."""

import pytest

from server.sfu.room.barred import FIRST, LONGEST, REMEMBERED, Barred


@pytest.mark.parametrize(
    ("put_out", "seconds"),
    [
        pytest.param([0.0], [60.0], id="once"),
        pytest.param(
            [0.0, 70.0, 200.0, 450.0, 1000.0, 1700.0], [60.0, 120.0, 240.0, 480.0, 600.0, 600.0], id="again"
        ),
        pytest.param([0.0, FIRST + REMEMBERED - 1], [60.0, 120.0], id="not forgotten yet"),
        pytest.param([0.0, FIRST + REMEMBERED], [60.0, 60.0], id="forgotten"),
    ],
)
def test_each_time_takes_longer(put_out: list[float], seconds: list[float]) -> None:
    barred = Barred()
    assert [barred.put_out("r", "anna", now) for now in put_out] == seconds
    last = put_out[-1]
    assert barred.wait("r", "anna", last) == seconds[-1] <= LONGEST
    assert barred.wait("r", "anna", last + seconds[-1] - 1) == pytest.approx(1)
    assert barred.wait("r", "anna", last + seconds[-1]) == 0


def test_nobody_else_and_no_other_room_is_touched() -> None:
    barred = Barred()
    barred.put_out("r", "anna", 0)
    assert (barred.wait("r", "bruno", 1), barred.wait("s", "anna", 1)) == (0, 0)
    assert barred.put_out("s", "anna", 1) == FIRST


def test_the_table_is_bounded_and_those_who_wait_longest_stay_in_it() -> None:
    barred = Barred(most=3)
    barred.put_out("r", "again", 0)
    barred.put_out("r", "again", 1)
    for number in range(10):
        barred.put_out("r", str(number), 2 + number)
    waiting = [one for one in ("again", *map(str, range(10))) if barred.wait("r", one, 12)]
    assert waiting == ["again", "8", "9"]
