"""What somebody types to find a message."""

from zoneinfo import ZoneInfo

import pytest

from server.search.question import NoDate, Question, SearchError, TooLong, TooShort, read

ROME = ZoneInfo("Europe/Rome")


def asked(text: str) -> Question:
    return read(text, ROME, lambda name: f"@{name}:localhost")


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Riunione", Question(("riunione",))),
        ("chi viene?", Question(("chi", "viene"))),
        ('"due  parole" tre', Question(("due parole", "tre"))),
        ("preventivo_2026.pdf", Question(("preventivo_2026.pdf",))),
        ("ciao ciao CIAO", Question(("ciao",))),
        ("from:anna ciao", Question(("ciao",), sender="@anna:localhost")),
        ("From:@anna:elsewhere", Question(sender="@anna:elsewhere")),
        ('in:"!room:localhost" ciao', Question(("ciao",), room_id="!room:localhost")),
        ("has:file", Question(has_file=True)),
        ("riunione\0\x07domani", Question(("riunione", "domani"))),
        # Midnight in Rome, in summer and in winter.
        ("after:2026-07-01", Question(since=1_782_856_800_000)),
        ("before:2026-01-01 x has:file", Question(("x",), until=1_767_222_000_000, has_file=True)),
    ],
)
def test_words_and_filters(text: str, question: Question) -> None:
    assert asked(text) == question


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", TooShort),
        ("  ", TooShort),
        ("ab", TooShort),
        ("* OR ( -", TooShort),
        ('"', TooShort),
        ("x" * 301, TooLong),
        ("a " * 5000, TooLong),
        ("uno due tre quattro cinque sei sette otto nove dieci undici", TooLong),
        ("before:yesterday", NoDate),
        ("after:2026-13-01", NoDate),
        ("after:9999-99-99", NoDate),
    ],
)
def test_what_cannot_be_looked_for_is_refused(text: str, refusal: type[SearchError]) -> None:
    with pytest.raises(refusal):
        asked(text)


@pytest.mark.parametrize(
    "text", ["AND OR", "NEAR(a b)", "riunione*", "-riunione", "'; DROP TABLE x; --", "%%% ___"]
)
def test_operators_are_words(text: str) -> None:
    try:
        question = asked(text)
    except TooShort:
        return
    assert question.words and not question.filters


def test_the_index_is_asked_for_what_is_long_enough_the_longest_first() -> None:
    assert asked("le riunioni di maggio").needles == ("riunion", "magg")
