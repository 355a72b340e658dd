"""A caller in the menus of an attendant, told as stories; time is an argument."""

from __future__ import annotations

import pytest

from bridges.sip.attendant.menus import (
    DIGIT_WITHIN,
    DOUBLED,
    FOUND_WITHIN,
    GONE_WITHIN,
    SAID_WITHIN,
    Command,
    Find,
    GoOn,
    HangUp,
    Menus,
    Say,
    State,
)
from bridges.sip.voice.prompts import Prompt
from wire.attendant import Again, Back, DialExtension, DialName, End, Go, Menu, Named

TOP, BELOW, LATE = "1" * 32, "2" * 32, "3" * 32
MENU = Menu(
    TOP,
    {
        "1": Go("menu:a:open.1:"),
        "2": Menu(BELOW, {"1": Go("menu:a:open.2.1:"), "*": Back()}, seconds=3.0),
        "8": DialName("menu:a:open.8:"),
        "9": DialExtension("menu:a:open.9:"),
        "*": Again(),
        "#": End(),
    },
    otherwise=Go("menu:a:open.otherwise:"),
)
HUNG_UP = [Say((Prompt.GOODBYE,))]


class Caller:
    """Somebody in the menus of `menu`, and the clock."""

    def __init__(self, menu: Menu = MENU) -> None:
        self.machine, self.now = Menus(menu), 0.0
        self.began = self.machine.begin(self.now)

    def press(self, keys: str) -> list[Command]:
        """One after the other; what the last one does."""
        found: list[Command] = []
        for key in keys:
            self.now += 0.2
            found = self.machine.key(key, self.now)
        return found

    def said(self) -> list[Command]:
        return self.machine.said(self.now)

    def wait(self, seconds: float) -> list[Command]:
        self.now += seconds
        return self.machine.handle_timer(self.now)


def test_a_key_in_the_middle_of_the_words_leads_on_at_once() -> None:
    caller = Caller()
    assert caller.began == [Say((TOP,))]
    assert caller.press("1") == [Say(()), GoOn("menu:a:open.1:")]
    assert caller.press("2") == []  # somebody is being called
    assert caller.machine.get_timer() is None


def test_who_knows_the_menus_presses_ahead() -> None:
    assert Caller().press("21") == [Say(()), GoOn("menu:a:open.2.1:")]


def test_keys_that_come_before_the_voice_count() -> None:
    machine = Menus(MENU)
    assert machine.key("2", 0.0) + machine.key("1", 0.2) == []
    assert machine.begin(0.4) == [Say(()), GoOn("menu:a:open.2.1:")]


def test_a_key_that_is_heard_twice_is_one_press() -> None:
    caller = Caller(Menu(TOP, {"1": Menu(BELOW, {"1": Go("deep")})}))
    assert caller.machine.key("1", 1.0) == [Say((BELOW,))]
    assert caller.machine.key("1", 1.0 + DOUBLED * 0.9) == []
    assert caller.machine.key("1", 1.0 + DOUBLED * 2) == [Say(()), GoOn("deep")]


def test_back_again_and_the_end() -> None:
    caller = Caller()
    assert caller.press("2") == [Say((BELOW,))]
    assert caller.press("*") == [Say((TOP,))]
    assert caller.press("*") == [Say((TOP,))]
    assert caller.press("#") == HUNG_UP
    assert caller.said() == [HangUp()]
    assert caller.machine.gone


def test_whoever_presses_nothing_hears_it_three_times_and_goes_on() -> None:
    caller = Caller()
    for _ in range(2):
        assert caller.said() == []
        assert caller.wait(4.9) == []
        assert caller.wait(0.1) == [Say((TOP,))]
    caller.said()
    assert caller.wait(5.0) == [Say(()), GoOn("menu:a:open.otherwise:")]
    # Who has not asked for anybody does not hear the menu for ever.
    assert caller.machine.not_reached(caller.now) == [Say((Prompt.ATTENDANT_NOT_REACHED, Prompt.GOODBYE))]
    assert caller.said() == [HangUp()]


def test_a_key_that_does_nothing_is_said_and_counts() -> None:
    caller = Caller()
    assert caller.press("7") == [Say((Prompt.ATTENDANT_WRONG, TOP))]
    assert caller.press("7") == [Say((Prompt.ATTENDANT_WRONG, TOP))]
    assert caller.press("7") == [Say(()), GoOn("menu:a:open.otherwise:")]


def test_another_menu_counts_anew() -> None:
    caller = Caller()
    caller.press("77")
    assert caller.press("2") == [Say((BELOW,))]
    assert caller.press("7") == [Say((Prompt.ATTENDANT_WRONG, BELOW))]
    assert caller.press("7") == [Say((Prompt.ATTENDANT_WRONG, BELOW))]
    assert caller.press("7") == HUNG_UP  # this one leads nowhere


def test_words_without_keys_are_said_once() -> None:
    caller = Caller(Menu(TOP, seconds=0.5, tries=1, otherwise=Go("mailbox")))
    assert caller.press("5") == []
    caller.said()
    assert caller.wait(0.5) == [Say(()), GoOn("mailbox")]


