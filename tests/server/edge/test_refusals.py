"""One base for what features refuse, and one place that answers it."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from server.accounts.rules import TooManyAttempts
from server.edge import Refusal
from server.openapi.http import routes_of
from tests.support.web import Web

ROOT = Path(__file__).parents[3]
DEFINED = re.compile(r"^class \w+\((\w+\.)?(\w+Error|Refusal)\):", re.MULTILINE)
BASE = re.compile(r"Error$")


def refusals(base: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    for kind in base.__subclasses__():
        yield kind
        yield from refusals(kind)


def named() -> list[type[Refusal]]:
    """Every refusal of the server: those that are raised, without the bases of the features."""
    for path in sorted((ROOT / "server").rglob("*.py")):
        if DEFINED.search(path.read_text("utf-8")):
            import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    found = (
        one for one in refusals() if one.__module__.startswith("server.") and not BASE.search(one.__name__)
    )
    return sorted(found, key=lambda one: (one.__module__, one.__name__))


NAMED = named()


def test_the_refusals_are_found() -> None:
    assert {"BadCredentials", "EmailTaken", "MeetingNotFound", "NoTrunk", "PhonebookFull", "TrunkTaken"} <= {
        one.__name__ for one in NAMED
    }


@pytest.mark.parametrize("refusal", NAMED, ids=lambda one: f"{one.__module__}.{one.__name__}")
def test_a_refusal_has_words_a_code_and_a_status(refusal: type[Refusal]) -> None:
    assert refusal.__doc__, "people read the docstring"
    assert re.fullmatch(r"[a-z][a-z_]+", refusal.code)
    assert refusal.code not in {"refused", *(one.code for one in refusals() if BASE.search(one.__name__))}
    assert refusal.status in {400, 401, 403, 404, 409, 410, 413, 429, 503}


def test_its_words_name_what_was_given() -> None:
    class Unpaintable(Refusal):
        """This colour is not one."""

    assert str(Unpaintable()) == "This colour is not one"
    assert str(Unpaintable("blurple")) == "This colour is not one: blurple"
    assert (Unpaintable.code, Unpaintable.status, Unpaintable.field) == ("refused", 400, None)


def test_who_must_wait_is_told_how_long() -> None:
    assert Refusal().retry_after is None
    assert TooManyAttempts(2.5).retry_after == 2.5


async def test_what_the_document_says_of_a_code_is_what_is_answered(web: Web) -> None:
    """Several features may use a code, each with a status of its own."""
    answered: dict[str, set[int]] = {}
    for one in NAMED:
        answered.setdefault(one.code, set()).add(one.status)
    checked = 0
    for route in routes_of(web.app):
        for status, codes in route.operation.refusals.items():
            for code in codes:
                if code in answered:
                    assert status in answered[code], (route.method, route.path, code)
                    checked += 1
    assert checked > 100
