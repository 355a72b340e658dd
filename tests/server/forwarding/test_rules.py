"""Where calls go, by what people have set: every situation, rings of people, and who is gone."""

from itertools import pairwise

import pytest

from server.forwarding.rules import (
    HOPS_MAX,
    NOTHING_SET,
    Blocked,
    Busy,
    Cut,
    Found,
    Journey,
    Leaves,
    Records,
    Rings,
    Rule,
    Services,
    Standing,
    Stays,
    ToColleague,
    ToNobody,
    ToNumber,
    ToVoicemail,
    cuts_of,
)
from wire.route import Forwarded, Party, Why

MOBILE = "+393331234567"


def party(user_id: str) -> Party:
    return Party(user_id, user_id[1:].capitalize(), None)


def to(user_id: str, after: int = 20) -> Rule:
    return Rule(True, ToColleague(user_id), after)


def by(user_id: str, why: Why) -> Forwarded:
    return Forwarded(party(user_id), why)


OUT = Rule(True, ToNumber(MOBILE))
QUIET = Services(do_not_disturb=True)


def house(services: dict[str, Services], talking: tuple[str, ...] = ()) -> dict[str, Standing]:
    names = {"a", "b", "c", "d"} | set(services)
    return {
        f"@{name}": Standing(party(f"@{name}"), services.get(name, NOTHING_SET), f"@{name}" in talking)
        for name in names
    }


MAILBOX = Rule(True, ToVoicemail())


@pytest.mark.parametrize(
    ("services", "talking", "has", "found"),
    [
        (Services(always=MAILBOX), False, True, Records("@a", "always")),
        (Services(always=MAILBOX), False, False, "mailbox_off"),
        (Services(busy=MAILBOX), True, True, Records("@a", "busy")),
        (Services(outside_hours=MAILBOX), False, True, Records("@a", "outside_hours")),
        (Services(busy=MAILBOX, do_not_disturb=True), False, True, Records("@a", "do_not_disturb")),
        (Services(busy=MAILBOX), False, True, Rings("@a", True, True, to_mailbox=("busy",))),
        (Services(no_answer=MAILBOX), False, True, Rings("@a", True, True, 20, to_mailbox=("no_answer",))),
        (Services(no_answer=MAILBOX), False, False, "mailbox_off"),
        (Services(unreachable=MAILBOX), False, True, Rings("@a", True, True, to_mailbox=("unreachable",))),
    ],
)
def test_a_mailbox_answers_where_there_is_one(
    services: Services, talking: bool, has: bool, found: Found | str
) -> None:
    way = Journey({"@a": Standing(party("@a"), services, talking, has)}).arrive("@a")
    if isinstance(found, str):
        assert (isinstance(way, Rings), [cut.why for cut in way.cuts]) == (True, [found])
    else:
        assert way == found


def rings(user_id: str, *path: Forwarded, cuts: tuple[Cut, ...] = ()) -> Rings:
    return Rings(user_id, desk_phone=True, clients=True, path=path, cuts=cuts)


LOOP = Cut("@b", "always", "loop", ("@a", "@b"))


@pytest.mark.parametrize(
    ("services", "talking", "found"),
    [
        ({}, (), rings("@a")),
        ({}, ("@a",), rings("@a")),
        ({"a": Services(always=to("@b"))}, (), rings("@b", by("@a", "always"))),
        ({"a": Services(always=Rule(False, ToColleague("@b")))}, (), rings("@a")),
        ({"a": Services(always=Rule(True, None))}, (), rings("@a")),
        ({"a": Services(always=OUT)}, (), Leaves(MOBILE, (by("@a", "always"),))),
        ({"a": Services(desk_phone=False)}, (), Rings("@a", desk_phone=False, clients=True)),
        ({"a": Services(clients=False)}, (), Rings("@a", desk_phone=True, clients=False)),
        ({"a": Services(busy=to("@b"))}, (), Rings("@a", True, True, then=("busy",))),
        ({"a": Services(busy=to("@b"))}, ("@a",), rings("@b", by("@a", "busy"))),
        ({"a": Services(no_answer=to("@b", 12))}, (), Rings("@a", True, True, 12, ("no_answer",))),
        ({"a": Services(unreachable=OUT)}, (), Rings("@a", True, True, then=("unreachable",))),
        ({"a": QUIET}, (), Busy("@a", "do_not_disturb")),
        ({"a": Services(busy=to("@b"), do_not_disturb=True)}, (), rings("@b", by("@a", "do_not_disturb"))),
        ({"a": Services(always=to("@b"), do_not_disturb=True)}, (), rings("@b", by("@a", "always"))),
        (
            {"a": Services(always=to("@b")), "b": QUIET},
            (),
            Busy("@b", "do_not_disturb", (by("@a", "always"),)),
        ),
        (
            {"a": Services(always=to("@b")), "b": Services(always=OUT)},
            (),
            Leaves(MOBILE, (by("@a", "always"), by("@b", "always"))),
        ),
        # Outside the own hours: before do-not-disturb, after "always".
        ({"a": Services(outside_hours=to("@b"))}, (), rings("@b", by("@a", "outside_hours"))),
        (
            {"a": Services(outside_hours=to("@b"), do_not_disturb=True)},
            (),
            rings("@b", by("@a", "outside_hours")),
        ),
        (
            {"a": Services(always=OUT, outside_hours=to("@b"))},
            (),
            Leaves(MOBILE, (by("@a", "always"),)),
        ),
        (
            {"a": Services(outside_hours=Rule(True, ToNobody()), busy=to("@b"))},
            (),
            Busy("@a", "outside_hours"),
        ),
        # A ring of two, and of three, is cut before it closes: the last one rings.
        (
            {"a": Services(always=to("@b")), "b": Services(always=to("@a"))},
            (),
            rings("@b", by("@a", "always"), cuts=(LOOP,)),
        ),
        (
            {"a": Services(always=to("@b")), "b": Services(always=to("@c")), "c": Services(always=to("@a"))},
            (),
            rings(
                "@c",
                by("@a", "always"),
                by("@b", "always"),
                cuts=(Cut("@c", "always", "loop", ("@a", "@b", "@c")),),
            ),
        ),
        ({"a": Services(always=to("@a"))}, (), rings("@a", cuts=(Cut("@a", "always", "loop", ("@a",)),))),
        (
            {"a": Services(always=to("@gone"))},
            (),
            rings("@a", cuts=(Cut("@a", "always", "unknown_person", ("@a",)),)),
        ),
        # Who is cut off from one rule may have another.
        (
            {"a": Services(always=to("@b")), "b": Services(always=to("@a"), busy=OUT)},
            ("@b",),
            Leaves(MOBILE, (by("@a", "always"), by("@b", "busy")), (LOOP,)),
        ),
    ],
)
def test_where_a_call_goes(services: dict[str, Services], talking: tuple[str, ...], found: Found) -> None:
    assert Journey(house(services, talking)).arrive("@a") == found


