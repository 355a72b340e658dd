"""Who writes waits for who reads, but not for ever."""

import pytest

from server.sfu.room.backlog import (
    AHEAD,
    CAUGHT_UP,
    HIGH,
    LONGEST_HELD,
    LOW,
    MAX_DEBT,
    MOST_AHEAD,
    PACKETS,
    PATIENCE,
    Backlog,
    Changes,
    packets,
)

NOTHING = Changes(frozenset(), frozenset(), frozenset())
RATE = 1_000_000.0


def changes(hold: str = "", release: str = "", gone: str = "") -> Changes:
    return Changes(frozenset(hold), frozenset(release), frozenset(gone))


def test_as_long_as_all_keep_up_nothing_happens() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", 1000, ["b", "c"], 0.0)
    assert backlog.look({"a": 0, "b": HIGH, "c": 0}, 0.1) == NOTHING


def test_a_writer_waits_until_its_slow_reader_has_caught_up() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", 1000, ["b"], 0.0)
    assert backlog.look({"a": 0, "b": HIGH + 1}, 0.0) == changes(hold="a")
    assert backlog.look({"a": 0, "b": LOW + 1}, 1.0) == NOTHING
    assert backlog.look({"a": 0, "b": LOW - 1}, 2.0) == changes(release="a")


def test_others_who_do_not_write_to_the_slow_one_go_on() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", 1000, ["b"], 0.0)
    backlog.wrote("d", 1000, ["c"], 0.0)
    assert backlog.look({"a": 0, "b": HIGH + 1, "c": 0, "d": 0}, 0.0) == changes(hold="a")


def test_who_stays_slow_is_let_go_and_the_writer_goes_on() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", 1000, ["b"], 0.0)
    backlog.look({"a": 0, "b": HIGH + 1}, 0.0)
    assert backlog.look({"a": 0, "b": HIGH + 1}, PATIENCE + 1) == changes(gone="b")
    assert backlog.look({"a": 0}, PATIENCE + 2) == changes(release="a")


def test_who_writes_too_fast_is_held_until_that_is_paid() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", HIGH + 500_000, ["b"], 0.0)
    idle = {"a": 0, "b": 0}
    assert backlog.look(idle, 0.1) == changes(hold="a")
    assert backlog.look(idle, 1.0) == NOTHING
    assert backlog.look(idle, 1.4) == changes(release="a")


def test_who_goes_on_though_held_back_is_let_go() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", MAX_DEBT + 10, ["b"], 0.0)
    assert backlog.look({"a": 0, "b": 0}, 0.0) == changes(hold="a", gone="a")


def test_who_left_is_forgotten() -> None:
    backlog = Backlog(RATE)
    backlog.wrote("a", HIGH + 10, ["b"], 0.0)
    backlog.look({"a": 0, "b": 0}, 0.0)
    assert backlog.look({"b": 0}, 0.1) == NOTHING
    assert backlog.look({"a": 0, "b": HIGH + 1}, 0.2) == NOTHING


@pytest.mark.parametrize(
    ("readers", "rate"), [(0, 50), (1, 50), (15, 50), (16, 750 / 16), (75, 10), (99, 10)]
)
def test_the_more_readers_the_fewer_packets(readers: int, rate: float) -> None:
    assert packets(readers) == rate


def test_who_writes_many_small_packets_is_held_until_that_is_paid() -> None:
    backlog, idle = Backlog(RATE), {"a": 0, "b": 0}
    for _ in range(int(AHEAD * PACKETS) - 1):
        assert backlog.may_write("a", 1, 0.0)
    assert backlog.look(idle, 0.0) == NOTHING
    assert [backlog.may_write("a", 1, 0.0) for _ in range(2)] == [True, True]
    assert backlog.look(idle, 0.0) == changes(hold="a")
    assert backlog.look(idle, AHEAD - CAUGHT_UP) == NOTHING
    assert backlog.look(idle, AHEAD - CAUGHT_UP + 0.1) == changes(release="a")


def test_who_goes_on_with_small_packets_though_held_back_is_not_listened_to() -> None:
    backlog = Backlog(RATE)
    taken = sum(backlog.may_write("a", 1, 0.0) for _ in range(10_000))
    assert taken == pytest.approx(MOST_AHEAD * PACKETS, abs=1)
    assert backlog.may_write("b", 1, 0.0)
    assert backlog.may_write("a", 1, 1.0)


def test_who_is_far_ahead_is_known_before_its_packet_is_read() -> None:
    backlog, taken = Backlog(RATE), 0
    while backlog.could_write("a", 5.0):
        assert backlog.may_write("a", 1, 5.0)
        taken += 1
    assert taken == pytest.approx(MOST_AHEAD * PACKETS, abs=1)
    assert not backlog.may_write("a", 1, 5.0)
    assert backlog.could_write("b", 5.0)
    assert backlog.could_write("a", 5.0 + 1 / PACKETS)


def test_who_was_not_listened_to_is_held_for_as_long_as_it_takes_to_write_as_much() -> None:
    backlog = Backlog(RATE)
    for _ in range(int(PACKETS)):
        backlog.refused("a", 5.0)
    assert backlog.look({"a": 0, "b": 0}, 5.0) == changes(hold="a")
    assert backlog.look({"a": 0, "b": 0}, 5.99) == NOTHING
    assert backlog.look({"a": 0, "b": 0}, 6.01) == changes(release="a")


def test_who_was_never_listened_to_is_not_held_for_ever() -> None:
    backlog = Backlog(RATE)
    for _ in range(100_000):
        backlog.refused("a", 5.0)
    assert backlog.look({"a": 0}, 5.0) == changes(hold="a")
    assert backlog.look({"a": 0}, 5.0 + LONGEST_HELD) == changes(release="a")
