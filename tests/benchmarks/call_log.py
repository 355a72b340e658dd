"""A page of a log of 1,000,000 calls, as a browser asks for it."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import text

from server.phonebooks.store import SqlContacts
from server.storage import Database
from server.telephony.store import SqlCallRecords
from tests.benchmarks.directory import made
from tests.support.web import Browser, Web, running
from wire.record import CallRecord, Outcome
from wire.route import Party

RECORDS, PEOPLE, NUMBERS = 1_000_000, 200, 20_000
#: One in five calls is the switchboard's, whose log is the longest.
_SHARE_OF_ONE = 5
_BATCH = 5_000
_ROUNDS = 15
_NOW = 1_800_000_000_000
#: A year of calls.
_APART = 31_536
_OUTCOMES: tuple[Outcome, ...] = ("answered", "answered", "answered", "missed", "rejected", "busy")

#: What a page is narrowed to: common and rare, by what stands in an index and what does not.
ASKED: tuple[Mapping[str, str], ...] = (
    {},
    {"before": str(_NOW - 300 * 86_400_000)},
    {"kind": "missed"},
    {"kind": "made", "where": "inside"},
    {"where": "outside", "since": str(_NOW - 200 * 86_400_000), "until": str(_NOW - 190 * 86_400_000)},
    {"q": "rossi"},
    {"q": "nicolo dang 7"},
    {"q": "06 0001"},
    {"q": "+39 06 0001230"},
    {"q": "person7"},
    {"q": "rossi", "kind": "missed"},
    {"q": "xyzzy"},
)


async def page_ms(folder: Path, database: Database | None = None) -> tuple[float, float]:
    """(median, slowest median of a question) milliseconds to the answer, over HTTP, of the longest log; on
    SQLite without a `database`."""
    async with running(folder, database=database) as web:
        browser = await _filled(web)
        medians = [await _median_ms(browser, asked) for asked in ASKED]
    return statistics.median(medians), max(medians)


async def _filled(web: Web) -> Browser:
    browser = await web.signed_in("Anna Rossi", "201")
    for number in range(PEOPLE):
        await web.enrol(f"Person{number} Neri", str(10_000 + number))
    me = await web.features.directory.by_email("anna@unisono.example")
    assert me is not None
    await SqlContacts(web.engine).add(made(NUMBERS // 2, me.id))
    store = SqlCallRecords(web.engine)
    for batch in _batches():
        await store.put(*batch)
    async with web.engine.begin() as connection:
        # As a database does by itself sooner or later.
        await connection.execute(text("ANALYZE"))
    return browser


def _batches() -> Iterator[list[CallRecord]]:
    chance = random.Random(1)  # noqa: S311 - the same calls each time
    for start in range(0, RECORDS, _BATCH):
        yield [_record(number, chance) for number in range(start, start + _BATCH)]


def _record(number: int, chance: random.Random) -> CallRecord:
    one = chance.randrange(_SHARE_OF_ONE) == 0
    me = Party("@anna:localhost", "Anna Rossi", "201") if one else _person(chance)
    other = _person(chance) if chance.random() < 0.3 else _outside(chance)
    caller, callee = (me, other) if chance.random() < 0.5 else (other, me)
    outcome = chance.choice(_OUTCOMES)
    began = _NOW - number * _APART
    return CallRecord(
        id=f"{number:08}",
        revision=1,
        via="matrix" if caller is me else "trunk:carrier",
        started_at=began,
        answered_at=began + 4_000 if outcome == "answered" else None,
        ended_at=began + 60_000,
        caller=caller,
        callee=callee,
        outcome=outcome,
    )


def _person(chance: random.Random) -> Party:
    number = chance.randrange(PEOPLE)
    return Party(f"@person{number}:localhost", f"Person{number} Neri", str(10_000 + number))


def _outside(chance: random.Random) -> Party:
    """Some numbers call often, most seldom; half of them stand in a phonebook."""
    number = int(NUMBERS * chance.random() ** 2)
    return Party(None, "", f"+3906{number:07}")


async def _median_ms(browser: Browser, asked: Mapping[str, str]) -> float:
    taken: list[float] = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        answer = await browser.ask("GET", "/api/v1/calls", params=dict(asked))
        taken.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200
    return statistics.median(taken)
