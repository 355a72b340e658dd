"""Slots for parked calls, with explicit time."""

import pytest

from bridges.sip.call_control.parking import NoFreeSlot, ParkingLot


def lot() -> ParkingLot:
    return ParkingLot(["700", "701"], 120.0)


def test_a_call_waits_in_the_first_free_slot_or_in_the_one_asked_for() -> None:
    slots = lot()
    assert slots.park(10.0) == "700"
    assert slots.park(20.0, "701") == "701"
    assert slots.back_in("700", 30.0) == 100.0


@pytest.mark.parametrize("slot", [None, "700", "702", ""])
def test_where_nothing_is_free_nothing_is_parked(slot: str | None) -> None:
    slots = lot()
    slots.park(0.0)
    slots.park(0.0)
    with pytest.raises(NoFreeSlot):
        slots.park(0.0, slot)


def test_a_slot_is_free_again_when_its_call_was_fetched() -> None:
    slots = lot()
    slots.park(0.0)
    slots.free("700")
    slots.free("700")
    assert slots.get_timer() is None
    assert slots.park(5.0) == "700"


def test_a_call_that_nobody_fetches_goes_back_in_time_and_again() -> None:
    slots = lot()
    slots.park(0.0)
    slots.park(30.0)
    assert slots.get_timer() == 120.0
    assert slots.handle_timer(119.9) == []
    assert slots.handle_timer(120.0) == ["700"]
    assert slots.get_timer() == 150.0
    assert slots.handle_timer(150.0) == ["701"]
    assert slots.get_timer() == 240.0
    with pytest.raises(NoFreeSlot):
        slots.park(151.0, "700")
    assert "700" in slots
    assert "702" not in slots


def test_the_next_process_goes_on_with_what_is_left_of_the_stay() -> None:
    slots = lot()
    assert slots.park(5.0, "701", 40.0) == "701"
    assert slots.get_timer() == 45.0
