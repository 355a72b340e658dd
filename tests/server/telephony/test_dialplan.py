from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.numbers import numbers
from server.numbers.forms import NumberForms
from server.numbers.numbers import e164_candidates
from server.telephony.dialplan import (
    Came,
    Colleague,
    Destination,
    DialIn,
    ForwardedBy,
    MeetingDoor,
    Outside,
    Refusal,
    Subscriber,
    Trunk,
    decide,
    decide_inbound,
    inside_legs,
    outside_stages,
)
from wire.route import Diversion, MatrixLeg, PhoneLeg, TrunkLeg

ANNA = Subscriber("@anna:localhost", "Anna", ("201", "209"), ("+390612345201",))
BRUNO = Subscriber("@bruno:localhost", "Bruno", ("202",), ("+390612345202",))
NOBODY = Subscriber("@nobody:localhost", "Nobody")
PEOPLE = (ANNA, BRUNO, NOBODY)
BY_EXTENSION = {e: p for p in PEOPLE for e in p.extensions}
BY_NUMBER = {n: p for p in PEOPLE for n in p.numbers}


DIAL_IN = DialIn("800", ("+390612345999",))


def dial(dialled: str, caller: Subscriber | None = ANNA) -> Destination:
    return decide(
        dialled,
        "IT",
        caller=caller,
        by_extension=BY_EXTENSION.get,
        by_number=BY_NUMBER.get,
        dial_in=DIAL_IN,
    )


@pytest.mark.parametrize(
    ("dialled", "destination"),
    [
        ("202", Colleague(BRUNO, "202")),
        ("tel:202", Colleague(BRUNO, "202")),
        ("06 12345 202", Colleague(BRUNO, "+390612345202")),
        ("+39 06 12345202", Colleague(BRUNO, "+390612345202")),
        ("06 9876 5432", Outside("+390698765432")),
        ("0044 20 7946 0000", Outside("+442079460000")),
        ("112", Outside("112", emergency=True)),
        ("1 1 8", Outside("118", emergency=True)),
        ("1530", Outside("1530")),
        ("299", Refusal.NOT_FOUND),
        ("7", Refusal.NOT_FOUND),
        ("201", Refusal.OWN_NUMBER),
        ("209", Refusal.OWN_NUMBER),
        ("0612345201", Refusal.OWN_NUMBER),
        ("800", MeetingDoor("800")),
        ("06 12345 999", MeetingDoor("+390612345999")),
    ],
)
def test_where_a_dialled_number_goes(dialled: str, destination: Destination) -> None:
    assert dial(dialled) == destination


def test_no_extension_can_shadow_an_emergency_number() -> None:
    found = decide("112", "IT", caller=ANNA, by_extension=lambda _: BRUNO, by_number=lambda _: BRUNO)
    assert found == Outside("112", emergency=True)


def test_words_cannot_be_dialled() -> None:
    with pytest.raises(numbers.NotANumber):
        dial("Bruno")


@pytest.mark.parametrize("dialled", ["+390612345202", "390612345202", "0612345202", "00390612345202"])
def test_every_spelling_of_a_number_of_ours_reaches_its_person(dialled: str) -> None:
    assert decide_inbound(e164_candidates(dialled, "IT"), BY_NUMBER.get) == Colleague(BRUNO, "+390612345202")


@pytest.mark.parametrize("dialled", ["+390612345999", "202", "", "anna"])
def test_outside_callers_reach_only_outside_numbers(dialled: str) -> None:
    assert decide_inbound(e164_candidates(dialled, "IT"), BY_NUMBER.get) is Refusal.NOT_FOUND


@pytest.mark.parametrize("dialled", ["+390612345999", "390612345999", "0612345999"])
def test_outside_callers_reach_the_dial_in_by_its_number(dialled: str) -> None:
    assert decide_inbound(e164_candidates(dialled, "IT"), BY_NUMBER.get, DIAL_IN) == MeetingDoor(
        "+390612345999"
    )


def test_outside_callers_do_not_reach_it_by_its_extension() -> None:
    assert decide_inbound(e164_candidates("800", "IT"), BY_NUMBER.get, DIAL_IN) is Refusal.NOT_FOUND


