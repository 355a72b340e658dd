from itertools import islice

import pytest

from server.directory import rules


@pytest.mark.parametrize(
    ("email", "name", "localparts"),
    [
        ("anna@unisono.example", "Anna Rossi", ["anna", "anna2", "anna3"]),
        ("Anna.Rossi+work@unisono.example", "Anna", ["anna.rossi.work", "anna.rossi.work2"]),
        ("nicolò@unisono.example", "Nicolò", ["nicolo"]),
        ("_tel_+39@unisono.example", "Eve", ["tel.39"]),
        ("unisono-admin@unisono.example", "Eve Neri", ["eve.neri"]),
        ("用户@unisono.example", "用户", ["person", "person2"]),
        ("用户@unisono.example", "Unisono", ["person"]),
    ],
)
def test_localparts_stay_inside_the_matrix_grammar(email: str, name: str, localparts: list[str]) -> None:
    assert list(islice(rules.localparts(email, name), len(localparts))) == localparts


@pytest.mark.parametrize("extension", ["", "1", "1234567", "20a", "+20", "２０１", "2 1"])
def test_extensions_are_two_to_six_digits(extension: str) -> None:
    with pytest.raises(rules.InvalidExtension):
        rules.check_extension(extension, "IT")


def test_emergency_numbers_cannot_be_given_to_a_person() -> None:
    with pytest.raises(rules.ExtensionReserved):
        rules.check_extension("112", "IT")
    assert rules.check_extension("911", "IT") == "911"


def test_the_dial_in_of_meetings_cannot_be_given_to_a_person() -> None:
    with pytest.raises(rules.ExtensionReserved):
        rules.check_extension("800", "IT", dial_in="800")
    assert rules.check_extension("801", "IT", dial_in="800") == "801"


@pytest.mark.parametrize("email", ["", "anna", "anna@", "@x.it", "a b@x.it", "anna@x", "a" * 260 + "@x.it"])
def test_what_is_no_email_is_refused(email: str) -> None:
    with pytest.raises(rules.InvalidEmail):
        rules.check_email(email)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "Anna\x00"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(rules.InvalidName):
        rules.check_name(name)


def test_ha1_is_the_digest_of_user_realm_and_password() -> None:
    # The worked examples of RFC 2617 (MD5) and RFC 7616, Section 3.9.1 (SHA-256).
    md5, _ = rules.ha1("Mufasa", "testrealm@host.com", "Circle Of Life")
    _, sha256 = rules.ha1("Mufasa", "http-auth@example.org", "Circle of Life")
    assert md5 == "939e7578ed9e3c518a452acee763bce9"
    assert sha256 == "7987c64c30e25f1b74be53f966b49b90f2808aa92faf9a00262392d7b4794232"


@pytest.mark.parametrize(
    ("query", "digits"),
    [
        ("anna", ()),
        ("201", ("201",)),
        ("06 1234", ("061234", "39061234")),
        ("+39 06 12345201", ("390612345201",)),
        ("0039 06 12345201", ("00390612345201", "390612345201")),
    ],
)
def test_a_number_is_looked_for_in_all_its_spellings(query: str, digits: tuple[str, ...]) -> None:
    assert rules.query_digits(query, "IT") == digits


def test_accents_and_case_do_not_matter() -> None:
    assert rules.fold("Nicolò ÉLODIE Straße\0") == "nicolo elodie strasse"
    assert rules.email_key(" Anna@Unisono.Example\0") == "anna@unisono.example"


def test_refusals_speak() -> None:
    assert str(rules.EmailTaken("anna@x.it")) == "Somebody has this e-mail address already: anna@x.it"
