"""What the carrier does with a dialled number."""

from __future__ import annotations

import phonenumbers
import pytest

from bridges.carrier.numbers import ANY_NUMBER, SPECIAL, NotANumber, Play, e164, plan_of


@pytest.mark.parametrize("dialled", ["+390698765432", "0698765432", "06 9876 5432", "+442079460000", "112"])
def test_any_number_is_answered_with_the_announcement(dialled: str) -> None:
    assert plan_of(dialled, "IT") is ANY_NUMBER


@pytest.mark.parametrize("number", SPECIAL)
def test_special_numbers_could_exist(number: str) -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))


def test_special_numbers_are_known_in_national_spelling_too() -> None:
    assert plan_of("06 98765403", "IT").refuse == 486
    assert plan_of("0698765402", "IT").play is Play.TONE
    assert plan_of("0698765411", "IT").play is Play.NOTHING


@pytest.mark.parametrize("text", ["", "anna", "+39", "1" * 40])
def test_what_is_no_number_is_not_taken_for_one(text: str) -> None:
    with pytest.raises(NotANumber):
        e164(text, "IT")


def test_a_name_is_not_allotted() -> None:
    assert plan_of("anna", "IT").refuse == 404
