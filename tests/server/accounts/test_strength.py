"""What a password costs to judge, whatever it is made of."""

import random

import pytest
from zxcvbn.matching import L33T_TABLE, enumerate_l33t_subs, relevant_l33t_subtable

from server.accounts import strength
from server.accounts.rules import GuessablePassword, check_chosen_password

_SIGNS = "".join(sign for signs in L33T_TABLE.values() for sign in signs)


def _judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is given to zxcvbn from now on."""
    seen: list[str] = []

    def note(password: str) -> dict[str, int]:
        seen.append(password)
        return {"score": 4}

    monkeypatch.setattr("zxcvbn.zxcvbn", note)
    return seen


def test_a_password_of_nothing_but_signs_is_judged_in_few_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = _judged(monkeypatch)
    chance = random.Random(1)  # noqa: S311 (the same passwords each time)
    passwords = ["4@8({[<3691!|7$5+%2z" * 4, _SIGNS * 3]
    passwords += ["".join(chance.choices(_SIGNS + "abc", k=60)) for _ in range(200)]
    for password in passwords:
        check_chosen_password(password, "anna@unisono.example", "Anna Rossi")
    assert len(judged) == 2 * len(passwords)
    for text in judged:
        assert len(text) <= strength.LENGTH
        tried = enumerate_l33t_subs(relevant_l33t_subtable(text, L33T_TABLE))
        assert len(tried) <= strength.READINGS


def test_few_signs_are_judged_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    judged = _judged(monkeypatch)
    assert strength.strength("tr0ub4d0ur&3") == 4
    assert strength.strength("!@#$%^&*()") == 4
    assert strength.strength("") == 0
    assert judged == ["tr0ub4d0ur&3", "!@#$%^&*()"]


@pytest.mark.parametrize("password", ["p4$$w0rd!", "01234567890123456789"])
def test_signs_and_digits_make_no_weak_password_strong(password: str) -> None:
    with pytest.raises(GuessablePassword):
        check_chosen_password(password, "anna@unisono.example", "Anna Rossi")
    assert check_chosen_password("violet tractor lagoon", "anna@unisono.example", "Anna Rossi")
