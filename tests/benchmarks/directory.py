"""Search over people and phonebooks of 10,000, as a browser asks for it."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from server.phonebooks import rules
from server.phonebooks.rules import Details, Email, Number
from server.phonebooks.service import COMPANY, Contact
from server.phonebooks.store import SqlContacts
from server.storage import Database
from tests.support.web import Browser, running

CONTACTS, PEOPLE = 10_000, 200
_GIVEN = ("Anna", "Bruno", "Chiara", "Dario", "Élodie", "Fabio", "Giulia", "Nicolò", "Zoë", "Teresa")
_FAMILY = ("Rossi", "Bianchi", "Verdi", "D'Angelo", "Müller", "Esposito", "Russo", "Ferrari", "Conti", "Neri")
_ROUNDS = 15
#: What people type: common and rare, by name, firm, address and number.
QUERIES = (
    "rossi",
    "nicolo dang",
    "zoe muller 77",
    "firm 4",
    "mail123@",
    "06 1234",
    "+39 06 0001234",
    "xyzzy",
)


async def search_ms(folder: Path) -> tuple[float, float]:
    """(median, slowest median of a query) milliseconds to the answer, over HTTP."""
    async with running(folder) as web:
        browser = await web.signed_in("Anna Rossi", "201")
        for number in range(PEOPLE):
            await web.enrol(f"Person{number} {_FAMILY[number % 10]}", str(10_000 + number))
        me = await web.features.directory.by_email("anna@unisono.example")
        assert me is not None
        await fill(Database(f"sqlite+aiosqlite:///{folder / 'unisono.db'}"), me.id)
        medians = [await _median_ms(browser, query) for query in QUERIES]
    return statistics.median(medians), max(medians)


async def _median_ms(browser: Browser, query: str) -> float:
    taken: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        answer = await browser.ask("GET", "/api/v1/search", params={"q": query})
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    return statistics.median(taken)


async def fill(database: Database, me: str) -> None:
    """9 of 10 contacts into the company's phonebook, the rest into `me`'s."""
    store = SqlContacts(database.engine)
    await store.add(made(CONTACTS, me))
    await database.close()


def made(count: int, me: str) -> Sequence[Contact]:
    chance = random.Random(1)  # noqa: S311 - the same names each time
    return [
        Contact(f"c{number:08}", me if number % 10 == 0 else COMPANY, _details(number, chance), 1)
        for number in range(count)
    ]


def _details(number: int, chance: random.Random) -> Details:
    name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)} {number % 1000}"
    details = Details(
        name,
        f"Firm {number % 500} S.r.l.",
        (Number(f"+3906{number:07}", "work"), Number(f"+39333{number:07}", "mobile")),
        (Email(f"mail{number}@firm{number % 500}.example"),),
    )
    return rules.tidy(details, "IT")
