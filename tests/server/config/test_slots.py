import pytest

from server.config.slots import slots_of


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("", ()),
        ("700", ("700",)),
        ("08-11", ("08", "09", "10", "11")),
        ("700-702", ("700", "701", "702")),
    ],
)
def test_slots_are_numbers_in_a_row(text: str, slots: tuple[str, ...]) -> None:
    assert slots_of(text) == slots


def test_there_may_be_a_thousand() -> None:
    assert len(slots_of("7000-7999")) == 1000


@pytest.mark.parametrize(
    "text", ["7", "7000000", "700-", "-700", "700-70", "719-700", "7000-8000", "a-b", "*1"]
)
def test_what_is_no_row_of_numbers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"slot"):
        slots_of(text)