@pytest.mark.parametrize(
    ("why", "services", "found"),
    [
        ("no_answer", {"a": Services(no_answer=to("@b"))}, rings("@b", by("@a", "no_answer"))),
        ("busy", {"a": Services(busy=OUT)}, Leaves(MOBILE, (by("@a", "busy"),))),
        ("unreachable", {"a": Services(unreachable=to("@b"))}, rings("@b", by("@a", "unreachable"))),
        ("no_answer", {"a": Services(busy=OUT)}, Stays()),
        ("unknown", {"a": Services(busy=OUT)}, Stays()),
        ("deflected", {"a": Services(busy=OUT)}, Leaves(MOBILE, (by("@a", "deflected"),))),
        (
            "no_answer",
            {"a": Services(no_answer=to("@b")), "b": Services(no_answer=to("@a"))},
            rings("@b", by("@a", "no_answer"), cuts=(Cut("@b", "no_answer", "loop", ("@a", "@b")),)),
        ),
        (
            "no_answer",
            {"a": Services(no_answer=to("@b")), "b": Services(always=OUT)},
            Leaves(MOBILE, (by("@a", "no_answer"), by("@b", "always"))),
        ),
    ],
)
def test_where_it_goes_when_ringing_was_in_vain(
    why: Why, services: dict[str, Services], found: Found | Stays
) -> None:
    assert Journey(house(services)).go_on((by("@a", why),)) == found


def test_who_is_gone_forwards_nothing() -> None:
    assert Journey(house({})).go_on((by("@gone", "always"),)) == Stays()


def test_a_rule_that_could_not_be_followed_is_left_out() -> None:
    blocked: Blocked = frozenset({("@a", "always")})
    assert Journey(house({"a": Services(always=OUT)}), blocked=blocked).arrive("@a") == rings("@a")


def test_a_call_that_came_back_from_outside_is_not_forwarded_to_whom_it_was_for() -> None:
    journey = Journey(house({"b": Services(always=to("@a"))}), frozenset({"@a"}))
    network = Forwarded(Party(None, "", "+390612345201"), "no_answer")
    found = journey.arrive("@b", (network,))
    assert found == rings("@b", network, cuts=(Cut("@b", "always", "loop", ("", "@b")),))


def test_no_call_is_forwarded_for_ever() -> None:
    names = "abcdefgh"
    chain = {a: Services(always=to(f"@{b}")) for a, b in pairwise(names)}
    found = Journey(house(chain)).arrive("@a")
    assert isinstance(found, Rings)
    assert (found.user_id, len(found.path)) == ("@f", HOPS_MAX)
    assert [cut.why for cut in found.cuts] == ["too_long"]


@pytest.mark.parametrize(
    ("services", "cuts"),
    [
        ({"a": Services(busy=to("@b"), always=OUT)}, ()),
        ({"a": Services(no_answer=to("@b")), "b": Services(no_answer=to("@a"))}, ()),
        (
            {"a": Services(no_answer=to("@b")), "b": Services(always=to("@a"))},
            (Cut("@a", "no_answer", "loop", ("@a", "@b")),),
        ),
        ({"a": Services(busy=to("@gone"))}, (Cut("@a", "busy", "unknown_person", ("@a",)),)),
    ],
)
def test_what_people_are_told_of_their_rules(services: dict[str, Services], cuts: tuple[Cut, ...]) -> None:
    assert cuts_of("@a", house(services)) == cuts


def test_a_way_that_is_too_long_is_told() -> None:
    names = "abcdefgh"
    chain = {a: Services(always=to(f"@{b}")) for a, b in pairwise(names)}
    assert [cut.why for cut in cuts_of("@a", house(chain))] == ["too_long"]
