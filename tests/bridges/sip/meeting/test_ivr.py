"""A telephone's way into a meeting, event by event."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridges.sip.meeting import ivr
from bridges.sip.meeting.ivr import Ivr
from bridges.sip.meeting.ivr_commands import (
    CheckPin,
    Command,
    Hand,
    HangUp,
    Join,
    Mute,
    Over,
    Quit,
    Say,
    Underlay,
    Visit,
)
from bridges.sip.meeting.ivr_states import State
from bridges.sip.voice.player import Beneath
from bridges.sip.voice.prompts import Language, Prompt, Words, language_of

ADMITTED = Visit("admitted", started=True, ready=True)
LOBBY = Visit("waiting", started=True, ready=False)
MAIN = Visit("admitted", started=True, ready=True, room="main")
FIRST = Visit("admitted", started=True, ready=True, room="a", place=1)
SECOND = Visit("admitted", started=True, ready=True, room="b", place=2)


class Telephone:
    """A machine, its clock, and what it asked for so far."""

    def __init__(self, language: Language = Language.EN) -> None:
        self.ivr = Ivr(language)
        self.now = 100.0
        self.done: list[Command] = []

    def take(self, commands: list[Command]) -> list[Command]:
        self.done += commands
        return commands

    def dial_in(self) -> Telephone:
        self.take(self.ivr.dialled_in(self.now))
        return self

    def keys(self, keys: str) -> list[Command]:
        return [command for key in keys for command in self.take(self.ivr.key(key, self.now))]

    def passes(self, seconds: float) -> list[Command]:
        """Time goes by, timer for timer."""
        until, found = self.now + seconds, []
        while (due := self.ivr.get_timer()) is not None and due <= until:
            self.now = max(self.now, due)
            found += self.take(self.ivr.handle_timer(self.now))
        self.now = until
        return found

    def accepted(self, visit: Visit) -> list[Command]:
        return self.take(self.ivr.pin_accepted(visit, self.now))

    def inside(self, visit: Visit = ADMITTED) -> Telephone:
        """By PIN into a meeting that goes on."""
        self.dial_in().keys("123#")
        assert self.accepted(visit)[-1] == Join()
        self.take(self.ivr.inside(self.now))
        assert self.ivr.state is State.INSIDE
        return self

    def said(self) -> list[Words]:
        return prompts(self.take(self.ivr.said(self.now)))


def prompts(commands: list[Command]) -> list[Words]:
    return [prompt for command in commands if isinstance(command, Say) for prompt in command.prompts]


def test_a_caller_is_greeted_in_one_language_and_told_of_the_other() -> None:
    greeting = Telephone(Language.IT).dial_in().done
    assert greeting == [Say((Prompt.WELCOME,), Language.IT, (Prompt.LANGUAGE,))]


def test_digits_and_hash_make_a_pin_and_the_voice_stops_at_the_first() -> None:
    phone = Telephone().dial_in()
    assert phone.keys("987654321#") == [Say((), Language.EN), CheckPin("987654321")]
    assert phone.ivr.state is State.CHECKING


def test_a_pin_without_hash_counts_after_a_pause() -> None:
    phone = Telephone().dial_in()
    phone.keys("98")
    assert phone.passes(ivr.NEXT_DIGIT_WITHIN - 0.1) == []
    phone.keys("7")
    assert phone.passes(ivr.NEXT_DIGIT_WITHIN - 0.1) == []
    assert phone.passes(0.2) == [CheckPin("987")]


def test_a_star_changes_the_language_or_takes_back_what_was_typed() -> None:
    phone = Telephone(Language.EN).dial_in()
    assert phone.keys("*")[-1] == Say((Prompt.ENTER_PIN,), Language.IT)
    phone.keys("12")
    assert phone.keys("*")[-1] == Say((Prompt.ENTER_PIN,), Language.IT)
    assert phone.keys("34#")[-1] == CheckPin("34")


def test_a_hash_alone_asks_again_and_costs_no_try() -> None:
    phone = Telephone().dial_in()
    for _ in range(5):
        assert prompts(phone.keys("#")) == [Prompt.ENTER_PIN]
    assert phone.keys("1#")[-1] == CheckPin("1")


def test_three_wrong_pins_end_the_call() -> None:
    phone = Telephone().dial_in()
    for _ in range(2):
        phone.keys("1#")
        again = phone.take(phone.ivr.pin_unknown(phone.now))
        assert prompts(again) == [Prompt.WRONG_PIN, Prompt.ENTER_PIN]
    phone.keys("1#")
    assert prompts(phone.take(phone.ivr.pin_unknown(phone.now))) == [Prompt.TOO_MANY]
    assert phone.take(phone.ivr.said(phone.now)) == [HangUp(Over.TOO_MANY)]


def test_endless_digits_are_a_wrong_pin_and_are_not_kept() -> None:
    phone = Telephone().dial_in()
    commands = phone.keys("1" * 5000 + "#")
    assert not [command for command in commands if isinstance(command, CheckPin)]
    assert prompts(commands) == [Prompt.WRONG_PIN, Prompt.ENTER_PIN]


def test_who_types_nothing_is_asked_three_times_and_dismissed() -> None:
    phone = Telephone().dial_in()
    phone.said()
    heard = prompts(phone.passes(ivr.ANSWER_WITHIN))
    phone.said()
    heard += prompts(phone.passes(ivr.ANSWER_WITHIN))
    phone.said()
    heard += prompts(phone.passes(ivr.ANSWER_WITHIN))
    assert heard == [Prompt.ENTER_PIN, Prompt.ENTER_PIN, Prompt.GOODBYE]
    assert phone.passes(ivr.FAREWELL_WITHIN) == [HangUp(Over.SILENT)]


@pytest.mark.parametrize(
    ("visit", "prompt"),
    [
        (LOBBY, Prompt.LOBBY),
        (Visit("admitted", started=False, ready=False), Prompt.NOT_STARTED),
        (Visit("waiting", started=False, ready=False), Prompt.NOT_STARTED),
        (Visit("waiting", started=True, ready=False, encrypted=True), Prompt.ENCRYPTED),
        (Visit("admitted", started=True, ready=False), Prompt.JOINING),
    ],
    ids=["lobby", "not started", "neither", "encrypted", "about to join"],
)
def test_who_has_to_wait_is_told_for_what_and_hears_music(visit: Visit, prompt: Prompt) -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    assert phone.accepted(visit) == [Underlay(Beneath.MUSIC), Say((prompt,), Language.EN)]
    assert phone.take(phone.ivr.visited(visit, phone.now)) == []
    assert prompts(phone.passes(2 * ivr.REMIND_EVERY)) == [prompt, prompt]


def test_from_before_the_start_through_the_lobby_into_the_meeting() -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    phone.accepted(Visit("waiting", started=False, ready=False))
    assert prompts(phone.take(phone.ivr.visited(LOBBY, phone.now))) == [Prompt.LOBBY]
    assert phone.take(phone.ivr.visited(ADMITTED, phone.now)) == [Join()]
    assert phone.take(phone.ivr.inside(phone.now)) == [
        Underlay(Beneath.MEETING),
        Say((Prompt.JOINED,), Language.EN),
    ]
    assert phone.ivr.get_timer() is None


@pytest.mark.parametrize(
    ("state", "encrypted", "prompt", "why"),
    [
        ("refused", False, Prompt.REFUSED, Over.REFUSED),
        ("refused", True, Prompt.ENCRYPTED_CLOSED, Over.REFUSED),
        ("removed", False, Prompt.REMOVED, Over.REMOVED),
        ("left", False, Prompt.ENDED, Over.ENDED),
    ],
)
def test_what_ends_a_visit_is_said_before_the_call_ends(
    state: str, encrypted: bool, prompt: Prompt, why: Over
) -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    phone.accepted(LOBBY)
    assert prompts(phone.take(phone.ivr.visited(Visit(state, True, False, encrypted), phone.now))) == [prompt]
    assert phone.take(phone.ivr.visited(ADMITTED, phone.now)) == []
    assert phone.take(phone.ivr.said(phone.now)) == [HangUp(why)]
    assert phone.passes(1000) == []


@pytest.mark.parametrize("why", list(Over))
def test_a_telephone_is_out_of_the_room_before_it_is_told_why(why: Over) -> None:
    phone = Telephone().inside()
    assert phone.take(phone.ivr.over(why, phone.now))[0] == Quit()


def test_star_six_mutes_and_unmutes_and_star_nine_raises_and_lowers() -> None:
    phone = Telephone().inside()
    hush = Say((), Language.EN)
    assert phone.keys("*6") == [hush, Mute(True), Say((Prompt.MUTED,), Language.EN)]
    assert phone.keys("*6") == [hush, Mute(False), Say((Prompt.UNMUTED,), Language.EN)]
    assert phone.keys("*9") == [hush, Hand(True), Say((Prompt.HAND_RAISED,), Language.EN)]
    assert phone.keys("*9") == [hush, Hand(False), Say((Prompt.HAND_LOWERED,), Language.EN)]


@pytest.mark.parametrize("keys", ["6", "9", "6*", "*5", "*#6", "*A", "**", "0123456789#"])
def test_other_keys_only_quieten_the_voice_in_the_meeting(keys: str) -> None:
    assert set(Telephone().inside().keys(keys)) == {Say((), Language.EN)}


def test_two_stars_are_one() -> None:
    assert Mute(True) in Telephone().inside().keys("**6")


def test_a_star_is_forgotten_after_a_while() -> None:
    phone = Telephone().inside()
    phone.keys("*")
    phone.passes(ivr.STAR_WITHIN + 0.1)
    assert phone.keys("6") == [Say((), Language.EN)]


def test_a_moderator_mutes_and_the_telephone_unmutes_itself() -> None:
    phone = Telephone().inside()
    assert prompts(phone.take(phone.ivr.muted_by_other(True))) == [Prompt.MUTED_BY_MODERATOR]
    assert phone.take(phone.ivr.muted_by_other(True)) == []
    assert Mute(False) in phone.keys("*6")


def test_a_lost_connection_is_told_and_made_again_as_it_was() -> None:
    phone = Telephone().inside()
    phone.keys("*6*9")
    lost = phone.take(phone.ivr.lost(phone.now))
    assert lost == [Underlay(Beneath.MUSIC), Say((Prompt.ONE_MOMENT,), Language.EN)]
    assert phone.take(phone.ivr.visited(ADMITTED, phone.now)) == [Join()]
    again = phone.take(phone.ivr.inside(phone.now))
    assert again == [Underlay(Beneath.MEETING), Mute(True), Hand(True), Say((), Language.EN)]


IN_FIRST, IN_SECOND, BACK = [Prompt.IN_ROOM, 1], [Prompt.IN_ROOM, 2], [Prompt.IN_MAIN_ROOM]


@pytest.mark.parametrize(
    ("places", "heard"),
    [
        ([MAIN], [Prompt.JOINED]),
        ([SECOND], [Prompt.JOINED, *IN_SECOND]),
        ([MAIN, MAIN], [Prompt.JOINED]),
        ([MAIN, FIRST, MAIN], [Prompt.JOINED, *IN_FIRST, *BACK]),
        ([MAIN, FIRST, SECOND, SECOND, MAIN], [Prompt.JOINED, *IN_FIRST, *IN_SECOND, *BACK]),
        # The first was closed: the second is the same room, and has another number.
        ([MAIN, SECOND, Visit("admitted", True, True, room="b", place=1)], [Prompt.JOINED, *IN_SECOND]),
        # Another room has its number now.
        ([FIRST, Visit("admitted", True, True, room="c", place=1)], [Prompt.JOINED, *IN_FIRST, *IN_FIRST]),
    ],
    ids=["main", "at once", "no news", "there and back", "through two", "renumbered", "replaced"],
)
def test_a_telephone_is_told_where_it_was_brought(places: list[Visit], heard: list[Words]) -> None:
    phone = Telephone().inside(places[0])
    for place in places[1:]:
        phone.take(phone.ivr.visited(place, phone.now))
        phone.take(phone.ivr.inside(phone.now))
        assert phone.ivr.state is State.INSIDE
    assert prompts(phone.done)[1:] == heard  # the first is the welcome


def closing(seconds: float, visit: Visit = FIRST) -> Visit:
    """In the first room, which closes in so many seconds."""
    return replace(visit, closes_at=100.0 + seconds)


def test_who_is_in_a_breakout_room_is_warned_before_it_closes() -> None:
    phone = Telephone().inside(closing(300))
    assert phone.passes(269) == []
    assert phone.passes(1) == [Say((Prompt.CLOSING_IN_30,), Language.EN)]
    assert phone.take(phone.ivr.visited(closing(300), phone.now)) == []
    assert phone.passes(30) == []


def test_a_moderator_who_closes_the_rooms_is_heard_at_once() -> None:
    phone = Telephone().inside(FIRST)
    assert prompts(phone.take(phone.ivr.visited(closing(30), phone.now))) == [Prompt.CLOSING_IN_30]
    assert phone.ivr.get_timer() is None
    # Put off, and so told anew; the other room closes with it.
    assert phone.take(phone.ivr.visited(closing(100), phone.now)) == []
    assert phone.take(phone.ivr.visited(closing(100, SECOND), phone.now))[-1] == Join()
    phone.take(phone.ivr.inside(phone.now))
    assert prompts(phone.passes(100)) == [Prompt.CLOSING_IN_30]


def test_who_comes_late_hears_where_it_is_and_that_it_closes() -> None:
    phone = Telephone().inside(MAIN)
    phone.take(phone.ivr.visited(closing(15), phone.now))
    assert phone.passes(1) == []
    assert prompts(phone.take(phone.ivr.inside(phone.now))) == [*IN_FIRST, Prompt.CLOSING_SOON]


def test_nobody_is_warned_in_the_main_room() -> None:
    phone = Telephone().inside(closing(60))
    phone.take(phone.ivr.visited(MAIN, phone.now))
    phone.take(phone.ivr.inside(phone.now))
    assert phone.passes(60) == []


def test_on_the_way_to_another_room_there_is_music_and_mute_and_hand_are_kept() -> None:
    phone = Telephone().inside(MAIN)
    phone.keys("*6*9")
    assert phone.take(phone.ivr.visited(FIRST, phone.now)) == [Quit(), Underlay(Beneath.MUSIC), Join()]
    assert phone.take(phone.ivr.inside(phone.now)) == [
        Underlay(Beneath.MEETING), Mute(True), Hand(True), Say((Prompt.IN_ROOM, 1), Language.EN),
    ]  # fmt: skip
    assert phone.ivr.get_timer() is None


def test_keys_pressed_on_the_way_count_on_arrival() -> None:
    phone = Telephone().inside(MAIN)
    phone.take(phone.ivr.visited(FIRST, phone.now))
    assert prompts(phone.keys("*6")) == [Prompt.MUTED]
    assert Mute(True) in phone.take(phone.ivr.inside(phone.now))


def test_who_is_sent_on_before_having_arrived_goes_there_instead() -> None:
    phone = Telephone().inside(MAIN)
    phone.take(phone.ivr.visited(FIRST, phone.now))
    assert phone.take(phone.ivr.visited(SECOND, phone.now))[-1] == Join()
    assert prompts(phone.take(phone.ivr.inside(phone.now))) == IN_SECOND


def test_a_room_that_cannot_be_entered_is_tried_again_and_its_number_is_told_then() -> None:
    phone = Telephone().inside(MAIN)
    phone.take(phone.ivr.visited(FIRST, phone.now))
    assert prompts(phone.take(phone.ivr.lost(phone.now))) == []
    assert phone.take(phone.ivr.visited(FIRST, phone.now)) == [Join()]
    assert prompts(phone.take(phone.ivr.inside(phone.now))) == IN_FIRST


def test_a_room_that_never_lets_a_telephone_in_ends_the_call() -> None:
    phone = Telephone().inside(MAIN)
    for _ in range(200):
        phone.take(phone.ivr.visited(FIRST, phone.now))
        phone.take(phone.ivr.lost(phone.now))
        phone.passes(0.5)
    assert phone.done[-1] == HangUp(Over.UNAVAILABLE)


@pytest.mark.parametrize("why", [Over.REMOVED, Over.ENDED])
def test_who_is_put_out_of_a_closed_breakout_is_brought_back(why: Over) -> None:
    phone = Telephone().inside(FIRST)
    assert phone.take(phone.ivr.put_out(why, phone.now)) == [Underlay(Beneath.MUSIC)]
    assert phone.take(phone.ivr.visited(MAIN, phone.now)) == [Join()]
    assert prompts(phone.take(phone.ivr.inside(phone.now))) == BACK
    # What was, is forgotten.
    phone.take(phone.ivr.lost(phone.now))
    assert phone.take(phone.ivr.visited(MAIN, phone.now)) == [Join()]


@pytest.mark.parametrize(
    ("why", "visit", "prompt"),
    [
        (Over.REMOVED, FIRST, Prompt.REMOVED),
        (Over.ENDED, FIRST, Prompt.ENDED),
        (Over.ENDED, Visit("removed", started=True, ready=False), Prompt.REMOVED),
    ],
)
def test_who_is_put_out_and_has_no_other_room_is_dismissed(why: Over, visit: Visit, prompt: Prompt) -> None:
    phone = Telephone().inside(FIRST)
    phone.take(phone.ivr.put_out(why, phone.now))
    assert prompts(phone.take(phone.ivr.visited(visit, phone.now))) == [prompt]
    assert phone.ivr.state is State.LEAVING


def test_who_is_put_out_and_hears_nothing_more_is_dismissed() -> None:
    phone = Telephone().inside(FIRST)
    phone.take(phone.ivr.put_out(Over.REMOVED, phone.now))
    phone.passes(ivr.LOST_AT_MOST + ivr.FAREWELL_WITHIN)
    assert phone.done[-1] == HangUp(Over.UNAVAILABLE)


def test_a_ticket_is_not_used_before_the_meeting_has_started() -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    assert prompts(phone.accepted(Visit("admitted", started=False, ready=True))) == [Prompt.NOT_STARTED]
    assert phone.take(phone.ivr.visited(ADMITTED, phone.now)) == [Join()]


def test_a_meeting_that_all_others_have_left_ends_after_a_while() -> None:
    phone = Telephone().inside()
    phone.take(phone.ivr.visited(Visit("admitted", started=False, ready=True), phone.now))
    assert prompts(phone.passes(ivr.ALONE_AT_MOST + 1)) == [Prompt.ENDED]
    assert phone.take(phone.ivr.said(phone.now)) == [HangUp(Over.ENDED)]


def test_somebody_who_comes_back_in_time_keeps_the_meeting_going() -> None:
    phone = Telephone().inside()
    phone.take(phone.ivr.visited(Visit("admitted", started=False, ready=True), phone.now))
    phone.passes(ivr.ALONE_AT_MOST - 1)
    phone.take(phone.ivr.visited(ADMITTED, phone.now))
    assert phone.passes(1000) == []


def test_after_a_failure_the_room_is_entered_though_nobody_is_back_yet() -> None:
    phone, empty = Telephone().inside(), Visit("admitted", started=False, ready=True)
    phone.take(phone.ivr.lost(phone.now))
    assert phone.take(phone.ivr.visited(empty, phone.now)) == [Join()]
    phone.take(phone.ivr.inside(phone.now))
    assert prompts(phone.passes(ivr.ALONE_AT_MOST + 1)) == [Prompt.ENDED]


def test_a_connection_that_never_comes_back_ends_the_call() -> None:
    phone = Telephone().inside()
    phone.take(phone.ivr.lost(phone.now))
    for _ in range(200):
        phone.take(phone.ivr.visited(ADMITTED, phone.now))
        phone.take(phone.ivr.lost(phone.now))
        phone.passes(0.5)
    assert phone.done[-1] == HangUp(Over.UNAVAILABLE)
    assert Prompt.UNAVAILABLE in prompts(phone.done)


def test_a_meeting_that_cannot_be_entered_ends_the_call() -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    phone.accepted(ADMITTED)
    for _ in range(200):
        phone.take(phone.ivr.lost(phone.now))
        phone.passes(0.5)
        phone.take(phone.ivr.visited(ADMITTED, phone.now))
    assert phone.done[-1] == HangUp(Over.UNAVAILABLE)


def test_nobody_waits_for_ever() -> None:
    phone = Telephone().dial_in()
    phone.keys("1#")
    phone.accepted(LOBBY)
    phone.passes(ivr.WAIT_AT_MOST + ivr.FAREWELL_WITHIN)
    assert phone.done[-1] == HangUp(Over.SILENT)


def test_a_telephone_that_we_called_hears_where_it_goes_and_is_joined() -> None:
    phone = Telephone()
    phone.take(phone.ivr.dialled_out(phone.now))
    assert prompts(phone.done) == [Prompt.JOINING]
    assert phone.take(phone.ivr.visited(Visit("calling", True, False), phone.now)) == []
    assert phone.take(phone.ivr.visited(ADMITTED, phone.now)) == [Join()]


def test_nothing_happens_after_the_telephone_hung_up() -> None:
    phone = Telephone().inside()
    phone.ivr.hung_up()
    phone.done.clear()
    phone.keys("*6#1")
    for commands in (
        phone.ivr.visited(ADMITTED, phone.now), phone.ivr.lost(phone.now), phone.ivr.inside(phone.now),
        phone.ivr.muted_by_other(True), phone.ivr.said(phone.now), phone.ivr.over(Over.ENDED, phone.now),
        phone.ivr.put_out(Over.REMOVED, phone.now), phone.ivr.visited(FIRST, phone.now),
        phone.passes(10_000),
    ):  # fmt: skip
        phone.take(commands)
    assert phone.done == []


@given(st.lists(st.sampled_from("0123456789*#ABCD?") | st.floats(0, 70), max_size=60), st.booleans())
def test_no_keys_and_no_timing_break_the_machine(events: list[str | float], inside: bool) -> None:
    phone = Telephone().inside() if inside else Telephone().dial_in()
    for event in events:
        if isinstance(event, float):
            phone.passes(event)
        else:
            phone.keys(event)
        if phone.ivr.state is State.CHECKING:
            phone.take(phone.ivr.pin_unknown(phone.now))
    pins = [command for command in phone.done if isinstance(command, CheckPin)]
    assert len(pins) <= ivr.TRIES
    assert all(len(command.pin) <= ivr.PIN_DIGITS for command in pins)


@pytest.mark.parametrize(
    ("number", "region", "language"),
    [
        ("+390612345", "GB", Language.IT),
        ("+3780549", "GB", Language.IT),
        ("+442012345", "IT", Language.EN),
        ("201", "IT", Language.IT),
        ("201", "GB", Language.EN),
        (None, "it", Language.IT),
        (None, "US", Language.EN),
    ],
)
def test_the_language_is_guessed_from_the_number_else_from_the_house(
    number: str | None, region: str, language: Language
) -> None:
    assert language_of(number, region) is language


# --- over a restart ---


def reborn(before: Telephone) -> Telephone:
    """The telephone in the next process."""
    after = Telephone(before.ivr.language.other)
    after.ivr = Ivr.restore(json.loads(json.dumps(before.ivr.snapshot())))
    after.now = 7.0
    return after


@pytest.mark.parametrize("typed", ["", "12", "123456789#"])
def test_who_was_asked_for_the_pin_is_asked_again_in_the_same_language(typed: str) -> None:
    before = Telephone().dial_in()
    before.keys("*" + typed)
    after = reborn(before)
    assert after.take(after.ivr.resumed(after.now)) == [
        Underlay(Beneath.SILENCE),
        Say((Prompt.ENTER_PIN,), Language.IT),
    ]
    assert after.keys("1#") == [Say((), Language.IT), CheckPin("1")]


def test_who_was_inside_comes_back_as_muted_as_before_without_waiting_for_others() -> None:
    before = Telephone().dial_in()
    before.keys("1#")
    before.take(before.ivr.pin_accepted(FIRST, before.now))
    before.take(before.ivr.inside(before.now))
    before.keys("*6*9")
    after = reborn(before)
    assert after.take(after.ivr.resumed(after.now)) == [
        Underlay(Beneath.MUSIC),
        Say((Prompt.ONE_MOMENT,), Language.EN),
    ]
    alone = replace(FIRST, started=False)
    assert after.take(after.ivr.visited(alone, after.now)) == [Join()]
    # It is where it was: nothing is new but that it is heard again.
    assert after.take(after.ivr.inside(after.now)) == [
        Underlay(Beneath.MEETING),
        Mute(True),
        Hand(True),
        Say((), Language.EN),
    ]


def test_who_waited_to_be_let_in_waits_on() -> None:
    before = Telephone().dial_in()
    before.keys("1#")
    before.take(before.ivr.pin_accepted(LOBBY, before.now))
    after = reborn(before)
    assert after.take(after.ivr.resumed(after.now)) == [Underlay(Beneath.MUSIC)]
    assert after.take(after.ivr.visited(LOBBY, after.now)) == [Say((Prompt.LOBBY,), Language.EN)]
    assert after.take(after.ivr.visited(ADMITTED, after.now)) == [Join()]


def test_who_was_leaving_does_not_come_back() -> None:
    before = Telephone().dial_in()
    before.take(before.ivr.over(Over.UNAVAILABLE, before.now))
    with pytest.raises(ValueError, match="leaving"):
        reborn(before)


def test_who_talks_already_is_in_the_room_at_once_and_is_told_nothing() -> None:
    phone, alone = Telephone(), replace(MAIN, started=False)
    phone.take(phone.ivr.brought(phone.now))
    assert phone.take(phone.ivr.visited(alone, phone.now)) == [Join()]
    assert phone.take(phone.ivr.inside(phone.now)) == [Underlay(Beneath.MEETING), Say((), Language.EN)]
    # In another room it is told, as everybody is.
    phone.take(phone.ivr.visited(FIRST, phone.now))
    (*_, said) = phone.take(phone.ivr.inside(phone.now))
    assert said == Say((Prompt.IN_ROOM, 1), Language.EN)


def test_who_was_brought_and_is_left_alone_is_let_go() -> None:
    phone, alone = Telephone(), replace(MAIN, started=False)
    phone.take(phone.ivr.brought(phone.now))
    phone.take(phone.ivr.visited(MAIN, phone.now))
    phone.take(phone.ivr.inside(phone.now))
    assert not phone.passes(3600)
    phone.take(phone.ivr.visited(alone, phone.now))
    assert phone.passes(ivr.ALONE_AT_MOST + 1)[-1] == Say((Prompt.ENDED,), Language.EN)
