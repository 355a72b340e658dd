"""Toll fraud calls what pays the called: which numbers outside may be called, as a table."""

import phonenumbers
import pytest

from server.config import load
from server.directory.rules import CallsOutside
from server.numbers import numbers
from server.telephony.destinations import Destinations, regions
from server.telephony.dialplan import Outside, Refusal
from server.telephony.neighbours import NEIGHBOURS

DEFAULT = Destinations("IT", regions(load().telephony.allowed, "IT"), load().telephony.premium)
COUNTRY, PREMIUM = Refusal.COUNTRY_NOT_ALLOWED, Refusal.PREMIUM_NUMBER
CLASS = Refusal.CLASS_OF_SERVICE
CALLS: tuple[CallsOutside, ...] = ("all", "national", "inside")


def asked(dialled: str, destinations: Destinations = DEFAULT, home: str = "IT") -> Refusal | None:
    try:
        number = numbers.to_e164(dialled, home)
    except numbers.NotANumber:
        number = numbers.clean(dialled).digits
        assert numbers.is_short_service(number, home)
    return destinations.refusal(Outside(number))


@pytest.mark.parametrize(
    "dialled",
    [
        "06 9876 5432",
        "+390698765401",
        "333 1234567",
        "0549 123456",
        "06 69812345",
        "+3906987654321",
        "800 123456",
        "803 123",
        "+800 1234 5678",
        "+33 1 39 12 34 56",
        "+41 44 123 45 67",
        "+41 58 555 12 34",
        "+43 1 8123",
        "+386 51 234 567",
        "1530",
        "187",
        "116117",
    ],
)
def test_at_home_around_it_and_free_of_charge(dialled: str) -> None:
    assert asked(dialled) is None


@pytest.mark.parametrize(
    "dialled",
    [
        "+44 20 7946 0000",
        "+1 212 555 0123",
        "+49 30 901820",
        "+232 76 123456",
        "+53 5 2123456",
        "+1 876 555 1234",
        "+371 6 7212345",
        "+377 99 12 34 56",
        "+252 61 1234567",
    ],
)
def test_other_countries_are_not_allowed_by_default(dialled: str) -> None:
    assert asked(dialled) is COUNTRY
    assert asked(dialled, Destinations("IT", regions(["*"], "IT"), premium=False)) is None


@pytest.mark.parametrize(
    "dialled",
    [
        "899 123456",
        "892 424",
        "892 123456",
        "895 123456",
        "894 424",
        "166 123456",
        "144 123456",
        "199 123456",
        "178 1234567",
        "848 123456",
        "700 123456",
        "1055 899 12345",
        "1254",
        "48383",
        "+881 6 12345678",
        "+870 773 123456",
        "+882 16 123456",
        "+883 13123456",
        "+883 5100 123456",
        "+808 1234 5678",
        "+979 1 2345 6789",
        "+1 900 555 1234",
        "+1 976 555 1234",
        "+44 909 879 0000",
        "+44 871 234 5678",
        "+44 70 1234 5678",
        "+33 899 12 34 56",
        "+41 901 234 567",
        "+43 900 123456",
        "+386 90 123456",
        "+49 900 1234567",
    ],
)
def test_what_costs_more_is_refused_wherever_it_is(dialled: str) -> None:
    assert asked(dialled) is PREMIUM
    everywhere = Destinations("IT", None, premium=False)
    assert asked(dialled, everywhere) is PREMIUM
    assert asked(dialled, Destinations("IT", None, premium=True)) is None


@pytest.mark.parametrize(
    "dialled", ["+49 900 12345678", "89912345678", "+41 900 123 456 789", "+33 899123456"]
)
def test_digits_too_many_hide_no_premium_number(dialled: str) -> None:
    """Networks stop reading when they know enough."""
    assert asked(dialled, Destinations("IT", None, premium=False)) is PREMIUM


@pytest.mark.parametrize("number", ["112", "113", "118", "899"])
def test_emergency_numbers_are_past_all_of_it(number: str) -> None:
    assert Destinations("IT", frozenset(), premium=False).refusal(Outside(number, emergency=True)) is None


@pytest.mark.parametrize(
    ("words", "home", "found"),
    [
        (["home"], "IT", {"IT"}),
        (["home", "neighbours"], "IT", {"IT", "AT", "CH", "FR", "SI", "SM", "VA"}),
        (["home", "DE"], "IT", {"IT", "DE"}),
        (["home", "neighbours"], "MT", {"MT"}),
        (["*", "DE"], "IT", None),
        ([], "IT", set()),
    ],
)
def test_regions_in_the_words_of_the_configuration(
    words: list[str], home: str, found: set[str] | None
) -> None:
    assert regions(words, home) == found


def test_borders_have_two_sides_and_both_have_telephones() -> None:
    assert set(NEIGHBOURS) <= phonenumbers.SUPPORTED_REGIONS
    for region, others in NEIGHBOURS.items():
        assert region not in others
        assert all(region in NEIGHBOURS[other] for other in others)


@pytest.mark.parametrize(
    ("number", "national", "inside"),
    [
        ("+390698765432", True, False),
        ("+3906698123", True, False),
        ("+80012345678", True, False),
        ("1530", True, False),
        ("+3780549123456", False, False),
        ("+33139123456", False, False),
    ],
)
def test_a_class_of_service_bounds_further(number: str, national: bool, inside: bool) -> None:
    refusals = [DEFAULT.refusal(Outside(number), calls) for calls in CALLS]
    assert refusals == [None, None if national else CLASS, None if inside else CLASS]
    assert DEFAULT.refusal(Outside("112", emergency=True), "inside") is None
