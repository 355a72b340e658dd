import pytest

from server.phonebooks import drafts, rules
from server.phonebooks.drafts import Draft
from server.phonebooks.rules import Details, Email, Number

ACME = Details("Mario", "ACME", (Number("06 1234567", " work "),), (Email(" m@acme.example"),), " a\0b\r\nc ")


def test_what_is_kept_is_tidy() -> None:
    kept = rules.check(ACME, "IT")
    assert kept == Details(
        "Mario", "ACME", (Number("+39061234567", "work"),), (Email("m@acme.example"),), "ab\nc"
    )
    assert rules.check(kept, "IT") == kept


def test_an_organisation_alone_is_its_own_name() -> None:
    assert rules.check(Details(organisation="  Studio   Bianchi "), "IT").name == "Studio Bianchi"


def test_the_same_number_and_address_are_kept_once() -> None:
    given = Details(
        "A",
        "",
        (Number("06 1234567", "work"), Number("+39 06 1234567", "home")),
        (Email("A@x.example"), Email("a@X.example")),
    )
    kept = rules.check(given, "IT")
    assert (kept.numbers, kept.emails) == ((Number("+39061234567", "work"),), (Email("A@x.example"),))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 1234567", "+39061234567"),
        ("tel:+39-06-1234567", "+39061234567"),
        ("201", "201"),
        ("112", "112"),
        ("1-800-FLOWERS", None),
        ("7", None),
        ("", None),
        ("+1", None),
    ],
)
def test_numbers_are_kept_in_e164_or_as_short_as_they_are(typed: str, kept: str | None) -> None:
    assert rules.number_key(typed, "IT") == kept


@pytest.mark.parametrize(
    ("details", "refusal"),
    [
        (Details(), rules.InvalidContactName),
        (Details("\u200e\0 "), rules.InvalidContactName),
        (Details("x" * 201), rules.InvalidContactName),
        (Details("A", "x" * 201), rules.InvalidOrganisation),
        (Details("A", numbers=(Number("abc"),)), rules.InvalidContactNumber),
        (Details("A", emails=(Email("abc"),)), rules.InvalidContactEmail),
        (Details("A", numbers=tuple(Number(str(200 + n)) for n in range(21))), rules.TooMany),
        (Details("A", notes="x" * 4001), rules.NotesTooLong),
    ],
)
def test_what_is_wrong_has_a_name(details: Details, refusal: type[rules.PhonebookError]) -> None:
    with pytest.raises(refusal):
        rules.check(details, "IT")


def test_contacts_are_found_by_words_of_name_organisation_and_addresses() -> None:
    details = Details("Nicolò", "Società Élite", emails=(Email("n.dangelo@acme.example"),))
    text = rules.found_by(details)
    for word in (" nicolo", " societa", " elite", " dangelo", " acme", " n.dangelo@acme"):
        assert word in text, word
    assert rules.digits_of(Details("A", numbers=(Number("+39061"), Number("201")))) == " 39061 201"


def test_a_preview_counts_the_good_the_faulty_and_those_there_already() -> None:
    there = rules.check(Details("There", numbers=(Number("201"),)), "IT")
    many = [
        Draft(2, Details("There", numbers=(Number("2 0 1", "other label"),))),
        Draft(3, Details("New")),
        Draft(4, Details("new")),
        Draft(5, Details("Bad", numbers=(Number("x"),), emails=(Email("y"),))),
        Draft(6, broken=rules.UnreadableFile("torn")),
    ]
    found = drafts.preview(many, {rules.fingerprint(there)}, "IT")
    assert [details.name for details in found.good] == ["New", "Bad"]
    assert (found.duplicates, found.faulty, found.incomplete) == (2, 1, 1)
    assert [(fault.line, fault.code, fault.value, fault.kept) for fault in found.faults] == [
        (6, "unreadable_file", "torn", False),
        (5, "invalid_number", "x", True),
        (5, "invalid_email", "y", True),
    ]
