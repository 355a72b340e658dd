"""Case 14: numbers as a line writes them, in both directions."""

import pytest

from server.numbers.forms import (
    CallerForm,
    Form,
    InboundForm,
    NumberForms,
    called,
    caller,
    candidates,
    written,
)

ROME, BERLIN, BOSTON = "+390655510177", "+493012345678", "+16175550123"


@pytest.mark.parametrize(
    ("number", "form", "region", "text"),
    [
        (ROME, "e164", "IT", "+390655510177"),
        (ROME, "plain", "IT", "390655510177"),
        (ROME, "00", "IT", "00390655510177"),
        (ROME, "national", "IT", "0655510177"),
        (ROME, "national", "DE", "00390655510177"),
        (BERLIN, "national", "DE", "03012345678"),
        (BERLIN, "national", "IT", "00493012345678"),
        (BERLIN, "national", "US", "011493012345678"),
        ("+393331234567", "national", "IT", "3331234567"),
        ("+390612", "national", "IT", "0612"),
        ("187", "plain", "IT", "187"),
        ("187", "national", "IT", "187"),
        ("112", "00", "IT", "112"),
    ],
)
def test_case_14_an_outside_number_in_every_form(number: str, form: Form, region: str, text: str) -> None:
    """Case 14: No plus, please."""
    assert written(number, form, region) == text


@pytest.mark.parametrize(
    ("dialled", "text"),
    [
        ("06 555 10177", "0655510177"),
        ("0039 0655510177", "00390655510177"),
        ("@_tel_+39:x", ROME),
        ("", ROME),
    ],
)
def test_case_14_as_the_caller_dialled_it(dialled: str, text: str) -> None:
    assert called(ROME, NumberForms("dialled"), "IT", dialled=dialled) == text


def test_case_14_a_prefix_stands_before_all_but_emergency_numbers() -> None:
    forms = NumberForms("plain", callee_prefix="1234#")
    assert called(ROME, forms, "IT") == "1234#390655510177"
    assert called("112", forms, "IT", emergency=True) == "112"


@pytest.mark.parametrize(
    ("text", "inbound", "prefix", "first"),
    [
        ("0655510177", "auto", "", ROME),
        ("390655510177", "auto", "", ROME),
        ("390655510177", "plain", "", ROME),
        ("16175550123", "plain", "", BOSTON),
        ("0655510177", "national", "", ROME),
        ("+16175550123", "national", "", BOSTON),
        ("00493012345678", "plain", "", BERLIN),
        ("00655510177", "national", "0", ROME),
        ("9+390655510177", "auto", "9", ROME),
        ("+390655510177", "auto", "9", ROME),
        ("+39 06 555-10177", "plain", "", ROME),
    ],
)
def test_case_14_what_comes_in_is_read_as_the_line_writes_it(
    text: str, inbound: InboundForm, prefix: str, first: str
) -> None:
    forms = NumberForms(inbound=inbound, inbound_prefix=prefix)
    assert candidates(text, forms, "IT")[0] == first
    assert caller(text, forms, "IT") == first


def test_case_14_what_is_no_number_is_none_in_any_form() -> None:
    for inbound in ("auto", "plain", "national"):
        forms = NumberForms(inbound=inbound, inbound_prefix="0")
        assert candidates("anonymous", forms, "IT") == ()
        assert caller("anonymous", forms, "IT") is None
        assert caller(None, forms, "IT") is None
        assert caller("187", forms, "IT") == "187"


@pytest.mark.parametrize("form", ["e164", "plain", "00", "national"])
def test_case_14_every_form_of_the_callers_number_comes_back_as_it_went(form: CallerForm) -> None:
    for number in (ROME, BERLIN, BOSTON):
        assert caller(written(number, form, "IT"), NumberForms(), "IT") == number
