"""Who of a group rings, and in which order: every strategy, and whoever is left out."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from server.groups.rules import (
    Member,
    RingGroup,
    Standing,
    Strategy,
    ToGroup,
    nobody_because,
    rings_back,
    turns,
)

MEMBERS = ("@a", "@b", "@c")
SALES = RingGroup(id="1", name="Sales", extension="300", members=tuple(map(Member, MEMBERS)))
FREE = Standing()
RINGS = Standing(rings=True)
TALKS, QUIET = Standing(on_the_phone=True), Standing(do_not_disturb=True)


def took(at: int) -> Standing:
    return Standing(took_at=at)


@pytest.mark.parametrize(
    ("strategy", "standings", "expected"),
    [
        ("all", (FREE, FREE, FREE), [("@a", "@b", "@c")]),
        ("all", (FREE, TALKS, QUIET), [("@a",)]),
        ("all", (QUIET, TALKS, QUIET), []),
        ("in_order", (FREE, FREE, FREE), [("@a",), ("@b",), ("@c",)]),
        ("in_order", (took(9), QUIET, FREE), [("@a",), ("@c",)]),
        ("longest_idle", (took(3), took(1), took(2)), [("@b",), ("@c",), ("@a",)]),
        ("longest_idle", (took(3), FREE, FREE), [("@b",), ("@c",), ("@a",)]),
        ("longest_idle", (took(3), TALKS, took(2)), [("@c",), ("@a",)]),
        ("round_robin", (FREE, FREE, FREE), [("@a",), ("@b",), ("@c",)]),
        ("round_robin", (took(1), took(2), FREE), [("@c",), ("@a",), ("@b",)]),
        ("round_robin", (took(1), took(2), took(3)), [("@a",), ("@b",), ("@c",)]),
        ("round_robin", (took(1), Standing(on_the_phone=True, took_at=2), FREE), [("@c",), ("@a",)]),
        ("round_robin", (RINGS, FREE, RINGS), [("@b",), ("@a",), ("@c",)]),
        ("longest_idle", (RINGS, took(2), took(1)), [("@c",), ("@b",), ("@a",)]),
        ("in_order", (RINGS, FREE, FREE), [("@a",), ("@b",), ("@c",)]),
    ],
)
def test_the_order_of_the_turns(
    strategy: Strategy, standings: Sequence[Standing], expected: list[tuple[str, ...]]
) -> None:
    group = replace(SALES, strategy=strategy)
    assert list(turns(group, dict(zip(MEMBERS, standings, strict=True)))) == expected


def test_who_is_in_a_call_rings_where_the_group_wants_it() -> None:
    everybody = dict.fromkeys(MEMBERS, TALKS)
    assert turns(SALES, everybody) == ()
    assert turns(replace(SALES, skip_busy=False), everybody) == (MEMBERS,)


def test_who_is_out_for_now_or_gone_or_calls_is_not_rung() -> None:
    group = replace(SALES, members=(Member("@a", here=False), Member("@b"), Member("@c")))
    assert turns(group, dict.fromkeys(MEMBERS, FREE)) == (("@b", "@c"),)
    assert turns(group, {"@a": FREE, "@b": FREE}) == (("@b",),)
    assert turns(group, dict.fromkeys(MEMBERS, FREE), caller="@b") == (("@c",),)
    assert turns(replace(SALES, members=()), {}) == ()


@pytest.mark.parametrize(
    ("standings", "why"),
    [({}, "unreachable"), ({"@a": TALKS}, "busy"), ({"@b": QUIET}, "busy"), ({"@a": FREE}, "unreachable")],
)
def test_why_nobody_rings(standings: dict[str, Standing], why: str) -> None:
    assert nobody_because(SALES, standings) == why


def test_groups_that_lead_to_each_other_form_a_ring() -> None:
    def group(number: str, to: str | None) -> RingGroup:
        return replace(SALES, id=number, name=number, otherwise=ToGroup(to) if to else None)

    assert rings_back([group("1", "2"), group("2", "3"), group("3", "1")], "1") == ("1", "2", "3")
    assert rings_back([group("1", "2"), group("2", "3"), group("3", None)], "1") == ()
    # A ring that others form does not go on for ever, and does not lead back here.
    assert rings_back([group("1", "2"), group("2", "3"), group("3", "2")], "1") == ()
    assert rings_back([group("1", "9")], "1") == ()
