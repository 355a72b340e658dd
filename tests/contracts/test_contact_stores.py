"""What the stores of contacts and favourites must do, whatever the database."""

import asyncio
from dataclasses import replace

import pytest

from server.directory.rules import fold
from server.directory.store import SqlPeople
from server.phonebooks import rules
from server.phonebooks.favourites import Favourite
from server.phonebooks.rules import Details, Email, Number
from server.phonebooks.service import COMPANY, Contact
from server.phonebooks.store import SqlContacts, SqlFavourites
from server.storage.database import Database
from tests.contracts.test_people_store import ANNA as PERSON

ANNA = "id-anna"


def contact(name: str, owner: str = COMPANY, *numbers: str, email: str | None = None) -> Contact:
    emails = (Email(email),) if email else ()
    details = rules.check(Details(name, "ACME", tuple(Number(n, "work") for n in numbers), emails, "n"), "IT")
    return Contact(f"{owner or 'company'}-{fold(name)}"[:32], owner, details, 5)


NICOLO = contact("Nicolò", COMPANY, "06 1234567", "201", email="n@acme.example")
ZOE = contact("Zoë", ANNA, "06 1234567")


@pytest.fixture
async def store(database: Database) -> SqlContacts:
    return SqlContacts(database.engine)


async def names(store: SqlContacts, words: tuple[str, ...], digits: tuple[str, ...] = ()) -> list[str]:
    return [c.details.name for c in await store.search((ANNA, COMPANY), words, digits, 10)]


async def test_a_contact_comes_back_as_it_went(store: SqlContacts) -> None:
    await store.add([NICOLO, ZOE])
    assert await store.get(NICOLO.id) == NICOLO
    assert await store.all_of(ANNA) == [ZOE]
    assert (await store.count(COMPANY), await store.count("nobody")) == (1, 0)
    assert await store.fingerprints(ANNA) == {rules.fingerprint(ZOE.details)}


async def test_all_are_added_or_none(store: SqlContacts) -> None:
    with pytest.raises(Exception, match=r"UNIQUE|duplicate"):
        await store.add([NICOLO, ZOE, NICOLO])
    assert await store.count(COMPANY) == 0


async def test_a_replaced_contact_is_found_by_what_is_new_alone(store: SqlContacts) -> None:
    await store.add([NICOLO])
    changed = rules.check(Details("Bruno", "", (Number("06 7654321"),)), "IT")
    await store.replace(Contact(NICOLO.id, COMPANY, changed, 6))
    assert await names(store, ("nicolo",)) == []
    assert await names(store, ("bruno",)) == ["Bruno"]
    assert await store.by_number("+39061234567", (COMPANY,)) == []
    assert len(await store.by_number("+39067654321", (COMPANY,))) == 1


async def test_a_removed_contact_is_nobodys_favourite(store: SqlContacts, database: Database) -> None:
    favourites = SqlFavourites(database.engine)
    await store.add([NICOLO, ZOE])
    await favourites.add(ANNA, Favourite("contact", NICOLO.id), 1)
    await favourites.add(ANNA, Favourite("contact", NICOLO.id), 2)
    await favourites.add(ANNA, Favourite("person", "id-bruno"), 3)
    await store.remove(NICOLO.id)
    assert await store.get(NICOLO.id) is None
    assert await favourites.of(ANNA) == [Favourite("person", "id-bruno")]
    await favourites.remove(ANNA, "id-bruno")
    assert await favourites.of(ANNA) == []


async def test_a_favourite_that_is_marked_twice_at_once_is_one(database: Database) -> None:
    await SqlPeople(database.engine, "localhost").add(replace(PERSON, id=ANNA))
    store, bruno = SqlFavourites(database.engine), Favourite("person", "id-bruno")
    await asyncio.gather(*(store.add(ANNA, bruno, i) for i in range(4)))
    assert await store.of(ANNA) == [bruno]


async def test_only_visible_phonebooks_are_looked_at(store: SqlContacts) -> None:
    await store.add([NICOLO, ZOE])
    both, company = (ANNA, COMPANY), ("id-bruno", COMPANY)
    assert len(await store.by_number("+39061234567", both)) == 2
    assert await store.by_number("+39061234567", company) == [NICOLO]
    assert await store.search(company, ("zoe",), (), 10) == []
    assert [c for _, c in await store.page(company, None, 10)] == [NICOLO]


@pytest.mark.parametrize(
    ("words", "digits", "found"),
    [
        (("nicolo",), (), ["Nicolò"]),
        (("acme", "nic"), (), ["Nicolò"]),
        (("acme",), (), ["Nicolò", "Zoë"]),
        (("n@acme",), (), ["Nicolò"]),
        (("icolo",), (), []),
        (("x",), ("1234567",), ["Nicolò", "Zoë"]),
        (("x",), ("201",), ["Nicolò"]),
        (("%",), (), []),
    ],
)
async def test_search_finds_the_starts_of_words_and_digits(
    store: SqlContacts, words: tuple[str, ...], digits: tuple[str, ...], found: list[str]
) -> None:
    await store.add([ZOE, NICOLO])
    assert await names(store, words, digits) == found


async def test_pages_follow_one_another_by_name(store: SqlContacts) -> None:
    people = ["anna", "Élodie", "Bruno", "zoe", "Zoé", "_x"]
    await store.add([contact(name, ANNA if name == "Bruno" else COMPANY) for name in people if name != "zoe"])
    seen: list[str] = []
    after = None
    while page := await store.page((ANNA, COMPANY), after, 2):
        seen += [c.details.name for _, c in page]
        after = (page[-1][0], page[-1][1].id)
    assert seen == ["_x", "anna", "Bruno", "Élodie", "Zoé"]


async def test_thousands_are_added_at_once(store: SqlContacts) -> None:
    many = [
        Contact(f"c{n}", COMPANY, Details(f"Name {n}", numbers=(Number(f"+3906{n:07}"),)), 1)
        for n in range(4500)
    ]
    await store.add(many)
    assert await store.count(COMPANY) == 4500
    assert len(await store.by_number("+39060004499", (COMPANY,))) == 1


async def test_whoever_leaves_takes_their_phonebook_along(store: SqlContacts, database: Database) -> None:
    favourites = SqlFavourites(database.engine)
    await store.add([NICOLO, ZOE])
    await favourites.add(ANNA, Favourite("contact", ZOE.id), 1)
    await favourites.add("id-bruno", Favourite("person", ANNA), 1)
    await store.forget_owner(ANNA)
    assert await store.all_of(ANNA) == []
    assert await store.all_of(COMPANY) == [NICOLO]
    assert await favourites.of(ANNA) == await favourites.of("id-bruno") == []
