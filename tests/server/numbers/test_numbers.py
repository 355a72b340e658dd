import pytest

from server.numbers import numbers


@pytest.mark.parametrize(
    ("text", "digits", "inside"),
    [
        ("201", "201", None),
        ("06 1234567", "061234567", None),
        ("Tel. 06/1234-567 (int. 3)", "061234567", "3"),
        ("06 1234567 x3", "061234567", "3"),
        ("06 1234567 ext. 42", "061234567", "42"),
        ("tel:+39-06-1234567;ext=3", "+39061234567", "3"),
        ("tel:+39-06-1234567;phone-context=unisono.example", "+39061234567", None),
        ("TEL:+390612345000", "+390612345000", None),
        ("callto://+390612345000", "+390612345000", None),
        ("m. 333 123 4567", "3331234567", None),
        ("\u202a+39 333 123 4567\u202c", "+393331234567", None),
        ("+39\u00a006\u20111234567", "+39061234567", None),
        ("３３３１２３４５６７", "3331234567", None),
    ],
)
def test_what_people_paste_is_cleaned_to_digits(text: str, digits: str, inside: str | None) -> None:
    assert numbers.clean(text) == numbers.Typed(digits, inside)


@pytest.mark.parametrize(
    "text",
    ["", " ", "Anna", "1-800-FLOWERS", "06 12a34", "++39", "39+06", "*6", "#", "٣٣٣", "1" * 30, "tel:", "+",
     "9" * 1000, "sip:201@localhost", "\x00"],
)  # fmt: skip
def test_letters_and_noise_are_refused(text: str) -> None:
    with pytest.raises(numbers.NotANumber):
        numbers.clean(text)


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("06 1234 5678", "IT", "+390612345678"),
        ("333 1234567", "IT", "+393331234567"),
        ("+39 (0)6 12345678", "IT", "+390612345678"),
        ("0039 06 12345678", "IT", "+390612345678"),
        ("00 1 650 253 0000", "IT", "+16502530000"),
        ("+49 (0)30 901820", "IT", "+4930901820"),
        ("030 901820", "DE", "+4930901820"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("011 39 06 12345678", "US", "+390612345678"),
    ],
)
def test_numbers_become_e164_as_the_region_dials_them(text: str, region: str, e164: str) -> None:
    assert numbers.to_e164(text, region) == e164


@pytest.mark.parametrize("text", ["201", "112", "12", "+999123", "+39 06 123456789012345"])
def test_what_cannot_be_a_whole_number_has_no_e164(text: str) -> None:
    with pytest.raises(numbers.NotANumber):
        numbers.to_e164(text, "IT")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+390698765432", "+390698765432"),
        ("390698765432", "+390698765432"),
        ("0698765432", "+390698765432"),
        ("00390698765432", "+390698765432"),
        ("393331234567", "+393331234567"),
        ("187", "187"),
        ("anonymous", None),
        ("", None),
        (None, None),
        ("12", None),
    ],
)
def test_a_caller_shows_a_number_or_nothing(text: str | None, shown: str | None) -> None:
    assert numbers.caller_number(text, "IT") == shown


def test_emergency_numbers_are_those_of_the_region() -> None:
    assert all(numbers.is_emergency(n, "IT") for n in ("112", "113", "115", "118"))
    assert not numbers.is_emergency("911", "IT")
    assert numbers.is_emergency("911", "US")
    assert not numbers.is_emergency("1128", "IT")


def test_short_services_are_those_of_the_region() -> None:
    assert numbers.is_short_service("1530", "IT")
    assert not numbers.is_short_service("201", "IT")
    assert not numbers.is_short_service("+39", "IT")


@pytest.mark.parametrize(
    ("number", "shown"),
    [("+390698765432", "06 9876 5432"), ("+16502530000", "+1 650-253-0000"), ("201", "201"), ("112", "112")],
)
def test_numbers_are_shown_nationally_at_home(number: str, shown: str) -> None:
    assert numbers.display(number, "IT") == shown


def test_an_outside_party_is_named_internationally() -> None:
    assert numbers.international("+390698765432") == "+39 06 9876 5432"
    assert numbers.international("187") == "187"


@pytest.mark.parametrize("number", ["+0000000", "+", "+999", "+12345678901234567890"])
def test_what_is_no_number_is_shown_as_it_is(number: str) -> None:
    assert numbers.international(number) == number
    assert numbers.display(number, "IT") == number


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("+393331234567", True),
        ("+4915112345678", True),
        ("+12025550123", True),  # mobile and fixed look alike there
        ("+390612345678", False),
        ("+39899123456", False),
        ("+39800123456", False),
        ("+881612345678", False),  # Iridium
        ("+8835100012345", False),
        ("+447012345678", False),  # personal number
        ("112", False),
        ("201", False),
        ("", False),
    ],
)
def test_text_messages_go_to_mobile_numbers_alone(number: str, right: bool) -> None:
    assert numbers.takes_texts(number) is right
