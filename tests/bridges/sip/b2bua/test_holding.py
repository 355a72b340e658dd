"""Who is told what, and who hears music, in every way to hold a call."""

from __future__ import annotations

import pytest

from bridges.sdp.direction import Direction
from bridges.sip.b2bua.holding import Holding

SENDRECV, SENDONLY = Direction.SENDRECV, Direction.SENDONLY
RECVONLY, INACTIVE = Direction.RECVONLY, Direction.INACTIVE


def holding(*, music: bool = True, **described: Direction) -> Holding:
    made = Holding(music=music)
    for leg, way in described.items():
        made.describes(leg, way, line=False)
    return made


@pytest.mark.parametrize(
    ("way", "told", "hear"),
    [
        (SENDRECV, None, set()),
        (RECVONLY, None, set()),
        (SENDONLY, SENDONLY, {"b"}),
        (INACTIVE, SENDONLY, {"b"}),
    ],
)
def test_who_does_not_listen_holds_whatever_it_writes(
    way: Direction, told: Direction | None, hear: set[str]
) -> None:
    made = holding(a=way)
    assert made.holds("a") is bool(hear)
    assert made.told_by("a") == made.told_to("b", "a") == told
    assert made.listeners("a", "b") == made.listeners("b", "a") == hear


@pytest.mark.parametrize("way", [SENDONLY, INACTIVE])
def test_without_music_a_device_says_itself_what_the_other_is_told(way: Direction) -> None:
    made = holding(music=False, a=way)
    assert made.holds("a")
    assert made.told_by("a") is None
    assert made.listeners("a", "b") == set()


def test_without_music_a_command_makes_both_silent() -> None:
    made = holding(music=False)
    made.command("a", hold=True)
    assert made.told_by("a") is INACTIVE
    assert made.told_to("a", "b") is RECVONLY
    assert made.listeners("a", "b") == set()


def test_when_both_hold_nobody_listens_and_who_comes_back_first_hears_music() -> None:
    made = holding(a=SENDONLY, b=INACTIVE)
    assert made.listeners("a", "b") == set()
    made.describes("a", SENDRECV, line=False)
    assert (made.holds("a"), made.holds("b")) == (False, True)
    assert made.listeners("a", "b") == {"a"}
    assert made.told_to("a", "b") is SENDONLY


def test_a_command_holds_without_a_word_of_the_device_and_ends_by_a_command() -> None:
    made = holding(a=SENDRECV, b=SENDRECV)
    assert made.command("a", hold=True)
    assert made.told_by("a") is SENDONLY
    assert made.told_to("a", "b") is RECVONLY
    assert made.listeners("a", "b") == {"b"}
    made.describes("a", SENDRECV, line=False)  # a new address, not a resume
    assert made.holds("a")
    assert made.command("a", hold=False)
    assert not made.holds("a")
    assert made.told_by("a") is None and made.told_to("a", "b") is None


def test_what_the_device_holds_it_alone_can_end_and_that_ends_a_command_too() -> None:
    made = holding(a=SENDONLY)
    assert made.command("a", hold=True)
    assert not made.command("a", hold=False)
    assert made.holds("a")
    made.command("a", hold=True)
    made.describes("a", SENDRECV, line=False)
    assert not made.holds("a")


def test_a_line_that_holds_and_sends_plays_its_own_music() -> None:
    made = Holding(music=True)
    made.describes("line", SENDONLY, line=True)
    assert made.holds("line") and made.told_by("line") is None
    assert made.listeners("line", "b") == set()
    made.describes("line", INACTIVE, line=True)
    assert made.told_by("line") is SENDONLY
    assert made.listeners("line", "b") == {"b"}


def test_who_left_holds_nobody() -> None:
    made = holding(a=SENDONLY)
    made.command("a", hold=True)
    made.forget("a")
    assert not made.holds("a")
    assert made.listeners("a", "b") == set()
