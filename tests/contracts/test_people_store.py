"""What every store of people must do, whatever the database."""

from dataclasses import replace
from typing import Any

import pytest

from server.directory import rules
from server.directory.service import ExtensionRecord, LocalpartTaken, PersonRecord
from server.directory.store import SqlPeople
from server.storage.database import Database


def record(name: str, *, extensions: tuple[str, ...] = (), numbers: tuple[str, ...] = ()) -> PersonRecord:
    localpart = rules.fold(name).split()[0]
    email = f"{localpart}@unisono.example"
    return PersonRecord(
        id=f"id-{localpart}",
        localpart=localpart,
        name=name,
        email=email,
        email_key=rules.email_key(email),
        search_text=rules.search_text(name, email),
        role="member",
        created_at=1,
        extensions=tuple(ExtensionRecord(e, f"md5-{e}", f"sha-{e}") for e in extensions),
        numbers=numbers,
    )


ANNA = record("Anna Rossi", extensions=("201", "209"), numbers=("+390612345201",))
NICOLO = record("Nicolò D'Angelo", extensions=("204",))


@pytest.fixture
async def store(database: Database) -> SqlPeople:
    return SqlPeople(database.engine, "localhost")


async def test_a_person_is_found_by_everything_that_names_them(store: SqlPeople) -> None:
    anna = await store.add(ANNA)
    assert (anna.user_id, anna.extensions) == ("@anna:localhost", ("201", "209"))
    assert await store.by_id("id-anna") == anna
    assert await store.by_localpart("anna") == anna
    assert await store.by_email("anna@unisono.example") == anna
    assert await store.by_extension("209") == anna
    assert await store.by_number("+390612345201") == anna
    assert await store.everyone() == [anna]


async def test_the_living_are_told_from_the_disabled_and_the_removed(store: SqlPeople) -> None:
    for each in (ANNA, NICOLO, record("Bruno Bianchi")):
        await store.add(each)
    everybody = [f"nobody{number}" for number in range(1200)] + ["anna", "nicolo", "bruno"]
    assert await store.living(everybody) == {"anna", "nicolo", "bruno"}
    await store.remove("id-anna", 2)
    await store.change("id-nicolo", {"disabled_at": 2})
    assert await store.living(everybody) == {"bruno"}
    assert await store.living([]) == frozenset()
    assert sorted(await store.former()) == [
        ("@anna:localhost", "Anna Rossi"),
        ("@nicolo:localhost", "Nicolò D'Angelo"),
    ]


async def test_a_sip_account_carries_the_digests_of_its_own_extension(store: SqlPeople) -> None:
    anna = await store.add(ANNA)
    account = await store.sip_account("209")
    assert account is not None
    assert (account.person, account.ha1_md5, account.ha1_sha256) == (anna, "md5-209", "sha-209")
    assert await store.sip_account("999") is None


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"email_key": ANNA.email_key}, rules.EmailTaken),
        ({"extensions": ANNA.extensions[:1]}, rules.ExtensionTaken),
        ({"numbers": ANNA.numbers}, rules.NumberTaken),
        ({"localpart": "anna"}, LocalpartTaken),
    ],
)
async def test_what_is_taken_is_refused_by_name_and_nothing_is_kept(
    store: SqlPeople, change: dict[str, Any], refusal: type[Exception]
) -> None:
    anna = await store.add(ANNA)
    with pytest.raises(refusal):
        await store.add(replace(record("Bruno Bianchi"), **change))
    assert await store.everyone() == [anna]


async def test_a_removed_person_frees_everything_but_the_localpart(store: SqlPeople) -> None:
    await store.add(ANNA)
    await store.remove("id-anna", 2)
    assert await store.everyone() == []
    assert await store.by_extension("201") is None
    assert await store.by_localpart("anna") is None
    with pytest.raises(LocalpartTaken):
        await store.add(replace(ANNA, id="another"))
    again = await store.add(replace(ANNA, id="another", localpart="anna2"))
    assert again.user_id == "@anna2:localhost"


async def test_nobody_has_a_name_that_no_database_can_keep(store: SqlPeople) -> None:
    await store.add(ANNA)
    assert await store.sip_account("\0") is None
    assert await store.by_email(f"{ANNA.email_key}\0") is None


async def test_people_are_listed_by_name_whatever_the_case_and_accents(store: SqlPeople) -> None:
    for name in ("Zoe Verdi", "Élodie Neri", "anna rossi", "Bruno Bianchi"):
        await store.add(record(name))
    assert [p.name for p in await store.everyone()] == [
        "anna rossi",
        "Bruno Bianchi",
        "Élodie Neri",
        "Zoe Verdi",
    ]


@pytest.mark.parametrize(
    ("words", "digits", "found"),
    [
        (("nicolo",), (), ["Nicolò D'Angelo"]),
        (("angelo", "nic"), (), ["Nicolò D'Angelo"]),
        (("ross",), (), ["Anna Rossi"]),
        (("ossi",), (), []),
        (("unisono",), (), ["Anna Rossi", "Nicolò D'Angelo"]),
        (("nicolo@unisono",), (), ["Nicolò D'Angelo"]),
        (("20",), ("20",), ["Anna Rossi", "Nicolò D'Angelo"]),
        (("x",), ("390612345",), ["Anna Rossi"]),
        (("%",), (), []),
        (("_",), (), []),
    ],
)
async def test_search_finds_the_starts_of_words_and_digits(
    store: SqlPeople, words: tuple[str, ...], digits: tuple[str, ...], found: list[str]
) -> None:
    await store.add(ANNA)
    await store.add(NICOLO)
    assert [p.name for p in await store.search(words, digits, 10)] == found


async def test_search_stops_at_its_limit(store: SqlPeople) -> None:
    await store.add(ANNA)
    await store.add(NICOLO)
    assert len(await store.search(("unisono",), (), 1)) == 1


async def test_more_people_than_a_query_has_parameters_are_all_listed(store: SqlPeople) -> None:
    for index in range(120):
        await store.add(
            replace(record(f"p{index} x"), extensions=(ExtensionRecord(str(1000 + index), "", ""),))
        )
    everyone = await store.everyone()
    assert len(everyone) == 120
    assert {len(p.extensions) for p in everyone} == {1}


async def test_whom_a_person_may_call_outside_is_kept(store: SqlPeople) -> None:
    added = await store.add(ANNA)
    assert added.calls_outside == "all"
    await store.change(ANNA.id, {"calls_outside": "national"})
    found = await store.by_id(ANNA.id)
    assert found is not None and found.calls_outside == "national"
