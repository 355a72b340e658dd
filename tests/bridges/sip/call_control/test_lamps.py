"""What a busy lamp shows of somebody's calls."""

from collections.abc import Sequence

import pytest

from bridges.sip.b2bua.identity import PICK_UP_TAG
from bridges.sip.call_control.lamps import Lamps, lamp_of
from bridges.sip.subscription import Lamp, LampState, Presentity
from wire.presence import PersonPresence, State
from wire.route import Party
from wire.state import LiveCall

ANNA, BRUNO = "@anna:localhost", "@bruno:localhost"
CHIARA = Party("@chiara:localhost", "Chiara Conti", "203")
#: As Bruno's own phonebook calls them, which is nobody else's business.
DENTIST = Party("@_tel_+39061:localhost", "My dentist", "+39061")
RINGS = LiveCall("01R", "inbound", CHIARA, "ringing", 1_000)
TALKS = LiveCall("01T", "inbound", CHIARA, "talking", 2_000, "desk_phone")
HOLDS = LiveCall("01H", "inbound", CHIARA, "held", 2_500, "desk_phone")
CALLS = LiveCall("01C", "outbound", CHIARA, "ringing", 3_000, "desk_phone")
RINGING = Lamp(LampState.EARLY, True, ("sip:203@localhost", "Chiara Conti"), "01R", PICK_UP_TAG, PICK_UP_TAG)


@pytest.mark.parametrize(
    ("calls", "lamp"),
    [
        ([], Lamp()),
        ([RINGS], RINGING),
        ([TALKS], Lamp(LampState.CONFIRMED, True)),
        ([CALLS], Lamp(LampState.EARLY)),
        (
            [LiveCall("01D", "inbound", DENTIST, "ringing", 1_000)],
            Lamp(LampState.EARLY, True, ("sip:+39061@localhost", "+39061"), "01D", PICK_UP_TAG, PICK_UP_TAG),
        ),
        ([TALKS, RINGS], RINGING),
        ([CALLS, TALKS], Lamp(LampState.CONFIRMED, True)),
    ],
)
def test_one_lamp_for_all_calls_of_a_person(calls: Sequence[LiveCall], lamp: Lamp) -> None:
    assert lamp_of(calls, "localhost") == lamp


def test_who_withholds_their_number_is_nobody_on_a_lamp() -> None:
    hidden = LiveCall("01R", "inbound", Party(), "ringing", 1_000)
    assert lamp_of([hidden], "localhost").remote == ("sip:anonymous@anonymous.invalid", "Anonymous")


class Slots(dict[str, object]):
    """Those that there are, and whether they hold a call."""

    def leg_at(self, slot: str) -> object | None:
        return self[slot]

    def taken(self) -> list[str]:
        return [slot for slot, leg in self.items() if leg is not None]


class Watchers:
    """Remember what they were told."""

    def __init__(self) -> None:
        self.told: list[list[str]] = []

    def changed(self, resources: Sequence[str]) -> None:
        self.told.append(list(resources))


async def owner(extension: str) -> str | None:
    return BRUNO if extension == "202" else None


async def test_watchers_are_told_of_lamps_that_changed() -> None:
    calls: dict[str, list[LiveCall]] = {}
    lamps, watchers = Lamps(owner, lambda: dict(calls), "localhost", Slots()), Watchers()
    for now in ({BRUNO: [RINGS]}, {BRUNO: [RINGS], ANNA: [TALKS]}, {BRUNO: [TALKS]}, {}):
        calls.clear()
        calls.update(now)
        lamps.look(watchers)
    lamps.look(watchers)
    told = [sorted(each) for each in watchers.told]
    assert told == [[BRUNO], [ANNA], [ANNA, BRUNO], [BRUNO], []]
    assert lamps.lamp(BRUNO) == Lamp()


def test_watchers_are_told_of_slots_that_hold_another_call_or_none() -> None:
    slots, watchers = Slots({"700": None, "701": None}), Watchers()
    lamps = Lamps(owner, dict, "localhost", slots)
    for taken in ("700", "701", None):
        slots.update({slot: object() if slot == taken else None for slot in slots})
        lamps.look(watchers)
    assert [sorted(each) for each in watchers.told] == [["700"], ["700", "701"], ["701"]]


@pytest.mark.parametrize(
    ("state", "calls", "lamp", "shown"),
    [
        ("available", [], Lamp(), "available"),
        ("offline", [], Lamp(), "offline"),
        ("busy", [], Lamp(), "busy"),
        ("do_not_disturb", [], Lamp(LampState.CONFIRMED), "do_not_disturb"),
        ("in_a_meeting", [], Lamp(LampState.CONFIRMED), "in_a_meeting"),
        ("in_a_meeting", [RINGS], RINGING, "ringing"),
        ("do_not_disturb", [TALKS], Lamp(LampState.CONFIRMED, True), "on_the_phone"),
        ("available", [HOLDS], Lamp(LampState.CONFIRMED, True, held=True), "held"),
        ("available", [HOLDS, CALLS], Lamp(LampState.CONFIRMED, True), "on_the_phone"),
    ],
)
def test_calls_go_before_what_the_web_says_beside_them(
    state: State, calls: Sequence[LiveCall], lamp: Lamp, shown: State
) -> None:
    lamps, watchers = Lamps(owner, lambda: {BRUNO: calls}, "localhost", Slots()), Watchers()
    lamps.people_are({BRUNO: PersonPresence(state, "in Milano")}, watchers)
    lamps.look(watchers)
    assert lamps.lamp(BRUNO) == lamp
    assert lamps.presentity(BRUNO) == Presentity(shown, "in Milano")


def test_watchers_are_told_of_people_who_are_otherwise_beside_their_calls() -> None:
    lamps, watchers = Lamps(owner, dict, "localhost", Slots()), Watchers()
    away, back = PersonPresence("away"), PersonPresence("available")
    for people in ({BRUNO: away, ANNA: away}, {BRUNO: back, ANNA: away}, {ANNA: away}):
        lamps.people_are(people, watchers)
    assert [sorted(each) for each in watchers.told] == [[ANNA, BRUNO], [BRUNO], []]
    assert lamps.presentity(BRUNO) == Presentity("available")


@pytest.mark.parametrize(
    ("watched", "resource"),
    [("202", BRUNO), ("700", "700"), ("299", None), ("", None), ("anna", None), ("1" * 30, None)],
)
async def test_extensions_are_watched(watched: str, resource: str | None) -> None:
    assert await Lamps(owner, dict, "localhost", Slots({"700": None})).resource(watched) == resource


def test_the_lamp_of_a_slot_burns_while_it_holds_a_call() -> None:
    slots = Slots({"700": None})
    lamps = Lamps(owner, dict, "localhost", slots)
    assert lamps.lamp("700") == Lamp()
    slots["700"] = object()
    assert lamps.lamp("700") == Lamp(LampState.CONFIRMED, True)