def test_no_extension_of_a_dial_in_can_shadow_an_emergency_number() -> None:
    found = decide(
        "112",
        "IT",
        caller=ANNA,
        by_extension=BY_EXTENSION.get,
        by_number=BY_NUMBER.get,
        dial_in=DialIn("112"),
    )
    assert found == Outside("112", emergency=True)


def test_all_devices_of_a_colleague_ring_together() -> None:
    matrix = MatrixLeg("@anna:localhost", "@bruno:localhost", "!room")
    assert inside_legs(ANNA, ["209", "201", "202"], matrix) == (matrix, PhoneLeg("201"), PhoneLeg("209"))


def test_of_a_colleague_without_any_device_nothing_rings() -> None:
    assert inside_legs(ANNA, ["202"], None) == ()


def test_trunks_are_tried_in_order_and_show_the_callers_own_number() -> None:
    stages = outside_stages(
        Outside("+390698765432"), ANNA, [Trunk("first"), Trunk("second", "+390612345000")], "IT"
    )
    assert isinstance(stages, tuple)
    assert [stage.legs for stage in stages] == [
        (TrunkLeg("first", "+390698765432", "+390612345201"),),
        (TrunkLeg("second", "+390698765432", "+390612345201"),),
    ]
    assert [stage.after for stage in stages] == [None, ("no_trunk",)]


def test_each_line_rings_as_long_as_it_is_allowed_to() -> None:
    lines = [Trunk("first", answer_within=60.0), Trunk("second")]
    stages = outside_stages(Outside("+390698765432"), ANNA, lines, "IT")
    assert [stage.timeout for stage in stages] == [60.0, 120.0]


def test_case_14_emergency_numbers_are_called_as_they_are() -> None:
    """Case 14: a prefix is not for 112."""
    line = Trunk("a", "+390612345000", NumberForms("national", "national", callee_prefix="0"))
    outside = [Outside("112", emergency=True), Outside("1515"), Outside("+390655510177")]
    legs = [outside_stages(each, NOBODY, [line], "IT")[0].legs[0] for each in outside]
    assert [leg.number for leg in legs if isinstance(leg, TrunkLeg)] == ["112", "01515", "00655510177"]


def test_people_without_a_number_show_the_trunks() -> None:
    stages = outside_stages(
        Outside("112", emergency=True), NOBODY, [Trunk("a", "+390612345000"), Trunk("b")], "IT"
    )
    assert isinstance(stages, tuple)
    assert [leg.from_number for s in stages for leg in s.legs if isinstance(leg, TrunkLeg)] == [
        "+390612345000",
        None,
    ]


@given(st.text() | st.text("+0123456789 ()-/.;=#*", max_size=40), st.sampled_from(["IT", "DE", "US", "GB"]))
def test_whatever_is_dialled_has_a_destination_or_is_no_number(dialled: str, region: str) -> None:
    numbers.caller_number(dialled, region)
    decide_inbound(e164_candidates(dialled, region), BY_NUMBER.get)
    with suppress(numbers.NotANumber):
        found = decide(dialled, region, caller=ANNA, by_extension=BY_EXTENSION.get, by_number=BY_NUMBER.get)
        assert isinstance(found, Colleague | Outside | Refusal)


CAME = Came("+390698765432", (ForwardedBy("+390612345202", "busy"), ForwardedBy(None, "always")))


@pytest.mark.parametrize(("foreign", "shown"), [(False, "+390612345201"), (True, "+390698765432")])
def test_a_forwarded_call_shows_who_called_only_where_the_line_may(foreign: bool, shown: str) -> None:
    trunk = Trunk("first", "+390612345000", foreign_numbers=foreign)
    (stage,) = outside_stages(Outside("+390699999999"), ANNA, [trunk], "IT", came=CAME)
    (leg,) = stage.legs
    assert isinstance(leg, TrunkLeg)
    assert leg.from_number == shown
    # Who has no number is known by the line's.
    assert leg.diversions == (Diversion("+390612345202", "busy"), Diversion("+390612345000", "always"))


def test_numbers_of_who_forwards_are_written_as_the_line_wants_them() -> None:
    trunk = Trunk("first", forms=NumberForms(caller="national"))
    (stage,) = outside_stages(Outside("+390699999999"), ANNA, [trunk], "IT", came=CAME)
    (leg,) = stage.legs
    assert isinstance(leg, TrunkLeg)
    assert leg.diversions == (Diversion("0612345202", "busy"),)