def test_where_nothing_leads_on_there_may_be_a_menu_for_the_silent() -> None:
    caller = Caller(Menu(TOP, {"1": Go("x")}, otherwise=Menu(LATE, {"2": Go("y")}), tries=1))
    caller.said()
    assert caller.wait(5.0) == [Say((LATE,))]
    assert caller.press("2") == [Say(()), GoOn("y")]
    assert caller.machine.not_reached(caller.now) == [Say((Prompt.ATTENDANT_NOT_REACHED, LATE))]


def test_nobody_takes_it_and_the_menu_is_there_again() -> None:
    caller = Caller()
    caller.press("1")
    assert caller.machine.not_reached(caller.now) == [Say((Prompt.ATTENDANT_NOT_REACHED, TOP))]
    assert caller.press("1") == [Say(()), GoOn("menu:a:open.1:")]


@pytest.mark.parametrize("keys", ["203#", "203456"])
def test_an_extension_is_dialled(keys: str) -> None:
    caller = Caller()
    assert caller.press("9") == [Say((Prompt.ATTENDANT_EXTENSION,))]
    assert caller.press("2") == [Say(())]
    assert caller.press(keys[1:]) == [Say(()), GoOn(f"menu:a:open.9:{keys.rstrip('#')}")]


def test_an_extension_is_whole_when_no_digit_follows() -> None:
    caller = Caller()
    caller.press("9203")
    assert caller.wait(DIGIT_WITHIN) == [Say(()), GoOn("menu:a:open.9:203")]


def test_who_dials_nothing_is_in_the_menu_again() -> None:
    caller = Caller()
    caller.press("9")
    caller.said()
    assert caller.wait(DIGIT_WITHIN) == [Say((TOP,))]
    caller.press("9")
    assert caller.press("*") == [Say((TOP,))]


def test_a_name_is_spelled_and_chosen() -> None:
    caller = Caller()
    assert caller.press("8") == [Say((Prompt.ATTENDANT_NAME,))]
    caller.press("7677")
    assert caller.press("#") == [Say(()), Find("7677")]
    assert caller.press("1") == []  # nobody is offered yet
    offered = caller.machine.found([Named("@anna:x", LATE), Named("@carla:x")], caller.now)
    assert offered == [Say((LATE, Prompt.ATTENDANT_PRESS, 1, Prompt.ATTENDANT_PRESS, 2))]
    assert caller.press("3") == []
    assert caller.press("2") == [Say(()), GoOn("menu:a:open.8:@carla:x")]


def test_a_name_that_nobody_has_or_that_cannot_be_looked_for() -> None:
    caller = Caller()
    caller.press("87677#")
    assert caller.machine.found([], caller.now) == [Say((Prompt.ATTENDANT_NO_NAME, TOP))]
    caller.press("87677#")
    assert caller.wait(FOUND_WITHIN) == [Say((Prompt.ATTENDANT_NO_NAME, TOP))]
    assert caller.machine.found([Named("@anna:x")], caller.now) == []  # too late


def test_words_whose_end_is_never_told_do_not_hold_a_caller() -> None:
    caller = Caller()
    assert caller.wait(SAID_WITHIN) == []
    assert caller.machine.state is State.WAITING


@pytest.mark.parametrize(
    ("keys", "again"),
    [("", [Say((TOP,))]), ("2", [Say((BELOW,))]), ("9", [Say((TOP,))]), ("87", [Say((TOP,))])],
)
def test_after_a_restart_the_caller_is_in_the_same_menu(keys: str, again: list[Command]) -> None:
    caller = Caller()
    caller.press(keys)
    restored = Menus.restore(MENU, caller.machine.snapshot())
    assert restored.begin(100.0) == again


def test_after_a_restart_somebody_is_still_called_for_the_caller() -> None:
    caller = Caller()
    caller.press("1")
    restored = Menus.restore(MENU, caller.machine.snapshot())
    assert restored.begin(100.0) == []
    assert restored.handle_timer(100.0 + GONE_WITHIN) == [Say((Prompt.ATTENDANT_NOT_REACHED, TOP))]


def test_after_a_restart_a_group_may_ring_for_longer_and_its_end_is_told() -> None:
    caller = Caller()
    caller.press("1")
    restored = Menus.restore(MENU, caller.machine.snapshot())
    restored.is_told()
    assert restored.begin(100.0) == []
    assert restored.get_timer() is None
    assert restored.not_reached(500.0) == [Say((Prompt.ATTENDANT_NOT_REACHED, TOP))]


def test_what_is_no_snapshot() -> None:
    for way in (["1"], ["5"], ["2", "2"]):
        with pytest.raises(ValueError):
            Menus.restore(MENU, {"way": way, "missed": 0, "going": False, "unasked": False})


def test_who_hangs_up_is_gone() -> None:
    caller = Caller()
    assert caller.machine.hung_up() == []
    assert caller.machine.gone
    assert caller.press("1") == []
