"""What is read of a CalDAV server's answers, and what of bad ones."""

import pytest

from server.calendars import dav
from server.calendars.refusals import NotACalendar

ONE = "<response><href>/a/</href></response>"


def answer(inside: str, head: str = "") -> str:
    return f'{head}<multistatus xmlns="DAV:">{inside}</multistatus>'


def test_each_answer_is_one_resource() -> None:
    assert [one.href for one in dav.resources(answer(ONE + ONE).encode())] == ["/a/", "/a/"]


def test_answers_inside_of_answers_are_none() -> None:
    # Gone through as often as they are deep, a megabyte of them held up the whole process for a minute.
    nested = "<response><href>/a/</href>" * 3 + "</response>" * 3
    assert [one.href for one in dav.resources(answer(nested).encode())] == ["/a/"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("before", ["", "<!-- " + "x" * 5000 + " -->"])
def test_no_entities_are_taken(encoding: str, before: str) -> None:
    text = answer(ONE, f'{before}<!DOCTYPE multistatus [<!ENTITY a "b">]>')
    with pytest.raises(NotACalendar):
        dav.resources(text.encode(encoding))
    assert dav.resources(answer(ONE, before).encode(encoding))
