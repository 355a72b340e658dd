"""Each leg that a plan, a record or a snapshot can speak of is of one kind."""

from typing import get_args

import pytest

from bridges.sip.b2bua.forking import Fork
from bridges.sip.b2bua.legs import registry
from wire.attendant import Menu
from wire.record import AnsweredOn
from wire.route import (
    AnnouncementLeg,
    AttendantLeg,
    ConferenceLeg,
    Leg,
    MatrixLeg,
    MeetingLeg,
    ParkLeg,
    PhoneLeg,
    TrunkLeg,
    VoicemailLeg,
)

BROWSER = MatrixLeg("@bruno:localhost", "@anna:localhost", "!room:localhost")


def test_every_leg_of_a_plan_has_its_kind() -> None:
    assert {kind.planned for kind in registry.KINDS} == set(get_args(Leg))
    assert len(registry.KINDS) == len(get_args(Leg))


def test_every_word_of_the_records_has_its_kind() -> None:
    assert sorted(kind.answered_on for kind in registry.KINDS) == sorted(get_args(AnsweredOn))


def test_no_two_kinds_name_their_legs_alike() -> None:
    assert len({kind.name for kind in registry.KINDS}) == len(registry.KINDS)


@pytest.mark.parametrize(
    ("planned", "via"),
    [
        (PhoneLeg("201"), "sip"),
        (TrunkLeg("carrier", "+3906"), "trunk:carrier"),
        (BROWSER, "matrix"),
        (MeetingLeg(), "meeting"),
        (ParkLeg("71"), "parked"),
        (ConferenceLeg("c1"), "conference"),
        (VoicemailLeg("@bruno:x", "it"), "voicemail"),
        (AnnouncementLeg("not_set", "it"), "announcement"),
        (AttendantLeg("a", "it", Menu()), "attendant"),
    ],
)
def test_a_leg_is_in_a_call_by_the_way_that_it_would_have_called(planned: Leg, via: str) -> None:
    assert Fork("one", planned).via == via


@pytest.mark.parametrize(
    ("kept", "called"),
    [
        ({"sip": {"side": "uas"}}, True),
        ({"sip": {"side": "uac"}}, False),
        ({"matrix": {"party": {"caller_party": "A"}}}, True),
        ({"matrix": {"party": {}}}, False),
        ({"parked": {"slot": "71"}}, False),
        ({"conference": {"calls": True}}, True),
        ({"conference": {"calls": False}}, False),
        ({"meeting": {"visitor_id": "01V"}}, False),
        ({"meeting": {"visitor_id": "01V"}, "called": True}, True),
    ],
)
def test_a_snapshot_tells_who_called(kept: dict[str, object], called: bool) -> None:
    kind = registry.of_kept(kept)
    assert kind is not None and kind.came_in(kept) is called


def test_what_is_no_snapshot_of_a_leg_is_of_no_kind() -> None:
    assert registry.of_kept({"name": "pigeon-1", "pigeon": {}}) is None
