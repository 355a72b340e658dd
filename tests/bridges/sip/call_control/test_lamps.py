"""What a busy lamp shows of somebody's calls."""

from collections.abc import Sequence

import pytest

from bridges.sip.b2bua.identity import PICK_UP_TAG
from bridges.sip.call_control.lamps import Lamps, lamp_of
from bridges.sip.subscription import Lamp, LampState
from wire.route import Party
from wire.state import LiveCall

BRUNO = "@bruno:localhost"
CHIARA = Party("@chiara:localhost", "Chiara Conti", "203")
#: As Bruno's own phonebook calls them, which is nobody else's business.
DENTIST = Party("@_tel_+39061:localhost", "My dentist", "+39061")
RINGS = LiveCall("01R", "inbound", CHIARA, "ringing", 1_000)
TALKS = LiveCall("01T", "inbound", CHIARA, "talking", 2_000, "desk_phone")
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


class Watchers:
    """Watch what they are told to, and remember what they were told."""

    def __init__(self) -> None:
        self.watched = [BRUNO]
        self.told: list[list[str]] = []

    def changed(self, resources: Sequence[str]) -> None:
        self.told.append(list(resources))

    def resources(self) -> list[str]:
        return self.watched


async def owner(extension: str) -> str | None:
    return BRUNO if extension == "202" else None


async def test_watchers_are_told_of_lamps_that_changed() -> None:
    calls: dict[str, list[LiveCall]] = {}
    lamps, watchers = Lamps(owner, lambda: calls, "localhost", Slots()), Watchers()
    for now in ({BRUNO: [RINGS]}, {BRUNO: [RINGS], "@anna:localhost": [TALKS]}, {BRUNO: [TALKS]}, {}):
        calls.clear()
        calls.update(now)
        lamps.look(watchers)
    assert watchers.told == [[BRUNO], [], [BRUNO], [BRUNO]]
    assert lamps.lamp(BRUNO) == Lamp()
    # One who begins to watch between two looks is told of what changes next.
    watchers.watched.append("@anna:localhost")
    calls["@anna:localhost"] = [TALKS]
    lamps.look(watchers)
    assert watchers.told[-1] == ["@anna:localhost"]


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
