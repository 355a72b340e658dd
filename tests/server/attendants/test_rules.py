"""Attendants: what their trees do, whom a spelled name may mean, and what goes round."""

import pytest
from msgspec.structs import replace

from server.attendants import rules
from server.attendants.rules import (
    Action,
    Attendant,
    AttendantRefusal,
    Back,
    ByExtension,
    ByName,
    Chosen,
    HangUp,
    Menu,
    NothingSaid,
    NowhereToGoBack,
    Prompt,
    Repeat,
    TooManyMenus,
    changed,
    check_shape,
    chosen,
    goes_round,
    menus,
    planned,
    spelled,
)
from server.forwarding.rules import ToColleague
from server.groups.rules import RingGroup, ToAttendant, ToGroup
from server.hours.rules import State
from wire import attendant as wire

SOUND = "0" * 32
SAID = Prompt("Welcome", SOUND)
BRUNO = ToColleague("@bruno:x")
BELOW = Menu(SAID, {"1": BRUNO, "*": Back()}, otherwise=ToGroup("g"))
OPEN = Menu(SAID, {"1": BRUNO, "2": BELOW, "8": ByName(), "9": ByExtension(), "#": Repeat()})
FRONT = Attendant(id="a", name="Front", extension="300", open=OPEN, closed=Menu(SAID), holiday=HangUp())


@pytest.mark.parametrize(
    ("attendant", "state", "branch"),
    [
        (FRONT, "open", "open"),
        (FRONT, "closed", "closed"),
        (FRONT, "holiday", "holiday"),
        (replace(FRONT, holiday=None), "holiday", "closed"),
        (replace(FRONT, holiday=None, closed=None), "holiday", "open"),
        (replace(FRONT, closed=None), "closed", "open"),
    ],
)
def test_which_branch_is_played(attendant: Attendant, state: State, branch: State) -> None:
    assert attendant.branch(state) == (branch, getattr(attendant, branch))


def test_the_bridge_plays_the_menu_with_all_below_it() -> None:
    assert planned(FRONT, ("open",)) == wire.Menu(
        SOUND,
        {
            "1": wire.Go("menu:a:open.1:"),
            "2": wire.Menu(
                SOUND,
                {"1": wire.Go("menu:a:open.2.1:"), "*": wire.Back()},
                wire.Go("menu:a:open.2.otherwise:"),
            ),
            "8": wire.DialName("menu:a:open.8:"),
            "9": wire.DialExtension("menu:a:open.9:"),
            "#": wire.Again(),
        },
    )
    # What has no keys is only said.
    assert planned(FRONT, ("closed",)) == wire.Menu(SOUND, seconds=0.5, tries=1)
    assert planned(FRONT, ("holiday",)) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("menu:a:open.1:", Chosen("a", ("open", "1"))),
        ("menu:a:open.9:203", Chosen("a", ("open", "9"), "203")),
        ("menu:a:open.8:@anna:x", Chosen("a", ("open", "8"), "@anna:x")),
        ("menu:a:open", None),
        ("203", None),
    ],
)
def test_what_was_chosen(said: str, expected: Chosen | None) -> None:
    assert chosen(said) == expected


@pytest.mark.parametrize(
    ("path", "action"),
    [
        (("open",), OPEN),
        (("open", "2", "1"), BRUNO),
        (("open", "2", "otherwise"), ToGroup("g")),
        (("open", "3"), None),
        (("open", "1", "1"), None),
        (("nowhere",), None),
        ((), None),
    ],
)
def test_what_stands_at_a_path(path: tuple[str, ...], action: Action | None) -> None:
    assert FRONT.at(path) == action


def test_one_action_is_changed_in_its_place() -> None:
    other = changed(FRONT, ("open", "2", "otherwise"), HangUp())
    assert other.at(("open", "2")) == replace(BELOW, otherwise=HangUp())
    assert changed(other, ("open", "2", "otherwise"), ToGroup("g")) == FRONT
    assert [path for path, _ in menus(FRONT)] == [("open",), ("open", "2"), ("closed",)]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("2662", ["@anna"]),
        ("76774", ["@anna", "@carla"]),  # Rossi
        ("767742662", ["@anna"]),  # Rossi Anna
        ("266276774", ["@anna"]),
        ("2", ["@anna", "@bruno", "@carla"]),
        ("2646", ["@bruno"]),  # Bohm, written Böhm
        ("3376774", ["@carla"]),  # De Rossi
        ("9", []),
        ("", []),
    ],
)
def test_whom_a_spelled_name_may_mean(digits: str, expected: list[str]) -> None:
    names = {"@anna": "Anna Rossi", "@bruno": "Bruno Böhm", "@carla": "Carla De Rossi"}
    assert spelled(digits, names) == expected


def silent(attendant_id: str, to: Action) -> Attendant:
    return Attendant(id=attendant_id, name=attendant_id, extension="3", open=Menu(SAID, otherwise=to))


@pytest.mark.parametrize(
    ("attendants", "groups", "through"),
    [
        ([silent("a", ToAttendant("a"))], [], ("a",)),
        ([silent("a", ToAttendant("b")), silent("b", ToAttendant("a"))], [], ("a", "b")),
        (
            [silent("a", ToGroup("g"))],
            [RingGroup(id="g", name="g", extension="4", otherwise=ToAttendant("a"))],
            ("a", "g"),
        ),
        ([silent("a", ToGroup("g"))], [RingGroup(id="g", name="g", extension="4")], ()),
        ([silent("a", Menu(SAID, otherwise=ToAttendant("a")))], [], ("a",)),
        # Whoever presses a key may go round as they like.
        ([Attendant(id="a", name="a", extension="3", open=Menu(SAID, {"1": ToAttendant("a")}))], [], ()),
        ([silent("a", ToAttendant("b")), silent("b", ToAttendant("b"))], [], ()),
    ],
)
def test_what_goes_round_without_a_key(
    attendants: list[Attendant], groups: list[RingGroup], through: tuple[str, ...]
) -> None:
    assert goes_round(attendants, groups, "a") == through


def deep(levels: int) -> Menu:
    return Menu(SAID, {"1": deep(levels - 1)} if levels > 1 else {})


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        (Menu(Prompt(" ")), NothingSaid),
        (Menu(SAID, {"1": Menu(Prompt())}), NothingSaid),
        (Menu(SAID, {"1": Back()}), NowhereToGoBack),
        (Menu(SAID, otherwise=Repeat()), NowhereToGoBack),
        (Repeat(), NowhereToGoBack),
        (deep(6), TooManyMenus),
        (
            Menu(SAID, {str(key): Menu(SAID, {str(n): Menu(SAID) for n in range(8)}) for key in range(5)}),
            TooManyMenus,
        ),
    ],
)
def test_what_cannot_be(action: Action, refusal: type[AttendantRefusal]) -> None:
    with pytest.raises(refusal):
        check_shape(replace(FRONT, open=action))


def test_what_can_be() -> None:
    check_shape(FRONT)
    check_shape(replace(FRONT, open=deep(5)))
    check_shape(replace(FRONT, open=Menu(Prompt("", SOUND, own=True))))
    assert rules.check_name("  Front   desk ") == "Front desk"
