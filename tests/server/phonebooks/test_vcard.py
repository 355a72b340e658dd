import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.phonebooks import rules, vcard
from server.phonebooks.rules import Details, Email, Number

THREE = """BEGIN:VCARD
VERSION:3.0
FN:Nicolò D'Angelo
N:D'Angelo;Nicolò;;;
ORG:ACME S.r.l.;Sales
TEL;TYPE=CELL,VOICE:+39 333 1234567
item1.TEL;TYPE=WORK:06 1234567
EMAIL;TYPE=INTERNET,WORK:n@acme.example
NOTE:two\\nlines\\, one comma
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQ
 SkZJRgABAQ
END:VCARD
"""
FOUR = """BEGIN:VCARD
VERSION:4.0
FN:Nicolò D'Angelo
ORG:ACME S.r.l.
TEL;VALUE=uri;TYPE="voice,cell":tel:+39-333-1234567
EMAIL:n@acme.example
PHOTO:data:image/jpeg;base64,/9j/4AAQ
END:VCARD
"""
TWO_ONE = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:D=27Angelo;Nicol=C3=B2;;;
TEL;CELL;VOICE:333 1234567
END:VCARD
"""


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        (
            THREE,
            Details(
                "Nicolò D'Angelo",
                "ACME S.r.l.",
                (Number("+39 333 1234567", "mobile"), Number("06 1234567", "work")),
                (Email("n@acme.example", "work"),),
                "two\nlines, one comma",
            ),
        ),
        (
            FOUR,
            Details(
                "Nicolò D'Angelo",
                "ACME S.r.l.",
                (Number("tel:+39-333-1234567", "mobile"),),
                (Email("n@acme.example"),),
            ),
        ),
        (TWO_ONE, Details("Nicolò D'Angelo", "", (Number("333 1234567", "mobile"),))),
    ],
    ids=["3.0", "4.0", "2.1"],
)
def test_cards_of_every_version_are_read(text: str, contact: Details) -> None:
    assert [draft.details for draft in vcard.read(text)] == [contact]


def test_one_broken_card_does_not_hide_the_others() -> None:
    broken = "BEGIN:VCARD\nVERSION:3.0\nFN\nEND:VCARD\n"
    drafts = list(vcard.read(THREE + broken + FOUR + "BEGIN:VCARD\nFN:No end\n"))
    lines_of_three = THREE.count("\n")
    assert [draft.line for draft in drafts] == [
        1,
        lines_of_three + 1,
        lines_of_three + 5,
        lines_of_three + 13,
    ]
    assert [bool(draft.left_out) for draft in drafts] == [False, True, False, True]
    assert not any(draft.broken for draft in drafts)


@pytest.mark.parametrize("text", ["", "hello", "END:VCARD"])
def test_a_file_without_cards_is_refused(text: str) -> None:
    with pytest.raises(rules.UnreadableFile):
        list(vcard.read(text))


def test_a_card_as_large_as_a_book_is_refused_and_its_picture_is_not_counted() -> None:
    picture = "PHOTO;ENCODING=b:" + "A" * 200_000 + "\n" + " BBBB\n" * 10_000
    large = "BEGIN:VCARD\nVERSION:3.0\nFN:A\n" + "NOTE:" + "x" * 60_000 + "\nEND:VCARD\n"
    drafts = list(vcard.read(f"BEGIN:VCARD\nVERSION:3.0\nFN:P\n{picture}END:VCARD\n{large}"))
    assert [(draft.details.name, draft.broken is None) for draft in drafts] == [("P", True), ("", False)]


def test_an_export_reads_back_as_it_was() -> None:
    contacts = [
        Details(
            "Zoë Müller",
            "ACME; & sons, inc",
            (Number("+390612345678", "work"), Number("201", ""), Number("+393331234567", "mobile")),
            (Email("z@x.example", "home"),),
            "several\nlines; with \\ and ,",
        ),
        Details("Studio"),
    ]
    read = [draft.details for draft in vcard.read(vcard.write(contacts))]
    assert [(c.name, c.organisation, set(c.numbers), c.emails, c.notes) for c in read] == [
        (c.name, c.organisation, set(c.numbers), c.emails, c.notes) for c in contacts
    ]


@pytest.mark.parametrize(
    "evil",
    [
        "TEL;" + "A=B;" * 5000,
        "TEL;" + "A=B;" * 5000 + ":1",
        "TEL;" + 'A="b",' * 3000 + ":x",
        "TEL;" + 'A="' * 3000,
        "TEL;TYPE=" + "a," * 10000 + ":1",
        "A" * 40000,
        "NOTE:" + "\\" * 9000,
        "ORG:" + "," * 9000,
        "N:" + ";" * 9000,
        "NOTE:x" + "\n " * 15000,
        "NOTE;ENCODING=QUOTED-PRINTABLE:=" + "\n==" * 10000,
    ],
)
def test_no_crafted_card_takes_longer_than_an_honest_one(evil: str) -> None:
    """vobject's own parser takes minutes for the first of these, and nothing else runs meanwhile."""
    began = time.process_time()
    list(vcard.read(f"BEGIN:VCARD\nVERSION:3.0\nFN:x\n{evil}\nEND:VCARD\n"))
    assert time.process_time() - began < 2.0


@settings(max_examples=150)
@given(st.text(alphabet=st.sampled_from(list("ABCFNTELORG:;=,.\\\"' \n\t\0é-")), max_size=200))
def test_nothing_that_stands_in_a_card_raises_anything_of_its_own(inside: str) -> None:
    for draft in vcard.read(f"BEGIN:VCARD\nVERSION:3.0\n{inside}\nEND:VCARD\n"):
        rules.faults(draft.details, "IT")
